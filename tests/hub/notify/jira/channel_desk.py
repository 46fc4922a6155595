"""A Jira sandbox, a clock and the channel, driven the way the outbox drives it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import WindowLimiter
from connectors.sandbox import Fault, LogEntry
from connectors.testing.harness import SANDBOX_URL, FakeTime, transport_to
from hub.notify.contract import Channel, Delivered, Letter
from hub.notify.jira import KIND
from hub.notify.jira.sandbox import JiraSandbox
from hub.notify.jira.settings import JiraSettings
from hub.notify.story import Story

KEY = "publication:42:ana"
MARA = {"Cloud": "712020:demo-mara", "Server": "mara"}
PATIENCE = 5.0


class Killed(BaseException):
    """The process is gone: nobody catches this."""


def label(key: str = KEY) -> str:
    return "tph-" + hashlib.sha1(key.encode()).hexdigest()


@dataclass
class Desk:
    """`options` are extra settings. What the outbox would keep of one letter is in `memo`, `first_sent`, `remote`."""

    deployment: str
    sandbox: JiraSandbox
    time: FakeTime
    options: dict[str, Any] = field(default_factory=dict)
    memo: Mapping[str, Any] = field(default_factory=dict)
    first_sent: float | None = None
    remote: Mapping[str, Any] | None = None
    troubles: list[errors.ToolError] = field(default_factory=list)

    @classmethod
    def of(cls, deployment: str, **switches: Any) -> Desk:
        time = FakeTime()
        return cls(deployment, JiraSandbox(clock=time.now, switches={"deployment": deployment, **switches}), time)

    @property
    def cloud(self) -> bool:
        return self.deployment == "Cloud"

    def settings(self, **options: Any) -> JiraSettings:
        names = ("email", "api_token", "project") if self.cloud else ("pat", "project")
        credentials = {name: self.sandbox.demo_credentials()[name] for name in names}
        people = {"ana": MARA[self.deployment]}
        return JiraSettings.model_validate(
            {"base_url": SANDBOX_URL, "people": people, **credentials, **self.options, **options}
        )

    def connect(self, transport: Any = None, **options: Any) -> Channel:
        settings = self.settings(**options)
        limiter = WindowLimiter(KIND.windows(settings), self.time.now)
        return KIND.connect(settings, Wiring(limiter, self.time, transport or transport_to(self.sandbox), PATIENCE))

    def note(self, memo: Mapping[str, Any]) -> None:
        self.memo = memo

    def try_once(
        self, story: Story, *, key: str = KEY, verb: Any = "put", parent: Any = None, channel: Channel | None = None
    ) -> Delivered:
        """One attempt over a fresh connection, as after a restart, with the outbox's bookkeeping around it."""
        letter = Letter(key, verb, story, self.remote, parent, 0, self.first_sent, self.memo)
        before, self.first_sent = self.first_sent, self.first_sent or self.time.now()
        try:
            delivered = (channel or self.connect()).deliver(letter, self.note)
        except errors.ToolError as error:
            self.troubles.append(error)
            self.first_sent = self.first_sent if error.verdict == "read" else before
            raise
        self.remote, self.memo, self.first_sent = delivered.remote, {}, None
        return delivered

    def tell(self, story: Story, tries: int = 15, **more: Any) -> Delivered:
        """Attempts until it is delivered, the time between them passing as the errors ask."""
        for _ in range(tries):
            try:
                return self.try_once(story, **more)
            except errors.ToolError as error:
                if error.verdict in ("give-up", "ask"):
                    raise
                self.time.sleep(5.0 if error.retry_after is None else error.retry_after)
        raise AssertionError(f"not delivered in {tries} tries: {self.troubles[-1]}")

    def forget(self) -> None:
        """The next letter is about something else."""
        self.remote, self.memo, self.first_sent = None, {}, None

    # What Jira holds ------------------------------------------------------------------------------------------

    def issues(self, key: str = KEY) -> list[dict[str, Any]]:
        """The issues with the label of this key, oldest first."""
        return [one for one in self.all_issues() if label(key) in one["labels"]]

    def all_issues(self) -> list[dict[str, Any]]:
        return list(self.sandbox.dump()["issues"].values())

    def issue(self, id_: Any) -> dict[str, Any]:
        return dict(self.sandbox.dump()["issues"][str(id_)])

    def status(self, id_: Any) -> str:
        issue = self.issue(id_)
        (project,) = (one for one in self.sandbox.dump()["projects"] if one["id"] == issue["project"])
        return str({one["id"]: one["name"] for one in project["statuses"]}[issue["status"]])

    def edit(self, do: str, **change: Any) -> Any:
        return self.sandbox.edit({"do": do, **change})

    def fault(self, kind: str, on: str = "", **more: Any) -> None:
        self.sandbox.faults.append(Fault(kind, on, **more))

    def requests(self, *methods: str) -> list[LogEntry]:
        return [one for one in self.sandbox.log if one.method in methods]

    def creations(self) -> list[LogEntry]:
        return [one for one in self.sandbox.log if one.method == "POST" and one.path.endswith("/issue")]


def dying(sandbox: JiraSandbox, at: int, *, after: bool) -> Any:
    """A transport that kills the process at its request number `at`, before it is sent or after it was answered."""
    inner, seen = transport_to(sandbox).handler, [0]

    def handle(request: httpx.Request) -> httpx.Response:
        seen[0] += 1
        if seen[0] == at and not after:
            raise Killed
        answer = inner(request)
        if seen[0] == at:
            raise Killed
        return answer  # type: ignore[return-value]

    return httpx.MockTransport(handle)


def said(body: Any) -> str:
    """All that a text says, in one line, whichever its form."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return " ".join(said(one) for one in body)
    if not isinstance(body, dict):
        return ""
    title = str(body.get("attrs", {}).get("title", ""))
    return " ".join(filter(None, (title, body.get("text", ""), said(body.get("content", [])))))
