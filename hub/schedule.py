"""APScheduler decides when, never what: each moment of a timetable becomes one job, however many replicas there are.

Every process runs its own scheduler with its jobs in memory, because a job store that several schedulers share fires
everything several times. What makes a moment happen once is a row in the database: who inserts it enqueues the job,
in the same transaction.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from apscheduler.executors.base import BaseExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import update
from sqlalchemy.dialects.sqlite import insert

from hub.errors import Refusal
from hub.jobs.port import JobEngine
from hub.store import schema
from hub.store.database import Database
from hub.timetable import Timetable

RECONCILE = "reconcile"
"""The kind of the jobs; their args are `plan` and `target`, their key is the target."""
Outcome = Literal["enqueued", "waiting already", "taken", "skipped", "failed"]
"""`waiting already`: an equal run waits, so nothing was added. `taken`: another replica was first. `skipped`: it came
too late, into a blackout, or the schedule is gone. `failed`: the database could not be used, or there is no plan; the
next moment makes up for it."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What became of one moment of one schedule. `fire_time` is the moment meant, in seconds since the epoch."""

    schedule: str
    fire_time: float
    outcome: Outcome
    job: int | None = None
    message: str = ""


Report = Callable[[Tick], None]


class Schedule:
    """The timetables of one process, each named after the target that it reconciles.

    `plan` is asked at each moment which plan that is with; what it refuses is what becomes of that moment.
    """

    def __init__(
        self,
        database: Database,
        jobs: JobEngine,
        plan: Callable[[], str],
        timetables: Sequence[Timetable],
        now: Callable[[], float],
        report: Report,
        scheduler: BaseScheduler | None = None,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._plan = plan
        self._timetables = {one.name: one for one in timetables}
        self._now = now
        self._report = report
        self._scheduler = scheduler or BackgroundScheduler(timezone=UTC)

    def start(self) -> None:
        """Fire from now on. The last moment that nobody took is made up for, unless it is too long ago."""
        self._scheduler.add_executor(EnqueueOnce(self.take))
        for one in self._timetables.values():
            self._put_in(one)
        self._scheduler.start()

    def follow(self, timetables: Sequence[Timetable]) -> None:
        """Fire by these timetables from now on. One that is new or another one begins as after a start."""
        before, self._timetables = self._timetables, {one.name: one for one in timetables}
        for name in before.keys() - self._timetables.keys():
            with contextlib.suppress(JobLookupError):  # it fired for the last time
                self._scheduler.remove_job(name)
        for one in self._timetables.values():
            if before.get(one.name) != one:
                self._put_in(one)

    def _put_in(self, timetable: Timetable) -> None:
        self._scheduler.add_job(
            _replaced_by_the_executor,
            Moments(timetable),
            id=timetable.name,
            next_run_time=_moment(self._made_up(timetable) or timetable.after(self._now())),
            coalesce=True,
            misfire_grace_time=None,
            replace_existing=True,
        )

    def stop(self) -> None:
        """Fire no more; a tick under way is waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown()

    def take_due(self) -> None:
        """Take the last moment of each timetable that nobody took, and end: for a process that does not stay."""
        for one in self._timetables.values():
            moment = self._made_up(one)
            if moment is not None:
                self.take(one.name, moment)

    def _made_up(self, timetable: Timetable) -> int | None:
        now = self._now()
        moment = timetable.latest(now)
        return moment if moment is not None and self._is_wanted(timetable, moment, now) else None

    def _is_wanted(self, timetable: Timetable, moment: float, now: float) -> bool:
        return not timetable.is_late(moment, now) and timetable.dark_until(now) is None

    def take(self, name: str, fire_time: float) -> None:
        """Take this moment if no replica did, and ask for the run that belongs to it."""
        try:
            tick = self._taken(name, fire_time)
        except Refusal as refusal:
            tick = Tick(name, fire_time, "failed", message=str(refusal))
        self._report(tick)

    def _taken(self, name: str, fire_time: float) -> Tick:
        now, timetable = self._now(), self._timetables.get(name)
        if timetable is None or not self._is_wanted(timetable, fire_time, now):
            return Tick(name, fire_time, "skipped")
        plan = self._plan()
        row = {"schedule": name, "fire_time": fire_time, "at": now}
        mine = (schema.tick.c.schedule == name) & (schema.tick.c.fire_time == fire_time)
        with self._database.write() as connection:
            if connection.execute(insert(schema.tick).values(**row).on_conflict_do_nothing()).rowcount == 0:
                return Tick(name, fire_time, "taken")
            args = {"plan": plan, "target": name}
            job = self._jobs.enqueue(RECONCILE, name, args, within=connection)
            connection.execute(update(schema.tick).where(mine).values(job=job))
        return Tick(name, fire_time, "enqueued" if job is not None else "waiting already", job)


class Moments(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """A timetable as APScheduler asks for it."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The moment after the previous one; of several that passed unnoticed, the last."""
        at = now.timestamp()
        moment = self._timetable.after(previous_fire_time.timestamp() if previous_fire_time else at)
        if moment is not None and moment <= at:
            moment = max(moment, self._timetable.latest(at) or moment)
        return _moment(moment)


class EnqueueOnce(BaseExecutor):  # type: ignore[misc]
    """Hands over the moment that was meant, where APScheduler's own executors would call a function without it."""

    def __init__(self, take: Callable[[str, float], None]) -> None:
        super().__init__()
        self._take = take

    def _do_submit_job(self, job: Any, run_times: Sequence[datetime]) -> None:
        try:
            self._take(job.id, run_times[-1].timestamp())
        except Exception as problem:
            self._run_job_error(job.id, problem, problem.__traceback__)
        else:
            self._run_job_success(job.id, [])


def _replaced_by_the_executor() -> None:
    """APScheduler wants a function for each job."""


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
