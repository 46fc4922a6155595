"""`hub worker`: a round by schedule, what tools refuse, and an orderly end of the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Invalid, NotEntitled, RateLimited, ToolError, Unauthorized, Unavailable
from hub import chores
from hub.app import App
from hub.chores import reconcile_job
from hub.cli.stopping import ending_on_signals
from hub.cli.working import Log, work_with
from hub.config import load
from hub.engine.reconcile import Report, TargetReport
from hub.errors import Busy, Problems, Refusal, Stopped
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import GiveUp, Job, WaitUntil
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import Desk


def scheduled(desk: Desk, schedule: str = "every 1d", top: str = 'plan = "plan.yaml"\n') -> None:
    """Put a schedule under the last target of hub.toml."""
    text = (desk.folder / "hub.toml").read_text()
    desk.write("hub.toml", f'{top}{text}schedule = "{schedule}"\n')


def lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def events(said: str) -> list[str]:
    """What happened, in order: ticks by their outcome, jobs by their state."""
    return [one.get("outcome") or one.get("state") or one["event"] for one in lines(said)]


# A round


def test_a_round_reconciles_what_is_due_and_says_so(desk: Desk, shop: Workshop) -> None:
    scheduled(desk)
    ran = desk.hub("worker", "--once")
    assert (ran.code, ran.out) == (0, "1 done\n")
    assert events(ran.err) == ["started", "enqueued", "running", "done", "stopped"]
    assert shop.requests() > 0 and shop.writes() == []


def test_a_second_round_has_nothing_to_do(desk: Desk, shop: Workshop) -> None:
    scheduled(desk)
    desk.hub("worker", "--once")
    before = shop.requests()
    ran = desk.hub("worker", "--once", "--json")
    assert ran.json() == {"owner": True, "done": 0, "failed": 0, "queued": 0, "superseded": 0}
    assert events(ran.err) == ["started", "taken", "stopped"] and shop.requests() == before


def test_an_edit_in_the_tool_becomes_a_proposal_by_the_schedule(desk: Desk, shop: Workshop) -> None:
    desk.hub("publish", "plan.yaml", "--yes")
    shop.sandboxes["segment"].edit({"do": "set-description", "key": "Signed Up", "value": "Better."})
    scheduled(desk)
    ran = desk.hub("worker", "--once")
    assert lines(ran.err)[-2]["message"] == "drifted, 1 opened"
    assert [one["value"] for one in desk.hub("proposals", "--json").json()] == ["Better."]


def test_a_target_that_is_wrongly_configured_fails_with_the_reason(desk: Desk, shop: Workshop) -> None:
    scheduled(desk)
    next(desk.folder.glob("segment_*")).unlink()
    ran = desk.hub("worker", "--once")
    assert (ran.code, ran.out) == (1, "1 failed\n")
    assert "cannot be read" in lines(ran.err)[-2]["message"]


def test_a_plan_that_is_gone_fails_the_job(desk: Desk, shop: Workshop) -> None:
    scheduled(desk, top='plan = "gone.yaml"\n')
    ran = desk.hub("worker", "--once")
    assert ran.code == 1 and "gone.yaml" in lines(ran.err)[-2]["message"]


def test_a_schedule_without_a_plan_is_refused(desk: Desk, shop: Workshop) -> None:
    scheduled(desk, top="")
    ran = desk.hub("worker", "--once")
    assert ran.code == 1 and "segment has a schedule" in ran.err and 'plan = "plan.yaml"' in ran.err


def test_a_schedule_goes_by_the_only_plan_in_the_store(desk: Desk, shop: Workshop) -> None:
    desk.hub("publish", "plan.yaml", "--yes")
    scheduled(desk, top="")
    ran = desk.hub("worker", "--once")
    assert (ran.code, ran.out) == (0, "1 done\n")


def test_a_worker_without_schedules_serves_the_queue(desk: Desk) -> None:
    ran = desk.hub("worker", "--once")
    assert (ran.code, ran.out) == (0, "nothing is due\n")


def test_while_another_worker_runs_a_round_leaves_the_jobs_to_it(desk: Desk, app: App) -> None:
    codes: list[Any] = []
    app.queue.enqueue("reconcile", "lab", {})  # type: ignore[attr-defined]

    def meanwhile(job: Job) -> str:
        codes.append(desk.hub("worker", "--once").out)
        return ""

    work_with(app, {"reconcile": meanwhile}, once=True)
    assert "another worker" in codes[0]


# Exit codes and the log


@pytest.fixture
def app(desk: Desk) -> Iterator[App]:
    """A hub with one target that cannot be reached, whose jobs the test puts in by `queue`."""
    desk.write(
        "hub.toml",
        '[targets.lab]\ntool = "snowplow"\nbase_url = "http://127.0.0.1:9"\nvendor = "com.lab"\nstatic = true\n',
    )
    opened = App(load(desk.folder / "hub.toml", {}))
    opened.queue = EmbeddedJobs(opened.database, time.time)  # type: ignore[attr-defined]
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("problem", "code"),
    [(None, 0), (WaitUntil(4e9), 0), (Stopped("asked to"), 0), (GiveUp("no"), 1), (OSError("no"), 1)],
)
def test_a_round_in_which_something_failed_ends_with_1(app: App, problem: Exception | None, code: int) -> None:
    def work(job: Job) -> str:
        app.stopping.set()
        if problem:
            raise problem
        return ""

    app.queue.enqueue("reconcile", "lab", {})  # type: ignore[attr-defined]
    assert work_with(app, {"reconcile": work}, once=True) == code


def test_the_log_says_when_a_failed_job_runs_again(capsys: pytest.CaptureFixture[str]) -> None:
    Log().job(Job(7, "reconcile", "lab", {}, "queued", 1, 0.0, 90.0, message="OSError: cable"))
    (line,) = lines(capsys.readouterr().err)
    expected = {"event": "job", "job": 7, "kind": "reconcile", "key": "lab", "state": "queued"}
    assert line == {"at": line["at"], **expected, "message": "OSError: cable", "again_at": "1970-01-01T00:01:30+00:00"}


# What a tool or the hub refuses


def a_job(target: str = "lab") -> Job:
    return Job(1, "reconcile", target, {"plan": "plan.yaml", "target": target}, "running", 1, 0.0, 0.0)


def reporting(monkeypatch: pytest.MonkeyPatch, problem: Exception, *, raised: bool) -> None:
    """Reconciling ends with this problem, raised or in its report."""

    def reconcile(*arguments: Any, **more: Any) -> Report:
        if raised:
            raise problem
        assert isinstance(problem, ToolError)
        return Report("Shop", (TargetReport("lab", "unknown", error=problem),))

    monkeypatch.setattr(chores, "reconcile_target", reconcile)


@pytest.mark.parametrize("raised", [True, False])
@pytest.mark.parametrize("pause", [120.0, None])
def test_a_used_up_quota_waits_as_long_as_the_tool_says(
    app: App, monkeypatch: pytest.MonkeyPatch, raised: bool, pause: float | None
) -> None:
    reporting(monkeypatch, RateLimited("slow down", retry_after=pause), raised=raised)
    before = time.time()
    with pytest.raises(WaitUntil, match="slow down") as caught:
        reconcile_job(app, a_job())
    assert 0 <= caught.value.at - before - (pause or 300) < 30


@pytest.mark.parametrize("problem", [Unauthorized("who"), NotEntitled("you"), Invalid("odd"), Refusal("gone")])
def test_what_a_person_must_change_is_given_up(app: App, monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    reporting(monkeypatch, problem, raised=True)
    with pytest.raises(GiveUp, match=rf"^{problem.args[0]}\b"):
        reconcile_job(app, a_job())


@pytest.mark.parametrize("problem", [Unavailable("down"), Stopped("asked to"), KeyError("bug")])
def test_what_may_pass_by_itself_is_left_to_the_engine(
    app: App, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    reporting(monkeypatch, problem, raised=True)
    with pytest.raises(type(problem)) as caught:
        reconcile_job(app, a_job())
    assert caught.value is problem


def test_a_publish_under_way_is_waited_for(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    reporting(monkeypatch, Busy("another run is publishing"), raised=True)
    with pytest.raises(WaitUntil, match="publishing"):
        reconcile_job(app, a_job())


def test_all_that_is_wrong_is_in_the_message(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    reporting(monkeypatch, Problems("not valid", [Refusal("a is bad"), Refusal("b is bad")]), raised=True)
    with pytest.raises(GiveUp, match="not valid; a is bad; b is bad"):
        reconcile_job(app, a_job())


def test_a_run_that_comes_up_in_a_blackout_waits_for_its_end(desk: Desk, app: App) -> None:
    blackout = "2000-01-01..2099-12-31"
    with (desk.folder / "hub.toml").open("a") as file:
        file.write(f'schedule = "every 1d"\nblackout = ["{blackout}"]\n')
    with pytest.raises(WaitUntil, match="blackout") as caught:
        reconcile_job(App(load(desk.folder / "hub.toml", {})), a_job())
    assert time.gmtime(caught.value.at)[:3] == (2100, 1, 1)


# The end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_for_an_end_and_handlers_are_put_back(number: int) -> None:
    before, stopping = signal.getsignal(number), threading.Event()
    with ending_on_signals(stopping):
        signal.raise_signal(number)
    assert stopping.is_set() and signal.getsignal(number) is before


SERVES = "from hub.cli.main import run\nrun(['worker'])"


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_in_order_when_it_is_told_to(desk: Desk, number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        [sys.executable, "-c", SERVES], cwd=desk.folder, stderr=subprocess.PIPE, text=True, env=environment
    ) as worker:
        assert worker.stderr is not None
        assert json.loads(worker.stderr.readline())["event"] == "started"
        worker.send_signal(number)
        assert events(worker.stderr.read()) == ["stopped"]
    assert worker.returncode == 0
