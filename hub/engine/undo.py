"""Undo: bring the targets of a publication back to what they held before it, as a normal, guarded changeset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.contract import Budget, Operation
from connectors.errors import ToolError
from connectors.limits import forecast
from hub.changes.changeset import Changeset, TargetChanges, combine
from hub.changes.merge import merge
from hub.engine.ports import PlanVersion, Publication
from hub.engine.preview import guard, observe
from hub.engine.publish import carry_out, state_of
from hub.engine.target import Engine, Target
from hub.errors import Guarded, Refusal
from mappings.contract import Address, Document


@dataclass(frozen=True, slots=True)
class Undoing:
    """What an undo would write, and what it cannot bring back, each with the reason."""

    changeset: Changeset
    impossible: tuple[tuple[str, str], ...]
    """(address, why)."""


def plan_undo(engine: Engine, publication: Publication, targets: Sequence[Target]) -> Undoing:
    """The writes that undo a publication, as far as the tools still hold what it wrote. Changes nothing."""
    parts, impossible = [], []
    for target in targets:
        changes, lost = _backwards(engine, publication, target)
        parts.append(changes)
        impossible += lost
    return Undoing(combine(publication.plan, f"undo {publication.id}", parts), tuple(impossible))


def undo(engine: Engine, publication: Publication, targets: Sequence[Target], *, who: str) -> Publication:
    """Carry out the undo. Raises Guarded; what somebody changed since is left alone."""
    undoing = plan_undo(engine, publication, targets)
    violations = guard(engine, undoing.changeset, targets)
    if violations:
        raise Guarded(
            "guards stop the undo; nothing was written",
            violations,
            hint="override each for this undo alone: --override GUARD --why TEXT",
        )
    version = PlanVersion(publication.plan, publication.version, undoing.changeset.plan_hash)
    opened = engine.store.open_publication(undoing.changeset, version, who, engine.time.now())
    return carry_out(engine, opened, targets, {})


def _backwards(engine: Engine, publication: Publication, target: Target) -> tuple[TargetChanges, list[tuple[str, str]]]:
    operations = engine.store.planned(publication.id, target.name)
    addresses = {one.address for one in operations} | {one.before.address for one in operations if one.before}
    snapshot = observe(engine, target, Budget(only=frozenset(addresses)), remember=False)
    if isinstance(snapshot, ToolError):
        raise Refusal(snapshot.message, place=target.name, hint=snapshot.hint)
    writes: list[Operation] = []
    lost: list[tuple[str, str]] = []
    for operation in reversed(operations):
        if state_of(operation, snapshot) != "after":
            lost.append((str(operation.address), "the tool no longer holds what was published"))
        elif (backwards := _reverse(operation, target)) is None:
            lost.append((str(operation.address), f"{target.plugin.title} cannot take this back"))
        else:
            writes.append(backwards)
    changes = TargetChanges(
        target.name,
        target.plugin.tool,
        tuple(writes),
        based_on=dict(_bases(engine.store.bases(publication.id, target.name), writes)),
        managed=len(engine.store.base(target.name)),
    )
    calls = target.plugin.calls_to_apply(target.settings, writes)
    return replace(changes, forecast=forecast(calls, target.plugin.cost(target.settings))), lost


def _bases(published: Mapping[Address, Document], writes: Sequence[Operation]) -> Iterator[tuple[Address, Document]]:
    """Where the publication had left somebody's edit in place, so does the undo: it is not taken for published."""
    for write in writes:
        if write.document is None or write.before is None or write.before.address not in published:
            continue
        counted = published[write.before.address]
        body, _ = merge(write.before.body, write.document.body, counted.body)
        yield write.address, Document(write.address, body, about=write.document.about)


def _reverse(operation: Operation, target: Target) -> Operation | None:
    """The write that takes one write back; None where the tool has no such thing."""
    before, after = operation.before, operation.document
    powers = target.plugin.capabilities
    if "versions" in powers:
        return None
    if before is None:
        return Operation("delete", operation.address, None, after) if "delete" in powers else None
    if after is None:
        return Operation("create", before.address, before)
    if operation.verb == "rename":
        return Operation("rename", before.address, before, after) if "rename" in powers else None
    return Operation("update", before.address, before, after)
