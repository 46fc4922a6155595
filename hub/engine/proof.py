"""Proof: does a tool, read afresh, hold exactly the part of the plan that it can hold?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from connectors.contract import Snapshot
from hub.engine.target import Target
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, localise
from mappings.canonical.kinds import JSON
from mappings.contract import Path, differences, view

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a fresh reading of one target shows."""

    target: str
    events: int
    properties: int
    descriptions: int
    """Texts of the plan that the tool shows."""
    differing: tuple[Path, ...]
    """Where the tool differs from its view of the plan; empty is the proof."""

    @property
    def holds(self) -> bool:
        return not self.differing


def prove(expanded: TrackingPlan, target: Target, snapshot: Snapshot) -> Proof:
    """Compare what the tool says with the view of an expanded plan, for everything the plan speaks of."""
    mapping = target.mapping
    wanted = view(mapping, expanded, snapshot.documents)
    read = localise(mapping.from_tool(snapshot.documents).plan, expanded, mapping.tool)
    shown = _only(read, wanted)
    return Proof(
        target.name,
        len(shown.events),
        sum(len(event.properties) for event in shown.events.values()),
        sum(1 for _ in _descriptions(content(shown))),
        tuple(differences(wanted, shown)),
    )


def _only(read: TrackingPlan, wanted: TrackingPlan) -> TrackingPlan:
    """Without what the plan does not speak of: unmanaged things, and unmanaged properties of managed events."""
    events = {
        name: event.model_copy(update={"properties": _among(event.properties, wanted.events[name].properties)})
        for name, event in read.events.items()
        if name in wanted.events
    }
    users = _among(read.user_properties, wanted.user_properties)
    return read.model_copy(
        update={"events": events, "user_properties": users, "groups": _among(read.groups, wanted.groups)}
    )


def _among(things: Mapping[str, Thing], wanted: Mapping[str, Thing]) -> dict[str, Thing]:
    return {name: thing for name, thing in things.items() if name in wanted}


def _descriptions(data: JSON) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "description" and isinstance(value, str):
                yield value
            yield from _descriptions(value)
