"""Changesets as plain data and short texts."""

from __future__ import annotations

import json

import pytest

from connectors.limits import Forecast
from hub.changes.changeset import combine
from hub.changes.guard import violations
from hub.changes.render import changeset_data, duration, finding_data, forecast_text, operation_data
from mappings.contract import Finding
from tests.hub.changes.values import based_on, card, decide, snapshot, tombstone


def test_an_operation_shows_its_fields_before_and_after() -> None:
    (operation,) = decide([card("a", text="new", tags=["x"])], snapshot(card("a", text="old", tags=["x"]))).operations
    data = operation_data(operation)
    assert (data["verb"], data["address"], data["about"]) == ("update", "card:a", ["events", "a"])
    assert data["fields"] == [{"field": "text", "before": "old", "after": "new"}]


def test_a_creation_shows_every_field_and_a_deletion_what_goes() -> None:
    (creation,) = decide([card("a", text="new", inner={"type": "flag"})]).operations
    held = card("a", text="old")
    (deletion,) = decide([], snapshot(held), based_on(held), [tombstone("a")]).operations
    assert [one["field"] for one in operation_data(creation)["fields"]] == ["text", "inner.type"]
    assert operation_data(deletion)["fields"] == [{"field": "text", "before": "old", "after": None}]
    assert operation_data(deletion)["about"] == ["events", "a"]


def test_a_changeset_is_json_and_says_everything_once() -> None:
    theirs = snapshot(card("a", v=1), completeness="partial", why="half")
    changeset = combine("Harbour", "p", [decide([card("a", v=2), card("b", v=1)], theirs)])
    data = json.loads(json.dumps(changeset_data(changeset, violations(changeset, limits={}, recent={}))))
    (target,) = data["targets"]
    assert (data["plan"], data["empty"], data["fingerprint"]) == ("Harbour", False, changeset.fingerprint)
    assert (target["verbs"], target["unknown"]) == ({"update": 1}, [{"address": "card:b", "why": "partial: half"}])
    assert [one["guard"] for one in data["violations"]] == ["first-publish", "unmanaged", "incomplete-reading"]


def test_a_finding_keeps_its_path_and_its_next_step() -> None:
    data = finding_data(Finding("warning", "dropped", ("events", "a.b"), "card.owners", "no room", "ask"))
    assert (data["path"], data["hint"], data["effect"]) == (["events", "a.b"], "ask", "dropped")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (214.2, "3 min 34 s"),
        (3599.9, "1 h 0 min"),
        (5400, "1 h 30 min"),
    ],
)
def test_durations_are_told_in_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("forecast", "text"),
    [
        (Forecast(1, 1, 0.3, 0.0), "1 request, 0 s"),
        (Forecast(214, 214, 214.2, 0.06, "hour"), "214 requests, 3 min 34 s, 6 % of the hour"),
        (Forecast(2, 2, 1.0, 0.4, "requests"), "2 requests, 1 s"),
    ],
)
def test_a_forecast_reads_as_a_person_would_say_it(forecast: Forecast, text: str) -> None:
    assert forecast_text(forecast) == text
