"""A plan: its events to search and filter, and each event with what every tool makes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub.changes.diff import field_changes
from hub.changes.example import example_payload, kinds_text, rules_text
from hub.engine.lineage import lineage
from hub.engine.preview import losses
from hub.engine.target import Target
from hub.errors import Refusal
from hub.store.drafts import Draft
from hub.verbs.drafting import own_draft, plan_of
from hub.web.catalogue import Catalogued, usable_targets
from hub.web.guarding import Hub, Plans, Targets, Viewer
from hub.web.rendering import page
from hub.web.standings import has_mark
from mappings.canonical.identity import content, localise
from mappings.canonical.jsonschema import event_schema
from mappings.canonical.kinds import Property
from mappings.canonical.plan import Event
from mappings.contract import view

router = APIRouter()
SHOWN = 100
"""Events of one page of the list."""
FEW = 100
"""Choices that a filter lists; of more, one is typed."""


@router.get("/plan")
def show_plan(
    request: Request,
    hub: Hub,
    plans: Plans,
    standings: Targets,
    session: Viewer,
    name: str,
    search: str = "",
    owner: str = "",
    tag: str = "",
    source: str = "",
    status: str = "",
    mark: str = "",
    start: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """The list, as search and filters leave it, a page at a time."""
    known = plans.get(name)
    targets = list(hub.config.targets)
    marks = {target: standings.marks(target) for target in targets}
    wanted = {"owner": owner, "tag": tag, "source": source, "status": status}
    rows = [row for row in known.rows if row.fits(search, wanted) and has_mark(row.name, mark, marks)]
    return page(
        request,
        "plan.html",
        session,
        known=known,
        rows=rows[start : start + SHOWN],
        found=len(rows),
        start=start,
        shown=SHOWN,
        few=FEW,
        targets=targets,
        marks=marks,
        query={"name": name, "search": search, **wanted, "mark": mark},
    )


@router.get("/event")
def show_event(
    request: Request, hub: Hub, plans: Plans, standings: Targets, session: Viewer, plan: str, name: str
) -> Response:
    """One event: what it says, how each tool shows it, and what is lost on the way."""
    known = plans.get(plan)
    event = _event(known, name)
    targets, problem = usable_targets(hub.config)
    return page(
        request,
        "event.html",
        session,
        known=known,
        name=name,
        event=event,
        properties=list(property_rows(event.properties)),
        payload=json.dumps(example_payload(event), ensure_ascii=False, indent=2),
        schema=json.dumps(event_schema(event, "2020-12"), ensure_ascii=False, indent=2),
        tools=[_as_shown(known, name, event, target) for target in targets],
        marks={target.name: standings.marks(target.name).get(name, "") for target in targets},
        problem=problem,
        mine=_own_draft(hub, known, name, session.account),
    )


def _event(known: Catalogued, name: str) -> Event:
    found = known.expanded.events.get(name)
    if found is None:
        hint = "it may have been renamed: look for it there"
        raise Refusal(f"the plan has no event {name!r}", place=known.plan.name, hint=hint)
    return found


@router.get("/event/history")
def show_history(request: Request, hub: Hub, plans: Plans, session: Viewer, plan: str, name: str) -> Response:
    """Every published version that changed the event, newest first, with its SchemaVer and what breaks."""
    known = plans.get(plan)
    _event(known, name)
    steps = lineage(hub.store.versions, known.plan, name)[::-1]
    return page(request, "event_history.html", session, known=known, name=name, steps=steps)


def _own_draft(hub: Hub, known: Catalogued, name: str, who: str) -> Draft | None:
    """This person's open draft of the plan, where it says something else about the event."""
    mine = own_draft(hub, known.plan.name, who)
    if mine is None or plan_of(hub, mine).events.get(name) == known.plan.events[name]:
        return None
    return mine


def property_rows(
    properties: dict[str, Property], above: str = "", within: Sequence[str] = ("properties",)
) -> list[dict[str, Any]]:
    """Every property at any depth, as a table shows it; `place` is its path in the event."""
    rows: list[dict[str, Any]] = []
    for short, prop in properties.items():
        path, place = f"{above}{short}", [*within, short]
        said = {"kind": kinds_text(prop), "rules": rules_text(prop)}
        rows.append({"path": path, "place": place, "property": prop, **said})
        rows += property_rows(prop.properties, f"{path}.", (*place, "properties"))
        if prop.items is not None:
            rows += property_rows(prop.items.properties, f"{path}[].", (*place, "items", "properties"))
    return rows


def _as_shown(known: Catalogued, name: str, event: Event, target: Target) -> dict[str, Any]:
    """What this tool would show of the event, and every difference with its reason."""
    alone = known.expanded.model_copy(update={"events": {name: event}, "user_properties": {}, "groups": {}})
    findings = [one for one in losses(alone, target) if one.path[:2] in (("events", name), ())]
    shown = content(localise(view(target.mapping, alone), alone, target.plugin.tool))["events"].get(name)
    ours = content(alone)["events"][name]
    return {
        "target": target.name,
        "title": target.plugin.title,
        "shown": shown is not None,
        "differences": list(field_changes(ours, shown)) if shown is not None else [],
        "findings": findings,
        "exact": shown == ours,
    }
