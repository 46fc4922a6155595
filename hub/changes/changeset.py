"""A changeset: everything one publish would write, as a value with a fingerprint.

It is computed from what was gathered (the plan, each tool's snapshot, the base), says nothing that a person could
not check, and is exactly what `publish` carries out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from connectors.contract import Operation, Snapshot
from connectors.limits import Forecast
from connectors.operations import operations_between, removals_of
from hub.changes.resolve import Edit
from mappings.canonical.text import content_hash
from mappings.contract import Address, Document, Documents, Finding, Projection

Base = Mapping[Address, str]
"""What was last published to a target and verified: address → content hash. These addresses are managed."""


@dataclass(frozen=True, slots=True)
class TargetChanges:
    """The part of a changeset that concerns one target."""

    target: str
    tool: str
    operations: tuple[Operation, ...]
    findings: tuple[Finding, ...] = ()
    in_sync: tuple[Document, ...] = ()
    """Documents of the plan that the tool holds already."""
    managed: int = 0
    """How many documents of this target are the hub's."""
    foreign: tuple[Address, ...] = ()
    """Addresses that an operation would overwrite although the hub never published or adopted them."""
    edits: tuple[Edit, ...] = ()
    """What somebody changed in the tool, field by field, and what becomes of it."""
    based_on: Mapping[Address, Document] = field(default_factory=dict)
    """Where an operation leaves an edit of the tool's in place: what to remember as published there instead, so that
    the edit is still one afterwards."""
    gone: tuple[Address, ...] = ()
    """Managed addresses that the plan does not want and the tool certainly does not hold: managed no longer."""
    unknown: tuple[tuple[Address, str], ...] = ()
    """Addresses the plan needs whose state could not be read, with the reason. Nothing is written there."""
    unmanaged: int = 0
    """Documents in the tool that the plan does not speak of. They are never touched."""
    vanished: int = 0
    """Managed documents that are certainly no longer in the tool."""
    first: bool = False
    """Whether nothing was ever published to or adopted from this target."""
    forecast: Forecast = field(default_factory=lambda: Forecast(0, 0, 0.0, 0.0))
    base_hash: str = ""

    def of_verb(self, *verbs: str) -> list[Operation]:
        return [operation for operation in self.operations if operation.verb in verbs]


@dataclass(frozen=True)
class Changeset:
    """What publishing one version of one plan would do to some targets. Without slots: it keeps its fingerprint."""

    plan: str
    plan_hash: str
    targets: tuple[TargetChanges, ...]

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hex digits over plan version, targets, base, what was observed, and operations."""
        parts = [
            {
                "target": one.target,
                "base": one.base_hash,
                "operations": [operation.id for operation in one.operations],
                "observed": [[str(document.address), document.hash] for document in one.in_sync],
                "unknown": [str(address) for address, _ in one.unknown],
            }
            for one in self.targets
        ]
        return content_hash({"plan": self.plan_hash, "targets": parts})[:16]

    @property
    def empty(self) -> bool:
        return not any(one.operations or one.unknown for one in self.targets)

    def target(self, name: str) -> TargetChanges:
        return next(one for one in self.targets if one.target == name)


def target_changes(
    target: str,
    tool: str,
    *,
    projection: Projection,
    snapshot: Snapshot,
    base: Base,
    waves: tuple[str, ...],
    delete: bool = False,
    edits: tuple[Edit, ...] = (),
    undecided: Undecided | None = None,
) -> TargetChanges:
    """Decide what to write to one target. `undecided` tells of edits that the projection leaves in place.

    An address that the snapshot neither holds nor certainly lacks is unknown: nothing is written there. Removals
    touch managed documents only. `delete` lets tombstones delete where hiding would do.
    """
    theirs = snapshot.documents
    wanted = projection.documents
    unknown = () if _is_whole(snapshot, waves) else tuple(_unknown(snapshot, wanted))
    unreadable = {address for address, _ in unknown}
    readable = (one for one in wanted.values() if one.address not in unreadable) if unknown else wanted.values()
    writes = operations_between(theirs, readable, waves)
    removals = [one for one in projection.removals if one.address in base]
    writes += removals_of(theirs, removals, delete=delete, waves=waves)
    hidden = [one.hidden for one in removals if one.hidden is not None]
    ours = (*wanted.values(), *hidden)
    based_on: dict[Address, Document] = {}
    if undecided is not None:
        ours = (*(one for one in wanted.values() if undecided.knows(one)), *hidden)
        ours = tuple(one for one in ours if undecided.leaves(one))
        based_on = {one.address: was for one in writes if (was := undecided.base_of(one.document)) is not None}
    spoken_of = wanted if undecided is None else undecided.plan
    touched = {one.before.address: one.before for one in writes if one.before is not None}
    vanished = [one for one in base if snapshot.knows_absent(one)]
    return TargetChanges(
        target,
        tool,
        tuple(writes),
        projection.findings,
        in_sync=tuple(one for one in ours if _holds(theirs, one)),
        based_on=based_on,
        gone=tuple(one for one in vanished if one not in spoken_of),
        managed=len(base),
        foreign=tuple(address for address in touched if address not in base),
        edits=edits,
        unknown=unknown,
        unmanaged=sum(1 for address in theirs if address not in wanted and address not in base),
        vanished=len(vanished),
        first=not base,
        base_hash=content_hash(sorted((str(address), digest) for address, digest in base.items())),
    )


class Undecided:
    """Where a projection leaves somebody's edit in place: it is compared with the plan as it is, and with the plan
    with the base's values instead of the edits. Documents are told apart by kind and by what they are about: a registry
    of versions may give them other addresses.
    """

    def __init__(self, plan: Documents, base: Documents) -> None:
        self.plan = plan
        self._plain = {_thing(one): one for one in plan.values()}
        self._base = {_thing(one): one for one in base.values()}

    def knows(self, document: Document) -> bool:
        """Whether the plan has or had the thing; else somebody made it in the tool, and it is not the hub's yet."""
        return _thing(document) in self._plain or _thing(document) in self._base

    def leaves(self, document: Document) -> bool:
        """Whether the document is just what the plan says: nothing in it is anybody's undecided edit."""
        plain = self._plain.get(_thing(document))
        if plain is None:
            return _thing(document) not in self._base
        return plain.address == document.address and plain.equals(document)

    def base_of(self, document: Document | None) -> Document | None:
        """What counts as published once this document is written; None when that is the document itself."""
        if document is None or self.leaves(document) or _thing(document) not in self._base:
            return None
        return Document(document.address, self._base[_thing(document)].body, about=document.about)


def _thing(document: Document) -> tuple[str, tuple[str, ...]]:
    return document.address.kind, document.about


def _holds(theirs: Documents, document: Document) -> bool:
    held = theirs.get(document.address)
    return held is not None and held.equals(document)


def _is_whole(snapshot: Snapshot, kinds: Iterable[str]) -> bool:
    """Whether all was read of all these kinds, so that what was not seen is not there: no need to ask one by one."""
    complete = {one.scope for one in snapshot.coverage if one.completeness == "complete"}
    return len(complete) == len(snapshot.coverage) and all(Address(kind, ()) in complete for kind in kinds)


def _unknown(snapshot: Snapshot, wanted: Documents) -> Iterator[tuple[Address, str]]:
    """What was neither seen nor is certainly absent, with the reason."""
    for address in wanted:
        if address not in snapshot.documents and not snapshot.knows_absent(address):
            yield address, _why_unknown(snapshot, address)


def _why_unknown(snapshot: Snapshot, address: Address) -> str:
    coverage = snapshot.coverage_of(address)
    return f"{coverage.completeness}: {coverage.why}".rstrip(": ") if coverage else "its list was not read"


def combine(plan: str, plan_hash: str, targets: Iterable[TargetChanges]) -> Changeset:
    """One changeset from each target's part, targets in order of name."""
    return Changeset(plan, plan_hash, tuple(sorted(targets, key=lambda one: one.target)))
