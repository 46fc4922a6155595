"""A changeset: everything one publish would write, as a value with a fingerprint.

It is computed from what was gathered (the plan, each tool's snapshot, the base), says nothing that a person could
not check, and is exactly what `publish` carries out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Changeset:
    """What publishing one version of one plan would do to some targets."""

    plan: str
    plan_hash: str
    targets: tuple[TargetChanges, ...]

    @property
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
    kept: Collection[Address] = (),
) -> TargetChanges:
    """Decide what to write to one target. `kept` are addresses that the plan wants but this projection leaves out.

    An address that the snapshot neither holds nor certainly lacks is unknown: nothing is written there. Removals
    touch managed documents only. `delete` lets tombstones delete where hiding would do.
    """
    theirs = snapshot.documents
    wanted = projection.documents
    unknown = tuple((address, _why_unknown(snapshot, address)) for address in wanted if _is_unknown(snapshot, address))
    unreadable = {address for address, _ in unknown}
    writes = operations_between(theirs, (one for one in wanted.values() if one.address not in unreadable), waves)
    removals = [one for one in projection.removals if one.address in base]
    writes += removals_of(theirs, removals, delete=delete, waves=waves)
    hidden = [one.hidden for one in removals if one.hidden is not None]
    touched = {one.before.address: one.before for one in writes if one.before is not None}
    return TargetChanges(
        target,
        tool,
        tuple(writes),
        projection.findings,
        in_sync=tuple(one for one in (*wanted.values(), *hidden) if _holds(theirs, one)),
        gone=tuple(one for one in base if one not in wanted and one not in kept and snapshot.knows_absent(one)),
        managed=len(base),
        foreign=tuple(address for address in touched if address not in base),
        edits=edits,
        unknown=unknown,
        unmanaged=sum(1 for address in theirs if address not in wanted and address not in base),
        vanished=sum(1 for address in base if snapshot.knows_absent(address)),
        first=not base,
        base_hash=content_hash(sorted((str(address), digest) for address, digest in base.items())),
    )


def _holds(theirs: Documents, document: Document) -> bool:
    return document.address in theirs and theirs[document.address].equals(document)


def _is_unknown(snapshot: Snapshot, address: Address) -> bool:
    return address not in snapshot.documents and not snapshot.knows_absent(address)


def _why_unknown(snapshot: Snapshot, address: Address) -> str:
    coverage = snapshot.coverage_of(address)
    return f"{coverage.completeness}: {coverage.why}".rstrip(": ") if coverage else "its list was not read"


def combine(plan: str, plan_hash: str, targets: Iterable[TargetChanges]) -> Changeset:
    """One changeset from each target's part, targets in order of name."""
    return Changeset(plan, plan_hash, tuple(sorted(targets, key=lambda one: one.target)))
