"""A desk with a Segment sandbox on it: a clock to turn and a client that holds the demo token."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.sandbox import Request, Response
from connectors.segment.sandbox import SegmentSandbox

START = 1_767_603_600.75
"""2026-01-05T09:00:00.75Z"""


class Desk:
    """A sandbox with a clock to turn and a client that holds the demo token."""

    def __init__(self, **switches: Any) -> None:
        self.now = START
        self.box = SegmentSandbox(clock=lambda: self.now, switches=switches)
        self.headers = {"Authorization": f"Bearer {self.box.demo_credentials()['token']}"}

    def send(self, method: str, target: str, body: Any = None, **headers: str) -> Response:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if raw else {}
        return self.box.handle(Request.build(method, target, {**self.headers, **kind, **headers}, raw))

    def ask(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        answer = self.send(method, target, body)
        return answer.status, json.loads(answer.body)

    def data(self, method: str, target: str, body: Any = None) -> Any:
        status, value = self.ask(method, target, body)
        assert status == 200, value
        return value["data"]

    def refusal(self, method: str, target: str, body: Any = None) -> tuple[int, str]:
        """Status and message of the first error."""
        status, value = self.ask(method, target, body)
        return status, value["errors"][0]["message"]

    def fill(self, count: int) -> None:
        plan = self.box.demo_credentials()["tracking_plan_id"]
        items = [{"type": "TRACK", "key": f"E{n:03}", "version": 1, "jsonSchema": {}} for n in range(count)]
        self.data("PATCH", f"/tracking-plans/{plan}/rules", {"rules": items})

    def add_source(self, name: str = "Web shop") -> str:
        return str(self.box.edit({"do": "add-source", "name": name})["id"])


@pytest.fixture(scope="session")
def open_desk() -> type[Desk]:
    """Call it with switches to get a fresh sandbox."""
    return Desk
