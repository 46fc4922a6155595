"""How an event came to be what it is: every version of the plan that changed it, with its SchemaVer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from hub.changes.news import EventNews, news
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import UnknownSharedProperty, expand, former_names
from mappings.canonical.schemaver import SchemaVer

Data = Mapping[str, Any]
"""A plan version as it is stored."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """One stored version of a plan."""

    number: int
    who: str
    at: float


class Versions(Protocol):
    """The stored versions of plans."""

    def frozen(self, plan: str) -> list[Frozen]:
        """Every version, oldest first."""

    def frozen_data(self, plan: str, number: int) -> Data:
        """What a version says, not validated."""


@dataclass(frozen=True, slots=True)
class Step:
    """A version of the plan that changed an event. `version` is the event's own from then on."""

    frozen: Frozen
    news: EventNews
    version: SchemaVer


def lineage(versions: Versions, plan: TrackingPlan, event: str, newest: int = 50) -> list[Step]:
    """The steps that an event took through the last versions of its plan, oldest first.

    Followed by identity, so through renames. SchemaVer counts from 1-0-0 at the first of the versions that are looked
    at: apis/snowplow.md section 5.3. Of each version only this event and what it refers to is read.
    """
    identity, names = plan.events[event].id, (event, *former_names(plan, event))
    steps: list[Step] = []
    before: TrackingPlan | None = None
    version = SchemaVer()
    for frozen in versions.frozen(plan.name)[-newest:]:
        after = _alone(versions.frozen_data(plan.name, frozen.number), identity, names)
        if after is None:
            continue
        for one in news(before, after):
            version = version.after(one.level)
            steps.append(Step(frozen, one, version))
        before = after
    return steps


def _alone(data: Data, identity: str | None, names: tuple[str, ...]) -> TrackingPlan | None:
    """The version with no event but this one, expanded; None where it has none, or one that cannot be read."""
    events = data.get("events", {})
    known = [name for name, one in events.items() if one.get("id") == identity] if identity else []
    found = next((name for name in (*known, *names) if name in events), None)
    if found is None:
        return None
    parts = {name: data[name] for name in PARTS if name in data}
    try:
        return expand(TrackingPlan.model_validate({**parts, "events": {found: events[found]}}))
    except (UnknownSharedProperty, ValidationError):
        return None


PARTS = ("format", "name", "moved", "removed", "shared_properties")
"""What an event cannot be read without."""
