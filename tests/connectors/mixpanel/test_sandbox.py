"""The emulated Schemas API (road A) against apis/mixpanel.md: each case is one fact or one side of an open question."""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any

import pytest

from connectors.mixpanel.sandbox import MixpanelSandbox
from connectors.sandbox import Fault
from connectors.sandbox_server import serve_on_loopback
from tests.connectors.mixpanel.lexicon import BASE, TRIP, Lexicon, entry, holding, meta, wide

# Getting in --------------------------------------------------------------------------------------------------


def test_service_account_passes_in_both_spellings() -> None:
    lexicon = Lexicon()
    encoded = base64.b64encode(lexicon.plain.encode()).decode()
    statuses = [
        lexicon.send("GET", "/schemas", authorization=f"Basic {one}").status for one in (lexicon.plain, encoded)
    ]
    assert statuses == [200, 200]


@pytest.mark.parametrize("header", ["", "Basic", "Basic bm9ib2R5Om5vdGhpbmc=", "Bearer token", "Basic :secret"])
def test_anybody_else_is_unauthorised(header: str) -> None:
    status, body = Lexicon().call("GET", "/schemas", authorization=header)
    assert (status, body["status"]) == (401, "error")


def test_expired_account_is_unauthorised_from_that_second_on() -> None:
    lexicon = Lexicon()
    lexicon.sandbox.edit({"do": "expire", "at": lexicon.now + 60})
    before = lexicon.send("GET", "/schemas", wait=59).status
    assert (before, lexicon.send("GET", "/schemas", wait=1).status) == (200, 401)


def test_me_answers_to_credentials_only() -> None:
    lexicon = Lexicon()
    assert lexicon.call("GET", "/api/app/me") == (200, {"status": "ok", "results": {}})
    assert lexicon.send("GET", "/api/app/me", authorization="").status == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/app/projects/4712/schemas", 403),
        ("GET", "/api/app/projects/x/schemas", 404),
        ("GET", "/api/app/workspaces/815/schemas", 200),
        ("GET", "/schemas/", 404),
        ("GET", "/schemas/event/a/b", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/query/schemas", 404),
        ("PUT", "/schemas", 405),
        ("POST", "/schemas/event", 405),
        ("PATCH", "/schemas/event", 405),
        ("GET", "/schemas/events", 400),
        ("GET", "/schemas/group", 400),
        ("POST", "/api/app/me", 405),
    ],
)
def test_routes(method: str, path: str, status: int) -> None:
    assert Lexicon().send(method, path).status == status


@pytest.mark.parametrize(("role", "write"), [("owner", 200), ("admin", 200), ("analyst", 403), ("consumer", 403)])
def test_writing_takes_an_admin_or_owner_and_reading_any_role(role: str, write: int) -> None:
    lexicon = Lexicon()
    lexicon.sandbox.edit({"do": "role", "role": role})
    assert lexicon.send("POST", "/schemas", {"entries": []}).status == write
    assert lexicon.send("GET", "/schemas").status == 200


def test_reading_may_take_a_writer_too() -> None:
    lexicon = Lexicon(reading="writers")
    lexicon.sandbox.edit({"do": "role", "role": "analyst"})
    status, body = lexicon.call("GET", "/schemas")
    assert status == 403 and "does not have permission(s)" in body["error"]


def test_classified_data_needs_its_own_permission() -> None:
    lexicon = Lexicon()
    lexicon.sandbox.edit({"do": "classified", "project": True, "permission": False})
    assert lexicon.send("GET", "/schemas").status == 403
    lexicon.sandbox.edit({"do": "classified", "permission": True})
    assert lexicon.send("GET", "/schemas").status == 200


# Limits ------------------------------------------------------------------------------------------------------


def test_five_calls_a_minute_then_429_until_the_first_is_a_minute_old() -> None:
    lexicon = Lexicon()
    assert [lexicon.send("GET", "/schemas", wait=1).status for _ in range(5)] == [200] * 5
    refused = lexicon.send("GET", "/schemas", wait=0.5)
    assert (refused.status, refused.headers["retry-after"]) == (429, "56")
    assert lexicon.send("GET", "/schemas", wait=55.4).status == 429
    assert lexicon.send("GET", "/schemas", wait=0.1).status == 200


def test_four_thousand_entities_a_minute() -> None:
    lexicon = Lexicon()
    full = {"entries": [entry("A", wide(2000)), entry("B", wide(2000))]}
    assert lexicon.send("POST", "/schemas", full).status == 200
    assert lexicon.send("POST", "/schemas/event/C", {}, wait=59.9).status == 429
    assert lexicon.send("POST", "/schemas/event/C", {}, wait=0.1).status == 200


def test_more_than_a_minutes_worth_never_fits() -> None:
    entries = [entry("A", wide(2000)), entry("B", wide(2000)), entry("C")]
    assert Lexicon().send("POST", "/schemas", {"entries": entries}).status == 429


def test_refused_calls_use_up_no_window() -> None:
    lexicon = Lexicon()
    heavy = {"entries": [entry(name, wide(2000)) for name in "ABC"]}
    assert [lexicon.send("POST", "/schemas", heavy, wait=0).status for _ in range(5)] == [429] * 5
    assert lexicon.send("GET", "/schemas", wait=0).status == 200


def test_gets_may_not_count_and_writes_still_do() -> None:
    lexicon = Lexicon(gets_count=False)
    assert {lexicon.send("GET", "/schemas", wait=0).status for _ in range(9)} == {200}
    statuses = [lexicon.send("POST", "/schemas", {"entries": []}, wait=0).status for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_refusals_come_in_the_order_401_403_429_400() -> None:
    lexicon = Lexicon()
    bad: dict[str, Any] = {"entries": 7}
    assert [lexicon.send("POST", "/schemas", bad, wait=0).status for _ in range(6)] == [400] * 5 + [429]
    lexicon.sandbox.edit({"do": "role", "role": "analyst"})
    assert lexicon.send("POST", "/schemas", bad, wait=0).status == 403
    assert lexicon.send("POST", "/schemas", bad, wait=0, authorization="").status == 401


def test_429_may_come_without_header_and_as_text() -> None:
    lexicon = Lexicon(retry_after=False, limit_body="text")
    refused = [lexicon.send("GET", "/schemas", wait=0) for _ in range(6)][-1]
    assert (refused.status, refused.headers) == (429, {"content-type": "text/plain; charset=UTF-8"})


# Reading -----------------------------------------------------------------------------------------------------


def test_empty_project_lists_nothing() -> None:
    assert Lexicon().call("GET", "/schemas") == (200, {"status": "ok", "results": []})


def test_service_fills_in_what_nobody_said() -> None:
    lexicon = Lexicon()
    lexicon.send("POST", "/schemas/event/Trip%20Booked", {})
    assert lexicon.ask("/schemas") == [
        {
            "entityType": "event",
            "name": "Trip Booked",
            "version": "2026-02-02",
            "schemaJson": {
                "description": "",
                "properties": {},
                "required": [],
                "metadata": {
                    "com.mixpanel": {
                        "displayName": "",
                        "tags": [],
                        "hidden": False,
                        "dropped": False,
                        "contacts": [],
                        "teamContacts": [],
                        "platforms": [],
                    }
                },
            },
        }
    ]


@pytest.mark.parametrize(
    ("switches", "schema"),
    [
        ({"read_defaults": "off", "read_noise": "off"}, TRIP),
        ({"read_defaults": "off"}, TRIP | meta(platforms=[])),
    ],
)
def test_reading_may_show_only_what_was_said(switches: dict[str, Any], schema: Any) -> None:
    assert holding("Trip Booked", schema=TRIP, **switches).ask("/schemas/event/Trip%20Booked") == schema


def test_defaults_may_reach_properties_and_keywords() -> None:
    schema = holding("Trip Booked", schema=TRIP, read_defaults="everywhere").ask("/schemas/event/Trip%20Booked")
    assert schema["additionalProperties"] is True
    fare = {"displayName": "", "hidden": False, "dropped": False}
    assert schema["properties"]["fare"] == {"description": "", "type": "number", **meta(**fare)}


def test_type_list_and_entity_name_query() -> None:
    lexicon = Lexicon({"entries": {"event": {"A/B": TRIP}, "profile": {"$user": {}}, "group": {"Firm": {}}}})
    assert [row["name"] for row in lexicon.ask("/schemas/event")] == ["A/B"]
    assert lexicon.ask("/schemas/event?entity_name=A%2FB")["properties"] == TRIP["properties"]
    assert lexicon.ask("/schemas/event/A%2FB")["properties"] == TRIP["properties"]
    assert [row["entityType"] for row in lexicon.ask("/schemas")] == ["event", "profile", "group"]


def test_type_list_may_hold_other_types() -> None:
    lexicon = Lexicon({"entries": {"event": {"A": {}}, "group": {"Firm": {}}}}, one_type="mixed")
    assert [row["name"] for row in lexicon.ask("/schemas/event")] == ["A", "Firm"]


@pytest.mark.parametrize(
    ("shape", "keys"),
    [
        ("results", {"status", "results"}),
        ("bare", {"description", "properties", "required", "metadata"}),
    ],
)
def test_one_schema_comes_wrapped_or_bare(shape: str, keys: set[str]) -> None:
    assert holding("A", single_read=shape).call("GET", "/schemas/event/A")[1].keys() == keys


def test_one_schema_may_come_as_an_entry() -> None:
    assert holding("A", single_read="entry").ask("/schemas/event/A").keys() == {"entityType", "name", "schemaJson"}


@pytest.mark.parametrize("status", [404, 400])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_entity(method: str, status: int) -> None:
    got, body = Lexicon(unknown_entity=status).call(method, "/schemas/event/Nope", {})
    assert (got, body["status"]) == (status, "error") and "not found" in body["error"]


def test_names_are_case_sensitive_and_plus_is_no_space() -> None:
    lexicon = holding("Trip Booked")
    assert [lexicon.send("GET", f"/schemas/event/{name}").status for name in ("trip%20booked", "Trip+Booked")] == [
        404,
        404,
    ]


def test_lists_may_come_in_another_order() -> None:
    both = {"tags": ["x", "y"]}
    lexicon = holding("A", "B", schema=wide(3) | meta(**both), list_order="reversed")
    rows = lexicon.ask("/schemas")
    assert [row["name"] for row in rows] == ["B", "A"]
    assert list(rows[0]["schemaJson"]["properties"]) == ["p1", "p0"]
    assert rows[0]["schemaJson"]["metadata"]["com.mixpanel"]["tags"] == ["y", "x"]


def test_noise_shows_rows_no_plan_made_but_keeps_them_out_of_the_state() -> None:
    lexicon = holding("A", read_noise="entities")
    rows = lexicon.ask("/schemas")
    assert [row["entityType"] for row in rows] == ["event", "custom_event", "event"]
    assert rows[2]["schemaJson"]["properties"]["Sandbox oddity"]["type"] == "unknown"
    assert list(lexicon.sandbox.dump()["entries"]["event"]) == ["A"]


def test_writes_may_show_late() -> None:
    lexicon = Lexicon(read_lag=5)
    lexicon.send("POST", "/schemas/event/A", {})
    early = json.loads(lexicon.send("GET", "/schemas", wait=4.9).body)["results"]
    late = json.loads(lexicon.send("GET", "/schemas", wait=0.2).body)["results"]
    assert (len(early), len(late)) == (0, 1)


@pytest.mark.parametrize(("shape", "kind"), [("text", str), ("list", list), ("object", dict)])
def test_error_shapes(shape: str, kind: type) -> None:
    assert isinstance(Lexicon(error_shape=shape).call("GET", "/schemas/events")[1]["error"], kind)


# Bad days, state, people -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mood", "method", "path", "status", "left"),
    [
        ("half-batch", "POST", "/schemas", 500, ["A", "B", "C", "D"]),
        ("half-batch", "DELETE", "/schemas", 500, ["B"]),
        ("fail-after-delete", "POST", "/schemas", 500, []),
    ],
)
def test_writing_moods(mood: str, method: str, path: str, status: int, left: list[str]) -> None:
    lexicon = holding("A", "B")
    lexicon.sandbox.faults.append(Fault("mood", mood=mood))
    body = {"entries": [entry(name) for name in "CDEF"], "truncate": mood == "fail-after-delete"}
    assert lexicon.send(method, path, body).status == status
    assert sorted(lexicon.sandbox.dump()["entries"].get("event", {})) == left


def test_half_a_bulk_patch() -> None:
    lexicon = holding("A", "B")
    lexicon.sandbox.faults.append(Fault("mood", mood="half-batch"))
    assert lexicon.send("PATCH", "/schemas", {"entries": [entry("A", TRIP), entry("B", TRIP)]}).status == 500
    assert (lexicon.stored(name="A"), lexicon.stored(name="B")) == (TRIP, {})


@pytest.mark.parametrize(("mood", "count"), [("half-page", 2), ("empty-list", 0)])
def test_listing_moods(mood: str, count: int) -> None:
    lexicon = holding("A", "B", "C", "D")
    lexicon.sandbox.faults.append(Fault("mood", mood=mood))
    assert [len(lexicon.ask("/schemas")) for _ in range(2)] == [count, 4]


def test_dump_and_load_are_exact_and_apart() -> None:
    lexicon = holding("A", schema=meta(tags=["x"]))
    for change in (
        {"do": "add", "type": "custom_event", "name": "Late trip", "id": 77},
        {"do": "ingest", "event": "Seen", "properties": {"city": "string"}},
        {"do": "set", "name": "A", "field": "verified", "value": True},
        {"do": "role", "role": "admin"},
    ):
        lexicon.sandbox.edit(change)
    state = lexicon.sandbox.dump()
    copy = MixpanelSandbox()
    copy.load(json.loads(json.dumps(state)))
    assert copy.dump() == state
    copy.edit({"do": "hide", "name": "A"})
    assert lexicon.sandbox.dump() == state


def test_loading_leaves_nothing_older_to_read() -> None:
    lexicon = Lexicon(read_lag=5)
    lexicon.send("POST", "/schemas/event/A", {})
    lexicon.sandbox.load({"entries": {"event": {"B": {}}}})
    rows = json.loads(lexicon.send("GET", "/schemas", wait=1).body)["results"]
    assert [row["name"] for row in rows] == ["B"]


def test_unknown_part_of_a_dump_is_refused() -> None:
    with pytest.raises(ValueError, match="no part schemas"):
        MixpanelSandbox().load({"schemas": {}})


def test_over_real_http() -> None:
    lexicon = Lexicon()
    with serve_on_loopback(lexicon.sandbox) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("POST", f"{BASE}/schemas/event/A%2FB", json.dumps(TRIP), lexicon.headers)
        assert json.loads(connection.getresponse().read()) == {"status": "ok"}
        connection.close()
    assert lexicon.stored(name="A/B") == TRIP
