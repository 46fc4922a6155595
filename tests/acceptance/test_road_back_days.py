"""The road back on ordinary and on bad days: many events within the budget, half answers, two tools."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox import Fault
from hub.engine.reconcile import reconcile
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from tests.acceptance.tools import ALL, Tools

WORDS = ("boat", "oar", "pier", "buoy", "sail", "rope", "tide", "crew", "dock", "knot")
AMPLITUDE_SHARE = 504
"""7 % of the 7,200 units of an hour."""
EVENTS = {name: {"description": f"{name}, as we see it."} for name in ("Boat Rented", "Boat Returned", "Oar Lost")}
RENTED = {
    "amplitude": {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"description": "Gone sailing."}},
    "mixpanel": {"do": "set", "name": "Boat Rented", "field": "description", "value": "Gone sailing."},
    "segment": {"do": "set-description", "key": "Boat Rented", "value": "Gone sailing."},
}
MISCOUNTS = ("half-page", "empty-list")
"""A list that answers once with less than it holds."""
FAILURES = {
    "not entitled": Fault("status", "GET", status=404, body="{}", times=99),
    "wrong credentials": Fault("status", "GET", status=401, body="{}", times=99),
    "a page of HTML": Fault("html", "GET", status=200, times=99),
}
MIDDLE = Fault("status", "GET", status=401, body="{}", skip=4, times=99)


def plan_of(events: Any = EVENTS) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Harbour", "events": events})


def drawn(count: int) -> dict[str, Any]:
    """Random events, the same ones each time."""
    chance = random.Random(7)
    return {f"{chance.choice(WORDS)} {chance.choice(WORDS)} {number}": _event(chance) for number in range(count)}


def _event(chance: random.Random) -> dict[str, Any]:
    kinds = {f"p_{word}": chance.choice(("string", "number", "boolean")) for word in chance.sample(WORDS, 1)}
    properties = {name: {"type": kind, "required": chance.random() < 0.3} for name, kind in kinds.items()}
    return {"description": " ".join(chance.sample(WORDS, 3)), "tags": chance.sample(WORDS, 2), "properties": properties}


def _hours(world: Tools, count: int) -> Iterator[int]:
    """One hour after another, each with a fresh quota at Amplitude; another one follows the last."""
    for hour in range(count):
        yield hour
        world.time.sleep(3700)


@pytest.fixture
def world(tmp_path: Path) -> Tools:
    made = Tools.open(tmp_path, plan_of())
    made.publish()
    return made


def test_two_thousand_events_reconcile_without_drift_or_writes_and_within_the_budget(tmp_path: Path) -> None:
    many = Tools.open(tmp_path, plan_of(drawn(2000)))
    assert [many.publish().status for _ in _hours(many, 3)][-1] == "published"
    writes = {tool: many.writes(tool) for tool in ALL}
    report = many.reconcile()
    assert {one.target: (one.state, one.edits) for one in report.targets} == dict.fromkeys(ALL, ("in sync", ()))
    assert {tool: many.writes(tool) for tool in ALL} == writes
    requests = {one.target: one.requests for one in report.targets}
    assert (requests["mixpanel"], requests["segment"], requests["amplitude"]) == (1, 10, AMPLITUDE_SHARE)


def test_what_the_budget_does_not_reach_is_stale_and_read_next_time(tmp_path: Path) -> None:
    many = Tools.open(tmp_path, plan_of(drawn(600)), tools=["amplitude"])
    many.publish()
    many.reconcile()
    first = many.engine.store.last_snapshot("amplitude")
    assert first is not None
    stale = {one.scope for one in first.coverage if one.completeness == "stale"}
    many.reconcile()
    second = many.engine.store.last_snapshot("amplitude")
    assert second is not None and stale
    assert stale <= {one.scope for one in second.coverage if one.completeness == "complete"}


def test_the_share_is_the_target_s_and_what_is_gone_is_confirmed_within_it(tmp_path: Path) -> None:
    many = Tools.open(tmp_path, plan_of(drawn(60)), tools=["amplitude"])
    many.publish()
    names = list(many.plan.events)
    many.edit("amplitude", *({"do": "delete", "entity": "event", "name": name} for name in names[:7]))
    target = replace(many.target("amplitude"), reading_share=50 / 7200)
    before = len(many.boxes["amplitude"].log)
    (report,) = reconcile(many.engine, many.plan, [target], {}, who="schedule").targets
    assert len(many.boxes["amplitude"].log) - before == report.requests == 50
    assert {address.names for address in report.gone if address.kind == "event"} == {(name,) for name in names[:7]}


@pytest.mark.parametrize("tool", ALL)
@pytest.mark.parametrize("mood", MISCOUNTS)
def test_a_list_that_once_tells_less_proposes_no_removal(world: Tools, tool: str, mood: str) -> None:
    world.break_(tool, Fault("mood", "GET", mood=mood))
    report = world.look(tool)
    assert report.state in ("unknown", "in sync") and (report.edits, report.gone) == ((), ())
    assert world.open_proposals() == []


LISTS = {
    "amplitude": "taxonomy/[a-z-]+([?]|$)",
    "mixpanel": "/schemas$",
    "snowplow": "/schemas/com.acme[?]",
}
"""Where there is another request than the list: Segment has none (apis/segment.md section 3.1)."""


@pytest.mark.parametrize("tool", LISTS)
@pytest.mark.parametrize("mood", MISCOUNTS)
def test_a_list_that_lies_each_time_in_the_same_way_proposes_no_removal(world: Tools, tool: str, mood: str) -> None:
    world.break_(tool, Fault("mood", f"^GET .*{LISTS[tool]}", mood=mood, times=99))
    for report in (world.look(tool), world.look(tool)):
        assert report.state in ("unknown", "in sync") and (report.edits, report.gone) == ((), ())
    assert world.open_proposals() == []


REMOVALS = {
    "amplitude": {"do": "delete", "entity": "event", "name": "Oar Lost"},
    "mixpanel": {"do": "remove", "name": "Oar Lost"},
    "segment": {"do": "remove-rule", "key": "Oar Lost"},
    "snowplow": {"do": "delete", "uri": "iglu:com.acme/oar_lost/jsonschema/1-0-0"},
}


@pytest.mark.parametrize("tool", ALL)
def test_what_is_gone_is_confirmed_once_and_not_asked_for_again(world: Tools, tool: str) -> None:
    usual = world.look(tool).requests
    world.edit(tool, REMOVALS[tool])
    first, later = world.look(tool), world.look(tool)
    assert (first.state, later.state) == ("gone", "gone")
    assert len(first.gone) == len(later.gone) == 1 and first.requests > later.requests <= usual


@pytest.mark.parametrize("tool", ALL)
@pytest.mark.parametrize("failure", FAILURES)
def test_a_tool_that_cannot_be_read_is_unknown_and_nothing_is_written(world: Tools, tool: str, failure: str) -> None:
    before, fault = world.holdings(), FAILURES[failure]
    world.break_(tool, replace(fault))
    report = world.look(tool)
    assert report.state == "unknown" and report.error is not None and world.open_proposals() == []
    with pytest.raises(Refusal):
        world.publish()
    assert world.holdings() == before


def test_credentials_that_fail_in_the_middle_make_the_whole_reading_unknown(world: Tools) -> None:
    world.break_("amplitude", replace(MIDDLE))
    report = world.look("amplitude")
    assert report.state == "unknown" and report.error is not None and world.open_proposals() == []


def test_the_same_edit_in_two_tools_is_one_proposal(world: Tools) -> None:
    for tool, change in RENTED.items():
        world.edit(tool, change)
    world.reconcile()
    (one,) = world.open_proposals()
    assert [target for target, _ in one.proposal.shown] == list(RENTED)


def test_where_both_sides_changed_a_person_sees_three_values(world: Tools) -> None:
    world.edit("mixpanel", RENTED["mixpanel"])
    world.plan = plan_of({**EVENTS, "Boat Rented": {"description": "Taken out."}})
    world.reconcile()
    (one,) = [stored.proposal for stored in world.open_proposals()]
    assert (one.conflict, one.base, one.ours, one.value) == (
        True,
        "Boat Rented, as we see it.",
        "Taken out.",
        "Gone sailing.",
    )
