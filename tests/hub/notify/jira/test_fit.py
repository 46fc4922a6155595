"""Room: every part of a story is told whole, told in short or counted, in both formats, whatever the parts' sizes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notify.jira.adf import to_adf
from hub.notify.jira.fit import largest
from hub.notify.jira.wiki import to_wiki
from hub.notify.story import Bullets, Paragraph, Part, Story, line
from tests.hub.notify.jira.channel_desk import said

sizes = st.lists(st.integers(0, 3_000), min_size=1, max_size=30)


def parts_of(lengths: list[int], times: int, bare: bool) -> tuple[Part, ...]:
    """Parts that tell in what they say whether they are told whole or in short."""
    return tuple(
        Part(
            name=f"n{number}",
            gist=line(f"<gist {number}>"),
            blocks=() if bare and number % 3 == 0 else (Paragraph(line=line(f"<whole {number}>", "x" * length)),),
        )
        for number, length in enumerate(lengths * times)
    )


@pytest.mark.parametrize("form", ["adf", "wiki"])
@given(sizes, st.sampled_from((1, 5, 60)), st.booleans())
def test_every_part_is_told_or_counted_once_and_in_order(form: str, lengths: list[int], times: int, bare: bool) -> None:
    story = Story(title="t", parts_title="Parts", parts=parts_of(lengths, times, bare))
    text = said(to_adf(story, {})) if form == "adf" else to_wiki(story, {})
    told = [int(number) for number in re.findall(r"<(?:gist|whole) (\d+)>", text)]
    counted = re.search(r"… and ([\d,]+) more\b", text)
    assert told == list(range(len(told)))
    assert len(told) + (int(counted[1].replace(",", "")) if counted else 0) == len(lengths) * times


@pytest.mark.parametrize("form", ["adf", "wiki"])
def test_nothing_is_shortened_where_there_is_room(form: str) -> None:
    story = Story(title="t", lead=(Bullets(items=(line("y" * 900),)),), parts=parts_of([500] * 10, 1, bare=False))
    text = said(to_adf(story, {})) if form == "adf" else to_wiki(story, {})
    assert "y" * 900 in text and "…" not in text and "gist" not in text


@pytest.mark.parametrize(("most", "bound", "found"), [(0, 5, 0), (10, 5, 5), (10, 10, 10), (10, 99, 10), (10, 0, 0)])
def test_the_largest_number_that_fits(most: int, bound: int, found: int) -> None:
    assert largest(most, lambda count: count <= bound) == found
