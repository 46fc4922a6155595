"""What a tool held at any time, and how each of its values came about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from hub.changes.diff import FieldChange, field_changes
from hub.changes.merge import ABSENT, Value, get
from hub.changes.resolve import value_hash
from hub.engine.ports import Written
from hub.engine.target import Engine, Target
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, expand, localise
from mappings.canonical.kinds import JSON
from mappings.contract import Address, Documents, Path


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
    return said(expand(plan), target, snapshot.documents), snapshot.taken_at


def said(expanded: TrackingPlan, target: Target, documents: Documents) -> dict[str, JSON]:
    """What documents of a tool say, as canonical content under the names that an expanded plan uses."""
    return content(localise(target.mapping.from_tool(documents).plan, expanded, target.plugin.tool))


def dictionary_changes(before: JSON, after: JSON) -> list[FieldChange]:
    """What differs between two dictionaries, field by field."""
    return list(field_changes(before, after))


def why(engine: Engine, plan: TrackingPlan, target: Target, path: Path, *, newest: int | None = None) -> list[Link]:
    """The chain of publishes and observations behind this tool's value of a field, oldest first; only of so many of the
    `newest` readings that differ, where that is enough.

    Of each reading only what concerns the field's event (or property of users, or group) is looked at.
    """
    log, thing = engine.store.observations, path[:2]
    alone = _alone(plan, thing)
    writes = log.written(target.name, thing)
    concerns = _concerns(alone, target, thing, log.managed(target.name, thing) | {one.address for one in writes})
    links: list[Link] = []
    before: object = None
    for reading in log.changes(target.name, newest):
        documents = log.held(reading, concerns)
        seen = [(address, one.hash) for address, one in documents.items()]
        if seen == before:
            continue
        before = seen
        value = get(said(alone, target, documents), path)
        if value is ABSENT if not links else value_hash(links[-1].value) == value_hash(value):
            continue
        links.append(_link(writes, reading.at, value, links[-1].at if links else 0.0))
    return links


def _alone(plan: TrackingPlan, thing: Path) -> TrackingPlan:
    """The expanded plan with this thing only: of a large plan, names are all that is needed of the rest."""
    section, name = thing
    sections = ("events", "user_properties", "groups")
    kept = {one: {} if one != section else _only(getattr(plan, one), name) for one in sections}
    return expand(plan.model_copy(update=kept))


def _only(things: Mapping[str, object], name: str) -> dict[str, object]:
    return {name: things[name]} if name in things else {}


def _concerns(
    alone: TrackingPlan, target: Target, thing: Path, managed: Iterable[Address]
) -> Callable[[str, Path], bool]:
    """Whether a document may say something of a thing: by what we wrote, by its name in the tool, or because it is
    about the whole section."""
    section, name = thing
    ours = getattr(alone, section).get(name)
    names = {name, ours.names.get(target.plugin.tool, name)} if ours is not None else {name}

    known = {str(one) for one in managed}

    def concerns(address: str, about: Path) -> bool:
        if len(about) < 2:
            return about in ((), (section,)) or address in known
        return (about[0] == section and about[1] in names) or address in known

    return concerns


def _link(writes: Sequence[Written], at: float, value: Value, since: float) -> Link:
    """Ours when a publication wrote to the field's thing between the two readings."""
    between = [one for one in writes if since < one.started <= at]
    if not between:
        return Link(at, value, "observed")
    return Link(at, value, "published", between[-1].who, between[-1].publication)


def restored(plan: TrackingPlan, event: str, said: JSON) -> TrackingPlan:
    """The plan with one event as a dictionary has it; the tool-specific names and ids of the plan stay.

    Raises Refusal when the dictionary has no such event, or the plan cannot hold it so.
    """
    if event not in said["events"]:
        raise Refusal(f"the dictionary had no event {event!r} then", hint="`hub dictionary` shows what it had")
    data = plan.data()
    before = data.get("events", {}).get(event, {})
    own = {field: before[field] for field in ("id", "names", "extensions") if field in before}
    events = {**data.get("events", {}), event: {**said["events"][event], **own}}
    try:
        return TrackingPlan.model_validate({**data, "events": events})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Refusal(f"the plan cannot hold it so: {first['msg']}", place=event) from None


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
