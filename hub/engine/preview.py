"""Preview: read every target, decide what a publish would do, change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from connectors.contract import Budget, Snapshot
from connectors.errors import ToolError
from connectors.limits import forecast
from hub.changes.changeset import Base, Changeset, TargetChanges, combine, target_changes
from hub.changes.guard import Violation, violations
from hub.engine.ports import Progress
from hub.engine.target import Engine, Target, side_by_side
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.text import content_hash
from mappings.contract import EMPTY, Finding

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A target that could not be read, and why."""

    target: str
    error: ToolError


@dataclass(frozen=True, slots=True)
class Preview:
    """What a publish would do now, what stands against it, and what was read to know that."""

    changeset: Changeset
    violations: tuple[Violation, ...]
    unreachable: tuple[Unreachable, ...] = ()
    snapshots: dict[str, Snapshot] = field(default_factory=dict)


def preview(engine: Engine, plan: TrackingPlan, targets: Sequence[Target]) -> Preview:
    """Observe all targets side by side and decide. A target that cannot be read is reported, not guessed."""
    expanded = expand(plan)
    seen = dict(
        zip((one.name for one in targets), side_by_side(lambda one: observe(engine, one), targets), strict=True)
    )
    readable = [one for one in targets if isinstance(seen[one.name], Snapshot)]
    snapshots = {name: one for name, one in seen.items() if isinstance(one, Snapshot)}
    parts = [decide(engine, expanded, one, snapshots[one.name]) for one in readable]
    changeset = combine(plan.name, content_hash(plan.data()), parts)
    return Preview(
        changeset,
        guard(engine, changeset, targets),
        tuple(Unreachable(name, one) for name, one in seen.items() if isinstance(one, ToolError)),
        snapshots,
    )


def observe(engine: Engine, target: Target, budget: Budget | None = None) -> Snapshot | ToolError:
    """Read one target and remember what was seen. A failure to read is returned, for the caller to weigh."""
    engine.listen(Progress("observing", target.name))
    try:
        with engine.connected(target) as connector:
            snapshot = connector.observe(engine.store.last_snapshot(target.name), budget or Budget())
    except ToolError as error:
        engine.listen(Progress("failed", target.name, text=str(error)))
        return error
    engine.store.keep_snapshot(target.name, snapshot)
    engine.listen(Progress("observed", target.name, done=len(snapshot.documents)))
    return snapshot


def decide(
    engine: Engine, expanded: TrackingPlan, target: Target, snapshot: Snapshot, base: Base | None = None
) -> TargetChanges:
    """What publishing this expanded plan would write to one target, with its forecast."""
    mapping = target.mapping
    changes = target_changes(
        target.name,
        target.plugin.tool,
        projection=mapping.to_tool(expanded, snapshot.documents),
        snapshot=snapshot,
        base=_with_own_work(engine, target, snapshot) if base is None else base,
        waves=mapping.waves,
        delete=target.delete,
    )
    calls = target.plugin.calls_to_apply(target.settings, changes.operations)
    if calls:
        touched = frozenset(operation.address for operation in changes.operations)
        calls += target.plugin.calls_to_observe(target.settings, snapshot.documents, Budget(only=touched))
    return replace(changes, forecast=forecast(calls, target.plugin.cost(target.settings)))


def losses(expanded: TrackingPlan, target: Target) -> tuple[Finding, ...]:
    """What this target's tool would not hold of the plan just so, were it empty."""
    return target.mapping.to_tool(expanded, EMPTY).findings


def _with_own_work(engine: Engine, target: Target, snapshot: Snapshot) -> Base:
    """The base, plus what an interrupted run wrote and never came to verify."""
    base = dict(engine.store.base(target.name))
    for address, digests in engine.store.written(target.name).items():
        held = snapshot.documents.get(address)
        if held is not None and held.hash in digests:
            base[address] = held.hash
    return base


def guard(engine: Engine, changeset: Changeset, targets: Sequence[Target]) -> tuple[Violation, ...]:
    """All guards of all targets, with what was written in the last 24 hours and the tickets that were given."""
    now = engine.time.now()
    return violations(
        changeset,
        limits={one.name: one.limits for one in targets},
        recent={one.name: engine.store.recent(one.name, now - DAY) for one in targets},
        tickets=engine.store.tickets(changeset.fingerprint),
        now=now,
    )
