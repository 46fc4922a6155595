"""What every request passes: headers that keep a page to itself, who is asking, and whether a form is our own."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, HTTPException, Request
from starlette.responses import Response

from hub.app import App
from hub.store.people import Role, Session
from hub.web.people import may

COOKIE = "hub_session"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
LARGEST_BODY = 20_000_000
"""Bytes of a request; larger ones are refused before they are read."""


async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse what is too large; put the headers on every answer."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        answer: Response = Response("the request is too large", 413)
    else:
        answer = await call_next(request)
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if not request.url.path.startswith("/static/"):
        answer.headers.setdefault("cache-control", "no-store")
    return answer


class NotLoggedIn(Exception):
    """Whoever asks has to log in first."""


def hub_of(request: Request) -> App:
    """The hub that this application serves."""
    found: App = request.app.state.hub
    return found


Hub = Annotated[App, Depends(hub_of)]


def session_of(request: Request, hub: Hub) -> Session:
    """Who is asking. Raises NotLoggedIn."""
    token = request.cookies.get(COOKIE, "")
    found = hub.store.people.session(token, hub.engine.time.now()) if token else None
    if found is None:
        raise NotLoggedIn
    return found


Viewer = Annotated[Session, Depends(session_of)]


def checked(role: Role) -> Callable[..., Session]:
    """What every route that changes something depends on: the form is from one of our pages, and the person may.

    Raises HTTPException 403 when a form comes from elsewhere, or from somebody without the role.
    """

    def check(request: Request, session: Viewer, form_token: Annotated[str, Form()] = "") -> Session:
        if not hmac.compare_digest(form_token.encode(), session.form_token.encode()) or not is_own(request):
            raise HTTPException(403, "this form is not from a page of yours: open the page again")
        if not may(session, role):
            raise HTTPException(403, f"this takes the role {role}; you are {session.role}: ask an admin")
        return session

    return check


ViewerActs = Annotated[Session, Depends(checked("viewer"))]
EditorActs = Annotated[Session, Depends(checked("editor"))]
PublisherActs = Annotated[Session, Depends(checked("publisher"))]
AdminActs = Annotated[Session, Depends(checked("admin"))]


def is_own(request: Request) -> bool:
    """Whether the browser says that the form stands on our own page; old browsers say nothing."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
