"""Data as the lines of a plan file, the way a person would lay them out."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hub.files.scalars import folded, literal, spell
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON

STEP = "  "
WIDTH = 100
"""A list longer than this gets a line for each item; folded texts are wrapped here."""
_LONGEST_KEY = 1000
"""YAML finds the colon of a longer key only when the key is marked with a question mark."""


def file_data(plan: TrackingPlan) -> dict[str, JSON]:
    """The plain data of the plan with `type: string` rather than `type: [string]`."""
    data = plan.data()
    for section in ("events", "groups"):
        if section in data:
            data[section] = {name: _with_words(thing) for name, thing in data[section].items()}
    for section in ("user_properties", "shared_properties"):
        if section in data:
            data[section] = {name: _with_words(prop) for name, prop in data[section].items()}
    return data


def _with_words(shape: Mapping[str, JSON]) -> dict[str, JSON]:
    done = dict(shape)
    if len(shape.get("type", ())) == 1:
        done["type"] = shape["type"][0]
    if "properties" in shape:
        done["properties"] = {name: _with_words(prop) for name, prop in shape["properties"].items()}
    if "items" in shape:
        done["items"] = _with_words(shape["items"])
    return done


def yaml_text(data: Mapping[str, JSON]) -> str:
    """A whole YAML file, with a blank line between its larger parts."""
    parts = ["\n".join(entry(key, value, "")) for key, value in data.items()]
    text = ""
    for part in parts:
        text += ("\n" if text and "\n" in part else "") + part + "\n"
    return text


def json_text(data: Mapping[str, JSON]) -> str:
    """A whole JSON file."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def entry(key: str, value: JSON, pad: str) -> list[str]:
    """The lines of one key with its value, each beginning with `pad`."""
    spelled = spell(key)
    head, lines = body(value, pad)
    colon = f"{pad}{spelled}:" if len(spelled) <= _LONGEST_KEY else f"{pad}? {spelled}\n{pad}:"
    return [*f"{colon} {head}".rstrip(" ").split("\n"), *lines]


def body(value: JSON, pad: str, style: str = "") -> tuple[str, list[str]]:
    """A value below a key that is indented by `pad`: what stands beside the colon, and the lines below it.

    `style` is how the value was written before: its quote or block mark is kept where it can hold the new value.
    """
    if isinstance(value, str):
        block = _text_block(value, pad + STEP, style)
        first, *rest = (block or spell(value, quote=style)).split("\n")
        return first, rest
    if not isinstance(value, dict | list):
        return spell(value), []
    if not value or (isinstance(value, list) and _fits(value, pad)):
        return inline(value), []
    return "", block_lines(value, pad + STEP)


def block_lines(value: JSON, pad: str) -> list[str]:
    """The lines of a map or list that is not empty."""
    if isinstance(value, dict):
        return [line for key, one in value.items() for line in entry(key, one, pad)]
    return [line for one in value for line in item(one, pad)]


def item(value: JSON, pad: str) -> list[str]:
    """The lines of one item of a list, the dash at `pad`."""
    if isinstance(value, dict | list) and value:
        first, *rest = block_lines(value, pad + STEP)
        return [f"{pad}- {first[len(pad) + len(STEP) :]}", *rest]
    head, lines = body(value, pad)
    return [f"{pad}- {head}", *lines]


def inline(value: JSON) -> str:
    """A value on one line, collections in brackets."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{spell(key, flow=True)}: {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return spell(value, flow=True)


def _text_block(text: str, pad: str, style: str) -> str | None:
    if style == ">" and (block := folded(text, pad, WIDTH)) is not None:
        return block
    return literal(text, pad) if "\n" in text or style == "|" else None


def _fits(value: list[JSON], pad: str) -> bool:
    """Whether a list of plain values is short enough for one line."""
    return not any(isinstance(one, dict | list) for one in value) and len(pad) + len(inline(value)) <= WIDTH
