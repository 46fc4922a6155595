"""How far a publication has come: wave by wave, what it waits for, and how long it will take by the forecast."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.contract import Budget, Limiter
from connectors.limits import forecast
from hub.app import App
from hub.changes.render import duration
from hub.engine.ports import Publication, TargetRun
from hub.engine.target import Target
from hub.store.quota import SharedLimiter
from hub.store.receipts import Wave
from hub.web.catalogue import usable_targets
from mappings.contract import Documents

KEPT = 64
"""Publications whose forecasts are kept."""
A_WAIT = 2.0
"""Seconds; shorter waits for a quota are not worth a word."""


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """One target. `until` is when its account's quota lets the next request pass, where it waits for that; `left` the
    seconds that it still takes by the forecast, where that is known."""

    run: TargetRun
    waves: Sequence[Wave]
    until: float | None = None
    left: float | None = None

    @property
    def ended(self) -> int:
        return sum(one.ended for one in self.waves)

    @property
    def every(self) -> int:
        return sum(one.every for one in self.waves)


@dataclass(frozen=True, slots=True)
class Standing:
    """All targets of a publication."""

    targets: Sequence[TargetProgress]

    @property
    def percent(self) -> int:
        """Whole percent, rounded down."""
        every = sum(one.every for one in self.targets)
        return 100 * sum(one.ended for one in self.targets) // every if every else 100

    @property
    def left(self) -> str:
        """How long the slowest target still takes, in words; "" where nobody knows."""
        known = [one.left for one in self.targets if one.left is not None]
        return duration(max(known)) if known else ""


@dataclass
class Forecasts:
    """What each target of a publication takes in all, worked out once. Used from several threads."""

    hub: App
    _known: OrderedDict[str, Mapping[str, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, publication: Publication) -> Mapping[str, float]:
        """Seconds by target; without those that are not configured any more."""
        with self._lock:
            if publication.id not in self._known:
                self._known[publication.id] = self._worked_out(publication)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            return self._known[publication.id]

    def _worked_out(self, publication: Publication) -> Mapping[str, float]:
        names = [run.target for run in publication.targets if run.target in self.hub.config.targets]
        targets, _ = usable_targets(self.hub.config, names) if names else ([], None)
        return {one.name: self._seconds(publication.id, one) for one in targets}

    def _seconds(self, publication: str, target: Target) -> float:
        """Of the writes and of the reading back, as the preview counted them."""
        operations = self.hub.store.planned(publication, target.name)
        plugin, settings = target.plugin, target.settings
        written = Documents(one.document for one in operations if one.document is not None)
        calls = list(plugin.calls_to_apply(settings, operations))
        if calls:
            touched = frozenset(one.address for one in operations)
            calls += plugin.calls_to_observe(settings, written, Budget(only=touched))
        return forecast(calls, plugin.cost(settings)).seconds


def standing_of(hub: App, publication: Publication, forecasts: Forecasts) -> Standing:
    """How far each target has come by now."""
    waves = hub.store.receipts.waves(publication.id)
    live = publication.status == "running"
    seconds = forecasts.of(publication) if live else {}
    untils = waits(hub, publication) if live else {}
    now = hub.engine.time.now()
    found = []
    for run in publication.targets:
        mine, until = waves.get(run.target, []), untils.get(run.target)
        ended, every = sum(one.ended for one in mine), sum(one.every for one in mine)
        left = _left(seconds.get(run.target), ended, every, until, now) if run.status == "running" else None
        found.append(TargetProgress(run, mine, until, left))
    return Standing(found)


def _left(seconds: float | None, ended: int, every: int, until: float | None, now: float) -> float | None:
    """The part of the forecast that is not done yet, or the wait if that is longer."""
    if seconds is None or ended == every:
        return None
    return max(seconds * (every - ended) / every, (until or now) - now)


def waits(hub: App, publication: Publication) -> dict[str, float]:
    """Until when running targets wait for a quota, by target: every process notes the requests that it will send."""
    names = [run.target for run in publication.targets if run.status == "running" and run.target in hub.config.targets]
    targets, _ = usable_targets(hub.config, names) if names else ([], None)
    worth_a_word = hub.engine.time.now() + A_WAIT
    found = ((one.name, _passes_at(hub.limiter(one))) for one in targets)
    return {name: until for name, until in found if until is not None and until > worth_a_word}


def _passes_at(limiter: Limiter) -> float | None:
    return limiter.passes_at() if isinstance(limiter, SharedLimiter) else None
