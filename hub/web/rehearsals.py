"""Previews as pages need them: worked out once for each state of plan, tools and decisions, with an index to search."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from connectors.contract import Operation
from hub.app import App
from hub.changes.changeset import Changeset
from hub.changes.diff import FieldChange, field_changes
from hub.changes.guard import Limits, Measure, Ticket, Violation, measures, violations
from hub.engine.preview import DAY
from hub.engine.rehearsal import rehearse
from hub.engine.target import Target
from mappings.canonical import TrackingPlan
from mappings.contract import Finding, Path

MOST = 150_000
"""Documents and findings that kept previews may hold together; the newest is kept however large it is."""
SECTIONS = ("events", "user_properties", "groups")
"""What people look for first."""
PLACES = 32
"""How many previews are kept, however small they are."""


@dataclass(frozen=True)
class Rehearsed:
    """What a publish would do, from what was last read. `read_at` says when each target was."""

    changeset: Changeset
    unread: tuple[str, ...]
    read_at: Mapping[str, float]

    @cached_property
    def weight(self) -> int:
        """How many values it holds on to."""
        parts = self.changeset.targets
        return sum(len(one.operations) + len(one.in_sync) + len(one.findings) for one in parts)

    @cached_property
    def verbs(self) -> Mapping[str, Mapping[str, int]]:
        """How many operations of each verb, by target."""
        return {one.target: Counter(operation.verb for operation in one.operations) for one in self.changeset.targets}

    @cached_property
    def writes(self) -> Mapping[Path, Mapping[str, list[Operation]]]:
        """The operations by what they are about, and by target; events first, each sort in order of name."""
        found: dict[Path, dict[str, list[Operation]]] = {}
        for changes in self.changeset.targets:
            for operation in changes.operations:
                found.setdefault(_subject(operation), {}).setdefault(changes.target, []).append(operation)
        return dict(sorted(found.items(), key=lambda one: (_rank(one[0]), one[0])))

    @cached_property
    def losses(self) -> Mapping[Path, Mapping[str, list[Finding]]]:
        """The findings in the same way."""
        found: dict[Path, dict[str, list[Finding]]] = {}
        for changes in self.changeset.targets:
            for finding in changes.findings:
                found.setdefault(finding.path[:2], {}).setdefault(changes.target, []).append(finding)
        return found

    @cached_property
    def words(self) -> Mapping[Path, str]:
        """All that a search looks at, in lower case: names, addresses, and what would change."""
        return {path: "\n".join(_said(path, by_target)).lower() for path, by_target in self.writes.items()}

    def guards(self, hub: App, targets: Sequence[Target]) -> Guards:
        """What stands against it at this moment: the last 24 hours move on, and tickets are given and expire."""
        now = hub.engine.time.now()
        limits = {one.name: one.limits for one in targets}
        recent = {one.target: hub.store.recent(one.target, now - DAY) for one in self.changeset.targets}
        tickets = tuple(one for one in hub.store.tickets(self.changeset.fingerprint) if one.expires > now)
        asked = (limits, recent, tickets)
        known = self._guards.get("now")
        if known is None or known[0] != asked:
            found = violations(self.changeset, limits=limits, recent=recent, tickets=tickets, now=now)
            numbers = tuple(
                measure
                for one in self.changeset.targets
                for measure in measures(one, limits.get(one.target, Limits()), recent[one.target])
            )
            known = (asked, Guards(found, numbers, tickets))
            self._guards["now"] = known
        return known[1]

    @cached_property
    def _guards(self) -> dict[str, tuple[object, Guards]]:
        return {}


@dataclass(frozen=True, slots=True)
class Guards:
    """Which guards say no, how much of each share is used, and which tickets are in force."""

    violations: tuple[Violation, ...]
    measures: tuple[Measure, ...]
    tickets: tuple[Ticket, ...]


@dataclass
class Rehearsals:
    """The previews of one hub. Used from several threads: who wants the same one waits for it."""

    hub: App
    _kept: OrderedDict[tuple[str, ...], tuple[_Key, Rehearsed]] = field(default_factory=OrderedDict)
    _locks: dict[tuple[str, ...], threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, plan: TrackingPlan, targets: Sequence[Target]) -> Rehearsed:
        """What a publish of this plan to these targets would do."""
        place = (plan.name, *(one.name for one in targets))
        with self._lock:
            mine = self._locks.setdefault(place, threading.Lock())
        with mine:
            key = self._key(plan, targets)
            with self._lock:
                known = self._kept.get(place)
                if known is not None and known[0].fits(key):
                    self._kept.move_to_end(place)
                    return known[1]
            made = self._made(plan, targets)
            with self._lock:
                self._kept[place] = (key, made)
                self._kept.move_to_end(place)
                self._forget()
            return made

    def _key(self, plan: TrackingPlan, targets: Sequence[Target]) -> _Key:
        stamps = self.hub.store.stamps
        seen = (stamps.of_plan(plan.name), *(stamps.of_target(one.name) for one in targets))
        return _Key(plan, tuple(targets), self.hub.engine.authority, seen)

    def _made(self, plan: TrackingPlan, targets: Sequence[Target]) -> Rehearsed:
        seen, unread = rehearse(self.hub.engine, plan, targets)
        return Rehearsed(seen.changeset, tuple(unread), {name: one.taken_at for name, one in seen.snapshots.items()})

    def _forget(self) -> None:
        """Those that were looked at longest ago go first."""
        while len(self._kept) > 1 and (len(self._kept) > PLACES or self._weight > MOST):
            place, _ = self._kept.popitem(last=False)
            self._locks.pop(place, None)

    @property
    def _weight(self) -> int:
        return sum(one.weight for _, one in self._kept.values())


@dataclass(frozen=True)
class _Key:
    """All that a preview is made of. The plan is compared as the object that it is: the catalogue makes another one
    for each version, and this one is held on to as long as the key."""

    plan: TrackingPlan
    targets: tuple[Target, ...]
    authority: object
    seen: Hashable

    def fits(self, other: _Key) -> bool:
        mine, theirs = (self.targets, self.authority, self.seen), (other.targets, other.authority, other.seen)
        return self.plan is other.plan and mine == theirs


def rehearsals_of(request: Request) -> Rehearsals:
    """Those of the hub that is served."""
    found: Rehearsals = request.app.state.rehearsals
    return found


Previews = Annotated[Rehearsals, Depends(rehearsals_of)]


def _rank(path: Path) -> int:
    return SECTIONS.index(path[0]) if path[0] in SECTIONS else len(SECTIONS)


def _subject(operation: Operation) -> Path:
    """What people call the thing that is written: an event, a group, a property of users; else its address."""
    shown = operation.document or operation.before
    about = shown.about[:2] if shown is not None else ()
    return about if len(about) == 2 else ("", str(operation.address))


def _said(path: Path, by_target: Mapping[str, Sequence[Operation]]) -> Iterator[str]:
    yield path[1]
    for operations in by_target.values():
        for operation in operations:
            yield f"{operation.verb} {operation.address}"
            for change in fields_of(operation) if operation.verb != "create" else ():
                yield f"{'.'.join(change.path)} {change.before} {change.after}"


def fields_of(operation: Operation) -> list[FieldChange]:
    """What an operation changes, field by field."""
    before = operation.before.body if operation.before else {}
    return list(field_changes(before, operation.document.body if operation.document else {}))
