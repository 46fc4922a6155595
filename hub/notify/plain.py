"""A story as plain text: the dry run, the log, and whoever has no markup."""

from __future__ import annotations

from collections.abc import Iterator

from hub.notify.story import Block, Bullets, Callout, Code, Columns, Facts, Heading, Line, Paragraph, Span, Story


def as_text(story: Story) -> str:
    """All of it, untruncated."""
    return "\n".join(_lines(story)).rstrip() + "\n"


def _lines(story: Story) -> Iterator[str]:
    yield story.title
    for block in story.lead:
        yield from _block(block)
    if story.parts_title:
        yield story.parts_title
    for part in story.parts:
        yield f"- {spelt(part.gist)}"
        for block in part.blocks:
            yield from (f"  {row}" for row in _block(block))
    if story.mentions:
        yield f"for {', '.join(story.mentions)}"
    if story.buttons:
        yield " ".join(f"[{button.label}]" for button in story.buttons)
    yield from filter(None, (spelt(story.footer), story.url))


def _block(block: Block) -> list[str]:
    match block:
        case Paragraph():
            return [spelt(block.line)]
        case Heading():
            return [block.text]
        case Facts():
            return [f"{label}: {spelt(words)}" for label, words in block.rows]
        case Bullets():
            return [f"• {spelt(words)}" for words in block.items]
        case Columns():
            return [" | ".join(block.head), *(" | ".join(map(spelt, row)) for row in block.rows)]
        case Code():
            return block.text.splitlines()
        case Callout():
            return [f"! {spelt(block.line)}"]


def spelt(words: Line) -> str:
    """A line without styles."""
    return "".join(map(_span, words))


def _span(one: Span) -> str:
    return f"{one.text} ({one.url})" if one.style == "link" and one.url else one.text
