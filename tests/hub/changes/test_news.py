"""What is new between two versions of a plan, and what that means for who sends the events."""

from __future__ import annotations

from typing import Any

import pytest

from hub.changes.news import EventNews, news
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand


def plan(events: dict[str, Any], **more: Any) -> TrackingPlan:
    return expand(TrackingPlan.model_validate({"name": "Harbour", "events": events, **more}))


def told(before: TrackingPlan | None, after: TrackingPlan) -> list[tuple[str, str, str]]:
    return [(one.name, one.kind, one.impact) for one in news(before, after)]


SOLD = {"properties": {"price": {"type": "number"}}}

ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("a description", {**SOLD, "description": "Sold."}, "text"),
    ("an owner", {**SOLD, "owners": ["ana"]}, "text"),
    ("a property's description", {"properties": {"price": {"type": "number", "description": "EUR"}}}, "text"),
    ("an example", {"properties": {"price": {"type": "number", "examples": [1]}}}, "text"),
    ("an optional property where no schema says no", {"properties": {**SOLD["properties"], "seat": {}}}, "breaking"),
    ("a wider type", {"properties": {"price": {"type": ["number", "string"]}}}, "additive"),
    ("another type", {"properties": {"price": {"type": "string"}}}, "breaking"),
    ("a property that becomes required", {"properties": {"price": {"type": "number", "required": True}}}, "breaking"),
    ("a limit", {"properties": {"price": {"type": "number", "maximum": 9}}}, "breaking"),
    ("a status", {**SOLD, "status": "deprecated"}, "additive"),
]


@pytest.mark.parametrize(("what", "after", "impact"), ROWS, ids=[row[0] for row in ROWS])
def test_a_change_is_as_grave_as_it_is_for_data_that_is_sent_today(what: str, after: Any, impact: str) -> None:
    assert told(plan({"Sold": SOLD}), plan({"Sold": after})) == [("Sold", "changed", impact)]


def test_the_first_version_is_all_new() -> None:
    assert told(None, plan({"Sold": SOLD})) == [("Sold", "new", "additive")]


def test_the_same_again_is_no_news() -> None:
    assert told(plan({"Sold": SOLD}), plan({"Sold": SOLD})) == []


def test_a_rename_is_one_piece_of_news_and_asks_for_code() -> None:
    after = plan({"Ticket Sold": SOLD}, moved=[{"from": "Sold", "to": "Ticket Sold"}])
    (one,) = news(plan({"Sold": SOLD}), after)
    assert (one.kind, one.former_name, one.needs_code) == ("renamed", "Sold", True)


def test_only_a_tombstone_removes() -> None:
    before = plan({"Sold": SOLD, "Lost": {}})
    assert told(before, plan({"Sold": SOLD})) == []
    gone = plan({"Sold": SOLD}, removed=[{"event": "Lost", "reason": "never used", "date": "2026-01-01"}])
    assert told(before, gone) == [("Lost", "removed", "breaking")]


def test_a_tombstone_is_news_once() -> None:
    gone = plan({}, removed=[{"event": "Lost", "reason": "never used", "date": "2026-01-01"}])
    assert told(gone, gone) == []


def test_what_breaks_comes_first_and_says_how() -> None:
    before = plan({"Arrived": {}, "Boarded": {"properties": {"deck": {"type": "integer"}}}})
    after = plan({"Arrived": {"description": "New words."}, "Boarded": {"properties": {"deck": {"type": "string"}}}})
    found: tuple[EventNews, ...] = news(before, after)
    assert [one.name for one in found] == ["Boarded", "Arrived"]
    assert found[0].breaks == ("deck.type: type replaced (integer → string)",)
