"""Rows of the tables, to and from the values of `hub.engine.ports`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from connectors.contract import Coverage, Operation, Snapshot
from hub.changes.changeset import TargetChanges
from hub.changes.guard import type_changes
from hub.engine.ports import Publication, TargetRun
from hub.store import documents, schema
from mappings.canonical.kinds import JSON
from mappings.contract import Address, Document, Documents


def snapshot_from(connection: Connection, row: Row[Any]) -> Snapshot:
    entries = documents.fetch_one(connection, row.entries) or []
    coverage = documents.fetch_one(connection, row.coverage) or []
    bodies = documents.fetch(connection, (digest for _, digest, _, _ in entries))
    held = (
        Document(Address.parse(address), bodies[digest], about=tuple(about), facts=facts)
        for address, digest, about, facts in entries
    )
    lists = (Coverage(Address.parse(scope), completeness, since, why) for scope, completeness, since, why in coverage)
    return Snapshot(Documents(held), tuple(lists), row.taken_at, row.requests)


def bodies_of(changes: TargetChanges) -> dict[str, JSON]:
    written = (one for operation in changes.operations for one in (operation.before, operation.document) if one)
    return {one.hash: one.body for one in (*written, *changes.based_on.values())}


def operation_rows(publication: str, changes: TargetChanges) -> list[dict[str, Any]]:
    """The rows that record what one target's part of a publication sets out to do."""
    retyped = set(type_changes(changes))
    return [
        {
            "publication": publication,
            "target": changes.target,
            "position": position,
            "id": one.id,
            "verb": one.verb,
            "address": str(one.address),
            "about": json.dumps((one.document or one.before or Document(one.address, {})).about),
            "before_address": str(one.before.address) if one.before else None,
            "before_hash": one.expects,
            "after_hash": one.document.hash if one.document else None,
            "base_hash": changes.based_on[one.address].hash if one.address in changes.based_on else None,
            "retypes": int(one.verb == "update" and str(one.address) in retyped),
        }
        for position, one in enumerate(changes.operations)
    ]


def operations_of(publication: str, target: str) -> Any:
    table = schema.operation
    mine = (table.c.publication == publication) & (table.c.target == target)
    return select(table).where(mine).order_by(table.c.position)


def operation_from(row: Row[Any], bodies: Mapping[str, JSON]) -> Operation:
    about = tuple(json.loads(row.about))
    address = Address.parse(row.address)
    former = Address.parse(row.before_address) if row.before_address else None
    before = Document(former, bodies[row.before_hash], about=about) if former else None
    formerly = former if row.verb == "rename" else None
    after = Document(address, bodies[row.after_hash], about=about, formerly=formerly) if row.after_hash else None
    return Operation(row.verb, address, after, before)


def receipt_data(row: Row[Any]) -> dict[str, JSON]:
    details = json.loads(row.receipt) if row.receipt else {}
    return {
        "operation": row.id,
        "verb": row.verb,
        "address": row.address,
        "outcome": row.outcome or "not-tried",
        "at": row.at,
        "message": details.get("message", ""),
        **{name: value for name, value in details.items() if value and name != "message"},
    }


def run_row(publication: str, run: TargetRun, managed: int) -> dict[str, Any]:
    details = json.dumps(asdict(run))
    return {
        "publication": publication,
        "target": run.target,
        "status": run.status,
        "details": details,
        "managed_before": managed,
    }


def runs_of(connection: Any, publications: Sequence[str]) -> dict[str, list[TargetRun]]:
    table = schema.target_run
    rows = connection.execute(select(table).where(table.c.publication.in_(publications)).order_by(table.c.target))
    found: dict[str, list[TargetRun]] = {}
    for row in rows:
        found.setdefault(row.publication, []).append(TargetRun(**json.loads(row.details)))
    return found


def publication_from(row: Row[Any], runs: Mapping[str, list[TargetRun]]) -> Publication:
    return Publication(
        row.id,
        row.plan,
        row.version,
        row.fingerprint,
        row.status,
        row.who,
        row.started,
        row.finished,
        tuple(runs.get(row.id, ())),
        row.receipt,
    )
