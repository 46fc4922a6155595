"""What every request passes: headers that keep a page to itself, who is asking, and whether a form is our own."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, HTTPException, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.app import App
from hub.files.unpacking import MAX_UPLOAD
from hub.store.people import Role, Session
from hub.web.catalogue import Catalogue
from hub.web.people import may
from hub.web.standings import Standings

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
LARGEST_BODY = 1_000_000
"""Bytes of a request; larger ones are refused, whether they say so beforehand or not."""
LARGER_BODIES: Mapping[str, int] = dict.fromkeys(
    ("/import", "/api/v1/imports", "/api/v1/imports/draft"), MAX_UPLOAD + LARGEST_BODY
)
"""Where more may be sent: files of plans."""
TOO_LARGE = "the request is too large"


class Guard:
    """ASGI middleware: no request that is too large, no answer without the headers, and a page where a handler broke.

    `broken` makes that page, and the one for a request that is not even looked at (an HTTPException).
    """

    def __init__(self, app: ASGIApp, broken: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answering = _Answering(scope, send)
        try:
            if _declared_length(scope) > _largest_body(scope):
                raise HTTPException(413, TOO_LARGE)
            await self._app(scope, _limited(receive, _largest_body(scope)), answering)
        except Exception as problem:
            if answering.started:
                raise
            answer = await run_in_threadpool(self._broken, Request(scope), problem)
            await answer(scope, receive, answering)


class _Answering:
    """Sends on, with our headers."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.started = False
        self._send = send
        cached = "no-cache" if scope["path"].startswith("/static/") else "no-store"
        self._headers = {**HEADERS, "cache-control": cached}

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


def _declared_length(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    return int(declared[:20]) if declared.isdecimal() else 0


def _largest_body(scope: Scope) -> int:
    return LARGER_BODIES.get(scope["path"], LARGEST_BODY)


def _limited(receive: Receive, most: int) -> Receive:
    """Counts what arrives: a request may say nothing of its length, or something wrong."""
    arrived = 0

    async def counted() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > most:
            raise HTTPException(413, TOO_LARGE)
        return message

    return counted


class NotLoggedIn(Exception):
    """Whoever asks has to log in first."""


def hub_of(request: Request) -> App:
    """The hub that this application serves."""
    found: App = request.app.state.hub
    return found


def catalogue_of(request: Request) -> Catalogue:
    """The plans of this hub."""
    found: Catalogue = request.app.state.catalogue
    return found


def standings_of(request: Request) -> Standings:
    """How the targets of this hub stand."""
    found: Standings = request.app.state.standings
    return found


Hub = Annotated[App, Depends(hub_of)]
Plans = Annotated[Catalogue, Depends(catalogue_of)]
Targets = Annotated[Standings, Depends(standings_of)]
Number = Annotated[int, Path(ge=0, le=2**53)]
"""A row's number in an address; larger ones are no numbers of rows."""


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
    """Whether the browser says that the form stands on a page of ours; old browsers say nothing.

    Behind a proxy the browser knows the hub as `public_url`, and the Host that arrives here may be another.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return True
    here, public = urlsplit(origin), urlsplit(hub_of(request).config.public_url)
    known = [(request.url.scheme, request.headers.get("host", "")), (public.scheme, public.netloc)]
    return bool(here.netloc) and (here.scheme, here.netloc) in known
