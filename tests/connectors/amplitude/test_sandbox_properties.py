"""The Amplitude sandbox: event, user and group properties, apis/amplitude.md sections 3.3 to 3.5."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.connectors.amplitude.sandbox_api import (
    BARE_PROPERTY,
    NOT_FOUND,
    OK,
    Api,
    message,
    names,
    stocked,
)

# Event properties -----------------------------------------------------------------------------------------------------


def test_a_bare_shared_property_in_both_spellings_of_the_single_read() -> None:
    api = Api()
    assert api.post("event-property", event_property="p") == OK
    row = {**BARE_PROPERTY, "event_type": None, "event_property": "p", "is_required": False}
    assert api.get("event-property/p") == api.get("event-property?event_property=p") == row
    assert api.get("event-property") == [row]


def test_every_field_of_a_property() -> None:
    api = Api()
    form = {"description": "D", "type": "enum", "enum_values": "red, blue", "regex": "^a", "classifications": "PII"}
    api.post("event-property", event_property="p", is_array_type="true", is_required="true", **form)
    expected = {"enum_values": ["red", "blue"], "classifications": ["PII"], "is_array_type": True, "is_required": True}
    assert api.get("event-property/p").items() >= {**expected, "regex": "^a", "type": "enum"}.items()


@pytest.mark.parametrize(("choice", "shown"), [("array", ["a", "b"]), ("comma", "a,b"), ("comma-space", "a, b")])
@pytest.mark.parametrize("kind", ["event", "user", "group"])
def test_shape_of_enum_values(choice: str, shown: Any, kind: str) -> None:
    api = Api(enum_values_shape=choice)
    name = {"event": "p", "user": "gp:p", "group": "grp:p"}[kind]
    api.post(f"{kind}-property", **{f"{kind}_property": name, "type": "enum", "enum_values": "a,b"})
    assert api.get(f"{kind}-property/{quote(name)}")["enum_values"] == shown


@pytest.mark.parametrize(("choice", "status", "kept"), [("kept", 200, ["a"]), ("ignored", 200, None)])
def test_enum_values_without_the_enum_type(choice: str, status: int, kept: Any) -> None:
    api = Api(enum_values_without_enum=choice)
    assert api.post("user-property", user_property="p", type="string", enum_values="a")[0] == status
    assert api.get("user-property/gp%3Ap")["enum_values"] == kept


def test_enum_values_without_the_enum_type_refused() -> None:
    api = Api(enum_values_without_enum="refused")
    assert api.post("event-property", event_property="p", enum_values="a")[0] == 400
    assert api.post("event-property", event_property="p", enum_values="a", type="enum") == OK


def test_a_property_new_everywhere_is_used_without_override() -> None:
    uses = stocked().sandbox.dump()["event_properties"]["size"]["uses"]
    assert uses == {"Order Placed": {"state": "planned", "override": None}}


def test_a_property_known_elsewhere_gets_an_override() -> None:
    api = stocked()
    api.post("event-property", event_property="size", event_type="Cart Opened", type="string")
    rows = {row["event_type"]: row["type"] for row in [api.get("event-property/size")]}
    rows |= {e: api.get(f"event-property/size?event_type={quote(e)}")["type"] for e in ("Cart Opened", "Order Placed")}
    assert rows == {None: "number", "Order Placed": "number", "Cart Opened": "string"}


@pytest.mark.parametrize("event", ["Order Placed", ""])
def test_a_duplicate_property(event: str) -> None:
    api = stocked()
    text = f'Attempted to add an event property, "size" for event "{event}", that already exists.'
    assert message(api.post("event-property", event_property="size", event_type=event)) == (409, text)


def test_a_deleted_property_is_invisible_but_in_the_way() -> None:
    api = stocked()
    api.edit("ingest", event="Order Placed", properties=["size"])
    api.delete("event-property/size")
    assert names(api.get("event-property?event_type=Order+Placed&showDeleted=true"), "event_property") == ["color"]
    assert api.call("GET", "event-property/size") == (400, NOT_FOUND)
    for event in ("Order Placed", "Cart Opened", ""):
        assert api.post("event-property", event_property="size", event_type=event)[0] == 409
    assert api.put("event-property/size", description="x")[0] == 409


@pytest.mark.parametrize("event", ["Nowhere", "Unplanned"])
def test_a_property_on_an_event_that_is_not_in_the_plan(event: str) -> None:
    api = stocked()
    api.edit("ingest", event="Unplanned")
    assert api.post("event-property", event_property="size", event_type=event)[0] == 409
    assert api.put("event-property/size", event_type=event, description="x")[0] == 409
    assert api.call("GET", f"event-property/size?event_type={event}") == (400, NOT_FOUND)


@pytest.mark.parametrize("form", [{}, {"event_type": "Order Placed"}])
def test_updating_a_property_that_is_not_in_the_plan(form: dict[str, str]) -> None:
    place = f'for property "Size" for event "{form.get("event_type", "")}"'
    text = f"Attempted to change the event property description {place}, but the property is not in schema."
    assert message(stocked().put("event-property/Size", description="x", **form)) == (409, text)


def described(api: Api) -> dict[str | None, str]:
    """Description of `color` on each event, and shared under None."""
    rows = [api.get(f"event-property/color{query}") for query in ("", "?event_type=Order+Placed")]
    return {row["event_type"]: row["description"] for row in [*rows, *api.get("event-property?event_type=Cart+Opened")]}


@pytest.mark.parametrize(
    ("event", "scope", "shared", "order", "cart"),
    [
        ("", "", "New", "New", "New"),
        ("Cart Opened", "", "Paint.", "Paint.", "New"),
        ("Order Placed", "", "New", "New", "New"),
        ("Cart Opened", "override", "Paint.", "Paint.", "New"),
        ("Order Placed", "override", "Paint.", "New", "Paint."),
        ("Cart Opened", "shared", "New", "New", "New"),
        ("", "override", "New", "New", "New"),
    ],
)
def test_where_an_update_lands(event: str, scope: str, shared: str, order: str, cart: str) -> None:
    api = stocked()
    assert api.put("event-property/color", event_type=event, overrideScope=scope, description="New") == OK
    assert described(api) == {None: shared, "Order Placed": order, "Cart Opened": cart}


def test_scope_shared_destroys_the_override() -> None:
    api = stocked()
    api.put("event-property/color", event_type="Cart Opened", overrideScope="override", description="Own")
    api.put("event-property/color", event_type="Cart Opened", overrideScope="shared", is_required="true")
    assert api.sandbox.dump()["event_properties"]["color"]["uses"]["Cart Opened"]["override"] is None
    assert described(api)["Cart Opened"] == "Paint."


@pytest.mark.parametrize(("choice", "status", "used"), [("created", 200, True), ("refused", 409, False)])
def test_an_override_where_the_property_is_not_used(choice: str, status: int, used: bool) -> None:
    api = stocked(override_where_unattached=choice)
    form = {"event_type": "Cart Opened", "overrideScope": "override"}
    assert api.put("event-property/size", type="string", **form)[0] == status
    assert ("Cart Opened" in api.sandbox.dump()["event_properties"]["size"]["uses"]) == used


@pytest.mark.parametrize(("choice", "kind"), [("everything unset", "number"), ("description only", "any")])
def test_what_an_override_inherits(choice: str, kind: str) -> None:
    api = stocked(override_inherits=choice)
    api.post("event-property", event_property="size", event_type="Cart Opened", is_required="true")
    (row,) = [r for r in api.get("event-property?event_type=Cart+Opened") if r["event_property"] == "size"]
    assert (row["description"], row["type"], row["is_required"]) == ("Units.", kind, True)


@pytest.mark.parametrize("form", [{"overrideScope": "override"}, {}])
def test_classifications_belong_to_the_shared_record(form: dict[str, str]) -> None:
    api = stocked()
    status, text = message(api.put("event-property/color", event_type="Cart Opened", classifications="PII", **form))
    assert status == 409
    assert text.startswith('Attempted to update classifications for an overridden event property, "color" on event "C')
    api.put("event-property/color", classifications="PII,REVENUE")
    assert api.get("event-property/color?event_type=Cart+Opened")["classifications"] == ["PII", "REVENUE"]


def test_an_override_is_not_created_with_classifications() -> None:
    api = stocked()
    form = {"event_property": "size", "event_type": "Cart Opened", "classifications": "PII"}
    assert api.post("event-property", **form)[0] == 409
    assert api.put("event-property/size", event_type="Order Placed", classifications="PII") == OK


@pytest.mark.parametrize(("choice", "status"), [("refused", 400), ("ignored", 200)])
def test_classifications_without_data_access_controls(choice: str, status: int) -> None:
    api = Api(classifications_without_dac=choice)
    api.edit("entitle", name="dac", on=False)
    assert api.post("event-property", event_property="p", classifications="PII")[0] == status
    assert [row["classifications"] for row in api.get("event-property")] == [[]] * (status == 200)


@pytest.mark.parametrize(("choice", "rows"), [("one", 3), ("none", 2), ("all", 4)])
def test_the_unfiltered_list_and_stray_overrides(choice: str, rows: int) -> None:
    api = stocked(unfiltered_overrides=choice)
    api.post("event-property", event_property="size", event_type="Cart Opened")
    answer = api.get("event-property")
    assert len(answer) == rows
    assert names([row for row in answer if row["event_type"] is None], "event_property") == ["color", "size"]


@pytest.mark.parametrize(
    ("choice", "answer"), [("400", (400, NOT_FOUND)), ("empty", (200, {"success": True, "data": []}))]
)
def test_properties_of_an_unknown_event(choice: str, answer: Any) -> None:
    assert stocked(properties_of_unknown_event=choice).call("GET", "event-property?event_type=Nowhere") == answer


@pytest.mark.parametrize(("choice", "status"), [("ignored", 200), ("refused", 409)])
def test_hiding_a_planned_property(choice: str, status: int) -> None:
    api = stocked(hide_planned_property=choice)
    assert api.put("event-property/size", is_hidden="true")[0] == status
    assert api.get("event-property/size")["is_hidden"] is False


@pytest.mark.parametrize(("choice", "listed"), [("listed", ["color", "size"]), ("omitted", ["color"])])
def test_hidden_event_properties_in_lists(choice: str, listed: list[str]) -> None:
    api = stocked(hidden_properties=choice)
    api.edit("ingest", event="Order Placed", properties=["size"])
    assert api.put("event-property/size", is_hidden="true") == OK
    assert names(api.get("event-property?event_type=Order+Placed"), "event_property") == listed
    assert api.get("event-property/size")["is_hidden"] is True


def test_renaming_a_property_moves_its_overrides() -> None:
    api = stocked()
    assert api.put("event-property/color", new_event_property_value="paint", description="P") == OK
    assert api.call("GET", "event-property/color") == (400, NOT_FOUND)
    assert names(api.get("event-property?event_type=Cart+Opened"), "event_property") == ["paint"]
    assert api.put("event-property/paint", new_event_property_value="size")[0] == 409


def test_delete_with_an_event_only_detaches() -> None:
    api = stocked()
    assert api.delete("event-property/color", event_type="Cart Opened") == OK
    assert api.get("event-property?event_type=Cart+Opened") == []
    assert api.get("event-property/color")["description"] == "Paint."
    assert api.delete("event-property/color", event_type="Cart Opened") == (409, NOT_FOUND)
    assert api.post("event-property/color/restore", event_type="Cart Opened") == (400, NOT_FOUND)


def test_a_detached_live_use_comes_back_with_its_override() -> None:
    api = stocked()
    api.put("event-property/color", event_type="Cart Opened", overrideScope="override", description="Own")
    api.edit("ingest", event="Cart Opened", properties=["color"])
    api.delete("event-property/color", event_type="Cart Opened")
    assert api.get("event-property?event_type=Cart+Opened") == []
    assert api.post("event-property", event_property="color", event_type="Cart Opened")[0] == 409
    assert api.post("event-property/color/restore", event_type="Cart Opened") == OK
    assert described(api)["Cart Opened"] == "Own"


@pytest.mark.parametrize("choice", ["200", "201"])
def test_restoring_a_property(choice: str) -> None:
    api = stocked(restore_status=choice)
    api.edit("ingest", event="Order Placed", properties=["size"])
    api.delete("event-property/size")
    assert api.post("event-property/size/restore") == (int(choice), {"success": True})
    assert api.get("event-property/size?event_type=Order+Placed")["type"] == "number"


# User properties ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", ["tier", "gp:tier"])
def test_custom_user_properties_get_their_prefix_once(sent: str) -> None:
    api = Api()
    assert api.post("user-property/", user_property=sent, is_required="true") == OK
    row = {**BARE_PROPERTY, "user_property": "gp:tier", "deleted": False}
    assert api.get("user-property/gp%3Atier") == row
    assert api.call("GET", "user-property/tier") == (404, NOT_FOUND)


def test_built_in_user_properties() -> None:
    api = Api()
    before = names(api.get("user-property"), "user_property")
    assert len(before) == 9 and "gp:" not in "".join(before)
    api.edit("ingest", event="A")
    assert set(names(api.get("user-property"), "user_property")) - set(before) == {"library"}
    assert api.get("user-property/user_id")["type"] == "any"
    assert api.delete("user-property/user_id") == (409, NOT_FOUND)


def test_user_property_writes_fail_without_reason() -> None:
    api = Api()
    api.post("user-property", user_property="tier")
    assert api.post("user-property", user_property="gp:tier") == (409, {"success": False})
    assert api.put("user-property/gp%3Aother", description="x") == (409, {"success": False})


@pytest.mark.parametrize(("choice", "text"), [("no effect", ""), ("applies", "Plan.")])
def test_updating_a_user_property_by_its_bare_name(choice: str, text: str) -> None:
    api = Api(bare_user_property_update=choice)
    api.post("user-property", user_property="tier")
    assert api.put("user-property/tier", description="Plan.") == OK
    assert api.get("user-property/gp%3Atier")["description"] == text


@pytest.mark.parametrize(
    ("choice", "field", "found"),
    [
        ("works", "new_user_property_value", 200),
        ("works", "new_event_property_value", 404),
        ("no effect", "new_user_property_value", 404),
    ],
)
def test_renaming_a_user_property(choice: str, field: str, found: int) -> None:
    api = Api(user_property_rename=choice)
    api.post("user-property", user_property="tier")
    assert api.put("user-property/gp%3Atier", **{field: "level"}) == OK
    assert api.call("GET", "user-property/gp%3Alevel")[0] == found


def test_a_deleted_user_property_shows_on_request_only() -> None:
    api = Api()
    api.post("user-property", user_property="tier")
    api.edit("ingest", user_properties=["tier"])
    assert api.delete("user-property/gp%3Atier") == OK
    assert api.call("GET", "user-property/gp%3Atier")[0] == 404
    assert api.get("user-property/gp%3Atier?showDeleted=true")["deleted"] is True
    assert len(api.get("user-property?showDeleted=true")) - len(api.get("user-property")) == 1
    assert api.post("user-property/gp%3Atier/restore") == OK
    assert api.get("user-property/gp%3Atier")["deleted"] is False


def test_a_hidden_user_property_is_not_listed() -> None:
    api = Api()
    api.post("user-property", user_property="tier")
    api.edit("ingest", user_properties=["tier"])
    api.put("user-property/gp%3Atier", is_hidden="true")
    assert "gp:tier" not in names(api.get("user-property"), "user_property")
    assert api.get("user-property/gp%3Atier")["is_hidden"] is True


# Group properties -----------------------------------------------------------------------------------------------------


def company(**switches: str) -> Api:
    api = Api(**switches)
    api.edit("add", entity="group_type", name="Company")
    api.edit("add", entity="group_type", name="Team")
    return api


def test_group_properties_follow_the_override_rules() -> None:
    api = company()
    assert api.post("group-property", group_property="seats", group_type="Company", type="number") == OK
    assert api.post("group-property", group_property="grp:seats", group_type="Team", description="Own") == OK
    shared = api.get("group-property/grp%3Aseats")
    own = api.get("group-property/grp%3Aseats?group_type=Team")
    expected = {**BARE_PROPERTY, "type": "number", "group_property": "grp:seats"}
    assert shared == {**expected, "group_type": None, "description": None}
    assert own == {**expected, "group_type": "Team", "description": "Own"}
    assert api.put("group-property/grp%3Aseats", group_type="Team", overrideScope="shared", type="any") == OK
    assert api.get("group-property?group_type=Team")[0]["description"] is None


def test_a_duplicate_group_property() -> None:
    api = company()
    api.post("group-property", group_property="Seats")
    text = 'Attempted to add a group property, "Seats", that already exists.'
    assert message(api.post("group-property", group_property="Seats")) == (409, text)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "group-property"), ("PUT", "group-property/grp%3Aseats"), ("GET", "group-property")]
)
def test_an_unknown_group_type_is_404(method: str, path: str) -> None:
    api = company()
    api.post("group-property", group_property="seats")
    assert api.call(method, path, group_property="other", group_type="Squad") == (404, NOT_FOUND)


def test_group_properties_without_the_accounts_add_on() -> None:
    api = company()
    api.post("group-property", group_property="seats")
    api.edit("entitle", name="accounts", on=False)
    refusal = (400, "Account Properties feature is not enabled.")
    assert message(api.post("group-property", group_property="x")) == refusal
    assert message(api.put("group-property/grp%3Aseats", description="x")) == refusal
    assert api.call("GET", "group-property?group_type=Nowhere") == (200, {"success": True, "data": []})
    assert api.get("group-property/group_id")["description"] is None


def test_classifying_an_overridden_group_property() -> None:
    api = company()
    api.post("group-property", group_property="grp:Seats")
    api.post("group-property", group_property="grp:Seats", group_type="Company")
    text = (
        'Attempted to update classifications for an overridden group property, "grp:Seats" on group type "Company". '
        'Call the Update API without the "group_type" parameter to update classifications of the shared property.'
    )
    answer = api.put("group-property/grp%3ASeats", group_type="Company", classifications="PII")
    assert message(answer) == (409, text)


@pytest.mark.parametrize(("form", "kind"), [({}, "any"), ({"is_array_type": "true"}, "string")])
def test_default_type_of_a_group_property(form: dict[str, str], kind: str) -> None:
    api = company()
    api.post("group-property", group_property="p", **form)
    assert api.get("group-property/grp%3Ap")["type"] == kind


def test_amplitudes_own_group_property_takes_no_fields() -> None:
    api = company()
    assert api.post("group-property", group_property="group_id") == OK
    assert api.post("group-property", group_property="group_id", description="x")[0] == 409
    assert api.put("group-property/group_id", description="x")[0] == 409


def test_an_unknown_group_property() -> None:
    api = company()
    assert api.call("GET", "group-property/grp%3Ax") == (400, NOT_FOUND)
    place = 'for property "grp:x" for group type "Team", but the property is not in schema.'
    answer = api.put("group-property/grp%3Ax", group_type="Team", description="x")
    assert message(answer) == (409, f"Attempted to change the group property description {place}")
