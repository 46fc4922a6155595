"""Adopt: take over what a tool holds already, before the first publish to it.

Nothing is written to the tool. What the plan and the tool have in common becomes managed, as if the hub had published
the plan and people had then edited the tool: where the two differ, reconcile proposes the tool's text, and restores
what the plan has the last word about. What the plan lacks becomes proposals. The rest stays unmanaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.contract import Snapshot
from connectors.errors import ToolError
from hub.changes.matching import Match, suggestions
from hub.changes.merge import ABSENT, place_of
from hub.changes.resolve import Proposal
from hub.engine.ports import StoredProposal
from hub.engine.preview import observe
from hub.engine.target import Engine, Target
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import HUB_OWN, content, expand, localise
from mappings.canonical.kinds import JSON
from mappings.canonical.text import content_hash
from mappings.contract import Document, Path

ADOPTED = "adopt"
"""Stands for the publication in the base of adopted documents."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting took over, what it suggests, and what it leaves alone."""

    target: str
    documents: int
    matches: tuple[Match, ...]
    suggestions: tuple[Match, ...]
    proposed: tuple[StoredProposal, ...]
    unmanaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What adopting would take over, of a target as it was last read. Nothing was done.

    `common` are the documents that would become managed; `matches` the events that both sides call the same;
    `suggestions` those that only look alike; `strangers` what the plan has no counterpart of, and `missing` what the
    tool has none of, both without the suggested ones. `theirs` is what was read as a plan, in the plan's spellings.
    """

    common: tuple[Document, ...]
    matches: tuple[Match, ...]
    suggestions: tuple[Match, ...]
    strangers: tuple[str, ...]
    missing: tuple[str, ...]
    theirs: TrackingPlan


def prospect(engine: Engine, plan: TrackingPlan, target: Target, snapshot: Snapshot) -> Prospect:
    """What adopting would do, without doing it."""
    expanded = expand(plan)
    theirs = localise(target.mapping.from_tool(snapshot.documents).plan, expanded, target.plugin.tool)
    managed = engine.store.base(target.name)
    common = tuple(one for one in _common(target, expanded, theirs, snapshot) if one.address not in managed)
    strangers = [name for name in theirs.events if name not in plan.events]
    missing = [name for name in plan.events if name not in theirs.events]
    suggested = tuple(suggestions(strangers, missing))
    alike = {one.theirs for one in suggested}, {one.ours for one in suggested}
    return Prospect(
        common,
        tuple(Match(name, name, "exact", 1.0) for name in theirs.events if name in plan.events),
        suggested,
        tuple(name for name in strangers if name not in alike[0]),
        tuple(name for name in missing if name not in alike[1]),
        theirs,
    )


def adopt(engine: Engine, plan: TrackingPlan, target: Target, *, take_rest: bool = True) -> Adoption:
    """Read one target and adopt it. Raises Refusal when it cannot be read; else as `take_over`."""
    snapshot = observe(engine, target)
    if isinstance(snapshot, ToolError):
        raise Refusal(snapshot.message, place=target.name, hint=snapshot.hint)
    return take_over(engine, plan, target, snapshot, take_rest=take_rest)


def take_over(
    engine: Engine, plan: TrackingPlan, target: Target, snapshot: Snapshot, *, take_rest: bool = True
) -> Adoption:
    """Adopt what was read. `take_rest` proposes the events that the plan lacks; otherwise they stay unmanaged.

    Names that match only after normalisation, or that are alike, are suggested, not taken: a person says
    ``names: {tool: "Their Name"}`` in the plan and adopts again. Safe to repeat.
    """
    seen = prospect(engine, plan, target, snapshot)
    engine.store.advance_base(target.name, ADOPTED, seen.common, (), engine.time.now())
    proposed = _propose(engine, plan, seen.theirs, target, seen.strangers) if take_rest else []
    suggested = [one.theirs for one in seen.suggestions]
    unmanaged = sorted(suggested) if take_rest else [name for name in seen.theirs.events if name not in plan.events]
    return Adoption(target.name, len(seen.common), seen.matches, seen.suggestions, tuple(proposed), tuple(unmanaged))


def _common(target: Target, plan: TrackingPlan, theirs: TrackingPlan, snapshot: Snapshot) -> list[Document]:
    """The base of what matches: what the plan says wherever the tool says something too.

    So a text that differs is an edit of the tool's, and what the tool lacks was simply never published. Each document
    stands at the address where the tool has it now (a registry of versions has more than one to choose from).
    """
    shared = _pruned_plan(plan, theirs)
    said = {one.about: one for one in target.mapping.to_tool(shared, snapshot.documents).documents.values()}
    spelled = _spelled(theirs, plan)
    now = {one.about: one for one in target.mapping.to_tool(spelled, snapshot.documents).documents.values()}
    return [
        Document(held.address, said[about].body, about=about)
        for about, held in now.items()
        if about in said and held.address in snapshot.documents
    ]


def _pruned_plan(plan: TrackingPlan, theirs: TrackingPlan) -> TrackingPlan:
    """The plan without anything that `theirs` has no counterpart of."""
    pruned = _pruned(plan.data(), {"name": "", **content(theirs)}, ())
    return TrackingPlan.model_validate({**pruned, "name": plan.name})


def _pruned(ours: JSON, theirs: JSON, path: Path) -> JSON:
    if not isinstance(ours, Mapping) or not isinstance(theirs, Mapping):
        return ours
    own = HUB_OWN if place_of(path) in ("thing", "shape") else frozenset()  # a property may be called "id"
    return {
        key: value if key in own else _pruned(value, theirs[key], (*path, key))
        for key, value in ours.items()
        if key in own or key in theirs
    }


def _spelled(theirs: TrackingPlan, plan: TrackingPlan) -> TrackingPlan:
    """What was read, with the spellings that the plan states for this tool: so each thing is found where it is."""
    return TrackingPlan.model_validate({**_with_names(theirs.data(), plan.data(), ()), "name": plan.name})


def _with_names(theirs: JSON, ours: JSON, path: Path) -> JSON:
    if not isinstance(ours, Mapping) or not isinstance(theirs, Mapping):
        return theirs
    inner = {key: _with_names(value, ours.get(key), (*path, key)) for key, value in theirs.items()}
    return {**inner, "names": ours["names"]} if place_of(path) == "thing" and "names" in ours else inner


def _propose(
    engine: Engine, plan: TrackingPlan, theirs: TrackingPlan, target: Target, names: Iterable[str]
) -> list[StoredProposal]:
    events = content(theirs)["events"]
    decided = engine.store.decisions.decided(plan.name)
    settled = {(path, seen) for _, path, seen in decided.rejected | decided.different}
    found = [
        Proposal(
            ("events", name),
            events[name],
            ABSENT,
            ABSENT,
            False,
            "propose",
            ((target.name, content_hash(events[name])),),
        )
        for name in names
        if (("events", name), content_hash(events[name])) not in settled
    ]
    opened, _ = engine.store.decisions.record(plan.name, found, [], engine.time.now())
    return opened
