"""A tug-of-war: a field that comes back after every restore, and the pattern in which it does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.changes.merge import ABSENT, Value
from hub.changes.resolve import Edit, value_hash
from hub.engine.memory import why
from hub.engine.target import Engine, Target
from mappings.canonical import TrackingPlan
from mappings.contract import Path

LOOKED_AT = 20
"""How many of the newest different readings are searched for the pattern: two flips take five."""
LONGEST = 60
"""Characters of a value that the pattern quotes."""


@dataclass(frozen=True, slots=True)
class Tug:
    """One field that two sides keep writing. Times are seconds since the epoch.

    `who` are those who restored the plan's value, and those who set the tool's where the tool tells.
    """

    path: Path
    ours: Value
    theirs: Value
    shown: int
    """How often the tool was seen to hold its own value anew."""
    restored: int
    """How often the plan's value was written over it."""
    first: float
    last: float
    who: tuple[str, ...] = ()

    def __str__(self) -> str:
        by = f" by {', '.join(self.who)}" if self.who else ""
        return (
            f"the tool showed {_quoted(self.theirs)} {_times(self.shown)} between {_moment(self.first)} and "
            f"{_moment(self.last)}; {_quoted(self.ours)} was restored {_times(self.restored)}{by}"
        )


def tug_of(engine: Engine, plan: TrackingPlan, target: Target, edit: Edit) -> Tug:
    """The pattern behind an edit that came back, from what was observed and published."""
    links = why(engine, plan, target, edit.path, newest=LOOKED_AT)
    shown = [one for one in links if _same(one.value, edit.theirs)]
    first = shown[0].at if shown else engine.time.now()
    restores = [one for one in links if one.how == "published" and one.at > first and not _same(one.value, edit.theirs)]
    who = dict.fromkeys(one.who for one in (*shown, *restores) if one.who)
    last = shown[-1].at if shown else first
    return Tug(edit.path, edit.ours, edit.theirs, len(shown), len(restores), first, last, tuple(who))


def _same(one: Value, other: Value) -> bool:
    return value_hash(one) == value_hash(other)


def _quoted(value: Value) -> str:
    text = "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
