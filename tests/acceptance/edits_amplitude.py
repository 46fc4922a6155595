"""What a person edits in Amplitude, and what the hub makes of it: edit → (field, verdict, what the tool now says).

The rows follow the default profile: structure is restored, visibility kept, texts and existence proposed.
An empty list says that a plan has no word for the edit, or that it concerns what the hub does not manage.
"""

from __future__ import annotations

from tests.acceptance.tools import Row

ROWS: tuple[Row, ...] = (
    Row(
        {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"description": "New text."}},
        [("events.Boat Rented.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"description": None}},
        [("events.Boat Rented.description", "propose", None)],
    ),
    Row(
        {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"category": None}},
        [("events.Boat Rented.category", "propose", None)],
    ),
    Row(
        {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"tags": ["core", "water", "new"]}},
        [("events.Boat Rented.tags", "propose", ["core", "new", "water"])],
    ),
    Row(
        {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"tags": ["core"]}},
        [("events.Boat Rented.tags", "propose", ["core"])],
    ),
    Row(
        {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"tags": ["core", "deprecated", "water"]}},
        [("events.Boat Rented.status", "restore", "deprecated")],
    ),
    Row(
        {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"owner": "lee@example.com"}},
        [("events.Boat Rented.owners", "propose", ["lee@example.com"])],
    ),
    Row(
        {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"owner": None}},
        [("events.Boat Rented.owners", "propose", None)],
    ),
    Row({"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"is_active": False}}, []),
    Row({"do": "hide", "entity": "event", "name": "Boat Rented"}, [("events.Boat Rented.hidden", "keep", True)]),
    Row(
        {"do": "rename", "entity": "event", "name": "Boat Rented", "to": "Boat Hired"},
        [("events.Boat Rented", "propose", None)],
    ),
    Row({"do": "delete", "entity": "event", "name": "Boat Rented"}, [("events.Boat Rented", "propose", None)]),
    Row({"do": "add", "entity": "event", "name": "Boat Sunk", "fields": {"description": "x"}}, []),
    Row({"do": "set_state", "entity": "event", "name": "Boat Rented", "state": "blocked"}, []),
    Row(
        {"do": "set_state", "entity": "event", "name": "Boat Rented", "state": "unexpected"},
        [("events.Boat Rented", "propose", None)],
    ),
    Row(
        {"do": "rename", "entity": "category", "name": "Rental", "to": "Hire"},
        [("events.Boat Rented.category", "propose", "Hire")],
    ),
    Row(
        {"do": "set", "entity": "event", "name": "Oar Lost", "fields": {"display_name": "Oar gone"}},
        [("events.Oar Lost.display_name", "propose", "Oar gone")],
    ),
    Row({"do": "hide", "entity": "event", "name": "Oar Lost"}, [("events.Oar Lost.hidden", "keep", True)]),
    Row({"do": "delete", "entity": "event", "name": "Oar Lost"}, [("events.Oar Lost", "propose", None)]),
    Row({"do": "delete", "entity": "category", "name": "Rental"}, [("events.Boat Rented.category", "propose", None)]),
    Row({"do": "add", "entity": "category", "name": "Empty"}, []),
    Row(
        {"do": "set", "entity": "event_property", "name": "berth", "fields": {"description": "New text."}},
        [("events.Boat Rented.properties.berth.description", "propose", "New text.")],
    ),
    Row(
        {
            "do": "set",
            "entity": "event_property",
            "name": "berth",
            "fields": {"description": "New text."},
            "on": "Boat Rented",
        },
        [("events.Boat Rented.properties.berth.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set", "entity": "event_property", "name": "hours", "fields": {"type": "string"}, "on": "Boat Rented"},
        [("events.Boat Rented.properties.hours.type", "restore", ["string"])],
    ),
    Row(
        {
            "do": "set",
            "entity": "event_property",
            "name": "hours",
            "fields": {"is_required": False},
            "on": "Boat Rented",
        },
        [("events.Boat Rented.properties.hours.required", "restore", None)],
    ),
    Row(
        {
            "do": "set",
            "entity": "event_property",
            "name": "berth",
            "fields": {"is_required": True},
            "on": "Boat Rented",
        },
        [("events.Boat Rented.properties.berth.required", "restore", True)],
    ),
    Row(
        {
            "do": "set",
            "entity": "event_property",
            "name": "kind",
            "fields": {"enum_values": ["canoe", "raft"]},
            "on": "Boat Rented",
        },
        [("events.Boat Rented.properties.kind.enum", "restore", ["canoe", "raft"])],
    ),
    Row(
        {"do": "set", "entity": "event_property", "name": "berth", "fields": {"regex": "^C"}, "on": "Boat Rented"},
        [("events.Boat Rented.properties.berth.pattern", "restore", "^C")],
    ),
    Row(
        {
            "do": "set",
            "entity": "event_property",
            "name": "berth",
            "fields": {"is_array_type": True},
            "on": "Boat Rented",
        },
        [
            ("events.Boat Rented.properties.berth.items", "restore", {"type": ["string"], "pattern": "^B[0-9]+$"}),
            ("events.Boat Rented.properties.berth.pattern", "restore", None),
            ("events.Boat Rented.properties.berth.type", "restore", ["array"]),
        ],
    ),
    Row(
        {
            "do": "set",
            "entity": "event_property",
            "name": "extras",
            "fields": {"is_array_type": False},
            "on": "Boat Rented",
        },
        [
            ("events.Boat Rented.properties.extras.items", "restore", None),
            ("events.Boat Rented.properties.extras.type", "restore", ["string"]),
        ],
    ),
    Row(
        {"do": "set", "entity": "event_property", "name": "email", "fields": {"classifications": []}},
        [("events.Boat Rented.properties.email.sensitivity", "restore", None)],
    ),
    Row(
        {"do": "set", "entity": "event_property", "name": "email", "fields": {"classifications": ["PII", "SENSITIVE"]}},
        [("events.Boat Rented.properties.email.sensitivity", "restore", ["pii", "sensitive"])],
    ),
    Row(
        {"do": "hide", "entity": "event_property", "name": "berth", "on": "Boat Rented"},
        [("events.Boat Rented.properties.berth.hidden", "keep", True)],
    ),
    Row(
        {"do": "hide", "entity": "event_property", "name": "berth"},
        [("events.Boat Rented.properties.berth.hidden", "keep", True)],
    ),
    Row(
        {"do": "delete", "entity": "event_property", "name": "berth", "on": "Boat Rented"},
        [("events.Boat Rented.properties.berth", "propose", None)],
    ),
    Row(
        {"do": "delete", "entity": "event_property", "name": "berth"},
        [("events.Boat Rented.properties.berth", "propose", None)],
    ),
    Row(
        {"do": "rename", "entity": "event_property", "name": "berth", "to": "place"},
        [
            ("events.Boat Rented.properties.berth", "propose", None),
            (
                "events.Boat Rented.properties.place",
                "propose",
                {"type": ["string"], "pattern": "^B[0-9]+$", "description": "Where it lay."},
            ),
        ],
    ),
    Row(
        {
            "do": "add",
            "entity": "event_property",
            "name": "weight",
            "on": "Boat Rented",
            "fields": {"type": "number", "description": "kg"},
        },
        [("events.Boat Rented.properties.weight", "propose", {"type": ["number"], "description": "kg"})],
    ),
    Row(
        {"do": "share", "entity": "event_property", "name": "hours", "on": "Boat Returned"},
        [
            ("events.Boat Returned.properties.hours.description", "propose", "How long."),
            ("events.Boat Returned.properties.hours.required", "restore", True),
        ],
    ),
    Row(
        {"do": "set", "entity": "user_property", "name": "gp:tier", "fields": {"description": "New text."}},
        [("user_properties.tier.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set", "entity": "user_property", "name": "gp:tier", "fields": {"enum_values": ["gold"]}},
        [("user_properties.tier.enum", "restore", ["gold"])],
    ),
    Row(
        {"do": "set", "entity": "user_property", "name": "gp:visits", "fields": {"type": "string"}},
        [("user_properties.visits.type", "restore", ["string"])],
    ),
    Row({"do": "hide", "entity": "user_property", "name": "gp:tier"}, [("user_properties.tier.hidden", "keep", True)]),
    Row(
        {"do": "set", "entity": "user_property", "name": "gp:tier", "fields": {"classifications": ["PII"]}},
        [("user_properties.tier.sensitivity", "restore", ["pii"])],
    ),
    Row(
        {"do": "rename", "entity": "user_property", "name": "gp:tier", "to": "gp:rank"},
        [
            (
                "user_properties.rank",
                "propose",
                {"type": ["string"], "enum": ["gold", "silver"], "description": "Level."},
            ),
            ("user_properties.tier", "propose", None),
        ],
    ),
    Row({"do": "delete", "entity": "user_property", "name": "gp:tier"}, [("user_properties.tier", "propose", None)]),
    Row(
        {"do": "add", "entity": "user_property", "name": "gp:age", "fields": {"type": "number"}},
        [("user_properties.age", "propose", {"type": ["number"]})],
    ),
    Row(
        {
            "do": "set",
            "entity": "group_property",
            "name": "grp:seats",
            "fields": {"description": "New text."},
            "on": "club",
        },
        [("groups.club.properties.seats.description", "propose", "New text.")],
    ),
    Row(
        {"do": "set", "entity": "group_property", "name": "grp:seats", "fields": {"type": "string"}, "on": "club"},
        [("groups.club.properties.seats.type", "restore", ["string"])],
    ),
    Row(
        {"do": "hide", "entity": "group_property", "name": "grp:seats", "on": "club"},
        [("groups.club.properties.seats.hidden", "keep", True)],
    ),
    Row(
        {"do": "add", "entity": "group_property", "name": "grp:city", "fields": {"type": "string"}, "on": "club"},
        [("groups.club.properties.city", "propose", {"type": ["string"]})],
    ),
    Row({"do": "ingest", "event": "Boat Rented", "properties": ["hours"], "count": 3}, []),
    Row({"do": "ingest", "event": "Stray", "properties": ["x"]}, []),
    Row({"do": "ingest", "event": "Boat Rented", "properties": ["stray"]}, []),
)
