"""What the engine needs from the outside: a memory, and someone to tell how it goes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from connectors.contract import Operation, Receipt, Snapshot
from hub.changes.changeset import Base, Changeset
from hub.changes.guard import Recent, Ticket
from hub.changes.resolve import Decided, Edit, Proposal
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON
from mappings.contract import Address, Document, Documents, Path

Status = Literal["running", "waiting", "paused", "published", "partial", "failed", "superseded"]
"""`waiting`: a quota is used up, the run goes on later. `paused`: somebody asked for it, and it goes on when somebody
says so. `partial`: some operations or targets did not end well.
`superseded`: interrupted, and a later publication of the plan went on from there."""


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A frozen version of a plan. `number` counts from 1 per plan; `hash` is the content hash of its data."""

    plan: str
    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class TargetRun:
    """How far the publish to one target has come."""

    target: str
    status: Status
    operations: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """How many operations ended in each `connectors.contract.Outcome`."""
    verified: int = 0
    requests: int = 0
    seconds: float = 0.0
    message: str = ""
    hint: str = ""
    restores: int | None = None
    """Of an undo: the number of the plan version that the target goes back to, 0 for none. None of any other run."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One publish of one plan version, as it stands. `receipt` is the content hash of its final record, or ""."""

    id: str
    plan: str
    version: int
    fingerprint: str
    status: Status
    who: str
    started: float
    finished: float | None
    targets: tuple[TargetRun, ...]
    receipt: str = ""


def version_at(publication: Publication, target: str) -> int | None:
    """The number of the plan version that this publication brought to the target, 0 for none at all; None when it
    brought it nothing."""
    for run in publication.targets:
        if run.target == target and run.status in ("published", "partial"):
            return publication.version if run.restores is None else run.restores
    return None


ProposalState = Literal["open", "accepted", "edited", "rejected", "different", "withdrawn"]
"""`edited`: accepted with another value, which replaces the proposed one in the tools. `different`: the value may stay
in the tools that show it. `withdrawn`: no tool shows it any more."""


@dataclass(frozen=True, slots=True)
class StoredProposal:
    """A proposal with its history."""

    id: int
    plan: str
    proposal: Proposal
    state: ProposalState
    opened: float
    decided: float | None = None
    who: str = ""
    why: str = ""


class DecisionLog(Protocol):
    """Proposals, what people decided about them, and how long each field has drifted."""

    def record(
        self,
        plan: str,
        found: Sequence[Proposal],
        targets: Iterable[str],
        at: float,
        dropped: Collection[tuple[str, Path]] = (),
    ) -> tuple[list[StoredProposal], list[StoredProposal]]:
        """Bring the open proposals in line with what `targets` show now; (new ones, withdrawn ones). `dropped` are
        events that were proposed although the plan lacks them, and that the target certainly has no more."""

    def of_plan(self, plan: str | None = None, *states: ProposalState) -> list[StoredProposal]:
        """Proposals, oldest first."""

    def one(self, identity: int) -> StoredProposal:
        """By id. Raises Refusal when there is none."""

    def decide(self, identity: int, state: ProposalState, *, who: str, why: str, at: float) -> StoredProposal:
        """Record a decision about an open proposal. Raises Refusal when somebody decided before."""

    def decided(self, plan: str) -> Decided:
        """What `hub.changes.resolve` needs to know of earlier decisions."""

    def note_drift(
        self,
        plan: str,
        target: str,
        edits: Sequence[Edit],
        at: float,
        *,
        whole: bool = True,
        pattern: Callable[[Edit], str] = str,
    ) -> list[Path]:
        """Remember since when each field differs; returns the fields that now are in a tug-of-war. `pattern` says what
        one looks like, for those who are told.

        Where the reading was not `whole`, a field that is not among the edits may still differ. A field on which the
        sides agree again is in no tug-of-war any more.
        """

    def drifting(self, target: str) -> list[tuple[Path, float]]:
        """The fields that differ now, with since when, oldest first."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One question and its answer, bound to a fingerprint: another changeset needs another approval."""

    fingerprint: str
    plan: str
    asked_by: str
    asked: float
    state: Literal["open", "approved", "refused"]
    who: str = ""
    why: str = ""
    decided: float | None = None


class ApprovalLog(Protocol):
    """Who agreed to which changeset."""

    def ask(self, fingerprint: str, plan: str, who: str, at: float) -> Approval:
        """Ask for approval, once: a question that was asked before keeps its answer."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One reading of a target without what it holds. `entries` stands for all of that: equal when nothing changed."""

    at: float
    entries: str


@dataclass(frozen=True, slots=True)
class Written:
    """One write of a publication that was about some thing of the plan."""

    publication: str
    who: str
    started: float
    address: Address


class ObservationLog(Protocol):
    """What targets were seen to hold, reading by reading."""

    def at(self, target: str, moment: float | None = None) -> Observed | None:
        """The newest reading that is not younger than `moment`."""

    def changes(self, target: str, newest: int | None = None) -> list[Observed]:
        """Readings that differ from the one before, oldest first; only so many of the newest."""

    def held(self, observed: Observed, concerns: Callable[[str, Path], bool]) -> Documents:
        """Those documents of a reading that concern the caller, judged by address (spelled) and by the place in the
        plan as the tool spells it. The bodies of the others are not read."""

    def written(self, target: str, thing: Path) -> list[Written]:
        """Every write there that was about this thing (section, name) or something in it, oldest first; and writes
        about its whole section, or about nothing in particular, which may have been about it too."""

    def managed(self, target: str, thing: Path) -> frozenset[Address]:
        """Where the target holds what was published of this thing."""


class Store(Protocol):
    """The hub's memory. Every call is one transaction; what it returned is on disk."""

    @property
    def approvals(self) -> ApprovalLog:
        """Questions whether a changeset may be published."""

    @property
    def decisions(self) -> DecisionLog:
        """Proposals and decisions."""

    @property
    def observations(self) -> ObservationLog:
        """What targets were seen to hold."""

    def freeze(self, plan: TrackingPlan, who: str, at: float) -> PlanVersion:
        """Keep this version of the plan; the same content again is the same version."""

    def plan_version(self, plan: str, number: int) -> TrackingPlan:
        """A frozen version. Raises Refusal when there is none."""

    def base(self, target: str) -> Base:
        """What was last verified at this target."""

    def base_documents(self, target: str) -> Documents:
        """What was last verified at this target, in full, each under the place it had in the plan."""

    def written(self, target: str) -> Mapping[Address, frozenset[str]]:
        """Content hashes that runs which did not end well meant to write, by address: if the tool shows one of
        them there, it is our own unverified work and nobody's edit."""

    def document(self, digest: str) -> Mapping[str, JSON] | None:
        """A document's body by content hash."""

    def keep_snapshot(self, target: str, snapshot: Snapshot) -> None:
        """Remember an observation, content-addressed."""

    def last_snapshot(self, target: str) -> Snapshot | None:
        """The newest observation of this target."""

    def snapshot_at(self, target: str, at: float | None = None) -> Snapshot | None:
        """The newest observation that is not younger than `at`."""

    def snapshot_times(self, target: str) -> list[float]:
        """When this target was observed to hold something else than before, oldest first."""

    def open_publication(self, changeset: Changeset, version: PlanVersion, who: str, at: float) -> Publication:
        """Record what is about to be done, with the content that will be replaced, before the first write.

        What the tools hold already becomes managed, and what is gone stops being so, in the same transaction.
        """

    def start_publication(self, publication: str, at: float) -> None:
        """Writing begins, for the first time or again after an interruption."""

    def planned(self, publication: str, target: str) -> Sequence[Operation]:
        """The operations recorded for one target of a publication, in order."""

    def bases(self, publication: str, target: str) -> Mapping[Address, Document]:
        """What counts as published where a write leaves somebody's edit in place, by address."""

    def add_receipts(self, publication: str, target: str, receipts: Iterable[Receipt]) -> None:
        """Keep what came of operations. The newest receipt of an operation counts."""

    def receipt_rows(self, publication: str, target: str) -> list[Mapping[str, JSON]]:
        """The newest receipt of each operation as plain data, in the order of the operations."""

    def first_trouble(self, publication: str, target: str) -> Receipt | None:
        """The first operation whose newest receipt is not good, if any."""

    def advance_base(
        self, target: str, publication: str, held: Iterable[Document], gone: Iterable[Address], at: float
    ) -> None:
        """The tool was read and holds exactly these documents, and no longer those."""

    def set_run(self, publication: str, run: TargetRun) -> None:
        """Record how far one target has come."""

    def close_publication(self, publication: str, status: Status, record: JSON, at: float) -> Publication:
        """Record the end; `record` is kept content-addressed as the publication receipt."""

    def paused_by(self, publication: str) -> str:
        """Who asked to pause this publication; "" when nobody did, or somebody had it go on since."""

    def publication(self, publication: str) -> Publication:
        """By id or a unique prefix of it. Raises Refusal when there is none."""

    def publications(self, plan: str | None = None, limit: int = 50) -> list[Publication]:
        """Newest first."""

    def record(self, digest: str) -> JSON:
        """A publication receipt by content hash."""

    def recent(self, target: str, since: float) -> Recent:
        """What was written to the target since then."""

    def add_ticket(self, ticket: Ticket) -> None:
        """Keep an override ticket."""

    def tickets(self, fingerprint: str) -> list[Ticket]:
        """The tickets bound to this fingerprint."""

    def lock(self, target: str) -> AbstractContextManager[None]:
        """Hold the target against every other process; freed by the system if this one dies. Raises Busy."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Something happened that a waiting person wants to see."""

    stage: Literal["observing", "observed", "checking", "writing", "waiting", "verifying", "done", "failed"]
    target: str
    done: int = 0
    total: int = 0
    text: str = ""


class Listener(Protocol):
    """Whoever shows progress. Called from several threads."""

    def __call__(self, progress: Progress) -> None: ...
