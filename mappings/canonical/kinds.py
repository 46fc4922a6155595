"""What a value may look like: kinds, constraints, nesting. Everything here is expressible as JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

JSON = Any
"""A value made of None, bool, int, float, str, list and dict with string keys."""

OBJECTS = (dict, Mapping)
"""For `isinstance`: a JSON object, whatever holds it. A dict is told at once; an abstract class is slow to ask."""

Kind = Literal["string", "integer", "number", "boolean", "object", "array", "null"]
"""The seven kinds of JSON Schema. A nullable value lists "null" beside its kind; no kind at all means any value."""

KINDS: tuple[Kind, ...] = ("string", "integer", "number", "boolean", "object", "array", "null")


class Frozen(BaseModel):
    """A value: equal when its fields are equal, never changed after it was made, no field but the declared ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def as_tuple(value: object) -> object:
    """One item or a list of them, as a person would write it in YAML, as a tuple."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _ordered_kinds(value: object) -> object:
    """`type` in the one canonical order, without repeats: a union is a set."""
    kinds = as_tuple(value)
    if not isinstance(kinds, tuple):
        return kinds
    known = [kind for kind in KINDS if kind in kinds]
    return (*known, *(kind for kind in kinds if kind not in KINDS))


def _plain_number(value: object) -> object:
    """5.0 and 5 are one number; the tools do not agree on its spelling."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def as_set(value: object) -> object:
    """A set as a sorted tuple without repeats, so that two spellings of one set are equal."""
    items = as_tuple(value)
    if isinstance(items, tuple) and all(isinstance(item, str) for item in items):
        return tuple(sorted(set(items)))
    return items


Kinds = Annotated[tuple[Kind, ...], BeforeValidator(_ordered_kinds)]
Number = Annotated[StrictInt | StrictFloat, BeforeValidator(_plain_number)]
Count = Annotated[StrictInt, Field(ge=0)]
Words = Annotated[tuple[str, ...], BeforeValidator(as_set)]
"""A set of words (tags, owners, sources), sorted."""
Values = Annotated[tuple[JSON, ...], BeforeValidator(as_tuple)]

Status = Literal["planned", "active", "deprecated"]
"""Lifecycle as the plan owner states it. `active` when nothing is said."""

SENSITIVITIES = ("pii", "revenue", "sensitive")
"""The classes that at least one tool knows; a plan may use others, and gets a finding where a tool does not."""


class Shape(Frozen):
    """The structure of a value: its kinds and their constraints, all optional. An empty shape allows anything.

    `required` is not here: whether a property must be present is a fact of its parent; whether it may be null is
    a fact of its `type`. Bounds are inclusive unless the name says exclusive. `keywords` holds the JSON Schema
    keywords this model has no field for (``oneOf``, ``$ref``, ``patternProperties``, ...), verbatim, so that a
    schema passes through without loss where a tool can store it.
    """

    type: Kinds = ()
    enum: Values | None = None
    const: JSON = None
    """The single allowed value; None means "no constant" (a constant null is written ``type: "null"``)."""
    pattern: str | None = None
    format: str | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    exclusive_minimum: Number | None = None
    exclusive_maximum: Number | None = None
    multiple_of: Number | None = None
    min_length: Count | None = None
    max_length: Count | None = None
    min_items: Count | None = None
    max_items: Count | None = None
    unique_items: StrictBool = False
    items: Shape | None = None
    properties: dict[str, Property] = Field(default_factory=dict)
    additional_properties: StrictBool | None = None
    """Whether unlisted properties are allowed; None when nobody said."""
    keywords: dict[str, JSON] = Field(default_factory=dict)

    @property
    def nullable(self) -> bool:
        return "null" in self.type or not self.type

    @property
    def solid_kinds(self) -> tuple[Kind, ...]:
        """The kinds without "null"."""
        return tuple(kind for kind in self.type if kind != "null")


class Property(Shape):
    """A named value of an event, a user, a group or an object: its shape, and what people say about it.

    `shared` names an entry of the plan's library (`TrackingPlan.shared_properties`); the fields written here win
    over the library's. `names` are the spellings single tools use where they differ, by tool.
    """

    id: str | None = None
    """Stable identity; see `mappings.canonical.identity`. Only needed where a name is not enough."""
    shared: str | None = None
    description: str = ""
    display_name: str | None = None
    required: StrictBool = False
    owners: Words = ()
    tags: Words = ()
    status: Status = "active"
    sensitivity: Words = ()
    hidden: StrictBool | None = None
    """Hidden in the tools' menus; None leaves that to the tools."""
    examples: Values = ()
    names: dict[str, str] = Field(default_factory=dict)


Shape.model_rebuild()
Property.model_rebuild()


def walk(properties: dict[str, Property], path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], Property]]:
    """Every property at any depth with its canonical path, parents first; array items add ("items",)."""
    for name, prop in properties.items():
        here = (*path, "properties", name)
        yield here, prop
        yield from _walk_shape(prop, here)


def _walk_shape(shape: Shape, path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], Property]]:
    yield from walk(shape.properties, path)
    if shape.items is not None:
        yield from _walk_shape(shape.items, (*path, "items"))
