"""A sandbox of Mixpanel in a test's hands: one call, one answer."""

from __future__ import annotations

import json
from typing import Any

from connectors.mixpanel.sandbox import MixpanelSandbox
from connectors.sandbox import Request

BASE = "/api/app/projects/4711"
TRIP = {"properties": {"fare": {"type": "number"}}}
UNSET = object()


class Lexicon:
    """A sandbox with a clock that moves a minute before each call, so that limits only bite where they are meant to."""

    def __init__(self, state: Any = None, **switches: Any) -> None:
        self.now = 1_770_000_000.0
        self.sandbox = MixpanelSandbox(clock=lambda: self.now, switches=switches)
        self.sandbox.load(state or {})
        account = self.sandbox.demo_credentials()
        self.plain = f"{account['username']}:{account['secret']}"
        self.headers = {"authorization": f"Basic {self.plain}", "content-type": "application/json"}

    def send(self, method: str, path: str, body: Any = UNSET, *, wait: float = 60.0, **headers: str) -> Any:
        self.now += wait
        data = b"" if body is UNSET else body if isinstance(body, bytes) else json.dumps(body).encode()
        target = path if path.startswith("/api") else BASE + path
        return self.sandbox.handle(Request.build(method, target, self.headers | headers, data))

    def call(self, method: str, path: str, body: Any = UNSET, **options: Any) -> tuple[int, Any]:
        answer = self.send(method, path, body, **options)
        return answer.status, json.loads(answer.body)

    def ask(self, path: str) -> Any:
        return self.call("GET", path)[1]["results"]

    def stored(self, kind: str = "event", name: str = "Trip Booked") -> Any:
        return self.sandbox.dump()["entries"].get(kind, {}).get(name)


def holding(*names: str, schema: Any = None, **switches: Any) -> Lexicon:
    """A lexicon with these events."""
    return Lexicon({"entries": {"event": {name: schema or {} for name in names}}} if names else None, **switches)


def entry(name: str = "Trip Booked", schema: Any = None, kind: str = "event") -> dict[str, Any]:
    return {"entityType": kind, "name": name, "schemaJson": schema or {}}


def meta(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"com.mixpanel": fields}}


def wide(count: int) -> dict[str, Any]:
    """A schema that counts `count` entities."""
    return {"properties": {f"p{number}": {"type": "string"} for number in range(count - 1)}}
