"""The limits of an account, shared by everyone who uses the same database."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Window
from connectors.limits import MARGIN, SLACK
from hub.store.database import Database
from hub.store.quota import SharedLimiter
from tests.hub.store.processes import children

MINUTE = Window("minute", 3, 60)
HOUR = Window("hour", 10, 3600)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/hub.db")


def length(window: Window) -> float:
    return window.seconds * MARGIN + SLACK


def busiest(sent: Sequence[tuple[float, float]], seconds: float) -> float:
    return max((sum(u for at, u in sent if end - seconds < at <= end) for end, _ in sent), default=0.0)


def test_two_runs_on_one_account_share_its_window(database: Database, clock: Clock) -> None:
    one, other = (SharedLimiter(database, "amplitude:a", [MINUTE], clock) for _ in range(2))
    waits = [limiter.reserve({"minute": 1}) for limiter in (one, other, one, other)]
    assert waits == pytest.approx([0, 0, 0, length(MINUTE)])


def test_two_accounts_are_separate(database: Database, clock: Clock) -> None:
    one, other = (SharedLimiter(database, account, [MINUTE], clock) for account in ("amplitude:a", "amplitude:b"))
    one.reserve({"minute": 3})
    one.pause(500)
    assert (other.reserve({"minute": 3}), one.reserve({"minute": 1})) == (0, 500)


def test_the_window_survives_the_process(tmp_path: Path, clock: Clock) -> None:
    for wait in (0, length(MINUTE)):
        database = Database(f"sqlite:///{tmp_path}/hub.db")
        assert SharedLimiter(database, "a", [MINUTE], clock).reserve({"minute": 3}) == pytest.approx(wait)
        database.close()


def test_the_narrowest_window_decides_and_a_large_call_goes_alone(database: Database, clock: Clock) -> None:
    limiter = SharedLimiter(database, "a", [MINUTE, HOUR], clock)
    waits = [limiter.reserve({"minute": 3, "hour": 3}) for _ in range(4)] + [limiter.reserve({"minute": 99})]
    minute = length(MINUTE)
    assert waits == pytest.approx([0, minute, 2 * minute, length(HOUR), length(HOUR) + minute])


@pytest.mark.parametrize("windows", [(), (MINUTE,)])
@pytest.mark.parametrize("units", [{}, {"minute": 1}])
def test_a_pause_is_for_everyone(
    database: Database, clock: Clock, windows: tuple[Window, ...], units: Mapping[str, float]
) -> None:
    if units and not windows:
        units = {}
    one, other = (SharedLimiter(database, "a", windows, clock) for _ in range(2))
    one.pause(40)
    one.pause(5)
    assert other.reserve(units) == 40
    clock.now += 40
    assert other.reserve(units) == 0


def test_what_was_used_is_told_without_writing(database: Database, clock: Clock) -> None:
    limiter = SharedLimiter(database, "a", [MINUTE, HOUR], clock)
    limiter.reserve({"minute": 2, "hour": 5})
    clock.now += length(MINUTE)
    with database.write():
        assert limiter.used() == {"minute": [], "hour": [(1000.0, 5.0)]}


def test_what_is_over_is_forgotten(database: Database, clock: Clock) -> None:
    limiter = SharedLimiter(database, "a", [MINUTE], clock)
    for _ in range(20):
        limiter.reserve({"minute": 1})
        clock.now += 100
    with database.read() as connection:
        assert connection.exec_driver_sql("select count(*) from quota_use").scalar() == 1


steps = st.floats(0, 100) | st.sampled_from([0.0, length(MINUTE), 60.0])


@settings(max_examples=30, deadline=None)
@given(asked=st.lists(st.tuples(steps, st.integers(1, 3), st.integers(0, 4)), max_size=15))
def test_no_window_ever_holds_more_than_its_limit(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[float, int, int]]
) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('quota')}/hub.db")
    clock, sent = Clock(), {"minute": [], "hour": []}
    for step, minute, hour in asked:
        clock.now += step
        at = clock.now + SharedLimiter(database, "a", [MINUTE, HOUR], clock).reserve({"minute": minute, "hour": hour})
        sent["minute"].append((at, minute))
        sent["hour"].append((at, hour))
    database.close()
    assert busiest(sent["minute"], 60) <= 3 and busiest(sent["hour"], 3600) <= 10


CHILD = """
import time
from connectors.contract import Window
from hub.store.quota import SharedLimiter
moment = [0.0]
def now():
    moment[0] = time.time()
    return moment[0]
database = Database(sys.argv[1])
limiter = SharedLimiter(database, "a", [Window("w", 5, 20.0)], now)
print("ready")
sys.stdin.readline()
for _ in range(15):
    wait = limiter.reserve({"w": 1})
    print(moment[0] + wait)
if sys.stdin.readline():
    limiter.pause(1000)
    print("paused")
    sys.stdin.readline()
"""


@pytest.mark.process
def test_four_processes_never_exceed_one_window_and_waste_none_of_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/hub.db"
    with children(CHILD, url, cwd=tmp_path, count=4) as running:
        for child in running:
            child.say()
        sent = sorted(float(child.hear()) for child in running for _ in range(15))
        assert busiest([(at, 1) for at in sent], 20.0) <= 5
        gaps = [later - earlier for earlier, later in zip(sent, sent[5:], strict=False)]
        assert gaps == pytest.approx([20.0 * MARGIN + SLACK] * 55)


@pytest.mark.process
def test_a_pause_of_one_process_is_seen_by_others(tmp_path: Path, database: Database) -> None:
    with children(CHILD, database.url, cwd=tmp_path) as (child,):
        child.say()
        child.say()
        assert [child.hear() for _ in range(16)][-1] == "paused"
        last = SharedLimiter(database, "a", [Window("w", 5, 20.0)], time.time)
        assert 900 < last.reserve({"w": 1}) <= 1000
