"""Road B of the emulated Lexicon (apis/mixpanel.md sections 3.2 to 3.4 and 5), and what people do by hand."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox import Fault
from tests.connectors.mixpanel.lexicon import TRIP, Lexicon, holding, meta, wide

EVENTS = "/data-definitions/events/"
PROPERTIES = "/data-definitions/properties/"
TAGS = "/data-definitions/tags/"


def with_custom_event(**switches: Any) -> Lexicon:
    lexicon = holding("A", **switches)
    lexicon.sandbox.edit({"do": "add", "type": "custom_event", "name": "Late trip", "id": 77})
    return lexicon


def names(rows: list[Any]) -> list[str]:
    return [row["name"] for row in rows]


# Events ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["A", "Seen", "Late trip"]),
        ("?name[]=Seen&name[]=Nope", ["Seen"]),
        ("?custom_event=true", ["Late trip"]),
    ],
)
def test_events_are_listed_with_and_without_schema(query: str, found: list[str]) -> None:
    lexicon = with_custom_event()
    lexicon.sandbox.edit({"do": "ingest", "event": "Seen"})
    assert names(lexicon.ask(EVENTS + query)) == found
    assert names(lexicon.ask("/schemas/event")) == ["A"]


def test_event_row_shows_both_roads() -> None:
    lexicon = holding("A", schema={"description": "About"} | meta(displayName="An A", tags=["x"]))
    status, body = lexicon.call("PATCH", EVENTS, {"name": "A", "verified": True, "hidden": True, "display_name": "no"})
    row = body["results"]
    assert (status, row["description"], row["displayName"], row["verified"]) == (200, "About", "An A", True)
    assert lexicon.stored(name="A") == {"description": "About"} | meta(displayName="An A", tags=["x"], hidden=True)
    assert (row["createdUtc"], row["modifiedUtc"]) == ("2026-02-02T02:41:00Z",) * 2


def test_patch_of_an_unknown_name_makes_a_row() -> None:
    lexicon = Lexicon()
    assert lexicon.send("PATCH", EVENTS, {"name": "New", "colour": "red"}).status == 200
    assert lexicon.stored(name="New") == {}


def test_custom_events_are_reached_by_id_and_names_make_orphans() -> None:
    lexicon = with_custom_event()
    lexicon.send("PATCH", EVENTS, {"customEventId": 77, "name": "Late trip", "description": "right"})
    lexicon.send("PATCH", EVENTS, {"name": "Late trip", "description": "wrong"})
    assert lexicon.stored("custom_event", "Late trip") == {"description": "right"}
    assert lexicon.stored("event", "Late trip") == {"description": "wrong"}


def test_wrong_id_answers_200_with_an_orphan() -> None:
    _, body = with_custom_event().call("PATCH", EVENTS, {"customEventId": 78, "hidden": True})
    assert (body["status"], body["results"]["name"], body["results"]["customEventId"]) == ("ok", "", None)


def test_bulk_patch_by_name_and_by_id() -> None:
    lexicon = holding("A", "B")
    identifier = lexicon.ask(EVENTS + "?name[]=B")[0]["id"]
    changes = [{"name": "A", "description": "a"}, {"id": identifier, "description": "b"}]
    assert names(lexicon.call("PATCH", EVENTS, {"events": changes})[1]["results"]) == ["A", "B"]
    assert (lexicon.stored(name="A"), lexicon.stored(name="B")) == ({"description": "a"}, {"description": "b"})


def test_bulk_patch_may_answer_no_rows() -> None:
    body = {"events": [{"name": "A", "hidden": True}]}
    assert holding("A", bulk_rows="empty").call("PATCH", EVENTS, body)[1]["results"] == []


@pytest.mark.parametrize(("choice", "stored"), [("ignored", {}), ("read", meta(teamContacts=["Growth"]))])
def test_team_contacts_in_snake_case(choice: str, stored: Any) -> None:
    lexicon = holding("A", team_contacts=choice)
    lexicon.send("PATCH", EVENTS, {"events": [{"name": "A", "team_contacts": ["Growth"]}]})
    assert lexicon.stored(name="A") == stored


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"name": "A"}, ["Late trip"]),
        ({"customEventId": 77}, ["A"]),
        ({"name": "Late trip"}, ["A", "Late trip"]),
        ({"events": [{"collectEverythingEventId": None, "customEventId": 77, "id": 0}]}, ["A"]),
    ],
)
def test_deleting_reports_success_whatever_it_hit(body: Any, left: list[str]) -> None:
    lexicon = with_custom_event()
    assert lexicon.call("DELETE", EVENTS, body) == (200, {"status": "ok"})
    assert names(lexicon.ask(EVENTS)) == left


def test_schema_deletion_leaves_custom_and_ingested_events() -> None:
    lexicon = with_custom_event()
    lexicon.sandbox.edit({"do": "ingest", "event": "A"})
    lexicon.sandbox.edit({"do": "set", "name": "A", "field": "verified", "value": True})
    lexicon.send("DELETE", "/schemas")
    assert [(row["name"], row["verified"]) for row in lexicon.ask(EVENTS)] == [("A", False), ("Late trip", False)]


# Properties --------------------------------------------------------------------------------------------------


def two_events(**switches: Any) -> Lexicon:
    fare = {"properties": {"fare": {"type": "number", "description": "EUR"}}}
    return Lexicon(
        {
            "entries": {"event": {"A": fare, "B": TRIP}, "profile": {"$user": wide(2)}},
            "ingested": {"C": {"$os": "string"}},
        },
        **switches,
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["fare", "$os"]),
        ("?resourceType=Event&name[]=fare", ["fare"]),
        ("?resourceType=User", ["p0"]),
        ("?resource_type=User", ["fare", "$os"]),
    ],
)
def test_one_row_per_property_name(query: str, found: list[str]) -> None:
    assert names(two_events().ask(PROPERTIES + query)) == found


@pytest.mark.parametrize("given", ["event", "user", "Group", ""])
def test_resource_type_is_spelled_exactly(given: str) -> None:
    answer = two_events().call("GET", f"{PROPERTIES}?resourceType={given}")
    assert answer == (400, {"status": "error", "error": "Invalid resource type"})


def test_property_rows_name_their_events() -> None:
    row = two_events().ask(PROPERTIES + "?includeEvents=true")[0]
    assert (row["description"], row["events"]) == ("EUR", [{"name": "A"}, {"name": "B"}])


def test_default_properties_may_lose_their_dollar() -> None:
    assert names(two_events(dollar_prefix="stripped").ask(PROPERTIES + "?name[]=$os")) == ["os"]


@pytest.mark.parametrize(("choice", "nested"), [("separate", None), ("shared", "Total")])
def test_property_text_is_global_and_may_reach_the_events(choice: str, nested: str | None) -> None:
    lexicon = two_events(property_edits=choice)
    body = {"name": "fare", "resourceType": "Event", "description": "Total", "sensitive": True, "example_value": "9"}
    row = lexicon.call("PATCH", PROPERTIES, body)[1]["results"]
    assert (row["description"], row["sensitive"], row["exampleValue"]) == ("Total", True, None)
    assert lexicon.stored(name="B")["properties"]["fare"].get("description") == nested


def test_user_property_edit_reaches_the_profile_schema() -> None:
    lexicon = two_events()
    lexicon.send("PATCH", PROPERTIES, {"name": "plan", "resourceType": "User", "displayName": "Plan"})
    plan = {"type": "unknown", **meta(displayName="Plan")}
    assert lexicon.stored("profile", "$user")["properties"]["plan"] == plan


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "fare", "resourceType": "event"},
        {"properties": [{"name": "fare"}]},
        {"properties": "fare"},
        {"name": "fare", "hidden": "yes"},
    ],
)
def test_property_patches_that_are_refused(body: Any) -> None:
    assert two_events().send("PATCH", PROPERTIES, body).status == 400


def test_unknown_keys_of_an_unknown_property_are_ignored_with_200() -> None:
    lexicon = two_events()
    before = lexicon.sandbox.dump()
    status, body = lexicon.call("PATCH", PROPERTIES, {"name": "tip", "resourceType": "Event", "colour": "red"})
    assert (status, body["results"]["name"], lexicon.sandbox.dump()) == (200, "tip", before)


def test_bulk_property_patch() -> None:
    changes = [{"name": name, "resourceType": "Event", "hidden": True} for name in ("fare", "$os")]
    _, body = two_events().call("PATCH", PROPERTIES, {"properties": changes})
    assert [(row["name"], row["hidden"]) for row in body["results"]] == [("fare", True), ("$os", True)]


# Tags --------------------------------------------------------------------------------------------------------


def test_tags_are_listed_as_strings_and_come_with_uploads() -> None:
    lexicon = Lexicon()
    lexicon.send("POST", "/schemas/event/A", meta(tags=["Revenue", "Core"]))
    assert lexicon.ask(TAGS) == ["Revenue", "Core"]


def test_tag_life() -> None:
    lexicon = Lexicon()
    lexicon.send("POST", "/schemas/event/A", meta(tags=["Revenue", "Core"]))
    created = lexicon.call("POST", TAGS, {"name": "Ops"})[1]["results"]
    one = f"{TAGS}{created['id']}/"
    assert lexicon.call("PATCH", one, {"name": "Core"})[0] == 400
    assert lexicon.call("PATCH", one, {"name": "Operations"})[1]["results"] == created | {"name": "Operations"}
    assert lexicon.ask(one.rstrip("/")) == created | {"name": "Operations"}
    assert lexicon.call("DELETE", one)[0] == 405


def test_renaming_and_deleting_reach_every_entity() -> None:
    lexicon = holding("A", "B", schema=meta(tags=["x", "y"]))
    lexicon.sandbox.load(lexicon.sandbox.dump() | {"tags": {"x": 1, "y": 2}})
    lexicon.send("PATCH", f"{TAGS}1/", {"name": "z"})
    assert lexicon.stored(name="B") == meta(tags=["z", "y"])
    deletions = [lexicon.send("POST", TAGS, {"delete": True, "name": "z"}).status for _ in range(2)]
    assert (deletions, lexicon.stored(name="A")) == ([200, 400], meta(tags=["y"]))


@pytest.mark.parametrize(("choice", "status"), [("refuse", 400), ("answer", 200)])
def test_creating_a_tag_twice(choice: str, status: int) -> None:
    lexicon = Lexicon(existing_tag=choice)
    assert [lexicon.send("POST", TAGS, {"name": "Ops"}).status for _ in range(2)] == [200, status]


# Manners -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", EVENTS, 405),
        ("PUT", PROPERTIES, 405),
        ("DELETE", TAGS, 405),
        ("GET", f"{TAGS}7/", 404),
        ("GET", f"{EVENTS}A/", 404),
        ("GET", "/data-definitions/", 404),
        ("GET", "/data-definitions/lookups/", 404),
    ],
)
def test_routes(method: str, path: str, status: int) -> None:
    assert Lexicon().send(method, path, {}).status == status


@pytest.mark.parametrize(("choice", "status"), [("refuse", 400), ("ignore", 200)])
def test_extra_parameters(choice: str, status: int) -> None:
    assert Lexicon(extra_parameters=choice).send("GET", f"{EVENTS}?page=1").status == status


def test_slash_may_be_asked_for_by_redirect() -> None:
    path = "/data-definitions/events?name[]=A"
    answer = Lexicon(slash_redirect=True).send("GET", path)
    assert (answer.status, answer.headers["location"]) == (
        301,
        "/api/app/projects/4711/data-definitions/events/?name%5B%5D=A",
    )
    assert Lexicon().send("GET", path).status == 200


def test_no_rate_limit_but_the_same_rights() -> None:
    lexicon = Lexicon()
    assert {lexicon.send("GET", EVENTS, wait=0).status for _ in range(9)} == {200}
    lexicon.sandbox.edit({"do": "role", "role": "analyst"})
    assert lexicon.send("PATCH", EVENTS, {"name": "A"}).status == 403


@pytest.mark.parametrize("field", ["dropped", "merged"])
def test_dropping_and_merging_take_an_owner(field: str) -> None:
    lexicon = holding("A")
    lexicon.sandbox.edit({"do": "role", "role": "admin"})
    assert lexicon.send("PATCH", EVENTS, {"name": "A", field: True}).status == 403


def test_dropping_a_property_takes_an_owner() -> None:
    lexicon = two_events()
    lexicon.sandbox.edit({"do": "role", "role": "admin"})
    assert lexicon.send("PATCH", PROPERTIES, {"name": "fare", "dropped": True}).status == 403


def test_times_start_anew_with_a_new_schema() -> None:
    lexicon = holding("B")
    for method, path in (("POST", "/schemas/event/A"), ("DELETE", "/schemas/event/A"), ("POST", "/schemas/event/A")):
        lexicon.send(method, path, {})
    assert lexicon.ask(EVENTS + "?name[]=A")[0]["createdUtc"] == "2026-02-02T02:43:00Z"


@pytest.mark.parametrize("path", [EVENTS, PROPERTIES, TAGS])
@pytest.mark.parametrize(("mood", "count"), [("half-page", 1), ("empty-list", 0)])
def test_listing_moods(path: str, mood: str, count: int) -> None:
    lexicon = Lexicon({"entries": {"event": {"A": wide(3), "B": {}}}, "tags": {"x": 1, "y": 2}})
    lexicon.sandbox.faults.append(Fault("mood", mood=mood))
    assert [len(lexicon.ask(path)) for _ in range(2)] == [count, 2]


def test_half_a_batch() -> None:
    lexicon = holding("A", "B")
    lexicon.sandbox.faults.append(Fault("mood", mood="half-batch"))
    changes = [{"name": name, "hidden": True} for name in "AB"]
    assert lexicon.send("PATCH", EVENTS, {"events": changes}).status == 500
    assert (lexicon.stored(name="A"), lexicon.stored(name="B")) == (meta(hidden=True), {})


# People and the pipeline -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "kind", "name", "stored"),
    [
        ({"do": "add", "name": "B", "schema": TRIP}, "event", "B", TRIP),
        ({"do": "add", "type": "group", "name": "Firm"}, "group", "Firm", {}),
        ({"do": "add", "type": "lookup", "name": "Cities"}, "lookup", "Cities", {}),
        ({"do": "remove", "name": "A"}, "event", "A", None),
        (
            {"do": "set", "name": "A", "field": "description", "value": "new"},
            "event",
            "A",
            TRIP | {"description": "new"},
        ),
        (
            {"do": "set", "name": "A", "field": "platforms", "value": ["iOS"]},
            "event",
            "A",
            TRIP | meta(platforms=["iOS"]),
        ),
        (
            {"do": "set", "type": "profile", "field": "description", "value": "p"},
            "profile",
            "$user",
            {"description": "p"},
        ),
        (
            {"do": "set", "name": "A", "property": "fare", "field": "displayName", "value": "Fare"},
            "event",
            "A",
            {"properties": {"fare": {"type": "number", **meta(displayName="Fare")}}},
        ),
        ({"do": "hide", "name": "A"}, "event", "A", TRIP | meta(hidden=True)),
        ({"do": "show", "name": "A"}, "event", "A", TRIP | meta(hidden=False)),
        ({"do": "drop", "name": "A"}, "event", "A", TRIP | meta(dropped=True)),
        ({"do": "undrop", "name": "A"}, "event", "A", TRIP | meta(dropped=False)),
        ({"do": "tag", "name": "A", "tag": "x"}, "event", "A", TRIP | meta(tags=["x"])),
        ({"do": "untag", "name": "A", "tag": "x"}, "event", "A", TRIP | meta(tags=[])),
        (
            {"do": "contacts", "name": "A", "contacts": ["kim@example.org"], "teams": ["Ops"]},
            "event",
            "A",
            TRIP | meta(contacts=["kim@example.org"], teamContacts=["Ops"]),
        ),
        (
            {"do": "add_property", "name": "A", "property": "city"},
            "event",
            "A",
            {"properties": TRIP["properties"] | {"city": {"type": "string"}}},
        ),
        ({"do": "remove_property", "name": "A", "property": "fare"}, "event", "A", {"properties": {}}),
        (
            {"do": "unknown_type", "name": "A", "property": "fare"},
            "event",
            "A",
            {"properties": {"fare": {"type": "unknown"}}},
        ),
        ({"do": "clear", "name": "A", "property": "fare", "field": "type"}, "event", "A", {"properties": {"fare": {}}}),
    ],
)
def test_edits(change: Any, kind: str, name: str, stored: Any) -> None:
    lexicon = holding("A", schema=TRIP)
    lexicon.sandbox.edit(change)
    assert lexicon.stored(kind, name) == stored


def test_any_edit_gives_an_ingested_event_a_schema() -> None:
    lexicon = Lexicon()
    lexicon.sandbox.edit({"do": "ingest", "event": "Seen"})
    lexicon.sandbox.edit({"do": "hide", "name": "Seen"})
    assert lexicon.stored(name="Seen") == meta(hidden=True)


@pytest.mark.parametrize(("to", "tags"), [({"to": "z"}, ["z"]), ({}, [])])
def test_person_renames_or_deletes_a_tag(to: dict[str, str], tags: list[str]) -> None:
    lexicon = holding("A")
    lexicon.sandbox.edit({"do": "tag", "name": "A", "tag": "x"})
    lexicon.sandbox.edit({"do": "rename_tag", "tag": "x", **to})
    assert (lexicon.stored(name="A"), lexicon.ask(TAGS)) == (meta(tags=tags), tags)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("hide", "object whose 'do'"),
        ({"do": "sing"}, "not 'sing'"),
        ({"do": "hide"}, "hide needs 'name'"),
        ({"do": "hide", "name": "Nope"}, "no event 'Nope'"),
        ({"do": "add", "name": "A"}, "already"),
        ({"do": "add", "type": "events", "name": "B"}, "no entity type"),
        ({"do": "set", "name": "A", "field": "colour", "value": 1}, "no field 'colour'"),
        ({"do": "set", "name": "A", "field": "hidden", "value": "yes"}, "cannot be 'yes'"),
        ({"do": "hide", "name": "A", "property": "city"}, "no property 'city'"),
        ({"do": "add_property", "name": "A", "property": "fare"}, "already"),
        ({"do": "rename_tag", "tag": "x"}, "no tag"),
        ({"do": "role", "role": "king"}, "no role"),
    ],
)
def test_edits_that_make_no_sense(change: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        holding("A", schema=TRIP).sandbox.edit(change)
