"""Between shapes and JSON Schema: drafts 2020-12, 07 and 04, both ways, with a report of what does not fit.

What JSON Schema has no word for (owners, tags, status, ...) travels as ``x-`` annotations. Reading is total: a
keyword with a value that its draft does not allow is kept verbatim in `keywords` and reported, never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from mappings.canonical.kinds import JSON, KINDS, Property, Shape
from mappings.canonical.plan import Event

Draft = Literal["2020-12", "07", "04"]

SCHEMA_URIS: dict[Draft, str] = {
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
    "07": "http://json-schema.org/draft-07/schema#",
    "04": "http://json-schema.org/draft-04/schema#",
}

Report = Callable[[tuple[str, ...], str, str], None]
"""Called with (path, code, message) for each value that changes on the way; codes are the keys of CODES."""

CODES = {
    "ill-typed": "a keyword has a value that JSON Schema does not allow there",
    "unknown-type": "a type that JSON Schema does not have",
    "const-as-enum": "draft 4 has no const; said as a one-value enum",
    "two-bounds": "an inclusive and an exclusive bound at once; the stricter one is kept",
    "required-unlisted": "a required name without a property of its own",
}

# (field of Shape, keyword): values that need no translation.
PLAIN = (
    ("pattern", "pattern"),
    ("format", "format"),
    ("multiple_of", "multipleOf"),
    ("min_length", "minLength"),
    ("max_length", "maxLength"),
    ("min_items", "minItems"),
    ("max_items", "maxItems"),
)
BOUNDS = (
    ("minimum", "exclusive_minimum", "exclusiveMinimum", max),
    ("maximum", "exclusive_maximum", "exclusiveMaximum", min),
)
PROPERTY_ANNOTATIONS = (
    ("owners", "x-owners"),
    ("tags", "x-tags"),
    ("sensitivity", "x-sensitivity"),
    ("hidden", "x-hidden"),
)
EVENT_ANNOTATIONS = (
    ("category", "x-category"),
    ("owners", "x-owners"),
    ("tags", "x-tags"),
    ("sources", "x-sources"),
    ("hidden", "x-hidden"),
)


def _ignore(path: tuple[str, ...], code: str, message: str) -> None:
    """The report of somebody who does not want one."""


# Writing -----------------------------------------------------------------------------------------------------


def shape_schema(
    shape: Shape,
    draft: Draft,
    *,
    annotations: bool = True,
    strict: bool = False,
    report: Report = _ignore,
    path: tuple[str, ...] = (),
) -> dict[str, JSON]:
    """The JSON Schema of a shape or property, without ``$schema``.

    `strict` leaves out verbatim keywords whose name is a keyword this module knows: they are there only because
    their value is not allowed. `annotations` adds the ``x-`` keywords. Paths in the report are below `path`.
    """
    return _Writer(draft, annotations, strict, report).shape(shape, path)


def event_schema(
    event: Event,
    draft: Draft,
    *,
    annotations: bool = True,
    strict: bool = False,
    report: Report = _ignore,
    path: tuple[str, ...] = (),
) -> dict[str, JSON]:
    """The JSON Schema of what is sent with an event, an object at the root, without ``$schema``."""
    return _Writer(draft, annotations, strict, report).event(event, path)


class _Writer:
    def __init__(self, draft: Draft, annotations: bool, strict: bool, report: Report) -> None:
        self.draft = draft
        self.annotations = annotations
        self.strict = strict
        self.report = report

    def event(self, event: Event, path: tuple[str, ...]) -> dict[str, JSON]:
        schema: dict[str, JSON] = {}
        if event.display_name is not None:
            schema["title"] = event.display_name
        if event.description:
            schema["description"] = event.description
        schema["type"] = event.keywords.get("type", "object")
        schema["properties"] = {}
        self._members(schema, event.properties, event.additional_properties, path)
        if self.annotations:
            self._annotate(schema, event, EVENT_ANNOTATIONS)
            if event.kind != "track":
                schema["x-kind"] = event.kind
        self._verbatim(schema, event.keywords, path)
        return schema

    def shape(self, shape: Shape, path: tuple[str, ...]) -> dict[str, JSON]:
        schema: dict[str, JSON] = {}
        if isinstance(shape, Property):
            self._describe(schema, shape)
        if shape.type:
            schema["type"] = shape.type[0] if len(shape.type) == 1 else list(shape.type)
        if shape.enum is not None:
            schema["enum"] = list(shape.enum)
        for field, keyword in PLAIN:
            if (value := getattr(shape, field)) is not None:
                schema[keyword] = value
        if shape.const is not None:
            self._constant(schema, shape, path)
        self._bounds(schema, shape, path)
        if shape.unique_items:
            schema["uniqueItems"] = True
        if shape.items is not None:
            schema["items"] = self.shape(shape.items, (*path, "items"))
        self._members(schema, shape.properties, shape.additional_properties, path)
        if shape.keywords:
            self._verbatim(schema, shape.keywords, path)
        return schema

    def _describe(self, schema: dict[str, JSON], prop: Property) -> None:
        if prop.display_name is not None:
            schema["title"] = prop.display_name
        if prop.description:
            schema["description"] = prop.description
        if prop.examples:
            schema["examples"] = list(prop.examples)
        if self.annotations:
            self._annotate(schema, prop, PROPERTY_ANNOTATIONS)

    def _annotate(self, schema: dict[str, JSON], thing: Property | Event, table: tuple[tuple[str, str], ...]) -> None:
        for field, keyword in table:
            value = getattr(thing, field)
            if value is not None and value != ():
                schema[keyword] = list(value) if isinstance(value, tuple) else value
        if thing.status != "active":
            schema["x-status"] = thing.status

    def _constant(self, schema: dict[str, JSON], shape: Shape, path: tuple[str, ...]) -> None:
        if self.draft != "04":
            schema["const"] = shape.const
            return
        schema["enum"] = [shape.const]
        self.report((*path, "const"), "const-as-enum", CODES["const-as-enum"])
        self.report((*path, "enum"), "const-as-enum", CODES["const-as-enum"])

    def _bounds(self, schema: dict[str, JSON], shape: Shape, path: tuple[str, ...]) -> None:
        for inclusive, exclusive, keyword, stricter in BOUNDS:
            bound, open_bound = getattr(shape, inclusive), getattr(shape, exclusive)
            if open_bound is None:
                if bound is not None:
                    schema[inclusive] = bound
            elif self.draft != "04":
                schema[keyword] = open_bound
                if bound is not None:
                    schema[inclusive] = bound
            elif bound is None or stricter(bound, open_bound) == open_bound:
                schema[inclusive], schema[keyword] = open_bound, True
            else:
                schema[inclusive] = bound
            if self.draft == "04" and bound is not None and open_bound is not None:
                self.report((*path, inclusive), "two-bounds", CODES["two-bounds"])
                self.report((*path, exclusive), "two-bounds", CODES["two-bounds"])

    def _members(
        self,
        schema: dict[str, JSON],
        properties: Mapping[str, Property],
        additional: bool | None,
        path: tuple[str, ...],
    ) -> None:
        if properties:
            schema["properties"] = {
                name: self.shape(prop, (*path, "properties", name)) for name, prop in properties.items()
            }
            required = [name for name, prop in properties.items() if prop.required]
            if required:
                schema["required"] = required
        if additional is not None:
            schema["additionalProperties"] = additional

    def _verbatim(self, schema: dict[str, JSON], keywords: Mapping[str, JSON], path: tuple[str, ...]) -> None:
        for keyword, value in keywords.items():
            if self.strict and not _is_well_formed(keyword, value):
                self.report((*path, "keywords", keyword), "ill-typed", CODES["ill-typed"])
            else:
                schema.setdefault(keyword, value)


# Reading -----------------------------------------------------------------------------------------------------


def shape_data(schema: JSON, report: Report = _ignore, path: tuple[str, ...] = ()) -> dict[str, JSON]:
    """The plain data of the property that this schema describes (any of the three drafts, told apart by form).

    The result is what `Property` takes; whether it is required is for the parent to say.
    """
    if isinstance(schema, bool):
        return {} if schema else {"keywords": {"not": {}}}
    if not isinstance(schema, Mapping):
        report(path, "ill-typed", f"a schema is an object or a boolean, not {type(schema).__name__}")
        return {}
    return _Reader(report).shape(schema, path)


def event_data(schema: JSON, report: Report = _ignore, path: tuple[str, ...] = ()) -> dict[str, JSON]:
    """The plain data of the event that this object schema describes; its name is for the caller to say.

    Keywords an event has no field for (also a root `type` other than object) are kept verbatim in `keywords`.
    """
    if not isinstance(schema, Mapping):
        report(path, "ill-typed", f"the schema of an event is an object, not {type(schema).__name__}")
        return {}
    data = _Reader(report).shape(schema, path, _READ_OF_EVENT)
    if data.get("keywords", {}).get("type") == "object":
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
            elif not read(self, data, schema, value, path):
                kept[keyword] = value
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

    def exclusive_bound(self, data: dict[str, JSON], field: str, value: JSON) -> bool:
        if isinstance(value, bool):  # draft 4: a flag beside the bound, read with it
            return True
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

    def required(self, data: dict[str, JSON], value: JSON, path: tuple[str, ...]) -> bool:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            return False
        for name in value:
            if name not in data.get("properties", {}) and name:
                data.setdefault("properties", {}).setdefault(name, {})
        self._mark_required(data, value)
        return True

    def _mark_required(self, data: dict[str, JSON], names: JSON) -> None:
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str) and name in data.get("properties", {}):
                data["properties"][name]["required"] = True

    def item(self, data: dict[str, JSON], value: JSON, path: tuple[str, ...]) -> bool:
        if not isinstance(value, Mapping):
            return False
        shape = shape_data(value, self.report, (*path, "items"))
        people = {field: shape.pop(field) for field in set(shape) - set(Shape.model_fields)}
        if people:  # an item has no name of its own to hang a description on: kept as the keyword it was
            shape["keywords"] = {**shape.get("keywords", {}), **{_KEYWORD_OF[key]: one for key, one in people.items()}}
        data["items"] = shape
        return True


def _is_well_formed(keyword: str, value: JSON) -> bool:
    read = _READ.get(keyword)
    return read is None or read(_Reader(_ignore), {}, {}, value, ())


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: float) -> float:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Read = Callable[[_Reader, dict[str, JSON], Mapping[str, JSON], Any, tuple[str, ...]], bool]


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


def _constant(reader: _Reader, data: dict[str, JSON], schema: Mapping[str, JSON], value: JSON, path: Any) -> bool:
    data.update({"enum": [None]} if value is None else {"const": value})
    return True


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
        data, "exclusive_minimum", value
    ),
    "exclusiveMaximum": lambda reader, data, schema, value, path: reader.exclusive_bound(
        data, "exclusive_maximum", value
    ),
    "minLength": _count("min_length"),
    "maxLength": _count("max_length"),
    "minItems": _count("min_items"),
    "maxItems": _count("max_items"),
    "uniqueItems": _flag("unique_items"),
    "items": lambda reader, data, schema, value, path: reader.item(data, value, path),
    "properties": lambda reader, data, schema, value, path: reader.members(data, schema, value, path),
    "required": lambda reader, data, schema, value, path: reader.required(data, value, path),
    "additionalProperties": _flag("additional_properties"),
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
