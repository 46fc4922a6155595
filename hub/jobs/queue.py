"""The job table in SQLite: each change of a job's state as one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from hub.jobs.port import Job, Retry, State
from hub.store import schema
from hub.store.database import Database
from mappings.canonical.kinds import JSON
from mappings.canonical.text import canonical_bytes

KEPT = 30 * 86_400.0
"""Seconds a job that ended, and a tick, can be looked up."""


class Queue:
    """The jobs of one database. Only the process that owns them may call `claim`, `recover` and what follows them."""

    def __init__(self, database: Database, now: Callable[[], float], retry: Retry) -> None:
        self._database = database
        self._now = now
        self._retry = retry

    def add(self, connection: Connection, kind: str, key: str, args: Mapping[str, JSON]) -> int | None:
        """A new job in this transaction; None when an equal one waits."""
        now = self._now()
        row = {"kind": kind, "key": key, "args": canonical_bytes(dict(args)).decode(), "state": "queued"}
        values = {**row, "attempts": 0, "queued_at": now, "run_at": now, "message": ""}
        statement = insert(schema.job).values(**values).on_conflict_do_nothing().returning(schema.job.c.id)
        added: int | None = connection.execute(statement).scalar()
        return added

    def claim(self, kinds: Collection[str]) -> Job | None:
        """The due job that waits longest, now running. None when there is none; then nothing was locked."""
        with self._database.read() as connection:
            if self._due(connection, kinds) is None:
                return None
        with self._database.write() as connection:
            found = self._due(connection, kinds)
            if found is None:
                return None
            return self._set(connection, found, state="running", attempts=found.attempts + 1, started=self._now())

    def _due(self, connection: Connection, kinds: Collection[str]) -> Job | None:
        """The next job whose key is free: nothing of it runs, and nothing that was asked for earlier waits."""
        one, other = schema.job, schema.job.alias("other")
        ahead = or_(other.c.state == "running", (other.c.state == "queued") & (other.c.id < one.c.id))
        free = ~exists().where(other.c.key == one.c.key, other.c.id != one.c.id, ahead)
        due = (one.c.state == "queued") & (one.c.run_at <= self._now()) & one.c.kind.in_(kinds) & free
        row = connection.execute(select(one).where(due).order_by(one.c.run_at, one.c.id).limit(1)).first()
        return _job(row) if row is not None else None

    def end(self, job: Job, state: State, message: str) -> Job:
        """The job is over."""
        with self._database.write() as connection:
            return self._set(connection, job, state=state, message=message, finished=self._now())

    def postpone(self, job: Job, at: float, message: str) -> Job:
        """Queue a running job again for `at`, as if this start had not been."""
        with self._database.write() as connection:
            return self._again(connection, job, at, message, job.attempts - 1)

    def retry(self, job: Job, message: str) -> Job:
        """A start failed: queue the job again after a pause, or end it when it was tried often enough."""
        if job.attempts >= self._retry.attempts:
            return self.end(job, "failed", message)
        with self._database.write() as connection:
            at = self._now() + self._retry.pause(job.attempts)
            return self._again(connection, job, at, message, job.attempts)

    def recover(self) -> list[Job]:
        """What ran when the former owner died is queued again, or ended when that happened too often."""
        with self._database.write() as connection:
            rows = connection.execute(select(schema.job).where(schema.job.c.state == "running")).all()
            return [self._recovered(connection, _job(row)) for row in rows]

    def _recovered(self, connection: Connection, job: Job) -> Job:
        if job.attempts >= self._retry.attempts:
            message = f"the process died while this ran, at attempt {job.attempts}"
            return self._set(connection, job, state="failed", message=message, finished=self._now())
        return self._again(connection, job, self._now(), "the process died while this ran", job.attempts)

    def _again(self, connection: Connection, job: Job, at: float, message: str, attempts: int) -> Job:
        """Queue a running job again. An equal one that waits takes its place, with its pause and its attempts."""
        twin = _waiting_twin(connection, job)
        if twin is None:
            return self._set(connection, job, state="queued", run_at=at, message=message, attempts=attempts)
        later = max(at, twin.run_at)
        self._set(connection, twin, run_at=later, message=message, attempts=max(attempts, twin.attempts))
        return self._set(connection, job, state="superseded", message=message, finished=self._now())

    def _set(self, connection: Connection, job: Job, **values: Any) -> Job:
        connection.execute(update(schema.job).where(schema.job.c.id == job.id).values(**values))
        return _job(connection.execute(select(schema.job).where(schema.job.c.id == job.id)).one())

    def cancel(self, job: int) -> bool:
        """Take a waiting job back."""
        waiting = (schema.job.c.id == job) & (schema.job.c.state == "queued")
        with self._database.write() as connection:
            ended = {"state": "cancelled", "finished": self._now()}
            return connection.execute(update(schema.job).where(waiting).values(**ended)).rowcount == 1

    def forget(self) -> None:
        """Remove ended jobs and ticks that are older than a month."""
        before = self._now() - KEPT
        with self._database.write() as connection:
            connection.execute(delete(schema.job).where(schema.job.c.finished < before))
            connection.execute(delete(schema.tick).where(schema.tick.c.fire_time < before))

    def jobs(self, states: Collection[State], key: str | None, limit: int) -> list[Job]:
        """Newest first."""
        query = select(schema.job).order_by(schema.job.c.id.desc()).limit(limit)
        query = query.where(schema.job.c.state.in_(states)) if states else query
        query = query.where(schema.job.c.key == key) if key is not None else query
        with self._database.read() as connection:
            return [_job(row) for row in connection.execute(query)]

    def job(self, number: int) -> Job | None:
        """By id."""
        with self._database.read() as connection:
            row = connection.execute(select(schema.job).where(schema.job.c.id == number)).first()
        return _job(row) if row is not None else None

    def counts(self) -> dict[State, int]:
        """How many jobs there are in each state."""
        query = select(schema.job.c.state, func.count().label("number")).group_by(schema.job.c.state)
        with self._database.read() as connection:
            return {row.state: row.number for row in connection.execute(query)}


def _waiting_twin(connection: Connection, job: Job) -> Job | None:
    table = schema.job
    args = canonical_bytes(dict(job.args)).decode()
    equal = (table.c.kind == job.kind) & (table.c.key == job.key) & (table.c.args == args)
    row = connection.execute(select(table).where(equal, table.c.state == "queued", table.c.id != job.id)).first()
    return _job(row) if row is not None else None


def _job(row: Row[Any]) -> Job:
    return Job(**{**row._mapping, "args": json.loads(row.args)})
