"""What a person edits in Iglu, and what the hub makes of it: edit → (field, verdict, what the tool now says).

The rows follow the default profile: structure is restored, visibility kept, texts and existence proposed.
An empty list says that a plan has no word for the edit, or that it concerns what the hub does not manage.
"""

from __future__ import annotations

from tests.acceptance.tools import Revision, Row

ROWS: tuple[Row, ...] = (
    Row(
        Revision("boat_rented", "1-0-1", "description", "New text."),
        [("events.Boat Rented.description", "propose", "New text.")],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "title", "Rental"), [("events.Boat Rented.display_name", "propose", "Rental")]
    ),
    Row(Revision("boat_rented", "1-0-1", "x-category", "Hire"), [("events.Boat Rented.category", "propose", "Hire")]),
    Row(
        Revision("boat_rented", "1-0-1", "x-tags", ["core", "new", "water"]),
        [("events.Boat Rented.tags", "propose", ["core", "new", "water"])],
    ),
    Row(Revision("boat_rented", "1-0-1", "x-tags", ["water"]), [("events.Boat Rented.tags", "propose", ["water"])]),
    Row(
        Revision("boat_rented", "1-0-1", "x-owners", ["lee@example.com"]),
        [("events.Boat Rented.owners", "propose", ["lee@example.com"])],
    ),
    Row(Revision("boat_rented", "1-0-1", "x-hidden", True), [("events.Boat Rented.hidden", "keep", True)]),
    Row(
        Revision("boat_rented", "1-0-1", "x-status", "deprecated"),
        [("events.Boat Rented.status", "restore", "deprecated")],
    ),
    Row(Revision("boat_rented", "1-0-1", "x-sources", ["web"]), [("events.Boat Rented.sources", "propose", ["web"])]),
    Row(
        Revision("boat_rented", "1-0-1", "x-team", "harbour"),
        [("events.Boat Rented.keywords", "restore", {"x-team": "harbour"})],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "additionalProperties", False),
        [("events.Boat Rented.additional_properties", "restore", False)],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/berth/description", "New text."),
        [("events.Boat Rented.properties.berth.description", "propose", "New text.")],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/kind/title", "Type"),
        [("events.Boat Rented.properties.kind.display_name", "propose", "Type")],
    ),
    Row(
        Revision("boat_rented", "1-1-0", "properties/kind/enum", ["canoe", "kayak", "raft"]),
        [("events.Boat Rented.properties.kind.enum", "restore", ["canoe", "kayak", "raft"])],
    ),
    Row(
        Revision("boat_rented", "2-0-0", "properties/berth/pattern", "^C"),
        [("events.Boat Rented.properties.berth.pattern", "restore", "^C")],
    ),
    Row(
        Revision("boat_rented", "2-0-0", "required", ["berth", "hours"]),
        [("events.Boat Rented.properties.berth.required", "restore", True)],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/weight", {"type": "number", "description": "kg"}),
        [("events.Boat Rented.properties.weight", "propose", {"type": ["number"], "description": "kg"})],
    ),
    Row(
        Revision("boat_rented", "2-0-0", "properties/berth", None),
        [("events.Boat Rented.properties.berth", "propose", None)],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/email/x-sensitivity", ["sensitive"]),
        [("events.Boat Rented.properties.email.sensitivity", "restore", ["sensitive"])],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/guest/properties/name/description", "New text."),
        [("events.Boat Rented.properties.guest.properties.name.description", "propose", "New text.")],
    ),
    Row(
        Revision("user_properties", "1-0-1", "properties/tier/description", "New text."),
        [("user_properties.tier.description", "propose", "New text.")],
    ),
    Row(
        Revision("user_properties", "2-0-0", "properties/tier/enum", ["gold"]),
        [("user_properties.tier.enum", "restore", ["gold"])],
    ),
    Row(
        Revision("user_properties", "1-0-1", "properties/age", {"type": "number"}),
        [("user_properties.age", "propose", {"type": ["number"]})],
    ),
    Row(
        Revision("group_club", "1-0-1", "description", "New text."),
        [("groups.club.description", "propose", "New text.")],
    ),
    Row(
        Revision("group_club", "1-0-1", "properties/seats/description", "New text."),
        [("groups.club.properties.seats.description", "propose", "New text.")],
    ),
    # Whose schema it is: another name or kind takes it from the thing it was, and never makes a second schema.
    Row(Revision("boat_rented", "1-0-1", "x-name", "Boat Hired"), [("events.Boat Rented", "propose", None)]),
    Row(Revision("boat_rented", "1-0-1", "x-name", "Boat Returned"), [("events.Boat Rented", "propose", None)]),
    Row(Revision("boat_rented", "1-0-1", "x-name", None), [("events.Boat Rented", "propose", None)]),
    Row(Revision("boat_rented", "1-0-1", "x-kind", "user"), [("events.Boat Rented", "propose", None)]),
    Row(Revision("boat_rented", "1-0-1", "x-kind", "group"), [("events.Boat Rented", "propose", None)]),
    Row(Revision("boat_rented", "1-0-1", "x-kind", "page"), [("events.Boat Rented.kind", "restore", "page")]),
    Row(Revision("group_club", "1-0-1", "x-name", "team"), [("groups.club", "propose", None)]),
    Row(
        Revision("user_properties", "1-0-1", "x-kind", None),
        [("user_properties.tier", "propose", None), ("user_properties.visits", "propose", None)],
    ),
    # What people say about properties.
    Row(
        Revision("boat_rented", "1-0-1", "properties/berth/x-owners", ["lee@example.com"]),
        [("events.Boat Rented.properties.berth.owners", "propose", ["lee@example.com"])],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/berth/x-tags", ["new"]),
        [("events.Boat Rented.properties.berth.tags", "propose", ["new"])],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/berth/x-hidden", True),
        [("events.Boat Rented.properties.berth.hidden", "keep", True)],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/berth/x-status", "deprecated"),
        [("events.Boat Rented.properties.berth.status", "restore", "deprecated")],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/berth/examples", ["B7"]),
        [("events.Boat Rented.properties.berth.examples", "propose", ["B7"])],
    ),
    Row(
        Revision("boat_rented", "1-0-1", "properties/email/x-sensitivity", None),
        [("events.Boat Rented.properties.email.sensitivity", "restore", None)],
    ),
    Row(
        Revision("user_properties", "1-0-1", "properties/tier/x-tags", ["new"]),
        [("user_properties.tier.tags", "propose", ["new"])],
    ),
    Row(
        Revision("group_club", "1-0-1", "properties/seats/x-sensitivity", ["pii"]),
        [("groups.club.properties.seats.sensitivity", "restore", ["pii"])],
    ),
    Row(
        Revision("boat_rented", "1-0-0!", "description", "Patched."),
        [("events.Boat Rented.description", "propose", "Patched.")],
    ),
    Row(
        {"do": "delete", "uri": "iglu:com.acme/boat_rented/jsonschema/1-0-0"}, [("events.Boat Rented", "propose", None)]
    ),
    Row({"do": "duplicate", "uri": "iglu:com.acme/boat_rented/jsonschema/1-0-0"}, []),
    Row({"do": "republish", "vendor": "com.acme", "name": "boat_rented", "isPublic": True}, []),
    Row(
        {
            "do": "insert",
            "uri": "iglu:com.acme/boat_sunk/jsonschema/1-0-0",
            "content": {"type": "object", "description": "x"},
        },
        [],
    ),
)
