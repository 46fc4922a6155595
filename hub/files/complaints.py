"""What is wrong with a plan, in words for its owner: pydantic's errors as (path, message, hint), each said once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from hub.files.nodes import Node
from mappings.canonical import (
    Category,
    Conventions,
    Event,
    GroupType,
    Moved,
    Property,
    Removed,
    Shape,
    Source,
    TrackingPlan,
)

Path = tuple[str | int, ...]
"""Keys and list indexes from the root of the plan."""

_HOLD_MANY: dict[str, type[BaseModel]] = {
    "events": Event,
    "properties": Property,
    "user_properties": Property,
    "shared_properties": Property,
    "groups": GroupType,
    "sources": Source,
    "categories": Category,
    "moved": Moved,
    "removed": Removed,
}
_HOLD_ONE: dict[str, type[BaseModel]] = {"conventions": Conventions, "items": Shape}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One mistake. `on_key` when the key at the end of the path is at fault rather than its value.

    `wrong` is the value at fault: it finds an item of a list that the model has put in another order.
    """

    path: Path
    message: str
    hint: str = ""
    on_key: bool = False
    wrong: object = None


def model_at(path: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the map at this path; None for a map of things by name and for what is kept word for word."""
    model: type[BaseModel] | None = TrackingPlan
    at = 0
    while at < len(path):
        part = path[at]
        if model is None or part not in model.model_fields:
            return None
        if part in _HOLD_MANY and not (model is Event and part == "sources"):
            model, at = (_HOLD_MANY[str(part)] if at + 1 < len(path) else None), at + 2
        else:
            model, at = _HOLD_ONE.get(str(part)), at + 1
    return model


def known_keys(path: Sequence[str | int]) -> list[str]:
    """The keys that the map at this path may have, as files spell them."""
    model = model_at(path)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def complaints(errors: Iterable[Any], known: Callable[[Path], list[str]] = known_keys) -> list[Complaint]:
    """The errors of a pydantic ValidationError (`error.errors()`) for people.

    The alternatives of a union are one complaint; `known` lists the keys allowed in the map at a path.
    """
    said: dict[tuple[Path, bool], Complaint] = {}
    for error in errors:
        complaint = _complaint(error, known)
        said.setdefault((complaint.path, complaint.on_key), complaint)
    return list(said.values())


def _complaint(error: Any, known: Callable[[Path], list[str]]) -> Complaint:
    path, value, kind = _within_data(error["loc"]), error["input"], error["type"]
    label = next((str(part) for part in reversed(path) if isinstance(part, str)), "plan")
    if kind == "extra_forbidden":
        return unknown_key(path, known(path[:-1]))
    if kind == "missing":
        return Complaint(path[:-1], f"{label!r} is missing", f"add `{label}:`", on_key=True)
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", error["ctx"]["expected"]) or [error["ctx"]["expected"]]
        message = f"{label}: {_shown(value)} is none of {', '.join(allowed)}"
        return Complaint(path, message, _nearest(value, allowed), wrong=value)
    if kind not in _EXPECTED:
        return Complaint(path, f"{label}: {error['msg'].removeprefix('Value error, ')}", wrong=value)
    expected, hint = _NUMBER if label in _NUMBERS and kind == "int_type" else _EXPECTED[kind]
    bound = next(iter((error.get("ctx") or {}).values()), "")
    hint = _NOTHING.get(kind, hint) if value is None else hint
    return Complaint(path, f"{label}: {_shown(value)} is not {expected.format(bound)}", hint, wrong=value)


def unknown_key(path: Path, known: list[str]) -> Complaint:
    """A key that does not belong where it is."""
    hint = _nearest(path[-1], known) or f"known here: {', '.join(sorted(known))}"
    return Complaint(path, f"unknown key {path[-1]!r}", hint, on_key=True)


_TEXT = ("text", "put it in quotes")
_MAP = ("a map", "write `key: value` lines below it")
_LIST = ("a list", "write [one, two], or one item a line after a dash")
_NUMBER = ("a number", "write it without quotes")
_EXPECTED: dict[str, tuple[str, str]] = {
    "string_type": _TEXT,
    "bool_type": ("true or false", "write true or false, without quotes"),
    "int_type": ("a whole number", "write it without quotes"),
    "float_type": _NUMBER,
    "greater_than_equal": ("at least {}", ""),
    "tuple_type": _LIST,
    "dict_type": _MAP,
    "model_type": _MAP,
    "model_attributes_type": _MAP,
    "string_pattern_mismatch": ("a day like 2026-01-31", ""),
    "string_too_short": ("long enough", "write at least one character"),
    "string_too_long": ("short enough: at most {} characters", ""),
}
_EMPTY_MAP = "write {} where there is nothing to say, or remove the line"
_NOTHING = {
    "string_type": "write the text, or remove the line",
    "dict_type": _EMPTY_MAP,
    "model_type": _EMPTY_MAP,
    "model_attributes_type": _EMPTY_MAP,
}
_STEPS_OF_UNIONS = frozenset({"int", "float"})
"""What pydantic adds to a path to name an alternative of `kinds.Number`; not keys of the data."""
_NUMBERS = frozenset({"minimum", "maximum", "exclusive_minimum", "exclusive_maximum", "multiple_of"})


def _within_data(loc: Path) -> Path:
    if len(loc) > 1 and loc[-1] in _STEPS_OF_UNIONS and loc[-2] in _NUMBERS:
        return loc[:-1]
    return loc


def _nearest(word: object, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, known, 1) if isinstance(word, str) else []
    return f"did you mean {close[0]!r}?" if close else ""


def _shown(value: object) -> str:
    """A value as a person wrote it, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a map"
    text = "a list" if isinstance(value, list | tuple) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def locate(root: Node, complaint: Complaint) -> int:
    """The offset in the text where a complaint belongs: at its key or value, or as near as the file says anything."""
    node, key = root, None
    for part in complaint.path:
        found = _child(node.target or node, part, complaint.wrong)
        if found is None:
            break
        key, node = found
    else:
        if key is not None and (complaint.on_key or node.start == node.end):
            return key.start
    return node.start


def _child(node: Node, part: str | int, wrong: object) -> tuple[Node | None, Node] | None:
    if node.kind == "map":
        return next(((key, value) for key, value in node.entries if key.value == part), None)
    if node.kind != "list" or not isinstance(part, int) or part >= len(node.items):
        return None
    same = [item for item in node.items if item.kind == "scalar" and item.value == wrong]
    return None, (same[0] if same else node.items[part])
