"""How often a client may ask: token buckets and windows, and the headers that tell of them (apis/jira.md section 2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.sandbox import Clock, Request, Response, Window

Route = tuple[str, str]
"""Method and shape of the path."""

BY_METHOD: Mapping[str, int] = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
EXCEPTIONS: Mapping[Route, int] = {
    ("GET", "issue/{issue}"): 150,
    ("GET", "user"): 150,
    ("POST", "search/approximate-count"): 150,
}
WRITES_PER_ISSUE = ((20, 2), (100, 30))
"""Writes on one issue: at most so many in so many seconds."""
NEAR = 0.2
"""The share of a limit below which the vendor warns; the share itself is a guess."""


@dataclass(slots=True)
class Bucket:
    """A token bucket: `size` tokens, refilled at `rate` a second."""

    size: float
    rate: float
    at: float
    tokens: float

    @classmethod
    def full(cls, size: float, rate: float, now: float) -> Bucket:
        return cls(size, rate, now, size)

    def take(self, now: float) -> float:
        """0 and a token less, or the seconds until there is one."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.rate


class CloudLimits:
    """Per endpoint and method, and per issue that is written to. API tokens know no hourly points."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[Route, Bucket] = {}
        self._writes: dict[str, tuple[Window, ...]] = {}

    def check(self, request: Request, shape: str, issue: str | None) -> tuple[Mapping[str, str], str]:
        """Headers for the answer and, when it must be a 429, the reason."""
        now = self._clock()
        route = (request.method, shape)
        limit = EXCEPTIONS.get(route, BY_METHOD.get(request.method, 100))
        bucket = self._buckets.setdefault(route, Bucket.full(limit, limit, now))
        if wait := bucket.take(now):
            return _refused(limit, now, wait, "jira-burst-based"), "jira-burst-based"
        if issue is not None and request.method != "GET":
            windows = self._writes.setdefault(issue, tuple(Window(*one) for one in WRITES_PER_ISSUE))
            full = next((one for one in windows if one.used(now) + 1 > one.limit), None)
            if full is not None:
                reason = "jira-per-issue-on-write"
                return _refused(int(full.limit), now, full.take(now), reason), reason
            for window in windows:
                window.take(now)
        left = int(bucket.tokens)
        return {**_counts(limit, left), "X-RateLimit-NearLimit": str(left < limit * NEAR).lower()}, ""


def _counts(limit: int, left: int) -> dict[str, str]:
    return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(left)}


def _refused(limit: int, now: float, wait: float, reason: str) -> dict[str, str]:
    seconds = math.ceil(wait)
    reset = datetime.fromtimestamp(now + seconds, UTC).strftime("%Y-%m-%dT%H:%MZ")
    return {
        **_counts(limit, 0),
        "Retry-After": str(seconds),
        "X-RateLimit-Reset": reset,
        "X-RateLimit-NearLimit": "true",
        "RateLimit-Reason": reason,
    }


class ServerLimits:
    """One bucket per user on the node; an administrator turns it on. Its headers stand on every answer then."""

    INTERVAL = 1

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, int], Bucket] = {}

    def check(self, user: str, rate: int) -> tuple[Mapping[str, str], bool]:
        """Headers for the answer, and whether it must be a 429."""
        now = self._clock()
        bucket = self._buckets.setdefault((user, rate), Bucket.full(rate, rate / self.INTERVAL, now))
        wait = bucket.take(now)
        headers = {
            **_counts(rate, int(bucket.tokens)),
            "X-RateLimit-FillRate": str(rate),
            "X-RateLimit-Interval-Seconds": str(self.INTERVAL),
            "Retry-After": str(math.ceil(wait)),
        }
        return headers, wait > 0


def server_refusal(request: Request, headers: Mapping[str, str]) -> Response:
    """JSON only for a client that says it takes JSON, else a page."""
    if "application/json" in request.headers.get("accept", ""):
        return Response.json(429, {"message": "Rate limit exceeded."}, headers)
    page = "<!doctype html><title>Too many requests</title><h1>Rate limit exceeded.</h1>"
    return Response(429, page.encode(), {"content-type": "text/html;charset=UTF-8", **headers})
