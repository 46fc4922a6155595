"""Amplitude's oddities, each with what the connector makes of it (apis/amplitude.md section 5)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from connectors import errors
from connectors.amplitude import PLUGIN
from connectors.amplitude.settings import AmplitudeSettings
from connectors.contract import Budget, Operation, Receipt, Snapshot
from connectors.sandbox import Fault, Request, Response
from connectors.testing.harness import Rig
from mappings.amplitude.documents import HIDDEN_FLAGS
from mappings.canonical import TrackingPlan
from mappings.contract import Address, Document

EVENT = Address("event", ("Trip Booked",))
SEAT = Address("event-property", ("Trip Booked", "seat"))
PORT = Address("user-property", ("gp:port",))
GONE = {"reason": "never sent", "date": "2026-05-01"}


def plan_of(**sections: Any) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Ferries", **sections})


BOOKED = {"description": "Paid.", "properties": {"seat": {"type": "string", "description": "Row and letter."}}}
PLAN = plan_of(events={"Trip Booked": BOOKED}, user_properties={"port": {"type": "string"}})


def published(plan: TrackingPlan = PLAN, options: dict[str, Any] | None = None, **switches: Any) -> Rig:
    rig = Rig.of(PLUGIN, options, **switches)
    rig.publish(plan)
    return rig


def outcomes(receipts: list[Receipt]) -> dict[str, str]:
    return {str(one.operation.address): one.outcome for one in receipts}


def writes(rig: Rig) -> list[str]:
    return [
        f"{one.method} {one.as_json()['path']} {one.body.decode()}" for one in rig.requests("POST", "PUT", "DELETE")
    ]


def completeness(snapshot: Snapshot, address: Address) -> str:
    coverage = snapshot.coverage_of(address)
    assert coverage is not None
    return coverage.completeness


# Reading ------------------------------------------------------------------------------------------------------------


def test_what_is_ingested_is_known_of_events_and_their_properties() -> None:
    rig = published()
    rig.sandbox.edit({"do": "ingest", "event": "Trip Booked"})
    documents = rig.observe().documents
    assert documents[EVENT].facts["ingested"] is True and documents[SEAT].facts["ingested"] is True


def test_a_property_knows_what_it_would_fall_back_to() -> None:
    facts = published().observe().documents[SEAT].facts
    assert facts == {"shared": {"description": "Row and letter."}}


def test_what_amplitude_owns_is_no_document() -> None:
    rig = Rig.of(PLUGIN, unexpected_listed="yes")
    rig.sandbox.edit({"do": "ingest", "event": "[Amplitude] Start Session"})
    assert dict(rig.observe().documents) == {}


def test_a_hidden_event_that_left_the_list_is_found_by_name_and_not_called_gone() -> None:
    rig = published()
    rig.sandbox.edit({"do": "ingest", "event": "Trip Booked"})
    known = rig.observe()
    rig.sandbox.edit({"do": "hide", "entity": "event", "name": "Trip Booked"})
    snapshot = rig.observe(known)
    assert completeness(snapshot, EVENT) == "hidden"
    assert snapshot.documents[EVENT].body["is_hidden_from_timeline"] is True
    assert snapshot.documents[EVENT].facts["ingested"] is True and SEAT in snapshot.documents


def test_a_hidden_user_property_is_found_by_name_too() -> None:
    rig = published()
    rig.sandbox.edit({"do": "ingest", "user_properties": ["port"]})
    known = rig.observe()
    rig.sandbox.edit({"do": "hide", "entity": "user_property", "name": "port"})
    assert completeness(rig.observe(known), PORT) == "hidden"


@pytest.mark.parametrize("ingest", [True, False])
def test_a_deleted_event_is_known_to_be_absent(ingest: bool) -> None:
    rig = published()
    if ingest:
        rig.sandbox.edit({"do": "ingest", "event": "Trip Booked"})
    known = rig.observe()
    rig.sandbox.edit({"do": "delete", "entity": "event", "name": "Trip Booked"})
    snapshot = rig.observe(known)
    assert snapshot.knows_absent(EVENT) and snapshot.knows_absent(SEAT)


@pytest.mark.parametrize("mood", ["empty-list", "half-page"])
def test_a_list_that_lies_hides_nothing_that_was_known(mood: str) -> None:
    rig = published()
    known = rig.observe()
    rig.sandbox.faults.append(Fault("mood", on="^GET /api/2/taxonomy/event[?]", mood=mood))
    assert not rig.observe(known).knows_absent(EVENT)


def test_reading_goes_round_in_a_budget_oldest_first() -> None:
    rig = published(plan_of(events={f"Sailing {number}": {"properties": {"leg": {}}} for number in range(4)}))
    snapshot = None
    seen = []
    for _ in range(2):
        rig.time.sleep(60)
        rig.forget_requests()
        snapshot = rig.observe(snapshot, Budget(units=7))
        seen += [
            dict(one.query)["event_type"] for one in rig.requests() if one.query and "event_type" in dict(one.query)
        ]
    assert sorted(seen) == [f"Sailing {number}" for number in range(4)]
    assert snapshot is not None and len(list(snapshot.documents.of_kind("event-property"))) == 4


def test_what_was_never_read_is_partial_and_what_was_is_stale() -> None:
    rig = published(plan_of(events={"A": {"properties": {"leg": {}}}, "B": {"properties": {"leg": {}}}}))
    first = rig.observe(None, Budget(units=6))
    assert completeness(first, Address("event-property", ("B", "leg"))) == "partial"
    second = rig.observe(rig.observe(first, Budget(units=6)), Budget(units=5))
    assert {completeness(second, Address("event-property", (event,))) for event in "AB"} == {"stale"}
    assert not second.knows_absent(Address("event-property", ("A", "other")))


def test_a_list_that_fails_is_carried_over_as_failed() -> None:
    rig = published()
    known = rig.observe()
    rig.sandbox.faults.append(Fault("status", on="user-property", status=500, times=10))
    snapshot = rig.observe(known)
    assert completeness(snapshot, PORT) == "failed" and PORT in snapshot.documents


def test_properties_that_fail_are_carried_over_and_the_rest_is_put_off() -> None:
    rig = published(plan_of(events={f"Sailing {number}": {"properties": {"leg": {}}} for number in range(9)}))
    known = rig.observe()
    rig.sandbox.faults.append(Fault("status", on="event-property[?]event_type", status=500, times=1000))
    snapshot = rig.observe(known)
    assert len(list(snapshot.documents.of_kind("event-property"))) == 9
    assert {one.completeness for one in snapshot.coverage if one.scope.names} == {"failed", "stale"}


def test_an_unreadable_list_of_events_ends_the_reading() -> None:
    rig = published()
    rig.sandbox.faults.append(Fault("status", on="taxonomy/event[?]", status=500, times=10))
    with pytest.raises(errors.Unavailable):
        rig.observe()


def test_without_the_neighbour_nothing_is_lost_but_news_of_ingestion() -> None:
    rig = published()
    rig.sandbox.edit({"do": "ingest", "event": "Trip Booked"})
    known = rig.observe()
    rig.sandbox.faults.append(Fault("status", on="events/list", status=404, body="{}"))
    assert rig.observe(known).documents[EVENT].facts["ingested"] is True


def test_a_project_without_the_api_is_a_persons_business() -> None:
    rig = Rig.of(PLUGIN)
    rig.sandbox.edit({"do": "entitle", "name": "enterprise", "on": False})
    with pytest.raises(errors.NotEntitled):
        rig.connect().whoami()


def test_group_types_cannot_be_listed_so_their_list_is_never_complete() -> None:
    rig = Rig.of(PLUGIN, {"groups": True})
    rig.sandbox.edit({"do": "add", "entity": "group_type", "name": "fleet"})
    plan = plan_of(groups={"fleet": {"properties": {"ships": {"type": "number"}}}})
    address = Address("group-property", ("fleet", "grp:ships"))
    assert all(one.good for one in rig.publish(plan))
    snapshot = rig.observe(budget=Budget(only=frozenset({address})))
    assert rig.operations(plan, snapshot) == [] and completeness(snapshot, address) == "complete"
    assert completeness(rig.observe(snapshot), Address("group-property", ("crew", "grp:x"))) == "hidden"
    assert address in rig.observe(snapshot).documents


# Writing ------------------------------------------------------------------------------------------------------------


def test_waves_are_kept_and_the_first_of_a_shared_name_comes_before_the_others() -> None:
    events = {name: {"category": "Sea", "properties": {"seat": {}}} for name in ("A", "B", "C")}
    rig = published(plan_of(events=events))
    paths = [one.path.removeprefix("/api/2/taxonomy/") for one in rig.requests("POST")]
    assert paths == ["category"] + ["event"] * 3 + ["event-property"] * 3


def test_an_update_of_a_property_never_touches_the_other_events() -> None:
    rig = published(plan_of(events={"A": {"properties": {"seat": {}}}, "B": {"properties": {"seat": {}}}}))
    rig.publish(plan_of(events={"A": {"properties": {"seat": {"type": "number"}}}}))
    held = rig.observe().documents
    assert held[Address("event-property", ("A", "seat"))].body == {"type": "number"}
    assert held[Address("event-property", ("B", "seat"))].body == {}
    assert rig.sandbox.dump()["event_properties"]["seat"]["fields"] == {}  # what all other events fall back to


def test_only_changed_fields_are_sent() -> None:
    rig = published()
    rig.forget_requests()
    rig.publish(plan_of(events={"Trip Booked": {**BOOKED, "description": "Paid in full."}}))
    assert writes(rig) == ["PUT /api/2/taxonomy/event/Trip Booked description=Paid+in+full."]


def test_a_display_name_and_visibility_follow_once_data_arrived() -> None:
    plan = plan_of(events={"Trip Booked": {**BOOKED, "display_name": "Booked", "hidden": True}})
    rig = published(plan)
    assert rig.operations(plan, rig.observe()) == []
    rig.sandbox.edit({"do": "ingest", "event": "Trip Booked", "properties": ["seat"]})
    known = rig.observe()
    assert outcomes(rig.apply(rig.operations(plan, known))) == {"event:Trip Booked": "done"}
    assert rig.operations(plan, rig.observe(known)) == []


def test_a_deleted_event_is_restored_and_made_what_is_wanted() -> None:
    rig = published(plan_of(events={"Trip Booked": {**BOOKED, "owners": ["dana"]}}))
    rig.sandbox.edit({"do": "ingest", "event": "Trip Booked"})
    rig.sandbox.edit({"do": "delete", "entity": "event", "name": "Trip Booked"})
    receipts = rig.publish(PLAN)
    assert all(one.good for one in receipts) and rig.operations(PLAN, rig.observe()) == []
    assert rig.observe().documents[EVENT].body == {"description": "Paid."}


def test_a_deleted_property_is_restored_though_no_list_shows_it() -> None:
    rig = published()
    rig.sandbox.edit({"do": "ingest", "event": "Trip Booked", "properties": ["seat"]})
    rig.sandbox.edit({"do": "delete", "entity": "event_property", "name": "seat", "on": "Trip Booked"})
    assert outcomes(rig.publish(PLAN)) == {str(SEAT): "done"}
    assert rig.operations(PLAN, rig.observe()) == []


def test_someone_elses_event_of_that_name_is_a_conflict_and_left_alone() -> None:
    rig = Rig.of(PLUGIN)
    operations = rig.operations(PLAN, rig.observe())
    rig.sandbox.edit({"do": "add", "entity": "event", "name": "Trip Booked", "fields": {"description": "Mine."}})
    assert outcomes(rig.apply(operations))[str(EVENT)] == "conflict"
    assert rig.observe().documents[EVENT].body == {"description": "Mine."}


def test_without_its_event_a_property_is_not_tried() -> None:
    rig = Rig.of(PLUGIN)
    rig.sandbox.faults.append(Fault("status", on="^POST .*/event$", status=400, body="{}"))
    receipts = rig.publish(PLAN)
    assert outcomes(receipts) == {str(EVENT): "failed", str(SEAT): "not-tried", str(PORT): "done"}
    assert [one for one in rig.requests("POST") if one.path.endswith("event-property")] == []


def test_a_write_whose_fate_nobody_can_tell_is_unknown() -> None:
    rig = Rig.of(PLUGIN)
    operations = rig.operations(plan_of(events={"Trip Booked": {}}), rig.observe())
    rig.sandbox.faults.append(Fault("status", status=500, times=1000))
    assert [(one.outcome, one.verdict) for one in rig.apply(operations)] == [("unknown", "read")]


def test_receipts_of_what_was_in_flight_come_before_the_end_of_a_run() -> None:
    rig = Rig.of(PLUGIN)
    operations = rig.operations(plan_of(events={f"E{number}": {} for number in range(9)}), rig.observe())
    rig.sandbox.faults.append(Fault("status", on="^POST", skip=3, status=403, body="{}", times=1000))
    taken: list[Receipt] = []
    receipts = rig.connect().apply(operations)
    with pytest.raises(errors.Unauthorized):
        while True:
            taken.append(next(receipts))
    assert len(taken) == 3 and all(one.good for one in taken)


def test_two_writes_are_in_flight_and_never_more(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig.of(PLUGIN)
    plan = plan_of(events={f"E{number}": {"properties": {f"p{number}": {}}} for number in range(10)})
    operations = rig.operations(plan, rig.observe())
    rig.sandbox.latency = 0.005
    gauge = Gauge(rig.sandbox.handle)
    monkeypatch.setattr(rig.sandbox, "handle", gauge)
    rig.apply(operations)
    assert gauge.peak == 2 and 429 not in {one.status for one in rig.requests()}


class Gauge:
    """Counts how many calls are under way at once."""

    def __init__(self, handle: Callable[[Request], Response]) -> None:
        self._handle = handle
        self._lock = threading.Lock()
        self._now = self.peak = 0

    def __call__(self, request: Request) -> Response:
        with self._lock:
            self._now += 1
            self.peak = max(self.peak, self._now)
        try:
            return self._handle(request)
        finally:
            with self._lock:
                self._now -= 1


# Renames ------------------------------------------------------------------------------------------------------------

RENAMED = plan_of(events={"Trip Paid": BOOKED}, moved=[{"from": "Trip Booked", "to": "Trip Paid"}])
USER_RENAMED = plan_of(
    user_properties={"home_port": {"type": "string"}}, moved=[{"from": "port", "to": "home_port", "scope": "user"}]
)


def test_a_renamed_event_takes_its_properties_along_in_one_request() -> None:
    rig = published()
    rig.forget_requests()
    operations = rig.operations(RENAMED, rig.observe())
    receipts = rig.apply(operations)
    assert writes(rig) == ["PUT /api/2/taxonomy/event/Trip Booked new_event_type=Trip+Paid"]
    assert {one.operation.verb for one in receipts} == {"rename"} and all(one.good for one in receipts)
    assert len(PLUGIN.calls_to_apply(rig.settings, operations)) == 1
    assert rig.operations(RENAMED, rig.observe()) == []


def test_a_property_is_renamed_with_the_event_it_is_on() -> None:
    rig = published()
    properties = {"place": BOOKED["properties"]["seat"]}  # type: ignore[index]
    after = plan_of(
        events={"Trip Paid": {**BOOKED, "properties": properties}},
        moved=[{"from": "Trip Booked", "to": "Trip Paid"}, {"from": "seat", "to": "place", "event": "Trip Paid"}],
    )
    assert all(one.good for one in rig.publish(after))
    assert rig.operations(after, rig.observe()) == []


def test_a_refused_rename_says_what_to_do_instead() -> None:
    rig = published()
    rig.sandbox.edit({"do": "ingest", "event": "Trip Booked"})
    receipts = {str(one.operation.address): one for one in rig.publish(RENAMED)}
    failed = receipts["event:Trip Paid"]
    assert failed.outcome == "failed" and "tombstone" in failed.hint
    assert receipts["event-property:Trip Paid:seat"].outcome == "not-tried"


def test_a_lost_rename_is_found_under_the_new_name() -> None:
    rig = published()
    operations = rig.operations(RENAMED, rig.observe())
    rig.sandbox.faults.append(Fault("lost", on="^PUT"))
    assert outcomes(rig.apply(operations))["event:Trip Paid"] == "already"


@pytest.mark.parametrize(("switch", "outcome"), [("works", "done"), ("no effect", "failed")])
def test_a_rename_of_a_user_property_is_proven_by_reading(switch: str, outcome: str) -> None:
    rig = published(user_property_rename=switch)
    operations = rig.operations(USER_RENAMED, rig.observe())
    rig.forget_requests()
    receipts = rig.apply(operations)
    assert [one.outcome for one in receipts] == [outcome] and all(one.good or one.hint for one in receipts)
    assert len(rig.requests()) == len(PLUGIN.calls_to_apply(rig.settings, operations)) == 2


def test_a_refused_rename_of_a_user_property_says_what_to_do_instead() -> None:
    rig = published()
    rig.sandbox.edit({"do": "ingest", "user_properties": ["port"]})
    receipts = rig.publish(USER_RENAMED)
    assert [one.outcome for one in receipts] == ["failed"] and "tombstone" in receipts[0].hint


# Removals -----------------------------------------------------------------------------------------------------------


def test_an_ingested_event_is_hidden_and_stays_in_the_plan() -> None:
    rig = published()
    rig.sandbox.edit({"do": "ingest", "event": "Trip Booked"})
    known = rig.observe()
    after = plan_of(removed=[{"event": "Trip Booked", **GONE}])
    operations = rig.operations(after, known)
    assert [one.verb for one in operations] == ["hide"] and rig.apply(operations)[0].outcome == "done"
    snapshot = rig.observe(known)
    assert all(snapshot.documents[EVENT].body[flag] for flag in HIDDEN_FLAGS)
    assert rig.operations(after, snapshot) == []


def test_an_event_without_data_is_deleted_and_deleting_again_is_fine() -> None:
    rig = published()
    operations = rig.operations(plan_of(removed=[{"event": "Trip Booked", **GONE}]), rig.observe())
    assert [one.outcome for one in rig.apply(operations) + rig.apply(operations)] == ["done", "already"]


def test_a_property_is_detached_from_its_event_alone() -> None:
    rig = published(plan_of(events={"A": {"properties": {"seat": {}}}, "B": {"properties": {"seat": {}}}}))
    rig.publish(plan_of(events={"A": {}}, removed=[{"event": "A", "property": "seat", **GONE}]))
    held = rig.observe().documents
    assert Address("event-property", ("A", "seat")) not in held and Address("event-property", ("B", "seat")) in held


# Classifications, groups, identity ------------------------------------------------------------------------------------


def test_classifications_go_to_the_shared_property_after_it_exists() -> None:
    seat = {"type": "string", "sensitivity": ["pii"]}
    plan = plan_of(events={"Trip Booked": {"properties": {"seat": seat}}}, user_properties={"port": seat})
    rig = published(plan, {"classifications": True})
    assert "PUT /api/2/taxonomy/event-property/seat classifications=PII" in writes(rig)
    assert rig.operations(plan, rig.observe()) == []
    cleared = plan_of(events={"Trip Booked": {"properties": {"seat": {"type": "string"}}}})
    assert all(one.good for one in rig.publish(cleared)) and rig.operations(cleared, rig.observe()) == []


@pytest.mark.parametrize(
    ("options", "missing", "plan"),
    [
        ({"groups": True}, "accounts", plan_of(groups={"fleet": {"properties": {"ships": {}}}})),
        ({"classifications": True}, "dac", plan_of(user_properties={"port": {"sensitivity": ["pii"]}})),
    ],
)
def test_a_missing_add_on_names_the_setting(options: dict[str, Any], missing: str, plan: TrackingPlan) -> None:
    rig = Rig.of(PLUGIN, options)
    rig.sandbox.edit({"do": "entitle", "name": missing, "on": False})
    with pytest.raises(errors.NotEntitled) as caught:
        rig.publish(plan)
    assert f"{next(iter(options))} = false" in caught.value.hint


def test_an_unknown_group_type_is_a_receipt() -> None:
    rig = Rig.of(PLUGIN, {"groups": True})
    receipts = rig.publish(plan_of(groups={"fleet": {"properties": {"ships": {}}}}))
    assert [one.outcome for one in receipts] == ["failed"] and receipts[0].hint


def test_targets_of_one_project_share_their_quota_and_others_do_not() -> None:
    def account(**settings: str) -> str:
        return PLUGIN.account(AmplitudeSettings.model_validate({"api_key": "k1", "secret_key": "s", **settings}))

    assert (
        account() == account(secret_key="rotated")
        and len({account(), account(api_key="k2"), account(region="eu")}) == 3
    )
    assert "k1" not in account()


def test_whoami_shows_only_the_end_of_the_key() -> None:
    rig = Rig.of(PLUGIN)
    identity = rig.connect().whoami()
    assert identity.workspace.endswith("-key") and rig.sandbox.demo_credentials()["api_key"] not in str(identity)


def test_an_operation_that_changes_nothing_writable_sends_nothing() -> None:
    rig = published()
    before = rig.observe().documents[EVENT]
    after = Document(EVENT, {**before.body, "colour": "red"}, about=before.about)
    rig.forget_requests()
    assert [one.outcome for one in rig.apply([Operation("update", EVENT, after, before)])] == ["already"]
    assert rig.requests() == []
