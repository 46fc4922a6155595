"""What targets were seen to hold, without reading all of it: which readings differ, and single documents of them."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import ColumnElement, select

from hub.engine.ports import Observed, Written
from hub.store import documents
from hub.store.database import Database
from hub.store.schema import base, operation, publication, snapshot
from mappings.contract import Address, Document, Documents, Path


class Observations:
    """The readings of one database. Implements `hub.engine.ports.ObservationLog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def at(self, target: str, moment: float | None = None) -> Observed | None:
        """The newest reading that is not younger than `moment`."""
        query = select(snapshot.c.taken_at, snapshot.c.entries).where(snapshot.c.target == target)
        query = query if moment is None else query.where(snapshot.c.taken_at <= moment)
        newest = query.order_by(snapshot.c.taken_at.desc(), snapshot.c.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(newest).first()
        return None if row is None else Observed(row.taken_at, row.entries)

    def changes(self, target: str, newest: int | None = None) -> list[Observed]:
        """Readings that differ from the one before, oldest first; only so many of the newest."""
        query = select(snapshot.c.taken_at, snapshot.c.entries).where(snapshot.c.target == target)
        found: list[Observed] = []
        with self._database.read() as connection:
            for row in connection.execute(query.order_by(snapshot.c.taken_at, snapshot.c.id)):
                if not found or found[-1].entries != row.entries:
                    found.append(Observed(row.taken_at, row.entries))
        return found[-newest:] if newest else found

    def held(self, observed: Observed, concerns: Callable[[str, Path], bool]) -> Documents:
        """Those documents of a reading that concern the caller."""
        with self._database.read() as connection:
            entries = documents.fetch_one(connection, observed.entries) or []
            wanted = [one for one in entries if concerns(one[0], tuple(one[2]))]
            bodies = documents.fetch(connection, (digest for _, digest, _, _ in wanted))
        return Documents(
            Document(Address.parse(address), bodies[digest], about=tuple(about), facts=facts)
            for address, digest, about, facts in wanted
        )

    def written(self, target: str, thing: Path) -> list[Written]:
        """Every write there that was about this thing, or may have been, oldest first."""
        columns = (publication.c.id, publication.c.who, publication.c.started, operation.c.address, operation.c.about)
        query = select(*columns).join(publication, publication.c.id == operation.c.publication)
        mine = (operation.c.target == target) & _may_be_about(operation.c.about, thing)
        with self._database.read() as connection:
            rows = connection.execute(query.where(mine).order_by(publication.c.started))
            return [
                Written(row.id, row.who, row.started, Address.parse(row.address))
                for row in rows
                if _place(row.about)[:2] in ((), thing[:1], thing)
            ]

    def managed(self, target: str, thing: Path) -> frozenset[Address]:
        """Where the target holds what was published of this thing."""
        mine = (base.c.target == target) & _is_about(base.c.about, thing)
        with self._database.read() as connection:
            rows = connection.execute(select(base.c.address, base.c.about).where(mine))
            return frozenset(Address.parse(row.address) for row in rows if _place(row.about)[:2] == thing)


def _place(about: str) -> Path:
    return tuple(json.loads(about))


def _is_about(column: ColumnElement[str], thing: Path) -> ColumnElement[bool]:
    """Whether a place, as JSON, is the thing or within it: it then begins with the thing's own spelling.

    Finds a few too many: databases do not always tell large letters from small ones.
    """
    return column.startswith(json.dumps(thing).removesuffix("]"), autoescape=True)


def _may_be_about(column: ColumnElement[str], thing: Path) -> ColumnElement[bool]:
    return _is_about(column, thing) | column.in_((json.dumps(()), json.dumps(thing[:1])))
