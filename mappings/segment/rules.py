"""The inside of a rule: the section a mapping speaks of, the rest it must not touch, and both put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeGuard

from mappings.canonical.jsonschema import Report, event_data, event_schema, shape_data
from mappings.canonical.kinds import JSON, OBJECTS, Property, Shape
from mappings.canonical.plan import Event, TrackingPlan
from mappings.canonical.text import same
from mappings.contract import Path, differences
from mappings.segment.documents import normal_schema
from mappings.segment.limits import is_plain
from mappings.segment.table import GROUP_NAME, NAMELESS_GROUP, SECTIONS, foreign_labels, read_labels

_MEMBERS = ("properties", "required", "additionalProperties")

# type of rule → the keywords at its root that a plan has fields for, with the kind of value they take.
_OWN: Mapping[str, Mapping[str, type]] = {
    **{kind: {"description": str, "labels": Mapping} for kind in ("TRACK", "PAGE", "SCREEN")},
    "IDENTIFY": {},
    "GROUP": {"description": str, GROUP_NAME: object},
}


def _ignore(path: Path, code: str, message: str) -> None:
    """The report of somebody who compares meanings only."""


# The section -------------------------------------------------------------------------------------------------


def write_section(event: Event) -> dict[str, JSON]:
    """The schema, in normal form, of what is sent with an event, under the plan's own names."""
    section = event_schema(_bare(event), "07") if event.keywords else _picked(event_schema(event, "07"))
    if section.get("type") == "object":
        del section["type"]
    members = section["properties"]
    for name, prop in event.properties.items():
        if _needs_tidying(prop):
            members[name] = normal_schema(members[name])
    if not members:
        del section["properties"]
    if event.keywords:
        return dict(normal_schema({**event.keywords, **section}))
    if "required" in section:
        section["required"].sort()
    return section


def _needs_tidying(shape: Shape) -> bool:
    """Whether the schema of this shape may have more than one spelling."""
    if shape.properties or not is_plain(shape):
        return True
    return shape.items is not None and _needs_tidying(shape.items)


def _picked(schema: Mapping[str, JSON]) -> dict[str, JSON]:
    """The members of an event's schema, without what the root says of the event itself."""
    return {keyword: schema[keyword] for keyword in _MEMBERS if keyword in schema}


def _bare(event: Event) -> Event:
    """The event without what stands outside the section."""
    return Event.model_construct(
        properties=event.properties, additional_properties=event.additional_properties, keywords=event.keywords
    )


def lost_in(event: Event, section: Mapping[str, JSON]) -> list[Path]:
    """The paths below the event that its section does not give back. Costs nothing for ordinary properties."""
    if not event.keywords and all(map(is_plain, event.properties.values())):
        return []
    wanted = TrackingPlan.model_construct(name="-", events={"-": _bare(event)})
    held = TrackingPlan.model_validate({"name": "-", "events": {"-": read_section(section)}})
    return [path[2:] for path in differences(wanted, held)]


def read_section(section: JSON, report: Report = _ignore, path: Path = ()) -> dict[str, JSON]:
    """The fields of an event that its section states: properties, additional_properties and keywords."""
    if not isinstance(section, Mapping):
        if section is not None:
            report(path, "ill-typed", "the part of the message that holds the properties is no schema object")
        return {}
    data = event_data(_picked(section), report, path)
    rest = {keyword: value for keyword, value in section.items() if keyword not in _MEMBERS}
    if rest:
        data["keywords"] = {**data.get("keywords", {}), **rest}
    return data


def respell(section: dict[str, JSON], spelled: Mapping[str, str]) -> dict[str, JSON]:
    """The section with the tool's names for its properties."""
    if not spelled:
        return section
    respelled = {**section, "properties": {spelled.get(name, name): one for name, one in members_of(section).items()}}
    if _are_names(required := section.get("required")):
        respelled["required"] = sorted(spelled.get(name, name) for name in required)
    return respelled


def lay_onto(
    section: dict[str, JSON], held: Mapping[str, JSON], gone: Collection[str]
) -> tuple[dict[str, JSON], list[str]]:
    """The section with what it must not touch of the one that the tool holds, and the names so left alone.

    Properties that the plan does not list stay unless they are in `gone`; a listed one keeps the tool's spelling
    when that means the same.
    """
    members, theirs = members_of(section), members_of(held)
    settled = {name: _settle(schema, theirs[name]) if name in theirs else schema for name, schema in members.items()}
    left = [name for name in theirs if name not in members and name not in gone]
    required = held.get("required", [])
    needed = [name for name in left if _are_names(required) and name in required]
    settled.update({name: theirs[name] for name in left})
    laid = {**section, **({"properties": settled} if settled else {})}
    if needed:
        own = section.get("required")
        laid["required"] = sorted({*(own if _are_names(own) else ()), *needed})
    return laid, left


def _settle(ours: JSON, theirs: JSON) -> JSON:
    if ours == theirs or not isinstance(ours, OBJECTS) or not isinstance(theirs, OBJECTS):
        return ours
    if "x-hidden" not in ours and isinstance(theirs.get("x-hidden"), bool):
        ours = {**ours, "x-hidden": theirs["x-hidden"]}
    return theirs if same(shape_data(theirs), shape_data(ours)) else ours


def members_of(section: JSON) -> Mapping[str, JSON]:
    """The schemas of the properties that a section lists, by name."""
    members = section.get("properties") if isinstance(section, Mapping) else None
    return members if isinstance(members, Mapping) else {}


def as_event(properties: Mapping[str, Property]) -> Event:
    """Properties without an event of their own (traits) as an event that has nothing else."""
    return Event.model_construct(properties=dict(properties))


# The whole body ----------------------------------------------------------------------------------------------


def section_of(kind: str, body: Mapping[str, JSON]) -> JSON:
    """The part of the message whose properties a rule of this type describes; None where there is none."""
    parts = body.get("properties")
    return parts.get(SECTIONS[kind]) if isinstance(parts, Mapping) else parts


def rest_of(kind: str, body: Mapping[str, JSON]) -> dict[str, JSON]:
    """What a body says that a plan has no field for, as a fragment of a body."""
    own, section = _OWN[kind], SECTIONS[kind]
    rest = {key: value for key, value in body.items() if key not in own or not isinstance(value, own[key])}
    parts, required = rest.pop("properties", {}), rest.pop("required", [])
    others = _without(parts, section)
    if others:
        rest["properties"] = others
    needed = [name for name in required if name != section] if _are_names(required) else required
    if needed:
        rest["required"] = needed
    return rest


def _without(parts: JSON, section: str) -> JSON:
    if not isinstance(parts, Mapping):
        return parts
    return {name: part for name, part in parts.items() if name != section or not isinstance(part, Mapping)}


def _are_names(value: JSON) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def joined(first: Mapping[str, JSON], second: Mapping[str, JSON]) -> dict[str, JSON]:
    """Two rests as one; where both speak of the same, the second wins."""
    both = {**first, **second}
    if isinstance(first.get("properties"), Mapping) and isinstance(second.get("properties"), Mapping):
        both["properties"] = {**first["properties"], **second["properties"]}
    if _are_names(first.get("required")) and _are_names(second.get("required")):
        both["required"] = sorted({*first["required"], *second["required"]})
    return both


def compose(
    kind: str, own: Mapping[str, JSON], section: Mapping[str, JSON], rest: Mapping[str, JSON]
) -> dict[str, JSON]:
    """A body in normal form. `own` are the root keywords that say something, `rest` a fragment by `rest_of`."""
    body = {**rest, **own}
    if section:
        parts = rest.get("properties")
        body["properties"] = {**(parts if isinstance(parts, Mapping) else {}), SECTIONS[kind]: section}
    if section.get("required"):
        required = rest.get("required")
        body["required"] = sorted({*(required if _are_names(required) else ()), SECTIONS[kind]})
    return body


def means_the_same(kind: str, one: Mapping[str, JSON], other: Mapping[str, JSON]) -> bool:
    """Whether two bodies say the same to a plan and have the same rest."""
    return same(_meaning(kind, one), _meaning(kind, other))


def group_name(body: Mapping[str, JSON]) -> str:
    """What the group type of a GROUP rule is called."""
    name = body.get(GROUP_NAME)
    return name if isinstance(name, str) and name else NAMELESS_GROUP


def _meaning(kind: str, body: Mapping[str, JSON]) -> dict[str, JSON]:
    labels = body.get("labels") if "labels" in _OWN[kind] else None
    known = read_labels(labels) if isinstance(labels, Mapping) else {}
    return {
        "description": body.get("description") if "description" in _OWN[kind] else None,
        "group": group_name(body),
        "labels": {**known, "tags": sorted(known.get("tags", []))},
        "foreign": foreign_labels(labels),
        "section": read_section(section_of(kind, body)),
        "rest": rest_of(kind, body),
    }
