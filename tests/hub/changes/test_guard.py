"""Guards: each fires at its bound and not below, all together, and a ticket opens one of them for one changeset."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.changes.changeset import Changeset, TargetChanges, combine
from hub.changes.guard import Limits, Recent, Share, Ticket, measures, type_changes, violations
from mappings.contract import Document
from tests.hub.changes.values import NOW, at, card, retypes, update, writes


def changes(target: str = "lab", **fields: Any) -> TargetChanges:
    return TargetChanges(target, "notebook", **{"operations": (), "managed": 1000, **fields})


def guards(*targets: TargetChanges, limits: Limits | None = None, recent: Recent | None = None) -> list[str]:
    """The names of the guards that say no."""
    found = violations(
        combine("Harbour", "p", targets),
        limits={one.target: limits for one in targets} if limits else {},
        recent={one.target: recent for one in targets} if recent else {},
    )
    return [one.guard for one in found]


ONE: tuple[Document, ...] = (card("kept"),)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("first-publish", {"first": True, "operations": writes("create", 1), "unmanaged": 1}, {"unmanaged": 0}),
    ("first-publish", {"first": True, "operations": writes("create", 1), "in_sync": ONE}, {"in_sync": ()}),
    ("first-publish", {"first": True, "operations": writes("create", 1), "unmanaged": 1}, {"first": False}),
    ("first-publish", {"first": True, "operations": writes("create", 1), "unmanaged": 1}, {"operations": ()}),
    ("unmanaged", {"foreign": (at("a"),)}, {"foreign": ()}),
    ("incomplete-reading", {"unknown": ((at("a"), "failed"),)}, {"unknown": ()}),
    ("suddenly-empty", {"managed": 10, "vanished": 9}, {"vanished": 8}),
    ("suddenly-empty", {"managed": 3, "vanished": 3}, {"managed": 2, "vanished": 2}),
    ("too-many-updates", {"managed": 40, "operations": writes("update", 21)}, {"operations": writes("update", 20)}),
    ("too-many-updates", {"managed": 30, "operations": writes("update", 20)}, {"operations": writes("update", 19)}),
    ("too-many-updates", {"managed": 40, "operations": writes("rename", 21)}, {"operations": writes("create", 40)}),
    ("too-many-removals", {"managed": 24, "operations": writes("delete", 7)}, {"operations": writes("delete", 6)}),
    ("too-many-removals", {"managed": 8, "operations": writes("hide", 5)}, {"operations": writes("hide", 4)}),
    ("too-many-type-changes", {"managed": 100, "operations": retypes(11)}, {"operations": retypes(10)}),
    ("too-many-type-changes", {"managed": 20, "operations": retypes(10)}, {"operations": retypes(9)}),
]


@pytest.mark.parametrize(("guard", "over", "within"), CASES)
def test_a_guard_fires_over_its_bound_and_not_within(guard: str, over: dict[str, Any], within: dict[str, Any]) -> None:
    assert guards(changes(**over)) == [guard]
    assert guards(changes(**{**over, **within})) == []


@pytest.mark.parametrize(
    ("guard", "operations", "recent"),
    [
        ("too-many-updates", writes("update", 1), Recent(updates=50, managed_before=100)),
        ("too-many-removals", writes("delete", 1), Recent(removals=25, managed_before=100)),
        ("too-many-type-changes", retypes(1), Recent(type_changes=10, managed_before=100)),
    ],
)
def test_what_was_written_in_the_last_day_counts_too(guard: str, operations: Any, recent: Recent) -> None:
    today = changes(managed=100, operations=operations)
    assert guards(today, recent=recent) == [guard]
    assert guards(today) == []


def test_the_last_day_alone_stops_nothing() -> None:
    assert guards(changes(managed=10, operations=writes("create", 1)), recent=Recent(9, 9, 9, 10)) == []


def test_removing_in_small_steps_does_not_shrink_the_measure() -> None:
    last_step = changes(managed=76, operations=writes("delete", 1))
    assert guards(last_step, recent=Recent(removals=24, managed_before=100)) == []
    assert guards(last_step, recent=Recent(removals=25, managed_before=100)) == ["too-many-removals"]


def test_a_target_can_have_its_own_limits() -> None:
    strict = Limits(updates=Share(0.0, 1))
    assert guards(changes(operations=writes("update", 1)), limits=strict) == ["too-many-updates"]


def test_all_violations_of_all_targets_come_together_with_numbers() -> None:
    bad: dict[str, Any] = {"foreign": (at("a"),), "unknown": ((at("b"), "failed"), (at("c"), "failed"))}
    found = violations(
        combine("Harbour", "p", [changes(target, **bad) for target in ("lab", "shop")]), limits={}, recent={}
    )
    assert [(one.target, one.guard) for one in found] == [
        (target, guard) for target in ("lab", "shop") for guard in ("unmanaged", "incomplete-reading")
    ]
    assert [one.numbers["documents"] for one in found] == [1, 2, 1, 2] and all(one.hint for one in found)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"type": "text"}, {"type": "flag"}, True),
        ({"fields": {"a": {"type": "text"}}}, {"fields": {"a": {"type": "flag"}}}, True),
        ({"fields": {"type": {"type": "text"}}}, {"fields": {"type": {"type": "text", "text": "new"}}}, False),
        ({"fields": {"a": {"type": "text"}}}, {"fields": {"b": {"type": "flag"}}}, False),
        ({"text": "old"}, {"text": "new"}, False),
    ],
)
def test_a_type_change_is_another_type_where_there_was_one(before: Any, after: Any, found: bool) -> None:
    operation = replace(update("a"), document=card("a", **after), before=card("a", **before))
    assert type_changes(changes(operations=(operation,))) == (["card:a"] if found else [])


# Tickets


@pytest.fixture
def guarded() -> Changeset:
    """Two guards of one target say no to it."""
    return combine("Harbour", "p", [changes(foreign=(at("a"),), unknown=((at("b"), "failed"),))])


def still_stopped(changeset: Changeset, *tickets: Ticket) -> list[str]:
    return [one.guard for one in violations(changeset, limits={}, recent={}, tickets=tickets, now=NOW)]


def ticket(guard: str, changeset: Changeset, expires: float = NOW + 1) -> Ticket:
    return Ticket(guard, changeset.fingerprint, "dana", "agreed with the owner", expires)


def test_a_ticket_opens_its_guard_and_no_other(guarded: Changeset) -> None:
    assert still_stopped(guarded) == ["unmanaged", "incomplete-reading"]
    assert still_stopped(guarded, ticket("unmanaged", guarded)) == ["incomplete-reading"]


def test_one_ticket_for_each_guard_opens_all(guarded: Changeset) -> None:
    assert still_stopped(guarded, *(ticket(guard, guarded) for guard in ("unmanaged", "incomplete-reading"))) == []


def test_a_ticket_is_bound_to_the_fingerprint(guarded: Changeset) -> None:
    moved = replace(guarded, plan_hash="q")
    assert still_stopped(moved, ticket("unmanaged", guarded)) == ["unmanaged", "incomplete-reading"]


@pytest.mark.parametrize(("expires", "opens"), [(NOW + 0.001, True), (NOW, False), (NOW - 1, False)])
def test_a_ticket_expires(guarded: Changeset, expires: float, opens: bool) -> None:
    assert ("unmanaged" not in still_stopped(guarded, ticket("unmanaged", guarded, expires))) is opens


@pytest.mark.parametrize(
    ("part", "managed", "most"),
    [(0.29, 100, 29), (0.7, 10, 7), (1 / 3, 3, 1), (0.5, 7, 3), (1.0, 12, 12), (0.0, 12, 0), (0.1, 9, 0)],
)
def test_the_most_that_is_allowed_is_told_exactly(part: float, managed: int, most: int) -> None:
    found = measures(changes(managed=managed), Limits(updates=Share(part, 0)), Recent())
    assert next(one.most for one in found if one.guard == "too-many-updates") == most


def test_few_are_always_allowed() -> None:
    found = measures(changes(managed=10, operations=writes("hide", 3)), Limits(removals=Share(0.1, 5)), Recent())
    assert [(one.used, one.most, one.exceeded) for one in found if one.guard == "too-many-removals"] == [(3, 4, False)]


def test_what_a_changeset_does_nothing_of_uses_nothing_whatever_was_done_before() -> None:
    assert [one.used for one in measures(changes(), Limits(), Recent(updates=900, managed_before=1000))] == [0, 0, 0]
