"""Slack's own Python client against the sandbox on loopback: what the vendor's code sends must be understood here."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.sandbox import Fault
from connectors.sandbox_server import serve_on_loopback
from hub.notify.slack.sandbox import SlackSandbox
from tests.hub.notify.slack.desk import ADA, BEN, CHANNEL, METADATA, PUBLIC, actions, button

pytest.importorskip("slack_sdk")
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, HeaderBlock, SectionBlock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient


class Office:
    """A served sandbox with the vendor's client for it."""

    def __init__(self, sandbox: SlackSandbox, url: str) -> None:
        self.sandbox, self.url = sandbox, url
        account = sandbox.demo_credentials()
        self.hook = WebhookClient(url + account["webhook_path"], retry_handlers=[])
        self.client = self.client_with(account["token"])

    def client_with(self, token: str | None) -> WebClient:
        return WebClient(token=token, base_url=f"{self.url}/api", retry_handlers=[], timeout=10)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SKIP_SLACK_SDK_WARNING", "1")
    sandbox = SlackSandbox()
    with serve_on_loopback(sandbox) as server:
        yield Office(sandbox, server.url)


def test_tokens(office: Office) -> None:
    assert office.client.auth_test()["user_id"] == "U0HUBBOT1"
    assert office.client.api_test(foo="bar")["args"]["foo"] == "bar"
    for token, word in (("xoxb-other", "invalid_auth"), (None, "not_authed")):
        with pytest.raises(SlackApiError) as caught:
            office.client_with(token).auth_test()
        assert (caught.value.response.status_code, caught.value.response["error"]) == (200, word)


def test_message_from_posting_to_deleting(office: Office) -> None:
    client = office.client
    posted = client.chat_postMessage(channel=CHANNEL, text="one", metadata=METADATA, client_msg_id="c1")
    ts = posted["ts"]
    updated = client.chat_update(channel=CHANNEL, ts=ts, text="two", metadata={})
    link = client.chat_getPermalink(channel=CHANNEL, message_ts=ts)
    deleted = client.chat_delete(channel=CHANNEL, ts=ts)
    assert (posted["message"]["metadata"], updated["text"], deleted["ts"]) == (METADATA, "two", ts)
    assert link["permalink"].endswith(f"/archives/{CHANNEL}/p{ts.replace('.', '')}")


def test_blocks_that_the_client_builds_are_valid(office: Office) -> None:
    blocks = [
        HeaderBlock(text="Tracking plan: shop v2 published"),
        SectionBlock(text="*New (1)*", fields=["*By*\nAda", "*Changed*\n3"]),
        ActionsBlock(elements=[ButtonElement(text="Open", action_id="open", url="https://x.example", style="primary")]),
    ]
    posted = office.client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)
    assert [one["type"] for one in posted["message"]["blocks"]] == ["header", "section", "actions"]


def test_refused_blocks_tell_the_place(office: Office) -> None:
    with pytest.raises(SlackApiError) as caught:
        office.client.chat_postMessage(channel=CHANNEL, text="x", blocks=[{"type": "header"}])
    told = caught.value.response["response_metadata"]["messages"]
    assert told == ["[ERROR] missing required field: text [json-pointer:/blocks/0]"]


def test_ephemeral_message(office: Office) -> None:
    assert office.client.chat_postEphemeral(channel=CHANNEL, user=ADA, text="psst")["message_ts"]


def test_history_and_thread_page_by_page(office: Office) -> None:
    client = office.client
    stamps = [client.chat_postMessage(channel=CHANNEL, text=str(number))["ts"] for number in range(3)]
    replies = [client.chat_postMessage(channel=CHANNEL, text="r", thread_ts=stamps[0])["ts"] for _ in range(2)]
    read = client.conversations_history(channel=CHANNEL, limit=2, oldest="1.0", inclusive=True)
    threads = client.conversations_replies(channel=CHANNEL, ts=stamps[0], limit=2)
    assert [[one["ts"] for one in page["messages"]] for page in read] == [[stamps[2], stamps[1]], [stamps[0]]]
    assert [[one["ts"] for one in page["messages"]] for page in threads] == [[stamps[0], replies[0]], [replies[1]]]


def test_all_metadata_is_asked_for_as_the_client_spells_it(office: Office) -> None:
    office.client.chat_postMessage(channel=CHANNEL, text="x", metadata=METADATA)
    full, short = (
        office.client.conversations_history(channel=CHANNEL, include_all_metadata=asked) for asked in (True, False)
    )
    assert full["messages"][0]["metadata"] == METADATA
    assert short["messages"][0]["metadata"] == {"event_type": "plan_published"}


def test_conversations(office: Office) -> None:
    client = office.client
    assert client.conversations_info(channel=CHANNEL, include_num_members=True)["channel"]["num_members"] == 4
    assert [one["id"] for one in client.conversations_list(types=["public_channel"])["channels"]] == [PUBLIC, CHANNEL]
    assert client.conversations_open(users=[ADA])["channel"]["id"].startswith("D")
    assert client.conversations_join(channel=PUBLIC)["channel"]["is_member"] is True


def test_people(office: Office) -> None:
    client = office.client
    assert client.users_lookupByEmail(email="ben@example.com")["user"]["id"] == BEN
    assert client.users_info(user=ADA)["user"]["name"] == "ada"
    assert [len(page["members"]) for page in client.users_list(limit=2)] == [2, 1]
    assert client.usergroups_list(include_users=True)["usergroups"][0]["users"] == [ADA, BEN]


def test_scheduled_message_is_listed_and_called_off(office: Office) -> None:
    client, at = office.client, int(time.time()) + 3600
    planned = client.chat_scheduleMessage(channel=CHANNEL, text="later", post_at=at)["scheduled_message_id"]
    listed = client.chat_scheduledMessages_list(channel=CHANNEL)["scheduled_messages"]
    client.chat_deleteScheduledMessage(channel=CHANNEL, scheduled_message_id=planned)
    assert [(one["id"], one["post_at"]) for one in listed] == [(planned, at)]
    assert client.chat_scheduledMessages_list()["scheduled_messages"] == []


def test_throttling_is_an_error_with_a_header(office: Office) -> None:
    office.sandbox.set_switch("burst", 1)
    office.client.chat_postMessage(channel=CHANNEL, text="x")
    with pytest.raises(SlackApiError) as caught:
        office.client.chat_postMessage(channel=CHANNEL, text="x")
    response = caught.value.response
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "1")


def test_page_instead_of_json_is_an_error(office: Office) -> None:
    office.sandbox.faults.append(Fault("html", "auth.test", status=503))
    with pytest.raises(SlackApiError, match="non-JSON"):
        office.client.auth_test()


def test_default_client_posts_twice_when_the_answer_is_lost(office: Office) -> None:
    account = office.sandbox.demo_credentials()
    office.sandbox.faults.append(Fault("lost", "chat.postMessage"))
    WebClient(token=account["token"], base_url=f"{office.url}/api").chat_postMessage(channel=CHANNEL, text="x")
    assert len(office.client.conversations_history(channel=CHANNEL)["messages"]) == 2


def test_webhook(office: Office) -> None:
    parent = office.client.chat_postMessage(channel=CHANNEL, text="parent")["ts"]
    sent = office.hook.send(text="hi", unfurl_links=False)
    reply = office.hook.send_dict({"text": "reply", "thread_ts": parent})
    wrong = WebhookClient(f"{office.url}/services/T0DEMO001/B0HOOK001/wrong", retry_handlers=[]).send(text="x")
    assert [(one.status_code, one.body) for one in (sent, reply, wrong)] == [
        (200, "ok"),
        (200, "ok"),
        (403, "invalid_token"),
    ]


class At:
    """The client's notion of a clock, standing still."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self) -> float:
        return self._seconds


@pytest.mark.parametrize(("mode", "valid"), [("normal", True), ("wrong-signature", False), ("stale", False)])
def test_click_is_verified_and_answered(office: Office, mode: str, valid: bool) -> None:
    blocks = [actions(button(action_id="go"))]
    ts = office.client.chat_postMessage(channel=CHANNEL, text="?", blocks=blocks)["ts"]
    request = _click(office, ts, mode)
    clock: Any = At(office.sandbox.clock())
    verifier = SignatureVerifier(office.sandbox.demo_credentials()["signing_secret"], clock=clock)
    assert verifier.is_valid_request(request["body"], request["headers"]) is valid
    url = json.loads(parse_qs(request["body"])["payload"][0])["response_url"]
    answer = WebhookClient(url, retry_handlers=[]).send(text="done", replace_original=True)
    assert (answer.status_code, answer.body) == (200, "ok")
    assert office.client.conversations_history(channel=CHANNEL)["messages"][0]["text"] == "done"


def _click(office: Office, ts: str, mode: str) -> Any:
    change = {"do": "click", "channel": CHANNEL, "ts": ts, "action_id": "go", "user": ADA}
    return office.sandbox.edit({**change, "mode": mode, "base_url": office.url})
