"""Incoming webhooks, clicks and response_urls of the emulated Slack (apis/slack.md sections 3.1 and 6)."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hub.notify.slack.sandbox.interaction import signature
from tests.hub.notify.slack.desk import ADA, CHANNEL, FORM_TYPE, METADATA, Desk, actions, button, header, section

# Incoming webhook --------------------------------------------------------------------------------------------


def test_webhook_says_ok_as_html_and_keeps_no_ts() -> None:
    desk = Desk()
    answer = desk.send(desk.hook, b'{"text": "x"}', "application/json", token=None)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"ok", "text/html")


def test_webhook_posts_under_its_own_name_whatever_it_asks_for() -> None:
    desk = Desk()
    desk.webhook({"text": "x", "channel": "C0GENERAL", "username": "Robot", "icon_emoji": ":x:"})
    message = desk.history()["messages"][0]
    assert (message["bot_id"], message["subtype"], "username" in message) == ("B0HOOK001", "bot_message", False)


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"{", 400, "invalid_payload"),
        (b"[]", 400, "invalid_payload"),
        (b"\xff", 400, "invalid_payload"),
        ({"text": 5}, 400, "invalid_payload"),
        ({"text": "a < b"}, 400, "invalid_payload"),
        ({"text": "a &lt; b > c <https://x.example|X> <!here>"}, 200, "ok"),
        ({}, 400, "no_text"),
        ({"text": None}, 400, "no_text"),
        ({"blocks": []}, 400, "no_text"),
        ({"blocks": [section()]}, 200, "ok"),
        ({"blocks": [header("x" * 151)]}, 400, "invalid_blocks"),
        ({"blocks": {}}, 400, "invalid_blocks"),
        ({"blocks": [section("x" * 3000)] * 5}, 400, "invalid_blocks"),
        ({"attachments": [{"text": "x"}] * 101}, 400, "too_many_attachments"),
        ({"attachments": [{"text": "x"}]}, 200, "ok"),
        ({"text": "x", "thread_ts": "1.000000"}, 400, "invalid_payload"),
    ],
)
def test_webhook_words(body: Any, status: int, word: str) -> None:
    assert Desk().webhook(body) == (status, word)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [(FORM_TYPE, urlencode({"payload": '{"text": "x"}'}), 200), (FORM_TYPE, '{"text": "x"}', 400), ("", "{}", 400)],
)
def test_webhook_encodings(kind: str, body: str, status: int) -> None:
    assert Desk().webhook(body.encode(), kind=kind)[0] == status


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/services/T0DEMO001/B0HOOK001/wrong", 403, "invalid_token"),
        ("/services/T0DEMO001/B0OTHER/demoSecretOfNoValue12345", 404, "no_service"),
        ("/services/T0OTHER/B0HOOK001/demoSecretOfNoValue12345", 404, "no_team"),
        ("/services/T0DEMO001", 404, "no_service_id"),
    ],
)
def test_webhook_addresses_that_are_none(path: str, status: int, word: str) -> None:
    assert Desk().webhook({"text": "x"}, path) == (status, word)


@pytest.mark.parametrize(
    ("state", "status", "word"),
    [
        ("removed", 404, "no_service"),
        ("disabled", 404, "no_active_hooks"),
        ("revoked", 403, "invalid_token"),
        ("prohibited", 403, "action_prohibited"),
        ("general-denied", 403, "posting_to_general_channel_denied"),
        ("team-disabled", 403, "team_disabled"),
        ("creator-left", 404, "channel_not_found"),
        ("active", 200, "ok"),
    ],
)
def test_states_of_a_webhook(state: str, status: int, word: str) -> None:
    desk = Desk()
    desk.edit("webhook", state=state)
    assert desk.webhook({"text": "x"}) == (status, word)


@pytest.mark.parametrize(
    ("verb", "status", "word"),
    [("archive", 410, "channel_is_archived"), ("delete_channel", 404, "channel_not_found")],
)
def test_webhook_needs_its_channel(verb: str, status: int, word: str) -> None:
    desk = Desk()
    desk.edit(verb, channel=CHANNEL)
    assert desk.webhook({"text": "x"}) == (status, word)


def test_only_words_without_a_fixed_status_move() -> None:
    desk = Desk(loose_statuses=500)
    assert desk.webhook({}) == (500, "no_text")
    assert desk.webhook(b"{") == (400, "invalid_payload")


def test_unescaped_text_may_be_taken() -> None:
    assert Desk(webhook_unescaped="accept").webhook({"text": "a < b"}) == (200, "ok")


@pytest.mark.parametrize(("switch", "kept"), [("dropped", None), ("kept", METADATA)])
def test_webhook_metadata_is_a_switch(switch: str, kept: Any) -> None:
    desk = Desk(webhook_metadata=switch)
    desk.webhook({"text": "x", "metadata": METADATA})
    assert desk.history(include_all_metadata="1")["messages"][0].get("metadata") == kept


def test_webhook_replies_in_a_thread() -> None:
    desk = Desk()
    parent = desk.say("parent")
    desk.webhook({"text": "reply", "thread_ts": parent})
    assert [one["text"] for one in desk.ask("conversations.replies", channel=CHANNEL, ts=parent)["messages"]] == [
        "parent",
        "reply",
    ]


def test_rollup_error_may_have_posted() -> None:
    desk = Desk()
    desk.fault("mood", "/services/", mood="commit-500")
    assert (desk.webhook({"text": "kept"}), desk.texts()) == ((500, "rollup_error"), ["kept"])


# Clicks ------------------------------------------------------------------------------------------------------


def asked(**switches: Any) -> tuple[Desk, str]:
    """A message with two buttons, and its ts."""
    desk = Desk(**switches)
    go = button("Approve", action_id="approve", value="run-1", style="primary")
    return desk, desk.say("?", blocks=[section(accessory=button(action_id="more")), actions(go, block_id="choice")])


def clicked(desk: Desk, ts: str, **more: Any) -> Any:
    return desk.edit("click", **{"channel": CHANNEL, "ts": ts, "action_id": "approve", "user": ADA, **more})


def payload(request: Any) -> Any:
    return json.loads(parse_qs(request["body"])["payload"][0])


def signed(desk: Desk, request: Any) -> bool:
    base = f"v0:{request['headers']['X-Slack-Request-Timestamp']}:{request['body']}".encode()
    expected = hmac.new(desk.account["signing_secret"].encode(), base, hashlib.sha256).hexdigest()
    return bool(request["headers"]["X-Slack-Signature"] == f"v0={expected}")


def test_signature_is_the_documented_one() -> None:
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body) == expected


def test_click_is_a_signed_form_with_one_field() -> None:
    desk, ts = asked()
    request = clicked(desk, ts, to="http://127.0.0.1:1/slack")
    assert (request["url"], request["method"], signed(desk, request)) == ("http://127.0.0.1:1/slack", "POST", True)
    assert (request["headers"]["Content-Type"], list(parse_qs(request["body"]))) == (FORM_TYPE, ["payload"])
    assert request["headers"]["X-Slack-Request-Timestamp"] == str(int(desk.now))


def test_click_tells_who_clicked_what_where() -> None:
    desk, ts = asked()
    told = payload(clicked(desk, ts))
    assert (told["type"], told["user"]["id"], told["channel"]["id"], told["api_app_id"]) == (
        "block_actions",
        ADA,
        CHANNEL,
        "A0HUBAPP1",
    )
    assert told["container"] == {"type": "message", "message_ts": ts, "channel_id": CHANNEL, "is_ephemeral": False}
    (action,) = told["actions"]
    assert {key: action[key] for key in ("type", "action_id", "block_id", "value", "style")} == {
        "type": "button",
        "action_id": "approve",
        "block_id": "choice",
        "value": "run-1",
        "style": "primary",
    }
    assert {"team", "token", "message", "response_url", "trigger_id", "state"} <= told.keys()


@pytest.mark.parametrize(
    ("mode", "is_signed", "age"), [("normal", True, "0"), ("wrong-signature", False, "0"), ("stale", True, "301")]
)
def test_modes_of_a_click(mode: str, is_signed: bool, age: str) -> None:
    desk, ts = asked()
    request = clicked(desk, ts, mode=mode)
    assert signed(desk, request) is is_signed
    assert str(int(desk.now) - int(request["headers"]["X-Slack-Request-Timestamp"])) == age


def test_timestamp_need_not_be_a_number() -> None:
    desk, ts = asked()
    assert not clicked(desk, ts, mode="bad-timestamp")["headers"]["X-Slack-Request-Timestamp"].isdigit()


def test_double_click_comes_twice_as_the_same_action() -> None:
    desk, ts = asked()
    request = clicked(desk, ts, mode="double")
    first, second = payload(request), payload(request["second"])
    assert first["actions"] == second["actions"] and signed(desk, request["second"])
    assert first["trigger_id"] != second["trigger_id"]


def test_two_clicks_differ_in_their_action_ts() -> None:
    desk, ts = asked()
    stamps = {payload(clicked(desk, ts))["actions"][0]["action_ts"] for _ in range(2)}
    assert len(stamps) == 2


@pytest.mark.parametrize(
    "change", [{"action_id": "other"}, {"ts": "1.000000"}, {"user": "U0NOBODY1"}, {"mode": "angry"}, {"channel": "x"}]
)
def test_clicks_that_make_no_sense(change: Any) -> None:
    desk, ts = asked()
    with pytest.raises(ValueError):
        clicked(desk, **{"ts": ts, **change})


# response_url ------------------------------------------------------------------------------------------------


def responder(desk: Desk, ts: str) -> str:
    return urlsplit(payload(clicked(desk, ts))["response_url"]).path


@pytest.mark.parametrize(
    ("body", "texts", "private"),
    [
        ({"replace_original": True, "text": "done"}, ["done"], 0),
        ({"delete_original": True}, [], 0),
        ({"text": "to all", "response_type": "in_channel"}, ["to all", "?"], 0),
        ({"text": "to you"}, ["?"], 1),
    ],
)
def test_response_url_replaces_deletes_or_says(body: Any, texts: list[str], private: int) -> None:
    desk, ts = asked()
    assert desk.webhook(body, responder(desk, ts)) == (200, "ok")
    assert (desk.texts(), len(desk.sandbox.dump()["ephemerals"])) == (texts, private)


@pytest.mark.parametrize(
    ("body", "left"), [({"replace_original": True, "text": "done"}, ["done"]), ({"delete_original": True}, [])]
)
def test_response_url_reaches_what_only_one_person_sees(body: Any, left: list[str]) -> None:
    desk, blocks = Desk(), [actions(button(action_id="approve"))]
    answer = desk.call("chat.postEphemeral", channel=CHANNEL, user=ADA, text="?", blocks=blocks)
    told = payload(clicked(desk, answer["message_ts"]))
    desk.webhook(body, urlsplit(told["response_url"]).path)
    assert told["container"]["is_ephemeral"] is True
    assert [one["text"] for one in desk.sandbox.dump()["ephemerals"]] == left


def test_response_url_of_a_deleted_message() -> None:
    desk, ts = asked()
    path = responder(desk, ts)
    desk.edit("delete_message", channel=CHANNEL, ts=ts)
    assert desk.webhook({"replace_original": True, "text": "x"}, path) == (404, "message_not_found")


def test_response_url_lives_for_five_uses() -> None:
    desk, ts = asked()
    path = responder(desk, ts)
    answers = [desk.webhook({"text": "x"}, path) for _ in range(6)]
    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]


@pytest.mark.parametrize(("wait", "answer"), [(1800, (200, "ok")), (1801, (404, "expired_url"))])
def test_response_url_lives_for_half_an_hour(wait: int, answer: Any) -> None:
    desk, ts = asked()
    assert desk.webhook({"text": "x"}, responder(desk, ts), wait=wait) == answer


def test_response_url_asks_for_no_posting_right() -> None:
    desk, ts = asked()
    path = responder(desk, ts)
    desk.edit("restrict", channel=CHANNEL)
    assert desk.webhook({"replace_original": True, "text": "done"}, path) == (200, "ok")


@pytest.mark.parametrize(("path", "body"), [("/actions/T0DEMO001/X/Y", {"text": "x"}), ("", {"text": ""}), ("", b"{")])
def test_response_urls_that_are_refused(path: str, body: Any) -> None:
    desk, ts = asked()
    assert desk.webhook(body, path or responder(desk, ts))[0] in (400, 403)


def test_response_url_starts_where_the_caller_says() -> None:
    desk, ts = asked()
    told = payload(clicked(desk, ts, base_url="http://127.0.0.1:9/"))
    assert told["response_url"].startswith("http://127.0.0.1:9/actions/T0DEMO001/")
    assert payload(clicked(desk, ts))["response_url"].startswith("https://hooks.slack.com/actions/")
