"""The wire of the Web API: address, headers, encodings, and what each kind of answer means."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.testing.harness import FakeTime
from hub.notify.slack.client import Place, Refusal, SlackClient
from hub.notify.slack.message import Message
from hub.notify.slack.settings import SlackSettings

API = "https://slack.com/api"
TOKEN = "xoxb-secret-token"
POSTED = {"ok": True, "channel": "C0A1", "ts": "1503435956.000247"}
MESSAGE = Message("Café 👍", ({"type": "divider"},), {"event_type": "x_y", "event_payload": {"dedupe_key": "k"}})
METHODS: list[tuple[str, Callable[[SlackClient], Any], Any]] = [
    ("auth.test", lambda client: client.who(), {"ok": True, "user": "hub"}),
    ("conversations.history", lambda client: client.can_read("C0A1"), {"ok": True, "messages": []}),
    ("chat.update", lambda client: client.update(Place("C0A1", "1.2"), MESSAGE), POSTED),
    ("chat.postMessage", lambda client: client.post("C0A1", MESSAGE, "", "id"), POSTED),
]


@pytest.fixture
def client() -> SlackClient:
    settings = SlackSettings.model_validate({"token": TOKEN, "channel": "C0A1"})
    return SlackClient(settings, Wiring(NoLimit(), FakeTime(), patience=5))


@respx.mock
def test_a_post_is_json_in_utf_8_under_the_token(client: SlackClient) -> None:
    route = respx.post(f"{API}/chat.postMessage").respond(json=POSTED)
    assert client.post("C0A1", MESSAGE, "1.2", "id-1") == Place("C0A1", "1503435956.000247")
    sent = route.calls.last.request
    assert sent.headers["content-type"] == "application/json; charset=utf-8" and "Café 👍".encode() in sent.content
    assert sent.headers["authorization"] == f"Bearer {TOKEN}" and sent.url.query == b""
    assert json.loads(sent.content) == {
        "channel": "C0A1",
        "text": "Café 👍",
        "blocks": [{"type": "divider"}],
        "metadata": MESSAGE.metadata,
        "thread_ts": "1.2",
        "client_msg_id": "id-1",
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


@respx.mock
@pytest.mark.parametrize("message", [MESSAGE, MESSAGE.without_metadata(), MESSAGE.without_blocks()])
def test_an_update_always_says_what_the_blocks_are(client: SlackClient, message: Message) -> None:
    route = respx.post(f"{API}/chat.update").respond(json=POSTED)
    client.update(Place("C0A1", "1.2"), message)
    sent = json.loads(route.calls.last.request.content)
    assert (sent["blocks"], sent["text"]) == (list(message.blocks), "Café 👍")
    assert ("metadata" in sent) == (message.metadata is not None) and None not in sent.values()


@respx.mock
def test_a_question_is_a_form(client: SlackClient) -> None:
    route = respx.post(f"{API}/conversations.history").respond(json={"ok": True, "messages": []})
    assert list(client.messages("C0A1", "", 1780000000.5)) == []
    sent = route.calls.last.request
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    asked = {key: value for key, (value,) in parse_qs(sent.content.decode()).items()}
    assert asked == {
        "channel": "C0A1",
        "oldest": "1780000000.500000",
        "inclusive": "1",
        "limit": "200",
        "include_all_metadata": "1",
    }


@respx.mock
def test_pages_are_followed_to_their_end_although_they_are_short(client: SlackClient) -> None:
    pages = [
        {"ok": True, "messages": [{"ts": "3.0"}], "has_more": True, "response_metadata": {"next_cursor": "a"}},
        {"ok": True, "messages": [], "has_more": True, "response_metadata": {"next_cursor": "b"}},
        {"ok": True, "messages": [{"ts": "1.0"}], "has_more": False},
    ]
    route = respx.post(f"{API}/conversations.replies").mock(side_effect=[httpx.Response(200, json=p) for p in pages])
    assert [row["ts"] for row in client.messages("C0A1", "0.5", 0)] == ["3.0", "1.0"]
    asked = [parse_qs(call.request.content.decode()).get("cursor") for call in route.calls]
    assert asked == [None, ["a"], ["b"]]


@respx.mock
@pytest.mark.parametrize(
    "page",
    [
        {"ok": True, "messages": [], "has_more": True},
        {"ok": True, "messages": [], "has_more": True, "response_metadata": {"next_cursor": "same"}},
        {"ok": True},
    ],
)
def test_a_history_that_does_not_make_sense_is_never_taken_for_an_empty_one(client: SlackClient, page: Any) -> None:
    respx.post(f"{API}/conversations.history").respond(json=page)
    with pytest.raises(errors.BadAnswer):
        list(client.messages("C0A1", "", 0))


REMEDIES = [
    ("chat.update", "message_not_found", "anew"),
    ("chat.update", "cant_update_message", "anew"),
    ("chat.update", "edit_window_closed", "below"),
    ("chat.postMessage", "metadata_must_be_sent_from_app", "bare"),
    ("chat.postMessage", "metadata_too_large", "bare"),
    ("chat.postMessage", "msg_blocks_too_long", "plain"),
    ("chat.postMessage", "duplicate_message_not_found", "beltless"),
]


@respx.mock
@pytest.mark.parametrize(("method", "word", "remedy"), REMEDIES)
def test_a_refusal_that_has_a_remedy_is_an_answer(client: SlackClient, method: str, word: str, remedy: str) -> None:
    respx.post(f"{API}/{method}").respond(json={"ok": False, "error": word})
    call = next(call for name, call, _ in METHODS if name == method)
    outcome = call(client)
    assert isinstance(outcome, Refusal) and outcome.remedy == remedy and word in outcome.error.message


UNCLEAR: list[dict[str, Any]] = [
    {"json": {"ok": False, "error": "internal_error"}},
    {"json": {"ok": False, "error": "fatal_error"}},
    {"json": {"ok": False, "error": "request_timeout"}},
    {"json": {"ok": True}},
    {"json": {"fine": True}},
    {"json": []},
    {"html": "<h1>Sign in</h1>"},
    {"status_code": 500, "html": "<h1>Oops</h1>"},
    {"status_code": 503, "json": {"ok": False, "error": "service_unavailable"}},
]


@respx.mock
@pytest.mark.parametrize("answer", UNCLEAR, ids=str)
def test_an_unclear_answer_to_a_post_is_not_repeated_and_to_an_edit_is(client: SlackClient, answer: Any) -> None:
    post = respx.post(f"{API}/chat.postMessage").respond(**answer)
    respx.post(f"{API}/chat.update").respond(**answer)
    with pytest.raises(errors.UnknownOutcome):
        client.post("C0A1", MESSAGE, "", "id")
    with pytest.raises((errors.Unavailable, errors.BadAnswer)):
        client.update(Place("C0A1", "1.2"), MESSAGE)
    assert post.call_count == 1


@respx.mock
def test_a_connection_that_was_never_made_means_that_nothing_was_posted(client: SlackClient) -> None:
    respx.post(f"{API}/chat.postMessage").mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(errors.Unavailable):
        client.post("C0A1", MESSAGE, "", "id")


@respx.mock
@pytest.mark.parametrize(("method", "call", "good"), METHODS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_throttled_call_waits_as_long_as_it_is_told(
    client: SlackClient, method: str, call: Callable[[SlackClient], Any], good: Any
) -> None:
    throttled = httpx.Response(429, json={"ok": False, "error": "ratelimited"}, headers={"Retry-After": "3"})
    route = respx.post(f"{API}/{method}").mock(side_effect=[throttled, httpx.Response(200, json=good)])
    call(client)
    assert route.call_count == 2


@respx.mock
@pytest.mark.parametrize("status", [200, 400, 403])
def test_a_missing_scope_is_named_whatever_the_status(client: SlackClient, status: int) -> None:
    body = {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "users:read"}
    respx.post(f"{API}/chat.postMessage").respond(status, json=body)
    with pytest.raises(errors.NotEntitled, match="chat:write"):
        client.post("C0A1", MESSAGE, "", "id")


@respx.mock
def test_slacks_own_words_about_the_blocks_are_passed_on(client: SlackClient) -> None:
    told = {"messages": ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]}
    respx.post(f"{API}/chat.postMessage").respond(
        json={"ok": False, "error": "invalid_blocks", "response_metadata": told}
    )
    outcome = client.post("C0A1", MESSAGE, "", "id")
    assert isinstance(outcome, Refusal) and "/blocks/0/text/text" in outcome.error.message


@respx.mock
def test_an_unknown_word_is_given_up_and_told(client: SlackClient) -> None:
    respx.post(f"{API}/chat.postMessage").respond(json={"ok": False, "error": "brand_new_word"})
    with pytest.raises(errors.Invalid, match="brand_new_word"):
        client.post("C0A1", MESSAGE, "", "id")


@respx.mock
def test_an_echoed_token_is_shown_nowhere(client: SlackClient) -> None:
    respx.post(f"{API}/chat.postMessage").respond(json={"ok": False, "error": f"bad {TOKEN}", "needed": TOKEN})
    with pytest.raises(errors.ToolError) as caught:
        client.post("C0A1", MESSAGE, "", "id")
    assert TOKEN not in str(caught.value)
