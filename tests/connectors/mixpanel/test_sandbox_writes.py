"""What the emulated Schemas API takes, refuses, merges and deletes (apis/mixpanel.md sections 3.1, 3.7, 4 and 5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.connectors.mixpanel.lexicon import TRIP, Lexicon, entry, holding, meta, wide

# Uploading ---------------------------------------------------------------------------------------------------


def test_bulk_upload_counts_every_entry() -> None:
    lexicon = holding("Trip Booked")
    answer = lexicon.call("POST", "/schemas", {"entries": [entry(), entry("Trip Ended", TRIP)]})
    assert answer == (200, {"status": "ok", "results": {"added": 2, "deleted": 0}})
    assert lexicon.stored(name="Trip Ended") == TRIP


def test_added_may_count_new_entries_only() -> None:
    body = {"entries": [entry(), entry("Trip Ended")]}
    assert holding("Trip Booked", added="new").call("POST", "/schemas", body)[1]["results"]["added"] == 1


def test_single_upload_answers_status_only_or_the_schema() -> None:
    assert Lexicon().call("POST", "/schemas/event/A", TRIP) == (200, {"status": "ok"})
    _, body = Lexicon(single_write="schema").call("POST", "/schemas/event/A", TRIP)
    assert body["results"]["properties"] == TRIP["properties"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"\xff{}", b"[" * 100_000, json.dumps({"entries": []}).encode("utf-16")],
)
def test_bodies_that_are_no_json_object_in_utf8(body: bytes) -> None:
    assert Lexicon().send("POST", "/schemas", body).status == 400


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/json; charset=utf-8", 200), ("application/x-www-form-urlencoded", 400), ("", 400)],
)
def test_only_json_is_parsed(content_type: str, status: int) -> None:
    lexicon = Lexicon()
    lexicon.headers["content-type"] = content_type
    assert lexicon.send("POST", "/schemas", {"entries": []}).status == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entries": {}},
        {"entries": [], "truncate": 1},
        {"entries": [], "entityType": "event"},
        {"entries": ["x"]},
        {"entries": [{"entityType": "event", "name": "A"}]},
        {"entries": [entry() | {"version": "2026-01-01"}]},
        {"entries": [entry(name="")]},
        {"entries": [entry(kind="custom_event")]},
        {"entries": [entry(kind="group")]},
        {"entries": [entry("someone", kind="profile")]},
        {"entries": [entry("$ae_session")]},
        {"entries": [entry(schema=wide(2002))]},
    ],
)
def test_bulk_bodies_that_are_refused_change_nothing(body: Any) -> None:
    lexicon = Lexicon()
    empty = lexicon.sandbox.dump()
    assert lexicon.send("POST", "/schemas", body).status == 400
    assert lexicon.sandbox.dump() == empty


@pytest.mark.parametrize(
    "schema",
    [
        {"description": None},
        {"description": 7},
        {"properties": []},
        {"properties": {"fare": "number"}},
        {"properties": {"fare": {}}},
        {"properties": {"fare": {"type": "unknown"}}},
        {"properties": {"fare": {"type": ["number", "null"]}}},
        {"properties": {"fare": {"type": "number", "enum": [1, 2]}}},
        {"properties": {"fare": {"type": "number", **meta(tags=["x"])}}},
        {"required": "fare"},
        {"required": ["fare", "fare"]},
        {"minProperties": -1},
        {"metadata": None},
        {"metadata": {"com.mixpanel": None}},
        meta(platforms=[]),
        meta(display_name="x"),
        meta(hidden="yes"),
        meta(tags="x"),
        meta(contacts=[7]),
    ],
)
def test_schemas_that_are_refused(schema: Any) -> None:
    assert Lexicon().send("POST", "/schemas/event/A", schema).status == 400


PROPERTY = {"properties": {"fare": {"type": "number", "examples": [1], "enum": [1]}}}
SWITCHED = [
    ({"body_keys": "lenient"}, entry() | {"version": "2026-01-01"}, {}),
    ({"metadata_keys": "lenient"}, entry(schema=meta(platforms=["iOS"], hidden=True)), meta(hidden=True)),
    ({"schema_keys": "keep"}, entry(schema={"minProperties": 1}), {"minProperties": 1}),
    ({"schema_keys": "drop"}, entry(schema={"minProperties": 1}), {}),
    ({"schema_keys": "refuse"}, entry(schema={"minProperties": 1}), None),
    ({"property_keys": "keep"}, entry(schema=PROPERTY), PROPERTY),
    ({"property_keys": "drop"}, entry(schema=PROPERTY), {"properties": {"fare": {"type": "number", "examples": [1]}}}),
    ({"property_keys": "spec"}, entry(schema={"properties": {"fare": {"type": "number", "examples": [1]}}}), None),
    ({"property_types": "lenient"}, entry(schema={"properties": {"x": {"type": "unknown"}}}), "as sent"),
    ({"missing_type": "accept"}, entry(schema={"properties": {"x": {}}}), "as sent"),
    ({"managed_events": "accept"}, entry("$ae_iap"), {}),
    ({"custom_event_writes": "accept"}, entry("Late trip", kind="custom_event"), {}),
    ({"profile_names": "lenient"}, entry("someone", kind="profile"), {}),
    ({"profile_dropped": "ignore"}, entry("$user", meta(dropped=True), "profile"), {}),
    ({"profile_dropped": "refuse"}, entry("$user", meta(dropped=True), "profile"), None),
    ({"unknown_tags": "create"}, entry(schema=meta(tags=["new"])), "as sent"),
    ({"unknown_tags": "ignore"}, entry(schema=meta(tags=["new"])), meta(tags=[])),
    ({"unknown_tags": "refuse"}, entry(schema=meta(tags=["new"])), None),
    ({"unknown_people": "keep"}, entry(schema=meta(contacts=["kim@example.org"])), "as sent"),
    ({"unknown_people": "ignore"}, entry(schema=meta(teamContacts=["Growth", "Ops"])), meta(teamContacts=["Ops"])),
    ({"unknown_people": "refuse"}, entry(schema=meta(contacts=["kim@example.org"])), None),
]


@pytest.mark.parametrize(("switches", "sent", "stored"), SWITCHED)
def test_what_is_kept_where_nobody_knows(switches: dict[str, Any], sent: dict[str, Any], stored: Any) -> None:
    lexicon = Lexicon(**switches)
    lexicon.sandbox.edit({"do": "people", "teams": ["Ops"]})
    status = lexicon.send("POST", "/schemas", {"entries": [sent]}).status
    expected = sent["schemaJson"] if stored == "as sent" else stored
    assert (status, lexicon.stored(sent["entityType"], sent["name"])) == (400 if stored is None else 200, expected)


def test_upload_replaces_all_but_mixpanel_metadata() -> None:
    old = {"description": "old", "required": ["fare"], "properties": {"fare": {"type": "number", **meta(hidden=True)}}}
    lexicon = holding("Trip Booked", schema=old | meta(displayName="Trip", tags=["Revenue"], hidden=True))
    new = {"properties": {"fare": {"type": "integer"}, "city": {"type": "string"}}} | meta(
        displayName=None, hidden=False
    )
    lexicon.send("POST", "/schemas", {"entries": [entry(schema=new)]})
    assert lexicon.stored() == {
        "properties": {"fare": {"type": "integer", **meta(hidden=True)}, "city": {"type": "string"}},
        **meta(tags=["Revenue"], hidden=False),
    }


def test_properties_left_out_are_gone_with_their_metadata() -> None:
    lexicon = holding("Trip Booked", schema={"properties": {"fare": {"type": "number", **meta(hidden=True)}}})
    lexicon.send("POST", "/schemas/event/Trip%20Booked", {})
    lexicon.send("POST", "/schemas/event/Trip%20Booked", TRIP)
    assert lexicon.stored() == TRIP


def test_property_metadata_may_be_replaced() -> None:
    old = {"properties": {"fare": {"type": "number", **meta(hidden=True)}}}
    lexicon = holding("Trip Booked", schema=old, property_metadata="replace")
    lexicon.send("POST", "/schemas/event/Trip%20Booked", TRIP)
    assert lexicon.stored() == TRIP


@pytest.mark.parametrize(("choice", "tags"), [("clears", []), ("ignored", ["Revenue"])])
def test_empty_list(choice: str, tags: list[str]) -> None:
    lexicon = holding("Trip Booked", schema=meta(tags=["Revenue"]), empty_list=choice)
    lexicon.send("POST", "/schemas/event/Trip%20Booked", meta(tags=[]))
    assert lexicon.stored() == meta(tags=tags)


def test_earlier_entries_may_survive_a_bad_one() -> None:
    body = {"entries": [entry("A"), entry("")]}
    lexicon = Lexicon(bad_entry="keeps-earlier")
    assert lexicon.send("POST", "/schemas", body).status == 400
    assert lexicon.stored(name="A") == {}


@pytest.mark.parametrize(
    ("choice", "status", "stored"),
    [("refuse", 403, None), ("ignore", 200, {}), ("allow", 200, meta(dropped=True))],
)
def test_admin_who_drops(choice: str, status: int, stored: Any) -> None:
    lexicon = Lexicon(admin_drop=choice)
    lexicon.sandbox.edit({"do": "role", "role": "admin"})
    assert lexicon.send("POST", "/schemas/event/Trip%20Booked", meta(dropped=True)).status == status
    assert lexicon.stored() == stored


def test_owner_drops() -> None:
    lexicon = Lexicon()
    lexicon.send("POST", "/schemas/event/Trip%20Booked", meta(dropped=True))
    assert lexicon.stored() == meta(dropped=True)


# Truncating and deleting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scope", "left"), [("everything", ["event"]), ("types", ["event", "profile"])])
def test_truncate_deletes_before_it_inserts(scope: str, left: list[str]) -> None:
    state = {"entries": {"event": {"A": meta(hidden=True), "B": {}}, "profile": {"$user": {}}}}
    lexicon = Lexicon(state, truncate_scope=scope)
    _, body = lexicon.call("POST", "/schemas", {"truncate": True, "entries": [entry("A")]})
    assert body["results"] == {"added": 1, "deleted": 3 if scope == "everything" else 2}
    assert (sorted(lexicon.sandbox.dump()["entries"]), lexicon.stored(name="A")) == (left, {})


@pytest.mark.parametrize(("limit", "held", "status"), [(3000, 3000, 200), (3000, 3001, 400), (2999, 3000, 400)])
@pytest.mark.parametrize(("method", "path"), [("POST", "/schemas"), ("DELETE", "/schemas/event")])
def test_delete_limit_of_one_request(method: str, path: str, limit: int, held: int, status: int) -> None:
    lexicon = holding(*map(str, range(held)), delete_limit=limit)
    assert lexicon.send(method, path, {"truncate": True, "entries": []}).status == status
    assert len(lexicon.sandbox.dump()["entries"].get("event", {})) == (0 if status == 200 else held)


@pytest.mark.parametrize(
    ("path", "count", "left"),
    [
        ("/schemas", 3, []),
        ("/schemas/event", 2, ["profile"]),
        ("/schemas/event?entity_name=A", 1, ["event", "profile"]),
        ("/schemas/profile/%24user", 1, ["event"]),
    ],
)
def test_deleting(path: str, count: int, left: list[str]) -> None:
    lexicon = Lexicon({"entries": {"event": {"A": {}, "B": {}}, "profile": {"$user": {}}}})
    assert lexicon.call("DELETE", path) == (200, {"status": "ok", "results": {"delete_count": count}})
    assert sorted(lexicon.sandbox.dump()["entries"]) == left


def test_deleting_by_query_may_take_the_whole_type_under_another_key() -> None:
    lexicon = holding("A", "B", delete_by_name="whole-type", delete_key="deleteCount")
    assert lexicon.call("DELETE", "/schemas/event?entity_name=A")[1]["results"] == {"deleteCount": 2}


def test_deleting_nothing_may_count_zero() -> None:
    lexicon = Lexicon(delete_unknown="zero")
    assert lexicon.call("DELETE", "/schemas/event/Nope")[1]["results"] == {"delete_count": 0}


# Patching ----------------------------------------------------------------------------------------------------


FULL: dict[str, Any] = {
    "description": "old",
    "required": ["fare"],
    "properties": {"fare": {"type": "number", "description": "EUR"}},
}


@pytest.mark.parametrize(
    ("switches", "patch", "changed"),
    [
        ({}, {"description": "new"}, {"description": "new"}),
        (
            {},
            {"properties": {"city": {"type": "string"}}},
            {"properties": {**FULL["properties"], "city": {"type": "string"}}},
        ),
        (
            {},
            {"properties": {"fare": {"type": "integer"}}},
            {"properties": {"fare": {"type": "integer", "description": "EUR"}}},
        ),
        (
            {"patch_depth": "property"},
            {"properties": {"fare": {"type": "integer"}}},
            {"properties": {"fare": {"type": "integer"}}},
        ),
        ({}, {"properties": {"fare": None}}, {"properties": {}}),
        ({}, {"required": ["city"]}, {"required": ["city"]}),
        ({"patch_arrays": "unite"}, {"required": ["city"]}, {"required": ["fare", "city"]}),
        ({}, meta(tags=["x"], hidden=None), meta(tags=["x"])),
    ],
)
def test_patch_merges(switches: dict[str, Any], patch: Any, changed: Any) -> None:
    lexicon = holding("Trip Booked", schema=FULL, **switches)
    status, body = lexicon.call("PATCH", "/schemas/event/Trip%20Booked", patch)
    assert (status, body["results"]["description"]) == (200, changed.get("description", "old"))
    assert lexicon.stored() == FULL | changed


@pytest.mark.parametrize(
    ("switches", "patch", "status"),
    [
        ({}, {"description": None}, 200),
        ({"patch_null": "refuses"}, {"description": None}, 400),
        ({"patch_null": "refuses"}, meta(tags=None), 200),
        ({}, {"properties": {"city": {}}}, 400),
        ({}, {"properties": wide(2001)["properties"]}, 400),
        ({}, meta(platforms=[]), 400),
        ({"patch": False}, {}, 405),
    ],
)
def test_patches_taken_and_refused(switches: dict[str, Any], patch: Any, status: int) -> None:
    assert holding("A", schema=FULL, **switches).send("PATCH", "/schemas/event/A", patch).status == status


def test_bulk_patch_reports_each_entry_under_200() -> None:
    lexicon = holding("A", "B")
    entries = [entry("A", TRIP), entry("Nope"), entry("B", {"description": 7}), entry("B", {"description": "new"})]
    status, body = lexicon.call("PATCH", "/schemas", {"entries": entries})
    assert (status, [row["status"] for row in body["results"]]) == (200, ["ok", "error", "error", "ok"])
    assert (lexicon.stored(name="A"), lexicon.stored(name="B")) == (TRIP, {"description": "new"})
