"""How a target stands as far as it was last read: what holds, what differs, what is gone, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import Coverage, Snapshot
from connectors.lookup import asked_by_name
from hub.app import App
from hub.changes.changeset import Base
from hub.config import TargetSettings
from hub.engine.knowledge import NEVER, UNREAD, unknown
from mappings.contract import Address

UNCONFIRMED = "one reading did not find it; `hub reconcile` asks a second time"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the last reading says of the managed documents. It stays so until the target is read or written again.

    `taken_at` is None when the target was never read, or nobody knows when.
    """

    state: str
    """`in sync`, `drifted`, `gone`, `unknown` or `never read`: the gravest that is true of any document."""
    managed: int
    documents: int = 0
    taken_at: float | None = None
    differing: tuple[Address, ...] = ()
    gone: tuple[Address, ...] = ()
    unknown: Mapping[Address, str] = field(default_factory=dict)
    """With the reason of each."""
    coverage: tuple[Coverage, ...] = ()


def standing(app: App, name: str) -> Standing:
    """Of one target. Asks no tool."""
    snapshot = app.store.last_snapshot(name)
    base = app.store.base(name)
    if snapshot is None:
        return Standing("never read", len(base))
    return _seen(snapshot, base)


def _seen(snapshot: Snapshot, base: Base) -> Standing:
    """What is absent is gone only when a second reading confirmed it, and unknown until then."""
    unread = dict(unknown(snapshot, base))
    absent = [one for one in base if one not in unread and one not in snapshot.documents]
    unread |= {one: UNCONFIRMED for one in absent if not asked_by_name(snapshot, one)}
    differing = tuple(one for one, digest in base.items() if one not in unread and _differs(snapshot, one, digest))
    gone = tuple(one for one in absent if one not in unread)
    failed = any(one.completeness in UNREAD for one in snapshot.coverage)
    state = "gone" if gone else "drifted" if differing else "unknown" if unread or failed else "in sync"
    taken_at = None if snapshot.taken_at == NEVER else snapshot.taken_at
    coverage = tuple(one for one in snapshot.coverage if one.completeness != "complete" or not one.scope.names)
    return Standing(state, len(base), len(snapshot.documents), taken_at, differing, gone, unread, coverage)


def _differs(snapshot: Snapshot, address: Address, digest: str) -> bool:
    held = snapshot.documents.get(address)
    return held is not None and held.hash != digest


def target_status(app: App, name: str, own: TargetSettings, known: Standing | None = None) -> dict[str, Any]:
    """What is known of one target, with its age and its drift by now, as `hub status --json` spells it.

    `known` is its standing, if that is at hand already.
    """
    found = known if known is not None else standing(app, name)
    taken_at = found.taken_at
    return {
        "target": name,
        "tool": own.tool,
        "managed": found.managed,
        **_drift(app, name, own),
        "differing": [str(one) for one in found.differing],
        "gone": [str(one) for one in found.gone],
        "unknown": [{"address": str(one), "why": why} for one, why in found.unknown.items()],
        "state": found.state,
        "age": None if taken_at is None else round(app.engine.time.now() - taken_at, 1),
        "documents": found.documents,
        "coverage": [
            {"scope": str(one.scope), "completeness": one.completeness, "since": one.since, "why": one.why}
            for one in found.coverage
        ],
    }


def _drift(app: App, name: str, own: TargetSettings) -> dict[str, Any]:
    """The fields that reconcile found to differ, oldest first, and whether one is older than the target's `slo`."""
    now = app.engine.time.now()
    drifting = app.store.decisions.drifting(name)
    oldest = now - drifting[0][1] if drifting else None
    return {
        "drift": [{"path": list(path), "since": since} for path, since in drifting],
        "slo": own.slo_seconds,
        "late": own.slo_seconds is not None and oldest is not None and oldest > own.slo_seconds,
    }
