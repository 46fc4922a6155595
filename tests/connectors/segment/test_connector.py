"""What the connector makes of a list that cannot be trusted, and of writes that go wrong half-way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from connectors import errors
from connectors.contract import Budget, Operation, Receipt
from connectors.sandbox import Fault
from connectors.segment import PLUGIN
from connectors.testing.harness import Rig
from mappings.canonical import TrackingPlan
from mappings.contract import Address, Document

LIST = r"^GET .*/rules"
CONSENT = "Segment Consent Preference Updated"


@pytest.fixture
def rig() -> Rig:
    return Rig.of(PLUGIN)


def plan_of(*names: str, **sections: Any) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Shop", "events": {name: {} for name in names}, **sections})


def many(count: int) -> TrackingPlan:
    return plan_of(*(f"Event {number:03}" for number in range(count)))


def rule(key: str, **body: Any) -> Document:
    return Document(Address("rule", ("TRACK", key, "1")), body)


def create(key: str, **body: Any) -> Operation:
    document = rule(key, **body)
    return Operation("create", document.address, document)


def update(key: str, before: dict[str, Any], **body: Any) -> Operation:
    document = rule(key, **body)
    return Operation("update", document.address, document, rule(key, **before))


def rename(old: str, new: str) -> Operation:
    return Operation("rename", rule(new).address, rule(new), rule(old))


def delete(key: str) -> Operation:
    return Operation("delete", rule(key).address, None, rule(key))


BAD = {"type": [None]}
"""A body that Segment refuses with 422."""


def outcomes(receipts: Sequence[Receipt]) -> dict[str, str]:
    return {one.operation.address.names[1]: one.outcome for one in receipts}


def keys(rig: Rig) -> list[str | None]:
    return [one["key"] for one in rig.sandbox.dump()["plans"][0]["rules"]]


# Talking -----------------------------------------------------------------------------------------------------


def test_whoami_names_plan_and_workspace(rig: Rig) -> None:
    identity = rig.connect().whoami()
    assert identity.workspace == "Demo plan in Demo workspace" and identity.notes == ()
    assert identity.account == rig.sandbox.demo_credentials()["tracking_plan_id"]


def test_a_plan_that_is_not_live_is_noted(rig: Rig) -> None:
    plan = rig.sandbox.edit({"do": "add-plan", "name": "Library", "type": "RULE_LIBRARY"})["id"]
    library = Rig(PLUGIN, rig.sandbox, rig.time, {"tracking_plan_id": plan})
    assert "RULE_LIBRARY" in library.connect().whoami().notes[0]


def test_an_unknown_plan_names_the_setting(rig: Rig) -> None:
    stray = Rig(PLUGIN, rig.sandbox, rig.time, {"tracking_plan_id": "rs_1"})
    with pytest.raises(errors.Misconfigured, match=r"tracking_plan_id.*rs_ id"):
        stray.connect().whoami()


@pytest.mark.parametrize("status", [301, 308])
def test_a_token_of_another_region_names_the_setting(status: int) -> None:
    rig = Rig.of(PLUGIN, eu_redirect_status=status)
    rig.sandbox.edit({"do": "move-token", "region": "eu"})
    with pytest.raises(errors.Misconfigured, match="region"):
        rig.connect().whoami()


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_workspace_without_protocols_is_a_persons_business(status: int) -> None:
    rig = Rig.of(PLUGIN, protocols_off_status=status)
    rig.sandbox.edit({"do": "switch-protocols", "on": False})
    with pytest.raises(errors.ToolError, match="Protocols") as caught:
        rig.connect().whoami()
    assert caught.value.verdict == "ask"


def test_accounts_are_told_apart_without_showing_the_token(rig: Rig) -> None:
    other = PLUGIN.settings.model_validate({**rig.sandbox.demo_credentials(), "token": "other"})
    accounts = {PLUGIN.account(rig.settings), PLUGIN.account(other)}
    assert len(accounts) == 2 and not any("other" in one for one in accounts)


# Reading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault("edit", LIST, skip=1, edit={"do": "remove-rule", "key": "Event 000"}), "Segment counted"),
        (Fault("edit", LIST, skip=1, edit={"do": "add-rule", "key": "A"}), "listed twice"),
    ],
)
def test_a_list_that_changes_between_pages_is_partial(rig: Rig, fault: Fault, why: str) -> None:
    rig.publish(many(250))
    rig.sandbox.faults.append(fault)
    (coverage,) = rig.observe().coverage
    assert coverage.completeness == "partial" and why in coverage.why


@pytest.mark.parametrize("mood", ["half-page", "empty-list"])
def test_a_list_that_falls_short_once_is_read_again_and_is_partial(rig: Rig, mood: str) -> None:
    rig.publish(many(10))
    known = rig.observe()
    rig.sandbox.faults.append(Fault("mood", LIST, mood=mood))
    after = rig.observe(known)
    assert not any(after.knows_absent(address) for address in known.documents) and after.requests == 2


def test_a_list_that_stays_short_is_believed(rig: Rig) -> None:
    rig.publish(many(2))
    known = rig.observe()
    for key in keys(rig):
        rig.sandbox.edit({"do": "remove-rule", "key": key})
    after = rig.observe(known)
    assert all(after.knows_absent(address) for address in known.documents)


def page(*rules: Any, **links: Any) -> Fault:
    body = json.dumps({"data": {"rules": list(rules), "pagination": {"current": "MA==", **links}}})
    return Fault("status", LIST, status=200, body=body)


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ([page({"type": "TRACK"}, totalEntries=1)], "no readable identity"),
        ([page(totalEntries=3)], "Segment counted 3"),
        ([page(next="MQ=="), page(next="MQ==")], "not read to its end"),
    ],
)
def test_a_list_that_does_not_add_up_is_partial(rig: Rig, faults: list[Fault], why: str) -> None:
    rig.sandbox.faults += faults
    (coverage,) = rig.observe().coverage
    assert coverage.completeness == "partial" and why in coverage.why


def test_a_page_that_fails_fails_the_reading(rig: Rig) -> None:
    rig.publish(many(250))
    rig.sandbox.faults.append(Fault("status", LIST, skip=1, times=99, status=500))
    with pytest.raises(errors.Unavailable):
        rig.observe()


def test_a_budget_of_one_page_reads_one_page(rig: Rig) -> None:
    rig.publish(many(250))
    snapshot = rig.observe(budget=Budget(units=1))
    assert snapshot.requests == 1 and snapshot.coverage[0].completeness == "partial"


def test_what_people_left_in_the_app_is_read_without_its_residue(rig: Rig) -> None:
    rig.sandbox.edit({"do": "add-rule", "key": "Paid", "properties": {"total": "number"}, "required": ["total"]})
    (document,) = rig.observe().documents.values()
    section = {"properties": {"total": {"type": "number"}}, "required": ["total"]}
    assert document.body == {"properties": {"properties": section}, "required": ["properties"]}
    assert document.facts.keys() == {"createdAt", "updatedAt"} and document.about == ("events", "Paid")


# Writing -----------------------------------------------------------------------------------------------------


def test_one_bad_rule_does_not_stop_the_others(rig: Rig) -> None:
    operations = [create(f"Event {number}") for number in range(9)] + [create("Bad", **BAD)]
    receipts = rig.apply(operations)
    assert outcomes(receipts) == {f"Event {number}": "done" for number in range(9)} | {"Bad": "failed"}
    (bad,) = [one for one in receipts if not one.good]
    assert bad.status == 422 and bad.verdict == "give-up" and "jsonSchema" in bad.message
    assert len(rig.requests("GET")) == 1


def test_bad_rules_in_a_batch_that_is_applied_in_part_are_found_too() -> None:
    rig = Rig.of(PLUGIN, batch="prefix")
    rig.sandbox.edit({"do": "add-rule", "key": "Old", "jsonSchema": {}})
    receipts = rig.apply([rename("Old", "New"), create("A"), create("Bad", **BAD), create("B")])
    assert outcomes(receipts) == {"New": "already", "A": "already", "Bad": "failed", "B": "done"}
    assert keys(rig) == ["A", "B", "New"]


def test_half_a_batch_is_made_whole(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("mood", "^PATCH", mood="half-batch"))
    assert set(outcomes(rig.publish(many(10))).values()) == {"done"}
    assert len(keys(rig)) == 10


def test_a_batch_that_stays_broken_is_compared_rule_by_rule(rig: Rig) -> None:
    rig.sandbox.faults += [Fault("mood", "^PATCH", mood="half-batch"), Fault("status", "^PATCH", status=503, times=99)]
    receipts = rig.apply([create("A"), create("B")])
    assert outcomes(receipts) == {"A": "already", "B": "failed"}
    assert receipts[1].verdict == "retry" and len(rig.requests("GET")) == 1


def test_a_third_state_is_a_conflict_and_is_left_alone(rig: Rig) -> None:
    rig.sandbox.edit({"do": "add-rule", "key": "Paid", "jsonSchema": {"description": "A person's."}})
    rig.sandbox.faults.append(Fault("status", "^PATCH", status=400, times=99))
    receipts = rig.apply([update("Paid", {"description": "Old."}, description="New.")])
    assert outcomes(receipts) == {"Paid": "conflict"} and receipts[0].hint


def test_nothing_is_known_when_reading_fails_too(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("refuse", times=99))
    receipts = rig.apply([create("A")])
    assert outcomes(receipts) == {"A": "unknown"} and receipts[0].verdict == "read"


@pytest.mark.parametrize(("kind", "outcome"), [("lost", "already"), ("refuse", "failed")])
def test_a_rename_without_an_answer_is_settled_by_reading(rig: Rig, kind: str, outcome: str) -> None:
    rig.sandbox.edit({"do": "add-rule", "key": "Old", "jsonSchema": {}})
    rig.sandbox.faults.append(Fault(kind, "^PATCH"))
    assert outcomes(rig.apply([rename("Old", "New")])) == {"New": outcome}
    assert len(rig.requests("PATCH")) == 1


@pytest.mark.parametrize("policy", ["creates-new-key", "refused"])
def test_a_rename_that_has_happened_may_be_applied_again(policy: str) -> None:
    rig = Rig.of(PLUGIN, rename_of_unknown=policy)
    rig.sandbox.edit({"do": "add-rule", "key": "Old", "jsonSchema": {}})
    again = [rig.apply([rename("Old", "New")]) for _ in range(2)][1]
    assert again[0].good and keys(rig) == ["New"]


def test_a_rename_onto_another_rule_fails_alone(rig: Rig) -> None:
    for key in ("Old", "Taken"):
        rig.sandbox.edit({"do": "add-rule", "key": key, "jsonSchema": {"description": key}})
    old = rule("Old", description="Old")
    move = Operation("rename", rule("Taken").address, rule("Taken", description="Old"), old)
    assert outcomes(rig.apply([move, create("A")])) == {"Taken": "conflict", "A": "done"}


@pytest.mark.parametrize("policy", ["ignored", "not-found"])
def test_removing_what_is_gone_is_fine(policy: str) -> None:
    rig = Rig.of(PLUGIN, remove_unknown_rule=policy)
    rig.sandbox.edit({"do": "add-rule", "key": "A", "jsonSchema": {}})
    receipts = rig.apply([delete("Gone"), delete("A")])
    assert all(one.good for one in receipts) and keys(rig) == []


def test_credentials_revoked_between_batches_keep_the_receipts_so_far(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("status", "^PATCH", skip=1, status=401))
    receipts = []
    with pytest.raises(errors.Unauthorized):
        for receipt in rig.connect().apply([create(f"Event {number:03}") for number in range(201)]):
            receipts.append(receipt)
    assert len(receipts) == len(keys(rig)) == 200


def test_a_wait_beyond_patience_is_raised_with_its_length(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("status", "^PATCH", status=429, headers={"retry-after": "9"}))
    connector = PLUGIN.connect(rig.settings, rig.wiring(patience=5))
    with pytest.raises(errors.RateLimited) as caught:
        list(connector.apply([create("A")]))
    assert caught.value.retry_after == 9


# From plan to tool -------------------------------------------------------------------------------------------


def test_a_moved_event_keeps_its_rule_and_its_birthday(rig: Rig) -> None:
    rig.publish(plan_of("Bought"))
    born = rig.sandbox.dump()["plans"][0]["rules"][0]["createdAt"]
    rig.time.sleep(60)
    receipts = rig.publish(plan_of("Order Paid", moved=[{"from": "Bought", "to": "Order Paid"}]))
    (held,) = rig.sandbox.dump()["plans"][0]["rules"]
    assert [one.operation.verb for one in receipts] == ["rename"]
    assert (held["key"], held["createdAt"]) == ("Order Paid", born)


def test_the_vendors_own_rules_are_neither_read_as_events_nor_touched(rig: Rig) -> None:
    rig.sandbox.edit({"do": "switch-consent", "on": True})
    rig.sandbox.edit({"do": "add-rule", "type": "COMMON", "jsonSchema": {"not": {"required": ["bot"]}}})
    before = rig.sandbox.dump()["plans"][0]["rules"]
    removed = [{"event": CONSENT, "reason": "not ours", "date": "2026-01-02"}]
    rig.publish(plan_of("Paid", removed=removed), delete=True)
    assert [one for one in rig.sandbox.dump()["plans"][0]["rules"] if one["key"] != "Paid"] == before
    assert set(PLUGIN.mapping(rig.settings).from_tool(rig.observe().documents).plan.events) == {"Paid"}


def test_a_persons_additions_survive_the_next_publish(rig: Rig) -> None:
    rig.publish(plan_of("Paid"))
    rig.sandbox.edit({"do": "set-label", "key": "Paid", "label": "team", "value": "growth"})
    rig.sandbox.edit({"do": "set-property", "key": "Paid", "property": "note", "field": "type", "value": "string"})
    rig.publish(TrackingPlan.model_validate({"name": "Shop", "events": {"Paid": {"description": "Money moved."}}}))
    body = rig.observe().documents[rule("Paid").address].body
    assert body["labels"] == {"team": "growth"} and body["description"] == "Money moved."
    assert body["properties"]["properties"]["properties"] == {"note": {"type": "string"}}
