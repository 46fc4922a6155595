"""An issue's way through its workflow, and what may go wrong beside the text without stopping it."""

from __future__ import annotations

from collections.abc import Callable

from connectors import errors
from hub.notify.jira.client import Issue, JiraClient, Transition
from hub.notify.story import Story
from mappings.canonical.kinds import JSON

DAY = 86_400.0
REOPENED = ("new", "indeterminate")
"""Categories that a reopened issue may land in, the best first."""
DONE = {"name": "Done"}
"""The resolution, where a workflow insists on one (apis/jira.md section 3); a reopened issue has none (6.6)."""


def reopen(client: JiraClient, issue: Issue) -> bool:
    """Open a closed issue again; False when it is closed for too long, or its workflow has no way back."""
    age = client.time.now() - issue.closed_at if issue.closed_at is not None else 0.0
    if age > client.settings.reopen_days * DAY:
        return False
    ways = [way for way in client.transitions(issue.id) if way.category in REOPENED]
    if not ways:
        return False
    way = min(ways, key=lambda one: REOPENED.index(one.category))
    return not tried(lambda: _take(client, issue, way, None), "closed")


def _take(client: JiraClient, issue: Issue, way: Transition, resolution: JSON) -> None:
    """Take the way; where the workflow wants something said about the resolution, once more with this one."""
    try:
        client.take(issue.id, way)
    except errors.Invalid as refusal:
        if "resolution" not in refusal.message.lower():
            raise
        client.take(issue.id, way, {"resolution": resolution})


def finish(client: JiraClient, issue: Issue, story: Story) -> str:
    """Move the issue on when what it asks for is done; what a person should know about it, or ""."""
    wanted = client.settings.when_done.casefold()
    if not story.done or not wanted or issue.closed or issue.status.casefold() == wanted:
        return ""
    ways = client.transitions(issue.id)
    way = next((one for one in ways if wanted in (one.name.casefold(), one.to.casefold())), None)
    if way is None:
        return f"The issue stays in {issue.status!r}: no transition from there leads to {client.settings.when_done!r}."
    return tried(lambda: _take(client, issue, way, DONE), f"the issue stays in {issue.status!r}")


def tried(act: Callable[[], None], otherwise: str) -> str:
    """Do something that the issue can be without: "" when it is done, else what stays undone, and why.

    Raises the ToolErrors that would have stopped any other request as well, or that time heals.
    """
    try:
        act()
    except (errors.Invalid, errors.NotFound, errors.NotEntitled, errors.TooLarge, errors.Misconfigured) as problem:
        return f"{otherwise[:1].upper()}{otherwise[1:]}: {problem.message}."
    return ""
