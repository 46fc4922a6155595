"""How many requests a publish takes, and that it stays within the vendor's limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Budget, Operation
from connectors.limits import forecast
from connectors.segment import PLUGIN
from connectors.segment.cost import COST, calls_to_apply, calls_to_observe, pack
from connectors.segment.settings import SegmentSettings
from connectors.testing.harness import Rig
from mappings.canonical import TrackingPlan
from mappings.contract import Address, Document, Documents

SETTINGS = SegmentSettings.model_validate({"token": "t", "tracking_plan_id": "tp_1"})


def plan_of(count: int, text: str = "", changed: int = 0) -> TrackingPlan:
    """A plan of `count` events with two properties; the first `changed` of them have this text."""
    properties = {"total": {"type": "number", "required": True}, "currency": {"type": "string"}}
    names = [f"Event {number:05}" for number in range(count)]
    events = {
        name: {"description": text if at < changed else "", "properties": properties} for at, name in enumerate(names)
    }
    return TrackingPlan.model_validate({"name": "Many", "events": events})


def document(key: str, body: Any = None) -> Document:
    return Document(Address("rule", ("TRACK", key, "1")), body or {})


def create(key: str) -> Operation:
    return Operation("create", document(key).address, document(key))


def rename(old: str, new: str) -> Operation:
    return Operation("rename", document(new).address, document(new), document(old))


def delete(key: str) -> Operation:
    return Operation("delete", document(key).address, None, document(key))


@pytest.mark.parametrize(("rules", "writes"), [(1, 1), (200, 1), (201, 2), (450, 3)])
def test_a_first_publish_takes_the_fewest_writes_the_vendor_allows(rules: int, writes: int) -> None:
    # Vendor's minimum: ceil(rules / 200) PATCH requests (apis/segment.md section 2), after max(1, pages) = 1 reading.
    rig = Rig.of(PLUGIN)
    rig.publish(plan_of(rules))
    assert [one.method for one in rig.requests()] == ["GET"] + ["PATCH"] * writes


def test_a_change_of_five_events_takes_one_write() -> None:
    # Vendor's minimum: ceil(450 / 200) = 3 pages to read, ceil(5 / 200) = 1 PATCH for what changed.
    rig = Rig.of(PLUGIN)
    rig.publish(plan_of(450))
    rig.forget_requests()
    receipts = rig.publish(plan_of(450, "Now with a text.", 5))
    assert len(receipts) == 5 and [one.method for one in rig.requests()] == ["GET", "GET", "GET", "PATCH"]


def test_a_raised_limit_makes_larger_writes() -> None:
    rig = Rig.of(PLUGIN, {"rules_per_write": 2000}, raised_limit_covers="every-write")
    rig.sandbox.edit({"do": "raise-rule-limit"})
    rig.publish(plan_of(2000))
    assert [one.method for one in rig.requests()] == ["GET", "PATCH"]


def test_thousands_of_events_provoke_no_429_and_take_the_forecast_requests() -> None:
    rig = Rig.of(PLUGIN)
    operations = rig.operations(plan_of(2100), rig.observe())
    rig.apply(operations)
    readings = [rig.observe() for _ in range(19)]  # 19 x 11 pages at once: more than the 200 a minute
    writes, pages = len(rig.requests("PATCH")), calls_to_observe(SETTINGS, readings[0].documents, Budget())
    assert writes == len(calls_to_apply(SETTINGS, operations)) == 11
    assert len(rig.requests("GET")) == 1 + 19 * len(pages) == 1 + 19 * 11
    assert [one for one in rig.requests() if one.status == 429] == [] and sum(rig.time.slept) > 50


def test_the_forecast_time_is_the_time_that_the_limits_take() -> None:
    rig = Rig.of(PLUGIN)
    start = rig.time.now()
    for _ in range(450):
        rig.observe()
    pages = calls_to_observe(SETTINGS, Documents(), Budget()) * 450
    predicted = forecast(pages, replace(COST, latency=0.0))  # the sandbox answers at once
    assert predicted.calls == 450 and predicted.seconds == pytest.approx(rig.time.now() - start, rel=0.01)


def test_renames_come_first_and_removals_last() -> None:
    batches = pack(SETTINGS, [delete("D"), create("A"), rename("B", "C")])
    assert [(one.verb, [op.verb for op in one.operations]) for one in batches] == [
        ("upsert", ["rename", "create"]),
        ("remove", ["delete"]),
    ]


def test_no_batch_touches_one_rule_twice() -> None:
    batches = pack(SETTINGS, [create("B"), rename("B", "C"), create("A")])
    assert [[op.address.names[1] for op in one.operations] for one in batches] == [["C"], ["B", "A"]]


def test_removals_go_by_two_hundred_whatever_the_limit_on_writes() -> None:
    settings = SETTINGS.model_copy(update={"rules_per_write": 2000})
    assert [len(one.operations) for one in pack(settings, [delete(str(n)) for n in range(401)])] == [200, 200, 1]


@pytest.mark.parametrize(("rules", "pages"), [(0, 1), (200, 1), (201, 2)])
def test_a_reading_takes_one_request_per_started_page(rules: int, pages: int) -> None:
    known = Documents(document(str(number)) for number in range(rules))
    assert len(calls_to_observe(SETTINGS, known, Budget())) == pages
