"""The benchmarks run and mean what they say, at tiny sizes. No wall time is asserted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.benchmarks import decisions, pages, remembering, translating
from tests.benchmarks.__main__ import main
from tests.benchmarks.figures import Figure, as_json

TINY: dict[str, Callable[[], Iterator[Figure]]] = {
    "decision": lambda: decisions.decision(6, 2, repeat=1),
    "growth": lambda: decisions.growth(8, 2, smaller=4),
    "reconcile": lambda: decisions.reconciling(6, 2, repeat=1),
    "merge": lambda: decisions.merging(10, 2, repeat=1),
    "hash": lambda: decisions.hashing(3, 2, repeat=1),
    "mappings": lambda: translating.mappings(3, 2, repeat=1),
    "plan-files": lambda: translating.plan_files(3, properties=2, repeat=1),
    "snapshots": lambda: remembering.snapshots(3, 2, repeat=1),
    "publish": lambda: remembering.publishing(2, 2),
    "pages": lambda: pages.pages(5, 2, repeat=1),
}


@pytest.mark.parametrize("name", TINY)
def test_each_benchmark_measures_something(name: str) -> None:
    figures = json.loads(as_json(TINY[name]()))
    assert figures and all(figure["value"] >= 0 for figure in figures)


def test_a_figure_passes_within_both_goals_only() -> None:
    within = Figure("one", "s", 1.0, 2.0, 5.0, 6.0)
    assert within.passed and not Figure("one", "s", 3.0, 2.0).passed
    assert not Figure("one", "s", 1.0, 2.0, 7.0, 6.0).passed


def test_more_is_better_turns_the_goal_around() -> None:
    assert Figure("rate", "docs/s", 9.0, 5.0, more_is_better=True).passed
    assert not Figure("rate", "docs/s", 4.0, 5.0, more_is_better=True).passed


def test_an_unknown_name_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed-of-light"]) == 64
    assert "decision" in capsys.readouterr().err
