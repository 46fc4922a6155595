"""The web application of one hub: its pages, and where buttons pressed elsewhere arrive."""

from __future__ import annotations

import logging
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.app import App
from hub.errors import Refusal
from hub.store.people import Session
from hub.web import slack
from hub.web.catalogue import Catalogue
from hub.web.guarding import COOKIE, NotLoggedIn, guard
from hub.web.pages import deciding, entrance, home, plan, publishing, watching
from hub.web.rendering import page

log = logging.getLogger("hub.web")
STATIC = Path(__file__).parent / "static"


def create_app(hub: App) -> FastAPI:
    """Everything that `hub serve` answers."""
    web = FastAPI(title="schema-sync hub", docs_url=None, redoc_url=None, openapi_url=None)
    web.state.hub = hub
    web.state.catalogue = Catalogue(hub)
    web.middleware("http")(guard)
    for part in (slack, entrance, home, plan, publishing, deciding, watching):
        web.include_router(part.router)
    web.mount("/static", StaticFiles(directory=STATIC), name="static")
    web.add_exception_handler(NotLoggedIn, _to_login)
    web.add_exception_handler(Refusal, _refused)
    web.add_exception_handler(HTTPException, _wrong)
    web.add_exception_handler(RequestValidationError, _misspelt)
    web.add_exception_handler(Exception, _broken)

    @web.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return web


def _to_login(request: Request, problem: Exception) -> Response:
    return RedirectResponse("/login", 303)


def _refused(request: Request, problem: Exception) -> Response:
    return page(request, "message.html", _session(request), 409, title="That was not done", text=str(problem))


def _wrong(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    title = HTTPStatus(problem.status_code).phrase
    return page(request, "message.html", _session(request), problem.status_code, title=title, text=problem.detail)


def _misspelt(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    first = problem.errors()[0]
    text = f"{'.'.join(map(str, first['loc'][1:]))}: {first['msg']}"
    return page(request, "message.html", _session(request), 400, title="The address or form is not right", text=text)


def _broken(request: Request, problem: Exception) -> Response:
    """What went wrong stands in the log, not on the page."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=problem)
    return page(request, "message.html", None, 500, title="Something broke", text="The hub's log says what.")


def _session(request: Request) -> Session | None:
    hub: App = request.app.state.hub
    token = request.cookies.get(COOKIE, "")
    return hub.store.people.session(token, hub.engine.time.now()) if token else None
