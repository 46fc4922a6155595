"""Home: the plans, how each target stands, what waits for somebody, and the last publishes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.errors import Problems
from hub.web.guarding import Hub, Plans, Targets, Viewer
from hub.web.rendering import page

router = APIRouter()


@router.get("/")
def home(request: Request, hub: Hub, catalogue: Plans, standings: Targets, session: Viewer) -> Response:
    """One look at everything."""
    plans, unreadable = catalogue.every()
    unusable, targets = None, []
    try:
        targets = [standings.status(name, own) for name, own in hub.config.own_settings().items()]
    except Problems as problems:
        unusable = problems
    return page(
        request,
        "home.html",
        session,
        plans=plans,
        targets=targets,
        troubles=[one for one in (unreadable, unusable) if one is not None],
        proposals=hub.store.decisions.of_plan(None, "open"),
        approvals=hub.store.approvals.waiting(),
        publications=hub.store.publications(limit=5),
        health=[one for one in hub.store.outbox.health() if one.reason],
    )
