"""From two sets of documents to the writes between them. Pure; knows no tool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.contract import Operation
from mappings.contract import Document, Documents, Removal


def operations_between(theirs: Documents, wanted: Iterable[Document], waves: Sequence[str]) -> list[Operation]:
    """The writes that bring a tool from `theirs` to `wanted`, in the order of `waves`. Nothing is removed.

    A document with a `formerly` that the tool still holds becomes a rename.
    """
    return in_order((_write(theirs, document) for document in wanted), waves)


def _write(theirs: Documents, wanted: Document) -> Operation | None:
    before = theirs.get(wanted.address)
    if before is None:
        former = theirs.get(wanted.formerly) if wanted.formerly else None
        return Operation("rename" if former else "create", wanted.address, wanted, former)
    return None if before.equals(wanted) else Operation("update", wanted.address, wanted, before)


def removals_of(
    theirs: Documents, removals: Iterable[Removal], *, delete: bool, waves: Sequence[str]
) -> list[Operation]:
    """The writes that carry out tombstones: hide where the tool can hide, else delete; always delete when `delete`.

    Last waves first, so that what uses a shared thing goes before it.
    """
    writes = (_removal(theirs, removal, delete) for removal in removals)
    return list(reversed(in_order(writes, waves)))


def _removal(theirs: Documents, removal: Removal, delete: bool) -> Operation | None:
    before = theirs.get(removal.address)
    if before is None:
        return None
    if removal.possible and (delete or removal.hidden is None):
        return Operation("delete", removal.address, None, before)
    if removal.hidden is None or before.equals(removal.hidden):
        return None
    return Operation("hide", removal.address, removal.hidden, before)


def in_order(operations: Iterable[Operation | None], waves: Sequence[str]) -> list[Operation]:
    """Sorted by wave, otherwise in the order given (a mapping lists versions and parents first)."""
    rank = {kind: position for position, kind in enumerate(waves)}
    return sorted((one for one in operations if one is not None), key=lambda one: rank[one.address.kind])
