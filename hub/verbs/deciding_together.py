"""Deciding about several proposals at once: each on its own, with one reason and one save of each plan.

What cannot be decided is listed with why, and stays open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hub.app import App
from hub.engine.deciding import Left, accepted_together, remember
from hub.engine.ports import ProposalState, StoredProposal
from hub.errors import Refusal
from hub.plans import PlanHome

Act = Literal["accept", "reject", "different"]
STATES: Mapping[Act, ProposalState] = {"accept": "accepted", "reject": "rejected", "different": "different"}


@dataclass(frozen=True, slots=True)
class Together:
    """What became of them. `written` are the files that changed, or the versions in the store."""

    decided: tuple[StoredProposal, ...] = ()
    left: tuple[Left, ...] = ()
    written: tuple[str, ...] = ()


def decide_together(
    hub: App,
    chosen: Sequence[StoredProposal],
    act: Act,
    *,
    who: str,
    why: str,
    home_of: Callable[[str], PlanHome],
) -> Together:
    """Decide about all of them in one way. `home_of` finds a plan by name.

    Whoever may write the same plan from another thread is to be kept out by the caller.
    """
    chosen = [hub.store.decisions.one(one.id) for one in chosen]  # somebody may have decided since they were shown
    taken, left, written = list(chosen), list[Left](), list[str]()
    if act == "accept":
        taken = []
        for plan in dict.fromkeys(one.plan for one in chosen):
            mine = [one for one in chosen if one.plan == plan]
            some, others, files = _written(plan, mine, who, home_of)
            taken, left, written = taken + some, left + others, written + files
    decided = []
    for one in taken:
        try:
            decided.append(remember(hub.engine, one, STATES[act], who=who, why=why))
        except Refusal as refusal:
            left.append((one, refusal))
    return Together(tuple(decided), tuple(left), tuple(written))


def _written(
    plan: str, mine: Sequence[StoredProposal], who: str, home_of: Callable[[str], PlanHome]
) -> tuple[list[StoredProposal], list[Left], list[str]]:
    """One plan with all of its own that it can take over, saved; nothing is when it cannot be read or written."""
    try:
        home = home_of(plan)
        changed, taken, left = accepted_together(home.plan, mine)
        return taken, left, home.save(changed, who) if taken else []
    except Refusal as refusal:
        return [], [(one, refusal) for one in mine], []


def together_data(done: Together, state: str) -> dict[str, Any]:
    """As `hub proposals accept --json` spells it, but for what was written."""
    left = [{"id": one.id, "why": str(refusal), "hint": refusal.hint} for one, refusal in done.left]
    return {state: [one.id for one in done.decided], "left": left}


def matching(
    found: Iterable[StoredProposal],
    *,
    plan: str = "",
    target: str = "",
    field: str = "",
    conflict: bool | None = None,
    owner: str = "",
    owners: Callable[[StoredProposal], Sequence[str]] = lambda one: (),
) -> list[StoredProposal]:
    """Those that fit every part of a filter that says something; `owners` tells whose events they are about."""
    return [
        one
        for one in found
        if plan in ("", one.plan)
        and field in ("", one.proposal.field)
        and conflict in (None, one.proposal.conflict)
        and (not target or any(name == target for name, _ in one.proposal.shown))
        and (not owner or owner in owners(one))
    ]
