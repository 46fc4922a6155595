"""What the rules of a plan stand on: the plan walked once, and the form of a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mappings.canonical.kinds import Property, Shape
from mappings.canonical.plan import TrackingPlan
from mappings.contract import Finding, Path, Severity


class Ground:
    """A plan with every property and every array's items of it at hand, as the plan's author wrote them."""

    def __init__(self, plan: TrackingPlan) -> None:
        self.plan = plan
        self.shapes: tuple[tuple[Path, Shape], ...] = tuple(_shapes(plan))
        """Each property and each `items`, at any depth, with its path; parents first."""
        self.properties: tuple[tuple[Path, Property], ...] = tuple(
            (path, shape) for path, shape in self.shapes if isinstance(shape, Property)
        )


Rule = Callable[[Ground], Iterator[Finding]]


def broken(severity: Severity, path: Path, what: str, message: str, hint: str) -> Finding:
    """The finding of a broken rule; its code is ``plan.<what>``."""
    return Finding(severity, "rule", path, f"plan.{what}", message, hint)


def top_level(plan: TrackingPlan) -> Iterator[tuple[Path, dict[str, Property]]]:
    """Each table of properties of the plan, with the path under which its names stand."""
    yield ("shared_properties",), plan.shared_properties
    yield ("user_properties",), plan.user_properties
    for name, event in plan.events.items():
        yield ("events", name, "properties"), event.properties
    for name, group in plan.groups.items():
        yield ("groups", name, "properties"), group.properties


def groups_of_properties(ground: Ground) -> Iterator[tuple[Path, dict[str, Property]]]:
    """Like `top_level`, with the tables of nested objects too."""
    yield from top_level(ground.plan)
    for path, shape in ground.shapes:
        if shape.properties:
            yield (*path, "properties"), shape.properties


def _shapes(plan: TrackingPlan) -> Iterator[tuple[Path, Shape]]:
    for path, properties in top_level(plan):
        for name, prop in properties.items():
            yield from _with_parts((*path, name), prop)


def _with_parts(path: Path, shape: Shape) -> Iterator[tuple[Path, Shape]]:
    yield path, shape
    for name, prop in shape.properties.items():
        yield from _with_parts((*path, "properties", name), prop)
    if shape.items is not None:
        yield from _with_parts((*path, "items"), shape.items)
