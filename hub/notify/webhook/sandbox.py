"""A receiver as somebody would write it from docs/operations.md: checks the signature, keeps each delivery once."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from connectors.sandbox import JSON, Clock, Request, Response, Sandbox

SECRET = "webhook-demo-secret"
WINDOW = 300


class WebhookSandbox(Sandbox):
    """State: the deliveries in order, each once. Verbs of `edit`: ``{"do": "forget"}`` empties it."""

    tool = "webhook"

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self.deliveries: dict[str, JSON] = {}

    def respond(self, request: Request) -> Response:
        if request.method != "POST":
            return Response.json(405, {"error": "POST only"})
        if not self._is_signed(request):
            return Response.json(401, {"error": "bad signature"})
        try:
            payload = request.json()
        except ValueError:
            return Response.json(400, {"error": "not JSON"})
        self.deliveries.setdefault(request.headers["x-hub-delivery"], payload)
        return Response(204)

    def _is_signed(self, request: Request) -> bool:
        stamp, given = request.headers.get("x-hub-timestamp", ""), request.headers.get("x-hub-signature", "")
        if not stamp.isdigit() or abs(self.clock() - int(stamp)) > WINDOW or "x-hub-delivery" not in request.headers:
            return False
        expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(given, f"v1={expected}")

    def edit(self, change: Any) -> JSON:
        if change != {"do": "forget"}:
            raise ValueError(f"a receiver cannot {json.dumps(change)}")
        self.deliveries.clear()
        return {}

    def dump(self) -> JSON:
        return {"deliveries": self.deliveries}

    def load(self, state: Any) -> None:
        self.deliveries = dict(state["deliveries"])

    def demo_credentials(self) -> Mapping[str, str]:
        return {"secret": SECRET}
