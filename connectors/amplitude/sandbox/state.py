"""The workspace behind the Amplitude sandbox: entities, their states, shared records and overrides.

The API shows less than it acts on (apis/amplitude.md section 4.6): states are kept here, not in any reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from connectors.sandbox import JSON

IN_PLAN: Final = frozenset({"planned", "live", "blocked"})
INGESTED: Final = frozenset({"live", "blocked", "unexpected"})
STATES: Final = (*sorted(IN_PLAN), "unexpected", "deleted", "transformed")

AFTER_DELETE: Final = {"live": "deleted", "blocked": "deleted", "unexpected": "deleted", "planned": ""}
"""The state table of DELETE (section 3.2); "" means gone for good, a missing state means an error."""

AFTER_INGESTION: Final = {"planned": "live", "live": "live", "unexpected": "unexpected"}
"""The state once data arrived; a missing state takes no data in."""

EVENT_FLAGS: Final = tuple(
    f"is_hidden_from_{place}" for place in ("dropdowns", "persona_results", "pathfinder", "timeline")
)

EVENT_DEFAULTS: Final[dict[str, JSON]] = {
    "description": None,
    "display_name": None,
    "category": None,
    "tags": [],
    "is_active": True,
    "owner": None,
    **dict.fromkeys(EVENT_FLAGS, False),
}

USER_PROPERTY_DEFAULTS: Final[dict[str, JSON]] = {
    "description": "",
    "type": "any",
    "enum_values": None,
    "regex": None,
    "is_array_type": False,
    "is_hidden": False,
    "classifications": [],
}
EVENT_PROPERTY_DEFAULTS: Final[dict[str, JSON]] = {**USER_PROPERTY_DEFAULTS, "is_required": False}
GROUP_PROPERTY_DEFAULTS: Final[dict[str, JSON]] = {**USER_PROPERTY_DEFAULTS, "description": None}

ENTITLEMENTS: Final = ("enterprise", "dac", "accounts", "schema")
"""Plan, Data Access Controls, Accounts add-on, and whether the project's schema is initialised (section 1)."""

FIRST_CATEGORY_ID: Final = 90101

Fields = dict[str, JSON]
"""Values that differ from the defaults of their kind; in an override, the values it sets itself."""


def assign(fields: Fields, values: Fields, defaults: Fields) -> None:
    """Write `values`; None, or a value equal to the default, leaves the field unset."""
    for name, value in values.items():
        if value is None or (name in defaults and value == defaults[name]):
            fields.pop(name, None)
        else:
            fields[name] = value


@dataclass(slots=True)
class Entity:
    """A user property, and what is common to all kinds."""

    state: str = "planned"
    fields: Fields = field(default_factory=dict)


@dataclass(slots=True)
class Event(Entity):
    volume: int = 0
    """Times ingested."""


@dataclass(slots=True)
class Use:
    """A property on one parent: its own state, and an override or None where the shared record applies."""

    state: str = "planned"
    override: Fields | None = None


@dataclass(slots=True)
class Property(Entity):
    """A shared record with its uses by event type or group type."""

    uses: dict[str, Use] = field(default_factory=dict)


class Shelf:
    """Properties of one kind, found by name and by parent at once."""

    def __init__(self) -> None:
        self.items: dict[str, Property] = {}
        self._by_parent: dict[str, dict[str, None]] = {}

    def add(self, name: str, item: Property) -> None:
        self.items[name] = item
        for parent in item.uses:
            self._by_parent.setdefault(parent, {})[name] = None

    def attach(self, name: str, parent: str, use: Use) -> None:
        self.items[name].uses[parent] = use
        self._by_parent.setdefault(parent, {})[name] = None

    def detach(self, name: str, parent: str) -> None:
        del self.items[name].uses[parent]
        del self._by_parent[parent][name]

    def remove(self, name: str) -> Property:
        item = self.items.pop(name)
        for parent in item.uses:
            del self._by_parent[parent][name]
        return item

    def rename(self, old: str, new: str) -> None:
        self.add(new, self.remove(old))

    def of(self, parent: str) -> Iterator[tuple[str, Property]]:
        """The properties used on that parent, in any state."""
        for name in self._by_parent.get(parent, {}):
            yield name, self.items[name]

    def drop_parent(self, parent: str) -> None:
        for name in self._by_parent.pop(parent, {}):
            del self.items[name].uses[parent]

    def rename_parent(self, old: str, new: str) -> None:
        moved = self._by_parent.pop(old, {})
        for name in moved:
            uses = self.items[name].uses
            uses[new] = uses.pop(old)
        if moved:
            self._by_parent[new] = moved


class Workspace:
    """One Amplitude project."""

    def __init__(self) -> None:
        self.entitlements = dict.fromkeys(ENTITLEMENTS, True)
        self.categories: dict[str, int] = {}
        self.next_category_id = FIRST_CATEGORY_ID
        self.events: dict[str, Event] = {}
        self.event_properties = Shelf()
        self.user_properties: dict[str, Entity] = {}
        self.group_types: list[str] = []
        self.group_properties = Shelf()

    def add_category(self, name: str) -> None:
        self.categories[name] = self.next_category_id
        self.next_category_id += 1

    def category_name(self, category_id: str) -> str | None:
        return next((name for name, number in self.categories.items() if str(number) == category_id), None)

    def rename_category(self, old: str, new: str) -> None:
        self.categories[new] = self.categories.pop(old)
        for event in self.events_in(old):
            event.fields["category"] = new

    def remove_category(self, name: str) -> None:
        del self.categories[name]
        for event in self.events_in(name):
            del event.fields["category"]

    def events_in(self, category: str) -> list[Event]:
        return [event for event in self.events.values() if event.fields.get("category") == category]

    def rename_event(self, old: str, new: str) -> None:
        self.events[new] = self.events.pop(old)
        self.event_properties.rename_parent(old, new)

    def remove_event(self, name: str) -> None:
        del self.events[name]
        self.event_properties.drop_parent(name)


def dump_workspace(workspace: Workspace) -> JSON:
    return {
        "entitlements": dict(workspace.entitlements),
        "categories": dict(workspace.categories),
        "next_category_id": workspace.next_category_id,
        "events": {name: {**_dump_entity(event), "volume": event.volume} for name, event in workspace.events.items()},
        "event_properties": _dump_shelf(workspace.event_properties),
        "user_properties": {name: _dump_entity(item) for name, item in workspace.user_properties.items()},
        "group_types": list(workspace.group_types),
        "group_properties": _dump_shelf(workspace.group_properties),
    }


def load_workspace(state: JSON) -> Workspace:
    """The workspace of a dump. Raises KeyError or TypeError where the shape is another."""
    workspace = Workspace()
    workspace.entitlements = {name: bool(state["entitlements"][name]) for name in ENTITLEMENTS}
    workspace.categories = dict(state["categories"])
    workspace.next_category_id = state["next_category_id"]
    workspace.events = {
        name: Event(row["state"], dict(row["fields"]), row["volume"]) for name, row in state["events"].items()
    }
    workspace.user_properties = {
        name: Entity(row["state"], dict(row["fields"])) for name, row in state["user_properties"].items()
    }
    workspace.group_types = list(state["group_types"])
    _load_shelf(workspace.event_properties, state["event_properties"])
    _load_shelf(workspace.group_properties, state["group_properties"])
    return workspace


def _dump_entity(item: Entity) -> dict[str, JSON]:
    return {"state": item.state, "fields": dict(item.fields)}


def _dump_shelf(shelf: Shelf) -> JSON:
    return {
        name: {
            **_dump_entity(item),
            "uses": {
                parent: {"state": use.state, "override": None if use.override is None else dict(use.override)}
                for parent, use in item.uses.items()
            },
        }
        for name, item in shelf.items.items()
    }


def _load_shelf(shelf: Shelf, rows: JSON) -> None:
    for name, row in rows.items():
        uses = {
            parent: Use(use["state"], None if use["override"] is None else dict(use["override"]))
            for parent, use in row["uses"].items()
        }
        shelf.add(name, Property(row["state"], dict(row["fields"]), uses))
