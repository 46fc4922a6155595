"""What a tool said at any time, and why a value is what it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, cast

from fastapi import Query
from typing_extensions import TypedDict

from hub.changes.merge import ABSENT
from hub.engine.memory import Link, dictionary, dictionary_changes, field_path, why
from hub.errors import Refusal
from hub.shapes.parts import Change, closed
from hub.web.api.calling import calls, needs
from hub.web.api.finding import PlanName, SomeTarget, TargetName, find_plan, find_target, open_target
from hub.web.api.paging import Page, Paging
from hub.web.api.problems import Unknown
from hub.web.guarding import Hub, Plans
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON

router = calls("Remembering")
OtherTarget = Annotated[str, Query(max_length=200, description="Another target; the same, by default.")]
Moment = Annotated[float | None, Query(ge=0, le=1e11, allow_inf_nan=False, description="Seconds since the epoch; now.")]


@closed
class Dictionary(TypedDict):
    """What a tool said; `read` is when it was read. Events, user properties and groups are as a plan file has them."""

    target: str
    read: float
    events: dict[str, Any]
    user_properties: dict[str, Any]
    groups: dict[str, Any]


@closed
class Moments(TypedDict):
    """When a target was seen to hold something else than before, oldest first."""

    target: str
    moments: list[float]


@closed
class LinkShape(TypedDict):
    """A moment at which a tool was seen to hold another value; without `value` the field was not there."""

    at: float
    how: Literal["published", "observed"]
    who: str
    publication: str
    value: NotRequired[Any]


@closed
class Why(TypedDict):
    """By target, oldest first: how a value came about."""

    path: list[str]
    targets: dict[str, list[LinkShape]]


@router.get("/dictionary", **needs("read"))
def get_dictionary(hub: Hub, plans: Plans, plan: PlanName, target: TargetName, at: Moment = None) -> Dictionary:
    """What a tool said at a time, in the words of the plan."""
    said, read = _said(hub, find_plan(plans, plan).plan, target, at)
    parts = {name: said.get(name, {}) for name in ("events", "user_properties", "groups")}
    return cast(Dictionary, {"target": target, "read": read, **parts})


def _said(hub: Hub, plan: TrackingPlan, target: str, at: float | None) -> tuple[JSON, float]:
    opened = open_target(hub, target)
    try:
        return dictionary(hub.engine, plan, opened, at)
    except Refusal as refusal:
        raise Unknown(refusal.message, place=target, hint="POST /api/v1/readings reads it") from None


@router.get("/dictionary/moments", **needs("read"))
def list_moments(hub: Hub, target: TargetName) -> Moments:
    """When the target changed, as far as it was read."""
    find_target(hub, target)
    return {"target": target, "moments": hub.store.snapshot_times(target)}


@router.get("/dictionary/diff", **needs("read"))
def compare_dictionaries(
    hub: Hub,
    plans: Plans,
    paging: Paging,
    plan: PlanName,
    target: TargetName,
    at: Moment = None,
    other: OtherTarget = "",
    other_at: Moment = None,
) -> Page[Change]:
    """What differs, field by field, between a target at a time and another one (or the same) at another time."""
    document = find_plan(plans, plan).plan
    before, _ = _said(hub, document, target, at)
    after, _ = _said(hub, document, other or target, other_at)
    rows: list[Change] = [
        {"path": list(one.path), "before": one.before, "after": one.after} for one in dictionary_changes(before, after)
    ]
    rows.sort(key=_place)
    return paging.page("changes", rows, _place, lambda one: one)


def _place(one: Change) -> str:
    return "\n".join(one["path"])


@router.get("/why", **needs("read"))
def explain(
    hub: Hub,
    plans: Plans,
    plan: PlanName,
    field: Annotated[
        str,
        Query(
            min_length=1,
            max_length=1000,
            description="EVENT, EVENT.FIELD or EVENT.PROPERTY.FIELD.",
            examples=["Ferry Boarded.description"],
        ),
    ],
    target: SomeTarget = "",
) -> Why:
    """Why a field has the value that it has in each tool: the publishes and observations behind it."""
    document = find_plan(plans, plan).plan
    try:
        path = field_path(document, field)
    except Refusal as refusal:
        raise Unknown(refusal.message, place="field", hint=refusal.hint) from None
    names = [target] if target else list(hub.config.targets)
    chains = {name: why(hub.engine, document, open_target(hub, name), path) for name in names}
    return {"path": list(path), "targets": {name: [link_data(one) for one in chain] for name, chain in chains.items()}}


def link_data(one: Link) -> LinkShape:
    """One link of the chain behind a value."""
    data: LinkShape = {"at": one.at, "how": one.how, "who": one.who, "publication": one.publication}
    return data if one.value is ABSENT else {**data, "value": one.value}
