"""Home: the plans, how each target stands, what waits for somebody, and the last publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.errors import Problems, Refusal
from hub.verbs.snoozing import awake
from hub.web.catalogue import Catalogued
from hub.web.guarding import Hub, Plans, Targets, Viewer
from hub.web.rendering import page, to
from hub.web.under_way import going_on
from mappings.contract import Path

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Oldest:
    """The field that has differed longest without a decision, and whose event it is about."""

    target: str
    path: Path
    since: float
    age: float
    owners: tuple[str, ...]


@router.get("/")
def home(request: Request, hub: Hub, catalogue: Plans, standings: Targets, session: Viewer) -> Response:
    """One look at everything."""
    plans, unreadable = catalogue.every()
    unusable, targets = None, []
    try:
        targets = [standings.status(name, own) for name, own in hub.config.own_settings().items()]
    except Problems as problems:
        unusable = problems
    publications = hub.store.publications(limit=5)
    opened = hub.store.decisions.of_plan(None, "open")
    waiting = awake(hub, opened)
    return page(
        request,
        "home.html",
        session,
        plans=plans,
        targets=targets,
        going_on=going_on(hub),
        oldest=_oldest(hub, plans, targets),
        troubles=[one for one in (unreadable, unusable) if one is not None],
        proposals=waiting,
        put_off=len(opened) - len(waiting),
        drafts=hub.store.drafts.of_plan(None, "open"),
        approvals=hub.store.approvals.waiting(),
        publications=publications,
        last=_last_publishes(hub, plans),
        health=[one for one in hub.store.outbox.health() if one.reason],
        steps=_steps(plans, unreadable, targets, unusable) if not publications else [],
    )


def _oldest(hub: Hub, plans: Sequence[Catalogued], targets: Sequence[dict[str, Any]]) -> Oldest | None:
    drifting = [(one["drift"][0], one["target"]) for one in targets if one["drift"]]
    if not drifting:
        return None
    first, target = min(drifting, key=lambda pair: pair[0]["since"])
    path, since = tuple(first["path"]), first["since"]
    owners = next((_owners(one, path) for one in plans if path[1:2] and path[1] in one.expanded.events), ())
    return Oldest(target, path, since, hub.engine.time.now() - since, owners)


def _owners(known: Catalogued, path: Path) -> tuple[str, ...]:
    return known.expanded.events[path[1]].owners if path[0] == "events" else ()


def _last_publishes(hub: Hub, plans: Sequence[Catalogued]) -> dict[str, Any]:
    """The newest publication of each plan that has any."""
    newest = {one.plan.name: hub.store.publications(one.plan.name, limit=1) for one in plans}
    return {name: found[0] for name, found in newest.items() if found}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first things to do with a hub."""

    title: str
    text: str
    address: str
    done: bool


def _steps(
    plans: Sequence[Catalogued], unreadable: Refusal | None, targets: Sequence[Any], unusable: Problems | None
) -> list[Step]:
    """What leads from an empty hub to a first publish, in order."""
    managed = any(one["managed"] for one in targets)
    return [
        Step("Import a plan", "from Segment, Iglu, JSON Schema or a plan file", "/import", bool(plans or unreadable)),
        Step("Connect a tool", "so that the hub can read it", "/targets/new", bool(targets or unusable)),
        Step("Take over what the tool holds", "where it is not empty; nothing is written there", "/adopt", managed),
        Step("Preview, then publish", "see each change before it is made", _preview(plans), False),
    ]


def _preview(plans: Sequence[Catalogued]) -> str:
    return to("/publish", plan=plans[0].plan.name) if plans else ""
