"""Notifications, people and the audit log."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.store.people import ROLES, Role
from hub.web.guarding import AdminActs, Hub, Viewer
from hub.web.people import INVITATION
from hub.web.rendering import page

router = APIRouter()


@router.get("/notifications")
def show_notifications(request: Request, hub: Hub, session: Viewer) -> Response:
    """What people were told, and what waits."""
    outbox = hub.store.outbox
    return page(request, "notifications.html", session, messages=outbox.messages(limit=200), health=outbox.health())


@router.get("/people")
def show_people(request: Request, hub: Hub, session: Viewer) -> Response:
    """Who may come in, for admins."""
    _admins_only(session.role)
    people = hub.store.people.accounts()
    return page(request, "people.html", session, people=people, roles=ROLES, link="")


@router.post("/people/invite")
def invite(request: Request, hub: Hub, session: AdminActs, role: Annotated[Role, Form()]) -> Response:
    """A one-time link, shown once."""
    now = hub.engine.time.now()
    token = hub.store.people.invite(role, session.account, now + INVITATION)
    hub.store.people.note(session.account, "invite", role, now)
    base = hub.config.public_url or str(request.base_url).rstrip("/")
    people = hub.store.people.accounts()
    return page(request, "people.html", session, people=people, roles=ROLES, link=f"{base}/welcome?token={token}")


@router.post("/people/role")
def change_role(
    hub: Hub,
    session: AdminActs,
    name: Annotated[str, Form()],
    role: Annotated[Role | Literal["none"], Form()],
) -> Response:
    """Another role, or none: sessions end at once. Raises HTTPException 404 for somebody who is not there."""
    if hub.store.people.find(name) is None:
        raise HTTPException(404, f"There is nobody called {name!r}.")
    now = hub.engine.time.now()
    hub.store.people.set_role(name, None if role == "none" else role, now)
    hub.store.people.note(session.account, "set role", name, now, role=role)
    return RedirectResponse("/people", 303)


@router.get("/audit")
def show_audit(
    request: Request, hub: Hub, session: Viewer, before: Annotated[int | None, Query(ge=0, le=2**53)] = None
) -> Response:
    """What people did, newest first, for admins."""
    _admins_only(session.role)
    return page(request, "audit.html", session, entries=hub.store.people.audit(before=before))


def _admins_only(role: Role) -> None:
    if role != "admin":
        raise HTTPException(403, "this page is for admins")
