"""A power that some mappings have: projecting a few events of a plan for the price of a few.

Where a decision is about a handful of events, nearly all of a projection says what nobody asks. Names are settled over
the whole plan all the same: what an event is called may depend on any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from mappings.canonical.plan import TrackingPlan
from mappings.contract import Address, Documents, Projection, ToolMapping


@dataclass(frozen=True, slots=True)
class Part:
    """Some events of a plan: those of these names, and those that the tool knows under one of the `told`."""

    events: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()

    def has(self, name: str, told: str) -> bool:
        """Whether the event of this name, which the tool knows as `told`, is one of them."""
        return name in self.events or told in self.told

    def __or__(self, other: Part) -> Part:
        return Part(self.events | other.events, self.told | other.told)


@runtime_checkable
class ProjectsPart(Protocol):
    """A mapping that can leave out events. Still a `ToolMapping`, and as pure."""

    event_at: ClassVar[int]
    """Which of an address's names is what the tool calls the event, in the addresses of all that belongs to events."""

    def part_to_tool(self, plan: TrackingPlan, onto: Documents, part: Part) -> Projection:
        """What `to_tool` gives, in the same order, without its findings and without the documents of other events.

        All that is no event's, and all removals, are there. `formerly` is stated of nothing but what `plan.moved`
        speaks of.
        """


class Excerpt:
    """The projection of an expanded plan onto what a tool holds, as far as it was asked for.

    All of it, from the beginning, where the mapping can do no less or where somebody has it already (`whole`).
    """

    def __init__(
        self, mapping: ToolMapping, plan: TrackingPlan, onto: Documents, whole: Projection | None = None
    ) -> None:
        self._mapping = mapping
        self._plan = plan
        self._onto = onto
        self._whole = whole
        self._part = Part()
        self._known: Projection | None = None

    def of(self, events: Collection[str], addresses: Iterable[Address]) -> Projection:
        """The projection with at least the documents of these events, and those that stand at these addresses; the very
        same as before where it had them."""
        if self._whole is not None:
            return self._whole
        if not isinstance(self._mapping, ProjectsPart):
            self._whole = self._mapping.to_tool(self._plan, self._onto)
            return self._whole
        part = self._part | Part(frozenset(events), _told(self._mapping, addresses))
        if self._known is None or part != self._part:
            self._part, self._known = part, self._mapping.part_to_tool(self._plan, self._onto, part)
        return self._known


def _told(mapping: ProjectsPart, addresses: Iterable[Address]) -> frozenset[str]:
    at = mapping.event_at
    return frozenset(address.names[at] for address in addresses if len(address.names) > at)
