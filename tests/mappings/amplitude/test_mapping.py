"""The plan in Amplitude's words and back, and every line of the loss table (apis/amplitude.md section 6)."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.amplitude import AmplitudeMapping
from mappings.amplitude.documents import HIDDEN_FLAGS
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.contract import EMPTY, Address, Document, Documents, Finding, Projection

MAPPING = AmplitudeMapping()
WITH_ADD_ONS = AmplitudeMapping(classifications=True, groups=True)

EVENT = Address("event", ("Trip Booked",))
PROPERTY = Address("event-property", ("Trip Booked", "seat"))
USER = Address("user-property", ("gp:home_port",))
INGESTED = {"ingested": True}
ALL_HIDDEN = dict.fromkeys(HIDDEN_FLAGS, True)


def plan_of(**sections: Any) -> TrackingPlan:
    return expand(TrackingPlan.model_validate({"name": "Ferries", **sections}))


def event_plan(**event: Any) -> TrackingPlan:
    return plan_of(events={"Trip Booked": event})


def property_plan(**prop: Any) -> TrackingPlan:
    return event_plan(properties={"seat": prop})


def project(plan: TrackingPlan, *onto: Document, mapping: AmplitudeMapping = MAPPING) -> Projection:
    return mapping.to_tool(plan, Documents(onto))


def read(*documents: Document, mapping: AmplitudeMapping = MAPPING) -> dict[str, Any]:
    return mapping.from_tool(Documents(documents)).plan.data()


def told(findings: tuple[Finding, ...]) -> set[tuple[str, str, str]]:
    return {(one.code.removeprefix("amplitude."), one.severity, "/".join(one.path)) for one in findings}


# Both directions from one case --------------------------------------------------------------------------------------

EVENTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"description": "Seat is paid."}, {"description": "Seat is paid."}),
    ({"category": "Booking"}, {"category": "Booking"}),
    ({"owners": ["dana@example.com"]}, {"owner": "dana@example.com"}),
    ({"tags": ["core", "sea"]}, {"tags": ["core", "sea"]}),
    ({"status": "deprecated"}, {"tags": ["deprecated"]}),
    ({"status": "planned", "tags": ["a", "z"]}, {"tags": ["a", "planned", "z"]}),
]


@pytest.mark.parametrize(("canonical", "body"), EVENTS)
def test_an_event_in_both_directions(canonical: dict[str, Any], body: dict[str, Any]) -> None:
    projection = project(event_plan(**canonical))
    assert projection.documents[EVENT].body == body and projection.findings == ()
    assert read(Document(EVENT, body))["events"]["Trip Booked"] == canonical


PROPERTIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"description": "Row and letter."}, {"description": "Row and letter."}),
    ({"type": ["string"]}, {"type": "string"}),
    ({"type": ["number"]}, {"type": "number"}),
    ({"type": ["boolean"], "required": True}, {"type": "boolean", "is_required": True}),
    ({"type": ["string"], "pattern": "^[0-9]+[A-F]$"}, {"type": "string", "regex": "^[0-9]+[A-F]$"}),
    ({"type": ["string"], "enum": ["deck", "cabin"]}, {"type": "enum", "enum_values": ["deck", "cabin"]}),
    ({"type": ["array"]}, {"is_array_type": True}),
    ({"type": ["array"], "items": {"type": ["number"]}}, {"is_array_type": True, "type": "number"}),
    (
        {"type": ["array"], "items": {"type": ["string"], "enum": ["a", "b"]}},
        {"is_array_type": True, "type": "enum", "enum_values": ["a", "b"]},
    ),
]


@pytest.mark.parametrize(("canonical", "body"), PROPERTIES)
def test_an_event_property_in_both_directions(canonical: dict[str, Any], body: dict[str, Any]) -> None:
    projection = project(property_plan(**canonical))
    assert projection.documents[PROPERTY].body == body and projection.findings == ()
    events = read(Document(EVENT, {}), Document(PROPERTY, body))["events"]
    assert events["Trip Booked"]["properties"]["seat"] == canonical


def test_a_user_property_lives_under_its_prefix() -> None:
    plan = plan_of(user_properties={"home_port": {"type": "string"}})
    assert project(plan).documents[USER].body == {"type": "string"}
    assert read(Document(USER, {"type": "string"}))["user_properties"] == {"home_port": {"type": ["string"]}}


def test_group_properties_with_the_add_on() -> None:
    group = {"fleet": {"properties": {"ships": {"type": ["number"]}}}}
    document = Document(Address("group-property", ("fleet", "grp:ships")), {"type": "number"})
    projection = project(plan_of(groups=group), mapping=WITH_ADD_ONS)
    assert projection.documents[document.address].equals(document) and projection.findings == ()
    assert read(document, mapping=WITH_ADD_ONS)["groups"] == group


def test_classifications_are_said_once_for_all_events() -> None:
    seat = {"seat": {"sensitivity": ["pii"]}}
    plan = plan_of(events={"Trip Booked": {"properties": seat}, "Trip Ended": {"properties": {"seat": {}}}})
    projection = project(plan, mapping=WITH_ADD_ONS)
    assert projection.documents[Address("shared-property", ("seat",))].body == {"classifications": ["PII"]}
    assert told(projection.findings) == {("sensitivity", "warning", "events/Trip Ended/properties/seat/sensitivity")}
    read_back = WITH_ADD_ONS.from_tool(projection.documents).plan
    assert read_back.events["Trip Ended"].properties["seat"].sensitivity == ("pii",)


def test_categories_come_before_the_events_in_them() -> None:
    plan = plan_of(categories={"Unused": {}}, events={"Trip Booked": {"category": "Booking"}})
    addresses = [str(one) for one in project(plan).documents]
    assert addresses == ["category:Booking", "category:Unused", "event:Trip Booked"]


# The loss table -----------------------------------------------------------------------------------------------------

PROPERTY_LOSSES: list[tuple[dict[str, Any], set[tuple[str, str, str]]]] = [
    ({"display_name": "Seat"}, {("property-display-name", "warning", "display_name")}),
    ({"type": "integer"}, {("integer", "info", "type")}),
    ({"type": ["string", "null"]}, {("nullable", "warning", "type")}),
    ({"type": "null"}, {("nullable", "warning", "type")}),
    ({"type": ["string", "boolean"]}, {("union", "warning", "type")}),
    (
        {"type": "object", "properties": {"row": {}}, "additional_properties": False},
        {
            ("object", "warning", "type"),
            ("nested", "warning", "properties"),
            ("nested", "warning", "additional_properties"),
        },
    ),
    ({"type": "string", "enum": ["a, b", "c"]}, {("enum", "warning", "enum")}),
    ({"type": "number", "enum": [1, 2]}, {("enum", "warning", "enum")}),
    ({"type": "string", "enum": []}, {("enum", "warning", "enum")}),
    ({"enum": ["a"]}, {("enum-type", "info", "type")}),
    ({"type": "string", "const": "sea"}, {("const", "info", "const"), ("const", "info", "enum")}),
    ({"type": "number", "const": 7}, {("const", "warning", "const")}),
    ({"type": "number", "pattern": "x"}, {("pattern", "warning", "pattern")}),
    ({"type": "array", "items": {"type": "array"}}, {("items", "warning", "items")}),
    ({"type": "array", "items": {"type": "object"}}, {("items", "warning", "items")}),
    (
        {"type": ["string", "array"], "items": {"type": "string"}},
        {("union", "warning", "type"), ("items", "warning", "items")},
    ),
    (
        {"type": "array", "items": {"type": "string", "max_length": 3}},
        {("length", "warning", "items/max_length")},
    ),
    ({"type": "array", "min_items": 1}, {("array-length", "warning", "min_items")}),
    ({"type": "array", "max_items": 3}, {("array-length", "warning", "max_items")}),
    ({"type": "array", "unique_items": True}, {("array-length", "warning", "unique_items")}),
    ({"type": "string", "min_length": 1}, {("length", "warning", "min_length")}),
    ({"type": "number", "minimum": 0}, {("range", "warning", "minimum")}),
    ({"type": "number", "exclusive_maximum": 9}, {("range", "warning", "exclusive_maximum")}),
    ({"type": "number", "multiple_of": 5}, {("range", "warning", "multiple_of")}),
    ({"type": "string", "format": "date-time"}, {("format", "warning", "format")}),
    ({"examples": ["12A"]}, {("examples", "warning", "examples")}),
    ({"sensitivity": ["pii"]}, {("sensitivity", "warning", "sensitivity")}),
    ({"hidden": True}, {("hidden", "info", "hidden")}),
    ({"owners": ["dana"]}, {("property-owners", "warning", "owners")}),
    ({"tags": ["core"]}, {("property-tags", "warning", "tags")}),
    ({"status": "deprecated"}, {("property-status", "warning", "status")}),
    ({"keywords": {"oneOf": []}}, {("keywords", "warning", "keywords")}),
]


@pytest.mark.parametrize(("canonical", "losses"), PROPERTY_LOSSES)
def test_what_is_lost_of_a_property_is_told(canonical: dict[str, Any], losses: set[tuple[str, str, str]]) -> None:
    here = "events/Trip Booked/properties/seat/"
    expected = {(code, severity, here + field) for code, severity, field in losses}
    assert told(project(property_plan(**canonical)).findings) == expected


EVENT_LOSSES: list[tuple[dict[str, Any], set[tuple[str, str, str]]]] = [
    ({"kind": "page"}, {("kind", "warning", "/kind")}),
    ({"kind": "entity"}, {("entity", "error", "")}),
    ({"display_name": "Booked"}, {("display-name", "info", "/display_name")}),
    ({"owners": ["dana", "lee"]}, {("owners", "warning", "/owners")}),
    ({"tags": ["a, b", "c"]}, {("tags", "warning", "/tags")}),
    ({"tags": ["planned"]}, {("status", "info", "/tags"), ("status", "info", "/status")}),
    ({"sources": ["web"]}, {("sources", "warning", "/sources")}),
    ({"hidden": True}, {("hidden", "info", "/hidden")}),
    ({"hidden": False}, {("hidden", "info", "/hidden")}),
    ({"additional_properties": False}, {("additional-properties", "warning", "/additional_properties")}),
    ({"keywords": {"not": {}}}, {("keywords", "warning", "/keywords")}),
]


@pytest.mark.parametrize(("canonical", "losses"), EVENT_LOSSES)
def test_what_is_lost_of_an_event_is_told(canonical: dict[str, Any], losses: set[tuple[str, str, str]]) -> None:
    expected = {(code, severity, f"events/Trip Booked{field}") for code, severity, field in losses}
    assert told(project(event_plan(**canonical)).findings) == expected


OTHER_LOSSES: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    ({"user_properties": {"p": {"required": True}}}, ("required", "warning", "user_properties/p/required")),
    ({"groups": {"fleet": {"properties": {"ships": {}}}}}, ("groups", "warning", "groups/fleet")),
    (
        {"categories": {"Booking": {"description": "All of it."}}},
        ("category-description", "warning", "categories/Booking/description"),
    ),
    ({"events": {"[Amplitude] Start Session": {}}}, ("reserved", "error", "events/[Amplitude] Start Session")),
    ({"events": {"ce:Loyal": {}}}, ("reserved", "error", "events/ce:Loyal")),
    ({"events": {"..": {}}}, ("name", "error", "events/..")),
]


@pytest.mark.parametrize(("sections", "loss"), OTHER_LOSSES)
def test_what_else_is_lost_is_told(sections: dict[str, Any], loss: tuple[str, str, str]) -> None:
    assert told(project(plan_of(**sections)).findings) == {loss}


def test_what_is_refused_has_no_document() -> None:
    plan = plan_of(events={"Ship": {"kind": "entity", "properties": {"name": {}}}, "$identify": {}, ".": {}})
    assert dict(project(plan).documents) == {}


def test_more_names_than_a_project_indexes_are_told_once() -> None:
    plan = plan_of(user_properties={f"p{number:04}": {} for number in range(1002)})
    assert told(project(plan).findings) == {("limit", "warning", "user_properties/p1000")}


@pytest.mark.parametrize("finding", project(property_plan(type="integer", display_name="x", format="uri")).findings)
def test_each_finding_has_a_sentence_and_a_next_step(finding: Finding) -> None:
    assert finding.message.endswith(".") and finding.hint.endswith(".")


# Names --------------------------------------------------------------------------------------------------------------


def test_two_events_that_want_one_name_get_two() -> None:
    events = {"Trip Booked": {}, "Booking": {"names": {"amplitude": "Trip Booked"}}}
    projection = project(plan_of(events=events))
    names = sorted(address.names[0] for address in projection.documents)
    assert names[0] == "Trip Booked" and names[1].startswith("Trip Booked_")
    assert {("name", "info", f"events/{name}") for name in (*events, names[1])} == told(projection.findings)


def test_a_prefix_in_the_plan_is_not_doubled() -> None:
    projection = project(plan_of(user_properties={"gp:home_port": {}}))
    assert list(projection.documents) == [USER]
    assert ("name", "info", "user_properties/gp:home_port") in told(projection.findings)


# Onto what the tool holds -------------------------------------------------------------------------------------------


def test_fields_nobody_knows_survive() -> None:
    held = Document(EVENT, {"description": "Old.", "is_active": False, "colour": {"hue": 3}})
    body = project(event_plan(description="New."), held).documents[EVENT].body
    assert body == {"description": "New.", "is_active": False, "colour": {"hue": 3}}


def test_visibility_stays_as_the_tool_has_it_unless_the_plan_speaks() -> None:
    held = Document(EVENT, {**ALL_HIDDEN}, facts=INGESTED)
    assert project(event_plan(), held).documents[EVENT].body == ALL_HIDDEN
    assert project(event_plan(hidden=False), held).documents[EVENT].body == {}


def test_an_ingested_event_takes_display_name_and_visibility() -> None:
    projection = project(event_plan(display_name="Booked", hidden=True), Document(EVENT, {}, facts=INGESTED))
    assert projection.documents[EVENT].body == {"display_name": "Booked", **ALL_HIDDEN}
    assert projection.findings == ()


def test_a_display_name_that_cannot_be_written_yet_is_not_erased_either() -> None:
    held = Document(EVENT, {"display_name": "From a file"})
    assert project(event_plan(), held).documents[EVENT].body == {"display_name": "From a file"}


def test_a_property_of_an_ingested_event_can_be_hidden() -> None:
    held = Document(PROPERTY, {}, facts=INGESTED)
    assert project(property_plan(hidden=True), held).documents[PROPERTY].body == {"is_hidden": True}


@pytest.mark.parametrize(
    ("prop", "held"),
    [
        ({"type": "string", "enum": ["a", "b"]}, {"type": "enum", "enum_values": ["b", "a"]}),
        ({"type": "string", "enum": ["a, b"]}, {"type": "enum", "enum_values": ["a, b"]}),
        ({}, {"type": "duration"}),
        ({"type": "string"}, {"type": "enum"}),
    ],
)
def test_other_words_for_the_same_are_left_alone(prop: dict[str, Any], held: dict[str, Any]) -> None:
    assert project(property_plan(**prop), Document(PROPERTY, held)).documents[PROPERTY].body == held


def test_a_text_that_falls_back_to_the_shared_one_cannot_be_cleared() -> None:
    held = Document(PROPERTY, {"description": "Everywhere."}, facts={"shared": {"description": "Everywhere."}})
    projection = project(property_plan(), held)
    assert projection.documents[PROPERTY].body == {"description": "Everywhere."}
    assert told(projection.findings) == {("inherited", "warning", "events/Trip Booked/properties/seat/description")}


def test_classifications_are_left_alone_without_the_add_on() -> None:
    held = Document(USER, {"classifications": ["PII"]})
    plan = plan_of(user_properties={"home_port": {"description": "Where they live."}})
    assert project(plan, held).documents[USER].body["classifications"] == ["PII"]


# Renames and removals -----------------------------------------------------------------------------------------------


def test_a_renamed_event_is_known_by_its_former_name_and_so_are_its_properties() -> None:
    moved = [{"from": "Trip Bought", "to": "Trip Booked"}]
    held = [
        Document(Address("event", ("Trip Bought",)), {"is_active": False}),
        Document(Address("event-property", ("Trip Bought", "seat")), {"type": "string"}),
    ]
    plan = plan_of(events={"Trip Booked": {"properties": {"seat": {"type": "string"}}}}, moved=moved)
    documents = project(plan, *held).documents
    assert [documents[EVENT].formerly, documents[PROPERTY].formerly] == [one.address for one in held]
    assert documents[EVENT].body == {"is_active": False}


def test_a_property_that_others_use_is_not_renamed_for_them() -> None:
    moved = [{"from": "place", "to": "seat", "event": "Trip Booked"}]
    held = [Document(Address("event-property", (event, "place")), {}) for event in ("Trip Booked", "Trip Ended")]
    plan = plan_of(events={"Trip Booked": {"properties": {"seat": {}}}}, moved=moved)
    alone, shared = project(plan, held[0]), project(plan, *held)
    assert alone.documents[PROPERTY].formerly == held[0].address and alone.findings == ()
    assert shared.documents[PROPERTY].formerly is None
    assert told(shared.findings) == {("moved", "warning", "events/Trip Booked/properties/seat")}


def test_a_renamed_user_property_is_known_by_its_former_name() -> None:
    plan = plan_of(user_properties={"home_port": {}}, moved=[{"from": "port", "to": "home_port", "scope": "user"}])
    held = Document(Address("user-property", ("gp:port",)), {})
    assert project(plan, held).documents[USER].formerly == held.address


REMOVED = {"reason": "never sent", "date": "2026-05-01"}


def test_a_tombstone_hides_what_has_data_and_deletes_what_has_none() -> None:
    plan = plan_of(removed=[{"event": "Trip Booked", **REMOVED}])
    planned, live = Document(EVENT, {}), Document(EVENT, {}, facts=INGESTED)
    assert project(plan, planned).removals[0].hidden is None
    hidden = project(plan, live).removals[0].hidden
    assert hidden is not None and hidden.body == ALL_HIDDEN


def test_a_tombstone_of_a_user_property_hides_since_nobody_tells_whether_it_has_data() -> None:
    projection = project(plan_of(removed=[{"property": "home_port", **REMOVED}]), Document(USER, {}))
    hidden = projection.removals[0].hidden
    assert hidden is not None and hidden.body == {"is_hidden": True}
    assert told(projection.findings) == {("removed", "info", "user_properties/home_port")}


def test_a_tombstone_of_amplitudes_own_is_said_to_be_impossible() -> None:
    projection = project(plan_of(removed=[{"event": "[Amplitude] Revenue", **REMOVED}]))
    assert projection.removals == () and {one.code for one in projection.findings} == {"amplitude.removed"}


def test_a_tombstone_of_what_the_plan_lists_again_does_nothing() -> None:
    plan = plan_of(events={"Trip Booked": {}}, removed=[{"event": "Trip Booked", **REMOVED}])
    assert project(plan, Document(EVENT, {})).removals == ()


# Reading ------------------------------------------------------------------------------------------------------------

JUNK: list[Document] = [
    Document(Address("event", ()), {}),
    Document(Address("event", ("",)), {}),
    Document(Address("event", ("\ud800",)), {}),
    Document(EVENT, {"description": 5, "category": ["x"], "owner": {}, "tags": "a", "display_name": "\udfff"}),
    Document(PROPERTY, {"type": {"a": 1}, "description": []}),
    Document(Address("event-property", ("Trip Booked",)), {}),
    Document(Address("event-property", ("Trip Booked", "e")), {"type": "enum", "enum_values": [1, None]}),
    Document(Address("event-property", ("Trip Booked", "r")), {"type": "string", "regex": 3}),
    Document(Address("user-property", ("gp:x",)), {"classifications": 3, "is_array_type": "yes"}),
    Document(Address("group-property", ("fleet", "grp:x")), {"type": 9}),
    Document(Address("shared-property", ("seat",)), {"classifications": [None, "OTHER"]}),
]


@pytest.mark.parametrize("mapping", [MAPPING, WITH_ADD_ONS])
def test_junk_is_a_finding_and_never_an_exception(mapping: AmplitudeMapping) -> None:
    reading = mapping.from_tool(Documents(JUNK))
    assert list(reading.plan.events) == ["Trip Booked"] and reading.plan.name == ""
    assert len([one for one in reading.findings if one.code == "amplitude.unreadable"]) >= 11


def test_what_amplitude_owns_is_no_part_of_the_plan() -> None:
    owned = [
        Document(Address("event", ("[Amplitude] Start Session",)), {}),
        Document(Address("event", ("ce:Loyal",)), {}),
        Document(Address("event-property", ("ce:Loyal", "x")), {}),
        Document(Address("user-property", ("device_id",)), {}),
    ]
    reading = MAPPING.from_tool(Documents(owned))
    assert reading.plan.events == {} and reading.plan.user_properties == {} and reading.findings == ()


def test_a_property_whose_event_was_not_read_is_told() -> None:
    assert told(MAPPING.from_tool(Documents([Document(PROPERTY, {})])).findings) == {
        ("orphan", "info", "events/Trip Booked/properties/seat")
    }


def test_an_event_hidden_in_some_places_is_not_called_hidden() -> None:
    reading = MAPPING.from_tool(Documents([Document(EVENT, {HIDDEN_FLAGS[0]: True})]))
    assert reading.plan.events["Trip Booked"].hidden is None
    assert told(reading.findings) == {("partly-hidden", "info", "events/Trip Booked/hidden")}


def test_all_hidden_is_hidden() -> None:
    assert read(Document(EVENT, ALL_HIDDEN))["events"]["Trip Booked"] == {"hidden": True}


def test_an_empty_tool_gets_every_document() -> None:
    plan = plan_of(events={"Trip Booked": {"properties": {"seat": {}}}}, user_properties={"home_port": {}})
    assert set(MAPPING.to_tool(plan, EMPTY).documents) == {EVENT, PROPERTY, USER}
