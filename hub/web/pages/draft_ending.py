"""What becomes of a draft: its preview, the way into the plan, where the two collide, and the end without it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from hub.changes.changeset import TargetChanges
from hub.changes.diff import field_changes
from hub.changes.editing import Collided, Collision, Revert, label
from hub.drafting import discard_draft, edit_draft, join_draft, merge_draft, plan_of, settle_draft, state_of
from hub.engine.rehearsal import rehearse
from hub.errors import Moved, Refusal
from hub.explaining import shared_properties_explained
from hub.store.drafts import Draft
from hub.store.people import Session
from hub.web.catalogue import Catalogue, usable_targets
from hub.web.guarding import EditorActs, Hub, Number, Plans, Viewer
from hub.web.pages.draft_editing import Sent
from hub.web.pages.draft_overview import SHOWN, overview
from hub.web.people import may
from hub.web.rendering import page
from mappings.contract import Path

router = APIRouter()


@router.get("/drafts/{number}/preview")
def show_preview(request: Request, hub: Hub, session: Viewer, number: Number) -> Response:
    """What a publish would do if the draft were the plan, from what was last read. It cannot be published from here."""
    draft = hub.store.drafts.one(number)
    targets, problem = usable_targets(hub.config)
    with shared_properties_explained(f"draft {number}"):
        seen, unread = rehearse(hub.engine, plan_of(hub, draft), targets)
    shown = [_target(one) for one in seen.changeset.targets]
    values = {"draft": draft, "unread": unread, "violations": seen.violations, "problem": problem}
    return page(request, "draft_preview.html", session, **values, changeset=seen.changeset, targets=shown)


def _target(changes: TargetChanges) -> dict[str, Any]:
    """One target's operations by the event that they are about."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for operation in changes.operations:
        document = operation.document or operation.before
        about: Path = document.about if document is not None else ()
        before = operation.before.body if operation.before else {}
        after = operation.document.body if operation.document else {}
        fields = [] if operation.verb == "create" else list(field_changes(before, after))
        name = about[1] if len(about) > 1 else str(operation.address)
        groups[name].append({"operation": operation, "fields": fields})
    return {
        "changes": changes,
        "verbs": Counter(operation.verb for operation in changes.operations),
        "groups": list(groups.items())[:SHOWN],
        "more": max(len(groups) - SHOWN, 0),
    }


@router.post("/drafts/{number}/merge")
def merge(
    request: Request, hub: Hub, plans: Plans, session: EditorActs, number: Number, revision: Annotated[int, Form()]
) -> Response:
    """Put the draft into the plan; what both changed is shown with both texts, to be decided."""
    draft = hub.store.drafts.one(number)
    try:
        with plans.writing:
            home = plans.get(draft.plan).home
            merge_draft(hub, number, home, who=session.account, revision=revision)
    except Collided:
        return RedirectResponse(f"/drafts/{number}/settle", 303)
    except Refusal as refusal:
        status = 409 if isinstance(refusal, Moved) else 422
        return overview(request, hub, plans, session, hub.store.drafts.one(number), status, problem=refusal)
    return RedirectResponse(f"/drafts/{number}", 303)


@router.get("/drafts/{number}/settle")
def show_collisions(request: Request, hub: Hub, plans: Plans, session: Viewer, number: Number) -> Response:
    """Where the draft and the plan as it is by now say different things."""
    return _settling(request, hub, plans, session, hub.store.drafts.one(number))


def _settling(
    request: Request,
    hub: Hub,
    plans: Catalogue,
    session: Session,
    draft: Draft,
    status: int = 200,
    *,
    problem: Refusal | None = None,
    sent: Mapping[str, list[str]] | None = None,
) -> Response:
    if draft.state != "open":
        raise Refusal(f"draft {draft.id} was {draft.state} by {draft.closed_by}", hint="open another one")
    home = plans.get(draft.plan).home
    collisions = join_draft(hub, draft, home).collisions
    rows = [(json.dumps(one.path, ensure_ascii=False), one) for one in collisions]
    chosen = {name: texts[-1] for name, texts in (sent or {}).items()}
    values = {"draft": draft, "rows": rows, "chosen": chosen, "problem": problem, "label": label}
    editable = may(session, "editor")
    return page(request, "draft_settle.html", session, status, **values, seen=state_of(home.plan), editable=editable)


@router.post("/drafts/{number}/settle")
def settle(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    number: Number,
    sent: Sent,
    revision: Annotated[int, Form()],
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Bring the draft up to date with the plan: for each field that both changed, whose word holds."""
    paths = {json.dumps(one.path, ensure_ascii=False): one.path for one in _collisions(hub, plans, number)}
    chosen = {path: sent[f"choice.{key}"][-1] == "draft" for key, path in paths.items() if f"choice.{key}" in sent}
    try:
        home = plans.get(hub.store.drafts.one(number).plan).home
        settle_draft(hub, number, home, chosen, seen=seen, who=session.account, revision=revision)
    except Refusal as refusal:
        draft = hub.store.drafts.one(number)
        return _settling(request, hub, plans, session, draft, 409, problem=refusal, sent=sent)
    return RedirectResponse(f"/drafts/{number}", 303)


def _collisions(hub: Hub, plans: Catalogue, number: int) -> Iterable[Collision]:
    draft = hub.store.drafts.one(number)
    return join_draft(hub, draft, plans.get(draft.plan).home).collisions


@router.post("/drafts/{number}/discard")
def discard(hub: Hub, session: EditorActs, number: Number, revision: Annotated[int, Form()]) -> Response:
    """Close it for good; what it said can still be looked at."""
    discard_draft(hub, number, who=session.account, revision=revision)
    return RedirectResponse("/drafts", 303)


@router.post("/drafts/{number}/take-back")
def take_back(
    hub: Hub, session: EditorActs, number: Number, name: Annotated[str, Form()], revision: Annotated[int, Form()]
) -> Response:
    """An event as it was before the draft, also one that the draft removed."""
    edit_draft(hub, number, Revert(("events", name)), who=session.account, revision=revision)
    return RedirectResponse(f"/drafts/{number}", 303)
