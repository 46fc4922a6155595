"""Real plans of other people through the whole hub: import, publish to four tools, and look at what they then hold.

Of a plan with several states the first is published to empty tools and each later one over the one before.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from typing import Any

import pytest

from connectors.contract import Operation
from tests.acceptance.real_plans import DATA, TOOLS, Moment, Source, histories, live_through, row

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the collection of real plans is not beside this repository")

Told = dict[tuple[str, str], object]


@pytest.fixture(scope="module", params=histories(), ids=lambda history: history[0].title)
def moments(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sequence[Moment]:
    history: tuple[Source, ...] = request.param
    folder = tmp_path_factory.mktemp("real-plans")
    lived = list(live_through(history, folder))
    (folder / "figures.json").write_text(json.dumps([row(one) for one in lived]), encoding="utf-8")
    return lived


def test_everything_is_published(moments: Sequence[Moment], record_property: Callable[[str, object], None]) -> None:
    for one in moments:
        record_property("real plan", row(one))
    assert {one.published.publication.status for one in moments} == {"published"}


def test_a_preview_right_after_is_empty(moments: Sequence[Moment]) -> None:
    after = {(one.source.title, changes.target): changes for one in moments for changes in one.then.changeset.targets}
    assert len(after) == len(TOOLS) * len(moments)
    assert {where: one for where, one in after.items() if one.operations or one.unknown or one.edits} == {}


def test_each_value_is_in_each_tool_or_was_said_to_be_lost(moments: Sequence[Moment]) -> None:
    untold: Told = {(one.source.title, tool): one.untold(tool) for one in moments for tool in TOOLS}
    assert {where: places for where, places in untold.items() if places} == {}


def test_each_description_is_in_each_tool_or_was_said_to_be_lost(moments: Sequence[Moment]) -> None:
    missing: Told = {(one.source.title, tool): one.missing_descriptions(tool) for one in moments for tool in TOOLS}
    assert {where: places for where, places in missing.items() if places} == {}


def test_the_requests_are_those_that_were_forecast(moments: Sequence[Moment]) -> None:
    made = {(one.source.title, tool): one.published.requests(tool) for one in moments for tool in TOOLS}
    forecast = {
        (one.source.title, tool): one.published.changes(tool).forecast.calls for one in moments for tool in TOOLS
    }
    assert made == forecast


def test_the_writes_are_the_fewest_that_the_vendors_allow(moments: Sequence[Moment]) -> None:
    # Amplitude: one for each thing, and one more where a new property must exist bare first. Mixpanel: uploads of up to
    # 3,999 events and properties. Segment: 200 rules at once. Iglu: one for each version.
    for one in moments:
        operations = {tool: one.published.changes(tool).operations for tool in TOOLS}
        units = sum(1 + len(body_of(each).get("properties", {})) for each in operations["mixpanel"])
        assert {tool: one.published.writes(tool) for tool in TOOLS} == {
            "amplitude": len(operations["amplitude"]) + openings(operations["amplitude"]),
            "mixpanel": ceil(units / 3_999),
            "segment": ceil(len(operations["segment"]) / 200),
            "snowplow": len(operations["snowplow"]),
        }


def openings(operations: Iterable[Operation]) -> int:
    """New property names of which each event says a text that another event does not: whichever comes first, its text
    would show on the others (apis/amplitude.md section 5.11)."""
    said: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for one in operations:
        if one.verb == "create" and one.address.kind == "event-property":
            said[one.address.names[-1]].append(frozenset(body_of(one)) & {"description", "regex"})
    return sum(frozenset.intersection(*texts) not in texts for texts in said.values())


def body_of(operation: Operation) -> Mapping[str, Any]:
    return operation.document.body if operation.document else {}


def test_no_tool_ever_says_too_many(moments: Sequence[Moment]) -> None:
    logs = [log for one in moments for log in one.published.logs.values()]
    assert [entry for log in logs for entry in log if entry.status == 429] == []
