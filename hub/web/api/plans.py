"""Plans and their events, what tools would lose of them, and plans as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, cast

from fastapi import Query, Response
from typing_extensions import TypedDict

from hub.changes.render import finding_data
from hub.engine.preview import losses
from hub.shapes.parts import Finding, closed
from hub.verbs.exporting import plan_text, schema_files
from hub.web.api.calling import Asked, calls, needs
from hub.web.api.finding import EventName, PlanName, find_plan
from hub.web.api.paging import Page, Paging
from hub.web.api.problems import Unknown
from hub.web.catalogue import Catalogued, Row, usable_targets
from hub.web.guarding import Hub, Plans, Targets
from hub.web.standings import Mark, has_mark
from hub.web.tokens import Scope
from mappings.canonical import TrackingPlan
from mappings.canonical.jsonschema import event_schema
from mappings.canonical.plan import Event
from mappings.canonical.rules import check
from mappings.canonical.text import content_hash

router = calls("Plans")
Words = Annotated[str, Query(max_length=200)]
Data = dict[str, Any]


@closed
class TokenLine(TypedDict):
    """The token that was sent, without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    expires: float


@closed
class Me(TypedDict):
    """On whose behalf the program asks."""

    account: str
    role: str
    scopes: list[Scope]
    token: TokenLine


@closed
class PlanLine(TypedDict):
    """A plan in a list. `place` is where it lives; `version` the newest frozen one, null where there is none."""

    name: str
    place: str
    version: int | None
    description: str
    events: int


@closed
class WholePlan(PlanLine):
    """A plan with its content, as a plan file has it (docs/plan-format.md)."""

    content: Data


@closed
class EventLine(TypedDict):
    """An event in a list. `marks` says how each target stands with it, where the hub manages it there."""

    name: str
    description: str
    status: Literal["planned", "active", "deprecated"]
    owners: list[str]
    tags: list[str]
    sources: list[str]
    properties: int
    marks: dict[str, Mark]


@closed
class WholeEvent(TypedDict):
    """One event: `content` as a plan file has it, `json_schema` with shared properties filled in."""

    plan: str
    name: str
    content: Data
    json_schema: Data
    marks: dict[str, Mark]


@closed
class CheckShape(TypedDict):
    """What the rules say of a plan, and what each target would lose of it."""

    plan: str
    events: int
    properties: int
    user_properties: int
    groups: int
    errors: int
    rules: list[Finding]
    targets: dict[str, list[Finding]]


@closed
class Exported(TypedDict):
    """A plan as files: their texts by name."""

    plan: str
    format: Literal["yaml", "json-schema"]
    files: dict[str, str]


@router.get("/me", **needs("read"))
def describe_caller(caller: Asked) -> Me:
    """Who the token belongs to, and what it may do by now."""
    token = caller.token
    shown: TokenLine = {
        "id": token.id,
        "name": token.name,
        "scopes": cast(list[Scope], list(token.scopes)),
        "expires": token.expires,
    }
    return {"account": caller.account, "role": caller.role, "scopes": list(caller.scopes), "token": shown}


@router.get("/plans", **needs("read"))
def list_plans(hub: Hub, plans: Plans, paging: Paging) -> Page[PlanLine]:
    """The plans there are, by name. 409 when the one that the configuration names cannot be read."""
    every, trouble = plans.every()
    if trouble is not None:
        raise trouble
    numbers = {one.plan: one.number for one in hub.store.plans()}
    rows = sorted(every, key=lambda one: one.plan.name)
    return paging.page("plans", rows, lambda one: one.plan.name, lambda one: _line(one, numbers))


def _line(one: Catalogued, numbers: Mapping[str, int]) -> PlanLine:
    plan = one.plan
    return {
        "name": plan.name,
        "place": one.home.place,
        "version": numbers.get(plan.name),
        "description": plan.description,
        "events": len(plan.events),
    }


@router.get("/plan", **needs("read"))
def get_plan(hub: Hub, plans: Plans, name: PlanName, response: Response) -> WholePlan:
    """One plan with all that it says."""
    known = find_plan(plans, name)
    content = known.plan.data()
    response.headers["etag"] = f'"{content_hash(content)}"'
    return {**_line(known, {one.plan: one.number for one in hub.store.plans()}), "content": content}


@router.get("/events", **needs("read"))
def list_events(
    hub: Hub,
    plans: Plans,
    standings: Targets,
    paging: Paging,
    plan: PlanName,
    search: Words = "",
    owner: Words = "",
    tag: Words = "",
    source: Words = "",
    status: Literal["", "planned", "active", "deprecated"] = "",
    mark: Literal["", "in sync", "drifted", "gone", "unknown", "missing"] = "",
) -> Page[EventLine]:
    """A plan's events by name: those with all words of `search`, and what the filters say."""
    known = find_plan(plans, plan)
    marks = {target: standings.marks(target) for target in hub.config.targets}
    wanted = {"owner": owner, "tag": tag, "source": source, "status": status}
    rows = [row for row in known.rows if row.fits(search, wanted) and has_mark(row.name, mark, marks)]
    rows.sort(key=lambda row: row.name)
    return paging.page("events", rows, lambda row: row.name, lambda row: _event_line(row, marks))


def _event_line(row: Row, marks: Mapping[str, Mapping[str, Mark]]) -> EventLine:
    event = row.event
    return {
        "name": row.name,
        "description": event.description,
        "status": event.status,
        "owners": list(event.owners),
        "tags": list(event.tags),
        "sources": list(event.sources),
        "properties": len(event.properties),
        "marks": _marks(row.name, marks),
    }


def _marks(name: str, marks: Mapping[str, Mapping[str, Mark]]) -> dict[str, Mark]:
    return {target: held[name] for target, held in marks.items() if name in held}


@router.get("/event", **needs("read"))
def get_event(hub: Hub, plans: Plans, standings: Targets, plan: PlanName, name: EventName) -> WholeEvent:
    """One event of a plan."""
    known = find_plan(plans, plan)
    event = known.expanded.events.get(name)
    if event is None:
        hint = "it may have been renamed: GET /api/v1/events searches"
        raise Unknown(f"the plan has no event {name!r}", place="name", hint=hint)
    marks = {target: standings.marks(target) for target in hub.config.targets}
    return {
        "plan": plan,
        "name": name,
        "content": event_data(known.plan.events[name]),
        "json_schema": event_schema(event, "2020-12"),
        "marks": _marks(name, marks),
    }


def event_data(event: Event) -> Data:
    """One event as a plan file has it."""
    return event.model_dump(mode="json", by_alias=True, exclude_defaults=True)


@router.get("/check", **needs("read"))
def check_plan(hub: Hub, plans: Plans, plan: PlanName) -> CheckShape:
    """What the plan's own rules say, and what each configured target would lose of it."""
    known = find_plan(plans, plan)
    targets, trouble = usable_targets(hub.config)
    if trouble is not None:
        raise trouble
    return checked(known.plan, {one.name: losses(known.expanded, one) for one in targets})


def checked(plan: TrackingPlan, lost: Mapping[str, Sequence[Any]]) -> CheckShape:
    """The shape of `hub check --json`."""
    own = check(plan)
    return {
        "plan": plan.name,
        "events": len(plan.events),
        "properties": sum(len(event.properties) for event in plan.events.values()),
        "user_properties": len(plan.user_properties),
        "groups": len(plan.groups),
        "errors": sum(one.severity == "error" for one in own),
        "rules": _findings(own),
        "targets": {name: _findings(found) for name, found in lost.items()},
    }


def _findings(found: Sequence[Any]) -> list[Finding]:
    return [cast(Finding, finding_data(one)) for one in found]


@router.get("/export", **needs("read"))
def export_plan(plans: Plans, plan: PlanName, format: Literal["yaml", "json-schema"] = "yaml") -> Exported:
    """A plan as one YAML file, or as one JSON Schema (2020-12) for each event."""
    return {"plan": plan, "format": format, "files": _EXPORTS[format](find_plan(plans, plan).plan)}


def _as_yaml(plan: TrackingPlan) -> dict[str, str]:
    return {"plan.yaml": plan_text(plan)}


def _as_schemas(plan: TrackingPlan) -> dict[str, str]:
    return {name: content.decode() for name, content in schema_files(plan, "2020-12").items()}


_EXPORTS: Mapping[str, Callable[[TrackingPlan], dict[str, str]]] = {"yaml": _as_yaml, "json-schema": _as_schemas}
