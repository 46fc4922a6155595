"""Pauses: publications that somebody asked to wait, until somebody has them go on."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from hub.store.database import Database
from hub.store.schema import pause


class Pauses:
    """The pauses of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, publication: str, who: str, at: float) -> None:
        """Somebody wants it to pause; whoever asked first is remembered."""
        row = {"publication": publication, "who": who, "at": at}
        with self._database.write() as connection:
            connection.execute(insert(pause).values(**row).on_conflict_do_nothing())

    def by(self, publication: str) -> str:
        """Who asked; "" when nobody did. Runs ask before each write, so this is one look-up by key."""
        with self._database.read() as connection:
            who = connection.execute(select(pause.c.who).where(pause.c.publication == publication)).scalar()
        return str(who) if who is not None else ""

    def lift(self, publication: str) -> None:
        """It may go on."""
        with self._database.write() as connection:
            connection.execute(delete(pause).where(pause.c.publication == publication))
