"""The Slack channel and its sandbox on one clock, with an outbox in miniature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import WindowLimiter
from connectors.sandbox import Fault
from connectors.testing.harness import SANDBOX_URL, FakeTime, transport_to
from hub.notify.contract import Channel, Delivered, Letter
from hub.notify.slack import KIND
from hub.notify.slack.sandbox import SlackSandbox
from hub.notify.story import Button, Paragraph, Part, Story, line, name, text

CHANNEL = "C0TRACK01"
POST, UPDATE, HISTORY, REPLIES = "chat.postMessage", "chat.update", "conversations.history", "conversations.replies"


def story(title: str = "Plan v42 published", **fields: Any) -> Story:
    lead = (Paragraph(line=line(name("order_placed"), " is new")),)
    return Story(**{"title": title, "lead": lead, "data": {"kind": "plan.published"}, **fields})


def letter(key: str = "publication:1", verb: Any = "put", /, **fields: Any) -> Letter:
    return Letter(key, verb, fields.pop("story", story()), **fields)


def parts(number: int, words: str = "is new") -> tuple[Part, ...]:
    return tuple(Part(name=f"event_{one}", gist=line(name(f"event_{one}"), text(f" {words}"))) for one in range(number))


APPROVE = Button(act="approve", label="Publish it", subject="f00d", style="primary")


class Bench:
    """One channel and the workspace that it talks to."""

    def __init__(self, options: Mapping[str, Any] | None = None, **switches: Any) -> None:
        self.time = FakeTime()
        self.sandbox = SlackSandbox(clock=self.time.now, switches=switches)
        account = self.sandbox.demo_credentials()
        self.hook = {"webhook_url": SANDBOX_URL + account["webhook_path"]}
        token = {"token": account["token"], "channel": account["channel"], "base_url": f"{SANDBOX_URL}/api"}
        self.settings = KIND.settings.model_validate(self._values(token, options or {}))
        self.memo: Mapping[str, Any] = {}
        self.transport: Any = transport_to(self.sandbox)
        self._limiter = WindowLimiter(KIND.windows(self.settings), self.time.now)

    def _values(self, token: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        road = self.hook if given.get("road") == "webhook" else token
        return {**road, **{key: value for key, value in given.items() if key != "road"}}

    def connect(self) -> Channel:
        wiring = Wiring(self._limiter, self.time, self.transport, patience=5.0)
        return KIND.connect(self.settings, wiring)

    def deliver(self, one: Letter) -> Delivered:
        """One attempt of a fresh process."""
        return self.connect().deliver(one, self._note)

    def tell(self, one: Letter, most: int = 12) -> Delivered:
        """As the outbox does: again and again until it is there, a person is needed, or it is given up."""
        for _ in range(most):
            handed_over = self.time.now()
            try:
                return self.deliver(replace(one, memo=self.memo))
            except errors.ToolError as error:
                if error.verdict in ("ask", "give-up"):
                    raise
                unsure = error.verdict == "read"
                one = replace(one, first_sent=one.first_sent or (handed_over if unsure else None))
                self.time.sleep(error.retry_after or 5.0)
        raise AssertionError("never delivered")

    def crashed(self, one: Letter) -> Letter:
        """The letter as the outbox finds it after the process died while it was handed over."""
        return replace(one, first_sent=one.first_sent or self.time.now(), memo=self.memo)

    def _note(self, memo: Mapping[str, Any]) -> None:
        self.memo = memo

    def fail(self, kind: str, method: str = POST, **fields: Any) -> None:
        self.sandbox.faults.append(Fault(kind, on=method, **fields))

    def edit(self, do: str, **change: Any) -> Any:
        return self.sandbox.edit({"do": do, **change})

    def messages(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """What stands in the channel, threads included, without what people wrote."""
        found = self.sandbox.dump()["channels"][channel]["messages"]
        return [one for one in found if one.get("bot_id")]

    def calls(self, method: str = "") -> list[dict[str, Any]]:
        """The JSON bodies, or the forms, that reached a method."""
        return [_body(one.body) for one in self.sandbox.log if one.path.endswith(method)]


def _body(raw: bytes) -> dict[str, Any]:
    return json.loads(raw) if raw.startswith(b"{") else dict(parse_qsl(raw.decode()))
