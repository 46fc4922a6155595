"""What Slack lets an app ask, as windows (apis/slack.md section 2): per method and workspace, posts per channel too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.contract import Window
from hub.notify.slack.settings import SlackSettings

POST = "chat.postMessage"
UPDATE = "chat.update"
HISTORY = "conversations.history"
REPLIES = "conversations.replies"
PERMALINK = "chat.getPermalink"
LOOKUP = "users.lookupByEmail"
WHO = "auth.test"

_METHODS: Mapping[str, tuple[float, float]] = {
    POST: (3, 1),  # "several hundred a minute" for a whole workspace
    UPDATE: (50, 60),
    HISTORY: (50, 60),
    REPLIES: (50, 60),
    LOOKUP: (50, 60),
    PERMALINK: (50, 60),  # "special": the tier of the others, for want of a figure
}
"""(calls, seconds). `auth.test` is asked once per connection and not counted."""


def windows(settings: SlackSettings) -> Sequence[Window]:
    """A channel takes a message a second by any road; bursts are not promised."""
    if settings.webhook_url is not None:
        return (Window(posts_to(settings.channel), 1, 1),)
    return (
        Window(posts_to(settings.channel), 1, 1),
        *(Window(name, limit, seconds) for name, (limit, seconds) in _METHODS.items()),
    )


def posts_to(channel: str | None) -> str:
    """The window of one channel; a webhook has only the one it was made for."""
    return f"posts to {channel or 'the channel of the webhook'}"


def units(method: str, channel: str | None = None) -> dict[str, float]:
    """What one call costs; a post counts for its channel too."""
    counted = {method: 1.0} if method in _METHODS else {}
    return {**counted, posts_to(channel): 1.0} if method == POST else counted
