"""A changeset says what would be written and nothing else, and its fingerprint stands for all that it rests on."""

from __future__ import annotations

import pytest

from hub.changes.changeset import TargetChanges, Undecided, combine
from mappings.contract import Documents
from tests.hub.changes.values import at, based_on, card, decide, snapshot, tombstone


def verbs(changes: TargetChanges) -> list[tuple[str, str]]:
    return [(one.verb, one.address.names[0]) for one in changes.operations]


def fingerprint(*targets: TargetChanges, plan: str = "p" * 64) -> str:
    return combine("Harbour", plan, targets).fingerprint


# What is written


def test_what_is_not_there_is_created_and_what_differs_is_updated() -> None:
    changes = decide([card("a", v=1), card("b", v=2), card("c", v=3)], snapshot(card("b", v=1), card("c", v=3)))
    assert verbs(changes) == [("create", "a"), ("update", "b")]
    assert [str(one.address) for one in changes.in_sync] == ["card:c"]


def test_a_former_name_becomes_a_rename_while_the_tool_knows_it() -> None:
    wanted = [card("new", formerly="old", v=1)]
    assert verbs(decide(wanted, snapshot(card("old", v=1)))) == [("rename", "new")]
    assert verbs(decide(wanted, snapshot())) == [("create", "new")]


@pytest.mark.parametrize("completeness", ["partial", "failed", "not-entitled", "hidden", "stale"])
def test_nothing_is_written_to_an_address_that_was_not_read(completeness: str) -> None:
    theirs = snapshot(card("b", v=1), completeness=completeness, why="half an answer")  # type: ignore[arg-type]
    changes = decide([card("a", v=1), card("b", v=2)], theirs)
    assert verbs(changes) == [("update", "b")]
    assert changes.unknown == ((at("a"), f"{completeness}: half an answer"),)


def test_a_list_that_nobody_read_is_unknown_too() -> None:
    theirs = snapshot().__class__(snapshot().documents, (), 0.0)
    assert decide([card("a")], theirs).unknown == ((at("a"), "its list was not read"),)


def test_a_tombstone_removes_what_is_managed() -> None:
    held = card("a", v=1)
    assert verbs(decide([], snapshot(held), based_on(held), [tombstone("a")])) == [("delete", "a")]


def test_a_tombstone_does_not_touch_what_is_not_managed() -> None:
    held = card("a", v=1)
    assert verbs(decide([], snapshot(held), based_on(card("b")), [tombstone("a")], delete=True)) == []


@pytest.mark.parametrize(
    ("delete", "possible", "verb"), [(False, True, "hide"), (True, True, "delete"), (True, False, "hide")]
)
def test_a_tombstone_hides_unless_deleting_is_asked_for_and_possible(delete: bool, possible: bool, verb: str) -> None:
    held, hidden = card("a", v=1), card("a", v=1, hidden=True)
    changes = decide([], snapshot(held), based_on(held), [tombstone("a", hidden, possible=possible)], delete=delete)
    assert verbs(changes) == [(verb, "a")]


def test_what_the_plan_does_not_list_is_counted_and_left_alone() -> None:
    stray, ours = card("stray", v=1), card("a", v=1)
    changes = decide([ours], snapshot(stray, ours), based_on(ours))
    assert (changes.operations, changes.unmanaged, changes.managed) == ((), 1, 1)


def test_overwriting_what_was_never_published_is_foreign() -> None:
    changes = decide([card("a", v=2)], snapshot(card("a", v=1)), based_on(card("b")))
    assert changes.foreign == (at("a"),)


def test_someone_who_edits_towards_the_plan_is_in_sync() -> None:
    changes = decide([card("a", v=2)], snapshot(card("a", v=2)), based_on(card("a", v=1)))
    assert (changes.operations, len(changes.in_sync)) == ((), 1)


def test_what_the_plan_wants_but_leaves_to_the_tool_stays_managed() -> None:
    theirs, base = snapshot(card("b")), based_on(card("a"), card("b"))
    assert decide([card("b")], theirs, base).gone == (at("a"),)
    assert (
        decide([card("b")], theirs, base, undecided=Undecided(Documents([card("a"), card("b")]), Documents())).gone
        == ()
    )


def test_managed_things_that_are_gone_are_counted_only_when_that_is_certain() -> None:
    base = based_on(card("a"), card("b"))
    assert decide([], snapshot(card("a")), base).vanished == 1
    assert decide([], snapshot(card("a"), completeness="partial"), base).vanished == 0


# The fingerprint

HELD, WANTED = card("a", v=1), card("a", v=2)
USUAL = {"wanted": [WANTED, card("b", v=1)], "theirs": snapshot(HELD), "base": based_on(HELD)}


@pytest.mark.parametrize(
    "change",
    [
        {"wanted": [card("a", v=3), card("b", v=1)]},
        {"wanted": [WANTED]},
        {"theirs": snapshot(card("a", v=9))},
        {"theirs": snapshot(HELD, card("b", v=1))},
        {"theirs": snapshot(HELD, completeness="partial")},
        {"base": based_on(card("a", v=9))},
        {"base": based_on(HELD, card("c"))},
        {"base": {}},
        {"removals": [tombstone("a")]},
        {"target": "shop"},
    ],
)
def test_the_fingerprint_changes_with_what_the_changeset_rests_on(change: dict[str, object]) -> None:
    assert fingerprint(decide(**USUAL)) != fingerprint(decide(**{**USUAL, **change}))  # type: ignore[arg-type]


def test_the_fingerprint_changes_with_the_plan() -> None:
    assert fingerprint(decide(), plan="p" * 64) != fingerprint(decide(), plan="q" * 64)


def test_the_fingerprint_changes_with_what_is_in_sync() -> None:
    one, other = card("a", v=1), card("a", v=2)
    assert fingerprint(decide([one], snapshot(one))) != fingerprint(decide([other], snapshot(other)))


def test_the_fingerprint_tells_hiding_from_deleting() -> None:
    removals = [tombstone("a", card("a", v=1, hidden=True))]
    hide, delete = (decide([], snapshot(HELD), based_on(HELD), removals, delete=one) for one in (False, True))
    assert fingerprint(hide) != fingerprint(delete)


def test_the_fingerprint_does_not_change_with_the_order_of_targets() -> None:
    one, other = decide([WANTED], target="lab"), decide([HELD], target="shop")
    assert fingerprint(one, other) == fingerprint(other, one)


def test_the_fingerprint_does_not_change_with_the_order_of_the_base() -> None:
    base = based_on(HELD, card("c"))
    backwards = dict(reversed(base.items()))
    assert fingerprint(decide([WANTED], snapshot(HELD), base)) == fingerprint(
        decide([WANTED], snapshot(HELD), backwards)
    )


def test_the_fingerprint_does_not_change_with_facts() -> None:
    fresh = card("a", v=1)
    fresh.facts = {"revision": 8}
    assert fingerprint(decide([WANTED], snapshot(fresh))) == fingerprint(decide([WANTED], snapshot(HELD)))


def test_a_changeset_with_something_unread_is_not_empty() -> None:
    assert combine("Harbour", "p", [decide()]).empty
    assert not combine("Harbour", "p", [decide([card("a")], snapshot(completeness="failed"))]).empty
