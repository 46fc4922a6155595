"""Correspondences as tables (both directions from one case), losses line by line, and what survives a write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical import TrackingPlan
from mappings.contract import EMPTY, Address, Document, Documents, Finding, Projection, Reading, view
from mappings.mixpanel import MixpanelMapping
from mappings.mixpanel.documents import PROFILE_ADDRESS, event_address, from_wire, to_wire

MAPPING = MixpanelMapping()
PROPERTY_PATH = ("events", "Order Placed", "properties", "total")


def plan_of(data: dict[str, Any], **more: Any) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Shop", "events": {"Order Placed": data}, **more})


def written(plan: TrackingPlan, *held: Document) -> Projection:
    return MAPPING.to_tool(plan, Documents(held))


def entry(body: dict[str, Any], name: str = "Order Placed") -> Document:
    return Document(event_address(name), body, about=("events", name))


def body_of(projection: Projection, name: str = "Order Placed") -> Any:
    return projection.documents[event_address(name)].body


def read(*documents: Document) -> Reading:
    return MAPPING.from_tool(Documents(documents))


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.code for finding in findings}


# One case, both directions ------------------------------------------------------------------------------------

EVENTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"description": "Buyer pays."}, {"description": "Buyer pays."}),
    ({"display_name": "Order"}, {"displayName": "Order"}),
    ({"tags": ["b", "a"]}, {"tags": ["a", "b"]}),
    ({"status": "deprecated"}, {"tags": ["deprecated"]}),
    ({"status": "planned", "tags": ["core"]}, {"tags": ["core", "planned"]}),
    ({"status": "deprecated", "tags": ["planned"]}, {"tags": ["deprecated", "planned"]}),
    ({"owners": ["dana@example.com"]}, {"contacts": ["dana@example.com"]}),
    ({"owners": ["Growth Team"]}, {"teamContacts": ["Growth Team"]}),
    ({"owners": ["Growth", "a@b.c"]}, {"contacts": ["a@b.c"], "teamContacts": ["Growth"]}),
    ({"hidden": True}, {"hidden": True}),
    ({"additional_properties": False}, {"additionalProperties": False}),
    (
        {"properties": {"b": {"type": "string", "required": True}, "a": {"type": "null", "required": True}}},
        {"properties": {"a": {"type": "null"}, "b": {"type": "string"}}, "required": ["a", "b"]},
    ),
]
PROPERTIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *[({"type": kind}, {"type": kind}) for kind in ("string", "integer", "number", "boolean", "object", "array")],
    ({"type": "string", "description": "In euros."}, {"type": "string", "description": "In euros."}),
    ({"type": "string", "display_name": "Total"}, {"type": "string", "displayName": "Total"}),
    ({"type": "string", "hidden": True}, {"type": "string", "hidden": True}),
]


@pytest.mark.parametrize(("event", "body"), EVENTS)
def test_an_event_and_its_body(event: dict[str, Any], body: dict[str, Any]) -> None:
    assert body_of(written(plan_of(event))) == body
    assert read(entry(body)).plan.events == plan_of(event).events


@pytest.mark.parametrize(("prop", "body"), PROPERTIES)
def test_a_property_and_its_body(prop: dict[str, Any], body: dict[str, Any]) -> None:
    assert body_of(written(plan_of({"properties": {"total": prop}}))) == {"properties": {"total": body}}
    assert read(entry({"properties": {"total": body}})).plan.events == plan_of({"properties": {"total": prop}}).events


def test_all_user_properties_are_one_document() -> None:
    users = {"tier": {"type": "string", "required": True}, "seats": {"type": "integer"}}
    body = {"properties": {"tier": {"type": "string"}, "seats": {"type": "integer"}}, "required": ["tier"]}
    plan = plan_of({}, user_properties=users)
    document = written(plan).documents[PROFILE_ADDRESS]
    assert (document.body, document.about) == (body, ("user_properties",))
    assert read(Document(PROFILE_ADDRESS, body)).plan.user_properties == plan.user_properties


# The normal form ----------------------------------------------------------------------------------------------

WIRE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"description": "", "properties": {}, "required": [], "additionalProperties": True, "type": "object"}, {}),
    ({"$schema": "http://json-schema.org/draft-07/schema", "metadata": {"com.mixpanel": {"platforms": ["web"]}}}, {}),
    (
        {"metadata": {"com.mixpanel": {"displayName": "", "tags": [], "hidden": False, "dropped": False}}},
        {},
    ),
    ({"metadata": {"com.mixpanel": {"tags": ["b", "a"], "hidden": True}}}, {"tags": ["a", "b"], "hidden": True}),
    ({"required": ["b", "a"]}, {"required": ["a", "b"]}),
    ({"properties": {"p": {"type": "unknown", "description": ""}}}, {"properties": {"p": {}}}),
    (
        {"properties": {"p": {"type": "string", "metadata": {"com.mixpanel": {"displayName": "P", "hidden": False}}}}},
        {"properties": {"p": {"type": "string", "displayName": "P"}}},
    ),
]


@pytest.mark.parametrize(("schema", "body"), WIRE)
def test_the_normal_form(schema: dict[str, Any], body: dict[str, Any]) -> None:
    document = from_wire({"entityType": "event", "name": "A", "schemaJson": schema})
    assert document is not None and document.body == body


@pytest.mark.parametrize(
    "schema",
    [
        {"description": "d", "properties": {"p": {"type": "string", "enum": ["a"], "x": {"y": 1}}}, "required": ["p"]},
        {"properties": {}, "required": [], "patternProperties": {"^x": {}}, "tags": "not metadata"},
        {"properties": {}, "required": [], "metadata": {"com.mixpanel": {"tags": ["a"], "new": 1}, "other": {"a": 2}}},
        {"properties": {"p": {"type": ["string", "null"], "metadata": {"com.mixpanel": {"new": [1]}}}}, "required": []},
    ],
)
def test_what_is_not_understood_comes_back_as_it_came(schema: dict[str, Any]) -> None:
    row = {"entityType": "event", "name": "A", "schemaJson": schema}
    document = from_wire(row)
    assert document is not None and to_wire(document) == row


def test_what_was_and_is_no_more_is_null() -> None:
    before = entry({"tags": ["a"], "contacts": ["a@b.c"], "properties": {"p": {"type": "string", "displayName": "P"}}})
    after = entry({"displayName": "Order", "properties": {"p": {"type": "string"}}})
    assert to_wire(after, before)["schemaJson"] == {
        "properties": {"p": {"type": "string", "metadata": {"com.mixpanel": {"displayName": None}}}},
        "required": [],
        "metadata": {"com.mixpanel": {"displayName": "Order", "tags": None, "contacts": None}},
    }


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        ({"hidden": True}, {"hidden": True}, {}),
        ({}, {"hidden": True}, {"metadata": {"com.mixpanel": {"hidden": True}}}),
        ({"hidden": True}, {}, {"metadata": {"com.mixpanel": {"hidden": None}}}),
        ({"dropped": True}, {"dropped": True}, {}),
    ],
)
def test_flags_are_sent_when_they_change(before: dict[str, Any], after: dict[str, Any], sent: dict[str, Any]) -> None:
    assert to_wire(entry(after), entry(before))["schemaJson"] == {**sent, "properties": {}, "required": []}


def test_a_property_of_unknown_type_is_never_sent_without_one() -> None:
    assert to_wire(entry({"properties": {"p": {}}}))["schemaJson"]["properties"] == {"p": {"type": "string"}}


# Losses, line by line -----------------------------------------------------------------------------------------

EVENT_LOSSES = [
    ({"kind": "page"}, "kind", "mixpanel.kind", "warning"),
    ({"category": "Checkout"}, "category", "mixpanel.category", "warning"),
    ({"sources": ["web"]}, "sources", "mixpanel.sources", "warning"),
    ({"keywords": {"minProperties": 1}}, "keywords", "mixpanel.keywords", "warning"),
    ({"additional_properties": True}, "additional_properties", "mixpanel.additional-properties", "info"),
    ({"hidden": False}, "hidden", "mixpanel.visible", "info"),
    ({"display_name": ""}, "display_name", "mixpanel.display-name", "info"),
    ({"status": "planned"}, "status", "mixpanel.status", "info"),
    ({"owners": ["Growth"]}, "owners", "mixpanel.team-owner", "info"),
    ({"tags": ["deprecated"]}, "tags", "mixpanel.status-tag", "warning"),
    ({"tags": ["deprecated"]}, "status", "mixpanel.status-tag", "warning"),
    ({"tags": ["deprecated"], "status": "planned"}, "status", "mixpanel.status-tag", "warning"),
    ({"tags": ["planned"], "status": "planned"}, "tags", "mixpanel.status-tag", "warning"),
]
PROPERTY_LOSSES = [
    ({}, "type", "mixpanel.any"),
    ({"type": ["string", "integer"]}, "type", "mixpanel.union"),
    ({"type": ["string", "null"]}, "type", "mixpanel.nullable"),
    ({"enum": ["EUR"]}, "enum", "mixpanel.enum"),
    ({"const": "EUR"}, "const", "mixpanel.const"),
    ({"pattern": "^a"}, "pattern", "mixpanel.pattern"),
    ({"format": "date-time"}, "format", "mixpanel.format"),
    ({"minimum": 0}, "minimum", "mixpanel.bounds"),
    ({"maximum": 0}, "maximum", "mixpanel.bounds"),
    ({"exclusive_minimum": 0}, "exclusive_minimum", "mixpanel.bounds"),
    ({"exclusive_maximum": 0}, "exclusive_maximum", "mixpanel.bounds"),
    ({"multiple_of": 2}, "multiple_of", "mixpanel.bounds"),
    ({"min_length": 0}, "min_length", "mixpanel.length"),
    ({"max_length": 1}, "max_length", "mixpanel.length"),
    ({"min_items": 1}, "min_items", "mixpanel.item-count"),
    ({"max_items": 1}, "max_items", "mixpanel.item-count"),
    ({"unique_items": True}, "unique_items", "mixpanel.item-count"),
    ({"items": {"type": "string"}}, "items", "mixpanel.items"),
    ({"properties": {"a": {}}}, "properties", "mixpanel.nested"),
    ({"additional_properties": False}, "additional_properties", "mixpanel.nested"),
    ({"keywords": {"oneOf": []}}, "keywords", "mixpanel.keywords"),
    ({"owners": ["a@b.c"]}, "owners", "mixpanel.property-owners"),
    ({"tags": ["a"]}, "tags", "mixpanel.property-tags"),
    ({"status": "planned"}, "status", "mixpanel.property-status"),
    ({"sensitivity": ["pii"]}, "sensitivity", "mixpanel.sensitivity"),
    ({"examples": [1]}, "examples", "mixpanel.examples"),
    ({"hidden": False}, "hidden", "mixpanel.visible"),
]


@pytest.mark.parametrize(("event", "field", "code", "severity"), EVENT_LOSSES)
def test_what_is_lost_of_an_event(event: dict[str, Any], field: str, code: str, severity: str) -> None:
    findings = [one for one in written(plan_of(event)).findings if one.path == ("events", "Order Placed", field)]
    assert (code, severity) in {(one.code, one.severity) for one in findings}
    assert all(one.message.endswith(".") and one.hint for one in findings)


@pytest.mark.parametrize(("prop", "field", "code"), PROPERTY_LOSSES)
def test_what_is_lost_of_a_property(prop: dict[str, Any], field: str, code: str) -> None:
    findings = written(plan_of({"properties": {"total": prop}})).findings
    assert code in {one.code for one in findings if one.path == (*PROPERTY_PATH, field)}


def test_what_can_be_held_has_no_finding() -> None:
    prop = {"type": "number", "description": "x", "display_name": "Total", "required": True, "hidden": True}
    event = {"description": "x", "display_name": "y", "tags": ["z"], "owners": ["a@b.c"], "properties": {"p": prop}}
    assert written(plan_of(event, user_properties={"p": prop})).findings == ()


@pytest.mark.parametrize(
    ("plan", "path", "code"),
    [
        ({"events": {"Cart": {"kind": "entity"}}}, ("events", "Cart"), "mixpanel.entity"),
        ({"events": {"$ae_session": {}}}, ("events", "$ae_session"), "mixpanel.vendor-event"),
        ({"events": {"x" * 256: {}}}, ("events", "x" * 256), "mixpanel.name-length"),
        (
            {"events": {"Wide": {"properties": {f"p{n}": {} for n in range(2001)}}}},
            ("events", "Wide"),
            "mixpanel.property-count",
        ),
        ({"groups": {"Company": {}}}, ("groups", "Company"), "mixpanel.group"),
    ],
)
def test_what_is_not_published_at_all(plan: dict[str, Any], path: tuple[str, ...], code: str) -> None:
    projection = written(TrackingPlan.model_validate({"name": "Shop", **plan}))
    refusals = {(one.path, one.code) for one in projection.findings if one.effect == "refused"}
    assert refusals == {(path, code)} and len(projection.documents) == 0


@pytest.mark.parametrize("name", ["$browser", "mp_lib"])
def test_properties_of_the_vendor_are_neither_written_nor_read(name: str) -> None:
    projection = written(plan_of({"properties": {name: {"type": "string", "required": True}}}))
    assert body_of(projection) == {} and codes(projection.findings) == {"mixpanel.vendor-property"}
    reading = read(entry({"properties": {name: {"type": "string"}}, "required": [name]}))
    assert reading.plan.events == plan_of({}).events and reading.findings == ()


@pytest.mark.parametrize("name", ["$ae_session", "$ae_crashed", "$session_start", "$mp_click"])
def test_events_of_the_vendor_are_not_read(name: str) -> None:
    assert read(entry({"description": "x"}, name)).plan.events == {}


# Onto what the tool holds --------------------------------------------------------------------------------------


def test_what_the_plan_does_not_list_stays() -> None:
    held = entry(
        {
            "hidden": True,
            "dropped": True,
            "x-new": 1,
            "metadata": {"other": 2},
            "properties": {"total": {"type": "number", "enum": [1], "dropped": True}, "extra": {"type": "array"}},
            "required": ["extra", "ghost", "total"],
        }
    )
    assert body_of(written(plan_of({"properties": {"total": {"type": "number"}}}), held)) == {
        "hidden": True,
        "dropped": True,
        "x-new": 1,
        "metadata": {"other": 2},
        "properties": {"total": {"type": "number", "enum": [1], "dropped": True}, "extra": {"type": "array"}},
        "required": ["extra", "ghost"],
    }


def test_what_the_plan_owns_is_cleared() -> None:
    held = entry({"description": "x", "displayName": "y", "tags": ["a"], "contacts": ["a@b.c"], "hidden": True})
    assert body_of(written(plan_of({"hidden": False}), held)) == {}


def test_an_owner_stays_in_the_list_in_which_the_tool_has_them() -> None:
    held = entry({"contacts": ["Dana"], "teamContacts": ["team@example.com"]})
    projection = written(plan_of({"owners": ["Dana", "Lee", "team@example.com"]}), held)
    assert body_of(projection) == {"contacts": ["Dana"], "teamContacts": ["Lee", "team@example.com"]}


def test_an_unknown_type_stays_until_the_entry_is_written_anyway() -> None:
    held = entry({"properties": {"total": {}, "extra": {}}})
    kept = written(plan_of({"properties": {"total": {}}}), held)
    assert body_of(kept) == held.body
    changed = written(plan_of({"description": "x", "properties": {"total": {}}}), held)
    assert body_of(changed)["properties"] == {"total": {"type": "string"}, "extra": {"type": "string"}}
    assert "mixpanel.untyped" in codes(changed.findings)


def test_several_types_stay_where_they_mean_the_same() -> None:
    held = entry({"properties": {"total": {"type": ["null", "string"]}}})
    plan = plan_of({"properties": {"total": {"type": ["string", "null"]}}})
    assert body_of(written(plan, held)) == held.body and written(plan, held).findings == ()


def test_writing_back_an_entry_full_of_oddities_changes_nothing() -> None:
    held = [
        entry(
            {
                "tags": ["deprecated", "planned"],
                "contacts": ["Dana"],
                "teamContacts": ["a@b.c"],
                "dropped": True,
                "additionalProperties": False,
                "x-new": [],
                "properties": {"a": {}, "b": {"type": ["string", "null"], "format": "date-time"}, "$c": {}},
                "required": ["a", "ghost"],
            }
        ),
        Document(PROFILE_ADDRESS, {"description": "All users.", "properties": {"a": {}, "$email": {"type": "string"}}}),
    ]
    back = MAPPING.to_tool(read(*held).plan, Documents(held)).documents
    assert {address: document.body for address, document in back.items()} == {one.address: one.body for one in held}


# Names, renames, removals --------------------------------------------------------------------------------------


def test_a_name_of_its_own_for_mixpanel() -> None:
    plan = plan_of({"names": {"mixpanel": "order_placed"}, "properties": {"p": {"names": {"mixpanel": "P"}}}})
    projection = written(plan)
    document = projection.documents[event_address("order_placed")]
    assert document.about == ("events", "Order Placed") and list(document.body["properties"]) == ["P"]
    assert list(view(MAPPING, plan).events["Order Placed"].properties) == ["p"]


def test_two_things_of_one_name_are_told_apart_and_stay_so() -> None:
    both = plan_of({}, events={"A": {"names": {"mixpanel": "B"}}, "B": {}})
    projection = written(both)
    names = {document.about[1]: address.names[0] for address, document in projection.documents.items()}
    assert names["B"] == "B" and names["A"].startswith("B_")
    assert {one.path for one in projection.findings} == {("events", "A"), ("events", "B"), ("events", names["A"])}
    alone = both.model_copy(update={"events": {"A": both.events["A"]}})
    assert list(MAPPING.to_tool(alone, projection.documents).documents) == [event_address(names["A"])]


def test_a_tombstone_hides_or_deletes() -> None:
    gone = [{"event": "Old", "reason": "never sent", "date": "2026-01-02"}]
    held = entry({"description": "x", "tags": ["a"]}, "Old")
    (removal,) = written(plan_of({}, removed=gone), held).removals
    assert (removal.address, removal.reason, removal.possible) == (held.address, "never sent", True)
    assert removal.hidden is not None and removal.hidden.body == {"description": "x", "tags": ["a"], "hidden": True}


@pytest.mark.parametrize(
    ("gone", "code"),
    [({"event": "$ae_session"}, "mixpanel.removed"), ({"event": "Elsewhere", "property": "p"}, "mixpanel.removed")],
)
def test_a_tombstone_that_nothing_can_be_done_about(gone: dict[str, str], code: str) -> None:
    projection = written(plan_of({}, removed=[{**gone, "reason": "x", "date": "2026-01-02"}]))
    assert projection.removals == () and codes(projection.findings) == {code}


def test_a_tombstone_for_a_living_event_does_nothing() -> None:
    gone = [{"event": "Order Placed", "reason": "came back", "date": "2026-01-02"}]
    assert written(plan_of({}, removed=gone), entry({})).removals == ()


def test_a_removed_property_is_hidden_in_its_schema() -> None:
    gone = [
        {"event": "Order Placed", "property": "old", "reason": "x", "date": "2026-01-02"},
        {"property": "tier", "reason": "x", "date": "2026-01-02"},
    ]
    schema = {"old": {"type": "string"}, "tier": {"type": "string"}}
    held = [entry({"properties": schema, "required": ["old"]}), Document(PROFILE_ADDRESS, {"properties": schema})]
    projection = written(plan_of({}, removed=gone), *held)
    hidden = {"type": "string", "hidden": True}
    assert body_of(projection) == {"properties": {"old": hidden, "tier": {"type": "string"}}}
    assert projection.documents[PROFILE_ADDRESS].body["properties"]["tier"] == hidden
    assert codes(projection.findings) == {"mixpanel.removed"}
    assert written(plan_of({}, removed=gone), *projection.documents.values()).findings == ()


def test_a_renamed_event_is_new_and_the_old_one_hidden_until_that_is_done() -> None:
    moved = [{"from": "Oldest", "to": "Old"}, {"from": "Old", "to": "Order Placed"}]
    projection = written(plan_of({}, moved=moved), entry({"description": "x"}, "Old"))
    assert [(one.path, one.code) for one in projection.findings if "Oldest" not in one.message] == [
        (("events", "Order Placed"), "mixpanel.moved")
    ]
    (removal,) = projection.removals
    assert removal.address == event_address("Old") and removal.hidden is not None
    after = written(plan_of({}, moved=moved), *projection.documents.values(), removal.hidden)
    assert after.findings == () and after.removals[0].hidden is not None
    assert after.removals[0].hidden.equals(removal.hidden)


@pytest.mark.parametrize(
    ("move", "path"),
    [
        ({"event": "Order Placed"}, ("events", "Order Placed", "properties", "new")),
        ({"scope": "user"}, ("user_properties", "new")),
    ],
)
def test_a_renamed_property_is_new_and_the_old_one_hidden(move: dict[str, str], path: tuple[str, ...]) -> None:
    listed = {"new": {"type": "string"}}
    plan = plan_of({"properties": listed}, user_properties=listed, moved=[{"from": "old", "to": "new", **move}])
    held = {"properties": {"old": {"type": "string"}}}
    projection = written(plan, entry(held), Document(PROFILE_ADDRESS, held))
    address = PROFILE_ADDRESS if "scope" in move else event_address("Order Placed")
    assert projection.documents[address].body["properties"]["old"] == {"type": "string", "hidden": True}
    assert [(one.path, one.code) for one in projection.findings] == [(path, "mixpanel.moved")]


# Reading anything ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"description": 5}, ("events", "Order Placed", "description"), "mixpanel.unreadable"),
        ({"displayName": []}, ("events", "Order Placed", "display_name"), "mixpanel.unreadable"),
        ({"tags": "core"}, ("events", "Order Placed"), "mixpanel.unreadable"),
        ({"contacts": [1]}, ("events", "Order Placed"), "mixpanel.unreadable"),
        ({"hidden": "yes"}, ("events", "Order Placed", "hidden"), "mixpanel.unreadable"),
        ({"dropped": True}, ("events", "Order Placed"), "mixpanel.blocked"),
        ({"additionalProperties": {}}, ("events", "Order Placed"), "mixpanel.unreadable"),
        ({"x-new": 1}, ("events", "Order Placed"), "mixpanel.unread"),
        ({"properties": []}, ("events", "Order Placed", "properties"), "mixpanel.unreadable"),
        ({"properties": {"": {}}}, ("events", "Order Placed", "properties", ""), "mixpanel.unreadable"),
        ({"properties": {"total": 1}}, PROPERTY_PATH, "mixpanel.unreadable"),
        ({"properties": {"total": {"type": "date"}}}, (*PROPERTY_PATH, "type"), "mixpanel.unreadable"),
        ({"properties": {"total": {"type": {}}}}, (*PROPERTY_PATH, "type"), "mixpanel.unreadable"),
        ({"properties": {"total": {"enum": []}}}, PROPERTY_PATH, "mixpanel.unread"),
        ({"properties": {"total": {"dropped": True}}}, PROPERTY_PATH, "mixpanel.blocked"),
        ({"required": ["total"]}, PROPERTY_PATH, "mixpanel.required-unlisted"),
    ],
)
def test_what_cannot_be_read_is_a_finding(body: dict[str, Any], path: tuple[str, ...], code: str) -> None:
    reading = read(entry(body))
    assert [(one.path, one.code) for one in reading.findings] == [(path, code)]
    assert list(reading.plan.events) == ["Order Placed"]


@pytest.mark.parametrize("address", [Address("group", ("Company",)), Address("event", ()), Address("profile", ("x",))])
def test_other_documents_are_passed_over(address: Address) -> None:
    reading = read(Document(address, {}))
    assert reading.plan.events == {} and codes(reading.findings) == {"mixpanel.alien"}


def test_a_reading_is_a_plan_without_a_name() -> None:
    assert read().plan.name == ""


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["description", "properties", "metadata", "com.mixpanel", "tags", "required", "type", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(schema=junk)
def test_reading_never_raises_and_writing_back_is_quiet(schema: Any) -> None:
    document = from_wire({"entityType": "event", "name": "Order Placed", "schemaJson": schema})
    assert document is not None
    assert MAPPING.to_tool(read(document).plan, Documents([document])).documents
    read(Document(document.address, schema))


@given(rows=st.lists(junk, max_size=3))
def test_any_entry_is_a_document_or_none(rows: list[Any]) -> None:
    assert [from_wire(row) for row in rows] == [None] * len(rows)


def test_an_empty_plan_is_no_documents() -> None:
    assert len(MAPPING.to_tool(TrackingPlan.model_validate({"name": "x"}), EMPTY).documents) == 0
