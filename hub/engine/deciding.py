"""Deciding about proposals: what accepting one makes of the plan, and what is remembered of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from pydantic import ValidationError

from hub.changes.auto import AutoAccept, accepting
from hub.changes.merge import ABSENT, Value, get, put
from hub.changes.resolve import value_hash
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
    one = stored.proposal
    if stored.state != "open" or stored.plan != plan.name:
        what = f"is {stored.state} already" if stored.plan == plan.name else f"is about the plan {stored.plan!r}"
        raise Refusal(f"proposal {stored.id} {what}", hint="`hub proposals` lists the open ones")
    wanted: Value = one.value if value is AS_PROPOSED else value
    _refuse_what_moved(plan, one.path, one.ours, wanted)
    data = plan.data()
    if (tombstone := _tombstone(one.path)) is not None:
        data = _without_tombstone(data, tombstone)
        if wanted is ABSENT:
            reason = f"removed in {', '.join(name for name, _ in one.shown)}"
            dated = {**tombstone, "reason": reason, "date": today or datetime.now(UTC).date().isoformat()}
            data = {**data, "removed": [*data.get("removed", []), dated]}
    try:
        return TrackingPlan.model_validate(put(data, one.path, wanted))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Refusal(f"the plan cannot hold this value: {first['msg']}", place=".".join(one.path)) from None


def _refuse_what_moved(plan: TrackingPlan, path: Path, expected: Value, wanted: Value) -> None:
    now = get(content(expand(plan)), path)
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
