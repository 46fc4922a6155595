"""Requests, exactly: the forecast is what is sent, it is the least the limits allow, and no 429 is provoked.

The vendor's least for n operations of u units in all (an entry counts 1 and each of its properties 1) is
⌈u / 3999⌉ uploads, one a minute; packing whole entries of equal size s gives ⌈n / ⌊3999 / s⌋⌉.
"""

from __future__ import annotations

import math

import pytest

from connectors.contract import Budget, Operation
from connectors.limits import forecast
from connectors.mixpanel import PLUGIN
from connectors.mixpanel.cost import COST, MOST_UNITS, pack
from connectors.mixpanel.settings import MixpanelSettings
from connectors.testing.harness import Rig
from mappings.canonical import TrackingPlan
from mappings.contract import EMPTY, Document
from mappings.mixpanel.documents import PROFILE_ADDRESS, event_address

SETTINGS = MixpanelSettings.model_validate({"project_id": 1, "username": "hub.sa", "secret": "x"})


def plan_of(events: int, properties: int, changed: int = 0) -> TrackingPlan:
    listed = {f"prop_{number}": {"type": "string"} for number in range(properties)}
    return TrackingPlan.model_validate(
        {
            "name": "Big",
            "events": {
                f"Event {number}": {"description": "new" if number < changed else "old", "properties": listed}
                for number in range(events)
            },
        }
    )


def create(name: str, properties: int) -> Operation:
    body = {"properties": {f"p{number}": {"type": "string"} for number in range(properties)}}
    return Operation("create", event_address(name), Document(event_address(name), body))


@pytest.mark.parametrize(
    ("events", "properties", "uploads"),
    [(1, 0, 1), (190, 20, 1), (191, 20, 2), (2000, 20, 11), (3999, 0, 1), (4000, 0, 2)],
)
def test_a_first_publish_takes_the_least_uploads(events: int, properties: int, uploads: int) -> None:
    operations = [create(f"Event {number}", properties) for number in range(events)]
    calls = PLUGIN.calls_to_apply(SETTINGS, operations)
    assert len(calls) == uploads == math.ceil(events * (1 + properties) / 3999)


def test_an_upload_fills_up_with_small_entries_after_large_ones() -> None:
    operations = [create(f"Large {number}", 1999) for number in range(3)] + [create(f"S{n}", 0) for n in range(1998)]
    # ⌈(3 · 2000 + 1998) / 3999⌉ = 2 is out of reach, because two large ones are 4000.
    assert len(pack(operations)) == 3


def test_no_upload_is_over_the_limit_and_none_is_lost() -> None:
    operations = [create(f"Event {number}", number * 37 % 900) for number in range(300)]
    batches = pack(operations)
    assert max(batch.call.units["entities"] for batch in batches) <= MOST_UNITS
    assert sorted(one.id for batch in batches for one in batch.operations) == sorted(one.id for one in operations)


def test_each_deletion_is_a_request_after_the_uploads() -> None:
    gone = [Operation("delete", event_address(name), None, create(name, 1).document) for name in ("A", "B")]
    assert [call.writes for call in PLUGIN.calls_to_apply(SETTINGS, [*gone, create("C", 0), create("D", 0)])] == [
        2,
        1,
        1,
    ]


@pytest.mark.parametrize(("budget", "requests"), [(Budget(), 1), (Budget(units=1), 1), (Budget(units=0), 0)])
def test_reading_everything_is_one_request(budget: Budget, requests: int) -> None:
    assert len(PLUGIN.calls_to_observe(SETTINGS, EMPTY, budget)) == requests


def test_a_change_of_five_events_is_one_upload() -> None:
    rig = Rig.of(PLUGIN)
    rig.publish(plan_of(400, 5))
    operations = rig.operations(plan_of(400, 5, changed=5), rig.observe())
    rig.forget_requests()
    rig.apply(operations)
    # ⌈5 · 6 / 3999⌉ = 1
    assert len(operations) == 5 and [one.method for one in rig.requests()] == ["POST"]


def test_thousands_of_entities_provoke_no_429_and_take_the_time_that_was_forecast() -> None:
    rig = Rig.of(PLUGIN)
    operations = rig.operations(plan_of(1500, 12), rig.observe())
    rig.forget_requests()
    rig.time.sleep(120)
    foreseen = forecast(PLUGIN.calls_to_apply(rig.settings, operations), COST)
    start = rig.time.now()
    receipts = rig.apply(operations)
    assert all(one.outcome == "done" for one in receipts) and len(receipts) == 1500
    # 1,500 entries of 13 units: 307 to an upload, so ⌈1500 / 307⌉ = 5 uploads, four full minutes apart.
    assert [one.status for one in rig.requests()] == [200] * 5 and foreseen.calls == 5
    assert rig.time.now() - start == pytest.approx(foreseen.seconds, rel=0.15)


def test_a_busy_minute_is_waited_out() -> None:
    rig = Rig.of(PLUGIN)
    for _ in range(12):
        rig.observe()
    assert [one.status for one in rig.requests()] == [200] * 12


def test_user_properties_count_like_those_of_an_event() -> None:
    body = {"properties": {"plan_tier": {"type": "string"}, "seats": {"type": "integer"}}}
    operation = Operation("create", PROFILE_ADDRESS, Document(PROFILE_ADDRESS, body))
    assert [dict(call.units) for call in PLUGIN.calls_to_apply(SETTINGS, [operation])] == [
        {"requests": 1, "entities": 3}
    ]


def test_targets_with_one_service_account_share_their_quota() -> None:
    other = SETTINGS.model_copy(update={"project_id": 2})
    elsewhere = SETTINGS.model_copy(update={"region": "eu"})
    assert PLUGIN.account(SETTINGS) == PLUGIN.account(other) != PLUGIN.account(elsewhere)
    assert "hub.sa" not in PLUGIN.account(SETTINGS)
