"""What becomes of an edit in a tool: policy by side by earlier decision."""

from __future__ import annotations

from typing import Any

import pytest

from hub.changes.authority import Authority, Policy, Rule
from hub.changes.merge import ABSENT
from hub.changes.resolve import NOTHING_DECIDED, Decided, Edit, Resolution, proposals, resolve, value_hash

PATH = ("events", "Net Cast", "description")
B, OURS, T = "base text", "our text", "their text"


def net(**fields: Any) -> Any:
    return {"events": {"Net Cast": {key: value for key, value in fields.items() if value is not ABSENT}}}


def fate(
    policy: Policy,
    base: Any,
    ours: Any,
    theirs: Any,
    decided: Decided = NOTHING_DECIDED,
    field: str = "description",
    target: str = "lab",
) -> list[Edit]:
    sides = (net(**{field: side}) for side in (base, ours, theirs))
    return list(resolve(target, *sides, authority=Authority.of([Rule(policy)]), decided=decided).edits)


def rejected(value: Any, who: str = "*") -> Decided:
    return Decided(rejected=frozenset({(who, PATH, value_hash(value))}))


def different(value: Any, target: str = "lab") -> Decided:
    return Decided(different=frozenset({(target, PATH, value_hash(value))}))


FROZEN = Decided(frozen=frozenset({("lab", PATH)}))


@pytest.mark.parametrize(
    ("policy", "ours", "decided", "verdict", "value"),
    [
        ("plan", B, Decided(), "restore", B),
        ("plan", OURS, Decided(), "restore", OURS),
        ("tool", B, Decided(), "keep", T),
        ("tool", OURS, Decided(), "keep", T),
        ("ignore", OURS, Decided(), "keep", T),
        ("propose", B, Decided(), "propose", T),
        ("propose", OURS, Decided(), "conflict", T),
        ("propose", B, rejected(T), "restore", B),
        ("propose", OURS, rejected(T), "restore", OURS),
        ("propose", B, rejected(T, "lab"), "restore", B),
        ("propose", B, rejected(T, "attic"), "propose", T),
        ("propose", B, rejected("another"), "propose", T),
        ("propose", OURS, different(T), "keep", T),
        ("propose", B, different(T, "attic"), "propose", T),
        ("plan", B, different(T), "keep", T),
        ("plan", B, FROZEN, "conflict", T),
        ("tool", B, FROZEN, "keep", T),
        ("fill-empty", B, Decided(), "restore", B),
        ("fill-empty", ABSENT, Decided(), "conflict", T),
        ("union", B, Decided(), "propose", T),
        ("union", OURS, Decided(), "conflict", T),
    ],
)
def test_policy_side_and_decision_give_the_verdict(
    policy: Policy, ours: Any, decided: Decided, verdict: str, value: Any
) -> None:
    (edit,) = fate(policy, B, ours, T, decided)
    assert (edit.verdict, edit.value) == (verdict, value)


def test_fill_empty_takes_what_the_plan_never_said() -> None:
    (edit,) = fate("fill-empty", ABSENT, ABSENT, T)
    assert (edit.verdict, edit.value) == ("propose", T)


@pytest.mark.parametrize(("base", "ours", "theirs"), [(B, B, B), (B, OURS, B), (B, T, T), (ABSENT, T, T)])
def test_nothing_becomes_of_what_nobody_edited_or_both_agree_on(base: Any, ours: Any, theirs: Any) -> None:
    assert fate("propose", base, ours, theirs) == []


def test_a_text_that_was_emptied_is_an_edit_too() -> None:
    (edit,) = fate("propose", B, B, ABSENT)
    assert (edit.verdict, edit.value) == ("propose", ABSENT)


def test_tags_that_both_changed_are_proposed_together() -> None:
    (edit,) = fate("propose", ["a"], ["a", "b"], ["a", "c"], field="tags")
    assert (edit.verdict, edit.value) == ("propose", ["a", "b", "c"])


def test_tags_that_the_plan_has_already_are_not_proposed() -> None:
    assert fate("propose", ["a"], ["a", "b", "c"], ["a", "c"], field="tags") == []


def test_what_is_kept_is_put_into_the_plan_with_the_base_at_hand() -> None:
    found = resolve("lab", net(description=B), net(description=OURS), net(description=T), authority=Authority())
    assert (found.keeps, found.bases) == (((PATH, T),), ((PATH, B),))


def test_what_is_restored_is_not_kept() -> None:
    table = Authority.of([Rule("plan")])
    found = resolve("lab", net(description=B), net(description=B), net(description=T), authority=table)
    assert [edit.verdict for edit in found.edits] == ["restore"] and found.keeps == ()


def test_the_rows_see_the_tags_and_the_status_that_the_plan_says() -> None:
    table = Authority.of([Rule("plan", tag="core", status="deprecated")])
    base, theirs = (net(description=one, tags=["core"], status="deprecated") for one in (B, T))
    assert [edit.policy for edit in resolve("lab", base, base, theirs, authority=table).edits] == ["plan"]


def seen_in(target: str, theirs: Any, ours: Any = B) -> Resolution:
    return Resolution(tuple(fate("propose", B, ours, theirs, target=target)))


def test_one_edit_in_two_tools_is_one_proposal() -> None:
    (one,) = proposals([seen_in("lab", T), seen_in("attic", T)])
    assert [target for target, _ in one.shown] == ["attic", "lab"]


def test_two_values_at_one_place_are_two_proposals() -> None:
    found = proposals([seen_in("lab", T), seen_in("attic", "a third text")])
    assert {one.value for one in found} == {T, "a third text"} and len({one.key for one in found}) == 2


def test_a_conflict_anywhere_makes_it_one() -> None:
    (one,) = proposals([seen_in("lab", T), seen_in("attic", T, ours=OURS)])
    assert one.conflict and len(one.shown) == 2


def test_a_removal_and_a_null_are_not_the_same_value() -> None:
    assert value_hash(ABSENT) != value_hash(None)


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "value"),
    [
        (["a", "b"], ["a", "b", "c"], "propose", ["a", "b", "c"]),
        (["a", "b"], ["a"], "restore", ["a", "b"]),
        (["a", "b"], ABSENT, "restore", ["a", "b"]),
        (["a", "b"], ["a", "c"], "propose", ["a", "b", "c"]),
        (["a"], ["a", "b", "c"], "propose", ["a", "b", "c"]),
    ],
)
def test_in_a_union_the_tool_adds_elements_and_takes_none_away(
    ours: Any, theirs: Any, verdict: str, value: Any
) -> None:
    (edit,) = fate("union", ["a", "b"], ours, theirs, field="tags")
    assert (edit.verdict, edit.value) == (verdict, value)
