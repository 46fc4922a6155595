"""The emulated Slack against apis/slack.md: getting in, encodings, envelopes, limits, faults, state."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from connectors.sandbox import ConnectionDropped, Request
from connectors.sandbox_server import serve_on_loopback
from hub.notify.slack.sandbox import SlackSandbox
from tests.hub.notify.slack.desk import ADA, CHANNEL, FORM_TYPE, JSON_TYPE, METADATA, PUBLIC, Desk, section

POST = "/api/chat.postMessage"

# Getting in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("token", "error"), [(None, "not_authed"), ("", "not_authed"), ("xoxb-other", "invalid_auth")])
def test_who_is_not_known_gets_a_word_and_status_200(token: str | None, error: str) -> None:
    answer = Desk().post("auth.test", token=token)
    assert (answer.status, json.loads(answer.body)) == (200, {"ok": False, "error": error})


def test_auth_test_tells_whose_token_it_is() -> None:
    answer = Desk().call("auth.test")
    assert {"ok", "url", "team", "user", "team_id", "user_id", "bot_id"} <= answer.keys()
    assert (answer["url"], answer["user_id"]) == ("https://demo-team.slack.com/", "U0HUBBOT1")


def test_auth_test_takes_a_json_type_over_an_empty_body() -> None:
    assert json.loads(Desk().send("/api/auth.test", b"", JSON_TYPE).body)["ok"] is True


@pytest.mark.parametrize(
    ("target", "body", "kind", "error"),
    [
        ("/api/auth.test", b"token=xoxb-demo-of-no-value", FORM_TYPE, None),
        ("/api/auth.test", b'{"token": "xoxb-demo-of-no-value"}', JSON_TYPE, "not_authed"),
        ("/api/auth.test?token=xoxb-demo-of-no-value", b"", "", "not_authed"),
    ],
)
def test_token_may_stand_in_a_form_only(target: str, body: bytes, kind: str, error: str | None) -> None:
    assert json.loads(Desk().send(target, body, kind, token=None).body).get("error") == error


def test_other_schemes_than_bearer_are_no_token() -> None:
    desk = Desk()
    headers = {"authorization": f"Basic {desk.account['token']}"}
    answer = desk.sandbox.handle(Request.build("POST", "/api/auth.test", headers, b""))
    assert json.loads(answer.body)["error"] == "not_authed"


@pytest.mark.parametrize(
    ("state", "error"),
    [("revoked", "token_revoked"), ("expired", "token_expired"), ("inactive", "account_inactive"), ("active", None)],
)
def test_token_states(state: str, error: str | None) -> None:
    desk = Desk()
    desk.edit("token", state=state)
    assert desk.call("auth.test").get("error") == error


@pytest.mark.parametrize("word", SlackSandbox.SWITCHES["revoked_word"])
def test_word_for_a_revoked_token_is_a_switch(word: str) -> None:
    desk = Desk(revoked_word=word)
    desk.edit("revoke_token")
    assert desk.call("auth.test")["error"] == word


@pytest.mark.parametrize(
    ("scope", "method", "arguments"),
    [
        ("chat:write", "chat.postMessage", {"channel": CHANNEL, "text": "x"}),
        ("chat:write", "chat.update", {"channel": CHANNEL, "ts": "1.000000", "text": "x"}),
        ("users:read.email", "users.lookupByEmail", {"email": "ada@example.com"}),
        ("users:read", "users.list", {}),
        ("usergroups:read", "usergroups.list", {}),
        ("channels:history", "conversations.history", {"channel": CHANNEL}),
        ("channels:read", "conversations.info", {"channel": CHANNEL}),
        ("channels:read", "conversations.list", {}),
        ("channels:join", "conversations.join", {"channel": CHANNEL}),
        ("im:write", "conversations.open", {"users": ADA}),
        ("chat:write.customize", "chat.postMessage", {"channel": CHANNEL, "text": "x", "username": "Robot"}),
    ],
)
def test_missing_scope_names_what_is_needed_and_what_there_is(scope: str, method: str, arguments: Any) -> None:
    desk = Desk()
    desk.edit("remove_scope", scope=scope)
    answer = desk.ask(method, **arguments)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert "incoming-webhook" in answer["provided"].split(",")


def test_custom_looks_without_the_scope_may_be_left_out() -> None:
    desk = Desk(customize_without_scope="ignored")
    desk.edit("remove_scope", scope="chat:write.customize")
    assert "username" not in desk.stored(desk.say(username="Robot"))


# Routes and encodings ----------------------------------------------------------------------------------------


def test_unknown_method_is_status_200_even_for_strangers() -> None:
    answer = Desk().post("chat.shout", token=None)
    assert (answer.status, json.loads(answer.body)) == (200, {"ok": False, "error": "unknown_method"})


@pytest.mark.parametrize("path", ["/", "/other", "/apis/auth.test"])
def test_other_paths_are_not_found(path: str) -> None:
    assert Desk().send(path).status == 404


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", JSON_TYPE, "invalid_json"),
        (b"[]", JSON_TYPE, "json_not_object"),
        (b'{"text": NaN}', JSON_TYPE, "invalid_json"),
        (b'{"text": "\\ud800"}', JSON_TYPE, "invalid_json"),
        (b'{"a":' + b"[" * 100_000, JSON_TYPE, "invalid_json"),
        (b'{"channel": ["C0TRACK01"], "text": "x"}', JSON_TYPE, "invalid_array_arg"),
        (b"\xff", JSON_TYPE, "invalid_json"),
        (b"a=\xff", FORM_TYPE, "invalid_form_data"),
        (b"{}", "", "missing_post_type"),
        (b"{}", "text/plain", "invalid_post_type"),
        (b"{}", "application/json; charset=utf-16", "invalid_charset"),
        (b'{"a-b": 1}', JSON_TYPE, "invalid_arg_name"),
        (b"", JSON_TYPE, "invalid_arguments"),
        (b'{"channel": 5, "text": "x"}', JSON_TYPE, "invalid_arguments"),
        (b'{"channel": "C0TRACK01", "text": 5}', JSON_TYPE, "invalid_arguments"),
        (b'{"channel": "C0TRACK01", "text": null}', JSON_TYPE, "no_text"),
        (b'{"channel": "C0TRACK01", "text": "x", "as_user": "maybe"}', JSON_TYPE, "invalid_arguments"),
        (b"channel=C0TRACK01&text=x&blocks=%7B", FORM_TYPE, "invalid_blocks_format"),
        (b"channel=C0TRACK01&text=x&metadata=%7B", FORM_TYPE, "invalid_metadata_format"),
        (b'{"channel": "C0TRACK01", "text": "x", "blocks": "[]"}', JSON_TYPE, "invalid_blocks_format"),
    ],
)
def test_bodies_that_are_refused(body: bytes, kind: str, error: str) -> None:
    answer = Desk().send(POST, body, kind)
    assert (answer.status, json.loads(answer.body)["error"]) == (200, error)


def test_missing_argument_is_named() -> None:
    answer = Desk().call("chat.postMessage", text="x")
    assert answer["response_metadata"] == {"messages": ["[ERROR] missing required field: channel"]}


def test_form_bodies_hold_structures_as_text() -> None:
    answer = Desk().ask("chat.postMessage", channel=CHANNEL, blocks=json.dumps([section()]))
    assert answer["message"]["blocks"][0]["text"]["text"] == "Body"


def test_json_text_inside_json_may_be_taken() -> None:
    answer = Desk(nested_json_text="accept").call("chat.postMessage", channel=CHANNEL, blocks=json.dumps([section()]))
    assert answer["ok"] is True


@pytest.mark.parametrize(("reads", "ok"), [("ignored", False), ("parsed", True)])
def test_read_methods_do_not_look_into_json(reads: str, ok: bool) -> None:
    assert Desk(json_reads=reads).call("conversations.history", channel=CHANNEL)["ok"] is ok


def test_read_methods_take_a_query() -> None:
    answer = Desk().send(f"/api/conversations.info?channel={CHANNEL}", method="GET")
    assert json.loads(answer.body)["channel"]["name"] == "tracking-plan"


@pytest.mark.parametrize(("switch", "ok"), [("refuse", False), ("accept", True)])
def test_write_methods_are_posts(switch: str, ok: bool) -> None:
    answer = Desk(get_writes=switch).send(f"{POST}?channel={CHANNEL}&text=x", method="GET")
    assert json.loads(answer.body)["ok"] is ok


@pytest.mark.parametrize(("switch", "ok"), [("refuse", False), ("merge", True)])
def test_query_and_body_do_not_mix(switch: str, ok: bool) -> None:
    answer = Desk(mixed_arguments=switch).send(f"{POST}?channel={CHANNEL}", b'{"text": "x"}', JSON_TYPE)
    assert json.loads(answer.body)["ok"] is ok


@pytest.mark.parametrize(
    ("body", "kind", "warning"),
    [
        (b'{"channel": "C0TRACK01", "text": "x"}', "application/json", "missing_charset"),
        (b"channel=C0TRACK01&text=x", f"{FORM_TYPE}; charset=utf-8", "superfluous_charset"),
        (b'{"channel": "C0TRACK01", "text": "x"}', JSON_TYPE, None),
    ],
)
def test_charset_warnings_stand_twice_in_the_envelope(body: bytes, kind: str, warning: str | None) -> None:
    loud, quiet = (json.loads(Desk(charset_warnings=one).send(POST, body, kind).body) for one in ("on", "off"))
    assert (loud["ok"], loud.get("warning"), quiet.get("warning")) == (True, warning, None)
    assert loud.get("response_metadata", {}).get("warnings") == ([warning] if warning else None)


@pytest.mark.parametrize("error", ["", "my_error"])
def test_api_test_echoes_without_a_token(error: str) -> None:
    arguments = {"foo": "bar"} | ({"error": error} if error else {})
    answer = json.loads(Desk().post("api.test", arguments, token=None).body)
    assert answer == {"ok": not error, "args": arguments} | ({"error": error} if error else {})


def test_api_test_may_need_a_token() -> None:
    assert json.loads(Desk(api_test_token="needed").post("api.test", token=None).body)["error"] == "not_authed"


# Limits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "arguments", "most"),
    [
        ("conversations.history", {"channel": CHANNEL}, 50),
        ("conversations.replies", {"channel": CHANNEL, "ts": "1"}, 50),
        ("conversations.info", {"channel": CHANNEL}, 50),
        ("conversations.open", {"users": ADA}, 50),
        ("users.lookupByEmail", {"email": "ada@example.com"}, 50),
        ("chat.update", {"channel": CHANNEL, "ts": "1"}, 50),
        ("chat.delete", {"channel": CHANNEL, "ts": "1"}, 50),
        ("conversations.list", {}, 20),
        ("users.list", {}, 20),
        ("usergroups.list", {}, 20),
        ("users.info", {"user": ADA}, 100),
        ("chat.postEphemeral", {"channel": CHANNEL}, 100),
        ("api.test", {}, 100),
        ("auth.test", {}, 300),
        ("chat.getPermalink", {"channel": CHANNEL, "message_ts": "1"}, 300),
    ],
)
def test_each_method_has_its_own_minute(method: str, arguments: Any, most: int) -> None:
    desk = Desk()
    statuses = [desk.post(method, arguments, wait=0).status for _ in range(most + 1)]
    assert statuses == [200] * most + [429]
    assert desk.post(method, arguments, wait=60).status == 200


def test_over_the_limit_says_when_to_come_back_and_blocks_nothing_else() -> None:
    desk = Desk()
    for _ in range(20):
        desk.post("users.list", wait=1)
    answer = desk.post("users.list", wait=1.5)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "40")
    assert json.loads(answer.body) == {"ok": False, "error": "ratelimited"}
    assert desk.post("usergroups.list", wait=0).status == 200


@pytest.mark.parametrize("burst", SlackSandbox.SWITCHES["burst"])
def test_channel_takes_a_burst_and_then_one_a_second(burst: int) -> None:
    desk = Desk(burst=burst)
    message = {"channel": CHANNEL, "text": "x"}
    statuses = [desk.post("chat.postMessage", message, wait=0).status for _ in range(burst + 1)]
    assert statuses == [200] * burst + [429]
    assert desk.post("chat.postMessage", message, wait=1).status == 200
    assert desk.post("chat.postMessage", {**message, "channel": PUBLIC}, wait=0).status == 200


def test_webhook_and_bot_share_the_channel() -> None:
    desk = Desk(burst=1)
    desk.say()
    assert desk.webhook({"text": "x"}, wait=0) == (429, '{"retry_after": 1, "ok": false, "error": "rate_limited"}')
    assert desk.webhook({"text": "x"}, wait=1) == (200, "ok")


def test_overrun_may_come_as_a_word() -> None:
    desk = Desk(burst=1, post_overrun="word")
    desk.say()
    answer = desk.post("chat.postMessage", {"channel": CHANNEL, "text": "x"}, wait=0)
    assert (answer.status, json.loads(answer.body)["error"]) == (200, "rate_limited")


def test_workspace_has_a_limit_above_its_channels() -> None:
    desk = Desk(burst=50, workspace_per_minute=100)
    for number in range(3):
        desk.edit("add_channel", name=f"room-{number}")
    rooms = [f"room-{number % 3}" for number in range(101)]
    statuses = [desk.post("chat.postMessage", {"channel": room, "text": "x"}, wait=0).status for room in rooms]
    assert statuses == [200] * 100 + [429]


def test_apps_sold_outside_the_marketplace_read_once_a_minute() -> None:
    desk = Desk(history_tier="restricted")
    for _ in range(16):
        desk.say()
    assert (len(desk.history()["messages"]), desk.history()["error"]) == (15, "ratelimited")


def test_special_limits_are_a_guess_to_turn() -> None:
    desk = Desk(special_per_minute=100)
    assert [desk.post("auth.test", wait=0).status for _ in range(101)] == [200] * 100 + [429]


def test_limits_can_be_off() -> None:
    desk = Desk(limits="off")
    assert {desk.post("users.list", wait=0).status for _ in range(50)} == {200}


# Faults ------------------------------------------------------------------------------------------------------


def test_lost_answer_leaves_the_message() -> None:
    desk = Desk()
    desk.fault("lost", "chat.postMessage")
    with pytest.raises(ConnectionDropped):
        desk.say("kept")
    assert desk.texts() == ["kept"]


def test_refused_connection_leaves_nothing() -> None:
    desk = Desk()
    desk.fault("refuse", "chat.postMessage")
    with pytest.raises(ConnectionDropped):
        desk.say("gone")
    assert desk.texts() == []


@pytest.mark.parametrize(
    ("mood", "status", "error"),
    [
        ("commit-500", 500, ""),
        ("commit-internal-error", 200, "internal_error"),
        ("commit-fatal-error", 200, "fatal_error"),
    ],
)
def test_failure_that_is_none(mood: str, status: int, error: str) -> None:
    desk = Desk()
    desk.fault("mood", "chat.postMessage", mood=mood)
    answer = desk.post("chat.postMessage", {"channel": CHANNEL, "text": "kept"})
    assert (answer.status, error.encode() in answer.body, desk.texts()) == (status, True, ["kept"])


def test_throttled_as_often_as_wished() -> None:
    desk = Desk()
    desk.fault("status", "chat.postMessage", times=2, status=429, headers={"Retry-After": "3"})
    message = {"channel": CHANNEL, "text": "x"}
    answers = [desk.post("chat.postMessage", message) for _ in range(3)]
    assert [one.status for one in answers] == [429, 429, 200]


def test_page_instead_of_an_answer() -> None:
    desk = Desk()
    desk.fault("html", "auth.test", status=503)
    answer = desk.post("auth.test")
    assert (answer.status, answer.headers["content-type"]) == (503, "text/html")


# State -------------------------------------------------------------------------------------------------------


def test_dump_and_load_are_exact() -> None:
    desk, other = Desk(client_msg_id="returns-first"), Desk()
    parent = desk.say("x", blocks=[section()], metadata=METADATA, client_msg_id="c1")
    desk.edit("reply", channel=CHANNEL, thread_ts=parent, user=ADA, text="and?")
    desk.call("chat.postEphemeral", channel=CHANNEL, user=ADA, text="psst")
    desk.call("conversations.open", users=ADA)
    state = desk.sandbox.dump()
    other.sandbox.load(json.loads(json.dumps(state)))
    assert (other.sandbox.dump(), other.history()["messages"]) == (state, desk.history()["messages"])


def test_dump_is_a_copy() -> None:
    desk = Desk()
    desk.sandbox.dump()["channels"].clear()
    assert CHANNEL in desk.sandbox.dump()["channels"]


def test_unknown_part_of_a_dump_is_refused() -> None:
    with pytest.raises(ValueError, match="no part colour"):
        Desk().sandbox.load({"colour": "red"})


def test_timestamps_are_unique_and_rise_while_the_clock_stands() -> None:
    desk = Desk()
    answers = [json.loads(desk.post(POST[5:], {"channel": CHANNEL, "text": "x"}, wait=0).body) for _ in range(3)]
    assert [one["ts"] for one in answers] == ["1770000000.000000", "1770000000.000001", "1770000000.000002"]


def test_served_on_loopback() -> None:
    sandbox = SlackSandbox()
    with serve_on_loopback(sandbox) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        account = sandbox.demo_credentials()
        headers = {"Authorization": f"Bearer {account['token']}", "Content-Type": JSON_TYPE}
        connection.request("POST", POST, json.dumps({"channel": account["channel"], "text": "x"}), headers)
        answer = json.loads(connection.getresponse().read())
        connection.request("POST", account["webhook_path"], '{"text": "y"}', {"Content-Type": "application/json"})
        hook = connection.getresponse()
        assert (hook.status, hook.read(), hook.headers["content-type"]) == (200, b"ok", "text/html")
    assert (answer["ok"], answer["channel"]) == (True, account["channel"])
