"""Alike names: which is taken for which, and how sure that is."""

from __future__ import annotations

import pytest

from hub.changes.matching import suggestions


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        ("ferry left", "Ferry Left", [("Ferry Left", "normalised", 1.0)]),
        ("FerryLeft", "Ferry Left", [("Ferry Left", "normalised", 1.0)]),
        ("Ferries Left", "Ferry Left", [("Ferry Left", "similar", 0.82)]),
        ("ferryleft", "Ferry Left", [("Ferry Left", "similar", 0.95)]),
        ("signups", "Signup", [("Signup", "similar", 0.92)]),
        ("Anchor Lost", "Ferry Left", []),
        ("!!!", "???", []),
    ],
)
def test_a_name_is_matched_by_its_spelling_or_its_likeness(theirs: str, ours: str, expected: object) -> None:
    found = [(one.ours, one.how, one.score) for one in suggestions([theirs], ["Anchor", ours])]
    assert found == expected


def test_the_likeliest_of_several_is_suggested() -> None:
    (found,) = suggestions(["ferry boarded late"], ["Ferry Boarding Late", "Ferry Boarded Lately", "Ferry Sunk"])
    assert found.ours == "Ferry Boarded Lately"


def test_among_thousands_of_names_the_one_that_shares_the_rarest_word_is_found() -> None:
    ours = [f"Panel {number} {'Opened' if number % 2 else 'Closed'} Again" for number in range(5_000)]
    found = {one.theirs: one.ours for one in suggestions(["panel_41_opens_again", "panel_4998_closes_again"], ours)}
    assert found == {
        "panel_41_opens_again": "Panel 41 Opened Again",
        "panel_4998_closes_again": "Panel 4998 Closed Again",
    }
