"""The Taxonomy API's own shapes: addresses, bodies in normal form, and the way between them and the wire.

Normal form: nothing is spelled only one way, by absence. `null`, `""`, `[]`, `false`, the type `any` and an active
event are what a thing has that nobody described (apis/amplitude.md section 5.12). A category is its name, lists are
lists, tags and classifications are sorted. Names, `deleted`, and values without effect (enum values of what is no enum,
a regular expression of what is no string) are noise. Fields that this code does not know are kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mappings.amplitude.limits import belongs_to_amplitude
from mappings.canonical.kinds import JSON
from mappings.contract import Address, Document, Path

CATEGORY: Final = "category"
EVENT: Final = "event"
EVENT_PROPERTY: Final = "event-property"
SHARED_PROPERTY: Final = "shared-property"
"""A property as it is for all events; only its classifications are ours (section 3.3)."""
USER_PROPERTY: Final = "user-property"
GROUP_PROPERTY: Final = "group-property"

WAVES: Final = (CATEGORY, EVENT, EVENT_PROPERTY, SHARED_PROPERTY, USER_PROPERTY, GROUP_PROPERTY)
"""Categories before the events in them (section 5.7); a shared property exists once an event has it."""

USER_PREFIX: Final = "gp:"
GROUP_PREFIX: Final = "grp:"

HIDDEN_FLAGS: Final = tuple(
    f"is_hidden_from_{place}" for place in ("dropdowns", "persona_results", "pathfinder", "timeline")
)

NAME_FIELDS: Final[Mapping[str, str]] = {
    CATEGORY: "name",
    EVENT: "event_type",
    EVENT_PROPERTY: "event_property",
    SHARED_PROPERTY: "event_property",
    USER_PROPERTY: "user_property",
    GROUP_PROPERTY: "group_property",
}
NOISE: Final = frozenset({*NAME_FIELDS.values(), "id", "group_type", "deleted"})
"""What a row says of itself that is no content."""
NOISE_OF: Final[Mapping[str, frozenset[str]]] = {
    EVENT_PROPERTY: NOISE | {"classifications"},
    GROUP_PROPERTY: NOISE | {"classifications"},
}
"""Classifications shown with one event's or group type's property are the shared property's (section 3.3)."""


# Values -----------------------------------------------------------------------------------------------------------


def _clean(value: JSON) -> JSON:
    """A value as it can be stored and hashed: no lone surrogates, no numbers that JSON lacks."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(item) for key, item in value.items()}
    return value


def _category_name(value: JSON) -> JSON:
    return _clean(value.get("name") if isinstance(value, Mapping) else value)


def _items(value: JSON) -> JSON:
    """A list, whether it came as one or as a comma-separated text: both shapes are possible (section 3.3)."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    return [item for item in _clean(value) if item != ""] if isinstance(value, list) else _clean(value)


def _words(value: JSON) -> JSON:
    items = _items(value)
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return items
    return sorted({word for item in items for part in item.split(",") if (word := part.strip())})


@dataclass(frozen=True, slots=True)
class Field:
    """One writable field: how a reply's value is brought to normal form, and what a form says for "nothing"."""

    normal: Callable[[JSON], JSON] = _clean
    nothing: str = ""


_TEXT = Field()
_FLAG = Field(nothing="false")
_SHAPE: Final[Mapping[str, Field]] = {
    "description": _TEXT,
    "type": Field(nothing="any"),
    "enum_values": Field(_items),
    "regex": _TEXT,
    "is_array_type": _FLAG,
}
FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    CATEGORY: {},
    EVENT: {
        "description": _TEXT,
        "display_name": _TEXT,
        "category": Field(_category_name),
        "tags": Field(_words),
        "owner": _TEXT,
        "is_active": Field(nothing="true"),
        **dict.fromkeys(HIDDEN_FLAGS, _FLAG),
    },
    EVENT_PROPERTY: {**_SHAPE, "is_required": _FLAG, "is_hidden": _FLAG},
    SHARED_PROPERTY: {"classifications": Field(_words)},
    USER_PROPERTY: {**_SHAPE, "is_hidden": _FLAG, "classifications": Field(_words)},
    GROUP_PROPERTY: {**_SHAPE, "is_hidden": _FLAG},
}
"""The writable fields by kind (sections 3.1 to 3.5)."""

LATE: Final = frozenset({"display_name", "is_hidden", *HIDDEN_FLAGS})
"""Fields that are taken only of what was ingested (sections 5.14, 5.15)."""
STATED: Final[Mapping[str, tuple[str, ...]]] = {
    EVENT_PROPERTY: ("type", "is_array_type", "is_required"),
    GROUP_PROPERTY: ("type", "is_array_type"),
}
"""Fields that each write says, default or not. A new override may inherit what it does not say from the shared
property, or start from nothing: that is not documented (sections 3.3, 4.2)."""


# From the wire ----------------------------------------------------------------------------------------------------


def from_wire(kind: str, row: JSON, *, parent: str = "", facts: Mapping[str, JSON] | None = None) -> Document | None:
    """The document of one row of a reply; `parent` is the event or group type that was asked for.

    None for what is no document: deleted things, what Amplitude owns, and rows without a usable name.
    """
    name = row.get(NAME_FIELDS[kind]) if isinstance(row, Mapping) else None
    if not isinstance(name, str) or not name or _clean(name) != name or row.get("deleted"):
        return None
    about = place_of(kind, name, parent)
    if about is None:
        return None
    names = (parent, name) if kind in (EVENT_PROPERTY, GROUP_PROPERTY) else (name,)
    return Document(Address(kind, names), normal_body(kind, row), about=about, facts=facts)


def place_of(kind: str, name: str, parent: str = "") -> Path | None:
    """The canonical path of a thing under the tool's own names; None when Amplitude owns it."""
    match kind:
        case "category":
            return ("categories", name)
        case "event":
            return None if belongs_to_amplitude(name) else ("events", name)
        case "event-property":
            return ("events", parent, "properties", name)
        case "shared-property":
            return ("events",)
        case "user-property":
            return ("user_properties", bare) if (bare := _bare(name, USER_PREFIX)) else None
    return ("groups", parent, "properties", bare) if (bare := _bare(name, GROUP_PREFIX)) else None


def _bare(name: str, prefix: str) -> str:
    """The name below its prefix; "" for one without it, which is Amplitude's own (sections 3.4, 3.5)."""
    return name[len(prefix) :] if name.startswith(prefix) else ""


def normal_body(kind: str, row: Mapping[str, JSON]) -> dict[str, JSON]:
    """The content of a row in normal form."""
    known, noise = FIELDS[kind], NOISE_OF.get(kind, NOISE)
    body: dict[str, JSON] = {}
    for field, value in row.items():
        if field in known:
            value = known[field].normal(value)
            if value not in (None, "", [], False) or (field == "is_active" and value is False):
                body[field] = value
        elif kind != SHARED_PROPERTY and field not in noise and value is not None:
            body[field] = _clean(value)
    if body.get("type") != "enum":
        body.pop("enum_values", None)
    if body.get("type") != "string":
        body.pop("regex", None)
    if body.get("type") == "any":
        del body["type"]
    if body.get("is_active") is True:
        del body["is_active"]
    return body


# To the wire ------------------------------------------------------------------------------------------------------


def new_fields(kind: str, body: Mapping[str, JSON]) -> dict[str, str]:
    """The form fields that create a thing with this body."""
    fields = FIELDS[kind]
    return {name: _text(fields, body, name) for name in fields if name in body or name in STATED.get(kind, ())}


def changed_fields(kind: str, body: Mapping[str, JSON], before: Mapping[str, JSON]) -> dict[str, str]:
    """The form fields that turn one body into another; empty when nothing writable differs.

    A field that goes is said as "nothing". A description that stays is not repeated: it may be the shared one's
    (section 5.11).
    """
    fields = FIELDS[kind]
    changed = {name for name in fields if body.get(name) != before.get(name)}
    if changed and kind in STATED:
        changed.update(STATED[kind], {"enum_values", "regex"} & body.keys())
    return {name: _text(fields, body, name) for name in fields if name in changed}


def all_fields(kind: str, body: Mapping[str, JSON]) -> dict[str, str]:
    """The form fields that make a thing hold this body whatever it held before; late fields only where it has them."""
    fields = FIELDS[kind]
    return {name: _text(fields, body, name) for name in fields if name in body or name not in LATE}


def _text(fields: Mapping[str, Field], body: Mapping[str, JSON], name: str) -> str:
    value = body.get(name)
    if value is None:
        return fields[name].nothing
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)
