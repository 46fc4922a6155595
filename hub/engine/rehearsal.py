"""A preview from what was last read: at once, and asking no tool. A publish reads again, and refuses what moved."""

from __future__ import annotations

from collections.abc import Sequence

from hub.changes.changeset import combine
from hub.engine.preview import Preview, decide, guard
from hub.engine.target import Engine, Target
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.text import content_hash


def rehearse(engine: Engine, plan: TrackingPlan, targets: Sequence[Target]) -> tuple[Preview, list[str]]:
    """The preview, and the targets that were never read and are not in it."""
    last = {one.name: engine.store.last_snapshot(one.name) for one in targets}
    snapshots = {name: snapshot for name, snapshot in last.items() if snapshot is not None}
    expanded = expand(plan)
    parts = [decide(engine, expanded, one, snapshots[one.name]) for one in targets if one.name in snapshots]
    changeset = combine(plan.name, content_hash(plan.data()), parts)
    return Preview(changeset, guard(engine, changeset, targets), (), snapshots), [
        name for name, snapshot in last.items() if snapshot is None
    ]
