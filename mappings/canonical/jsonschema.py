"""Between shapes and JSON Schema: drafts 2020-12, 07 and 04, both ways, with a report of what does not fit.

What JSON Schema has no word for (owners, tags, status, ...) travels as ``x-`` annotations. Reading is total: a
keyword with a value that its draft does not allow is kept verbatim in `keywords` and reported, never an error.
Writing is here, reading in `schema_reading`; both are to be imported from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Literal

from mappings.canonical.kinds import JSON, Property, Shape
from mappings.canonical.plan import Event
from mappings.canonical.schema_reading import (
    CODES,
    PROPERTY_ANNOTATIONS,
    Report,
    event_data,
    ignore,
    is_well_formed,
    shape_data,
)

__all__ = [
    "CODES",
    "SCHEMA_URIS",
    "Draft",
    "Report",
    "event_data",
    "event_schema",
    "shape_data",
    "shape_schema",
]

Draft = Literal["2020-12", "07", "04"]

SCHEMA_URIS: dict[Draft, str] = {
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
    "07": "http://json-schema.org/draft-07/schema#",
    "04": "http://json-schema.org/draft-04/schema#",
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
BOUND_FIELDS = frozenset(bound for row in BOUNDS for bound in row[:2])
CONSTRAINTS = frozenset({"const", "unique_items", *(field for field, _ in PLAIN), *BOUND_FIELDS})
STRUCTURE = CONSTRAINTS | {"enum", "items", "properties", "additional_properties", "keywords"}
"""Fields of a shape beside its kinds."""
ANNOTATED = frozenset({"status", *(field for field, _ in PROPERTY_ANNOTATIONS)})
"""Fields that most properties do not state. Those that state none of a group are written without a look at each."""
EVENT_ANNOTATIONS = (
    ("category", "x-category"),
    ("owners", "x-owners"),
    ("tags", "x-tags"),
    ("sources", "x-sources"),
    ("hidden", "x-hidden"),
)


def shape_schema(
    shape: Shape,
    draft: Draft,
    *,
    annotations: bool = True,
    strict: bool = False,
    report: Report = ignore,
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
    report: Report = ignore,
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
        schema["type"] = "object"
        self._members(schema, event.properties, event.additional_properties, path)
        if self.annotations:
            self._annotate(schema, event, EVENT_ANNOTATIONS)
            if event.kind != "track":
                schema["x-kind"] = event.kind
        if not self.strict or is_well_formed("type", event.keywords.get("type")):
            schema["type"] = event.keywords.get("type", "object")
        self._verbatim(schema, event.keywords, path)
        schema.setdefault("properties", {})
        return schema

    def shape(self, shape: Shape, path: tuple[str, ...]) -> dict[str, JSON]:
        schema: dict[str, JSON] = {}
        stated = shape.model_fields_set
        if isinstance(shape, Property):
            self._describe(schema, shape, stated)
        if shape.type:
            schema["type"] = shape.type[0] if len(shape.type) == 1 else list(shape.type)
        if stated.isdisjoint(STRUCTURE):
            return schema
        if shape.enum is not None:
            schema["enum"] = list(shape.enum)
        if not stated.isdisjoint(CONSTRAINTS):
            self._constrain(schema, shape, stated, path)
        if shape.items is not None:
            schema["items"] = self.shape(shape.items, (*path, "items"))
        if shape.properties or shape.additional_properties is not None:
            self._members(schema, shape.properties, shape.additional_properties, path)
        if shape.keywords:
            self._verbatim(schema, shape.keywords, path)
        return schema

    def _constrain(self, schema: dict[str, JSON], shape: Shape, stated: Set[str], path: tuple[str, ...]) -> None:
        for field, keyword in PLAIN:
            if field in stated and (value := getattr(shape, field)) is not None:
                schema[keyword] = value
        if shape.const is not None:
            self._constant(schema, shape, path)
        if not stated.isdisjoint(BOUND_FIELDS):
            self._bounds(schema, shape, path)
        if shape.unique_items:
            schema["uniqueItems"] = True

    def _describe(self, schema: dict[str, JSON], prop: Property, stated: Set[str]) -> None:
        if prop.display_name is not None:
            schema["title"] = prop.display_name
        if prop.description:
            schema["description"] = prop.description
        if prop.examples:
            schema["examples"] = list(prop.examples)
        if self.annotations and not stated.isdisjoint(ANNOTATED):
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
            if self.strict and not self._allows(keyword, value):
                self.report((*path, "keywords", keyword), "ill-typed", CODES["ill-typed"])
            elif schema.get(keyword, value) != value:
                message = f"{keyword} is said twice, as a field and as a keyword; the field is kept"
                self.report((*path, "keywords", keyword), "ill-typed", message)
            else:
                schema.setdefault(keyword, value)

    def _allows(self, keyword: str, value: JSON) -> bool:
        if keyword == "items" and isinstance(value, list):
            return self.draft != "2020-12"
        if keyword == "items" and isinstance(value, bool):
            return self.draft != "04"
        return is_well_formed(keyword, value)
