"""A list may lie twice in the same way; what is asked for by another request does not follow it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from connectors import errors
from connectors.contract import Snapshot
from connectors.lookup import LooksUp, asked_by_name
from connectors.registry import plugin
from connectors.sandbox import Fault
from connectors.testing.harness import Rig
from mappings.canonical import TrackingPlan
from mappings.contract import Address

TOOLS = ("amplitude", "mixpanel", "segment", "snowplow")
NAMED = ("amplitude", "mixpanel", "snowplow")
"""Tools that answer for a single thing; Segment has no such request."""
LISTS = {"amplitude": "taxonomy/[a-z-]+([?]|$)", "mixpanel": "/schemas$", "snowplow": "/schemas/com.acme[?]"}
EVENTS = {f"Sailing {number}": {"description": "Off we go."} for number in range(6)}
PLAN = TrackingPlan.model_validate({"name": "Ferries", "events": EVENTS})


def published(tool: str) -> Rig:
    rig = Rig.of(plugin(tool))
    rig.publish(PLAN)
    rig.forget_requests()
    return rig


def looked_up(rig: Rig, addresses: Iterable[Address], units: float | None = None) -> Snapshot:
    connector = rig.connect()
    assert isinstance(connector, LooksUp)
    return connector.look_up(list(addresses), units)


def some(rig: Rig, count: int) -> list[Address]:
    return list(rig.project(PLAN).documents)[:count]


def missing(rig: Rig) -> Address:
    """An address of the same shape that the tool does not have."""
    kind, names = some(rig, 1)[0]
    return Address(kind, tuple("Sailing_99" if "ailing" in name else name for name in names))


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("count", [1, 6])
def test_what_is_there_is_found_and_what_is_not_is_certainly_absent(tool: str, count: int) -> None:
    rig = published(tool)
    wanted = some(rig, count)
    snapshot = looked_up(rig, [*wanted, missing(rig)])
    assert set(snapshot.documents) == set(wanted) and asked_by_name(snapshot, missing(rig))
    assert not any(snapshot.knows_absent(one) for one in wanted)
    assert snapshot.requests == len(rig.requests())


@pytest.mark.parametrize("tool", NAMED)
@pytest.mark.parametrize("count", [1, 6])
def test_a_list_that_lies_twice_is_found_out(tool: str, count: int) -> None:
    rig = published(tool)
    rig.sandbox.faults.append(Fault("mood", f"^GET .*{LISTS[tool]}", mood="empty-list", times=99))
    assert len(rig.observe().documents) == len(rig.observe().documents) == 0
    assert set(looked_up(rig, some(rig, count)).documents) == set(some(rig, count))


def test_segment_is_asked_in_pages_that_are_cut_elsewhere() -> None:
    rig = published("segment")
    rig.observe()
    looked_up(rig, some(rig, 1))
    assert [dict(one.query)["pagination[count]"] for one in rig.requests()] == ["200", "100"]


def test_mixpanel_is_asked_by_name_as_long_as_the_minute_allows_it() -> None:
    rig = published("mixpanel")
    looked_up(rig, some(rig, 4))
    looked_up(rig, some(rig, 6))
    assert [one.path.partition("/schemas/")[2] for one in rig.requests()] == [
        *(f"event/Sailing%20{number}" for number in range(4)),
        "event",
    ]


@pytest.mark.parametrize("tool", NAMED)
def test_what_the_units_do_not_reach_is_not_called_absent(tool: str) -> None:
    rig = published(tool)
    snapshot = looked_up(rig, [missing(rig)], units=0)
    assert not snapshot.knows_absent(missing(rig)) and snapshot.coverage_of(missing(rig)) is not None


@pytest.mark.parametrize("tool", NAMED)
def test_a_failure_is_coverage_and_a_refused_key_is_raised(tool: str) -> None:
    rig = published(tool)
    rig.sandbox.faults.append(Fault("status", "^GET", status=500, times=5))
    (coverage, *_) = looked_up(rig, [missing(rig)]).coverage
    assert coverage.completeness == "failed" and "500" in coverage.why
    rig.sandbox.faults[:] = [Fault("status", "^GET", status=401, body="{}", times=9)]
    with pytest.raises(errors.Unauthorized):
        looked_up(rig, [missing(rig)])


def test_iglu_does_not_call_a_schema_absent_that_the_key_may_not_read() -> None:
    rig = published("snowplow")
    stranger = "0f000000-0000-4000-8000-00000000000f"
    connector = rig.connect(rig.settings.model_copy(update={"api_key": type(rig.settings.api_key)(stranger)}))
    assert isinstance(connector, LooksUp)
    with pytest.raises(errors.Unauthorized):
        connector.look_up(some(rig, 1), None)
