"""The web application of one hub."""

from __future__ import annotations

from fastapi import FastAPI

from hub.app import App
from hub.web import slack


def create_app(hub: App) -> FastAPI:
    """Everything that `hub serve` answers."""
    web = FastAPI(title="schema-sync hub", docs_url=None, redoc_url=None, openapi_url=None)
    web.state.hub = hub
    web.include_router(slack.router)

    @web.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return web
