"""A draft and a plan that moved since it was opened, joined by identity: a rename is no deletion, and what each side
changed alone stays. Pure; `hub.changes.merge` is the law of fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from hub.changes.editing import Collision
from hub.changes.merge import Change, merge, put
from hub.changes.renames import Scope, chain, turned
from hub.errors import Refusal
from mappings.canonical.identity import former_names, former_property_names, former_user_property_names
from mappings.canonical.kinds import JSON, OBJECTS
from mappings.canonical.plan import Moved, Removed, TrackingPlan
from mappings.contract import Path

NAME = "name"
"""The field under which a renamed thing keeps its name while it stands under the one it had in the base."""
NEW = "\0new "
"""Before the name of a thing that is new and has the name of another one of the base."""
RECORDS = ("moved", "removed")


@dataclass(frozen=True, slots=True)
class Joined:
    """`plan` is both together; at a collision it says what the plan says. Paths have the names of the base."""

    plan: TrackingPlan
    collisions: tuple[Collision, ...]


def join(base: TrackingPlan, plan: TrackingPlan, draft: TrackingPlan, mine: frozenset[Path] = frozenset()) -> Joined:
    """What the plan becomes with the draft put into it. At the colliding fields of `mine` the draft's word holds.

    Raises Refusal where two things would have one name.
    """
    still = _untouched(base, plan, draft)
    known = _without(base, still)
    before, ours, theirs = (_by_identity(_without(one, still), known) for one in (base, plan, draft))
    records = {field: [one.pop(field, []) for one in (before, ours, theirs)] for field in RECORDS}
    merged, conflicts = merge(before, ours, theirs)
    for one in conflicts:
        merged = put(merged, one.path, one.theirs) if one.path in mine else merged
    told = [one for one in records["moved"][2] if one not in records["moved"][0] and one not in records["moved"][1]]
    merged |= {"moved": records["moved"][1], "removed": _joined_records(*records["removed"])}
    joined = _with_events(TrackingPlan.model_validate(_by_name(merged)), plan, still)
    joined = _with_clean_records(joined, plan, ours, merged, told)
    return Joined(joined, tuple(_collision(one) for one in conflicts if one.path not in mine))


def _untouched(*plans: TrackingPlan) -> frozenset[str]:
    """The events that all of them have just so: of a large plan nearly all."""
    base, *others = plans
    return frozenset(
        name for name, event in base.events.items() if all(one.events.get(name) == event for one in others)
    )


def _without(plan: TrackingPlan, names: frozenset[str]) -> TrackingPlan:
    return plan.model_copy(update={"events": {name: one for name, one in plan.events.items() if name not in names}})


def _with_events(joined: TrackingPlan, plan: TrackingPlan, still: frozenset[str]) -> TrackingPlan:
    """With the untouched events too, each where the plan has it; a renamed one where it was, new ones at the end."""
    places = {name: place for place, name in enumerate(plan.events)}
    every = {name: plan.events[name] for name in still} | joined.events

    def place(name: str) -> int:
        names = (name, *former_names(joined, name)) if name not in places else (name,)
        return next((places[one] for one in names if one in places), len(places))

    return joined.model_copy(update={"events": {name: every[name] for name in sorted(every, key=place)}})


def _collision(one: Change) -> Collision:
    return Collision(one.path, *(_plain(side) for side in (one.base, one.ours, one.theirs)))


def _plain(value: JSON) -> JSON:
    return {key: one for key, one in value.items() if key != NAME} if isinstance(value, OBJECTS) else value


# Between names and identities ---------------------------------------------------------------------------------------


def _by_identity(plan: TrackingPlan, base: TrackingPlan) -> dict[str, JSON]:
    """The plain data with each event and property under the name that it has in the base."""
    data = plan.data()
    ids = {event.id: name for name, event in base.events.items() if event.id is not None}

    def formers(name: str) -> tuple[str, ...]:
        stated = ids.get(plan.events[name].id or "")
        return (stated,) if stated is not None else (name, *former_names(plan, name))

    keys = _keys(plan.events, base.events, formers)
    events = {}
    for name, event in data.get("events", {}).items():
        known = base.events.get(keys[name])
        events[keys[name]] = _named(name, keys[name], _with_keyed_properties(plan, name, event, known))
    users = data.get("user_properties", {})
    found = _keys(users, base.user_properties, lambda name: (name, *former_user_property_names(plan, name)))
    sections = {"events": events, "user_properties": {found[n]: _named(n, found[n], one) for n, one in users.items()}}
    records = {field: [_owned(one, keys) for one in data.get(field, [])] for field in RECORDS}
    return {**data, **sections, **records}


def _with_keyed_properties(plan: TrackingPlan, event: str, data: JSON, known: Any) -> JSON:
    if "properties" not in data:
        return data
    before = known.properties if known is not None else {}
    keys = _keys(data["properties"], before, lambda name: (name, *former_property_names(plan, event, name)))
    return {**data, "properties": {keys[n]: _named(n, keys[n], one) for n, one in data["properties"].items()}}


def _keys(
    names: Mapping[str, Any], base: Mapping[str, Any], formers: Callable[[str], tuple[str, ...]]
) -> dict[str, str]:
    """The identity of each name: the first of its names that the base lists, each taken once."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        key = next((one for one in formers(name) if one in base and one not in taken), None)
        found[name] = key if key is not None else f"{NEW}{name}" if name in base else name
        taken.add(found[name])
    return found


def _named(name: str, key: str, data: JSON) -> JSON:
    return data if name == key else {NAME: name, **data}


def _owned(record: Mapping[str, JSON], keys: Mapping[str, str]) -> JSON:
    """A record of a property, with the identity of the event whose property it is."""
    event: str | None = record.get("event")
    if event is None or not ("property" in record or "from" in record):
        return record
    return {**record, "event": keys.get(event, event)}


def _by_name(data: Mapping[str, JSON]) -> dict[str, JSON]:
    """The way back. Raises Refusal."""
    keyed = data.get("events", {})
    names = {key: _name_of(key, event) for key, event in keyed.items()}
    events = {name: _with_named_properties(event) for name, event in _unkeyed(keyed)}
    users = dict(_unkeyed(data.get("user_properties", {})))
    records = {field: [_owned(one, names) for one in data[field]] for field in RECORDS}
    return {**data, "events": events, "user_properties": users, **records}


def _with_named_properties(event: Mapping[str, JSON]) -> dict[str, JSON]:
    named = {"properties": dict(_unkeyed(event["properties"]))} if "properties" in event else {}
    return {**event, **named}


def _unkeyed(things: Mapping[str, JSON]) -> Iterator[tuple[str, JSON]]:
    seen: set[str] = set()
    for key, thing in things.items():
        name = _name_of(key, thing)
        if name in seen:
            hint = "rename yours in the draft"
            raise Refusal(f"the plan and the draft both have something called {name!r}", place=name, hint=hint)
        seen.add(name)
        yield name, _plain(thing)


# Renames and tombstones ---------------------------------------------------------------------------------------------


def _joined_records(before: list[JSON], ours: list[JSON], theirs: list[JSON]) -> list[JSON]:
    """Records are a set: what one side added is in, what one took away is out, in the order of the plan."""
    kept = [one for one in ours if one in theirs or one not in before]
    return [*kept, *(one for one in theirs if one not in ours and one not in before)]


def _with_clean_records(
    joined: TrackingPlan, plan: TrackingPlan, ours: JSON, merged: JSON, told: list[JSON]
) -> TrackingPlan:
    """Every name that the plan had leads to the one of today, no rename leads nowhere, what is there has no tombstone.

    `told` are the renames that the draft alone knows; those of things that both have follow from their names. Faults
    that the plan had before are left to its rules.
    """
    for here, old, new in _pairs(ours, merged):
        joined = turned(joined, here, old, new)
    names = {key: _name_of(key, event) for key, event in merged.get("events", {}).items()}
    for one in told:
        joined = _with_history(joined, Moved.model_validate(_owned(one, names)))
    joined = _without_dead_ends(joined, {one for one in plan.moved if _leads_nowhere(plan, one)})
    old_graves = {one for one in plan.removed if _is_listed(plan, one)}
    removed = tuple(one for one in joined.removed if one in old_graves or not _is_listed(joined, one))
    return joined.model_copy(update={"removed": removed})


def _without_dead_ends(plan: TrackingPlan, known: Set[Moved]) -> TrackingPlan:
    """Without renames that lead nowhere, beside the known ones; without one, the one before it may do so too."""
    moved = tuple(one for one in plan.moved if one in known or not _leads_nowhere(plan, one))
    return plan if moved == plan.moved else _without_dead_ends(plan.model_copy(update={"moved": moved}), known)


def _with_history(plan: TrackingPlan, move: Moved) -> TrackingPlan:
    """With a rename that happened before, where neither of its names is in another one of that direction."""
    scope = Scope(move.scope, move.group if move.scope == "group" else move.event)
    beside = [one for one in plan.moved if scope.holds(one)]
    taken = any(one.from_name == move.from_name or one.to_name == move.to_name for one in beside)
    if taken or move.to_name in chain(plan, scope, move.from_name) or move.from_name in _listed(plan, scope):
        return plan
    return plan.model_copy(update={"moved": (*plan.moved, move)})


def _pairs(ours: JSON, merged: JSON) -> Iterator[tuple[Scope, str, str]]:
    """Each thing that has another name than in the plan: the names among which it stands, and both of them."""
    yield from _names_in_both(Scope("event"), ours.get("events", {}), merged.get("events", {}))
    yield from _names_in_both(Scope("user"), *(one.get("user_properties", {}) for one in (ours, merged)))
    for key, event in merged.get("events", {}).items():
        mine = ours.get("events", {}).get(key, {})
        if mine is not event:
            here = Scope("event", _name_of(key, event))
            yield from _names_in_both(here, *(one.get("properties", {}) for one in (mine, event)))


def _names_in_both(here: Scope, ours: JSON, merged: JSON) -> Iterator[tuple[Scope, str, str]]:
    for key, thing in merged.items():
        if key in ours and (old := _name_of(key, ours[key])) != (new := _name_of(key, thing)):
            yield here, old, new


def _name_of(key: str, thing: Mapping[str, JSON]) -> str:
    name: str = thing.get(NAME, key.removeprefix(NEW))
    return name


def _leads_nowhere(plan: TrackingPlan, move: Moved) -> bool:
    if move.scope == "group":
        return False
    scope = Scope(move.scope, move.event)
    further = any(scope.holds(one) and one.from_name == move.to_name for one in plan.moved)
    return move.to_name not in _listed(plan, scope) and not further


def _listed(plan: TrackingPlan, scope: Scope) -> Mapping[str, Any]:
    """What stands under these names."""
    if scope.kind == "user":
        return plan.user_properties
    if scope.kind == "event" and scope.owner is None:
        return plan.events
    owner = plan.groups.get(scope.owner or "") if scope.kind == "group" else plan.events.get(scope.owner or "")
    return owner.properties if owner is not None else {}


def _is_listed(plan: TrackingPlan, grave: Removed) -> bool:
    if grave.event is None:
        return grave.property in plan.user_properties
    event = plan.events.get(grave.event)
    return event is not None and (grave.property is None or grave.property in event.properties)
