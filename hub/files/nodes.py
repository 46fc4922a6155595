"""The parts of a plan file with their places in the text, and the rules every part obeys.

Both notations end here: `yamltext` and `jsontext` make nodes, everything after works on nodes alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from mappings.canonical.kinds import JSON

NodeKind = Literal["scalar", "map", "list", "alias"]

MAX_DEPTH = 100
"""Collections inside collections."""
MAX_ALIASED = 200_000
"""How many parts the aliases of one file may stand for in all; a plan needs none, a YAML bomb needs billions."""
MAX_FAULTS = 100
"""How many mistakes of one file are listed; finding the place of each takes as long as the file is."""
LONG = 100
"""Characters of a text that weigh as much as one more part: a bomb may also repeat one large text."""

_NONE: list[Any] = []
"""The children of what has none; never added to."""


class Node:
    """One scalar, map, list or alias, at text[start:end]. Both are offsets in characters.

    `style` is a scalar's quote or block mark, or ``{`` / ``[`` for a collection in brackets, or "". The keys of a
    map are scalar nodes. An alias has the node it stands for as `target`. `size` counts all the parts inside, those
    behind aliases too, and long texts as several. `anchored` nodes can be the target of aliases. Written out because a
    plan has a million.
    """

    __slots__ = ("anchored", "end", "entries", "items", "kind", "size", "start", "style", "target", "value")

    def __init__(self, kind: NodeKind, start: int, end: int, style: str = "", value: JSON = None) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.style = style
        self.value = value
        self.entries: list[tuple[Node, Node]] = [] if kind == "map" else _NONE
        self.items: list[Node] = [] if kind == "list" else _NONE
        self.target: Node | None = None
        self.size = 1
        self.anchored = False

    @property
    def flow(self) -> bool:
        return self.style in ("{", "[")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at an offset of the text; `hint` is the next step."""

    at: int
    message: str
    hint: str = ""


class Unreadable(Exception):
    """The text cannot be read beyond this fault. Never leaves `yamltext` and `jsontext`."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def plain(node: Node) -> JSON:
    """The data that a node says, aliases followed."""
    if node.kind == "scalar":
        return node.value
    if node.kind == "map":
        return {key.value: plain(value) for key, value in node.entries}
    if node.kind == "list":
        return [plain(item) for item in node.items]
    return plain(node.target) if node.target is not None else None


def repeated_keys(node: Node, text: str) -> Iterator[Fault]:
    """A fault for each key that a map has twice; the second place is at fault, the first is named."""
    seen: dict[str, int] = {}
    for key, _ in node.entries:
        if key.value in seen:
            line = text.count("\n", 0, seen[key.value]) + 1
            yield Fault(key.start, f"{key.value!r} is said twice; first in line {line}", "keep one of the two")
        else:
            seen[key.value] = key.start


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def too_many(at: int) -> Unreadable:
    """The end of reading a text that has more mistakes than anybody looks at together."""
    return Unreadable(Fault(at, f"more than {MAX_FAULTS} mistakes so far; the rest was not read", "mend these first"))


def too_deep(at: int) -> Unreadable:
    """The one complaint about nesting, whatever the notation."""
    return Unreadable(Fault(at, f"more than {MAX_DEPTH} levels of nesting", "flatten the structure"))
