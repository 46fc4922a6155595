"""The published JSON Schema of the plan file: what editors complete and other programs check.

The structure comes from the model; what a model cannot say (a word where a list is meant, names that must not be
empty, a sentence for each field) is added here. `docs/plan.schema.json` is the output, kept equal by a test.
"""

from __future__ import annotations

from typing import Any

from mappings.canonical.kinds import JSON, SENSITIVITIES
from mappings.canonical.plan import TrackingPlan

SCHEMA_ID = "urn:schema-sync-hub:plan-format:1"

_ONE_OR_MANY = frozenset({"type", "enum", "examples", "owners", "tags", "sources", "sensitivity", "require"})
"""Fields that take one item without the list around it."""

_NAMED = frozenset({"events", "user_properties", "groups", "shared_properties"})
"""Sections of the plan whose names must not be empty."""

_ABOUT_DEFS = {
    "AuthorityRow": "Who has the last word about a field. The first row that matches holds.",
    "Category": "A heading under which events are listed.",
    "Conventions": "What this plan asks of itself. A violation is a finding of the check, not an error of the file.",
    "Event": "Something a user or a system does, with what is sent along.",
    "GroupType": "A kind of group that users belong to, such as a company, with its properties.",
    "Moved": "A rename: the thing is still the same, only its name changed.",
    "Property": "A value sent with an event or known about a user or group: its structure, and what people say of it.",
    "Removed": "An explicit deletion. What is merely not listed is left alone in every tool.",
    "Shape": "The structure of the items of an array.",
    "Source": "Where events come from: a web site, an app, a service.",
}

_ABOUT_FIELDS = {
    "additional_properties": "Whether properties that are not listed may be sent. Leave it out to say nothing.",
    "authority": "Who has the last word about which field; these rows come before those of hub.toml.",
    "approval": "Whether a publish needs another person's approval.",
    "categories": "The headings that events use, by name.",
    "category": "The heading under which the event is listed.",
    "const": "The one allowed value.",
    "conventions": "What this plan asks of itself.",
    "date": "The day of the decision, as text: YYYY-MM-DD, in quotes for other YAML readers.",
    "description": "What it means, for the people who read the data.",
    "display_name": "What people see instead of the name, in tools that can tell the two apart.",
    "enum": "The allowed values.",
    "event_names": "Title Case, snake_case, camelCase, or a regular expression between slashes.",
    "events": "The events, by name.",
    "examples": "Values as they occur.",
    "exclusive_maximum": "The value must be below this.",
    "exclusive_minimum": "The value must be above this.",
    "extensions": "What only one tool understands, by tool, kept word for word.",
    "format": "The form of a text, such as date-time, email or uri.",
    "groups": "The kinds of groups that users belong to, by name.",
    "hidden": "Whether tools hide it from their menus. Leave it out to leave that to the tools.",
    "id": "A stable identity. Only needed where the name is not enough.",
    "items": "The structure of each item of an array.",
    "keywords": "JSON Schema keywords that have no field of their own here, kept word for word.",
    "kind": "track for an ordinary event, page or screen for views, entity for what is sent along with other events.",
    "max_items": "The largest number of items.",
    "max_length": "The largest number of characters.",
    "maximum": "The value must not be above this.",
    "min_items": "The smallest number of items.",
    "min_length": "The smallest number of characters.",
    "minimum": "The value must not be below this.",
    "moved": "Renames, oldest first.",
    "multiple_of": "The value must be a multiple of this.",
    "names": "Other spellings in single tools, by tool.",
    "owners": "Who answers for it: people or teams.",
    "pattern": "A regular expression that a text must match.",
    "properties": "What is sent along, by name.",
    "property_names": "Title Case, snake_case, camelCase, or a regular expression between slashes.",
    "reason": "Why it was removed.",
    "removed": "Explicit deletions.",
    "require": "What every event must have.",
    "required": "Whether it must be sent.",
    "sensitivity": "Classes of personal or confidential data, such as pii, revenue or sensitive.",
    "shared": "The name of a shared property. What is written beside it wins.",
    "shared_properties": "A library of properties that events refer to by name.",
    "sources": "Where it comes from.",
    "status": "Where it is in its life; active when nothing is said.",
    "tags": "Free words to find it by.",
    "type": "The kinds of value allowed. Add null where it may be null; leave it out to allow any value.",
    "unique_items": "Whether items must differ from each other.",
    "user_properties": "What is known about users, by name.",
}

_ABOUT_PLACES = {
    ("AuthorityRow", "field"): "A pattern over names of fields, such as description or *.",
    ("AuthorityRow", "policy"): "What happens to an edit in a tool: plan restores, propose asks, tool lets it stand.",
    ("AuthorityRow", "status"): "Only events with this status.",
    ("AuthorityRow", "tag"): "Only events with this tag.",
    ("AuthorityRow", "target"): "A pattern over names of targets.",
    ("TrackingPlan", "extensions"): "What only one tool understands of the plan as a whole, by tool.",
    ("TrackingPlan", "format"): "The version of this format.",
    ("TrackingPlan", "name"): "The name of the plan.",
    ("TrackingPlan", "sources"): "Where events come from, by name.",
    ("Moved", "event"): "The current name of the event, when a property of it was renamed.",
    ("Moved", "from"): "The old name.",
    ("Moved", "group"): "The group whose property was renamed; goes with the scope group.",
    ("Moved", "scope"): "What was renamed: an event or its property, a user property, or a property of a group.",
    ("Moved", "to"): "The new name.",
    ("Removed", "event"): "The event that was removed, or whose property was.",
    ("Removed", "property"): "The property that was removed: of the event, or of users when there is no event.",
}

_EXAMPLES: dict[str, list[JSON]] = {
    "type": ["string", ["integer", "null"]],
    "owners": ["growth", ["dana@example.com", "growth"]],
    "tags": [["checkout", "web"]],
    "sensitivity": list(SENSITIVITIES),
    "format": ["date-time", "email", "uri"],
    "pattern": ["^[A-Z]{3}$"],
    "event_names": ["Title Case", "/^[a-z_]+$/"],
    "property_names": ["snake_case"],
    "names": [{"mixpanel": "order_completed"}],
}


def plan_schema() -> dict[str, JSON]:
    """The JSON Schema (2020-12) of a plan file; `$defs/EventFile` is that of one file of a plan folder's `events`.

    It accepts what `TrackingPlan` accepts of plain data under the names that files use.
    """
    made = TrackingPlan.model_json_schema(by_alias=True)
    defs = {name: _finished(name, made["$defs"][name]) for name in sorted(made["$defs"])}
    defs["EventFile"] = _event_file(defs["Event"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Tracking plan",
        "description": "One tracking plan, as one file. In a folder, plan.yaml is this without events.",
        **_finished("TrackingPlan", made),
        "$defs": defs,
    }


def _finished(model: str, made: dict[str, Any]) -> dict[str, JSON]:
    """One object of the schema with a sentence for each of its fields, in the order of the model."""
    fields = {field: _field(model, field, schema) for field, schema in made["properties"].items()}
    done: dict[str, JSON] = {"description": _ABOUT_DEFS[model]} if model in _ABOUT_DEFS else {}
    done |= {"type": "object", "additionalProperties": False, "properties": fields}
    return done | ({"required": made["required"]} if "required" in made else {})


def _field(model: str, field: str, made: dict[str, Any]) -> dict[str, JSON]:
    schema = _plain(made)
    if field in _ONE_OR_MANY and schema.get("type") != "object":
        schema = _one_or_many(schema)
    if field in _NAMED:
        schema["propertyNames"] = {"minLength": 1}
    about = _ABOUT_PLACES.get((model, field)) or _ABOUT_FIELDS[field]
    examples = {"examples": _EXAMPLES[field]} if field in _EXAMPLES else {}
    return {"description": about, **schema, **examples}


def _plain(made: dict[str, Any]) -> dict[str, JSON]:
    """Without generated titles and defaults, and with `[kind, "null"]` for a choice between a kind and null."""
    schema = {keyword: value for keyword, value in made.items() if keyword not in ("title", "default")}
    if "anyOf" not in schema:
        return schema
    kinds = [option.get("type") for option in schema["anyOf"]]
    if "integer" in kinds and "number" in kinds:
        return {"type": ["number", "null"]}
    if len(kinds) == 2 and kinds[1] == "null" and kinds[0] is not None:
        return {**schema["anyOf"][0], "type": [kinds[0], "null"]}
    return schema


def _one_or_many(schema: dict[str, Any]) -> dict[str, JSON]:
    """A list, or its single item where that is a text."""
    items = schema["items"]
    single = items if items.get("type") == "string" else {"type": "string"}
    return {"anyOf": [single, schema]}


def _event_file(event: dict[str, Any]) -> dict[str, JSON]:
    name = {"description": "The name of the event.", "type": "string", "minLength": 1}
    return {
        **event,
        "description": "One event of a plan folder: its name beside its fields.",
        "properties": {"name": name, **event["properties"]},
        "required": ["name"],
    }
