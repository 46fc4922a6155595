"""A made-up plan of any size, and four targets that show what they are told to, without a network."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from connectors.contract import Budget, Coverage, Snapshot, Wiring
from connectors.limits import NoLimit
from connectors.registry import plugin
from connectors.testing.harness import SANDBOX_URL
from hub.changes.changeset import Base
from hub.engine.target import Engine, Target
from hub.store.database import Database
from hub.store.sql import SqlStore
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.contract import EMPTY, Address, Document, Documents, Path

TOOLS = ("amplitude", "mixpanel", "segment", "snowplow")
SHAPES: tuple[Mapping[str, Any], ...] = (
    {"type": "string", "max_length": 120},
    {"type": "integer", "minimum": 0},
    {"type": ["number", "null"], "minimum": 0},
    {"type": "boolean"},
    {"type": "string", "enum": ["EUR", "GBP", "USD"]},
    {"type": "array", "items": {"type": "string"}},
)


def plan_data(events: int, properties: int) -> dict[str, Any]:
    """The plain data of a plan in which no two events are alike."""
    return {"name": "Bench", "events": {f"Thing {one:05} Done": _event(one, properties) for one in range(events)}}


def _event(number: int, properties: int) -> dict[str, Any]:
    return {
        "description": f"Sent when thing number {number} is done and the person saw so.",
        "category": f"Area {number % 12}",
        "owners": ["dana@example.com"],
        "tags": ["core", f"team-{number % 7}"],
        "properties": {
            f"field_{one:02}": {
                **SHAPES[(number + one) % len(SHAPES)],
                "description": f"The {one}th fact about thing {number}.",
                "required": one % 4 == 0,
            }
            for one in range(properties)
        },
    }


def plan_of(events: int, properties: int) -> TrackingPlan:
    return TrackingPlan.model_validate(plan_data(events, properties))


def reworded(plan: TrackingPlan, count: int) -> TrackingPlan:
    """The plan with another description for its first events."""
    names = list(plan.events)[:count]
    changed = {name: plan.events[name].model_copy(update={"description": "Said better."}) for name in names}
    return plan.model_copy(update={"events": {**plan.events, **changed}})


class MemoryStore(SqlStore):
    """A store that knows by heart what targets hold: a decision is measured apart from the reading of a database."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(Database(f"sqlite:///{folder}/hub.db"))
        self.held: dict[str, Documents] = {}
        self.hashes: dict[str, Base] = {}

    def base(self, target: str) -> Base:
        return self.hashes.get(target, {})

    def base_documents(self, target: str) -> Documents:
        return self.held.get(target, EMPTY)

    def last_snapshot(self, target: str) -> Snapshot | None:
        return None

    def keep_snapshot(self, target: str, snapshot: Snapshot) -> None:
        """Not kept: that is measured by itself."""


@dataclass
class Shown:
    """A connection to a tool that shows this and takes nothing."""

    snapshot: Snapshot

    def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
        return self.snapshot

    def close(self) -> None:
        """Nothing was opened."""


class World:
    """An engine with four targets that hold nothing, or what `show` was told, as published and verified."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.store = MemoryStore(folder)
        self.engine = Engine(self.store, lambda target: NoLimit())
        self.settings = {tool: _settings(tool) for tool in TOOLS}
        self.targets: list[Target] = []
        self.show_nothing()

    def project(self, plan: TrackingPlan) -> dict[str, Documents]:
        """What the plan is in each tool."""
        expanded = expand(plan)
        return {tool: self.mapping(tool).to_tool(expanded, EMPTY).documents for tool in TOOLS}

    def mapping(self, tool: str) -> Any:
        return plugin(tool).mapping(self.settings[tool])

    def show_nothing(self) -> None:
        self.store.held, self.store.hashes = {}, {}
        self._show(dict.fromkeys(TOOLS, EMPTY))

    def show(self, spelled: Mapping[str, Sequence[Spelled]]) -> None:
        """Show documents that were just read from the wire: nothing about them is computed yet."""
        self.store.hashes = {tool: {one.address: one.hash for one in found} for tool, found in spelled.items()}
        self.store.held = {tool: Documents(map(_read, found)) for tool, found in spelled.items()}
        self._show(self.store.held)

    def edit(self, count: int) -> None:
        """Let somebody give this many events of each tool another description, behind the hub's back."""
        self._show({tool: _edited(documents, count) for tool, documents in self.store.held.items()})

    def _show(self, held: Mapping[str, Documents]) -> None:
        self.targets = [self._target(tool, documents) for tool, documents in held.items()]

    def _target(self, tool: str, documents: Documents) -> Target:
        kinds = sorted({address.kind for address in documents} | set(self.mapping(tool).waves))
        lists = tuple(Coverage(Address(kind, ()), "complete", 0.0) for kind in kinds)
        shown = Shown(Snapshot(documents, lists, 0.0))

        def connect(settings: Any, wiring: Wiring) -> Any:
            return shown

        return Target(tool, replace(plugin(tool), connect=connect), self.settings[tool])


def _edited(documents: Documents, count: int) -> Documents:
    events = [one for one in documents.values() if len(one.about) == 2 and one.about[0] == "events"]
    edited = (Document(one.address, {**one.body, "description": "Edited."}, about=one.about) for one in events[:count])
    return Documents([*documents.values(), *edited])


class Spelled(NamedTuple):
    """A document as a tool would spell it."""

    address: Address
    about: Path
    hash: str
    text: str


def spelled(documents: Documents) -> list[Spelled]:
    """Each document with its body as text, to be read anew."""
    return [Spelled(one.address, one.about, one.hash, json.dumps(one.body)) for one in documents.values()]


def _read(one: Spelled) -> Document:
    return Document(one.address, json.loads(one.text), about=one.about)


def _settings(tool: str) -> Any:
    credentials = plugin(tool).sandbox().demo_credentials()
    return plugin(tool).settings.model_validate({"base_url": SANDBOX_URL, **credentials})
