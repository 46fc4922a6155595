"""Client-side limits from the cost model: never be told "too many", and say beforehand how long it takes.

Why a log of what was taken, and not a leaky bucket: the vendors' windows are narrow (five requests a minute), and
a bucket that is safe in *any* window of that length gives away most of it. See docs/decisions/.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import Call, CostModel, Window

MARGIN = 1.02
"""Our window is this much longer than the vendor's, and `SLACK` seconds more: requests do not arrive at the pace at
which they were sent."""
SLACK = 0.05


def earliest(taken: Sequence[tuple[float, float]], window: Window, units: float, now: float) -> float:
    """The first moment from `now` on at which `units` more fit the window; `taken` is (moment, units), oldest first.

    Units beyond the window's whole limit can never fit; they are let through when the window is empty, so that the
    tool itself says what it thinks of them.
    """
    length = window.seconds * MARGIN + SLACK
    used = sum(amount for moment, amount in taken if moment > now - length)
    at = now
    for moment, amount in taken:
        if used + units <= window.limit or used <= 0:
            break
        if moment > now - length:
            used -= amount
            at = max(at, moment + length)
    return at


class _Log:
    """What was taken of one window, oldest first, with its sum: a place is found without counting all again.

    Moments never go back, so what has left the window for one reservation has left it for all later ones.
    """

    def __init__(self, window: Window) -> None:
        self._limit = window.limit
        self._length = window.seconds * MARGIN + SLACK
        self._taken: deque[tuple[float, float]] = deque()
        self._used = 0.0

    def earliest(self, units: float, at: float) -> float:
        """As the function of that name; forgets what no longer counts then."""
        if self._taken:
            at = max(at, self._taken[-1][0])
        while self._taken and self._taken[0][0] <= at - self._length:
            self._forget()
        while self._used > 0 and self._used + units > self._limit:
            at = max(at, self._forget() + self._length)
        return at

    def add(self, moment: float, units: float) -> None:
        self._taken.append((moment, units))
        self._used += units

    def _forget(self) -> float:
        moment, amount = self._taken.popleft()
        self._used = self._used - amount if self._taken else 0.0
        return moment


class WindowLimiter:
    """The limits of one account within one process. `now` is the clock, in seconds."""

    def __init__(self, windows: Sequence[Window], now: Callable[[], float]) -> None:
        self._logs = {window.name: _Log(window) for window in windows}
        self._now = now
        self._not_before = 0.0
        self._lock = threading.Lock()

    def reserve(self, units: Mapping[str, float]) -> float:
        with self._lock:
            now = self._now()
            at = max(now, self._not_before)
            for name, amount in units.items():
                at = self._logs[name].earliest(amount, at)
            for name, amount in units.items():
                self._logs[name].add(at, amount)
            return at - now

    def note(self, name: str, taken: Iterable[tuple[float, float]]) -> None:
        """Units that were taken before, by (moment, units), oldest first."""
        for moment, amount in taken:
            self._logs[name].add(moment, amount)

    def pause(self, seconds: float) -> None:
        with self._lock:
            self._not_before = max(self._not_before, self._now() + seconds)


class NoLimit:
    """For tools without limits, and for tests that mind other things."""

    def reserve(self, units: Mapping[str, float]) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a sequence of calls will take: how many, how long, and the largest share of a window they use."""

    calls: int
    writes: int
    seconds: float
    share: float
    """Of the widest window (an hour at Amplitude, a minute at Mixpanel): 0.06 is 6 %. 0 where nothing is limited."""
    window: str = ""


def forecast(
    calls: Sequence[Call],
    cost: CostModel,
    taken: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    now: float = 0.0,
) -> Forecast:
    """Simulate the calls through the same limiter: `concurrency` lanes, each call `latency` seconds.

    `taken` is what the account has used already ({window: [(moment, units)]}), so a busy hour shows in the time.
    """
    clock = [now]
    limiter = WindowLimiter(cost.windows, lambda: clock[0])
    for name, used in (taken or {}).items():
        limiter.note(name, used)
    lanes = [now] * max(cost.concurrency, 1)
    for call in calls:
        lane = min(range(len(lanes)), key=lanes.__getitem__)
        clock[0] = max(clock[0], lanes[lane])
        lanes[lane] = clock[0] + limiter.reserve(call.units) + cost.latency
    seconds = max(lanes) - now if calls else 0.0
    widest = max(cost.windows, key=lambda window: window.seconds, default=None)
    spent = sum(call.units.get(widest.name, 0) for call in calls) if widest else 0.0
    share = spent / widest.limit if widest else 0.0
    return Forecast(len(calls), sum(call.writes for call in calls), seconds, share, widest.name if widest else "")
