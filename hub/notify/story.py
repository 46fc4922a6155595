"""A story: what people are told, before anyone knows where. Slack blocks, ADF, wiki text and plain text are made of it.

A story is a value and plain JSON at once, so that the outbox keeps it exactly as it was told. It holds no secret and
no markup: each channel escapes the texts in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from mappings.canonical.kinds import JSON, Frozen

Tone = Literal["neutral", "running", "good", "warning", "bad"]


class Span(Frozen):
    """A stretch of text within a line. `name` is a name from the plan, shown as code; `person` an owner, whom a
    channel may mention; `time` a moment (`at`, seconds since the epoch; the text is its fallback)."""

    text: str
    style: Literal["plain", "strong", "name", "link", "person", "time"] = "plain"
    url: str = ""
    at: float = 0.0


Line = tuple[Span, ...]


class Paragraph(Frozen):
    """A line of text."""

    block: Literal["paragraph"] = "paragraph"
    line: Line


class Heading(Frozen):
    """A heading inside a part."""

    block: Literal["heading"] = "heading"
    text: str


class Facts(Frozen):
    """Short facts under short labels, such as a target and how far it has come."""

    block: Literal["facts"] = "facts"
    rows: tuple[tuple[str, Line], ...]


class Bullets(Frozen):
    """A list. What does not fit is counted, never dropped in silence."""

    block: Literal["bullets"] = "bullets"
    items: tuple[Line, ...]


class Columns(Frozen):
    """A table; each row has as many cells as the head."""

    block: Literal["table"] = "table"
    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


class Code(Frozen):
    """Text to copy, such as an example payload."""

    block: Literal["code"] = "code"
    text: str
    language: str = ""


class Callout(Frozen):
    """A line that must not be overlooked."""

    block: Literal["callout"] = "callout"
    tone: Tone
    line: Line


Block = Annotated[Paragraph | Heading | Facts | Bullets | Columns | Code | Callout, Field(discriminator="block")]


class Part(Frozen):
    """A piece that is told whole or, where room is short, by its `gist`, or is only counted.

    `name` is what it is about (an event, a target, a proposal).
    """

    name: str
    gist: Line
    blocks: tuple[Block, ...] = ()


class Button(Frozen):
    """What a person may do about it. `subject` is a fingerprint, a publication or the number of a proposal."""

    act: Literal["approve", "retry", "accept", "reject", "snooze"]
    label: str
    subject: str
    style: Literal["plain", "primary", "danger"] = "plain"


class Story(Frozen):
    """One thing to tell. The lead is always told whole; of the parts, most important first, what room there is for."""

    title: str
    """One line of text without markup."""
    tone: Tone = "neutral"
    lead: tuple[Block, ...] = ()
    parts_title: str = ""
    parts: tuple[Part, ...] = ()
    buttons: tuple[Button, ...] = ()
    mentions: tuple[str, ...] = ()
    """Owners whom this concerns, as the plan writes them."""
    footer: Line = ()
    url: str = ""
    """The hub's own page about it, or ""."""
    labels: tuple[str, ...] = ()
    """Words to find it by, for channels that have labels."""
    final: bool = True
    """Whether it will not be told again in another way soon: a channel that cannot edit waits for that."""
    done: bool = False
    """Whether what it asks for has been done: a tracker moves its issue on."""
    data: dict[str, JSON] = Field(default_factory=dict)
    """The same for machines."""

    def plain(self) -> JSON:
        """As plain JSON, which `model_validate` reads back to an equal story."""
        return self.model_dump(mode="json")


def text(words: str) -> Span:
    return Span(text=words)


def strong(words: str) -> Span:
    return Span(text=words, style="strong")


def name(words: str) -> Span:
    return Span(text=words, style="name")


def person(owner: str) -> Span:
    return Span(text=owner, style="person")


def link(words: str, url: str) -> Span:
    return Span(text=words, style="link", url=url) if url else text(words)


def moment(at: float) -> Span:
    """A moment, which a channel may show in the reader's own time zone."""
    return Span(text=datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC"), style="time", at=at)


def line(*spans: Span | str) -> Line:
    """A line of spans and plain words."""
    return tuple(text(one) if isinstance(one, str) else one for one in spans)


def listed(items: Iterable[Line], between: str = ", ") -> Line:
    """Several lines as one."""
    found: list[Span] = []
    for item in items:
        found += [text(between), *item] if found else item
    return tuple(found)


def paragraph(*spans: Span | str) -> Paragraph:
    """A line as a block."""
    return Paragraph(line=line(*spans))


def callout(tone: Tone, *spans: Span | str) -> Callout:
    """A line that must not be overlooked."""
    return Callout(tone=tone, line=line(*spans))
