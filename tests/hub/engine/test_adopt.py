"""Adopt: what matches becomes managed, what differs becomes proposals, the rest is left alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.sandbox import Fault
from hub.changes.merge import ABSENT
from hub.engine.adopt import Adoption, adopt
from hub.errors import Guarded, Refusal
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import Bench, moody, plan_of
from tests.hub.engine.conftest import OpenBench
from tests.hub.engine.road import EDITED, accept, decide, erase, look, person, seen, text, waiting

FIELD = {"type": "number", "required": False, "text": ""}
PLAN = plan_of(
    {
        "Boat Rented": {
            "description": "A boat left the pier.",
            "tags": ["deck"],
            "properties": {"hours": {"type": "number"}},
        },
        "Boat Returned": {"description": "It came back."},
        "Sail Torn": {"description": "Not in the tool."},
    }
)


@pytest.fixture
def old(bench: Bench) -> Bench:
    """A notebook that was in use before the hub came."""
    person(bench, "Boat Rented", text="Someone takes a boat.", fields={"hours": FIELD, "pier": FIELD})
    person(bench, "Boat Returned", text="It came back.")
    person(bench, "boat_sunk", text="Sad.")
    person(bench, "sail torn", text="Torn.")
    return bench


def take(bench: Bench, plan: TrackingPlan = PLAN, *, take_rest: bool = True) -> Adoption:
    bench.time.sleep(60)
    return adopt(bench.engine, plan, bench.targets[0], take_rest=take_rest)


def held(bench: Bench) -> Mapping[str, Any]:
    return copy.deepcopy(bench.box.pages)


def test_adopting_writes_nothing(old: Bench) -> None:
    take(old)
    assert old.writes() == []


def test_what_has_the_same_name_is_managed(old: Bench) -> None:
    adoption = take(old)
    assert [(one.theirs, one.how, one.score) for one in adoption.matches] == [
        ("Boat Rented", "exact", 1.0),
        ("Boat Returned", "exact", 1.0),
    ]
    assert set(old.base()["lab"]) == {"page:Boat Rented", "page:Boat Returned"} and adoption.documents == 2


@pytest.mark.parametrize(
    ("name", "how"), [("sail torn", "normalised"), ("SailTorn", "normalised"), ("Sails Torn", "similar"), ("Ink", None)]
)
def test_alike_names_are_suggested_with_a_score_and_not_taken(bench: Bench, name: str, how: str | None) -> None:
    person(bench, name)
    adoption = take(bench)
    assert [(one.theirs, one.ours, one.how) for one in adoption.suggestions] == (
        [(name, "Sail Torn", how)] if how else []
    )
    assert all(0.8 <= one.score <= 1.0 for one in adoption.suggestions) and bench.base()["lab"] == {}


def test_a_suggestion_that_a_person_confirms_in_the_plan_is_taken(old: Bench) -> None:
    events = {**PLAN.data()["events"], "Sail Torn": {"description": "Torn.", "names": {"notebook": "sail torn"}}}
    adoption = take(old, plan_of(events))
    assert "page:sail torn" in old.base()["lab"] and adoption.suggestions == ()


def test_texts_that_differ_become_proposals_and_stay(old: Bench) -> None:
    take(old, take_rest=False)
    found = {one.proposal.path: one.proposal.value for one in look(old, PLAN).opened}
    assert found == {EDITED: "Someone takes a boat."}


def test_structure_that_differs_is_restored(old: Bench) -> None:
    person(old, "Boat Rented", fields={"hours": {**FIELD, "type": "text"}})
    take(old, take_rest=False)
    old.publish(PLAN)
    assert old.box.pages["Boat Rented"]["fields"]["hours"]["type"] == "number"


def test_what_the_tool_lacks_is_created_by_the_next_publish_and_not_proposed_for_removal(old: Bench) -> None:
    take(old, take_rest=False)
    assert all(one.proposal.value is not ABSENT for one in look(old, PLAN).opened)
    old.publish(PLAN)
    assert text(old, "Sail Torn") == "Not in the tool." and old.box.pages["Boat Rented"]["tags"] == ["deck"]


@pytest.mark.parametrize("name", ["id", "names", "shared", "hours"])
def test_a_property_that_the_tool_lacks_is_created_whatever_it_is_called(bench: Bench, name: str) -> None:
    person(bench, "Boat Rented", fields={"pier": FIELD})
    plan = plan_of({"Boat Rented": {"properties": {name: {"type": "number"}}}})
    take(bench, plan)
    bench.publish(plan)
    assert set(bench.box.pages["Boat Rented"]["fields"]) == {name, "pier"}


def test_the_first_publish_passes_the_guard_only_after_adopting(old: Bench) -> None:
    with pytest.raises(Guarded):
        old.publish(PLAN)
    take(old)
    assert old.publish(PLAN).status == "published" and text(old) == "Someone takes a boat."


def test_what_the_plan_lacks_is_proposed_and_stays_so(old: Bench) -> None:
    adoption = take(old)
    assert [(one.proposal.path, one.proposal.value) for one in adoption.proposed] == [
        (("events", "boat_sunk"), {"description": "Sad."})
    ]
    look(old, PLAN)
    assert ("events", "boat_sunk") in [one.proposal.path for one in waiting(old)]


def test_the_proposal_of_a_stranger_closes_when_the_tool_drops_it(old: Bench) -> None:
    (stranger,) = take(old).proposed
    erase(old, "boat_sunk")
    report = look(old, PLAN)
    assert [one.id for one in report.withdrawn] == [stranger.id]
    assert old.store.decisions.one(stranger.id).state == "withdrawn"


@pytest.mark.parametrize("mood", ["empty-list", "half-page"])
def test_the_proposal_of_a_stranger_stays_when_it_was_only_not_listed(old: Bench, mood: str) -> None:
    (stranger,) = take(old).proposed
    old.box.faults.append(moody(mood, "GET /pages"))
    assert look(old, PLAN).withdrawn == () and stranger.id in [one.id for one in waiting(old)]


def test_a_stranger_is_still_proposed_while_another_tool_has_it(open_bench: OpenBench) -> None:
    pair = open_bench("lab", "shop")
    for target in pair.targets:
        person(pair, "boat_sunk", target.name, text="Sad.")
        adopt(pair.engine, PLAN, target)
    erase(pair, "boat_sunk")
    look(pair, PLAN)
    assert [one.proposal.shown[0][0] for one in waiting(pair)] == ["shop"]


def test_a_stranger_that_is_accepted_is_in_sync_without_a_write(old: Bench) -> None:
    (stranger,) = take(old).proposed
    plan = accept(old, PLAN, stranger)
    before = held(old)["boat_sunk"]
    old.publish(plan)
    assert held(old)["boat_sunk"] == before and "page:boat_sunk" in old.base()["lab"]


def test_a_stranger_that_is_rejected_is_never_touched_nor_proposed_again(old: Bench) -> None:
    (stranger,) = take(old).proposed
    decide(old, "rejected", stranger)
    before = held(old)["boat_sunk"]
    old.publish(PLAN)
    again = [one.proposal.path[1] for one in take(old).proposed]
    assert "boat_sunk" not in again and held(old)["boat_sunk"] == before


def test_leaving_the_rest_proposes_nothing_and_touches_nothing(old: Bench) -> None:
    strangers = {name: page for name, page in held(old).items() if name in ("boat_sunk", "sail torn")}
    adoption = take(old, take_rest=False)
    old.publish(PLAN)
    assert (adoption.proposed, set(adoption.unmanaged)) == ((), set(strangers))
    assert {name: held(old)[name] for name in strangers} == strangers


def test_fields_that_the_plan_does_not_have_are_left_alone_and_no_drift(old: Bench) -> None:
    take(old, take_rest=False)
    old.publish(PLAN)
    assert old.box.pages["Boat Rented"]["fields"]["pier"] == FIELD
    for pier in ({**FIELD, "type": "text", "text": "Which."}, None):
        fields = {"hours": FIELD} if pier is None else {"hours": FIELD, "pier": pier}
        person(old, "Boat Rented", fields=fields)
        assert [edit.path for edit in seen(look(old, PLAN)).edits] == [EDITED]


def test_adopting_twice_is_adopting_once(old: Bench) -> None:
    take(old)
    base, open_ones = old.base(), [one.id for one in waiting(old)]
    again = take(old)
    assert (old.base(), [one.id for one in waiting(old)], again.proposed) == (base, open_ones, ())


def test_adopting_again_with_an_unpublished_plan_makes_no_edit_of_what_was_published(bench: Bench) -> None:
    bench.publish(PLAN)
    newer = plan_of({**PLAN.data()["events"], "Boat Returned": {"description": "Home again."}})
    take(bench, newer)
    assert look(bench, newer).opened == ()
    bench.publish(newer)
    assert text(bench, "Boat Returned") == "Home again."


def test_a_target_that_cannot_be_read_is_not_adopted(old: Bench) -> None:
    old.box.faults.append(Fault("status", "", status=401, body="{}", times=9))
    with pytest.raises(Refusal) as refused:
        take(old)
    assert refused.value.place == "lab" and old.base()["lab"] == {}
