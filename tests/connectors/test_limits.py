"""The limiter never lets too much through, never waits for nothing, and forecasts what then happens."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Call, CostModel, Window
from connectors.limits import MARGIN, SLACK, NoLimit, WindowLimiter, forecast


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def busiest(sent: Sequence[tuple[float, float]], seconds: float) -> float:
    """The most units in any half-open stretch of so many seconds."""
    return max((sum(u for at, u in sent if end - seconds < at <= end) for end, _ in sent), default=0.0)


def length(window: Window) -> float:
    return window.seconds * MARGIN + SLACK


WINDOWS = (Window("second", 3, 1), Window("minute", 20, 60), Window("hour", 100, 3600))
units = st.dictionaries(st.sampled_from([one.name for one in WINDOWS]), st.integers(1, 3), max_size=3)
steps = st.floats(0, 100) | st.sampled_from([0.0, 1.0, 60.0, 1.07, 61.25, 3600.0])


# Never too much


@given(st.lists(st.tuples(steps, units), max_size=60))
def test_no_window_ever_holds_more_than_its_limit(asked: list[tuple[float, Mapping[str, float]]]) -> None:
    clock, sent = Clock(), {one.name: [] for one in WINDOWS}
    limiter = WindowLimiter(WINDOWS, clock)
    for step, cost in asked:
        clock.now += step
        at = clock.now + limiter.reserve(cost)
        for name, amount in cost.items():
            sent[name].append((at, amount))
    for window in WINDOWS:
        assert busiest(sent[window.name], window.seconds) <= window.limit


@given(st.lists(st.tuples(st.floats(-50, 50), st.integers(1, 3)), max_size=40))
def test_a_clock_that_is_set_back_lets_nothing_more_through(asked: list[tuple[float, int]]) -> None:
    clock, sent = Clock(), []
    limiter = WindowLimiter((WINDOWS[1],), clock)
    for step, amount in asked:
        clock.now += step
        sent.append((clock.now + limiter.reserve({"minute": amount}), amount))
    assert busiest(sent, 60) <= 20


def test_threads_together_keep_within_the_window() -> None:
    clock, sent = Clock(), []
    limiter = WindowLimiter((Window("minute", 5, 60),), clock)
    threads = [
        threading.Thread(target=lambda: sent.extend(limiter.reserve({"minute": 1}) for _ in range(10)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 40 and busiest([(wait, 1) for wait in sorted(sent)], 60) <= 5


# Never for nothing


@given(limit=st.integers(1, 30), seconds=st.integers(1, 3600), calls=st.integers(1, 100))
def test_a_burst_takes_a_window_each_time_the_limit_is_reached(limit: int, seconds: int, calls: int) -> None:
    window = Window("w", limit, seconds)
    limiter = WindowLimiter((window,), Clock())
    waits = [limiter.reserve({"w": 1}) for _ in range(calls)]
    assert waits == pytest.approx([(number // limit) * length(window) for number in range(calls)])


def test_exactly_the_limit_goes_at_once_and_again_when_the_window_is_over() -> None:
    clock, window = Clock(), Window("minute", 5, 60)
    limiter = WindowLimiter((window,), clock)
    assert limiter.reserve({"minute": 5}) == 0
    clock.now += length(window)
    assert limiter.reserve({"minute": 5}) == 0


def test_the_window_moves_and_does_not_start_over() -> None:
    clock, window = Clock(), Window("minute", 2, 60)
    limiter = WindowLimiter((window,), clock)
    limiter.reserve({"minute": 1})
    clock.now += 30
    limiter.reserve({"minute": 1})
    assert limiter.reserve({"minute": 1}) == pytest.approx(length(window) - 30)


def test_the_narrowest_of_several_windows_decides() -> None:
    second, minute = Window("second", 1, 1), Window("minute", 3, 60)
    limiter = WindowLimiter((second, minute), Clock())
    waits = [limiter.reserve({"second": 1, "minute": 1}) for _ in range(4)]
    assert waits == pytest.approx([0, length(second), 2 * length(second), length(minute)])


def test_a_window_nobody_asks_for_delays_nobody() -> None:
    limiter = WindowLimiter((Window("reads", 1, 60), Window("writes", 1, 60)), Clock())
    assert (limiter.reserve({"reads": 1}), limiter.reserve({"writes": 1}), limiter.reserve({})) == (0, 0, 0)


def test_a_call_larger_than_the_window_goes_when_the_window_is_empty() -> None:
    clock, window = Clock(), Window("minute", 5, 60)
    limiter = WindowLimiter((window,), clock)
    assert limiter.reserve({"minute": 9}) == 0
    assert limiter.reserve({"minute": 9}) == pytest.approx(length(window))
    assert limiter.reserve({"minute": 1}) == pytest.approx(2 * length(window))


# Pauses


def test_a_pause_holds_back_everything_and_the_longest_one_counts() -> None:
    clock = Clock()
    limiter = WindowLimiter((Window("minute", 100, 60),), clock)
    limiter.pause(30)
    limiter.pause(10)
    assert (limiter.reserve({"minute": 1}), limiter.reserve({})) == (30, 30)
    clock.now += 30
    assert limiter.reserve({"minute": 1}) == 0


def test_without_limits_nothing_waits() -> None:
    NoLimit().pause(10)
    assert NoLimit().reserve({"anything": 1e9}) == 0


# Forecasts


def brute_force(calls: Sequence[Call], cost: CostModel, used: Mapping[str, Sequence[tuple[float, float]]]) -> float:
    """When the last answer comes: each call goes, in order, at the first moment that all of its windows allow."""
    sent = {window.name: list(used.get(window.name, ())) for window in cost.windows}
    lanes, turn = [0.0] * cost.concurrency, 0.0
    for call in calls:
        lanes.sort()
        turn = max(turn, lanes[0])
        asked = [window for window in cost.windows if window.name in call.units]
        first = max([turn, *(at for window in asked for at, _ in sent[window.name])])
        moments = [first, *(at + length(window) for window in asked for at, _ in sent[window.name])]
        at = min(one for one in moments if one >= first and all(_fits(sent, call, window, one) for window in asked))
        for window in asked:
            sent[window.name].append((at, call.units[window.name]))
        lanes[0] = at + cost.latency
    return max(lanes) if calls else 0.0


def _fits(sent: Mapping[str, Sequence[tuple[float, float]]], call: Call, window: Window, at: float) -> bool:
    held = sum(amount for moment, amount in sent[window.name] if moment + length(window) > at + 1e-6)
    return held == 0 or held + call.units[window.name] <= window.limit


@given(
    calls=st.lists(st.builds(Call, units, st.integers(0, 5)), max_size=40),
    concurrency=st.integers(1, 4),
    latency=st.sampled_from([0.0, 0.2, 1.5]),
    used=st.lists(st.tuples(st.floats(-59, 0), st.integers(1, 3)), max_size=5),
)
def test_a_forecast_is_what_a_run_takes(
    calls: list[Call], concurrency: int, latency: float, used: list[tuple[float, float]]
) -> None:
    cost = CostModel(WINDOWS, concurrency, latency)
    taken = {"minute": sorted(used)}
    seen = forecast(calls, cost, taken)
    assert seen.seconds == pytest.approx(brute_force(calls, cost, taken), abs=1e-3)
    assert (seen.calls, seen.writes) == (len(calls), sum(call.writes for call in calls))


def test_a_forecast_names_the_share_of_the_widest_window() -> None:
    seen = forecast([Call({"hour": 3, "second": 1})] * 2, CostModel(WINDOWS, 1, 0.5))
    assert (seen.share, seen.window) == (0.06, "hour")


@pytest.mark.parametrize(("count", "lanes", "seconds"), [(0, 1, 0.0), (6, 1, 3.0), (6, 2, 1.5), (7, 3, 1.5)])
def test_without_windows_only_the_lanes_count(count: int, lanes: int, seconds: float) -> None:
    seen = forecast([Call({})] * count, CostModel((), lanes, 0.5))
    assert (seen.seconds, seen.share, seen.window) == (pytest.approx(seconds), 0.0, "")


def test_a_forecast_starts_at_any_moment() -> None:
    cost = CostModel((Window("minute", 1, 60),), 1, 0.0)
    used = {"minute": [(1_780_000_000.0, 1.0)]}
    assert forecast([Call({"minute": 1})], cost, used, 1_780_000_030.0).seconds == pytest.approx(31.25)
