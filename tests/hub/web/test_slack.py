"""Buttons: what Slack sends arrives signed, counts once, and acts on behalf of the person who pressed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from connectors.sandbox import Sandbox
from connectors.sandbox_server import SandboxServer, serve_on_loopback
from hub.app import App
from hub.changes.changeset import Changeset, TargetChanges
from hub.changes.resolve import Proposal
from hub.config import load
from hub.engine.ports import PlanVersion
from hub.errors import Refusal
from hub.jobs.embedded import EmbeddedJobs
from hub.notify.slack.sandbox import SlackSandbox
from hub.verbs.pressing import act_on
from hub.web.app import create_app
from mappings.canonical import TrackingPlan

PLAN = """\
format: 1
name: Harbour
events:
  Ferry Boarded:
    description: Somebody went aboard.  # said on deck
"""


class Desk:
    """A hub whose plan lies in a file, a Slack on loopback, and one proposal that Slack was told of."""

    def __init__(self, folder: Path, server: SandboxServer) -> None:
        self.slack: Sandbox = server.sandbox
        known = self.slack.demo_credentials()
        for name in ("token", "signing_secret"):
            (folder / name).write_text(known[name])
        (folder / "plan.yaml").write_text(PLAN)
        (folder / "hub.toml").write_text(
            f'plan = "plan.yaml"\n[notify.slack]\nbase_url = "{server.url}/api"\nchannel = "{known["channel"]}"\n'
            'token = "file:token"\nsigning_secret = "file:signing_secret"\n'
        )
        self.plan_file = folder / "plan.yaml"
        self.url = server.url
        self.hub = App(load(folder / "hub.toml"))
        self.hub.store.freeze(TrackingPlan.model_validate({"name": "Harbour"}), "dana", self.now)

    @property
    def now(self) -> float:
        return self.hub.engine.time.now()

    def propose(self, words: str) -> str:
        """A tool's text becomes a proposal, and Slack hears of it; the message's ts."""
        path = ("events", "Ferry Boarded", "description")
        ours = "Somebody went aboard."
        one = Proposal(path, words, ours, ours, False, "propose", (("mixpanel", "hash"),))
        self.hub.store.decisions.record("Harbour", [one], ["mixpanel"], self.now)
        self.hub.deliverer().round()
        return str(self.posts()[-1]["ts"])

    def posts(self) -> list[Mapping[str, Any]]:
        return list(self.slack.dump()["channels"]["C0TRACK01"]["messages"])

    def click(self, ts: str, act: str, mode: str = "normal") -> dict[str, Any]:
        """The request that Slack would send when somebody presses this button."""
        who = {"channel": "C0TRACK01", "ts": ts, "action_id": act, "mode": mode, "base_url": self.url}
        user = self.slack.dump()["users"][0]["id"]
        return dict(self.slack.edit({"do": "click", "user": user, **who}))

    def send(self, *clicks: Mapping[str, Any]) -> list[int]:
        """The statuses with which the hub answers."""

        async def all_of_them() -> list[int]:
            transport = httpx.ASGITransport(create_app(self.hub))
            async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
                return [
                    (await client.post("/slack/actions", content=one["body"], headers=one["headers"])).status_code
                    for one in clicks
                ]

        return anyio.run(all_of_them)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serve_on_loopback(SlackSandbox()) as server:
        found = Desk(tmp_path, server)
        yield found
        found.hub.close()


def test_accept_writes_the_plan_and_says_so_where_it_was_asked(desk: Desk) -> None:
    ts = desk.propose("Somebody boarded.")
    assert desk.send(desk.click(ts, "accept")) == [200]
    assert "description: Somebody boarded.  # said on deck" in desk.plan_file.read_text()
    (stored,) = desk.hub.store.decisions.of_plan("Harbour")
    assert stored.state == "accepted" and "(Slack U" in stored.who
    assert "accepted" in str(desk.posts()[-1]["blocks"]) and desk.posts()[-1]["ts"] == ts


def test_reject_leaves_the_plan_alone(desk: Desk) -> None:
    desk.send(desk.click(desk.propose("Nonsense."), "reject"))
    assert desk.plan_file.read_text() == PLAN
    assert desk.hub.store.decisions.of_plan("Harbour")[0].state == "rejected"


def test_a_click_that_arrives_twice_counts_once(desk: Desk) -> None:
    first = desk.click(desk.propose("Somebody boarded."), "accept", "double")
    assert desk.send(first, first["second"]) == [200, 200]
    assert len(desk.slack.dump()["ephemerals"]) == 1


def test_two_people_who_press_are_told_apart(desk: Desk) -> None:
    ts = desk.propose("Somebody boarded.")
    desk.send(desk.click(ts, "accept"), desk.click(ts, "reject"))
    told = [str(one) for one in desk.slack.dump()["ephemerals"]]
    assert "Accepted" in told[0] and "is accepted already" in told[1]


@pytest.mark.parametrize("mode", ["wrong-signature", "stale", "bad-timestamp"])
def test_what_slack_did_not_send_changes_nothing(desk: Desk, mode: str) -> None:
    assert desk.send(desk.click(desk.propose("Somebody boarded."), "accept", mode)) == [401]
    assert desk.hub.store.decisions.of_plan("Harbour")[0].state == "open"


def test_a_replayed_press_is_dealt_with_already(desk: Desk) -> None:
    pressed = desk.click(desk.propose("Somebody boarded."), "snooze")
    assert desk.send(pressed, pressed) == [200, 200]
    reminders = [one for one in desk.hub.store.outbox.messages() if ":reminder:" in one.key]
    assert len(reminders) == 1


def test_a_reminder_is_dropped_once_somebody_decides(desk: Desk) -> None:
    ts = desk.propose("Somebody boarded.")
    desk.send(desk.click(ts, "snooze"), desk.click(ts, "reject"))
    assert [one.key for one in desk.hub.store.outbox.messages() if ":reminder:" in one.key] == []


def test_an_approval_needs_another_person(desk: Desk) -> None:
    desk.hub.store.approvals.ask("f00df00df00df00d", "Harbour", "dana", desk.now)
    desk.hub.deliverer().round()
    desk.send(desk.click(str(desk.posts()[-1]["ts"]), "approve"))
    known = desk.hub.store.approvals.find("f00df00df00df00d")
    assert known is not None and known.state == "approved" and "(Slack U" in known.who
    assert "is approved" in str(desk.posts()[-1]["blocks"])


def test_retry_asks_the_worker_once(desk: Desk) -> None:
    store = desk.hub.store
    changeset = Changeset("Harbour", "0" * 64, (TargetChanges("mixpanel", "mixpanel", ()),))
    opened = store.open_publication(changeset, PlanVersion("Harbour", 1, "0" * 64), "dana", desk.now)
    store.close_publication(opened.id, "partial", {}, desk.now)
    told = [act_on(desk.hub, key=key, act="retry", subject=opened.id, who="ana") for key in ("one", "two", "two")]
    assert told == ["The worker goes on with it.", "It waits for the worker already.", ""]
    (job,) = EmbeddedJobs(desk.hub.database, lambda: desk.now).jobs("queued")
    assert (job.kind, job.args["publication"]) == ("resume", opened.id)


def test_retry_of_what_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(Refusal, match="no publication"):
        act_on(desk.hub, key="one", act="retry", subject="nothing", who="ana")


def test_a_body_that_is_signed_but_no_press_is_refused(desk: Desk) -> None:
    secret = desk.slack.demo_credentials()["signing_secret"]
    stamp, body = f"{desk.now:.0f}", "payload=%7B%22type%22%3A%22view_submission%22%7D"
    signed = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signed}"}
    assert desk.send({"body": body, "headers": headers}) == [400]
