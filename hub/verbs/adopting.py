"""Adopting what a tool holds already: for the command, the page and the API. Nothing is written to the tool."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace

from connectors.contract import Snapshot
from connectors.errors import ToolError
from hub.app import App
from hub.changes.diff import FieldChange, field_changes
from hub.chores import PATIENCE, as_outcome
from hub.engine.adopt import Adoption, Prospect, adopt, prospect, take_over
from hub.engine.preview import observe
from hub.engine.target import Target
from hub.errors import Moved, Refusal
from hub.explaining import shared_properties_explained
from hub.jobs.port import Job
from hub.plans import PlanHome
from hub.shapes.deciding import proposal_data
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, expand, localise
from mappings.canonical.kinds import JSON
from mappings.contract import view

ADOPT = "adopt"
"""The kind of the jobs that read a target to see what could be adopted; their arg is `target`, their key the target."""


@dataclass(frozen=True)
class Outlook:
    """What adopting a target would do, as it was last read; `snapshot` and `prospect` are None where it never was.

    `differing` has the fields that the tool says otherwise than the plan, by event: (plan, tool) in this order.
    """

    target: Target
    snapshot: Snapshot | None
    prospect: Prospect | None
    differing: Mapping[str, tuple[FieldChange, ...]]


def outlook(hub: App, plan: TrackingPlan, name: str) -> Outlook:
    """What adopting would do, without a request to the tool. Raises Refusal for a target that there is not."""
    (target,) = hub.config.open_targets([name])
    snapshot = hub.store.last_snapshot(target.name)
    if snapshot is None:
        return Outlook(target, None, None, {})
    with shared_properties_explained(plan.name):
        found = prospect(hub.engine, plan, target, snapshot)
        return Outlook(target, snapshot, found, _differing(plan, target, found))


def _differing(plan: TrackingPlan, target: Target, found: Prospect) -> dict[str, tuple[FieldChange, ...]]:
    """What the tool shows of the matching events, where that is not what it would show of the plan's."""
    expanded = expand(plan)
    alone = expanded.model_copy(update={"events": {one.ours: expanded.events[one.ours] for one in found.matches}})
    ours = content(localise(view(target.mapping, alone), expanded, target.plugin.tool))["events"]
    theirs = content(found.theirs)["events"]
    changes = {
        one.ours: tuple(
            change for change in field_changes(ours.get(one.ours, {}), theirs[one.ours]) if _is_said(change)
        )
        for one in found.matches
    }
    return {name: found for name, found in changes.items() if found}


def _is_said(change: FieldChange) -> bool:
    """What the tool lacks was never published: no difference yet."""
    return change.after is not None


def adopt_now(hub: App, plan: TrackingPlan, name: str, *, take_rest: bool = True) -> Adoption:
    """Read a target and adopt it. Raises Refusal when it cannot be read. See `hub.engine.adopt`."""
    (target,) = hub.config.open_targets([name])
    return adopt(hub.engine, plan, target, take_rest=take_rest)


def adopt_seen(
    hub: App, home: PlanHome, name: str, *, seen: float, same: Collection[str], take_rest: bool, who: str
) -> Adoption:
    """Adopt a target as it was read at the moment `seen`: what a person looked at and nothing else.

    `same` are the tool's names, among the suggestions, that a person took for the plan's events: the plan remembers
    each in `names`, where it lives. Raises Moved when the target was read again in between, Refusal for a name that
    was not suggested, or when the plan cannot be written.
    """
    seen_before = outlook(hub, home.plan, name)
    snapshot, found = seen_before.snapshot, seen_before.prospect
    if snapshot is None or found is None or snapshot.taken_at != seen:
        raise Moved("the target was read again in between", place=name, hint="look at it again, then adopt")
    plan = _named(home.plan, seen_before, same)
    if plan != home.plan:
        home.save(plan, who)
    return take_over(hub.engine, plan, seen_before.target, snapshot, take_rest=take_rest)


def _named(plan: TrackingPlan, seen: Outlook, same: Collection[str]) -> TrackingPlan:
    """The plan with the tool's names for the events that a person found among the suggestions."""
    suggested = {one.theirs: one.ours for one in (seen.prospect.suggestions if seen.prospect else ())}
    events = dict(plan.events)
    for theirs in same:
        ours = suggested.pop(theirs, None)
        if ours is None or ours in {suggested.get(other) for other in same}:
            hint = "open the page again, and take each event for one other"
            raise Refusal(f"{theirs!r} cannot be taken for an event of the plan", place=seen.target.name, hint=hint)
        event = events[ours]
        names = {**event.names, seen.target.plugin.tool: theirs}
        events[ours] = event.model_copy(update={"names": names})
    return plan.model_copy(update={"events": events}) if same else plan


def read_job(hub: App, job: Job) -> str:
    """Read one target, so that a person sees what could be adopted. Raises as `hub.jobs.port.Work` allows."""
    with as_outcome(hub):
        (target,) = hub.config.open_targets([str(job.args["target"])])
        snapshot = observe(replace(hub.engine, patience=PATIENCE), target)
        if isinstance(snapshot, ToolError):
            raise snapshot
    return f"{len(snapshot.documents)} documents read"


def adoption_data(adoption: Adoption) -> dict[str, JSON]:
    """The shape of `hub adopt --json`."""
    return {
        "target": adoption.target,
        "documents": adoption.documents,
        "matches": [asdict(one) for one in adoption.matches],
        "suggestions": [asdict(one) for one in adoption.suggestions],
        "proposed": [proposal_data(one) for one in adoption.proposed],
        "unmanaged": list(adoption.unmanaged),
    }
