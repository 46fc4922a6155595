"""The canonical tracking plan: the one end that every mapping has in common."""

from mappings.canonical.kinds import Kind, Property, Shape
from mappings.canonical.plan import (
    Category,
    Conventions,
    Event,
    GroupType,
    Moved,
    Removed,
    Source,
    TrackingPlan,
)

__all__ = [
    "Category",
    "Conventions",
    "Event",
    "GroupType",
    "Kind",
    "Moved",
    "Property",
    "Removed",
    "Shape",
    "Source",
    "TrackingPlan",
]
