"""From two sets of documents to the writes between them."""

from __future__ import annotations

import pytest

from connectors.contract import Operation
from connectors.operations import operations_between, removals_of
from mappings.contract import Address, Document, Documents, Removal

WAVES = ("type", "event", "rule")


def document(kind: str, name: str, text: str = "", formerly: str = "") -> Document:
    former = Address(kind, (formerly,)) if formerly else None
    return Document(Address(kind, (name,)), {"text": text}, formerly=former)


def short(operations: list[Operation]) -> list[tuple[str, str]]:
    return [(one.verb, str(one.address)) for one in operations]


def test_what_is_missing_is_created_and_what_differs_is_updated() -> None:
    theirs = Documents([document("event", "same"), document("event", "old", "1"), document("event", "unmanaged")])
    wanted = [document("event", "same"), document("event", "old", "2"), document("event", "new")]
    assert short(operations_between(theirs, wanted, WAVES)) == [("update", "event:old"), ("create", "event:new")]


def test_equal_numbers_in_another_spelling_are_no_change() -> None:
    theirs = Documents([Document(Address("event", ("e",)), {"minimum": 1, "title": "x"})])
    assert operations_between(theirs, [Document(Address("event", ("e",)), {"title": "x", "minimum": 1.0})], WAVES) == []


def test_writes_go_by_wave_and_keep_their_order_within_one() -> None:
    wanted = [document("rule", "r"), document("event", "b"), document("event", "a"), document("type", "t")]
    assert short(operations_between(Documents(), wanted, WAVES)) == [
        ("create", "type:t"),
        ("create", "event:b"),
        ("create", "event:a"),
        ("create", "rule:r"),
    ]


@pytest.mark.parametrize(
    ("held", "verb", "before"),
    [(["old"], "rename", "event:old"), ([], "create", None), (["old", "new"], "update", "event:new")],
)
def test_a_rename_needs_the_old_one_and_not_the_new_one(held: list[str], verb: str, before: str | None) -> None:
    theirs = Documents([document("event", name, "held") for name in held])
    (operation,) = operations_between(theirs, [document("event", "new", "x", formerly="old")], WAVES)
    assert (operation.verb, str(operation.before.address) if operation.before else None) == (verb, before)


def removal(name: str, kind: str = "event", hidden: str = "", possible: bool = True) -> Removal:
    hides = document(kind, name, hidden) if hidden else None
    return Removal(Address(kind, (name,)), "not sent", ("events", name), hides, possible)


@pytest.mark.parametrize(
    ("hidden", "possible", "delete", "verbs"),
    [
        ("gone", True, False, ["hide"]),
        ("gone", True, True, ["delete"]),
        ("gone", False, True, ["hide"]),
        ("", True, False, ["delete"]),
        ("", False, True, []),
        ("held", True, False, []),
        ("held", True, True, ["delete"]),
    ],
)
def test_a_tombstone_hides_where_it_can_and_deletes_where_it_may(
    hidden: str, possible: bool, delete: bool, verbs: list[str]
) -> None:
    theirs = Documents([document("event", "e", "held")])
    writes = removals_of(theirs, [removal("e", hidden=hidden, possible=possible)], delete=delete, waves=WAVES)
    assert [one.verb for one in writes] == verbs


def test_what_is_not_there_needs_no_removal() -> None:
    assert removals_of(Documents(), [removal("e")], delete=True, waves=WAVES) == []


def test_what_uses_a_shared_thing_goes_before_it() -> None:
    theirs = Documents([document("type", "t"), document("event", "e"), document("rule", "r")])
    removals = [removal("t", "type"), removal("r", "rule"), removal("e")]
    assert short(removals_of(theirs, removals, delete=True, waves=WAVES)) == [
        ("delete", "rule:r"),
        ("delete", "event:e"),
        ("delete", "type:t"),
    ]


def test_an_operation_has_the_same_id_for_the_same_write_only() -> None:
    before, after = document("event", "e", "1"), document("event", "e", "2")
    one = Operation("update", after.address, after, before)
    assert one.id == Operation("update", after.address, document("event", "e", "2"), document("event", "e", "1")).id
    others = [Operation("hide", after.address, after, before), Operation("update", after.address, after, after)]
    assert one.id not in {other.id for other in others} and len(one.id) == 32
