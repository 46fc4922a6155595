"""A target: one configured workspace of one tool, and what all targets have in common."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.contract import Connector, Limiter, Plugin, SystemTime, Time, Wiring
from connectors.settings import Settings
from hub.changes.authority import Authority
from hub.changes.guard import Limits
from hub.engine.ports import Listener, Progress, Store
from hub.errors import Stopped
from mappings.contract import ToolMapping

Result = TypeVar("Result")
READING_SHARE = 0.07
"""Reconciling every quarter of an hour then takes 28 % of the quota, and publishing has the rest."""
HEARING = 0.2
"""Seconds. A signal that arrives in the moment before a thread goes to sleep is heard only when it wakes up again."""


@dataclass(frozen=True, slots=True)
class Target:
    """One workspace of one tool, under the name it has in the configuration."""

    name: str
    plugin: Plugin
    settings: Settings
    limits: Limits = field(default_factory=Limits)
    delete: bool = False
    """Whether a tombstone deletes where the tool could also hide."""
    reading_share: float = READING_SHARE
    """The part of the tool's longest quota that one reconcile may spend where reading can be spread over several."""

    @property
    def mapping(self) -> ToolMapping:
        return self.plugin.mapping(self.settings)


def _silent(progress: Progress) -> None:
    """Nobody is watching."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What the verbs share: the store, the clock, the shared quotas, and whoever watches.

    `stopping` is set when the person pressed Ctrl-C: runs end after the answer they wait for, and can be resumed.
    """

    store: Store
    limiter: Callable[[Target], Limiter]
    time: Time = field(default_factory=SystemTime)
    listen: Listener = _silent
    patience: float = 7200.0
    """The longest wait for a quota, in seconds, that a run sits out before it ends as `waiting`."""
    transport: Callable[[Target], object] = lambda target: None
    """An httpx transport for a target; None for the network. A test's own."""
    stopping: threading.Event = field(default_factory=threading.Event)
    authority: Authority = field(default_factory=Authority)
    """Who has the last word about each field."""

    def stop_if_asked(self) -> None:
        """Raises Stopped when the person wants the run to end."""
        if self.stopping.is_set():
            raise Stopped("stopped before the end", hint="the same command goes on where this one stopped")

    @contextmanager
    def connected(self, target: Target) -> Iterator[Connector]:
        """A connection to the target for the length of a `with` block."""
        wiring = Wiring(
            self.limiter(target),
            self.time,
            self.transport(target),
            self.patience,
            lambda seconds: self.listen(Progress("waiting", target.name, text=f"{seconds:.0f}")),
        )
        connector = target.plugin.connect(target.settings, wiring)
        try:
            yield connector
        finally:
            connector.close()


def side_by_side(
    work: Callable[[Target], Result], targets: Iterable[Target], stopping: threading.Event | None = None
) -> list[Result]:
    """The results of `work` for each target, all targets at once, in the order given.

    All are waited for before the first exception is raised, so that no target is left in the middle. Ctrl-C sets
    `stopping` and then waits likewise. Nothing begins before everything is handed over: a thread that is being started
    while Ctrl-C comes is one that the pool never hears of, and would not wait for.
    """
    todo: Sequence[Target] = list(targets)
    begin, given_up = threading.Event(), threading.Event()

    def one(target: Target) -> Result:
        begin.wait()
        if given_up.is_set():
            raise Stopped("stopped before it began", hint="the same command does it all")
        return work(target)

    with ThreadPoolExecutor(max_workers=max(len(todo), 1)) as pool:
        try:
            running = [pool.submit(one, target) for target in todo]
            begin.set()
            while wait(running, timeout=HEARING).not_done:
                pass
        except KeyboardInterrupt:
            if stopping is not None:
                stopping.set()
            if not begin.is_set():
                given_up.set()
            begin.set()
            raise
    return [future.result() for future in running]


class StoppableTime:
    """The real clock, whose sleeps end early with Stopped when the person wants the run to end."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise Stopped("stopped while waiting", hint="the same command goes on where this one stopped")
