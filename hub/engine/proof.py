"""Proof: does a tool, read afresh, hold exactly the part of the plan that it can hold?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.contract import Snapshot
from hub.engine.target import Target
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, localise
from mappings.canonical.kinds import JSON
from mappings.contract import Path, differences, view


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
    """Without what the plan does not speak of: unmanaged things may be in the tool."""
    sections = {
        name: {key: value for key, value in getattr(read, name).items() if key in getattr(wanted, name)}
        for name in ("events", "user_properties", "groups")
    }
    return read.model_copy(update=sections)


def _descriptions(data: JSON) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "description" and isinstance(value, str):
                yield value
            yield from _descriptions(value)
