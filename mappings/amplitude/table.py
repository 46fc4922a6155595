"""The correspondence of canonical fields and fields of the Taxonomy API, both directions side by side.

What has one word on each side stands in a table. The structure of a value (kinds, enum, constant, pattern, items) is
one group of fields on Amplitude's side: `say_shape` and `read_shape` are each other's inverse on what Amplitude holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, Protocol

from mappings.amplitude import limits
from mappings.amplitude.limits import Limit
from mappings.canonical.kinds import JSON, Kind, Property, Shape


class Report(Protocol):
    """Told of each loss: what, where below the thing being said or read, and a name that the message may mention."""

    def __call__(self, limit: Limit, place: tuple[str, ...], name: str = "") -> None: ...


Body = Mapping[str, JSON]

EVENT_TEXTS: Final = (("description", "description"), ("category", "category"), ("display_name", "display_name"))
"""Canonical field, Amplitude's field: texts that are said in the same words."""

STATUS_TAGS: Final = ("deprecated", "planned")
"""The tags that stand for a status, which has no field (section 6.1); the first one present is the status."""

SHAPE_FIELDS: Final = ("type", "enum_values", "regex", "is_array_type")

TYPES: Final[Mapping[tuple[Kind, ...], tuple[str, Limit | None]]] = {
    (): ("any", None),
    ("string",): ("string", None),
    ("number",): ("number", None),
    ("boolean",): ("boolean", None),
    ("integer",): ("number", limits.INTEGER),
    ("integer", "number"): ("number", limits.INTEGER),
    ("object",): ("any", limits.OBJECT),
    ("array",): ("any", limits.NESTED_ARRAY),
}
"""Canonical kinds without null, and the type that Amplitude has for them (section 6.2)."""

KINDS: Final[Mapping[str, list[Kind]]] = {
    "any": [],
    "string": ["string"],
    "number": ["number"],
    "boolean": ["boolean"],
    "enum": ["string"],
}
"""Amplitude's types, read."""


# Tags and status --------------------------------------------------------------------------------------------------


def say_tags(tags: Sequence[str], status: str) -> list[str]:
    """The tags that say these tags and this status, sorted."""
    said = {tag.strip() for tag in tags if "," not in tag} - {""}
    return sorted(said | {status} if status in STATUS_TAGS else said)


def read_tags(tags: Sequence[str]) -> tuple[list[str], str]:
    """The inverse: tags and status."""
    status = next((tag for tag in STATUS_TAGS if tag in tags), "active")
    return [tag for tag in tags if tag != status], status


# The structure of a value -----------------------------------------------------------------------------------------


def say_shape(shape: Shape, held: Body, report: Report) -> dict[str, JSON]:
    """The fields that say the structure of a value, only what is not Amplitude's default.

    `held` is what Amplitude has there: enum values that it holds already are sayable, whatever is in them.
    """
    if shape.type in (("array",), ("array", "null")):
        return _say_array(shape, held, report)
    return _say_element(shape, held, report, ())


def _say_array(shape: Shape, held: Body, report: Report) -> dict[str, JSON]:
    if "null" in shape.type:
        report(limits.NULLABLE, ("type",))
    for field, limit in (("enum", limits.ENUM), ("const", limits.CONST_DROPPED), ("pattern", limits.PATTERN)):
        if getattr(shape, field) is not None:
            report(limit, (field,))
    if shape.items is None:
        return {"is_array_type": True}
    losses: list[tuple[Limit, tuple[str, ...]]] = []
    said = _say_element(shape.items, held, lambda limit, place, name="": losses.append((limit, place)), ("items",))
    losses += [(limit, ("items", field)) for field, limit in lost_fields(shape.items, limits.SHAPE_LOST)]
    for limit, place in losses if said else [(limits.ITEMS, ("items",))]:
        report(limit, place)
    return {"is_array_type": True, **said}


def _say_element(shape: Shape, held: Body, report: Report, place: tuple[str, ...]) -> dict[str, JSON]:
    values = None if shape.enum is None and shape.const is None else _say_values(shape, held, report, place)
    type_, losses = _spell_kinds(shape.type)
    if values is not None:
        losses = () if shape.type == ("string",) else (limits.ENUM_TYPE,)
    for limit in losses:
        report(limit, (*place, "type"))
    if shape.pattern is not None and (values is not None or type_ != "string" or not shape.pattern):
        report(limits.PATTERN, (*place, "pattern"))
    if shape.items is not None:
        report(limits.ITEMS, (*place, "items"))
    if values is not None:
        return {"type": "enum", "enum_values": values}
    if type_ == "string" and shape.pattern:
        return {"type": "string", "regex": shape.pattern}
    return {} if type_ == "any" else {"type": type_}


@cache
def _spell_kinds(kinds: tuple[Kind, ...]) -> tuple[str, tuple[Limit, ...]]:
    solid = tuple(kind for kind in kinds if kind != "null")
    type_, limit = TYPES.get(solid, ("any", limits.UNION))
    nullable = (limits.NULLABLE,) if "null" in kinds else ()
    return type_, (*((limit,) if limit else ()), *nullable)


def _say_values(shape: Shape, held: Body, report: Report, place: tuple[str, ...]) -> list[str] | None:
    """The values of an enum; None when they cannot be said."""
    strings = not shape.type or "string" in shape.type
    if shape.const is not None and strings and _sayable([shape.const]):
        report(limits.CONST, (*place, "const"))
        if shape.enum != (shape.const,):
            report(limits.CONST, (*place, "enum"))
        return [shape.const]
    if shape.const is not None:
        report(limits.CONST_DROPPED, (*place, "const"))
    if shape.enum is None:
        return None
    values = list(shape.enum)
    if strings and (_sayable(values) or values == held.get("enum_values")):
        return values
    report(limits.ENUM, (*place, "enum"))
    return None


def _sayable(values: Sequence[JSON]) -> bool:
    texts = [one for one in values if isinstance(one, str) and one and "," not in one and one == one.strip()]
    return bool(values) and len(texts) == len(values) == len(set(texts))


def read_shape(body: Body, report: Report) -> dict[str, JSON]:
    """The inverse: the plain data of a shape."""
    element = _read_element(body, report)
    if body.get("is_array_type") is True:
        return {"type": ["array"], "items": element} if element else {"type": ["array"]}
    return element


def _read_element(body: Body, report: Report) -> dict[str, JSON]:
    type_ = body.get("type", "any")
    kinds = KINDS.get(type_) if isinstance(type_, str) else None
    if not kinds:
        if kinds is None:
            report(limits.UNREADABLE, ("type",))
        return {}
    data: dict[str, JSON] = {"type": kinds}
    if type_ == "enum" and "enum_values" in body:
        values = body["enum_values"]
        if isinstance(values, list) and all(is_text(one) for one in values):
            data["enum"] = values
        else:
            report(limits.UNREADABLE, ("enum",))
    elif "regex" in body:
        read_text(data, "pattern", body["regex"], report)
    return data


def keep_shape(said: dict[str, JSON], held: Body) -> None:
    """Where what is held means the same as what is said, leave it in its own words.

    Enum values in another order are the same: no order is promised (section 5.13).
    """
    if _meaning(said) != _meaning(held):
        return
    for field in SHAPE_FIELDS:
        said.pop(field, None)
        if field in held:
            said[field] = held[field]


def _meaning(body: Body) -> JSON:
    shape = read_shape(body, lambda limit, place, name="": None)
    element = shape.get("items", shape)
    return {**shape, "items": {**element, "enum": sorted(element.get("enum", ()))}, "enum": None}


# Small parts ------------------------------------------------------------------------------------------------------


def lost_fields(thing: Shape | Property, lost: Mapping[str, Limit]) -> list[tuple[str, Limit]]:
    """The fields of this shape that say something and have no place, each with its limit."""
    stated = thing.model_fields_set
    if stated.isdisjoint(lost):
        return []
    defaults = _defaults(type(thing))
    return [(name, lost[name]) for name in stated if name in lost and getattr(thing, name) != defaults[name]]


@cache
def _defaults(model: type[Shape]) -> dict[str, JSON]:
    """What each field of a model is when nobody states it."""
    return {name: field.get_default(call_default_factory=True) for name, field in model.model_fields.items()}


def is_text(value: JSON) -> bool:
    """Whether this is a text that can be encoded."""
    return isinstance(value, str) and (value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value))


def read_text(data: dict[str, JSON], field: str, value: JSON, report: Report) -> None:
    """Take over a text, or report what is none."""
    if is_text(value):
        data[field] = value
    else:
        report(limits.UNREADABLE, (field,))
