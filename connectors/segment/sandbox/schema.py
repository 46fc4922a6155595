"""What the vendor does to the `jsonSchema` of a rule: sorts keys, fills sections, and almost nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.sandbox import JSON

ROOT_ORDER = ("$schema", "type", "labels", "description", "properties", "required")
SECTION_ORDER = ("context", "traits", "properties")

_SCHEMAS_BY_NAME = ("properties", "patternProperties", "definitions", "$defs", "dependencies")
_ONE_OR_MORE_SCHEMAS = (
    "items",
    "additionalItems",
    "additionalProperties",
    "contains",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
    "oneOf",
    "anyOf",
    "allOf",
)


def normalise(schema: JSON) -> JSON:
    """The schema as a read answers it (apis/segment.md sections 5.8 and 5.9): equal content, the vendor's key order.

    Root and section keys come in a fixed order, keys outside that order after them, everything deeper by code point.
    A missing section becomes `{}`; `$schema` and `type` are never added. A schema that is no object stays as sent.
    """
    if not isinstance(schema, dict):
        return schema
    sections = schema.get("properties", {})
    if isinstance(sections, dict):
        filled: dict[str, JSON] = {name: {} for name in SECTION_ORDER} | sections
        sections = {name: _sort_deep(filled[name]) for name in _order(filled, SECTION_ORDER)}
    filled_root = {**schema, "properties": sections}
    return {
        name: sections if name == "properties" else _sort_deep(filled_root[name])
        for name in _order(filled_root, ROOT_ORDER)
    }


def _order(names: Mapping[str, JSON], first: Sequence[str]) -> list[str]:
    return [name for name in first if name in names] + sorted(name for name in names if name not in first)


def _sort_deep(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {name: _sort_deep(value[name]) for name in sorted(value)}
    return [_sort_deep(item) for item in value] if isinstance(value, list) else value


def has_null_type(schema: JSON) -> bool:
    """Whether a JSON null stands in some `type` array, which the vendor seems to refuse (section 5.10).

    Only places where a schema is expected count: not enum values, defaults or unknown keywords.
    """
    if not isinstance(schema, dict):
        return False
    types = schema.get("type")
    if isinstance(types, list) and None in types:
        return True
    return any(has_null_type(part) for part in _parts(schema))


def _parts(schema: Mapping[str, JSON]) -> Iterator[JSON]:
    for keyword in _SCHEMAS_BY_NAME:
        named = schema.get(keyword)
        if isinstance(named, dict):
            yield from named.values()
    for keyword in _ONE_OR_MORE_SCHEMAS:
        value = schema.get(keyword)
        if isinstance(value, list):
            yield from value
        elif value is not None:
            yield value
