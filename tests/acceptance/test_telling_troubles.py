"""Whatever is wrong with Slack, Jira or a receiver: the publish is done, one line says what is wrong, and once it is
mended everything is told, once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import SystemTime
from connectors.sandbox import Fault
from connectors.sandbox_server import serve_on_loopback
from hub.cli.main import _run
from hub.engine.target import StoppableTime
from hub.notify.webhook.sandbox import WebhookSandbox
from tests.acceptance.telling_processes import Office, office

PLAN = """\
format: 1
name: Harbour
events:
  Ferry Boarded:
    description: Somebody went aboard.
    owners: [ana@example.com]
    properties:
      deck: {type: integer, required: true, maximum: 3}
"""
Change = Callable[[Office], None]


def edits(who: str, *changes: dict[str, Any]) -> Change:
    """What people do in that place."""

    def do(desk: Office) -> None:
        for change in changes:
            desk.people[who].edit(change)

    return do


def writes(file: str, old: str, new: str) -> Change:
    """Somebody changes a file of the hub's."""

    def do(desk: Office) -> None:
        path = desk.folder / file
        assert old in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return do


def fails(who: str, kind: str, **fault: Any) -> Change:
    return lambda desk: desk.people[who].faults.append(Fault(kind, times=9999, **fault))


def recovers(who: str) -> Change:
    return lambda desk: desk.people[who].faults.clear()


def ignores_strangers(desk: Office) -> None:
    """Jira takes a wrong token for nobody, and answers with what nobody may see."""
    desk.jira.set_switch("bad_credentials", "anonymous")
    writes("jira_api_token", "demo", "wrong")(desk)


@dataclass(frozen=True)
class Trouble:
    """What happens to a destination, how it is mended, and what `hub status` says: words of the line."""

    who: str
    name: str
    breaks: Change
    mends: Change
    says: tuple[str, ...]
    certain: bool = True
    """Whether it is known that nothing arrived: then nobody has to look before it is sent again."""


TROUBLES = (
    Trouble(
        "slack",
        "wrong token",
        writes("slack_token", "demo", "wrong"),
        writes("slack_token", "wrong", "demo"),
        ("invalid_auth", "bot token"),
    ),
    Trouble(
        "slack",
        "revoked token",
        edits("slack", {"do": "revoke_token"}),
        edits("slack", {"do": "token", "state": "active"}),
        ("token_revoked", "bot token"),
    ),
    Trouble(
        "slack",
        "archived channel",
        edits("slack", {"do": "archive", "channel": "tracking-plan"}),
        edits("slack", {"do": "unarchive", "channel": "tracking-plan"}),
        ("is_archived", "Unarchive"),
    ),
    Trouble(
        "slack",
        "missing scope",
        edits("slack", {"do": "remove_scope", "scope": "chat:write"}),
        edits("slack", {"do": "add_scope", "scope": "chat:write"}),
        ("missing_scope", "chat:write"),
    ),
    Trouble(
        "slack",
        "not in the channel",
        edits(
            "slack",
            {"do": "remove_bot", "channel": "tracking-plan"},
            {"do": "remove_scope", "scope": "chat:write.public"},
        ),
        edits("slack", {"do": "invite_bot", "channel": "tracking-plan"}),
        ("not_in_channel", "/invite"),
    ),
    Trouble(
        "slack",
        "too many requests",
        fails("slack", "status", status=429, headers={"Retry-After": "1800"}),
        recovers("slack"),
        ("too many requests", "goes on by itself"),
    ),
    Trouble("slack", "out of order", fails("slack", "html", status=503), recovers("slack"), ("not well",), False),
    Trouble(
        "jira",
        "unknown project",
        writes("hub.toml", 'project = "DATA"', 'project = "NOPE"'),
        writes("hub.toml", 'project = "NOPE"', 'project = "DATA"'),
        ("NOPE", "project"),
    ),
    Trouble(
        "jira",
        "wrong credentials that read as nothing there",
        ignores_strangers,
        writes("jira_api_token", "wrong", "demo"),
        ("authenticated", "api_token"),
    ),
    Trouble(
        "jira",
        "a field that the project requires",
        edits("jira", {"do": "require", "project": "DATA", "type": "Task", "field": "customfield_10010"}),
        writes("hub.toml", "[notify.jira]", '[notify.jira]\nfields = { customfield_10010 = "web" }'),
        ("customfield_10010", "fields"),
    ),
    Trouble("jira", "out of order", fails("jira", "html", status=503), recovers("jira"), ("not well",)),
    Trouble("webhook", "gone", fails("webhook", "refuse"), recovers("webhook"), ("no answer",)),
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Commands run in this process, on a clock that waiting moves."""
    with office(tmp_path) as found, ExitStack() as stack:
        receiver = WebhookSandbox(clock=found.now)
        found.people["webhook"] = receiver
        url = stack.enter_context(serve_on_loopback(receiver)).url
        (tmp_path / "webhook_secret").write_text(receiver.demo_credentials()["secret"])
        with (tmp_path / "hub.toml").open("a", encoding="utf-8") as config:
            config.write(f'\n[notify.webhook]\nurl = "{url}/hook"\nsecret = "file:webhook_secret"\n')
        (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
        for clock in (SystemTime, StoppableTime):
            monkeypatch.setattr(clock, "now", lambda self: found.now())
            monkeypatch.setattr(clock, "sleep", lambda self, seconds: found.put_forward(seconds))
        yield found


def hub(desk: Office, *arguments: str) -> int:
    return _run([*arguments, "--config", str(desk.folder / "hub.toml")])


def asked(desk: Office, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What a command says as JSON."""
    capsys.readouterr()
    hub(desk, *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def keep_delivering(desk: Office, capsys: pytest.CaptureFixture[str], first: str, until: float) -> None:
    """One command, and then deliveries as often as something is due, until so late."""
    due = asked(desk, capsys, "notifications", first)["next_due"]
    while due is not None and due < until:
        desk.put_forward(max(due - desk.now(), 0.0) + 0.1)
        due = asked(desk, capsys, "notifications", "deliver")["next_due"]


def lines(desk: Office, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `hub status` says of notifications."""
    capsys.readouterr()
    hub(desk, "status")
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("notifications: ")]


def told(desk: Office) -> dict[str, Any]:
    """How much people were told: messages with their replies, how often each issue was made and linked, deliveries."""
    seen = desk.seen()
    feed = sorted(one["kind"] for one in desk.people["webhook"].dump()["deliveries"].values())
    return {
        "slack": [(one["text"], [reply["text"] for reply in one["replies"]]) for one in seen["slack"]],
        "jira": [(one["made"], one["summary"], len(one["links"])) for one in seen["jira"].values()],
        "webhook": feed,
    }


ALL: dict[str, Any] = {
    "slack": [
        ("OK: Harbour v1 is published to 1 tool – 1 new since the last publish", ["What is new in Harbour v1: 1 new"])
    ],
    "jira": [(1, "Tracking plan Harbour v1 for ana@example.com: 1 new", 1)],
    "webhook": ["publish.finished", "publish.planned", "publish.started"],
}
HOUR = 3600.0
CASES = [pytest.param(one, id=f"{one.who}: {one.name}") for one in TROUBLES]


@pytest.mark.parametrize("one", CASES)
def test_a_publish_is_done_whatever_is_wrong_with_those_who_hear_of_it(
    desk: Office, one: Trouble, capsys: pytest.CaptureFixture[str]
) -> None:
    one.breaks(desk)
    assert hub(desk, "publish", str(desk.folder / "plan.yaml"), "--yes") == 0
    assert f"notifications: {one.who}: " in capsys.readouterr().err
    (target,) = asked(desk, capsys, "status")["targets"]
    assert (target["state"], told(desk)) == ("in sync", {**ALL, one.who: []})


@pytest.mark.parametrize("one", CASES)
def test_one_line_says_what_is_wrong(desk: Office, one: Trouble, capsys: pytest.CaptureFixture[str]) -> None:
    one.breaks(desk)
    hub(desk, "publish", str(desk.folder / "plan.yaml"), "--yes")
    (line,) = lines(desk, capsys)
    assert line.startswith(f"notifications: {one.who}: ") and all(word in line for word in one.says)
    assert line.count("waiting)") == 1 and line.endswith(".") and ".." not in line
    health = {row["destination"]: row for row in asked(desk, capsys, "status")["notifications"]}
    assert [name for name, row in health.items() if row["reason"]] == [one.who]
    assert health[one.who]["hint"] in line and health[one.who]["waiting_since"] is not None


@pytest.mark.parametrize("one", CASES)
def test_once_it_is_mended_everything_is_told_once(
    desk: Office, one: Trouble, capsys: pytest.CaptureFixture[str]
) -> None:
    one.breaks(desk)
    hub(desk, "publish", str(desk.folder / "plan.yaml"), "--yes")
    keep_delivering(desk, capsys, "deliver", until=desk.now() + HOUR)
    one.mends(desk)
    keep_delivering(desk, capsys, "retry", until=desk.now() + HOUR)
    assert told(desk) == ALL and lines(desk, capsys) == []


@pytest.mark.parametrize("one", [pytest.param(one, id=f"{one.who}: {one.name}") for one in TROUBLES if one.certain])
def test_what_a_person_mends_is_told_at_once(desk: Office, one: Trouble, capsys: pytest.CaptureFixture[str]) -> None:
    one.breaks(desk)
    hub(desk, "publish", str(desk.folder / "plan.yaml"), "--yes")
    one.mends(desk)
    assert hub(desk, "notifications", "retry") == 0
    assert told(desk) == ALL


def test_once_one_message_gets_through_the_others_follow(desk: Office, capsys: pytest.CaptureFixture[str]) -> None:
    archived = next(one for one in TROUBLES if one.name == "archived channel")
    archived.breaks(desk)
    hub(desk, "publish", str(desk.folder / "plan.yaml"), "--yes")
    archived.mends(desk)
    hub(desk, "notifications", "retry", "1")
    assert lines(desk, capsys) == [] and hub(desk, "notifications", "deliver") == 0
    assert told(desk) == ALL
