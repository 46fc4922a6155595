"""`hub status` on drift: since when, and whether that is longer than the target allows; and what is gone."""

from __future__ import annotations

import time

import pytest

from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import Desk

HOUR = 3600.0


@pytest.fixture
def drifted(desk: Desk, shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Somebody corrected a text in Segment, and reconcile has seen it; a drift may last two hours."""
    desk.write("hub.toml", 'plan = "plan.yaml"\n' + (desk.folder / "hub.toml").read_text() + 'slo = "2h"\n')
    assert desk.hub("publish", "plan.yaml", "--yes").code == 0
    shop.sandboxes["segment"].edit({"do": "set-description", "key": "Order Completed", "value": "Sold."})
    assert desk.hub("reconcile").code == 2
    return desk


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """So much time has passed."""
    monkeypatch.setattr("hub.engine.target.StoppableTime.now", lambda self: time.time() + seconds)


@pytest.mark.parametrize(("hours", "late"), [(0.5, False), (1.9, False), (2.1, True), (48.0, True)])
def test_a_drift_is_late_once_it_is_older_than_the_target_allows(
    drifted: Desk, monkeypatch: pytest.MonkeyPatch, hours: float, late: bool
) -> None:
    later(monkeypatch, hours * HOUR)
    (told,) = drifted.hub("status", "--json").json()["targets"]
    assert (told["slo"], told["late"], [one["path"][-1] for one in told["drift"]]) == (2 * HOUR, late, ["description"])
    ran = drifted.hub("status")
    assert (ran.code, "later than" in ran.out) == (2, late) and "1 field undecided" in ran.out


def test_the_age_of_a_drift_is_not_renewed_by_looking_again(drifted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, 3 * HOUR)
    drifted.hub("reconcile")
    assert drifted.hub("status", "--json").json()["targets"][0]["late"] is True


def test_a_drift_that_was_decided_is_late_no_more(drifted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, 3 * HOUR)
    assert drifted.hub("proposals", "accept", "1").code == 0
    assert drifted.hub("publish", "plan.yaml", "--yes").code == 0 and drifted.hub("reconcile").code == 0
    ran = drifted.hub("status")
    assert ran.code == 0 and "undecided" not in ran.out


def test_what_is_gone_is_named(drifted: Desk, shop: Workshop) -> None:
    shop.sandboxes["segment"].edit({"do": "remove-rule", "key": "Signed Up"})
    assert drifted.hub("reconcile").code == 2
    (told,) = drifted.hub("status", "--json").json()["targets"]
    assert (told["state"], told["gone"]) == ("gone", ["rule:TRACK:Signed Up:1"])
    assert "- rule:TRACK:Signed Up:1" in drifted.hub("status").out


def test_what_one_preview_did_not_find_is_unknown_until_a_second_reading(drifted: Desk, shop: Workshop) -> None:
    shop.sandboxes["segment"].edit({"do": "remove-rule", "key": "Signed Up"})
    drifted.hub("preview", "plan.yaml")
    (told,) = drifted.hub("status", "--json").json()["targets"]
    assert told["gone"] == [] and [one["address"] for one in told["unknown"]] == ["rule:TRACK:Signed Up:1"]
