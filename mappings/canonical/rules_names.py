"""Rules about names: what they may hold, when two of them are too alike, and the styles a plan can ask for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from mappings.canonical.rules_ground import Ground, Rule, broken, groups_of_properties
from mappings.canonical.text import snake_case
from mappings.contract import Finding, Path

LONGEST = 255
"""Characters. The shortest limit among the tools' own, so that a name fits everywhere."""

STYLES: dict[str, re.Pattern[str]] = {
    "Title Case": re.compile(r"[^\W_a-z][^\s_]*( [^\W_a-z][^\s_]*)*"),
    "snake_case": re.compile(r"[a-z0-9]+(_[a-z0-9]+)*"),
    "camelCase": re.compile(r"[a-z][A-Za-z0-9]*"),
    "kebab-case": re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"),
}
"""Each style that a plan can ask for by name. A name must match as a whole."""


def _names(ground: Ground) -> Iterator[tuple[Path, str]]:
    yield from ((("events", name), name) for name in ground.plan.events)
    yield from ((("groups", name), name) for name in ground.plan.groups)
    yield from ((path, path[-1]) for path, _ in ground.properties)


def check_spelling(ground: Ground) -> Iterator[Finding]:
    for path, name in _names(ground):
        for what, message in _faults(name):
            yield broken("warning", path, what, message, "Rename it, with a line in `moved`.")


@lru_cache(maxsize=8192)
def _faults(name: str) -> tuple[tuple[str, str], ...]:
    found = []
    if name != name.strip():
        found.append(("name-blanks", "the name begins or ends with a blank"))
    if not name.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        found.append(("name-control", "the name has characters that cannot be seen or written"))
    if len(name) > LONGEST:
        found.append(("name-long", f"the name has {len(name)} characters; more than {LONGEST} do not fit everywhere"))
    return tuple(found)


def check_events_differ(ground: Ground) -> Iterator[Finding]:
    yield from _alike(("events",), ground.plan.events)


def check_properties_differ(ground: Ground) -> Iterator[Finding]:
    for path, properties in groups_of_properties(ground):
        if len(properties) > 1:
            yield from _alike(path, properties)


def _alike(path: Path, names: Iterable[str]) -> Iterator[Finding]:
    """A finding for each name that an earlier one equals but for case, outer blanks or word separators."""
    folded: dict[str, str] = {}
    snaked: dict[str, str] = {}
    for name in names:
        fold, snake = _keys(name)
        earlier = folded.setdefault(fold, name)
        if earlier == name and snake:
            earlier = snaked.setdefault(snake, name)
        if earlier != name:
            message = f"differs from {earlier!r} only in case, blanks or separators"
            hint = "Keep one of the two; some tools cannot tell them apart."
            yield broken("warning", (*path, name), "names-alike", message, hint)


@lru_cache(maxsize=8192)
def _keys(name: str) -> tuple[str, str]:
    return name.strip().casefold(), snake_case(name)


def check_event_names(ground: Ground) -> Iterator[Finding]:
    names = ((("events", name), name) for name in ground.plan.events)
    yield from _conforming("event_names", ground.plan.conventions.event_names, names)


def check_property_names(ground: Ground) -> Iterator[Finding]:
    names = ((path, path[-1]) for path, _ in ground.properties)
    yield from _conforming("property_names", ground.plan.conventions.property_names, names)


def _conforming(field: str, style: str | None, names: Iterable[tuple[Path, str]]) -> Iterator[Finding]:
    if style is None:
        return
    conforms = _reader(style)
    if conforms is None:
        message = f"{style!r} is no style of names"
        hint = f"Write one of {', '.join(STYLES)}, or a regular expression in slashes."
        yield broken("error", ("conventions", field), "unknown-style", message, hint)
        return
    for path, name in names:
        if not conforms(name):
            message = f"is not in the style the plan asks for: {style}"
            yield broken("warning", path, "name-style", message, "Rename it, with a line in `moved`.")


def _reader(style: str) -> Callable[[str], object] | None:
    """A test of names; None where the style is unknown or its expression is none."""
    if style in STYLES:
        return STYLES[style].fullmatch
    if len(style) < 3 or not style.startswith("/") or not style.endswith("/"):
        return None
    try:
        return re.compile(style[1:-1]).search
    except re.error:
        return None


RULES: tuple[Rule, ...] = (
    check_spelling,
    check_events_differ,
    check_properties_differ,
    check_event_names,
    check_property_names,
)
