"""The connector against the sandbox: reading honestly, and what becomes of each entry when an upload fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from connectors import errors
from connectors.contract import Budget, Operation, Receipt, Wiring
from connectors.limits import NoLimit
from connectors.mixpanel import PLUGIN
from connectors.mixpanel.connector import NARROWED
from connectors.sandbox import Fault
from connectors.testing.harness import FakeTime, Rig
from mappings.canonical import TrackingPlan
from mappings.contract import Document
from mappings.mixpanel.documents import PROFILE_ADDRESS, event_address

WRITE = "^POST"


@pytest.fixture
def rig() -> Rig:
    return Rig.of(PLUGIN)


def plan_of(*names: str, **event: Any) -> TrackingPlan:
    properties = {"total": {"type": "number", "display_name": "Total", "required": True}}
    return TrackingPlan.model_validate(
        {"name": "Shop", "events": {name: {"properties": properties, **event} for name in names}}
    )


def create(name: str, type_: str = "string") -> Operation:
    document = Document(event_address(name), {"properties": {"p": {"type": type_}}})
    return Operation("create", document.address, document)


def batch(entries: int, bad: Sequence[int] = ()) -> list[Operation]:
    """Operations of which the service refuses those at the places in `bad`."""
    return [create(f"Event {number}", "date" if number in bad else "string") for number in range(entries)]


def outcomes(receipts: list[Receipt]) -> dict[str, str]:
    return {one.operation.address.names[0]: one.outcome for one in receipts}


def schema(rig: Rig, name: str, kind: str = "event") -> Any:
    return rig.sandbox.dump()["entries"][kind][name]


# Talking


def answering(value: Any, **more: Any) -> Any:
    settings = PLUGIN.settings.model_validate({"project_id": 4711, "username": "hub.sa", "secret": "x", **more})
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=value))
    return PLUGIN.connect(settings, Wiring(NoLimit(), FakeTime(), transport))


@pytest.mark.parametrize(("role", "may_write"), [("owner", True), ("admin", True), ("analyst", False), (None, None)])
def test_whoami_tells_the_role_when_the_answer_has_it(role: str | None, may_write: bool | None) -> None:
    project = {"name": "Shop"} | ({"role": role} if role else {})
    identity = answering({"status": "ok", "results": {"projects": {"4711": project}}}).whoami()
    assert (identity.workspace, identity.account, identity.may_write) == ("Shop", "4711", may_write)


@pytest.mark.parametrize("value", [{}, [], {"results": []}, {"results": {"projects": [1]}}])
def test_whoami_makes_do_without_an_answer_it_knows(value: Any) -> None:
    assert answering(value).whoami().workspace == "project 4711"


def test_whoami_says_when_the_project_is_not_listed() -> None:
    notes = answering({"results": {"projects": {"12": {"name": "Other"}}}}).whoami().notes
    assert len(notes) == 1 and "4711" in notes[0]


# Reading


def test_only_events_and_the_user_profile_are_read(rig: Rig) -> None:
    for kind in ("custom_event", "group", "lookup", "collect_everything_event"):
        rig.sandbox.edit({"do": "add", "type": kind, "name": f"A {kind}", "schema": {}})
    rig.sandbox.edit({"do": "add", "name": "Real", "schema": {}})
    rig.sandbox.edit({"do": "add", "type": "profile", "schema": {"properties": {"tier": {"type": "string"}}}})
    assert set(rig.observe().documents) == {event_address("Real"), PROFILE_ADDRESS}


@pytest.mark.parametrize("odd", [None, 5, [], {}, {"entityType": "event"}, {"entityType": "event", "name": None}])
def test_an_entry_that_is_not_understood_is_passed_over(odd: Any) -> None:
    row = {"entityType": "event", "name": "Fine", "schemaJson": {"description": "x"}}
    snapshot = answering({"status": "ok", "results": [odd, row]}).observe(None, Budget())
    assert [document.body for document in snapshot.documents.values()] == [{"description": "x"}]


def test_reading_noise_is_no_content(rig: Rig) -> None:
    rig.sandbox.set_switch("read_defaults", "everywhere")
    rig.sandbox.edit({"do": "add", "name": "Bare", "schema": {"properties": {"p": {"type": "string"}}}})
    rig.sandbox.edit({"do": "set", "name": "Bare", "field": "platforms", "value": ["web"]})
    document = rig.observe().documents[event_address("Bare")]
    assert document.body == {"properties": {"p": {"type": "string"}}}
    assert document.facts["platforms"] == ["web"] and document.facts["version"]


def test_without_budget_nothing_is_read_and_nothing_is_certain(rig: Rig) -> None:
    rig.publish(plan_of("A"))
    known = rig.observe()
    rig.forget_requests()
    snapshot = rig.observe(known, Budget(units=0))
    assert rig.requests() == [] and set(snapshot.documents) == {event_address("A")}
    assert not snapshot.knows_absent(event_address("B"))


def test_a_list_that_cannot_be_read_is_an_error_and_no_absence(rig: Rig) -> None:
    rig.publish(plan_of("A"))
    rig.sandbox.faults.append(Fault("status", on="^GET", status=503, times=100))
    with pytest.raises(errors.Unavailable):
        rig.observe()


# Writing


def test_an_upload_holds_what_is_documented_and_nothing_else(rig: Rig) -> None:
    rig.publish(plan_of("A", description="Why.", tags=["core"], owners=["dana@example.com", "Growth"]))
    assert schema(rig, "A") == {
        "description": "Why.",
        "properties": {"total": {"type": "number", "metadata": {"com.mixpanel": {"displayName": "Total"}}}},
        "required": ["total"],
        "metadata": {"com.mixpanel": {"tags": ["core"], "contacts": ["dana@example.com"], "teamContacts": ["Growth"]}},
    }


def test_marks_that_a_person_set_survive_a_publish(rig: Rig) -> None:
    rig.publish(plan_of("A"))
    rig.sandbox.edit({"do": "hide", "name": "A"})
    rig.sandbox.edit({"do": "drop", "name": "A", "property": "total"})
    rig.publish(plan_of("A", description="New."))
    stored = schema(rig, "A")
    assert stored["description"] == "New." and stored["metadata"]["com.mixpanel"] == {"hidden": True}
    assert stored["properties"]["total"]["metadata"]["com.mixpanel"]["dropped"] is True


def test_an_admin_can_edit_what_an_owner_blocked(rig: Rig) -> None:
    rig.publish(plan_of("A"))
    rig.sandbox.edit({"do": "drop", "name": "A"})
    rig.sandbox.edit({"do": "role", "role": "admin"})
    receipts = rig.publish(plan_of("A", description="New."))
    assert outcomes(receipts) == {"A": "done"} and schema(rig, "A")["metadata"]["com.mixpanel"] == {"dropped": True}


@pytest.mark.parametrize("merging", ["merge", "replace"])
def test_a_cleared_display_name_of_a_property_is_cleared(merging: str) -> None:
    rig = Rig.of(PLUGIN, property_metadata=merging)
    rig.publish(plan_of("A"))
    rig.publish(plan_of("A", properties={"total": {"type": "number"}}))
    assert schema(rig, "A")["properties"] == {"total": {"type": "number"}}


def test_an_unknown_type_is_not_sent_back(rig: Rig) -> None:
    rig.publish(plan_of("A"))
    rig.sandbox.edit({"do": "add_property", "name": "A", "property": "odd", "schema": {"type": "unknown"}})
    receipts = rig.publish(plan_of("A", description="New."))
    assert outcomes(receipts) == {"A": "done"} and schema(rig, "A")["properties"]["odd"] == {"type": "string"}
    assert rig.publish(plan_of("A", description="New.")) == []


def test_a_rename_is_refused_without_a_request(rig: Rig) -> None:
    before = create("Old").document
    receipts = rig.apply([Operation("rename", event_address("New"), create("New").document, before)])
    assert [(one.outcome, one.verdict) for one in receipts] == [("failed", "give-up")] and rig.requests() == []


@pytest.mark.parametrize("switches", [{"unknown_entity": 404}, {"unknown_entity": 400}, {"delete_unknown": "zero"}])
def test_deleting_twice_is_safe(switches: dict[str, Any]) -> None:
    rig = Rig.of(PLUGIN, **switches)
    rig.publish(plan_of("A", "B"))
    held = rig.observe().documents[event_address("A")]
    gone = [Operation("delete", held.address, None, held)]
    assert [outcomes(rig.apply(gone)), outcomes(rig.apply(gone))] == [{"A": "done"}, {"A": "already"}]
    assert list(rig.sandbox.dump()["entries"]["event"]) == ["B"]


# Bad days


def test_a_lost_answer_costs_one_reading(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("lost", on=WRITE))
    assert set(outcomes(rig.apply(batch(3))).values()) == {"already"}
    assert [one.method for one in rig.requests()] == ["POST", "GET"]


def test_what_half_an_upload_left_undone_is_sent_again(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("mood", on=WRITE, mood="half-batch"))
    assert Counter(outcomes(rig.apply(batch(4))).values()) == {"already": 2, "done": 2}
    assert len(rig.sandbox.dump()["entries"]["event"]) == 4


def test_an_upload_that_never_works_fails_after_a_few_tries(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("status", on=WRITE, status=503, times=100))
    receipts = rig.apply(batch(2))
    assert {(one.outcome, one.verdict) for one in receipts} == {("failed", "retry")}
    assert len(rig.requests("POST")) == 3


def test_a_third_state_is_left_alone(rig: Rig) -> None:
    rig.publish(plan_of("A", "B"))
    operations = rig.operations(plan_of("A", "B", description="Ours."), rig.observe())
    theirs = {"do": "set", "name": "A", "field": "description", "value": "Theirs."}
    rig.sandbox.faults += [Fault("refuse", on=WRITE), Fault("edit", on="^GET", edit=theirs)]
    receipts = {one.operation.address.names[0]: one for one in rig.apply(operations)}
    assert (receipts["A"].outcome, receipts["B"].outcome) == ("conflict", "done") and receipts["A"].hint
    assert schema(rig, "A")["description"] == "Theirs."


def test_what_cannot_be_read_back_is_unknown(rig: Rig) -> None:
    rig.sandbox.faults += [Fault("lost", on=WRITE), Fault("status", on="^GET", status=503, times=100)]
    receipts = rig.apply(batch(2))
    assert {(one.outcome, one.verdict) for one in receipts} == {("unknown", "read")}


@pytest.mark.parametrize("atomic", ["nothing", "keeps-earlier"])
@pytest.mark.parametrize("bad", [[0], [63], [31], [5, 6], [0, 40, 63]])
def test_bad_entries_do_not_sink_the_others(bad: list[int], atomic: str) -> None:
    rig = Rig.of(PLUGIN, bad_entry=atomic)
    receipts = rig.apply(batch(64, bad))
    failed = [one for one in receipts if not one.good]
    assert sorted(outcomes(failed)) == sorted(f"Event {number}" for number in bad) and len(receipts) == 64
    assert all("invalid type 'date'" in one.message and one.verdict == "give-up" for one in failed)
    assert len(rig.sandbox.dump()["entries"]["event"]) == 64 - len(bad)
    assert len(rig.requests()) <= 1 + 2 * 6 * len(bad)  # 2·⌈log2 64⌉ for each bad one


def test_when_all_is_refused_the_narrowing_ends(rig: Rig) -> None:
    receipts = rig.apply(batch(64, range(64)))
    assert len(receipts) == 64 and not any(one.good for one in receipts)
    assert len(rig.requests()) <= 1 + 2 * 6 * NARROWED


def test_a_lost_right_stops_the_run(rig: Rig) -> None:
    rig.sandbox.edit({"do": "role", "role": "analyst"})
    with pytest.raises(errors.NotEntitled) as caught:
        rig.apply(batch(2))
    assert "owner or admin" in caught.value.hint


def test_a_quota_beyond_the_patience_ends_the_run(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("status", on=WRITE, status=429, headers={"retry-after": "9999"}))
    with pytest.raises(errors.RateLimited) as caught:
        rig.apply(batch(2))
    assert caught.value.retry_after == 9999


def test_another_project_is_a_persons_business(rig: Rig) -> None:
    rig.options = {"project_id": 999}
    with pytest.raises(errors.ToolError) as caught:
        rig.observe()
    assert caught.value.verdict == "ask"


def test_a_rename_in_the_plan_makes_new_and_hides_old(rig: Rig) -> None:
    rig.publish(plan_of("Old"))
    moved = plan_of("New").model_copy(
        update={"moved": TrackingPlan.model_validate({"name": "x", "moved": [{"from": "Old", "to": "New"}]}).moved}
    )
    receipts = rig.publish(moved)
    assert [(one.operation.verb, one.outcome) for one in receipts] == [("create", "done"), ("hide", "done")]
    assert schema(rig, "Old")["metadata"]["com.mixpanel"]["hidden"] is True and rig.publish(moved) == []


def test_phantom_entries_of_the_service_disturb_nothing() -> None:
    rig = Rig.of(PLUGIN, read_noise="entities")
    rig.publish(plan_of("A"))
    assert rig.publish(plan_of("A")) == []
    assert rig.observe().documents[event_address("Sandbox autodetected event")].body == {
        "properties": {"Sandbox oddity": {}}
    }
