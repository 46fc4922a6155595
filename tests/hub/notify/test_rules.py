"""Which happening reaches which destination."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from hub.notify.rules import DEFAULTS, Matter, Rule, rule_for

PUBLISH = Matter(
    "publish.finished",
    "Harbour",
    targets=("mixpanel", "segment"),
    owners=("ana", "ben"),
    tags=("sea",),
    sources=("app",),
    impacts=("additive", "text"),
    size=3,
)

ROWS: list[tuple[dict[str, Any], bool]] = [
    ({"on": "publish.*"}, True),
    ({"on": "publish.finished"}, True),
    ({"on": ["drift.*", "publish.partial"]}, False),
    ({"on": "*"}, True),
    ({"on": "*", "plan": "Harb*"}, True),
    ({"on": "*", "plan": "harbour"}, False),
    ({"on": "*", "target": "segment"}, True),
    ({"on": "*", "target": "amplitude*"}, False),
    ({"on": "*", "owner": "ben"}, True),
    ({"on": "*", "owner": "dora"}, False),
    ({"on": "*", "tag": "sea"}, True),
    ({"on": "*", "source": "web"}, False),
    ({"on": "*", "change": "breaking"}, False),
    ({"on": "*", "change": ["breaking", "text"]}, True),
    ({"on": "*", "at_least": 3}, True),
    ({"on": "*", "at_least": 4}, False),
    ({"on": "*", "owner": "ana", "tag": "land"}, False),
]


@pytest.mark.parametrize(("row", "matches"), ROWS, ids=[str(row[0]) for row in ROWS])
def test_a_row_matches_when_all_of_it_does(row: dict[str, Any], matches: bool) -> None:
    assert Rule.model_validate(row).matches(PUBLISH) is matches


def test_the_first_row_that_matches_decides() -> None:
    rows = [Rule(on=("publish.*",), owner="ana", deliver="hourly"), Rule(on=("*",))]
    assert rule_for(rows, PUBLISH) == rows[0]


def test_never_is_silence_even_where_a_later_row_would_speak() -> None:
    assert rule_for([Rule(on=("publish.*",), deliver="never"), Rule(on=("*",))], PUBLISH) is None


def test_where_no_row_matches_nobody_hears() -> None:
    assert rule_for([Rule(on=("drift.*",))], PUBLISH) is None


def test_a_pattern_that_can_match_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"publish\.done"):
        Rule(on=("publish.done",))


def test_a_tracker_hears_by_itself_only_of_what_needs_code() -> None:
    words_only = Matter("publish.finished", "Harbour", impacts=("text",), size=1)
    assert rule_for(DEFAULTS["tracker"], words_only) is None
    assert rule_for(DEFAULTS["tracker"], PUBLISH) is not None


def test_a_chat_hears_of_drift_once_a_day() -> None:
    drift = Matter("drift.found", "Harbour", targets=("mixpanel",), size=1)
    rule = rule_for(DEFAULTS["chat"], drift)
    assert rule is not None and rule.deliver == "daily"
