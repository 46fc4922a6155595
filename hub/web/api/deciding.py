"""What waits for a person: proposals and approvals."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field
from typing_extensions import TypedDict

from hub.engine.deciding import accepted, remember
from hub.engine.ports import ProposalState, StoredProposal
from hub.shapes.deciding import ApprovalShape, ProposalShape, approval_data, proposal_data
from hub.shapes.parts import closed
from hub.verbs.deciding_together import Act, Together, decide_together, matching
from hub.verbs.snoozing import LONGEST, snooze, wake
from hub.web.api.bodies import Body, Reason, RowNumber
from hub.web.api.calling import Asked, calls, needs
from hub.web.api.finding import Fingerprint, Number, SomePlan, SomeTarget, find_plan, looked_up, seen_from_here
from hub.web.api.paging import Page, Paging
from hub.web.api.problems import Invalid, Unknown
from hub.web.catalogue import Catalogue
from hub.web.guarding import Hub, Plans

router = calls("Deciding")


@closed
class Decision(TypedDict):
    """A proposal that was decided, and what was written: files, or the version in the store."""

    proposal: ProposalShape
    written: list[str]


@closed
class LeftOpen(TypedDict):
    """A proposal that could not be decided, and why."""

    id: int
    why: str
    hint: str


@closed
class Decisions(TypedDict):
    """What became of several proposals. What is `left` stays open."""

    decided: list[ProposalShape]
    left: list[LeftOpen]
    written: list[str]


@closed
class SnoozeShape(TypedDict):
    """A proposal that waits for nobody until a time; null when it is awake."""

    proposal: int
    until: float | None


class ToDecide(Body):
    """`accept` takes the value over into the plan; `reject` has the next publish restore the plan's; `different` lets
    it stay in the tools that show it."""

    decision: Act
    why: Reason = ""


class ToEdit(Body):
    """Take another value over into the plan."""

    decision: Literal["edit"]
    value: Any = Field(description="What the plan is to say instead.", examples=["Went aboard."])
    why: Reason = ""


class Matching(Body):
    """Open proposals by what they are about; what is not said fits all."""

    plan: str = Field(default="", max_length=200)
    target: str = Field(default="", max_length=200)
    field: str = Field(default="", max_length=200, examples=["description"])
    conflict: bool | None = None


class ToDecideNumbers(Body):
    """Several open proposals by number, and one decision for all of them."""

    decision: Act
    numbers: list[RowNumber] = Field(min_length=1, max_length=1000, examples=[[1, 2]])
    why: Reason = ""


class ToDecideMatching(Body):
    """All open proposals about something, and one decision for all of them."""

    decision: Act
    matching: Matching
    why: Reason = ""


class ToSnooze(Body):
    """Until when it waits for nobody, in seconds since the epoch, within a year; null wakes it."""

    until: float | None = Field(allow_inf_nan=False, ge=0, le=1e11, examples=[1795790000.0])


class ToAnswer(Body):
    """Another person's yes or no."""

    answer: Literal["approve", "refuse"]
    why: Reason = ""


@router.get("/proposals", **needs("read"))
def list_proposals(
    paging: Paging,
    hub: Hub,
    plan: SomePlan = "",
    target: SomeTarget = "",
    field: Annotated[str, Query(max_length=200, description="Only about this field, such as description.")] = "",
    state: Literal["open", "all", "accepted", "edited", "rejected", "different", "withdrawn"] = "open",
) -> Page[ProposalShape]:
    """Proposals, oldest first."""
    states: tuple[ProposalState, ...] = () if state == "all" else (state,)
    rows = matching(hub.store.decisions.of_plan(plan or None, *states), target=target, field=field)
    return paging.page("proposals", rows, lambda one: one.id, proposal_data)


@router.get("/proposals/{number}", **needs("read"))
def get_proposal(hub: Hub, number: Number) -> ProposalShape:
    """One proposal with its three values."""
    return proposal_data(_find(hub, number))


def _find(hub: Hub, number: int) -> StoredProposal:
    with looked_up():
        return hub.store.decisions.one(number)


@router.post("/proposals/{number}/decision", **needs("propose"))
def decide(hub: Hub, plans: Plans, caller: Asked, number: Number, body: ToDecide | ToEdit) -> Decision:
    """Decide about one proposal. 409 when it was decided before, or when the plan says something else by now."""
    stored = _find(hub, number)
    if isinstance(body, ToEdit):
        done = _edited(hub, plans, caller.account, stored, body)
    else:
        done = _together(hub, plans, caller.account, [stored], body.decision, body.why)
    if done.left:
        raise done.left[0][1]
    _note(hub, caller, done, body.why)
    return {"proposal": proposal_data(done.decided[0]), "written": seen_from_here(hub, done.written)}


def _edited(hub: Hub, plans: Catalogue, who: str, stored: StoredProposal, body: ToEdit) -> Together:
    with plans.writing:
        home = find_plan(plans, stored.plan).home
        written = home.save(accepted(home.plan, stored, body.value), who)
        return Together((remember(hub.engine, stored, "edited", who=who, why=body.why),), (), tuple(written))


def _together(hub: Hub, plans: Catalogue, who: str, chosen: list[StoredProposal], act: Act, why: str) -> Together:
    with plans.writing:
        return decide_together(hub, chosen, act, who=who, why=why, home_of=lambda name: plans.get(name).home)


def _note(hub: Hub, caller: Asked, done: Together, why: str) -> None:
    now = hub.engine.time.now()
    for one in done.decided:
        written = list(done.written)
        hub.store.people.note(caller.account, f"proposal {one.state}", str(one.id), now, written=written, why=why)


@router.post("/proposals/decisions", **needs("propose"))
def decide_several(hub: Hub, plans: Plans, caller: Asked, body: ToDecideNumbers | ToDecideMatching) -> Decisions:
    """Decide about several open proposals alike. Each is decided on its own; the plan is written once."""
    if isinstance(body, ToDecideNumbers):
        chosen = [_find(hub, number) for number in dict.fromkeys(body.numbers)]
    else:
        wanted = body.matching
        chosen = matching(hub.store.decisions.of_plan(wanted.plan or None, "open"), **wanted.model_dump())
    done = _together(hub, plans, caller.account, chosen, body.decision, body.why)
    _note(hub, caller, done, body.why)
    return {
        "decided": [proposal_data(one) for one in done.decided],
        "left": [{"id": one.id, "why": str(refusal), "hint": refusal.hint} for one, refusal in done.left],
        "written": seen_from_here(hub, done.written),
    }


@router.post("/proposals/{number}/snooze", **needs("propose"))
def snooze_proposal(hub: Hub, caller: Asked, number: Number, body: ToSnooze) -> SnoozeShape:
    """Put a proposal off until a time, or wake it."""
    stored, now = _find(hub, number), hub.engine.time.now()
    if body.until is None:
        wake(hub, stored.id)
    elif not now < body.until <= now + LONGEST.total_seconds():
        raise Invalid("this is not within the next year", place="body.until", hint="name a later day, or decide now")
    else:
        snooze(hub, stored.id, body.until, who=caller.account)
    verb = "wake proposal" if body.until is None else "snooze proposal"
    hub.store.people.note(caller.account, verb, str(stored.id), now, until=body.until)
    return {"proposal": stored.id, "until": body.until}


@router.get("/approvals", **needs("read"))
def list_approvals(hub: Hub, paging: Paging) -> Page[ApprovalShape]:
    """Publishes that wait for another person's yes, oldest first."""
    return paging.page("approvals", hub.store.approvals.waiting(), lambda one: one.fingerprint, approval_data)


@router.get("/approvals/{fingerprint}", **needs("read"))
def get_approval(hub: Hub, fingerprint: Fingerprint) -> ApprovalShape:
    """The question about one changeset, and its answer."""
    found = hub.store.approvals.find(fingerprint)
    if found is None:
        raise Unknown(f"nobody asked for approval of {fingerprint}", hint="publish asks where the plan wants it")
    return approval_data(found)


@router.post("/approvals/{fingerprint}", **needs("publish"))
def answer_approval(hub: Hub, caller: Asked, fingerprint: Fingerprint, body: ToAnswer) -> ApprovalShape:
    """Say yes or no to exactly this changeset. 409 for a yes to one's own, and for what was answered before."""
    now = hub.engine.time.now()
    get_approval(hub, fingerprint)
    approve = body.answer == "approve"
    done = hub.store.approvals.decide(fingerprint, approve=approve, who=caller.account, why=body.why, at=now)
    hub.store.people.note(caller.account, body.answer, fingerprint, now, why=body.why)
    return approval_data(done)
