"""Reconcile: what did people change in the tools, and what of it goes where? Reads; writes only to heal.

Nobody's edit is erased without a decision, and nothing counts as deleted because it was not seen: what is gone is
read a second time before anyone hears of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from connectors.contract import Budget, Snapshot
from connectors.errors import ToolError
from connectors.lookup import asked_by_name
from hub.changes.changeset import Base, combine
from hub.changes.merge import get
from hub.changes.resolve import Edit, Resolution, proposals
from hub.engine.knowledge import confirmed, note_failure, unknown, unseen
from hub.engine.ports import PlanVersion, Publication, StoredProposal, version_at
from hub.engine.preview import Remote, decide, guard, observe, remote_changes
from hub.engine.publish import begin
from hub.engine.target import Engine, Target, side_by_side
from hub.engine.tug import Tug, tug_of
from hub.errors import Guarded
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content_at, expand
from mappings.canonical.text import content_hash
from mappings.contract import Address, Path

Mode = Literal["observe", "propose", "heal"]
"""`observe`: look and say. `propose`: also open proposals. `heal`: also restore what the plan has the last word on."""

State = Literal["in sync", "drifted", "unknown", "gone"]


@dataclass(frozen=True, slots=True)
class TargetReport:
    """What one target shows. `gone` are managed documents that two different readings did not find."""

    target: str
    state: State
    edits: tuple[Edit, ...] = ()
    gone: tuple[Address, ...] = ()
    unknown: tuple[tuple[Address, str], ...] = ()
    error: ToolError | None = None
    fought: tuple[Tug, ...] = ()
    """Fields that came back after every restore: left alone until somebody decides, and said once."""
    healed: Publication | None = None
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """One reconcile of one plan."""

    plan: str
    targets: tuple[TargetReport, ...]
    opened: tuple[StoredProposal, ...] = ()
    withdrawn: tuple[StoredProposal, ...] = ()
    violations: Mapping[str, Sequence[object]] = field(default_factory=dict)

    @property
    def drifted(self) -> bool:
        return any(one.state != "in sync" for one in self.targets)


def reconcile(
    engine: Engine, plan: TrackingPlan, targets: Sequence[Target], modes: Mapping[str, Mode], *, who: str
) -> Report:
    """Read all targets, tell what people changed, open and withdraw proposals, and heal where the mode says so."""
    expanded = expand(plan)
    readings = side_by_side(lambda target: _read(engine, expanded, target), targets, engine.stopping)
    looks = [_look(engine, expanded, one) for one in readings]  # one after the other: threads would only take turns
    seen = {look.target.name: _noted(engine, expanded, look) for look in looks}
    proposing = {name: one for name, one in seen.items() if modes.get(name, "propose") != "observe" and one.changes}
    shown = proposals(Resolution(one.changes.edits) for one in proposing.values() if one.changes)
    said = content_at(expanded, (one.path for one in shown))
    found = [replace(one, ours=get(said, one.path)) for one in shown]
    whole = [name for name, one in proposing.items() if not one.unknown]
    dropped = {(name, path) for name, one in proposing.items() for path in one.dropped}
    opened, withdrawn = engine.store.decisions.record(plan.name, found, whole, engine.time.now(), dropped)
    reports, violations = [], {}
    for name, look in seen.items():
        report = _report(look)
        if modes.get(name) == "heal" and look.changes is not None:
            try:
                report = replace(report, healed=_heal(engine, plan, look, who))
            except Guarded as refusal:
                violations[name] = refusal.violations
        reports.append(report)
    return Report(plan.name, tuple(reports), tuple(opened), tuple(withdrawn), violations)


def reconcile_target(engine: Engine, plan: TrackingPlan, target: Target, *, mode: Mode, who: str) -> Report:
    """One target alone, as the schedule does it."""
    return reconcile(engine, plan, [target], {target.name: mode}, who=who)


@dataclass(frozen=True, slots=True)
class _Look:
    target: Target
    snapshot: Snapshot | None = None
    changes: Remote | None = None
    base: Base = field(default_factory=dict)
    error: ToolError | None = None
    tugs: tuple[Tug, ...] = ()
    dropped: tuple[Path, ...] = ()
    """Events that adopting proposed and that the tool certainly has no more."""
    unknown: tuple[tuple[Address, str], ...] = ()
    """Managed documents of which the reading does not tell, with the reason."""

    @property
    def fighting(self) -> list[Edit]:
        """The edits that something has to become of."""
        return [edit for edit in self.changes.edits if edit.verdict != "keep"] if self.changes else []


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of one target, or why it could not be."""

    target: Target
    snapshot: Snapshot | ToolError
    base: Base = field(default_factory=dict)
    watched: Mapping[Address, Path] = field(default_factory=dict)


def _read(engine: Engine, expanded: TrackingPlan, target: Target) -> _Reading:
    budget = _allowance(target)
    strangers = _strangers(engine, expanded.name, target)
    before = engine.store.last_snapshot(target.name) if strangers else None
    snapshot = observe(engine, target, budget, plan=expanded)
    if isinstance(snapshot, ToolError):
        note_failure(engine, target, snapshot)
        return _Reading(target, snapshot)
    base = engine.store.base(target.name)
    watched = _watched(strangers, before)
    return _Reading(target, confirmed(engine, target, snapshot, {*base, *watched}, budget), base, watched)


def _look(engine: Engine, expanded: TrackingPlan, reading: _Reading) -> _Look:
    target, snapshot = reading.target, reading.snapshot
    if isinstance(snapshot, ToolError):
        return _Look(target, error=snapshot)
    changes = remote_changes(engine, expanded, target, snapshot)
    unread = unknown(snapshot, reading.base)
    dropped = _dropped(snapshot, reading.watched)
    return _Look(target, snapshot, changes, reading.base, dropped=dropped, unknown=unread)


def _strangers(engine: Engine, plan: str, target: Target) -> frozenset[Path]:
    """The events of a target that adopting proposed, and about which nobody decided yet."""
    opened = (one.proposal for one in engine.store.decisions.of_plan(plan, "open"))
    return frozenset(one.path for one in opened if one.is_stranger and target.name in dict(one.shown))


def _watched(strangers: Collection[Path], before: Snapshot | None) -> dict[Address, Path]:
    """Where the last reading found them."""
    held = before.documents.items() if before is not None else ()
    return {address: one.about[:2] for address, one in held if one.about[:2] in strangers}


def _dropped(snapshot: Snapshot, watched: Mapping[Address, Path]) -> tuple[Path, ...]:
    """Those of which certainly nothing is left."""
    left = {path for address, path in watched.items() if not asked_by_name(snapshot, address)}
    return tuple(sorted({*watched.values()} - left))


def _allowance(target: Target) -> Budget:
    """A share of the longest window where the tool can be read bit by bit: what keeps changing and what was read
    longest ago comes first, the rest is carried over with its age."""
    windows = target.plugin.cost(target.settings).windows
    if "incremental" not in target.plugin.capabilities or not windows:
        return Budget()
    return Budget(units=int(max(windows, key=lambda one: one.seconds).limit * target.reading_share))


def _noted(engine: Engine, expanded: TrackingPlan, look: _Look) -> _Look:
    """Remember since when fields differ. One that is in a tug-of-war from now on is decided about once more."""
    if look.changes is None or look.snapshot is None:
        return look
    tugs: dict[Path, Tug] = {}

    def pattern(edit: Edit) -> str:
        tugs[edit.path] = tug_of(engine, expanded, look.target, edit)
        return str(tugs[edit.path])

    note, now = engine.store.decisions.note_drift, engine.time.now()
    if not note(expanded.name, look.target.name, look.fighting, now, whole=not look.unknown, pattern=pattern):
        return look
    changes = remote_changes(engine, expanded, look.target, look.snapshot)
    return replace(look, changes=changes, tugs=tuple(tugs.values()))


def _report(look: _Look) -> TargetReport:
    name = look.target.name
    if look.changes is None or look.snapshot is None:
        return TargetReport(name, "unknown", error=look.error)
    given_up = frozenset(look.changes.gone)
    missing = unseen(look.snapshot, look.base)
    gone = tuple(one for one in missing if one not in given_up and look.snapshot.knows_absent(one))
    unread = look.unknown
    state: State = "gone" if gone else "drifted" if look.fighting else "unknown" if unread else "in sync"
    requests = look.snapshot.requests
    return TargetReport(name, state, look.changes.edits, gone, unread, fought=look.tugs, requests=requests)


def _last_published(engine: Engine, plan: str, target: str) -> int:
    """The number of the plan version that this target was last brought to, 0 for none; also 0 while a publication is
    under way, which healing would supersede."""
    for one in engine.store.publications(plan):
        if one.status in ("running", "waiting", "paused"):
            return 0
        if (number := version_at(one, target)) is not None:
            return number
    return 0


def _heal(engine: Engine, plan: TrackingPlan, look: _Look, who: str) -> Publication | None:
    """Restore what the plan has the last word about, to the last published version: nothing unpublished goes out."""
    published = _last_published(engine, plan.name, look.target.name)
    if not published or look.snapshot is None:
        return None
    version = engine.store.plan_version(plan.name, published)
    changes = decide(engine, expand(version), look.target, look.snapshot)
    restored = {edit.path[:2] for edit in changes.edits if edit.verdict == "restore"}
    writes = tuple(one for one in changes.operations if one.document is not None and one.document.about[:2] in restored)
    if not writes:
        return None
    healing = replace(changes, operations=writes, in_sync=(), gone=())
    changeset = combine(plan.name, content_hash(version.data()), [healing])
    found = guard(engine, changeset, [look.target])
    if found:
        raise Guarded("guards stop the healing; nothing was written", found, hint="look at `hub preview`")
    again = PlanVersion(plan.name, published, changeset.plan_hash)
    return begin(engine, changeset, again, [look.target], who=who, snapshots={look.target.name: look.snapshot})
