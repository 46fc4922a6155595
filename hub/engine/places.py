"""What a tool shows beside what was last published to it, and which things of the plan the differences belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from connectors.contract import Snapshot
from hub.changes.changeset import Base
from hub.engine.knowledge import unseen
from hub.engine.target import Target
from mappings.canonical import Event, GroupType, TrackingPlan
from mappings.canonical.identity import former_names
from mappings.contract import EMPTY, Address, Document, Documents, Path, Projection
from mappings.part import Excerpt

OWNERS = frozenset({("events",), ("groups",)})
"""Sections whose things are compared one by one."""
ALL_EVENTS: Path = ("events",)


@dataclass(frozen=True, slots=True)
class Drift:
    """A reading against the base: managed addresses with another content, those that certainly are there no more, and
    documents that are not the hub's."""

    snapshot: Snapshot
    base: Base
    changed: tuple[Address, ...] = ()
    vanished: tuple[Address, ...] = ()
    strangers: tuple[Document, ...] = ()

    def __bool__(self) -> bool:
        """Whether anybody may have edited anything."""
        return bool(self.changed or self.vanished or self.strangers)

    @property
    def addresses(self) -> list[Address]:
        return [*self.changed, *self.vanished, *(one.address for one in self.strangers)]


def drift_of(snapshot: Snapshot, base: Base) -> Drift:
    """What is neither shown nor certainly absent is no difference: it is unknown."""
    changed: list[Address] = []
    strangers: list[Document] = []
    for address, one in snapshot.documents.items():
        digest = base.get(address)
        if digest is None:
            strangers.append(one)
        elif one.hash != digest:
            changed.append(address)
    all_seen = len(snapshot.documents) - len(strangers) == len(base)
    vanished = () if all_seen else tuple(one for one in unseen(snapshot, base) if snapshot.knows_absent(one))
    return Drift(snapshot, base, tuple(changed), vanished, tuple(strangers))


def subject(about: Path) -> Path:
    """The thing a document belongs to that is compared as a whole: an event, a group, or all user properties."""
    return about[:2] if about[:1] in OWNERS else about[:1]


@dataclass(frozen=True, slots=True)
class Reach:
    """Subjects and addresses such that every document of some things has one of either; others may have them too."""

    things: frozenset[Path]
    near: Collection[Path]
    at: Collection[Address]


def events_of(things: Iterable[Path]) -> set[str]:
    """The names of the events among some things."""
    return {thing[1] for thing in things if thing[:1] == ALL_EVENTS and len(thing) > 1}


class Places:
    """Which thing of the plan a document belongs to, whatever the tool calls it.

    Looks at no more of the plan's projection onto what the tool holds than the questions need; the answers are those
    that all of it would give. Of what `touched` and `documents_of` were not asked about, nothing is known.
    """

    def __init__(self, target: Target, plan: TrackingPlan, excerpt: Excerpt) -> None:
        self.renamed: dict[str, str] = {}
        """What the tool still calls by its former name, with the new one."""
        self._plan = plan
        self._excerpt = excerpt
        self._versioned = "versions" in target.plugin.capabilities
        self._names = _canonical_names(plan, target)
        self._moved = {one.event or one.to_name for one in plan.moved if one.scope == "event"}
        self._seen: Projection | None = None
        self._wanted = EMPTY
        self._events: set[str] = set()
        """Those that `wanted` has documents of, and so all of them."""
        self._going: dict[Address, Path] = {}
        self._lines: dict[tuple[str, ...], Path] = {}
        """For a registry of versions: all versions of a name belong to one thing."""

    @property
    def wanted(self) -> Documents:
        """What the plan wants at the addresses that were asked about, among others."""
        return self._wanted

    def touched(self, drift: Drift) -> frozenset[Path]:
        """The subjects of managed documents that changed or went, and of foreign documents among managed ones.

        A document about a whole section (a class that all events' properties of a name share) touches all of it.
        """
        self._look_at((), drift.addresses)
        found = {self._of_address(address) for address in (*drift.changed, *drift.vanished)}
        found |= {self._of(document) for document in drift.strangers}
        self._look_at(found)
        found &= self._managed(drift.base)
        if ALL_EVENTS in found:
            self._look_at(("events", name) for name in self._plan.events)
        return frozenset(found | {one for one in self._managed(drift.base) if one[:1] in found})

    def reach(self, things: Collection[Path]) -> Reach:
        """Where the documents of these things are, in the tool, the base and the plan: `touched` told of them all."""
        near = {spelled for spelled, thing in self._names.items() if thing in things}
        near |= {thing for thing in things if thing not in self._names}
        spoken_of = (*self._wanted, *self._going)
        return Reach(frozenset(things), near, {one for one in spoken_of if self._of_address(one) in things})

    def documents_of(self, reach: Reach, side: Iterable[Document]) -> list[Document]:
        """Those of these documents, in their order, that belong to one of the things."""
        near, at = reach.near, reach.at
        if self._versioned:
            lines = {address.names[:-1] for address in at}
            found = [one for one in side if subject(one.about) in near or one.address.names[:-1] in lines]
        else:
            found = [one for one in side if subject(one.about) in near or one.address in at]
        self._look_at((), (one.address for one in found))
        return [one for one in found if self._of(one) in reach.things]

    def _look_at(self, things: Iterable[Path], addresses: Iterable[Address] = ()) -> None:
        """Have all documents of these things in `wanted`, and those at these addresses."""
        seen = self._excerpt.of((events_of(things) | self._moved) - self._events, addresses)
        if seen is self._seen:
            return
        self._seen, self._wanted = seen, seen.documents
        self._events = events_of(one.about for one in self._wanted.values())
        moving = [one for one in self._wanted.values() if one.formerly is not None]
        self._going = {one.address: subject(one.about) for one in seen.removals}
        self._going |= {one.formerly: subject(one.about) for one in moving if one.formerly is not None}
        events = {one.about[1] for one in moving if one.about[:1] == ALL_EVENTS}
        self.renamed = {former: name for name in events for former in former_names(self._plan, name)}
        if self._versioned:
            self._lines = {address.names[:-1]: subject(one.about) for address, one in self._wanted.items()}

    def _managed(self, base: Base) -> set[Path]:
        """The things, of those looked at, that have a document in the base."""
        spoken_of = (one for one in (*self._wanted, *self._going) if one in base)
        versions = (one for one in base if one.names[:-1] in self._lines) if self._lines else ()
        return {self._of_address(one) for one in (*spoken_of, *versions)} - {()}

    def _of_address(self, address: Address) -> Path:
        """Empty when the plan does not speak of it."""
        wanted = self._wanted.get(address)
        if wanted is not None:
            return subject(wanted.about)
        return self._going.get(address) or self._lines.get(address.names[:-1], ())

    def _of(self, document: Document) -> Path:
        return self._of_address(document.address) or self._spelled(subject(document.about))

    def _spelled(self, thing: Path) -> Path:
        """The thing as the plan spells it, from the tool's spelling."""
        return self._names.get(thing, thing)


def _canonical_names(plan: TrackingPlan, target: Target) -> dict[Path, Path]:
    """Subjects as the tool spells them → as the plan does, where the two differ."""
    tool = target.plugin.tool
    things: Iterable[tuple[str, str, Event | GroupType]] = (
        (section, name, thing)
        for section in ("events", "groups")
        for name, thing in getattr(plan, section).items()
        if tool in thing.names
    )
    return {(section, thing.names[tool]): (section, name) for section, name, thing in things}
