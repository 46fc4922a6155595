"""Edits of a plan as values: create, change, rename, deprecate, remove, and take back. Pure.

A *place* is the canonical path of a thing: ``("events", "Ferry Left")``, ``("events", "Ferry Left", "properties",
"deck")``, ``("user_properties", "plan")``; ``()`` is the plan itself. What an edit does not name stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from hub.changes.merge import ABSENT, SETS, Value, get, merged_set, place_of, put
from hub.changes.renames import Scope, chain, forget_event, renamed_moves, scope_of, tombstones, without_tombstone
from hub.errors import Moved, Problems, Refusal
from mappings.canonical.kinds import JSON, OBJECTS, Property, Shape
from mappings.canonical.plan import Category, Event, GroupType, Removed, Source, TrackingPlan
from mappings.canonical.text import same
from mappings.contract import Path

SECTIONS: Mapping[str, type[BaseModel]] = {
    "events": Event,
    "user_properties": Property,
    "shared_properties": Property,
    "groups": GroupType,
    "sources": Source,
    "categories": Category,
}
PLAN_FACTS = ("description", "conventions")
"""Fields of the plan itself that can be edited."""


@dataclass(frozen=True, slots=True)
class Create:
    """A new thing. A tombstone of that name is forgotten with it."""

    place: Path
    fields: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """Other values for some fields; None takes a field away. `seen` is what the person saw in those fields.

    A field that says what was seen, or what is wanted, is changed; anything else there is somebody else's work, and
    the edit is refused with both. Without `seen` it is overwritten.
    """

    place: Path
    fields: Mapping[str, JSON]
    seen: Mapping[str, JSON] | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """Another name for the same thing, with a line in `moved` where the plan keeps renames."""

    place: Path
    to: str


@dataclass(frozen=True, slots=True)
class Deprecate:
    """Still sent, but not to be used any more."""

    place: Path


@dataclass(frozen=True, slots=True)
class Restore:
    """In use again after it was deprecated."""

    place: Path


@dataclass(frozen=True, slots=True)
class Remove:
    """Off the list, with a tombstone where the plan keeps them. `date` is a day, ``2026-01-31``."""

    place: Path
    reason: str
    date: str


@dataclass(frozen=True, slots=True)
class Revert:
    """An event as the draft's base has it, with the renames and tombstones that are about it."""

    place: Path


Edit = Create | Change | Rename | Deprecate | Restore | Remove | Revert


@dataclass(frozen=True, slots=True)
class Collision:
    """One field on which two people differ: what was seen, what is there now, and what was wanted."""

    path: Path
    seen: Value
    now: Value
    wanted: Value


class Collided(Moved):
    """Somebody else changed the same field. `collisions` hold both texts, so that neither is lost."""

    def __init__(self, message: str, collisions: tuple[Collision, ...], *, place: str = "", hint: str = "") -> None:
        super().__init__(message, place=place, hint=hint)
        self.collisions = collisions


def edited(plan: TrackingPlan, edit: Edit, base: TrackingPlan | None = None) -> TrackingPlan:
    """The plan with the edit done. The plan itself is not changed.

    `base` is what a draft was opened on: a name that only the draft knew needs no rename and no tombstone. Raises
    Problems with a Refusal for each field that cannot be so (`place` is the field), Collided, or Refusal.
    """
    _refuse_no_place(edit)
    match edit:
        case Create():
            return _created(plan, edit)
        case Change():
            return _changed(plan, edit)
        case Rename():
            return _renamed(plan, edit, base)
        case Deprecate():
            return _changed(plan, Change(edit.place, {"status": "deprecated"}))
        case Restore():
            return _changed(plan, Change(edit.place, {"status": "active"}))
        case Remove():
            return _removed(plan, edit, base)
        case Revert():
            return _reverted(plan, edit, base or plan)


def said(edit: Edit) -> str:
    """The edit as a line for people."""
    where = label(edit.place)
    match edit:
        case Change():
            return f"{where}: {', '.join(name.replace('_', ' ') for name in edit.fields)}"
        case Rename():
            return f"{where}: renamed to {edit.to}"
        case Remove():
            return f"{where}: removed{f', {edit.reason}' if edit.reason else ''}"
    return f"{where}: {_DONE[type(edit)]}"


_DONE: Mapping[type, str] = {
    Create: "new",
    Deprecate: "deprecated",
    Restore: "in use again",
    Revert: "as it was before",
}
_SPOKEN = {
    "user_properties": "user property ",
    "shared_properties": "shared property ",
    "groups": "group ",
    "sources": "source ",
    "categories": "category ",
}


def label(place: Path) -> str:
    """A place as people call it: `Ferry Left › deck`."""
    if len(place) < 2 or place[0] not in SECTIONS:
        return " › ".join(place) or "the plan"
    rest = [
        key for index, key in enumerate(place[2:]) if key != "properties" or place_of(place[: index + 3]) != "things"
    ]
    return _SPOKEN.get(place[0], "") + " › ".join((place[1], *rest))


# What is at a place ------------------------------------------------------------------------------------------------


def model_at(place: Path) -> type[BaseModel]:
    """What a thing at this place is made of."""
    if not place:
        return TrackingPlan
    if len(place) == 2:
        return SECTIONS[place[0]]
    return Shape if place[-1] == "items" and place_of(place) == "shape" else Property


def thing_at(plan: TrackingPlan, place: Path) -> Value:
    """The plain data of the thing, only what differs from the defaults; ABSENT where there is none."""
    if not place:
        return {name: value for name, value in plan.data().items() if name in PLAN_FACTS}
    root = getattr(plan, place[0]).get(place[1])
    return ABSENT if root is None else get(_data(root), place[2:])


def names_beside(plan: TrackingPlan, place: Path) -> Mapping[str, Any]:
    """The things of the table that this place stands in, by name."""
    if len(place) == 2:
        things: Mapping[str, Any] = getattr(plan, place[0])
        return things
    parent = thing_at(plan, place[:-2])
    return parent.get("properties", {}) if isinstance(parent, OBJECTS) else {}


def _data(thing: BaseModel) -> dict[str, JSON]:
    return thing.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _refuse_no_place(edit: Edit) -> None:
    place = edit.place
    if not place and isinstance(edit, Change):
        return
    found = place_of(place) if len(place) > 1 and place[0] in SECTIONS else "field"
    if found not in ("thing", "shape") or (found == "shape" and isinstance(edit, Rename | Revert)):
        raise Refusal("there is nothing of that sort to edit", place=label(place), hint="name an event or a property")
    if "" in place:
        raise _fault("name", "it has no name", "type one")


def _fault(name: str, message: str, hint: str) -> Problems:
    return Problems(f"{name}: {message}", [Refusal(message, place=name, hint=hint)], hint=hint)


def _existing(plan: TrackingPlan, place: Path) -> Mapping[str, JSON]:
    found = thing_at(plan, place)
    if found is ABSENT:
        raise Moved("it is not there any more", place=label(place), hint="it was renamed or removed: look for it")
    return found  # type: ignore[no-any-return]


def _with(plan: TrackingPlan, place: Path, data: Value) -> TrackingPlan:
    """The plan with other data at a place; ABSENT takes the thing off. Raises Problems."""
    section, name = place[:2]
    things = dict(getattr(plan, section))
    whole = put(_data(things[name]) if name in things else {}, place[2:], data)
    if whole is ABSENT:
        del things[name]
    else:
        things[name] = _validated(SECTIONS[section], whole)
    return plan.model_copy(update={section: things})


def _validated(model: type[BaseModel], data: JSON) -> BaseModel:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        faults = [Refusal(one["msg"], place=_field_of(one["loc"])) for one in found]
        raise Problems("the plan cannot hold this", faults, hint="correct what is named") from None


def _field_of(loc: tuple[int | str, ...]) -> str:
    return next((str(key) for key in loc if isinstance(key, str)), "")


# The edits ---------------------------------------------------------------------------------------------------------


def _created(plan: TrackingPlan, edit: Create) -> TrackingPlan:
    place = edit.place
    _refuse_taken(plan, place)
    if len(place) > 2:
        _existing(plan, place[:-1] if place_of(place) == "shape" else place[:-2])
    fields = {name: value for name, value in _canonical(plan, place, edit.fields).items() if value is not None}
    return without_tombstone(_with(plan, place, fields), place)


def _refuse_taken(plan: TrackingPlan, place: Path) -> None:
    """Refuse a name that something has, or that something else had before: the plan could not tell the two apart."""
    name, scope = place[-1], scope_of(place)
    if thing_at(plan, place) is not ABSENT:
        raise _fault("name", f"there is {name!r} already", "choose another name, or edit that one")
    later = [move.to_name for move in plan.moved if scope is not None and scope.holds(move) and move.from_name == name]
    if later:
        raise _fault("name", f"{later[0]!r} was called {name!r} before", "choose another name")


def _changed(plan: TrackingPlan, edit: Change) -> TrackingPlan:
    now = _existing(plan, edit.place)
    seen = None if edit.seen is None else _tolerated(plan, edit.place, edit.seen)
    wanted = _settled(edit.place, _canonical(plan, edit.place, edit.fields), seen, now)
    data = {name: value for name, value in {**now, **wanted}.items() if value is not None}
    if not edit.place:
        facts = {name: getattr(_validated(TrackingPlan, {"name": plan.name, **data}), name) for name in PLAN_FACTS}
        return plan.model_copy(update=facts)
    return _with(plan, edit.place, data)


def _canonical(plan: TrackingPlan, place: Path, fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """The fields as the plan would say them; None for a default. Raises Problems with all that cannot be."""
    model = model_at(place)
    faults: list[Refusal] = []
    found: dict[str, JSON] = {}
    for name, value in fields.items():
        try:
            found[name] = _spelled(plan, model, name, value)
        except Problems as problems:
            last = problems.problems[-1]  # of a union, the widest kind: it says "number" rather than "integer"
            faults.append(Refusal(last.message, place=name, hint=last.hint))
    if faults:
        raise Problems(f"{label(place)} cannot be so", faults, hint="correct what is named")
    return found


def _spelled(plan: TrackingPlan, model: type[BaseModel], name: str, value: JSON) -> JSON:
    if value is None:
        return None
    if model is TrackingPlan and name not in PLAN_FACTS:
        raise _fault(name, "this cannot be edited here", f"edit {' or '.join(PLAN_FACTS)}")
    if name == "shared" and value not in plan.shared_properties:
        raise _fault(name, f"there is no shared property {value!r}", "name one of the library, or none")
    needed = {"name": plan.name} if model is TrackingPlan else {}
    return _data(_validated(model, {**needed, name: value})).get(name)


def _tolerated(plan: TrackingPlan, place: Path, seen: Mapping[str, JSON]) -> dict[str, JSON]:
    """What somebody saw, as the plan would say it; as they say it where the plan could not."""
    found = dict(seen)
    for name, value in seen.items():
        with suppress(Problems):
            found[name] = _spelled(plan, model_at(place), name, value)
    return found


def _settled(
    place: Path, wanted: Mapping[str, JSON], seen: Mapping[str, JSON] | None, now: Mapping[str, JSON]
) -> dict[str, JSON]:
    """What the fields are to say. Raises Collided with all fields that somebody else changed too."""
    if seen is None:
        return dict(wanted)
    found: dict[str, JSON] = {}
    collisions = []
    for name, value in wanted.items():
        before, here = seen.get(name), now.get(name)
        if same(value, before) or same(here, value):  # the person left it alone; or both want the same
            continue
        if same(here, before):
            found[name] = value
        elif name in SETS and (joined := _joined(name, before, here, value)) is not None:
            found[name] = joined
        else:
            collisions.append(Collision((*place, name), *map(_or_absent, (before, here, value))))
    if collisions:
        fields = ", ".join(one.path[-1].replace("_", " ") for one in collisions)
        hint = "both texts are kept: make one of them, and save again"
        raise Collided(f"somebody else changed {fields} meanwhile", tuple(collisions), place=label(place), hint=hint)
    return found


def _joined(name: str, *sides: JSON) -> list[JSON] | None:
    """Two people added and removed words of one set."""
    return merged_set((name,), *(_or_absent(side) for side in sides))


def _or_absent(value: JSON) -> Value:
    return ABSENT if value is None else value


def _renamed(plan: TrackingPlan, edit: Rename, base: TrackingPlan | None) -> TrackingPlan:
    place, old = edit.place, edit.place[-1]
    _existing(plan, place)
    if edit.to == old:
        return plan
    if place[0] in ("groups", "sources", "categories") and len(place) == 2:
        raise _fault("name", "this cannot be renamed on the page", "make a new one, and remove this one")
    if not edit.to:
        raise _fault("name", "it has no name", "type one")
    scope, there = scope_of(place), (*place[:-1], edit.to)
    if scope is None or edit.to not in chain(plan, scope, old):
        _refuse_taken(plan, there)
        if without_tombstone(plan, there) is not plan:
            raise _fault("name", f"{edit.to!r} was removed", "choose another name, or make it anew")
    if place[0] == "shared_properties" and len(place) == 2:
        plan = _with_references(plan, old, edit.to)
    moved = renamed_moves(plan, place, edit.to, base)
    return moved.model_copy(update=_under(plan, place, edit.to))


def _under(plan: TrackingPlan, place: Path, new: str) -> dict[str, Any]:
    """The section of the plan in which a thing has another name, at the place it had."""
    section, old = place[0], place[-1]
    things = getattr(plan, section)
    if len(place) == 2:
        return {section: {new if name == old else name: thing for name, thing in things.items()}}
    table = get(_data(things[place[1]]), place[2:-1])
    renamed = {new if name == old else name: prop for name, prop in table.items()}
    return {section: getattr(_with(plan, place[:-1], renamed), section)}


def _removed(plan: TrackingPlan, edit: Remove, base: TrackingPlan | None) -> TrackingPlan:
    place = edit.place
    _existing(plan, place)
    if place[0] == "shared_properties" and len(place) == 2 and (user := next(_users(plan, place[1]), None)):
        raise Refusal(f"{label(user)} uses it", place=label(place), hint="let it stand alone there first")
    _validated(Removed, {"reason": edit.reason, "date": edit.date})
    graves = tombstones(plan, place, edit.reason.strip(), edit.date, base)
    if graves and not edit.reason.strip():
        raise _fault("reason", "a removal needs a reason", "say why it is not sent any more")
    kept = forget_event(plan, place[1]) if place[0] == "events" and len(place) == 2 else plan
    scope = scope_of(place)
    names = {place[-1]} | {one.property or one.event for one in graves}
    moved = tuple(one for one in kept.moved if scope is None or not scope.holds(one) or one.to_name not in names)
    return _with(kept, place, ABSENT).model_copy(update={"moved": moved, "removed": (*kept.removed, *graves)})


def _reverted(plan: TrackingPlan, edit: Revert, base: TrackingPlan) -> TrackingPlan:
    asked, scope = edit.place[1], Scope("event")
    name = asked if asked in plan.events else next((e for e in plan.events if asked in chain(plan, scope, e)), asked)
    names = chain(plan, scope, name)
    origin = next((one for one in names if one in base.events), None)
    if origin is None and name not in plan.events:
        raise Refusal("neither the plan nor the draft has it", place=name, hint="look for it in the draft")
    if origin is not None and origin != name and origin in plan.events:
        raise Refusal(f"there is another event {origin!r} by now", place=name, hint="rename that one first")
    old, back = (forget_event(one, *names) for one in (plan, base))
    events = {origin if one == name and origin else one: event for one, event in plan.events.items()}
    events = {**events, origin: base.events[origin]} if origin else {k: v for k, v in events.items() if k != name}
    about = {field: _difference(getattr(base, field), getattr(back, field)) for field in ("moved", "removed")}
    update = {field: (*getattr(old, field), *about[field]) for field in about}
    return plan.model_copy(update={"events": events, **update})


def _difference(whole: tuple[Any, ...], part: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(one for one in whole if one not in part)


# References to the library ------------------------------------------------------------------------------------------


def _users(plan: TrackingPlan, shared: str) -> Iterator[Path]:
    """Where a shared property is referred to."""
    for section in ("events", "user_properties", "groups", "shared_properties"):
        for name, thing in getattr(plan, section).items():
            yield from _referring(thing, (section, name), shared)


def _referring(thing: Any, place: Path, shared: str) -> Iterator[Path]:
    if getattr(thing, "shared", None) == shared:
        yield place
    for name, prop in thing.properties.items():
        yield from _referring(prop, (*place, "properties", name), shared)
    if getattr(thing, "items", None) is not None:
        yield from _referring(thing.items, (*place, "items"), shared)


def _with_references(plan: TrackingPlan, old: str, new: str) -> TrackingPlan:
    """The plan in which everything that referred to a shared property refers to its new name."""
    for place in list(_users(plan, old)):
        plan = _with(plan, place, {**_existing(plan, place), "shared": new})
    return plan
