"""What happened: publications and reconciles in one order, newest first, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, or_, select

from hub.errors import Refusal
from hub.store.database import Database
from hub.store.schema import job, publication, target_run

Kind = Literal["publication", "reconcile"]
KINDS: tuple[Kind, ...] = ("publication", "reconcile")
"""In the order of what came at the same moment."""


@dataclass(frozen=True, slots=True)
class Past:
    """One entry: a publication by its id, or a reconcile by the number of its job; `at` is when it was started, or
    asked for."""

    at: float
    kind: Kind
    id: str

    @property
    def cursor(self) -> str:
        """Stands for its place in the order; what comes later never moves it."""
        return f"{self.at!r}:{self.kind}:{self.id}"


def past_of(cursor: str) -> Past:
    """The entry that a cursor stands for. Raises Refusal for what is none."""
    at, _, rest = cursor.partition(":")
    kind, _, identity = rest.partition(":")
    try:
        found = Past(float(at), KINDS[KINDS.index(kind)], identity)
        return found if kind == "publication" else Past(found.at, "reconcile", str(int(identity[:18])))
    except ValueError:
        raise Refusal("this is no place in the history", hint="begin with its first page") from None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a history is narrowed to; "" for anything. `plans` are other names that jobs have for the plan."""

    kind: Kind | Literal[""] = ""
    plan: str = ""
    plans: Collection[str] = ()
    target: str = ""
    status: str = ""


class Histories:
    """The history of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, last: Past | None, wanted: Wanted, limit: int) -> list[Past]:
        """The next entries behind `last`, newest first. Reconciles are kept for a month."""
        found: list[Past] = []
        with self._database.read() as connection:
            if wanted.kind in ("", "publication"):
                rows = connection.execute(_publications(last, wanted).limit(limit))
                found += [Past(row.started, "publication", row.id) for row in rows]
            if wanted.kind in ("", "reconcile"):
                rows = connection.execute(_reconciles(last, wanted).limit(limit))
                found += [Past(row.queued_at, "reconcile", str(row.id)) for row in rows]
        return sorted(found, key=lambda one: (-one.at, KINDS.index(one.kind)))[:limit]


def _publications(last: Past | None, wanted: Wanted) -> Select[Any]:
    table = publication
    query = select(table.c.id, table.c.started).order_by(table.c.started.desc(), table.c.id.desc())
    if wanted.plan:
        query = query.where(table.c.plan == wanted.plan)
    if wanted.status:
        query = query.where(table.c.status == wanted.status)
    if wanted.target:
        there = select(target_run.c.publication).where(target_run.c.target == wanted.target)
        query = query.where(table.c.id.in_(there))
    if last is None:
        return query
    at_once = table.c.id < last.id if last.kind == "publication" else None
    return query.where(_behind(table.c.started, last, at_once))


def _reconciles(last: Past | None, wanted: Wanted) -> Select[Any]:
    table = job
    query = select(table.c.id, table.c.queued_at).where(table.c.kind == "reconcile")
    if wanted.plan:
        spelled = (f'"plan":{json.dumps(one, ensure_ascii=False)}' for one in (wanted.plan, *wanted.plans))
        query = query.where(or_(*(table.c.args.contains(one, autoescape=True) for one in spelled)))
    if wanted.status:
        query = query.where(table.c.state == wanted.status)
    if wanted.target:
        query = query.where(table.c.key == wanted.target)
    query = query.order_by(table.c.queued_at.desc(), table.c.id.desc())
    if last is None:
        return query
    at_once = table.c.queued_at == last.at if last.kind == "publication" else table.c.id < int(last.id)
    return query.where(_behind(table.c.queued_at, last, at_once))


def _behind(moment: ColumnElement[float], last: Past, at_once: ColumnElement[bool] | None) -> ColumnElement[bool]:
    """Earlier than `last`, or at the same moment and behind it."""
    earlier = moment < last.at
    return earlier if at_once is None else earlier | ((moment == last.at) & at_once)
