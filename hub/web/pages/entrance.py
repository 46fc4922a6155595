"""Coming in: logging in and out; an account, or another password, by a one-time link."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from hub.app import App
from hub.errors import Refusal
from hub.web.guarding import COOKIE, Hub, ViewerActs, hub_of, is_own
from hub.web.oidc import Provider
from hub.web.people import SESSION, Login, Throttled, log_in, reset_password, sign_up
from hub.web.rendering import page

router = APIRouter()
OWN_ADDRESS = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A path and query on this hub: a browser takes two slashes, or a backslash, for another host."""


@router.get("/login")
def show_login(request: Request, hub: Hub, back: str = "/") -> Response:
    """The form; where nobody has an account yet, how to make the first one."""
    empty = hub.store.people.count() == 0
    return _login(request, problem="", name="", empty=empty, back=ours(back))


@router.post("/login")
def do_login(
    request: Request,
    hub: Hub,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Log in, or say that it did not work: not which of the two was wrong."""
    _refuse_foreign(request)
    address = request.client.host if request.client else ""
    try:
        login = log_in(hub.store.people, name, password, address, hub.engine.time.now())
    except Refusal as refusal:
        status = 429 if isinstance(refusal, Throttled) else 401
        text = f"{refusal}: {refusal.hint}"
        return _login(request, status, problem=text, name=name, empty=False, back=ours(back))
    return entered(request, hub, login, ours(back))


def _login(request: Request, status: int = 200, **values: object) -> Response:
    provider: Provider | None = request.app.state.provider
    through = provider.settings.name if provider is not None else ""
    return page(request, "login.html", None, status, through=through, **values)


@router.get("/welcome")
def show_welcome(request: Request, hub: Hub, token: str = "") -> Response:
    """The form behind a one-time link."""
    role = hub.store.people.invited_as(token, hub.engine.time.now())
    if role is None:
        return _used_up(request)
    return page(request, "welcome.html", None, token=token, role=role, problem="", name="")


@router.post("/welcome")
def do_welcome(
    request: Request,
    hub: Hub,
    token: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Make the account and come in."""
    _refuse_foreign(request)
    now = hub.engine.time.now()
    try:
        login = sign_up(hub.store.people, token, name, password, now)
    except Refusal as refusal:
        role = hub.store.people.invited_as(token, now)
        if role is None:
            return _used_up(request)
        return page(request, "welcome.html", None, 400, token=token, role=role, problem=str(refusal), name=name)
    return entered(request, hub, login)


@router.get("/reset")
def show_reset(request: Request, hub: Hub, token: str = "") -> Response:
    """The form behind a one-time link for another password."""
    name = hub.store.people.reset_for(token, hub.engine.time.now())
    if name is None:
        return _used_up(request)
    return page(request, "reset.html", None, token=token, name=name, problem="")


@router.post("/reset")
def do_reset(
    request: Request, hub: Hub, token: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Keep the other password and come in."""
    _refuse_foreign(request)
    now = hub.engine.time.now()
    try:
        login = reset_password(hub.store.people, token, password, now)
    except Refusal as refusal:
        name = hub.store.people.reset_for(token, now)
        if name is None:
            return _used_up(request)
        return page(request, "reset.html", None, 400, token=token, name=name, problem=str(refusal))
    return entered(request, hub, login)


def _used_up(request: Request) -> Response:
    text = "It was used already, is older than a day, or is not complete."
    hint = "Ask an admin for a new one."
    return page(request, "message.html", None, 404, title="This link is used up", text=text, inner=[], hint=hint)


@router.post("/logout")
def do_logout(request: Request, hub: Hub, session: ViewerActs) -> Response:
    """End the session, here and in the database."""
    hub.store.people.close_session(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


def ours(back: str) -> str:
    """Where somebody wanted to go before they had to log in, if that is a page of this hub; else home."""
    return back if OWN_ADDRESS.fullmatch(back) else "/"


def entered(request: Request, hub: App, login: Login, back: str = "/") -> Response:
    """Somebody is in: another cookie than before, whose session ends."""
    hub.store.people.close_session(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(back, 303)
    secure = is_secure(request)
    answer.set_cookie(COOKIE, login.token, max_age=int(SESSION), httponly=True, samesite="lax", secure=secure)
    return answer


def is_secure(request: Request) -> bool:
    """Whether people reach this hub over TLS: cookies then never travel otherwise."""
    return hub_of(request).config.public_url.startswith("https://") or request.url.scheme == "https"


def _refuse_foreign(request: Request) -> None:
    if not is_own(request):
        raise HTTPException(403, "this form is not from a page of this hub")
