"""Whatever people do in which order, a plan that was sound stays so; also when two of them are joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.changes.editing import Change, Create, Edit, Remove, Rename, Revert, edited
from hub.changes.joining import join
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.rules import check
from mappings.testing import LAWS

DAY = "2026-01-31"
EVENTS, PROPERTIES = st.sampled_from("ABC"), st.sampled_from("pq")
PLACES = st.one_of(
    st.tuples(st.just("events"), EVENTS),
    st.tuples(st.just("events"), EVENTS, st.just("properties"), PROPERTIES),
    st.tuples(st.just("user_properties"), PROPERTIES),
)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(Create, PLACES),
    st.builds(Rename, PLACES, st.sampled_from("ABCpq")),
    st.builds(Remove, PLACES, st.just("gone"), st.just(DAY)),
    st.builds(Change, PLACES, st.fixed_dictionaries({"description": st.sampled_from("xy")})),
    st.builds(Revert, st.tuples(st.just("events"), EVENTS)),
)
BASES = st.sampled_from(
    [
        {"events": {"A": {"properties": {"p": {}}}, "B": {}}, "user_properties": {"p": {}}},
        {
            "events": {"C": {"properties": {"q": {}}}},
            "moved": [{"from": "A", "to": "B"}, {"from": "B", "to": "C"}, {"from": "p", "to": "q", "event": "C"}],
        },
        {
            "events": {"A": {}},
            "removed": [
                {"event": "B", "reason": "r", "date": DAY},
                {"event": "A", "property": "p", "reason": "r", "date": DAY},
            ],
        },
    ]
)


def errors(plan: TrackingPlan) -> list[str]:
    return [one.code for one in check(plan) if one.severity == "error"]


def after(base: TrackingPlan, edits: Sequence[Edit]) -> TrackingPlan:
    """What becomes of a plan; edits that are refused change nothing."""
    plan = base
    for one in edits:
        try:
            plan = edited(plan, one, base)
        except Refusal:
            continue
        assert errors(plan) == [], one
    return plan


@LAWS
@given(data=BASES, edits=st.lists(EDITS, max_size=6))
def test_no_order_of_edits_makes_a_plan_contradict_itself(data: Any, edits: list[Edit]) -> None:
    plan = after(TrackingPlan.model_validate({"name": "P", **data}), edits)
    assert TrackingPlan.model_validate(plan.data()) == plan


@LAWS
@given(data=BASES, ours=st.lists(EDITS, max_size=3), theirs=st.lists(EDITS, max_size=3), is_mine=st.booleans())
def test_two_sound_plans_are_joined_to_a_sound_one(
    data: Any, ours: list[Edit], theirs: list[Edit], is_mine: bool
) -> None:
    """But for a new thing under a name that the other side's choice still remembers: that is left to a person."""
    base = TrackingPlan.model_validate({"name": "P", **data})
    plan, draft = after(base, ours), after(base, theirs)
    try:
        collisions = join(base, plan, draft).collisions
        joined = join(base, plan, draft, frozenset(one.path for one in collisions if is_mine))
    except Refusal:
        return
    assert set(errors(joined.plan)) <= {"plan.moved-still-listed"}
    assert len(joined.collisions) == (0 if is_mine else len(collisions))
