"""Plans as pages need them: read once per version, with an index to search.

A name on a page is the name of a plan, never a path: only the configuration says which file is read.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.app import App
from hub.config import Config
from hub.engine.target import Target
from hub.errors import Moved, Problems, Refusal
from hub.explaining import shared_properties_explained
from hub.plans import PlanHome, open_plan
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.plan import Event


@dataclass(frozen=True, slots=True)
class Row:
    """One event in the list. `words` is all that a search looks at, in lower case."""

    name: str
    event: Event
    words: str

    def fits(self, search: str, wanted: Mapping[str, str]) -> bool:
        """Whether it has every word of a search, and the owner, tag, source and status that a filter wants, if any."""
        held: dict[str, Sequence[str]] = {
            "owner": self.event.owners,
            "tag": self.event.tags,
            "source": self.event.sources,
            "status": (self.event.status,),
        }
        said = all(word in self.words for word in search.lower().split())
        return said and all(not word or word in held[field] for field, word in wanted.items())


@dataclass(frozen=True)
class Catalogued:
    """One version of one plan."""

    home: PlanHome
    expanded: TrackingPlan
    rows: tuple[Row, ...]
    choices: Mapping[str, tuple[str, ...]]
    """What can be filtered by: owners, tags, sources, statuses."""

    @property
    def plan(self) -> TrackingPlan:
        return self.home.plan


@dataclass
class Catalogue:
    """The plans of one hub, by name. Used from several threads."""

    hub: App
    writing: threading.Lock = field(default_factory=threading.Lock)
    """Held from reading a plan until it is saved: two people then write one after the other."""
    _plans: dict[str, tuple[Hashable, Catalogued]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def every(self) -> tuple[list[Catalogued], Refusal | None]:
        """The plans there are: the configuration's own, and those of the store; and why the own one is not there."""
        found: dict[str, Catalogued] = {}
        trouble: Refusal | None = None
        with self._lock:
            try:
                own = self._own()
            except Refusal as refusal:
                own, trouble = None, refusal
            found |= {own.plan.name: own} if own is not None else {}
            for one in self.hub.store.plans():
                if one.plan not in found:
                    found[one.plan] = self._stored(one.plan, one.number)
        return list(found.values()), trouble

    def get(self, name: str) -> Catalogued:
        """By name. Raises Refusal when there is none, or when the configuration's own cannot be read."""
        with self._lock:
            own = self._own()
            if own is not None and own.plan.name == name:
                return own
            number = next((one.number for one in self.hub.store.plans() if one.plan == name), None)
            if number is None:
                raise Refusal(f"there is no plan {name!r}", hint="the page Home lists those there are")
            return self._stored(name, number)

    def _own(self) -> Catalogued | None:
        """The plan that the configuration names."""
        own = self.hub.config.plan
        if own is None:
            return None
        return self._known(f"own:{own}", _stamp(self.hub, own), lambda: self._own_home(own))

    def _own_home(self, own: str) -> PlanHome:
        """The place as seen from the configuration: readers need not know the machine's folders."""
        home = open_plan(self.hub, own)
        folder = self.hub.config.folder.resolve()
        within = Path(home.place).is_relative_to(folder)
        return replace(home, place=str(Path(home.place).relative_to(folder))) if within else home

    def _stored(self, name: str, number: int) -> Catalogued:
        return self._known(f"stored:{name}", number, lambda: stored_home(self.hub, name))

    def _known(self, place: str, version: Hashable, read: Callable[[], PlanHome]) -> Catalogued:
        known = self._plans.get(place)
        if known is None or known[0] != version:
            known = (version, _catalogued(read()))
            self._plans[place] = known
        return known[1]


def home_of(hub: App, name: str) -> PlanHome:
    """Where the plan of this name lives: with the configuration, or in the store. Raises Refusal."""
    if hub.config.plan is not None:
        own = open_plan(hub, hub.config.plan)
        if own.plan.name == name:
            return own
    return stored_home(hub, name)


def stored_home(hub: App, name: str) -> PlanHome:
    """A plan of the store. Its `save` raises Moved when there is a newer version by then."""
    plan = hub.store.plan_version(name)

    def freeze(changed: TrackingPlan, who: str) -> list[str]:
        if hub.store.plan_version(name).data() != plan.data():
            raise Moved("somebody saved another version in between", place=name, hint="look at it and do it again")
        version = hub.store.freeze(changed, who, hub.engine.time.now())
        return [f"{version.plan} version {version.number}"]

    return PlanHome(plan, f"store: {name}", freeze)


def _stamp(hub: App, own: str) -> Hashable:
    """What changes when the plan does: its files' times and sizes, or its newest number."""
    path = Path(own)
    if path.is_dir():
        return tuple(sorted(_stamps(path)))
    if path.exists():
        seen = path.stat()
        return seen.st_mtime_ns, seen.st_size
    return next((one.number for one in hub.store.plans() if one.plan == own), None)


def _stamps(folder: Path) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for one in entries:
            if one.is_dir():
                yield from _stamps(Path(one.path))
            else:
                seen = one.stat()
                yield one.path, seen.st_mtime_ns, seen.st_size


def _catalogued(home: PlanHome) -> Catalogued:
    with shared_properties_explained(home.place):
        expanded = expand(home.plan)
    rows = tuple(Row(name, event, _words(name, event)) for name, event in expanded.events.items())
    events = [row.event for row in rows]
    choices = {
        "owner": _known(word for event in events for word in event.owners),
        "tag": _known(word for event in events for word in event.tags),
        "source": _known(word for event in events for word in event.sources),
        "status": _known(event.status for event in events),
    }
    return Catalogued(home, expanded, rows, choices)


def _known(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def _words(name: str, event: Event) -> str:
    said = (name, event.description, event.display_name or "", event.category or "", *event.properties)
    return "\n".join((*said, *event.owners, *event.tags)).lower()


def usable_targets(config: Config, names: Iterable[str] = ()) -> tuple[list[Target], Refusal | None]:
    """The configured targets, or those of these names; what keeps them from being used, where something does."""
    if not config.targets:
        return [], None
    try:
        return config.open_targets(names), None
    except Problems as problems:
        return [], problems
