"""Reading JSON Schema, any of the three drafts: keyword by keyword into the plain data of a property or an event.

The table `_READ` says for each keyword how it is taken. Three things can happen to a value: it is taken into a field;
it is fine but no field can hold it (a tuple of ``items``, a schema under ``additionalProperties``) and stays verbatim
in `keywords`; or JSON Schema does not allow it, then it stays verbatim too and is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mappings.canonical.kinds import JSON, KINDS, Shape

Report = Callable[[tuple[str, ...], str, str], None]
"""Called with (path, code, message) for each value that changes on the way; codes are the keys of CODES."""

CODES = {
    "ill-typed": "a keyword has a value that JSON Schema does not allow there",
    "unknown-type": "a type that JSON Schema does not have",
    "const-as-enum": "draft 4 has no const; said as a one-value enum",
    "two-bounds": "an inclusive and an exclusive bound at once; the stricter one is kept",
    "required-unlisted": "a required name without a property of its own",
}

PROPERTY_ANNOTATIONS = (
    ("owners", "x-owners"),
    ("tags", "x-tags"),
    ("sensitivity", "x-sensitivity"),
    ("hidden", "x-hidden"),
)


def ignore(path: tuple[str, ...], code: str, message: str) -> None:
    """The report of somebody who does not want one."""


def shape_data(schema: JSON, report: Report = ignore, path: tuple[str, ...] = ()) -> dict[str, JSON]:
    """The plain data of the property that this schema describes (any of the three drafts, told apart by form).

    The result is what `Property` takes; whether it is required is for the parent to say.
    """
    if isinstance(schema, bool):
        return {} if schema else {"keywords": {"not": {}}}
    if not isinstance(schema, Mapping):
        report(path, "ill-typed", f"a schema is an object or a boolean, not {type(schema).__name__}")
        return {}
    return _Reader(report).shape(schema, path)


def event_data(schema: JSON, report: Report = ignore, path: tuple[str, ...] = ()) -> dict[str, JSON]:
    """The plain data of the event that this object schema describes; its name is for the caller to say.

    Keywords an event has no field for (also a root `type` other than object) are kept verbatim in `keywords`.
    """
    if not isinstance(schema, Mapping):
        report(path, "ill-typed", f"the schema of an event is an object, not {type(schema).__name__}")
        return {}
    data = _Reader(report).shape(schema, path, _READ_OF_EVENT)
    if data.get("keywords", {}).get("type") in ("object", ["object"]):
        del data["keywords"]["type"]
    return {field: value for field, value in data.items() if value != {} or field == "properties"}


class _Reader:
    def __init__(self, report: Report) -> None:
        self.report = report

    def shape(
        self, schema: Mapping[str, JSON], path: tuple[str, ...], table: Mapping[str, _Read] | None = None
    ) -> dict[str, JSON]:
        data: dict[str, JSON] = {}
        kept: dict[str, JSON] = {}
        for keyword, value in schema.items():
            read = (table or _READ).get(keyword)
            if read is None:
                kept[keyword] = value
            elif not (taken := read(self, data, schema, value, path)):
                kept[keyword] = value
                if taken is False:
                    self.report((*path, "keywords", keyword), "ill-typed", f"{keyword}: {CODES['ill-typed']}")
        if kept:
            data["keywords"] = kept
        return data

    def text(self, data: dict[str, JSON], field: str, value: JSON) -> bool:
        if isinstance(value, str) and value:
            data[field] = value
        return value is None or isinstance(value, str)

    def kinds(self, data: dict[str, JSON], value: JSON, path: tuple[str, ...]) -> bool:
        kinds = ["null" if one is None else one for one in (value if isinstance(value, list) else [value])]
        if "any" in kinds:
            return True
        unknown = [one for one in kinds if one not in KINDS]
        if unknown:
            self.report(
                (*path, "type"), "unknown-type", f"type {unknown[0]!r} is none of JSON Schema; read as any value"
            )
            return True
        data["type"] = kinds[0] if len(kinds) == 1 else kinds
        return bool(kinds)

    def bound(self, data: dict[str, JSON], field: str, schema: Mapping[str, JSON], value: JSON) -> bool:
        if not _is_number(value):
            return False
        exclusive = f"exclusive_{field}"
        data[exclusive if schema.get(f"exclusive{field.capitalize()}") is True else field] = _plain(value)
        return True

    def exclusive_bound(self, data: dict[str, JSON], field: str, schema: Mapping[str, JSON], value: JSON) -> bool:
        if isinstance(value, bool):  # draft 4: a flag beside the bound, read with it; it says nothing without one
            return not value or _is_number(schema.get(field.removeprefix("exclusive_")))
        if _is_number(value):
            data[field] = _plain(value)
        return _is_number(value)

    def members(self, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: tuple[str, ...]) -> bool:
        if not isinstance(value, Mapping):
            return False
        members = {
            str(name): shape_data(one, self.report, (*path, "properties", str(name))) for name, one in value.items()
        }
        if members:
            data.setdefault("properties", {}).update(members)
            self._mark_required(data, schema.get("required"))
        return True

    def required(self, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: tuple[str, ...]) -> bool:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            return False
        listed = schema.get("properties")
        for name in dict.fromkeys(value):
            if isinstance(listed, Mapping) and name in listed:
                continue
            message = f"{name!r}: {CODES['required-unlisted']}"
            self.report((*path, "properties", name), "required-unlisted", message)
            if name:
                data.setdefault("properties", {}).setdefault(name, {})
        self._mark_required(data, value)
        return True

    def _mark_required(self, data: dict[str, JSON], names: JSON) -> None:
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str) and name in data.get("properties", {}):
                data["properties"][name]["required"] = True

    def item(self, data: dict[str, JSON], value: JSON, path: tuple[str, ...]) -> bool | None:
        if isinstance(value, bool | list):  # a schema per position, or a schema that allows all or nothing
            return None
        if not isinstance(value, Mapping):
            return False
        shape = shape_data(value, self.report, (*path, "items"))
        people = {field: shape.pop(field) for field in set(shape) - set(Shape.model_fields)}
        if people:  # an item has no name of its own to hang a description on: kept as the keyword it was
            shape["keywords"] = {**shape.get("keywords", {}), **{_KEYWORD_OF[key]: one for key, one in people.items()}}
        data["items"] = shape
        return True


def is_well_formed(keyword: str, value: JSON) -> bool:
    """Whether JSON Schema allows this value for a keyword that is known here; unknown keywords may have any value."""
    if keyword == "type":
        kinds = value if isinstance(value, list) else [value]
        return bool(kinds) and all(kind in KINDS for kind in kinds)
    read = _READ.get(keyword)
    return read is None or read(_Reader(ignore), {}, {}, value, ()) is not False


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: float) -> float:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Read = Callable[[_Reader, dict[str, JSON], Mapping[str, JSON], Any, tuple[str, ...]], bool | None]
"""Takes a value into the data: True. None keeps it verbatim, False keeps it and reports it."""


def _text(field: str) -> _Read:
    return lambda reader, data, schema, value, path: reader.text(data, field, value)


def _count(field: str) -> _Read:
    def read(reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any) -> bool:
        count = _plain(value) if _is_number(value) else None
        if not isinstance(count, int) or count < 0:
            return False
        data[field] = count
        return True

    return read


def _number(field: str) -> _Read:
    def read(reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any) -> bool:
        if _is_number(value):
            data[field] = _plain(value)
        return _is_number(value)

    return read


def _flag(field: str) -> _Read:
    def read(reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any) -> bool:
        if isinstance(value, bool):
            data[field] = value
        return isinstance(value, bool)

    return read


def _values(field: str) -> _Read:
    def read(reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any) -> bool:
        if isinstance(value, list) and value:
            data[field] = value
        return isinstance(value, list) and (bool(value) or field != "enum")

    return read


def _words(field: str) -> _Read:
    def read(reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any) -> bool:
        words = isinstance(value, list) and all(isinstance(word, str) for word in value)
        if words:
            data[field] = value
        return words

    return read


def _one_of(field: str, *choices: str) -> _Read:
    def read(reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any) -> bool:
        if value in choices:
            data[field] = value
        return value in choices

    return read


def _constant(
    reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any
) -> bool | None:
    if value is None and "enum" in schema:
        return None
    data.update({"enum": [None]} if value is None else {"const": value})
    return True


def _additional(
    reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any
) -> bool | None:
    if isinstance(value, bool):
        data["additional_properties"] = value
    return True if isinstance(value, bool) else None if isinstance(value, Mapping) else False


# keyword → how it is read; what is not here is kept verbatim.
_READ: dict[str, _Read] = {
    "type": lambda reader, data, schema, value, path: reader.kinds(data, value, path),
    "title": _text("display_name"),
    "description": _text("description"),
    "enum": _values("enum"),
    "const": _constant,
    "pattern": _text("pattern"),
    "format": _text("format"),
    "multipleOf": _number("multiple_of"),
    "minimum": lambda reader, data, schema, value, path: reader.bound(data, "minimum", schema, value),
    "maximum": lambda reader, data, schema, value, path: reader.bound(data, "maximum", schema, value),
    "exclusiveMinimum": lambda reader, data, schema, value, path: reader.exclusive_bound(
        data, "exclusive_minimum", schema, value
    ),
    "exclusiveMaximum": lambda reader, data, schema, value, path: reader.exclusive_bound(
        data, "exclusive_maximum", schema, value
    ),
    "minLength": _count("min_length"),
    "maxLength": _count("max_length"),
    "minItems": _count("min_items"),
    "maxItems": _count("max_items"),
    "uniqueItems": _flag("unique_items"),
    "items": lambda reader, data, schema, value, path: reader.item(data, value, path),
    "properties": lambda reader, data, schema, value, path: reader.members(data, schema, value, path),
    "required": lambda reader, data, schema, value, path: reader.required(data, schema, value, path),
    "additionalProperties": _additional,
    "examples": _values("examples"),
    "x-owners": _words("owners"),
    "x-tags": _words("tags"),
    "x-sensitivity": _words("sensitivity"),
    "x-hidden": _flag("hidden"),
    "x-status": _one_of("status", "planned", "active", "deprecated"),
}
_KEYWORD_OF = {
    **dict(PROPERTY_ANNOTATIONS),
    "display_name": "title",
    "description": "description",
    "examples": "examples",
    "status": "x-status",
}
_SHARED_WITH_EVENTS = (
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "x-owners",
    "x-tags",
    "x-hidden",
    "x-status",
)
_READ_OF_EVENT: dict[str, _Read] = {
    **{keyword: _READ[keyword] for keyword in _SHARED_WITH_EVENTS},
    "x-sources": _words("sources"),
    "x-category": _text("category"),
    "x-kind": _one_of("kind", "track", "page", "screen", "entity"),
}
