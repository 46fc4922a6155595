"""Which words of a text differ from another one, for people to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from hub.changes.merge import Value

WORD = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 1_000
"""Of longer texts only what is alike at both ends is found: comparing all words with all takes too long."""
ALIKE = 0.35
"""The share of words that two texts have in common from which on their differences are worth marking."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: `same` in both, only `gone` from the first, or only `new` in the second."""

    kind: Literal["same", "gone", "new"]
    text: str


def marked(before: Value, after: Value) -> tuple[Piece, ...]:
    """What the second says, with what differs from the first; texts by word, lists by element, all else as a whole.

    Both are values that are there (not ABSENT).
    """
    if isinstance(before, str) and isinstance(after, str):
        return _joined(_by_word(before, after))
    if _is_list(before) and _is_list(after):
        return tuple(_by_element(list(before), list(after)))
    if spelled(before) == spelled(after):
        return (Piece("same", spelled(after)),) if spelled(after) else ()
    return tuple(one for one in (Piece("gone", spelled(before)), Piece("new", spelled(after))) if one.text)


def spelled(value: Value) -> str:
    """A value as a person reads it: a text as it is, a list by its elements, the rest as JSON."""
    if isinstance(value, str):
        return value
    if _is_list(value):
        return ", ".join(spelled(one) for one in value)
    return json.dumps(value, ensure_ascii=False)


def _is_list(value: Value) -> bool:
    return isinstance(value, list | tuple)


def _by_word(before: str, after: str) -> Iterator[Piece]:
    first, second = WORD.findall(before), WORD.findall(after)
    matched = _blocks(first, second)
    words = sum(word.strip() != "" for start, _, size in matched for word in first[start : start + size])
    every = sum(word.strip() != "" for word in (first if len(first) > len(second) else second))
    if every and words / every < ALIKE:
        matched = [(len(first), len(second), 0)]
    at = [0, 0]
    for start, other, size in matched:
        yield Piece("gone", "".join(first[at[0] : start]))
        yield Piece("new", "".join(second[at[1] : other]))
        yield Piece("same", "".join(first[start : start + size]))
        at = [start + size, other + size]


def _blocks(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int, int]]:
    """Where the two are alike: (place in the first, place in the second, how long), the last one empty at the ends."""
    if max(len(first), len(second)) <= MOST_WORDS:
        found = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
        return [(one.a, one.b, one.size) for one in found]
    shorter = min(len(first), len(second))
    head = next((at for at in range(shorter) if first[at] != second[at]), shorter)
    left = shorter - head
    tail = next((at for at in range(left) if first[-1 - at] != second[-1 - at]), left)
    return [(0, 0, head), (len(first) - tail, len(second) - tail, tail), (len(first), len(second), 0)]


def _by_element(before: list[Value], after: list[Value]) -> Iterator[Piece]:
    """Elements in the second's order, and those that only the first has behind them; commas between them."""
    old, new = [spelled(one) for one in before], [spelled(one) for one in after]
    pieces = [Piece("same" if one in old else "new", one) for one in new]
    pieces += [Piece("gone", one) for one in old if one not in new]
    for number, piece in enumerate(pieces):
        if number:
            yield Piece("same", ", ")
        yield piece


def _joined(pieces: Iterator[Piece]) -> tuple[Piece, ...]:
    """Without what is empty; changes that only white space parts are one change."""
    kept = [one for one in pieces if one.text]
    found: list[Piece] = []
    for number, piece in enumerate(kept):
        between = 0 < number < len(kept) - 1 and not piece.text.strip() and piece.kind == "same"
        if between and kept[number - 1].kind != "same" and kept[number + 1].kind != "same":
            found += [Piece("gone", piece.text), Piece("new", piece.text)]
        else:
            found.append(piece)
    return tuple(_grouped(found))


def _grouped(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Between two pieces that are the same in both: first all that is gone, then all that is new."""
    gone, new = "", ""
    for piece in (*pieces, Piece("same", "")):
        if piece.kind == "gone":
            gone += piece.text
        elif piece.kind == "new":
            new += piece.text
        else:
            yield from (one for one in (Piece("gone", gone), Piece("new", new), piece) if one.text)
            gone, new = "", ""
