"""Targets, drift, notifications, people and the audit log."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.errors import Problems, Refusal
from hub.schedule import RECONCILE
from hub.store.people import ROLES, Role
from hub.web import work
from hub.web.guarding import AdminActs, Hub, PublisherActs, Targets, Viewer
from hub.web.people import INVITATION
from hub.web.rendering import page

router = APIRouter()


@router.get("/targets")
@router.get("/drift")
def show_targets(request: Request, hub: Hub, standings: Targets, session: Viewer) -> Response:
    """How each target stands: what differs and since when, what is unknown and why."""
    try:
        own = hub.config.own_settings()
    except Problems as problems:
        return page(request, "targets.html", session, targets=[], own={}, problem=problems, under_way={})
    targets = [standings.status(name, settings) for name, settings in own.items()]
    under_way = {name: work.under_way(hub, name, kinds=[RECONCILE]) for name in own}
    return page(request, "targets.html", session, targets=targets, own=own, problem=None, under_way=under_way)


@router.post("/reconcile")
def reconcile_now(hub: Hub, session: PublisherActs, target: Annotated[str, Form()]) -> Response:
    """Read one target now, as its schedule would: what people changed there becomes proposals."""
    if target not in hub.config.targets:
        raise HTTPException(404, f"There is no target {target!r}.")
    if hub.config.plan is None:
        hint = 'add plan = "plan.yaml" (or its name in the store) to hub.toml'
        raise Refusal("which plan is it to be reconciled with?", place=target, hint=hint)
    number = work.ask(hub, RECONCILE, target, {"plan": hub.config.plan, "target": target})
    hub.store.people.note(session.account, "reconcile", target, hub.engine.time.now())
    return RedirectResponse(f"/jobs/{number}", 303)


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
