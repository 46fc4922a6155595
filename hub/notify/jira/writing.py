"""What a letter says in Jira: summary, text and mark of an issue, and the request that creates it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hub.notify.jira.formats import Format
from hub.notify.jira.marks import PROPERTY, Mark, digest, label_of
from hub.notify.jira.settings import JiraSettings
from hub.notify.jira.texts import flat, shortened
from hub.notify.story import Story
from mappings.canonical.kinds import JSON

SUMMARY = 255
"""Units that a summary may have (apis/jira.md section 2)."""
LABEL = 255
UNTOLD = "untold"
"""In place of a content hash."""
NO_TITLE = "News of the tracking plan"
OPTIONAL = ("labels", "assignee", "parent", "description")
"""Fields that an issue is created without where they are not on the project's screen."""
DROPPABLE = frozenset({"labels", "assignee", "parent"})
"""Fields that it is created without when Jira refuses what they hold. Not the text: that would be no issue at all."""


@dataclass(frozen=True, slots=True)
class Text:
    """What an issue is to say now."""

    summary: str
    """With a suffix, where there has to be one."""
    body: JSON
    content_hash: str
    body_hash: str

    def mark(self, key: str, *, told: bool = True) -> Mark:
        """The mark of an issue that says all this, or (not `told`) has yet to say it."""
        return Mark(key, self.content_hash if told else UNTOLD, self.body_hash, self.summary)


def text_of(story: Story, format_: Format, settings: JiraSettings) -> Text:
    """The story as an issue's text."""
    summary, body = summary_of(story.title), format_.write(story, settings.people)
    return Text(summary, body, digest([summary, body]), format_.hash(body))


def summary_of(title: str, suffix: str = "") -> str:
    """The title on one line of at most 255 units, the suffix included."""
    words = flat(title).strip() or NO_TITLE
    return shortened(words, SUMMARY - len(suffix)) + suffix


def labels_of(settings: JiraSettings, story: Story, key: str) -> list[str]:
    """The destination's labels, the story's, and the one that finds the issue again; without spaces, each once."""
    return list(dict.fromkeys([*map(_label, _spoken((*settings.labels, *story.labels))), label_of(key)]))


def _spoken(words: Iterable[str]) -> list[str]:
    return [one for word in words if (one := flat(word).strip())]


def _label(words: str) -> str:
    """A label: white space is refused (apis/jira.md section 2)."""
    return shortened(re.sub(r"\s+", "-", words), LABEL)


def creation(
    text: Text,
    story: Story,
    key: str,
    format_: Format,
    settings: JiraSettings,
    *,
    issue_type: str = "",
    without: frozenset[str] = frozenset(),
) -> dict[str, JSON]:
    """The request that creates the issue, mark included, `without` some of the optional fields.

    `issue_type` is the type's name as Jira spells it, "" where it was not asked.
    """
    owner = settings.people.get(story.mentions[0]) if len(story.mentions) == 1 else None
    optional: dict[str, JSON] = {
        "labels": labels_of(settings, story, key),
        "assignee": {format_.person: owner} if owner else None,
        "parent": {"key": settings.parent} if settings.parent else None,
        "description": text.body,
    }
    fields = {
        **settings.fields,
        "project": {"key": settings.project},
        "issuetype": {"name": issue_type or settings.issue_type},
        "summary": text.summary,
        **{name: value for name, value in optional.items() if value is not None and name not in without},
    }
    mark = text.mark(key, told="description" not in without)
    return {"fields": fields, "properties": [{"key": PROPERTY, "value": mark.value}]}
