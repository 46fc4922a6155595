"""Texts as Jira counts and takes them, and lines made shorter."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hub.notify.story import Line, Span

UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What XML, in which Jira keeps its texts, has no place for, and what would turn the direction of words behind it."""
SPACES = re.compile(r"\s+")
ENDS = re.compile("\r\n?|\u2028|\u2029")
CUT = "…"


def units(words: str) -> int:
    """How long the vendor finds a text: in UTF-16 units, so that an emoji counts twice."""
    return len(words) if words.isascii() else len(words.encode("utf-16-le", "surrogatepass")) // 2


def clean(words: str) -> str:
    """The text with every character replaced that Jira could not keep; several lines stay several lines."""
    return UNUSABLE.sub("\ufffd", ENDS.sub("\n", words))


def flat(words: str) -> str:
    """The text on one line."""
    return clean(SPACES.sub(" ", words))


def shortened(words: str, most: int) -> str:
    """The text's beginning, at most `most` units long; the cut shows."""
    if units(words) <= most:
        return words
    kept = words[: max(most - 1, 0)]
    while kept and units(kept) > most - 1:
        kept = kept[:-1]
    return kept.rstrip() + CUT if most > 0 else ""


def shortened_inside(words: str, most: int) -> str:
    """The text's beginning and end: names that differ at their ends stay different."""
    if units(words) <= most:
        return words
    head = shortened(words, most - most // 3)
    tail = words[-(most // 3) :]
    while units(tail) > most // 3:
        tail = tail[1:]
    return head + tail


def spoken(span: Span) -> str:
    """What a span says on one line; a moment without words says itself."""
    if span.style == "time" and not span.text.strip():
        return moment(span.at)
    return flat(span.text)


def moment(at: float) -> str:
    """Seconds since the epoch as a person reads them; "" beyond the years that have four digits."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return ""


def length(line: Line) -> int:
    """How many characters a line has."""
    return sum(len(spoken(span)) for span in line)


def clipped(line: Line, most: int) -> Line:
    """The line's first `most` characters, whatever their style; the cut shows."""
    if length(line) <= most:
        return line
    kept: list[Span] = []
    room = most
    for span in line:
        words = spoken(span)
        if len(words) > room:
            return (*kept, span.model_copy(update={"text": words[:room] + CUT}))
        kept.append(span)
        room -= len(words)
    return line


def safe_url(url: str) -> str:
    """The address when it is one for a browser, else ""."""
    address = clean(url.strip())
    return address if re.match(r"https?://[^\s/]", address, re.IGNORECASE) and not SPACES.search(address) else ""
