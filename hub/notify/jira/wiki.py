"""Stories as wiki text, the text of Data Center v2 (apis/jira.md section 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hub.notify.jira.fit import Section, fit
from hub.notify.jira.texts import clean, flat, safe_url, spoken, units
from hub.notify.story import Block, Bullets, Callout, Code, Columns, Facts, Heading, Line, Paragraph, Span, Story
from mappings.canonical.kinds import JSON

LIMIT = 32_000
"""Units of the text; the vendor takes 32,767 (section 2), and a marker line may follow."""
MARKUP = str.maketrans({char: f"\\{char}" for char in "{}[]*_-+^~|!#"} | {"\\": "&#92;"})
"""A backslash takes the meaning away; two of them would be a line break, so a backslash itself is an entity."""
IN_NAME = str.maketrans({char: f"\\{char}" for char in "[]*^~|!"} | {char: f"&#{ord(char)};" for char in "{}\\"})
"""Within {{…}}: what stands inside a word, as in many names, does no harm there; a brace could end it."""
IN_STRONG = MARKUP | {ord("*"): "&#42;"}
IN_LABEL = MARKUP | {ord(char): f"&#{ord(char)};" for char in "[]|"}
"""What would end the mark or the label is an entity there: whether an escape holds inside them is not said."""
IN_URL = str.maketrans({char: f"%{ord(char):02X}" for char in "|[]{}^\\"})
LINE_MARKUP = re.compile(r"^(\s*(?:h[1-6]|bq))\.")
"""What makes a line a heading or a quotation; none of its characters is escaped by MARKUP."""
TITLES = {"neutral": "Note", "running": "Under way", "good": "Done", "warning": "Warning", "bad": "Problem"}
LANGUAGES = frozenset({"bash", "html", "java", "javascript", "json", "python", "ruby", "sql", "swift", "xml", "yaml"})
"""Languages that Jira colours; another word would show an error in place of the text."""
BLOCK_HEADING = 4
BETWEEN = "\n\n"


def to_wiki(story: Story, people: Mapping[str, str]) -> str:
    """The story as wiki text within LIMIT. `people` are the user names of owners, who are then mentioned."""
    writer = _Writer(people)
    return BETWEEN.join(text for section in fit(story, LIMIT, writer.room) for text in writer.section(section))


def escaped(words: str, markup: Mapping[int, str] = MARKUP) -> str:
    """The words on one line, without any meaning as markup."""
    return LINE_MARKUP.sub(r"\1&#46;", flat(words).translate(markup))


class _Writer:
    def __init__(self, people: Mapping[str, str]) -> None:
        self._people = people
        self._blocks: dict[type[Block], Callable[[Any], str]] = {
            Paragraph: lambda block: self.inline(block.line),
            Heading: lambda block: _heading(block.text, BLOCK_HEADING),
            Facts: self._facts,
            Bullets: lambda block: _bullets(self.inline(item) for item in block.items),
            Columns: self._table,
            Code: _code,
            Callout: self._panel,
        }

    def room(self, section: Section) -> int:
        """What the section adds to a text, the space between blocks included."""
        return sum(units(text) + len(BETWEEN) for text in self.section(section))

    def section(self, section: Section) -> list[str]:
        """The section's blocks as texts, none of them empty."""
        blocks = (self._blocks[type(block)](block) for block in section.blocks)
        return [text for text in (_heading(section.title, section.level), *blocks) if text.strip()]

    def _facts(self, block: Facts) -> str:
        return _bullets(f"{_strong(label)}: {self.inline(value)}" for label, value in block.rows)

    def _table(self, block: Columns) -> str:
        width = max((len(block.head), *map(len, block.rows)), default=0)
        head = [_row("||", map(escaped, block.head), width)] if block.head else []
        return "\n".join([*head, *(_row("|", map(self.inline, row), width) for row in block.rows)]) if width else ""

    def _panel(self, block: Callout) -> str:
        words = self.inline(block.line)
        return f"{{panel:title={TITLES[block.tone]}}}\n{words}\n{{panel}}" if words else ""

    def inline(self, line: Line) -> str:
        """The line as markup."""
        return "".join(map(self._span, line)).strip()

    def _span(self, span: Span) -> str:
        words = spoken(span)
        if span.style == "person" and span.text in self._people:
            return f"[~{self._people[span.text]}]"
        if span.style == "link" and (url := safe_url(span.url)):
            return f"[{escaped(words, IN_LABEL).strip() or escaped(url, IN_LABEL)}|{url.translate(IN_URL)}]"
        return STYLES.get(span.style, escaped)(words)


def _strong(words: str) -> str:
    return _around(words, "*", "*", lambda inner: escaped(inner, IN_STRONG))


def _name(words: str) -> str:
    return _around(words, "{{", "}}", lambda inner: inner.translate(IN_NAME))


def _around(words: str, opening: str, end: str, write: Callable[[str], str]) -> str:
    """Marked words: the marks must touch them, so spaces go outside."""
    inner = words.strip()
    if not inner:
        return words
    before, _, after = words.partition(inner)
    return f"{before}{opening}{write(inner)}{end}{after}"


STYLES: dict[str, Callable[[str], str]] = {"strong": _strong, "name": _name}


def _heading(words: str, level: int) -> str:
    return f"h{level}. {escaped(words).strip()}" if words.strip() else ""


def _bullets(items: Iterable[str]) -> str:
    """A list; an item without words stays, so that the numbers stay right."""
    return "\n".join(f"* {item}" for item in items)


def _row(border: str, cells: Iterable[str], width: int) -> str:
    """A row; a cell without words needs a space to be one."""
    texts = [cell or " " for cell in cells]
    return border + border.join([*texts, *([" "] * (width - len(texts)))]) + border


def _code(block: Code) -> str:
    """A block of code. Its end cannot be escaped inside it, so the same word gets an invisible space."""
    body = clean(block.text).replace("{code", "{\u200bcode")
    language = block.language.strip().lower()
    opening = f"{{code:{language}}}" if language in LANGUAGES else "{code}"
    return f"{opening}\n{body}\n{{code}}" if body.strip() else ""


def normal(text: JSON) -> JSON:
    """The text as it compares: line ends and the space before them say nothing."""
    lines = str(text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
