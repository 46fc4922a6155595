"""Posts one happening as signed JSON. Sending it again is safe: the delivery id tells the receiver.

The signature is HMAC-SHA256 over ``TIMESTAMP.BODY`` (the header's text, a dot, the raw bytes), in hex, after ``v1=``.
The timestamp is part of it so that an old delivery cannot be replayed.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.contract import Wiring
from connectors.errors import UnknownOutcome
from connectors.http import ToolClient, json_bytes
from connectors.settings import reveal
from hub.notify.contract import Delivered, Letter, Note
from hub.notify.webhook.settings import WebhookSettings
from mappings.canonical.kinds import JSON

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "schema-sync-hub:delivery")


def delivery_id(key: str) -> str:
    """The same for every attempt at the same letter."""
    return str(uuid.uuid5(NAMESPACE, key))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the receiver computes too, and compares in constant time."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def render(letter: Letter, settings: WebhookSettings) -> JSON:
    """The body."""
    return {"delivery": delivery_id(letter.key), "title": letter.story.title, **letter.story.data}


class Webhook:
    """A connection to one receiver. Any 2xx says that it has the delivery."""

    def __init__(self, settings: WebhookSettings, wiring: Wiring) -> None:
        self._settings, self._wiring = settings, wiring
        parts = urlsplit(settings.url)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secret = reveal(settings.secret)
        self._client = ToolClient(f"{parts.scheme}://{parts.netloc}", wiring, secrets=[self._secret])

    def whoami(self) -> str:
        """A webhook cannot say who listens; a signed ping tells whether somebody does. Raises ToolError."""
        self._post("ping", {"delivery": delivery_id("ping"), "kind": "ping"})
        return f"a receiver at {urlsplit(self._settings.url).netloc} takes deliveries"

    def deliver(self, letter: Letter, note: Note) -> Delivered:
        """Post it. Raises ToolError; a lost answer is repeated later under the same delivery id."""
        try:
            self._post(letter.key, render(letter, self._settings))
        except UnknownOutcome as problem:
            problem.hint = "It is sent again under the same delivery id."
            raise
        return Delivered({"delivery": delivery_id(letter.key)})

    def _post(self, key: str, payload: Mapping[str, JSON]) -> None:
        body = json_bytes(payload)
        timestamp = f"{self._wiring.time.now():.0f}"
        signed = {
            "x-hub-delivery": delivery_id(key),
            "x-hub-timestamp": timestamp,
            "x-hub-signature": signature(self._secret, timestamp, body),
        }
        self._client.send("POST", self._path, body=payload, headers=signed, repeatable=False, expect_json=False)

    def close(self) -> None:
        self._client.close()
