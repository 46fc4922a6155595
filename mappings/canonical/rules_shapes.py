"""Rules about structure: constraints that contradict each other or their type, and keywords that are no JSON Schema."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from functools import lru_cache

from mappings.canonical.kinds import JSON, Property, Shape
from mappings.canonical.rules_ground import Ground, Rule, broken
from mappings.canonical.text import same
from mappings.contract import Finding, Path

RANGES = (
    ("minimum", "maximum", False),
    ("minimum", "exclusive_maximum", True),
    ("exclusive_minimum", "maximum", True),
    ("exclusive_minimum", "exclusive_maximum", True),
    ("min_length", "max_length", False),
    ("min_items", "max_items", False),
)
"""Lower bound, upper bound, and whether equal ones leave no value either."""

ONLY_FOR: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("pattern", "min_length", "max_length"), ("string",)),
    **dict.fromkeys(("minimum", "maximum", "exclusive_minimum", "exclusive_maximum"), ("number", "integer")),
    "multiple_of": ("number", "integer"),
    **dict.fromkeys(("min_items", "max_items", "unique_items", "items"), ("array",)),
    **dict.fromkeys(("properties", "additional_properties"), ("object",)),
}
"""The kinds that a constraint says something about. `format` is for strings by custom only, so it is not here."""

CONSTRAINTS = (*ONLY_FOR, "enum", "const", "keywords")
DEFAULTS: dict[str, object] = {
    field: Shape.model_fields[field].get_default(call_default_factory=True) for field in CONSTRAINTS
}

LONGEST_FAULT = 200
"""Characters of a fault that are shown; the validator quotes the whole value."""

ELSEWHERE = (
    (re.compile(r"\\[pP]\{[^}]*\}|\\[hzGRX]"), "."),
    (re.compile(r"\(\?<(?=[A-Za-z])"), "(?P<"),
)
"""What the expressions of other languages have and Python's lack, and what stands in for it to test the rest."""


def _written_out(ground: Ground) -> Iterator[tuple[Path, Shape]]:
    """Each shape; a property from the library as it is after expansion, and only where it says something of its own."""
    for path, shape in ground.shapes:
        if not isinstance(shape, Property) or shape.shared is None:
            yield path, shape
            continue
        own = shape.model_fields_set & {*CONSTRAINTS, "type"}
        entry = ground.plan.shared_properties.get(shape.shared)
        if own and entry is not None:
            yield path, entry.model_copy(update={field: getattr(shape, field) for field in own})


def check_constraints(ground: Ground) -> Iterator[Finding]:
    """Runs the small checks of single shapes; most shapes set few fields, so most checks are skipped."""
    for path, shape in _written_out(ground):
        said = [field for field in CONSTRAINTS if _says(shape, field)]
        if said:
            yield from _fitting(path, shape, said)
            for one in SHAPE_CHECKS:
                yield from one(path, shape)


def _says(shape: Shape, field: str) -> bool:
    """Whether the field differs from its default; 0, false and an empty enum do say something."""
    value, default = getattr(shape, field), DEFAULTS[field]
    return value is not default and (type(value) is not type(default) or value != default)


def _ranges(path: Path, shape: Shape) -> Iterator[Finding]:
    for low, high, exclusive in RANGES:
        lower, upper = getattr(shape, low), getattr(shape, high)
        if lower is not None and upper is not None and (lower > upper or (exclusive and lower == upper)):
            message = f"{low} {lower} and {high} {upper} leave no value"
            yield broken("error", (*path, low), "empty-range", message, "Swap or correct them.")


def _fitting(path: Path, shape: Shape, said: list[str]) -> Iterator[Finding]:
    for field in said if shape.type else ():
        kinds = ONLY_FOR.get(field, shape.type)
        if not set(kinds) & set(shape.type):
            message = f"{field} says nothing about a value of type {'/'.join(shape.type)}"
            hint = f"Drop it, or make the type {' or '.join(kinds)}."
            yield broken("warning", (*path, field), "no-effect", message, hint)


def _enumerated(path: Path, shape: Shape) -> Iterator[Finding]:
    if shape.enum == ():
        message = "an empty enum allows no value"
        yield broken("error", (*path, "enum"), "empty-enum", message, "List the values, or drop it.")
    misfits = [value for value in shape.enum or () if not is_of(value, shape.type)]
    if misfits:
        message = f"not of type {'/'.join(shape.type)}: {_said(misfits)}"
        yield broken("error", (*path, "enum"), "enum-type", message, "Correct the type or the values.")


def _constant(path: Path, shape: Shape) -> Iterator[Finding]:
    if shape.const is None:
        return
    if shape.enum is not None and not any(same(shape.const, value) for value in shape.enum):
        message = f"the constant {_said([shape.const])} is not among the values of enum"
        yield broken("error", (*path, "const"), "const-enum", message, "Keep one of the two.")
    if not is_of(shape.const, shape.type):
        message = f"the constant {_said([shape.const])} is not of type {'/'.join(shape.type)}"
        yield broken("error", (*path, "const"), "const-type", message, "Correct the type or the constant.")


def _pattern(path: Path, shape: Shape) -> Iterator[Finding]:
    fault = _fault_of(shape.pattern) if shape.pattern is not None else None
    if fault:
        message = f"no regular expression: {fault}"
        yield broken("error", (*path, "pattern"), "pattern", message, "Correct it; backslashes are single in YAML.")


def _keywords(path: Path, shape: Shape) -> Iterator[Finding]:
    if shape.multiple_of is not None and shape.multiple_of <= 0:
        message = f"multiple_of must be above zero, not {shape.multiple_of}"
        yield broken("error", (*path, "multiple_of"), "multiple-of", message, "Correct or drop it.")
    yield from _of_the_draft((*path, "keywords"), shape.keywords)


SHAPE_CHECKS = (_ranges, _enumerated, _constant, _pattern, _keywords)


def check_event_keywords(ground: Ground) -> Iterator[Finding]:
    for name, event in ground.plan.events.items():
        if event.keywords:
            yield from _of_the_draft(("events", name, "keywords"), event.keywords)


def _of_the_draft(path: Path, keywords: dict[str, JSON]) -> Iterator[Finding]:
    """What the 2020-12 meta-schema says about verbatim keywords.

    The meta-schema judges each keyword by itself, and what the fields of a shape emit is valid by construction
    (`tests/mappings/canonical/test_jsonschema.py` holds the converter to that). So the keywords are all that can be
    wrong with the schema of an event, and each distinct one is looked at once.
    """
    for keyword, value in keywords.items():
        fault = _fault_in(json.dumps({keyword: value}, sort_keys=True, default=str))
        if fault:
            message = f"{keyword} is no valid JSON Schema (2020-12): {fault}"
            hint = "Tools that check schemas refuse it or leave it out; correct or drop it."
            yield broken("warning", (*path, keyword), "keyword", message, hint)


@lru_cache(maxsize=4096)
def _fault_in(schema: str) -> str | None:
    from jsonschema import Draft202012Validator  # a second to import, for the grammars of its formats
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        return error.message if len(error.message) <= LONGEST_FAULT else f"{error.message[:LONGEST_FAULT]}…"
    return None


@lru_cache(maxsize=4096)
def _fault_of(pattern: str) -> str | None:
    for theirs, ours in ELSEWHERE:
        pattern = theirs.sub(ours, pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return None


KIND_OF: dict[type, tuple[str, ...]] = {
    bool: ("boolean",),
    str: ("string",),
    int: ("integer", "number"),
    type(None): ("null",),
    list: ("array",),
    tuple: ("array",),
    dict: ("object",),
}


def is_of(value: JSON, kinds: tuple[str, ...]) -> bool:
    """Whether a value is of one of these kinds; no kinds at all allow any value. 5.0 is an integer too."""
    if isinstance(value, float):
        own: tuple[str, ...] = ("integer", "number") if value.is_integer() else ("number",)
    else:
        own = KIND_OF.get(type(value), ())
    return not kinds or bool(set(own) & set(kinds))


def _said(values: list[JSON]) -> str:
    shown = ", ".join(json.dumps(value, default=str) for value in values[:3])
    return f"{shown} and {len(values) - 3} more" if len(values) > 3 else shown


RULES: tuple[Rule, ...] = (check_constraints, check_event_keywords)
