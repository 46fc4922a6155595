"""Targets: how they stand, and what can be done with one."""

from __future__ import annotations

from typing import Any, Literal, cast

from fastapi import Response
from typing_extensions import TypedDict

from connectors.errors import ToolError
from hub.errors import Refusal
from hub.schedule import RECONCILE
from hub.shapes.parts import Unknown, closed
from hub.web import work
from hub.web.api.bodies import Body, TargetInBody
from hub.web.api.calling import Asked, calls, needs
from hub.web.api.finding import SomeTarget, TargetName, find_target, open_target
from hub.web.api.paging import Page, Paging
from hub.web.api.publishing import JobShape, asked_for
from hub.web.guarding import Hub, Targets

router = calls("Targets")


@closed
class Drift(TypedDict):
    """A field that reconcile found to differ, and since when."""

    path: list[str]
    since: float


@closed
class TargetDrift(Drift):
    """The same with the target where it differs."""

    target: str


@closed
class CoverageShape(TypedDict):
    """How completely one list of a tool was read."""

    scope: str
    completeness: Literal["complete", "partial", "failed", "not-entitled", "hidden", "stale"]
    since: float
    why: str


@closed
class TargetShape(TypedDict):
    """How a target stands as far as it was last read, as in `hub status --json`."""

    target: str
    tool: str
    managed: int
    drift: list[Drift]
    slo: float | None
    late: bool
    state: Literal["never read", "in sync", "drifted", "gone", "unknown"]
    age: float | None
    documents: int
    differing: list[str]
    gone: list[str]
    unknown: list[Unknown]
    coverage: list[CoverageShape]


@closed
class Tested(TypedDict):
    """Who the tool says that the hub is there."""

    target: str
    workspace: str
    account: str
    may_write: bool | None
    notes: list[str]


class OneTarget(Body):
    """Which target is meant."""

    target: TargetInBody


@router.get("/targets", **needs("read"))
def list_targets(hub: Hub, standings: Targets, paging: Paging) -> Page[TargetShape]:
    """All targets, by name, as far as they were last read; asks no tool."""
    rows = sorted(hub.config.own_settings().items())
    return paging.page("targets", rows, lambda row: row[0], lambda row: _shape(standings.status(*row)))


def _shape(status: Any) -> TargetShape:
    return cast(TargetShape, status)


@router.get("/target", **needs("read"))
def get_target(hub: Hub, standings: Targets, target: TargetName) -> TargetShape:
    """How one target stands."""
    return _shape(standings.status(target, find_target(hub, target)))


@router.get("/drift", **needs("read"))
def list_drift(hub: Hub, paging: Paging, target: SomeTarget = "") -> Page[TargetDrift]:
    """Fields on which a tool left what was published, the oldest first."""
    names = [target] if target else list(hub.config.targets)
    for name in names:
        find_target(hub, name)
    found = [(since, name, path) for name in names for path, since in hub.store.decisions.drifting(name)]
    rows: list[TargetDrift] = [
        {"target": name, "path": list(path), "since": since} for since, name, path in sorted(found)
    ]
    return paging.page("drift", rows, _place, lambda one: one)


def _place(one: TargetDrift) -> str:
    return "\n".join((f"{one['since']:020.6f}", one["target"], *one["path"]))


@router.post("/targets/test", **needs("publish"))
def check_connection(hub: Hub, caller: Asked, body: OneTarget) -> Tested:
    """Prove the credentials of a target with one request to its tool."""
    opened = open_target(hub, body.target)
    hub.store.people.note(caller.account, "test target", body.target, hub.engine.time.now())
    try:
        with hub.engine.connected(opened) as connector:
            found = connector.whoami()
    except ToolError as error:
        raise Refusal(error.message, place=error.place or body.target, hint=error.hint) from None
    told = {"workspace": found.workspace, "account": found.account, "may_write": found.may_write}
    return cast(Tested, {"target": body.target, **told, "notes": list(found.notes)})


@router.post("/targets/reconcile", status_code=202, **needs("publish"))
def reconcile_now(hub: Hub, caller: Asked, body: OneTarget, response: Response) -> JobShape:
    """Read a target now, as its schedule would: what people changed there becomes proposals."""
    find_target(hub, body.target)
    if hub.config.plan is None:
        hint = 'add plan = "plan.yaml" (or its name in the store) to hub.toml'
        raise Refusal("which plan is it to be reconciled with?", place=body.target, hint=hint)
    number = work.ask(hub, RECONCILE, body.target, {"plan": hub.config.plan, "target": body.target})
    hub.store.people.note(caller.account, "reconcile", body.target, hub.engine.time.now())
    return asked_for(hub, response, number)
