"""The emulator checklist at the end of apis/slack.md section 6, one story for each item."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from connectors.sandbox import ConnectionDropped
from tests.hub.notify.slack.desk import ADA, CHANNEL, METADATA, Desk, actions, button, header, section

MESSAGE = {"channel": CHANNEL, "text": "x"}


def test_1_one_envelope_for_all_with_status_200() -> None:
    desk = Desk()
    answers = [
        desk.post("chat.postMessage", MESSAGE, token=None),
        desk.post("chat.postMessage", MESSAGE, token="xoxb-other"),
        desk.post("chat.unknown", MESSAGE),
        desk.send("/api/chat.postMessage", b"channel=C0TRACK01&text=x", "application/x-www-form-urlencoded"),
        desk.post("chat.postMessage", MESSAGE),
    ]
    words = [json.loads(one.body).get("error") for one in answers]
    assert words == ["not_authed", "invalid_auth", "unknown_method", None, None]
    assert {one.status for one in answers} == {200}


def test_2_what_is_stored_of_a_message() -> None:
    desk = Desk()
    parent = desk.say("parent")
    ts = desk.say("x", blocks=[section()], metadata=METADATA, thread_ts=parent)
    desk.call("chat.update", channel=CHANNEL, ts=ts, text="y", blocks=[section(), header()])
    desk.call("chat.update", channel=CHANNEL, ts=parent, text="parent, better")
    stored = desk.stored(ts)
    assert re.fullmatch(r"\d{10}\.\d{6}", ts) and parent < ts
    assert (stored["app_id"], stored["bot_id"], stored["text"]) == ("A0HUBAPP1", "B0HUBBOT1", "y")
    assert (stored["metadata"], stored["thread_ts"]) == (METADATA, parent)
    assert len({one["block_id"] for one in stored["blocks"]}) == 2
    assert desk.stored(parent)["edited"]["user"] == "U0HUBBOT1"


def test_3_a_limit_is_told_with_its_place() -> None:
    answer = Desk().call("chat.postMessage", **MESSAGE, blocks=[header("x" * 151)])
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be no longer than 150 characters [json-pointer:/blocks/0/text/text]"
    ]


def test_4_a_burst_and_then_one_a_second() -> None:
    desk = Desk()
    statuses = [desk.post("chat.postMessage", MESSAGE, wait=0).status for _ in range(26)]
    refused = desk.post("chat.postMessage", MESSAGE, wait=0.5)
    assert (statuses.count(429), refused.headers["Retry-After"]) == (1, "1")
    assert [desk.post("chat.postMessage", MESSAGE, wait=1).status for _ in range(3)] == [200, 200, 200]


def test_5_a_key_is_read_back_through_short_pages() -> None:
    desk = Desk(short_pages="half")
    start, ours = desk.now - 60, desk.say("ours", metadata=METADATA)
    for number in range(5):
        desk.person(str(number))
    found, cursor = [], ""
    while not found or cursor:
        page = desk.history(oldest=f"{start:.6f}", inclusive="1", include_all_metadata="1", limit=2, cursor=cursor)
        found += [(one["ts"], one.get("metadata")) for one in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]
    assert found[-1] == (ours, METADATA)
    assert len(found) == 6 and found == sorted(found, key=lambda row: row[0], reverse=True)


@pytest.mark.parametrize(
    ("fault", "outcome", "stored"),
    [
        ({"kind": "lost"}, "dropped", True),
        ({"kind": "mood", "mood": "commit-500"}, 500, True),
        ({"kind": "refuse"}, "dropped", False),
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "2"}}, 429, False),
        ({"kind": "html", "status": 503}, 503, False),
        ({"kind": "edit", "edit": {"do": "archive", "channel": CHANNEL}}, "is_archived", False),
        ({"kind": "edit", "edit": {"do": "revoke_token"}}, "token_revoked", False),
        (
            {"kind": "edit", "edit": {"do": "restrict", "channel": CHANNEL}},
            "restricted_action_read_only_channel",
            False,
        ),
    ],
)
def test_6_each_fault_says_and_does_its_own(fault: Any, outcome: Any, stored: bool) -> None:
    desk = Desk()
    desk.fault(on="chat.postMessage", **fault)
    assert _outcome(desk) == outcome
    assert bool(desk.sandbox.dump()["channels"][CHANNEL]["messages"]) is stored


def _outcome(desk: Desk) -> Any:
    """The error word, or the status where there is no envelope, or that there was no answer."""
    try:
        answer = desk.post("chat.postMessage", MESSAGE)
    except ConnectionDropped:
        return "dropped"
    return json.loads(answer.body)["error"] if answer.status == 200 else answer.status


def test_6_history_lags_behind() -> None:
    desk = Desk(history_delay=10)
    desk.say("late")
    seen = [bool(desk.texts()) for _ in range(6)]
    assert seen == [False, False, False, False, True, True]


@pytest.mark.parametrize(("switch", "count"), [("ignored", 2), ("returns-first", 1)])
def test_7_client_msg_id_is_no_belt_to_rely_on(switch: str, count: int) -> None:
    desk = Desk(client_msg_id=switch)
    desk.fault("lost", "chat.postMessage")
    with pytest.raises(ConnectionDropped):
        desk.say(client_msg_id="one")
    desk.say(client_msg_id="one")
    assert len(desk.texts()) == count


def test_8_webhook_speaks_in_statuses_and_ignores_who_it_claims_to_be() -> None:
    desk = Desk()
    assert desk.webhook({"text": "x", "channel": "C0GENERAL", "username": "Robot"}) == (200, "ok")
    assert desk.webhook({"text": ""}) == (400, "no_text")
    assert desk.history()["messages"][0]["text"] == "x"


@pytest.mark.parametrize("mode", ["normal", "wrong-signature", "stale"])
def test_9_a_click_is_handed_over_and_not_sent(mode: str) -> None:
    desk = Desk()
    ts = desk.say(blocks=[actions(button(action_id="go"))])
    change = {"channel": CHANNEL, "ts": ts, "action_id": "go", "user": ADA, "to": "http://127.0.0.1:1/"}
    request = desk.edit("click", mode=mode, **change)
    assert request["headers"]["X-Slack-Signature"].startswith("v0=")
    assert (request["url"], request["body"][:8]) == ("http://127.0.0.1:1/", "payload=")
