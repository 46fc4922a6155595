"""Proposals that are put off: until when, and what wakes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from hub.errors import Refusal
from hub.store.outbox import Entry
from hub.verbs.snoozing import awake, snooze, wake, wake_time
from tests.hub.web.visitors import Quay

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC).timestamp()
DAY = 86_400.0


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    found = Quay.open(tmp_path, targets=False)
    yield found
    found.hub.close()


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("tomorrow", DAY), ("next week", 7 * DAY), ("next-week", 7 * DAY), ("2026-06-02", DAY / 2)],
)
def test_days_as_people_say_them(words: str, seconds: float) -> None:
    assert wake_time(words, NOW) == NOW + seconds


def test_a_date_begins_in_the_readers_zone() -> None:
    assert wake_time("2026-06-02", NOW, timezone(timedelta(hours=2))) == NOW + DAY / 2 - 7200


@pytest.mark.parametrize("words", ["", "soon", "2026-06-01", "2026-05-31", "2028-01-01", "2026-02-30", "9999999-1-1"])
def test_other_words_are_refused(words: str) -> None:
    with pytest.raises(Refusal):
        wake_time(words, NOW)


def test_it_sleeps_until_then_and_no_longer(quay: Quay) -> None:
    number = quay.propose("Somebody boarded.")
    snooze(quay.hub, number, quay.now + 60, who="lee")
    asleep = quay.hub.store.snoozes
    assert (list(asleep.asleep(quay.now)), list(asleep.asleep(quay.now + 61))) == ([number], [])


def test_a_value_that_changes_again_is_awake(quay: Quay) -> None:
    snooze(quay.hub, quay.propose("Somebody boarded."), quay.now + DAY, who="lee")
    second = quay.propose("Somebody came aboard.")
    assert [one.id for one in awake(quay.hub, quay.hub.store.decisions.of_plan("Harbour", "open"))] == [second]


def test_whoever_was_told_is_told_again_once_at_the_last_time_named(quay: Quay) -> None:
    number, store = quay.propose("Somebody boarded."), quay.hub.store
    store.outbox.put([Entry("slack", f"proposal:{number}", "put", {"title": "New words", "buttons": [1]}, quay.now)])
    for days in (1, 7):
        snooze(quay.hub, number, quay.now + days * DAY, who="lee")
    (reminder,) = store.outbox.told_of(f"proposal:{number}:reminder:")
    assert quay.now + 6 * DAY < reminder.due and reminder.parent == f"proposal:{number}"
    wake(quay.hub, number)
    assert store.outbox.told_of(f"proposal:{number}:reminder:") == []


def test_what_is_decided_cannot_be_put_off(quay: Quay) -> None:
    number = quay.propose("Somebody boarded.")
    quay.hub.store.decisions.decide(number, "rejected", who="lee", why="", at=quay.now)
    with pytest.raises(Refusal, match="rejected already"):
        snooze(quay.hub, number, quay.now + DAY, who="kim")
