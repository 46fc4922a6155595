"""Proposals, approvals, and what a reconcile found."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal, NotRequired, cast

from typing_extensions import TypedDict

from hub.changes.merge import ABSENT
from hub.changes.render import edit_data
from hub.engine.ports import Approval, ProposalState, StoredProposal
from hub.engine.reconcile import Report, TargetReport
from hub.engine.tug import Tug
from hub.shapes.parts import Edit, Unread, closed


@closed
class ProposalShape(TypedDict):
    """What tools would have the plan take over; a side (`value`, `base`, `ours`) that has no value has no key."""

    id: int
    plan: str
    path: list[str]
    state: ProposalState
    conflict: bool
    targets: list[str]
    opened: float
    decided: float | None
    who: str
    why: str
    value: NotRequired[Any]
    base: NotRequired[Any]
    ours: NotRequired[Any]


def proposal_data(stored: StoredProposal) -> ProposalShape:
    """One proposal; a side that has no value has no key."""
    one = stored.proposal
    sides = {"value": one.value, "base": one.base, "ours": one.ours}
    shown = {side: value for side, value in sides.items() if value is not ABSENT}
    data = {
        "id": stored.id,
        "plan": stored.plan,
        "path": list(one.path),
        "state": stored.state,
        "conflict": one.conflict,
        "targets": sorted({target for target, _ in one.shown}),
        "opened": stored.opened,
        "decided": stored.decided,
        "who": stored.who,
        "why": stored.why,
    }
    return cast(ProposalShape, {**data, **shown})


@closed
class ApprovalShape(TypedDict):
    """One question whether a changeset may be published, and its answer."""

    fingerprint: str
    plan: str
    asked_by: str
    asked: float
    state: Literal["open", "approved", "refused"]
    who: str
    why: str
    decided: float | None


def approval_data(one: Approval) -> ApprovalShape:
    """The shape of one of `hub approvals --json`."""
    return cast(ApprovalShape, asdict(one))


@closed
class Trouble(TypedDict):
    """Why a target could not be read."""

    message: str
    hint: str


@closed
class TugShape(TypedDict):
    """A field that comes back after every restore; null for no value."""

    path: list[str]
    ours: Any
    theirs: Any
    shown: int
    restored: int
    first: float
    last: float
    who: list[str]


@closed
class ReconciledTarget(TypedDict):
    """What a reconcile found at one target."""

    target: str
    state: Literal["in sync", "drifted", "unknown", "gone"]
    edits: list[Edit]
    gone: list[str]
    unknown: list[Unread]
    error: Trouble | None
    tug_of_war: list[TugShape]
    healed: str | None
    requests: int


class ReportShape(TypedDict):
    """What a reconcile found, without what was accepted by rule afterwards."""

    plan: str
    drifted: bool
    targets: list[ReconciledTarget]
    opened: list[ProposalShape]
    withdrawn: list[int]


def report_data(report: Report) -> ReportShape:
    """The shape of `hub reconcile --json`, but for `accepted`."""
    return {
        "plan": report.plan,
        "drifted": report.drifted,
        "targets": [_target_data(one) for one in report.targets],
        "opened": [proposal_data(one) for one in report.opened],
        "withdrawn": [one.id for one in report.withdrawn],
    }


def _target_data(one: TargetReport) -> ReconciledTarget:
    return {
        "target": one.target,
        "state": one.state,
        "edits": [cast(Edit, edit_data(edit)) for edit in one.edits],
        "gone": [str(address) for address in one.gone],
        "unknown": [{"address": str(address), "why": why} for address, why in one.unknown],
        "error": None if one.error is None else {"message": one.error.message, "hint": one.error.hint},
        "tug_of_war": [_tug_data(tug) for tug in one.fought],
        "healed": one.healed.id if one.healed else None,
        "requests": one.requests,
    }


def _tug_data(tug: Tug) -> TugShape:
    sides = {"ours": None if tug.ours is ABSENT else tug.ours, "theirs": None if tug.theirs is ABSENT else tug.theirs}
    return cast(TugShape, {**asdict(tug), "path": list(tug.path), **sides, "who": list(tug.who)})
