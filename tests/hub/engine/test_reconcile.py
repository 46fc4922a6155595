"""Reconcile: four answers, proposals opened, kept and withdrawn, healing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.sandbox import Fault
from hub.changes.authority import Authority, Rule
from hub.changes.merge import ABSENT
from hub.engine.publish import publish
from hub.engine.reconcile import Mode
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import EVENTS, Bench, described, moody, plan_of
from tests.hub.engine.conftest import OpenBench
from tests.hub.engine.road import EDITED, accept, blind, decide, erase, look, person, seen, text, waiting

PLAN = plan_of()
WORDS = "A boat left, with people."


@pytest.fixture
def port(bench: Bench) -> Bench:
    """One notebook to which the plan was published."""
    bench.publish(PLAN)
    bench.forget_requests()
    return bench


@pytest.fixture
def pair(open_bench: OpenBench) -> Bench:
    bench = open_bench("lab", "shop")
    bench.publish(PLAN)
    return bench


# Four answers


def test_right_after_a_publish_everything_is_in_sync_and_nothing_is_written(port: Bench) -> None:
    report = look(port, PLAN)
    assert (seen(report).state, report.drifted, report.opened) == ("in sync", False, ())
    assert port.writes() == []


def test_an_edit_is_drift_with_its_three_values(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    (edit,) = seen(look(port, PLAN)).edits
    assert (edit.path, edit.base, edit.theirs, edit.verdict) == (EDITED, "A boat left the pier.", WORDS, "propose")
    assert text(port) == WORDS and port.writes() == []


@pytest.mark.parametrize(
    ("fields", "path", "value"),
    [
        ({"text": WORDS}, ("description",), WORDS),
        ({"text": ""}, ("description",), ABSENT),
        ({"tags": ["deck"]}, ("tags",), ["deck"]),
        ({"fields": {}}, ("properties", "hours"), ABSENT),
        (
            {"fields": {"hours": {"type": "number", "required": False, "text": "Paid"}}},
            ("properties", "hours", "description"),
            "Paid",
        ),
    ],
)
def test_every_text_and_every_whole_thing_is_proposed(
    port: Bench, fields: Any, path: tuple[str, ...], value: Any
) -> None:
    person(port, "Boat Rented", **fields)
    (opened,) = look(port, PLAN).opened
    assert (opened.proposal.path[2:], opened.proposal.value) == (path, value)


@pytest.mark.parametrize("name", ["Boat Rented", "Oar Lost"])
def test_a_property_that_a_person_added_is_proposed_whole(port: Bench, name: str) -> None:
    held = port.box.pages[name]["fields"]
    person(port, name, fields={**held, "mood": {"type": "text", "required": False, "text": "Of the sea"}})
    (opened,) = look(port, PLAN).opened
    assert opened.proposal.path == ("events", name, "properties", "mood")
    assert opened.proposal.value == {"type": ["string"], "description": "Of the sea"}


def test_structure_is_the_plan_s_and_not_proposed(port: Bench) -> None:
    person(port, "Boat Rented", fields={"hours": {"type": "text", "required": True, "text": ""}})
    report = look(port, PLAN)
    assert {edit.verdict for edit in seen(report).edits} == {"restore"} and report.opened == ()


def test_hiding_is_the_tool_s_and_no_drift(port: Bench) -> None:
    person(port, "Boat Rented", hidden=True)
    assert seen(look(port, PLAN)).state == "in sync"


def test_what_was_deleted_is_gone_once_two_readings_agree(port: Bench) -> None:
    erase(port, "Oar Lost")
    report = look(port, PLAN)
    assert (seen(report).state, [str(one) for one in seen(report).gone]) == ("gone", ["page:Oar Lost"])
    assert [(one.proposal.path, one.proposal.value) for one in report.opened] == [(("events", "Oar Lost"), ABSENT)]


@pytest.mark.parametrize("mood", ["empty-list", "half-page"])
def test_where_two_readings_disagree_nothing_is_known(port: Bench, mood: str) -> None:
    port.box.faults.append(moody(mood, "GET /pages"))
    report = look(port, PLAN)
    assert seen(report).state == "unknown" and report.opened == () and seen(report).gone == ()
    assert {why for _, why in seen(report).unknown} == {"partial: two readings disagree"}


def test_a_second_reading_that_fails_leaves_it_unknown(port: Bench) -> None:
    port.box.faults += [moody("empty-list", "GET /pages"), Fault("status", "GET /pages", status=401, body="{}")]
    report = look(port, PLAN)
    assert seen(report).state == "unknown" and "the second failed" in seen(report).unknown[0][1]


def test_a_target_that_cannot_be_read_is_unknown_with_the_reason(pair: Bench) -> None:
    pair.boxes["shop"].faults.append(Fault("status", "", status=401, body="{}", times=9))
    person(pair, "Boat Rented", text=WORDS)
    report = look(pair, PLAN)
    assert (seen(report).state, seen(report, "shop").state) == ("drifted", "unknown")
    assert seen(report, "shop").error is not None and len(report.opened) == 1


def test_a_page_that_an_incomplete_list_did_not_show_is_unknown(port: Bench) -> None:
    blind(port, "Oar Lost")
    report = look(port, PLAN)
    assert (seen(report).state, report.drifted, report.opened) == ("unknown", True, ())
    assert [(str(address), why) for address, why in seen(report).unknown] == [
        ("page:Oar Lost", "partial: the list ended early")
    ]


# Proposals


def test_one_edit_in_two_tools_is_one_proposal(pair: Bench) -> None:
    for target in ("lab", "shop"):
        person(pair, "Boat Rented", target, text=WORDS)
    (opened,) = look(pair, PLAN).opened
    assert [target for target, _ in opened.proposal.shown] == ["lab", "shop"]


def test_a_second_tool_joins_an_open_proposal(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    look(pair, PLAN)
    person(pair, "Boat Rented", "shop", text=WORDS)
    assert look(pair, PLAN).opened == () and len(waiting(pair)[0].proposal.shown) == 2


def test_looking_again_opens_nothing_new(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    assert [len(look(port, PLAN).opened) for _ in range(3)] == [1, 0, 0]


def test_what_no_tool_shows_any_more_is_withdrawn(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    look(port, PLAN)
    person(port, "Boat Rented", text="A boat left the pier.")
    report = look(port, PLAN)
    assert len(report.withdrawn) == 1 and waiting(port) == []


def test_another_value_replaces_the_proposal(port: Bench) -> None:
    for words in ("One.", "Two."):
        person(port, "Boat Rented", text=words)
        report = look(port, PLAN)
    assert [one.proposal.value for one in waiting(port)] == ["Two."] and len(report.withdrawn) == 1


def test_what_was_not_seen_is_not_withdrawn(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    look(port, PLAN)
    blind(port, "Boat Rented")
    assert look(port, PLAN).withdrawn == () and len(waiting(port)) == 1


def test_a_target_that_was_not_looked_at_keeps_its_proposals(pair: Bench) -> None:
    person(pair, "Boat Rented", "shop", text=WORDS)
    look(pair, PLAN)
    pair.boxes["shop"].faults.append(Fault("status", "", status=401, body="{}", times=9))
    assert look(pair, PLAN).withdrawn == () and len(waiting(pair)) == 1


def test_a_rejected_value_stays_quiet_until_it_changes_again(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    look(port, PLAN)
    decide(port, "rejected")
    assert look(port, PLAN).opened == ()
    person(port, "Boat Rented", text="Other words.")
    assert [one.proposal.value for one in look(port, PLAN).opened] == ["Other words."]


def test_an_old_rejection_does_not_outlive_a_later_decision(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    look(port, PLAN)
    decide(port, "rejected")
    person(port, "Boat Rented", text="Other words.")
    look(port, PLAN)
    plan = accept(port, PLAN)
    port.publish(plan)
    person(port, "Boat Rented", text=WORDS)
    assert [one.proposal.value for one in look(port, plan).opened] == [WORDS]


def test_a_publish_restores_what_was_rejected(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    look(port, PLAN)
    decide(port, "rejected")
    port.publish(PLAN)
    assert text(port) == "A boat left the pier." and seen(look(port, PLAN)).state == "in sync"


def test_what_may_stay_different_stays_and_is_no_drift(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    look(pair, PLAN)
    decide(pair, "different")
    pair.publish(described("New.", "Boat Returned"))
    report = look(pair, described("New.", "Boat Returned"))
    assert (text(pair), text(pair, target="shop"), seen(report).state) == (WORDS, "A boat left the pier.", "in sync")


def test_different_in_one_tool_is_still_a_proposal_in_another(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    look(pair, PLAN)
    decide(pair, "different")
    person(pair, "Boat Rented", "shop", text=WORDS)
    assert [one.proposal.shown[0][0] for one in look(pair, PLAN).opened] == ["shop"]


def test_both_sides_changed_is_a_conflict_with_three_values(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    (opened,) = look(port, described("Our new text.", "Boat Rented")).opened
    one = opened.proposal
    assert (one.conflict, one.base, one.ours, one.value) == (True, "A boat left the pier.", "Our new text.", WORDS)


def test_an_open_proposal_becomes_a_conflict_when_the_plan_moves_on(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    look(port, PLAN)
    look(port, described("Our new text.", "Boat Rented"))
    (one,) = waiting(port)
    assert (one.proposal.conflict, one.proposal.ours) == (True, "Our new text.")


def test_observing_opens_and_withdraws_nothing(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    assert seen(look(port, PLAN, "observe")).state == "drifted" and waiting(port) == []
    look(port, PLAN)
    person(port, "Boat Rented", text="A boat left the pier.")
    assert look(port, PLAN, "observe").withdrawn == () and len(waiting(port)) == 1


def test_drift_has_its_age(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    look(port, PLAN)
    since = port.time.now()
    look(port, PLAN)
    assert port.store.decisions.drifting("lab") == [(EDITED, since)]


# An undecided edit


@pytest.mark.parametrize("mode", ["observe", "propose", "heal"])
def test_an_undecided_edit_survives_publishes_of_other_fields(port: Bench, mode: Mode) -> None:
    person(port, "Boat Rented", text=WORDS)
    for number in range(3):
        plan = plan_of({**EVENTS, "Boat Rented": {**EVENTS["Boat Rented"], "tags": [f"t{number}"]}})
        port.publish(plan)
        look(port, plan, mode)
    assert (text(port), port.box.pages["Boat Rented"]["tags"]) == (WORDS, ["t2"])
    assert [edit.path for edit in seen(look(port, plan)).edits] == [EDITED]


def test_an_undecided_edit_survives_a_rename(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    events = {"Boat Hired" if name == "Boat Rented" else name: event for name, event in EVENTS.items()}
    plan = plan_of(events, moved=[{"from": "Boat Rented", "to": "Boat Hired"}])
    port.publish(plan)
    assert "Boat Rented" not in port.box.pages and text(port, "Boat Hired") == WORDS
    assert [one.proposal.path for one in look(port, plan).opened] == [("events", "Boat Hired", "description")]


@pytest.mark.parametrize("delete", [False, True])
def test_an_edit_of_what_the_plan_removes_is_a_conflict_and_nothing_is_removed(port: Bench, delete: bool) -> None:
    if delete:
        port.delete_instead_of_hiding()
    person(port, "Oar Lost", text=WORDS)
    plan = without("Oar Lost")
    port.publish(plan)
    assert (text(port, "Oar Lost"), port.box.pages["Oar Lost"].get("hidden", False)) == (WORDS, False)
    (opened,) = look(port, plan).opened
    assert opened.proposal.conflict and opened.proposal.ours is ABSENT


def test_once_the_edit_is_rejected_the_removal_goes_on(port: Bench) -> None:
    person(port, "Oar Lost", text=WORDS)
    plan = without("Oar Lost")
    look(port, plan)
    decide(port, "rejected")
    port.publish(plan)
    assert port.box.pages["Oar Lost"]["hidden"] is True and seen(look(port, plan)).state == "in sync"


def without(name: str) -> TrackingPlan:
    left = {key: event for key, event in EVENTS.items() if key != name}
    return plan_of(left, removed=[{"event": name, "reason": "no oars", "date": "2026-06-01"}])


# Healing


def structure(bench: Bench) -> Any:
    return bench.boxes["lab"].pages["Boat Rented"]["fields"]["hours"]["type"]


def test_healing_restores_structure_and_leaves_texts(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS, fields={"hours": {"type": "text", "required": False, "text": ""}})
    healed = seen(look(port, PLAN, "heal")).healed
    assert healed is not None and healed.status == "published"
    assert (structure(port), text(port)) == ("number", WORDS) and len(waiting(port)) == 1


def test_healing_publishes_nothing_unpublished(port: Bench) -> None:
    person(port, "Boat Rented", fields={"hours": {"type": "text", "required": False, "text": ""}})
    look(port, described("Not published yet.", *EVENTS), "heal")
    assert structure(port) == "number"
    assert [text(port, name) for name in EVENTS] == [one["description"] for one in EVENTS.values()]


def test_healing_restores_what_was_rejected(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    look(port, PLAN)
    decide(port, "rejected")
    look(port, PLAN, "heal")
    assert text(port) == "A boat left the pier."


def test_a_publication_that_waits_is_not_superseded_by_healing(port: Bench) -> None:
    port.box.faults.append(Fault("status", "PUT", status=429, headers={"retry-after": "90000"}, body="{}", times=9))
    unfinished = port.publish(described("Newer.", *EVENTS))
    person(port, "Boat Rented", fields={"hours": {"type": "text", "required": False, "text": ""}})
    port.box.faults.clear()
    assert seen(look(port, PLAN, "heal")).healed is None
    assert port.store.publication(unfinished.id).status == "waiting"


def test_healing_keeps_to_what_was_published_to_that_target(pair: Bench) -> None:
    publish(pair.engine, described("Only in the shop.", *EVENTS), pair.targets[1:], who="dana")
    person(pair, "Boat Rented", fields={"hours": {"type": "text", "required": False, "text": ""}})
    look(pair, described("Only in the shop.", *EVENTS), "heal")
    assert (structure(pair), text(pair)) == ("number", "A boat left the pier.")


def test_there_is_nothing_to_heal_before_a_publish(bench: Bench) -> None:
    assert seen(look(bench, PLAN, "heal")).healed is None and bench.writes() == []


@pytest.mark.parametrize("mode", ["observe", "propose"])
def test_only_healing_writes(port: Bench, mode: Mode) -> None:
    person(port, "Boat Rented", fields={"hours": {"type": "text", "required": False, "text": ""}})
    look(port, PLAN, mode)
    assert structure(port) == "text" and port.writes() == []


# Authority


@pytest.mark.parametrize(
    ("rule", "state", "opened"),
    [
        (Rule("tool", "description"), "in sync", 0),
        (Rule("ignore", "description"), "in sync", 0),
        (Rule("plan", "description"), "drifted", 0),
        (Rule("plan", "description", target="shop"), "drifted", 1),
    ],
)
def test_the_matrix_decides_who_is_asked(
    port: Bench, monkeypatch: pytest.MonkeyPatch, rule: Rule, state: str, opened: int
) -> None:
    engine = replace(port.engine, authority=Authority.of([rule]))
    monkeypatch.setattr(type(port), "engine", engine)
    person(port, "Boat Rented", text=WORDS)
    report = look(port, PLAN)
    assert (seen(report).state, len(report.opened)) == (state, opened)


def test_a_plan_s_own_rows_hold_for_it(port: Bench) -> None:
    person(port, "Boat Rented", text=WORDS)
    plan = plan_of(authority=[{"policy": "plan", "field": "description"}])
    assert look(port, plan).opened == ()
    port.publish(plan)
    assert text(port) == "A boat left the pier."


# What the plan does not speak of


def test_a_page_that_nobody_manages_is_no_drift(port: Bench) -> None:
    person(port, "A stranger", text="hello")
    assert seen(look(port, PLAN)).state == "in sync"
