"""What a person edits in Mixpanel, and what the hub makes of it: edit → (field, verdict, what the tool now says).

The rows follow the default profile: structure is restored, visibility kept, texts and existence proposed.
An empty list says that a plan has no word for the edit, or that it concerns what the hub does not manage.
"""

from __future__ import annotations

from tests.acceptance.tools import Row

ROWS: tuple[Row, ...] = (
    Row(
        {"do": "set", "name": "Boat Rented", "field": "description", "value": "New text."},
        [("events.Boat Rented.description", "propose", "New text.")],
    ),
    Row(
        {"do": "clear", "name": "Boat Rented", "field": "description"},
        [("events.Boat Rented.description", "propose", None)],
    ),
    Row(
        {"do": "set", "name": "Boat Rented", "field": "displayName", "value": "Rental"},
        [("events.Boat Rented.display_name", "propose", "Rental")],
    ),
    Row(
        {"do": "tag", "name": "Boat Rented", "tag": "new"},
        [("events.Boat Rented.tags", "propose", ["core", "new", "water"])],
    ),
    Row({"do": "untag", "name": "Boat Rented", "tag": "core"}, [("events.Boat Rented.tags", "propose", ["water"])]),
    Row(
        {"do": "tag", "name": "Boat Rented", "tag": "deprecated"},
        [("events.Boat Rented.status", "restore", "deprecated")],
    ),
    Row(
        {"do": "contacts", "name": "Boat Rented", "contacts": ["lee@example.com"]},
        [("events.Boat Rented.owners", "propose", ["lee@example.com"])],
    ),
    Row(
        {"do": "contacts", "name": "Boat Rented", "teams": ["Harbour Team"]},
        [("events.Boat Rented.owners", "propose", ["Harbour Team", "dana@example.com"])],
    ),
    Row({"do": "hide", "name": "Boat Rented"}, [("events.Boat Rented.hidden", "keep", True)]),
    Row({"do": "drop", "name": "Boat Rented"}, []),
    Row(
        {"do": "set", "name": "Boat Rented", "field": "required", "value": ["hours", "berth"]},
        [("events.Boat Rented.properties.berth.required", "restore", True)],
    ),
    Row(
        {"do": "set", "name": "Boat Rented", "field": "required", "value": []},
        [("events.Boat Rented.properties.hours.required", "restore", None)],
    ),
    Row(
        {"do": "set", "name": "Boat Rented", "field": "additionalProperties", "value": False},
        [("events.Boat Rented.additional_properties", "restore", False)],
    ),
    Row({"do": "set", "name": "Boat Rented", "field": "platforms", "value": ["web"]}, []),
    Row(
        {"do": "set", "name": "Boat Rented", "property": "berth", "field": "description", "value": "New text."},
        [("events.Boat Rented.properties.berth.description", "propose", "New text.")],
    ),
    Row(
        {"do": "clear", "name": "Boat Rented", "property": "berth", "field": "description"},
        [("events.Boat Rented.properties.berth.description", "propose", None)],
    ),
    Row(
        {"do": "set", "name": "Boat Rented", "property": "kind", "field": "displayName", "value": "Type"},
        [("events.Boat Rented.properties.kind.display_name", "propose", "Type")],
    ),
    Row(
        {"do": "set", "name": "Boat Rented", "property": "berth", "field": "type", "value": "number"},
        [("events.Boat Rented.properties.berth.type", "restore", ["number"])],
    ),
    Row(
        {"do": "hide", "name": "Boat Rented", "property": "berth"},
        [("events.Boat Rented.properties.berth.hidden", "keep", True)],
    ),
    Row({"do": "drop", "name": "Boat Rented", "property": "berth"}, []),
    Row({"do": "set", "name": "Boat Rented", "property": "berth", "field": "format", "value": "email"}, []),
    Row({"do": "set", "name": "Boat Rented", "property": "berth", "field": "examples", "value": ["B1"]}, []),
    Row(
        {
            "do": "add_property",
            "name": "Boat Rented",
            "property": "weight",
            "schema": {"type": "number", "description": "kg"},
        },
        [("events.Boat Rented.properties.weight", "propose", {"type": ["number"], "description": "kg"})],
    ),
    Row(
        {"do": "remove_property", "name": "Boat Rented", "property": "berth"},
        [("events.Boat Rented.properties.berth", "propose", None)],
    ),
    Row(
        {"do": "unknown_type", "name": "Boat Rented", "property": "berth"},
        [("events.Boat Rented.properties.berth.type", "restore", None)],
    ),
    Row({"do": "remove", "name": "Boat Rented"}, [("events.Boat Rented", "propose", None)]),
    Row({"do": "add", "name": "Boat Sunk", "schema": {"description": "x"}}, []),
    Row({"do": "rename_tag", "tag": "core", "to": "kern"}, [("events.Boat Rented.tags", "propose", ["kern", "water"])]),
    Row({"do": "ingest", "event": "Boat Rented", "properties": {"stray": "string"}}, []),
    Row({"do": "ingest", "event": "Stray", "properties": {"stray": "string"}}, []),
    Row(
        {"do": "set", "type": "profile", "property": "tier", "field": "description", "value": "New text."},
        [("user_properties.tier.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set", "type": "profile", "property": "tier", "field": "type", "value": "number"},
        [("user_properties.tier.type", "restore", ["number"])],
    ),
    Row(
        {"do": "set", "type": "profile", "property": "tier", "field": "displayName", "value": "Rank"},
        [("user_properties.tier.display_name", "propose", "Rank")],
    ),
    Row({"do": "hide", "type": "profile", "property": "tier"}, [("user_properties.tier.hidden", "keep", True)]),
    Row(
        {"do": "add_property", "type": "profile", "property": "age", "schema": {"type": "number"}},
        [("user_properties.age", "propose", {"type": ["number"]})],
    ),
    Row({"do": "remove_property", "type": "profile", "property": "tier"}, [("user_properties.tier", "propose", None)]),
    Row({"do": "add", "type": "group", "name": "club", "schema": {"description": "x"}}, []),
    Row({"do": "add", "type": "custom_event", "name": "$custom:1", "schema": {"description": "x"}}, []),
)
