"""Lines of a story as Slack's mrkdwn (apis/slack.md section 4).

Names stand in back-ticks, where Slack formats nothing. In other words `*`, `_` and `~` are left as they are: there is
no escape for them, and the worst they do is what their writer meant by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from hub.notify.slack.escape import clean, escape, one_line, shortened, size, start, visible
from hub.notify.story import Line, Span

LONGEST_NAME = 120
LONGEST_WORDS = 300
"""For strong words and labels."""
LONGEST_PERSON = 60
LONGEST_ADDRESS = 700
"""Of a link: longer ones would eat the message."""
LATEST = 32_503_680_000.0
"""The year 3000: a later moment is a mistake, and is told by its words."""

People = Mapping[str, str]
"""Owners who may be mentioned, and their member ids."""


def written(line: Line, room: int, people: People | None = None) -> str:
    """The line as mrkdwn of at most `room` (80 and more); what is cut is counted. "" when nothing shows."""
    pieces = [_piece(span, people or {}) for span in line]
    whole = "".join(pieces).strip()
    if not visible(whole):
        return ""
    return whole if size(whole) <= room else _cut(line, pieces, room)


def _cut(line: Line, pieces: list[str], room: int) -> str:
    """As many spans as fit, the last one in part where it is plain, and how many characters are missing."""
    room -= len("… (1,000,000,000 more characters)")
    told, kept = "", 0
    for span, piece in zip(line, pieces, strict=True):
        if size(told + piece) > room:
            words = start(_words(span), room - size(told)) if span.style == "plain" else ""
            told, kept = told + escape(words), kept + len(words)
            break
        told, kept = told + piece, kept + len(span.text)
    left = sum(len(span.text) for span in line) - kept
    return f"{told.strip()}… ({left:,} more characters)"


def _piece(span: Span, people: People) -> str:
    return _STYLES[span.style](span, people)


def _words(span: Span) -> str:
    """Plain words. A back-tick among them would begin code, and end it inside one of our names."""
    return one_line(span.text).replace("`", "'")


def _plain(span: Span, people: People) -> str:
    return escape(_words(span))


def _strong(span: Span, people: People) -> str:
    return strong(span.text)


def strong(text: str) -> str:
    """Bold words with the space around them outside, where Slack wants it."""
    words = one_line(text).replace("*", "").replace("`", "'")
    core = shortened(words.strip(), LONGEST_WORDS)
    if not visible(core):
        return ""
    before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    return f"{before}*{escape(core)}*{after}"


def _name(span: Span, people: People) -> str:
    name = shortened(one_line(span.text).replace("`", "").strip(), LONGEST_NAME)
    return f"`{escape(name)}`" if visible(name) else "(no name)"


def _link(span: Span, people: People) -> str:
    return linked(span.text, span.url)


def linked(text: str, url: str) -> str:
    """A link, or its words alone where the address is none that a browser opens."""
    label = escape(shortened(one_line(text).replace("|", "¦").replace("`", "'"), LONGEST_WORDS))
    address = _address(url)
    if not visible(label) or not address:
        return label
    return f"<{address}|{label}>" if size(address) <= LONGEST_ADDRESS else f"{label} (address too long to link)"


def _address(url: str) -> str:
    """The address with everything percent-encoded that would end a link; "" for what is no web address."""
    bare = clean(url).strip()
    encoded = "".join(quote(char) if char.isspace() or char in '|<>`"\\^' else char for char in bare)
    try:
        parts = urlsplit(encoded)
    except ValueError:
        return ""
    return escape(encoded) if parts.scheme in ("http", "https") and parts.netloc else ""


def _person(span: Span, people: People) -> str:
    return called(span.text, people)


def called(owner: str, people: People) -> str:
    """A mention where there is one to make, else the name alone, which notifies nobody."""
    if owner in people:
        return f"<@{people[owner]}>"
    return escape(shortened(one_line(owner).replace("`", "'"), LONGEST_PERSON))


def _time(span: Span, people: People) -> str:
    """A moment in the reader's own time zone."""
    words = shortened(one_line(span.text).replace("|", "¦").replace("`", "'"), LONGEST_WORDS)
    if not 0 < span.at < LATEST or not visible(words):
        return escape(words)
    return f"<!date^{int(span.at)}^{{date_short}} {{time}}|{escape(words)}>"


_STYLES: dict[str, Callable[[Span, People], str]] = {
    "plain": _plain,
    "strong": _strong,
    "name": _name,
    "link": _link,
    "person": _person,
    "time": _time,
}
