"""What Iglu refuses, ignores or warns about (apis/snowplow.md sections 2, 4.3, 4.4 and 7; server 0.14.0, Dec 2024).

`Inspector` walks a schema that was just written, takes out what the server's lint would refuse as an ERROR, and
reports: each value lost, each kind of warning once per event, each silent annotation once per plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mappings.canonical.kinds import JSON, KINDS, Shape
from mappings.canonical.plan import Event
from mappings.canonical.text import same
from mappings.contract import Effect, Finding, Path, Severity
from mappings.snowplow.table import EVENT_FIELDS, ITEM_FIELDS, PROPERTY_FIELDS, RESERVED, TOOL, column_of

MOST_BYTES = 100_000
"""Of one request (section 2, `repoServer.maxPayloadSize`)."""
MOST_LEVELS = 40
"""Of nesting, the root being level 1, scalars counted (section 2, `maxJsonDepth`)."""
REDSHIFT_TEXT = 65_535

# ERROR rules of section 4.3 D: keywords that need one of these types when a type is given.
FAMILIES = (
    (("multipleOf", "minimum", "maximum"), frozenset({"number", "integer"})),
    (("minLength", "maxLength", "pattern", "format"), frozenset({"string"})),
    (("items", "additionalItems", "minItems", "maxItems"), frozenset({"array"})),
    (("properties", "additionalProperties", "required", "patternProperties"), frozenset({"object"})),
)
_MISFITS: Mapping[str, frozenset[str]] = {
    kind: frozenset(keyword for keywords, needed in FAMILIES if kind not in needed for keyword in keywords)
    for kind in KINDS
}
"""kind → the keywords that need another one."""
RANGES = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
KNOWN_FORMATS = frozenset({"uri", "ipv4", "email", "date-time", "date", "hostname", "uuid"})
"""`ipv6` is meant to be one, but the linter misspells it."""
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Limit(NamedTuple):
    """How a limit is told: a stable code, how bad it is, what happens to the value, a sentence, a next step."""

    code: str
    severity: Severity
    effect: Effect
    message: str
    hint: str = ""

    def at(self, path: Path, detail: str = "") -> Finding:
        message = f"{self.message}: {detail}." if detail else f"{self.message}."
        return Finding(self.severity, self.effect, path, f"{TOOL}.{self.code}", message, self.hint)


MISFIT = Limit(
    "misfit",
    "warning",
    "dropped",
    "Iglu refuses this constraint on a value of this type, so it is left out",
    "Correct the type or take the constraint out of the plan.",
)
RANGE = Limit(
    "range",
    "warning",
    "dropped",
    "The lower limit is above the upper one, which Iglu refuses, so both are left out",
    "Correct one of the two limits.",
)
INVALID = Limit(
    "invalid",
    "warning",
    "dropped",
    "This is not valid in JSON Schema draft 4, which Iglu speaks, so it is left out",
    "Correct the keyword or take it out of the plan.",
)
OWN_FIELD = Limit(
    "keyword",
    "warning",
    "dropped",
    "The plan has a field of its own for this keyword, so the verbatim one is left out",
    "Use the plan's field.",
)
RESERVED_WORD = Limit(
    "reserved", "warning", "dropped", "Iglu needs this keyword for its own bookkeeping, so it is left out"
)
REPEATED = Limit("repeated", "warning", "transformed", "Draft 4 refuses repeated enum values, so each is said once")
EMPTY = Limit("empty", "info", "dropped", "An empty text says nothing and is left out")
TOO_LARGE = Limit(
    "refused",
    "error",
    "refused",
    f"Iglu takes schemas of at most {MOST_BYTES:,} bytes and {MOST_LEVELS} levels, so this one is not published",
    "Split the event or shorten its texts and lists.",
)

TEXT_LENGTH = Limit("text-length", "info", "rule", "Iglu's linter wants a maximum length of each text, e.g. here")
LONG_TEXT = Limit("long-text", "info", "rule", f"Redshift cuts texts at {REDSHIFT_TEXT} bytes, e.g. here")
FORMAT = Limit("format", "info", "rule", "Iglu does not know this format, so pipelines may not check it")
COLUMN = Limit("column-name", "info", "rule", "This is no column name in BigQuery; the loader will respell it")
ENUM_NULL = Limit("enum-null", "info", "rule", "The type allows null but the enum does not list it, so it is refused")
SAME_COLUMN = Limit(
    "column-collision",
    "warning",
    "rule",
    "In a warehouse these properties become one column",
    "Rename one of them.",
)

ANNOTATION = "Iglu's own tools do not show this; it is kept as an annotation in the schema"
UNSUPPORTED = "Iglu stores this, but its pipelines and loaders are not promised to support it"
# keyword → what happens to it; told once per plan, at the first place.
NOTES: Mapping[str, str] = {
    **dict.fromkeys(("x-owners", "x-tags", "x-sensitivity", "x-hidden", "x-status", "x-category"), ANNOTATION),
    **dict.fromkeys(("x-sources", "x-kind", "examples", "default", "title"), ANNOTATION),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum", "allOf", "not", "dependencies", "if"), UNSUPPORTED),
    "$ref": "Pipelines take a reference for a schema that accepts anything",
    "definitions": "Pipelines do not resolve definitions",
    "pattern": "Pipelines read patterns as Java regular expressions, searched and not anchored",
    "multipleOf": "Loaders take the step of a number only as its count of decimals",
}
_PLAIN = frozenset({"type", "description", "minimum", "maximum", "minLength", "maxLength", "properties", "required"})


# Verbatim keywords: what draft 4 and the linters refuse -------------------------------------------------------


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_set(value: JSON) -> bool:
    return isinstance(value, list) and bool(value) and not _has_repeats(value)


def _has_repeats(values: list[JSON]) -> bool:
    if all(isinstance(value, str) for value in values):
        return len(set(values)) < len(values)
    return any(same(one, other) for index, one in enumerate(values) for other in values[:index])


def _is_texts(value: JSON) -> bool:
    return _is_set(value) and all(isinstance(one, str) for one in value)


def _is_type(value: JSON) -> bool:
    return value in KINDS if isinstance(value, str) else _is_texts(value) and set(value) <= set(KINDS)


def _is_dependency(value: JSON) -> bool:
    return _is_texts(value) if isinstance(value, list) else isinstance(value, Mapping)


_WELL_FORMED: Mapping[str, Callable[[JSON], bool]] = {
    "type": _is_type,
    "enum": _is_set,
    "required": _is_texts,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(("minimum", "maximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum", "uniqueItems"), lambda value: isinstance(value, bool)),
    **dict.fromkeys(("id", "$schema", "title", "description", "pattern", "format"), lambda v: isinstance(v, str)),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), lambda value: isinstance(value, list) and bool(value)),
    **dict.fromkeys(("properties", "patternProperties", "definitions"), lambda value: isinstance(value, Mapping)),
    **dict.fromkeys(("additionalProperties", "additionalItems"), lambda value: isinstance(value, bool | Mapping)),
    "not": lambda value: isinstance(value, Mapping),
    "items": lambda value: isinstance(value, Mapping) or (isinstance(value, list) and bool(value)),
    "dependencies": lambda value: isinstance(value, Mapping) and all(_is_dependency(one) for one in value.values()),
}
_MAPS = ("properties", "patternProperties", "definitions", "dependencies")
_LISTS = ("items", "allOf", "anyOf", "oneOf")
_SINGLES = ("items", "additionalItems", "additionalProperties", "not")
_NOT_LINTED = frozenset({"anyOf", "allOf", "not", "definitions", "dependencies"})
"""The linters do not look below these; the meta-schema does."""


def is_refused(schema: JSON, *, linted: bool = True) -> bool:
    """Whether a schema below the root would draw an ERROR of section 4.3."""
    if not isinstance(schema, Mapping) or not all(
        _WELL_FORMED[key](value) for key, value in schema.items() if key in _WELL_FORMED
    ):
        return True
    if any(f"exclusive{bound.capitalize()}" in schema and bound not in schema for bound in ("minimum", "maximum")):
        return True
    if linted and (misfits(schema) or crossed(schema) or _requires_unlisted(schema)):
        return True
    return any(is_refused(one, linted=linted and key not in _NOT_LINTED) for key, one in _inner(schema))


def _inner(schema: Mapping[str, JSON]) -> Iterator[tuple[str, JSON]]:
    for key, value in schema.items():
        if key in _MAPS:
            yield from ((key, one) for one in value.values() if not (key == "dependencies" and isinstance(one, list)))
        elif key in _LISTS and isinstance(value, list):
            yield from ((key, one) for one in value)
        elif key in _SINGLES and not isinstance(value, bool):
            yield key, value


def misfits(schema: Mapping[str, JSON]) -> Collection[str]:
    """The keywords that need another type than the schema has."""
    given = schema.get("type")
    if given is None or (isinstance(given, str) and _MISFITS.get(given, schema.keys()).isdisjoint(schema)):
        return ()
    kinds = {given} if isinstance(given, str) else set(given)
    unfit = (keywords for keywords, needed in FAMILIES if not kinds & needed)
    return [keyword for keywords in unfit for keyword in keywords if keyword in schema]


def crossed(schema: Mapping[str, JSON]) -> Collection[str]:
    """The pairs of limits of which the lower is above the upper."""
    pairs = [pair for pair in RANGES if pair[0] in schema and pair[1] in schema]
    return [keyword for low, high in pairs if schema[low] > schema[high] for keyword in (low, high)]


def _requires_unlisted(schema: Mapping[str, JSON]) -> bool:
    if schema.get("additionalProperties") is not False or "patternProperties" in schema:
        return False
    return any(name not in schema.get("properties", {}) for name in schema.get("required", ()))


def levels(value: JSON, enough: int) -> int:
    """Nesting with the root as level 1, scalars counted; stops looking below level `enough`."""
    if enough <= 1 or not isinstance(value, Mapping | list) or not value:
        return 1
    inner = value.values() if isinstance(value, Mapping) else value
    return 1 + max(levels(one, enough - 1) for one in inner)


# The walk -----------------------------------------------------------------------------------------------------


@dataclass
class Notes:
    """Where each keyword of NOTES stands first in a plan."""

    places: dict[str, Path]

    def findings(self) -> Iterator[Finding]:
        for keyword, path in self.places.items():
            yield Limit("annotation", "info", "transformed", NOTES[keyword]).at(path, f"{keyword}, first used here")


class Inspector:
    """Makes one schema acceptable, in place. Findings have paths below the `path` that `root` is called with."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.findings: list[Finding] = []
        self._warned: set[str] = set()

    def root(self, schema: dict[str, JSON], event: Event, path: Path) -> None:
        """The schema of a whole event; `event` is what it was written from."""
        kinds = schema["type"]
        if not _is_type(kinds) or "object" not in ([kinds] if isinstance(kinds, str) else kinds):
            schema["type"] = "object"
            self.findings.append(MISFIT.at((*path, "keywords", "type"), "an event is an object"))
        self._node(schema, event, path, EVENT_FIELDS)

    def _node(
        self, schema: dict[str, JSON], source: Event | Shape | None, path: Path, fields: Mapping[str, str]
    ) -> None:
        if source is not None and source.keywords:
            self._verbatim(schema, source, path, fields)
        if not schema.keys() <= _PLAIN:
            self._odd(schema, path, fields)
        self._limits(schema, path, fields)
        kinds = schema.get("type")
        if kinds == "string" or (isinstance(kinds, list) and "string" in kinds):
            self._text(schema, path)
        if (members := schema.get("properties")) and isinstance(members, dict):
            self._members(schema, members, source, path)
        if isinstance(items := schema.get("items"), dict):
            inner = source.items if isinstance(source, Shape) else None
            self._node(items, inner, (*path, "items"), ITEM_FIELDS)

    def _members(
        self, schema: dict[str, JSON], members: dict[str, JSON], source: Event | Shape | None, path: Path
    ) -> None:
        if "required" in schema:
            schema["required"].sort()
        known = source.properties if source is not None else {}
        columns: dict[str, str] = {}
        for name in sorted(members):
            here = (*path, "properties", name)
            if not _COLUMN.fullmatch(name):
                self._warn(COLUMN, (*here, "names"), repr(name))
            other = columns.setdefault(column_of(name), name)
            if other != name:
                self.findings.append(SAME_COLUMN.at((*here, "names"), f"{other!r} and {name!r}"))
            self._node(members[name], known.get(name), here, PROPERTY_FIELDS)

    def _verbatim(self, schema: dict[str, JSON], source: Event | Shape, path: Path, fields: Mapping[str, str]) -> None:
        for keyword, value in source.keywords.items():
            here = (*path, "keywords", keyword)
            if (limit := _objection(keyword, value, source, fields)) is None:
                if keyword in NOTES:
                    self.notes.places.setdefault(keyword, here)
                continue
            self.findings.append(limit.at(here))
            if keyword not in fields or not _is_said(source, keyword, fields[keyword]):
                schema.pop(keyword, None)

    def _odd(self, schema: dict[str, JSON], path: Path, fields: Mapping[str, str]) -> None:
        for keyword in ("title", "pattern", "format", "x-category"):
            if schema.get(keyword) == "":
                del schema[keyword]
                self.findings.append(EMPTY.at((*path, fields.get(keyword, keyword))))
        if "enum" in schema:
            self._enum(schema, (*path, "enum"))
        if "multipleOf" in schema and not schema["multipleOf"] > 0:
            del schema["multipleOf"]
            self.findings.append(INVALID.at((*path, "multiple_of")))
        for keyword in schema.keys() & NOTES.keys() & fields.keys():
            self.notes.places.setdefault(keyword, (*path, fields[keyword]))
        if "format" in schema and schema["format"] not in KNOWN_FORMATS:
            self._warn(FORMAT, (*path, "format"), repr(schema["format"]))

    def _enum(self, schema: dict[str, JSON], path: Path) -> None:
        values = schema["enum"]
        if not values:
            del schema["enum"]
            self.findings.append(INVALID.at(path, "an enum lists at least one value"))
            return
        if _has_repeats(values):
            schema["enum"] = [
                one for index, one in enumerate(values) if not any(same(one, other) for other in values[:index])
            ]
            self.findings.append(REPEATED.at(path))
        if isinstance(schema.get("type"), list) and "null" in schema["type"] and None not in values:
            self._warn(ENUM_NULL, path)

    def _limits(self, schema: dict[str, JSON], path: Path, fields: Mapping[str, str]) -> None:
        if schema.keys() <= _TYPE_AND_TEXT:
            return
        for limit, found in ((MISFIT, misfits(schema)), (RANGE, crossed(schema))):
            for keyword in found:
                exclusive = schema.pop(f"exclusive{keyword.capitalize()}", None)
                field = fields.get(keyword)
                place = (f"exclusive_{keyword}",) if exclusive else (field,) if field else ("keywords", keyword)
                del schema[keyword]
                if keyword != "required":  # told at "properties", whose members carry it
                    self.findings.append(limit.at((*path, *place), keyword))

    def _text(self, schema: dict[str, JSON], path: Path) -> None:
        longest = schema.get("maxLength")
        if longest is not None and longest > REDSHIFT_TEXT:
            self._warn(LONG_TEXT, (*path, "max_length"), str(longest))
        if "text-length" in self._warned or longest is not None or "enum" in schema:
            return
        if schema.get("format") not in KNOWN_FORMATS:
            self._warn(TEXT_LENGTH, (*path, "max_length"))

    def _warn(self, limit: Limit, path: Path, detail: str = "") -> None:
        if limit.code not in self._warned:
            self._warned.add(limit.code)
            self.findings.append(limit.at(path, detail))


_TYPE_AND_TEXT = frozenset({"type", "description", "title", "enum"})


def _objection(keyword: str, value: JSON, source: Event | Shape, fields: Mapping[str, str]) -> Limit | None:
    """Why a verbatim keyword cannot stay; None where it can."""
    if keyword in RESERVED and isinstance(source, Event):
        return RESERVED_WORD
    if keyword in fields and not _only_verbatim(keyword, value, source, fields):
        return OWN_FIELD
    # A flag beside a bound that is not there; where both are there, the field holds them.
    is_orphan = keyword in ("exclusiveMinimum", "exclusiveMaximum") and keyword not in fields
    return INVALID if is_orphan or is_refused({keyword: value}) else None


def _is_said(source: Event | Shape, keyword: str, field: str) -> bool:
    """Whether the plan says something in the field itself, so that the schema's keyword comes from there."""
    if keyword == "required":
        return any(prop.required for prop in source.properties.values())
    value = getattr(source, field)
    return not (value is None or value is False or value in ("", (), {}, "active", "track"))


def _only_verbatim(keyword: str, value: JSON, source: Event | Shape, fields: Mapping[str, str]) -> bool:
    """Whether draft 4 allows a value here that the plan's field cannot hold: a schema for what is not listed, a list
    of items by position. It is then kept, unless the field says something too."""
    kinds = {"additionalProperties": Mapping, "items": list}
    return isinstance(value, kinds.get(keyword, ())) and getattr(source, fields[keyword], None) is None
