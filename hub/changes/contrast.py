"""What one plan says differently from another, by identity: fields, and which events came, went or were renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.changes.diff import FieldChange, field_changes
from mappings.canonical.identity import UnknownSharedProperty, expand, former_names
from mappings.canonical.kinds import JSON
from mappings.canonical.plan import TrackingPlan

SECTIONS = ("events", "user_properties", "groups")
"""What content has: everything that a tool may show."""
TABLES = (*SECTIONS, "shared_properties", "sources", "categories")


@dataclass(frozen=True, slots=True)
class Contrast:
    """From one plan to another. Renamed events are compared under their new name; `renamed` is (old, new)."""

    fields: tuple[FieldChange, ...]
    created: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]

    @property
    def empty(self) -> bool:
        return not (self.fields or self.created or self.removed or self.renamed)


def contrast(before: TrackingPlan, after: TrackingPlan) -> Contrast:
    """Every field that differs, with shared properties written out where they can be."""
    renamed = _renamed(before, after)
    names = dict(renamed)
    moved = before.model_copy(update={"events": {names.get(name, name): one for name, one in before.events.items()}})
    shared = before.shared_properties == after.shared_properties
    first, second = (_only_differing(moved, after), _only_differing(after, moved)) if shared else (moved, after)
    return Contrast(
        tuple(field_changes(_shown(first), _shown(second))),
        tuple(name for name in after.events if name not in moved.events),
        tuple(name for name in moved.events if name not in after.events),
        renamed,
    )


def _renamed(before: TrackingPlan, after: TrackingPlan) -> tuple[tuple[str, str], ...]:
    gone = {name for name in before.events if name not in after.events}
    found = []
    for name in after.events if gone else ():
        if name not in before.events:
            former = next((one for one in former_names(after, name) if one in gone), None)
            found += [(former, name)] if former is not None else []
            gone.discard(former or "")
    return tuple(found)


def _only_differing(plan: TrackingPlan, other: TrackingPlan) -> TrackingPlan:
    """The plan without the things that the other has just so: those need not be written out."""
    return plan.model_copy(update={name: _lacking(getattr(plan, name), getattr(other, name)) for name in SECTIONS})


def _lacking(things: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    return {name: thing for name, thing in things.items() if others.get(name) != thing}


def _shown(plan: TrackingPlan) -> dict[str, JSON]:
    """All that the plan says; each table of things is there, also an empty one."""
    tables: dict[str, JSON] = {name: {} for name in TABLES}
    try:
        return tables | expand(plan).data()
    except UnknownSharedProperty:
        return tables | plan.data()
