"""Shapes to JSON Schema and back: laws for the three drafts, oddities by table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator

from mappings.canonical import Event, Property
from mappings.canonical.jsonschema import Draft, event_data, event_schema, shape_data, shape_schema
from mappings.canonical.kinds import Shape
from mappings.testing import events, properties

VALIDATORS: dict[Draft, Any] = {"2020-12": Draft202012Validator, "07": Draft7Validator, "04": Draft4Validator}
LAWS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LOSSLESS = ("2020-12", "07")


class Notes(list[tuple[tuple[str, ...], str]]):
    """A report that remembers where and which code."""

    def __call__(self, path: tuple[str, ...], code: str, message: str) -> None:
        assert message
        self.append((path, code))


def read(schema: object) -> tuple[dict[str, Any], Notes]:
    notes = Notes()
    return shape_data(schema, notes), notes


@LAWS
@given(data=properties(), draft=st.sampled_from(LOSSLESS))
def test_a_property_comes_back_from_the_newer_drafts(data: dict[str, Any], draft: Draft) -> None:
    prop = Property.model_validate({**data, "required": False})
    notes = Notes()
    assert Property.model_validate(shape_data(shape_schema(prop, draft), notes)) == prop
    assert notes == []


@LAWS
@given(data=properties())
def test_draft_4_differs_only_where_the_writer_said_so(data: dict[str, Any]) -> None:
    prop = Property.model_validate({**data, "required": False})
    notes = Notes()
    back = Property.model_validate(shape_data(shape_schema(prop, "04", report=notes)))
    assert (back == prop) or notes


@LAWS
@given(data=events(), draft=st.sampled_from(LOSSLESS))
def test_an_event_comes_back_from_the_newer_drafts(data: dict[str, Any], draft: Draft) -> None:
    event = Event.model_validate(data)
    assert Event.model_validate(event_data(event_schema(event, draft))) == event


@LAWS
@given(data=events(), draft=st.sampled_from(sorted(VALIDATORS)))
def test_what_is_written_is_a_schema_of_its_draft(data: dict[str, Any], draft: Draft) -> None:
    VALIDATORS[draft].check_schema(event_schema(Event.model_validate(data), draft))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = sorted(
    {"type", "title", "enum", "const", "pattern", "minimum", "exclusiveMinimum", "minLength", "maxItems", "items"}
    | {"properties", "required", "additionalProperties", "x-owners", "x-status", "x-hidden", "examples", "oneOf"}
)


@LAWS
@given(schema=st.dictionaries(st.sampled_from(WORDS), JSON_VALUES, max_size=6))
def test_reading_is_total(schema: dict[str, Any]) -> None:
    assert isinstance(Property.model_validate(shape_data(schema)), Property)
    assert isinstance(Event.model_validate(event_data(schema)), Event)


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        (True, {}),
        (False, {"keywords": {"not": {}}}),
        ({"type": ["string", None]}, {"type": ["string", "null"]}),
        ({"type": "any"}, {}),
        ({"type": ["any", "null"]}, {}),
        ({"type": ["string"]}, {"type": "string"}),
        ({"description": None, "title": "", "pattern": ""}, {}),
        ({"properties": {}, "required": []}, {}),
        ({"minimum": 3.0, "exclusiveMinimum": True}, {"exclusive_minimum": 3}),
        ({"exclusiveMaximum": 9, "maximum": 10}, {"exclusive_maximum": 9, "maximum": 10}),
        ({"minimum": 3, "exclusiveMinimum": False}, {"minimum": 3}),
        ({"minLength": 2.0}, {"min_length": 2}),
        ({"const": None}, {"enum": [None]}),
        ({"const": None, "enum": ["a"]}, {"enum": ["a"], "keywords": {"const": None}}),
        ({"items": [{"type": "string"}]}, {"keywords": {"items": [{"type": "string"}]}}),
        ({"items": False}, {"keywords": {"items": False}}),
        (
            {"items": {"description": "one", "type": "string"}},
            {"items": {"type": "string", "keywords": {"description": "one"}}},
        ),
        ({"additionalProperties": {"type": "string"}}, {"keywords": {"additionalProperties": {"type": "string"}}}),
    ],
)
def test_reads_in_silence(schema: object, data: dict[str, Any]) -> None:
    assert read(schema) == (data, [])


@pytest.mark.parametrize(
    ("schema", "data", "path", "code"),
    [
        ({"type": "money"}, {}, ("type",), "unknown-type"),
        ({"enum": []}, {"keywords": {"enum": []}}, ("keywords", "enum"), "ill-typed"),
        ({"required": False}, {"keywords": {"required": False}}, ("keywords", "required"), "ill-typed"),
        ({"minLength": -1}, {"keywords": {"minLength": -1}}, ("keywords", "minLength"), "ill-typed"),
        ({"minimum": "5"}, {"keywords": {"minimum": "5"}}, ("keywords", "minimum"), "ill-typed"),
        ({"minimum": True}, {"keywords": {"minimum": True}}, ("keywords", "minimum"), "ill-typed"),
        (
            {"exclusiveMinimum": True},
            {"keywords": {"exclusiveMinimum": True}},
            ("keywords", "exclusiveMinimum"),
            "ill-typed",
        ),
        ({"required": ["a"]}, {"properties": {"a": {"required": True}}}, ("properties", "a"), "required-unlisted"),
        ({"required": [""]}, {}, ("properties", ""), "required-unlisted"),
        ("a schema", {}, (), "ill-typed"),
    ],
)
def test_reads_with_a_report(schema: object, data: dict[str, Any], path: tuple[str, ...], code: str) -> None:
    assert read(schema) == (data, [(path, code)])


@pytest.mark.parametrize("order", [("properties", "required"), ("required", "properties")])
def test_required_does_not_depend_on_the_order_of_keywords(order: tuple[str, str]) -> None:
    parts = {"properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}
    data, notes = read({key: parts[key] for key in order})
    assert data == {"properties": {"a": {"type": "string", "required": True}, "b": {}}} and notes == []


@pytest.mark.parametrize("kind", ["object", ["object"]])
def test_an_event_says_nothing_about_being_an_object(kind: object) -> None:
    assert event_data({"type": kind, "properties": {}}) == {}


def test_an_event_keeps_another_root_type() -> None:
    event = Event.model_validate(event_data({"type": "array", "items": {"type": "string"}}))
    assert event_schema(event, "07") == {"type": "array", "items": {"type": "string"}, "properties": {}}


def test_an_ill_typed_properties_keyword_of_an_event_is_written_back() -> None:
    assert event_schema(Event(keywords={"properties": 5}), "07") == {"type": "object", "properties": 5}


@pytest.mark.parametrize(
    ("draft", "keyword", "value", "kept"),
    [
        ("04", "items", [{}], True),
        ("07", "items", [{}], True),
        ("2020-12", "items", [{}], False),
        ("2020-12", "items", True, True),
        ("04", "items", True, False),
        ("07", "additionalProperties", {"type": "string"}, True),
        ("07", "additionalProperties", "no", False),
        ("07", "required", False, False),
        ("07", "type", "money", False),
        ("07", "anything", "goes", True),
    ],
)
def test_strict_leaves_out_what_the_draft_does_not_allow(draft: Draft, keyword: str, value: Any, kept: bool) -> None:
    notes = Notes()
    schema = shape_schema(Shape(keywords={keyword: value}), draft, strict=True, report=notes)
    assert (keyword in schema) is kept and bool(notes) is not kept


def test_strict_gives_an_event_of_unknown_type_the_type_object() -> None:
    assert event_schema(Event(keywords={"type": "any"}), "04", strict=True)["type"] == "object"


def test_a_keyword_that_a_field_says_too_is_reported() -> None:
    notes = Notes()
    schema = shape_schema(Shape(min_length=1, keywords={"minLength": 2}), "07", report=notes)
    assert schema == {"minLength": 1} and notes == [(("keywords", "minLength"), "ill-typed")]


@pytest.mark.parametrize(
    ("shape", "schema", "reported"),
    [
        ({"const": 5}, {"enum": [5]}, ["const", "enum"]),
        ({"exclusive_minimum": 1}, {"minimum": 1, "exclusiveMinimum": True}, []),
        ({"minimum": 2, "exclusive_minimum": 1}, {"minimum": 2}, ["minimum", "exclusive_minimum"]),
        (
            {"maximum": 2, "exclusive_maximum": 2},
            {"maximum": 2, "exclusiveMaximum": True},
            ["maximum", "exclusive_maximum"],
        ),
    ],
)
def test_draft_4_says_it_another_way(shape: dict[str, Any], schema: dict[str, Any], reported: list[str]) -> None:
    notes = Notes()
    assert shape_schema(Shape.model_validate(shape), "04", report=notes) == schema
    assert [path[-1] for path, _ in notes] == reported


def test_annotations_can_be_left_out() -> None:
    prop = Property(type=("string",), owners=("ada@example.com",), status="planned", description="who")
    assert shape_schema(prop, "07", annotations=False) == {"type": "string", "description": "who"}
