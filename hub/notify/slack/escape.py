"""Texts made safe for Slack: what has a meaning there loses it, and what nobody could see counts as nothing.

Lengths are those of the text as it is sent, in UTF-16 units: the vendor does not say how it counts, and no other way
of counting characters gives more.
"""

from __future__ import annotations

import re
import unicodedata

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""The three characters that start or end something in mrkdwn (apis/slack.md section 4), and no others."""
LOOKALIKES = str.maketrans({"&": "＆", "<": "‹", ">": "›"})
"""For plain_text, where the three are better kept out altogether."""
CUT = "…"

_escape = str.maketrans(ENTITIES)
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_UNSAFE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control characters, and those that would turn the direction of our own words that follow."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by their category that show nothing."""


def clean(text: str) -> str:
    """The text without control characters, line ends as newlines, half surrogate pairs replaced."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _UNSAFE.sub("", _LINE_ENDS.sub("\n", whole).replace("\t", " "))


def one_line(text: str) -> str:
    """The cleaned text with its line breaks as spaces."""
    return re.sub(r" *\n\s*", " ", clean(text))


def escape(text: str) -> str:
    """The text with the three control characters as entities; quotes stay."""
    return text.translate(_escape)


def visible(text: str) -> bool:
    """Whether a person would see anything at all."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANK for char in text)


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def weight(text: str) -> int:
    """What the size of the text will be once it is escaped."""
    return sum(map(_weight, text))


def _weight(char: str) -> int:
    return len(ENTITIES.get(char, char)) + (char > "\uffff")


def start(text: str, room: int) -> str:
    """The longest beginning of which the weight is at most `room`."""
    for place, char in enumerate(text):
        room -= _weight(char)
        if room < 0:
            return text[:place]
    return text


def shortened(text: str, room: int) -> str:
    """The text, its middle replaced by … where its weight is more than `room`: both ends tell long names apart."""
    if weight(text) <= room:
        return text
    head = start(text, (room - len(CUT)) * 2 // 3)
    tail = start(text[::-1], room - len(CUT) - weight(head))[::-1]
    return head + CUT + tail


def plain(text: str, room: int) -> str:
    """For a plain_text object: one line of at most `room` without the three characters, "" when nothing shows."""
    words = shortened(" ".join(clean(text).translate(LOOKALIKES).split()), room)
    return words if visible(words) else ""
