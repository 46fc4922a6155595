"""Deciding about proposals: what accepting one makes of the plan, and what is remembered of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from pydantic import ValidationError

from hub.changes.auto import AutoAccept, accepting
from hub.changes.merge import ABSENT, Value, get, put
from hub.changes.resolve import Proposal, value_hash
from hub.engine.ports import ProposalState, StoredProposal
from hub.engine.target import Engine
from hub.errors import Moved, Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, expand
from mappings.canonical.kinds import JSON
from mappings.contract import Path

AS_PROPOSED = object()
"""Accept the value as it is, unedited."""


def accepted(
    plan: TrackingPlan, stored: StoredProposal, value: Value | object = AS_PROPOSED, today: str = ""
) -> TrackingPlan:
    """The plan with the proposal taken over, edited or as it stands. The plan itself is not changed.

    Raises Moved when the plan says something else there than when the proposal was made: the person's text is kept;
    Refusal when it was decided before, is another plan's, or the plan cannot hold the value.
    """
    wanted: Value = stored.proposal.value if value is AS_PROPOSED else value
    _refuse_what_is_not_open(plan, stored)
    _refuse_what_moved(content(expand(plan)), stored, wanted)
    try:
        return TrackingPlan.model_validate(_with_value(plan.data(), stored.proposal, wanted, today))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        message = f"the plan cannot hold this value: {first['msg']}"
        raise Refusal(message, place=".".join(stored.proposal.path)) from None


Left = tuple[StoredProposal, Refusal]
"""A proposal that was not decided, and why."""


def accepted_together(
    plan: TrackingPlan, chosen: Sequence[StoredProposal]
) -> tuple[TrackingPlan, list[StoredProposal], list[Left]]:
    """The plan with all of them that it can take over, those, and the others.

    Each is judged on its own, as if they came one after the other. What lies at places of their own is put in at once:
    to look through a large plan takes longer than most decisions.
    """
    apart = _apart(chosen)
    changed, taken, left = _at_once(plan, apart) or (plan, [], [])
    dealt_with = {one.id for one in taken} | {one.id for one, _ in left}
    for one in chosen:
        if one.id in dealt_with:
            continue
        try:
            changed = accepted(changed, one)
        except Refusal as refusal:
            left.append((one, refusal))
        else:
            taken.append(one)
    return changed, taken, left


def _apart(chosen: Sequence[StoredProposal]) -> list[StoredProposal]:
    """Those of which no other is about the same place, or about a place within or around it."""
    paths = Counter(one.proposal.path for one in chosen)
    within = Counter(path[:depth] for path in paths for depth in range(1, len(path)))

    def is_alone(path: Path) -> bool:
        around = any(path[:depth] in paths for depth in range(1, len(path)))
        return paths[path] == 1 and path not in within and not around

    return [one for one in chosen if is_alone(one.proposal.path)]


def _at_once(
    plan: TrackingPlan, apart: Sequence[StoredProposal]
) -> tuple[TrackingPlan, list[StoredProposal], list[Left]] | None:
    """All in one step; None when the plan can not hold one of the values, and each has to be tried by itself."""
    said, data = content(expand(plan)), plan.data()
    taken: list[StoredProposal] = []
    left: list[Left] = []
    for one in apart:
        try:
            _refuse_what_is_not_open(plan, one)
            _refuse_what_moved(said, one, one.proposal.value)
        except Refusal as refusal:
            left.append((one, refusal))
        else:
            data = _with_value(data, one.proposal, one.proposal.value, "")
            taken.append(one)
    try:
        return TrackingPlan.model_validate(data), taken, left
    except ValidationError:
        return None


def _refuse_what_is_not_open(plan: TrackingPlan, stored: StoredProposal) -> None:
    if stored.state != "open" or stored.plan != plan.name:
        what = f"is {stored.state} already" if stored.plan == plan.name else f"is about the plan {stored.plan!r}"
        raise Refusal(f"proposal {stored.id} {what}", hint="`hub proposals` lists the open ones")


def _with_value(data: JSON, one: Proposal, wanted: Value, today: str) -> JSON:
    """A plan's data with the value in its place; what is removed gets its tombstone, what comes back loses it."""
    if (tombstone := _tombstone(one.path)) is not None:
        data = _without_tombstone(data, tombstone)
        if wanted is ABSENT:
            reason = f"removed in {', '.join(name for name, _ in one.shown)}"
            dated = {**tombstone, "reason": reason, "date": today or datetime.now(UTC).date().isoformat()}
            data = {**data, "removed": [*data.get("removed", []), dated]}
    return put(data, one.path, wanted)


def _refuse_what_moved(said: JSON, stored: StoredProposal, wanted: Value) -> None:
    """`said` is what the plan says by now, as content."""
    path, expected = stored.proposal.path, stored.proposal.ours
    now = get(said, path)
    if value_hash(now) != value_hash(expected):
        raise Moved(
            f"the plan changed since this was proposed: it said {_shown(expected)} and now says {_shown(now)}; "
            f"not taken over: {_shown(wanted)}",
            place=".".join(path),
            hint="reconcile again; the proposal is then made against the plan as it is",
        )


def _shown(value: Value) -> str:
    return "nothing" if value is ABSENT else repr(value)


def _tombstone(path: Path) -> dict[str, JSON] | None:
    """What a tombstone calls the thing at this path; None where there are no tombstones."""
    match path:
        case ("events", event):
            return {"event": event}
        case ("events", event, "properties", name):
            return {"event": event, "property": name}
        case ("user_properties", name):
            return {"property": name}
    return None


def _without_tombstone(data: JSON, thing: Mapping[str, JSON]) -> JSON:
    removed = data.get("removed", [])
    kept = [
        one for one in removed if (one.get("event"), one.get("property")) != (thing.get("event"), thing.get("property"))
    ]
    return data if kept == removed else {**data, "removed": kept}


def remember(engine: Engine, stored: StoredProposal, state: ProposalState, *, who: str, why: str) -> StoredProposal:
    """Record the decision. Raises Refusal when somebody else was faster."""
    return engine.store.decisions.decide(stored.id, state, who=who, why=why, at=engine.time.now())


def accept_by_rule(
    engine: Engine,
    rules: Sequence[AutoAccept],
    plan: TrackingPlan,
    opened: Sequence[StoredProposal],
    save: Callable[[TrackingPlan, str], object],
) -> list[int]:
    """Accept those new proposals that a rule accepts; their numbers. The plan is saved once, with all of them."""
    chosen: list[StoredProposal] = []
    changed = plan
    for one in opened:
        if not accepting(rules, one.proposal, _owners(plan, one.proposal.path)):
            continue
        try:
            changed = accepted(changed, one)
        except Moved:  # two tools show two new values: a person chooses
            continue
        chosen.append(one)
    if chosen:
        save(changed, BY_RULE)
    return [remember(engine, one, "accepted", who=BY_RULE, why="an auto_accept rule of hub.toml").id for one in chosen]


BY_RULE = "rule"
"""Who decided, where a rule did."""


def _owners(plan: TrackingPlan, path: Path) -> tuple[str, ...]:
    event = plan.events.get(path[1]) if path[0] == "events" else None
    return event.owners if event is not None else ()
