"""Several proposals decided at once, and proposals that are put off."""

from __future__ import annotations

import pytest

from hub.app import App
from hub.changes.resolve import Proposal
from hub.config import load
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import PLAN, Desk
from tests.hub.cli.test_json_output import complaints

OURS = "The order is binding."


@pytest.fixture
def asked(desk: Desk, shop: Workshop) -> Desk:
    """Three proposals: 1 and 2 want two texts at one place, 3 was made against another plan."""
    desk.write("hub.toml", f'plan = "plan.yaml"\n{(desk.folder / "hub.toml").read_text()}')
    desk.write("plan.yaml", PLAN)
    app = App(load(desk.folder / "hub.toml"))
    found = [proposal("One text.", OURS), proposal("Another text.", OURS), proposal("A third text.", "Older words.")]
    app.store.decisions.record("Shop", found, ["segment"], app.engine.time.now())
    app.close()
    return desk


def proposal(value: str, ours: str) -> Proposal:
    path = ("events", "Order Completed", "description")
    return Proposal(path, value, ours, ours, False, "propose", (("segment", value),))


def test_each_is_decided_on_its_own_and_what_cannot_be_stays_open(asked: Desk) -> None:
    ran = asked.hub("proposals", "accept", "--all", "--json")
    data = ran.json()
    assert (ran.code, data["accepted"], [one["id"] for one in data["left"]]) == (1, [1], [2, 3])
    assert complaints("proposals accept", data) == []
    assert "One text." in (asked.folder / "plan.yaml").read_text(encoding="utf-8")
    assert [one["id"] for one in asked.hub("proposals", "--json").json()] == [2, 3]


def test_what_is_left_open_is_said_with_the_reason(asked: Desk) -> None:
    asked.hub("proposals", "reject", "2")
    ran = asked.hub("proposals", "reject", "1", "2")
    assert ran.code == 1 and "proposal 1 (rejected)" in ran.out
    assert "left open: 2: proposal 2 is rejected already" in ran.out


def test_what_is_put_off_is_not_listed_until_it_is_woken(asked: Desk) -> None:
    ran = asked.hub("proposals", "snooze", "1", "3", "--until", "next-week", "--json")
    assert complaints("proposals snooze", ran.json()) == [] and ran.json()["snoozed"] == [1, 3]
    assert [one["id"] for one in asked.hub("proposals", "--json").json()] == [2]
    assert len(asked.hub("proposals", "--all", "--json").json()) == 3
    woken = asked.hub("proposals", "snooze", "1", "--wake", "--json").json()
    assert complaints("proposals snooze", woken) == [] and woken == {"awake": [1]}
    assert [one["id"] for one in asked.hub("proposals", "--json").json()] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("1", "--until", "1999-01-01"), 1, "not within the next year"),
        (("1", "--until", "some day"), 1, "is no day"),
        (("9",), 1, "no proposal 9"),
        ((), 64, "NUMBERS"),
    ],
)
def test_what_cannot_be_put_off_is_refused(asked: Desk, arguments: tuple[str, ...], code: int, message: str) -> None:
    ran = asked.hub("proposals", "snooze", *arguments)
    assert ran.code == code and message in ran.err
