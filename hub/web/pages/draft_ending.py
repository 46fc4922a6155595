"""What becomes of a draft: its preview, the way into the plan, where the two collide, and the end without it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.changes.editing import Collided, Collision, Revert, label
from hub.engine.rehearsal import rehearse
from hub.errors import Moved, Refusal
from hub.explaining import shared_properties_explained
from hub.store.drafts import Draft
from hub.store.people import Session
from hub.verbs.drafting import (
    base_of,
    discard_draft,
    edit_draft,
    join_draft,
    merge_draft,
    plan_of,
    settle_draft,
    state_of,
)
from hub.web import previews
from hub.web.catalogue import Catalogue, usable_targets
from hub.web.guarding import EditorActs, Hub, Number, Plans, Viewer
from hub.web.pages.draft_editing import Revision, Sent
from hub.web.pages.draft_overview import overview
from hub.web.people import may
from hub.web.rehearsals import Rehearsed
from hub.web.rendering import page, to

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Asked:
    """The preview of one draft, as the parts of the page of a preview ask for its address."""

    number: int

    def address(self, **more: str) -> str:
        return to(f"/drafts/{self.number}/preview", **more)


@router.get("/drafts/{number}/preview")
def show_preview(
    request: Request,
    hub: Hub,
    session: Viewer,
    number: Number,
    search: str = "",
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
    section: str = "events",
    name: str = "",
) -> Response:
    """What a publish would do if the draft were the plan, from what was last read. It cannot be published from here."""
    draft, now = hub.store.drafts.one(number), hub.engine.time.now()
    targets, problem = usable_targets(hub.config)
    with shared_properties_explained(f"draft {number}"):
        seen, unread = rehearse(hub.engine, plan_of(hub, draft), targets)
    told = Rehearsed(seen.changeset, tuple(unread), {name: one.taken_at for name, one in seen.snapshots.items()})
    leaf = previews.whole(told, (section, name)) if name else previews.leaf(told, search, start)
    return page(
        request,
        "draft_preview.html",
        session,
        draft=draft,
        asked=Asked(number),
        told=told,
        problem=problem,
        stopping=previews.by_guard(seen.violations),
        targets=[previews.summary(told, changes, now) for changes in seen.changeset.targets],
        leaf=leaf,
        name=name,
        search=search,
        few=previews.FEW,
        shown=previews.SHOWN,
    )


@router.post("/drafts/{number}/merge")
def merge(
    request: Request, hub: Hub, plans: Plans, session: EditorActs, number: Number, revision: Revision
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
    moved = home.plan != base_of(hub, draft)
    values = {"draft": draft, "moved": moved, "rows": rows, "chosen": chosen, "problem": problem, "label": label}
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
    revision: Revision,
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
def discard(hub: Hub, session: EditorActs, number: Number, revision: Revision) -> Response:
    """Close it for good; what it said can still be looked at."""
    discard_draft(hub, number, who=session.account, revision=revision)
    return RedirectResponse("/drafts", 303)


@router.post("/drafts/{number}/take-back")
def take_back(
    hub: Hub, session: EditorActs, number: Number, name: Annotated[str, Form()], revision: Revision
) -> Response:
    """An event as it was before the draft, also one that the draft removed."""
    edit_draft(hub, number, Revert(("events", name)), who=session.account, revision=revision)
    return RedirectResponse(f"/drafts/{number}", 303)
