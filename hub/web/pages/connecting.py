"""Targets: how they stand, connect a tool, test it, and say how it is reconciled."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from hub.errors import Problems, Refusal
from hub.schedule import RECONCILE
from hub.web import work
from hub.web.guarding import Hub, PublisherActs, Targets, Viewer
from hub.web.rendering import page

router = APIRouter()


@router.get("/targets")
@router.get("/drift")
def show_targets(request: Request, hub: Hub, standings: Targets, session: Viewer) -> Response:
    """How each target stands: what differs and since when, what is unknown and why."""
    try:
        own = hub.config.own_settings()
    except Problems as problems:
        return page(request, "targets.html", session, targets=[], own={}, problem=problems, under_way={})
    targets = [standings.status(name, settings) for name, settings in own.items()]
    under_way = {name: work.under_way(hub, name, kinds=[RECONCILE]) for name in own}
    return page(request, "targets.html", session, targets=targets, own=own, problem=None, under_way=under_way)


@router.post("/reconcile")
def reconcile_now(hub: Hub, session: PublisherActs, target: Annotated[str, Form()]) -> Response:
    """Read one target now, as its schedule would: what people changed there becomes proposals."""
    if target not in hub.config.targets:
        raise HTTPException(404, f"There is no target {target!r}.")
    if hub.config.plan is None:
        hint = 'add plan = "plan.yaml" (or its name in the store) to hub.toml'
        raise Refusal("which plan is it to be reconciled with?", place=target, hint=hint)
    number = work.ask(hub, RECONCILE, target, {"plan": hub.config.plan, "target": target})
    hub.store.people.note(session.account, "reconcile", target, hub.engine.time.now())
    return RedirectResponse(f"/jobs/{number}", 303)
