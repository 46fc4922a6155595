"""Which happening goes to which destination, and when: a table per destination, first match wins. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, field_validator

from hub.changes.happening import KINDS, HappeningKind
from hub.changes.news import EventNews, Impact
from mappings.canonical.kinds import Frozen, Words, as_tuple

When = Literal["now", "hourly", "daily", "never"]


class Rule(Frozen):
    """One row of `[[notify.NAME.rules]]`. Patterns have `*`; a row without filters matches everything."""

    on: Words
    """Patterns over kinds of happening: `publish.*`, `drift.found`, `*`."""
    plan: str = "*"
    target: str = "*"
    owner: str = "*"
    tag: str = "*"
    source: str = "*"
    change: Annotated[tuple[Impact, ...], BeforeValidator(as_tuple)] = ()
    """Only where one of these kinds of change is among them: `breaking`, `additive`, `text`."""
    at_least: int = Field(default=0, ge=0)
    """Only where so many events are concerned."""
    deliver: When = "now"
    mention: StrictBool = True
    """Whether owners are mentioned, in a channel that can."""

    @field_validator("on")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            if not any(fnmatchcase(kind, pattern) for kind in KINDS):
                raise ValueError(f"{pattern!r} is no kind of happening; there are {', '.join(KINDS)}")
        return value

    def matches(self, matter: Matter) -> bool:
        """Whether this row speaks of the matter."""
        return (
            any(fnmatchcase(matter.kind, pattern) for pattern in self.on)
            and fnmatchcase(matter.plan, self.plan)
            and _one_of(matter.targets, self.target)
            and _one_of(matter.owners, self.owner)
            and _one_of(matter.tags, self.tag)
            and _one_of(matter.sources, self.source)
            and (not self.change or any(one in matter.impacts for one in self.change))
            and matter.size >= self.at_least
        )

    def concerns(self, one: EventNews) -> bool:
        """Whether this event is among those that the row is about."""
        event = one.event
        named = ((self.owner, event.owners), (self.tag, event.tags), (self.source, event.sources))
        return all(_one_of(words, pattern) for pattern, words in named)


def _one_of(words: Sequence[str], pattern: str) -> bool:
    return pattern == "*" or any(fnmatchcase(word, pattern) for word in words)


@dataclass(frozen=True, slots=True)
class Matter:
    """What rules look at: the happening, with all that it concerns."""

    kind: HappeningKind
    plan: str
    targets: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    impacts: tuple[Impact, ...] = ()
    size: int = 0


DEFAULTS: dict[str, tuple[Rule, ...]] = {
    "chat": (Rule(on=("drift.*",), deliver="daily"), Rule(on=("*",))),
    "tracker": (Rule(on=("publish.finished", "publish.partial"), change=("breaking", "additive")),),
    "feed": (Rule(on=("*",)),),
}
"""What a destination without rules hears of, by the style of its channel."""


def rule_for(rules: Sequence[Rule], matter: Matter) -> Rule | None:
    """The first row that matches, None where nobody is to hear of it."""
    found = next((rule for rule in rules if rule.matches(matter)), None)
    return None if found is None or found.deliver == "never" else found
