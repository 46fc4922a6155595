"""How targets stand, as pages show it: worked out once, and again when a target was read or written to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

from hub.app import App
from hub.config import TargetSettings
from hub.standing import standing, target_status
from mappings.contract import Address

Mark = str
"""How a target stands with one event: `in sync`, `drifted`, `gone`, `unknown`; none where the hub manages nothing."""
Worked = TypeVar("Worked")


class Once(Generic[Worked]):
    """What is worked out of a target's last reading and base, kept until one of these changes. Used from threads."""

    def __init__(self, hub: App, work_out: Callable[[App, str], Worked]) -> None:
        self._hub = hub
        self._work_out = work_out
        self._known: dict[str, tuple[Hashable, Worked]] = {}
        self._lock = threading.Lock()

    def of(self, target: str) -> Worked:
        with self._lock:
            key = self._hub.store.standing_key(target)
            known = self._known.get(target)
            if known is None or known[0] != key:
                known = (key, self._work_out(self._hub, target))
                self._known[target] = known
            return known[1]


class Standings:
    """The targets of one hub, by name."""

    def __init__(self, hub: App) -> None:
        self._hub = hub
        self._standings = Once(hub, standing)
        self._marks = Once(hub, self._worked_out)

    def marks(self, target: str) -> Mapping[str, Mark]:
        """How this target stands with each event that the hub manages there, as far as it was last read."""
        return self._marks.of(target)

    def status(self, target: str, own: TargetSettings) -> dict[str, Any]:
        """As `hub.standing.target_status` has it, without reading everything anew."""
        return target_status(self._hub, target, own, self._standings.of(target))

    def _worked_out(self, hub: App, target: str) -> Mapping[str, Mark]:
        """What `hub status` says of an event's documents, the gravest of it."""
        known = self._standings.of(target)
        marks: dict[Address, Mark] = dict.fromkeys(known.unknown, "unknown")
        marks |= dict.fromkeys(known.differing, "drifted") | dict.fromkeys(known.gone, "gone")
        unread = "unknown" if known.state == "never read" else "in sync"
        found: dict[str, Mark] = {}
        for address, document in hub.store.base_documents(target).items():
            if document.about[:1] == ("events",) and len(document.about) > 1:
                event = document.about[1]
                found[event] = _worst(found.get(event, "in sync"), marks.get(address, unread))
        return found


_BY_GRAVITY = ("in sync", "unknown", "drifted", "gone")


def _worst(one: Mark, other: Mark) -> Mark:
    return max(one, other, key=_BY_GRAVITY.index)


def has_mark(name: str, mark: Mark, marks: Mapping[str, Mapping[str, Mark]]) -> bool:
    """Whether any target stands so with the event of this name; `missing` where it is not there, "" wants nothing."""
    return not mark or any(held.get(name, "missing") == mark for held in marks.values())
