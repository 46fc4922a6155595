"""How Iglu Server reads requests and spells answers (apis/snowplow.md section 3.0)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from connectors.sandbox import Request, Response

JSON = Any
Capture = Callable[[str], JSON]
Pattern = tuple[str, ...]
"""Path segments below a service: literal text, or `{name}` for a captured one."""

MALFORMED = "The request body was malformed."
INVALID = "The request body was invalid."
_INTEGER = re.compile(r"[+-]?[0-9]+")


class Refusal(Exception):
    """An answer that is not 2xx. A text becomes `{"message": text}`, as the server wraps every 4xx; None is no body."""

    def __init__(self, status: int, body: str | dict[str, JSON] | None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = {"message": body} if isinstance(body, str) else body

    def as_response(self) -> Response:
        return Response(self.status) if self.body is None else answer(self.status, self.body)


def answer(status: int, value: JSON) -> Response:
    """Compact JSON; a lone surrogate becomes `?`, as in the vendor's UTF-8 encoder."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(status, text.encode("utf-8", "replace"), {"content-type": "application/json"})


def find_route(
    routes: Mapping[Pattern, Mapping[str, str]], captures: Mapping[str, Capture], method: str, segments: Sequence[str]
) -> tuple[str, dict[str, JSON]]:
    """The handler's name and the captured values.

    Patterns are tried in order. A capture that cannot be read fails the pattern even when the path is longer than
    it, which is how a trailing slash turns into "Invalid number format". The last failure is the one reported.
    """
    failure = Refusal(404, "")
    for pattern, methods in routes.items():
        try:
            captured = _match(pattern, captures, segments)
        except Refusal as refusal:
            failure = refusal
            continue
        if captured is None:
            continue
        if method in methods:
            return methods[method], captured
        failure = Refusal(405, f"{method} not allowed. Defined methods: {', '.join(sorted(methods))}\n")
    raise failure


def _match(pattern: Pattern, captures: Mapping[str, Capture], segments: Sequence[str]) -> dict[str, JSON] | None:
    captured: dict[str, JSON] = {}
    for expected, segment in zip(pattern, segments, strict=False):
        if not expected.startswith("{"):
            if expected != segment:
                return None
            continue
        name = expected[1:-1]
        captured[name] = captures[name](segment) if name in captures else segment
    return captured if len(pattern) == len(segments) else None


def read_integer(text: str) -> int:
    """A 32-bit path number, as Java reads it. Raises Refusal 400."""
    if _INTEGER.fullmatch(text) and -(2**31) <= int(text) < 2**31:
        return int(text)
    raise Refusal(400, f"Invalid number format: '{text}'")


def read_natural(text: str) -> int:
    """A path number of zero or more. Raises Refusal 400."""
    number = read_integer(text)
    if number < 0:
        raise Refusal(400, f"Invalid number format: '{text}'")
    return number


def read_flag(request: Request, name: str) -> bool:
    """A boolean query parameter, false when absent; only lower-case words pass. Raises Refusal 400."""
    text = request.param(name)
    if text not in (None, "true", "false"):
        raise Refusal(400, f"Invalid boolean format: '{text}'")
    return text == "true"


def read_body(request: Request, *, most_bytes: int, most_levels: int) -> JSON:
    """The body as JSON whatever its content type says. Raises Refusal 413, 400, 422, in this order of checks."""
    if len(request.body) > most_bytes:
        raise Refusal(413, "The payload is too large")
    try:
        value = _without_surrogates(_parse(request.body))
    except RecursionError:
        raise Refusal(422, INVALID) from None
    except ValueError:
        raise Refusal(400, MALFORMED) from None
    if count_levels(value, most_levels + 1) > most_levels:
        raise Refusal(422, INVALID)
    return value


def count_levels(value: JSON, enough: int) -> int:
    """Nesting with the root as level 1, scalars counted; stops looking below level `enough`."""
    if enough <= 1 or not isinstance(value, dict | list) or not value:
        return 1
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(count_levels(one, enough - 1) for one in inner)


def _parse(body: bytes) -> JSON:
    return json.loads(body.decode("utf-8"), parse_constant=_refuse_number, parse_float=_read_float)


def _read_float(text: str) -> float:
    number = float(text)
    # A number beyond a double has no spelling we could give back.
    return number if math.isfinite(number) else _refuse_number(text)


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _without_surrogates(value: JSON) -> JSON:
    text = json.dumps(value, ensure_ascii=False)
    return value if text.isascii() else json.loads(text.encode("utf-8", "replace"))
