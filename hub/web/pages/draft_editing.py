"""One thing of a draft as a form: an event with its properties, a property at any depth, and the plan's other lists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from hub.changes.editing import (
    SECTIONS,
    Change,
    Collided,
    Collision,
    Create,
    Edit,
    Remove,
    Rename,
    Revert,
    edited,
    label,
    model_at,
    thing_at,
)
from hub.changes.merge import ABSENT, Value, place_of
from hub.changes.renames import scope_of
from hub.errors import Problems, Refusal
from hub.store.drafts import Draft
from hub.store.people import Session
from hub.verbs.drafting import base_of, edit_draft_at_once, plan_of
from hub.web.draft_fields import DESCRIPTION, PROPERTY, TYPE, Field, as_sent, fields_of, parts_of, read, shown
from hub.web.guarding import EditorActs, Hub, Number, Viewer
from hub.web.people import may
from hub.web.rendering import page, to
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import KINDS, OBJECTS
from mappings.canonical.rules import check
from mappings.contract import Finding, Path

router = APIRouter()
ROWS = 100
"""Properties that a form has in full; further ones have pages of their own."""
LONGEST_PLACE = 20_000
"""Characters of an address that lead to a thing."""
REQUIRED = next(one for part in PROPERTY for one in part.fields if one.name == "required")
ROW_FIELDS = (TYPE, REQUIRED, DESCRIPTION)
NEW = "\0new"
"""Stands for the property that is being added; no property of a plan is called so."""
NEW_ROW = "new"
Revision = Annotated[int, Form(ge=0, le=2**53)]
"""The revision of the draft that somebody saw."""
Key = tuple[str, str]
"""Which field of a form: of the property of this name, of the thing itself with "", or of the new property."""


@dataclass
class Typed:
    """What somebody typed into a form, as far as it is not what the form showed them."""

    texts: dict[Key, list[str]] = field(default_factory=dict)
    wrong: dict[Key, Refusal] = field(default_factory=dict)
    edits: list[tuple[str, Edit]] = field(default_factory=list)
    collisions: list[Collision] = field(default_factory=list)
    problem: Refusal | None = None

    def shown(self, child: str, one: Field, data: Mapping[str, Any]) -> list[str]:
        """What a field shows: what was typed into it, else what is there."""
        typed = self.texts.get((child, one.name))
        return shown(one, data.get(one.name, ABSENT)) if typed is None else typed


async def typed_texts(request: Request) -> dict[str, list[str]]:
    """All that a form sends, by name; a field may come several times."""
    found: dict[str, list[str]] = {}
    for name, text in (await request.form()).multi_items():
        if isinstance(text, str):
            found.setdefault(name, []).append(text)
    return found


Sent = Annotated[dict[str, list[str]], Depends(typed_texts)]


@router.get("/drafts/{number}/event")
def show_event(request: Request, hub: Hub, session: Viewer, number: Number, name: str, saved: int = 0) -> Response:
    """An event of a draft, as a form."""
    return thing_page(request, hub, session, hub.store.drafts.one(number), ("events", name), saved=saved)


@router.get("/drafts/{number}/thing")
def show_thing(request: Request, hub: Hub, session: Viewer, number: Number, at: str, saved: int = 0) -> Response:
    """Anything else of a draft, as a form. `at` is the JSON list of its place in the plan."""
    return thing_page(request, hub, session, hub.store.drafts.one(number), _place(at), saved=saved)


@router.post("/drafts/{number}/thing")
def save_thing(
    request: Request,
    hub: Hub,
    session: EditorActs,
    number: Number,
    sent: Sent,
    at: Annotated[str, Form()],
    revision: Revision,
    act: Annotated[str, Form()] = "save",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Save what was typed, as one revision. What cannot be so, or somebody else changed too, is said beside the field;
    nothing that was typed is lost."""
    draft, place = hub.store.drafts.one(number), _place(at)
    if act in ("remove", "revert"):
        return _ended(request, hub, session, draft, place, act, reason, revision)
    seen = hub.store.drafts.plan(hub.store.drafts.body_at(number, revision))
    typed = _understood(seen, place, sent)
    if act == "items" and thing_at(plan_of(hub, draft), (*place, "items")) is ABSENT:
        typed.edits.append(("", Create((*place, "items"))))
    _try(hub, draft, typed)
    if typed.wrong or typed.collisions or typed.problem:
        return thing_page(request, hub, session, draft, place, typed, status=409 if typed.collisions else 422)
    try:
        edits = [edit for _, edit in typed.edits]
        saved = edit_draft_at_once(hub, number, edits, who=session.account, revision=revision) if edits else draft
    except Refusal as refusal:
        typed.problem = refusal
        typed.collisions += refusal.collisions if isinstance(refusal, Collided) else ()
        return thing_page(request, hub, session, hub.store.drafts.one(number), place, typed, status=409)
    return RedirectResponse(_next(number, typed, place, act, saved.revision), 303)


def _ended(
    request: Request, hub: Hub, session: Session, draft: Draft, place: Path, act: str, reason: str, revision: int
) -> Response:
    """Off the list, or as it was before the draft."""
    today = datetime.fromtimestamp(hub.engine.time.now(), UTC).date().isoformat()
    edit: Edit = Remove(place, reason, today) if act == "remove" else Revert(place)
    try:
        edit_draft_at_once(hub, draft.id, [edit], who=session.account, revision=revision)
    except Refusal as refusal:
        typed = Typed({("", "reason"): [reason]}, problem=refusal)
        if isinstance(refusal, Problems):
            typed.wrong = {("", one.place): one for one in refusal.problems}
        typed.collisions += refusal.collisions if isinstance(refusal, Collided) else ()
        return thing_page(request, hub, session, hub.store.drafts.one(draft.id), place, typed, status=409)
    above = place[:-2] if place_of(place) == "thing" else place[:-1]
    return RedirectResponse(thing_address(draft.id, above) if above else f"/drafts/{draft.id}", 303)


# What was typed ----------------------------------------------------------------------------------------------------


def _understood(seen: TrackingPlan, place: Path, sent: Mapping[str, list[str]]) -> Typed:
    """The edits that a form asks for, and what of it cannot be read."""
    typed = Typed()
    thing = thing_at(seen, place)
    _read_fields(typed, "", place, thing, fields_of(place), "own.", sent)
    for index in range(ROWS):
        if (was := sent.get(f"row{index}.was")) is not None:
            child = (*place, "properties", was[-1])
            _read_fields(typed, was[-1], child, thing_at(seen, child), ROW_FIELDS, f"row{index}.", _split(sent, index))
            _read_name(typed, was[-1], child, sent.get(f"row{index}.name"))
    _read_new(typed, place, _split(sent, NEW_ROW))
    if can_rename(place):
        _read_name(typed, "", place, sent.get("own.name"))
    return typed


def _split(sent: Mapping[str, list[str]], row: int | str) -> Mapping[str, list[str]]:
    """A row names its kinds in one word: `string,null`."""
    name = f"row{row}.type"
    return {**sent, name: sent[name][-1].split(",")} if name in sent else sent


def _read_fields(
    typed: Typed,
    child: str,
    place: Path,
    thing: Value,
    fields: tuple[Field, ...],
    prefix: str,
    sent: Mapping[str, list[str]],
) -> None:
    known = thing if isinstance(thing, OBJECTS) else {}
    values: dict[str, Any] = {}
    for one in fields:
        texts = sent.get(f"{prefix}{one.name}")
        if texts is None or as_sent(one, texts) == as_sent(one, shown(one, known.get(one.name, ABSENT))):
            continue
        typed.texts[child, one.name] = as_sent(one, texts)
        try:
            values[one.name] = read(one, texts)
        except ValueError as problem:
            typed.wrong[child, one.name] = Refusal(str(problem), place=one.name, hint="correct it, and save again")
    if values:
        typed.edits.append((child, Change(place, values, {name: known.get(name) for name in values})))


def _read_name(typed: Typed, child: str, place: Path, texts: list[str] | None) -> None:
    if texts is not None and (name := texts[-1].strip()) != place[-1].strip():
        typed.texts[child, "name"] = [texts[-1]]
        typed.edits.append((child, Rename(place, name)))


def _read_new(typed: Typed, place: Path, sent: Mapping[str, list[str]]) -> None:
    name = sent.get(f"row{NEW_ROW}.name", [""])[-1].strip()
    typed_on = Typed()
    _read_fields(typed_on, NEW, (), {}, ROW_FIELDS, f"row{NEW_ROW}.", sent)
    typed.texts |= typed_on.texts
    fields = {
        key: value for _, edit in typed_on.edits if isinstance(edit, Change) for key, value in edit.fields.items()
    }
    if name:
        typed.texts[NEW, "name"] = [name]
        typed.edits.append((NEW, Create((*place, "properties", name), fields)))
    elif fields:
        typed.wrong[NEW, "name"] = Refusal("the new property has no name", place="name", hint="type one")


def _try(hub: Hub, draft: Draft, typed: Typed) -> None:
    """Do the edits one after the other, to hear of all that is wrong with them at once. Nothing is saved."""
    body, base = plan_of(hub, draft), base_of(hub, draft)
    for child, edit in typed.edits:
        try:
            body = edited(body, edit, base)
        except Collided as collided:
            typed.collisions += collided.collisions
        except Problems as problems:
            typed.wrong |= {(child, one.place): one for one in problems.problems}
        except Refusal as refusal:
            typed.problem = refusal


def _next(number: int, typed: Typed, place: Path, act: str, revision: int) -> str:
    """Where a saved form leads: to the property that was asked for, or back to itself, under the names of now."""
    names = {child: edit.to for child, edit in typed.edits if isinstance(edit, Rename)}
    here = (*place[:-1], names.get("", place[-1]))
    if act == "items":
        return thing_address(number, (*here, "items"))
    if act.startswith("open:"):
        child = act.removeprefix("open:")
        return thing_address(number, (*here, "properties", names.get(child, child)))
    return thing_address(number, here, saved=str(revision))


# The page ----------------------------------------------------------------------------------------------------------


def thing_address(number: int, place: Path, **query: str) -> str:
    """Where a thing of a draft is edited."""
    if len(place) == 2 and place[0] == "events":
        return to(f"/drafts/{number}/event", name=place[1], **query)
    return to(f"/drafts/{number}/thing", at=json.dumps(place, ensure_ascii=False), **query)


def can_rename(place: Path) -> bool:
    """Whether a thing at this place can have another name."""
    return scope_of(place) is not None or (place_of(place) == "thing" and (len(place) > 2 or _is_shared(place)))


def _is_shared(place: Path) -> bool:
    return place[0] == "shared_properties"


def thing_page(
    request: Request,
    hub: Hub,
    session: Session,
    draft: Draft,
    place: Path,
    typed: Typed | None = None,
    *,
    saved: int = 0,
    status: int = 200,
) -> Response:
    """The form of a thing, with what was typed into it where it could not be saved. Raises Refusal."""
    typed = typed or Typed()
    plan = plan_of(hub, draft)
    thing = thing_at(plan, place)
    if thing is ABSENT and not typed.texts:
        hint = "it was renamed or removed: look for it in the draft"
        raise Refusal(f"the draft has no {label(place)!r}", place=f"draft {draft.id}", hint=hint)
    children = _children(thing)
    values = {
        "draft": draft,
        "place": place,
        "at": json.dumps(place, ensure_ascii=False),
        "gone": thing is ABSENT,
        "label": label,
        "trail": [(label((*one[:1], one[-1])), thing_address(draft.id, one)) for one in _above(place)],
        "groups": [(part, _is_open(part.fields, thing, typed)) for part in parts_of(place)],
        "shown": lambda one: typed.shown("", one, _data(thing)),
        "rows": [
            _row(index, name, one, typed, plan) for index, (name, one) in enumerate(list(children.items())[:ROWS])
        ],
        "further": [(name, thing_address(draft.id, (*place, "properties", name))) for name in list(children)[ROWS:]],
        "lost": [
            (*key, texts) for key, texts in typed.texts.items() if key[0] not in {"", NEW, *list(children)[:ROWS]}
        ],
        "new": _row(NEW_ROW, NEW, {}, typed, plan),
        "typed": typed,
        "name": typed.texts.get(("", "name"), [place[-1]])[0],
        "can_rename": can_rename(place),
        "has_properties": _has_properties(place, thing),
        "has_items": "array" in _data(thing).get("type", ()) or "items" in _data(thing),
        "has_tombstone": scope_of(place) is not None and place[0] != "groups",
        "was": thing_at(base_of(hub, draft), place),
        "findings": _findings(plan, place) if thing is not ABSENT else [],
        "saved": saved,
        "editable": draft.state == "open" and may(session, "editor"),
        "kinds": KINDS,
    }
    return page(request, "draft_thing.html", session, status, **values)


def _place(at: str) -> Path:
    """The place that an address or form names. Raises Refusal."""
    try:
        found = json.loads(at[:LONGEST_PLACE])
    except (ValueError, RecursionError):
        found = None
    place = tuple(found) if isinstance(found, list) and all(map(_is_text, found)) else ()
    if len(place) < 2 or place[0] not in SECTIONS or place_of(place) not in ("thing", "shape"):
        raise Refusal("that is no place in a plan", place="at", hint="go there from the draft's page")
    return place


def _is_text(given: object) -> bool:
    """Whether this is a text that a page can show: JSON can spell halves of characters."""
    return isinstance(given, str) and not any("\ud800" <= char <= "\udfff" for char in given)


def _findings(plan: TrackingPlan, place: Path) -> list[Finding]:
    """What the plan's rules say of a thing by itself; what they say of it beside others stands on the draft's page."""
    alone: dict[str, Any] = {name: {} for name in ("events", "user_properties", "groups")}
    things = {place[0]: {place[1]: getattr(plan, place[0])[place[1]]}} if place[0] in alone else {}
    found = check(plan.model_copy(update={**alone, **things, "moved": (), "removed": ()}))
    return [one for one in found if one.path[: len(place)] == place]


def _data(thing: Value) -> Mapping[str, Any]:
    return thing if isinstance(thing, OBJECTS) else {}


def _children(thing: Value) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _data(thing).get("properties", {})
    return found


def _above(place: Path) -> list[Path]:
    """The things that this one is inside of, outermost first."""
    ends = [end for end in range(2, len(place)) if place_of(place[:end]) in ("thing", "shape")]
    return [place[:end] for end in ends]


def _is_open(fields: tuple[Field, ...], thing: Value, typed: Typed) -> bool:
    """Whether something is said in these fields, or was typed."""
    return any(one.name in _data(thing) or ("", one.name) in {*typed.texts, *typed.wrong} for one in fields)


def _has_properties(place: Path, thing: Value) -> bool:
    """Whether properties can be added: to events and groups, and to whatever may be an object."""
    if place[0] in ("sources", "categories"):
        return False
    kinds = _data(thing).get("type", ())
    return "type" not in model_at(place).model_fields or "object" in kinds or bool(_children(thing))


def _row(index: int | str, name: str, prop: Mapping[str, Any], typed: Typed, plan: TrackingPlan) -> dict[str, Any]:
    """One property among others: its texts by field, as they are or as somebody typed them."""
    texts = {one.name: typed.shown(name, one, prop) for one in ROW_FIELDS}
    kinds = ",".join(one for one in KINDS if one in texts["type"])
    shared = plan.shared_properties.get(prop.get("shared", ""))
    return {
        "index": index,
        "was": name,
        "name": typed.texts.get((name, "name"), [name if name != NEW else ""])[0],
        "texts": texts,
        "kinds": kinds,
        "choices": _kind_choices(kinds, "as shared" if shared is not None else "any"),
        "wrong": {key: one for (child, key), one in typed.wrong.items() if child == name},
        "inside": len(prop.get("properties", {})) + len(_children(prop.get("items"))),
        "shared": prop.get("shared"),
        "library": shared.description if shared is not None else "",
    }


def _kind_choices(now: str, none: str) -> list[tuple[str, str]]:
    """Types that a row offers; where the value may be null, it stays so."""
    null = ",null" if "null" in now.split(",") else ""
    kinds = [f"{kind}{null}" for kind in KINDS if kind != "null"]
    extra = [now] if now and now not in kinds else []
    return [("", none), *((one, one.replace(",", " or ")) for one in [*kinds, *extra])]
