"""Reading an Amplitude project within a budget, and saying how complete each list is.

The scope ("event-property", ()) is about events that are in no list: they have no properties. Each listed event has a
scope of its own, which says when its properties were read.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from connectors import errors
from connectors.amplitude.client import AmplitudeClient
from connectors.amplitude.cost import COST, INHERITABLE, affordable, agenda
from connectors.amplitude.lanes import run
from connectors.amplitude.settings import AmplitudeSettings
from connectors.contract import Budget, Completeness, Coverage, Snapshot, Time
from connectors.errors import ToolError
from mappings.amplitude.documents import (
    CATEGORY,
    EVENT,
    EVENT_PROPERTY,
    GROUP_PROPERTY,
    NAME_FIELDS,
    SHARED_PROPERTY,
    USER_PROPERTY,
    from_wire,
)
from mappings.canonical.kinds import JSON
from mappings.contract import Address, Document, Documents

Facts = dict[str, JSON]
PATIENCE = 3
"""After so many events whose properties could not be read, each tried several times, the rest is left for later."""
OFTEN_HIDDEN = frozenset({EVENT, USER_PROPERTY})
"""Kinds whose lists are documented to leave out what is hidden: there nobody has to have seen it to ask by name."""
BUSY_SHARE = 2
"""One in so many readings of properties is for events that keep changing; the others go round, so none is forgotten."""
CHANGES = "changes"
"""The fact of an event that counts the readings which found it, or its properties, other than the one before. It goes
on from snapshot to snapshot, and begins anew with the read-back of a publish, which knows of none before."""


class Observing:
    """One reading. `snapshot` may be called once."""

    def __init__(
        self, client: AmplitudeClient, settings: AmplitudeSettings, known: Snapshot | None, budget: Budget, time: Time
    ) -> None:
        self._client = client
        self._settings = settings
        self._budget = budget
        self._time = time
        self._known = _by_scope(known.documents.values() if known else ())
        self._since = {one.scope: one.since for one in known.coverage} if known else {}
        self._agenda = agenda(settings, known.documents if known else (), budget)
        self._documents: dict[Address, Document] = {}
        self._coverage: dict[Address, Coverage] = {}
        self._shared: dict[str, Facts] = {}
        self._changes: Counter[str] = Counter()
        self._requests = 0
        self._to_come = self._agenda.fixed
        """Requests that are made whatever the lists say: what is asked for by name leaves room for them."""
        self._failures = 0

    def snapshot(self) -> Snapshot:
        """Read the lists of the agenda. Raises what makes any reading pointless; other failures are coverage."""
        if self._agenda.categories:
            self._read_categories()
        if self._agenda.events:
            self._read_events()
        if self._agenda.user_properties:
            self._read_user_properties()
        if self._agenda.shared:
            self._read_shared()
        self._read_event_properties()
        for group_type in self._agenda.group_types:
            self._read_group(group_type)
        if self._settings.groups and self._budget.only is None:
            self._cover(Address(GROUP_PROPERTY, ()), "hidden", "Amplitude does not list group types")
        return self._told()

    def looked_up(self) -> Snapshot:
        """Ask for what the budget names one by one, instead of reading lists."""
        self._to_come = 0
        for address in sorted(self._budget.only or ()):
            self._look_for(address, {})
        return self._told()

    def _told(self) -> Snapshot:
        ordered = sorted(map(self._counted, self._documents.values()), key=lambda one: one.address)
        coverage = tuple(self._coverage.values())
        return Snapshot(Documents(ordered), coverage, self._time.now(), self._requests)

    def _counted(self, document: Document) -> Document:
        """An event with the number of its changes, which the next reading goes by."""
        name = document.address.names[0]
        if document.address.kind != EVENT or not self._changes[name]:
            return document
        facts = {**document.facts, CHANGES: self._changes[name]}
        return Document(document.address, document.body, about=document.about, facts=facts)

    # Parts all lists have in common -------------------------------------------------------------------------------

    def _cover(self, scope: Address, completeness: Completeness, why: str = "", since: float | None = None) -> None:
        self._coverage[scope] = Coverage(scope, completeness, self._time.now() if since is None else since, why)

    def _carry(self, scope: Address, completeness: Completeness, why: str) -> None:
        """Keep what is known there, and since when."""
        for document in self._known[scope]:
            self._documents.setdefault(document.address, document)
        self._cover(scope, completeness, why, self._since.get(scope, 0.0))

    def _list(self, scope: Address, fetch: Callable[[], list[JSON]]) -> list[JSON] | None:
        """The rows; None when the list could not be read, and is carried over as failed."""
        self._spend_fixed()
        try:
            rows = fetch()
        except ToolError as error:
            if error.verdict in ("ask", "wait"):
                raise
            self._carry(scope, "failed", str(error))
            return None
        self._cover(scope, "complete")
        return rows

    def _spend_fixed(self) -> None:
        self._requests += 1
        self._to_come -= 1

    def _keep(self, document: Document | None) -> None:
        if document is not None:
            self._documents[document.address] = document

    def _read_categories(self) -> None:
        everything = Address(CATEGORY, ())
        rows = self._list(everything, lambda: self._client.rows(CATEGORY))
        for row in rows or ():
            facts = {"id": row["id"]} if isinstance(row, Mapping) and "id" in row else None
            self._keep(from_wire(CATEGORY, row, facts=facts))
        self._look_for_vanished(everything, rows)

    def _look_for_vanished(
        self, scope: Address, rows: Iterable[JSON] | None, ingested: frozenset[str] = frozenset()
    ) -> None:
        """Lists leave out what is hidden, and may be cut short, so a missing one is asked for by name (section 5.5).

        Found: it is there, and the list is not the whole truth about it. Not found: both agree, it is gone. A list
        that could not be read (None) has left out nothing.
        """
        if rows is None:
            return
        listed = {
            row.get(NAME_FIELDS[scope.kind]): bool(row.get("deleted")) for row in rows if isinstance(row, Mapping)
        }
        known = {one.address: one.facts for one in self._known[scope]}
        for address in sorted(self._awaited(scope, known)):
            told: Facts = {"ingested": True} if address.names[0] in ingested else {}
            if address.names[-1] not in listed:
                self._look_for(address, {**known.get(address, {}), **told})
            elif listed[address.names[-1]]:
                self._cover_gone(address, "the list says that it was deleted")

    def _awaited(self, scope: Address, known: Iterable[Address]) -> Iterable[Address]:
        """What should be in the list: all that is known of it, or what the budget names."""
        if self._budget.only is None:
            return known
        named = {one for one in self._budget.only if _list_of(one) == scope}
        return named if scope.kind in OFTEN_HIDDEN else named.intersection(known)

    def _look_for(self, address: Address, facts: Facts) -> None:
        if self._left < 1:
            return self._carry_one(address, "hidden", "in no list; not asked for by name within the budget")
        self._requests += 1
        try:
            found = from_wire(address.kind, self._client.one(address), parent=address.names[0], facts=facts)
        except errors.NotFound:
            return self._cover_gone(address, "in no list, and not found by name")
        except ToolError as error:
            if error.verdict in ("ask", "wait"):
                raise
            return self._carry_one(address, "failed", str(error))
        if found is None:
            return self._cover_gone(address, "found by name, but deleted")
        self._keep(found)
        return self._cover(address, "hidden", "in no list, but found by name")

    def _cover_gone(self, address: Address, why: str) -> None:
        """Certainly not there, and with an event its properties."""
        self._cover(address, "complete", why)
        for document in self._known[_scope(address.names[0])] if address.kind == EVENT else ():
            self._cover(document.address, "complete", "its event is gone")

    @property
    def _left(self) -> float:
        """Units left of the budget, beside what the lists still take."""
        return math.inf if self._budget.units is None else self._budget.units - self._requests - self._to_come

    def _carry_one(self, address: Address, completeness: Completeness, why: str) -> None:
        for document in self._known[_list_of(address)]:
            if document.address == address:
                self._keep(document)
        self._cover(address, completeness, why, self._since.get(address, 0.0))

    def _of(self, kind: str) -> list[Document]:
        return self._known[Address(kind, ())]

    # Events -------------------------------------------------------------------------------------------------------

    def _read_events(self) -> None:
        """Without the list of events there is nothing to read on from, so its failure ends the reading."""
        self._spend_fixed()
        rows = self._client.rows("event", showDeleted="true")
        self._cover(Address(EVENT, ()), "complete")
        ingested = self._ingested()
        for row in rows:
            name = row.get("event_type") if isinstance(row, Mapping) else None
            self._keep(from_wire(EVENT, row, facts={"ingested": True} if name in ingested else {}))
        self._look_for_vanished(Address(EVENT, ()), rows, ingested)
        self._count_changed_events()

    def _count_changed_events(self) -> None:
        for before in self._of(EVENT):
            name = before.address.names[0]
            earlier = before.facts.get(CHANGES)
            self._changes[name] = earlier if isinstance(earlier, int) else 0
            if (now := self._documents.get(before.address)) is not None and not now.equals(before):
                self._changes[name] += 1

    def _ingested(self) -> frozenset[str]:
        """Events that have data. Once ingested is always ingested, also when the list no longer shows it."""
        known = frozenset(one.address.names[0] for one in self._of(EVENT) if one.facts.get("ingested") is True)
        self._spend_fixed()
        try:
            return known | self._client.ingested()
        except ToolError as error:
            if isinstance(error, errors.Unauthorized) or error.verdict == "wait":
                raise
            return known  # without the neighbour, what waits for ingestion goes on waiting

    def _read_user_properties(self) -> None:
        everything = Address(USER_PROPERTY, ())
        rows = self._list(everything, lambda: self._client.rows("user-property", showDeleted="true"))
        for row in rows or ():
            self._keep(from_wire(USER_PROPERTY, row))
        self._look_for_vanished(everything, rows)

    # Properties ---------------------------------------------------------------------------------------------------

    def _read_shared(self) -> None:
        """The properties as they are for all events; some rows of single events stray in (section 3.3)."""
        everything = Address(SHARED_PROPERTY, ())
        rows = self._list(everything, lambda: self._client.rows("event-property"))
        for row in rows or ():
            if not isinstance(row, Mapping) or row.get("event_type") is not None:
                continue
            texts = {field: row[field] for field in INHERITABLE if isinstance(row.get(field), str) and row[field]}
            if texts:
                self._shared[str(row.get("event_property"))] = texts
            if self._settings.classifications:
                self._keep(from_wire(SHARED_PROPERTY, row))
        self._look_for_vanished(everything, rows)

    def _read_event_properties(self) -> None:
        """One request per event, in turn, as far as the budget goes; the rest is carried over with its age."""
        chosen = self._agenda.properties_of
        if chosen is None:
            events = [one.address.names[0] for one in self._documents.values() if one.address.kind == EVENT]
            chosen = self._in_turn(events, affordable(self._agenda, len(events), self._budget, self._requests))
            self._cover(Address(EVENT_PROPERTY, ()), "complete")
        for name, result in run(self._while_well(chosen), self._properties_of, COST.concurrency):
            self._take_properties(name, result)
        for name in chosen:
            if _scope(name) not in self._coverage:
                self._put_off(_scope(name))

    def _in_turn(self, events: list[str], count: int) -> tuple[str, ...]:
        """First those that changed most often, in a share of the `count` that can be read; then by age of knowledge."""
        oldest = sorted(events, key=lambda name: (self._since.get(_scope(name), 0.0), name))
        busiest = sorted((name for name in oldest if self._changes[name]), key=lambda name: -self._changes[name])
        first = dict.fromkeys(busiest[: count // BUSY_SHARE])
        return (*first, *(name for name in oldest if name not in first))

    def _while_well(self, events: Iterable[str]) -> Iterator[str]:
        """The events, until the budget ends, or several readings have failed: then the tool is not well, and the rest
        can wait."""
        for name in events:
            if self._failures >= PATIENCE or (self._agenda.properties_of is None and self._left < 1):
                return
            self._requests += 1
            yield name

    def _put_off(self, scope: Address) -> None:
        since = self._since.get(scope)
        if since is None:
            self._carry(scope, "partial", "not read yet")
        else:
            self._carry(scope, "stale", "not read again this time")

    def _properties_of(self, event: str) -> tuple[str, list[JSON] | ToolError]:
        try:
            return event, self._client.rows("event-property", event_type=event)
        except ToolError as error:
            if error.verdict in ("ask", "wait"):
                raise
            return event, error

    def _take_properties(self, event: str, result: list[JSON] | ToolError) -> None:
        scope = _scope(event)
        owner = self._documents.get(Address(EVENT, (event,)))
        if isinstance(result, ToolError):
            if isinstance(result, errors.NotFound) and owner is None:
                return self._cover(scope, "complete", "there is no such event")
            self._failures += not isinstance(result, errors.NotFound)
            return self._carry(scope, "failed", str(result))
        ingested: Facts = {"ingested": True} if owner is not None and owner.facts.get("ingested") is True else {}
        found = []
        for row in result:
            if isinstance(row, Mapping) and row.get("event_type") in (None, event):
                texts = self._shared.get(str(row.get("event_property")))
                facts = {**ingested, "shared": texts} if texts else ingested
                found.append(from_wire(EVENT_PROPERTY, row, parent=event, facts=facts))
        self._cover(scope, "complete")
        self._note_change(event, [one for one in found if one is not None])
        self._look_for_vanished(scope, result)
        return None

    def _note_change(self, event: str, found: Sequence[Document]) -> None:
        """Keep an event's properties, and count it when they are not as they were known; a first sight is no change."""
        scope = _scope(event)
        before = {one.address: one.hash for one in self._known[scope]}
        self._changes[event] += scope in self._since and before != {one.address: one.hash for one in found}
        for document in found:
            self._keep(document)

    def _read_group(self, group_type: str) -> None:
        scope = Address(GROUP_PROPERTY, (group_type,))
        rows = self._list(scope, lambda: self._client.rows("group-property", group_type=group_type))
        for row in rows or ():
            self._keep(from_wire(GROUP_PROPERTY, row, parent=group_type))
        self._look_for_vanished(scope, rows)


def _scope(event: str) -> Address:
    return Address(EVENT_PROPERTY, (event,))


def _by_scope(documents: Iterable[Document]) -> defaultdict[Address, list[Document]]:
    """Known documents by the list they stand in."""
    found: defaultdict[Address, list[Document]] = defaultdict(list)
    for document in documents:
        found[_list_of(document.address)].append(document)
    return found


def _list_of(address: Address) -> Address:
    """The list that an address stands in."""
    kind, names = address
    return Address(kind, names[:1] if kind in (EVENT_PROPERTY, GROUP_PROPERTY) else ())
