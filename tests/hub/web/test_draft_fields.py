"""What a form shows of a value, and what it makes of what was typed: nobody's value changes by being looked at."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.changes.editing import thing_at
from hub.changes.merge import ABSENT
from hub.web.draft_fields import EVENT, PROPERTY, Field, as_sent, fields_of, read, shown
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import walk
from mappings.canonical.text import same
from mappings.contract import Path
from mappings.testing import LAWS, plans

BY_NAME = {field.name: field for part in (*EVENT, *PROPERTY) for field in part.fields}


def places(plan: TrackingPlan) -> list[Path]:
    found: list[Path] = [("events", name) for name in plan.events]
    for name, event in plan.events.items():
        found += [path for path, _ in walk(event.properties, ("events", name))]
    return [*found, *(("user_properties", name) for name in plan.user_properties)]


def by_browser(field: Field, texts: list[str]) -> list[str]:
    """What a browser makes of line ends on the way."""
    return [text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n") for text in texts]


@LAWS
@given(plan=plans())
def test_what_nobody_typed_on_is_known_as_such(plan: TrackingPlan) -> None:
    for place in places(plan):
        thing = thing_at(plan, place)
        for field in fields_of(place):
            texts = shown(field, thing.get(field.name, ABSENT))
            assert as_sent(field, by_browser(field, texts)) == as_sent(field, texts)


@LAWS
@given(values=st.lists(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2), max_leaves=4),
    min_size=1, max_size=4))  # fmt: skip
def test_every_value_is_shown_so_that_it_is_read_as_itself(values: list[Any]) -> None:
    field = BY_NAME["enum"]
    assert same(read(field, by_browser(field, shown(field, values))), values)


@pytest.mark.parametrize(
    "name, typed, value",
    [
        ("enum", "a\n\n 1 \n\"1\"", ["a", 1, "1"]),
        ("const", "true", True),
        ("const", "yes", "yes"),
        ("const", "", None),
        ("minimum", " 1.50 ", 1.5),
        ("tags", "b\r\n a, c \r\n", ["b", "a, c"]),
        ("description", "two\r\nlines", "two\nlines"),
        ("hidden", "no", False),
        ("hidden", "", None),
        ("required", "yes", True),
        ("display_name", "  Left ", "Left"),
    ],
)  # fmt: skip
def test_what_is_typed_is_read(name: str, typed: str, value: Any) -> None:
    assert same(read(BY_NAME[name], [typed]), value)


@pytest.mark.parametrize(
    "name, typed", [("minimum", "NaN"), ("minimum", "true"), ("minimum", "1 2"), ("minimum", "-Infinity")]
)
def test_what_is_no_number_is_refused(name: str, typed: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        read(BY_NAME[name], [typed])
