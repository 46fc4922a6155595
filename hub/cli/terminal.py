"""What is printed: one line at a time, so that no name or text from outside can rule the terminal."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

LONG = 160
"""Characters after which a name or a message is cut, unless everything was asked for."""


def printable(text: str) -> str:
    """The text on one line: what is no visible character (line breaks, escapes, reversed writing) is spelled out."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def brief(text: str, most: int = LONG) -> str:
    """The text cut where it is long."""
    return text if len(text) <= most else text[: most - 1] + "…"


def plural(count: int, noun: str) -> str:
    """`1 property`, `2 properties`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun.removesuffix('y')}ies" if noun.endswith("ty") else f"{count} {noun}s"


def say(text: str = "", *, to_error: bool = False, end: bool = True, **style: Any) -> None:
    """Print a line (or, without `end`, the beginning of one). `style` is click's: fg, bold."""
    line = printable(text)
    click.echo(click.style(line, **style) if style and line else line, err=to_error, nl=end)


def print_json(data: Any) -> None:
    """Print the result of a command, in ASCII where the output takes nothing else."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(data, ensure_ascii=ascii_only, indent=2))
