"""Buttons that were pressed: each press counts once, however often it arrives."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.dialects.sqlite import insert

from hub.store.database import Database
from hub.store.schema import press


class Presses:
    """The presses of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, key: str, *, who: str, act: str, subject: str, at: float) -> bool:
        """Whether this press is new. If the process dies before it acts, the person presses again: a new press."""
        row = {"key": key, "who": who, "act": act, "subject": subject, "at": at, "outcome": ""}
        with self._database.write() as connection:
            return connection.execute(insert(press).values(**row).on_conflict_do_nothing()).rowcount == 1

    def concluded(self, key: str, outcome: str) -> None:
        """What came of it, for the record."""
        with self._database.write() as connection:
            connection.execute(update(press).where(press.c.key == key).values(outcome=outcome))
