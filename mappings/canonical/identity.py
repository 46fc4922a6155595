"""Who is who: stable keys across renames, the library of shared properties, and each tool's own spellings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from mappings.canonical.kinds import JSON, Property, Shape
from mappings.canonical.plan import Event, GroupType, Moved, TrackingPlan

HUB_OWN = frozenset({"id", "names", "shared", "extensions"})
"""Fields that steer the hub and are no content of any tool."""

Spelled = TypeVar("Spelled", Event, Property, GroupType)


class UnknownSharedProperty(ValueError):
    """A property names an entry that the plan's library does not have. `path` says where, `shared` what."""

    def __init__(self, path: tuple[str, ...], shared: str) -> None:
        super().__init__(f"{'.'.join(path)}: the plan has no shared property {shared!r}")
        self.path = path
        self.shared = shared


def former_names(plan: TrackingPlan, event: str) -> tuple[str, ...]:
    """What this event was called before, newest first. A chain that loops ends where it would repeat."""
    renames = {move.to_name: move.from_name for move in plan.moved if move.scope == "event" and move.event is None}
    return _chain(renames, event)


def former_property_names(plan: TrackingPlan, event: str, name: str) -> tuple[str, ...]:
    """What this property of this event was called before, newest first."""
    return _chain(_property_renames(plan.moved, event), name)


def former_user_property_names(plan: TrackingPlan, name: str) -> tuple[str, ...]:
    """What this user property was called before, newest first."""
    return _chain({move.to_name: move.from_name for move in plan.moved if move.scope == "user"}, name)


def event_key(plan: TrackingPlan, event: str) -> str:
    """The identity of an event that survives renames: its `id`, else the oldest name it had."""
    stated = plan.events[event].id if event in plan.events else None
    return stated or (former_names(plan, event) or (event,))[-1]


def _property_renames(moved: tuple[Moved, ...], event: str) -> dict[str, str]:
    return {move.to_name: move.from_name for move in moved if move.scope == "event" and move.event == event}


def _chain(renames: Mapping[str, str], name: str) -> tuple[str, ...]:
    seen = [name]
    while (earlier := renames.get(seen[-1])) is not None and earlier not in seen:
        seen.append(earlier)
    return tuple(seen[1:])


def expand(plan: TrackingPlan) -> TrackingPlan:
    """The plan with every reference to a shared property replaced by what it stands for.

    The library itself stays, for tools that have such a notion. Raises UnknownSharedProperty, also for an entry that
    contains itself.
    """
    expander = _Expander(plan)
    events = {name: expander.owner(event, ("events", name)) for name, event in plan.events.items()}
    groups = {name: expander.owner(group, ("groups", name)) for name, group in plan.groups.items()}
    users = expander.each(plan.user_properties, ("user_properties",))
    return plan.model_copy(update={"events": events, "groups": groups, "user_properties": users})


Nested = TypeVar("Nested", bound=Shape)
Owner = TypeVar("Owner", Event, GroupType)


def _refers(prop: Shape) -> bool:
    """Whether this or anything inside of it refers to the library."""
    if isinstance(prop, Property) and prop.shared is not None:
        return True
    if prop.properties and any(map(_refers, prop.properties.values())):
        return True
    return prop.items is not None and _refers(prop.items)


class _Expander:
    def __init__(self, plan: TrackingPlan) -> None:
        self._library = plan.shared_properties
        self._trail: list[str] = []

    def owner(self, owner: Owner, path: tuple[str, ...]) -> Owner:
        """An event or group with its properties expanded: the very same where none refers to the library."""
        if not any(map(_refers, owner.properties.values())):
            return owner
        return owner.model_copy(update={"properties": self.each(owner.properties, (*path, "properties"))})

    def each(self, properties: Mapping[str, Property], path: tuple[str, ...]) -> dict[str, Property]:
        return {name: self.property(prop, (*path, name)) for name, prop in properties.items()}

    def property(self, prop: Property, path: tuple[str, ...]) -> Property:
        if prop.shared is None:
            return self.children(prop, path)
        name = prop.shared
        if name not in self._library or name in self._trail:
            raise UnknownSharedProperty(path, name)
        self._trail.append(name)
        entry = self.property(self._library[name], path)
        self._trail.pop()
        own = {field: getattr(prop, field) for field in prop.model_fields_set - {"shared"}}
        return self.children(entry.model_copy(update={**own, "shared": None}), path)

    def children(self, shape: Nested, path: tuple[str, ...]) -> Nested:
        update: dict[str, object] = {}
        if shape.properties:
            update["properties"] = self.each(shape.properties, (*path, "properties"))
        if shape.items is not None:
            update["items"] = self.children(shape.items, (*path, "items"))
        return shape.model_copy(update=update) if update else shape


def tool_name(name: str, thing: Event | Property | GroupType, tool: str) -> str:
    """What this thing is called in that tool, before the tool's own restrictions."""
    return thing.names.get(tool, name)


def localise(reading: TrackingPlan, plan: TrackingPlan, tool: str) -> TrackingPlan:
    """A plan as read from a tool, with the tool's spellings replaced by the names `plan` uses for the same things."""
    events = _renamed(reading.events, plan.events, tool)
    events = {
        name: event.model_copy(update={"properties": _renamed(event.properties, plan.events[name].properties, tool)})
        if name in plan.events
        else event
        for name, event in events.items()
    }
    return reading.model_copy(
        update={
            "events": events,
            "user_properties": _renamed(reading.user_properties, plan.user_properties, tool),
            "groups": _renamed(reading.groups, plan.groups, tool),
        }
    )


def _renamed(read: Mapping[str, Spelled], known: Mapping[str, Spelled], tool: str) -> dict[str, Spelled]:
    names = {thing.names[tool]: name for name, thing in known.items() if tool in thing.names}
    return {names.get(name, name): thing for name, thing in read.items()} if names else dict(read)


def content(plan: TrackingPlan) -> dict[str, JSON]:
    """What a tool could hold of an expanded plan, as plain data: events, user properties and groups.

    Without the hub's own steering fields; this is what views and merges compare.
    """
    data = plan.data()
    sections = {name: data.get(name, {}) for name in ("events", "user_properties", "groups")}
    return {name: _stripped_each(section) for name, section in sections.items()}


def content_at(plan: TrackingPlan, paths: Iterable[tuple[str, ...]]) -> dict[str, JSON]:
    """The content of those things alone that the paths lead to or into; of a whole plan that is most of the work."""
    named = {(path[0], path[1]) if len(path) > 1 else (path[0], "") for path in paths if path}
    kept: dict[str, object] = {}
    for section in ("events", "user_properties", "groups"):
        things = getattr(plan, section)
        whole = (section, "") in named
        kept[section] = things if whole else {name: one for name, one in things.items() if (section, name) in named}
    return content(plan.model_copy(update=kept))


def _stripped_each(things: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: _stripped(thing) for name, thing in things.items()}


def _stripped(thing: Mapping[str, JSON]) -> dict[str, JSON]:
    kept = {field: value for field, value in thing.items() if field not in HUB_OWN}
    if "properties" in kept:
        kept["properties"] = _stripped_each(kept["properties"])
    if "items" in kept:
        kept["items"] = _stripped(kept["items"])
    return kept
