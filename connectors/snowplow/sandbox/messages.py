"""JSON Schema findings in the words of the vendor's validator (apis/snowplow.md sections 3.3 and 4.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT4

JSON = Any

_TEMPLATES = {
    "type": "{path}: {0} found, {1} expected",
    "required": "{path}.{0}: is missing but it is required",
    "additionalProperties": (
        "{path}.{0}: is not defined in the schema and the schema does not allow additional properties"
    ),
    "enum": "{path}: does not have a value in the enumeration {0}",
    "pattern": "{path}: does not match the regex pattern {0}",
    "format": "{path}: does not match the {0} pattern",
    "minLength": "{path}: must be at least {0} characters long",
    "maxLength": "{path}: may only be {0} characters long",
    "minimum": "{path}: must have a minimum value of {0}",
    "maximum": "{path}: must have a maximum value of {0}",
    "multipleOf": "{path}: must be multiple of {0}",
    "minItems": "{path}: there must be a minimum of {0} items in the array",
    "maxItems": "{path}: there must be a maximum of {0} items in the array",
    "uniqueItems": "{path}: the items in the array must be unique",
    "minProperties": "{path}: should have a minimum of {0} properties",
    "maxProperties": "{path}: may only have a maximum of {0} properties",
    "dependencies": "{path}: has an error with dependencies {0}",
    "anyOf": "{path}: should be valid to any of the schemas {0}",
    "oneOf": "{path}: should be valid to one and only one of the schemas {0}",
    "not": "{path}: should not be valid to the schema {0}",
}
_OTHER = "{path}: is not valid"
_TYPE_NAMES = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with an instance. `parts` is the place as keys and indexes from the root."""

    keyword: str
    parts: tuple[str | int, ...]
    targets: tuple[str, ...]

    @property
    def path(self) -> str:
        return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.parts)

    @property
    def message(self) -> str:
        return _TEMPLATES.get(self.keyword, _OTHER).format(*self.targets, path=self.path)

    def as_json(self) -> dict[str, JSON]:
        """A row of an instance report."""
        return {
            "message": self.message,
            "path": self.path,
            "keyword": self.keyword,
            "targets": list(self.targets),
        }


def find_violations(instance: JSON, schema: dict[str, JSON]) -> list[Violation]:
    """Draft 4, formats checked, remote `$ref`s taken for schemas that accept anything; nothing is fetched.

    Raises ValueError when the schema itself cannot be used.
    """
    if describe_all(META.iter_errors(schema)):
        raise ValueError("not a draft-4 schema")
    validator = Draft4Validator(schema, registry=_OFFLINE, format_checker=Draft4Validator.FORMAT_CHECKER)
    try:
        return describe_all(validator.iter_errors(instance))
    except _UNUSABLE as problem:
        raise ValueError(str(problem)) from problem


def describe_all(errors: Iterable[ValidationError]) -> list[Violation]:
    return [violation for error in errors for violation in _describe(error)]


def _describe(error: ValidationError) -> Iterator[Violation]:
    keyword, parts = str(error.validator), tuple(error.absolute_path)
    for targets in _list_targets(keyword, error):
        yield Violation(keyword, parts, targets)


def _list_targets(keyword: str, error: ValidationError) -> list[tuple[str, ...]]:
    value: JSON = error.validator_value
    if keyword == "type":
        return [(_name_type(error.instance), _spell(value))]
    if keyword == "required":
        return [(name,) for name in value if error.message.startswith(f"{name!r} ")]
    if keyword == "additionalProperties":
        return [(name,) for name in _list_extras(error.instance, error.schema)]
    return [(_spell(value),)]


def _list_extras(instance: JSON, schema: JSON) -> list[str]:
    patterns = [re.compile(one) for one in schema.get("patternProperties", {})]
    known = schema.get("properties", {})
    return [name for name in instance if name not in known and not any(one.search(name) for one in patterns)]


def _name_type(value: JSON) -> str:
    return next((name for kind, name in _TYPE_NAMES if isinstance(value, kind)), "null")


def _spell(value: JSON) -> str:
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return f"[{', '.join(_spell(one) for one in value)}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _accept_anything(uri: str) -> Resource[JSON]:
    return DRAFT4.create_resource({})


# A bad regular expression, a `$ref` to itself, to nowhere, or that is no text.
_UNUSABLE = (re.error, RecursionError, Unresolvable, AttributeError)
META = Draft4Validator(Draft4Validator.META_SCHEMA)
_OFFLINE: Registry[JSON] = Registry(retrieve=_accept_anything)  # type: ignore[call-arg]
