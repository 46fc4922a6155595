"""Words and lines that several stories share."""

from __future__ import annotations

import json
from collections.abc import Iterable

from hub.changes.merge import ABSENT
from hub.changes.news import EventNews
from hub.notify.story import Line, Span, line, name, person, strong
from mappings.canonical.kinds import JSON

LONGEST_VALUE = 300
"""Characters of a value that is quoted; longer ones are cut in the middle."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 event`, `3 events`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(done: int, of: int) -> int:
    """Whole percent, rounded down, so that 100 means the end."""
    return 100 * done // of if of else 100


def quoted(value: JSON) -> str:
    """A value as a person may read it; nothing at all is called nothing."""
    if value is ABSENT or value is None:
        return "(nothing)"
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(words, LONGEST_VALUE) or "(empty)"


def shortened(words: str, most: int) -> str:
    """At most so many characters, cut in the middle where it shows least."""
    if len(words) <= most:
        return words
    kept = most - 1
    return f"{words[: kept - kept // 3]}…{words[len(words) - kept // 3 :]}"


def where(path: Iterable[str]) -> Line:
    """A path of the plan: `Order Completed › price › description`."""
    parts = [part for part in path if part not in ("events", "properties", "user_properties", "groups")]
    spans: list[Span | str] = []
    for part in parts[:-1]:
        spans += [name(part), " › "]
    return line(*spans, parts[-1] if parts else "plan")


def owners_of(found: Iterable[EventNews]) -> tuple[str, ...]:
    """The owners of these events, each once."""
    return tuple(dict.fromkeys(owner for one in found for owner in one.event.owners))


def tally(found: Iterable[EventNews]) -> str:
    """`2 new, 3 changed (1 breaking), 1 removed`; "" when nothing is new."""
    items = list(found)
    words = []
    for kinds, word in ((("new",), "new"), (("changed", "renamed"), "changed"), (("removed",), "removed")):
        mine = [one for one in items if one.kind in kinds]
        broken = sum(1 for one in mine if one.impact == "breaking" and one.kind != "removed")
        if mine:
            words.append(f"{len(mine):,} {word}" + (f" ({broken:,} breaking)" if broken else ""))
    return ", ".join(words)


def gist(one: EventNews) -> Line:
    """One event's news in a line: its name, what it is, what breaks, who owns it."""
    spans: list[Span | str] = [name(one.name), f": {_verdict(one)}"]
    if one.former_name:
        spans += [", was ", name(one.former_name)]
    if one.breaks:
        spans.append(f" — {'; '.join(one.breaks[:3])}" + ("; …" if len(one.breaks) > 3 else ""))
    elif one.kind == "changed":
        spans.append(f" — {_fields(one)}")
    if one.reason:
        spans.append(f" — {one.reason}")
    for owner in one.event.owners:
        spans += [" · ", person(owner)]
    return line(*spans)


def _verdict(one: EventNews) -> str:
    if one.kind == "changed":
        return {"breaking": "breaking change", "additive": "more may be sent", "text": "words changed"}[one.impact]
    return one.kind


def _fields(one: EventNews) -> str:
    names = list(dict.fromkeys(".".join(part for part in field.path if part != "properties") for field in one.fields))
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def label(words: str) -> Span:
    """A short label in front of something."""
    return strong(words)
