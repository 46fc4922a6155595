"""What a bad reading makes of `hub status`: unknown, why, loud, and gone again once the tool answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectors.sandbox import Fault
from hub.cli.main import _run
from hub.store.quota import SharedLimiter
from tests.acceptance.workshop import TOOLS, Workshop, workshop

PLAN = """\
format: 1
name: Harbour
events:
  Boat Rented: {description: Gone., properties: {hours: {type: number}}}
  Boat Returned: {description: Back.}
  Oar Lost: {description: One less.}
  Sail Torn: {description: Oh.}
"""


class Mood(NamedTuple):
    """A fault of a tool's, and what `hub status` says of the target after a reconcile, with words of the reason."""

    tool: str
    name: str
    fault: Fault
    state: str
    why: str


def status(code: int, on: str = "GET", *, skip: int = 0, body: str = "{}") -> Fault:
    return Fault("status", on, status=code, skip=skip, body=body, times=99)


def mood(name: str, on: str = "GET", times: int = 1) -> Fault:
    return Fault("mood", on, mood=name, times=times)


MOODS = (
    *(Mood(tool, "wrong credentials", status(401), "unknown", "401") for tool in TOOLS),
    *(Mood(tool, "HTML", Fault("html", "GET", status=200, times=99), "unknown", "") for tool in TOOLS),
    *(Mood(tool, "dead", Fault("refuse", times=99), "unknown", "") for tool in TOOLS),
    Mood("amplitude", "not entitled", status(404), "unknown", "no Taxonomy API"),
    Mood("mixpanel", "not entitled", status(403), "unknown", "does not allow this"),
    Mood("mixpanel", "no such project", status(404), "unknown", "does not know the project"),
    Mood("segment", "not entitled", status(404), "unknown", "does not know the tracking plan"),
    Mood("snowplow", "not entitled", status(403), "unknown", "may not do this"),
    Mood("amplitude", "credentials revoked in the middle", status(401, skip=4), "unknown", "401"),
    Mood("amplitude", "one list fails", status(500, "taxonomy/event-property[?]"), "unknown", "failed"),
    Mood("mixpanel", "half a page", mood("half-page"), "unknown", "two readings disagree"),
    Mood("mixpanel", "an empty list", mood("empty-list"), "unknown", "two readings disagree"),
    Mood("snowplow", "half a page", mood("half-page"), "unknown", "two readings disagree"),
    Mood("snowplow", "an empty list", mood("empty-list"), "unknown", "two readings disagree"),
    # A second request of the connector's own settles these in the same reading.
    Mood("segment", "half a page", mood("half-page"), "in sync", "not the same"),
    Mood("segment", "an empty list", mood("empty-list"), "in sync", "not the same"),
    Mood("amplitude", "half a page", mood("half-page", "taxonomy/event[?]"), "in sync", "found by name"),
    Mood("amplitude", "an empty list", mood("empty-list", "taxonomy/event[?]"), "in sync", "found by name"),
)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """The plan in all four tools."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SharedLimiter, "reserve", lambda self, units: 0.0)
        patch.setattr("time.sleep", lambda seconds: None)  # between attempts
        patch.setattr("hub.engine.target.StoppableTime.sleep", lambda self, seconds: None)
        with workshop(tmp_path_factory.mktemp("harbour"), limits=False) as shop:
            (shop.folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
            assert hub(shop, "publish", str(shop.folder / "plan.yaml"), "--yes") == 0
            yield shop


def hub(shop: Workshop, *arguments: str) -> int:
    return _run([*arguments, "--config", str(shop.folder / "hub.toml")])


def of_target(shop: Workshop, tool: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any, str]:
    """The exit code of `hub status`, what it says of one target as JSON, and as text."""
    capsys.readouterr()
    code = hub(shop, "status", "--json")
    told = json.loads(capsys.readouterr().out)["targets"]
    hub(shop, "status")
    return code, next(one for one in told if one["target"] == tool), capsys.readouterr().out


@pytest.mark.parametrize("case", [pytest.param(one, id=f"{one.tool}: {one.name}") for one in MOODS])
def test_a_bad_reading_is_loud_and_passes(harbour: Workshop, case: Mood, capsys: pytest.CaptureFixture[str]) -> None:
    before, faults = harbour.holdings(), harbour.sandboxes[case.tool].faults
    faults.append(replace(case.fault))
    reconciled = hub(harbour, "reconcile", "--plan", str(harbour.folder / "plan.yaml"), "--target", case.tool)
    faults.clear()
    code, told, text = of_target(harbour, case.tool, capsys)
    expected = 0 if case.state == "in sync" else 2
    assert (reconciled, code, told["state"]) == (expected, expected, case.state)
    assert case.why in json.dumps([told["unknown"], told["coverage"]]) and case.why in text
    assert f"{case.tool} ({case.tool}): {case.state}" in text and harbour.holdings() == before
    assert hub(harbour, "reconcile", "--plan", str(harbour.folder / "plan.yaml"), "--target", case.tool) == 0
    assert of_target(harbour, case.tool, capsys)[1]["state"] == "in sync"


def test_a_target_that_never_could_be_read_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with workshop(tmp_path, ["segment"], limits=False) as shop:
        (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
        shop.sandboxes["segment"].faults.append(status(401))
        assert hub(shop, "reconcile", "--plan", str(tmp_path / "plan.yaml")) == 2
        code, told, text = of_target(shop, "segment", capsys)
        assert (code, told["state"], told["age"]) == (2, "unknown", None) and "401" in text
