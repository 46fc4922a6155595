"""One's own account: password, sessions, and the login at a provider that it is linked to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from hub.app import App
from hub.errors import Refusal
from hub.store.people import NO_PASSWORD, Session
from hub.web.guarding import COOKIE, Hub, Viewer, ViewerActs
from hub.web.oidc import Provider
from hub.web.pages.entrance import entered
from hub.web.people import Throttled, change_password
from hub.web.rendering import page

router = APIRouter()


@router.get("/account")
def show_account(request: Request, hub: Hub, session: Viewer) -> Response:
    """Who one is here, and where one is logged in."""
    return _account(request, hub, session)


@router.post("/account/password")
def do_change(
    request: Request,
    hub: Hub,
    session: ViewerActs,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
) -> Response:
    """Another password: all other sessions end, and this one goes on under another cookie."""
    address = request.client.host if request.client else ""
    try:
        login = change_password(hub.store.people, session, old, new, address, hub.engine.time.now())
    except Refusal as refusal:
        return _account(request, hub, session, 429 if isinstance(refusal, Throttled) else 400, refusal)
    return entered(request, hub, login, "/account")


@router.post("/account/sessions")
def end_others(request: Request, hub: Hub, session: ViewerActs) -> Response:
    """Log out everywhere else."""
    ended = hub.store.people.close_other_sessions(session.account, request.cookies[COOKIE])
    now = hub.engine.time.now()
    hub.store.people.note(session.account, "end sessions", session.account, now, ended=ended)
    return RedirectResponse("/account", 303)


@router.post("/account/unlink")
def unlink(hub: Hub, session: ViewerActs) -> Response:
    """Come in by password only. Raises Refusal for an account that has none."""
    account = hub.store.people.find(session.account)
    if account is None or account.password == NO_PASSWORD:
        hint = "an admin can take the entrance from an account"
        raise Refusal("without this link nobody could log in to your account: it has no password", hint=hint)
    hub.store.identities.unlink(session.account)
    hub.store.people.note(session.account, "unlink account", session.account, hub.engine.time.now())
    return RedirectResponse("/account", 303)


def _account(
    request: Request, hub: App, session: Session, status: int = 200, problem: Refusal | None = None
) -> Response:
    account = hub.store.people.find(session.account)
    provider: Provider | None = request.app.state.provider
    values = {
        "has_password": account is not None and account.password != NO_PASSWORD,
        "provider": provider.settings if provider is not None else None,
        "links": hub.store.identities.of_account(session.account),
        "sessions": hub.store.people.sessions(session.account, request.cookies[COOKIE], hub.engine.time.now()),
    }
    return page(request, "account.html", session, status, problem=problem, **values)
