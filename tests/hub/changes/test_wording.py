"""The words that differ between two values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.changes.wording import MOST_WORDS, Piece, marked


def shown(before: Any, after: Any) -> str:
    """`-gone-` and `+new+` among what is the same."""
    signs = {"same": "", "gone": "-", "new": "+"}
    return "".join(f"{signs[one.kind]}{one.text}{signs[one.kind]}" for one in marked(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Somebody went aboard.", "Somebody came aboard.", "Somebody -went-+came+ aboard."),
        ("The ferry left.", "The ferry left the pier.", "The ferry left+ the pier+."),
        ("One two three four five six", "One 2 3 four five six", "One -two three-+2 3+ four five six"),
        ("Somebody went aboard.", "No word in common!", "-Somebody went aboard.-+No word in common!+"),
        ("", "New.", "+New.+"),
        ("Old.", "", "-Old.-"),
        ("Same.", "Same.", "Same."),
        (["core", "old"], ["core", "vip"], "core, +vip+, -old-"),
        ("string", ["string", "null"], "-string-+string, null+"),
        (1, 2, "-1-+2+"),
        (True, True, "true"),
    ],
)
def test_what_differs_is_marked(before: Any, after: Any, expected: str) -> None:
    assert shown(before, after) == expected


@given(st.text(alphabet="ab .\n", max_size=40), st.text(alphabet="ab .\n", max_size=40))
def test_both_texts_can_be_read_from_the_pieces(before: str, after: str) -> None:
    pieces = marked(before, after)
    assert "".join(one.text for one in pieces if one.kind != "new") == before
    assert "".join(one.text for one in pieces if one.kind != "gone") == after


def test_of_very_long_texts_the_ends_are_compared() -> None:
    words = [f"w{number}" for number in range(MOST_WORDS)]
    before, after = " ".join(words), " ".join([*words[:500], "other", *words[501:]])
    differing = [one for one in marked(before, after) if one.kind != "same"]
    assert differing == [Piece("gone", "w500"), Piece("new", "other")]
