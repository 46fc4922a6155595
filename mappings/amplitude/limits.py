"""What Amplitude's Taxonomy API refuses or cannot say, each with its section of apis/amplitude.md and its date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mappings.canonical.plan import TrackingPlan
from mappings.contract import Effect, Finding, Path, Severity


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing the tool does not do. `message` may have a ``{name}`` for a name the case brings along."""

    code: str
    severity: Severity
    effect: Effect
    message: str
    hint: str
    source: str

    def at(self, path: Path, name: str = "") -> Finding:
        """The finding at this place of a plan."""
        message = self.message.replace("{name}", name) if name else self.message
        return Finding(self.severity, self.effect, path, f"amplitude.{self.code}", message, self.hint)


def _dropped(code: str, what: str, hint: str, source: str) -> Limit:
    return Limit(code, "warning", "dropped", f"Amplitude holds no {what}.", hint, source)


_IN_WORDS: Final = "Say it in the description if readers in Amplitude need it."
_NO_RANGES: Final = "section 6.2, 2026-03"

# Whole things ---------------------------------------------------------------------------------------------------

ENTITY: Final = Limit(
    "entity",
    "error",
    "refused",
    "An entity is sent along with events and is no event itself; Amplitude has no such notion, so it is not published.",
    "Put its properties on the events that carry it if Amplitude should know them.",
    "section 6.1, 2026-03",
)
RESERVED: Final = Limit(
    "reserved",
    "error",
    "refused",
    "The name {name} belongs to Amplitude itself, so this is not published.",
    "Give it another name for Amplitude under `names`.",
    "section 2.4, 2026-03",
)
UNADDRESSABLE: Final = Limit(
    "name",
    "error",
    "refused",
    "A name of only one or two dots cannot stand in the address of a request, so this is not published.",
    "Give it another name for Amplitude under `names`.",
    "section 3 (names are path segments), 2026-03",
)
SPELLING: Final = Limit(
    "name",
    "info",
    "transformed",
    "In Amplitude this is called {name}.",
    "Choose a distinct name under `names` if you prefer another one.",
    "section 3.4 and 3.5, 2026-06",
)
GROUPS_OFF: Final = Limit(
    "groups",
    "warning",
    "dropped",
    "Group properties need Amplitude's Accounts add-on and are not published.",
    "With the add-on, set `groups = true` in the target's settings.",
    "section 1, 2026-03",
)
GROUP_EMPTY: Final = Limit(
    "group-type",
    "warning",
    "dropped",
    "Amplitude learns group types from data; one without properties cannot be published.",
    "Nothing to do; it appears once data for it arrives.",
    "section 3.5, 2026-03",
)
OVER_LIMIT: Final = Limit(
    "limit",
    "warning",
    "rule",
    "From here on the plan has more of these than an Amplitude project indexes ({name}); the rest cannot be queried.",
    "Ask Amplitude to raise the project's limit, or plan fewer.",
    "section 2.2, 2026-03",
)
MOVED: Final = Limit(
    "moved",
    "warning",
    "transformed",
    "Amplitude would rename {name} for everything that uses it; the new name is created and the old one stays.",
    "Add a tombstone for the old name when it is no longer sent.",
    "section 3.3, 2026-03",
)
MOVED_LIVE: Final = Limit(
    "moved",
    "warning",
    "transformed",
    "Data has arrived for {name}; Amplitude may refuse to rename it, and never renames what was ingested.",
    "If it refuses, publish the new name as a new event and add a tombstone for the old one.",
    "section 5.16, 2026-03",
)
REMOVED_OWN: Final = Limit(
    "removed",
    "warning",
    "refused",
    "{name} belongs to Amplitude and cannot be removed through the API.",
    "Hide it in Amplitude by hand if it disturbs.",
    "section 2.4, 2026-03",
)
REMOVED_HIDDEN: Final = Limit(
    "removed",
    "info",
    "transformed",
    "Amplitude does not tell whether data has arrived for {name}; it is hidden, which only works on ingested ones.",
    "If it was never sent, publish with deletion allowed to remove it.",
    "section 3.4, 2026-06",
)

# Events ---------------------------------------------------------------------------------------------------------

KIND: Final = Limit(
    "kind",
    "warning",
    "dropped",
    "Amplitude has one kind of event; this is published as an ordinary one.",
    "Nothing to do.",
    "section 4.1, 2026-03",
)
OWNERS: Final = Limit(
    "owners",
    "warning",
    "truncated",
    "Amplitude holds one owner; the first, {name}, is published.",
    "Name a team address as the only owner if all should be reached.",
    "section 6.1, 2026-03",
)
NO_OWNER: Final = Limit(
    "owners",
    "info",
    "dropped",
    "An empty owner says nothing in Amplitude.",
    "Remove the empty entry from the plan.",
    "section 3.2, 2026-03",
)
TAGS: Final = Limit(
    "tags",
    "warning",
    "dropped",
    "Tags are written as one comma-separated text: empty ones and ones with a comma are left out, the rest is trimmed.",
    "Use tags without commas and outer spaces.",
    "section 5.13, 2026-06",
)
STATUS_TAG: Final = Limit(
    "status",
    "info",
    "transformed",
    "The tags `planned` and `deprecated` say an event's status in Amplitude; this is read back as one.",
    "Use the plan's status instead of a tag of that word.",
    "section 6.1 (no field for it), 2026-03",
)
DISPLAY_NAME_LATER: Final = Limit(
    "display-name",
    "info",
    "later",
    "Amplitude takes a display name only once the event was ingested.",
    "It is published by the first publish after data arrived.",
    "section 5.14, 2026-03",
)
HIDDEN_LATER: Final = Limit(
    "hidden",
    "info",
    "later",
    "Amplitude takes visibility only of what was ingested; it stays as it is there.",
    "It is published by the first publish after data arrived, where Amplitude tells; else set it in Amplitude.",
    "section 5.15, 2026-03",
)
VISIBLE: Final = Limit(
    "hidden",
    "info",
    "transformed",
    "Visible is what everything is in Amplitude unless said otherwise; it reads back as unsaid.",
    "Nothing to do.",
    "section 4.1, 2026-06",
)
EMPTY_TEXT: Final = Limit(
    "empty",
    "info",
    "transformed",
    "An empty text and none at all are the same in Amplitude.",
    "Nothing to do.",
    "section 5.12, 2026-06",
)
CATEGORY_DESCRIPTION: Final = _dropped(
    "category-description", "description of a category", _IN_WORDS, "section 4.5, 2026-06"
)

EVENT_LOST: Final[Mapping[str, Limit]] = {
    "kind": KIND,
    "sources": _dropped("sources", "sources of an event", _IN_WORDS, "section 6.1, 2026-03"),
    "additional_properties": _dropped(
        "additional-properties",
        "rule about unplanned properties of one event",
        "Choose what happens to them in the project's schema settings.",
        "section 5.23, 2026-03",
    ),
    "keywords": _dropped("keywords", "further JSON Schema rules", _IN_WORDS, "section 6.1, 2026-03"),
}
"""Fields of an event without a place in the API."""

# Properties -----------------------------------------------------------------------------------------------------

INTEGER: Final = Limit(
    "integer",
    "info",
    "transformed",
    "Amplitude does not tell integers from other numbers.",
    "Nothing to do.",
    "section 6.2, 2026-03",
)
NULLABLE: Final = Limit(
    "nullable",
    "warning",
    "dropped",
    "Amplitude cannot say that a value may be null.",
    _IN_WORDS,
    "section 6.2, 2026-03",
)
UNION: Final = Limit(
    "union",
    "warning",
    "transformed",
    "Amplitude knows one type for a property; one of several kinds becomes `any`.",
    _IN_WORDS,
    "section 6.2, 2026-03",
)
OBJECT: Final = Limit(
    "object",
    "warning",
    "transformed",
    "Amplitude has no object type; the property becomes `any`.",
    _IN_WORDS,
    "section 6.2, 2026-03",
)
NESTED_ARRAY: Final = Limit(
    "items",
    "warning",
    "transformed",
    "Amplitude has no arrays of arrays; the inner type becomes `any`.",
    _IN_WORDS,
    "section 6.2, 2026-03",
)
ITEMS: Final = Limit(
    "items",
    "warning",
    "dropped",
    "Amplitude holds only simple types of array items: string, number, boolean, enum.",
    _IN_WORDS,
    "section 6.2, 2026-03",
)
ENUM: Final = Limit(
    "enum",
    "warning",
    "dropped",
    "Enum values are strings in one comma-separated text; these cannot be said, so only the type is published.",
    "Use distinct text values without commas and outer spaces.",
    "section 5.13, 2026-06",
)
ENUM_TYPE: Final = Limit(
    "enum-type",
    "info",
    "transformed",
    "In Amplitude `enum` is a type of its own, always of strings.",
    "Nothing to do.",
    "section 3.3, 2026-03",
)
CONST: Final = Limit(
    "const",
    "info",
    "transformed",
    "Amplitude has no constants; it becomes an enum of one value.",
    "Nothing to do.",
    "section 6.2, 2026-03",
)
CONST_DROPPED: Final = _dropped("const", "constant that is not a simple text", _IN_WORDS, "section 6.2, 2026-03")
PATTERN: Final = _dropped("pattern", "pattern except on plain strings", _IN_WORDS, "section 3.3, 2026-03")
INHERITED: Final = Limit(
    "inherited",
    "warning",
    "transformed",
    "Where an event's property says nothing, Amplitude shows what the property says for all events.",
    "Clear it on the shared property in Amplitude.",
    "section 5.11, 2026-03",
)
SENSITIVITY_OFF: Final = Limit(
    "sensitivity",
    "warning",
    "dropped",
    "Classifications need Amplitude's Data Access Controls and are not published.",
    "With Data Access Controls, set `classifications = true` in the target's settings.",
    "section 1, 2026-03",
)
SENSITIVITY_CLASS: Final = Limit(
    "sensitivity",
    "warning",
    "dropped",
    "Amplitude knows the classes pii, sensitive and revenue only.",
    "Use one of them beside your own.",
    "section 3.3, 2026-03",
)
SENSITIVITY_SHARED: Final = Limit(
    "sensitivity",
    "warning",
    "transformed",
    "Amplitude classifies a property for all its events at once; this one gets what any of them says.",
    "Give the property the same sensitivity on every event.",
    "section 3.3, 2026-03",
)

SHAPE_LOST: Final[Mapping[str, Limit]] = {
    "format": _dropped("format", "format of a text", _IN_WORDS, _NO_RANGES),
    "minimum": _dropped("range", "bounds of a number", _IN_WORDS, _NO_RANGES),
    "maximum": _dropped("range", "bounds of a number", _IN_WORDS, _NO_RANGES),
    "exclusive_minimum": _dropped("range", "bounds of a number", _IN_WORDS, _NO_RANGES),
    "exclusive_maximum": _dropped("range", "bounds of a number", _IN_WORDS, _NO_RANGES),
    "multiple_of": _dropped("range", "step of a number", _IN_WORDS, _NO_RANGES),
    "min_length": _dropped("length", "bounds of a text's length", _IN_WORDS, _NO_RANGES),
    "max_length": _dropped("length", "bounds of a text's length", _IN_WORDS, _NO_RANGES),
    "min_items": _dropped("array-length", "bounds of an array's length", _IN_WORDS, _NO_RANGES),
    "max_items": _dropped("array-length", "bounds of an array's length", _IN_WORDS, _NO_RANGES),
    "unique_items": _dropped("array-length", "rule that items are unique", _IN_WORDS, _NO_RANGES),
    "properties": _dropped("nested", "structure inside a property", _IN_WORDS, _NO_RANGES),
    "additional_properties": _dropped("nested", "structure inside a property", _IN_WORDS, _NO_RANGES),
    "keywords": _dropped("keywords", "further JSON Schema rules", _IN_WORDS, _NO_RANGES),
}
"""Fields of any shape without a place in the API."""

EVENT_PROPERTY_LOST: Final[Mapping[str, Limit]] = {
    **SHAPE_LOST,
    "display_name": _dropped("property-display-name", "display name of a property", _IN_WORDS, "section 5.14, 2026-03"),
    "owners": _dropped("property-owners", "owners of a property", "Name them on the event.", _NO_RANGES),
    "tags": _dropped("property-tags", "tags of a property", "Tag the event.", _NO_RANGES),
    "status": _dropped("property-status", "status of a property", _IN_WORDS, "section 4.6, 2026-03"),
    "examples": _dropped("examples", "examples", _IN_WORDS, _NO_RANGES),
}

_NOT_REQUIRED = _dropped(
    "required", "notion of required outside event properties", "Nothing to do.", "section 3.4, 2026-06"
)
USER_PROPERTY_LOST: Final[Mapping[str, Limit]] = {**EVENT_PROPERTY_LOST, "required": _NOT_REQUIRED}
GROUP_PROPERTY_LOST: Final[Mapping[str, Limit]] = {
    **USER_PROPERTY_LOST,
    "sensitivity": _dropped(
        "sensitivity", "classification of one group type's property", _IN_WORDS, "section 3.5, 2026-03"
    ),
}
GROUP_DESCRIPTION: Final = _dropped(
    "group-description", "description of a group type", _IN_WORDS, "section 3.5, 2026-03"
)

# Reading --------------------------------------------------------------------------------------------------------

UNREADABLE: Final = Limit(
    "unreadable",
    "warning",
    "dropped",
    "Amplitude's {name} is not of the documented form and is left out.",
    "Look at it in Amplitude; what is there is not touched.",
    "section 4, 2026-06",
)
ORPHAN: Final = Limit(
    "orphan",
    "info",
    "dropped",
    "The property's event was not read, so it is left out.",
    "Read the target again.",
    "section 5.20, 2026-09",
)
PARTLY_HIDDEN: Final = Limit(
    "partly-hidden",
    "info",
    "transformed",
    "The event is hidden in some places of Amplitude and visible in others; the plan cannot say so.",
    "Nothing to do: it is left as it is.",
    "section 6.1, 2026-03",
)

# Names ----------------------------------------------------------------------------------------------------------

OWN_PREFIXES: Final = ("[Amplitude]", "ce:")
OWN_NAMES: Final = frozenset({"$identify", "$groupidentify"})
UNADDRESSABLE_NAMES: Final = frozenset({".", ".."})
CLASSES: Final = ("pii", "revenue", "sensitive")
"""The classes of `classifications`, which the API spells in capitals (section 3.3)."""

INDEXED: Final[Mapping[str, int]] = {"events": 2000, "user_properties": 1000}
"""How many of each a project indexes (section 2.2)."""
INDEXED_EVENT_PROPERTIES: Final = 2000


def belongs_to_amplitude(event: str) -> bool:
    """Whether an event of this name is Amplitude's own: reserved, custom or labelled (section 2.4, 2026-04)."""
    return event.startswith(OWN_PREFIXES) or event in OWN_NAMES


def name_limit(name: str, *, event: bool = False) -> Limit | None:
    """Why a thing of this name cannot be published; None when it can."""
    if name in UNADDRESSABLE_NAMES:
        return UNADDRESSABLE
    return RESERVED if event and belongs_to_amplitude(name) else None


def over_limits(plan: TrackingPlan) -> list[Finding]:
    """One finding per section with more names than a project indexes, at the first name beyond."""
    findings = []
    for section, most in INDEXED.items():
        names = sorted(getattr(plan, section))
        findings += [OVER_LIMIT.at((section, name), str(most)) for name in names[most : most + 1]]
    uses: dict[str, str] = {}
    for event in sorted(plan.events):
        uses.update(dict.fromkeys(plan.events[event].properties, event))
    beyond = sorted(uses)[INDEXED_EVENT_PROPERTIES : INDEXED_EVENT_PROPERTIES + 1]
    return findings + [
        OVER_LIMIT.at(("events", uses[name], "properties", name), str(INDEXED_EVENT_PROPERTIES)) for name in beyond
    ]
