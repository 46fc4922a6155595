"""What differs between Cloud v3 and Data Center v2 in the things that are sent (apis/jira.md section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.notify.jira import adf, wiki
from hub.notify.jira.marks import PROPERTY, VERSION, digest, label_of
from hub.notify.story import Story
from mappings.canonical.kinds import JSON


@dataclass(frozen=True, slots=True)
class Format:
    """How one deployment takes texts and people. `rest` is where its API stands below the base URL."""

    title: str
    rest: str
    write: Callable[[Story, Mapping[str, str]], JSON]
    """A story as the text of an issue or a comment; mentions by the people's ids."""
    normal: Callable[[JSON], JSON]
    """A text as it compares, whatever the server adds to it."""
    person: str
    """The key under which a user is named."""
    comment: Callable[[JSON, str], dict[str, JSON]]
    """The request that adds a comment, with a mark of this key in it."""

    def hash(self, body: JSON) -> str:
        """What a text is compared by."""
        return digest(self.normal(body))


def _with_property(body: JSON, key: str) -> dict[str, JSON]:
    return {"body": body, "properties": [{"key": PROPERTY, "value": {"v": VERSION, "dedupe_key": key}}]}


def _with_line(body: JSON, key: str) -> dict[str, JSON]:
    return {"body": f"{body}\n\n{label_of(key)}"}


CLOUD = Format("Jira Cloud", "/rest/api/3", adf.to_adf, adf.normal, "id", _with_property)
SERVER = Format("Jira Data Center", "/rest/api/2", wiki.to_wiki, wiki.normal, "name", _with_line)


def likely_format(cloud: bool) -> Format:
    """The format of a deployment that was not asked yet."""
    return CLOUD if cloud else SERVER
