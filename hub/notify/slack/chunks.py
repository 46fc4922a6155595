"""Blocks of a story cut into chunks: the pieces that are told whole or counted.

A chunk is one line (a paragraph, an item, a row) or one field. None is longer than a section may be, so that however
many there are, any number of the first ones makes a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hub.notify.slack.escape import clean, escape, size, start, visible, weight
from hub.notify.slack.mrkdwn import People, strong, written
from hub.notify.story import Block, Bullets, Callout, Code, Columns, Facts, Heading, Line, Paragraph, Tone
from mappings.canonical.kinds import JSON

SECTION = 3000
"""Characters of a section's text (apis/slack.md section 2)."""
FIELDS = 10
"""Fields of a section."""
PARAGRAPH, ITEM, FACT, CODE = 2800, 600, 600, 2600
"""Our own limits for one line, well within a section's 3,000 and a field's 2,000."""

TONES: dict[Tone, tuple[str, str]] = {
    "neutral": ("", ""),
    "running": ("⏳", "Running"),
    "good": ("✅", "OK"),
    "warning": ("⚠️", "Warning"),
    "bad": ("❌", "Problem"),
}
"""A sign and a word for each tone, so that nothing depends on a colour or on a picture."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One visible piece of mrkdwn; a `field` stands beside others in two columns."""

    text: str
    field: bool = False


def chunks_of(blocks: Iterable[Block], people: People | None = None) -> Iterator[Chunk]:
    """What these blocks come to, in their order. Only `people` are mentioned."""
    return (chunk for block in blocks for chunk in _CUTTERS[block.block](block, people or {}))


def _lines(texts: Iterable[str]) -> Iterator[Chunk]:
    return (Chunk(text) for text in texts if text)


def _paragraph(block: Paragraph, people: People) -> Iterator[Chunk]:
    return _lines([written(block.line, PARAGRAPH, people)])


def _heading(block: Heading, people: People) -> Iterator[Chunk]:
    return _lines([strong(block.text).strip()])


def _facts(block: Facts, people: People) -> Iterator[Chunk]:
    for label, line in block.rows:
        head, value = strong(label).strip(), written(line, FACT, people)
        if head or value:
            yield Chunk(f"{head or '–'}\n{value or '–'}", field=True)


def _bullets(block: Bullets, people: People) -> Iterator[Chunk]:
    return _lines(f"• {text}" if (text := written(item, ITEM, people)) else "" for item in block.items)


def _table(block: Columns, people: People) -> Iterator[Chunk]:
    """Slack has no tables: a row is an item, its first cell in front and the others under their column's name."""
    for row in block.rows:
        cells = [written(cell, ITEM // max(len(row), 1) + 80, people) for cell in row]
        named = [
            f"{strong(head).strip()}: {cell}".removeprefix(": ")
            for head, cell in zip(block.head[1:], cells[1:], strict=False)
            if cell
        ]
        text = " · ".join(filter(None, [*cells[:1], *named]))
        yield from _lines([f"• {_at_most(text)}" if text else ""])


def _at_most(text: str) -> str:
    """A row of very many columns; its marks may be cut open, so they go."""
    return text if size(text) <= PARAGRAPH else f"(a row too wide to show: {size(text):,} characters)"


def _code(block: Code, people: People) -> Iterator[Chunk]:
    """Whole lines as long as there is room. Nothing is formatted between the fences, but entities still count."""
    lines = clean(block.text).replace("```", "'''").strip("\n").split("\n")
    told, room = [], CODE
    for line in lines:
        room -= weight(line) + 1
        if room < 0:
            break
        told.append(escape(line))
    if not told:
        kept = start(lines[0], CODE)
        told = [f"{escape(kept)}… ({len(lines[0]) - len(kept):,} more characters)"]
    if visible("".join(told)):
        left = len(lines) - len(told)
        yield Chunk("```\n" + "\n".join(told) + "\n```" + (f"\n… {counted(left, 'more line')}" if left else ""))


def _callout(block: Callout, people: People) -> Iterator[Chunk]:
    return _lines([toned(block.tone, block.line, people)])


def toned(tone: Tone, line: Line, people: People) -> str:
    """The line behind the sign and the word of its tone."""
    text = written(line, PARAGRAPH, people)
    sign, word = TONES[tone]
    return f"{sign} *{word}:* {text}" if text and word else text


def counted(number: int, what: str) -> str:
    """ "1 more line", "1,204 more lines"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


_CUTTERS: dict[str, Callable[[Any, People], Iterator[Chunk]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "facts": _facts,
    "bullets": _bullets,
    "table": _table,
    "code": _code,
    "callout": _callout,
}


def sections(chunks: Iterable[Chunk]) -> list[dict[str, JSON]]:
    """Section blocks of these chunks: as many lines to a section, and as many fields, as it may have."""
    groups: list[list[Chunk]] = []
    length = 0
    for chunk in chunks:
        length += 1 + size(chunk.text)
        joins = bool(groups) and groups[-1][0].field == chunk.field
        if joins and (len(groups[-1]) < FIELDS if chunk.field else length <= SECTION):
            groups[-1].append(chunk)
        else:
            groups.append([chunk])
            length = size(chunk.text)
    return [_section(group) for group in groups]


def _section(group: list[Chunk]) -> dict[str, JSON]:
    if group[0].field:
        return {"type": "section", "fields": [mrkdwn(one.text) for one in group]}
    return {"type": "section", "text": mrkdwn("\n".join(one.text for one in group))}


def mrkdwn(text: str) -> dict[str, JSON]:
    """A text object. Verbatim, or words like @here and #general would become mentions (apis/slack.md section 4)."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
