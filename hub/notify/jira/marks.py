"""What an issue or a comment is found again by: a label, a suffix where labels are not allowed, and a property.

Jira has no idempotency key (apis/jira.md section 5). The label and the suffix find an issue, the entity property says
for certain which letter it is, what we last wrote, and so whether a person has changed it since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from mappings.canonical.kinds import JSON

PROPERTY = "hub.trackingplan"
VERSION = 1
SHORT_MARK = 8
"""Hex digits of the mark within a summary, which people read."""


def digest(value: JSON) -> str:
    """Forty hex digits that stand for a JSON value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def label_of(key: str) -> str:
    """The label of everything that is told under this key."""
    return f"tph-{hashlib.sha1(key.encode('utf-8', 'surrogatepass'), usedforsecurity=False).hexdigest()}"


def word_of(key: str) -> str:
    """The label's beginning, as a word in a summary."""
    return label_of(key)[: len("tph-") + SHORT_MARK]


def suffix_of(key: str) -> str:
    """The end of the summary where a project's screen has no labels."""
    return f" [{word_of(key)}]"


@dataclass(frozen=True, slots=True)
class Mark:
    """The property's value: the letter's key, and what we last wrote."""

    key: str
    content_hash: str
    """Of title and text, as we would write them without a suffix."""
    body_hash: str
    """Of the text as we last sent it, in its normal form."""
    summary: str
    """As we last sent it."""

    @property
    def value(self) -> dict[str, JSON]:
        """The mark as JSON."""
        return {
            "v": VERSION,
            "dedupe_key": self.key,
            "content_hash": self.content_hash,
            "body_hash": self.body_hash,
            "summary": self.summary,
        }


def mark_of(value: JSON) -> Mark | None:
    """The mark that a property or a remote holds; None when it is none of ours, or not a whole one."""
    if not isinstance(value, Mapping):
        return None
    key, content, body, summary = (value.get(name) for name in ("dedupe_key", "content_hash", "body_hash", "summary"))
    return Mark(str(key), str(content), str(body or ""), str(summary or "")) if key and content else None
