"""Notifications, people and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from hub.app import App
from hub.store.people import NO_PASSWORD, ROLES, AuditFilter, Role, Session
from hub.web.auditing import FORMATS, Format
from hub.web.guarding import AdminActs, Hub, Viewer
from hub.web.people import INVITATION, offer_reset
from hub.web.rendering import page, to

router = APIRouter()
DAY = 86_400.0
SHOWN = 200
"""Entries of one page of the audit."""


@router.get("/notifications")
def show_notifications(request: Request, hub: Hub, session: Viewer) -> Response:
    """What people were told, and what waits."""
    outbox = hub.store.outbox
    return page(request, "notifications.html", session, messages=outbox.messages(limit=200), health=outbox.health())


@router.get("/people")
def show_people(request: Request, hub: Hub, session: Viewer) -> Response:
    """Who may come in, for admins."""
    _admins_only(session.role)
    return _people(request, hub, session)


@router.post("/people/invite")
def invite(request: Request, hub: Hub, session: AdminActs, role: Annotated[Role, Form()]) -> Response:
    """A one-time link, shown once."""
    now = hub.engine.time.now()
    token = hub.store.people.invite(role, session.account, now + INVITATION)
    hub.store.people.note(session.account, "invite", role, now)
    return _people(request, hub, session, f"/welcome?token={token}")


@router.post("/people/reset")
def make_reset_link(request: Request, hub: Hub, session: AdminActs, name: Annotated[str, Form()]) -> Response:
    """A one-time link with which somebody chooses another password, shown once. Raises Refusal."""
    token = offer_reset(hub.store.people, session.account, name, hub.engine.time.now())
    return _people(request, hub, session, f"/reset?token={token}", name)


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


def _people(request: Request, hub: App, session: Session, link: str = "", about: str = "") -> Response:
    base = hub.config.public_url or str(request.base_url).rstrip("/")
    values = {"people": hub.store.people.accounts(), "roles": ROLES, "no_password": NO_PASSWORD}
    return page(request, "people.html", session, **values, link=link and base + link, about=about)


Text = Annotated[str, Query(max_length=200)]


def _wanted(who: str, verb: str, since: str, until: str) -> AuditFilter:
    """Days are whole days in UTC. Raises HTTPException 400 for what is no day."""
    first, last = _day(since, "since"), _day(until, "until")
    return AuditFilter(who.strip(), verb, first, last if last is None else last + DAY)


def _day(text: str, field: str) -> float | None:
    """The moment at which a day begins."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
        return datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp()
    except ValueError:
        raise HTTPException(400, f"{field}: {text!r} is no day: write it as 2026-03-31") from None


@router.get("/audit")
def show_audit(
    request: Request,
    hub: Hub,
    session: Viewer,
    who: Text = "",
    verb: Text = "",
    since: Text = "",
    until: Text = "",
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    """What people did, newest first, for admins."""
    _admins_only(session.role)
    entries = hub.store.people.audit(SHOWN, before, _wanted(who, verb, since, until))
    asked = {"who": who, "verb": verb, "since": since, "until": until}
    links = _links(asked, entries[-1].id if len(entries) == SHOWN else None)
    verbs = hub.store.people.audit_verbs()
    return page(request, "audit.html", session, entries=entries, asked=asked, verbs=verbs, links=links)


def _links(asked: Mapping[str, str], last: int | None) -> dict[str, str]:
    older = "" if last is None else to("/audit", **asked, before=str(last))
    return {"older": older} | {one: to("/audit/export", format=one, **asked) for one in FORMATS}


@router.get("/audit/export")
def export_audit(
    hub: Hub,
    session: Viewer,
    format: Format = "csv",
    who: Text = "",
    verb: Text = "",
    since: Text = "",
    until: Text = "",
) -> Response:
    """The same as a file, oldest first, everything since the beginning unless it is filtered; for admins."""
    _admins_only(session.role)
    written = FORMATS[format]
    entries = hub.store.people.whole_audit(_wanted(who, verb, since, until))
    headers = {"content-disposition": f'attachment; filename="audit.{format}"'}
    return StreamingResponse(written.lines(entries), media_type=written.media_type, headers=headers)


def _admins_only(role: Role) -> None:
    if role != "admin":
        raise HTTPException(403, "this page is for admins")
