"""What a benchmark tells, and how time is taken on a machine that does other work as well."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with what was promised of it.

    `goal` bounds `value`: from above, or from below when `more_is_better`. `ratio` is the value in terms of what
    `of` names, with its own bound. A figure without goals is information.
    """

    name: str
    unit: str
    value: float
    goal: float | None = None
    ratio: float | None = None
    ratio_goal: float | None = None
    of: str = ""
    more_is_better: bool = False

    @property
    def passed(self) -> bool:
        return self._value_holds() and (self.ratio is None or self.ratio_goal is None or self.ratio <= self.ratio_goal)

    def _value_holds(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal

    def data(self) -> dict[str, Any]:
        """The shape of one entry of `--json`."""
        return {**asdict(self), "passed": self.passed}


def cpu_seconds(work: Callable[[], object], *, prepare: Callable[[], object] = lambda: None, repeat: int = 5) -> float:
    """The least CPU time of this process, in seconds, that `work` took in several runs.

    CPU time and minima, because what other processes do to the caches and the clock only ever adds. `prepare` runs
    before each run and is not counted, nor is the garbage that is there already.
    """
    return _least(time.process_time, work, prepare, repeat)


def wall_seconds(work: Callable[[], object], *, prepare: Callable[[], object] = lambda: None, repeat: int = 5) -> float:
    """The least wall time of several runs: for whole processes, of which a person waits for the end."""
    return _least(time.perf_counter, work, prepare, repeat)


def _least(clock: Callable[[], float], work: Callable[[], object], prepare: Callable[[], object], repeat: int) -> float:
    return min(_once(clock, work, prepare) for _ in range(repeat))


def _once(clock: Callable[[], float], work: Callable[[], object], prepare: Callable[[], object]) -> float:
    prepare()
    gc.collect()
    began = clock()
    kept = work()
    spent = clock() - began
    del kept  # freeing the result is not part of the work
    return spent


def as_json(figures: Iterable[Figure]) -> str:
    return json.dumps([figure.data() for figure in figures], indent=1)


def as_row(figure: Figure) -> str:
    """One line of the table on a terminal."""
    goal = "" if figure.goal is None else f"{'≥' if figure.more_is_better else '≤'} {figure.goal:g}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} × {figure.of}"
    bound = "" if figure.ratio_goal is None else f" (≤ {figure.ratio_goal:g})"
    verdict = "yes" if figure.passed else "NO"
    return f"{figure.name:34} {figure.value:10.3f} {figure.unit:6} {goal:>8}  {verdict:4} {ratio}{bound}"
