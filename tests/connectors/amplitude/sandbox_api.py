"""A bare hand to type requests to the Amplitude sandbox with, shared by its tests."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from connectors.amplitude.sandbox import AmplitudeSandbox
from connectors.sandbox import Request, Response

ROOT = "/api/2/taxonomy/"
OK = (200, {"success": True})
NOT_FOUND = {"success": False, "errors": [{"message": "Not found"}]}


class FakeClock:
    def __init__(self) -> None:
        self.now = 1_800_000.0  # a full clock hour

    def __call__(self) -> float:
        return self.now


class Api:
    """A workspace and a bare hand to type requests with."""

    def __init__(self, **switches: str) -> None:
        self.clock = FakeClock()
        self.sandbox = AmplitudeSandbox(clock=self.clock, switches=switches)

    def raw(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.sandbox.handle(Request.build(method, target, named, body))

    def call(self, method: str, path: str, **form: str) -> tuple[int, Any]:
        answer = self.raw(
            method,
            ROOT + path,
            urlencode(form).encode(),
            authorization=basic(*self.sandbox.demo_credentials().values()),
            content_type="application/x-www-form-urlencoded",
        )
        return answer.status, json.loads(answer.body or b"null")

    def get(self, path: str) -> Any:
        return self.call("GET", path)[1].get("data")

    def post(self, path: str, **form: str) -> tuple[int, Any]:
        return self.call("POST", path, **form)

    def put(self, path: str, **form: str) -> tuple[int, Any]:
        return self.call("PUT", path, **form)

    def delete(self, path: str, **form: str) -> tuple[int, Any]:
        return self.call("DELETE", path, **form)

    def edit(self, do: str, **change: Any) -> None:
        self.sandbox.edit({"do": do, **change})

    def events_list(self) -> Any:
        auth = basic(*self.sandbox.demo_credentials().values())
        return json.loads(self.raw("GET", "/api/2/events/list", authorization=auth).body)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def message(answer: tuple[int, Any]) -> tuple[int, str]:
    status, body = answer
    assert body["success"] is False
    return status, body["errors"][0]["message"]


def names(rows: Any, field: str) -> list[str]:
    return sorted(row[field] for row in rows)


def stocked(**switches: str) -> Api:
    """Two planned events; `size` shared and on Order Placed; `color` with an override on Cart Opened."""
    api = Api(**switches)
    api.post("event", event_type="Order Placed")
    api.post("event", event_type="Cart Opened")
    api.post("event-property", event_property="size", event_type="Order Placed", type="number", description="Units.")
    api.post("event-property", event_property="color", event_type="Order Placed", type="string", description="Paint.")
    api.post("event-property", event_property="color", event_type="Cart Opened", type="any")
    return api


BARE_EVENT: dict[str, Any] = {
    "event_type": "A",
    "description": None,
    "display_name": None,
    "category": None,
    "tags": [],
    "is_active": True,
    "owner": None,
    "is_hidden_from_dropdowns": False,
    "is_hidden_from_persona_results": False,
    "is_hidden_from_pathfinder": False,
    "is_hidden_from_timeline": False,
    "deleted": None,
}

BARE_PROPERTY: dict[str, Any] = {
    "description": "",
    "type": "any",
    "enum_values": None,
    "regex": None,
    "is_array_type": False,
    "is_hidden": False,
    "classifications": [],
}


def furnished() -> Api:
    """`stocked`, with a category C, a user property u, a group type G and a group property g on it."""
    api = stocked()
    api.edit("add", entity="category", name="C")
    api.edit("add", entity="user_property", name="u")
    api.edit("add", entity="group_type", name="G")
    api.edit("add", entity="group_property", name="g", on="G")
    return api
