"""The published schema says what the model says: both accept and refuse the same plans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from mappings.canonical import TrackingPlan
from mappings.canonical.planformat import plan_schema
from mappings.testing import LAWS, plans

PUBLISHED = Path(__file__).parents[3] / "docs" / "plan.schema.json"
CHECK = Draft202012Validator(plan_schema())


def accepted(data: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the schema and whether the model takes it."""
    try:
        TrackingPlan.model_validate(data)
    except ValidationError:
        return CHECK.is_valid(data), False
    return CHECK.is_valid(data), True


def event(**fields: Any) -> dict[str, Any]:
    return {"name": "Shop", "events": {"Order Completed": fields}}


def prop(**fields: Any) -> dict[str, Any]:
    return event(properties={"total": fields})


def test_the_published_schema_is_the_output_of_the_code() -> None:
    assert PUBLISHED.read_text() == json.dumps(plan_schema(), indent=2) + "\n"


def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(plan_schema())


@LAWS
@given(plan=plans())
def test_every_plan_is_valid(plan: TrackingPlan) -> None:
    assert list(CHECK.iter_errors(plan.data())) == []


@pytest.mark.parametrize(
    "data",
    [
        prop(type="string"),
        prop(type=["string", "null"]),
        prop(enum="EUR", examples=["EUR"]),
        prop(hidden=None, minimum=1.5, items={"type": "integer"}),
        event(owners="growth", tags=["a", "b"], sources="Web"),
        {"name": "Shop", "conventions": {"require": "description", "approval": True}},
        {"name": "Shop", "moved": [{"from": "A", "to": "B"}]},
        {"name": "Shop", "removed": [{"event": "A", "reason": "unused", "date": "2026-01-31"}]},
        {"name": "Shop", "sources": {"Web": {}}, "extensions": {"segment": {"any": [1]}}},
    ],
)
def test_what_a_person_may_write_is_valid(data: dict[str, Any]) -> None:
    assert accepted(data) == (True, True)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": ""},
        {"name": "Shop", "format": 2},
        {"name": "Shop", "evnts": {}},
        {"name": "Shop", "events": []},
        {"name": "Shop", "events": {"": {}}},
        event(kind="click"),
        event(descripton="x"),
        event(hidden="yes"),
        event(owners=5),
        prop(type="strng"),
        prop(type=["string", "nil"]),
        prop(required="on"),
        prop(min_length=-1),
        prop(minimum="0"),
        prop(items={"description": "items have none"}),
        {"name": "Shop", "moved": [{"from": "A"}]},
        {"name": "Shop", "removed": [{"event": "A", "reason": "unused", "date": "31.1.2026"}]},
        {"name": "Shop", "conventions": {"require": ["owners"]}},
    ],
)
def test_a_planted_mistake_is_not(data: dict[str, Any]) -> None:
    assert accepted(data) == (False, False)


def test_an_event_file_is_an_event_with_its_name() -> None:
    schema = plan_schema()
    check = Draft202012Validator({"$ref": "#/$defs/EventFile", "$defs": schema["$defs"]})
    assert check.is_valid({"name": "Order Completed", "kind": "track"})
    assert not check.is_valid({"kind": "track"})


def fields(schema: Any) -> Iterator[tuple[str, Any]]:
    for model, part in {"TrackingPlan": schema, **schema["$defs"]}.items():
        for name, field in part["properties"].items():
            yield f"{model}.{name}", field


def test_every_field_is_explained() -> None:
    assert [name for name, field in fields(plan_schema()) if len(field.get("description", "")) < 10] == []
