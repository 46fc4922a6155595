"""The Amplitude sandbox: categories and events, apis/amplitude.md sections 3.1 and 3.2."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.connectors.amplitude.sandbox_api import (
    BARE_EVENT,
    NOT_FOUND,
    OK,
    Api,
    message,
    names,
    stocked,
)

# Categories -----------------------------------------------------------------------------------------------------------


def test_categories_are_read_by_name_and_written_by_id() -> None:
    api = Api()
    api.post("category", category_name="Checkout")
    (row,) = api.get("category")
    assert api.get("category/Checkout") == row == {"id": 90101, "name": "Checkout"}
    assert api.call("GET", "category/90101") == (400, NOT_FOUND)
    assert api.put("category/90101", category_name="Payment") == OK
    assert api.get("category/Payment")["id"] == 90101


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("number", ["77", "Checkout"])
def test_an_unknown_category_id(method: str, number: str) -> None:
    api = Api()
    api.post("category", category_name="Checkout")
    text = f'Attempted to operate on entity event_category, id "{number}", that does not exist.'
    assert message(api.call(method, f"category/{number}", category_name="X")) == (409, text)


@pytest.mark.parametrize(("choice", "status"), [("refused", 409), ("ignored", 200)])
def test_a_duplicate_category(choice: str, status: int) -> None:
    api = Api(duplicate_category=choice)
    api.post("category", category_name="Checkout")
    api.post("category", category_name="Other")
    assert api.post("category", category_name="Checkout")[0] == status
    assert api.put("category/90102", category_name="Checkout")[0] == status
    assert names(api.get("category"), "name") == ["Checkout", "Other"]


def test_a_renamed_category_shows_on_its_events() -> None:
    api = Api()
    api.post("category", category_name="Checkout")
    api.post("event", event_type="A", category="Checkout")
    api.put("category/90101", category_name="Payment")
    assert api.get("event/A")["category"] == {"name": "Payment"}


@pytest.mark.parametrize(("choice", "status", "left"), [("cleared", 200, None), ("refused", 409, {"name": "Checkout"})])
def test_deleting_a_used_category(choice: str, status: int, left: Any) -> None:
    api = Api(used_category_delete=choice)
    api.post("category", category_name="Checkout")
    api.post("event", event_type="A", category="Checkout")
    assert api.delete("category/90101")[0] == status
    assert api.get("event/A")["category"] == left


def test_a_category_id_is_never_used_again() -> None:
    api = Api()
    api.post("category", category_name="Checkout")
    api.delete("category/90101")
    api.post("category", category_name="Checkout")
    assert api.get("category/Checkout")["id"] == 90102


# Events ---------------------------------------------------------------------------------------------------------------


def test_a_bare_event() -> None:
    api = Api()
    assert api.post("event", event_type="A") == OK
    assert api.get("event/A") == BARE_EVENT
    assert api.get("event") == [BARE_EVENT]


def test_an_event_with_everything_a_create_takes() -> None:
    api = Api()
    api.post("category", category_name="Checkout")
    form = {"category": "Checkout", "description": "D", "is_active": "false", "tags": "core, new", "owner": "dana"}
    api.post("event", event_type="A", display_name="too early, and not a field of create", **form)
    expected = {"category": {"name": "Checkout"}, "description": "D", "is_active": False, "tags": ["core", "new"]}
    assert api.get("event/A") == {**BARE_EVENT, **expected, "owner": "dana"}


def test_an_unknown_event() -> None:
    api = Api()
    assert api.call("GET", "event/A") == (400, NOT_FOUND)
    text = 'Attempted to change the event description for event "A", but the event is not in schema.'
    assert message(api.put("event/A", description="x")) == (409, text)


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ("by analogy", 'Attempted to add an event, "A", that already exists.'),
        ("other", 'The event type "A" is already taken.'),
    ],
)
@pytest.mark.parametrize("state", ["planned", "live", "blocked", "deleted", "transformed"])
def test_a_duplicate_event(choice: str, text: str, state: str) -> None:
    api = Api(duplicate_event_text=choice)
    api.post("event", event_type="A")
    api.edit("set_state", entity="event", name="A", state=state)
    assert message(api.post("event", event_type="A")) == (409, text)


def test_names_are_case_sensitive() -> None:
    api = Api()
    api.post("event", event_type="Song Played")
    assert api.post("event", event_type="song played") == OK


@pytest.mark.parametrize(("choice", "category"), [("dropped", None), ("created", {"name": "New"})])
def test_an_event_with_an_unknown_category(choice: str, category: Any) -> None:
    api = Api(unknown_category=choice)
    assert api.post("event", event_type="A", category="New") == OK
    assert api.get("event/A")["category"] == category
    assert bool(api.get("category")) == bool(category)


@pytest.mark.parametrize(("choice", "tags"), [("replaces", ["b", "c"]), ("merges", ["a", "b", "c"])])
def test_tags_on_update(choice: str, tags: list[str]) -> None:
    api = Api(tags_update=choice)
    api.post("event", event_type="A", tags="a,b")
    api.put("event/A", tags="b,c")
    assert api.get("event/A")["tags"] == tags


def test_a_display_name_has_to_wait_for_ingestion() -> None:
    api = Api()
    api.post("event", event_type="A")
    text = 'Attempted to change the event display name for event "A", but the event is not in schema.'
    assert message(api.put("event/A", display_name="An A")) == (409, text)
    api.edit("ingest", event="A")
    assert api.put("event/A", display_name="An A") == OK
    assert api.get("event/A")["display_name"] == "An A"


def test_renaming_a_planned_event_takes_its_properties_along() -> None:
    api = stocked()
    assert api.put("event/Cart%20Opened", new_event_type="Basket Opened", description="D") == OK
    assert api.call("GET", "event/Cart%20Opened") == (400, NOT_FOUND)
    assert api.get("event/Basket%20Opened")["description"] == "D"
    assert names(api.get("event-property?event_type=Basket+Opened"), "event_property") == ["color"]


def test_renaming_onto_another_event_changes_nothing() -> None:
    api = stocked()
    before = api.sandbox.dump()
    assert api.put("event/Cart%20Opened", new_event_type="Order Placed", description="D")[0] == 409
    assert api.sandbox.dump() == before


@pytest.mark.parametrize(("choice", "status"), [("refused", 409), ("renamed", 200)])
def test_renaming_what_is_live(choice: str, status: int) -> None:
    api = stocked(rename_live=choice)
    api.edit("ingest", event="Order Placed", properties=["size"], user_properties=["plan"])
    api.edit("set_state", entity="user_property", name="plan", state="live")
    assert api.put("event-property/size", new_event_property_value="Size")[0] == status
    assert api.put("user-property/gp%3Aplan", new_user_property_value="tier")[0] == status
    assert api.put("event/Order%20Placed", new_event_type="Bought")[0] == status


DELETIONS = [("planned", 200, None), ("live", 200, "deleted"), ("blocked", 200, "deleted")]
DELETIONS += [("unexpected", 200, "deleted"), ("transformed", 409, "transformed"), ("deleted", 409, "deleted")]


@pytest.mark.parametrize(("state", "status", "after"), DELETIONS)
@pytest.mark.parametrize("kind", ["event", "event-property", "user-property"])
def test_delete_follows_the_state_table(kind: str, state: str, status: int, after: str | None) -> None:
    api, entity = Api(), kind.replace("-", "_")
    name = "gp:A" if kind == "user-property" else "A"
    api.edit("add", entity=entity, name="A")
    api.edit("set_state", entity=entity, name="A", state=state)
    assert api.delete(f"{kind}/{quote(name)}")[0] == status
    left = api.sandbox.dump()[{"event": "events"}.get(kind, entity.replace("property", "properties"))]
    assert (left[name]["state"] if left else None) == after


@pytest.mark.parametrize(("choice", "statuses"), [("409 delete, 400 restore", (409, 400)), ("swapped", (400, 409))])
@pytest.mark.parametrize("path", ["event/A", "event-property/A", "user-property/gp%3AA"])
def test_delete_and_restore_in_a_wrong_state(choice: str, statuses: tuple[int, int], path: str) -> None:
    api = Api(wrong_state=choice if choice != "swapped" else "400 delete, 409 restore")
    assert api.delete(path) == (statuses[0], NOT_FOUND)
    assert api.post(f"{path}/restore") == (statuses[1], NOT_FOUND)


def test_a_live_event_is_deleted_and_restored() -> None:
    api = Api()
    api.post("event", event_type="A", description="D")
    api.edit("ingest", event="A")
    api.delete("event/A")
    assert api.get("event") == [] and api.call("GET", "event/A") == (400, NOT_FOUND)
    assert api.get("event?showDeleted=true")[0]["deleted"] is True
    assert api.post("event", event_type="A")[0] == api.put("event/A", description="E")[0] == 409
    assert api.post("event/A/restore") == OK
    assert api.get("event/A")["description"] == "D"


def test_the_deleted_value_may_be_a_time() -> None:
    api = Api(deleted_value="timestamp")
    api.edit("ingest", event="A")
    api.delete("event/A")
    assert isinstance(api.get("event?showDeleted=true")[0]["deleted"], str)


def test_a_planned_event_is_gone_after_delete() -> None:
    api = stocked()
    assert api.delete("event/Cart%20Opened") == OK
    assert api.post("event/Cart%20Opened/restore") == (400, NOT_FOUND)
    assert names(api.get("event?showDeleted=true"), "event_type") == ["Order Placed"]
    assert "Cart Opened" not in api.sandbox.dump()["event_properties"]["color"]["uses"]


@pytest.mark.parametrize(("choice", "ingested"), [("documented", (False, True)), ("inverted", (True, False))])
def test_hidden_events_are_missing_from_one_of_the_two_reads(choice: str, ingested: tuple[bool, bool]) -> None:
    api = Api(hidden_events=choice)
    api.post("event", event_type="Planned")
    api.edit("ingest", event="Live")
    api.edit("set_state", entity="event", name="Live", state="live")
    for name in ("Planned", "Live"):
        api.put(f"event/{name}", is_hidden_from_dropdowns="true")
    listed = names(api.get("event"), "event_type")
    seen = {name: (name in listed, api.call("GET", f"event/{name}")[0] == 200) for name in ("Planned", "Live")}
    assert seen == {"Live": ingested, "Planned": (not ingested[0], not ingested[1])}


@pytest.mark.parametrize(("choice", "listed"), [("any flag", []), ("dropdowns only", ["A"])])
def test_which_flags_hide_an_event(choice: str, listed: list[str]) -> None:
    api = Api(hidden_event_means=choice)
    api.edit("ingest", event="A")
    api.post("event", event_type="A", is_hidden_from_timeline="true")
    assert names(api.get("event"), "event_type") == listed


@pytest.mark.parametrize(("choice", "hidden"), [("applied", True), ("ignored", False)])
def test_hiding_a_planned_event(choice: str, hidden: bool) -> None:
    api = Api(hide_planned_event=choice)
    assert api.post("event", event_type="A", is_hidden_from_timeline="true") == OK
    assert api.get("event")[0]["is_hidden_from_timeline"] is hidden


@pytest.mark.parametrize(("choice", "listed"), [("no", []), ("yes", ["A"])])
def test_unexpected_events(choice: str, listed: list[str]) -> None:
    api = Api(unexpected_listed=choice)
    api.edit("ingest", event="A", properties=["p"])
    assert names(api.get("event"), "event_type") == listed
    assert api.put("event/A", description="D")[0] == 409
    assert names(api.get("event-property?event_type=A") or [], "event_property") == ["p"] * len(listed)


@pytest.mark.parametrize(("choice", "status", "state"), [("adopted", 200, "live"), ("refused", 409, "unexpected")])
def test_creating_what_was_unexpected(choice: str, status: int, state: str) -> None:
    api = Api(unexpected_create=choice)
    api.edit("ingest", event="A", properties=["p"], user_properties=["u"])
    assert api.post("event", event_type="A")[0] == status
    assert api.post("event-property", event_property="p")[0] == status
    assert api.post("user-property", user_property="u")[0] == status
    dump = api.sandbox.dump()
    assert dump["events"]["A"]["state"] == dump["event_properties"]["p"]["state"] == state
    assert dump["user_properties"]["gp:u"]["state"] == state


def test_a_schema_that_is_not_initialised_takes_no_events() -> None:
    api = Api()
    api.edit("entitle", name="schema", on=False)
    assert api.post("event", event_type="A")[0] == 400


@pytest.mark.parametrize(("choice", "text"), [("null", None), ("empty", "")])
def test_the_description_nobody_wrote(choice: str, text: str | None) -> None:
    api = Api(unset_event_description=choice)
    api.post("event", event_type="A")
    assert api.get("event/A")["description"] == text


@pytest.mark.parametrize(("choice", "status"), [("not enforced", 200), ("refused", 409)])
def test_the_limit_of_event_types(choice: str, status: int) -> None:
    api = Api(project_limits=choice)
    for number in range(2000):
        api.edit("add", entity="event", name=f"Event {number}")
    assert api.post("event", event_type="One More")[0] == status


@pytest.mark.parametrize("choice", ["shuffled", "stable"])
def test_list_order(choice: str) -> None:
    api = Api(list_order=choice)
    for number in range(9):
        api.post("event", event_type=f"Event {number}")
    orders = {tuple(row["event_type"] for row in api.get("event")) for _ in range(3)}
    assert (len(orders) > 1) == (choice == "shuffled")
    assert {tuple(sorted(order)) for order in orders} == {tuple(f"Event {number}" for number in range(9))}


# The events list ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("choice", "listed"), [("live", ["Live"]), ("all ingested", ["Live", "Strange"])])
def test_the_events_list_has_ingested_visible_events(choice: str, listed: list[str]) -> None:
    api = Api(events_list_states=choice)
    for name in ("Live", "Planned", "Hidden", "Gone"):
        api.post("event", event_type=name)
    for name in ("Live", "Hidden", "Gone", "Strange"):
        api.edit("ingest", event=name)
    api.put("event/Hidden", is_hidden_from_dropdowns="true")
    api.delete("event/Gone")
    assert names(api.events_list()["data"], "value") == listed


def test_a_row_of_the_events_list() -> None:
    api = Api()
    api.post("event", event_type="A", is_active="false", is_hidden_from_pathfinder="true")
    api.edit("ingest", event="A", count=12)
    api.put("event/A", display_name="An A")
    row = {"value": "A", "display": "An A", "totals": 12, "non_active": True, "deleted": False, "hidden": False}
    assert api.events_list() == {"data": [{**row, "flow_hidden": True}]}
