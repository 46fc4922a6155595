"""The receipts of a publication as pages need them: how far each wave has come, and a page of them at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func, select

from hub.store.database import Database
from hub.store.rows import receipt_data
from hub.store.schema import operation
from mappings.canonical.kinds import JSON

GOOD = ("done", "already")


@dataclass(frozen=True, slots=True)
class Wave:
    """The operations of one kind of document, as the tool calls it, and how many have a receipt."""

    kind: str
    ended: int
    every: int


class Receipts:
    """The receipts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waves(self, publication: str) -> dict[str, list[Wave]]:
        """By target, in the order in which they are written."""
        colon = func.instr(operation.c.address, ":")
        kind = case((colon > 0, func.substr(operation.c.address, 1, colon - 1)), else_=operation.c.address)
        counted = select(operation.c.target, kind.label("kind"), func.count(operation.c.outcome), func.count())
        mine = counted.where(operation.c.publication == publication).group_by(operation.c.target, kind)
        found: dict[str, list[Wave]] = {}
        with self._database.read() as connection:
            for target, word, ended, every in connection.execute(mine.order_by(func.min(operation.c.position))):
                found.setdefault(target, []).append(Wave(word, ended, every))
        return found

    def outcomes(self, publication: str) -> dict[str, dict[str, int]]:
        """How many operations ended how, by target."""
        outcome = func.coalesce(operation.c.outcome, "not-tried")
        counted = select(operation.c.target, outcome, func.count()).where(operation.c.publication == publication)
        found: dict[str, dict[str, int]] = {}
        with self._database.read() as connection:
            for target, word, count in connection.execute(counted.group_by(operation.c.target, outcome)):
                found.setdefault(target, {})[word] = count
        return found

    def leaf(self, publication: str, target: str, start: int, limit: int) -> list[Mapping[str, JSON]]:
        """Some of one target's receipts: what needs a look first, then the rest as it was done."""
        mine = (operation.c.publication == publication) & (operation.c.target == target)
        well = case((operation.c.outcome.in_(GOOD), 1), else_=0)
        query = select(operation).where(mine).order_by(well, operation.c.position).offset(start).limit(limit)
        with self._database.read() as connection:
            return [receipt_data(row) for row in connection.execute(query)]
