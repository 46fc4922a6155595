"""Undoing a publication: its preview, what stands against it, and the button."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from connectors.contract import Operation
from hub.changes.diff import field_changes
from hub.errors import Moved, Refusal
from hub.verbs.overriding import LIVES, Life, allow
from hub.verbs.undoing import UndoPreview, as_last_read, preview_undo
from hub.web import work
from hub.web.guarding import Hub, PublisherActs, Viewer, ViewerActs
from hub.web.rendering import page

router = APIRouter()
LISTED = 200
"""Writes of one target that are listed; more are counted."""


@router.get("/publications/{identity}/undo")
def show_undo(request: Request, hub: Hub, session: Viewer, identity: str) -> Response:
    """What an undo would write, from what was last read; reading again is a button away."""
    return _show(request, hub, session, preview_undo(hub, identity, read=as_last_read), None)


def _show(request: Request, hub: Hub, session: Viewer, seen: UndoPreview, kept: Any) -> Response:
    found = seen.publication
    return page(
        request,
        "undo.html",
        session,
        200 if kept is None else 409,
        publication=found,
        seen=seen,
        targets=[_target(one.target, one.operations) for one in seen.undoing.changeset.targets],
        tickets=[one for one in hub.store.tickets(seen.fingerprint) if one.expires > hub.engine.time.now()],
        lives=list(LIVES),
        kept=kept,
        under_way=work.under_way(hub, work.key_of(found.plan)),
    )


def _target(name: str, operations: Iterable[Operation]) -> dict[str, Any]:
    every = list(operations)
    shown = [{"operation": one, "fields": _fields(one)} for one in every[:LISTED]]
    return {"name": name, "shown": shown, "count": len(every)}


def _fields(operation: Operation) -> list[Any]:
    before = operation.before.body if operation.before else {}
    after = operation.document.body if operation.document else {}
    return [] if operation.verb in ("create", "delete") else list(field_changes(before, after))


@router.post("/publications/{identity}/undo/read")
def read_again(hub: Hub, session: ViewerActs, identity: str) -> Response:
    """Ask for a fresh reading of the targets that the publication wrote to."""
    found = hub.store.publication(identity)
    wanted = work.wanted(found.plan, [run.target for run in found.targets], undo=found.id)
    return RedirectResponse(f"/jobs/{work.ask(hub, work.READ, work.key_of(found.plan), wanted)}", 303)


@router.post("/publications/{identity}/undo")
def undo(
    hub: Hub, session: PublisherActs, identity: str, fingerprint: Annotated[str, Form(max_length=100)]
) -> Response:
    """Exactly what was previewed, or nothing."""
    found = hub.store.publication(identity)
    wanted = work.wanted(found.plan, (), publication=found.id, fingerprint=fingerprint, who=session.account)
    number = work.ask(hub, work.UNDO, work.key_of(found.plan), wanted)
    hub.store.people.note(session.account, "undo", found.id, hub.engine.time.now(), fingerprint=fingerprint)
    return RedirectResponse(f"/jobs/{number}", 303)


@router.post("/publications/{identity}/undo/allow")
def allow_once(
    request: Request,
    hub: Hub,
    session: PublisherActs,
    identity: str,
    fingerprint: Annotated[str, Form(max_length=100)],
    guard: Annotated[str, Form(max_length=100)],
    why: Annotated[str, Form(max_length=2_000)] = "",
    life: Annotated[Life, Form()] = "1 hour",
) -> Response:
    """Let one guard pass, for exactly this undo. What was typed is kept where that is refused."""
    seen = preview_undo(hub, identity, read=as_last_read)
    try:
        if fingerprint != seen.fingerprint:
            raise Moved("a tool changed since you looked at this", hint="look at the undo as it is now")
        if guard not in {one.guard for one in seen.violations}:
            raise Refusal(f"{guard!r} does not stand against this", hint="undo it, or look at the guards that do")
        allow(hub, [guard], fingerprint, who=session.account, why=why, life=life)
    except Refusal as refusal:
        return _show(request, hub, session, seen, {"guard": guard, "why": why, "life": life, "problem": refusal})
    return RedirectResponse(f"/publications/{seen.publication.id}/undo", 303)
