"""The `plan.json` of Segment's typewriter, in both shapes that it wrote over the years.

The older one is an answer of the retired Config API: ``rules.events[].rules`` beside ``global``, ``identify`` and
``group``. The newer one lists rules of the Public API, each schema *flattened* (the event's properties at its root) and
marked with ``eventMetadata``. See apis/segment.md sections 4.3 and 9.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mappings.canonical.kinds import JSON
from mappings.contract import Reading
from mappings.formats.building import Data, PlanBuilder, as_mapping, as_text
from mappings.formats.segment import api_rules, as_version, is_flattened
from mappings.formats.segment_rules import TOOL, Rule, take_rules

EXPECTED = 'a plan.json as typewriter writes it: an object whose "rules" are a list, or an object with "events"'
UNNAMED = {"global": "COMMON", "identify": "IDENTIFY", "group": "GROUP"}
TRAITS = ("identify_traits", "group_traits")
IDENTITY = ("id", "resourceSchemaId", "type")
OF_THE_MESSAGE = ("$schema", "description", "labels")
"""Keywords of a flattened schema that are about the event; all others are about its properties."""


def read(documents: Mapping[str, JSON]) -> Reading:
    """The plan of one or several files. Raises FormatError where none is a plan.json."""
    builder = PlanBuilder("typewriter", EXPECTED)
    rules: list[Rule] = []
    for file, document in builder.documents(documents):
        found = as_mapping(document).get("rules")
        if isinstance(found, list):
            rules.extend(map(_nested, api_rules(builder, file, found)))
        elif isinstance(found, Mapping):
            rules.extend(_config_rules(builder, file, found))
        else:
            builder.reject(file)
            continue
        _take_head(builder, document)
    take_rules(builder, rules)
    return builder.reading()


def _take_head(builder: PlanBuilder, head: Mapping[str, JSON]) -> None:
    builder.name = builder.name or as_text(head.get("display_name")) or as_text(head.get("name"))
    builder.description = builder.description or as_text(head.get("description"))
    identity = {key: head[key] for key in IDENTITY if key in head}
    if "display_name" in head and "name" in head:  # the Config API's name is a resource path
        identity["name"] = head["name"]
    if identity:
        builder.extensions.setdefault(TOOL, {}).setdefault("plan", identity)


# Public API shape --------------------------------------------------------------------------------------------------


def _nested(rule: Rule) -> Rule:
    """The rule with the schema of the whole message again."""
    schema = rule.schema
    if not isinstance(schema, Mapping) or "eventMetadata" not in schema:
        return rule
    meta = as_mapping(schema["eventMetadata"])
    known = {key: schema[key] for key in OF_THE_MESSAGE if key in schema}
    section = {key: value for key, value in schema.items() if key not in (*OF_THE_MESSAGE, "eventMetadata")}
    beyond = {
        key: value for key, value in meta.items() if (key, value) not in (("name", rule.key), ("type", rule.kind))
    }
    layer = "traits" if rule.kind in ("IDENTIFY", "GROUP") else "properties"
    nested: Data = {**known, "properties": {layer: section}}
    if beyond:
        nested["eventMetadata"] = beyond
    return replace(rule, schema=nested)


# Config API shape --------------------------------------------------------------------------------------------------


def _config_rules(builder: PlanBuilder, file: str, sections: Mapping[str, JSON]) -> Iterator[Rule]:
    for name, value in sections.items():
        if name == "events" and isinstance(value, list):
            yield from _config_events(builder, file, value)
        elif name in UNNAMED:
            yield Rule(file, UNNAMED[name], None, 1, value)
        elif name in TRAITS and isinstance(value, list):
            _keep_traits(builder, name, value)
        else:
            message = f"rules.{name} is not understood; skipped"
            builder.note("warning", "dropped", ("file", file, name), "section", message)


def _config_events(builder: PlanBuilder, file: str, events: list[JSON]) -> Iterator[Rule]:
    for index, event in enumerate(events):
        if not isinstance(event, Mapping):
            message = f"entry {index} of the events is no rule; skipped"
            builder.note("warning", "dropped", ("file", file, str(index)), "no-rule", message)
            continue
        version, text = as_version(event.get("version")), as_text(event.get("description"))
        rule = Rule(file, "TRACK", event.get("name"), version, event.get("rules"), text)
        if unknown := sorted(set(event) - {"name", "description", "version", "rules"}):
            message = f"not taken over: {', '.join(unknown)}"
            builder.note("info", "dropped", rule.path, "rule-fields", message)
        yield rule


def _keep_traits(builder: PlanBuilder, name: str, traits: list[JSON]) -> None:
    if traits:
        builder.extensions.setdefault(TOOL, {})[name] = traits
        message = "a list of traits of the retired Config API, whose meaning is not documented; kept as it is"
        builder.note("info", "transformed", ("extensions", TOOL, name), "kept", message)


def sniff(data: JSON) -> bool:
    """Whether this looks like either shape."""
    rules = as_mapping(data).get("rules")
    return is_flattened(rules) or "events" in as_mapping(rules)
