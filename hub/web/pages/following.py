"""What becomes of work that was asked for: its progress while it runs, and the receipts afterwards."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.app import App
from hub.engine.ports import Publication
from hub.jobs.port import Job
from hub.store.outbox import Message
from hub.verbs.pausing import PAUSABLE, RESUMABLE, lift
from hub.verbs.pausing import pause as ask_to_pause
from hub.verbs.pressing import RESUME
from hub.web import work
from hub.web.guarding import COOKIE, Hub, Number, PublisherActs, Viewer
from hub.web.live import EventStream, Look, Streams, Told
from hub.web.progress import Forecasts, standing_of, waits
from hub.web.rendering import page
from mappings.canonical.text import canonical_bytes

router = APIRouter()
LISTED = 200
"""Receipts of one target on one page."""


def _streams(request: Request) -> Streams:
    found: Streams = request.app.state.streams
    return found


def _forecasts(request: Request) -> Forecasts:
    found: Forecasts = request.app.state.forecasts
    return found


# Jobs ----------------------------------------------------------------------------------------------------------


@router.get("/jobs/{number}")
def show_job(request: Request, hub: Hub, session: Viewer, number: Number) -> Response:
    """How far it is; once there is something better to look at, that."""
    job = _job(hub, number)
    better = _better(hub, job)
    if better:
        return RedirectResponse(better, 303)
    back = _preview(job) if "plan" in job.args else ""
    return page(request, "job.html", session, job=job, live=job.state in work.LIVE, back=back)


@router.get("/jobs/{number}/events")
def follow_job(
    request: Request, hub: Hub, streams: Annotated[Streams, Depends(_streams)], session: Viewer, number: Number
) -> Response:
    """Says when there is something new to see of it."""
    _job(hub, number)

    def look() -> Told:
        job = _job(hub, number)
        better = _better(hub, job)
        return Told((job.state, job.message, better), bool(better) or job.state not in work.LIVE)

    return EventStream(streams, session.form_token, _while_logged_in(request, hub, look))


def _job(hub: App, number: int) -> Job:
    found = work.find_job(hub, number)
    if found is None:
        raise HTTPException(404, "There is no such work.")
    return found


def _better(hub: App, job: Job) -> str:
    """Where there is more to see than at the job itself; "" as long as there is nothing."""
    if job.kind in (work.PUBLISH, work.UNDO):
        opened = work.publication_of(hub, job)
        return f"/publications/{opened.id}" if opened is not None else ""
    if job.kind == RESUME:
        return f"/publications/{job.args['publication']}"
    if job.kind == work.READ and job.state == "done":
        return _preview(job)
    return ""


def _preview(job: Job) -> str:
    """The preview that it was asked for on."""
    if undone := job.args.get("undo", job.args.get("publication")):
        return f"/publications/{undone}/undo"
    targets = [("target", str(one)) for one in job.args.get("targets", ())]
    return f"/publish?{urlencode([('plan', str(job.args['plan'])), *targets])}"


# Publications --------------------------------------------------------------------------------------------------


@router.get("/publications/{identity}")
def show_publication(
    request: Request,
    hub: Hub,
    forecasts: Annotated[Forecasts, Depends(_forecasts)],
    session: Viewer,
    identity: str,
    target: str = "",
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    """A publication as it stands: live while it runs, its receipt afterwards. `target` and `start` page through one
    target's receipts."""
    found = hub.store.publication(identity)
    live = is_live(hub, found)
    paused_by = hub.store.paused_by(found.id) if found.status in RESUMABLE | PAUSABLE else ""
    runs = [run for run in found.targets if not live and target in ("", run.target)]
    return page(
        request,
        "publication.html",
        session,
        publication=found,
        standing=standing_of(hub, found, forecasts),
        outcomes=hub.store.receipts.outcomes(found.id),
        receipts={run.target: hub.store.receipts.leaf(found.id, run.target, start, LISTED) for run in runs},
        target=target,
        start=start,
        listed=LISTED,
        told=_first_messages(hub, found.id),
        tickets=hub.store.tickets(found.fingerprint),
        live=live,
        paused_by=paused_by,
        pausable=found.status in PAUSABLE and not paused_by,
        resumable=found.status in RESUMABLE and not live,
    )


def is_live(hub: App, found: Publication) -> bool:
    """Whether it is at work, or will be without anybody doing anything."""
    if found.status == "running":
        return True
    if found.status == "published" or hub.store.paused_by(found.id):
        return False
    return work.under_way(hub, work.key_of(found.plan), found.id, kinds=(work.PUBLISH, work.UNDO, RESUME)) is not None


def _first_messages(hub: App, publication: str) -> list[Message]:
    """Where people were told of it; what was said below those messages stands there too."""
    told = hub.store.outbox.told_of(f"publication:{publication}")
    return [one for one in told if one.url.startswith(("https://", "http://")) and not one.parent]


@router.get("/publications/{identity}/events")
def follow_publication(
    request: Request, hub: Hub, streams: Annotated[Streams, Depends(_streams)], session: Viewer, identity: str
) -> Response:
    """Says when there is something new to see of it."""
    known = hub.store.publication(identity).id

    def look() -> Told:
        found = hub.store.publication(known)
        states = tuple((run.target, run.status, run.message) for run in found.targets)
        key = (found.status, states, hub.store.progress(known), hub.store.paused_by(known), _until(hub, found))
        return Told(key, not is_live(hub, found))

    return EventStream(streams, session.form_token, _while_logged_in(request, hub, look))


def _until(hub: App, found: Publication) -> dict[str, int]:
    """What targets wait for, to the second: the next request of many in a row is no news."""
    return {target: int(until) for target, until in waits(hub, found).items()}


def _while_logged_in(request: Request, hub: App, look: Look) -> Look:
    """A session that ended in between sees nothing more."""
    token = request.cookies.get(COOKIE, "")

    def checked() -> Told | None:
        return look() if hub.store.people.session(token, hub.engine.time.now()) is not None else None

    return checked


@router.get("/publications/{identity}/receipt.json")
def download_receipt(hub: Hub, session: Viewer, identity: str) -> Response:
    """The record, byte for byte: the SHA-256 of the file is the receipt."""
    found = hub.store.publication(identity)
    if not found.receipt:
        raise HTTPException(404, "There is no receipt yet: it is made when the publication ends.")
    name = f'attachment; filename="receipt-{found.id}.json"'
    kept = canonical_bytes(hub.store.record(found.receipt))
    return Response(kept, media_type="application/json", headers={"content-disposition": name})


@router.post("/publications/{identity}/pause")
def pause(hub: Hub, session: PublisherActs, identity: str) -> Response:
    """Have its runs end before their next write."""
    found = ask_to_pause(hub, identity, who=session.account)
    return RedirectResponse(f"/publications/{found.id}", 303)


@router.post("/publications/{identity}/resume")
def resume(hub: Hub, session: PublisherActs, identity: str) -> Response:
    """Go on with what was paused, or did not end well."""
    found = hub.store.publication(identity)
    lift(hub, found)
    work.ask(hub, RESUME, work.key_of(found.plan), {"publication": found.id, "who": session.account})
    hub.store.people.note(session.account, "resume", found.id, hub.engine.time.now())
    return RedirectResponse(f"/publications/{found.id}", 303)
