"""Deciding about proposals: what accepting one makes of the plan, and what is remembered of the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    Raises Moved when the plan says something else there than when the proposal was made: the person's text is kept.
    """
    one = stored.proposal
    _refuse_what_moved(plan, one.path, one.ours)
    wanted: Value = one.value if value is AS_PROPOSED else value
    data = plan.data()
    if wanted is ABSENT and one.path[-2] in ("events", "properties", "user_properties"):
        data = _with_tombstone(data, one.path, f"removed in {', '.join(name for name, _ in one.shown)}", today)
    try:
        return TrackingPlan.model_validate(put(data, one.path, wanted))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Refusal(f"the plan cannot hold this value: {first['msg']}", place=".".join(one.path)) from None


def _refuse_what_moved(plan: TrackingPlan, path: Path, expected: Value) -> None:
    now = get(content(expand(plan)), path)
    if value_hash(now) != value_hash(expected) and expected is not ABSENT:
        raise Moved(
            f"the plan changed since this was proposed: it said {_shown(expected)} and now says {_shown(now)}",
            place=".".join(path),
            hint="reconcile again; the proposal is then made against the plan as it is",
        )


def _shown(value: Value) -> str:
    return "nothing" if value is ABSENT else repr(value)


def _with_tombstone(data: JSON, path: Path, reason: str, today: str) -> JSON:
    tombstone: dict[str, JSON] = {"reason": reason, "date": today or datetime.now(UTC).date().isoformat()}
    if path[0] == "events":
        tombstone["event"] = path[1]
    if path[0] == "user_properties" or len(path) > 2:
        tombstone["property"] = path[-1]
    return {**data, "removed": [*data.get("removed", []), tombstone]}


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
    chosen = [one for one in opened if accepting(rules, one.proposal, _owners(plan, one.proposal.path))]
    changed = plan
    for one in chosen:
        changed = accepted(changed, one)
    if chosen:
        save(changed, BY_RULE)
    return [remember(engine, one, "accepted", who=BY_RULE, why="an auto_accept rule of hub.toml").id for one in chosen]


BY_RULE = "rule"
"""Who decided, where a rule did."""


def _owners(plan: TrackingPlan, path: Path) -> tuple[str, ...]:
    event = plan.events.get(path[1]) if path[0] == "events" else None
    return event.owners if event is not None else ()
