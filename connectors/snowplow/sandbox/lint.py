"""The checks a schema must pass before it is stored (apis/snowplow.md section 4.3).

Four sets: A the draft-4 meta-schema, B the syntax of `self`, C a strict draft 4 without unknown keywords, D the
linters of `LINTERS` on each schema level. Only an ERROR refuses a write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.snowplow.sandbox.messages import META, Violation, describe_all
from connectors.snowplow.sandbox.schema import SELF_DESCRIBING, read_self

JSON = Any
Node = dict[str, JSON]

ERROR, WARNING, INFO = "ERROR", "WARNING", "INFO"
NOT_CONFORMING = "The schema does not conform to a JSON Schema v4 specification"

_SELF_SYNTAX = {
    "vendor": r"^[a-zA-Z0-9-_\.]+$",
    "name": r"^[a-zA-Z0-9-_]+$",
    "format": r"^[a-zA-Z0-9-_]+$",
    "version": r"^[1-9][0-9]*(-(0|[1-9][0-9]*)){2}$",
}
_NUMERIC = ("multipleOf", "minimum", "maximum")
_STRING = ("minLength", "maxLength", "pattern", "format")
_ARRAY = ("items", "additionalItems", "minItems", "maxItems")
_OBJECT = ("properties", "additionalProperties", "required", "patternProperties")
_KNOWN_TO_STRICT = {
    *("type", "enum", "description", "oneOf", *_NUMERIC, *_STRING, *_ARRAY, *_OBJECT),
    *("id", "$schema", "self", "title", "default", "definitions", "uniqueItems", "minProperties", "maxProperties"),
    *("allOf", "anyOf", "not"),
}
# `ipv6` is missing on purpose: the vendor's code misspells it and flags it.
_KNOWN_FORMATS = ("uri", "ipv4", "email", "date-time", "date", "hostname", "uuid")

_MAPS = ("properties", "patternProperties")
_SINGLES = ("items", "additionalItems", "additionalProperties")
_LISTS = ("items", "oneOf")


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of a report. `pointer` is `/` for the root."""

    message: str
    level: str
    pointer: str = "/"

    def as_json(self) -> dict[str, JSON]:
        return {"message": self.message, "level": self.level, "pointer": self.pointer}


def lint(schema: JSON) -> list[Finding]:
    """All findings on a schema with its `$schema` and `self`; what is no object, or has none, has findings too."""
    violations = describe_all(META.iter_errors(schema))
    found = [_as_finding(one, ERROR) for one in violations]
    if not read_self(schema):
        found.append(Finding("JSON Schema is not self-describing", ERROR))
    if not isinstance(schema, dict):
        return found
    found += _check_self(schema)
    found += [_as_finding(one, WARNING) for one in _find_unknown_keywords(schema, ())]
    if not all(_is_readable(node) for _, node in _walk(schema, (), _MAPS, _SINGLES, _LISTS)):
        return [*found, Finding("Cannot extract JSON Schema", ERROR)]
    found += _check_root(schema)
    return found + [
        Finding(message, linter.level, _point(parts))
        for parts, node in _walk(schema, (), _MAPS, _SINGLES, _LISTS)
        for linter in LINTERS
        if (message := linter.check(node))
    ]


def refuses(findings: list[Finding]) -> bool:
    """Whether a write with these findings is refused."""
    return any(one.level == ERROR for one in findings)


def as_report(findings: list[Finding]) -> dict[str, JSON]:
    return {"message": NOT_CONFORMING, "report": [one.as_json() for one in findings]}


# A to C: checks by schema ------------------------------------------------------------------------------------


def _as_finding(violation: Violation, level: str) -> Finding:
    return Finding(violation.message, level, _point(violation.parts))


def _point(parts: tuple[str | int, ...]) -> str:
    return "/" + "/".join(str(part) for part in parts)


def _check_self(schema: Node) -> list[Finding]:
    identity = schema.get("self")
    if not isinstance(identity, dict):
        if identity is None:
            return [_as_finding(Violation("required", (), ("self",)), ERROR)]
        return [Finding("$.self: should be an object", ERROR, "/self")]
    return [
        _as_finding(violation, ERROR)
        for name, pattern in _SELF_SYNTAX.items()
        if (violation := _check_part(identity, name, pattern))
    ]


def _check_part(identity: Node, name: str, pattern: str) -> Violation | None:
    value = identity.get(name)
    if value is None:
        return Violation("required", ("self",), (name,))
    matches = isinstance(value, str) and re.search(pattern, value)
    return None if matches else Violation("pattern", ("self", name), (pattern,))


def _find_unknown_keywords(schema: Node, parts: tuple[str | int, ...]) -> Iterator[Violation]:
    maps, singles, lists = (*_MAPS, "definitions"), (*_SINGLES, "not"), ("items", "allOf", "anyOf", "oneOf")
    for place, node in _walk(schema, parts, maps, singles, lists):
        for name in node:
            if name not in _KNOWN_TO_STRICT:
                yield Violation("additionalProperties", place, (name,))


def _walk(
    node: JSON,
    parts: tuple[str | int, ...],
    maps: tuple[str, ...],
    singles: tuple[str, ...],
    lists: tuple[str, ...],
) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    """The schema and each schema inside it, with its place, through the keywords named."""
    if not isinstance(node, dict):
        return
    yield parts, node
    for keyword in maps:
        if isinstance(children := node.get(keyword), dict):
            for name, child in children.items():
                yield from _walk(child, (*parts, keyword, name), maps, singles, lists)
    for keyword in singles:
        yield from _walk(node.get(keyword), (*parts, keyword), maps, singles, lists)
    for keyword in lists:
        if isinstance(children := node.get(keyword), list):
            for index, child in enumerate(children):
                yield from _walk(child, (*parts, keyword, index), maps, singles, lists)


# The shapes the vendor's parser reads -------------------------------------------------------------------------


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_natural(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: JSON) -> bool:
    return isinstance(value, str)


def _is_list_of(kind: type) -> Callable[[JSON], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(one, kind) for one in value)


def _is_map_of_schemas(value: JSON) -> bool:
    return isinstance(value, dict) and _is_list_of(dict)(list(value.values()))


def _is_type(value: JSON) -> bool:
    return _is_list_of(str)(kinds := [value] if isinstance(value, str) else value) and set(kinds) <= _TYPES


_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
_SHAPES: dict[str, Callable[[JSON], bool]] = {
    "type": _is_type,
    "enum": _is_list_of(object),
    "description": _is_text,
    "oneOf": _is_list_of(dict),
    **dict.fromkeys(_NUMERIC, _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _is_natural),
    **dict.fromkeys(("pattern", "format"), _is_text),
    "items": lambda value: isinstance(value, dict) or _is_list_of(dict)(value),
    **dict.fromkeys(("additionalItems", "additionalProperties"), lambda value: isinstance(value, bool | dict)),
    **dict.fromkeys(_MAPS, _is_map_of_schemas),
    "required": _is_list_of(str),
}


def _is_readable(node: Node) -> bool:
    return all(_SHAPES[name](value) for name, value in node.items() if name in _SHAPES)


# D: linters --------------------------------------------------------------------------------------------------


def _check_root(schema: Node) -> Iterator[Finding]:
    if "$schema" not in schema:
        yield Finding("No $schema field in top-level of schema", ERROR)
    elif schema["$schema"] != SELF_DESCRIBING:
        yield Finding(f"Given $schema is not {SELF_DESCRIBING}", ERROR)
    if schema.get("type") != "object" or "properties" not in schema:
        hint = 'the schema should have a "type" property set to "object" and have a "properties" property'
        yield Finding(f"At the root level, {hint}", WARNING)


def _types(node: Node) -> list[str]:
    """The types named, none when the keyword is absent."""
    kinds = node.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _compare(low: str, high: str, message: str) -> Callable[[Node], str | None]:
    def check(node: Node) -> str | None:
        if low in node and high in node and node[low] > node[high]:
            return message.format(node[low], node[high])
        return None

    return check


def _belong(
    family: str, keywords: tuple[str, ...], types: tuple[str, ...], wanted: str
) -> Callable[[Node], str | None]:
    def check(node: Node) -> str | None:
        present = [name for name in keywords if name in node]
        if not present or "type" not in node or set(_types(node)) & set(types):
            return None
        return f"{family} properties [{','.join(present)}] require either {wanted} or absent values"

    return check


def _check_required_exist(node: Node) -> str | None:
    if node.get("additionalProperties") is not False or "patternProperties" in node:
        return None
    missing = [name for name in node.get("required", []) if name not in node.get("properties", {})]
    return f"Elements specified as required [{','.join(missing)}] don't exist in schema properties" if missing else None


def _check_varchar(node: Node) -> str | None:
    length = node.get("maxLength", 0)
    if length <= 65535:
        return None
    return f'A string property has a "maxLength" [{length}] greater than the Redshift VARCHAR maximum of 65535'


def _check_format(node: Node) -> str | None:
    if "format" not in node or node["format"] in _KNOWN_FORMATS:
        return None
    known = "date-time, date, email, hostname, ipv4, ipv6 or uri"
    return f"Unknown format [{node['format']}] detected. Known formats are: {known}"


def _check_numeric_bounds(node: Node) -> str | None:
    if not {"number", "integer"} & set(_types(node)) or ("minimum" in node and "maximum" in node):
        return None
    return 'A numeric property should have "minimum" and "maximum" properties'


def _check_string_length(node: Node) -> str | None:
    if "string" not in _types(node) or "enum" in node or "maxLength" in node or node.get("format") in _KNOWN_FORMATS:
        return None
    return 'A string type in the schema doesn\'t contain "maxLength" or format which is required'


def _name_columns(pattern: str, message: str) -> Callable[[Node], str | None]:
    def check(node: Node) -> str | None:
        wrong = [name for name in node.get("properties", {}) if re.search(pattern, name)]
        return f"Following properties {message} for BigQuery column name: [{','.join(wrong)}]" if wrong else None

    return check


def _check_optional_null(node: Node) -> str | None:
    if "required" not in node:
        return None
    optional = sorted(
        name
        for name, child in node.get("properties", {}).items()
        if name not in node["required"] and "type" in child and "null" not in _types(child)
    )
    listed = ",".join(optional)
    return f'Use "type: null" to indicate a field as optional for properties {listed}' if optional else None


def _check_description(node: Node) -> str | None:
    return None if "description" in node else 'The schema is missing the "description" property'


@dataclass(frozen=True, slots=True)
class Linter:
    """One rule run on each schema level; `check` gives the message when it fires."""

    name: str
    level: str
    check: Callable[[Node], str | None]


_NUMERIC_RANGE = "A field with numeric type has a minimum value [{}] greater than the maximum value [{}]"
_STRING_RANGE = (
    'A string type with "minLength" and "maxLength" property values has a minimum value [{}] higher than '
    "the maximum [{}]"
)
_ARRAY_RANGE = 'A field of array type has a "minItems" value [{}] with a greater value than the "maxItems" [{}]'

LINTERS = (
    Linter("numericMinimumMaximum", ERROR, _compare("minimum", "maximum", _NUMERIC_RANGE)),
    Linter("stringMinMaxLength", ERROR, _compare("minLength", "maxLength", _STRING_RANGE)),
    Linter("arrayMinMaxItems", ERROR, _compare("minItems", "maxItems", _ARRAY_RANGE)),
    Linter("numericProperties", ERROR, _belong("Numeric", _NUMERIC, ("number", "integer"), "a number, integer")),
    Linter("stringProperties", ERROR, _belong("String", _STRING, ("string",), "string")),
    Linter("arrayProperties", ERROR, _belong("Array", _ARRAY, ("array",), "array")),
    Linter("objectProperties", ERROR, _belong("Object", _OBJECT, ("object",), "object")),
    Linter("requiredPropertiesExist", ERROR, _check_required_exist),
    Linter("stringMaxLengthRange", WARNING, _check_varchar),
    Linter("unknownFormats", WARNING, _check_format),
    Linter("numericMinMax", WARNING, _check_numeric_bounds),
    Linter("stringLength", WARNING, _check_string_length),
    Linter("bqDisallowedCharacters", WARNING, _name_columns("[^A-Za-z0-9_]", "contain disallowed characters")),
    Linter("bqIllegalStart", WARNING, _name_columns("^[^A-Za-z_]", "start with illegal character")),
    Linter("optionalNull", INFO, _check_optional_null),
    Linter("description", INFO, _check_description),
)
