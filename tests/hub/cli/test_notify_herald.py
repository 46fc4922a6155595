"""The herald beside a long run: what is wrong in one round is forgotten in the next, and never harms the run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.errors import Refusal
from hub.notify.herald import Herald


class Rounds:
    """Opens nothing: each round ends as the next of these says, the last one again and again."""

    def __init__(self, *ends: Exception | None) -> None:
        self._ends = iter(ends)
        self._end: Exception | None = None
        self.count = 0
        self.enough = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        if self.count > 3:
            self.enough.set()
        self._end = next(self._ends, self._end)
        if self._end is not None:
            raise self._end


REFUSAL, SLIP = Refusal("no such secret"), KeyError("a slip of ours")


@pytest.fixture
def run() -> Iterator[Callable[[Rounds], Herald]]:
    """A run that lasts until four rounds were made."""

    def until_enough(rounds: Rounds) -> Herald:
        with Herald(rounds, every=0.01, flush=2.0) as herald:
            assert rounds.enough.wait(5)
        return herald

    yield until_enough


@pytest.mark.parametrize("trouble", [REFUSAL, SLIP], ids=["a refusal", "a slip"])
def test_a_round_that_fails_is_not_the_last_one(run: Any, trouble: Exception) -> None:
    rounds = Rounds(trouble, None)
    assert run(rounds).problem is None and rounds.count > 3


@pytest.mark.parametrize(
    ("trouble", "words"),
    [(REFUSAL, "no such secret"), (SLIP, "KeyError: 'a slip of ours'")],
    ids=["a refusal", "a slip"],
)
def test_trouble_that_lasts_is_known_at_the_end(run: Any, trouble: Exception, words: str) -> None:
    assert words in str(run(Rounds(trouble)).problem)


def test_a_slip_is_logged_once_and_not_in_every_round(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    run(Rounds(SLIP))
    assert [record.message for record in caplog.records] == ["notifications are not delivered"]
