"""What accepting makes of the plan, what is refused, and what reaches the other tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.changes.auto import AutoAccept
from hub.changes.merge import ABSENT, get
from hub.changes.resolve import Proposal
from hub.engine.deciding import accept_by_rule, accepted, accepted_together
from hub.engine.ports import StoredProposal
from hub.errors import Moved, Refusal
from hub.files import load, update
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import EVENTS, Bench, described, plan_of
from tests.hub.engine.conftest import OpenBench
from tests.hub.engine.road import EDITED, accept, decide, erase, look, person, seen, text, waiting

PLAN = plan_of()
WORDS = "A boat left, with people."
FILE = """\
# The harbour's own plan.
format: 1
name: Harbour
events:
  Boat Rented:
    description: A boat left the pier.  # asked by the crew
    properties:
      hours: {type: number}
  Boat Returned: {description: It came back., tags: [core]}
  Oar Lost: {description: One oar less.}
"""


@pytest.fixture
def pair(open_bench: OpenBench) -> Bench:
    bench = open_bench("lab", "shop")
    bench.publish(PLAN)
    return bench


def proposed(path: tuple[str, ...], value: Any, ours: Any = ABSENT, plan: str = "Harbour") -> StoredProposal:
    one = Proposal(path, value, ours, ours, False, "propose", (("lab", "x"),))
    return StoredProposal(7, plan, one, "open", 0.0)


def test_an_accepted_text_reaches_the_other_tool_and_only_that_is_written(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    look(pair, PLAN)
    plan = accept(pair, PLAN)
    pair.forget_requests()
    pair.publish(plan)
    assert text(pair, target="shop") == WORDS and len(pair.writes()) == 1
    assert not look(pair, plan).drifted


def test_an_edited_text_reaches_both_tools(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    look(pair, PLAN)
    plan = accept(pair, PLAN, value="Better words.")
    assert look(pair, plan).opened == ()
    pair.publish(plan)
    assert [text(pair, target=name) for name in pair.boxes] == ["Better words."] * 2


def test_accepting_a_conflict_takes_the_tool_s_text(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    look(pair, described("Ours.", "Boat Rented"))
    plan = accept(pair, described("Ours.", "Boat Rented"))
    pair.publish(plan)
    assert plan.events["Boat Rented"].description == WORDS == text(pair, target="shop")


def test_rejecting_a_conflict_publishes_ours(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    plan = described("Ours.", "Boat Rented")
    look(pair, plan)
    decide(pair, "rejected")
    pair.publish(plan)
    assert [text(pair, target=name) for name in pair.boxes] == ["Ours."] * 2


def test_tags_of_both_sides_are_accepted_together(pair: Bench) -> None:
    person(pair, "Boat Returned", tags=["core", "deck"])
    ours = plan_of({**EVENTS, "Boat Returned": {**EVENTS["Boat Returned"], "tags": ["core", "hull"]}})
    look(pair, ours)
    plan = accept(pair, ours)
    assert look(pair, plan).opened == ()
    pair.publish(plan)
    assert [box.pages["Boat Returned"]["tags"] for box in pair.boxes.values()] == [["core", "deck", "hull"]] * 2


def test_a_whole_new_property_is_taken_over(pair: Bench) -> None:
    held = pair.boxes["lab"].pages["Oar Lost"]["fields"]
    person(pair, "Oar Lost", fields={**held, "side": {"type": "text", "required": True, "text": "Which."}})
    look(pair, PLAN)
    plan = accept(pair, PLAN)
    pair.publish(plan)
    assert pair.boxes["shop"].pages["Oar Lost"]["fields"] == {
        "side": {"type": "text", "required": True, "text": "Which."}
    }
    assert not look(pair, plan).drifted


def test_a_rejected_property_is_not_the_hub_s_and_stays_in_the_tool(pair: Bench) -> None:
    side = {"side": {"type": "text", "required": True, "text": "Which."}}
    person(pair, "Oar Lost", fields=side)
    look(pair, PLAN)
    decide(pair, "rejected")
    pair.publish(PLAN)
    assert pair.boxes["lab"].pages["Oar Lost"]["fields"] == side and not look(pair, PLAN).drifted


def test_accepting_that_an_event_is_gone_leaves_a_tombstone_and_hides_it_elsewhere(pair: Bench) -> None:
    erase(pair, "Oar Lost")
    look(pair, PLAN)
    plan = accept(pair, PLAN)
    assert [(one.event, one.property, one.reason) for one in plan.removed] == [("Oar Lost", None, "removed in lab")]
    pair.publish(plan)
    assert pair.boxes["shop"].pages["Oar Lost"]["hidden"] is True and "Oar Lost" not in pair.boxes["lab"].pages
    assert not look(pair, plan).drifted


def test_rejecting_that_an_event_is_gone_creates_it_again(pair: Bench) -> None:
    erase(pair, "Oar Lost")
    look(pair, PLAN)
    decide(pair, "rejected")
    pair.publish(PLAN)
    assert text(pair, "Oar Lost") == "One oar less." and not look(pair, PLAN).drifted


def test_until_it_is_decided_what_is_gone_is_not_created_again(pair: Bench) -> None:
    erase(pair, "Oar Lost")
    pair.publish(described("New.", "Boat Rented"))
    assert "Oar Lost" not in pair.boxes["lab"].pages


def test_accepting_that_a_property_is_gone_leaves_a_tombstone(pair: Bench) -> None:
    person(pair, "Boat Rented", fields={})
    look(pair, PLAN)
    plan = accept(pair, PLAN)
    assert [(one.event, one.property) for one in plan.removed] == [("Boat Rented", "hours")]
    pair.publish(plan)
    assert pair.boxes["shop"].pages["Boat Rented"]["fields"] == {}


def test_accepting_an_edit_of_what_the_plan_removed_takes_the_tombstone_away(pair: Bench) -> None:
    person(pair, "Oar Lost", text=WORDS)
    left = {name: event for name, event in EVENTS.items() if name != "Oar Lost"}
    gone = plan_of(left, removed=[{"event": "Oar Lost", "reason": "calm", "date": "2026-06-01"}])
    look(pair, gone)
    plan = accept(pair, gone)
    assert plan.removed == () and plan.events["Oar Lost"].description == WORDS


@pytest.mark.parametrize(
    ("path", "event", "name"),
    [
        (("events", "Boat Rented"), "Boat Rented", None),
        (("events", "Boat Rented", "properties", "hours"), "Boat Rented", "hours"),
        (("user_properties", "rank"), None, "rank"),
    ],
)
def test_a_tombstone_names_just_what_is_gone(path: tuple[str, ...], event: str | None, name: str | None) -> None:
    plan = plan_of(user_properties={"rank": {}})
    ours = plan.data()
    for key in path:
        ours = ours[key]
    (found,) = accepted(plan, proposed(path, ABSENT, ours), today="2026-06-01").removed
    assert (found.event, found.property, found.date) == (event, name, "2026-06-01")


@pytest.mark.parametrize("path", [("groups", "Crew", "properties", "size"), ("groups", "Crew")])
def test_where_there_are_no_tombstones_none_is_left(path: tuple[str, ...]) -> None:
    plan = plan_of(groups={"Crew": {"properties": {"size": {}}}})
    ours: Any = {} if len(path) == 4 else {"properties": {"size": {}}}
    assert accepted(plan, proposed(path, ABSENT, ours)).removed == ()


# Refused


def test_what_the_plan_says_otherwise_by_now_is_refused_with_both_texts() -> None:
    stale = proposed(EDITED, WORDS, "A boat left the pier.")
    with pytest.raises(Moved) as refused:
        accepted(described("The owner's new text.", "Boat Rented"), stale)
    assert "The owner's new text." in refused.value.message and WORDS in refused.value.message


def test_a_field_that_was_filled_since_is_not_overwritten() -> None:
    with pytest.raises(Moved, match=r"said nothing and now says 'One oar less\.'"):
        accepted(PLAN, proposed(("events", "Oar Lost", "description"), WORDS))


def test_after_a_refusal_reconcile_proposes_it_against_the_plan_as_it_is(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    look(pair, PLAN)
    plan = described("The owner's new text.", "Boat Rented")
    with pytest.raises(Moved):
        accepted(plan, waiting(pair)[0])
    look(pair, plan)
    assert accepted(plan, waiting(pair)[0]).events["Boat Rented"].description == WORDS


def test_a_value_that_the_plan_cannot_hold_is_refused_with_its_place() -> None:
    with pytest.raises(Refusal, match=r"events\.Boat Rented\.description: the plan cannot hold"):
        accepted(PLAN, proposed(EDITED, {"not": "a text"}, "A boat left the pier."))


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (replace(proposed(EDITED, WORDS, "A boat left the pier."), state="rejected"), "proposal 7 is rejected already"),
        (proposed(EDITED, WORDS, "A boat left the pier.", plan="Airport"), "about the plan 'Airport'"),
    ],
)
def test_what_is_not_to_be_decided_here_is_refused(stored: StoredProposal, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        accepted(PLAN, stored)


def test_a_proposal_is_decided_once(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    look(pair, PLAN)
    stored = decide(pair, "rejected")
    with pytest.raises(Refusal, match="rejected already, by dana"):
        decide(pair, "accepted", stored)
    assert pair.store.decisions.one(stored.id).state == "rejected"


def test_a_proposal_that_is_not_there_is_refused(pair: Bench) -> None:
    with pytest.raises(Refusal, match="no proposal 99"):
        pair.store.decisions.one(99)


# Files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_the_file_is_written_back_with_its_comments_and_nothing_else_changed(file: Path) -> None:
    read = load(file)
    update(read, accepted(read.plan, proposed(EDITED, WORDS, "A boat left the pier.")))
    assert file.read_text() == FILE.replace("A boat left the pier.", WORDS)


def test_a_file_that_changed_on_disk_since_is_not_overwritten(file: Path) -> None:
    read = load(file)
    file.write_text(FILE.replace("A boat left the pier.", "Somebody's new text."), encoding="utf-8")
    with pytest.raises(Moved):
        update(read, accepted(read.plan, proposed(EDITED, WORDS, "A boat left the pier.")))
    assert "Somebody's new text." in file.read_text()


# By rule


def by_rule(bench: Bench, plan: TrackingPlan, *rules: AutoAccept) -> tuple[list[int], list[TrackingPlan]]:
    saved: list[TrackingPlan] = []
    opened = look(bench, plan).opened
    return accept_by_rule(bench.engine, rules, plan, opened, lambda changed, who: saved.append(changed)), saved


def test_a_rule_accepts_and_the_plan_is_saved_once(pair: Bench) -> None:
    person(pair, "Boat Rented", text="A boat left the pier!")
    person(pair, "Oar Lost", text="One oar less!")
    numbers, saved = by_rule(pair, PLAN, AutoAccept(largest_edit=0.2))
    assert len(numbers) == 2 and [len(saved), waiting(pair)] == [1, []]
    assert saved[0].events["Oar Lost"].description == "One oar less!"


def test_what_no_rule_accepts_waits_for_a_person(pair: Bench) -> None:
    person(pair, "Boat Rented", text=WORDS)
    assert by_rule(pair, PLAN, AutoAccept(largest_edit=0.01)) == ([], []) and len(waiting(pair)) == 1


def test_a_rule_by_owner_looks_at_the_plan_s_owners(pair: Bench) -> None:
    plan = plan_of({**EVENTS, "Oar Lost": {**EVENTS["Oar Lost"], "owners": ["crew"]}})
    person(pair, "Oar Lost", text="Gone!")
    person(pair, "Boat Rented", text=WORDS)
    assert len(by_rule(pair, plan, AutoAccept(owner="crew"))[0]) == 1 and len(waiting(pair)) == 1


def test_of_two_new_values_of_one_field_a_person_chooses_the_second(pair: Bench) -> None:
    person(pair, "Boat Rented", text="One.")
    person(pair, "Boat Rented", "shop", text="Two.")
    numbers, saved = by_rule(pair, PLAN, AutoAccept())
    assert len(numbers) == 1 and len(waiting(pair)) == 1
    assert seen(look(pair, saved[0])).state == "in sync" and waiting(pair)[0].proposal.conflict


# Several at once


def several(*wanted: tuple[tuple[str, ...], Any, Any]) -> list[StoredProposal]:
    return [replace(proposed(*one), id=number) for number, one in enumerate(wanted, 1)]


def said_of(path: tuple[str, ...]) -> Any:
    return get(PLAN.data(), path)


OTHER = ("events", "Oar Lost", "description")


def test_together_comes_to_the_same_as_one_after_the_other() -> None:
    tags = ("events", "Boat Returned", "tags")
    chosen = several(
        (EDITED, WORDS, said_of(EDITED)),
        (EDITED, "A second text.", said_of(EDITED)),
        (OTHER, "An oar swam off.", said_of(OTHER)),
        (OTHER[:2], ABSENT, said_of(OTHER[:2])),
        (tags, ["core", "pier"], ["stale"]),
        (("events", "Raft Sunk"), {"description": "It sank."}, ABSENT),
    )
    expected = PLAN
    for one in (chosen[0], chosen[2], chosen[5]):
        expected = accepted(expected, one)
    changed, taken, left = accepted_together(PLAN, chosen)
    assert changed == expected
    assert (sorted(one.id for one in taken), sorted(one.id for one, _ in left)) == ([1, 3, 6], [2, 4, 5])
    assert all(isinstance(why, Moved) for _, why in left)


def test_one_value_that_the_plan_cannot_hold_keeps_no_other_out() -> None:
    changed, taken, left = accepted_together(
        PLAN, several((EDITED, {"not": "a text"}, said_of(EDITED)), (OTHER, "An oar swam off.", said_of(OTHER)))
    )
    assert ([one.id for one in taken], [(one.id, str(why)[:40]) for one, why in left]) == (
        [2],
        [(1, "events.Boat Rented.description: the plan")],
    )
    assert changed.events["Oar Lost"].description == "An oar swam off."


def test_what_is_decided_or_of_another_plan_is_left() -> None:
    done = replace(proposed(EDITED, WORDS, said_of(EDITED)), state="rejected")
    changed, taken, left = accepted_together(PLAN, [done, proposed(OTHER, "x", said_of(OTHER), "Airport")])
    assert (changed, taken, len(left)) == (PLAN, [], 2)
