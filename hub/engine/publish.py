"""Publish: freeze, check everything, write to all targets side by side, read back, remember what was verified.

A crash costs a pause, not a repair. Before the first write the operations are recorded with the content they replace;
a receipt is stored after each answer; a resumed run reads the target, skips what holds already, and goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace

from connectors.contract import Budget, Connector, Operation, Outcome, Receipt, Snapshot, updated
from connectors.errors import RateLimited, ToolError
from hub.changes.changeset import Changeset
from hub.engine.pause import PausableTime, Paused, paused
from hub.engine.ports import PlanVersion, Progress, Publication, Status, TargetRun
from hub.engine.preview import Preview, preview
from hub.engine.record import publication_record
from hub.engine.target import Engine, Target, side_by_side
from hub.errors import Busy, Guarded, Moved, Refusal
from mappings.canonical import TrackingPlan
from mappings.contract import Address, Document


def publish(
    engine: Engine, plan: TrackingPlan, targets: Sequence[Target], *, who: str, fingerprint: str | None = None
) -> Publication:
    """Bring all targets to the plan. `fingerprint` is the previewed changeset's; what moved since is refused.

    Raises Moved, Guarded, Refusal before anything was written. Afterwards every failure is part of the publication.
    """
    seen = preview(engine, plan, targets)
    _refuse_what_is_not_ready(seen, fingerprint)
    _require_approval(engine, plan, seen.changeset, who)
    _preflight(engine, seen.changeset, targets)
    _refuse_to_supersede(engine, plan.name)
    version = engine.store.freeze(plan, who, engine.time.now())
    return begin(engine, seen.changeset, version, targets, who=who, snapshots=seen.snapshots)


def begin(
    engine: Engine,
    changeset: Changeset,
    version: PlanVersion,
    targets: Sequence[Target],
    *,
    who: str,
    snapshots: Mapping[str, Snapshot],
    restores: Mapping[str, int] | None = None,
) -> Publication:
    """Record what is about to be done, and do it; the targets are held from before the record to the end.

    `restores` says of an undo which plan version each target goes back to. Raises Busy, before anything is recorded,
    while another publication of the plan is under way: recording this one would end that one's story.
    """
    with ExitStack() as stack:
        held = frozenset(one.name for one in targets if _is_held(engine, one.name, stack))
        _refuse_to_supersede(engine, version.plan, held)
        opened = engine.store.open_publication(changeset, version, who, engine.time.now())
        runs = [replace(run, restores=restores[run.target]) for run in opened.targets] if restores else []
        for run in runs:
            engine.store.set_run(opened.id, run)
        return carry_out(engine, replace(opened, targets=tuple(runs) or opened.targets), targets, snapshots, held)


def _is_held(engine: Engine, target: str, stack: ExitStack) -> bool:
    """Whether we hold the target from now on; a busy one is told of when its turn comes."""
    try:
        stack.enter_context(engine.store.lock(target))
    except Busy:
        return False
    return True


def _refuse_to_supersede(engine: Engine, plan: str, held: frozenset[str] = frozenset()) -> None:
    """Raises Busy when a run of this plan's is alive: what it holds of is locked. `held` are our own locks."""
    for one in engine.store.publications(plan):
        concerned = {run.target for run in one.targets} - held if one.status in ("running", "waiting") else set()
        for target in sorted(concerned):
            with engine.store.lock(target):
                pass


def resume(engine: Engine, publication: Publication, targets: Sequence[Target]) -> Publication:
    """Go on with a publication that was interrupted, failed in part, or waits for a quota. Safe to repeat."""
    publication = engine.store.publication(publication.id)
    if publication.status == "superseded":
        raise Refusal(
            f"publication {publication.id} was superseded by a later one", hint="resume that one, or publish anew"
        )
    missing = {run.target for run in publication.targets} - {one.name for one in targets}
    if missing:
        raise Refusal(
            f"publication {publication.id} also concerns {', '.join(sorted(missing))}",
            hint="configure these targets again, or publish anew",
        )
    concerned = {run.target: run for run in publication.targets}
    todo = [one for one in targets if one.name in concerned and concerned[one.name].status != "published"]
    return carry_out(engine, publication, todo, {})


def _refuse_what_is_not_ready(seen: Preview, fingerprint: str | None) -> None:
    if seen.unreachable:
        first = seen.unreachable[0]
        raise Refusal(
            f"targets that cannot be read: {len(seen.unreachable)}; nothing was written. {first.error}",
            place=first.target,
            hint=first.error.hint,
        )
    if fingerprint is not None and fingerprint != seen.changeset.fingerprint:
        raise Moved(
            f"the plan or a tool changed since the preview: {fingerprint} is now {seen.changeset.fingerprint}",
            hint="preview again and publish what you then see",
        )
    if seen.violations:
        raise Guarded(
            f"guards that stop this publish: {len(seen.violations)}; nothing was written",
            seen.violations,
            hint="mend the cause, or override each guard for this changeset alone: "
            f"--fingerprint {seen.changeset.fingerprint} --override GUARD --why TEXT",
        )


def _require_approval(engine: Engine, plan: TrackingPlan, changeset: Changeset, who: str) -> None:
    """Where the plan asks for it, another person must have agreed to exactly this changeset; else they are asked."""
    if not plan.conventions.approval or changeset.empty:
        return
    known = engine.store.approvals.ask(changeset.fingerprint, plan.name, who, engine.time.now())
    if known.state == "approved":
        return
    go_on = f"hub publish {plan.name} --fingerprint {changeset.fingerprint}"
    if known.state == "refused":
        raise Refusal(f"{known.who} did not approve of this: {known.why}", hint="change the plan and publish anew")
    raise Refusal(
        f"the plan wants another person's approval of {changeset.fingerprint}; nothing was written",
        hint=f"they give it with `hub approvals give {changeset.fingerprint}`; then `{go_on}`",
    )


def _preflight(engine: Engine, changeset: Changeset, targets: Sequence[Target]) -> None:
    """Ask every target that will be written to whether it will let us. Raises before the first write to any."""
    busy = {one.target for one in changeset.targets if one.operations}

    def check(target: Target) -> str | None:
        engine.listen(Progress("checking", target.name))
        try:
            with engine.connected(target) as connector:
                identity = connector.whoami()
        except ToolError as error:
            return f"{error}"
        return f"{identity.workspace}: these credentials may not write" if identity.may_write is False else None

    concerned = [one for one in targets if one.name in busy]
    for target, problem in zip(concerned, side_by_side(check, concerned), strict=True):
        if problem:
            hint = "nothing was written to any target; mend this and publish again"
            raise Refusal(problem, place=target.name, hint=hint)


def carry_out(
    engine: Engine,
    publication: Publication,
    targets: Sequence[Target],
    snapshots: Mapping[str, Snapshot],
    held: frozenset[str] = frozenset(),
) -> Publication:
    """Do what the publication recorded, for these targets side by side, and close it.

    `snapshots` are fresh readings by target; a target without one is read first. `held` are targets that we hold.
    """

    def run(target: Target) -> TargetRun:
        snapshot = snapshots.get(target.name)
        try:
            with nullcontext() if target.name in held else engine.store.lock(target.name):
                return _Run(engine, publication, target, snapshot).go()
        except Busy as busy:
            planned = next(one for one in publication.targets if one.target == target.name)
            found = replace(planned, status="failed", message=str(busy), hint=busy.hint)
            engine.store.set_run(publication.id, found)
            engine.listen(Progress("failed", target.name, text=found.message))
            return found

    engine.store.start_publication(publication.id, engine.time.now())
    runs = {one.target: one for one in publication.targets}
    runs.update({one.target: one for one in side_by_side(run, targets, engine.stopping)})
    done = replace(publication, targets=tuple(runs[name] for name in sorted(runs)))
    status = overall(run.status for run in done.targets)
    record = publication_record(engine, done, status)
    return engine.store.close_publication(publication.id, status, record, engine.time.now())


def overall(statuses: Iterable[Status]) -> Status:
    """One word for several targets: all alike, else paused or waiting if any is, else partial."""
    found = set(statuses)
    if found <= {"published"}:
        return "published"
    if found == {"failed"}:
        return "failed"
    return "paused" if "paused" in found else "waiting" if "waiting" in found else "partial"


@dataclass
class _Run:
    """The publish to one target, from the recorded operations to the verified base."""

    engine: Engine
    publication: Publication
    target: Target
    snapshot: Snapshot | None

    def go(self) -> TargetRun:
        started = self.engine.time.now()
        store = self.engine.store
        self.operations = list(store.planned(self.publication.id, self.target.name))
        self.outcomes: dict[str, str] = {}
        self.verified = 0
        self.paused_by = ""
        error: ToolError | None = None
        clock = PausableTime(self.engine.time, self._is_to_pause)
        try:
            with replace(self.engine, time=clock).connected(self.target) as connector:
                self._carry_out(connector, clock)
        except ToolError as problem:
            error = problem
        run = self._summary(error, self.engine.time.now() - started)
        store.set_run(self.publication.id, run)
        self.engine.listen(
            Progress("done" if run.status == "published" else "failed", self.target.name, text=run.message)
        )
        return run

    def _carry_out(self, connector: Connector, clock: PausableTime) -> None:
        """Read, write, and read back: all of it, or after a pause what may have been written until then."""
        before = self.snapshot
        left: list[Operation] = []
        try:
            before = before or connector.observe(None, _reading(self.operations))
            left = self._left_to_do(before)
            self._write(connector, left)
        except Paused:
            pass  # `paused_by` says so
        clock.ignore_pauses(in_a_hurry=bool(self.paused_by))
        written = self._begun(left) if self.paused_by else self.operations
        if not written or before is None:
            return
        self.engine.listen(Progress("verifying", self.target.name, 0, len(written)))
        try:
            after = connector.observe(None, _reading(written))
        except Paused:
            return  # there is no quota left to read with; whoever goes on looks before it writes
        self._verify(updated(before, after) if self.paused_by else after)

    def _begun(self, left: Sequence[Operation]) -> list[Operation]:
        """Of what was left to do: what has an answer, and as much after it as may have been under way."""
        answered = [one for one in left if one.id in self.outcomes]
        open_ones = [one for one in left if one.id not in self.outcomes]
        lanes = self.target.plugin.cost(self.target.settings).concurrency
        return [*answered, *open_ones[:lanes]]

    def _is_to_pause(self) -> bool:
        self.paused_by = self.engine.store.paused_by(self.publication.id)
        return bool(self.paused_by)

    def _left_to_do(self, snapshot: Snapshot) -> list[Operation]:
        """The operations whose effect the tool does not show yet; what shows a third state is left alone."""
        left, settled = [], []
        for operation in self.operations:
            state = state_of(operation, snapshot)
            if state == "before":
                left.append(operation)
            else:
                settled.append(self._settled(operation, state))
        self._keep(settled)
        return left

    def _settled(self, operation: Operation, state: str) -> Receipt:
        now = self.engine.time.now()
        if state == "after":
            return Receipt(operation, "already", now, message="the tool holds this already")
        if state == "unknown":
            return Receipt(operation, "unknown", now, message="the tool did not show this", hint="resume later")
        return Receipt(
            operation, "conflict", now, message="someone changed this in the tool", hint="preview again and decide"
        )

    def _write(self, connector: Connector, operations: Sequence[Operation]) -> None:
        total = len(self.operations)
        self.engine.listen(Progress("writing", self.target.name, total - len(operations), total))
        if not operations:
            return
        self.engine.stop_if_asked()
        if self._is_to_pause():
            return
        done = total - len(operations)
        for receipt in connector.apply(operations):
            self._keep([receipt])
            done += 1
            self.engine.stop_if_asked()
            self.engine.listen(Progress("writing", self.target.name, done, total))
            if done < total and self._is_to_pause():
                return

    def _keep(self, receipts: Sequence[Receipt]) -> None:
        if receipts:
            self.engine.store.add_receipts(self.publication.id, self.target.name, receipts)
            self.outcomes.update({receipt.operation.id: receipt.outcome for receipt in receipts})

    def _verify(self, after: Snapshot) -> None:
        """Compare with what was read back; the base moves only for what the tool now shows."""
        self._remember(after)
        held: list[Document] = []
        gone: list[Address] = []
        amiss: list[Receipt] = []
        shown: list[Receipt] = []
        for operation in self.operations:
            if state_of(operation, after) != "after":
                amiss += self._not_verified(operation)
                continue
            shown += self._shown_after_all(operation)
            if operation.document is None:
                gone.append(operation.address)
            else:
                held.append(operation.document)
                gone += [operation.before.address] if operation.verb == "rename" and operation.before else []
        self._advance(held, gone)
        self.verified = len(held) + sum(1 for one in self.operations if one.document is None and one.address in gone)
        self._keep([*amiss, *shown])

    def _remember(self, after: Snapshot) -> None:
        """Keep the read-back as an observation: the last full reading, brought up to date where this one looked."""
        store, name = self.engine.store, self.target.name
        before = self.snapshot or store.last_snapshot(name)
        store.keep_snapshot(name, after if before is None else updated(before, after))

    def _shown_after_all(self, operation: Operation) -> list[Receipt]:
        """An operation that did not end well, or whose answer was lost, but whose effect the tool shows."""
        outcome = self.outcomes.get(operation.id)
        if outcome in ("done", "already"):
            return []
        settled: Outcome = "done" if outcome == "unknown" else "already"
        return [Receipt(operation, settled, self.engine.time.now(), message="the tool shows it when read back")]

    def _advance(self, held: Sequence[Document], gone: Sequence[Address]) -> None:
        """The base moves to what was written, except where the write left somebody's edit in place."""
        now, store = self.engine.time.now(), self.engine.store
        bases = store.bases(self.publication.id, self.target.name)
        published = [bases.get(one.address, one) for one in held]
        store.advance_base(self.target.name, self.publication.id, published, gone, now)

    def _not_verified(self, operation: Operation) -> list[Receipt]:
        """A write that the tool accepted but does not show is a failure; one that failed keeps its own receipt."""
        if self.outcomes.get(operation.id) not in ("done", "already", "unknown"):
            return []
        return [
            Receipt(
                operation,
                "failed",
                self.engine.time.now(),
                message="the tool accepted the write but does not show it",
                hint="resume the publication; if it stays so, look at the entry in the tool",
                verdict="read",
            )
        ]

    def _summary(self, error: ToolError | None, seconds: float) -> TargetRun:
        counts = Counter(self.outcomes.get(operation.id, "not-tried") for operation in self.operations)
        good = counts["done"] + counts["already"] == len(self.operations) and error is None
        status: Status = "published" if good else "partial" if self.verified else "failed"
        if isinstance(error, RateLimited):
            status = "waiting"
            self._is_to_pause()
        first = error or self._first_trouble()
        run = TargetRun(
            self.target.name,
            status,
            len(self.operations),
            dict(counts),
            self.verified,
            seconds=seconds,
            message=first.message if first else "",
            hint=first.hint if first else "",
            restores=self._planned.restores,
        )
        return run if good or not self.paused_by else paused(run, self.publication.id, self.paused_by)

    @property
    def _planned(self) -> TargetRun:
        return next(one for one in self.publication.targets if one.target == self.target.name)

    def _first_trouble(self) -> Receipt | None:
        return self.engine.store.first_trouble(self.publication.id, self.target.name)


def _reading(operations: Sequence[Operation]) -> Budget:
    """Of no more than these operations are about."""
    return Budget(only=frozenset(operation.address for operation in operations))


def state_of(operation: Operation, snapshot: Snapshot) -> str:
    """Where the tool stands with an operation: "before" it, "after" it, at a "third" state, or "unknown"."""
    now = snapshot.documents.get(operation.address)
    wanted = operation.document
    if now is None and not snapshot.knows_absent(operation.address):
        return "unknown"
    if wanted is None:
        return "after" if now is None else "before" if now.hash == operation.expects else "third"
    if now is not None and now.equals(wanted):
        return "after"
    if operation.verb == "rename" and operation.before is not None and now is None:
        former = snapshot.documents.get(operation.before.address)
        return "before" if former is not None and former.equals(operation.before) else "third"
    held = now.hash if now is not None else None
    return "before" if held == operation.expects else "third"
