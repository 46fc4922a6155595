"""A sandbox of Slack in a test's hands: one call, one answer."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox import Fault, Request
from hub.notify.slack.sandbox import SlackSandbox

CHANNEL, PUBLIC, PRIVATE = "C0TRACK01", "C0GENERAL", "C0SECRET1"
"""The demo workspace: where the bot is, and two conversations it is not in."""
ADA, BEN, BOT = "U0ADA0001", "U0BEN0001", "U0HUBBOT1"
JSON_TYPE = "application/json; charset=utf-8"
FORM_TYPE = "application/x-www-form-urlencoded"
METADATA = {"event_type": "plan_published", "event_payload": {"dedupe_key": "k1"}}


class Desk:
    """A sandbox with a clock that moves two seconds before each call, so that limits only bite where meant to."""

    def __init__(self, **switches: Any) -> None:
        self.now = 1_770_000_000.0
        self.sandbox = SlackSandbox(clock=lambda: self.now, switches=switches)
        self.account = self.sandbox.demo_credentials()
        self.hook = self.account["webhook_path"]

    def send(self, target: str, body: bytes = b"", kind: str = "", *, wait: float = 2.0, **more: Any) -> Any:
        """One request; `token` None leaves the header out."""
        self.now += wait
        token = more.get("token", self.account["token"])
        headers = {"content-type": kind} if kind else {}
        headers |= {"authorization": f"Bearer {token}"} if token is not None else {}
        return self.sandbox.handle(Request.build(more.get("method", "POST"), target, headers, body))

    def post(self, method: str, arguments: Any = None, **options: Any) -> Any:
        """A call with a JSON body, as its whole response."""
        return self.send(f"/api/{method}", json.dumps(arguments or {}).encode(), JSON_TYPE, **options)

    def call(self, method: str, **arguments: Any) -> Any:
        return json.loads(self.post(method, arguments).body)

    def ask(self, method: str, **arguments: Any) -> Any:
        return json.loads(self.send(f"/api/{method}", urlencode(arguments).encode(), FORM_TYPE).body)

    def say(self, text: str = "Hello", channel: str = CHANNEL, **arguments: Any) -> Any:
        """The ts of a new message of the bot."""
        answer = self.call("chat.postMessage", channel=channel, text=text, **arguments)
        assert answer["ok"], answer
        return answer["ts"]

    def person(self, text: str = "Hi", **change: Any) -> Any:
        """The ts of a new message of a person."""
        self.now += 1
        return self.edit("post", **{"channel": CHANNEL, "user": ADA, "text": text, **change})["ts"]

    def edit(self, do: str, **change: Any) -> Any:
        return self.sandbox.edit({"do": do, **change})

    def history(self, **arguments: Any) -> Any:
        return self.ask("conversations.history", **{"channel": CHANNEL, **arguments})

    def texts(self, **arguments: Any) -> list[str]:
        return [one["text"] for one in self.history(**arguments)["messages"]]

    def webhook(self, body: Any, path: str = "", **options: Any) -> tuple[int, str]:
        """Status and word of a post through the incoming webhook."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.send(path or self.hook, data, options.pop("kind", JSON_TYPE), token=None, **options)
        return answer.status, answer.body.decode()

    def fault(self, kind: str, on: str, **more: Any) -> None:
        self.sandbox.faults.append(Fault(kind, on, **more))

    def stored(self, ts: str, channel: str = CHANNEL) -> Any:
        messages = self.sandbox.dump()["channels"][channel]["messages"]
        return next(one for one in messages if one["ts"] == ts)


def section(text: str = "Body", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def header(text: str = "Head", **more: Any) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text}, **more}


def button(text: str = "Go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, **more}


def actions(*elements: Any, **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}
