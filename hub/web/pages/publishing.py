"""Preview, the one button, what happens then, and the receipt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from connectors.contract import Operation
from hub.changes.changeset import TargetChanges
from hub.changes.diff import field_changes
from hub.changes.resolve import Verdict
from hub.engine.rehearsal import rehearse
from hub.errors import Refusal
from hub.pressing import RESUME
from hub.store.outbox import Message
from hub.web import work
from hub.web.catalogue import usable_targets
from hub.web.guarding import Hub, Number, Plans, PublisherActs, Viewer, ViewerActs
from hub.web.rendering import page, to

router = APIRouter()
LISTED = 200
"""Events of one target that a preview lists; more are counted."""
VERDICTS: Mapping[Verdict, str] = {
    "restore": "the plan's value is written again",
    "keep": "stays as it is there",
    "propose": "waits for a decision",
    "conflict": "both sides changed: waits for a decision",
}
"""What becomes of an edit, in words."""
RESUMABLE = frozenset({"partial", "failed", "waiting"})


@router.get("/publish")
def show_preview(request: Request, hub: Hub, plans: Plans, session: Viewer, plan: str) -> Response:
    """What a publish would do, from what was last read; reading again is a button away."""
    known = plans.get(plan)
    targets, problem = usable_targets(hub.config)
    seen, unread = rehearse(hub.engine, known.plan, targets)
    ages = {name: hub.engine.time.now() - one.taken_at for name, one in seen.snapshots.items()}
    return page(
        request,
        "publish.html",
        session,
        known=known,
        changeset=seen.changeset,
        violations=seen.violations,
        unread=unread,
        ages=ages,
        problem=problem,
        targets=[_target(changes) for changes in seen.changeset.targets],
        approval=_approval(hub, known.plan.conventions.approval, seen.changeset.fingerprint),
        verdicts=VERDICTS,
        under_way=work.under_way(hub, work.key_of(known.plan.name)),
    )


def _approval(hub: Hub, needed: bool, fingerprint: str) -> Any:
    return (hub.store.approvals.find(fingerprint) or "not asked") if needed else None


def _target(changes: TargetChanges) -> dict[str, Any]:
    """One target's operations by the event that they are about."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for operation in changes.operations:
        shown = operation.document or operation.before
        about = shown.about if shown is not None else ()
        groups[about[1] if len(about) > 1 else str(operation.address)].append(_operation(operation))
    return {
        "changes": changes,
        "verbs": Counter(operation.verb for operation in changes.operations),
        "groups": list(groups.items())[:LISTED],
        "more": max(len(groups) - LISTED, 0),
        "findings": _by_code(changes),
    }


def _operation(operation: Operation) -> dict[str, Any]:
    before = operation.before.body if operation.before else {}
    after = operation.document.body if operation.document else {}
    fields = [] if operation.verb == "create" else list(field_changes(before, after))
    return {"operation": operation, "fields": fields}


def _by_code(changes: TargetChanges) -> list[tuple[str, int, Any]]:
    """Findings of one sort are told once, with how many there are."""
    found: dict[str, list[Any]] = defaultdict(list)
    for one in changes.findings:
        found[one.code].append(one)
    return [(code, len(same), same[0]) for code, same in found.items()]


@router.post("/read")
def read_again(hub: Hub, plans: Plans, session: ViewerActs, plan: Annotated[str, Form()]) -> Response:
    """Ask for a fresh reading of every target."""
    name = plans.get(plan).plan.name
    return RedirectResponse(f"/jobs/{work.ask(hub, work.READ, work.key_of(name), {'plan': name})}", 303)


@router.post("/publish")
def publish(
    hub: Hub, plans: Plans, session: PublisherActs, plan: Annotated[str, Form()], fingerprint: Annotated[str, Form()]
) -> Response:
    """The one button: exactly what was previewed, or nothing."""
    name = plans.get(plan).plan.name
    wanted = {"plan": name, "fingerprint": fingerprint, "who": session.account}
    number = work.ask(hub, work.PUBLISH, work.key_of(name), wanted)
    hub.store.people.note(session.account, "publish", name, hub.engine.time.now(), fingerprint=fingerprint)
    return RedirectResponse(f"/jobs/{number}", 303)


@router.get("/jobs/{number}")
def show_job(request: Request, hub: Hub, session: Viewer, number: Number) -> Response:
    """How far it is; once there is something better to look at, that."""
    job = work.find_job(hub, number)
    if job is None:
        raise HTTPException(404, "There is no such work.")
    if job.kind == work.PUBLISH and (opened := work.publication_of(hub, job)) is not None:
        return RedirectResponse(f"/publications/{opened.id}", 303)
    if job.kind == RESUME:
        return RedirectResponse(f"/publications/{job.args['publication']}", 303)
    if job.kind == work.READ and job.state == "done":
        return RedirectResponse(to("/publish", plan=str(job.args["plan"])), 303)
    return page(request, "job.html", session, job=job, live=job.state in work.LIVE)


@router.get("/publications")
def show_publications(request: Request, hub: Hub, session: Viewer) -> Response:
    """The history, newest first."""
    return page(request, "publications.html", session, publications=hub.store.publications(limit=100))


@router.get("/publications/{identity}")
def show_publication(request: Request, hub: Hub, session: Viewer, identity: str) -> Response:
    """A publication as it stands: live while it runs, its receipt afterwards."""
    found = hub.store.publication(identity)
    keys = (work.key_of(found.plan), found.id)
    going_on = work.under_way(hub, *keys, kinds=(work.PUBLISH, RESUME)) if found.status != "published" else None
    live = found.status == "running" or going_on is not None
    runs = () if live else found.targets
    return page(
        request,
        "publication.html",
        session,
        publication=found,
        progress=hub.store.progress(found.id),
        receipts={run.target: _told(hub.store.receipt_rows(found.id, run.target)) for run in runs},
        told=_first_messages(hub, found.id),
        live=live,
        resumable=found.status in RESUMABLE and not live,
    )


def _first_messages(hub: Hub, publication: str) -> list[Message]:
    """Where people were told of it; what was said below those messages stands there too."""
    told = hub.store.outbox.told_of(f"publication:{publication}")
    return [one for one in told if one.url.startswith(("https://", "http://")) and not one.parent]


def _told(rows: Iterable[Any]) -> list[Any]:
    """What needs a look first, then the rest as it was done."""
    return sorted(rows, key=lambda row: row["outcome"] in ("done", "already"))


@router.post("/publications/{identity}/resume")
def resume(hub: Hub, session: PublisherActs, identity: str) -> Response:
    """Go on with what did not end well."""
    found = hub.store.publication(identity)
    if found.status not in RESUMABLE:
        raise Refusal(f"publication {found.id} is {found.status}", hint="there is nothing to go on with")
    work.ask(hub, RESUME, work.key_of(found.plan), {"publication": found.id, "who": session.account})
    hub.store.people.note(session.account, "resume", found.id, hub.engine.time.now())
    return RedirectResponse(f"/publications/{found.id}", 303)
