"""Who is mentioned: owners as the plan writes them, and their member ids in Slack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors import errors
from hub.notify.slack.blocks import MOST_PEOPLE
from hub.notify.slack.client import SlackClient


class Members:
    """Finds member ids: in the settings, else by the e-mail address that an owner is. Remembers what it asked."""

    def __init__(self, people: Mapping[str, str], client: SlackClient) -> None:
        self._known = dict(people)
        self._client = client
        self._may_ask = True

    def of(self, owners: Sequence[str]) -> dict[str, str]:
        """The ids of those of the first owners who are known. Raises ToolError; nobody knowing them is none."""
        found = {owner: self._id(owner) for owner in list(dict.fromkeys(owners))[:MOST_PEOPLE]}
        return {owner: id_ for owner, id_ in found.items() if id_}

    def _id(self, owner: str) -> str:
        if owner not in self._known:
            self._known[owner] = self._asked(owner) if "@" in owner.strip("@") else ""
        return self._known[owner]

    def _asked(self, email: str) -> str:
        """ "" also where the app may not look people up: a name instead of a mention is no reason to tell nothing."""
        if not self._may_ask:
            return ""
        try:
            return self._client.member(email)
        except errors.NotEntitled:
            self._may_ask = False
        except (errors.NotFound, errors.Invalid):
            pass
        return ""
