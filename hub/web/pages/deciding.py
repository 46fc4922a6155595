"""What waits for a person: proposals and approvals."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from hub.changes.merge import ABSENT, Value, get
from hub.engine.deciding import AS_PROPOSED, accepted, remember
from hub.engine.ports import ProposalState, StoredProposal
from hub.errors import Refusal
from hub.web.catalogue import Catalogue
from hub.web.guarding import EditorActs, Hub, Number, Plans, PublisherActs, Viewer
from hub.web.rendering import page
from mappings.canonical.identity import content

router = APIRouter()
SHOWN = 100
"""Proposals of one page."""
Act = Literal["accept", "edit", "reject", "different"]
STATES: dict[Act, ProposalState] = {
    "accept": "accepted",
    "edit": "edited",
    "reject": "rejected",
    "different": "different",
}


@router.get("/proposals")
def show_proposals(
    request: Request, hub: Hub, session: Viewer, state: Literal["open", "all"] = "open", before: int | None = None
) -> Response:
    """The open ones, or all that ever were, newest first."""
    every = hub.store.decisions.of_plan(None, *(("open",) if state == "open" else ()))[::-1]
    found = [one for one in every if before is None or one.id < before]
    more = found[SHOWN - 1].id if len(found) > SHOWN else None
    return page(request, "proposals.html", session, proposals=found[:SHOWN], count=len(every), state=state, more=more)


@router.get("/proposals/{number}")
def show_proposal(request: Request, hub: Hub, session: Viewer, number: Number) -> Response:
    """One of them: the address in a message."""
    stored = hub.store.decisions.one(number)
    return page(request, "proposal.html", session, stored=stored, problem=None, kept="", now=None)


@router.post("/proposals/{number}")
def decide(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    number: Number,
    act: Annotated[Act, Form()],
    why: Annotated[str, Form()] = "",
    value: Annotated[str, Form()] = "",
) -> Response:
    """Decide. What moved in the meantime is said, with both texts: nothing of them is lost."""
    text = value.replace("\r\n", "\n")  # browsers send what was typed with the line ends of mail
    try:
        written = _carry_out(hub, plans, session.account, number, act, text, why)
    except Refusal as refusal:
        stored = hub.store.decisions.one(number)
        values = {"stored": stored, "problem": refusal, "kept": text, "now": _now(plans, stored)}
        return page(request, "proposal.html", session, 409, **values)
    verb = f"proposal {STATES[act]}"
    hub.store.people.note(session.account, verb, str(number), hub.engine.time.now(), written=written, why=why)
    return RedirectResponse("/proposals", 303)


def _carry_out(hub: Hub, plans: Catalogue, who: str, number: int, act: Act, text: str, why: str) -> list[str]:
    """Write an accepted value into the plan, where it lives, and remember the decision; what was written."""
    with plans.writing:
        stored = hub.store.decisions.one(number)
        written: list[str] = []
        if act in ("accept", "edit"):
            home = plans.get(stored.plan).home
            written = home.save(accepted(home.plan, stored, text if act == "edit" else AS_PROPOSED), who)
        remember(hub.engine, stored, STATES[act], who=who, why=why)
    return written


def _now(plans: Catalogue, stored: StoredProposal) -> Value:
    """What the plan says at the proposal's place by now."""
    try:
        return get(content(plans.get(stored.plan).expanded), stored.proposal.path)
    except Refusal:
        return ABSENT


@router.get("/approvals/{fingerprint}")
def show_approval(request: Request, hub: Hub, session: Viewer, fingerprint: str) -> Response:
    """The question, and what to look at before answering it."""
    found = hub.store.approvals.find(fingerprint)
    if found is None:
        raise Refusal(f"nobody asked for approval of {fingerprint!r}", hint="publish asks where the plan wants it")
    return page(request, "approval.html", session, approval=found)


@router.post("/approvals/{fingerprint}")
def answer_approval(
    request: Request,
    hub: Hub,
    session: PublisherActs,
    fingerprint: str,
    answer: Annotated[Literal["approve", "refuse"], Form()],
    why: Annotated[str, Form()] = "",
) -> Response:
    """Another person's yes or no."""
    now = hub.engine.time.now()
    hub.store.approvals.decide(fingerprint, approve=answer == "approve", who=session.account, why=why, at=now)
    hub.store.people.note(session.account, answer, fingerprint, now, why=why)
    return RedirectResponse(f"/approvals/{fingerprint}", 303)
