"""What a plan must be by itself, before any tool is asked: a table of rules, one small function each.

An error is a plan that contradicts itself and cannot be published as it is meant; a warning is something that a
tool or a reader will stumble over; an info is worth a thought.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.canonical import rules_names, rules_shapes
from mappings.canonical.kinds import Property
from mappings.canonical.plan import Moved, Removed, TrackingPlan
from mappings.canonical.rules_ground import Ground, Rule, broken, groups_of_properties
from mappings.contract import Finding, Path

Renames = dict[str, tuple[str, Path]]
"""What each name became, and where the plan says so."""


def check(plan: TrackingPlan) -> tuple[Finding, ...]:
    """Every rule that this plan breaks, in the order of the table. Pure; never raises for what a plan may hold."""
    ground = Ground(plan)
    return tuple(finding for rule in RULES for finding in rule(ground))


# Shared properties -------------------------------------------------------------------------------------------------


def check_shared_are_known(ground: Ground) -> Iterator[Finding]:
    library = ground.plan.shared_properties
    for path, prop in ground.properties:
        if prop.shared is not None and prop.shared not in library:
            yield broken(
                "error",
                path,
                "unknown-shared",
                f"there is no shared property {prop.shared!r}",
                f"Add it to shared_properties{_nearest(prop.shared, library)}.",
            )


def _nearest(name: str, library: dict[str, Property]) -> str:
    alike = [one for one in library if one.casefold() == name.strip().casefold()]
    return f", or write {alike[0]!r}" if alike else ""


def check_shared_stand_alone(ground: Ground) -> Iterator[Finding]:
    """An entry of the library cannot be a reference itself, nor contain itself: it could not be written out."""
    library = ground.plan.shared_properties
    uses: dict[str, set[str]] = {}
    for path, prop in ground.properties:
        if path[0] == "shared_properties" and prop.shared is not None:
            uses.setdefault(path[1], set()).add(prop.shared)
            if len(path) == 2:
                hint = "Write its fields here."
                yield broken("error", path, "shared-chain", "a shared property cannot refer to another one", hint)
    for name in library:
        if name in _reachable(name, uses):
            message = "this shared property contains itself"
            yield broken("error", ("shared_properties", name), "shared-loop", message, "Break the circle.")


def _reachable(name: str, uses: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        fresh = uses.get(waiting.pop(), set()) - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached


def check_shared_once(ground: Ground) -> Iterator[Finding]:
    """Two properties of one object that stand for the same shared one are a duplicate once they are written out."""
    for path, properties in groups_of_properties(ground):
        first: dict[str, str] = {}
        for name, prop in properties.items():
            if prop.shared is not None and first.setdefault(prop.shared, name) != name:
                message = f"stands for the shared property {prop.shared!r}, as {first[prop.shared]!r} beside it does"
                yield broken("warning", (*path, name), "shared-twice", message, "Keep one of the two.")


# References --------------------------------------------------------------------------------------------------------


def check_sources_are_declared(ground: Ground) -> Iterator[Finding]:
    declared = ground.plan.sources
    for name, event in ground.plan.events.items() if declared else ():
        for source in event.sources:
            if source not in declared:
                path = ("events", name, "sources")
                message = f"{source!r} is none of the plan's sources"
                yield broken("warning", path, "unknown-source", message, "Add it to sources, or correct its name.")


def check_categories_are_declared(ground: Ground) -> Iterator[Finding]:
    declared = ground.plan.categories
    for name, event in ground.plan.events.items() if declared else ():
        if event.category is not None and event.category not in declared:
            path = ("events", name, "category")
            message = f"{event.category!r} is none of the plan's categories"
            yield broken("warning", path, "unknown-category", message, "Add it to categories, or correct its name.")


# Renames and tombstones --------------------------------------------------------------------------------------------


def check_moves(ground: Ground) -> Iterator[Finding]:
    """Each rename leads from a name that is gone to a name that is there, without circles or forks."""
    scopes: dict[Path, list[tuple[Path, str, str]]] = {}
    for index, move in enumerate(ground.plan.moved):
        scope = _scope(move)
        scopes.setdefault(scope, []).append((("moved", str(index)), move.from_name, move.to_name))
    for scope, moves in scopes.items():
        listed = _listed(ground.plan, scope)
        if listed is None:
            message = f"there is no {scope[0]} {scope[1]!r} whose property could be renamed"
            yield from (broken("error", path, "moved-nowhere", message, "Name it as it is now.") for path, *_ in moves)
        else:
            yield from _check_scope(moves, listed)


def _scope(move: Moved) -> Path:
    named = {"event": move.event, "group": move.group, "user": None}[move.scope]
    return (move.scope, named or "")


def _listed(plan: TrackingPlan, scope: Path) -> set[str] | None:
    """The names that exist in a scope of renames; None where the scope itself does not exist."""
    if scope == ("event", ""):
        return set(plan.events)
    if scope == ("user", ""):
        return set(plan.user_properties)
    owner = plan.events.get(scope[1]) if scope[0] == "event" else plan.groups.get(scope[1])
    return None if owner is None else set(owner.properties)


def _check_scope(moves: list[tuple[Path, str, str]], listed: set[str]) -> Iterator[Finding]:
    renames: Renames = {}
    targets: set[str] = set()
    for path, old, new in moves:
        if old in renames or new in targets:
            message = f"{old!r} → {new!r}: one of the names is in another rename of the same direction"
            yield broken("error", path, "moved-twice", message, "Keep one rename for each name.")
            continue
        renames[old] = (new, path)
        targets.add(new)
    for old, (new, path) in renames.items():
        if _is_loop(renames, old):
            message = f"the renames from {old!r} lead back to it"
            yield broken("error", path, "moved-loop", message, "Keep the last rename that happened.")
        elif old in listed:
            message = f"{old!r} is said to be renamed to {new!r} but is still listed"
            yield broken("error", path, "moved-still-listed", message, "Remove the old entry, or the rename.")
        elif new not in listed and new not in renames:
            message = f"{old!r} is said to be renamed to {new!r}, which is not listed"
            yield broken("error", path, "moved-unknown", message, "List it, or correct the new name.")


def _is_loop(renames: Renames, start: str) -> bool:
    seen = {start}
    name = start
    while name in renames:
        name = renames[name][0]
        if name in seen:
            return name == start
        seen.add(name)
    return False


def check_tombstones(ground: Ground) -> Iterator[Finding]:
    for index, removed in enumerate(ground.plan.removed):
        path = ("removed", str(index))
        if removed.event is None and removed.property is None:
            message = "a tombstone names an event, a property of an event, or a user property"
            yield broken("error", path, "removed-nothing", message, "Say what is removed.")
        elif _is_listed(ground.plan, removed):
            message = f"{removed.property or removed.event!r} is removed and still listed"
            yield broken("error", path, "removed-still-listed", message, "Drop the entry, or the tombstone.")


def _is_listed(plan: TrackingPlan, removed: Removed) -> bool:
    if removed.event is None:
        return removed.property in plan.user_properties
    event = plan.events.get(removed.event)
    return event is not None and (removed.property is None or removed.property in event.properties)


# What the plan asks of itself --------------------------------------------------------------------------------------


def check_descriptions(ground: Ground) -> Iterator[Finding]:
    if "description" in ground.plan.conventions.require:
        for name, event in ground.plan.events.items():
            if not event.description.strip():
                path = ("events", name, "description")
                yield broken("warning", path, "no-description", "the event has no description", "Say when it is sent.")


def check_owners(ground: Ground) -> Iterator[Finding]:
    if "owner" in ground.plan.conventions.require:
        for name, event in ground.plan.events.items():
            if not event.owners:
                path = ("events", name, "owners")
                yield broken("warning", path, "no-owner", "the event has no owner", "Name a person or a team.")


def check_property_descriptions(ground: Ground) -> Iterator[Finding]:
    """A description that a property has from the library counts."""
    if "property description" not in ground.plan.conventions.require:
        return
    for path, prop in ground.properties:
        shared = ground.plan.shared_properties.get(prop.shared or "")
        if not (prop.description or (shared.description if shared else "")).strip():
            where = (*path, "description")
            message = "the property has no description"
            yield broken("warning", where, "no-property-description", message, "Say what it holds.")


def check_required_and_deprecated(ground: Ground) -> Iterator[Finding]:
    for path, prop in ground.properties:
        if prop.required and prop.status == "deprecated":
            message = "the property is deprecated and still required"
            yield broken("info", (*path, "required"), "required-deprecated", message, "Make it optional first.")


def check_tool_names_are_unique(ground: Ground) -> Iterator[Finding]:
    """No two things of one kind may end up under one name in a tool."""
    library = ground.plan.shared_properties
    sections: list[tuple[Path, dict[str, dict[str, str]]]] = [
        (("events",), {name: event.names for name, event in ground.plan.events.items()}),
        (("groups",), {name: group.names for name, group in ground.plan.groups.items()}),
    ]
    for path, properties in groups_of_properties(ground):
        named = {name: _names_with_library(prop, library) for name, prop in properties.items()}
        if any(named.values()):
            sections.append((path, named))
    for path, named in sections:
        yield from _check_names_of_tools(path, named)


def _names_with_library(prop: Property, library: dict[str, Property]) -> dict[str, str]:
    shared = library.get(prop.shared) if prop.shared is not None else None
    return shared.names if shared is not None and "names" not in prop.model_fields_set else prop.names


def _check_names_of_tools(path: Path, named: dict[str, dict[str, str]]) -> Iterator[Finding]:
    for tool in sorted({tool for names in named.values() for tool in names}):
        first: dict[str, str] = {}
        for name, names in named.items():
            spelled = names.get(tool, name)
            if first.setdefault(spelled, name) != name:
                message = f"is called {spelled!r} in {tool}, as {first[spelled]!r} is"
                where = (*path, name, "names", tool) if tool in names else (*path, name)
                yield broken("error", where, "tool-name-twice", message, "Give each its own name there.")


RULES: tuple[Rule, ...] = (
    check_shared_are_known,
    check_shared_stand_alone,
    check_shared_once,
    check_sources_are_declared,
    check_categories_are_declared,
    check_moves,
    check_tombstones,
    check_descriptions,
    check_owners,
    check_property_descriptions,
    check_required_and_deprecated,
    check_tool_names_are_unique,
    *rules_names.RULES,
    *rules_shapes.RULES,
)
"""Every rule of a plan. Adding one is adding a function here."""
