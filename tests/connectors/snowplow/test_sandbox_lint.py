"""The Iglu sandbox: lint and the validation service (apis/snowplow.md sections 3.3 and 4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.snowplow.sandbox import SUPER_KEY
from tests.connectors.snowplow.sandbox_api import IGLU, STRANGER, Iglu, plain, said, schema, uri

NOT_CONFORMING = "The schema does not conform to a JSON Schema v4 specification"
VALIDATE = "/api/validation/validate/schema/jsonschema"
INSTANCE = "/api/validation/validate/instance"


def findings(body: Any) -> set[tuple[str, str, str]]:
    """(level, pointer, message) of each row of the validation report."""
    told = Iglu().ask("POST", VALIDATE, body)[1]
    return {(row["level"], row["pointer"], row["message"]) for row in told.get("report", [])}


def field(**keywords: Any) -> dict[str, Any]:
    """A schema with one property `x` of these keywords."""
    return schema(properties={"x": {"description": "x", **keywords}})


UNKNOWN_FORMAT = "detected. Known formats are: date-time, date, email, hostname, ipv4, ipv6 or uri"
NO_LENGTH = 'A string type in the schema doesn\'t contain "maxLength" or format which is required'
NO_BOUNDS = 'A numeric property should have "minimum" and "maximum" properties'
NO_OBJECT = (
    'At the root level, the schema should have a "type" property set to "object" and have a "properties" property'
)


def unknown(name: str, place: str = "$.properties.x") -> str:
    return f"{place}.{name}: is not defined in the schema and the schema does not allow additional properties"


RULES: list[tuple[dict[str, Any], set[tuple[str, str, str]]]] = [
    (schema(), set()),
    (field(type="boolean"), set()),
    (field(), set()),
    (field(type=["null", "integer"], minimum=0, maximum=5), set()),
    (
        field(type="integer", minimum=5, maximum=1),
        {
            (
                "ERROR",
                "/properties/x",
                "A field with numeric type has a minimum value [5] greater than the maximum value [1]",
            )
        },
    ),
    (field(type="integer", minimum=5, maximum=5), set()),
    (
        field(type="string", minLength=5, maxLength=1),
        {
            (
                "ERROR",
                "/properties/x",
                'A string type with "minLength" and "maxLength" property values has a minimum value [5] '
                "higher than the maximum [1]",
            )
        },
    ),
    (
        field(type="array", minItems=5, maxItems=1),
        {
            (
                "ERROR",
                "/properties/x",
                'A field of array type has a "minItems" value [5] with a greater value than the "maxItems" [1]',
            )
        },
    ),
    (
        field(type="boolean", minimum=1),
        {
            (
                "ERROR",
                "/properties/x",
                "Numeric properties [minimum] require either a number, integer or absent values",
            )
        },
    ),
    (field(minimum=1), set()),
    (
        field(type="boolean", maxLength=1, format="uuid"),
        {("ERROR", "/properties/x", "String properties [maxLength,format] require either string or absent values")},
    ),
    (
        field(type="boolean", items={"description": "i"}),
        {("ERROR", "/properties/x", "Array properties [items] require either array or absent values")},
    ),
    (
        field(type="boolean", additionalProperties=False),
        {("ERROR", "/properties/x", "Object properties [additionalProperties] require either object or absent values")},
    ),
    (
        schema(required=["one", "two"], additionalProperties=False),
        {("ERROR", "/", "Elements specified as required [two] don't exist in schema properties")},
    ),
    (schema(required=["one", "two"]), set()),
    (schema(required=["one", "two"], additionalProperties=False, patternProperties={}), set()),
    ({"$schema": IGLU, "self": schema()["self"], "description": "d"}, {("WARNING", "/", NO_OBJECT)}),
    (
        field(type="string", maxLength=65536),
        {
            (
                "WARNING",
                "/properties/x",
                'A string property has a "maxLength" [65536] greater than the Redshift VARCHAR maximum of 65535',
            )
        },
    ),
    (field(type="string", maxLength=65535), set()),
    (
        field(type="string", format="ipv6"),
        {
            ("WARNING", "/properties/x", f"Unknown format [ipv6] {UNKNOWN_FORMAT}"),
            ("WARNING", "/properties/x", NO_LENGTH),
        },
    ),
    (field(type="string", format="uuid"), set()),
    (field(type="string", enum=["a"]), set()),
    (field(type=["string", "null"]), {("WARNING", "/properties/x", NO_LENGTH)}),
    (field(type="number", minimum=0), {("WARNING", "/properties/x", NO_BOUNDS)}),
    (
        schema(properties={"a b": {"description": "d"}}),
        {
            (
                "WARNING",
                "/",
                "Following properties contain disallowed characters for BigQuery column name: [a b]",
            )
        },
    ),
    (
        schema(properties={"1a": {"description": "d"}}),
        {("WARNING", "/", "Following properties start with illegal character for BigQuery column name: [1a]")},
    ),
    (
        schema(
            required=["r"],
            properties={
                name: {"description": "d", "type": kind}
                for name, kind in {"r": "boolean", "z": "boolean", "a": "boolean", "n": ["null", "boolean"]}.items()
            },
        ),
        {("INFO", "/", 'Use "type: null" to indicate a field as optional for properties a,z')},
    ),
    (
        schema(properties={"x": {"type": "array", "items": {}}}),
        {
            ("INFO", "/properties/x", 'The schema is missing the "description" property'),
            ("INFO", "/properties/x/items", 'The schema is missing the "description" property'),
        },
    ),
    (schema(anyOf=[{"minimum": 5, "maximum": 1}]), set()),
    (
        schema(oneOf=[{"description": "o", "type": "integer", "minimum": 0}]),
        {("WARNING", "/oneOf/0", NO_BOUNDS)},
    ),
    (schema(title="t", id="i", default={}, definitions={}, minProperties=1, allOf=[{}]), set()),
    (schema(owner="me"), {("WARNING", "/", unknown("owner", "$"))}),
    *(
        (field(**{keyword: value}), {("WARNING", "/properties/x", unknown(keyword))})
        for keyword, value in (("$ref", "#"), ("dependencies", {}), ("examples", [1]), ("x-hub", {"type": "nothing"}))
    ),
    (schema(allOf=[{"owner": 1}]), {("WARNING", "/allOf/0", unknown("owner", "$.allOf[0]"))}),
    (
        schema(required=[], properties={}),
        {("ERROR", "/required", "$.required: there must be a minimum of 1 items in the array")},
    ),
    (
        schema(name="a b"),
        {("ERROR", "/self/name", "$.self.name: does not match the regex pattern ^[a-zA-Z0-9-_]+$")},
    ),
    (
        schema(vendor="a b"),
        {("ERROR", "/self/vendor", r"$.self.vendor: does not match the regex pattern ^[a-zA-Z0-9-_\.]+$")},
    ),
    (
        field(type="boolean", title=5),
        {("ERROR", "/properties/x/title", "$.properties.x.title: integer found, string expected")},
    ),
]


@pytest.mark.parametrize(("body", "expected"), RULES)
def test_a_rule(body: dict[str, Any], expected: set[tuple[str, str, str]]) -> None:
    assert findings(body) == expected


@pytest.mark.parametrize(("body", "expected"), RULES)
def test_only_errors_refuse_a_write(body: dict[str, Any], expected: set[tuple[str, str, str]]) -> None:
    status, told = Iglu().ask("POST", "/api/schemas", body, SUPER_KEY)
    errors = {row for row in expected if row[0] == "ERROR"}
    assert (status, "report" in told) == ((400, True) if errors else (201, False))


def test_a_refused_write_reports_every_level() -> None:
    status, told = Iglu().post("1-0-0", required=["q"], additionalProperties=False, owner="me")
    assert (status, told["message"]) == (400, NOT_CONFORMING)
    assert {row["level"] for row in told["report"]} == {"ERROR", "WARNING", "INFO"}


@pytest.mark.parametrize("keywords", [{"type": "text"}, {"maxLength": "5"}, {"enum": 5}, {"items": 5}, {"oneOf": [1]}])
def test_what_the_parser_cannot_read(keywords: dict[str, Any]) -> None:
    assert ("ERROR", "/", "Cannot extract JSON Schema") in findings(field(**keywords))


@pytest.mark.parametrize("keywords", [{"exclusiveMinimum": 5}, {"exclusiveMinimum": True}])
def test_exclusive_bounds_must_have_their_draft_4_shape(keywords: dict[str, Any]) -> None:
    levels = {level for level, _, _ in findings(field(**keywords))}
    assert levels == {"ERROR", "WARNING"}


def test_an_annotation_is_stored_verbatim() -> None:
    iglu = Iglu()
    iglu.ask("POST", "/api/schemas", field(**{"x-hub": {"owner": "me", "tags": ["a"]}}))
    shown = iglu.ask("GET", "/api/schemas/com.acme/event/jsonschema/1-0-0")[1]
    assert shown["properties"]["x"]["x-hub"] == {"owner": "me", "tags": ["a"]}


# The validation service -----------------------------------------------------------------------------------------


def test_a_valid_schema_is_named_and_not_stored() -> None:
    iglu = Iglu()
    expected = said(f"The schema provided is a valid self-describing {uri()} schema")
    assert iglu.ask("POST", VALIDATE, schema()) == (200, expected)
    assert iglu.uris() == []


def test_the_deprecated_alias_answers_the_same() -> None:
    iglu = Iglu()
    alias = "/api/schemas/validate/any/thing/jsonschema/9-9-9"
    assert iglu.ask("POST", alias, schema()) == iglu.ask("POST", VALIDATE, schema())


@pytest.mark.parametrize("body", [plain(), [], "text"])
def test_a_schema_that_is_not_self_describing(body: Any) -> None:
    status, told = Iglu().ask("POST", VALIDATE, body)
    assert (status, told["message"]) == (200, NOT_CONFORMING)
    assert "JSON Schema is not self-describing" in [row["message"] for row in told["report"]]


@pytest.mark.parametrize("key", [None, STRANGER])
def test_validation_needs_a_key_with_some_permission(key: str | None) -> None:
    iglu = Iglu()
    iglu.post("1-0-0", public=True)
    assert iglu.ask("POST", VALIDATE, schema(), key) == (403, said(""))
    instance = {"schema": uri(), "data": {}}
    assert iglu.ask("POST", INSTANCE, instance, key) == (404, said("The schema is not found"))


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "The request body was malformed."),
        ({"data": {}}, 400, "JSON payload is not self-describing, INVALID_DATA_PAYLOAD"),
        ({"schema": uri()}, 400, "JSON payload is not self-describing, INVALID_DATA_PAYLOAD"),
        ({"schema": "com.acme", "data": {}}, 400, "JSON payload is not self-describing, INVALID_IGLUURI"),
        ({"schema": uri("1-x"), "data": {}}, 400, "JSON payload is not self-describing, INVALID_SCHEMAVER"),
        ({"schema": uri("1-0-9"), "data": {}}, 404, "The schema is not found"),
        ({"schema": uri(), "data": {"one": "text"}}, 200, f"Instance is valid {uri()}"),
    ],
)
def test_instance_answers(body: Any, status: int, message: str) -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    assert iglu.ask("POST", INSTANCE, body) == (status, said(message))


def test_the_instance_report_of_a_wrong_type() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    row = {
        "message": "$: array found, object expected",
        "path": "$",
        "keyword": "type",
        "targets": ["array", "object"],
    }
    expected = {"message": "The data for a field instance is invalid against its schema", "report": [row]}
    assert iglu.ask("POST", INSTANCE, {"schema": uri(), "data": []}) == (200, expected)


@pytest.mark.parametrize(
    ("keywords", "data", "message"),
    [
        ({"required": ["b", "ab"]}, {"b": 1}, "$.ab: is missing but it is required"),
        ({"additionalProperties": False}, {"q": 1}, unknown("q", "$")),
        ({}, {"one": 5}, "$.one: integer found, string expected"),
        ({}, {"one": "eleven chars"}, "$.one: may only be 10 characters long"),
        (
            {"properties": {"e": {"enum": ["a", None]}}},
            {"e": "b"},
            "$.e: does not have a value in the enumeration [a, null]",
        ),
    ],
)
def test_instance_findings(keywords: dict[str, Any], data: Any, message: str) -> None:
    iglu = Iglu()
    iglu.post("1-0-0", **keywords)
    report = iglu.ask("POST", INSTANCE, {"schema": uri(), "data": data})[1]["report"]
    assert [row["message"] for row in report] == [message]


def test_a_remote_reference_accepts_anything() -> None:
    iglu = Iglu()
    iglu.post("1-0-0", properties={"r": {"$ref": "http://nowhere.invalid/schema", "description": "r"}})
    assert iglu.ask("POST", INSTANCE, {"schema": uri(), "data": {"r": 5}})[1] == said(f"Instance is valid {uri()}")


@pytest.mark.parametrize("content", [{"type": "foo"}, {"patternProperties": {"(": {}}}, {"$ref": "#/nowhere"}])
def test_a_stored_schema_that_cannot_be_used(content: dict[str, Any]) -> None:
    iglu = Iglu()
    iglu.edit("insert", uri=uri(), content=content)
    expected = (500, said(f"Schema {uri()} fetched from DB is invalid"))
    assert iglu.ask("POST", INSTANCE, {"schema": uri(), "data": {"a": 1}}, SUPER_KEY) == expected
