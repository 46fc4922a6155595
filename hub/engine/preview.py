"""Preview: read every target, decide what a publish would do, change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from connectors.contract import Budget, Snapshot, updated
from connectors.errors import ToolError
from connectors.limits import Forecast, forecast
from hub.changes.changeset import Base, Changeset, TargetChanges, Undecided, combine, target_changes
from hub.changes.guard import Violation, violations
from hub.changes.resolve import EMPTY_RESOLUTION, Edit
from hub.engine.collecting import uncollected
from hub.engine.drift import remembered, resolve_target, with_values
from hub.engine.places import Places, drift_of
from hub.engine.ports import Progress
from hub.engine.target import Engine, Target, side_by_side
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.text import content_hash
from mappings.contract import EMPTY, Address, Documents, Finding
from mappings.part import Excerpt

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
        zip(
            (one.name for one in targets),
            side_by_side(lambda one: observe(engine, one, plan=expanded), targets),
            strict=True,
        )
    )
    readable = [one for one in targets if isinstance(seen[one.name], Snapshot)]
    snapshots = {name: one for name, one in seen.items() if isinstance(one, Snapshot)}
    with uncollected():
        parts = [decide(engine, expanded, one, snapshots[one.name]) for one in readable]
        changeset = combine(plan.name, content_hash(plan.data()), parts)
        return Preview(
            changeset,
            guard(engine, changeset, targets),
            tuple(Unreachable(name, one) for name, one in seen.items() if isinstance(one, ToolError)),
            snapshots,
        )


def observe(
    engine: Engine,
    target: Target,
    budget: Budget | None = None,
    *,
    remember: bool = True,
    plan: TrackingPlan | None = None,
) -> Snapshot | ToolError:
    """Read one target and remember what was seen. A failure to read is returned, for the caller to weigh.

    What this (expanded) plan would write into lists that the tool keeps hidden is asked for by name.
    """
    engine.listen(Progress("observing", target.name))
    try:
        with engine.connected(target) as connector:
            snapshot = connector.observe(engine.store.last_snapshot(target.name), budget or Budget())
            if plan is not None and (named := _in_hidden_lists(target, plan, snapshot)):
                later = connector.observe(None, Budget(only=named))
                snapshot = replace(updated(snapshot, later), requests=snapshot.requests + later.requests)
    except ToolError as error:
        engine.listen(Progress("failed", target.name, text=str(error)))
        return error
    if remember:
        engine.store.keep_snapshot(target.name, snapshot)
    engine.listen(Progress("observed", target.name, done=len(snapshot.documents)))
    return snapshot


def _in_hidden_lists(target: Target, plan: TrackingPlan, snapshot: Snapshot) -> frozenset[Address]:
    """The addresses of the plan that stand in lists which the tool does not give away, and were not read yet."""
    kinds = {one.scope.kind for one in snapshot.coverage if one.completeness == "hidden" and not one.scope.names}
    if not kinds:
        return frozenset()
    wanted = (one for one in target.mapping.to_tool(plan, snapshot.documents).documents if one.kind in kinds)
    return frozenset(one for one in wanted if one not in snapshot.documents and not snapshot.knows_absent(one))


def decide(engine: Engine, expanded: TrackingPlan, target: Target, snapshot: Snapshot) -> TargetChanges:
    """What publishing this expanded plan would write to one target, with its forecast.

    Where somebody changed something in the tool that the plan may not simply overwrite, the tool's value is put into
    the plan before it is projected: it stays until a person decided.
    """
    with uncollected():
        return _decide(engine, expanded, target, snapshot)


def _decide(engine: Engine, expanded: TrackingPlan, target: Target, snapshot: Snapshot) -> TargetChanges:
    mapping, theirs = target.mapping, snapshot.documents
    base = _with_own_work(engine, target, snapshot)
    projection = mapping.to_tool(expanded, theirs)
    resolution = EMPTY_RESOLUTION
    if drift := drift_of(snapshot, base):
        places = Places(target, expanded, Excerpt(mapping, expanded, theirs, projection))
        resolution = resolve_target(engine, target, expanded, places, drift)
    undecided = None
    if resolution.keeps:
        published = remembered(engine, target, drift)
        before = mapping.to_tool(with_values(expanded, resolution.bases), published).documents
        undecided = Undecided(mapping.to_tool(expanded, published).documents, before)
        projection = mapping.to_tool(with_values(expanded, resolution.keeps), theirs)
    changes = target_changes(
        target.name,
        target.plugin.tool,
        projection=projection,
        snapshot=snapshot,
        base=base,
        waves=mapping.waves,
        delete=target.delete,
        edits=resolution.edits,
        undecided=undecided,
    )
    return replace(changes, forecast=_forecast(target, changes, snapshot))


@dataclass(frozen=True, slots=True)
class Remote:
    """What happened in a tool since the last publish: people's edits, and managed documents that the plan no longer
    wants and the tool certainly lost."""

    edits: tuple[Edit, ...] = ()
    gone: tuple[Address, ...] = ()


def remote_changes(engine: Engine, expanded: TrackingPlan, target: Target, snapshot: Snapshot) -> Remote:
    """The part of a decision that a reconcile needs: no writes, and where nobody touched anything, no projection."""
    drift = drift_of(snapshot, _with_own_work(engine, target, snapshot))
    if not drift:
        return Remote()
    with uncollected():
        places = Places(target, expanded, Excerpt(target.mapping, expanded, snapshot.documents))
        resolution = resolve_target(engine, target, expanded, places, drift)
        wanted = places.wanted
        if drift.vanished and resolution.keeps:  # an edit that stays may be spoken of under another address
            published = remembered(engine, target, drift)
            wanted = Excerpt(target.mapping, expanded, published).of((), drift.vanished).documents
        return Remote(resolution.edits, tuple(one for one in drift.vanished if one not in wanted))


def _forecast(target: Target, changes: TargetChanges, snapshot: Snapshot) -> Forecast:
    """Of the writes and of the reading back, which then also shows what was created."""
    calls = target.plugin.calls_to_apply(target.settings, changes.operations)
    if calls:
        touched = frozenset(operation.address for operation in changes.operations)
        written = (operation.document for operation in changes.operations if operation.document is not None)
        then = Documents([*snapshot.documents.values(), *written])
        calls += target.plugin.calls_to_observe(target.settings, then, Budget(only=touched))
    return forecast(calls, target.plugin.cost(target.settings))


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
