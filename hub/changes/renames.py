"""What a plan remembers of names: renames and tombstones, and what an edit makes of them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mappings.canonical.identity import former_names
from mappings.canonical.plan import Moved, Removed, TrackingPlan
from mappings.contract import Path


@dataclass(frozen=True, slots=True)
class Scope:
    """The names among which a rename or a tombstone is: events, one event's properties, user properties, a group's."""

    kind: str
    owner: str | None = None

    def holds(self, move: Moved) -> bool:
        """Whether this rename is among these names."""
        return move.scope == self.kind and (move.group if self.kind == "group" else move.event) == self.owner

    def move(self, old: str, new: str) -> Moved:
        named = {"event": {"event": self.owner}, "group": {"group": self.owner}}.get(self.kind, {})
        return Moved.model_validate({"from": old, "to": new, "scope": self.kind, **named})

    def grave(self, name: str, reason: str, date: str) -> Removed:
        """The tombstone of a name of an event, of one event's property, or of a user property."""
        if self.kind == "event" and self.owner is None:
            return Removed(event=name, reason=reason, date=date)
        return Removed(event=self.owner, property=name, reason=reason, date=date)


def scope_of(place: Path) -> Scope | None:
    """Where renames of the thing at this place are kept; None where a plan keeps none: inside of properties, in the
    library, among sources, categories and groups."""
    match place:
        case ("events", _):
            return Scope("event")
        case ("events", event, "properties", _):
            return Scope("event", event)
        case ("user_properties", _):
            return Scope("user")
        case ("groups", group, "properties", _):
            return Scope("group", group)
    return None


def chain(plan: TrackingPlan, scope: Scope, name: str) -> tuple[str, ...]:
    """This name and what the thing was called before, newest first."""
    renames = {move.to_name: move.from_name for move in plan.moved if scope.holds(move)}
    names = [name]
    while (earlier := renames.get(names[-1])) is not None and earlier not in names:
        names.append(earlier)
    return tuple(names)


def renamed_moves(plan: TrackingPlan, place: Path, new: str, base: TrackingPlan | None) -> TrackingPlan:
    """The plan whose renames and tombstones know a thing under its new name; the thing itself is left alone."""
    scope = scope_of(place)
    if scope is None:
        return plan
    changed = turned(plan, scope, place[-1], new, known_names(plan, scope, base))
    return _with_owner(changed, place[-1], new) if scope == Scope("event") else changed


def turned(
    plan: TrackingPlan, scope: Scope, old: str, new: str, is_known: Callable[[str], bool] = lambda name: True
) -> TrackingPlan:
    """The plan with one more rename among these names.

    Names that only the draft had are passed over, and going back to an earlier name turns its rename around.
    """
    names = chain(plan, scope, old)
    back = names.index(new) if new in names else None
    left = names if back is None else names[:back]
    last = next((one for one in left if is_known(one)), None)
    between = set(left[: left.index(last)] if last else left)
    gone = between if back is None else set(left)
    moves = [move for move in plan.moved if not (scope.holds(move) and move.to_name in gone)]
    if back is not None and last is not None:
        moves = [_leading_to(last, move) if scope.holds(move) and move.to_name == new else move for move in moves]
    moves += [scope.move(last, new)] if last is not None else []
    return plan.model_copy(update={"moved": tuple(moves)})


def _leading_to(name: str, move: Moved) -> Moved:
    return move.model_copy(update={"to_name": name})


def _with_owner(plan: TrackingPlan, old: str, new: str) -> TrackingPlan:
    """Renames and tombstones of an event's properties say the event's name of today."""
    moves = (one.model_copy(update={"event": new}) if one.event == old else one for one in plan.moved)
    graves = (
        one.model_copy(update={"event": new}) if one.event == old and one.property is not None else one
        for one in plan.removed
    )
    return plan.model_copy(update={"moved": tuple(moves), "removed": tuple(graves)})


def known_names(plan: TrackingPlan, scope: Scope, base: TrackingPlan | None) -> Callable[[str], bool]:
    """Whether a name was there before this draft: listed in its base, or in one of the base's renames."""
    if base is None:
        return lambda name: True
    before = scope
    listed: set[str] = set(base.events)
    if scope.kind == "event" and scope.owner is not None:
        owners = (scope.owner, *former_names(plan, scope.owner))
        owner = next((one for one in owners if one in base.events), None)
        before, listed = Scope("event", owner), set(base.events[owner].properties) if owner else set()
    elif scope.kind == "user":
        listed = set(base.user_properties)
    elif scope.kind == "group":
        listed = set(base.groups[scope.owner].properties) if scope.owner in base.groups else set()
    moved = {name for move in base.moved if before.holds(move) for name in (move.from_name, move.to_name)}
    return (listed | moved).__contains__


def tombstones(
    plan: TrackingPlan, place: Path, reason: str, date: str, base: TrackingPlan | None
) -> tuple[Removed, ...]:
    """What is to say that this thing is gone, under each name that a tool may know it by."""
    scope = scope_of(place)
    if scope is None or scope.kind == "group":
        return ()
    is_known = known_names(plan, scope, base)
    names = [one for one in chain(plan, scope, place[-1]) if is_known(one)]
    return tuple(scope.grave(one, reason or "?", date) for one in names)


def without_tombstone(plan: TrackingPlan, place: Path) -> TrackingPlan:
    """The plan that does not say any more that the thing at this place is gone."""
    scope = scope_of(place)
    if scope is None or scope.kind == "group":
        return plan
    one = scope.grave(place[-1], "", "2026-01-01")
    kept = tuple(grave for grave in plan.removed if (grave.event, grave.property) != (one.event, one.property))
    return plan if kept == plan.removed else plan.model_copy(update={"removed": kept})


def forget_event(plan: TrackingPlan, *names: str) -> TrackingPlan:
    """The plan without the renames and tombstones that are about an event of these names, or its properties."""
    moved = tuple(one for one in plan.moved if one.scope != "event" or not _is_about(one, names))
    removed = tuple(one for one in plan.removed if one.event not in names)
    return plan.model_copy(update={"moved": moved, "removed": removed})


def _is_about(move: Moved, names: tuple[str, ...]) -> bool:
    return move.event in names or (move.event is None and (move.from_name in names or move.to_name in names))
