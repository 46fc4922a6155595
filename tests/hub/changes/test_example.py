"""Example payloads fit the plan's own rules."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from hub.changes.example import example_payload, rules_text
from mappings.canonical.jsonschema import shape_schema
from mappings.canonical.kinds import Property
from mappings.canonical.plan import Event

SHAPES: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "min_length": 40},
    {"type": "string", "max_length": 3},
    {"type": "string", "format": "email"},
    {"type": "string", "enum": ["a", "b"]},
    {"type": "integer", "minimum": 5, "maximum": 9},
    {"type": "integer", "maximum": -5},
    {"type": "number", "exclusive_minimum": 1},
    {"type": "number", "exclusive_maximum": 0},
    {"type": "boolean"},
    {"type": "null"},
    {"type": ["null", "integer"], "examples": [7]},
    {"const": "web"},
    {"type": "array", "items": {"type": "integer"}, "min_items": 3},
    {"type": "array", "items": {"type": "string"}, "unique_items": True, "min_items": 1},
    {"type": "array", "max_items": 0},
    {"type": "object", "properties": {"sku": {"type": "string", "required": True}}},
    {},
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_example_fits_its_own_rules(shape: dict[str, Any]) -> None:
    prop = Property.model_validate(shape)
    payload = example_payload(Event(properties={"seat": prop}))
    jsonschema.validate(payload["seat"], shape_schema(prop, "2020-12"))


RULES: list[tuple[dict[str, Any], str]] = [
    ({"enum": ["a", 2]}, 'one of "a", 2'),
    ({"const": "web"}, 'always "web"'),
    ({"minimum": 1, "maximum": 3}, "1 to 3"),
    ({"minimum": 1}, "at least 1"),
    ({"exclusive_minimum": 0, "exclusive_maximum": 5}, "more than 0 and less than 5"),
    ({"min_length": 2, "max_length": 4}, "2 to 4 characters"),
    ({"max_items": 5, "unique_items": True}, "at most 5 items; no item twice"),
    ({"pattern": "^[a-z]$", "type": ["string", "null"]}, "pattern ^[a-z]$; may be null"),
    ({}, ""),
]


@pytest.mark.parametrize(("shape", "words"), RULES, ids=[row[1] or "nothing" for row in RULES])
def test_rules_in_words(shape: dict[str, Any], words: str) -> None:
    assert rules_text(Property.model_validate(shape)) == words
