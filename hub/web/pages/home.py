"""Home: the plans, how each target stands, what waits for somebody, and the last publishes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.cli.state import target_status
from hub.errors import Problems
from hub.web.catalogue import Catalogue
from hub.web.guarding import Hub, Viewer
from hub.web.rendering import page

router = APIRouter()


@router.get("/")
def home(request: Request, hub: Hub, session: Viewer) -> Response:
    """One look at everything."""
    catalogue: Catalogue = request.app.state.catalogue
    problem, targets = "", []
    try:
        targets = [target_status(hub, name, own) for name, own in hub.config.own_settings().items()]
    except Problems as problems:
        problem = str(problems)
    proposals = hub.store.decisions.of_plan(None, "open")
    return page(
        request,
        "home.html",
        session,
        plans=[catalogue.get(name) for name in catalogue.names()],
        targets=targets,
        problem=problem,
        proposals=proposals,
        approvals=hub.store.approvals.waiting(),
        publications=hub.store.publications(limit=5),
        health=[one for one in hub.store.outbox.health() if one.reason],
    )
