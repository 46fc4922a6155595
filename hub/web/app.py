"""The web application of one hub: its pages, and where buttons pressed elsewhere arrive."""

from __future__ import annotations

import logging
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.app import App
from hub.errors import Problems, Refusal
from hub.store.people import Session
from hub.web import api, slack
from hub.web.api import problems
from hub.web.catalogue import Catalogue
from hub.web.guarding import COOKIE, Guard, NotLoggedIn
from hub.web.live import Streams
from hub.web.oidc import Provider
from hub.web.pages import (
    account,
    adopting,
    connecting,
    deciding,
    drafts,
    entrance,
    following,
    home,
    importing,
    plan,
    publishing,
    remembering,
    single_sign_on,
    tokens,
    watching,
)
from hub.web.progress import Forecasts
from hub.web.rehearsals import Rehearsals
from hub.web.rendering import page, to
from hub.web.settings import web_settings
from hub.web.standings import Standings

log = logging.getLogger("hub.web")
PARTS = (
    slack,
    entrance,
    single_sign_on,
    account,
    home,
    plan,
    drafts,
    importing,
    adopting,
    publishing,
    following,
    deciding,
    remembering,
    connecting,
    watching,
    tokens,
)
STATIC = Path(__file__).parent / "static"
PAGES = APIRouter()
"""Its routes are made once, however many applications a process has."""
for part in PARTS:
    PAGES.include_router(part.router)


def create_app(hub: App) -> FastAPI:
    """Everything that `hub serve` answers. Raises Problems when the table `web` of the configuration is wrong."""
    oidc = web_settings(hub.config).oidc
    web = FastAPI(title="schema-sync hub", docs_url=None, redoc_url=None, openapi_url=None)
    web.state.hub = hub
    web.state.catalogue = Catalogue(hub)
    web.state.standings = Standings(hub)
    web.state.rehearsals = Rehearsals(hub)
    web.state.streams = Streams(hub.stopping)
    web.state.forecasts = Forecasts(hub)
    web.state.provider = Provider(oidc, hub.config.public_url, hub.engine.time) if oidc is not None else None
    web.add_middleware(Guard, broken=_broken)
    web.mount("/api/v1", api.router)
    web.mount("/static", StaticFiles(directory=STATIC), name="static")
    web.add_exception_handler(NotLoggedIn, _to_login)
    web.add_exception_handler(Refusal, _refused)
    web.add_exception_handler(HTTPException, _wrong)
    web.add_exception_handler(RequestValidationError, _misspelt)

    @web.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    web.mount("", PAGES)  # last: it takes every address that is left
    return web


def _to_login(request: Request, problem: Exception) -> Response:
    """Afterwards the page that was asked for is shown; what was sent has to be sent again."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(to("/login", back=asked if request.method == "GET" and asked != "/" else ""), 303)


def _refused(request: Request, problem: Exception) -> Response:
    """What was asked for cannot be done, or is not there to be looked at."""
    assert isinstance(problem, Refusal)
    if problems.concerns(request):
        return api.answer(request, problem)
    status, title = (404, "That cannot be shown") if request.method in ("GET", "HEAD") else (409, "That was not done")
    return _message(request, status, title, problem, problem)


def _wrong(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    if problems.concerns(request):
        return api.answer(request, problem)
    return _message(request, problem.status_code, HTTPStatus(problem.status_code).phrase, problem.detail)


def _misspelt(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    if problems.concerns(request):
        return api.answer(request, problem)
    first = problem.errors()[0]
    text = f"{'.'.join(map(str, first['loc'][1:]))}: {first['msg']}"
    return _message(request, 400, "The address or form is not right", text)


def _message(request: Request, status: int, title: str, text: object, refusal: Refusal | None = None) -> Response:
    session = _session(request)
    inner = [str(one) for one in refusal.problems] if isinstance(refusal, Problems) else []
    hint = refusal.hint if refusal is not None else ""
    return page(request, "message.html", session, status, title=title, text=text, inner=inner, hint=hint)


def _broken(request: Request, problem: Exception) -> Response:
    """What went wrong stands in the log, not on the page; what came before any handler is told as a handler would."""
    if isinstance(problem, HTTPException):
        return _wrong(request, problem)
    log.error("%s %s failed", request.method, request.url.path, exc_info=problem)
    if problems.concerns(request):
        return api.answer(request, problem)
    text = "The hub's log says what."
    return page(request, "message.html", None, 500, title="Something broke", text=text, inner=[], hint="")


def _session(request: Request) -> Session | None:
    hub: App = request.app.state.hub
    token = request.cookies.get(COOKIE, "")
    return hub.store.people.session(token, hub.engine.time.now()) if token else None
