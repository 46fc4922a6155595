"""Stories as Atlassian Document Format, the text of Cloud v3 (apis/jira.md section 4). Texts need no escaping there.

Only nodes that the server takes everywhere: paragraph, heading, bulletList, codeBlock, table, panel, expand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hub.notify.jira.fit import Section, fit
from hub.notify.jira.texts import clean, flat, safe_url, spoken, units
from hub.notify.story import Block, Bullets, Callout, Code, Columns, Facts, Heading, Line, Paragraph, Span, Story, text
from mappings.canonical.kinds import JSON

LIMIT = 30_000
"""Units of the serialised document. The vendor's limit is 32,767 of something that it does not name (section 2)."""
LONG = 2_000
"""Units from which a part is folded away."""
PANELS = {"neutral": "info", "running": "info", "good": "success", "warning": "warning", "bad": "error"}
BLOCK_HEADING = 4
"""Below the parts' title (2) and a part's own (3)."""

Node = dict[str, Any]


def to_adf(story: Story, people: Mapping[str, str]) -> Node:
    """The story as a document within LIMIT. `people` are the account ids of owners, who are then mentioned."""
    writer = _Writer(people)
    sections = fit(story, LIMIT - size(document(())), writer.room)
    return document(node for section in sections for node in writer.section(section))


def document(content: Iterable[Node]) -> Node:
    """The root node around blocks."""
    return {"type": "doc", "version": 1, "content": list(content)}


def size(node: JSON) -> int:
    """Units of a node as it is sent."""
    return units(json.dumps(node, ensure_ascii=False))


class _Writer:
    def __init__(self, people: Mapping[str, str]) -> None:
        self._people = people
        self._blocks: dict[type[Block], Callable[[Any], Iterable[Node]]] = {
            Paragraph: lambda block: self._paragraphs(block.line),
            Heading: lambda block: _headings(block.text, BLOCK_HEADING),
            Facts: self._facts,
            Bullets: lambda block: self._list(block.items),
            Columns: self._table,
            Code: _code,
            Callout: self._panel,
        }

    def room(self, section: Section) -> int:
        """What the section adds to a document, the commas between nodes included."""
        return sum(size(node) + len(", ") for node in self.section(section))

    def section(self, section: Section) -> list[Node]:
        """The section's nodes; a long part opens at a click."""
        blocks = [node for block in section.blocks for node in self._blocks[type(block)](block)]
        title = flat(section.title).strip()
        if title and section.level > 2 and sum(map(size, blocks)) > LONG:
            return [{"type": "expand", "attrs": {"title": title}, "content": blocks}]
        return [*_headings(title, section.level), *blocks]

    def _paragraphs(self, line: Line) -> list[Node]:
        inline = self.inline(line)
        return [_paragraph(inline)] if inline else []

    def _facts(self, block: Facts) -> list[Node]:
        items = [[*_text(flat(label), "strong"), *self.inline((text(": "), *value))] for label, value in block.rows]
        return _bullets(items)

    def _list(self, lines: Sequence[Line]) -> list[Node]:
        return _bullets(self.inline(line) for line in lines)

    def _table(self, block: Columns) -> list[Node]:
        width = max((len(block.head), *map(len, block.rows)), default=0)
        head = [_cells("tableHeader", [_text(flat(label)) for label in block.head], width)] if block.head else []
        rows = [_cells("tableCell", [self.inline(cell) for cell in row], width) for row in block.rows]
        return [{"type": "table", "content": [*head, *rows]}] if width else []

    def _panel(self, block: Callout) -> list[Node]:
        content = self._paragraphs(block.line)
        return [{"type": "panel", "attrs": {"panelType": PANELS[block.tone]}, "content": content}] if content else []

    def inline(self, line: Line) -> list[Node]:
        """The line's nodes, none of them empty: the server refuses an empty text."""
        return _merged([node for span in line for node in self._span(span)])

    def _span(self, span: Span) -> list[Node]:
        words = spoken(span)
        if span.style == "person" and span.text in self._people:
            return [{"type": "mention", "attrs": {"id": self._people[span.text], "text": f"@{words}"}}]
        if span.style == "link" and (url := safe_url(span.url)):
            return _text(words.strip() or url, {"type": "link", "attrs": {"href": url}})
        return _text(words, MARKS.get(span.style))


MARKS = {"strong": "strong", "name": "code"}
"""`code` goes with no other mark but a link."""


def _text(words: str, mark: str | Node | None = None) -> list[Node]:
    if not words:
        return []
    marks = {"marks": [{"type": mark} if isinstance(mark, str) else mark]} if mark else {}
    return [{"type": "text", "text": words, **marks}]


def _paragraph(inline: list[Node]) -> Node:
    return {"type": "paragraph", "content": inline}


def _headings(words: str, level: int) -> list[Node]:
    content = _text(flat(words).strip())
    return [{"type": "heading", "attrs": {"level": level}, "content": content}] if content else []


def _bullets(items: Iterable[list[Node]]) -> list[Node]:
    """A list, which may not be empty; an item without words stays, so that the numbers stay right."""
    rows = [{"type": "listItem", "content": [_paragraph(item)]} for item in items]
    return [{"type": "bulletList", "content": rows}] if rows else []


def _cells(kind: str, cells: list[list[Node]], width: int) -> Node:
    padded = [*cells, *([[]] * (width - len(cells)))]
    return {"type": "tableRow", "content": [{"type": kind, "content": [_paragraph(cell)]} for cell in padded]}


def _code(block: Code) -> list[Node]:
    content = _text(clean(block.text))
    attrs = {"attrs": {"language": flat(block.language).strip()}} if block.language.strip() else {}
    return [{"type": "codeBlock", **attrs, "content": content}] if content else []


# Comparing ------------------------------------------------------------------------------------------------------

IGNORED = frozenset({"localId", "uniqueId"})
"""Attributes that an editor adds by itself."""


def normal(node: JSON) -> JSON:
    """The document as it compares: without what the server or an editor may add to it or leave out of it."""
    if isinstance(node, list):
        return _merged([normal(one) for one in node])
    if not isinstance(node, dict):
        return node
    found = {name: normal(value) for name, value in node.items() if name not in IGNORED}
    if isinstance(found.get("marks"), list):
        found["marks"] = sorted(found["marks"], key=lambda mark: json.dumps(mark, sort_keys=True))
    return {name: value for name, value in found.items() if value not in ([], {}, None)}


def _merged(nodes: list[JSON]) -> list[JSON]:
    """Neighbouring texts with the same marks as one."""
    merged: list[JSON] = []
    for node in nodes:
        if merged and _is_text(merged[-1]) and _is_text(node) and merged[-1].get("marks") == node.get("marks"):
            merged[-1] = {**merged[-1], "text": merged[-1]["text"] + node["text"]}
        else:
            merged.append(node)
    return merged


def _is_text(node: JSON) -> bool:
    return isinstance(node, dict) and node.get("type") == "text" and isinstance(node.get("text"), str)
