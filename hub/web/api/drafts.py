"""Drafts: plans that are being changed. A write says with If-Match which revision it changes, and gets the next one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Header, Response
from typing_extensions import TypedDict

from hub.changes import editing
from hub.changes.editing import Collided, Edit, thing_at
from hub.changes.merge import ABSENT, Value
from hub.errors import Moved, Problems, Refusal
from hub.shapes.parts import Change, closed
from hub.store.drafts import Comment, Draft, State
from hub.verbs.drafting import (
    comment,
    discard_draft,
    draft_changes,
    edit_draft_at_once,
    merge_draft,
    open_draft,
    plan_of,
)
from hub.web.api.bodies import Body
from hub.web.api.calling import Asked, calls, needs
from hub.web.api.draft_bodies import ToEdit, ToOpen, ToPut, ToSay, edit_of
from hub.web.api.finding import EventName, Number, SomePlan, find_plan, looked_up, seen_from_here
from hub.web.api.paging import Page, Paging
from hub.web.api.plans import CheckShape, checked, event_data
from hub.web.api.problems import Faults, Invalid, Stale, Unconditional, Unknown
from hub.web.api.publishing import LastPreview, last_preview
from hub.web.guarding import Hub, Plans
from mappings.canonical.kinds import JSON

router = calls("Drafts")
ETAG = re.compile(r'^"([0-9]{1,15})"$')


@closed
class DraftShape(TypedDict):
    """A draft. `revision` is its ETag; `closed` when and by whom it was merged or discarded."""

    id: int
    plan: str
    title: str
    author: str
    created: float
    revision: int
    changed: float
    changed_by: str
    state: State
    closed: float | None
    closed_by: str


@closed
class DraftContent(TypedDict):
    """What a draft says at a revision, as a plan file says it."""

    draft: int
    revision: int
    content: dict[str, Any]


@closed
class DraftEvent(TypedDict):
    """One event of a draft, as a plan file has it."""

    draft: int
    revision: int
    name: str
    content: dict[str, Any]


@closed
class Renamed(TypedDict):
    """An event under another name."""

    before: str
    after: str


@closed
class Changes(TypedDict):
    """What a draft says differently from the plan that it was opened on, renamed events under their new names."""

    draft: int
    revision: int
    created: list[str]
    removed: list[str]
    renamed: list[Renamed]
    fields: list[Change]


@closed
class EditedShape(TypedDict):
    """One saved edit."""

    revision: int
    who: str
    at: float
    what: str


@closed
class CommentShape(TypedDict):
    """What somebody said; `path` is the place in the plan, empty for the whole."""

    id: int
    who: str
    at: float
    path: list[str]
    text: str


@closed
class Merged(TypedDict):
    """What putting a draft into the plan has written: files, or the version in the store."""

    draft: int
    plan: str
    written: list[str]


def condition(
    if_match: Annotated[str, Header(max_length=40, description="The ETag that was seen.", examples=['"1"'])] = "",
) -> int:
    """The revision that a write is about. Raises Unconditional where it says none, Invalid where that is no ETag."""
    if not if_match:
        hint = "GET the draft, and send its ETag as If-Match"
        raise Unconditional("a write to a draft says which revision it changes", place="If-Match", hint=hint)
    spelt = ETAG.fullmatch(if_match)
    if spelt is None:
        raise Invalid("this is no ETag of a draft", place="If-Match", hint='it looks like "3", quotes and all')
    return int(spelt.group(1))


Seen = Annotated[int, Depends(condition)]


@router.get("/drafts", **needs("read"))
def list_drafts(
    hub: Hub, paging: Paging, plan: SomePlan = "", state: Literal["open", "merged", "discarded", "all"] = "open"
) -> Page[DraftShape]:
    """Drafts, newest first."""
    states: tuple[State, ...] = () if state == "all" else (state,)
    rows = sorted(hub.store.drafts.of_plan(plan or None, *states, limit=10_000), key=lambda one: -one.id)
    return paging.page("drafts", rows, lambda one: one.id, draft_data)


def draft_data(draft: Draft) -> DraftShape:
    """One draft as the API shows it."""
    told = {name: value for name, value in asdict(draft).items() if name not in ("base", "body")}
    return cast(DraftShape, told)


@router.post("/drafts", status_code=201, **needs("propose"))
def open_a_draft(hub: Hub, plans: Plans, caller: Asked, body: ToOpen, response: Response) -> DraftShape:
    """Begin to change a plan. Nothing reaches a tool before the draft is merged and the plan published."""
    draft = open_draft(hub, find_plan(plans, body.plan).home, title=body.title, who=caller.account)
    response.headers["location"] = f"/api/v1/drafts/{draft.id}"
    return _shown(draft, response)


def _shown(draft: Draft, response: Response) -> DraftShape:
    response.headers["etag"] = _etag(draft)
    return draft_data(draft)


def _etag(draft: Draft) -> str:
    return f'"{draft.revision}"'


def _find(hub: Hub, number: int) -> Draft:
    with looked_up():
        return hub.store.drafts.one(number)


@router.get("/drafts/{number}", **needs("read"))
def get_draft(hub: Hub, number: Number, response: Response) -> DraftShape:
    """One draft. Its ETag is what a write to it takes as If-Match."""
    return _shown(_find(hub, number), response)


@router.get("/drafts/{number}/content", **needs("read"))
def get_draft_content(hub: Hub, number: Number, response: Response) -> DraftContent:
    """All that a draft says."""
    draft = _find(hub, number)
    response.headers["etag"] = _etag(draft)
    return {"draft": draft.id, "revision": draft.revision, "content": plan_of(hub, draft).data()}


@router.get("/drafts/{number}/event", **needs("read"))
def get_draft_event(hub: Hub, number: Number, name: EventName, response: Response) -> DraftEvent:
    """One event of a draft."""
    draft = _find(hub, number)
    event = plan_of(hub, draft).events.get(name)
    if event is None:
        raise Unknown(f"the draft has no event {name!r}", place="name", hint="PUT it, to have it")
    response.headers["etag"] = _etag(draft)
    return {"draft": draft.id, "revision": draft.revision, "name": name, "content": event_data(event)}


@router.put("/drafts/{number}/event", **needs("propose"))
def put_draft_event(
    hub: Hub, caller: Asked, number: Number, name: EventName, seen: Seen, body: ToPut, response: Response
) -> DraftShape:
    """Have the draft say just this of an event: a new one, or instead of what it said."""
    place = ("events", name)

    def edits(draft: Draft) -> list[Edit]:
        now = thing_at(plan_of(hub, draft), place)
        if now is ABSENT:
            return [editing.Create(place, body.content)]
        return [editing.Change(place, {**dict.fromkeys(now), **body.content})] if now or body.content else []

    return _saved(hub, caller, number, seen, edits, body, response)


@router.patch("/drafts/{number}", **needs("propose"))
def edit_a_draft(hub: Hub, caller: Asked, number: Number, seen: Seen, body: ToEdit, response: Response) -> DraftShape:
    """Create, change, rename, deprecate, remove and take back things of a draft, any number of them at once."""
    return _saved(hub, caller, number, seen, lambda draft: [edit_of(one) for one in body.edits], body, response)


def _saved(
    hub: Hub,
    caller: Asked,
    number: int,
    seen: int,
    edits: Callable[[Draft], Sequence[Edit]],
    body: Body,
    response: Response,
) -> DraftShape:
    """Write the edits upon the revision that was seen, and upon no other."""
    draft = _find(hub, number)
    _refuse_closed(draft)
    wanted = list(edits(draft))
    places = [one.place for one in wanted]
    _refuse_stale(hub, draft, seen, places, body)
    try:
        with _collisions_told(), _faults_of_body():
            saved = edit_draft_at_once(hub, number, wanted, who=caller.account, revision=seen) if wanted else draft
    except Moved as moved:
        _refuse_stale(hub, _find(hub, number), seen, places, body)
        raise Unknown(moved.message, place=moved.place, hint=moved.hint) from None
    return _shown(saved, response)


def _refuse_closed(draft: Draft) -> None:
    if draft.state != "open":
        raise Refusal(f"draft {draft.id} was {draft.state} by {draft.closed_by}", hint="open another one")


def _refuse_stale(hub: Hub, draft: Draft, seen: int, places: Sequence[tuple[str, ...]], body: Body | None) -> None:
    """Raises Stale, with what is there by now and what was sent."""
    if draft.revision == seen:
        return
    plan = plan_of(hub, draft)
    there = [{"place": list(place), "content": _plain(thing_at(plan, place))} for place in places if _is_place(place)]
    message = f"{draft.changed_by} saved revision {draft.revision} meanwhile; this is about revision {seen}"
    sent = body.model_dump(exclude_unset=True) if body is not None else None
    hint = "look at both, and send it again with the new ETag"
    raise Stale(message, now={"revision": draft.revision, "things": there}, sent=sent, hint=hint)


def _is_place(place: tuple[str, ...]) -> bool:
    return len(place) > 1 and place[0] in editing.SECTIONS


def _plain(value: Value) -> JSON:
    return None if value is ABSENT else value


@contextmanager
def _faults_of_body() -> Iterator[None]:
    """What the plan cannot hold is the fault of the body. Raises Faults."""
    try:
        yield
    except Problems as problems:
        raise Faults(problems.message, problems.problems, hint=problems.hint) from None


@contextmanager
def _collisions_told() -> Iterator[None]:
    """Where two changed the same, both texts are given. Raises Stale."""
    try:
        yield
    except Collided as collided:
        sides = [(list(one.path), _plain(one.now), _plain(one.wanted)) for one in collided.collisions]
        now, sent = ([{"path": path, "value": side[at]} for path, *side in sides] for at in (0, 1))
        raise Stale(collided.message, now=now, sent=sent, hint=collided.hint) from None


@router.get("/drafts/{number}/changes", **needs("read"))
def get_draft_changes(hub: Hub, number: Number, response: Response) -> Changes:
    """What a draft changes, field by field."""
    draft = _find(hub, number)
    found = draft_changes(hub, draft)
    response.headers["etag"] = _etag(draft)
    return {
        "draft": draft.id,
        "revision": draft.revision,
        "created": list(found.created),
        "removed": list(found.removed),
        "renamed": [{"before": before, "after": after} for before, after in found.renamed],
        "fields": [{"path": list(one.path), "before": one.before, "after": one.after} for one in found.fields],
    }


@router.get("/drafts/{number}/check", **needs("read"))
def check_draft(hub: Hub, number: Number) -> CheckShape:
    """What the rules of the plan say of a draft."""
    return checked(plan_of(hub, _find(hub, number)), {})


@router.get("/drafts/{number}/preview", **needs("read"))
def preview_draft(hub: Hub, number: Number) -> LastPreview:
    """What a publish would do if the draft were the plan. Merge it, and the plan's own preview has the fingerprint."""
    return last_preview(hub, plan_of(hub, _find(hub, number)))


@router.get("/drafts/{number}/edits", **needs("read"))
def list_draft_edits(hub: Hub, paging: Paging, number: Number) -> Page[EditedShape]:
    """Who changed what in a draft, newest first."""
    rows = hub.store.drafts.edits(_find(hub, number).id)
    return paging.page(
        "edits",
        rows,
        lambda one: one.revision,
        lambda one: EditedShape(revision=one.revision, who=one.who, at=one.at, what=one.what),
    )


@router.get("/drafts/{number}/comments", **needs("read"))
def list_draft_comments(hub: Hub, paging: Paging, number: Number) -> Page[CommentShape]:
    """What people say about a draft, oldest first."""
    rows = hub.store.drafts.comments(_find(hub, number).id)
    return paging.page("comments", rows, lambda one: one.id, _comment_data)


def _comment_data(one: Comment) -> CommentShape:
    return {"id": one.id, "who": one.who, "at": one.at, "path": list(one.path), "text": one.text}


@router.post("/drafts/{number}/comments", status_code=201, **needs("propose"))
def comment_on_draft(hub: Hub, caller: Asked, number: Number, body: ToSay) -> CommentShape:
    """Say something about a draft, or a place in it."""
    draft = _find(hub, number)
    if not body.text.strip():
        raise Invalid("there is nothing in the comment", place="body.text", hint="say something")
    return _comment_data(comment(hub, draft.id, tuple(body.path), body.text, caller.account))


@router.post("/drafts/{number}/merge", **needs("propose"))
def merge_a_draft(hub: Hub, plans: Plans, caller: Asked, number: Number, seen: Seen) -> Merged:
    """Put a draft into the plan as it is by now. 412 with both texts where the plan changed in the same places."""
    draft = _find(hub, number)
    _refuse_closed(draft)
    _refuse_stale(hub, draft, seen, (), None)
    with plans.writing, _collisions_told():
        home = find_plan(plans, draft.plan).home
        written = merge_draft(hub, number, home, who=caller.account, revision=seen)
    return {"draft": number, "plan": draft.plan, "written": seen_from_here(hub, written)}


@router.post("/drafts/{number}/discard", **needs("propose"))
def discard_a_draft(hub: Hub, caller: Asked, number: Number, seen: Seen, response: Response) -> DraftShape:
    """Close a draft for good, without putting it into the plan."""
    draft = _find(hub, number)
    _refuse_closed(draft)
    _refuse_stale(hub, draft, seen, (), None)
    return _shown(discard_draft(hub, number, who=caller.account, revision=seen), response)
