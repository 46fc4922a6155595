"""Drafts: plans that people change before anything reaches a tool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.changes.editing import Change, Collided, Create, thing_at
from hub.changes.merge import ABSENT
from hub.errors import Refusal
from hub.store.drafts import Draft
from hub.store.people import Session
from hub.verbs.drafting import comment, edit_draft, edit_in_own_draft, open_draft, own_draft, plan_of
from hub.web.catalogue import Catalogue
from hub.web.draft_fields import DESCRIPTION, as_sent
from hub.web.guarding import EditorActs, Hub, Number, Plans, Viewer, ViewerActs
from hub.web.pages import draft_editing, draft_ending
from hub.web.pages.draft_editing import Revision, Typed, thing_address, thing_page
from hub.web.pages.draft_overview import changes_page, event_rows, overview
from hub.web.people import may
from hub.web.rendering import page, to

router = APIRouter()
router.include_router(draft_editing.router)
router.include_router(draft_ending.router)
LISTS: Mapping[str, str] = {
    "user_properties": "User properties",
    "shared_properties": "Shared properties",
    "groups": "Groups",
    "sources": "Sources",
    "categories": "Categories",
}
"""What a plan holds beside events, and what people call it."""
Section = Literal["events", "user_properties", "shared_properties", "groups", "sources", "categories"]


@router.get("/drafts")
def show_drafts(
    request: Request, hub: Hub, plans: Plans, session: Viewer, state: Literal["open", "all"] = "open", plan: str = ""
) -> Response:
    """The open ones, or all that ever were, by plan."""
    return _list(request, hub, plans, session, state=state, plan=plan)


def _list(
    request: Request,
    hub: Hub,
    plans: Catalogue,
    session: Session,
    status: int = 200,
    *,
    state: str = "open",
    plan: str = "",
    title: str = "",
    problem: Refusal | None = None,
) -> Response:
    known, unreadable = plans.every()
    found = hub.store.drafts.of_plan(plan or None, *(("open",) if state == "open" else ()))
    by_plan: dict[str, list[Draft]] = defaultdict(list)
    for one in found:
        by_plan[one.plan].append(one)
    values = {"plans": [one.plan.name for one in known], "unreadable": unreadable, "by_plan": by_plan, "state": state}
    comments = hub.store.drafts.comment_counts()
    return page(
        request, "drafts.html", session, status, **values, plan=plan, title=title, problem=problem, comments=comments
    )


@router.post("/drafts")
def open_one(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    plan: Annotated[str, Form()],
    title: Annotated[str, Form()] = "",
) -> Response:
    """A new draft of a plan."""
    try:
        draft = open_draft(hub, plans.get(plan).home, title=title, who=session.account)
    except Refusal as refusal:
        return _list(request, hub, plans, session, 422, title=title, problem=refusal)
    return RedirectResponse(f"/drafts/{draft.id}", 303)


@router.get("/drafts/{number}")
def show_draft(request: Request, hub: Hub, plans: Plans, session: Viewer, number: Number) -> Response:
    """What it changes, what is wrong with that, what people say, and its events."""
    return overview(request, hub, plans, session, hub.store.drafts.one(number))


# Its events and other lists -----------------------------------------------------------------------------------------


@router.get("/drafts/{number}/events")
def show_events(
    request: Request,
    hub: Hub,
    session: Viewer,
    number: Number,
    search: str = "",
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    """The events of a draft, as a search leaves them, a page at a time."""
    draft = hub.store.drafts.one(number)
    rows = event_rows(draft, plan_of(hub, draft), search, start)
    return page(request, "draft_events.html", session, draft=draft, **rows)


@router.get("/drafts/{number}/changes")
def show_changes(
    request: Request,
    hub: Hub,
    session: Viewer,
    number: Number,
    search: str = "",
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    """All that a draft changes, in full."""
    return changes_page(request, hub, session, hub.store.drafts.one(number), search, start)


@router.get("/drafts/{number}/more")
def show_more(request: Request, hub: Hub, session: Viewer, number: Number) -> Response:
    """What a plan holds beside events: properties of users, the library, groups, sources, categories, its own words."""
    return _more(request, hub, session, hub.store.drafts.one(number))


def _more(
    request: Request,
    hub: Hub,
    session: Session,
    draft: Draft,
    status: int = 200,
    *,
    problem: Refusal | None = None,
    new: Mapping[str, str] | None = None,
) -> Response:
    plan = plan_of(hub, draft)
    lists = [(section, title, getattr(plan, section)) for section, title in LISTS.items()]
    editable = draft.state == "open" and may(session, "editor")
    values = {"draft": draft, "plan": plan, "lists": lists, "new": new or {}, "problem": problem, "editable": editable}
    address = thing_address
    return page(request, "draft_more.html", session, status, **values, address=address)


@router.post("/drafts/{number}/new")
def create_thing(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    number: Number,
    section: Annotated[Section, Form()],
    name: Annotated[str, Form()] = "",
    description: Annotated[str, Form()] = "",
) -> Response:
    """A new event, or a new entry of another list; its form comes next."""
    draft = hub.store.drafts.one(number)
    text = description.replace("\r\n", "\n").strip()
    place = (section, name.strip())
    try:
        edit_draft(
            hub,
            number,
            Create(place, {"description": text} if text else {}),
            who=session.account,
            revision=draft.revision,
        )
    except Refusal as refusal:
        new = {"section": section, "name": name, "description": text}
        if section == "events":
            return overview(request, hub, plans, session, draft, 422, problem=refusal, new=new)
        return _more(request, hub, session, draft, 422, problem=refusal, new=new)
    return RedirectResponse(thing_address(number, place), 303)


@router.post("/drafts/{number}/words")
def change_words(
    request: Request,
    hub: Hub,
    session: EditorActs,
    number: Number,
    revision: Revision,
    description: Annotated[str, Form()] = "",
) -> Response:
    """What the plan says of itself."""
    text = description.replace("\r\n", "\n").strip()
    try:
        edit_draft(hub, number, Change((), {"description": text}), who=session.account, revision=revision)
    except Refusal as refusal:
        draft = hub.store.drafts.one(number)
        return _more(request, hub, session, draft, 409, problem=refusal, new={"section": "plan", "description": text})
    return RedirectResponse(f"/drafts/{number}/more", 303)


@router.post("/drafts/{number}/comments")
def say(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: ViewerActs,
    number: Number,
    text: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
) -> Response:
    """Say something about a draft, or an event of it."""
    words = text.replace("\r\n", "\n")
    try:
        comment(hub, number, ("events", at) if at else (), words, session.account)
    except Refusal as refusal:
        draft = hub.store.drafts.one(number)
        return overview(request, hub, plans, session, draft, 422, problem=refusal, said=words)
    return RedirectResponse(f"/drafts/{number}#comments", 303)


# From the page of an event ------------------------------------------------------------------------------------------


@router.post("/drafts/describe")
def describe(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    plan: Annotated[str, Form()],
    name: Annotated[str, Form()],
    seen: Annotated[str, Form()],
    description: Annotated[str, Form()] = "",
) -> Response:
    """Another description of an event, in this person's own draft of the plan: the open one, or a new one."""
    home, place = plans.get(plan).home, ("events", name)
    text, saw = (as_sent(DESCRIPTION, [one])[0] for one in (description, seen))
    now = thing_at(home.plan, place)
    said = now.get("description") if now is not ABSENT else None
    before = said if as_sent(DESCRIPTION, [said or ""])[0] == saw else saw
    address = to("/event", plan=plan, name=name)
    if text == saw:
        return RedirectResponse(address, 303)
    try:
        edit = Change(place, {"description": text or None}, {"description": before or None})
        edit_in_own_draft(hub, home, edit, who=session.account)
    except Refusal as refusal:
        draft = own_draft(hub, plan, session.account) or open_draft(hub, home, title="", who=session.account)
        typed = Typed({("", "description"): [text]}, problem=refusal)
        typed.collisions += refusal.collisions if isinstance(refusal, Collided) else ()
        return thing_page(request, hub, session, draft, place, typed, status=409)
    return RedirectResponse(address, 303)


@router.post("/drafts/edit")
def edit_event(
    hub: Hub, plans: Plans, session: EditorActs, plan: Annotated[str, Form()], name: Annotated[str, Form()]
) -> Response:
    """All of an event, in this person's own draft of the plan; a draft that is older than the event comes first."""
    mine = own_draft(hub, plan, session.account)
    draft = mine or open_draft(hub, plans.get(plan).home, title="", who=session.account)
    there = name in plan_of(hub, draft).events
    return RedirectResponse(thing_address(draft.id, ("events", name)) if there else f"/drafts/{draft.id}", 303)
