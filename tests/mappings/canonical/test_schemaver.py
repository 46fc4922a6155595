"""SchemaVer, and the classification table of apis/snowplow.md section 5.3, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.canonical import Event, Property
from mappings.canonical.schemaver import SchemaVer, changes, classify


def closed(**properties: Any) -> Event:
    return Event.model_validate({"properties": properties, "additional_properties": False})


def open_(**properties: Any) -> Event:
    return Event.model_validate({"properties": properties})


def shape(**fields: Any) -> Property:
    return Property.model_validate(fields)


OPTIONAL, REQUIRED = {"type": "string"}, {"type": "string", "required": True}
TEXT = shape(type="string")

# old, new, the level by definition, with Redshift's loader, with Parquet's.
ROWS = {
    "optional added, closed": (closed(), closed(a=OPTIONAL), "addition", "addition", "addition"),
    "optional added, open": (open_(), open_(a=OPTIONAL), "revision", "revision", "revision"),
    "required added, closed": (closed(), closed(a=REQUIRED), "model", "model", "model"),
    "required added, open": (open_(), open_(a=REQUIRED), "revision", "revision", "revision"),
    "optional removed, closed": (closed(a=OPTIONAL), closed(), "revision", "revision", "revision"),
    "optional removed, open": (open_(a=OPTIONAL), open_(), "addition", "addition", "addition"),
    "required removed, closed": (closed(a=REQUIRED), closed(), "model", "model", "model"),
    "required removed, open": (open_(a=REQUIRED), open_(), "addition", "model", "addition"),
    "required nullable removed, open": (
        open_(a={"type": ["string", "null"], "required": True}),
        open_(),
        "addition",
        "addition",
        "addition",
    ),
    "renamed, open": (open_(a=OPTIONAL), open_(b=OPTIONAL), "revision", "revision", "revision"),
    "optional to required": (open_(a=OPTIONAL), open_(a=REQUIRED), "revision", "revision", "revision"),
    "required to optional": (open_(a=REQUIRED), open_(a=OPTIONAL), "addition", "model", "addition"),
    "gains null, required": (
        open_(a=REQUIRED),
        open_(a={"type": ["string", "null"], "required": True}),
        "addition",
        "model",
        "addition",
    ),
    "gains null, optional": (TEXT, shape(type=["string", "null"]), "addition", "addition", "addition"),
    "loses null": (shape(type=["string", "null"]), TEXT, "revision", "revision", "revision"),
    "integer to number": (shape(type="integer"), shape(type="number"), "addition", "model", "model"),
    "number to integer": (shape(type="number"), shape(type="integer"), "revision", "revision", "model"),
    "string to union": (TEXT, shape(type=["string", "integer"]), "addition", "addition", "model"),
    "integer to union": (shape(type="integer"), shape(type=["string", "integer"]), "addition", "model", "model"),
    "any to string": (shape(), TEXT, "revision", "revision", "model"),
    "overlapping unions": (
        shape(type=["string", "integer"]),
        shape(type=["string", "boolean"]),
        "revision",
        "revision",
        "model",
    ),
    "disjoint types": (TEXT, shape(type="boolean"), "model", "model", "model"),
    "null alone to a nullable text": (
        shape(type="null"),
        shape(type=["string", "null"]),
        "addition",
        "model",
        "model",
    ),
    "enum value added": (shape(enum=["a", "b"]), shape(enum=["a", "b", "c"]), "addition", "addition", "addition"),
    "enum of one value grows": (shape(enum=["a"]), shape(enum=["a", "b"]), "addition", "model", "addition"),
    "numeric enum grows": (shape(enum=[1, 2]), shape(enum=[1, 2, 3]), "addition", "addition", "model"),
    "enum value removed": (shape(enum=["a", "b"]), shape(enum=["a"]), "revision", "revision", "revision"),
    "enum introduced": (TEXT, shape(type="string", enum=["a", "b"]), "revision", "revision", "revision"),
    "enum dropped": (shape(type="string", enum=["a", "b"]), TEXT, "addition", "addition", "addition"),
    "enum reordered": (shape(enum=["a", "b"]), shape(enum=["b", "a"]), "addition", "addition", "addition"),
    "constant becomes its one-value enum": (shape(const="a"), shape(enum=["a"]), "none", "none", "none"),
    "max length raised": (
        shape(type="string", max_length=10),
        shape(type="string", max_length=20),
        "addition",
        "addition",
        "addition",
    ),
    "max length raised from fixed": (
        shape(type="string", min_length=3, max_length=3),
        shape(type="string", min_length=3, max_length=5),
        "addition",
        "model",
        "addition",
    ),
    "max length removed": (shape(max_length=10), shape(), "addition", "addition", "addition"),
    "max length lowered": (shape(max_length=10), shape(max_length=5), "revision", "revision", "revision"),
    "max length added": (shape(), shape(max_length=5), "revision", "revision", "revision"),
    "min length removed": (shape(min_length=1), shape(), "addition", "addition", "addition"),
    "min length added": (shape(), shape(min_length=1), "revision", "revision", "revision"),
    "maximum raised, same width": (
        shape(type="integer", maximum=100),
        shape(type="integer", maximum=200),
        "addition",
        "addition",
        "addition",
    ),
    "maximum raised, wider": (
        shape(type="integer", minimum=0, maximum=32767),
        shape(type="integer", minimum=0, maximum=40000),
        "addition",
        "model",
        "addition",
    ),
    "maximum raised beyond 32 bits": (
        shape(type="integer", minimum=0, maximum=2147483647),
        shape(type="integer", minimum=0, maximum=2147483648),
        "addition",
        "model",
        "model",
    ),
    "maximum lowered into 32 bits": (
        shape(type="integer", minimum=0, maximum=2147483648),
        shape(type="integer", minimum=0, maximum=9),
        "revision",
        "revision",
        "model",
    ),
    "maximum added": (shape(type="number"), shape(type="number", maximum=9), "revision", "revision", "revision"),
    "minimum lowered": (shape(minimum=5), shape(minimum=1), "addition", "addition", "addition"),
    "minimum raised": (shape(minimum=1), shape(minimum=5), "revision", "revision", "revision"),
    "bound becomes exclusive": (shape(minimum=1), shape(exclusive_minimum=1), "revision", "revision", "revision"),
    "upper bound becomes inclusive": (
        shape(exclusive_maximum=1),
        shape(maximum=1),
        "addition",
        "addition",
        "addition",
    ),
    "pattern removed": (shape(pattern="a"), shape(), "addition", "addition", "addition"),
    "pattern added": (shape(), shape(pattern="a"), "revision", "revision", "revision"),
    "format removed": (shape(format="email"), shape(), "addition", "addition", "addition"),
    "date removed": (shape(format="date"), shape(), "addition", "model", "model"),
    "uuid removed": (shape(format="uuid"), shape(), "addition", "model", "addition"),
    "date-time added": (TEXT, shape(type="string", format="date-time"), "revision", "revision", "model"),
    "date-time added to a short text": (
        shape(type="string", max_length=20),
        shape(type="string", max_length=20, format="date-time"),
        "revision",
        "model",
        "model",
    ),
    "cents added": (
        shape(type="number"),
        shape(type="number", multiple_of=0.01),
        "revision",
        "revision",
        "revision",
    ),
    "cents changed": (
        shape(type="number", multiple_of=0.01),
        shape(type="number", multiple_of=0.1),
        "revision",
        "model",
        "revision",
    ),
    "decimal from double": (
        shape(type="number", minimum=0, maximum=9),
        shape(type="number", minimum=0, maximum=9, multiple_of=0.1),
        "revision",
        "revision",
        "model",
    ),
    "opened": (closed(), open_(), "addition", "addition", "addition"),
    "closed": (open_(), closed(), "revision", "revision", "revision"),
    "openness stated": (shape(), shape(additional_properties=True), "addition", "addition", "addition"),
    "inside an array": (
        shape(type="array", items={"type": "integer"}),
        shape(type="array", items={"type": "boolean"}),
        "model",
        "model",
        "model",
    ),
    "widened inside an array": (
        shape(type="array", items={"type": "integer"}),
        shape(type="array", items={"type": "number"}),
        "addition",
        "addition",
        "model",
    ),
    "items introduced": (
        shape(type="array"),
        shape(type="array", items={"type": "string"}),
        "revision",
        "revision",
        "revision",
    ),
    "array made unique": (shape(), shape(unique_items=True), "revision", "revision", "revision"),
    "inside an object": (
        open_(o={"type": "object", "properties": {"a": OPTIONAL}}),
        open_(o={"type": "object", "properties": {"a": {"type": "boolean"}}}),
        "model",
        "model",
        "model",
    ),
    "anyOf branch added": (
        shape(keywords={"anyOf": [{"type": "string"}]}),
        shape(keywords={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        "addition",
        "addition",
        "addition",
    ),
    "oneOf branch changed": (
        shape(keywords={"oneOf": [{"type": "string"}]}),
        shape(keywords={"oneOf": [{"type": "null"}]}),
        "revision",
        "revision",
        "revision",
    ),
    "description": (shape(description="a"), shape(description="b"), "addition", "addition", "addition"),
    "default": (shape(), shape(keywords={"default": 1}), "addition", "addition", "addition"),
    "tags of an event": (open_(), Event(tags=("x",)), "addition", "addition", "addition"),
    "nothing": (open_(a=OPTIONAL), open_(a=OPTIONAL), "none", "none", "none"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_row_of_the_table(row: tuple[Any, Any, str, str, str]) -> None:
    old, new, pure, redshift, parquet = row
    assert (classify(old, new), classify(old, new, "redshift"), classify(old, new, "parquet")) == (
        pure,
        redshift,
        parquet,
    )


def test_two_levels_know_no_revision() -> None:
    assert classify(open_(a=OPTIONAL), open_(a=REQUIRED), two_level=True) == "addition"
    assert classify(closed(), closed(a=REQUIRED), two_level=True) == "model"


def test_each_change_names_its_place_and_level() -> None:
    old, new = open_(a={"type": "string", "max_length": 9}), open_(a={"type": "boolean", "max_length": 5})
    assert changes(old, new) == (
        (("properties", "a", "type"), "type replaced", "model"),
        (("properties", "a", "max_length"), "max_length lowered or added", "revision"),
    )


@pytest.mark.parametrize("text", ["1-0-0", "2-10-3", "1-0-2147483647"])
def test_a_version_is_spelled_as_it_was_read(text: str) -> None:
    assert str(SchemaVer.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "0-0-0", "1-0", "1-00-0", "1-0-0-0", "1-?-?", "1-0-2147483648", "v1-0-0", "1-0-0\n"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a SchemaVer"):
        SchemaVer.parse(text)


def test_versions_compare_by_number() -> None:
    assert SchemaVer.parse("1-0-9") < SchemaVer.parse("1-0-10") < SchemaVer.parse("1-2-0") < SchemaVer.parse("2-0-0")


def test_the_three_legal_successors() -> None:
    steps = [str(SchemaVer(1, 2, 3).after(level)) for level in ("none", "addition", "revision", "model")]
    assert steps == ["1-2-3", "1-2-4", "1-3-0", "2-0-0"]
