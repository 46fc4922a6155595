"""Coming in: logging in and out, and making an account by a one-time link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from hub.errors import Refusal
from hub.web.guarding import COOKIE, Hub, ViewerActs, is_own
from hub.web.people import SESSION, Login, log_in, sign_up
from hub.web.rendering import page

router = APIRouter()


@router.get("/login")
def show_login(request: Request, hub: Hub) -> Response:
    """The form; where nobody has an account yet, how to make the first one."""
    return page(request, "login.html", None, problem="", name="", empty=hub.store.people.count() == 0)


@router.post("/login")
def do_login(
    request: Request, hub: Hub, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Log in, or say that it did not work: not which of the two was wrong."""
    _refuse_foreign(request)
    address = request.client.host if request.client else ""
    try:
        login = log_in(hub.store.people, name, password, address, hub.engine.time.now())
    except Refusal as refusal:
        hub.store.people.note(name[:200], "failed login", address, hub.engine.time.now())
        return page(request, "login.html", None, 401, problem=str(refusal), name=name, empty=False)
    return _entered(request, hub, login)


@router.get("/welcome")
def show_welcome(request: Request, hub: Hub, token: str = "") -> Response:
    """The form behind a one-time link."""
    role = hub.store.people.invited_as(token, hub.engine.time.now())
    if role is None:
        return page(
            request, "message.html", None, 404, title="This link is used up", text="Ask an admin for a new one."
        )
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
        role = hub.store.people.invited_as(token, now) or "viewer"
        return page(request, "welcome.html", None, 400, token=token, role=role, problem=str(refusal), name=name)
    return _entered(request, hub, login)


@router.post("/logout")
def do_logout(request: Request, hub: Hub, session: ViewerActs) -> Response:
    """End the session, here and in the database."""
    hub.store.people.close_session(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _entered(request: Request, hub: Hub, login: Login) -> Response:
    answer = RedirectResponse("/", 303)
    secure = hub.config.public_url.startswith("https://") or request.url.scheme == "https"
    answer.set_cookie(COOKIE, login.token, max_age=int(SESSION), httponly=True, samesite="lax", secure=secure)
    return answer


def _refuse_foreign(request: Request) -> None:
    if not is_own(request):
        raise HTTPException(403, "this form is not from a page of this hub")
