"""Proposals that are not shown as waiting until a time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from hub.store.database import Database
from hub.store.schema import snooze


@dataclass(frozen=True, slots=True)
class Snooze:
    """Until when a proposal sleeps, and who put it to sleep. `until` is in seconds since the epoch."""

    proposal: int
    until: float
    who: str


class Snoozes:
    """The snoozes of one database. One that is over is as good as none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, one: Snooze) -> None:
        """Sleep until then; a proposal that slept already sleeps until the new time."""
        row = {"proposal": one.proposal, "until": one.until, "who": one.who}
        statement = insert(snooze).values(**row)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["proposal"], set_=row))

    def end(self, proposal: int) -> None:
        """Awake from now on."""
        with self._database.write() as connection:
            connection.execute(delete(snooze).where(snooze.c.proposal == proposal))

    def asleep(self, now: float) -> dict[int, Snooze]:
        """Those that are not over, by proposal."""
        with self._database.read() as connection:
            rows = connection.execute(select(snooze).where(snooze.c.until > now))
            return {row.proposal: Snooze(*row) for row in rows}
