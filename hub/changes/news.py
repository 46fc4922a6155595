"""What is new between two versions of a plan, event by event: for those who must send events, and those who decide.

Unlike a changeset it knows no tool: it compares plans, with what a change means for data that is sent already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hub.changes.diff import FieldChange, field_changes
from mappings.canonical.identity import event_key
from mappings.canonical.kinds import JSON
from mappings.canonical.plan import Event, TrackingPlan
from mappings.canonical.schemaver import LEVELS, Change, Level, changes

Kind = Literal["new", "changed", "renamed", "removed"]
Impact = Literal["breaking", "additive", "text"]
IMPACTS: tuple[Impact, ...] = ("breaking", "additive", "text")
"""`breaking`: data as it is sent today will not fit any more (a SchemaVer revision or model). `additive`: it does,
and more may be sent. `text`: only words changed, no code needs to."""

_IMPACT: dict[Level, Impact] = {"none": "text", "addition": "additive", "revision": "breaking", "model": "breaking"}
WORDS = frozenset(
    {"id", "description", "display_name", "category", "owners", "tags", "sources", "hidden", "sensitivity"}
    | {"examples", "names", "extensions", "shared"}
)
"""Fields that no code which sends the event has to know."""


@dataclass(frozen=True, slots=True)
class EventNews:
    """What is new about one event. `event` is what it is now, or was before it was removed."""

    name: str
    kind: Kind
    impact: Impact
    event: Event
    level: Level = "none"
    """The step of SchemaVer that its structure takes."""
    former_name: str = ""
    fields: tuple[FieldChange, ...] = ()
    breaks: tuple[str, ...] = ()
    """What does not fit any more, in the words of the SchemaVer table."""
    reason: str = ""
    """Why it was removed, as the tombstone says."""

    @property
    def needs_code(self) -> bool:
        """Whether somebody who sends the event has something to do."""
        return self.impact != "text"


def news(before: TrackingPlan | None, after: TrackingPlan) -> tuple[EventNews, ...]:
    """What changed from one expanded plan to the next: breaking first, then additive, then words; by name within.

    Without a `before` everything is new. An event that is merely not listed any more is unmanaged and no news;
    one with a tombstone was removed.
    """
    found = [*_told(before, after), *_removed(before, after)]
    return tuple(sorted(found, key=lambda one: (IMPACTS.index(one.impact), one.name)))


def _told(before: TrackingPlan | None, after: TrackingPlan) -> Iterator[EventNews]:
    known = {event_key(before, name): name for name in before.events} if before is not None else {}
    for name, event in after.events.items():
        former_name = known.get(event_key(after, name))
        if before is None or former_name is None:
            yield EventNews(name, "new", "additive", event, "none")
            continue
        former = before.events[former_name]
        if former_name != name or former != event:
            yield _changed(name, event, former_name, former)


def _changed(name: str, event: Event, former_name: str, former: Event) -> EventNews:
    found = [one for one in changes(former, event) if one.change != "annotation"]
    levels = {one.level for one in found}
    level: Level = next((one for one in reversed(LEVELS) if one in levels), "none")
    fields = tuple(field_changes(_data(former), _data(event)))
    coded = any(not WORDS & {*one.path} for one in fields)
    renamed = former_name != name
    impact: Impact = "breaking" if renamed else _IMPACT[level]
    if impact == "text" and coded:
        impact = "additive"
    values = {one.path: one for one in fields}
    broken = tuple(_broken(one, values.get(one.path)) for one in found if _IMPACT[one.level] == "breaking")
    kind: Kind = "renamed" if renamed else "changed"
    return EventNews(name, kind, impact, event, level, former_name if renamed else "", fields, broken)


def _broken(one: Change, field: FieldChange | None) -> str:
    """What does not fit any more: `deck.type: type replaced (integer → string)`."""
    words = f"{_place(one.path)}: {one.change}"
    if field is None or isinstance(field.before, dict) or isinstance(field.after, dict):
        return words
    return f"{words} ({_spelt(field.before)} → {_spelt(field.after)})"


def _spelt(value: JSON) -> str:
    if value is None:
        return "nothing"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _data(event: Event) -> JSON:
    return event.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _place(path: tuple[str, ...]) -> str:
    """A path in the plan's words without the word "properties" between the names."""
    return ".".join(part for part in path if part != "properties") or "event"


def _removed(before: TrackingPlan | None, after: TrackingPlan) -> Iterator[EventNews]:
    for tombstone in after.removed:
        if tombstone.event is None or tombstone.property is not None or before is None:
            continue
        event = before.events.get(tombstone.event)
        if event is not None and tombstone.event not in after.events:
            yield EventNews(tombstone.event, "removed", "breaking", event, reason=tombstone.reason)
