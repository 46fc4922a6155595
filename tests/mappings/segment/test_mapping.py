"""What a plan becomes in Segment and back, what is lost, and what a publish leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, expand
from mappings.contract import EMPTY, Address, Document, Documents, view
from mappings.segment import SegmentMapping
from mappings.segment.documents import body_to_wire, from_wire, normal_body, to_wire
from mappings.testing import LAWS, changed, plans

MAPPING = SegmentMapping()
CONSENT = "Segment Consent Preference Updated"


def plan_of(**sections: Any) -> TrackingPlan:
    return expand(TrackingPlan.model_validate({"name": "Shop", **sections}))


def event(**fields: Any) -> TrackingPlan:
    return plan_of(events={"Order Paid": fields})


def prop(**fields: Any) -> TrackingPlan:
    return event(properties={"total": fields})


def held(*rules: dict[str, Any]) -> Documents:
    documents = [from_wire({"type": "TRACK", "version": 1, **rule}) for rule in rules]
    return Documents(one for one in documents if one)


def rule(schema: Any = None, key: str | None = "Order Paid", **fields: Any) -> dict[str, Any]:
    return {"key": key, "jsonSchema": {} if schema is None else schema, **fields}


def only(documents: Documents) -> Document:
    (document,) = documents.values()
    return document


def findings_of(plan: TrackingPlan, onto: Documents = EMPTY) -> list[tuple[str, str]]:
    return [(one.code, ".".join(one.path)) for one in MAPPING.to_tool(plan, onto).findings]


# Both directions from one case -------------------------------------------------------------------------------

TOTAL = {"total": {"type": "number"}}
SECTION = {"properties": {"properties": {"properties": TOTAL}}}

EVENTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"description": "Money moved."}, {"description": "Money moved."}),
    ({"display_name": "Paid"}, {"labels": {"display_name": "Paid"}}),
    ({"category": "Checkout"}, {"labels": {"category": "Checkout"}}),
    ({"owners": ["lee", "dana"]}, {"labels": {"owners": "dana, lee"}}),
    ({"sources": ["web"]}, {"labels": {"sources": "web"}}),
    ({"status": "deprecated"}, {"labels": {"status": "deprecated"}}),
    ({"hidden": False}, {"labels": {"hidden": "false"}}),
    ({"tags": ["core", "money"]}, {"labels": {"core": "tag", "money": "tag"}}),
    ({"properties": TOTAL}, SECTION),
    ({"additional_properties": False}, {"properties": {"properties": {"additionalProperties": False}}}),
    ({"keywords": {"minProperties": 1}}, {"properties": {"properties": {"minProperties": 1}}}),
    (
        {"properties": {"total": {"type": "number", "required": True}}},
        {"properties": {"properties": {"properties": TOTAL, "required": ["total"]}}, "required": ["properties"]},
    ),
]

PROPERTIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"type": "string", "description": "As sent."}, {"type": "string", "description": "As sent."}),
    ({"type": ["number", "null"]}, {"type": ["number", "null"]}),
    ({"type": ["string", "integer"]}, {"type": ["string", "integer"]}),
    ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
    ({"type": "string", "pattern": "a|b"}, {"type": "string", "pattern": "a|b"}),
    ({"enum": ["EUR", "USD"]}, {"enum": ["EUR", "USD"]}),
    ({"type": "array", "items": {"type": "string"}}, {"type": "array", "items": {"type": "string"}}),
    (
        {"type": "object", "properties": {"b": {"required": True}, "a": {"required": True}}},
        {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]},
    ),
    ({"minimum": 0, "exclusive_maximum": 9}, {"minimum": 0, "exclusiveMaximum": 9}),
    ({"display_name": "Total", "owners": ["dana"]}, {"title": "Total", "x-owners": ["dana"]}),
    ({"sensitivity": ["pii"], "hidden": True}, {"x-sensitivity": ["pii"], "x-hidden": True}),
    ({"status": "planned", "tags": ["core"]}, {"x-status": "planned", "x-tags": ["core"]}),
]


@pytest.mark.parametrize(("fields", "body"), EVENTS)
def test_an_event_is_a_rule_and_a_rule_is_an_event(fields: dict[str, Any], body: dict[str, Any]) -> None:
    document = only(MAPPING.to_tool(event(**fields), EMPTY).documents)
    assert (document.address, document.body) == (Address("rule", ("TRACK", "Order Paid", "1")), body)
    assert content(MAPPING.from_tool(Documents([document])).plan) == content(event(**fields))


@pytest.mark.parametrize(("fields", "schema"), PROPERTIES)
def test_a_property_is_a_schema_and_a_schema_is_a_property(fields: dict[str, Any], schema: dict[str, Any]) -> None:
    document = only(MAPPING.to_tool(prop(**fields), EMPTY).documents)
    assert document.body == {"properties": {"properties": {"properties": {"total": schema}}}}
    assert content(MAPPING.from_tool(Documents([document])).plan) == content(prop(**fields))


@pytest.mark.parametrize(("kind", "type_"), [("page", "PAGE"), ("screen", "SCREEN")])
def test_pages_and_screens_are_rules_of_their_own_type(kind: str, type_: str) -> None:
    document = only(MAPPING.to_tool(event(kind=kind), EMPTY).documents)
    assert document.address.names[0] == type_
    assert MAPPING.from_tool(Documents([document])).plan.events["Order Paid"].kind == kind


def test_user_properties_are_the_traits_of_the_identify_rule() -> None:
    plan = plan_of(user_properties={"tier": {"type": "string", "required": True}})
    document = only(MAPPING.to_tool(plan, EMPTY).documents)
    traits = {"properties": {"tier": {"type": "string"}}, "required": ["tier"]}
    assert document.address == Address("rule", ("IDENTIFY", "", "1"))
    assert document.body == {"properties": {"traits": traits}, "required": ["traits"]}
    assert content(MAPPING.from_tool(Documents([document])).plan) == content(plan)


def test_the_first_group_type_is_the_group_rule() -> None:
    plan = plan_of(groups={"team": {}, "company": {"description": "Who pays.", "properties": {"size": {}}}})
    projection = MAPPING.to_tool(plan, EMPTY)
    traits = {"traits": {"properties": {"size": {}}}}
    assert only(projection.documents).body == {"x-group": "company", "description": "Who pays.", "properties": traits}
    assert ("segment.groups", "groups.team") in findings_of(plan)
    assert MAPPING.from_tool(projection.documents).plan.groups.keys() == {"company"}


def test_the_name_for_segment_is_the_key_and_comes_back_under_the_plans_name() -> None:
    plan = event(names={"segment": "Paid"}, properties={"total": {"names": {"segment": "sum"}, "required": True}})
    document = only(MAPPING.to_tool(plan, EMPTY).documents)
    assert document.address.names[1] == "Paid"
    assert document.body["properties"]["properties"] == {"properties": {"sum": {}}, "required": ["sum"]}
    assert content(view(MAPPING, plan)) == content(plan)


# What is lost or said another way: the loss table (section 6) ---------------------------------------------------

LOSSES: list[tuple[TrackingPlan, str, str]] = [
    (plan_of(description="All of it."), "segment.plan", "description"),
    (plan_of(shared_properties={"currency": {}}), "segment.shared", "shared_properties"),
    (plan_of(sources={"web": {"description": "The shop."}}), "segment.section", "sources"),
    (plan_of(categories={"Checkout": {"description": "Paying."}}), "segment.section", "categories"),
    (event(kind="entity"), "segment.entity", "events.Order Paid"),
    (event(kind="page"), "segment.page", "events.Order Paid.kind"),
    (event(display_name="Paid"), "segment.label", "events.Order Paid.display_name"),
    (event(owners=["dana"]), "segment.label", "events.Order Paid.owners"),
    (event(owners=["Lee, Dana"]), "segment.words", "events.Order Paid.owners"),
    (event(sources=["web"]), "segment.label", "events.Order Paid.sources"),
    (event(sources=["a,b"]), "segment.words", "events.Order Paid.sources"),
    (event(status="planned"), "segment.label", "events.Order Paid.status"),
    (event(hidden=True), "segment.label", "events.Order Paid.hidden"),
    (event(tags=["category"]), "segment.tag", "events.Order Paid.tags"),
    (event(additional_properties=False), "segment.additional", "events.Order Paid.additional_properties"),
    (event(keywords={"not": {"required": ["debug"]}}), "segment.invisible", "events.Order Paid.keywords"),
    (event(keywords={"$id": "x"}), "segment.noise", "events.Order Paid.keywords.$id"),
    (prop(display_name="Total"), "segment.annotation", "events.Order Paid.properties.total.display_name"),
    (prop(sensitivity=["pii"]), "segment.annotation", "events.Order Paid.properties.total.sensitivity"),
    (prop(tags=["core"]), "segment.annotation", "events.Order Paid.properties.total.tags"),
    (prop(owners=["dana"]), "segment.annotation", "events.Order Paid.properties.total.owners"),
    (prop(type=["string", "integer"]), "segment.union", "events.Order Paid.properties.total.type"),
    (prop(minimum=0), "segment.invisible", "events.Order Paid.properties.total.minimum"),
    (prop(max_length=9), "segment.invisible", "events.Order Paid.properties.total.max_length"),
    (prop(const=1), "segment.invisible", "events.Order Paid.properties.total.const"),
    (prop(examples=[1]), "segment.invisible", "events.Order Paid.properties.total.examples"),
    (prop(enum=[1, 2]), "segment.invisible", "events.Order Paid.properties.total.enum"),
    (prop(format="date"), "segment.invisible", "events.Order Paid.properties.total.format"),
    (prop(pattern="^(?!test)"), "segment.pattern", "events.Order Paid.properties.total.pattern"),
    (prop(pattern=""), "segment.noise", "events.Order Paid.properties.total.pattern"),
    (prop(items={"max_length": 3}), "segment.invisible", "events.Order Paid.properties.total.items.max_length"),
    (prop(items={}, properties={"$": {}}), "segment.noise", "events.Order Paid.properties.total.properties.$"),
    (plan_of(user_properties={"a": {"required": True}}), "segment.required-trait", "user_properties.a.required"),
    (plan_of(user_properties={"a": {"minimum": 1}}), "segment.invisible", "user_properties.a.minimum"),
    (plan_of(groups={"a": {"properties": {"b": {"const": 1}}}}), "segment.invisible", "groups.a.properties.b.const"),
    (plan_of(groups={"a": {}, "b": {}}), "segment.groups", "groups.b"),
    (plan_of(events={CONSENT: {}}), "segment.consent", f"events.{CONSENT}"),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "code", "path"), LOSSES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_line_of_the_loss_table_has_its_finding(plan: TrackingPlan, code: str, path: str) -> None:
    found = [one for one in MAPPING.to_tool(plan, EMPTY).findings if (one.code, ".".join(one.path)) == (code, path)]
    assert len(found) == 1 and found[0].hint and "{" not in found[0].message


@pytest.mark.parametrize("properties", [{}, {"total": {"names": {"segment": "sum"}, "required": True}}])
@pytest.mark.parametrize("onto", [{}, {"properties": {"properties": {"properties": {"a": {}}, "required": ["a"]}}}])
def test_keywords_that_clash_with_fields_are_a_finding_and_no_error(properties: Any, onto: Any) -> None:
    plan = event(properties=properties, keywords={"properties": {"a": 5}, "required": 7})
    codes = {code for code, _ in findings_of(plan, held(rule(onto)))}
    assert "segment.noise" in codes


def test_what_fits_has_no_findings() -> None:
    plan = event(
        description="Paid.", category="Shop", tags=["core"], properties={"total": {"type": ["number", "null"]}}
    )
    assert MAPPING.to_tool(plan, EMPTY).findings == ()


def test_what_is_refused_has_no_document() -> None:
    plan = plan_of(events={"Cart": {"kind": "entity"}, CONSENT: {}})
    assert len(MAPPING.to_tool(plan, EMPTY).documents) == 0


def test_two_events_of_one_name_in_segment_are_told_apart() -> None:
    plan = plan_of(events={"Paid": {}, "Order Paid": {"names": {"segment": "Paid"}}})
    keys = {document.about: document.address.names[1] for document in MAPPING.to_tool(plan, EMPTY).documents.values()}
    assert keys[("events", "Paid")] == "Paid" and keys[("events", "Order Paid")].startswith("Paid_")
    assert ("segment.name", "events.Order Paid") in findings_of(plan)


# Onto what the tool holds ----------------------------------------------------------------------------------------


def test_what_the_mapping_does_not_understand_survives_a_write() -> None:
    foreign = {
        "labels": {"team": "growth", "status": "live"},
        "properties": {"context": {"required": ["page"]}, "userId": {"type": "string"}},
        "required": ["userId"],
        "not": {"required": ["debug"]},
    }
    body = only(MAPPING.to_tool(event(description="New.", tags=["core"]), held(rule(foreign))).documents).body
    assert body == {**foreign, "description": "New.", "labels": {"team": "growth", "status": "live", "core": "tag"}}


def test_what_was_not_understood_is_written_back_from_the_plan() -> None:
    foreign = {
        "labels": {"team": "growth"},
        "if": {"required": ["a"]},
        "properties": {"context": {"required": ["page"]}},
    }
    read = MAPPING.from_tool(held(rule(foreign))).plan
    assert read.events["Order Paid"].extensions["segment"]["labels"] == {"team": "growth"}
    assert only(MAPPING.to_tool(read, EMPTY).documents).body == foreign


def test_unlisted_properties_stay_and_tombstoned_or_renamed_ones_go() -> None:
    before = held(
        rule({"properties": {"properties": {"properties": {"a": {}, "b": {}, "c": {}}, "required": ["a", "b"]}}})
    )
    plan = plan_of(
        events={"Order Paid": {"properties": {"d": {}}}},
        removed=[{"event": "Order Paid", "property": "b", "reason": "never sent", "date": "2026-01-02"}],
        moved=[{"from": "c", "to": "d", "event": "Order Paid"}],
    )
    section = only(MAPPING.to_tool(plan, before).documents).body["properties"]["properties"]
    assert section == {"properties": {"d": {}, "a": {}}, "required": ["a"]}
    assert ("segment.unlisted", "events.Order Paid.properties.a") in findings_of(plan, before)


def test_a_removed_user_property_leaves_the_identify_rule() -> None:
    before = held(rule({"properties": {"traits": {"properties": {"a": {}, "b": {}}}}}, None, type="IDENTIFY"))
    removed = [{"property": "a", "reason": "never sent", "date": "2026-01-02"}]
    after = only(MAPPING.to_tool(plan_of(removed=removed), before).documents)
    assert after.body == {"properties": {"traits": {"properties": {"b": {}}}}}


@pytest.mark.parametrize("hidden", [None, False])
def test_hidden_stays_as_the_tool_has_it_unless_the_plan_says_so(hidden: bool | None) -> None:
    schema = {"labels": {"hidden": "true"}, "properties": {"properties": {"properties": {"total": {"x-hidden": True}}}}}
    plan = event(hidden=hidden, description="New.", properties={"total": {"hidden": hidden, "description": "Sum."}})
    body = only(MAPPING.to_tool(plan, held(rule(schema))).documents).body
    kept = hidden is None
    assert body["labels"]["hidden"] == str(kept).lower()
    assert body["properties"]["properties"]["properties"]["total"]["x-hidden"] is kept


def test_the_highest_version_is_read_and_written_and_the_older_ones_stay() -> None:
    before = held(rule({"description": "Old."}, version=2), rule({"description": "New."}, version=10))
    reading = MAPPING.from_tool(before)
    assert reading.plan.events["Order Paid"].description == "New."
    assert [one.code for one in reading.findings] == ["segment.versions"]
    assert only(MAPPING.to_tool(event(), before).documents).address.names[2] == "10"


def test_a_moved_event_is_a_rename_of_the_rule_that_the_tool_holds() -> None:
    moves = [{"from": "Bought", "to": "Paid"}, {"from": "Paid", "to": "Order Paid"}]
    plan = plan_of(events={"Order Paid": {}}, moved=moves)
    document = only(MAPPING.to_tool(plan, held(rule({"labels": {"team": "x"}}, "Bought", version=3))).documents)
    assert document.formerly == Address("rule", ("TRACK", "Bought", "3"))
    assert document.address == Address("rule", ("TRACK", "Order Paid", "3")) and document.body["labels"] == {
        "team": "x"
    }


def test_a_moved_event_is_not_renamed_onto_another_rule() -> None:
    plan = plan_of(events={"Order Paid": {}}, moved=[{"from": "Paid", "to": "Order Paid"}])
    before = held(rule(), rule(key="Paid"))
    assert only(MAPPING.to_tool(plan, before).documents).formerly is None
    assert ("segment.moved", "events.Order Paid") in findings_of(plan, before)


def test_a_tombstone_removes_every_version() -> None:
    plan = plan_of(removed=[{"event": "Order Paid", "reason": "never sent", "date": "2026-01-02"}])
    removals = MAPPING.to_tool(plan, held(rule(version=1), rule(version=2))).removals
    assert [one.address.names[2] for one in removals] == ["1", "2"] and removals[0].reason == "never sent"


@pytest.mark.parametrize(
    "removed",
    [{"event": CONSENT}, {"event": "Order Paid", "property": "total"}],
)
def test_a_tombstone_without_effect_is_said_to_be_one(removed: dict[str, Any]) -> None:
    projection = MAPPING.to_tool(plan_of(removed=[{**removed, "reason": "gone", "date": "2026-01-02"}]), EMPTY)
    assert projection.removals == () and [one.code for one in projection.findings] == ["segment.removed"]


def test_a_group_rule_of_another_group_type_is_left_alone() -> None:
    before = held(rule({"x-group": "team"}, None, type="GROUP"))
    plan = plan_of(groups={"company": {}})
    assert len(MAPPING.to_tool(plan, before).documents) == 0
    assert findings_of(plan, before) == [("segment.groups", "groups.company")]


def test_a_rule_of_another_type_beside_the_wanted_one_is_reported() -> None:
    assert ("segment.kind", "events.Order Paid.kind") in findings_of(event(kind="page"), held(rule()))


# Reading -----------------------------------------------------------------------------------------------------

RESIDUE = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "labels": {},
    "description": "",
    "required": [],
    "properties": {
        "context": {"type": "object"},
        "traits": {},
        "properties": {
            "type": "object",
            "required": [],
            "properties": {
                "a": {"id": "/properties/properties/properties/a", "type": ["string"], "description": None},
                "b": {"$id": "/x", "type": "any", "properties": {}, "isNewProperty": True, "pattern": ""},
                "c": {"type": ["array"], "items": {"type": ["null", "string"]}, "properties": {"$": {}}},
                "d": {"type": "object", "properties": {"e": {}}, "required": ["f", "e"]},
            },
        },
    },
}  # fmt: skip


def test_what_the_app_leaves_behind_is_no_content() -> None:
    members = normal_body(RESIDUE)["properties"]["properties"]["properties"]
    assert normal_body(RESIDUE).keys() == {"properties"}
    assert members == {
        "a": {"type": "string"},
        "b": {},
        "c": {"type": "array", "items": {"type": ["string", "null"]}},
        "d": {"type": "object", "properties": {"e": {}}, "required": ["e", "f"]},
    }


def test_a_rule_goes_out_with_draft_type_and_all_three_sections() -> None:
    document = only(MAPPING.to_tool(prop(type="number", required=True), EMPTY).documents)
    assert to_wire(document, Address("rule", ("TRACK", "Paid", "1"))) == {
        "type": "TRACK",
        "key": "Paid",
        "newKey": "Order Paid",
        "version": 1,
        "jsonSchema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {
                "context": {},
                "traits": {},
                "properties": {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]},
            },
            "required": ["properties"],
        },
    }


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (rule({}, None, type="COMMON"), "segment.common"),
        (rule({}, CONSENT), "segment.vendor"),
        (rule({}, None, type="PAGE"), "segment.unreadable"),
        (rule({}, "X", type="ALIAS"), "segment.unreadable"),
    ],
)
def test_what_is_no_event_of_the_plan_is_a_finding_and_is_never_written(item: dict[str, Any], code: str) -> None:
    reading = MAPPING.from_tool(held(item))
    assert reading.plan.events == {} and [one.code for one in reading.findings] == [code]
    assert len(MAPPING.to_tool(reading.plan, held(item)).documents) == 0


JUNK: list[Any] = [
    None, [], "x", 7, {"properties": 7}, {"properties": {"properties": [1]}}, {"labels": []},
    {"labels": {"a": 1, "status": 2}},
    {"properties": {"properties": {"properties": 3, "required": {}}}},
    {"properties": {"properties": {"properties": {"a": 1, "b": {"type": {"x": 1}, "minimum": "low", "enum": "e"}}}}},
    {"properties": {"properties": {"properties": {"a": {"type": "date", "required": False}}, "required": ["b", 2]}}},
    {"properties": {"properties": {"properties": {"": {}}}}}, {"description": 5, "required": "x"},
    {"properties": {"properties": {"properties": {"a": {"exclusiveMinimum": True, "minimum": 3}}}}},
    {"properties": {"traits": {"properties": {"": {}, "a": {"description": ["x"]}}, "minProperties": 1}}, "x-group": 3},
]  # fmt: skip


@pytest.mark.parametrize("schema", JUNK, ids=repr)
@pytest.mark.parametrize("kind", ["TRACK", "IDENTIFY", "GROUP", "COMMON"])
def test_junk_is_read_without_an_error_and_written_back_as_it_is(schema: Any, kind: str) -> None:
    before = held(rule(schema, "Order Paid" if kind == "TRACK" else None, type=kind))
    read = expand(MAPPING.from_tool(before).plan)
    assert changed(before, MAPPING.to_tool(read, before).documents) == []


def test_a_schema_nested_without_end_is_a_finding() -> None:
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"type": "object", "properties": {"a": deep}}
    document = Document(Address("rule", ("TRACK", "Deep", "1")), {"properties": {"properties": deep}})
    codes = {one.code for one in MAPPING.from_tool(Documents([document])).findings}
    assert codes and codes <= {"segment.unreadable", "segment.schema"}


def test_a_foreign_address_is_a_finding() -> None:
    reading = MAPPING.from_tool(Documents([Document(Address("rule", ("TRACK",)), {})]))
    assert [one.code for one in reading.findings] == ["segment.unreadable"]


@pytest.mark.parametrize(
    "item",
    [
        None,
        {},
        {"type": "TRACK", "key": 3, "version": 1},
        {"type": "TRACK", "version": "1"},
        rule({"description": "\ud800"}, type="TRACK", version=1),
    ],
)
def test_what_has_no_identity_or_no_hash_is_no_document(item: Any) -> None:
    assert from_wire(item) is None


@pytest.mark.parametrize(("version", "text"), [(1, "1"), (2.0, "2"), (1.5, "1.5")])
def test_versions_are_decimal_text(version: float, text: str) -> None:
    document = from_wire({"type": "TRACK", "key": "A", "version": version, "jsonSchema": {}})
    assert document and document.address.names[2] == text and to_wire(document)["version"] == version


# Over generated plans and schemas --------------------------------------------------------------------------------


@LAWS
@given(plan=plans())
def test_what_is_sent_comes_back_as_the_same_body(plan: TrackingPlan) -> None:
    for document in MAPPING.to_tool(expand(plan), EMPTY).documents.values():
        assert normal_body(body_to_wire(document.body)) == document.body


words = st.sampled_from(
    ["properties", "type", "required", "items", "a", "$", "description", "enum", "id", "labels", "traits"]
)
leaves = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "string", "any", "object", "a"]))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=4)),
    max_leaves=25,
)
members = st.dictionaries(words, values, max_size=4)
sections = st.fixed_dictionaries(
    {"properties": members}, optional={"required": st.lists(words, max_size=3), "items": values}
)
messages = st.fixed_dictionaries(
    {"properties": st.dictionaries(words, sections, max_size=3)}, optional={"labels": values}
)


@LAWS
@given(schema=st.one_of(values, messages), kind=st.sampled_from(["TRACK", "IDENTIFY", "GROUP"]))
def test_any_schema_has_one_normal_form_and_is_written_back_as_it_was_read(schema: Any, kind: str) -> None:
    before = held(rule(schema, "A" if kind == "TRACK" else None, type=kind))
    read = expand(MAPPING.from_tool(before).plan)
    assert normal_body(normal_body(schema)) == normal_body(schema)
    assert changed(before, MAPPING.to_tool(read, before).documents) == []
