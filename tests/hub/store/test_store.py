"""What the store remembers comes back as it was, from another process's point of view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Coverage, Operation, Receipt, Snapshot
from hub.changes.changeset import Changeset, TargetChanges
from hub.changes.guard import Recent, Ticket
from hub.engine.ports import PlanVersion, Publication, TargetRun
from hub.errors import Busy, Refusal
from hub.store.database import Database
from hub.store.sql import SqlStore
from mappings.canonical import TrackingPlan
from mappings.contract import Address, Document, Documents
from tests.hub.store.processes import children


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    return SqlStore(Database(f"sqlite:///{tmp_path}/hub.db"))


@pytest.fixture
def other(store: SqlStore) -> SqlStore:
    """The same memory, opened a second time: what it sees is on disk."""
    return SqlStore(Database(store.database.url))


def plan(name: str = "Shop", **events: str) -> TrackingPlan:
    return TrackingPlan.model_validate(
        {"name": name, "events": {key.replace("_", " "): {"description": text} for key, text in events.items()}}
    )


def document(name: str, **body: Any) -> Document:
    return Document(Address("event", (name,)), body, about=("events", name))


# Plan versions


def test_versions_count_up_and_the_same_content_is_the_same_version(store: SqlStore, other: SqlStore) -> None:
    frozen = [store.freeze(plan(Signed_Up=text), "ann", 1.0) for text in ("one", "one", "two", "one")]
    assert [version.number for version in frozen] == [1, 1, 2, 3]
    assert frozen[0].hash == frozen[3].hash != frozen[2].hash
    assert [other.plan_version("Shop", number) for number in (1, 2)] == [plan(Signed_Up="one"), plan(Signed_Up="two")]
    assert other.plan_version("Shop") == plan(Signed_Up="one")


def test_each_plan_counts_for_itself(store: SqlStore, other: SqlStore) -> None:
    for name in ("Shop", "App", "Shop"):
        store.freeze(plan(name, Signed_Up=f"{len(store.plans())}"), "ann", 1.0)
    assert sorted((version.plan, version.number) for version in other.plans()) == [("App", 1), ("Shop", 2)]


@pytest.mark.parametrize(("name", "number"), [("Shop", 2), ("Ship", None)])
def test_a_version_that_is_not_there_is_a_refusal(store: SqlStore, name: str, number: int | None) -> None:
    store.freeze(plan(), "ann", 1.0)
    with pytest.raises(Refusal) as caught:
        store.plan_version(name, number)
    assert name in caught.value.message and caught.value.hint


# Snapshots and base


def snapshot(documents: Sequence[Document], at: float = 10.0) -> Snapshot:
    lists = (
        Coverage(Address("event", ()), "complete", at),
        Coverage(Address("property", ("a:b", "50%")), "not-entitled", 2.5, "the role is missing"),
    )
    return Snapshot(Documents(documents), lists, at, requests=3)


def test_a_snapshot_comes_back_whole(store: SqlStore, other: SqlStore) -> None:
    odd = Document(Address("property", ("a:b", "50%", "🛒")), {"x": [1, None]}, about=("events", "e"), facts={"id": 7})
    taken = snapshot([document("b", text="ü"), odd, document("a")])
    store.keep_snapshot("prod", taken)
    seen = other.last_snapshot("prod")
    assert seen == Snapshot(seen.documents if seen else Documents(), taken.coverage, 10.0, 3)
    assert [vars_of(one) for one in seen.documents.values()] == [vars_of(one) for one in taken.documents.values()]


def vars_of(one: Document) -> tuple[Any, ...]:
    return one.address, one.body, one.about, one.facts, one.hash


def test_the_newest_snapshot_of_the_target_counts(store: SqlStore) -> None:
    for target, at, name in [("prod", 5.0, "late"), ("prod", 1.0, "early"), ("test", 9.0, "other")]:
        store.keep_snapshot(target, snapshot([document(name)], at))
    seen = store.last_snapshot("prod")
    assert seen and [one.names for one in seen.documents] == [("late",)] and store.last_snapshot("dev") is None


def test_an_unchanged_tool_costs_one_row(store: SqlStore) -> None:
    def rows() -> tuple[int, int]:
        with store.database.read() as connection:
            count = connection.exec_driver_sql
            return count("select count(*) from document").scalar_one(), count(
                "select count(*) from snapshot"
            ).scalar_one()

    held = [document(f"Event {number}", number=number) for number in range(1500)]
    store.keep_snapshot("prod", snapshot(held))
    documents, snapshots = rows()
    store.keep_snapshot("prod", snapshot(held))
    assert rows() == (documents, snapshots + 1)
    seen = store.last_snapshot("prod")
    assert seen and len(seen.documents) == 1500


def test_base_follows_what_was_verified(store: SqlStore, other: SqlStore) -> None:
    one, two, changed = document("one", v=1), document("two", v=1), document("one", v=2)
    store.advance_base("prod", "p1", [one, two], [], 1.0)
    store.advance_base("test", "p1", [two], [], 1.0)
    store.advance_base("prod", "p2", [changed], [two.address], 2.0)
    assert other.base("prod") == {one.address: changed.hash} and other.base("test") == {two.address: two.hash}
    assert other.document(changed.hash) == {"v": 2} and other.document(one.hash) == {"v": 1}


# Publications

BEFORE, AFTER = document("e", v=1, type="string"), document("e", v=2, type="number")
MOVED = Document(Address("event", ("new",)), {"v": 9}, about=("events", "new"), formerly=Address("event", ("old",)))
OPERATIONS = (
    Operation("create", Address("event", ("n",)), document("n", v=1)),
    Operation("update", AFTER.address, AFTER, BEFORE),
    Operation("rename", MOVED.address, MOVED, document("old", v=8)),
    Operation("hide", Address("event", ("h",)), document("h", hidden=True), document("h")),
    Operation("delete", Address("event", ("d",)), None, document("d")),
)


def opened(store: SqlStore, *operations: Operation, name: str = "Shop", at: float = 1.0) -> Publication:
    changes = TargetChanges("prod", "pigeon", operations or OPERATIONS, managed=40)
    version = store.freeze(plan(name), "ann", at)
    return store.open_publication(Changeset(name, version.hash, (changes,)), version, "ann", at)


def test_an_opened_publication_is_running_and_remembers_its_operations(store: SqlStore, other: SqlStore) -> None:
    opening = opened(store)
    assert (opening.status, opening.plan, opening.version, opening.who, opening.finished) == (
        "running", "Shop", 1, "ann", None,
    )  # fmt: skip
    assert opening.targets == (TargetRun("prod", "running", 5),) and other.publication(opening.id) == opening
    planned = other.planned(opening.id, "prod")
    assert [one.id for one in planned] == [one.id for one in OPERATIONS]
    assert [(one.verb, one.address, one.expects) for one in planned] == [
        (one.verb, one.address, one.expects) for one in OPERATIONS
    ]


def test_what_a_planned_operation_writes_is_what_was_previewed(store: SqlStore, other: SqlStore) -> None:
    rename = other.planned(opened(store).id, "prod")[2]
    assert rename.document and rename.before
    assert (rename.document.body, rename.document.formerly) == (MOVED.body, MOVED.formerly)
    assert (rename.before.address, rename.before.body) == (Address("event", ("old",)), {"v": 8})


def test_the_newest_receipt_of_an_operation_counts(store: SqlStore, other: SqlStore) -> None:
    opening = opened(store)
    failed = Receipt(OPERATIONS[1], "failed", 2.0, "r-1", 400, "too long", "shorten it", "give-up")
    store.add_receipts(opening.id, "prod", [Receipt(OPERATIONS[0], "done", 1.5), failed])
    assert [row["outcome"] for row in other.receipt_rows(opening.id, "prod")] == ["done", "failed"] + ["not-tried"] * 3
    trouble = other.first_trouble(opening.id, "prod")
    assert trouble and (trouble.outcome, trouble.message, trouble.hint) == ("failed", "too long", "shorten it")
    store.add_receipts(opening.id, "prod", [Receipt(OPERATIONS[1], "already", 3.0)])
    row = other.receipt_rows(opening.id, "prod")[1]
    assert (row["outcome"], row["at"], row["message"]) == ("already", 3.0, "")
    assert other.first_trouble(opening.id, "prod") is None


def test_a_closed_publication_has_its_end_and_its_record(store: SqlStore, other: SqlStore) -> None:
    opening = opened(store)
    run = TargetRun("prod", "partial", 5, {"done": 4, "failed": 1}, 4, 9, 1.5, "one failed", "see the receipt")
    store.set_run(opening.id, run)
    closed = store.close_publication(opening.id, "partial", {"proof": ["ü", 1]}, 7.0)
    assert (closed.status, closed.finished, closed.targets) == ("partial", 7.0, (run,))
    assert other.publication(opening.id) == closed and other.record(closed.receipt) == {"proof": ["ü", 1]}


def test_a_new_publication_takes_over_from_an_unfinished_one_of_its_plan(store: SqlStore) -> None:
    first, elsewhere = opened(store), opened(store, name="App")
    second = opened(store, at=2.0)
    assert [store.publication(one.id).status for one in (first, elsewhere, second)] == [
        "superseded",
        "running",
        "running",
    ]


def test_publications_are_listed_newest_first(store: SqlStore) -> None:
    made = [opened(store, name=name, at=float(at)).id for at, name in enumerate(("Shop", "App", "Shop"))]
    assert [one.id for one in store.publications()] == made[::-1]
    assert [one.id for one in store.publications("Shop")] == [made[2], made[0]]
    assert [one.id for one in store.publications(limit=1)] == [made[2]]


def test_a_prefix_names_a_publication_when_it_is_the_only_one(store: SqlStore) -> None:
    first = opened(store)
    assert store.publication(first.id[:6]).id == first.id
    for wrong in ("", "%", "_" * 12, "zzz"):
        with pytest.raises(Refusal) as caught:
            store.publication(wrong)
        assert "hub history" in caught.value.hint


def test_a_publication_that_fails_to_open_leaves_nothing(store: SqlStore) -> None:
    first = opened(store)
    twice = TargetChanges("prod", "pigeon", OPERATIONS)
    with pytest.raises(Refusal) as caught:
        store.open_publication(Changeset("Shop", "x", (twice, twice)), PlanVersion("Shop", 1, "x"), "ann", 2.0)
    assert "contradicts" in caught.value.message and "disk" not in caught.value.hint
    assert [(one.id, one.status) for one in store.publications()] == [(first.id, "running")]


def test_what_was_meant_to_be_written_is_known_until_it_is_verified(store: SqlStore) -> None:
    opening = opened(store)
    assert store.written("prod")[AFTER.address] == {AFTER.hash} and store.written("test") == {}
    assert Address("event", ("d",)) not in store.written("prod")
    store.set_run(opening.id, TargetRun("prod", "published", 5))
    assert store.written("prod") == {}


# Guards


def test_recent_counts_what_was_done_since_then(store: SqlStore, other: SqlStore) -> None:
    opening = opened(store)
    outcomes = [("done", 100.0), ("done", 100.0), ("done", 100.0), ("done", 50.0), ("failed", 100.0)]
    receipts = [Receipt(one, outcome, at) for one, (outcome, at) in zip(OPERATIONS, outcomes, strict=True)]  # type: ignore[arg-type]
    store.add_receipts(opening.id, "prod", receipts)
    assert other.recent("prod", 60.0) == Recent(updates=2, removals=0, type_changes=1, managed_before=40)
    assert other.recent("prod", 40.0) == Recent(updates=2, removals=1, type_changes=1, managed_before=40)
    assert other.recent("prod", 100.0) == other.recent("test", 0.0) == Recent()


def test_a_ticket_is_found_by_its_fingerprint_only(store: SqlStore, other: SqlStore) -> None:
    ticket = Ticket("too-many-updates", "f" * 16, "ann", "spring cleaning", 99.0)
    store.add_ticket(ticket)
    assert other.tickets("f" * 16) == [ticket] and other.tickets("0" * 16) == []


# Locks


@pytest.mark.parametrize("name", ["prod", "a/b", "../up", "..", "🛒 prod", "", "a\nb", "A" * 200])
def test_a_target_of_any_name_is_held_against_others(
    store: SqlStore, other: SqlStore, tmp_path: Path, name: str
) -> None:
    with store.lock(name), pytest.raises(Busy) as caught, other.lock(name):
        pass
    assert caught.value.place == name and caught.value.hint
    with other.lock(name):
        assert {path.parent for path in tmp_path.rglob("*.lock")} == {tmp_path / ".hub-locks"}


def test_different_targets_are_held_side_by_side(store: SqlStore) -> None:
    with store.lock("one"), store.lock("two"):
        pass


@pytest.mark.process
def test_kill_9_frees_the_lock(store: SqlStore, tmp_path: Path) -> None:
    script = """
from hub.store.sql import SqlStore
with SqlStore(Database(sys.argv[1])).lock("prod"):
    print("ready")
    sys.stdin.readline()
"""
    with children(script, store.database.url, cwd=tmp_path) as (child,):
        with pytest.raises(Busy), store.lock("prod"):
            pass
        child.kill()
        with store.lock("prod"):
            pass
