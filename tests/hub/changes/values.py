"""Documents, snapshots and changes in one line each, for tests that know no tool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.contract import Completeness, Coverage, Operation, Snapshot, Verb
from hub.changes.changeset import TargetChanges, Undecided, target_changes
from mappings.contract import Address, Document, Documents, Projection, Removal

NOW = 1_780_000_000.0
KIND = "card"
EVERYTHING = Address(KIND, ())


def at(name: str) -> Address:
    return Address(KIND, (name,))


def card(name: str, formerly: str | None = None, **body: Any) -> Document:
    return Document(at(name), body, about=("events", name), formerly=at(formerly) if formerly else None)


def snapshot(*held: Document, completeness: Completeness = "complete", why: str = "") -> Snapshot:
    return Snapshot(Documents(held), (Coverage(EVERYTHING, completeness, NOW, why),), NOW)


def tombstone(name: str, hidden: Document | None = None, *, possible: bool = True) -> Removal:
    return Removal(at(name), "no longer sent", ("events", name), hidden, possible)


def based_on(*documents: Document) -> dict[Address, str]:
    """A base in which exactly these are managed."""
    return {one.address: one.hash for one in documents}


def decide(
    wanted: Iterable[Document] = (),
    theirs: Snapshot | None = None,
    base: Mapping[Address, str] | None = None,
    removals: Iterable[Removal] = (),
    *,
    target: str = "lab",
    delete: bool = False,
    undecided: Undecided | None = None,
) -> TargetChanges:
    """The changes of one target: what is wanted, what it holds, what is managed."""
    return target_changes(
        target,
        "notebook",
        projection=Projection(Documents(wanted), removals=tuple(removals)),
        snapshot=snapshot() if theirs is None else theirs,
        base=base or {},
        waves=(KIND,),
        delete=delete,
        undecided=undecided,
    )


def update(name: str, before: Any = None, after: Any = None) -> Operation:
    return Operation("update", at(name), card(name, value=after), card(name, value=before))


def writes(verb: Verb, count: int) -> tuple[Operation, ...]:
    """So many operations of one verb, none of which changes a type."""
    found = []
    for number in range(count):
        name = f"n{number}"
        after = None if verb == "delete" else card(name, value="new")
        before = None if verb == "create" else card(f"old {name}" if verb == "rename" else name, value="old")
        found.append(Operation(verb, at(name), after, before))
    return tuple(found)


def retypes(count: int) -> tuple[Operation, ...]:
    """So many updates that change a type."""
    return tuple(
        Operation(
            "update", at(name), card(name, fields={"a": {"type": "text"}}), card(name, fields={"a": {"type": "flag"}})
        )
        for name in (f"n{number}" for number in range(count))
    )
