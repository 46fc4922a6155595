"""What a piece of text in a plan file means, and how a value is spelled so that every reader agrees on it.

Only the spellings of JSON are anything but text: `on`, `no`, `1_000`, `0o7`, `12:30:00`, `2026-01-31` and `~` stay
text. Written texts that a YAML 1.1 or 1.2 reader would take for something else are quoted.
"""

from __future__ import annotations

import json
import math
import re

from mappings.canonical.kinds import JSON

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: dict[str, JSON] = {"null": None, "true": True, "false": False, "": None}
_DIGITS = 400
"""The longest whole number that is read; beyond it, not even a floating-point number can hold the magnitude."""

_MISREAD = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_OPENING = "_/^($"
"""What a bare text may begin with besides a letter: none of them means anything to YAML there."""
_CLOSED_IN_FLOW = frozenset(",[]{}?:")

LITERAL_LINES = 2
"""From this many lines on, a text is written as a block."""


class BadNumber(ValueError):
    """A number that no double and no whole number of reasonable length can hold."""


def resolve(text: str) -> JSON:
    """What an unquoted text means. Raises BadNumber."""
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.fullmatch(text) if text[0] in "-0123456789" else None
    if match is None:
        return text
    if match[1] is None and match[2] is None:
        if len(text) > _DIGITS:
            raise BadNumber(f"a number of {len(text)} digits")
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise BadNumber(f"{text} is too large for a number")
    return number


def bare(text: str, *, flow: bool) -> bool:
    """Whether the text can stand without quotes; `flow` is inside brackets or braces."""
    if not text or not (text[0].isalpha() or text[0] in _OPENING) or text[-1] in " :":
        return False
    if text.lower() in _MISREAD or not text.isprintable() or ": " in text or " #" in text:
        return False
    return not (flow and _CLOSED_IN_FLOW.intersection(text))


def spell(value: JSON, *, flow: bool = False, quote: str = "") -> str:
    """A scalar on one line of YAML. `quote` is the mark to keep using where it can hold the text."""
    if not isinstance(value, str):
        return json.dumps(value, allow_nan=False)
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if quote != '"' and bare(value, flow=flow):
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char)
    return short or (f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}")


def literal(text: str, pad: str) -> str | None:
    """The text as a literal block whose lines begin with `pad`; None where a block could not hold it exactly."""
    lines = text.removesuffix("\n").split("\n")
    if not lines[0].strip() or lines[0][0] == " " or not lines[-1].strip():
        return None
    if not all(line.isprintable() for line in lines):
        return None
    header = "|" if text.endswith("\n") else "|-"
    return "\n".join([header, *(pad + line if line else "" for line in lines)])


def folded(text: str, pad: str, width: int) -> str | None:
    """The text as a folded block of lines about `width` wide; None where folding would change it."""
    if not text.isprintable() or not text or text != " ".join(text.split()):
        return None
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(pad) + len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return "\n".join([">-", *(pad + line for line in lines)])
