"""A desk with a Jira sandbox on it: a clock to turn and a client that holds the demo credentials."""

from __future__ import annotations

import base64
import json
from typing import Any

from connectors.sandbox import Request, Response
from hub.notify.jira.sandbox import JiraSandbox

START = 1_790_000_000.0
"""2026-09-21T14:13:20Z"""


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def document(*texts: str) -> dict[str, Any]:
    """A document with a paragraph for each text."""
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in texts]
    return {"type": "doc", "version": 1, "content": paragraphs}


class Desk:
    """Paths are given from behind `/rest/api/<version>/`."""

    def __init__(self, **switches: Any) -> None:
        self.now = START
        self.box = JiraSandbox(clock=lambda: self.now, switches=switches)
        self.cloud = self.box.switch("deployment") == "Cloud"
        self.prefix = "/rest/api/3/" if self.cloud else "/rest/api/2/"
        given = self.box.demo_credentials()
        self.auth = basic(given["email"], given["api_token"]) if self.cloud else f"Bearer {given['pat']}"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"authorization": self.auth, **({"content-type": "application/json"} if raw else {})}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        target = path if path.startswith("/") else self.prefix + path
        return self.box.handle(Request.build(method, target, {k: v for k, v in sent.items() if v}, raw))

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and parsed body; None for an empty one."""
        answer = self.send(method, path, body, **headers)
        return answer.status, json.loads(answer.body) if answer.body else None

    def status(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        return self.send(method, path, body, **headers).status

    def fields(self, **fields: Any) -> dict[str, Any]:
        """The body of a create: a task of the demo project with these fields; None leaves one out."""
        given = {"project": {"key": "DATA"}, "issuetype": {"name": "Task"}, "summary": "A plan", **fields}
        return {"fields": {name: value for name, value in given.items() if value is not None}}

    def create(self, **fields: Any) -> str:
        """The key of a new issue."""
        status, made = self.ask("POST", "issue", self.fields(**fields))
        assert status == 201, made
        return str(made["key"])

    def field(self, issue: str, name: str) -> Any:
        return self.ask("GET", f"issue/{issue}?fields={name}")[1]["fields"][name]

    def search(self, jql: str) -> list[str]:
        """The keys found, by the deployment's own search."""
        body = {"jql": jql, "fields": ["key", "summary"]}
        status, found = self.ask("POST", "search/jql" if self.cloud else "search", body)
        assert status == 200, found
        return [one["key"] for one in found["issues"]]

    def complaint(self, jql: str) -> str:
        status, found = self.ask("POST", "search/jql" if self.cloud else "search", {"jql": jql})
        assert status == 400, found
        return str(found["errorMessages"][0])
