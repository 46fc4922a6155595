"""Requests: exactly as many as forecast, and as few as Iglu allows."""

from __future__ import annotations

import math
from typing import Any

import pytest

from connectors.contract import Budget, Call, Operation
from connectors.limits import forecast
from connectors.snowplow import PLUGIN
from connectors.snowplow.cost import calls_to_apply, calls_to_observe, queues_of
from connectors.snowplow.settings import SnowplowSettings
from connectors.testing.harness import Rig
from mappings.canonical import TrackingPlan
from mappings.contract import EMPTY, Address, Document, Documents


def plan_of(count: int, changed: int = 0) -> TrackingPlan:
    text = {number: "New." if number < changed else "Old." for number in range(count)}
    events = {f"Event {number}": {"description": text[number]} for number in range(count)}
    return TrackingPlan.model_validate({"name": "Cost", "events": events})


def made(rig: Rig) -> int:
    count = len(rig.requests())
    rig.forget_requests()
    return count


@pytest.mark.parametrize("options", [{}, {"public": True}], ids=["private", "public"])
def test_requests_of_a_first_publish_and_of_a_small_change(options: dict[str, Any]) -> None:
    # Vendor's minimum: one POST for each new version (no bulk write, section 2) + 1 list to read before; + 1 question
    # about the key where no private schema proves it (an empty or all-public registry).
    rig = Rig.of(PLUGIN, options)
    count, changed = 40, 5
    unproven = 1 if options else 0
    rig.publish(plan_of(count))
    assert made(rig) == count + 1 + 1
    rig.publish(plan_of(count, changed))
    assert made(rig) == changed + 1 + unproven
    rig.publish(plan_of(count, changed))
    assert made(rig) == 1 + unproven


@pytest.mark.parametrize("options", [{}, {"public": True}], ids=["private", "public"])
def test_forecast_calls_are_the_calls_made(options: dict[str, Any]) -> None:
    rig = Rig.of(PLUGIN, options)
    for plan in (plan_of(6), plan_of(6, 2), plan_of(6, 3), plan_of(6, 3)):
        known = rig.observe()
        operations = rig.operations(plan, known)
        touched = Budget(only=frozenset(one.address for one in operations))
        expected = len(calls_to_apply(_settings(rig), operations))
        expected += len(calls_to_observe(_settings(rig), known.documents, touched))
        rig.forget_requests()
        rig.apply(operations)
        rig.observe(known, touched)
        assert made(rig) == expected


@pytest.mark.parametrize("options", [{}, {"public": True}], ids=["private", "public"])
def test_reading_back_is_forecast_as_if_what_is_to_be_written_were_known(options: dict[str, Any]) -> None:
    rig = Rig.of(PLUGIN, options)
    operations = rig.operations(plan_of(6), rig.observe())
    then = Documents([one.document for one in operations if one.document is not None])
    touched = Budget(only=frozenset(one.address for one in operations))
    rig.apply(operations)
    rig.forget_requests()
    rig.observe(budget=touched)
    assert len(calls_to_observe(_settings(rig), then, touched)) == made(rig)


def _settings(rig: Rig) -> SnowplowSettings:
    assert isinstance(rig.settings, SnowplowSettings)
    return rig.settings


def test_thousands_of_schemas_provoke_no_429_and_are_forecast_by_lanes() -> None:
    rig = Rig.of(PLUGIN)
    operations = rig.operations(plan_of(2_000), rig.observe())
    rig.forget_requests()
    receipts = rig.apply(operations)
    assert all(one.outcome == "done" for one in receipts) and {entry.status for entry in rig.requests()} == {201}
    told = forecast(PLUGIN.calls_to_apply(rig.settings, operations), PLUGIN.cost(rig.settings))
    assert (told.calls, told.writes) == (2_000, 2_000) == (len(rig.requests()), len(receipts))
    cost = PLUGIN.cost(rig.settings)
    assert math.isclose(told.seconds, 2_000 / cost.concurrency * cost.latency)


def test_only_new_versions_cost_a_request() -> None:
    settings = SnowplowSettings.model_validate({"base_url": "http://x.test", "vendor": "com.acme", "api_key": "k"})
    static = settings.model_copy(update={"static": True})
    document = Document(Address("schema", ("com.acme", "a", "1-0-0")), {})
    operations = [
        Operation("create", document.address, document),
        Operation("update", document.address, document, document),
        Operation("delete", document.address, None, document),
    ]
    assert calls_to_apply(settings, operations) == [Call({}, writes=1)] and calls_to_apply(static, operations) == []


def test_versions_of_a_name_stand_in_one_queue_in_numeric_order() -> None:
    def create(name: str, version: str) -> Operation:
        document = Document(Address("schema", ("com.acme", name, version)), {})
        return Operation("create", document.address, document)

    queues = queues_of([create("a", "1-0-10"), create("b", "1-0-0"), create("a", "1-0-9"), create("a", "1-1-0")])
    numbers = [[one.address.names[2] for one in queue] for queue in queues]
    assert numbers == [["1-0-9", "1-0-10", "1-1-0"], ["1-0-0"]]


def test_nothing_wanted_costs_nothing() -> None:
    rig = Rig.of(PLUGIN)
    snapshot = rig.observe(budget=Budget(only=frozenset()))
    assert (made(rig), snapshot.requests, snapshot.coverage) == (0, 0, ())
    assert calls_to_observe(_settings(rig), EMPTY, Budget(only=frozenset())) == []


@pytest.mark.parametrize(("names", "path"), [(1, "/api/schemas/com.acme/event_0"), (2, "/api/schemas/com.acme")])
def test_a_narrow_reading_takes_one_request_however_many_names(names: int, path: str) -> None:
    rig = Rig.of(PLUGIN)
    rig.publish(plan_of(3))
    rig.forget_requests()
    addresses = [Address("schema", ("com.acme", f"event_{number}", "1-0-0")) for number in range(names)]
    snapshot = rig.observe(budget=Budget(only=frozenset(addresses)))
    assert [entry.path for entry in rig.requests()] == [path]
    assert set(addresses) <= set(snapshot.documents)


def test_a_static_registry_is_forecast_file_by_file() -> None:
    settings = SnowplowSettings.model_validate({"base_url": "http://x.test", "vendor": "com.acme", "static": True})
    known = Documents(
        Document(Address("schema", ("com.acme", name, version)), {})
        for name, version in (("a", "1-0-0"), ("a", "1-0-1"), ("b", "1-0-0"))
    )
    only_a = Budget(only=frozenset({Address("schema", ("com.acme", "a", "1-0-1"))}))
    assert len(calls_to_observe(settings, known, Budget())) == 1 + 2
    assert len(calls_to_observe(settings, known, only_a)) == 1 + 1
