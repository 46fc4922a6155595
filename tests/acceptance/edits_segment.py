"""What a person edits in Segment, and what the hub makes of it: edit → (field, verdict, what the tool now says).

The rows follow the default profile: structure is restored, visibility kept, texts and existence proposed.
An empty list says that a plan has no word for the edit, or that it concerns what the hub does not manage.
"""

from __future__ import annotations

from tests.acceptance.tools import Row

ROWS: tuple[Row, ...] = (
    Row(
        {"do": "set-description", "key": "Boat Rented", "value": "New text."},
        [("events.Boat Rented.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "display_name", "value": "Rental"},
        [("events.Boat Rented.display_name", "propose", "Rental")],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "category", "value": "Hire"},
        [("events.Boat Rented.category", "propose", "Hire")],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "category", "value": None},
        [("events.Boat Rented.category", "propose", None)],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "owners", "value": "dana@example.com, lee@example.com"},
        [("events.Boat Rented.owners", "propose", ["dana@example.com", "lee@example.com"])],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "sources", "value": "web"},
        [("events.Boat Rented.sources", "propose", ["web"])],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "status", "value": "deprecated"},
        [("events.Boat Rented.status", "restore", "deprecated")],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "hidden", "value": "true"},
        [("events.Boat Rented.hidden", "keep", True)],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "new", "value": "tag"},
        [("events.Boat Rented.tags", "propose", ["core", "new", "water"])],
    ),
    Row(
        {"do": "set-label", "key": "Boat Rented", "label": "core", "value": None},
        [("events.Boat Rented.tags", "propose", ["water"])],
    ),
    Row({"do": "set-label", "key": "Boat Rented", "label": "team", "value": "harbour"}, []),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "berth", "field": "description", "value": "New text."},
        [("events.Boat Rented.properties.berth.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "kind", "field": "title", "value": "Type"},
        [("events.Boat Rented.properties.kind.display_name", "propose", "Type")],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "berth", "field": "type", "value": "number"},
        [("events.Boat Rented.properties.berth.type", "restore", ["number"])],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "berth", "field": "type", "value": ["string", "null"]},
        [("events.Boat Rented.properties.berth.type", "restore", ["string", "null"])],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "kind", "field": "enum", "value": ["canoe", "raft"]},
        [("events.Boat Rented.properties.kind.enum", "restore", ["canoe", "raft"])],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "berth", "field": "pattern", "value": "^C"},
        [("events.Boat Rented.properties.berth.pattern", "restore", "^C")],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "hours", "field": "minimum", "value": 1},
        [("events.Boat Rented.properties.hours.minimum", "restore", 1)],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "berth", "field": "required", "value": True},
        [("events.Boat Rented.properties.berth.required", "restore", True)],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "hours", "field": "required", "value": False},
        [("events.Boat Rented.properties.hours.required", "restore", None)],
    ),
    Row(
        {
            "do": "set-property",
            "key": "Boat Rented",
            "property": "email",
            "field": "x-sensitivity",
            "value": ["sensitive"],
        },
        [("events.Boat Rented.properties.email.sensitivity", "restore", ["sensitive"])],
    ),
    Row(
        {
            "do": "set-property",
            "key": "Boat Rented",
            "property": ["guest", "name"],
            "field": "description",
            "value": "New text.",
        },
        [("events.Boat Rented.properties.guest.properties.name.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": ["guest", "name"], "field": "required", "value": True},
        [("events.Boat Rented.properties.guest.properties.name.required", "restore", True)],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": ["guest", "age"], "field": "type", "value": "number"},
        [("events.Boat Rented.properties.guest.properties.age", "propose", {"type": ["number"]})],
    ),
    Row(
        {"do": "set-property", "key": "Boat Rented", "property": "weight", "field": "type", "value": "number"},
        [("events.Boat Rented.properties.weight", "propose", {"type": ["number"]})],
    ),
    Row(
        {"do": "remove-property", "key": "Boat Rented", "property": "berth"},
        [("events.Boat Rented.properties.berth", "propose", None)],
    ),
    Row({"do": "remove-rule", "key": "Boat Rented"}, [("events.Boat Rented", "propose", None)]),
    Row({"do": "rename-rule", "key": "Boat Rented", "to": "Boat Hired"}, [("events.Boat Rented", "propose", None)]),
    Row({"do": "add-rule", "key": "Boat Sunk", "description": "x", "properties": {"deep": "number"}}, []),
    Row(
        {
            "do": "replace-rule",
            "key": "Oar Lost",
            "description": "Gone.",
            "labels": {"water": "tag"},
            "properties": {"side": "string"},
            "required": ["side"],
        },
        [
            ("events.Oar Lost.description", "propose", "Gone."),
            ("events.Oar Lost.display_name", "propose", None),
            ("events.Oar Lost.properties.side", "propose", {"type": ["string"], "required": True}),
        ],
    ),
    Row(
        {"do": "set-property", "type": "IDENTIFY", "property": "tier", "field": "description", "value": "New text."},
        [("user_properties.tier.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set-property", "type": "IDENTIFY", "property": "tier", "field": "enum", "value": ["gold"]},
        [("user_properties.tier.enum", "restore", ["gold"])],
    ),
    Row(
        {"do": "set-property", "type": "IDENTIFY", "property": "age", "field": "type", "value": "number"},
        [("user_properties.age", "propose", {"type": ["number"]})],
    ),
    Row({"do": "remove-property", "type": "IDENTIFY", "property": "tier"}, [("user_properties.tier", "propose", None)]),
    Row(
        {"do": "remove-rule", "type": "IDENTIFY"},
        [("user_properties.tier", "propose", None), ("user_properties.visits", "propose", None)],
    ),
    Row(
        {"do": "set-description", "type": "GROUP", "value": "New text."},
        [("groups.club.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set-property", "type": "GROUP", "property": "seats", "field": "description", "value": "New text."},
        [("groups.club.properties.seats.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set-property", "type": "GROUP", "property": "seats", "field": "type", "value": "string"},
        [("groups.club.properties.seats.type", "restore", ["string"])],
    ),
    Row({"do": "remove-rule", "type": "GROUP"}, [("groups.club", "propose", None)]),
    Row({"do": "switch-consent", "on": True}, []),
    Row({"do": "describe-plan", "value": "x"}, []),
)
