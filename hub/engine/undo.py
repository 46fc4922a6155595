"""Undo: bring the targets of a publication back to what they held before it, as a normal, guarded changeset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.contract import Budget, Operation, Snapshot
from connectors.errors import ToolError
from connectors.limits import forecast
from hub.changes.changeset import Changeset, TargetChanges, combine
from hub.changes.merge import merge
from hub.engine.ports import PlanVersion, Publication, version_at
from hub.engine.preview import guard, observe
from hub.engine.publish import begin, state_of
from hub.engine.target import Engine, Target
from hub.errors import Guarded, Moved, Refusal
from mappings.contract import Address, Document, Documents


@dataclass(frozen=True, slots=True)
class Undoing:
    """What an undo would write, and what it cannot bring back, each with the reason."""

    changeset: Changeset
    impossible: tuple[tuple[str, str], ...]
    """(address, why)."""


Read = Callable[[Engine, Target, Budget], Snapshot]
"""What a target holds at the places of a budget. Raises Refusal where nobody can tell."""


def read_now(engine: Engine, target: Target, budget: Budget) -> Snapshot:
    """Asks the tool. Raises Refusal when it does not answer."""
    snapshot = observe(engine, target, budget, remember=False)
    if isinstance(snapshot, ToolError):
        raise Refusal(snapshot.message, place=target.name, hint=snapshot.hint)
    return snapshot


def as_last_read(engine: Engine, target: Target, budget: Budget) -> Snapshot:
    """Asks no tool. Raises Refusal when it was never read."""
    snapshot = engine.store.last_snapshot(target.name)
    if snapshot is None:
        raise Refusal("nothing was read from this target", place=target.name, hint="read the tools first")
    return snapshot


def plan_undo(engine: Engine, publication: Publication, targets: Sequence[Target], read: Read = read_now) -> Undoing:
    """The writes that undo a publication, as far as the tools still hold what it wrote. Changes nothing."""
    parts, impossible = [], []
    for target in targets:
        changes, lost = _backwards(engine, publication, target, read)
        parts.append(changes)
        impossible += lost
    return Undoing(combine(publication.plan, f"undo {publication.id}", parts), tuple(impossible))


def undo(
    engine: Engine,
    publication: Publication,
    targets: Sequence[Target],
    *,
    who: str,
    fingerprint: str | None = None,
) -> Publication:
    """Carry out the undo. `fingerprint` is the previewed changeset's; what moved since is refused.

    Raises Moved, Guarded, and Busy; what somebody changed since is left alone.
    """
    undoing = plan_undo(engine, publication, targets)
    if fingerprint not in (None, undoing.changeset.fingerprint):
        raise Moved(
            f"a tool changed since the preview: {fingerprint} is now {undoing.changeset.fingerprint}",
            hint="preview the undo again and carry out what you then see",
        )
    violations = guard(engine, undoing.changeset, targets)
    if violations:
        raise Guarded(
            "guards stop the undo; nothing was written",
            violations,
            hint="override each for this undo alone: --override GUARD --why TEXT",
        )
    version = PlanVersion(publication.plan, publication.version, undoing.changeset.plan_hash)
    restores = {one.name: held_before(engine, publication, one.name) for one in targets}
    return begin(engine, undoing.changeset, version, targets, who=who, snapshots={}, restores=restores)


def held_before(engine: Engine, publication: Publication, target: str) -> int:
    """The number of the plan version that the target held before a publication; 0 when it held none."""
    started = publication.started
    earlier = (one for one in engine.store.publications(publication.plan, limit=MANY) if one.started < started)
    return next((number for one in earlier if (number := version_at(one, target)) is not None), 0)


MANY = 1000
"""How many publications are looked through for the one before."""


def _backwards(
    engine: Engine, publication: Publication, target: Target, read: Read
) -> tuple[TargetChanges, list[tuple[str, str]]]:
    operations = engine.store.planned(publication.id, target.name)
    addresses = {one.address for one in operations} | {one.before.address for one in operations if one.before}
    snapshot = read(engine, target, Budget(only=frozenset(addresses)))
    held = [one for one in operations if state_of(one, snapshot) == "after"]
    lost = [(str(one.address), NOT_HELD) for one in reversed(operations) if one not in held]
    found = _again(target, snapshot, held) if "versions" in target.plugin.capabilities else _reversed(target, held)
    lost += [(str(forwards.address), why) for forwards, why in found if isinstance(why, str)]
    pairs = [(forwards, write) for forwards, write in found if isinstance(write, Operation)]
    writes = [write for _, write in pairs]
    changes = TargetChanges(
        target.name,
        target.plugin.tool,
        tuple(writes),
        based_on=dict(_bases(engine.store.bases(publication.id, target.name), pairs)),
        managed=len(engine.store.base(target.name)),
    )
    calls = target.plugin.calls_to_apply(target.settings, writes)
    return replace(changes, forecast=forecast(calls, target.plugin.cost(target.settings))), lost


NOT_HELD = "the tool no longer holds what was published"
Backwards = list[tuple[Operation, Operation | str]]
"""Each write of the publication with the one that takes it back, or why there is none."""


def _bases(
    published: Mapping[Address, Document], pairs: Iterable[tuple[Operation, Operation]]
) -> Iterator[tuple[Address, Document]]:
    """Where the publication had left somebody's edit in place, so does the undo: it is not taken for published."""
    for forwards, write in pairs:
        counted = published.get(forwards.address)
        if write.document is None or forwards.document is None or counted is None:
            continue
        body, _ = merge(forwards.document.body, write.document.body, counted.body)
        yield write.address, Document(write.address, body, about=write.document.about)


def _reversed(target: Target, operations: Sequence[Operation]) -> Backwards:
    why = f"{target.plugin.title} cannot take this back"
    return [(one, _reverse(one, target) or why) for one in reversed(operations)]


def _again(target: Target, snapshot: Snapshot, operations: Sequence[Operation]) -> Backwards:
    """In a registry of versions nothing is taken back: what was said before is said again under the next number."""
    written = {one.address for one in operations}
    lines = {one.address.names[:-1] for one in operations}
    held = Documents(one for one in snapshot.documents.values() if one.address.names[:-1] in lines)
    before = Documents(one for address, one in held.items() if address not in written)
    said = target.mapping.to_tool(target.mapping.from_tool(before).plan, before).documents
    next_ones = target.mapping.to_tool(target.mapping.from_tool(before).plan, held).documents
    return [(one, _said_again(one, _in_line(said, one), _in_line(next_ones, one))) for one in operations]


def _in_line(documents: Documents, operation: Operation) -> Document | None:
    """The version of the same name, whatever its number."""
    line = operation.address.names[:-1]
    return next((one for address, one in documents.items() if address.names[:-1] == line), None)


def _said_again(operation: Operation, said: Document | None, following: Document | None) -> Operation | str:
    """The write of the old content under the new number. `said` is the newest version that is not the publication's."""
    if said is None or following is None:
        return "it is the first version, and a published version never goes"
    if following.address == said.address:
        return "a later version was published since"
    if following.address == operation.address:
        return "what it changed is said the same way by a plan"
    about = operation.document.about if operation.document else following.about
    document = Document(following.address, said.body, about=about, facts=following.facts)
    return Operation("create", following.address, document)


def _reverse(operation: Operation, target: Target) -> Operation | None:
    """The write that takes one write back; None where the tool has no such thing."""
    before, after = operation.before, operation.document
    powers = target.plugin.capabilities
    if before is None:
        return Operation("delete", operation.address, None, after) if "delete" in powers else None
    if after is None:
        return Operation("create", before.address, before)
    if operation.verb == "rename":
        return Operation("rename", before.address, before, after) if "rename" in powers else None
    return Operation("update", before.address, before, after)
