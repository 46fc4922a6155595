"""Happenings are noted in the transaction of the change that they tell of: both are on disk, or neither."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.sqlite import insert

from hub.changes.happening import Happening, HappeningKind
from hub.store.schema import drift, happening, operation
from mappings.canonical.kinds import JSON
from mappings.contract import Path


def note(
    connection: Connection, kind: HappeningKind, plan: str, subject: str, at: float, data: Mapping[str, JSON]
) -> None:
    """Keep one happening for the outbox to route."""
    row = {"kind": kind, "plan": plan, "subject": subject, "at": at, "data": json.dumps(data), "routed": 0}
    connection.execute(insert(happening), [row])


def from_row(row: Row[Any]) -> Happening:
    return Happening(row.id, row.kind, row.plan, row.subject, row.at, json.loads(row.data))


PUBLISHED: Mapping[str, HappeningKind] = {
    "published": "publish.finished",
    "partial": "publish.partial",
    "failed": "publish.failed",
    "waiting": "publish.waiting",
    "paused": "publish.paused",
}
"""How the end of a publication is told, by its status. A superseded one is told of by its successor."""


def note_publication(connection: Connection, kind: HappeningKind, publication: str, plan: str, at: float) -> None:
    """A publication's step, unless it writes nothing anywhere: then nobody needs to know."""
    mine = operation.c.publication == publication
    writes = connection.execute(select(func.count()).select_from(operation).where(mine)).scalar()
    if writes or kind == "publish.failed":
        note(connection, kind, plan, publication, at, {"operations": writes})


def note_drift(connection: Connection, plan: str, target: str, before: set[Path], at: float) -> None:
    """Compare the fields that differ at a target with those that did `before`: told are new ones, and their end.

    All of it is one story, from the first field that differs until none does.
    """
    query = select(drift.c.path, drift.c.since).where(drift.c.target == target, drift.c.differs == 1)
    now = {tuple(json.loads(path)): since for path, since in connection.execute(query.order_by(drift.c.since))}
    if set(now) <= before and (now or not before):
        return
    kind: HappeningKind = "drift.found" if now else "drift.resolved"
    fields = [{"path": list(path), "since": since, "new": path not in before} for path, since in now.items()]
    subject = _open_story(connection, target) or f"{target}@{at:.0f}"
    note(connection, kind, plan, subject, at, {"target": target, "fields": fields[:FIELDS], "count": len(fields)})


FIELDS = 200
"""Fields of a drift that are named; more are counted."""


def _open_story(connection: Connection, target: str) -> str | None:
    """The subject of this target's drift, where its story has not ended."""
    mine = happening.c.subject.startswith(f"{target}@", autoescape=True) & happening.c.kind.startswith("drift.")
    newest = select(happening.c.kind, happening.c.subject).where(mine).order_by(happening.c.id.desc()).limit(1)
    row = connection.execute(newest).first()
    return row.subject if row is not None and row.kind == "drift.found" else None


def note_each(
    connection: Connection, kind: HappeningKind, plan: str, subjects: Sequence[str], at: float, **data: JSON
) -> None:
    """The same kind of happening about several subjects."""
    for subject in subjects:
        note(connection, kind, plan, subject, at, data)
