"""Tokens of programs that use the API: make one, see when each was used, revoke."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from hub.errors import Refusal
from hub.store.people import Session
from hub.web.guarding import Hub, Viewer, ViewerActs
from hub.web.rendering import page
from hub.web.tokens import LONGEST_LIFE, ROLE_OF, SCOPES, Scope, make_token, revoke_token

router = APIRouter()
LIVES = {1: "1 day", 7: "7 days", 30: "30 days", 90: "90 days", LONGEST_LIFE: "1 year"}
"""Choices on the page; the API's manual gives the bounds."""
MEANINGS: dict[Scope, str] = {
    "read": "look at everything but People and Audit",
    "propose": "that, and edit drafts, import, decide about proposals",
    "publish": "all that, and publish, undo, pause, resume, adopt, reconcile, answer approvals",
    "admin": "all that, and connect targets, read the audit",
}


@router.get("/tokens")
def show_tokens(request: Request, hub: Hub, session: Viewer) -> Response:
    """One's own, and for admins those of everybody."""
    return _page(request, hub, session)


def _page(request: Request, hub: Hub, session: Session, status: int = 200, /, **more: Any) -> Response:
    owner = None if session.role == "admin" else session.account
    allowed = SCOPES[: 1 + [ROLE_OF[one] for one in SCOPES].index(session.role)]
    known = {"secret": "", "problem": None, "name": "", "scope": "read", "days": 30, **more}
    choices = {"scopes": {one: MEANINGS[one] for one in allowed}, "lives": LIVES}
    tokens, now = hub.store.tokens.every(owner), hub.engine.time.now()
    return page(request, "tokens.html", session, status, tokens=tokens, now=now, **choices, **known)


@router.post("/tokens")
def make(
    request: Request,
    hub: Hub,
    session: ViewerActs,
    name: Annotated[str, Form()] = "",
    scope: Annotated[Scope, Form()] = "read",
    days: Annotated[int, Form()] = 30,
) -> Response:
    """Make one; its secret stands on this one answer and nowhere else."""
    try:
        _, spelling = make_token(hub, session, name, scope, days)
    except Refusal as refusal:
        return _page(request, hub, session, 400, problem=refusal, name=name, scope=scope, days=days)
    return _page(request, hub, session, secret=spelling)


@router.post("/tokens/{identity}/revoke")
def revoke(hub: Hub, session: ViewerActs, identity: Annotated[str, Path(max_length=40)]) -> Response:
    """It opens nothing from now on. Raises Refusal for somebody else's, but for admins."""
    revoke_token(hub, session, identity)
    return RedirectResponse("/tokens", 303)
