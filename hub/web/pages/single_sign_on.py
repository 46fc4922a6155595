"""Logging in through an OpenID provider, and linking an account to a login there."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from hub.app import App
from hub.errors import Refusal
from hub.store.identities import Underway
from hub.store.people import Session
from hub.web.arriving import arrive, check_domain, identity_of
from hub.web.guarding import COOKIE, Hub, ViewerActs
from hub.web.oidc import AGAIN, CALLBACK, NotProven, Provider, ProviderDown
from hub.web.pages.entrance import entered, is_secure, ours
from hub.web.people import SESSION, Login
from hub.web.rendering import page

log = logging.getLogger("hub.web.single_sign_on")
router = APIRouter()
BROWSER = "hub_login"
"""The cookie that binds a login under way to the browser that began it."""
UNDER_WAY = 600.0
"""Seconds within which somebody has to come back."""
CODE_WORD = re.compile(r"[a-z_]{1,60}")


def provider_of(request: Request) -> Provider | None:
    """The configured provider, if there is one."""
    found: Provider | None = request.app.state.provider
    return found


def _must_have(request: Request) -> Provider:
    """Raises HTTPException 404 where single sign-on is not configured."""
    found = provider_of(request)
    if found is None:
        raise HTTPException(404, "this hub has no single sign-on")
    return found


SignOn = Annotated[Provider, Depends(_must_have)]


@router.get("/login/provider")
def go_to_provider(request: Request, hub: Hub, provider: SignOn, back: str = "/") -> Response:
    """On to the provider's own page. A link and not a form: a page of ours sends forms to nobody else."""
    browser = secrets.token_urlsafe(32)
    try:
        address = _begun(hub, provider, browser, "", ours(back))
    except Refusal as refusal:
        return _not_in(request, hub, refusal)
    return _bound(request, RedirectResponse(address, 303), browser)


@router.post("/account/link")
def begin_link(request: Request, hub: Hub, session: ViewerActs, provider: SignOn) -> Response:
    """The same for somebody who is logged in, and wants to come through the provider from now on."""
    browser = secrets.token_urlsafe(32)
    try:
        address = _begun(hub, provider, browser, request.cookies[COOKIE], "/account")
    except Refusal as refusal:
        return _not_in(request, hub, refusal)
    values = {"address": address, "name": provider.settings.name}
    return _bound(request, page(request, "linking.html", session, **values), browser)


@router.get(CALLBACK)
def come_back(
    request: Request,
    hub: Hub,
    provider: SignOn,
    state: str = "",
    code: str = "",
    iss: str | None = None,
    error: str = "",
) -> Response:
    """Back from the provider: in, or linked, or told what to do."""
    now = hub.engine.time.now()
    try:
        underway, linking = _taken(request, hub, state)
        if error or not code:
            said = error if CODE_WORD.fullmatch(error) else "nothing that could be understood"
            raise NotProven(f"{provider.settings.name} said: {said.replace('_', ' ')}", hint=AGAIN)
        claims = provider.claims(code, iss, underway)
        if linking is not None:
            return _linked(hub, provider, linking, claims)
        name = arrive(hub.store.people, hub.store.identities, provider.settings, claims, now)
    except Refusal as refusal:
        return _not_in(request, hub, refusal)
    return _unbound(entered(request, hub, Login(hub.store.people.open_session(name, now, SESSION)), underway.back))


def _begun(hub: App, provider: Provider, browser: str, session_token: str, back: str) -> str:
    """The address to go to; the login is remembered first. Raises ProviderDown."""
    state = secrets.token_urlsafe(32)
    underway = Underway(secrets.token_urlsafe(32), secrets.token_urlsafe(48), back)
    address = provider.page_for(state, underway)
    proof = _proof(state, browser, session_token)
    hub.store.identities.begin(proof, underway, hub.engine.time.now(), UNDER_WAY)
    return address


def _proof(state: str, browser: str, session_token: str) -> str:
    """What only the browser that began can show again; for a link, only the session, too."""
    return "\n".join((state, browser, session_token))


def _taken(request: Request, hub: App, state: str) -> tuple[Underway, Session | None]:
    """The login that this browser began, and who is to be linked by it. Raises Refusal."""
    browser, token = request.cookies.get(BROWSER, ""), request.cookies.get(COOKIE, "")
    now = hub.engine.time.now()
    if browser and token and (underway := hub.store.identities.take(_proof(state, browser, token), now)):
        session = hub.store.people.session(token, now)
        if session is not None:
            return underway, session
    elif browser and (underway := hub.store.identities.take(_proof(state, browser, ""), now)):
        return underway, None
    raise NotProven("this login was not begun in this browser, is over already, or took too long", hint=AGAIN)


def _linked(hub: App, provider: Provider, session: Session, claims: Mapping[str, Any]) -> Response:
    """Raises Refusal when the login, or the account, is linked to another one."""
    now = hub.engine.time.now()
    check_domain(provider.settings, claims)
    hub.store.identities.link(identity_of(claims), session.account, now)
    hub.store.people.note(session.account, "link account", session.account, now, to=provider.settings.name)
    return _unbound(RedirectResponse("/account", 303))


def _not_in(request: Request, hub: App, refusal: Refusal) -> Response:
    log.warning("a login failed: %s", refusal)
    address = request.client.host if request.client else ""
    now = hub.engine.time.now()
    if not isinstance(refusal, ProviderDown | NotProven):  # somebody real, who may not come in
        hub.store.people.note("single sign-on", "failed login", address, now, why=refusal.message)
    values = {"title": "The login did not work", "text": refusal, "inner": [], "hint": refusal.hint}
    status = 502 if isinstance(refusal, ProviderDown) else 403
    return _unbound(page(request, "message.html", None, status, **values))


def _bound(request: Request, answer: Response, browser: str) -> Response:
    secure = is_secure(request)
    answer.set_cookie(
        BROWSER, browser, max_age=int(UNDER_WAY), path="/login", httponly=True, samesite="lax", secure=secure
    )
    return answer


def _unbound(answer: Response) -> Response:
    answer.delete_cookie(BROWSER, path="/login")
    return answer
