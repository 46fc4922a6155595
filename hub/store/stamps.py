"""Stamps: values that change whenever something that a preview is made of changes, found without reading all of it."""

from __future__ import annotations

from collections.abc import Hashable

from sqlalchemy import Connection, func, select

from hub.store.database import Database
from hub.store.schema import base, drift, proposal, snapshot, target_run

DECIDED = ("accepted", "edited", "rejected", "different")


class Stamps:
    """The stamps of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_target(self, target: str) -> Hashable:
        """Of the newest reading, the base, the runs that may have left unverified work, and the tugs-of-war.

        Rows of the base are made, or moved to a later moment, or taken out; runs are added and get published: no two
        states in a row have the same counts and sums.
        """
        with self._database.read() as connection:
            newest = connection.execute(select(func.max(snapshot.c.id)).where(snapshot.c.target == target)).scalar()
            return newest, _base(connection, target), _runs(connection, target), _fought(connection, target)

    def of_plan(self, plan: str) -> Hashable:
        """Of the decisions about its proposals: each is made once, at a moment of its own."""
        mine = (proposal.c.plan == plan) & proposal.c.state.in_(DECIDED)
        counted = select(proposal.c.state, func.count(), func.total(proposal.c.decided)).where(mine)
        with self._database.read() as connection:
            return tuple(tuple(row) for row in connection.execute(counted.group_by(proposal.c.state)))


def _base(connection: Connection, target: str) -> Hashable:
    moved = select(func.count(), func.max(base.c.verified_at), func.total(base.c.verified_at))
    return tuple(connection.execute(moved.where(base.c.target == target)).one())


def _runs(connection: Connection, target: str) -> Hashable:
    counted = select(target_run.c.status == "published", func.count()).where(target_run.c.target == target)
    rows = connection.execute(counted.group_by(target_run.c.status == "published"))
    return tuple(tuple(row) for row in rows)


def _fought(connection: Connection, target: str) -> Hashable:
    frozen = select(drift.c.path).where(drift.c.target == target, drift.c.frozen == 1).order_by(drift.c.path)
    return tuple(connection.execute(frozen).scalars())
