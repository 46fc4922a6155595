"""Telling people, as commands: what they print, how they end, and that their trouble is never that of a publish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from connectors.sandbox import Sandbox
from hub.notify import herald
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import Desk
from tests.hub.cli.listeners import CHANNEL, configure, listening, posts, titles
from tests.hub.cli.test_json_output import complaints

DRIFT = """{
  "kind": "drift.found", "plan": "Shop", "subject": "segment@1",
  "data": {"target": "segment", "count": 1, "fields": [{"path": ["events", "Signed Up", "tags"], "since": 1795617556}]}
}"""
ARCHIVE, UNARCHIVE = ({"do": do, "channel": CHANNEL} for do in ("archive", "unarchive"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends is not waited for longer than a moment."""
    monkeypatch.setattr(herald, "FLUSH", 3.0)


@pytest.fixture
def slack(desk: Desk, shop: Workshop) -> Iterator[Sandbox]:
    with listening(desk, "slack") as people:
        yield people["slack"]


@pytest.fixture
def people(desk: Desk, shop: Workshop) -> Iterator[dict[str, Sandbox]]:
    with listening(desk, "slack", "jira", "webhook") as people:
        yield people


def messages(desk: Desk, *more: str) -> list[dict[str, Any]]:
    found = desk.hub("notifications", *more, "--json").json()
    assert complaints("notifications", found) == []
    return list(found)


def publish(desk: Desk) -> Any:
    return desk.hub("publish", "plan.yaml", "--yes")


# hub notifications ----------------------------------------------------------------------------------------------


def test_a_publish_is_told_before_the_command_ends(desk: Desk, slack: Sandbox) -> None:
    assert publish(desk).code == 0
    assert titles(slack) == ["Shop v1 is published to 1 tool", "What is new in Shop v1: 2 new"]
    assert [one["state"] for one in messages(desk)] == ["confirmed", "confirmed"]


def test_notifications_are_listed_newest_first_with_the_way_there(desk: Desk, slack: Sandbox) -> None:
    publish(desk)
    first, second = desk.hub("notifications").out.splitlines()
    assert first.split()[:3] == ["2", "slack", "confirmed"] and second.split()[:3] == ["1", "slack", "confirmed"]
    assert ":news  https://" in first and "/archives/C0TRACK01/p" in first


def test_notifications_can_be_narrowed_down(desk: Desk, people: dict[str, Sandbox]) -> None:
    publish(desk)
    assert {one["destination"] for one in messages(desk)} == {"slack", "jira", "webhook"}
    assert {one["destination"] for one in messages(desk, "--destination", "jira")} == {"jira"}
    assert messages(desk, "--state", "failed", "--state", "sent") == []


@pytest.mark.parametrize(
    ("destination", "words"), [("", "no destination is configured"), ("slack", "nobody was told anything yet")]
)
def test_an_empty_list_says_why(desk: Desk, destination: str, words: str) -> None:
    configure(desk, '[notify.slack]\ntoken = "env:T"\nchannel = "C0TRACK01"\n' if destination else "")
    ran = desk.hub("notifications")
    assert ran.code == 0 and words in ran.out
    assert messages(desk) == []


def test_a_state_that_there_is_not_is_bad_usage(desk: Desk) -> None:
    assert desk.hub("notifications", "--state", "lost").code == 64


# Trouble --------------------------------------------------------------------------------------------------------


def test_what_a_person_must_mend_is_one_line_and_the_publish_is_unharmed(desk: Desk, slack: Sandbox) -> None:
    slack.edit(ARCHIVE)
    ran = publish(desk)
    assert ran.code == 0 and "version 1: published" in ran.out
    told = [line for line in ran.err.splitlines() if line.startswith("notifications:")]
    assert len(told) == 1 and "archive" in told[0].lower() and "2 waiting" in told[0]
    assert told[0] in desk.hub("status").out


def test_status_tells_machines_of_it_too(desk: Desk, slack: Sandbox) -> None:
    slack.edit(ARCHIVE)
    publish(desk)
    status = desk.hub("status", "--json").json()
    assert complaints("status", status) == []
    (health,) = status["notifications"]
    assert health["counts"] == {"queued": 2} and health["reason"] and health["hint"]


@pytest.mark.parametrize(("number", "delivered"), [((), 2), (("1",), 1)])
def test_what_was_mended_is_delivered_by_a_retry(
    desk: Desk, slack: Sandbox, number: tuple[str, ...], delivered: int
) -> None:
    slack.edit(ARCHIVE)
    publish(desk)
    slack.edit(UNARCHIVE)
    ran = desk.hub("notifications", "retry", *number)
    assert (ran.code, ran.out) == (0, f"{delivered} delivered, 0 postponed, 0 failed\n")
    assert titles(slack)[0] == "Shop v1 is published to 1 tool" and "notifications" not in desk.hub("status").out


def test_a_delivery_that_has_to_wait_ends_with_1_and_says_why(desk: Desk, slack: Sandbox) -> None:
    slack.edit(ARCHIVE)
    publish(desk)
    ran = desk.hub("notifications", "retry", "1")
    assert ran.code == 1 and ran.out.startswith("0 delivered, 1 postponed, 0 failed\n") and "archive" in ran.out
    as_json = desk.hub("notifications", "retry", "1", "--json")
    assert as_json.code == 1 and complaints("notifications retry", as_json.json()) == []
    assert as_json.json()["postponed"] == 1


def test_nothing_to_deliver_is_no_failure(desk: Desk, slack: Sandbox) -> None:
    for command in ("deliver", "retry"):
        ran = desk.hub("notifications", command, "--json")
        assert ran.code == 0 and complaints(f"notifications {command}", ran.json()) == []
        assert ran.json()["confirmed"] == 0


def test_anew_is_the_one_way_to_say_it_twice(desk: Desk, slack: Sandbox) -> None:
    publish(desk)
    assert desk.hub("notifications", "retry", "1").code == 1 and len(posts(slack)) == 2
    assert desk.hub("notifications", "retry", "1", "--anew").code == 0
    assert titles(slack).count("Shop v1 is published to 1 tool") == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        (("99",), 1, "message 99 is confirmed, or there is none", "`hub notifications` lists them"),
        (("--anew",), 64, "which message is to be posted anew?", "retry NUMBER --anew"),
        (("many",), 64, "'many' is not a valid integer", "`hub notifications retry --help`"),
    ],
)
def test_a_retry_of_nothing_is_refused(
    desk: Desk, arguments: tuple[str, ...], code: int, message: str, hint: str
) -> None:
    ran = desk.hub("notifications", "retry", *arguments)
    assert ran.code == code and message in ran.err and hint in ran.err


def test_a_destination_without_its_secret_silences_no_other(desk: Desk, slack: Sandbox) -> None:
    configure(desk, '\n[notify.desk]\nkind = "slack"\nchannel = "C0TRACK01"\ntoken = "env:NOT_THERE"\n')
    said = publish(desk)
    assert said.code == 0 and len(messages(desk, "--state", "confirmed")) == 2
    assert "NOT_THERE" in said.err
    assert "NOT_THERE" in desk.hub("status").out
    assert desk.hub("notifications", "deliver").code == 1


def test_two_destinations_are_not_one_channel(desk: Desk, slack: Sandbox) -> None:
    table = (desk.folder / "hub.toml").read_text().partition("[notify.slack]")[2]
    configure(desk, f'\n[notify.growth]\nkind = "slack"{table}')
    said = publish(desk)
    assert said.code == 0 and len(posts(slack)) == 2
    assert "C0TRACK01 is told by slack already" in said.err and "[notify.growth]" in said.err


def test_a_destination_that_is_configured_no_more_is_no_trouble(desk: Desk, slack: Sandbox) -> None:
    slack.edit({"do": "revoke_token"})
    publish(desk)
    file = desk.folder / "hub.toml"
    file.write_text(file.read_text().partition("[notify.slack]")[0])
    assert "slack" not in desk.hub("status").out


def test_a_publish_says_all_that_is_wrong_with_the_destinations_and_goes_through(desk: Desk, shop: Workshop) -> None:
    configure(desk, '[notify.slack]\ntoken = "env:NO_SUCH"\nchanel = "C0TRACK01"\n[notify.pigeon]\n')
    ran = publish(desk)
    assert ran.code == 0 and "version 1: published" in ran.out
    assert "[notify.slack] token: the environment has no NO_SUCH. export NO_SUCH=..." in ran.err
    assert "chanel: unknown key. did you mean 'channel'?" in ran.err and "[notify.pigeon] kind" in ran.err


# hub notify test ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"), [("slack", "channel C0TRACK01"), ("jira", "project DATA"), ("webhook", "127.0.0.1")]
)
def test_a_test_names_account_and_place(desk: Desk, people: dict[str, Sandbox], name: str, words: str) -> None:
    ran = desk.hub("notify", "test", name)
    assert ran.code == 0 and ran.out.startswith(f"{name}: ") and words in ran.out
    as_json = desk.hub("notify", "test", name, "--json").json()
    assert complaints("notify test", as_json) == [] and (as_json["destination"], as_json["kind"]) == (name, name)


def test_a_test_posts_nothing_but_a_ping(desk: Desk, people: dict[str, Sandbox]) -> None:
    issues = people["jira"].dump()["issues"]
    for name in people:
        desk.hub("notify", "test", name)
    assert posts(people["slack"]) == [] and people["jira"].dump()["issues"] == issues
    (ping,) = people["webhook"].dump()["deliveries"].values()
    assert ping["kind"] == "ping"


def test_a_revoked_token_is_refused_with_the_next_step(desk: Desk, slack: Sandbox) -> None:
    slack.edit({"do": "revoke_token"})
    ran = desk.hub("notify", "test", "slack")
    assert ran.code == 1 and "token" in ran.err and "→ Install the Slack app again" in ran.err


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("slak", "no destination 'slak'", "configured: slack"),
        ("slack", "the environment has no NO_SUCH", "export NO_SUCH=..."),
    ],
)
def test_a_destination_that_cannot_be_used_is_refused(desk: Desk, name: str, message: str, hint: str) -> None:
    configure(desk, '[notify.slack]\ntoken = "env:NO_SUCH"\nchannel = "C0TRACK01"\n')
    ran = desk.hub("notify", "test", name)
    assert ran.code == 1 and message in ran.err and hint in ran.err
    as_json = desk.hub("notify", "test", name, "--json")
    assert as_json.code == 1 and complaints("error", as_json.json()) == []


# hub notify preview ---------------------------------------------------------------------------------------------


def test_a_preview_shows_text_and_body_of_each_destination_and_sends_nothing(
    desk: Desk, people: dict[str, Sandbox]
) -> None:
    desk.write("event.json", DRIFT)
    ran = desk.hub("notify", "preview", "--event", "event.json")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[:2] == ["slack: drift:segment@1 (daily digest)", "segment differs from the plan: 1 field"]
    assert '  "channel": "C0TRACK01",' in lines and "webhook: happening:0" in lines
    assert [box.log for box in people.values()] == [[], [], []] and messages(desk) == []


def test_a_preview_of_a_publish_is_what_was_told(desk: Desk, people: dict[str, Sandbox]) -> None:
    identity = desk.hub("publish", "plan.yaml", "--yes", "--json").json()["id"]
    desk.write("event.yaml", f"kind: publish.finished\nplan: Shop\nsubject: {identity}\n")
    shown = desk.hub("notify", "preview", "--event", "event.yaml", "--json").json()
    assert complaints("notify preview", shown) == []
    assert [one["destination"] for one in shown] == ["slack", "jira", "webhook"]
    assert texts(shown[0]["message"]) == texts(posts(people["slack"])[0])


def texts(message: Mapping[str, Any]) -> list[Any]:
    """What stands below the headline, whose sign Slack spells in its own way, without the ids that it gives."""
    return [{**block, "block_id": ""} for block in message["blocks"][1:]]


def test_a_preview_can_be_of_one_destination(desk: Desk, people: dict[str, Sandbox]) -> None:
    desk.write("event.json", DRIFT)
    shown = desk.hub("notify", "preview", "--event", "event.json", "--destination", "webhook", "--json").json()
    assert [one["message"]["kind"] for one in shown] == ["drift.found"]


def test_a_preview_says_so_when_nobody_would_be_told(desk: Desk, slack: Sandbox) -> None:
    configure(desk, "rules = []\n")
    desk.write("event.json", DRIFT)
    ran = desk.hub("notify", "preview", "--event", "event.json")
    assert ran.code == 0 and ran.out.startswith("nobody would be told")


def test_a_preview_needs_a_destination(desk: Desk) -> None:
    desk.write("event.json", DRIFT)
    ran = desk.hub("notify", "preview", "--event", "event.json")
    assert ran.code == 1 and "no destination is configured" in ran.err and "[notify.slack]" in ran.err


BROKEN = {
    "no JSON": ("{", "event.json:1:2", "not valid JSON"),
    "a list": ("[]", "event.json", "that is no happening"),
    "a word": ('"publish"', "event.json", "that is no happening"),
    "nothing in it": ("{}", "event.json kind", "is missing"),
    "unknown kind": ('{"kind": "publish.done", "plan": "P", "subject": "x"}', "event.json kind", "'publish.finished'"),
    "a slip": ('{"kind": "publish.failed", "plan": "P", "subjct": "x"}', "subjct: unknown key", "'subject'"),
    "a number as a plan": ('{"kind": "publish.failed", "plan": 1, "subject": "x"}', "event.json plan", "valid string"),
    "no such publication": ('{"kind": "publish.failed", "plan": "P", "subject": "x"}', "no publication 'x'", "history"),
    "no such proposal": ('{"kind": "proposal.opened", "plan": "P", "subject": "7"}', "no proposal 7", "hub proposals"),
    "no number": ('{"kind": "proposal.opened", "plan": "P", "subject": "x"}', "goes by its number", "hub proposals"),
    "no facts": ('{"kind": "drift.found", "plan": "P", "subject": "x"}', "event.json data target", "is missing"),
    "odd facts": (DRIFT.replace("1795617556", '"once"'), "fields.0.since", "valid number"),
    "half a tug-of-war": ('{"kind": "tug-of-war", "plan": "P", "subject": "x"}', "event.json data path", "is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_an_event_that_is_none_is_refused_with_the_place(desk: Desk, slack: Sandbox, name: str) -> None:
    text, place, message = BROKEN[name]
    desk.write("event.json", text)
    ran = desk.hub("notify", "preview", "--event", "event.json")
    assert (ran.code, ran.out) == (1, "") and "Traceback" not in ran.err
    assert place in ran.err and message in ran.err and "→" in ran.err


def test_an_event_file_must_be_there_and_be_named(desk: Desk, slack: Sandbox) -> None:
    assert desk.hub("notify", "preview", "--event", "none.json").code == 1
    assert desk.hub("notify", "preview").code == 64


@pytest.mark.parametrize("kind", ["drift.resolved", "tug-of-war", "approval.asked"])
def test_every_family_of_happenings_can_be_tried(desk: Desk, people: dict[str, Sandbox], kind: str) -> None:
    data = {"drift.resolved": '{"target": "a", "count": 0}', "tug-of-war": '{"target": "a", "path": ["events", "B"]}'}
    desk.write("event.json", f'{{"kind": "{kind}", "plan": "Shop", "subject": "x", "data": {data.get(kind, "{}")}}}')
    shown = desk.hub("notify", "preview", "--event", "event.json", "--json")
    assert shown.code == 0 and "webhook" in {one["destination"] for one in shown.json()}
