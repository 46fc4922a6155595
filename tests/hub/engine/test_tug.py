"""Tug-of-war: said once with its pattern, then left alone until the sides agree or a person decides."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.testing.harness import FakeTime
from hub.engine.reconcile import TargetReport
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import Bench, plan_of
from tests.hub.engine.conftest import OpenBench
from tests.hub.engine.road import accept, blind, decide, look, person, seen, waiting

PLAN = plan_of()
WORDS = "A boat left, with people."


@pytest.fixture
def port(bench: Bench) -> Bench:
    """One notebook to which the plan was published."""
    bench.publish(PLAN)
    return bench


def structure(bench: Bench) -> Any:
    return bench.box.pages["Boat Rented"]["fields"]["hours"]["type"]


OTHER_TYPE = {"hours": {"type": "text", "required": False, "text": ""}}
TYPE = ("events", "Boat Rented", "properties", "hours", "type")


def fight(bench: Bench, rounds: int = 4, plan: TrackingPlan = PLAN) -> list[TargetReport]:
    """A person and the hub write over each other; what each reconcile after an edit says."""
    reports = []
    for _ in range(rounds):
        person(bench, "Boat Rented", fields=OTHER_TYPE)
        reports.append(seen(look(bench, plan, "heal")))
        look(bench, plan, "heal")
    return reports


def test_a_field_that_flips_twice_is_left_alone_and_said_once(port: Bench) -> None:
    assert [len(one.fought) for one in fight(port)] == [0, 0, 1, 0]
    assert structure(port) == "text" and seen(look(port, PLAN)).state == "drifted"


class Ticking(FakeTime):
    """A clock that is looked at a hundredth of a second later each time, as a real one is."""

    def now(self) -> float:
        self._now += 0.01
        return super().now()


def test_a_tug_of_war_is_told_with_its_pattern(open_bench: OpenBench) -> None:
    bench = open_bench(time=Ticking(DAWN))
    bench.publish(PLAN)
    (tug,) = [tug for one in fight(bench) for tug in one.fought]
    assert (tug.path, tug.ours, tug.theirs, tug.shown, tug.restored) == (TYPE, ["number"], ["string"], 3, 2)
    assert [round(at - DAWN, -1) for at in (tug.first, tug.last)] == [60, 300]
    assert str(tug) == (
        'the tool showed ["string"] 3 times between 2026-06-01 06:01 UTC and 2026-06-01 06:05 UTC; '
        '["number"] was restored 2 times by dana'
    )


DAWN = 1_780_293_600.0
"""Six o'clock in the morning."""


def test_a_tug_of_war_becomes_a_proposal_at_once(port: Bench) -> None:
    fight(port, 3)
    (one,) = waiting(port)
    assert (one.proposal.path, one.proposal.value, one.proposal.conflict) == (TYPE, ["string"], True)
    port.publish(PLAN)
    assert structure(port) == "text"


def test_a_field_thaws_when_the_two_sides_agree_again(port: Bench) -> None:
    fight(port)
    person(port, "Boat Rented", fields={"hours": {"type": "number", "required": False, "text": ""}})
    assert seen(look(port, PLAN, "heal")).state == "in sync" and waiting(port) == []
    person(port, "Boat Rented", fields=OTHER_TYPE)
    look(port, PLAN, "heal")
    assert structure(port) == "number"


def test_a_field_that_was_only_not_seen_does_not_thaw(port: Bench) -> None:
    fight(port)
    blind(port, "Boat Rented")
    look(port, PLAN, "heal")
    blind(port)
    look(port, PLAN, "heal")
    assert structure(port) == "text" and len(waiting(port)) == 1


def test_rejecting_ends_a_tug_of_war_and_the_plan_s_value_is_restored(port: Bench) -> None:
    fight(port)
    decide(port, "rejected")
    look(port, PLAN, "heal")
    assert structure(port) == "number" and seen(look(port, PLAN)).state == "in sync"


def test_after_a_decision_it_takes_two_flips_again(port: Bench) -> None:
    fight(port)
    decide(port, "rejected")
    look(port, PLAN, "heal")
    look(port, PLAN, "heal")
    assert [len(one.fought) for one in fight(port)] == [0, 1, 0, 0]


@pytest.mark.parametrize("how", ["accepted", "different"])
def test_the_tool_s_value_can_be_taken_over_or_left_there_for_good(port: Bench, how: str) -> None:
    fight(port)
    plan = accept(port, PLAN) if how == "accepted" else PLAN
    if how == "different":
        decide(port, "different")
    port.publish(plan)
    report = look(port, plan, "heal")
    assert (structure(port), seen(report).state, report.opened) == ("text", "in sync", ())


def test_an_edit_that_is_accepted_each_time_is_no_tug_of_war(port: Bench) -> None:
    plan = PLAN
    for number in range(4):
        person(port, "Boat Rented", text=f"Words {number}.")
        report = look(port, plan)
        plan = accept(port, plan)
        port.publish(plan)
        look(port, plan)
        assert seen(report).fought == ()


def test_an_edit_that_is_not_always_seen_is_no_tug_of_war(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    for _ in range(4):
        blind(port, "Boat Rented")
        look(port, PLAN)
        blind(port)
        assert seen(look(port, PLAN)).fought == ()
