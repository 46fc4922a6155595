"""Adopt: what a tool holds already becomes the hub's to manage, after a look at what matches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.errors import Refusal
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job
from hub.store.people import Session
from hub.verbs.adopting import ADOPT, Outlook, adopt_seen, outlook
from hub.web import work
from hub.web.catalogue import Catalogue, Catalogued
from hub.web.guarding import Hub, Plans, PublisherActs, Viewer, ViewerActs
from hub.web.rendering import page, to

router = APIRouter()
LISTED = 500
"""Events of one sort that are listed; more are counted."""
MOST_CHOICES = 5_000
"""Fields of the form: a suggestion each."""
Count = Annotated[int | None, Query(ge=0, le=2**53)]


@router.get("/adopt")
def show_outlook(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: Viewer,
    target: str,
    plan: str = "",
    documents: Count = None,
    proposed: Count = None,
) -> Response:
    """What matches and what adopting would do, as the tool was last read; afterwards what was done."""
    done = None if documents is None else (documents, proposed or 0)
    return _look(request, hub, plans, session, target, plan, done=done)


@router.post("/adopt/read")
def read(hub: Hub, session: ViewerActs, target: Annotated[str, Form()], plan: Annotated[str, Form()]) -> Response:
    """Ask for a fresh reading of the target."""
    hub.config.open_targets([target])
    work.ask(hub, ADOPT, target, {"target": target})
    return RedirectResponse(to("/adopt", target=target, plan=plan), 303)


@router.post("/adopt", form_limits={"max_fields": MOST_CHOICES})
def adopt(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: PublisherActs,
    target: Annotated[str, Form()],
    plan: Annotated[str, Form()],
    seen: Annotated[float, Form(allow_inf_nan=False)],
    same: Annotated[list[str] | None, Form()] = None,
    rest: Annotated[bool, Form()] = False,
) -> Response:
    """Adopt what the page showed. Nothing is written to the tool."""
    chosen = same or []
    try:
        with plans.writing:
            home = plans.get(plan).home
            done = adopt_seen(hub, home, target, seen=seen, same=chosen, take_rest=rest, who=session.account)
    except Refusal as refusal:
        return _look(request, hub, plans, session, target, plan, same=chosen, rest=rest, problem=refusal)
    counts = {"documents": str(done.documents), "proposed": str(len(done.proposed))}
    hub.store.people.note(session.account, "adopt", target, hub.engine.time.now(), plan=plan, same=chosen, **counts)
    return RedirectResponse(to("/adopt", target=target, plan=plan, **counts), 303)


def _look(
    request: Request,
    hub: Hub,
    plans: Catalogue,
    session: Session,
    target: str,
    plan: str,
    *,
    done: tuple[int, int] | None = None,
    same: list[str] | None = None,
    rest: bool = True,
    problem: Refusal | None = None,
) -> Response:
    known = plans.get(plan) if plan else _only(plans)
    seen = outlook(hub, known.plan, target) if known is not None else None
    last = _last_reading(hub, target)
    return page(
        request,
        "adopt.html",
        session,
        200 if problem is None else 409,
        target=target,
        known=known,
        names=[one.plan.name for one in plans.every()[0]],
        seen=seen,
        age=hub.engine.time.now() - seen.snapshot.taken_at if seen is not None and seen.snapshot is not None else None,
        waiting=_waiting(hub, known.plan.name, seen) if known is not None and seen is not None else [],
        managed=len(hub.store.base(target)),
        job=last,
        live=last is not None and last.state in work.LIVE,
        done=done,
        same=_likely(seen) if same is None else same,
        rest=rest,
        problem=problem,
        listed=LISTED,
    )


def _waiting(hub: Hub, plan: str, seen: Outlook) -> list[str]:
    """The events that only the tool has and that are proposed already."""
    proposed = {one.proposal.path for one in hub.store.decisions.of_plan(plan, "open")}
    strangers = seen.prospect.strangers if seen.prospect is not None else ()
    return [name for name in strangers if ("events", name) in proposed]


def _likely(seen: Outlook | None) -> list[str]:
    """What is ticked until somebody says otherwise: other spellings, each event of the plan once."""
    found = seen.prospect.suggestions if seen is not None and seen.prospect is not None else ()
    return list({one.ours: one.theirs for one in reversed(found) if one.how == "normalised"}.values())


def _only(plans: Catalogue) -> Catalogued | None:
    """The plan, where there is only one."""
    found, _ = plans.every()
    return found[0] if len(found) == 1 else None


def _last_reading(hub: Hub, target: str) -> Job | None:
    """The newest reading that this page asked for."""
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now).jobs(key=target)
    return next((one for one in jobs if one.kind == ADOPT), None)
