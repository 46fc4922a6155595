"""Plans as pages need them: read once per version, with an index to search and each tool's mark per event."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hub.app import App
from hub.config import Config
from hub.engine.target import Target
from hub.errors import Problems
from hub.plans import PlanHome, open_plan
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.plan import Event

Mark = str
"""How a target stands with one event: `in sync`, `drifted`, `gone`, or "" when the hub manages nothing of it there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event in the list. `words` is all that a search looks at, in lower case."""

    name: str
    event: Event
    words: str


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
    _plans: dict[str, tuple[Hashable, Catalogued]] = field(default_factory=dict)
    _marks: dict[str, tuple[Hashable, Mapping[str, Mark]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def names(self) -> list[str]:
        """The plans there are: the configuration's own, and those of the store."""
        stored = [one.plan for one in self.hub.store.plans()]
        own = self.hub.config.plan
        return list(dict.fromkeys([*([self.get(own).plan.name] if own else []), *stored]))

    def get(self, name: str) -> Catalogued:
        """By name, or as the configuration spells it. Raises Refusal when there is none."""
        wanted = self._spelt(name)
        with self._lock:
            key = self._version(wanted)
            known = self._plans.get(wanted)
            if known is None or known[0] != key:
                known = (key, _catalogued(open_plan(self.hub, wanted)))
                self._plans[wanted] = known
            return known[1]

    def _spelt(self, name: str) -> str:
        """The configuration's plan goes by its path there, and by its name on the pages."""
        own = self.hub.config.plan
        known = self._plans.get(own) if own else None
        if own and (known[1].plan.name if known else open_plan(self.hub, own).plan.name) == name:
            return own
        return name

    def _version(self, wanted: str) -> Hashable:
        """What changes when the plan does: its files' times and sizes, or its newest number."""
        path = Path(wanted)
        if path.exists():
            files = sorted(path.rglob("*.*")) if path.is_dir() else [path]
            return tuple((str(one), one.stat().st_mtime_ns, one.stat().st_size) for one in files)
        return next((one.number for one in self.hub.store.plans() if one.plan == wanted), None)

    def marks(self, target: str) -> Mapping[str, Mark]:
        """How this target stands with each event that the hub manages there, as far as it was last read."""
        with self._lock:
            key = self.hub.store.standing_key(target)
            known = self._marks.get(target)
            if known is None or known[0] != key:
                known = (key, _marks(self.hub, target))
                self._marks[target] = known
            return known[1]


def _catalogued(home: PlanHome) -> Catalogued:
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


def _marks(hub: App, target: str) -> Mapping[str, Mark]:
    snapshot = hub.store.last_snapshot(target)
    found: dict[str, Mark] = {}
    for address, document in hub.store.base_documents(target).items():
        if document.about[:1] != ("events",) or len(document.about) < 2:
            continue
        held = snapshot.documents.get(address) if snapshot is not None else None
        if held is not None:
            mark = "in sync" if held.hash == document.hash else "drifted"
        else:
            mark = "gone" if snapshot is not None and snapshot.knows_absent(address) else "unknown"
        found[document.about[1]] = _worst(found.get(document.about[1], "in sync"), mark)
    return found


_BY_GRAVITY = ("in sync", "unknown", "drifted", "gone")


def _worst(one: Mark, other: Mark) -> Mark:
    return max(one, other, key=_BY_GRAVITY.index)


def usable_targets(config: Config) -> tuple[list[Target], str]:
    """The configured targets; what keeps them from being used, in words, where something does."""
    if not config.targets:
        return [], ""
    try:
        return config.open_targets(), ""
    except Problems as problems:
        return [], str(problems)
