"""Segment rule dumps, oddity by oddity: apis/segment.md sections 4 and 5."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.contract import Reading
from mappings.formats import FORMATS, FormatError

READ = FORMATS["segment"].read


def schema(properties: dict[str, Any] | None = None, *, section: str = "properties", **root: Any) -> dict[str, Any]:
    parts = {"context": {}, "traits": {"type": "object"}, "properties": {"type": "object"}}
    parts[section] = {"type": "object", "properties": properties or {}}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": parts, **root}


def rule(key: Any = "Paid", json_schema: Any = None, **fields: Any) -> dict[str, Any]:
    return {"type": "TRACK", "key": key, "version": 1, "jsonSchema": json_schema or schema(), **fields}


def read(*rules: Any) -> Reading:
    return READ({"shop.json": {"rules": list(rules)}})


def codes(reading: Reading) -> list[tuple[str, str]]:
    return [(one.code, ".".join(one.path)) for one in reading.findings]


@pytest.mark.parametrize(
    "wrap", [lambda rules: rules, lambda rules: {"rules": rules}, lambda r: {"data": {"rules": r}}]
)
def test_the_list_of_rules_is_found(wrap: Any) -> None:
    assert list(READ({"shop.json": wrap([rule()])}).plan.events) == ["Paid"]


def test_a_plain_rule_is_read_without_a_finding() -> None:
    properties = {"total": {"type": ["number"], "description": "in EUR"}, "coupon": {"type": ["string", "null"]}}
    body = schema(properties, description="sent at the till", required=["properties"])
    body["properties"]["properties"]["required"] = ["total"]
    reading = read(rule("Paid", body, createdAt="2024-01-01T00:00:00.000Z", deprecatedAt="0001-01-01T00:00:00.000Z"))
    paid = reading.plan.events["Paid"]
    assert (paid.description, paid.status, paid.extensions) == ("sent at the till", "active", {})
    assert paid.properties["total"].required and paid.properties["coupon"].type == ("string", "null")
    assert reading.findings == () and reading.plan.name == "shop"


@pytest.mark.parametrize("odd", [{}, {"type": "any"}, {"type": ["any"]}, {"description": None}, {"pattern": ""}])
def test_a_property_that_may_be_anything(odd: dict[str, Any]) -> None:
    reading = read(rule("Paid", schema({"a": odd})))
    assert reading.plan.data()["events"]["Paid"]["properties"] == {"a": {}} and reading.findings == ()


def test_what_the_editor_leaves_behind_is_no_content() -> None:
    residue = {"id": "/properties/properties/properties/a", "isNewProperty": True, "labels": {}, "properties": {}}
    listed = {"type": "array", "items": {"type": "string", "id": "/properties/a/items"}, "properties": {"$": {}}}
    plan = read(rule("Paid", schema({"a": {"type": "string", **residue}, "l": listed}))).plan
    assert plan.data()["events"]["Paid"]["properties"] == {
        "a": {"type": ["string"]},
        "l": {"type": ["array"], "items": {"type": ["string"]}},
    }


def test_a_property_may_be_called_dollar_or_id() -> None:
    assert list(read(rule("Paid", schema({"$": {}, "id": {}, "labels": {}}))).plan.events["Paid"].properties) == [
        "$",
        "id",
        "labels",
    ]


def test_the_highest_version_is_taken() -> None:
    versions = [rule("Paid", schema({f"v{number}": {}}), version=number) for number in (2, 10, 9)]
    reading = read(*versions)
    assert list(reading.plan.events["Paid"].properties) == ["v10"]
    assert reading.plan.events["Paid"].extensions == {"segment": {"version": 10}}
    (finding,) = reading.findings
    assert finding.code == "segment.version" and "2, 9" in finding.message and finding.path == ("events", "Paid")


def test_labels_of_our_convention_become_fields() -> None:
    labels = {
        "display_name": "Order paid",
        "category": "Shop",
        "owners": "ada, bob",
        "sources": "Web",
        "status": "planned",
        "hidden": "true",
        "core": "tag",
        "feature": "journeys",
    }
    paid = read(rule("Paid", schema(labels=labels))).plan.events["Paid"]
    assert (paid.display_name, paid.category, paid.owners, paid.sources) == (
        "Order paid",
        "Shop",
        ("ada", "bob"),
        ("Web",),
    )
    assert (paid.status, paid.hidden, paid.tags) == ("planned", True, ("core",))
    assert paid.extensions["segment"]["labels"] == {"feature": "journeys"}


@pytest.mark.parametrize("label", [("status", "live"), ("hidden", "maybe"), ("owners", ", "), ("category", 5)])
def test_a_label_that_does_not_fit_its_field_stays_a_label(label: tuple[str, Any]) -> None:
    paid = read(rule("Paid", schema(labels=dict([label])))).plan.events["Paid"]
    assert paid.extensions["segment"]["labels"] == dict([label])


def test_rules_about_the_rest_of_the_message_are_kept() -> None:
    body = schema({"a": {}}, required=["properties", "userId"], **{"not": {"required": ["debug"]}})
    context = {"type": "object", "properties": {"ip": {"type": "string"}}}
    body["properties"] |= {"context": context, "userId": {"type": "string"}}
    assert read(rule("Paid", body)).plan.events["Paid"].extensions["segment"]["schema"] == {
        "not": {"required": ["debug"]},
        "required": ["userId"],
        "properties": {"context": context, "userId": {"type": "string"}},
    }


def test_identify_gives_user_properties() -> None:
    body = schema({"plan": {"type": "string"}, "odd": {"type": "money"}}, section="traits", required=["traits"])
    reading = read({"type": "IDENTIFY", "key": None, "version": 1, "jsonSchema": body})
    assert list(reading.plan.user_properties) == ["plan", "odd"] and reading.plan.events == {}
    assert codes(reading) == [("segment.unknown-type", "user_properties.odd.type")]


def test_group_gives_a_group() -> None:
    body = schema({"seats": {"type": "integer"}}, section="traits", description="the company")
    reading = read({"type": "GROUP", "key": None, "version": 1, "jsonSchema": body})
    group = reading.plan.groups["group"]
    assert (group.description, list(group.properties), reading.findings) == ("the company", ["seats"], ())


def test_what_identify_says_beyond_traits_is_kept_and_told() -> None:
    body = schema({"plan": {}}, section="traits", description="who it is")
    reading = read({"type": "IDENTIFY", "key": None, "version": 1, "jsonSchema": body})
    assert reading.plan.extensions["segment"]["identify"] == {"description": "who it is"}
    assert codes(reading) == [("segment.kept", "extensions.segment.identify")]


def test_the_common_rule_is_kept_as_it_is() -> None:
    body = schema(**{"not": {"required": ["bot"]}})
    reading = read({"type": "COMMON", "key": None, "version": 1, "jsonSchema": body})
    assert reading.plan.extensions["segment"]["common"] == body
    assert codes(reading) == [("segment.common-rule", "extensions.segment.common")]


def test_a_common_rule_that_says_nothing_is_nothing() -> None:
    reading = read({"type": "COMMON", "key": None, "version": 1, "jsonSchema": schema()})
    assert reading.plan.extensions == {} and reading.findings == ()


@pytest.mark.parametrize(
    ("kind", "key", "name"),
    [("PAGE", "Home", "Home"), ("PAGE", None, "Page Viewed"), ("SCREEN", None, "Screen Viewed")],
)
def test_pages_and_screens(kind: str, key: str | None, name: str) -> None:
    reading = read({"type": kind, "key": key, "version": 1, "jsonSchema": schema()})
    assert reading.plan.events[name].kind == kind.lower()
    assert codes(reading) == ([] if key else [("segment.unnamed-rule", f"events.{name}")])


def test_the_automatic_consent_rule_is_no_part_of_the_plan() -> None:
    reading = read(rule("Segment Consent Preference Updated"))
    assert reading.plan.events == {} and codes(reading)[0][0] == "segment.automatic-rule"


def test_a_property_library_becomes_shared_properties() -> None:
    reading = read(rule("Property Library Rule", schema({"currency": {"type": "string"}})))
    assert list(reading.plan.shared_properties) == ["currency"] and reading.plan.events == {}


def test_a_rule_with_a_date_of_deprecation_is_deprecated() -> None:
    assert read(rule(deprecatedAt="2024-05-01T00:00:00.000Z")).plan.events["Paid"].status == "deprecated"


@pytest.mark.parametrize("key", [None, "", "  ", 5, ["a"], "a\ud800"])
def test_a_rule_without_a_usable_name_is_skipped_and_told(key: Any) -> None:
    reading = read(rule(key), rule("Paid"))
    assert list(reading.plan.events) == ["Paid"] and codes(reading) == [("segment.no-name", "file.shop.json")]


def test_a_property_without_a_usable_name_is_skipped_and_told() -> None:
    reading = read(rule("Paid", schema({"": {}, "a": {"type": "object", "properties": {"\udc00": {}, "b": {}}}})))
    assert list(reading.plan.events["Paid"].properties["a"].properties) == ["b"]
    assert [one.path[-1] for one in reading.findings] == ["", "\udc00"]


def test_broken_text_is_mended_and_told() -> None:
    reading = read(rule("Paid", schema(description="a\ud800b")))
    assert reading.plan.events["Paid"].description == "a\ufffdb" and codes(reading)[0][0] == "segment.broken-text"


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (5, "segment.no-rule"),
        ({"type": 5}, "segment.no-rule"),
        (rule(type="ALIAS"), "segment.rule-type"),
        (rule("Odd", "text"), "segment.schema"),
        (rule("Odd", owner="ada"), "segment.rule-fields"),
        (rule("Odd", schema({"a": {"required": False}})), "segment.ill-typed"),
        (rule("Odd", schema(description="one"), description="two"), "segment.second-description"),
        (rule("Paid", version=1), "segment.version"),
        ({"type": "PAGE", "key": "Paid", "version": 1, "jsonSchema": schema()}, "segment.duplicate"),
    ],
)
def test_odd_rules_are_told_and_the_rest_is_read(odd: Any, code: str) -> None:
    reading = read(rule("Paid"), odd)
    assert "Paid" in reading.plan.events and code in [one.code for one in reading.findings]


def test_one_page_of_several_is_told() -> None:
    reading = READ({"p.json": {"data": {"rules": [rule()], "pagination": {"current": "a", "next": "b"}}}})
    assert codes(reading) == [("segment.one-page", "file.p.json")]


def test_several_dumps_are_one_plan() -> None:
    reading = READ({"a.json": [rule("A")], "b.json": [rule("B"), rule("A")]})
    assert list(reading.plan.events) == ["A", "B"] and codes(reading) == [("segment.version", "events.A")]


@pytest.mark.parametrize("document", [None, 5, "text", {}, {"rules": {"events": []}}, {"data": []}])
def test_another_shape_is_refused_with_the_file_and_a_next_step(document: Any) -> None:
    with pytest.raises(FormatError, match=r"shop\.json: expected a list of rules.*Name the format"):
        READ({"shop.json": document})


def test_a_file_of_another_shape_beside_a_good_one_is_left_out_and_told() -> None:
    assert codes(READ({"a.json": [rule("A")], "b.json": {}})) == [("segment.not-this-format", "file.b.json")]
