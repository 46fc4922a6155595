"""The frozen versions of plans, as rows."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import select

from hub.engine.lineage import Data, Frozen
from hub.store import documents
from hub.store.database import Database
from hub.store.schema import plan_version


class Versions:
    """Every version of every plan that was ever frozen. Each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def frozen(self, plan: str) -> list[Frozen]:
        """Every version of the plan, oldest first."""
        columns = (plan_version.c.number, plan_version.c.who, plan_version.c.at)
        query = select(*columns).where(plan_version.c.plan == plan).order_by(plan_version.c.number)
        with self._database.read() as connection:
            return [Frozen(*row) for row in connection.execute(query)]

    def frozen_data(self, plan: str, number: int) -> Data:
        """What a version says, as it was stored."""
        mine = (plan_version.c.plan == plan) & (plan_version.c.number == number)
        with self._database.read() as connection:
            digest = connection.execute(select(plan_version.c.hash).where(mine)).scalar_one()
            return cast(dict[str, Any], documents.fetch_one(connection, digest))
