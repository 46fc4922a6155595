"""The correspondence between a plan and Iglu as data: fields and keywords, and how things are named.

What JSON Schema has words for is translated by `mappings.canonical.jsonschema`; the rest are `x-` annotations, which
the server stores and its tools do not show (apis/snowplow.md section 7).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from mappings.canonical.jsonschema import BOUNDS, EVENT_ANNOTATIONS, PLAIN
from mappings.canonical.plan import Event, GroupType, TrackingPlan
from mappings.canonical.schema_reading import PROPERTY_ANNOTATIONS
from mappings.canonical.text import short_hash, snake_case, spell_uniquely
from mappings.contract import Path
from mappings.snowplow.documents import ENVELOPE, KIND, NAME, Version, about_of

TOOL = "snowplow"

# keyword → field, of properties and of events.
_SHARED = {
    "title": "display_name",
    "description": "description",
    "properties": "properties",
    "required": "properties",
    "additionalProperties": "additional_properties",
    "x-status": "status",
}
PROPERTY_FIELDS: Mapping[str, str] = {
    **_SHARED,
    **{keyword: field for field, keyword in (*PLAIN, *PROPERTY_ANNOTATIONS)},
    **{inclusive: inclusive for inclusive, _, _, _ in BOUNDS},
    **{keyword: exclusive for _, exclusive, keyword, _ in BOUNDS},
    **{keyword: keyword for keyword in ("type", "enum", "const", "items", "examples")},
    "uniqueItems": "unique_items",
}
_ABOUT_PEOPLE = ("title", "description", "examples", "x-owners", "x-tags", "x-sensitivity", "x-hidden", "x-status")
ITEM_FIELDS: Mapping[str, str] = {key: field for key, field in PROPERTY_FIELDS.items() if key not in _ABOUT_PEOPLE}
"""The items of an array have a shape and nothing said about them."""
EVENT_FIELDS: Mapping[str, str] = {**_SHARED, **{keyword: field for field, keyword in EVENT_ANNOTATIONS}, KIND: "kind"}
EVENT_KINDS = ("track", "page", "screen", "entity")
RESERVED = frozenset({*ENVELOPE, NAME, KIND})
"""Root keywords that carry identity and bookkeeping; a plan cannot say them as keywords of its own."""

VOCABULARY = frozenset(
    {
        *("type", "enum", "title", "description", "format", "pattern", "multipleOf", "minimum", "maximum"),
        *("exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "items", "additionalItems", "minItems"),
        *("maxItems", "uniqueItems", "minProperties", "maxProperties", "required", "properties", "patternProperties"),
        *("additionalProperties", "dependencies", "definitions", "allOf", "anyOf", "oneOf", "not", "$ref"),
        *("const", "if", "then", "else", "contains", "propertyNames"),
    }
)
"""Keywords that say something about the data: they follow the plan. All others that we do not know stay as held."""

# Naming ---------------------------------------------------------------------------------------------------------

SCHEMA_NAME = re.compile(r"[a-zA-Z0-9_-]+")
"""Section 4.1; no dots, no spaces."""
LONGEST_NAME = 128
"""The width of the database column (section 2): a longer name fails in the server."""
_ROOM = LONGEST_NAME - len("_") - len(short_hash(""))
_USERS = "user_properties"


@lru_cache(maxsize=65_536)
def column_of(name: str) -> str:
    """What a warehouse makes of a name: lower case, symbols to underscores, camelCase apart (section 5.4)."""
    return snake_case(name)


def is_schema_name(name: str) -> bool:
    return len(name) <= LONGEST_NAME and SCHEMA_NAME.fullmatch(name) is not None


def spell_event(name: str) -> str:
    """The name itself where Iglu takes it, else in snake case; short enough for a hash to be added."""
    return name if len(name) <= _ROOM and is_schema_name(name) else column_of(name)[:_ROOM]


def spell_group(name: str) -> str:
    return f"group_{column_of(name) or short_hash(name)}"[:_ROOM]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a plan that becomes a schema: an event, all user properties together, or a group type."""

    about: Path
    schema_name: str
    event: Event
    """What the schema says; of users and groups as if they were events."""
    kind: str = ""
    """The value of `x-kind` where it is not the event's own."""
    plain_name: str = ""
    """The schema name it would have if no other thing wanted it."""

    @property
    def name(self) -> str:
        return self.about[-1]

    def path(self, path: Path) -> Path:
        """The canonical place of a path below `about`: user properties stand directly in their section."""
        return (path[0], *path[2:]) if self.kind == "user" and len(path) > 2 else path


Ranked = Sequence[tuple[str, Version]]
"""The newest versions in the registry under their schema names, as `by_preference` orders them."""


def things_of(plan: TrackingPlan, held: Mapping[str, Version]) -> list[Thing]:
    """What of a plan becomes a schema, by name, with schema names that no two share.

    `held` are the newest versions in the registry: the names that they carry stay with the things they describe.
    """
    found = by_preference(held)
    users = _user_schema(found, held, plan)
    groups = _spelled(plan.groups, "groups", found, {users})
    events = _spelled(plan.events, "events", found, {users, *groups.values()})
    things = [
        Thing(("events", name), events[name], plan.events[name], "", spell_event(name)) for name in sorted(plan.events)
    ]
    if plan.user_properties:
        facade = Event(properties=plan.user_properties)
        things.append(Thing(("user_properties",), users, facade, "user", _USERS))
    for name in sorted(plan.groups):
        group = plan.groups[name]
        facade = Event(description=group.description, properties=group.properties)
        things.append(Thing(("groups", name), groups[name], facade, "group", spell_group(name)))
    return things


def _user_schema(found: Ranked, held: Mapping[str, Version], plan: TrackingPlan) -> str:
    """The schema of user properties: the one that is marked so, or began as such, else a name that nothing else has. A
    mark that somebody put on one of the plan's events does not make it another schema."""
    marked = [name for name, version in found if version.document.body.get(KIND) == "user"]
    began = [name for name, version in found if version.origin == (_USERS,)]
    events = {name for name, version in found if _began_as(version, "events", plan.events)}
    for name in (*marked, *began):
        if name not in events:
            return name
    return f"{_USERS}_{short_hash(_USERS)}" if _USERS in held else _USERS


def _spelled(
    things: Mapping[str, Event] | Mapping[str, GroupType],
    section: str,
    found: Ranked,
    used: Iterable[str],
) -> dict[str, str]:
    explicit = _explicit(things)
    pinned = set(explicit.values())
    taken = {**{name: one for name, one in named(found, section, things).items() if one not in pinned}, **explicit}
    owned = set(taken.values())
    # A lone surrogate cannot be in a plan's name, so these keys stand for spellings in use elsewhere.
    strangers = {f"\ud800{name}": name for name in (*(name for name, _ in found), *used) if name not in owned}
    spell = spell_event if section == "events" else spell_group
    spelled = spell_uniquely(things, spell, {**strangers, **taken})
    return {name: spelled[name] for name in things}


def _explicit(things: Mapping[str, Event] | Mapping[str, GroupType]) -> dict[str, str]:
    """The names that the plan itself gives for this tool; the first thing that wants one gets it."""
    chosen: dict[str, str] = {}
    for name in sorted(things):
        wanted = things[name].names.get(TOOL)
        if wanted is not None and is_schema_name(wanted) and wanted not in chosen.values():
            chosen[name] = wanted
    return chosen


def named(found: Ranked, section: str, things: Iterable[str]) -> dict[str, str]:
    """{plan's name: schema name} of what the registry holds for a section ("events" or "groups").

    A schema belongs to the thing that its newest version names. Where the plan has no such thing, it goes on belonging
    to the one it began as: who writes another name into it has edited it, and not made room for a second schema.
    """
    wanted = set(things)
    claims: dict[str, str] = {}
    edited: list[tuple[str, Version]] = []
    for schema_name, version in found:
        about = about_of(schema_name, version.document.body)
        if about[0] == section and (about[1] in wanted or not _began_as(version, section, wanted)):
            claims.setdefault(about[1], schema_name)
        if claims.get(about[-1]) != schema_name and _began_as(version, section, wanted):
            edited.append((schema_name, version))
    for schema_name, version in edited:
        claims.setdefault(version.origin[1], schema_name)
    return claims


def _began_as(version: Version, section: str, things: Collection[str]) -> bool:
    """Whether the schema began as one of these things."""
    return version.origin[:1] == (section,) and version.origin[1] in things


def by_preference(held: Mapping[str, Version]) -> list[tuple[str, Version]]:
    """Such that of several schemas for one thing the first is the one to believe: one that always was that thing; the
    one published last, where the registry told when; then the one that would be spelled so; then the first by name."""
    spellings = {"events": spell_event, "groups": spell_group}
    ranked = []
    for schema_name, version in held.items():
        about = about_of(schema_name, version.document.body)
        other_word = spellings.get(about[0], str)(about[-1]) != schema_name
        published = str(version.document.facts.get("createdAt", ""))
        ranked.append((version.origin != about, published, other_word, schema_name, version))
    ranked.sort(key=itemgetter(2, 3))
    ranked.sort(key=itemgetter(1), reverse=True)
    ranked.sort(key=itemgetter(0))
    return [(schema_name, version) for *_, schema_name, version in ranked]
