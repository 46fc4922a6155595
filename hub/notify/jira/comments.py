"""Comments: said once below an issue."""

from __future__ import annotations

from connectors import errors
from hub.notify.contract import Delivered, Letter, Note, Remote
from hub.notify.jira.client import JiraClient
from hub.notify.jira.finding import COMMENT_LOOKS, lost_since, wait
from hub.notify.jira.refusals import ANEW
from hub.notify.story import Callout, Line, Paragraph, Story, line, strong

KEPT = line(
    "Somebody has edited this issue's description, so it was left as it is. From the tracking plan it would read:"
)
"""What stands over a text that is told below a person's own."""
NO_TEXT = line("This project's issues have no description, so here is what there is to do:")
"""What stands over it where the screen has no room for it."""

ABOVE_ANEW = "Tell the issue above it in a new one (`hub notifications retry ID --anew` with its id), then retry this."


def add(client: JiraClient, letter: Letter, parent: Remote, note: Note) -> Delivered:
    """Say it below the parent, or find it said already. Raises ToolError."""
    issue = str(parent.get("id") or "")
    since = lost_since(letter)
    found = find(client, issue, letter.key, parent) if since is not None else None
    if found is None:
        if since is not None:
            wait(client.time.now() - since, COMMENT_LOOKS, max(COMMENT_LOOKS))
        note({"sent_at": client.time.now()})
        found = _said(client, issue, letter, parent, note)
    address = client.address(str(parent.get("key") or ""))
    remote = {"id": issue, "key": parent.get("key") or "", "comment": found}
    return Delivered(remote, f"{address}?focusedCommentId={found}" if found else address)


def _said(client: JiraClient, issue: str, letter: Letter, parent: Remote, note: Note) -> str:
    body = client.format.write(entitled(letter.story), client.settings.people)
    try:
        return client.comment(issue, body, letter.key)
    except errors.NotFound as problem:
        note({})
        raise gone(client, parent, problem, ABOVE_ANEW) from None
    except errors.ToolError as problem:
        if problem.verdict != "read":
            note({})
        raise


def entitled(story: Story) -> Story:
    """A comment has no title of its own: it is its first line."""
    title = Paragraph(line=line(strong(story.title)))
    return story.model_copy(update={"lead": (title, *story.lead)}) if story.title.strip() else story


def find(client: JiraClient, issue: str, key: str, parent: Remote) -> str | None:
    """The comment of this key below the issue. Raises NotFound when the issue is gone."""
    try:
        return client.find_comment(issue, key)
    except errors.NotFound as problem:
        raise gone(client, parent, problem, ABOVE_ANEW) from None


def tell_below(client: JiraClient, issue: str, key: str, story: Story, why: Line) -> None:
    """Tell the story below an issue whose description cannot tell it, once, however often it is asked for."""
    if client.find_comment(issue, key) is None:
        told = story.model_copy(update={"lead": (Callout(tone="neutral", line=why), *story.lead)})
        client.comment(issue, client.format.write(told, client.settings.people), key)


def gone(client: JiraClient, remote: Remote, problem: errors.ToolError, hint: str = ANEW) -> errors.ToolError:
    """The error for an issue that is not there any more. Raises Unauthorized when it is only hidden from a stranger."""
    client.account()
    name = remote.get("key") or remote.get("id")
    return errors.NotFound(
        f"issue {name} was deleted, or is hidden from the account",
        hint=hint,
        place=problem.place,
        status=problem.status,
    )
