"""The Amplitude sandbox: what people and the pipeline do, dumps, and moods."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.sandbox import Fault
from connectors.sandbox_server import serve_on_loopback
from tests.connectors.amplitude.sandbox_api import (
    BARE_EVENT,
    ROOT,
    Api,
    basic,
    furnished,
    names,
    stocked,
)

# Edits ----------------------------------------------------------------------------------------------------------------


def test_ingestion_moves_states_on() -> None:
    api = stocked()
    api.edit("ingest", event="Order Placed", properties=["size", "odd"], group_type="Firm", group_properties=["g"])
    api.edit("ingest", event="Order Placed", user_properties=["u"])
    dump = api.sandbox.dump()
    assert dump["events"]["Order Placed"] == {"state": "live", "fields": {}, "volume": 2}
    assert dump["event_properties"]["size"]["uses"]["Order Placed"]["state"] == "live"
    assert dump["event_properties"]["odd"]["state"] == dump["user_properties"]["gp:u"]["state"] == "unexpected"
    assert (dump["group_types"], dump["group_properties"]["grp:g"]["state"]) == (["Firm"], "unexpected")


@pytest.mark.parametrize("state", ["blocked", "deleted"])
def test_ingestion_of_what_is_stopped_is_dropped(state: str) -> None:
    api = stocked()
    api.edit("set_state", entity="event", name="Order Placed", state=state)
    before = api.sandbox.dump()
    api.edit("ingest", event="Order Placed", properties=["new"])
    assert api.sandbox.dump() == before


PLANNED = {"state": "planned", "override": None}
OWN = {"type": "boolean"}
CART = {"entity": "event", "name": "Cart Opened"}
SIZE = {"entity": "event_property", "name": "size"}
COLOR = {"entity": "event_property", "name": "color"}
USER = {"entity": "user_property", "name": "u"}
GROUP = {"entity": "group_property", "name": "g"}
SIZE_USES, COLOR_USES = "event_properties/size/uses", "event_properties/color/uses"
FLAGS = [name for name in BARE_EVENT if name.startswith("is_hidden_from_")]

EDITS: list[tuple[str, dict[str, Any], str, Any]] = [
    ("add", {"entity": "event", "name": "N", "fields": {"tags": ["t"]}}, "events/N/fields", {"tags": ["t"]}),
    ("add", {**SIZE, "on": "Cart Opened"}, f"{SIZE_USES}/Cart Opened/override", None),
    ("add", {**SIZE, "on": "Cart Opened", "fields": OWN}, f"{SIZE_USES}/Cart Opened/override", OWN),
    ("add", {**SIZE, "name": "n", "on": "Cart Opened"}, "event_properties/n/uses", {"Cart Opened": PLANNED}),
    ("add", {**USER, "name": "n"}, "user_properties/gp:n", {"state": "planned", "fields": {}}),
    ("add", {**GROUP, "name": "n"}, "group_properties/grp:n/state", "planned"),
    ("add", {"entity": "category", "name": "N"}, "categories", {"C": 90101, "N": 90102}),
    ("add", {"entity": "group_type", "name": "N"}, "group_types", ["G", "N"]),
    ("set", {**CART, "fields": {"category": "C"}}, "events/Cart Opened/fields", {"category": "C"}),
    ("set", {**CART, "fields": {"display_name": "X"}}, "events/Cart Opened/fields", {"display_name": "X"}),
    ("set", {**SIZE, "fields": {"description": None}}, "event_properties/size/fields", {"type": "number"}),
    ("set", {**SIZE, "on": "Order Placed", "fields": OWN}, f"{SIZE_USES}/Order Placed/override", OWN),
    ("set", {**USER, "fields": OWN}, "user_properties/gp:u/fields", OWN),
    ("set", {**GROUP, "on": "G", "fields": OWN}, "group_properties/grp:g/uses/G/override", OWN),
    ("share", {**COLOR, "on": "Cart Opened"}, f"{COLOR_USES}/Cart Opened", PLANNED),
    ("rename", {**CART, "to": "N"}, f"{COLOR_USES}/N/state", "planned"),
    ("rename", {**SIZE, "to": "n"}, "event_properties/n/fields/type", "number"),
    ("rename", {**USER, "to": "n"}, "user_properties", {"gp:n": {"state": "planned", "fields": {}}}),
    ("rename", {**GROUP, "to": "n"}, "group_properties/grp:n/uses", {"G": PLANNED}),
    ("rename", {"entity": "group_type", "name": "G", "to": "N"}, "group_properties/grp:g/uses", {"N": PLANNED}),
    ("rename", {"entity": "category", "name": "C", "to": "N"}, "categories", {"N": 90101}),
    ("hide", CART, "events/Cart Opened/fields", dict.fromkeys(FLAGS, True)),
    ("hide", {**SIZE, "on": "Order Placed"}, f"{SIZE_USES}/Order Placed/override", {"is_hidden": True}),
    ("show", USER, "user_properties/gp:u/fields", {}),
    ("delete", CART, f"{COLOR_USES}", {"Order Placed": PLANNED}),
    ("delete", {**COLOR, "on": "Cart Opened"}, f"{COLOR_USES}", {"Order Placed": PLANNED}),
    ("delete", USER, "user_properties", {}),
    ("delete", {"entity": "category", "name": "C"}, "categories", {}),
    ("set_state", {**CART, "state": "transformed"}, "events/Cart Opened/state", "transformed"),
    ("entitle", {"name": "dac", "on": False}, "entitlements/dac", False),
]


def look(dump: Any, path: str) -> Any:
    for step in path.split("/"):
        dump = dump[step]
    return dump


@pytest.mark.parametrize(("verb", "change", "path", "expected"), EDITS)
def test_edits(verb: str, change: dict[str, Any], path: str, expected: Any) -> None:
    api = furnished()
    api.edit(verb, **change)
    assert look(api.sandbox.dump(), path) == expected


def test_a_person_deletes_and_restores_live_things() -> None:
    api = furnished()
    api.edit("ingest", event="Cart Opened")
    before = api.sandbox.dump()
    api.edit("delete", entity="event", name="Cart Opened")
    assert api.sandbox.dump()["events"]["Cart Opened"]["state"] == "deleted"
    api.edit("restore", entity="event", name="Cart Opened")
    assert api.sandbox.dump() == before


@pytest.mark.parametrize(
    "change",
    [
        {},
        [],
        {"do": "explode"},
        {"do": "add", "entity": "event", "name": "Cart Opened"},
        {"do": "add", "entity": "event_property", "name": "size"},
        {"do": "add", "entity": "event_property", "name": "new", "on": "Nowhere"},
        {"do": "add", "entity": "planet", "name": "x"},
        {"do": "set", "entity": "event", "name": "Nowhere", "fields": {}},
        {"do": "set", "entity": "event", "name": "Cart Opened", "fields": {"volume": 3}},
        {"do": "set", "entity": "event", "name": "Cart Opened", "fields": {"category": "None such"}},
        {"do": "set", "entity": "event", "name": "Cart Opened"},
        {"do": "rename", "entity": "event", "name": "Cart Opened", "to": "Order Placed"},
        {"do": "restore", "entity": "event", "name": "Cart Opened"},
        {"do": "delete", "entity": "event_property", "name": "size", "on": "Cart Opened"},
        {"do": "set_state", "entity": "event", "name": "Cart Opened", "state": "tired"},
        {"do": "entitle", "name": "coffee", "on": True},
    ],
)
def test_edits_that_make_no_sense(change: Any) -> None:
    api = furnished()
    before = api.sandbox.dump()
    with pytest.raises(ValueError, match=r"\w"):
        api.sandbox.edit(change)
    assert api.sandbox.dump() == before


# State and moods ------------------------------------------------------------------------------------------------------


def test_a_loaded_dump_is_the_same_workspace() -> None:
    api, twin = furnished(), Api(list_order="stable")
    api.edit("ingest", event="Order Placed", properties=["size", "odd"])
    twin.sandbox.load(api.sandbox.dump())
    assert twin.sandbox.dump() == api.sandbox.dump()
    twin.post("category", category_name="Later")
    assert twin.get("category/Later")["id"] == 90102
    assert names(twin.get("event-property?event_type=Order+Placed"), "event_property") == ["color", "size"]


def test_a_dump_is_a_copy() -> None:
    api = furnished()
    dump = api.sandbox.dump()
    api.post("event", event_type="Later")
    api.put("event-property/color", event_type="Cart Opened", description="Own")
    assert "Later" not in dump["events"]
    assert dump["event_properties"]["color"]["uses"]["Cart Opened"]["override"] == {"type": "any"}


def test_an_empty_workspace_is_easy_to_read() -> None:
    empty: dict[str, Any] = {key: {} for key in ("categories", "events", "event_properties", "user_properties")}
    entitled = {"enterprise": True, "dac": True, "accounts": True, "schema": True}
    rest = {"next_category_id": 90101, "group_types": [], "group_properties": {}, "entitlements": entitled}
    assert Api().sandbox.dump() == {**empty, **rest}


@pytest.mark.parametrize(("mood", "rows"), [("half-page", 2), ("empty-list", 0)])
@pytest.mark.parametrize("path", ["event", "event-property"])
def test_moods_shorten_lists(mood: str, rows: int, path: str) -> None:
    api = stocked(unfiltered_overrides="all")
    for number in range(3 if path == "event" else 2):
        api.post(path, **{"event_type": f"E{number}"} if path == "event" else {"event_property": f"p{number}"})
    api.sandbox.faults.append(Fault("mood", on=f"GET .*{path}$", mood=mood))
    assert len(api.get(path)) == rows
    assert len(api.get(path)) == 5


def test_half_of_a_write() -> None:
    api = Api()
    api.sandbox.faults.append(Fault("mood", on="POST", mood="half-batch"))
    answer = api.raw(
        "POST",
        ROOT + "event",
        b"description=D&event_type=A&owner=dana&tags=x",
        authorization=basic(*api.sandbox.demo_credentials().values()),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status == 500
    assert api.get("event/A") == {**BARE_EVENT, "description": "D", "owner": "dana"}


def test_a_refusal_stays_one_in_the_half_batch_mood() -> None:
    api = stocked()
    api.sandbox.faults.append(Fault("mood", mood="half-batch"))
    assert api.post("event", event_type="Cart Opened")[0] == 409


def test_over_real_http() -> None:
    api = stocked()
    headers = {"Authorization": basic(*api.sandbox.demo_credentials().values())}
    with serve_on_loopback(api.sandbox) as server:
        link = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        link.request("PUT", ROOT + "event/Cart%20Opened", urlencode({"description": "Größe"}), form)
        written = link.getresponse().read()
        link.request("GET", ROOT + "event-property", "event_type=Cart+Opened", form)
        rows = json.loads(link.getresponse().read())["data"]
        link.close()
    assert (written, names(rows, "event_property")) == (b'{"success": true}', ["color"])
    assert api.get("event/Cart%20Opened")["description"] == "Größe"
