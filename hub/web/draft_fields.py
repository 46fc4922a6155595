"""The fields of a plan's things as a form has them: which there are, how a value is typed, and how what was typed is
read. Typing nothing changes nothing: a field counts as typed on when its text is another than the one shown."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from hub.changes.editing import model_at
from hub.changes.merge import ABSENT, Value
from mappings.canonical.kinds import JSON, KINDS, Property, Shape, Status
from mappings.canonical.plan import Event
from mappings.contract import Path

Control = Literal["line", "text", "lines", "values", "value", "number", "choice", "flag", "three", "kinds"]


DEEPEST = 20
"""How deep lists and objects may be nested in a value that is typed."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the plan, what people call it, how it is typed, and what it is for."""

    name: str
    label: str
    control: Control = "line"
    help: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that stand together. Those that few things have are folded up until one says something."""

    title: str
    fields: tuple[Field, ...]
    folded: bool = True


STATUS = Field("status", "Status", "choice", "Deprecated: still sent, but not to be used any more.", get_args(Status))
WORDS_HELP = "One on each line."
DESCRIPTION = Field("description", "Description", "text")
DISPLAY = Field("display_name", "Display name", help="What people read in the tools, where it is not the name.")
OWNERS = Field("owners", "Owners", "lines", WORDS_HELP)
TAGS = Field("tags", "Tags", "lines", WORDS_HELP)
HIDDEN = Field("hidden", "Hidden in the tools", "three", "Not said: each tool keeps what it has.")
OPEN = Field("additional_properties", "Other properties may be sent too", "three")

EVENT = (
    Part("What it is", (DESCRIPTION, DISPLAY, STATUS), folded=False),
    Part(
        "Who and where",
        (OWNERS, Field("category", "Category"), TAGS, Field("sources", "Sources", "lines", WORDS_HELP)),
        folded=False,
    ),
    Part(
        "More",
        (Field("kind", "Kind", "choice", choices=("track", "page", "screen", "entity")), OPEN, HIDDEN),
    ),
)
TYPE = Field("type", "Type", "kinds", "Several may be ticked; none means any value. Null: it may be sent empty.")
ALLOWED = Part(
    "Allowed values",
    (
        Field("enum", "Only these values", "values", "One on each line."),
        Field("const", "Always this value", "value"),
        Field("pattern", "Pattern", help="A regular expression that texts fit."),
        Field("format", "Format", help="Such as date-time, email, uri or uuid."),
    ),
)
BOUNDS = Part(
    "Bounds",
    (
        Field("minimum", "At least", "number"),
        Field("maximum", "At most", "number"),
        Field("exclusive_minimum", "More than", "number"),
        Field("exclusive_maximum", "Less than", "number"),
        Field("multiple_of", "A multiple of", "number"),
        Field("min_length", "Characters, at least", "number"),
        Field("max_length", "Characters, at most", "number"),
        Field("min_items", "Items, at least", "number"),
        Field("max_items", "Items, at most", "number"),
        Field("unique_items", "No item twice", "flag"),
        OPEN,
    ),
)
PROPERTY = (
    Part("What it is", (DESCRIPTION, TYPE, Field("required", "Required", "flag"), STATUS), folded=False),
    ALLOWED,
    BOUNDS,
    Part(
        "More",
        (
            DISPLAY,
            Field("examples", "Examples", "values", "One on each line."),
            Field("sensitivity", "Sensitivity", "lines", "One on each line, such as pii, revenue or sensitive."),
            OWNERS,
            TAGS,
            HIDDEN,
            Field("shared", "As this shared property", help="What is left empty here is as that one says."),
        ),
    ),
)
ITEMS = (Part("What each item is", (TYPE,), folded=False), ALLOWED, BOUNDS)
OTHER = (Part("What it is", (DESCRIPTION,), folded=False),)
PARTS: Mapping[type, tuple[Part, ...]] = {Event: EVENT, Property: PROPERTY, Shape: ITEMS}


def parts_of(place: Path) -> tuple[Part, ...]:
    """The fields of what is at a place of the plan."""
    return PARTS.get(model_at(place), OTHER)


def fields_of(place: Path) -> tuple[Field, ...]:
    """The same without the parts that they stand in."""
    return tuple(field for part in parts_of(place) for field in part.fields)


# Shown -------------------------------------------------------------------------------------------------------------


def shown(field: Field, value: Value) -> list[str]:
    """What the form shows for a value: one text, or the ticked ones of several."""
    if field.control == "kinds":
        return list(value) if isinstance(value, list | tuple) else []
    if value is ABSENT or value is None:
        return [field.choices[0] if field.name == "kind" else "active" if field.name == "status" else ""]
    return [_SHOWN.get(field.control, str)(value)]


def _spelled(value: JSON) -> str:
    """A value on a line of its own; a text that would be read as another value stands in quotes."""
    if isinstance(value, str) and value == value.strip() and value.isprintable() and _value(value) == value and value:
        return value
    return json.dumps(value, ensure_ascii=not isinstance(value, str) or not value.isprintable())


def _lines(values: Sequence[str]) -> str:
    return "\n".join(values)


_SHOWN: Mapping[Control, Callable[[Any], str]] = {
    "lines": _lines,
    "values": lambda values: "\n".join(map(_spelled, values)),
    "value": _spelled,
    "flag": lambda value: "yes" if value else "",
    "three": lambda value: "yes" if value else "no",
}


def as_sent(field: Field, texts: Sequence[str]) -> list[str]:
    """What a browser sends back of what it was shown, and nobody typed on; or of what somebody typed."""
    if field.control == "kinds":
        return sorted(one for one in texts if one)
    text = texts[-1] if texts else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return [text if field.control in ("text", "lines", "values") else text.replace("\n", "")]


# Read --------------------------------------------------------------------------------------------------------------


def read(field: Field, texts: Sequence[str]) -> JSON:
    """The value that was typed; None for none. Raises ValueError with what is wrong with it."""
    if field.control == "kinds":
        return [kind for kind in KINDS if kind in texts] or None
    text = as_sent(field, texts)[0]
    if field.control == "text":
        return text if text.strip() else None
    return _READ.get(field.control, _words)(text) if text.strip() else None


def _words(text: str) -> JSON:
    return text.strip()


def _each_line(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _number(text: str) -> JSON:
    try:
        found = _strict(text.strip())
    except ValueError:
        found = None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError("this is no number")
    return found


def _value(text: str) -> JSON:
    """JSON where it is some, else the text itself. Raises ValueError for what no tool would read."""
    try:
        found = _strict(text.strip())
    except (ValueError, RecursionError):
        return text.strip()
    if _depth(found) > DEEPEST:
        raise ValueError("this has too many lists and objects inside of each other")
    return found


def _depth(value: JSON) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _strict(text: str) -> JSON:
    return json.loads(text, parse_constant=_finite, parse_float=_finite)


def _finite(text: str) -> JSON:
    if not math.isfinite(found := float(text)):
        raise ValueError(f"{text} is no value of JSON")
    return found


_READ: Mapping[Control, Callable[[str], JSON]] = {
    "lines": _each_line,
    "values": lambda text: [_value(line) for line in _each_line(text)],
    "value": _value,
    "number": _number,
    "flag": lambda text: True,
    "three": lambda text: text == "yes",
}
