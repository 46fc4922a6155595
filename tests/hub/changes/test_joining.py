"""A draft put into a plan that moved meanwhile: by identity, independent changes both stay, the rest is a collision."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.changes.editing import Change, Create, Edit, Remove, Rename, edited
from hub.changes.joining import join
from hub.changes.merge import ABSENT
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.rules import check
from mappings.canonical.text import same
from mappings.testing import LAWS, plans

DAY = "2026-01-31"
A, B = ("events", "A"), ("events", "B")
P = (*A, "properties", "p")
BASE = TrackingPlan.model_validate(
    {
        "name": "Harbour",
        "events": {"A": {"description": "First.", "properties": {"p": {"type": "string"}, "q": {}}}, "B": {}},
        "user_properties": {"rank": {}},
    }
)


def after(*edits: Edit, base: TrackingPlan = BASE) -> TrackingPlan:
    plan = base
    for one in edits:
        plan = edited(plan, one, base)
    return plan


def text(place: Any, words: str) -> Change:
    return Change(place, {"description": words})


def sound(plan: TrackingPlan) -> bool:
    return not [one for one in check(plan) if one.severity == "error"]


PAIRS: list[tuple[list[Edit], list[Edit]]] = [
    ([text(A, "Ours.")], [text(B, "Theirs.")]),
    ([text(A, "Ours.")], [Change(A, {"category": "Traffic"})]),
    ([Rename(A, "A2")], [text(A, "Theirs."), text(P, "Theirs.")]),
    ([text(P, "Ours.")], [Rename(A, "A2"), Rename(("events", "A2", "properties", "p"), "p2")]),
    ([Rename(P, "p2")], [Rename(A, "A2")]),
    ([Create(("events", "C"))], [Create(("events", "D"))]),
    ([Create(("events", "C"))], [Create(("events", "C"))]),
    ([Remove(A, "gone", DAY)], [text(B, "Theirs.")]),
    ([text(B, "Ours.")], [Remove(A, "gone", DAY)]),
    ([Remove(P, "gone", DAY)], [Rename(A, "A2")]),
    ([Rename(A, "A2")], [Remove(P, "gone", DAY)]),
    ([Change(A, {"tags": ["x"]})], [Change(A, {"tags": ["y"]})]),
    ([Rename(("user_properties", "rank"), "grade")], [text(("user_properties", "rank"), "Theirs.")]),
    ([Rename(A, "A2")], [Rename(A, "A2")]),
    ([Rename(A, "A2"), Create(("events", "A3"))], [Rename(B, "B2")]),
]


@pytest.mark.parametrize("ours, theirs", PAIRS)
def test_independent_changes_both_stay_whichever_comes_first(ours: list[Edit], theirs: list[Edit]) -> None:
    one = join(BASE, after(*ours), after(*theirs))
    other = join(BASE, after(*theirs), after(*ours))
    assert one.collisions == other.collisions == () and sound(one.plan)
    assert _content(one.plan) == _content(other.plan)


def _content(plan: TrackingPlan) -> Any:
    data = plan.data()
    return {**data, **{field: sorted(map(str, data.get(field, []))) for field in ("moved", "removed")}}


def test_an_edit_reaches_the_event_under_its_new_name() -> None:
    joined = join(BASE, after(Rename(A, "A2")), after(text(A, "Theirs."))).plan
    assert list(joined.events) == ["A2", "B"] and joined.events["A2"].description == "Theirs."
    assert [(one.from_name, one.to_name) for one in joined.moved] == [("A", "A2")]


def test_identities_that_the_plan_states_are_followed_without_a_rename() -> None:
    base = TrackingPlan.model_validate({"name": "P", "events": {"A": {"id": "one"}}})
    ours = TrackingPlan.model_validate({"name": "P", "events": {"Other": {"id": "one"}}})
    joined = join(base, ours, after(text(A, "Theirs."), base=base)).plan
    assert joined.events["Other"].description == "Theirs." and len(joined.events) == 1


COLLISIONS: list[tuple[list[Edit], list[Edit], list[tuple[str, ...]]]] = [
    ([text(A, "Ours.")], [text(A, "Theirs.")], [(*A, "description")]),
    ([text(A, "Ours."), text(P, "Ours.")], [text(A, "T."), text(P, "T.")], [(*A, "description"), (*P, "description")]),
    ([Remove(A, "gone", DAY)], [text(A, "Theirs.")], [A]),
    ([text(A, "Ours.")], [Remove(A, "gone", DAY)], [A]),
    ([Rename(A, "A2")], [Rename(A, "A3")], [(*A, "name")]),
    ([Rename(P, "p2")], [Rename(P, "p3")], [(*P, "name")]),
    ([Create(("events", "C"), {"description": "O."})], [Create(("events", "C"), {"description": "T."})],
     [("events", "C", "description")]),
]  # fmt: skip


@pytest.mark.parametrize("ours, theirs, paths", COLLISIONS)
def test_what_both_changed_is_a_collision_with_both_texts(ours: Any, theirs: Any, paths: Any) -> None:
    found = join(BASE, after(*ours), after(*theirs))
    assert [one.path for one in found.collisions] == paths
    assert all(not same(_plain(one.now), _plain(one.wanted)) for one in found.collisions)


def _plain(value: Any) -> Any:
    return None if value is ABSENT else value


@pytest.mark.parametrize("ours, theirs, paths", COLLISIONS)
@pytest.mark.parametrize("mine", [True, False])
def test_a_decided_collision_gives_a_sound_plan_in_which_the_choice_holds(
    ours: Any, theirs: Any, paths: Any, mine: bool
) -> None:
    plan, draft = after(*ours), after(*theirs)
    joined = join(BASE, plan, draft, frozenset(paths) if mine else frozenset()).plan
    wanted = draft if mine else plan
    assert sound(joined)
    assert _content(joined)["events"] == _content(wanted)["events"]


def test_a_name_that_the_plan_published_leads_to_the_one_that_won() -> None:
    joined = join(BASE, after(Rename(A, "A2")), after(Rename(A, "A3")), frozenset([(*A, "name")])).plan
    assert [(one.from_name, one.to_name) for one in joined.moved] == [("A", "A2"), ("A2", "A3")]


def test_two_things_of_one_name_are_refused() -> None:
    with pytest.raises(Refusal, match="both have something called 'C'"):
        join(BASE, after(Create(("events", "C"))), after(Rename(A, "C")))


def test_records_that_nobody_touched_stay_in_their_order() -> None:
    records = [{"event": name, "reason": "old", "date": DAY} for name in ("Z", "Y", "X")]
    plan = TrackingPlan.model_validate({**BASE.data(), "removed": records})
    joined = join(plan, plan, edited(plan, Remove(B, "gone", DAY), plan)).plan
    assert [one.event for one in joined.removed] == ["Z", "Y", "X", "B"]


@LAWS
@given(plan=plans(), words=st.text(max_size=9))
def test_with_one_side_at_rest_the_other_is_the_outcome(plan: TrackingPlan, words: str) -> None:
    changed = plan
    for name in list(plan.events)[:1]:
        renamed = edited(plan, Rename(("events", name), name + "!"), plan) if name + "!" not in plan.events else plan
        changed = edited(renamed, text(("events", next(iter(renamed.events))), words), plan)
    assert same(join(plan, plan, changed).plan.data(), changed.data())
    assert same(join(plan, changed, plan).plan.data(), changed.data())
