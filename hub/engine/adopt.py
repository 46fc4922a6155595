"""Adopt: take over what a tool holds already, before the first publish to it.

Nothing is written to the tool. What the plan and the tool have in common becomes managed, as if the hub had published
the plan and people had then edited the tool: where the two differ, reconcile proposes the tool's text, and restores
what the plan has the last word about. What the plan lacks becomes proposals. The rest stays unmanaged.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from connectors.contract import Snapshot
from connectors.errors import ToolError
from hub.changes.merge import ABSENT, place_of
from hub.changes.resolve import Proposal
from hub.engine.ports import StoredProposal
from hub.engine.preview import observe
from hub.engine.target import Engine, Target
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import HUB_OWN, content, expand, localise
from mappings.canonical.kinds import JSON
from mappings.canonical.text import content_hash, snake_case
from mappings.contract import Document, Path

How = Literal["exact", "normalised", "similar"]
SIMILAR = 0.8
"""The least likeness of two names, 0 to 1, that is worth a suggestion."""
ADOPTED = "adopt"
"""Stands for the publication in the base of adopted documents."""


@dataclass(frozen=True, slots=True)
class Match:
    """An event of the tool and the plan's event it stands for, with how sure that is (1.0 is certain)."""

    theirs: str
    ours: str
    how: How
    score: float


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting took over, what it suggests, and what it leaves alone."""

    target: str
    documents: int
    matches: tuple[Match, ...]
    suggestions: tuple[Match, ...]
    proposed: tuple[StoredProposal, ...]
    unmanaged: tuple[str, ...]


def adopt(engine: Engine, plan: TrackingPlan, target: Target, *, take_rest: bool = True) -> Adoption:
    """Adopt one target. `take_rest` proposes the events that the plan lacks; otherwise they stay unmanaged.

    Names that match only after normalisation, or that are alike, are suggested, not taken: a person says
    ``names: {tool: "Their Name"}`` in the plan and adopts again. Safe to repeat.
    """
    snapshot = observe(engine, target)
    if isinstance(snapshot, ToolError):
        raise Refusal(snapshot.message, place=target.name, hint=snapshot.hint)
    expanded = expand(plan)
    theirs = localise(target.mapping.from_tool(snapshot.documents).plan, expanded, target.plugin.tool)
    managed = engine.store.base(target.name)
    matched = [one for one in _common(target, expanded, theirs, snapshot) if one.address not in managed]
    engine.store.advance_base(target.name, ADOPTED, matched, (), engine.time.now())
    strangers = [name for name in theirs.events if name not in plan.events]
    suggestions = tuple(_suggestions(strangers, [name for name in plan.events if name not in theirs.events]))
    suggested = {match.theirs for match in suggestions}
    rest = [name for name in strangers if name not in suggested]
    proposed = _propose(engine, plan, theirs, target, rest) if take_rest else []
    matches = tuple(Match(name, name, "exact", 1.0) for name in theirs.events if name in plan.events)
    unmanaged = tuple(strangers if not take_rest else sorted(suggested))
    return Adoption(target.name, len(matched), matches, suggestions, tuple(proposed), unmanaged)


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


def _suggestions(theirs: Sequence[str], ours: Sequence[str]) -> Iterable[Match]:
    """The likeliest event of the plan for each event that only the tool has, where there is one."""
    plain = {snake_case(name): name for name in ours}
    for name in theirs:
        if snake_case(name) in plain and snake_case(name):
            yield Match(name, plain[snake_case(name)], "normalised", 1.0)
            continue
        near = difflib.get_close_matches(snake_case(name), plain, 1, SIMILAR)
        if near:
            score = difflib.SequenceMatcher(None, snake_case(name), near[0]).ratio()
            yield Match(name, plain[near[0]], "similar", round(score, 2))


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
