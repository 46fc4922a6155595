"""Ticks: each moment once across replicas, coalesced, made up for, and never twice in the queue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers import base
from sqlalchemy import text

from hub.errors import Refusal
from hub.jobs.embedded import EmbeddedJobs
from hub.schedule import Schedule, Tick
from hub.store.database import Database
from hub.timetable import timetable
from tests.hub.jobs.contract import Clock
from tests.hub.store.processes import children

DAY = datetime(2026, 11, 25, tzinfo=UTC).timestamp()  # a Wednesday


def at(hour: int, minute: int = 0) -> float:
    return DAY + hour * 3600 + minute * 60


class ByHand(base.BaseScheduler):  # type: ignore[misc]
    """APScheduler without its thread: the test says when it looks at the clock."""

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)

    def wakeup(self) -> None:
        """Nobody sleeps."""

    def look(self) -> None:
        self._process_jobs()


class Replica:
    """One process's schedule on the shared database, and the ticks it reported."""

    def __init__(self, database: Database, clock: Clock, *timetables: Any, jobs: Any = None) -> None:
        self.ticks: list[Tick] = []
        self.jobs = jobs or EmbeddedJobs(database, clock.now)
        self._by_hand = ByHand(timezone=UTC)
        tables = timetables or (timetable("lab", "every 30m"),)
        self.schedule = Schedule(
            database, self.jobs, lambda: "plan", tables, clock.now, self.ticks.append, self._by_hand
        )

    def start(self) -> Replica:
        self.schedule.start()
        self._by_hand.look()
        return self

    def look(self) -> list[tuple[str, float, str]]:
        """What the scheduler does at this time: (schedule, moment meant, outcome) of each tick."""
        self.ticks.clear()
        self._by_hand.look()
        return self.seen()

    def seen(self) -> list[tuple[str, float, str]]:
        return [(tick.schedule, tick.fire_time, tick.outcome) for tick in self.ticks]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Stands at 10:07, also for APScheduler."""
    clock = Clock(at(10, 7))

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(clock.at, tz)

    monkeypatch.setattr(base, "datetime", Frozen)
    yield clock


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/hub.db")


@pytest.fixture
def replica(database: Database, clock: Clock) -> Replica:
    """Has run since 10:07, and made up for 10:00 before."""
    started = Replica(database, clock).start()
    run_all(started)
    return started


def run_all(replica: Replica) -> int:
    """Do the jobs that wait; how many those were."""
    ran: list[Any] = []
    replica.jobs.run({"reconcile": lambda job: str(ran.append(job.args))}, threading.Event(), once=True)
    return len(ran)


def test_a_tick_asks_for_a_reconcile_of_its_target(replica: Replica, clock: Clock) -> None:
    clock.at = at(10, 29)
    assert replica.look() == []
    clock.at = at(10, 30)
    assert replica.look() == [("lab", at(10, 30), "enqueued")]
    (job,) = replica.jobs.jobs("queued")
    assert (job.kind, job.key, job.args) == ("reconcile", "lab", {"plan": "plan", "target": "lab"})


def test_a_tick_whose_run_waits_adds_nothing(replica: Replica, clock: Clock) -> None:
    outcomes = []
    for clock.at in (at(10, 30), at(11), at(11, 30)):
        outcomes += replica.look()
    assert [outcome for *_, outcome in outcomes] == ["enqueued", "waiting already", "waiting already"]
    assert run_all(replica) == 1


def test_moments_that_passed_unnoticed_are_one(replica: Replica, clock: Clock) -> None:
    clock.at = at(15, 10) + 86_400
    assert replica.look() == [("lab", at(15) + 86_400, "enqueued")]
    clock.at = at(15, 30) + 86_400
    assert replica.look() == [("lab", at(15, 30) + 86_400, "waiting already")]


def test_a_year_unnoticed_is_caught_up_with_at_once(database: Database, clock: Clock) -> None:
    replica = Replica(database, clock, timetable("lab", "every 1s")).start()
    clock.at += 365 * 86_400
    assert len(replica.look()) == 1


def test_each_target_has_its_own_ticks(database: Database, clock: Clock) -> None:
    replica = Replica(database, clock, timetable("lab", "every 1h"), timetable("pier", "15 * * * *"))
    replica.start()
    clock.at = at(10, 15)
    assert [name for name, *_ in replica.look()] == ["pier"]
    clock.at = at(11)
    assert [name for name, *_ in replica.look()] == ["lab"]


# Restarts and replicas


def test_a_replica_that_comes_second_adds_nothing(replica: Replica, database: Database, clock: Clock) -> None:
    other = Replica(database, clock).start()
    clock.at = at(10, 30)
    assert replica.look() + other.look() == [("lab", at(10, 30), "enqueued"), ("lab", at(10, 30), "taken")]


def test_a_restart_fires_nothing_again(replica: Replica, database: Database, clock: Clock) -> None:
    clock.at = at(10, 29)
    assert Replica(database, clock).start().seen() == [("lab", at(10), "taken")]


def test_a_restart_makes_up_for_the_last_moment(replica: Replica, database: Database, clock: Clock) -> None:
    clock.at = at(13, 10)
    assert Replica(database, clock).start().seen() == [("lab", at(13), "enqueued")]


def test_a_chosen_hour_is_not_made_up_for_later(database: Database, clock: Clock) -> None:
    assert Replica(database, clock, timetable("lab", "0 3 * * *")).start().seen() == []
    assert Replica(database, clock, timetable("lab", "0 10 * * *")).start().seen() == [("lab", at(10), "enqueued")]


def test_nothing_is_made_up_for_in_a_blackout(database: Database, clock: Clock) -> None:
    dark = timetable("lab", "every 30m", blackout=["10:05-12:00"])
    replica = Replica(database, clock, dark).start()
    clock.at = at(12)
    assert replica.seen() == [] and replica.look() == [("lab", at(12), "enqueued")]


def test_a_machine_that_wakes_up_in_a_blackout_waits_for_its_end(database: Database, clock: Clock) -> None:
    replica = Replica(database, clock, timetable("lab", "every 30m", blackout=["22:00-06:00"])).start()
    clock.at = at(23, 10)
    assert replica.look() == [("lab", at(21, 30), "skipped")]
    clock.at = at(30)
    assert [(moment, outcome) for _, moment, outcome in replica.look()] == [(at(30), "waiting already")]


def test_a_single_round_takes_what_is_due_and_nothing_twice(database: Database, clock: Clock) -> None:
    first, second = Replica(database, clock), Replica(database, clock)
    first.schedule.take_due()
    second.schedule.take_due()
    assert first.seen() + second.seen() == [("lab", at(10), "enqueued"), ("lab", at(10), "taken")]


# The transaction


class FullDisk:
    """Jobs that cannot be kept."""

    def enqueue(self, *arguments: Any, **more: Any) -> int:
        raise Refusal("the disk is full")


def test_a_tick_without_its_job_does_not_stay(database: Database, clock: Clock) -> None:
    broken, healthy = Replica(database, clock, jobs=FullDisk()).start(), Replica(database, clock)
    assert [(tick.outcome, tick.message) for tick in broken.ticks] == [("failed", "the disk is full")]
    assert healthy.start().seen() == [("lab", at(10), "enqueued")]


def test_a_failure_does_not_end_the_schedule(database: Database, clock: Clock) -> None:
    broken = Replica(database, clock, jobs=FullDisk()).start()
    broken.schedule._jobs = EmbeddedJobs(database, clock.now)
    clock.at = at(10, 30)
    assert broken.look() == [("lab", at(10, 30), "enqueued")]


def test_a_tick_knows_its_job(replica: Replica, database: Database, clock: Clock) -> None:
    for clock.at in (at(10, 30), at(11)):
        replica.look()
    (waiting,) = replica.jobs.jobs("queued")
    with database.read() as connection:
        rows = connection.execute(text("select fire_time, job from tick where fire_time > :t"), {"t": at(10)})
        assert [tuple(row) for row in rows] == [(at(10, 30), waiting.id), (at(11), None)]


def test_old_ticks_are_forgotten(replica: Replica, database: Database, clock: Clock) -> None:
    clock.at += 40 * 86_400
    run_all(replica)
    with database.read() as connection:
        assert connection.execute(text("select count(*) from tick")).scalar() == 0


# Another configuration


def test_a_timetable_that_comes_fires_as_after_a_start_and_one_that_goes_no_more(
    replica: Replica, clock: Clock
) -> None:
    replica.schedule.follow([timetable("quay", "every 1h")])
    assert replica.look() == [("quay", at(10), "enqueued")]
    clock.at = at(11)
    assert replica.look() == [("quay", at(11), "waiting already")]


def test_another_rhythm_holds_at_once_and_the_same_one_is_left_as_it_runs(replica: Replica, clock: Clock) -> None:
    replica.schedule.follow([timetable("lab", "every 30m")])
    assert replica.look() == []
    replica.schedule.follow([timetable("lab", "every 5m")])
    assert replica.look() == [("lab", at(10, 5), "enqueued")]


def test_a_moment_of_a_schedule_that_is_gone_is_skipped(replica: Replica, clock: Clock) -> None:
    replica.schedule.follow([])
    replica.ticks.clear()
    replica.schedule.take("lab", at(10))
    assert replica.seen() == [("lab", at(10), "skipped")]


def test_without_a_plan_a_moment_fails_with_the_reason_and_the_next_one_makes_up_for_it(
    database: Database, clock: Clock
) -> None:
    plans: list[str] = []

    def plan() -> str:
        if not plans:
            raise Refusal("which plan?")
        return plans[0]

    ticks: list[Tick] = []
    jobs = EmbeddedJobs(database, clock.now)
    schedule = Schedule(database, jobs, plan, [timetable("lab", "every 30m")], clock.now, ticks.append)
    schedule.take_due()
    assert (ticks[0].outcome, ticks[0].message) == ("failed", "which plan?")
    plans.append("Harbour")
    schedule.take_due()
    assert ticks[1].outcome == "enqueued" and [job.args["plan"] for job in jobs.jobs()] == ["Harbour"]


# Threads and processes


def test_the_scheduler_of_a_real_worker_fires_and_ends(database: Database) -> None:
    fired = threading.Event()
    jobs, clock = EmbeddedJobs(database, lambda: at(10, 7)), Clock(at(10, 7))
    schedule = Schedule(
        database, jobs, lambda: "plan", [timetable("lab", "every 30m")], clock.now, lambda tick: fired.set()
    )
    schedule.start()
    assert fired.wait(20)
    schedule.stop()
    assert [job.key for job in jobs.jobs()] == ["lab"] and "APScheduler" not in {
        one.name for one in threading.enumerate()
    }


RACE = """
from hub.jobs.embedded import EmbeddedJobs
from hub.schedule import Schedule
from hub.timetable import timetable
database = Database(sys.argv[1])
moment = 0.0
jobs = EmbeddedJobs(database, lambda: moment)
tables = [timetable("lab", "every 30m")]
schedule = Schedule(database, jobs, lambda: "plan", tables, lambda: moment, lambda tick: print(tick.outcome))
print("ready")
for line in sys.stdin:
    moment = float(line)
    schedule.take("lab", moment)
"""


@pytest.mark.process
def test_three_processes_that_race_give_each_tick_once(database: Database, tmp_path: Path) -> None:
    with children(RACE, database.url, cwd=tmp_path, count=3) as replicas:
        for moment in range(0, 40 * 1800, 1800):
            for replica in replicas:
                replica.say(str(moment))
            outcomes = [replica.hear() for replica in replicas]
            assert (
                outcomes.count("taken") == 2 and outcomes.count("enqueued" if moment == 0 else "waiting already") == 1
            )
    with database.read() as connection:
        assert connection.execute(text("select count(*), count(job) from tick")).one() == (40, 1)
