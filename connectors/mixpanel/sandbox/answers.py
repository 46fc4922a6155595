"""Envelopes and bodies of the emulated App API (apis/mixpanel.md sections 3 and 3.1.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from connectors.mixpanel.sandbox.state import JSON, Document, Refusal, first_half
from connectors.sandbox import Request, Response, Sandbox

CONTENT_TYPE = {"content-type": "application/json"}
"""As in a recorded live answer; no charset."""

ERROR_SHAPES: Mapping[str, Callable[[str], Any]] = {
    "text": lambda text: text,
    "list": lambda text: [text],
    "object": lambda text: {"message": text},
}
"""Documented as a string; the vendor's own client also guards against the others."""


def ok(*results: JSON) -> Response:
    """Success, with `results` when there are any."""
    return Response.json(200, {"status": "ok"} | ({"results": results[0]} if results else {}), CONTENT_TYPE)


def refused(sandbox: Sandbox, refusal: Refusal) -> Response:
    """The error envelope; a 429 may come as plain text."""
    if refusal.status == 429 and sandbox.switch("limit_body") == "text":
        return Response.text(429, refusal.text, refusal.headers)
    error = ERROR_SHAPES[sandbox.switch("error_shape")](refusal.text)
    return Response.json(refusal.status, {"status": "error", "error": error}, {**CONTENT_TYPE, **refusal.headers})


def parsed_object(request: Request) -> Document:
    """The body as a JSON object in UTF-8 under its own content type; anything else is a 400."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(400, "the body must be application/json")
    try:
        body = json.loads(request.body.decode("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise Refusal(400, "the body is not valid JSON") from problem
    if not isinstance(body, dict):
        raise Refusal(400, "the body must be a JSON object")
    return body


def mooded(sandbox: Sandbox, rows: list[JSON]) -> list[JSON]:
    """The rows of a list, fewer of them when the chassis put the sandbox in the mood."""
    if sandbox.mood == "empty-list":
        return []
    return first_half(rows) if sandbox.mood == "half-page" else rows
