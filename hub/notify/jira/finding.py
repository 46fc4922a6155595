"""Looking for what an earlier attempt may have made: before a second one makes it twice (apis/jira.md section 5)."""

from __future__ import annotations

from collections.abc import Iterable

from connectors import errors
from hub.notify.contract import Letter
from hub.notify.jira.client import Issue, JiraClient

LOOKS = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0)
"""Seconds after a lost answer at which the search is asked again: it lags."""
COMMENT_LOOKS = (2.0,)
"""The same for comments, which are read from the database: only the lost request itself may still be under way."""


def lost_since(letter: Letter) -> float | None:
    """When the last attempt that nobody knows the end of was made; None when there was none."""
    sent = letter.memo.get("sent_at")
    known = [moment for moment in (letter.first_sent, sent) if isinstance(moment, int | float)]
    return max(known, default=None)


def find_issue(client: JiraClient, key: str, letter: Letter, since: float | None) -> Issue | None:
    """The issue of this key; None when it is certain that there is none.

    Raises UnknownOutcome, with the time of the next look, as long as the search may not know it yet.
    """
    client.account()
    found = probe(client, key, letter.memo.get("newest")) if since is not None else None
    found = found or best(client.marked(key), key)
    if found is None and since is not None:
        wait(client.time.now() - since, LOOKS, client.settings.grace)
    return found


def probe(client: JiraClient, key: str, newest: object) -> Issue | None:
    """The issue among those that came after the newest one known before the attempt."""
    return best(client.behind(newest), key) if isinstance(newest, int) else None


def best(issues: Iterable[Issue], key: str) -> Issue | None:
    """The one that tells what this key stands for: rather one with our property, which a clone lacks; the oldest."""
    ours = [issue for issue in issues if issue.is_of(key)]
    return min(ours, key=lambda issue: (issue.mark is None, int(issue.id) if issue.id.isdigit() else 0), default=None)


def wait(passed: float, looks: tuple[float, ...], grace: float) -> None:
    """Raises UnknownOutcome until the grace is over. `passed`: seconds since the attempt."""
    if passed >= grace:
        return
    look = next((one for one in looks if passed < one < grace), grace)
    raise errors.UnknownOutcome(
        "the answer to the last attempt was lost, and what it made has not been found yet", retry_after=look - passed
    )
