"""What one plan says differently from another, for people to read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from hub.changes.contrast import contrast
from hub.changes.editing import Change, Create, Remove, Rename, edited
from mappings.canonical import TrackingPlan
from mappings.testing import LAWS, plans

DAY = "2026-01-31"
PLAN = TrackingPlan.model_validate(
    {
        "name": "Harbour",
        "events": {"A": {"description": "One.", "properties": {"p": {"shared": "money"}}}},
        "shared_properties": {"money": {"type": "number"}},
    }
)


def told(*edits: Any) -> Any:
    plan = PLAN
    for one in edits:
        plan = edited(plan, one, PLAN)
    found = contrast(PLAN, plan)
    return found.created, found.removed, found.renamed, [(one.path, one.before, one.after) for one in found.fields]


def test_a_renamed_event_is_compared_under_its_new_name() -> None:
    created, removed, renamed, fields = told(
        Rename(("events", "A"), "B"), Change(("events", "B"), {"description": "2."})
    )
    assert (created, removed, renamed) == ((), (), (("A", "B"),))
    assert (("events", "B", "description"), "One.", "2.") in fields


def test_the_last_event_that_goes_is_one_event_that_went() -> None:
    created, removed, renamed, fields = told(Remove(("events", "A"), "gone", DAY))
    assert (created, removed, renamed) == ((), ("A",), ())
    assert [path for path, _, _ in fields if path[0] == "events"] == [("events", "A")]


def test_a_change_of_the_library_is_seen_where_it_is_used() -> None:
    fields = told(Change(("shared_properties", "money"), {"minimum": 0}))[3]
    assert {path for path, _, _ in fields} == {
        ("shared_properties", "money", "minimum"),
        ("events", "A", "properties", "p", "minimum"),
    }


def test_a_new_event_is_told_field_by_field() -> None:
    created, _, _, fields = told(Create(("events", "B"), {"description": "New.", "tags": ["x"]}))
    assert created == ("B",) and [path[2] for path, _, _ in fields] == ["description", "tags"]


@LAWS
@given(plan=plans())
def test_a_plan_does_not_differ_from_itself(plan: TrackingPlan) -> None:
    assert contrast(plan, TrackingPlan.model_validate(plan.data())).empty


@pytest.mark.parametrize("name", ["description", "conventions"])
def test_the_plans_own_words_are_told(name: str) -> None:
    value = {"description": "All.", "conventions": {"approval": True}}[name]
    assert told(Change((), {name: value}))[3][0][0][0] == name
