"""What Segment refuses, cannot say or keeps in another form: each limit with its source and its date, as findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mappings.canonical.kinds import JSON, OBJECTS, Property, Shape
from mappings.canonical.plan import Event, TrackingPlan
from mappings.contract import Effect, Finding, Path, Severity
from mappings.segment.table import is_free, is_writable


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing to know about Segment. `source` is a section of apis/segment.md, `seen` the date of its evidence."""

    severity: Severity
    effect: Effect
    message: str
    hint: str
    source: str
    seen: str


def _info(message: str, hint: str, source: str, seen: str = "2026-08-20") -> Limit:
    return Limit("info", "transformed", message, hint, source, seen)


def _lost(message: str, hint: str, source: str, seen: str = "2026-08-20") -> Limit:
    return Limit("warning", "dropped", message, hint, source, seen)


def _refused(message: str, hint: str, source: str, seen: str = "2026-08-20") -> Limit:
    return Limit("error", "refused", message, hint, source, seen)


_NOTHING_TO_DO = "Nothing to do; the value survives the round trip."

LIMITS: Mapping[str, Limit] = {
    # Events
    "entity": _refused(
        "Segment has no entities, so this is not published.",
        "List its properties in the events that carry them.",
        "section 4.2",
    ),
    "consent": _refused(
        "Consent Management owns the event of this name in every plan.",
        "Give the event another name for Segment.",
        "section 5.14",
        "2025-11-07",
    ),
    "page": _info(
        "A page or screen becomes a rule of its own type; whether Segment keeps a name on it is not documented.",
        "Where the rule does not show up, use a track event named Page Viewed or Screen Viewed.",
        "section 5.20",
        "2025-11-07",
    ),
    "kind": _lost(
        "Segment holds this event as a {held} rule too; a rule's type cannot change, so both exist.",
        "Remove the {held} rule in Segment once nothing sends it.",
        "section 4.2",
    ),
    "name": _info(
        "Another event has this name in Segment already; this one is called {spelled!r} there.",
        "Give the two events different names for Segment.",
        "section 6",
    ),
    "label": _info(
        "Segment has no field for this; it is kept as a label of the event.",
        _NOTHING_TO_DO,
        "section 6",
        "2025-11-07",
    ),
    "words": _lost(
        "{words} cannot stand in a label that lists words between commas.",
        "Write it without commas and without spaces around it.",
        "section 6",
        "2025-11-07",
    ),
    "tag": _lost(
        "The label {words} has another meaning already, so it cannot be a tag.",
        "Choose another word for the tag.",
        "section 6",
        "2025-11-07",
    ),
    "additional": _info(
        "Segment keeps this, but reports unplanned properties by the settings of each source.",
        "Set the source's schema settings to match.",
        "section 6",
        "2025-11-07",
    ),
    # Properties
    "invisible": _info(
        "Segment keeps and checks this, but its page shows it only in the JSON view.",
        _NOTHING_TO_DO,
        "section 5.23",
        "2025-11-07",
    ),
    "annotation": _info(
        "Segment has no field for this on a property; it is kept as an unknown keyword and shown to nobody.",
        "Say it in the description where people must see it.",
        "section 6",
        "2026-07-31",
    ),
    "union": _info(
        "Segment stores a union of several types, but is known to support only one type and null.",
        "Leave the type out (any value) if violations appear.",
        "section 4.3",
        "2025-03-31",
    ),
    "pattern": _info(
        "Segment's regular expressions have no negative look-ahead; this pattern may not be checked.",
        "Say the pattern another way.",
        "section 5.21",
        "2025-11-07",
    ),
    "noise": _lost(
        "Segment's page leaves such a value behind as noise, or it says something that has a field of its own.",
        "Use the field for it, or leave it out.",
        "section 5.13",
        "2026-07-31",
    ),
    "required-trait": _info(
        "Clients send only the traits that changed, so each call without this one is a violation.",
        "Leave traits optional.",
        "section 6",
        "2025-11-07",
    ),
    # The rest of the plan
    "groups": _lost(
        "Segment has one rule for all groups, and it describes {held!r}.",
        "Keep the properties of this group type in another tool.",
        "section 5.19",
    ),
    "plan": _info(
        "The hub writes rules only; the tracking plan's own description stays as it is in Segment.",
        "Edit it in Segment.",
        "section 5.15",
    ),
    "shared": _info(
        "Segment does not show the link to a library, so shared properties are copied into each event.",
        _NOTHING_TO_DO,
        "section 4.5",
    ),
    "section": _lost(
        "Segment has no place for descriptions of {words}.",
        "Keep them in the plan.",
        "section 6",
    ),
    # What the tool holds
    "unlisted": _info(
        "Segment's rule has this property and the plan does not list it; it is left alone.",
        "List it in the plan, or remove it with a tombstone.",
        "section 5.1",
        "2025-05-22",
    ),
    "moved": _lost(
        "Segment holds both {held!r} and the new name, so nothing is renamed.",
        "Remove the old one with a tombstone once nothing sends it.",
        "section 4.2",
    ),
    "versions": _info(
        "Segment holds older versions of this ({words}); they stay as they are, the highest is read and written.",
        "Events without a version are checked against the oldest; remove it in Segment once nothing sends it.",
        "section 5.12",
        "2025-11-07",
    ),
    "removed": _lost(
        "Nothing can be removed here: {words}.",
        "Drop the tombstone, or list the event.",
        "section 5.14",
    ),
    # Reading
    "common": _info(
        "A rule on all messages is free-form; it is not read into the plan and never touched.",
        "Edit it in Segment.",
        "section 6",
        "2026-07-31",
    ),
    "vendor": _info(
        "Consent Management wrote this event; it is not read into the plan and never touched.",
        "Nothing to do.",
        "section 5.14",
        "2025-11-07",
    ),
    "unreadable": _lost(
        "This rule is not read into the plan: {words}.",
        "Look at the rule in Segment.",
        "section 4.2",
    ),
    "duplicate": _lost(
        "Segment has a {held} rule of this name beside one of another type; only the other is read.",
        "Rename one of the two in Segment.",
        "section 4.2",
    ),
    "schema": _lost(
        "{words}",
        "Correct the schema in Segment.",
        "section 5.10",
        "2026-07-31",
    ),
    "extra": _info(
        "The rule says more than a plan can hold; the rest stays in Segment as it is.",
        "Nothing to do.",
        "section 4.3",
        "2026-07-31",
    ),
}
"""The end of a finding's code → what it says."""


def finding(what: str, path: Path, **words: str) -> Finding:
    """The finding of one limit at one place."""
    limit = LIMITS[what]
    return Finding(
        limit.severity,
        limit.effect,
        path,
        f"segment.{what}",
        limit.message.format(**words) if words else limit.message,
        limit.hint.format(**words) if words else limit.hint,
    )


# Where the limits apply --------------------------------------------------------------------------------------

# keyword of an emitted schema → (field, limit). What Segment's grid shows is not here.
_NOTED: Mapping[str, tuple[str, str]] = {
    "title": ("display_name", "annotation"),
    "x-owners": ("owners", "annotation"),
    "x-tags": ("tags", "annotation"),
    "x-status": ("status", "annotation"),
    "x-sensitivity": ("sensitivity", "annotation"),
    "x-hidden": ("hidden", "annotation"),
    "const": ("const", "invisible"),
    "minimum": ("minimum", "invisible"),
    "maximum": ("maximum", "invisible"),
    "exclusiveMinimum": ("exclusive_minimum", "invisible"),
    "exclusiveMaximum": ("exclusive_maximum", "invisible"),
    "multipleOf": ("multiple_of", "invisible"),
    "minLength": ("min_length", "invisible"),
    "maxLength": ("max_length", "invisible"),
    "minItems": ("min_items", "invisible"),
    "maxItems": ("max_items", "invisible"),
    "uniqueItems": ("unique_items", "invisible"),
    "additionalProperties": ("additional_properties", "invisible"),
    "examples": ("examples", "invisible"),
}
_LOOK_AHEAD = ("(?!", "(?<!")


_ORDINARY = frozenset({"type", "description"})


def members_findings(members: JSON, path: Path) -> Iterator[Finding]:
    """What to know about the properties of one object, from their schemas; `path` leads to their names."""
    for name, schema in members.items() if isinstance(members, Mapping) else ():
        if not isinstance(schema, OBJECTS):
            continue
        if isinstance(schema.get("type"), list) or not schema.keys() <= _ORDINARY:
            yield from property_findings(schema, (*path, name))


def property_findings(schema: Mapping[str, JSON], path: Path) -> Iterator[Finding]:
    """What to know about one property, from the schema that says it, at any depth."""
    kinds = schema.get("type")
    if isinstance(kinds, list) and len(kinds) - kinds.count("null") > 1:
        yield finding("union", (*path, "type"))
    for keyword, value in schema.items():
        if keyword in _ORDINARY:
            continue
        if noted := _NOTED.get(keyword):
            yield finding(noted[1], (*path, noted[0]))
        elif look := _HALF_SEEN.get(keyword):
            yield from look(value, path)


def _enum(values: JSON, path: Path) -> Iterator[Finding]:
    if isinstance(values, list) and not all(isinstance(value, str) for value in values):
        yield finding("invisible", (*path, "enum"))


def _format(name: JSON, path: Path) -> Iterator[Finding]:
    if name != "date-time":
        yield finding("invisible", (*path, "format"))


def _pattern(pattern: JSON, path: Path) -> Iterator[Finding]:
    if isinstance(pattern, str) and any(mark in pattern for mark in _LOOK_AHEAD):
        yield finding("pattern", (*path, "pattern"))


def _members(members: JSON, path: Path) -> Iterator[Finding]:
    return members_findings(members, (*path, "properties"))


def _items(schema: JSON, path: Path) -> Iterator[Finding]:
    if isinstance(schema, OBJECTS):
        yield from property_findings(schema, (*path, "items"))


_HALF_SEEN = {"enum": _enum, "format": _format, "pattern": _pattern, "properties": _members, "items": _items}


def event_findings(event: Event, foreign: Mapping[str, JSON], path: Path) -> Iterator[Finding]:
    """What to know about an event's own fields; `foreign` are the labels that are not ours to replace."""
    for name in ("display_name", "owners", "sources", "hidden"):
        if getattr(event, name) not in (None, ()):
            yield finding("label", (*path, name))
    if event.status != "active":
        yield finding("label", (*path, "status"))
    for name in ("owners", "sources"):
        if spoilt := [word for word in getattr(event, name) if not is_writable(word)]:
            yield finding("words", (*path, name), words=", ".join(map(repr, spoilt)))
    if taken := [tag for tag in event.tags if not is_free(tag, foreign)]:
        yield finding("tag", (*path, "tags"), words=", ".join(map(repr, taken)))
    if event.additional_properties is not None:
        yield finding("additional", (*path, "additional_properties"))
    if event.keywords:
        yield finding("invisible", (*path, "keywords"))
    if event.kind != "track":
        yield finding("page", (*path, "kind"))


def plan_findings(plan: TrackingPlan) -> Iterator[Finding]:
    """What to know about the parts of a plan that are no rules."""
    if plan.description:
        yield finding("plan", ("description",))
    if plan.shared_properties:
        yield finding("shared", ("shared_properties",))
    for name, section in (("sources", plan.sources), ("categories", plan.categories)):
        if any(one.description for one in section.values()):
            yield finding("section", (name,), words=name)
    for name, prop in plan.user_properties.items():
        if prop.required:
            yield finding("required-trait", ("user_properties", name, "required"))


_DOUBTFUL = frozenset({"keywords", "pattern", "format", "enum", "display_name", "properties", "items"})
"""The fields of which some values do not survive."""


def is_plain(shape: Shape) -> bool:
    """Whether every field of a shape survives as it is; what does not must be compared to know what is lost."""
    if shape.model_fields_set.isdisjoint(_DOUBTFUL):
        return True
    if shape.keywords or shape.pattern == "" or shape.format == "" or shape.enum == ():
        return False
    if isinstance(shape, Property) and shape.display_name == "":
        return False
    if shape.properties and ("$" in shape.properties or not all(map(is_plain, shape.properties.values()))):
        return False
    return shape.items is None or is_plain(shape.items)
