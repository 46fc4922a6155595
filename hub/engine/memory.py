"""What a tool held at any time, and how each of its values came about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from connectors.contract import Snapshot
from hub.changes.diff import FieldChange, field_changes
from hub.changes.merge import ABSENT, Value, get
from hub.changes.resolve import value_hash
from hub.engine.target import Engine, Target
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, expand, localise
from mappings.canonical.kinds import JSON
from mappings.contract import Path


@dataclass(frozen=True, slots=True)
class Link:
    """One moment at which a tool was seen to hold another value of a field.

    `how` is "published" when one of our publications had just written there, else "observed": somebody changed it in
    the tool. `who` is known for publications, and where the tool tells.
    """

    at: float
    value: Value
    how: Literal["published", "observed"]
    who: str = ""
    publication: str = ""


def dictionary(engine: Engine, plan: TrackingPlan, target: Target, at: float | None = None) -> tuple[JSON, float]:
    """What this tool's documents said at a time (now, by default), as canonical content, and when that was read."""
    snapshot = engine.store.snapshot_at(target.name, at)
    if snapshot is None:
        raise Refusal("nothing was read from this target by then", place=target.name, hint="`hub preview` reads it")
    return _said(plan, target, snapshot), snapshot.taken_at


def dictionary_changes(before: JSON, after: JSON) -> list[FieldChange]:
    """What differs between two dictionaries, field by field."""
    return list(field_changes(before, after))


def why(engine: Engine, plan: TrackingPlan, target: Target, path: Path, *, newest: int | None = None) -> list[Link]:
    """The chain of publishes and observations behind this tool's value of a field, oldest first; only of so many of the
    `newest` readings that differ, where that is enough."""
    links: list[Link] = []
    times = engine.store.snapshot_times(target.name)
    for at in times[-newest:] if newest else times:
        snapshot = engine.store.snapshot_at(target.name, at)
        value = get(_said(plan, target, snapshot), path) if snapshot is not None else ABSENT
        if not links and value is ABSENT:
            continue
        if not links or value_hash(links[-1].value) != value_hash(value):
            since = links[-1].at if links else 0.0
            links.append(_link(engine, target, path, at, value, since))
    return links


def _link(engine: Engine, target: Target, path: Path, at: float, value: Value, since: float) -> Link:
    """Ours when a publication wrote to the field's thing between the two readings."""
    for publication in engine.store.publications(limit=1000):
        if not since < publication.started <= at:
            continue
        for operation in engine.store.planned(publication.id, target.name):
            shown = operation.document or operation.before
            if shown is not None and shown.about[:2] == path[: len(shown.about[:2])]:
                return Link(at, value, "published", publication.who, publication.id)
    return Link(at, value, "observed")


def _said(plan: TrackingPlan, target: Target, snapshot: Snapshot) -> JSON:
    return content(localise(target.mapping.from_tool(snapshot.documents).plan, expand(plan), target.plugin.tool))


def restored(plan: TrackingPlan, event: str, said: JSON) -> TrackingPlan:
    """The plan with one event as a dictionary has it; the tool-specific names and ids of the plan stay."""
    if event not in said["events"]:
        raise Refusal(f"the dictionary had no event {event!r} then", hint="`hub dictionary` shows what it had")
    data = plan.data()
    before = data.get("events", {}).get(event, {})
    own = {field: before[field] for field in ("id", "names", "extensions") if field in before}
    return TrackingPlan.model_validate(
        {**data, "events": {**data.get("events", {}), event: {**said["events"][event], **own}}}
    )


def field_path(plan: TrackingPlan, text: str) -> Path:
    """EVENT, EVENT.FIELD or EVENT.PROPERTY.FIELD as a canonical path; names may contain dots.

    Raises Refusal with what there is when nothing fits.
    """
    event = _longest_start(text, plan.events)
    if event is None:
        raise Refusal(
            f"the plan has no event at the start of {text!r}", hint="write EVENT.FIELD or EVENT.PROPERTY.FIELD"
        )
    rest = text[len(event) + 1 :]
    if not rest:
        return ("events", event)
    prop = _longest_start(rest, plan.events[event].properties)
    if prop is None:
        return ("events", event, rest)
    field = rest[len(prop) + 1 :]
    return ("events", event, "properties", prop, *([field] if field else []))


def _longest_start(text: str, names: Iterable[str]) -> str | None:
    """The longest name that the text is, or starts with before a dot."""
    fitting = (name for name in names if text == name or text.startswith(f"{name}."))
    return max(fitting, key=len, default=None)
