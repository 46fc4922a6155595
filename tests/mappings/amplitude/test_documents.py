"""Rows of Amplitude's replies in normal form, and bodies as forms (apis/amplitude.md sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mappings.amplitude.documents import HIDDEN_FLAGS, all_fields, changed_fields, from_wire, new_fields

BARE_EVENT = {
    "event_type": "Trip Booked", "description": None, "display_name": None, "category": None, "deleted": None,
    "tags": [], "is_active": True, "owner": None, **dict.fromkeys(HIDDEN_FLAGS, False),
}  # fmt: skip
BARE_PROPERTY = {
    "event_type": None, "event_property": "seat", "description": "", "type": "any", "enum_values": None, "regex": None,
    "is_array_type": False, "is_required": False, "is_hidden": False, "classifications": [],
}  # fmt: skip

ROWS: list[tuple[str, dict[str, Any], Mapping[str, Any]]] = [
    ("event", BARE_EVENT, {}),
    ("event", {**BARE_EVENT, "category": {"name": "Booking"}}, {"category": "Booking"}),
    ("event", {**BARE_EVENT, "is_active": False, "owner": ""}, {"is_active": False}),
    ("event", {**BARE_EVENT, "tags": ["b", "a"]}, {"tags": ["a", "b"]}),
    ("event", {**BARE_EVENT, "tags": "b, a"}, {"tags": ["a", "b"]}),
    ("event", {**BARE_EVENT, "colour": "red"}, {"colour": "red"}),
    ("event-property", BARE_PROPERTY, {}),
    ("event-property", {**BARE_PROPERTY, "type": "enum", "enum_values": "b, a"},
     {"type": "enum", "enum_values": ["b", "a"]}),
    ("event-property", {**BARE_PROPERTY, "type": "enum", "enum_values": ["b,c", "a"]},
     {"type": "enum", "enum_values": ["b,c", "a"]}),
    ("event-property", {**BARE_PROPERTY, "type": "string", "enum_values": "x", "classifications": ["PII"]},
     {"type": "string"}),
    ("shared-property", {**BARE_PROPERTY, "type": "string", "classifications": ["REVENUE", "PII"]},
     {"classifications": ["PII", "REVENUE"]}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "row", "body"), ROWS)
def test_a_row_in_normal_form(kind: str, row: dict[str, Any], body: Mapping[str, Any]) -> None:
    document = from_wire(kind, row, parent="Trip Booked")
    assert document is not None and document.body == body


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("event", {**BARE_EVENT, "deleted": True}),
        ("event", {**BARE_EVENT, "event_type": "$identify"}),
        ("event", {**BARE_EVENT, "event_type": ""}),
        ("event", ["Trip Booked"]),
        ("user-property", {"user_property": "device_id"}),
        ("group-property", {"group_property": "group_id"}),
    ],
)
def test_a_row_that_is_no_document(kind: str, row: Any) -> None:
    assert from_wire(kind, row) is None


def test_a_new_property_states_what_it_might_inherit() -> None:
    assert new_fields("event-property", {"description": "Row."}) == {
        "description": "Row.",
        "type": "any",
        "is_array_type": "false",
        "is_required": "false",
    }


def test_a_change_says_only_what_changed_and_clears_with_an_empty_text() -> None:
    before = {"description": "Old.", "owner": "dana", "tags": ["a"]}
    assert changed_fields("event", {"owner": "dana", "tags": ["a", "b"]}, before) == {"description": "", "tags": "a,b"}


def test_a_changed_override_states_its_type_but_not_its_description() -> None:
    before = {"description": "Row.", "type": "string"}
    assert changed_fields("event-property", {**before, "is_required": True}, before) == {
        "type": "string",
        "is_array_type": "false",
        "is_required": "true",
    }


def test_nothing_changed_says_nothing() -> None:
    assert changed_fields("event-property", {"type": "string"}, {"type": "string"}) == {}


def test_a_restored_thing_is_told_everything_but_what_comes_late() -> None:
    assert all_fields("event", {"owner": "dana"}) == {
        "description": "", "category": "", "tags": "", "owner": "dana", "is_active": "true",
    }  # fmt: skip


def test_what_cannot_be_stored_as_json_is_made_storable() -> None:
    document = from_wire("event", {**BARE_EVENT, "colour": {"hue": float("nan"), "name": "\ud800"}})
    assert document is not None and len(document.hash) == 64
