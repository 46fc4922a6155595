"""The shortest way to ask an Iglu sandbox, shared by its tests."""

from __future__ import annotations

import json
from typing import Any

from connectors.sandbox import Request, Response
from connectors.snowplow.sandbox import WRITE_KEY, SnowplowSandbox

IGLU = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
STRANGER = "99999999-0000-4000-8000-000000000000"
MISSING = "Preceding SchemaVer in the group is missing, check that schemas published in proper order"
TIED = 1_700_000_000.123456


class Clock:
    """A clock that stands still, or moves on by `step` seconds at each reading."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = TIED, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Iglu:
    """A sandbox and the shortest way to ask it."""

    def __init__(self, *, step: float = 1.0, flags: dict[str, Any] | None = None, **switches: Any) -> None:
        self.clock = Clock(step)
        self.box = SnowplowSandbox(clock=self.clock, switches=switches)
        if flags:
            self.box.edit({"do": "flags", **flags})

    def send(self, method: str, target: str, body: Any = b"", key: str | None = WRITE_KEY) -> Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.box.handle(Request.build(method, target, {"apikey": key} if key is not None else {}, raw))

    def ask(self, method: str, target: str, body: Any = b"", key: str | None = WRITE_KEY) -> tuple[int, Any]:
        answer = self.send(method, target, body, key)
        return answer.status, json.loads(answer.body)

    def post(
        self,
        *versions: str,
        key: str = WRITE_KEY,
        public: bool = False,
        supersedes: list[str] | None = None,
        **more: Any,
    ) -> tuple[int, Any]:
        """Publishes the versions in turn; the last answer."""
        if supersedes is not None:
            more["$supersedes"] = supersedes
        target = "/api/schemas?isPublic=true" if public else "/api/schemas"
        return [self.ask("POST", target, schema(version, **more), key) for version in versions][-1]

    def uris(self, target: str = "/api/schemas", key: str | None = WRITE_KEY) -> list[str]:
        listed: list[str] = self.ask("GET", target, key=key)[1]
        return listed

    def edit(self, do: str, **more: Any) -> Any:
        return self.box.edit({"do": do, **more})


def schema(version: str = "1-0-0", name: str = "event", vendor: str = "com.acme", **more: Any) -> dict[str, Any]:
    """A self-describing schema without lint findings."""
    identity = {"vendor": vendor, "name": name, "format": "jsonschema", "version": version}
    return {"$schema": IGLU, "self": identity, **plain(), **more}


def plain(**more: Any) -> dict[str, Any]:
    text = {"type": "string", "maxLength": 10, "description": "a text"}
    return {"description": "something", "type": "object", "properties": {"one": text}, **more}


def uri(version: str = "1-0-0", name: str = "event", vendor: str = "com.acme") -> str:
    return f"iglu:{vendor}/{name}/jsonschema/{version}"


def path(version: str = "1-0-0", name: str = "event", vendor: str = "com.acme") -> str:
    return f"/api/schemas/{vendor}/{name}/jsonschema/{version}"


def said(text: str) -> dict[str, str]:
    return {"message": text}
