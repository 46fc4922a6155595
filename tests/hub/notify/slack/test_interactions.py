"""Presses of buttons: what Slack signed is believed, and nothing else; one press is one press."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.testing.harness import transport_to
from hub.errors import Refusal
from hub.notify.slack.interactions import Press, answer, parse, verify
from tests.hub.notify.slack.bench import APPROVE, CHANNEL, Bench, letter, story

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1531420618.0
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
    b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
    b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
    b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
HEADERS = {"X-Slack-Request-Timestamp": "1531420618", "X-Slack-Signature": SIGNATURE}


@pytest.mark.parametrize("spelt", [str, str.lower, str.upper])
@pytest.mark.parametrize("drift", [0, 300, -300])
def test_the_vendors_own_example_is_believed(spelt: Any, drift: int) -> None:
    verify({spelt(name): value for name, value in HEADERS.items()}, BODY, SECRET, NOW + drift)


FORGED: list[tuple[dict[str, str], bytes, str, float]] = [
    ({}, BODY, SECRET, NOW),
    ({**HEADERS, "X-Slack-Signature": ""}, BODY, SECRET, NOW),
    ({**HEADERS, "X-Slack-Signature": SIGNATURE[:-1] + "4"}, BODY, SECRET, NOW),
    ({**HEADERS, "X-Slack-Signature": SIGNATURE.upper()}, BODY, SECRET, NOW),
    ({**HEADERS, "X-Slack-Signature": SIGNATURE.removeprefix("v0=")}, BODY, SECRET, NOW),
    ({**HEADERS, "X-Slack-Signature": "é\udc80 ü"}, BODY, SECRET, NOW),
    ({**HEADERS, "X-Slack-Request-Timestamp": "1531420617"}, BODY, SECRET, NOW),
    (HEADERS, BODY + b"&", SECRET, NOW),
    (HEADERS, b"", SECRET, NOW),
    (HEADERS, b"\xff\xfe", SECRET, NOW),
    (HEADERS, BODY, SECRET + "x", NOW),
    (HEADERS, BODY, "", NOW),
    (HEADERS, BODY, SECRET, NOW + 301),
    (HEADERS, BODY, SECRET, NOW - 301),
]


@pytest.mark.parametrize("case", range(len(FORGED)))
def test_what_is_not_from_slack_or_not_fresh_is_refused(case: int) -> None:
    with pytest.raises(Refusal) as caught:
        verify(*FORGED[case])
    assert caught.value.hint


@pytest.mark.parametrize(
    "time", ["", "yesterday", "1e9", "-5", "١٥٣", "1531420618.0", "9" * 400, " 1531420618", "0x5b"]
)
def test_a_strange_time_is_a_refusal_and_nothing_else(time: str) -> None:
    signed = "v0=" + hmac.new(SECRET.encode(), b"v0:" + time.encode() + b":" + BODY, hashlib.sha256).hexdigest()
    with pytest.raises(Refusal):
        verify({"X-Slack-Request-Timestamp": time, "X-Slack-Signature": signed}, BODY, SECRET, NOW)


# A button of the sandbox ----------------------------------------------------------------------------------------


@pytest.fixture
def bench() -> Bench:
    secret = Bench().sandbox.demo_credentials()["signing_secret"]
    return Bench({"signing_secret": secret})


def click(bench: Bench, mode: str = "normal") -> Any:
    delivered = bench.deliver(letter(story=story(buttons=(APPROVE,))))
    return bench.edit(
        "click", channel=CHANNEL, ts=delivered.remote["ts"], action_id="approve", user="U0ADA0001", mode=mode
    )


def check(bench: Bench, request: Any) -> None:
    secret = bench.sandbox.demo_credentials()["signing_secret"]
    verify(request["headers"], request["body"].encode(), secret, bench.time.now())


def test_a_press_says_who_pressed_what_where(bench: Bench) -> None:
    request = click(bench)
    check(bench, request)
    press = parse(request["body"].encode())
    (message,) = bench.messages()
    assert (press.act, press.subject, press.user_id) == ("approve", "f00d", "U0ADA0001")
    assert (press.channel, press.message_ts) == (CHANNEL, message["ts"])
    assert press.user_name and press.team and press.response_url.startswith("https://hooks.slack.com/")


@pytest.mark.parametrize("mode", ["wrong-signature", "stale", "bad-timestamp"])
def test_a_forged_or_recorded_press_is_refused(bench: Bench, mode: str) -> None:
    with pytest.raises(Refusal):
        check(bench, click(bench, mode))


def test_a_press_that_arrives_twice_has_one_key(bench: Bench) -> None:
    request = click(bench, "double")
    first, second = (parse(one["body"].encode()) for one in (request, request["second"]))
    assert first.key == second.key and first.response_url != second.response_url


def test_two_presses_have_two_keys(bench: Bench) -> None:
    first, second = (parse(click(bench)["body"].encode()) for _ in range(2))
    assert first.key != second.key


def test_only_the_person_who_pressed_is_answered_and_the_message_stays(bench: Bench) -> None:
    press = parse(click(bench)["body"].encode())
    before = bench.messages()
    answer(press.response_url, "<!here> published.", Wiring(NoLimit(), bench.time, transport_to(bench.sandbox)))
    (told,) = bench.sandbox.dump()["ephemerals"]
    assert (told["text"], told["to"]) == ("&lt;!here&gt; published.", "U0ADA0001") and bench.messages() == before


def test_an_answer_after_half_an_hour_is_an_error_that_keeps_the_address_secret(bench: Bench) -> None:
    press = parse(click(bench)["body"].encode())
    bench.time.sleep(1801)
    with pytest.raises(errors.ToolError) as caught:
        answer(press.response_url, "Published.", Wiring(NoLimit(), bench.time, transport_to(bench.sandbox)))
    assert press.response_url.rpartition("/")[2] not in str(caught.value)


# Strict reading -------------------------------------------------------------------------------------------------

PAYLOAD: dict[str, Any] = {
    "type": "block_actions",
    "team": {"id": "T1"},
    "user": {"id": "U1", "username": "ada"},
    "channel": {"id": "C1"},
    "container": {"message_ts": "1.000200"},
    "response_url": "https://hooks.slack.com/actions/T1/2/3",
    "actions": [{"type": "button", "action_id": "reject", "value": "7", "action_ts": "2.000300"}],
}


def sent(payload: Any) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_a_whole_payload_is_read() -> None:
    assert parse(sent(PAYLOAD)) == Press(
        "reject", "7", "U1", "ada", "T1", "C1", "1.000200", "2.000300", "https://hooks.slack.com/actions/T1/2/3"
    )


ACTION = PAYLOAD["actions"][0]
STRANGE: list[Any] = [
    *({key: value for key, value in PAYLOAD.items() if key != missing} for missing in PAYLOAD),
    *({**PAYLOAD, "actions": [{**ACTION, key: None}]} for key in ACTION),
    {**PAYLOAD, "type": "view_submission"},
    {**PAYLOAD, "actions": []},
    {**PAYLOAD, "actions": [ACTION, ACTION]},
    {**PAYLOAD, "actions": ["reject"]},
    {**PAYLOAD, "actions": [{**ACTION, "action_id": "delete-everything"}]},
    {**PAYLOAD, "actions": [{**ACTION, "action_id": ["reject"]}]},
    {**PAYLOAD, "actions": [{**ACTION, "value": 7}]},
    {**PAYLOAD, "user": "U1"},
    {**PAYLOAD, "response_url": "file:///etc/passwd"},
    {**PAYLOAD, "response_url": "https://["},
    [],
    None,
    "text",
]


@pytest.mark.parametrize("case", range(len(STRANGE)))
def test_anything_else_is_refused(case: int) -> None:
    with pytest.raises(Refusal):
        parse(sent(STRANGE[case]))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload",
        b"payload=",
        b"payload=%7B",
        b"payload=" + b"[" * 100_000,
        b"\xff",
        b"payload=1&payload=2",
        b"a=b",
    ],
    ids=lambda body: str(body[:12]),
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        parse(body)
