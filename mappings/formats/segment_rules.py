"""Rules of a Segment tracking plan, whichever file they came in: apis/segment.md sections 4 and 5.

A rule's schema describes the whole message: the event's own properties are one level deeper, under
``properties.properties`` (``properties.traits`` for IDENTIFY and GROUP), beside ``context`` and other message fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from mappings.canonical.jsonschema import Report, event_data
from mappings.canonical.kinds import JSON
from mappings.contract import Path
from mappings.formats.building import Data, PlanBuilder, as_mapping, as_text

TOOL = "segment"
NEVER_DEPRECATED = "0001-01-01"
"""How the zero date begins that stands for "not deprecated": apis/segment.md section 4.2."""
CONSENT = "Segment Consent Preference Updated"
"""A rule that Segment adds by itself and asks not to edit: apis/segment.md section 5.14."""
LIBRARY = "Property Library Rule"
"""The one rule of a plan of type PROPERTY_LIBRARY: apis/segment.md section 4.5."""
UNNAMED = {"PAGE": "Page Viewed", "SCREEN": "Screen Viewed"}
"""What Segment's own documentation calls page and screen events: apis/segment.md section 5.20."""
NOISE = {"id": "/properties/", "$id": "/properties/"}
"""Keywords that the app's editor leaves behind, with the beginning of their values: apis/segment.md section 5.13."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one rule. `schema` is of the whole message; the rest is as the file says it."""

    file: str
    kind: str
    key: JSON
    version: float
    schema: JSON
    description: str = ""
    deprecated_at: str = ""

    @property
    def path(self) -> Path:
        return SECTIONS.get(self.kind, ("events", as_text(self.key)))


SECTIONS: dict[str, Path] = {
    "IDENTIFY": ("user_properties",),
    "GROUP": ("groups", "group"),
    "COMMON": ("extensions", TOOL, "common"),
}
"""Where the rules go that have no name, at most one of each kind."""


@dataclass(frozen=True, slots=True)
class Message:
    """A rule's schema, taken apart: the part that is sent as properties or traits, and everything else."""

    section: Data
    description: str
    labels: Data
    rest: Data
    """A fragment of the schema: what it says about other parts of the message, without noise."""


def take_rules(builder: PlanBuilder, rules: Iterable[Rule]) -> None:
    """Puts the newest version of each rule into the plan, and a finding where others existed."""
    versions: dict[tuple[str, Path], list[Rule]] = {}
    for rule in rules:
        if rule.kind not in TAKERS:
            message = f"{rule.file} has a rule of type {rule.kind!r}, which is none of Segment's; skipped"
            builder.note("warning", "dropped", ("file", rule.file), "rule-type", message)
            continue
        named = _named(builder, rule)
        if named.kind in SECTIONS or builder.is_usable(named.key, "events", named.file):
            versions.setdefault((named.kind, named.path), []).append(named)
    for several in versions.values():
        newest = max(several, key=lambda rule: rule.version)
        _mention_others(builder, newest, several)
        TAKERS[newest.kind](builder, newest)


def _named(builder: PlanBuilder, rule: Rule) -> Rule:
    if rule.key is not None or rule.kind not in UNNAMED:
        return rule
    named = replace(rule, key=UNNAMED[rule.kind])
    builder.note("info", "transformed", named.path, "unnamed-rule", f"this was the {rule.kind} rule without a key")
    return named


def _mention_others(builder: PlanBuilder, newest: Rule, several: list[Rule]) -> None:
    others = sorted(f"{rule.version:g}" for rule in several if rule is not newest)
    if others:
        message = f"version {newest.version:g} is taken; left out: {', '.join(others)}"
        hint = "Events without a version are checked against the oldest one in Segment."
        builder.note("info", "dropped", newest.path, "version", message, hint)


# One function for each type of rule --------------------------------------------------------------------------------


def _take_event(builder: PlanBuilder, rule: Rule) -> None:
    if rule.key == CONSENT:
        text = "Segment adds and keeps this rule by itself; not part of the plan"
        builder.note("info", "dropped", rule.path, "automatic-rule", text)
        return
    message = _take_apart(builder, rule, "properties")
    if rule.key == LIBRARY:
        _take_library(builder, rule, message)
        return
    data = event_data(message.section, builder.report, rule.path)
    if message.description:
        data["description"] = message.description
    if rule.kind != "TRACK":
        data["kind"] = rule.kind.lower()
    if rule.deprecated_at and not rule.deprecated_at.startswith(NEVER_DEPRECATED):
        data["status"] = "deprecated"
    fields, labels = read_labels(message.labels)
    extension = {"labels": labels, "schema": message.rest, "version": rule.version if rule.version != 1 else None}
    if kept := {key: value for key, value in extension.items() if value}:
        data["extensions"] = {TOOL: kept}
    builder.add_event(rule.key, {**data, **fields}, rule.file)


def _take_library(builder: PlanBuilder, rule: Rule, message: Message) -> None:
    data = event_data(message.section, _below(builder, "shared_properties"))
    builder.add_properties("shared_properties", data.pop("properties", {}), rule.file)
    _keep(builder, rule, "library", message, data)


def _below(builder: PlanBuilder, section: str) -> Report:
    """A report that puts what is said about a property of this rule where the property goes."""
    return lambda path, code, message: builder.report((section, *path[1:]), code, message)


def _take_users(builder: PlanBuilder, rule: Rule) -> None:
    message = _take_apart(builder, rule, "traits")
    data = event_data(message.section, _below(builder, "user_properties"))
    builder.add_properties("user_properties", data.pop("properties", {}), rule.file)
    _keep(builder, rule, "identify", message, data)


def _take_group(builder: PlanBuilder, rule: Rule) -> None:
    message = _take_apart(builder, rule, "traits")
    data = event_data(message.section, builder.report, rule.path)
    group = {
        "properties": data.pop("properties", {}),
        "description": message.description or data.pop("description", ""),
    }
    builder.groups["group"] = builder.sound(group, rule.path)
    _keep(builder, rule, "group", Message({}, "", message.labels, message.rest), data)


def _keep(builder: PlanBuilder, rule: Rule, name: str, message: Message, unplaced: Data) -> None:
    kept = {
        **({"description": message.description} if message.description else {}),
        **({"labels": message.labels} if message.labels else {}),
        **({"schema": message.rest} if message.rest else {}),
        **({"section": unplaced} if unplaced else {}),
    }
    if kept:
        builder.extensions.setdefault(TOOL, {})[name] = kept
        text = f"the plan has no place for {', '.join(sorted(kept))} of the {rule.kind} rule; kept for Segment"
        builder.note("info", "transformed", ("extensions", TOOL, name), "kept", text)


def _take_common(builder: PlanBuilder, rule: Rule) -> None:
    message = _take_apart(builder, rule, "properties")
    if message.rest or message.labels or message.description or not is_bare(message.section):
        builder.extensions.setdefault(TOOL, {})["common"] = rule.schema
        text = "the rule for all messages has no counterpart in the plan; kept as it is for Segment"
        builder.note("info", "transformed", rule.path, "common-rule", text)


TAKERS: dict[str, Callable[[PlanBuilder, Rule], None]] = {
    "TRACK": _take_event,
    "PAGE": _take_event,
    "SCREEN": _take_event,
    "IDENTIFY": _take_users,
    "GROUP": _take_group,
    "COMMON": _take_common,
}


# The schema of a message -------------------------------------------------------------------------------------------


def _take_apart(builder: PlanBuilder, rule: Rule, section: str) -> Message:
    schema = without_noise(rule.schema)
    if not isinstance(schema, Mapping):
        if schema is not None:
            text = f"the schema is no object but {type(schema).__name__}; left out"
            builder.note("warning", "dropped", rule.path, "schema", text)
        schema = {}
    parts = schema.get("properties")
    others = {name: part for name, part in as_mapping(parts).items() if name != section and not is_bare(part)}
    own = as_mapping(parts).get(section, {})
    rest = {key: value for key, value in schema.items() if key not in READ_AT_THE_ROOT}
    rest |= _odd_root(schema, section)
    description = as_text(schema.get("description"))
    if not isinstance(own, Mapping):
        others, own = {**others, section: own}, {}
    if description and rule.description not in ("", description):
        text = f"the rule's own description differs from its schema's and is left out: {rule.description}"
        builder.note("info", "dropped", (*rule.path, "description"), "second-description", text)
    if own.get("description") and (description or rule.description):
        others, own = {**others, section: {"description": own["description"]}}, _without(own, "description")
    if others:
        rest["properties"] = others
    return Message(dict(own), description or rule.description, dict(as_mapping(schema.get("labels"))), rest)


READ_AT_THE_ROOT = frozenset({"$schema", "type", "description", "labels", "properties", "required"})


def _odd_root(schema: Mapping[str, JSON], section: str) -> Data:
    """What the keywords in READ_AT_THE_ROOT say beyond what every rule says."""
    required = schema.get("required", [])
    beyond = [name for name in required if name != section] if isinstance(required, list) else required
    odd = {
        "type": schema.get("type", "object") not in ("object", ["object"]),
        "required": bool(beyond) or not isinstance(required, list),
        "description": not isinstance(schema.get("description", ""), str | None),
        "labels": not isinstance(schema.get("labels", {}), Mapping | None),
        "properties": not isinstance(schema.get("properties", {}), Mapping),
    }
    return {**{key: schema[key] for key, is_odd in odd.items() if is_odd}, **({"required": beyond} if beyond else {})}


def is_bare(schema: JSON) -> bool:
    """Whether a part of the message says nothing: ``{}`` and ``{"type": "object"}`` are one."""
    if not isinstance(schema, Mapping):
        return False
    said = {key: value for key, value in schema.items() if value not in ({}, [], "", None)}
    return said in ({}, {"type": "object"}, {"type": ["object"]})


def without_noise(schema: JSON) -> JSON:
    """The schema without what the app's editor leaves behind: apis/segment.md section 5.13.

    Pointers to the node itself, `isNewProperty`, empty labels, and the child ``$`` by which the grid shows an
    array's items. Empty texts, `properties` and `required` are no matter to the reader of schemas.
    """
    if not isinstance(schema, Mapping):
        return schema
    clean = {key: value for key, value in schema.items() if not _is_noise(key, value)}
    if isinstance(clean.get("properties"), Mapping):
        members = clean["properties"].items()
        shown = "items" in clean or _is_array(clean.get("type"))
        clean["properties"] = {name: without_noise(one) for name, one in members if name != "$" or not shown}
    if "items" in clean:
        clean["items"] = without_noise(clean["items"])
    return clean


def _is_array(kind: JSON) -> bool:
    return kind == "array" or (isinstance(kind, list) and "array" in kind)


def _is_noise(key: str, value: JSON) -> bool:
    if key in NOISE:
        return isinstance(value, str) and value.startswith(NOISE[key])
    return key == "isNewProperty" or (key == "labels" and value == {})


def _without(data: Mapping[str, JSON], key: str) -> Data:
    return {name: value for name, value in data.items() if name != key}


# Labels ------------------------------------------------------------------------------------------------------------


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


LABELS: dict[str, Callable[[str], JSON]] = {
    "display_name": lambda value: value or None,
    "category": lambda value: value or None,
    "owners": lambda value: _words(value) or None,
    "sources": lambda value: _words(value) or None,
    "status": lambda value: value if value in ("planned", "active", "deprecated") else None,
    "hidden": {"true": True, "false": False}.get,
}
"""Labels of an event that our mapping to Segment writes, and how their text is read; None leaves the label alone."""


def read_labels(labels: Mapping[str, JSON]) -> tuple[Data, Data]:
    """The event's fields that labels stand for, and the labels that stand for nothing of ours.

    A label with the value ``tag`` is a tag of that name.
    """
    fields: Data = {}
    others: Data = {}
    for key, value in labels.items():
        read = LABELS[key](value) if key in LABELS and isinstance(value, str) else None
        if read is not None:
            fields[key] = read
        elif value == "tag":
            fields.setdefault("tags", []).append(key)
        else:
            others[key] = value
    return fields, others
