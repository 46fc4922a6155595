"""Dictionaries as pages need them: what a tool held at any time, worked out once per reading, with words to search."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from hub.app import App
from hub.changes.diff import FieldChange
from hub.engine.memory import Link, dictionary_changes, said, why
from hub.engine.target import Target
from hub.errors import Refusal
from hub.web.catalogue import Catalogue, Catalogued
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content
from mappings.canonical.kinds import JSON
from mappings.contract import Path, view

KEPT = 4
"""Dictionaries, and comparisons of two, that are kept: a large one takes tens of megabytes."""
MOMENTS = 200
"""Readings that a page offers to choose from; of older ones the time is typed."""
READINGS = 100
"""Readings that found something new, of which an answer to "why?" is made."""
CHAINS = 200
"""Answers to "why?" that are kept."""
LATEST = 1e11
"""No time is so late, in seconds since the epoch."""
PLAN = "plan"
"""How an address says that a side of a comparison is the plan."""
Made = TypeVar("Made")


class Kept(Generic[Made]):
    """The last few things that were worked out, by key. Used from several threads."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, Made] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """As made before under this key, or made now; meanwhile others wait, and none makes it twice."""
        with self._lock:
            found = self._made.pop(key, None)
            self._made[key] = found if found is not None else make()
            while len(self._made) > self._most:
                self._made.popitem(last=False)
            return self._made[key]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a dictionary. `words` is all that a search looks at, in lower case."""

    name: str
    said: Mapping[str, JSON]
    words: str


@dataclass(frozen=True)
class Dictionary:
    """What was said at one side: a tool at a time, or the plan as a tool can hold it. `read` is None of a plan."""

    key: Hashable
    title: str
    read: float | None
    content: JSON
    entries: tuple[Entry, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Differing:
    """What differs of one thing: an event, a property of users, a group."""

    section: str
    name: str
    changes: list[FieldChange]
    words: str


class Dictionaries:
    """The dictionaries of one hub."""

    def __init__(self, hub: App, plans: Catalogue) -> None:
        self._hub = hub
        self._plans = plans
        self._said: Kept[Dictionary] = Kept()
        self._compared: Kept[tuple[Differing, ...]] = Kept()
        self._chains: Kept[list[Link]] = Kept(CHAINS)

    def plan(self, name: str) -> Catalogued | None:
        """Whose names are used: the plan asked for, else the first; None when there is none. Raises Refusal."""
        if name:
            return self._plans.get(name)
        plans, trouble = self._plans.every()
        if not plans and trouble is not None:
            raise trouble
        return plans[0] if plans else None

    def of_target(self, target: Target, known: Catalogued | None, at: float | None) -> Dictionary:
        """What the target held at a time, now by default. Raises Refusal when nothing was read by then."""
        observed = self._hub.store.observations.at(target.name, at)
        if observed is None:
            raise Refusal("nothing was read from this target by then", place=target.name, hint="read the tools first")
        key = (target.name, repr(target.settings), observed.entries, _version(known))

        def make() -> Dictionary:
            documents = self._hub.store.observations.held(observed, lambda address, about: True)
            return _dictionary(key, target.name, observed.at, said(_expanded(known), target, documents))

        found = self._said.get(key, make)
        return Dictionary(key, found.title, observed.at, found.content, found.entries)

    def of_plan(self, target: Target, known: Catalogued) -> Dictionary:
        """What the target's tool could hold of the plan."""
        key = (PLAN, target.name, repr(target.settings), _version(known))
        title = f"{known.plan.name}, as {target.name} can hold it"
        return self._said.get(key, lambda: _dictionary(key, title, None, content(view(target.mapping, known.expanded))))

    def chain(self, target: Target, known: Catalogued, path: Path) -> list[Link]:
        """How the tool's value of a field came about, as the last readings show it."""
        state = self._hub.store.standing_key(target.name)
        key = (target.name, repr(target.settings), state, path, _version(known))
        return self._chains.get(key, lambda: why(self._hub.engine, known.plan, target, path, newest=READINGS))

    def compare(self, before: Dictionary, after: Dictionary) -> tuple[Differing, ...]:
        """What differs, thing by thing."""
        return self._compared.get((before.key, after.key), lambda: tuple(_differing(before.content, after.content)))


def _version(known: Catalogued | None) -> Hashable:
    """Stands for this version of the plan: a catalogue reads each once. The value itself, so that it is not reused."""
    return None if known is None else _Same(known)


class _Same:
    """Equal only when it is about the very same object."""

    def __init__(self, held: object) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


def _expanded(known: Catalogued | None) -> TrackingPlan:
    return known.expanded if known is not None else TrackingPlan.model_validate({"name": "none"})


def _dictionary(key: Hashable, title: str, read: float | None, held: JSON) -> Dictionary:
    entries = tuple(Entry(name, event, _words(name, event)) for name, event in held["events"].items())
    return Dictionary(key, title, read, held, entries)


def _words(name: str, event: Mapping[str, Any]) -> str:
    properties: Mapping[str, Any] = event.get("properties", {})
    texts = [one.get(field) or "" for one in (event, *properties.values()) for field in ("display_name", "description")]
    return "\n".join(map(str, (name, *properties, *texts))).lower()


def _differing(before: JSON, after: JSON) -> list[Differing]:
    grouped: dict[tuple[str, str], list[FieldChange]] = {}
    for change in dictionary_changes(before, after):
        grouped.setdefault((change.path[0], change.path[1] if len(change.path) > 1 else ""), []).append(change)
    return [
        Differing(section, name, changes, "\n".join(map(str, (name, *(one.path for one in changes)))).lower())
        for (section, name), changes in grouped.items()
    ]


def wanted_of(target: Target, known: Catalogued | None, names: Sequence[str]) -> dict[str, JSON]:
    """These events of the plan, as far as the target's tool can hold them; those that the plan lacks are missing."""
    if known is None:
        return {}
    events = {name: known.expanded.events[name] for name in names if name in known.expanded.events}
    some = known.expanded.model_copy(update={"events": events, "user_properties": {}, "groups": {}})
    held: dict[str, JSON] = content(view(target.mapping, some))["events"]
    return held


def moment_of(text: str) -> float | None:
    """A time as an address says it: seconds since the epoch, or ISO 8601, in UTC unless it says otherwise; a date alone
    means its end. None for an empty one. Raises Refusal."""
    if not text:
        return None
    try:
        found = float(text) if text.replace(".", "", 1).isdecimal() else _iso(text)
    except (ValueError, OverflowError):
        found = LATEST
    if found >= LATEST:
        raise Refusal(f"{text[:100]!r} is no time", hint="write 2026-11-25 or 2026-11-25T14:00, in UTC")
    return found


def _iso(text: str) -> float:
    parsed = datetime.fromisoformat(text)
    if len(text) == len("2026-11-25"):
        parsed = parsed.replace(hour=23, minute=59, second=59)
    return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).timestamp()
