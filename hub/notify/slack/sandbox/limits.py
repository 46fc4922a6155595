"""How much the app may ask: a rolling minute per method, a bucket of posts per channel (apis/slack.md section 2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.sandbox import Window
from hub.notify.slack.sandbox.state import JSON, Refusal

MINUTE = 60.0
TIERS: Mapping[str, int] = {"2": 20, "3": 50, "4": 100}
"""Tier → calls in any minute, per method. What is "special" has a switch."""

RESTRICTED = frozenset({"conversations.history", "conversations.replies"})
RESTRICTED_ROWS = 15
"""For commercially distributed apps outside the Marketplace: one such call a minute, so many rows each."""


@dataclass(slots=True)
class Bucket:
    """Holds at most a burst of posts and gains one each second."""

    level: float
    at: float

    def take(self, now: float, most: float) -> float:
        """Takes one; returns 0, or the seconds until there is one."""
        self.level = min(most, self.level + max(0.0, now - self.at))
        self.at = now
        if self.level < 1:
            return 1 - self.level
        self.level -= 1
        return 0.0


class Limits:
    """Counts in memory only: a loaded state starts with fresh windows."""

    def __init__(self, switches: Mapping[str, JSON]) -> None:
        self._switches = switches
        self._windows: dict[str, Window] = {}
        self._buckets: dict[str, Bucket] = {}

    def count_call(self, method: str, tier: str, now: float) -> None:
        """Raises Refusal with status 429 when the method was called too often in the last minute."""
        if self._switches["limits"] == "off":
            return
        most = TIERS.get(tier, self._switches["special_per_minute"])
        if method in RESTRICTED and self._switches["history_tier"] == "restricted":
            most = 1
        if wait := self._window(method, most).take(now):
            raise over_limit(wait)

    def count_post(self, channel: str, now: float) -> None:
        """One more message in a channel, by whichever road. Raises Refusal as `count_call`, or with `rate_limited`."""
        if self._switches["limits"] == "off":
            return
        burst = self._switches["burst"]
        bucket = self._buckets.setdefault(channel, Bucket(burst, now))
        wait = bucket.take(now, burst) or self._window("posts", self._switches["workspace_per_minute"]).take(now)
        if wait and self._switches["post_overrun"] == "word":
            raise Refusal("rate_limited")
        if wait:
            raise over_limit(wait)

    def _window(self, name: str, most: int) -> Window:
        window = self._windows.setdefault(name, Window(most, MINUTE))
        window.limit = most
        return window


def over_limit(wait: float) -> Refusal:
    return Refusal("ratelimited", status=429, headers={"Retry-After": str(max(1, math.ceil(wait)))})
