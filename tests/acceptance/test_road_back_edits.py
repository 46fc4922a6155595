"""tool × edit → proposal: every edit that a person can make in the four tools, and where it goes from there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.changes.merge import ABSENT
from mappings.canonical import TrackingPlan
from tests.acceptance import edits_amplitude, edits_mixpanel, edits_segment, edits_snowplow
from tests.acceptance.tools import Row, Tools, told

PLAN = TrackingPlan.model_validate(
    {
        "name": "Harbour",
        "events": {
            "Boat Rented": {
                "description": "A boat left the pier.",
                "display_name": "Boat rented",
                "category": "Rental",
                "owners": ["dana@example.com"],
                "tags": ["core", "water"],
                "properties": {
                    "hours": {"type": "number", "description": "How long.", "required": True, "minimum": 0},
                    "kind": {
                        "type": "string",
                        "enum": ["canoe", "kayak"],
                        "description": "Which sort.",
                        "display_name": "Sort",
                    },
                    "berth": {"type": "string", "pattern": "^B[0-9]+$", "description": "Where it lay."},
                    "email": {"type": "string", "sensitivity": ["pii"], "description": "Of the guest."},
                    "extras": {"type": "array", "items": {"type": "string"}, "description": "What was taken along."},
                    "guest": {
                        "type": "object",
                        "properties": {"name": {"type": "string", "description": "As given."}},
                        "description": "Who.",
                    },
                },
            },
            "Boat Returned": {
                "description": "It came back.",
                "properties": {"hours": {"type": "number", "description": "How long it was out."}},
            },
            "Oar Lost": {"display_name": "Oar lost", "description": "One oar less.", "tags": ["water"]},
        },
        "user_properties": {
            "tier": {"type": "string", "enum": ["gold", "silver"], "description": "Level."},
            "visits": {"type": "integer", "description": "How often."},
        },
        "groups": {
            "club": {"description": "A club.", "properties": {"seats": {"type": "integer", "description": "Places."}}}
        },
    }
)
TABLES = {
    "amplitude": edits_amplitude.ROWS,
    "mixpanel": edits_mixpanel.ROWS,
    "segment": edits_segment.ROWS,
    "snowplow": edits_snowplow.ROWS,
}
CASES = [pytest.param(tool, row, id=f"{tool} {row}") for tool, rows in TABLES.items() for row in rows]
ASKING = [pytest.param(tool, row, id=f"{tool} {row}") for tool, rows in TABLES.items() for row in rows if row.asks]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """The plan in all four tools, with data for one event, so that Amplitude takes its display name."""
    world = Tools.open(tmp_path_factory.mktemp("published"), PLAN)
    world.edit("amplitude", {"do": "ingest", "group_type": "club"})
    world.publish()
    world.edit("amplitude", {"do": "ingest", "event": "Oar Lost"})
    world.publish()
    return world


@pytest.fixture
def world(published: Tools, tmp_path: Path) -> Tools:
    return published.copied(tmp_path)


def test_nothing_is_told_of_what_nobody_edited(world: Tools) -> None:
    assert {one.target: (one.state, one.edits) for one in world.reconcile().targets} == dict.fromkeys(
        TABLES, ("in sync", ())
    )


PROFILE: Mapping[str, str] = {
    **dict.fromkeys(("description", "display_name", "tags", "owners", "category", "sources", "examples"), "propose"),
    "existence": "propose",
    "hidden": "keep",
    **dict.fromkeys(("type", "items", "enum", "required", "pattern", "minimum", "additional_properties"), "restore"),
    **dict.fromkeys(("kind", "status", "sensitivity", "keywords"), "restore"),
}
"""What becomes of an edit, by field: what people say about things, and whether one is there, is proposed; whether it is
shown is the tool's; structure, and what programs go by, is the plan's."""


def field_of(path: str) -> str:
    """The last word of a path; "existence" where that is what a thing is called."""
    words = path.split(".")
    return "existence" if words[-2] in ("events", "properties", "user_properties", "groups") else words[-1]


@pytest.mark.parametrize(("tool", "row"), CASES)
def test_what_is_expected_of_an_edit_follows_from_the_profile(tool: str, row: Row) -> None:
    assert [(path, PROFILE[field_of(path)]) for path, _, _ in row.edits] == [one[:2] for one in row.edits]


@pytest.mark.parametrize(("tool", "row"), CASES)
def test_an_edit_comes_back_as_exactly_what_it_is(world: Tools, tool: str, row: Row) -> None:
    world.edit(tool, row.change)
    assert {one.target: told(one.edits) for one in world.reconcile().targets if one.edits} == (
        {tool: row.edits} if row.edits else {}
    )
    asked = [one.proposal for one in world.open_proposals()]
    assert sorted(((".".join(one.path), shown(one.value)) for one in asked), key=lambda one: one[0]) == [
        (path, value) for path, _, value in row.edits if PROFILE[field_of(path)] == "propose"
    ]
    assert {one.shown[0][0] for one in asked} <= {tool} and not any(one.conflict for one in asked)


def shown(value: Any) -> Any:
    """A proposed value as the tables write it: an empty set is nothing."""
    return None if value is ABSENT or value == [] else value


@pytest.mark.parametrize(("tool", "row"), CASES)
def test_a_publish_of_the_same_plan_restores_what_it_may_and_erases_nothing_else(
    world: Tools, tool: str, row: Row
) -> None:
    world.edit(tool, row.change)
    world.publish()
    lasting = [one for one in row.edits if one[1] != "restore"]
    assert {one.target: told(one.edits) for one in world.reconcile().targets if one.edits} == (
        {tool: lasting} if lasting else {}
    )


@pytest.mark.parametrize(("tool", "row"), ASKING)
def test_accepted_it_is_in_the_plan_and_all_tools_agree(world: Tools, tool: str, row: Row) -> None:
    world.edit(tool, row.change)
    world.reconcile()
    world.accept()
    world.publish()
    assert [told(one.edits) for one in world.reconcile().targets if one.state != "in sync"] == []


@pytest.mark.parametrize(("tool", "row"), ASKING)
def test_rejected_it_is_taken_back_and_not_asked_about_again(world: Tools, tool: str, row: Row) -> None:
    world.edit(tool, row.change)
    world.reconcile()
    world.reject()
    world.publish()
    assert (world.look(tool).state, world.open_proposals()) == ("in sync", [])
