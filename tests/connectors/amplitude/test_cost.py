"""What publishing to Amplitude costs: exact numbers, forecast and actual, and no limit ever broken."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.amplitude import PLUGIN
from connectors.amplitude.cost import COST
from connectors.contract import Budget
from connectors.limits import forecast
from connectors.testing.harness import Rig
from mappings.canonical import TrackingPlan


def sailings(events: int, properties: int, **changed: str) -> TrackingPlan:
    """So many events in three categories, each with so many properties of its own and one that all have."""
    data: dict[str, Any] = {"name": "Ferries", "events": {}, "user_properties": {"home_port": {}, "language": {}}}
    for number in range(events):
        name = f"Sailing {number}"
        own = {f"leg_{number}_{index}": {"type": "string", "description": "A leg."} for index in range(properties)}
        data["events"][name] = {
            "description": changed.get(name.replace(" ", "_"), "A ship sails."),
            "category": f"Route {number % 3}",
            "properties": {**own, "weather": {"type": "string"}},
        }
    return TrackingPlan.model_validate(data)


def test_a_first_publish_takes_one_write_per_thing() -> None:
    rig = Rig.of(PLUGIN)
    operations = rig.operations(sailings(10, 4), rig.observe())
    rig.forget_requests()
    rig.apply(operations)
    # There is no bulk write (section 3), so the minimum is categories + events + event properties + user properties.
    assert len(rig.requests()) == 3 + 10 + 10 * 5 + 2
    assert rig.requests("GET") == []


def test_a_change_of_five_events_takes_five_writes() -> None:
    rig = Rig.of(PLUGIN)
    rig.publish(sailings(10, 4))
    after = sailings(10, 4, **{f"Sailing_{number}": "Changed." for number in range(5)})
    operations = rig.operations(after, rig.observe())
    rig.forget_requests()
    rig.apply(operations)
    assert [one.method for one in rig.requests()] == ["PUT"] * 5  # the minimum: one write per changed thing


def test_a_full_reading_takes_one_request_per_event_and_five_lists() -> None:
    rig = Rig.of(PLUGIN)
    rig.publish(sailings(10, 1))
    rig.forget_requests()
    rig.observe()
    # events, which of them are ingested, categories, user properties, shared properties; then each event (section 3.3)
    assert len(rig.requests()) == 5 + 10


def test_reading_back_five_events_takes_eight_requests() -> None:
    rig = Rig.of(PLUGIN)
    rig.publish(sailings(10, 1))
    known = rig.observe().documents
    budget = Budget(
        only=frozenset(one for one in known if one.names[0] in {f"Sailing {number}" for number in range(5)})
    )
    rig.forget_requests()
    rig.observe(budget=budget)
    assert len(rig.requests()) == 3 + 5 == len(PLUGIN.calls_to_observe(rig.settings, known, budget))


def test_a_budget_is_kept_to_the_unit() -> None:
    rig = Rig.of(PLUGIN)
    rig.publish(sailings(30, 1))
    known = rig.observe()
    rig.forget_requests()
    snapshot = rig.observe(known, Budget(units=12))
    forecast_calls = PLUGIN.calls_to_observe(rig.settings, known.documents, Budget(units=12))
    assert len(rig.requests()) == 12 == snapshot.requests == len(forecast_calls)


WIND: list[tuple[dict[str, Any], dict[str, Any], int]] = [
    ({"description": "Wind."}, {"type": "string"}, 2),  # the second one is bare: it becomes the shared property
    ({"description": "Wind."}, {"type": "string", "pattern": "^[a-z]+$"}, 3),  # neither is: one is opened bare
]


@pytest.mark.parametrize(("one", "other", "writes"), WIND)
def test_a_property_name_on_two_events_is_opened_bare_only_where_it_must_be(
    one: dict[str, Any], other: dict[str, Any], writes: int
) -> None:
    rig = Rig.of(PLUGIN)
    events = {"A": {"properties": {"wind": one}}, "B": {"properties": {"wind": other}}}
    plan = TrackingPlan.model_validate({"name": "Ferries", "events": events})
    operations = rig.operations(plan, rig.observe())
    rig.forget_requests()
    rig.apply(operations)
    assert len(rig.requests()) == len(PLUGIN.calls_to_apply(rig.settings, operations)) == 2 + writes
    assert rig.operations(plan, rig.observe()) == []


@pytest.mark.parametrize("hour_window", ["rolling", "clock hour"])
def test_thousands_of_things_provoke_no_429_and_take_as_long_as_forecast(hour_window: str) -> None:
    rig = Rig.of(PLUGIN, hour_window=hour_window)
    operations = rig.operations(sailings(400, 9), rig.observe())
    predicted = forecast(PLUGIN.calls_to_apply(rig.settings, operations), COST)
    rig.forget_requests()
    started = rig.time.now()
    assert len(operations) > 4000 and all(one.good for one in rig.apply(operations))
    waited = rig.time.now() - started  # the fake clock moves by waiting alone, not by the time requests take
    assert len(rig.requests()) == predicted.calls and 429 not in {one.status for one in rig.requests()}
    assert waited <= predicted.seconds <= waited + predicted.calls * COST.latency


def test_an_empty_publish_costs_nothing() -> None:
    assert PLUGIN.calls_to_apply(Rig.of(PLUGIN).settings, []) == []
