"""What every job engine promises, as one suite: asking, running, failing, waiting, ending, and being one of several.

An engine is held to it by a subclass with an `open_engine` fixture: call it for one more process on the same database,
with a clock that only the test moves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from sqlalchemy import Connection

from hub.errors import Stopped
from hub.jobs.port import GiveUp, Job, JobEngine, Retry, WaitUntil, Work

RETRY = Retry(attempts=3, first=10.0, factor=3.0)


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self, at: float = 1_000_000.0) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


class OpenEngine(Protocol):
    """Opens an engine as one more process would; `transaction` is a `with` block that commits unless it raises."""

    def __call__(self, workers: int = 4) -> JobEngine: ...

    def transaction(self) -> Any: ...


def work_through(engine: JobEngine, work: Work, *, kind: str = "reconcile") -> list[tuple[str, str]]:
    """Run what is due with this work; (key, state) of each start and each end, in order."""
    seen: list[tuple[str, str]] = []
    engine.run({kind: work}, threading.Event(), watch=lambda job: seen.append((job.key, job.state)), once=True)
    return seen


def ok(job: Job) -> str:
    return "all well"


def fails(problem: Exception) -> Work:
    def work(job: Job) -> str:
        raise problem

    return work


def states(engine: JobEngine) -> list[str]:
    """Of all jobs, oldest first."""
    return [job.state for job in reversed(engine.jobs())]


class JobEngineContract:
    """Subclass it and give an `open_engine` fixture."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def engine(self, open_engine: OpenEngine) -> JobEngine:
        return open_engine()

    # Asking

    def test_a_job_is_there_as_it_was_asked_for(self, engine: JobEngine, clock: Clock) -> None:
        asked = engine.enqueue("reconcile", "lab", {"plan": "Häfen", "deep": {"b": [1, None], "a": True}})
        (job,) = engine.jobs()
        assert (job.id, job.kind, job.key, job.state, job.attempts) == (asked, "reconcile", "lab", "queued", 0)
        assert job.args == {"plan": "Häfen", "deep": {"b": [1, None], "a": True}}
        assert (job.queued_at, job.run_at, job.started, job.finished) == (clock.at, clock.at, None, None)

    def test_of_equal_jobs_one_waits(self, engine: JobEngine) -> None:
        assert engine.enqueue("reconcile", "lab", {"a": 1, "b": 2}) is not None
        assert engine.enqueue("reconcile", "lab", {"b": 2, "a": 1}) is None
        assert engine.counts() == {"queued": 1}

    @pytest.mark.parametrize(
        "other", [("publish", "lab", {}), ("reconcile", "pier", {}), ("reconcile", "lab", {"v": 2})]
    )
    def test_a_job_that_differs_in_anything_waits_as_well(self, engine: JobEngine, other: Any) -> None:
        engine.enqueue("reconcile", "lab", {})
        assert engine.enqueue(*other) is not None

    def test_a_named_version_is_never_taken_for_another(self, engine: JobEngine) -> None:
        for version in (1, 2, 3):
            engine.enqueue("publish", "lab", {"version": version})
        done: list[Any] = []
        work_through(engine, lambda job: str(done.append(job.args["version"])), kind="publish")
        assert done == [1, 2, 3]

    def test_what_is_asked_for_while_an_equal_job_runs_is_run_afterwards(self, engine: JobEngine) -> None:
        desired, seen = ["old"], []

        def work(job: Job) -> str:
            seen.append(desired[-1])
            if len(seen) == 1:
                desired.append("new")
                assert engine.enqueue("reconcile", "lab", {}) is not None
                assert engine.enqueue("reconcile", "lab", {}) is None
            return ""

        engine.enqueue("reconcile", "lab", {})
        work_through(engine, work)
        assert seen == ["old", "new"]

    def test_a_job_within_a_transaction_exists_when_that_commits(
        self, engine: JobEngine, open_engine: OpenEngine
    ) -> None:
        with open_engine.transaction() as transaction:
            assert engine.enqueue("reconcile", "lab", {}, within=transaction) is not None
            assert engine.enqueue("reconcile", "lab", {}, within=transaction) is None
        assert engine.counts() == {"queued": 1}

    def test_a_job_within_a_transaction_goes_when_that_fails(self, engine: JobEngine, open_engine: OpenEngine) -> None:
        def ask_and_fail(transaction: Connection) -> None:
            engine.enqueue("reconcile", "lab", {}, within=transaction)
            raise KeyError

        with pytest.raises(KeyError), open_engine.transaction() as transaction:
            ask_and_fail(transaction)
        assert engine.counts() == {}

    # Running

    def test_work_gets_the_job_and_leaves_a_line(self, engine: JobEngine, clock: Clock) -> None:
        engine.enqueue("reconcile", "lab", {"plan": "p"})
        assert work_through(engine, lambda job: f"{job.args['plan']} {job.state} {job.attempts}") == [
            ("lab", "running"),
            ("lab", "done"),
        ]
        (job,) = engine.jobs("done")
        assert (job.message, job.started, job.finished) == ("p running 1", clock.at, clock.at)

    def test_jobs_of_a_kind_nobody_here_knows_stay(self, engine: JobEngine) -> None:
        engine.enqueue("from-the-future", "lab", {})
        assert work_through(engine, ok) == [] and states(engine) == ["queued"]

    def test_several_keys_run_side_by_side(self, engine: JobEngine) -> None:
        together = threading.Barrier(3, timeout=20)
        for key in "abc":
            engine.enqueue("reconcile", key, {})
        work_through(engine, lambda job: str(together.wait() * 0))
        assert states(engine) == ["done"] * 3

    def test_jobs_of_one_key_run_one_at_a_time_in_order(self, engine: JobEngine) -> None:
        for number in range(5):
            engine.enqueue("reconcile", "lab", {"number": number})
        inside, order = threading.Lock(), []

        def work(job: Job) -> str:
            assert inside.acquire(blocking=False)
            order.append(job.args["number"])
            inside.release()
            return ""

        work_through(engine, work)
        assert order == [0, 1, 2, 3, 4] and states(engine) == ["done"] * 5

    # Failing and waiting

    def test_a_failure_is_tried_again_after_a_growing_pause(self, engine: JobEngine, clock: Clock) -> None:
        engine.enqueue("reconcile", "lab", {})
        assert work_through(engine, fails(OSError("cable"))) == [("lab", "running"), ("lab", "queued")]
        (job,) = engine.jobs()
        assert (job.run_at, job.attempts, job.message) == (clock.at + 10, 1, "OSError: cable")
        clock.at += 9
        assert work_through(engine, ok) == []
        clock.at += 1
        work_through(engine, fails(OSError("cable")))
        assert engine.jobs()[0].run_at == clock.at + 30

    def test_what_failed_often_enough_has_failed(self, engine: JobEngine, clock: Clock) -> None:
        engine.enqueue("reconcile", "lab", {})
        for _ in range(3):
            work_through(engine, fails(OSError("cable")))
            clock.at += 1000
        (job,) = engine.jobs()
        assert (job.state, job.attempts, job.message) == ("failed", 3, "OSError: cable")
        assert work_through(engine, ok) == []

    def test_what_would_fail_again_is_not_tried_again(self, engine: JobEngine) -> None:
        engine.enqueue("reconcile", "lab", {})
        work_through(engine, fails(GiveUp("no such plan")))
        assert [(job.state, job.message) for job in engine.jobs()] == [("failed", "no such plan")]

    def test_a_failure_of_one_key_does_not_stop_another(self, engine: JobEngine) -> None:
        for key in ("bad", "good"):
            engine.enqueue("reconcile", key, {})
        work_through(engine, lambda job: str({"good": 1}[job.key]))
        assert {job.key: job.state for job in engine.jobs()} == {"bad": "queued", "good": "done"}

    def test_a_used_up_quota_is_no_failure_and_holds_no_worker(self, open_engine: OpenEngine, clock: Clock) -> None:
        engine = open_engine(workers=1)
        engine.enqueue("reconcile", "full", {})
        for _ in range(5):
            work_through(engine, fails(WaitUntil(clock.at + 60, "quota")))
            clock.at += 60
        (job,) = engine.jobs()
        assert (job.state, job.attempts, job.run_at, job.message) == ("queued", 0, clock.at, "quota")
        engine.enqueue("reconcile", "free", {})
        clock.at -= 1
        assert work_through(engine, ok) == []
        clock.at += 1
        assert {key for key, _ in work_through(engine, ok)} == {"full", "free"}

    def test_a_waiting_job_lets_other_keys_go_first(self, open_engine: OpenEngine, clock: Clock) -> None:
        engine = open_engine(workers=1)
        engine.enqueue("reconcile", "full", {})
        work_through(engine, fails(WaitUntil(clock.at + 60)))
        engine.enqueue("reconcile", "free", {})
        assert work_through(engine, ok) == [("free", "running"), ("free", "done")]

    def test_a_later_job_of_the_key_does_not_overtake_one_that_waits(self, engine: JobEngine, clock: Clock) -> None:
        engine.enqueue("publish", "lab", {"version": 1})
        work_through(engine, fails(WaitUntil(clock.at + 60)), kind="publish")
        engine.enqueue("publish", "lab", {"version": 2})
        assert work_through(engine, ok, kind="publish") == []
        clock.at += 60
        versions: list[Any] = []
        work_through(engine, lambda job: str(versions.append(job.args["version"])), kind="publish")
        assert versions == [1, 2]

    def test_a_tick_while_a_run_waits_for_its_quota_adds_nothing(self, engine: JobEngine, clock: Clock) -> None:
        engine.enqueue("reconcile", "lab", {})
        work_through(engine, fails(WaitUntil(clock.at + 60)))
        assert engine.enqueue("reconcile", "lab", {}) is None

    @pytest.mark.parametrize(
        ("problem", "pause", "attempts"), [(WaitUntil(1_000_060.0), 60, 0), (OSError("cable"), 10, 1)]
    )
    def test_an_equal_job_that_waits_takes_over_with_the_pause(
        self, engine: JobEngine, clock: Clock, problem: Exception, pause: float, attempts: int
    ) -> None:
        def ask_again_and_fail(job: Job) -> str:
            engine.enqueue("reconcile", "lab", {})
            raise problem

        engine.enqueue("reconcile", "lab", {})
        work_through(engine, ask_again_and_fail)
        assert states(engine) == ["superseded", "queued"]
        (job,) = engine.jobs("queued")
        assert (job.run_at, job.attempts) == (clock.at + pause, attempts)

    # Ending

    def test_stopping_lets_running_work_end_and_starts_no_more(self, open_engine: OpenEngine) -> None:
        engine, stopping = open_engine(workers=1), threading.Event()
        for key in ("first", "second"):
            engine.enqueue("reconcile", key, {})
        engine.run({"reconcile": lambda job: str(stopping.set())}, stopping)
        assert states(engine) == ["done", "queued"]

    def test_work_that_was_stopped_is_due_again_and_has_not_failed(self, engine: JobEngine, clock: Clock) -> None:
        stopping = threading.Event()

        def stopped(job: Job) -> str:
            stopping.set()
            raise Stopped("stopped before the end")

        engine.enqueue("reconcile", "lab", {})
        engine.run({"reconcile": stopped}, stopping)
        (job,) = engine.jobs()
        assert (job.state, job.attempts, job.run_at) == ("queued", 0, clock.at)

    def test_a_waiting_job_can_be_taken_back(self, engine: JobEngine) -> None:
        asked = engine.enqueue("reconcile", "lab", {})
        assert asked is not None and engine.cancel(asked) and not engine.cancel(asked) and not engine.cancel(999)
        assert work_through(engine, ok) == [] and states(engine) == ["cancelled"]
        assert engine.enqueue("reconcile", "lab", {}) is not None

    def test_what_runs_or_has_ended_cannot_be_taken_back(self, engine: JobEngine) -> None:
        asked = engine.enqueue("reconcile", "lab", {})
        assert asked is not None
        work_through(engine, lambda job: str(engine.cancel(job.id)))
        assert engine.jobs()[0].message == "False" and not engine.cancel(asked)

    def test_jobs_are_listed_newest_first_by_state_and_key(self, engine: JobEngine) -> None:
        for key in "abc":
            engine.enqueue("reconcile", key, {})
        work_through(engine, lambda job: str({"b": 1}[job.key]))
        assert [job.key for job in engine.jobs()] == ["c", "b", "a"]
        assert [job.key for job in engine.jobs("queued", limit=1)] == ["c"]
        assert [job.key for job in engine.jobs("queued", "done", key="b")] == ["b"]
        assert engine.counts() == {"queued": 2, "done": 1}

    def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(self, engine: JobEngine, clock: Clock) -> None:
        for key in ("ended", "waiting"):
            engine.enqueue("reconcile", key, {})
        work_through(engine, lambda job: str({"ended": 1}[job.key]))
        clock.at += 31 * 86_400
        work_through(engine, fails(WaitUntil(clock.at + 60)))
        assert [job.key for job in engine.jobs()] == ["waiting"]

    # Several processes

    def test_another_process_asks_and_watches_and_the_owner_runs(self, open_engine: OpenEngine) -> None:
        owner, other = open_engine(), open_engine()
        stopping = threading.Event()
        ran: list[str] = []

        def work(job: Job) -> str:
            ran.append(job.key)
            if job.key == "first":
                assert not other.run({"reconcile": fails(OSError("not mine"))}, threading.Event(), once=True)
                other.enqueue("reconcile", "second", {})
            else:
                stopping.set()
            return ""

        owner.enqueue("reconcile", "first", {})
        owner.run({"reconcile": work}, stopping)
        assert ran == ["first", "second"]
        assert [job.state for job in other.jobs()] == ["done", "done"]

    def test_who_stands_by_takes_over_when_the_owner_ends(self, open_engine: OpenEngine) -> None:
        owner, standby = open_engine(), open_engine()
        owner_stops, standby_stops, owning = threading.Event(), threading.Event(), threading.Event()
        by: dict[str, str] = {}

        def note(name: str, then: Callable[[], None]) -> Work:
            return lambda job: str(by.__setitem__(job.key, name) or then())

        threads = [
            threading.Thread(target=owner.run, args=({"reconcile": note("owner", owning.set)}, owner_stops)),
            threading.Thread(
                target=standby.run, args=({"reconcile": note("standby", standby_stops.set)}, standby_stops)
            ),
        ]
        owner.enqueue("reconcile", "first", {})
        threads[0].start()
        assert owning.wait(20)
        threads[1].start()
        owner_stops.set()
        threads[0].join(20)
        standby.enqueue("reconcile", "second", {})
        threads[1].join(20)
        assert by == {"first": "owner", "second": "standby"}
