"""What waits for a person: proposals, one by one or many at once, and approvals."""

from __future__ import annotations

import os
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.changes.merge import ABSENT, Value, get
from hub.engine.deciding import AS_PROPOSED, accepted, remember
from hub.engine.ports import ProposalState, StoredProposal
from hub.errors import Refusal
from hub.verbs.deciding_together import STATES as TOGETHER
from hub.verbs.deciding_together import Act as Together
from hub.verbs.deciding_together import decide_together
from hub.verbs.snoozing import SPANS, snooze, wake, wake_time
from hub.web.catalogue import Catalogue
from hub.web.guarding import EditorActs, Hub, Number, Plans, PublisherActs, Viewer
from hub.web.proposals import LISTED, Filter, Listed, card, find
from hub.web.rendering import page, to
from mappings.canonical.identity import content

router = APIRouter()
SHOWN = 50
"""Proposals of one page."""
Act = Literal["accept", "edit", "reject", "different", "snooze", "wake"]
DECISIONS: dict[Act, ProposalState] = {
    "accept": "accepted",
    "edit": "edited",
    "reject": "rejected",
    "different": "different",
}
UNTYPED = {"value": "", "why": "", "until": "", "day": ""}
"""What a form keeps of somebody who typed nothing yet."""
Until = Literal["tomorrow", "next week", "date"]
Short = Annotated[str, Form(max_length=2_000)]
"""A reason, or another line that somebody types."""
FilterField = Annotated[str, Form(max_length=500)]


def asked_filter(
    state: Listed = "open",
    plan: str = "",
    target: str = "",
    field: str = "",
    conflict: Literal["", "yes", "no"] = "",
    owner: str = "",
) -> Filter:
    """What the address narrows the list to."""
    return Filter(state, plan, target, field, conflict, owner)


def sent_filter(
    state: Annotated[Listed, Form()] = "open",
    plan: FilterField = "",
    target: FilterField = "",
    field: FilterField = "",
    conflict: Annotated[Literal["", "yes", "no"], Form()] = "",
    owner: FilterField = "",
) -> Filter:
    """The same, of a form."""
    return Filter(state, plan, target, field, conflict, owner)


@router.get("/proposals")
def show_proposals(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: Viewer,
    wanted: Annotated[Filter, Depends(asked_filter)],
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    """Those that wait, or others, newest first."""
    found = find(hub, plans, wanted)
    rest = [one for one in found.matching if before is None or one.id < before]
    asleep = hub.store.snoozes.asleep(hub.engine.time.now())
    return page(
        request,
        "proposals.html",
        session,
        cards=[card(one, asleep) for one in rest[:SHOWN]],
        count=len(found.matching),
        newest=found.matching[0].id if found.matching else 0,
        wanted=wanted,
        choices=found.choices,
        listed=LISTED,
        more=rest[SHOWN - 1].id if len(rest) > SHOWN else None,
        spans=SPANS,
        kept=UNTYPED,
        back=to("/proposals", **wanted.query),
        asleep=len(asleep),
    )


@router.post("/proposals/together")
def decide_about_several(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    wanted: Annotated[Filter, Depends(sent_filter)],
    act: Annotated[Literal["accept", "reject", "different", "snooze"], Form()],
    which: Annotated[Literal["ticked", "all"], Form()] = "ticked",
    newest: Annotated[int, Form(ge=0, le=2**53)] = 0,
    number: Annotated[list[int], Form()] = [],  # noqa: B006 (FastAPI makes a new one for each request)
    why: Short = "",
    until: Annotated[Until, Form()] = "tomorrow",
    day: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """One decision about those that were ticked, or about all that the person saw counted. Each is decided on its own;
    what came up since, or is decided by now, is left as it is."""
    if which == "all":
        chosen = [one for one in find(hub, plans, wanted).matching if one.id <= newest and one.state == "open"][::-1]
    else:
        chosen = [hub.store.decisions.one(one) for one in dict.fromkeys(number)]
    if not chosen:
        raise Refusal("no proposal was chosen", hint="tick some, or choose all that match the filter")
    if act == "snooze":
        outcome = _put_off(hub, session.account, chosen, day if until == "date" else until)
    else:
        outcome = _decided(hub, plans, session.account, chosen, act, why)
    verb = f"proposal {TOGETHER[act] if act != 'snooze' else act}"
    for one in outcome["done"]:
        now = hub.engine.time.now()
        hub.store.people.note(session.account, verb, str(one), now, why=why, together=len(outcome["done"]))
    return page(request, "proposals_decided.html", session, **outcome, back=to("/proposals", **wanted.query))


def _decided(
    hub: Hub, plans: Catalogue, who: str, chosen: list[StoredProposal], act: Together, why: str
) -> dict[str, Any]:
    with plans.writing:
        done = decide_together(hub, chosen, act, who=who, why=why, home_of=lambda name: plans.get(name).home)
    numbers = [one.id for one in done.decided]
    written = [as_seen_from_the_hub(hub, one) for one in done.written]
    return {"state": TOGETHER[act], "done": numbers, "left": done.left, "written": written}


def as_seen_from_the_hub(hub: Hub, written: str) -> str:
    """A file as it lies beside the configuration: readers need not know the machine's folders."""
    return written.removeprefix(f"{hub.config.folder.resolve()}{os.sep}")


def _put_off(hub: Hub, who: str, chosen: list[StoredProposal], words: str) -> dict[str, Any]:
    until = wake_time(words, hub.engine.time.now())
    done, left = [], []
    for one in chosen:
        try:
            done.append(snooze(hub, one.id, until, who=who).proposal)
        except Refusal as refusal:
            left.append((one, refusal))
    return {"state": "put off", "done": done, "left": left, "written": []}


@router.get("/proposals/{number}")
def show_proposal(request: Request, hub: Hub, session: Viewer, number: Number) -> Response:
    """One of them: the address in a message."""
    return _one(request, hub, session, hub.store.decisions.one(number))


def _one(request: Request, hub: Hub, session: Viewer, stored: StoredProposal, **more: Any) -> Response:
    """Its page; with what went wrong, what was typed, and what the plan says by now."""
    problem = more.get("problem")
    return page(
        request,
        "proposal.html",
        session,
        200 if problem is None else 409,
        card=card(stored, hub.store.snoozes.asleep(hub.engine.time.now())),
        problem=problem,
        kept=more.get("kept", UNTYPED),
        now=more.get("now"),
        spans=SPANS,
        back="",
    )


@router.post("/proposals/{number}")
def decide(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    number: Number,
    act: Annotated[Act, Form()],
    why: Short = "",
    value: Annotated[str, Form()] = "",
    until: Annotated[Until, Form()] = "tomorrow",
    day: Annotated[str, Form(max_length=20)] = "",
    back: Annotated[str, Form(max_length=4_000)] = "",
) -> Response:
    """Decide, or put it off. What moved in the meantime is said, with both texts: nothing of them is lost."""
    text = value.replace("\r\n", "\n")  # browsers send what was typed with the line ends of mail
    now = hub.engine.time.now()
    details: dict[str, Any] = {}
    try:
        if act == "snooze":
            details = {
                "until": snooze(
                    hub, number, wake_time(day if until == "date" else until, now), who=session.account
                ).until
            }
        elif act == "wake":
            wake(hub, number)
        else:
            details = {"written": _carry_out(hub, plans, session.account, number, act, text, why), "why": why}
    except Refusal as refusal:
        stored = hub.store.decisions.one(number)
        kept = {"value": text, "why": why, "until": until, "day": day}
        return _one(request, hub, session, stored, problem=refusal, kept=kept, now=_now(plans, stored))
    hub.store.people.note(session.account, f"proposal {DECISIONS.get(act, act)}", str(number), now, **details)
    return RedirectResponse(back if back.startswith("/proposals?") else "/proposals", 303)


def _carry_out(hub: Hub, plans: Catalogue, who: str, number: int, act: Act, text: str, why: str) -> list[str]:
    """Write an accepted value into the plan, where it lives, and remember the decision; what was written."""
    with plans.writing:
        stored = hub.store.decisions.one(number)
        written: list[str] = []
        if act in ("accept", "edit"):
            home = plans.get(stored.plan).home
            written = home.save(accepted(home.plan, stored, text if act == "edit" else AS_PROPOSED), who)
        remember(hub.engine, stored, DECISIONS[act], who=who, why=why)
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
    why: Short = "",
) -> Response:
    """Another person's yes or no."""
    now = hub.engine.time.now()
    hub.store.approvals.decide(fingerprint, approve=answer == "approve", who=session.account, why=why, at=now)
    hub.store.people.note(session.account, answer, fingerprint, now, why=why)
    return RedirectResponse(f"/approvals/{fingerprint}", 303)
