"""What `hub worker` does: the schedule asks for jobs, the engine runs them, each of both leaves a line in the log."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from hub.app import App
from hub.chores import works
from hub.cli.common import with_app
from hub.cli.stopping import ending_on_signals
from hub.cli.terminal import print_json, say
from hub.errors import Refusal
from hub.following import Follower, told
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job, JobEngine, Works
from hub.notify.herald import Herald
from hub.plans import only_plan
from hub.schedule import Schedule, Tick
from hub.timetable import Timetable


@with_app
def work(app: App, once: bool, as_json: bool) -> int:
    """`hub worker`."""
    return work_with(app, works(app), once=once, as_json=as_json)


def work_with(app: App, table: Works, *, once: bool, as_json: bool = False) -> int:
    """Serve this table of work until the app is to stop, or, with `once`, until nothing is due; the exit code."""
    log = Log()
    jobs = EmbeddedJobs(app.database, app.engine.time.now)
    _require_a_plan(app)
    schedule = _schedule(app, jobs, log, app.config.timetables())
    with ending_on_signals(app.stopping), Herald(app.deliverer, on_problem=log.untold):
        log.line("started", once=once)
        owned = _once(jobs, schedule, table, app.stopping, log) if once else _on(jobs, schedule, table, app, log)
        log.line("stopped")
    if once:
        _conclude(log, owned, as_json)
    return 1 if once and log.failures else 0


def keep_working(app: App, table: Works, log: Log) -> None:
    """The worker inside another process: jobs, schedule and notifications, until the app is to stop."""
    jobs = EmbeddedJobs(app.database, app.engine.time.now)
    try:
        timetables = app.config.timetables()
    except Refusal as refusal:  # the pages are there all the same, and say it too
        log.configuration(refusal)
        timetables = []
    schedule = _schedule(app, jobs, log, timetables)
    with Herald(app.deliverer, on_problem=log.untold):
        _on(jobs, schedule, table, app, log)


def _once(jobs: JobEngine, schedule: Schedule, table: Works, stopping: threading.Event, log: Log) -> bool:
    schedule.take_due()
    return jobs.run(table, stopping, watch=log.job, once=True)


def _on(jobs: JobEngine, schedule: Schedule, table: Works, app: App, log: Log) -> bool:
    schedule.start()
    try:
        with Follower(app, schedule.follow, log.configuration):
            return jobs.run(table, app.stopping, watch=log.job)
    finally:
        schedule.stop()


def _schedule(app: App, jobs: JobEngine, log: Log, timetables: Sequence[Timetable]) -> Schedule:
    return Schedule(app.database, jobs, partial(only_plan, app), timetables, app.engine.time.now, log.tick)


def _require_a_plan(app: App) -> None:
    """Raises Refusal when there are timetables, but no plan to reconcile with: a worker would do nothing."""
    timetables = app.config.timetables()
    if not timetables:
        return
    try:
        only_plan(app)
    except Refusal as refusal:
        message = f"{timetables[0].name} has a schedule, but which plan is it to be reconciled with?"
        hint = 'add plan = "plan.yaml" (a path beside this file, or a name in the store) above the targets'
        raise Refusal(message, place=app.config.place, hint=hint) from refusal


def _conclude(log: Log, owned: bool, as_json: bool) -> None:
    """What a single round has done, on stdout."""
    ends = {state: log.ends[state] for state in ("done", "failed", "queued", "superseded")}
    if as_json:
        print_json({"owner": owned, **ends})
    elif not owned:
        say("another worker runs the jobs of this database; what is due is left to it")
    else:
        say(", ".join(f"{count} {state}" for state, count in ends.items() if count) or "nothing is due")


class Log:
    """One line of JSON on stderr for everything that happens. Used from several threads."""

    def __init__(self) -> None:
        self.ends: Counter[str] = Counter()
        """How many starts of jobs ended in each state."""
        self.failures = 0
        self._lock = threading.Lock()

    def tick(self, tick: Tick) -> None:
        """A moment of a schedule."""
        meant = _iso(tick.fire_time)
        self.line(
            "tick", schedule=tick.schedule, fire_time=meant, outcome=tick.outcome, job=tick.job, message=tick.message
        )

    def job(self, job: Job) -> None:
        """A job that starts or whose start has ended."""
        more: dict[str, Any] = {"job": job.id, "kind": job.kind, "key": job.key, "state": job.state}
        if job.state == "running":
            self.line("job", **more, attempt=job.attempts)
            return
        with self._lock:
            self.ends[job.state] += 1
            self.failures += job.state == "failed" or (job.state == "queued" and job.attempts > 0)
        again = _iso(job.run_at) if job.state == "queued" else None
        self.line("job", **more, message=job.message, again_at=again)

    def configuration(self, problem: Refusal | None) -> None:
        """hub.toml was saved, and holds now or cannot be used."""
        self.line("configuration", **told(problem))

    def untold(self, problem: Refusal) -> None:
        """Why nobody can be told anything at the moment; once for each reason."""
        self.line("notifications", message=str(problem), hint=problem.hint)

    def line(self, event: str, **fields: Any) -> None:
        """A line with the time and what is known."""
        known = {name: value for name, value in fields.items() if value not in (None, "")}
        text = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **known})
        with self._lock:
            print(text, file=sys.stderr, flush=True)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
