"""What people do by commands and by buttons stands in the same record as what they do on pages."""

from __future__ import annotations

import getpass
from typing import Any

import pytest

from hub.app import App
from hub.config import load
from hub.store.people import AuditEntry
from hub.verbs.pressing import ACTS, VERBS, act_on
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import PLAN, Desk

DIFFERENT = "Somebody has an account."


def audit(desk: Desk) -> list[AuditEntry]:
    """Oldest first."""
    app = App(load(desk.folder / "hub.toml", {}))
    try:
        return list(app.store.people.whole_audit())
    finally:
        app.close()


def deeds(desk: Desk) -> list[tuple[str, str]]:
    return [(one.verb, one.subject) for one in audit(desk)]


@pytest.fixture
def sold(desk: Desk, shop: Workshop) -> Desk:
    """The plan was published."""
    desk.hub("adopt", "--target", "segment", "--plan", "plan.yaml")
    assert desk.hub("publish", "plan.yaml", "--yes").code == 0
    return desk


def edited(desk: Desk, shop: Workshop) -> str:
    """Somebody changed a text in the tool, which became a proposal; its number."""
    shop.sandboxes["segment"].edit({"do": "set-description", "key": "Signed Up", "value": DIFFERENT})
    assert desk.hub("reconcile", "--plan", "plan.yaml").code == 2
    return str(desk.hub("proposals", "--json").json()[0]["id"])


def test_adopting_and_publishing_are_recorded_with_who_and_how(sold: Desk) -> None:
    assert deeds(sold) == [("adopt", "segment"), ("publish", "Shop")]
    first = audit(sold)[0]
    assert (first.who, first.details) == (getpass.getuser(), {"through": "command", "plan": "Shop"})


def test_a_publish_that_was_refused_is_recorded_as_well(desk: Desk, shop: Workshop) -> None:
    desk.hub("publish", "plan.yaml", "--fingerprint", "0123456789abcdef")
    assert deeds(desk) == [("publish", "Shop")]
    assert audit(desk)[0].details["fingerprint"] == "0123456789abcdef"


def test_looking_is_not_recorded(sold: Desk) -> None:
    before = deeds(sold)
    for command in (
        ["status"],
        ["preview", "plan.yaml"],
        ["history"],
        ["reconcile", "--observe", "--plan", "plan.yaml"],
    ):
        sold.hub(*command)
    assert deeds(sold) == before


@pytest.mark.parametrize(
    ("act", "recorded"), [("accept", "accepted"), ("reject", "rejected"), ("different", "different")]
)
def test_decisions_are_recorded_with_their_reason(sold: Desk, shop: Workshop, act: str, recorded: str) -> None:
    number = edited(sold, shop)
    assert sold.hub("proposals", act, number, "--plan", "plan.yaml", "--why", "for reasons").code == 0
    assert deeds(sold)[2:] == [("reconcile", "segment"), (f"proposal {recorded}", number)]
    assert audit(sold)[-1].details["why"] == "for reasons"


def test_an_undo_is_recorded(sold: Desk) -> None:
    publication = sold.hub("history", "--json").json()[0]["id"]
    sold.hub("undo", publication, "--yes")
    assert deeds(sold)[-1] == ("undo", publication)


def test_an_override_is_recorded_with_its_reason(desk: Desk, shop: Workshop) -> None:
    desk.hub("publish", "plan.yaml", "--yes", "--override", "first-publish", "--why", "a new workspace")
    said = {one.verb: one.details for one in audit(desk)}
    assert "a new workspace" in str(said["override"]) and "publish" in said


def test_answers_to_approvals_are_recorded(desk: Desk, shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("plan.yaml", PLAN.replace("name: Shop\n", "name: Shop\nconventions: {approval: true}\n"))
    desk.hub("publish", "plan.yaml", "--yes")
    fingerprint = desk.hub("approvals", "--json").json()[0]["fingerprint"]
    desk.hub("approvals", "refuse", fingerprint, "--why", "not today")
    assert deeds(desk)[-1] == ("refuse", fingerprint) and audit(desk)[-1].details["why"] == "not today"


# Buttons


def test_every_button_has_a_word_in_the_record() -> None:
    assert VERBS.keys() == ACTS.keys()


def press(desk: Desk, **given: Any) -> None:
    app = App(load(desk.folder / "hub.toml", {}))
    try:
        act_on(app, who="Ada (Slack U1)", **given)
    finally:
        app.close()


def test_a_press_is_recorded_once(sold: Desk, shop: Workshop) -> None:
    number = edited(sold, shop)
    for _ in range(2):
        press(sold, key="one press", act="reject", subject=number)
    last = audit(sold)[-1]
    assert (last.who, last.verb, last.subject) == ("Ada (Slack U1)", "proposal rejected", number)
    assert deeds(sold).count(("proposal rejected", number)) == 1
