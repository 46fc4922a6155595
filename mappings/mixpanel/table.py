"""What corresponds to what between a plan and the Lexicon, and what is lost, as data (apis/mixpanel.md section 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mappings.canonical.kinds import JSON, Property
from mappings.canonical.plan import Event
from mappings.contract import Effect, Finding, Path, Severity

TOOL = "mixpanel"


@dataclass(frozen=True, slots=True)
class Loss:
    """A kind of finding; `message` may have places for values, as in `str.format`."""

    severity: Severity
    effect: Effect
    code: str
    message: str
    hint: str

    def at(self, path: Path, **values: object) -> Finding:
        message = self.message.format(**values) if values else self.message
        return Finding(self.severity, self.effect, path, f"{TOOL}.{self.code}", message, self.hint)


# What is the same on both sides -------------------------------------------------------------------------------

TEXTS = (("description", "description"), ("display_name", "displayName"))
"""(field of the plan, key of the document), for events and properties alike."""

OWNED_BY_PLAN = frozenset(
    {
        "description",
        "displayName",
        "tags",
        "contacts",
        "teamContacts",
        "additionalProperties",
        "properties",
        "required",
    }
)
"""Keys of an entity that the plan decides; all others stay as the Lexicon has them."""
PROPERTY_OWNED_BY_PLAN = frozenset({"type", "description", "displayName"})

READABLE = OWNED_BY_PLAN | {"hidden", "dropped"}
PROPERTY_READABLE = PROPERTY_OWNED_BY_PLAN | {"hidden", "dropped"}
"""Keys that have a meaning for a plan; others get a finding when they are read."""

STATUS_TAGS = ("deprecated", "planned")
"""A lifecycle status is said with a tag of that word; where both stand, the first one is the status."""

E_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
"""An owner who looks like this is a contact, any other one a team."""

# What is lost of an event -------------------------------------------------------------------------------------

_SAY_IT = "Say it in the description if readers of the Lexicon need it."

EVENT_LOSSES: dict[str, Loss] = {
    "kind": Loss(
        "warning",
        "dropped",
        "kind",
        "Mixpanel does not tell pages and screens from other events.",
        "Nothing to do; the event is published as an ordinary one.",
    ),
    "category": Loss(
        "warning", "dropped", "category", "Mixpanel has no categories of events.", "Use a tag to group events there."
    ),
    "sources": Loss(
        "warning",
        "dropped",
        "sources",
        "Mixpanel fills in an event's platforms itself; they cannot be written.",
        "Use a tag to name the sources there.",
    ),
    "keywords": Loss("warning", "dropped", "keywords", "Mixpanel keeps no rules of JSON Schema for an event.", _SAY_IT),
}
STRICTNESS = Loss(
    "info",
    "transformed",
    "additional-properties",
    "To Mixpanel every event is open to unlisted properties unless it says otherwise; that is not stored.",
    "Nothing to do.",
)
VISIBLE = Loss(
    "info",
    "transformed",
    "visible",
    "To Mixpanel everything is visible that is not hidden; that is not stored.",
    "Nothing to do; if it is hidden there, publishing shows it.",
)
EMPTY_NAME = Loss(
    "info",
    "transformed",
    "display-name",
    "An empty display name is none to Mixpanel.",
    "Leave the display name out of the plan.",
)
STATUS_AS_TAG = Loss(
    "info",
    "transformed",
    "status",
    "Mixpanel's Lexicon API has no lifecycle status; it is published as the tag {status!r}.",
    "Nothing to do.",
)
STATUS_CLASH = Loss(
    "warning",
    "transformed",
    "status-tag",
    "The tags 'planned' and 'deprecated' stand for the status in Mixpanel and are read back as that.",
    "Use the plan's status instead of a tag of that word.",
)
TEAM = Loss(
    "info",
    "transformed",
    "team-owner",
    "An owner who is no e-mail address is published as a team; Mixpanel finds teams by their exact name.",
    "Check that a team of this name exists in Mixpanel.",
)

# What is lost of a property -----------------------------------------------------------------------------------


def _constraint(code: str, what: str) -> Loss:
    return Loss("warning", "dropped", code, f"Mixpanel does not keep {what}.", _SAY_IT)


def _people(code: str, what: str) -> Loss:
    return Loss("warning", "dropped", code, f"Mixpanel's Lexicon API holds no {what} of a property.", _SAY_IT)


_NESTED = "what is inside an object"
_BOUNDS = _constraint("bounds", "the bounds of a number")
_LENGTH = _constraint("length", "the length of a text")
_COUNT = _constraint("item-count", "how many items a list has")

PROPERTY_LOSSES: dict[str, Loss] = {
    "enum": _constraint("enum", "a list of allowed values"),
    "const": _constraint("const", "a constant value"),
    "pattern": _constraint("pattern", "a pattern"),
    "format": _constraint("format", "the format of a text, dates included"),
    "minimum": _BOUNDS,
    "maximum": _BOUNDS,
    "exclusive_minimum": _BOUNDS,
    "exclusive_maximum": _BOUNDS,
    "multiple_of": _BOUNDS,
    "min_length": _LENGTH,
    "max_length": _LENGTH,
    "min_items": _COUNT,
    "max_items": _COUNT,
    "unique_items": _COUNT,
    "items": _constraint("items", "the type of a list's items"),
    "properties": _constraint("nested", _NESTED),
    "additional_properties": _constraint("nested", _NESTED),
    "keywords": _constraint("keywords", "rules of JSON Schema"),
    "owners": _people("property-owners", "owners"),
    "tags": _people("property-tags", "tags"),
    "status": _people("property-status", "lifecycle status"),
    "sensitivity": Loss(
        "warning",
        "dropped",
        "sensitivity",
        "Mixpanel's Lexicon API holds no mark of sensitivity.",
        "Mark the property as sensitive in Mixpanel by hand.",
    ),
    "examples": _people("examples", "example values"),
}
ANY = Loss(
    "warning",
    "transformed",
    "any",
    "Mixpanel wants one type; a property of any type is published as a string.",
    "Give the property a type.",
)
UNION = Loss(
    "warning",
    "transformed",
    "union",
    "Mixpanel holds one type; of several the first is published ({kind}).",
    "Give the property one type.",
)
NULLABLE = Loss(
    "warning",
    "transformed",
    "nullable",
    "Mixpanel does not hold that a value may be null.",
    _SAY_IT,
)

EVENT_DEFAULTS: dict[str, JSON] = {
    field: Event.model_fields[field].get_default(call_default_factory=True) for field in EVENT_LOSSES
}
PROPERTY_DEFAULTS: dict[str, JSON] = {
    field: Property.model_fields[field].get_default(call_default_factory=True) for field in PROPERTY_LOSSES
}
"""What a field holds when nothing is lost of it."""

# Names, renames, removals -------------------------------------------------------------------------------------

COLLISION = Loss(
    "warning",
    "transformed",
    "name-collision",
    "Several things of the plan have the name {wanted!r} in Mixpanel; {name!r} is published as {spelling!r}.",
    "Give each its own name for Mixpanel.",
)
MOVED_EVENT = Loss(
    "warning",
    "transformed",
    "moved",
    "Mixpanel cannot rename an event: {new!r} is made new and {old!r} is hidden; what was sent before stays under the"
    " old name.",
    "Merge the two events in Mixpanel if reports must span the rename.",
)
MOVED_PROPERTY = Loss(
    "warning",
    "transformed",
    "moved",
    "Mixpanel cannot rename a property: {new!r} is listed new and {old!r} is hidden.",
    "Adjust reports that use the old name.",
)
REMOVED_PROPERTY = Loss(
    "info",
    "transformed",
    "removed",
    "A property is removed by hiding it in the schema it stands in.",
    "Nothing to do.",
)
REMOVED_ELSEWHERE = Loss(
    "warning",
    "dropped",
    "removed",
    "The property cannot be removed, because the plan does not hold the event it belongs to.",
    "Remove the whole event, or hide the property in Mixpanel by hand.",
)
REMOVED_VENDOR = Loss(
    "warning",
    "dropped",
    "removed",
    "{name!r} is an event of Mixpanel's own and cannot be removed.",
    "Take its tombstone out of the plan.",
)
UNTYPED = Loss(
    "info",
    "transformed",
    "untyped",
    "Mixpanel has no type for {names} and wants one with every upload; it will be string.",
    "List the properties in the plan with their types.",
)

# What cannot be read ------------------------------------------------------------------------------------------

ALIEN = Loss("info", "dropped", "alien", "A plan has no place for {address!r}.", "Nothing to do; it stays as it is.")
MISREAD = Loss(
    "warning",
    "dropped",
    "unreadable",
    "{key} is not what Mixpanel promises there and was not read.",
    "Look at the entry in Mixpanel; it stays as it is until the plan says otherwise.",
)
UNREAD = Loss(
    "info",
    "dropped",
    "unread",
    "The plan has no place for {keys}, as Mixpanel holds it.",
    "Nothing to do; it stays as it is.",
)
BLOCKED = Loss(
    "warning",
    "dropped",
    "blocked",
    "Mixpanel blocks this at ingestion: data is lost as long as that is so. A plan cannot say it.",
    "Unblock it in Mixpanel, or remove it from the plan.",
)
UNLISTED = Loss(
    "info",
    "dropped",
    "required-unlisted",
    "{name!r} is required but not listed among the properties.",
    "Nothing to do; it stays as it is.",
)
