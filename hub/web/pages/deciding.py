"""What waits for a person: proposals and approvals."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from hub.engine.deciding import AS_PROPOSED, accepted, remember
from hub.engine.ports import ProposalState, StoredProposal
from hub.errors import Refusal
from hub.web.catalogue import Catalogue
from hub.web.guarding import EditorActs, Hub, PublisherActs, Viewer
from hub.web.rendering import page

router = APIRouter()


@router.get("/proposals")
def show_proposals(request: Request, hub: Hub, session: Viewer, state: Literal["open", "all"] = "open") -> Response:
    """The open ones, or all that ever were, newest first."""
    found = hub.store.decisions.of_plan(None, *(("open",) if state == "open" else ()))
    return page(request, "proposals.html", session, proposals=found[::-1], state=state, problem="", written="")


@router.get("/proposals/{number}")
def show_proposal(request: Request, hub: Hub, session: Viewer, number: int) -> Response:
    """One of them: the address in a message."""
    found = [hub.store.decisions.one(number)]
    return page(request, "proposals.html", session, proposals=found, state="one", problem="", written="")


@router.post("/proposals/{number}")
def decide(
    request: Request,
    hub: Hub,
    session: EditorActs,
    number: int,
    act: Annotated[Literal["accept", "edit", "reject", "different"], Form()],
    why: Annotated[str, Form()] = "",
    value: Annotated[str, Form()] = "",
) -> Response:
    """Decide. What moved in the meantime is said, with both texts: nothing of them is lost."""
    stored = hub.store.decisions.one(number)
    try:
        written = _take_over(request, stored, value if act == "edit" else AS_PROPOSED, session.account, act)
    except Refusal as refusal:
        found = [hub.store.decisions.one(number)]
        return page(
            request, "proposals.html", session, 409, proposals=found, state="one", problem=str(refusal), written=""
        )
    remember(hub.engine, stored, _STATES[act], who=session.account, why=why)
    now = hub.engine.time.now()
    hub.store.people.note(session.account, f"proposal {_STATES[act]}", str(number), now, written=written)
    return RedirectResponse("/proposals", 303)


_STATES: dict[str, ProposalState] = {
    "accept": "accepted",
    "edit": "edited",
    "reject": "rejected",
    "different": "different",
}


def _take_over(request: Request, stored: StoredProposal, value: object, who: str, act: str) -> list[str]:
    """Write an accepted value into the plan, where it lives; what was written."""
    if act not in ("accept", "edit"):
        return []
    catalogue: Catalogue = request.app.state.catalogue
    home = catalogue.get(stored.plan).home
    return home.save(accepted(home.plan, stored, value), who)


@router.get("/approvals/{fingerprint}")
def show_approval(request: Request, hub: Hub, session: Viewer, fingerprint: str) -> Response:
    """The question, and what to look at before answering it."""
    found = hub.store.approvals.find(fingerprint)
    if found is None:
        raise Refusal(f"nobody asked for approval of {fingerprint}", hint="publish asks where the plan wants it")
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
    approve = answer == "approve"
    hub.store.approvals.decide(fingerprint, approve=approve, who=session.account, why=why, at=now)
    hub.store.people.note(session.account, answer, fingerprint, now, why=why)
    return RedirectResponse(f"/approvals/{fingerprint}", 303)
