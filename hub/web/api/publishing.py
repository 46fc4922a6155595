"""Preview, publish, what happens then, and the receipts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal, cast

from fastapi import Query, Response
from pydantic import Field
from typing_extensions import TypedDict

from hub.changes.render import violation_data
from hub.engine.ports import Status
from hub.engine.preview import Preview
from hub.engine.rehearsal import rehearse
from hub.errors import Refusal
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job, State
from hub.shapes.parts import Unread, Violation, closed
from hub.shapes.publishing import (
    ChangesetShape,
    PreviewShape,
    PublicationShape,
    ReceiptShape,
    preview_data,
    publication_data,
)
from hub.store.histories import Past, Wanted, past_of
from hub.verbs import undoing
from hub.verbs.overriding import Life, allow
from hub.verbs.pausing import lift, pause
from hub.verbs.pressing import RESUME
from hub.web import work
from hub.web.api.bodies import Body, PlanInBody, TargetInBody
from hub.web.api.calling import Asked, calls, needs
from hub.web.api.finding import (
    Number,
    PlanName,
    PublicationId,
    SomePlan,
    SomeTarget,
    find_job,
    find_plan,
    find_publication,
    find_target,
)
from hub.web.api.paging import AGAIN, Page, Paging
from hub.web.api.problems import Invalid
from hub.web.catalogue import usable_targets
from hub.web.guarding import Hub, Plans
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON

router = calls("Publishing")
MANY = 10_000
"""Jobs that are looked through."""


@closed
class LastPreview(PreviewShape):
    """A preview of what was last read. `unread` are targets that were never read; `ages` the seconds since the others
    were; `approval` how far another person's yes has come, null where the plan asks for none."""

    unread: list[str]
    ages: dict[str, float]
    approval: Literal["not asked", "open", "approved", "refused"] | None


@closed
class JobShape(TypedDict):
    """Work that was asked for. `publication` is the id of the one that it opened or went on with, once it has."""

    job: int
    kind: str
    state: State
    attempts: int
    queued: float
    starts: float
    started: float | None
    finished: float | None
    message: str
    publication: str | None


@closed
class RecordShape(TypedDict):
    """The final record of a publication under its content hash; null while there is none."""

    receipt: str
    record: dict[str, Any] | None


@closed
class UndoShape(TypedDict):
    """What an undo would write, and what cannot be taken back. `fingerprint` is what doing it takes."""

    publication: str
    fingerprint: str
    undo: ChangesetShape
    impossible: list[Unread]
    violations: list[Violation]


@closed
class TicketShape(TypedDict):
    """Permission for one guard on one exact changeset."""

    guard: str
    fingerprint: str
    who: str
    why: str
    expires: float


class ToPublish(Body):
    """What to publish: exactly what has this fingerprint in the preview."""

    plan: PlanInBody
    fingerprint: str = Field(pattern="^[0-9a-f]{16}$", examples=["7fdf753d9a0843ef"])


class ToRead(Body):
    """Whose targets to read: all, or only those that are named."""

    plan: PlanInBody
    targets: list[TargetInBody] = Field(default_factory=list, max_length=100, examples=[["segment"]])


class ToUndo(Body):
    """What to undo: exactly what has this fingerprint in the preview of the undo."""

    fingerprint: str = Field(pattern="^[0-9a-f]{16}$", examples=["7fdf753d9a0843ef"])


class ToAllow(Body):
    """An override: one guard, one changeset, for a while, with the reason for the record."""

    fingerprint: str = Field(pattern="^[0-9a-f]{16}$", examples=["7fdf753d9a0843ef"])
    guard: str = Field(pattern="^[a-z-]{1,40}$", examples=["too-many-updates"])
    why: str = Field(min_length=1, max_length=2000, examples=["The spring cleaning that all agreed to."])
    life: Life = "1 hour"


@router.get("/preview", **needs("read"))
def preview_plan(hub: Hub, plans: Plans, plan: PlanName) -> LastPreview:
    """What a publish of the plan would do, from what was last read; asks no tool. POST /readings reads again."""
    return last_preview(hub, find_plan(plans, plan).plan)


def last_preview(hub: Hub, plan: TrackingPlan) -> LastPreview:
    """The preview of any plan against what was last read. Raises Problems when the targets cannot be used."""
    targets, trouble = usable_targets(hub.config)
    if trouble is not None:
        raise trouble
    seen, unread = rehearse(hub.engine, plan, targets)
    now = hub.engine.time.now()
    ages = {name: round(now - one.taken_at, 1) for name, one in seen.snapshots.items()}
    approval = _approval(hub, seen) if plan.conventions.approval else None
    return cast(LastPreview, {**preview_data(seen), "unread": unread, "ages": ages, "approval": approval})


def _approval(hub: Hub, seen: Preview) -> str:
    asked = hub.store.approvals.find(seen.changeset.fingerprint)
    return asked.state if asked is not None else "not asked"


@router.post("/readings", status_code=202, **needs("read"))
def read_again(hub: Hub, plans: Plans, body: ToRead, response: Response) -> JobShape:
    """Ask for a fresh reading of the targets; the next preview is made of it."""
    plan = find_plan(plans, body.plan).plan.name
    for name in body.targets:
        find_target(hub, name)
    return asked_for(hub, response, work.ask(hub, work.READ, work.key_of(plan), work.wanted(plan, body.targets)))


def asked_for(hub: Hub, response: Response, number: int) -> JobShape:
    """The job, and where to look for it."""
    response.headers["location"] = f"/api/v1/jobs/{number}"
    return job_data(hub, find_job(hub, number))


def job_data(hub: Hub, job: Job) -> JobShape:
    """One job as the API shows it."""
    return {
        "job": job.id,
        "kind": job.kind,
        "state": job.state,
        "attempts": job.attempts,
        "queued": job.queued_at,
        "starts": job.run_at,
        "started": job.started,
        "finished": job.finished,
        "message": job.message,
        "publication": _publication_of(hub, job),
    }


def _publication_of(hub: Hub, job: Job) -> str | None:
    if job.kind == RESUME:
        return str(job.args["publication"])
    opened = work.publication_of(hub, job) if job.kind in (work.PUBLISH, work.UNDO) else None
    return opened.id if opened is not None else None


@router.post("/tickets", status_code=201, **needs("publish"))
def allow_once(hub: Hub, caller: Asked, body: ToAllow) -> TicketShape:
    """Let one guard pass for one exact changeset. What moves in the meantime needs another ticket."""
    (ticket,) = allow(hub, [body.guard], body.fingerprint, who=caller.account, why=body.why, life=body.life)
    return cast(TicketShape, asdict(ticket))


@router.post("/publications", status_code=202, **needs("publish"))
def publish_plan(hub: Hub, plans: Plans, caller: Asked, body: ToPublish, response: Response) -> JobShape:
    """Publish exactly what was previewed, or nothing: the job fails when the plan or a tool moved in between.

    Asking twice publishes once, with or without an idempotency key.
    """
    plan = find_plan(plans, body.plan).plan.name
    wanted = {"plan": plan, "fingerprint": body.fingerprint, "who": caller.account}
    number = work.ask(hub, work.PUBLISH, work.key_of(plan), wanted)
    now = hub.engine.time.now()
    hub.store.people.note(caller.account, "publish", plan, now, fingerprint=body.fingerprint, token=caller.token.id)
    return asked_for(hub, response, number)


@router.get("/publications", **needs("read"))
def list_publications(
    hub: Hub, paging: Paging, plan: SomePlan = "", target: SomeTarget = "", status: Literal["", Status] = ""
) -> Page[PublicationShape]:
    """The publications, newest first."""
    wanted = Wanted("publication", plan, (), target, status)
    found = hub.store.histories.after(_past(paging.after("publications")), wanted, paging.limit + 1)
    shown = found[: paging.limit]
    items = [publication_data(hub.store.publication(one.id)) for one in shown]
    return paging.made("publications", items, shown[-1].cursor if len(found) > len(shown) else None)


def _past(cursor: JSON) -> Past | None:
    if cursor is None:
        return None
    try:
        return past_of(str(cursor))
    except Refusal:
        raise Invalid("this is no cursor of this list", place="cursor", hint=AGAIN) from None


@router.get("/publications/{publication}", **needs("read"))
def get_publication(hub: Hub, publication: PublicationId) -> PublicationShape:
    """A publication as it stands: while it runs, and for good."""
    return publication_data(find_publication(hub, publication))


@router.get("/publications/{publication}/record", **needs("read"))
def get_record(hub: Hub, publication: PublicationId) -> RecordShape:
    """The publication's record: what was asked, and what came of every write."""
    found = find_publication(hub, publication)
    return {"receipt": found.receipt, "record": hub.store.record(found.receipt) if found.receipt else None}


@router.get("/publications/{publication}/receipts", **needs("read"))
def list_receipts(
    hub: Hub,
    paging: Paging,
    publication: PublicationId,
    target: SomeTarget = "",
    outcome: Annotated[
        Literal["", "done", "already", "conflict", "failed", "unknown", "not-tried"],
        Query(description="Only writes that ended so."),
    ] = "",
) -> Page[ReceiptShape]:
    """What came of each write, in the order in which they are done, target by target."""
    found = find_publication(hub, publication)
    names = [run.target for run in found.targets if target in ("", run.target)]
    rows = [_receipt(name, row) for name in names for row in hub.store.receipt_rows(found.id, name)]
    rows = [row for row in rows if outcome in ("", row["outcome"])]
    return paging.page("receipts", rows, lambda row: f"{row['target']}:{row['operation']}", lambda row: row)


def _receipt(target: str, row: Any) -> ReceiptShape:
    return cast(ReceiptShape, {"target": target, **row})


@router.post("/publications/{publication}/resume", status_code=202, **needs("publish"))
def resume_publication(hub: Hub, caller: Asked, publication: PublicationId, response: Response) -> JobShape:
    """Go on with what did not end well, or was paused."""
    found = find_publication(hub, publication)
    lift(hub, found)
    number = work.ask(hub, RESUME, work.key_of(found.plan), {"publication": found.id, "who": caller.account})
    hub.store.people.note(caller.account, "resume", found.id, hub.engine.time.now(), token=caller.token.id)
    return asked_for(hub, response, number)


@router.post("/publications/{publication}/pause", **needs("publish"))
def pause_publication(hub: Hub, caller: Asked, publication: PublicationId) -> PublicationShape:
    """Have every target's run end before its next write. Nothing goes on before somebody resumes it."""
    found = find_publication(hub, publication)
    return publication_data(pause(hub, found.id, who=caller.account))


@router.get("/publications/{publication}/undo", **needs("read"))
def preview_undo(hub: Hub, publication: PublicationId) -> UndoShape:
    """What undoing the publication would write, as far as was last read, and what cannot be taken back."""
    found = find_publication(hub, publication)
    return _undo_data(undoing.preview_undo(hub, found.id, read=undoing.as_last_read))


def _undo_data(seen: undoing.UndoPreview) -> UndoShape:
    told = {"publication": seen.publication.id, "fingerprint": seen.fingerprint}
    violations = [violation_data(one) for one in seen.violations]
    return cast(UndoShape, {**told, **undoing.undo_data(seen), "violations": violations})


@router.post("/publications/{publication}/undo", status_code=202, **needs("publish"))
def undo_publication(hub: Hub, caller: Asked, publication: PublicationId, body: ToUndo, response: Response) -> JobShape:
    """Undo exactly what was previewed, or nothing: the job fails when a tool changed in between."""
    found = find_publication(hub, publication)
    wanted = work.wanted(found.plan, (), publication=found.id, fingerprint=body.fingerprint, who=caller.account)
    number = work.ask(hub, work.UNDO, work.key_of(found.plan), wanted)
    hub.store.people.note(caller.account, "undo", found.id, hub.engine.time.now(), fingerprint=body.fingerprint)
    return asked_for(hub, response, number)


@router.get("/jobs", **needs("read"))
def list_jobs(hub: Hub, paging: Paging) -> Page[JobShape]:
    """Work that was asked for, newest first. What ended is kept for a month."""
    every = EmbeddedJobs(hub.database, hub.engine.time.now).jobs(limit=MANY)
    rows = [one for one in every if one.kind in work.ASKED]
    return paging.page("jobs", rows, lambda one: one.id, lambda one: job_data(hub, one))


@router.get("/jobs/{number}", **needs("read"))
def get_job(hub: Hub, number: Number) -> JobShape:
    """How far one piece of work is."""
    return job_data(hub, find_job(hub, number))
