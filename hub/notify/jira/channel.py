"""Jira as a channel: a `put` is an issue, an `add` a comment below it."""

from __future__ import annotations

from connectors import errors
from connectors.contract import Wiring
from hub.notify.contract import Delivered, Letter, Note
from hub.notify.jira import comments, issues
from hub.notify.jira.client import JiraClient, open_site
from hub.notify.jira.formats import likely_format
from hub.notify.jira.settings import JiraSettings
from hub.notify.jira.writing import creation, text_of
from mappings.canonical.kinds import JSON

MOMENT = 2.0
"""Seconds after which an issue that somebody else was changing is read again."""


class JiraChannel:
    """A connection to one project. Which deployment it is, is asked at the first use and remembered."""

    def __init__(self, settings: JiraSettings, wiring: Wiring) -> None:
        self._settings = settings
        self._wiring = wiring
        self._opened: JiraClient | None = None

    @property
    def _client(self) -> JiraClient:
        if self._opened is None:
            self._opened = open_site(self._settings, self._wiring)
        return self._opened

    def whoami(self) -> str:
        account, screen = self._client.account(), self._client.screen()
        screen.check(self._settings)
        return (
            f"{account} on {self._client.format.title} at {self._settings.base_url}, "
            f"project {self._settings.project}, issue type {screen.issue_type}"
        )

    def deliver(self, letter: Letter, note: Note) -> Delivered:
        """Make the issue, edit it, or comment below it; see `Channel.deliver`."""
        try:
            return self._deliver(letter, note)
        except errors.Conflict as problem:
            raise errors.Unavailable(
                problem.message, place=problem.place, status=problem.status, retry_after=MOMENT
            ) from None

    def _deliver(self, letter: Letter, note: Note) -> Delivered:
        if letter.verb == "put":
            return issues.put(self._client, letter, note)
        if letter.remote:
            return Delivered(letter.remote, self._client.address(str(letter.remote.get("key") or "")))
        if letter.parent:
            return comments.add(self._client, letter, letter.parent, note)
        return issues.put(self._client, letter, note)

    def close(self) -> None:
        if self._opened:
            self._opened.close()


def render(letter: Letter, settings: JiraSettings) -> JSON:
    """The request that `deliver` would send, as far as that is known without asking Jira."""
    format_ = likely_format(settings.likely_cloud)
    if letter.verb == "add" and letter.parent:
        return format_.comment(format_.write(comments.entitled(letter.story), settings.people), letter.key)
    text = text_of(letter.story, format_, settings)
    return creation(text, letter.story, letter.key, format_, settings)
