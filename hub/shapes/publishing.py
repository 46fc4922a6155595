"""Previews, publications and their receipts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal, NotRequired, cast

from typing_extensions import TypedDict

from hub.changes.render import changeset_data
from hub.engine.ports import Publication, Status, TargetRun
from hub.engine.preview import Preview
from hub.shapes.parts import Edit, Finding, Forecast, Operation, Unread, Violation, closed


@closed
class TargetChanges(TypedDict):
    """What a publish would do to one target."""

    target: str
    tool: str
    operations: list[Operation]
    verbs: dict[str, int]
    in_sync: int
    managed: int
    unmanaged: int
    unknown: list[Unread]
    edits: list[Edit]
    findings: list[Finding]
    forecast: Forecast


@closed
class Unreachable(TypedDict):
    """A target that could not be read."""

    target: str
    message: str
    hint: str
    verdict: Literal["retry", "wait", "read", "give-up", "ask"]


@closed
class ChangesetShape(TypedDict):
    """A changeset and the guards that say no to it."""

    plan: str
    fingerprint: str
    empty: bool
    targets: list[TargetChanges]
    violations: list[Violation]


@closed
class PreviewShape(ChangesetShape):
    """What a publish would do. `fingerprint` is what a publish takes."""

    unreachable: list[Unreachable]


def preview_data(seen: Preview) -> PreviewShape:
    """The shape of `hub preview --json`."""
    unreachable = [
        {"target": one.target, "message": one.error.message, "hint": one.error.hint, "verdict": one.error.verdict}
        for one in seen.unreachable
    ]
    return cast(PreviewShape, {**changeset_data(seen.changeset, seen.violations), "unreachable": unreachable})


@closed
class RunShape(TypedDict):
    """How far the publish to one target has come; `message` and `hint` are its first trouble."""

    target: str
    status: Status
    operations: int
    outcomes: dict[str, int]
    verified: int
    seconds: float
    message: str
    hint: str


@closed
class PublicationShape(TypedDict):
    """One publish of one plan version. `receipt` is the content hash of its record, empty while there is none."""

    id: str
    plan: str
    version: int
    fingerprint: str
    status: Status
    who: str
    started: float
    finished: float | None
    targets: list[RunShape]
    receipt: str


def publication_data(done: Publication) -> PublicationShape:
    """The shape of `hub publish --json` and of each entry of `hub history --json`."""
    return cast(PublicationShape, {**asdict(done), "targets": [run_data(run) for run in done.targets]})


def run_data(run: TargetRun) -> RunShape:
    """One target's part of a publication."""
    return {
        "target": run.target,
        "status": run.status,
        "operations": run.operations,
        "outcomes": dict(run.outcomes),
        "verified": run.verified,
        "seconds": round(run.seconds, 1),
        "message": run.message,
        "hint": run.hint,
    }


@closed
class ReceiptShape(TypedDict):
    """What came of one write; `at` is null as long as it was not tried."""

    target: str
    operation: str
    verb: Literal["create", "update", "rename", "hide", "delete"]
    address: str
    outcome: Literal["done", "already", "conflict", "failed", "unknown", "not-tried"]
    at: float | None
    message: str
    hint: NotRequired[str]
    request_id: NotRequired[str]
    status: NotRequired[int]
    verdict: NotRequired[Any]
