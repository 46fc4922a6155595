"""How targets stand, as pages show it: worked out once, and again when a target was read or written to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from hub.app import App

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
        self._marks = Once(hub, _marks)

    def marks(self, target: str) -> Mapping[str, Mark]:
        """How this target stands with each event that the hub manages there, as far as it was last read."""
        return self._marks.of(target)


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
