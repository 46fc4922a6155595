"""Rest for the garbage collector while many values are made at once."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Rest:
    """How many want the collector to rest. It is one for all threads, so the last to leave wakes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resting = 0
        self._was_on = False

    def begin(self) -> None:
        with self._lock:
            if not self._resting:
                self._was_on = gc.isenabled()
                gc.disable()
            self._resting += 1

    def end(self) -> None:
        """What was made meanwhile counts as old: freezing and thawing moves it there without looking at it, where the
        next allocation would have the collector walk through all of it."""
        with self._lock:
            self._resting -= 1
            if not self._resting and self._was_on:
                gc.freeze()
                gc.unfreeze()
                gc.enable()


_REST = _Rest()


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for reference cycles in a `with` block that makes values by the hundred thousand.

    Plans, documents and changesets are frozen and hold no cycles, so a search finds nothing, and each walks through all
    that is alive: a third of the time of a big preview. What is counted by references is freed as ever, and cycles are
    still found by the next full search. May be nested, and used by several threads at once.
    """
    _REST.begin()
    try:
        yield
    finally:
        _REST.end()
