"""A plain JSON Schema per event."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.formats import FORMATS, FormatError

READ = FORMATS["json-schema"].read


@pytest.mark.parametrize(
    ("file", "schema", "name"),
    [
        ("a.json", {"title": "Order Paid", "$id": "https://example.com/paid.json"}, "Order Paid"),
        ("a.json", {"$id": "https://example.com/order_paid.schema.json#"}, "order_paid"),
        ("a.json", {"id": "urn:x/paid", "title": " "}, "paid"),
        ("plans/com.acme.paid.schema.json", {"$id": ""}, "com.acme.paid"),
        ("paid.YAML", {"title": 5}, "paid"),
    ],
)
def test_the_name_is_the_title_else_the_id_else_the_file(file: str, schema: dict[str, Any], name: str) -> None:
    assert list(READ({file: {"type": "object", **schema}}).plan.events) == [name]


def test_structure_and_description_are_read_and_the_title_is_said_once() -> None:
    body = {"title": "Paid", "description": "at the till", "properties": {"total": {"minimum": 0}}}
    reading = READ({"paid.json": {"$schema": "http://json-schema.org/draft-04/schema#", **body}})
    paid = reading.plan.events["Paid"]
    assert (paid.description, paid.display_name, paid.properties["total"].minimum) == ("at the till", None, 0)
    assert paid.keywords == {} and paid.extensions == {} and reading.findings == ()


def test_the_id_is_kept() -> None:
    assert READ({"a.json": {"$id": "urn:a", "type": "object"}}).plan.events["urn:a"].extensions == {
        "json-schema": {"$id": "urn:a"}
    }


def test_two_schemas_of_one_name_are_told() -> None:
    reading = READ(
        {"a.json": {"title": "Paid", "properties": {"a": {}}}, "b.json": {"title": "Paid", "type": "object"}}
    )
    assert list(reading.plan.events["Paid"].properties) == ["a"]
    assert [(one.code, one.path) for one in reading.findings] == [("json-schema.duplicate", ("events", "Paid"))]


def test_a_schema_of_a_list_is_told() -> None:
    assert [one.code for one in READ({"a.json": {"type": "array"}}).findings] == ["json-schema.no-object"]


@pytest.mark.parametrize("document", [[], {}, {"events": []}, True])
def test_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(FormatError, match=r"a\.json: expected JSON Schemas, one per event"):
        READ({"a.json": document})
