"""What a plan becomes in Iglu and back, case by case, and each line of the loss table (apis/snowplow.md section 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, expand
from mappings.contract import EMPTY, Address, Document, Documents, Finding, view
from mappings.snowplow import SnowplowMapping
from mappings.snowplow.documents import from_wire, to_wire

MAPPING = SnowplowMapping("com.acme")


def plan_of(**sections: Any) -> TrackingPlan:
    return expand(TrackingPlan.model_validate({"name": "Test", **sections}))


def event_plan(name: str = "signup", **fields: Any) -> TrackingPlan:
    return plan_of(events={name: fields})


def prop_plan(**fields: Any) -> TrackingPlan:
    return event_plan(properties={"p": fields})


def schema(name: str, body: dict[str, Any], version: str = "1-0-0", **facts: Any) -> Document:
    return Document(Address("schema", ("com.acme", name, version)), body, facts=facts)


def published(plan: TrackingPlan, *held: Document, mapping: SnowplowMapping = MAPPING) -> dict[tuple[str, str], Any]:
    """{(schema name, version): body} of what publishing onto these schemas asks for."""
    documents = mapping.to_tool(plan, Documents(held)).documents
    return {(address.names[1], address.names[2]): document.body for address, document in documents.items()}


def findings_of(plan: TrackingPlan, *held: Document) -> list[tuple[str, str, tuple[str, ...]]]:
    found = MAPPING.to_tool(plan, Documents(held)).findings
    return [(one.code.removeprefix("snowplow."), one.severity, one.path) for one in found]


def read(*held: Document) -> dict[str, Any]:
    return content(MAPPING.from_tool(Documents(held)).plan)


# One property, both ways --------------------------------------------------------------------------------------

PROPERTIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({"type": "string", "description": "A."}, {"type": "string", "description": "A."}),
    "any value": ({}, {}),
    "nullable": ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
    "several types": ({"type": ["string", "integer"]}, {"type": ["string", "integer"]}),
    "display name": ({"display_name": "Total"}, {"title": "Total"}),
    "enum": ({"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
    "pattern": ({"type": "string", "pattern": "^a$"}, {"type": "string", "pattern": "^a$"}),
    "format": ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
    "range": (
        {"type": "number", "minimum": 1, "maximum": 9},
        {"type": "number", "minimum": 1, "maximum": 9},
    ),
    "exclusive bound": (
        {"type": "number", "exclusive_minimum": 0},
        {"type": "number", "minimum": 0, "exclusiveMinimum": True},
    ),
    "decimals": ({"type": "number", "multiple_of": 0.01}, {"type": "number", "multipleOf": 0.01}),
    "lengths": (
        {"type": "string", "min_length": 1, "max_length": 9},
        {"type": "string", "minLength": 1, "maxLength": 9},
    ),
    "list": (
        {"type": "array", "items": {"type": "string"}, "min_items": 1, "max_items": 3, "unique_items": True},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3, "uniqueItems": True},
    ),
    "object": (
        {
            "type": "object",
            "properties": {"b": {"required": True}, "a": {"required": True}},
            "additional_properties": False,
        },
        {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"], "additionalProperties": False},
    ),
    "people's words": (
        {
            "owners": ["a@example.com"],
            "tags": ["x"],
            "sensitivity": ["pii"],
            "hidden": True,
            "status": "planned",
            "examples": ["e"],
        },
        {
            "x-owners": ["a@example.com"],
            "x-tags": ["x"],
            "x-sensitivity": ["pii"],
            "x-hidden": True,
            "x-status": "planned",
            "examples": ["e"],
        },
    ),
    "cross-field rule": (
        {"keywords": {"oneOf": [{"type": "string"}]}},
        {"oneOf": [{"type": "string"}]},
    ),
    "default": ({"type": "string", "keywords": {"default": "a"}}, {"type": "string", "default": "a"}),
    "schema for what is not listed": (
        {"type": "object", "keywords": {"additionalProperties": {"type": "string"}}},
        {"type": "object", "additionalProperties": {"type": "string"}},
    ),
    "a schema per position": (
        {"type": "array", "keywords": {"items": [{"type": "string"}]}},
        {"type": "array", "items": [{"type": "string"}]},
    ),
}


@pytest.mark.parametrize("case", PROPERTIES.values(), ids=PROPERTIES)
def test_a_property_and_its_schema(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    said, written = case
    plan = prop_plan(**said)
    body = published(plan)["signup", "1-0-0"]
    assert body["properties"]["p"] == written
    assert read(schema("signup", {"type": "object", "properties": {"p": written}})) == content(plan)


def test_an_event_and_its_schema() -> None:
    plan = event_plan(
        kind="entity",
        description="Somebody joined.",
        display_name="Joined",
        category="Growth",
        owners=["a@example.com"],
        tags=["core"],
        sources=["web"],
        status="deprecated",
        hidden=True,
        additional_properties=False,
        properties={"z": {"required": True}, "a": {"required": True}, "m": {}},
    )
    body = {
        "title": "Joined",
        "description": "Somebody joined.",
        "type": "object",
        "properties": {"a": {}, "m": {}, "z": {}},
        "required": ["a", "z"],
        "additionalProperties": False,
        "x-kind": "entity",
        "x-category": "Growth",
        "x-owners": ["a@example.com"],
        "x-tags": ["core"],
        "x-sources": ["web"],
        "x-status": "deprecated",
        "x-hidden": True,
    }
    assert published(plan) == {("signup", "1-0-0"): body}
    assert read(schema("signup", body)) == content(plan)


def test_user_properties_and_groups_are_entity_schemas() -> None:
    plan = plan_of(
        user_properties={"tier": {"type": "string", "required": True}},
        groups={"Team Name": {"description": "A team.", "properties": {"size": {"type": "integer"}}}},
    )
    users = {
        "type": "object",
        "properties": {"tier": {"type": "string"}},
        "required": ["tier"],
        "x-kind": "user",
    }
    group = {
        "description": "A team.",
        "type": "object",
        "properties": {"size": {"type": "integer"}},
        "x-kind": "group",
        "x-name": "Team Name",
    }
    assert published(plan) == {("user_properties", "1-0-0"): users, ("group_team_name", "1-0-0"): group}
    assert read(schema("user_properties", users), schema("group_team_name", group)) == content(plan)


# The loss table -----------------------------------------------------------------------------------------------

HERE = ("events", "signup", "properties", "p")

LOSSES: dict[str, tuple[TrackingPlan, str, str, tuple[str, ...]]] = {
    "event identity": (event_plan("Sign Up"), "name", "info", ("events", "Sign Up", "names")),
    "display name": (event_plan(display_name="J"), "annotation", "info", ("events", "signup", "display_name")),
    "property names that collide": (
        event_plan(properties={"userId": {}, "user_id": {}}),
        "column-collision",
        "warning",
        ("events", "signup", "properties", "user_id", "names"),
    ),
    "property name that is no column": (
        event_plan(properties={"a b": {}}),
        "column-name",
        "info",
        ("events", "signup", "properties", "a b", "names"),
    ),
    "event or entity": (event_plan(kind="entity"), "annotation", "info", ("events", "signup", "kind")),
    "user properties": (plan_of(user_properties={"a": {}}), "user-properties", "info", ("user_properties", "names")),
    "other formats": (prop_plan(type="string", format="duration"), "format", "info", (*HERE, "format")),
    "no maximum length": (prop_plan(type="string"), "text-length", "info", (*HERE, "max_length")),
    "longer than a warehouse keeps": (
        prop_plan(type="string", max_length=70_000),
        "long-text",
        "info",
        (*HERE, "max_length"),
    ),
    "enum without null": (prop_plan(type=["string", "null"], enum=["a"]), "enum-null", "info", (*HERE, "enum")),
    "repeated enum value": (prop_plan(enum=[1, 1.0]), "repeated", "warning", (*HERE, "enum")),
    "regex dialect": (prop_plan(type="string", pattern="a"), "annotation", "info", (*HERE, "pattern")),
    "exclusive bound": (
        prop_plan(type="number", exclusive_minimum=0),
        "annotation",
        "info",
        (*HERE, "exclusive_minimum"),
    ),
    "both bounds": (
        prop_plan(type="number", minimum=0, exclusive_minimum=1),
        "two-bounds",
        "warning",
        (*HERE, "minimum"),
    ),
    "decimal scale": (prop_plan(type="number", multiple_of=0.01), "annotation", "info", (*HERE, "multiple_of")),
    "examples": (prop_plan(examples=["a"]), "annotation", "info", (*HERE, "examples")),
    "default": (prop_plan(keywords={"default": 1}), "annotation", "info", (*HERE, "keywords", "default")),
    "constant": (prop_plan(const="a"), "const-as-enum", "info", (*HERE, "const")),
    "shared properties": (
        plan_of(shared_properties={"c": {}}),
        "shared",
        "info",
        ("shared_properties",),
    ),
    "rules the pipeline does not know": (
        event_plan(keywords={"not": {"required": ["debug"]}}),
        "annotation",
        "info",
        ("events", "signup", "keywords", "not"),
    ),
    "owner": (event_plan(owners=["a@example.com"]), "annotation", "info", ("events", "signup", "owners")),
    "tags": (prop_plan(tags=["a"]), "annotation", "info", (*HERE, "tags")),
    "category": (event_plan(category="A"), "annotation", "info", ("events", "signup", "category")),
    "list of categories": (plan_of(categories={"A": {}}), "categories", "info", ("categories",)),
    "sources": (event_plan(sources=["web"]), "annotation", "info", ("events", "signup", "sources")),
    "list of sources": (plan_of(sources={"web": {}}), "sources", "info", ("sources",)),
    "status": (event_plan(status="planned"), "annotation", "info", ("events", "signup", "status")),
    "hidden": (prop_plan(hidden=True), "annotation", "info", (*HERE, "hidden")),
    "sensitivity": (prop_plan(sensitivity=["pii"]), "annotation", "info", (*HERE, "sensitivity")),
    "a rename": (
        plan_of(events={"b": {}}, moved=[{"from": "a", "to": "b"}]),
        "moved",
        "info",
        ("events", "b", "names"),
    ),
    "a renamed property": (
        plan_of(events={"b": {"properties": {"y": {}}}}, moved=[{"from": "x", "to": "y", "event": "b"}]),
        "moved",
        "info",
        ("events", "b", "properties", "y", "names"),
    ),
    "a tombstone": (
        plan_of(removed=[{"event": "a", "reason": "unused", "date": "2026-01-02"}]),
        "removed",
        "warning",
        ("events", "a"),
    ),
    # What the server's lint refuses (section 4.3).
    "length of a number": (prop_plan(type="integer", min_length=1), "misfit", "warning", (*HERE, "min_length")),
    "bound of a text": (
        prop_plan(type="string", exclusive_maximum=9),
        "misfit",
        "warning",
        (*HERE, "exclusive_maximum"),
    ),
    "items of a text": (prop_plan(type="string", items={}), "misfit", "warning", (*HERE, "items")),
    "members of a text": (
        prop_plan(type="string", properties={"a": {"required": True}}),
        "misfit",
        "warning",
        (*HERE, "properties"),
    ),
    "minimum above maximum": (prop_plan(minimum=9, maximum=1), "range", "warning", (*HERE, "maximum")),
    "step of zero": (prop_plan(multiple_of=0), "invalid", "warning", (*HERE, "multiple_of")),
    "enum of nothing": (prop_plan(enum=[]), "invalid", "warning", (*HERE, "enum")),
    "ill-typed keyword": (
        prop_plan(keywords={"minLength": "x"}),
        "ill-typed",
        "warning",
        (*HERE, "keywords", "minLength"),
    ),
    "keyword with a field of its own": (
        prop_plan(keywords={"maximum": 3}),
        "keyword",
        "warning",
        (*HERE, "keywords", "maximum"),
    ),
    "refused deep inside a keyword": (
        prop_plan(keywords={"oneOf": [{"type": "integer", "minLength": 1}]}),
        "invalid",
        "warning",
        (*HERE, "keywords", "oneOf"),
    ),
    "bookkeeping keyword": (
        event_plan(keywords={"x-kind": "user"}),
        "reserved",
        "warning",
        ("events", "signup", "keywords", "x-kind"),
    ),
    "root that is no object": (
        event_plan(keywords={"type": "array"}),
        "misfit",
        "warning",
        ("events", "signup", "keywords", "type"),
    ),
    "too large": (event_plan(description="x" * 100_000), "refused", "error", ("events", "signup")),
}


@pytest.mark.parametrize("case", LOSSES.values(), ids=LOSSES)
def test_what_is_lost_is_said_with_its_place(case: tuple[TrackingPlan, str, str, tuple[str, ...]]) -> None:
    plan, *expected = case
    assert tuple(expected) in findings_of(plan)


REFUSED = [case for case in LOSSES.values() if case[1] in ("misfit", "range", "invalid", "ill-typed", "keyword")]


@pytest.mark.parametrize("case", REFUSED, ids=[str(case[3][-1]) for case in REFUSED])
def test_what_the_linter_would_refuse_is_not_published(case: tuple[TrackingPlan, str, str, tuple[str, ...]]) -> None:
    body = published(case[0])["signup", "1-0-0"]
    assert body["properties"].get("p", {}).keys() <= {"type"} and body["type"] == "object"


def test_a_field_stays_when_a_verbatim_keyword_says_the_same() -> None:
    body = published(prop_plan(type="string", max_length=3, keywords={"maxLength": 3}))["signup", "1-0-0"]
    assert body["properties"]["p"] == {"type": "string", "maxLength": 3}


def test_a_warning_is_told_once_an_event_and_an_annotation_once_a_plan() -> None:
    texts = {"a": {"type": "string", "tags": ["t"]}, "b": {"type": "string", "tags": ["t"]}}
    found = findings_of(plan_of(events={"e": {"properties": texts}, "f": {"properties": texts}}))
    codes = [code for code, _, _ in found]
    assert codes.count("text-length") == 2 and codes.count("annotation") == 1


def test_what_is_too_large_or_too_deep_is_not_published() -> None:
    deep: dict[str, Any] = {}
    for _ in range(20):
        deep = {"type": "object", "properties": {"o": deep}}
    plan = plan_of(events={"deep": {"properties": {"p": deep}}, "large": {"description": "é" * 50_000}, "small": {}})
    assert set(published(plan)) == {("small", "1-0-0")}


@pytest.mark.parametrize(("length", "fits"), [(0, True), (1, False)])
def test_the_limit_is_that_of_the_whole_request(length: int, fits: bool) -> None:

    envelope = len(json.dumps(to_wire(schema("signup", {"description": "", "type": "object", "properties": {}}))))
    plan = event_plan(description="x" * (100_000 - envelope + length))
    assert bool(published(plan)) is fits


# Names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("AddToCart", "AddToCart"),
        ("order-placed_2", "order-placed_2"),
        ("Order Completed", "order_completed"),
        ("a/b.c", "a_b_c"),
        ("naïve café", "naive_cafe"),
        ("x" * 200, "x" * 119),
    ],
)
def test_a_schema_name_is_the_events_where_it_fits(name: str, spelled: str) -> None:
    documents = published(event_plan(name))
    assert list(documents) == [(spelled, "1-0-0")]
    assert documents[spelled, "1-0-0"].get("x-name", spelled) == name


def test_the_plans_own_choice_of_a_name_wins() -> None:
    plan = event_plan("Order Completed", names={"snowplow": "oc"}, properties={"t": {"names": {"snowplow": "total"}}})
    body = published(plan)["oc", "1-0-0"]
    assert body["x-name"] == "Order Completed" and list(body["properties"]) == ["total"]
    assert list(view(MAPPING, plan).events["Order Completed"].properties) == ["t"]


def test_names_that_collide_are_told_apart_and_reported() -> None:
    plan = plan_of(events={"Order Completed": {}, "order completed": {}, "order_completed": {}})
    names = [name for name, _ in published(plan)]
    assert "order_completed" in names and len(set(names)) == 3
    assert [code for code, _, _ in findings_of(plan)].count("name-collision") == 2


def test_a_name_already_given_stays_with_its_event() -> None:
    held = schema("order_completed", {"type": "object", "properties": {}, "x-name": "order completed"})
    names = {body.get("x-name"): name for (name, _), body in published(plan_of(events=_two_spellings()), held).items()}
    assert names["order completed"] == "order_completed"
    assert names["Order Completed"].startswith("order_completed_")


def _two_spellings() -> dict[str, Any]:
    return {"Order Completed": {}, "order completed": {}}


def test_a_schema_of_somebody_else_is_not_taken_over() -> None:
    held = schema("user_properties", {"type": "object", "properties": {"mine": {}}})
    (name, version), _ = next(iter(published(plan_of(user_properties={"a": {}}), held).items()))
    assert name != "user_properties" and version == "1-0-0"


# Versions -----------------------------------------------------------------------------------------------------

CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}


def closed_plan(**properties: Any) -> TrackingPlan:
    return event_plan(additional_properties=False, properties=properties)


@pytest.mark.parametrize(
    ("properties", "version"),
    [
        ({"a": {"type": "string"}}, "1-2-3"),
        ({"a": {"type": "string", "description": "New."}}, "1-2-4"),
        ({"a": {"type": "string"}, "b": {"type": "string"}}, "1-2-4"),
        ({"a": {"type": "string", "required": True}}, "1-3-0"),
        ({"a": {"type": "boolean"}}, "2-0-0"),
    ],
)
def test_the_next_number_follows_from_the_change(properties: dict[str, Any], version: str) -> None:
    assert list(published(closed_plan(**properties), schema("signup", CLOSED, "1-2-3"))) == [("signup", version)]


def test_two_levels_and_a_warehouse_number_otherwise() -> None:
    held = schema("signup", {**CLOSED, "properties": {"a": {"type": "integer"}}})
    two = SnowplowMapping("com.acme", "two-level")
    redshift = SnowplowMapping("com.acme", warehouse="redshift")
    narrower, wider = closed_plan(a={"type": "integer", "minimum": 1}), closed_plan(a={"type": "number"})
    assert list(published(narrower, held, mapping=two)) == [("signup", "1-0-1")]
    assert list(published(wider, held)) == [("signup", "1-0-1")]
    assert list(published(wider, held, mapping=redshift)) == [("signup", "2-0-0")]


def test_a_new_model_is_announced_with_its_reason() -> None:
    found = findings_of(closed_plan(a={"type": "boolean"}), schema("signup", CLOSED))
    assert ("new-model", "warning", ("events", "signup", "properties", "a", "type")) in found


def test_the_newest_version_by_number_counts_and_history_is_left_alone() -> None:
    old = schema("signup", {"type": "object", "properties": {"z": {}}}, "1-0-9")
    new = schema("signup", CLOSED, "1-0-10")
    assert published(closed_plan(a={"type": "string"}), new, old) == {("signup", "1-0-10"): CLOSED}
    assert list(read(old, new)["events"]["signup"]["properties"]) == ["a"]


def test_going_back_to_an_old_content_is_a_new_version() -> None:
    held = [schema("signup", CLOSED, "1-0-0"), schema("signup", {**CLOSED, "description": "New."}, "1-0-1")]
    assert list(published(closed_plan(a={"type": "string"}), *held)) == [("signup", "1-0-2")]


def test_another_spelling_of_the_same_content_is_no_change() -> None:
    held = schema("signup", {"properties": {"a": {"type": ["string"], "uniqueItems": False}}, "x-status": "active"})
    assert published(event_plan(properties={"a": {"type": "string"}}), held) == {("signup", "1-0-0"): held.body}


@pytest.mark.parametrize(
    "body",
    [
        {"x-hidden": None, "x-owners": 5, "x-status": "odd", "x-kind": "odd"},
        {"required": ["unlisted"], "additionalProperties": {"type": "string"}, "patternProperties": {"^x": {}}},
        {"properties": {"a": {"items": [{"type": "string"}], "additionalItems": False}, "b": {"const": None}}},
        {"properties": {"a": {"type": ["null", "number"], "minimum": 1.0, "exclusiveMinimum": False}}, "title": ""},
        {"x-kind": "group", "x-name": "Team", "title": "Root of a set", "definitions": {"q": {"type": "string"}}},
    ],
)
def test_what_others_published_is_left_as_it_is(body: dict[str, Any]) -> None:
    held = Documents([schema("thing", {"type": "object", **body}, "1-1-0")])
    written_back = MAPPING.to_tool(MAPPING.from_tool(held).plan, held).documents
    assert {address: one.body for address, one in written_back.items()} == {
        address: one.body for address, one in held.items()
    }


def test_a_next_version_keeps_the_visibility_of_its_name() -> None:
    held = schema("signup", CLOSED, isPublic=True, createdAt="2026-01-02T03:04:05Z")
    (document,) = MAPPING.to_tool(closed_plan(), Documents([held])).documents.values()
    assert dict(document.facts) == {"isPublic": True}


# What the registry holds and the plan does not speak of ----------------------------------------------------------


def test_unknown_keywords_survive_a_change() -> None:
    member = {"type": "object", "x-team": 1, "properties": {"b": {"x-deep": 2, "description": "Old."}}}
    held = schema("signup", {"type": "object", "x-team": {"id": 7}, "x-hidden": True, "properties": {"a": member}})
    plan = event_plan(properties={"a": {"type": "object", "properties": {"b": {"description": "New."}}}})
    body = published(plan, held)["signup", "1-0-1"]
    assert (body["x-team"], body["x-hidden"], body["properties"]["a"]["x-team"]) == ({"id": 7}, True, 1)
    assert body["properties"]["a"]["properties"]["b"] == {"x-deep": 2, "description": "New."}


def test_what_the_plan_says_about_hiding_wins() -> None:
    held = schema("signup", {"type": "object", "properties": {}, "x-hidden": True})
    assert published(event_plan(hidden=False), held)["signup", "1-0-1"]["x-hidden"] is False


def test_a_rule_that_the_plan_dropped_goes() -> None:
    held = schema("signup", {"type": "object", "properties": {}, "anyOf": [{"required": ["a"]}]})
    assert "anyOf" not in published(event_plan(), held)["signup", "1-0-1"]


def test_the_root_of_a_user_schema_stays_as_it_is() -> None:
    held = schema("users", {"type": "object", "title": "U", "additionalProperties": False, "x-kind": "user"})
    body = published(plan_of(user_properties={"a": {}}), held)["users", "1-0-1"]
    assert body["title"] == "U" and body["additionalProperties"] is False


# Reading ------------------------------------------------------------------------------------------------------

JUNK: dict[str, tuple[Document, str]] = {
    "a body that is no object": (Document(Address("schema", ("com.acme", "a", "1-0-0")), []), "unreadable"),  # type: ignore[arg-type]
    "an address without a version": (Document(Address("schema", ("com.acme", "a")), {}), "unreadable"),
    "a version that is none": (schema("a", {}, "one"), "unreadable"),
    "another kind": (Document(Address("thing", ("x",)), {}), "unreadable"),
    "a schema of the tool's maker": (
        Document(Address("schema", ("com.snowplowanalytics.snowplow", "link_click", "1-0-1")), {"type": "object"}),
        "foreign",
    ),
}


@pytest.mark.parametrize("case", JUNK.values(), ids=JUNK)
def test_junk_is_a_finding_and_no_event(case: tuple[Document, str]) -> None:
    reading = MAPPING.from_tool(Documents([case[0]]))
    assert reading.plan.events == {} and [one.code for one in reading.findings] == [f"snowplow.{case[1]}"]


@pytest.mark.parametrize(
    "body",
    [
        {"properties": 5},
        {"properties": {"": {}, "a": True, "b": [1]}, "required": [1]},
        {"type": "nonsense", "x-owners": 3, "x-kind": 9},
        {"x-kind": "user", "properties": {"": {}, "a": {}}},
        {"x-name": 7, "enum": []},
        {"x-kind": "group", "x-name": "", "properties": {"a": {"type": ["odd"]}}},
    ],
)
def test_a_strange_body_is_read_as_far_as_it_goes(body: dict[str, Any]) -> None:
    reading = MAPPING.from_tool(Documents([schema("odd", body), schema("fine", CLOSED)]))
    assert "fine" in reading.plan.events and reading.findings


def test_two_schemas_for_one_event_are_reported_and_the_later_one_is_read() -> None:
    old = schema("order_completed", {**CLOSED, "x-name": "Order Completed"}, createdAt="2026-01-01T00:00:00Z")
    new = schema("oc", {"description": "N.", "x-name": "Order Completed"}, createdAt="2026-02-01T00:00:00Z")
    reading = MAPPING.from_tool(Documents([old, new]))
    assert reading.plan.events["Order Completed"].description == "N."
    assert _codes(reading.findings) == ["snowplow.duplicate"]


def _codes(findings: tuple[Finding, ...]) -> list[str]:
    return [one.code for one in findings]


def test_what_is_said_about_a_set_of_properties_is_reported() -> None:
    reading = MAPPING.from_tool(Documents([schema("users", {"x-kind": "user", "title": "U", "properties": {"a": {}}})]))
    assert list(reading.plan.user_properties) == ["a"] and _codes(reading.findings) == ["snowplow.root"]


# The wire -----------------------------------------------------------------------------------------------------

WIRE = {
    "$schema": "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#",
    "self": {"vendor": "com.acme", "name": "signup", "format": "jsonschema", "version": "1-0-1"},
    "type": "object",
    "properties": {"a": {"type": "string"}},
}


def test_identity_and_bookkeeping_are_no_content() -> None:
    metadata = {"createdAt": "2026-01-02T03:04:05.678901Z", "updatedAt": "2026-01-03T00:00:00Z", "isPublic": False}
    raw = {**WIRE, "$supersededBy": "1-0-2", "$supersedes": ["1-0-0"], "metadata": metadata}
    document = from_wire(raw)
    assert document is not None and document.body == {"type": "object", "properties": {"a": {"type": "string"}}}
    assert document.facts == {**metadata, "supersedes": ["1-0-0"], "supersededBy": "1-0-2"}
    assert to_wire(document) == WIRE


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"type": "object"},
        {**WIRE, "self": {**WIRE["self"], "format": "avro"}},  # type: ignore[dict-item]
        {**WIRE, "self": {**WIRE["self"], "version": "1-0"}},  # type: ignore[dict-item]
        {**WIRE, "self": {**WIRE["self"], "name": 5}},  # type: ignore[dict-item]
    ],
)
def test_what_is_no_json_schema_with_an_identity_is_no_document(raw: Any) -> None:
    assert from_wire(raw) is None


def test_sets_have_one_order() -> None:
    one = from_wire({**WIRE, "required": ["b", "a"], "properties": {"a": {"type": ["null", "string"]}, "b": {}}})
    assert one is not None and one.body["required"] == ["a", "b"]
    assert one.body["properties"]["a"] == {"type": ["string", "null"]}


def test_an_empty_plan_asks_for_nothing() -> None:
    projection = MAPPING.to_tool(plan_of(), EMPTY)
    assert not projection.documents and not projection.findings and not projection.removals
