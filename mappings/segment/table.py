"""Which field of a plan stands where in a rule, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mappings.canonical.kinds import JSON
from mappings.canonical.plan import Event

RULE_TYPES: Mapping[str, str] = {"track": "TRACK", "page": "PAGE", "screen": "SCREEN"}
"""Kind of event → type of rule (apis/segment.md section 4.2); an entity has none."""

EVENT_KINDS = {kind: event for event, kind in RULE_TYPES.items()}

SECTIONS: Mapping[str, str] = dict.fromkeys(EVENT_KINDS, "properties") | {"IDENTIFY": "traits", "GROUP": "traits"}
"""Type of rule → the part of the message that its properties describe (apis/segment.md section 4.3)."""

GROUP_NAME: Final = "x-group"
"""The keyword at the root of a GROUP rule that keeps the group type's name, for which Segment has no place."""

NAMELESS_GROUP: Final = "group"
"""What the group type of a GROUP rule without `GROUP_NAME` is called."""

CONSENT_KEY: Final = "Segment Consent Preference Updated"
"""The event that Consent Management writes into every plan by itself (apis/segment.md section 5.14)."""


# Labels of an event ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Label:
    """How one field is said in the flat map of text to text that Segment calls labels.

    `write` gives None where the field says nothing; `read` gives None for a text that it does not understand.
    """

    write: Callable[[Any], str | None]
    read: Callable[[str], JSON]


def is_writable(word: str) -> bool:
    """Whether a word survives a list separated by commas."""
    return bool(word) and word == word.strip() and "," not in word


def _join(words: tuple[str, ...]) -> str | None:
    return ", ".join(word for word in words if is_writable(word)) or None


def _split(text: str) -> JSON:
    return sorted({word for part in text.split(",") if (word := part.strip())})


_TEXT = Label(lambda text: text, lambda text: text)
_WORDS = Label(_join, _split)
_STATUS = Label(
    lambda status: None if status == "active" else status,
    {status: status for status in ("planned", "active", "deprecated")}.get,
)
_FLAG = Label({True: "true", False: "false"}.get, {"true": True, "false": False}.get)

LABELS: Mapping[str, Label] = {
    "display_name": _TEXT,
    "category": _TEXT,
    "owners": _WORDS,
    "sources": _WORDS,
    "status": _STATUS,
    "hidden": _FLAG,
}
"""Field of an event → its label, which has the field's name."""

TAG: Final = "tag"
"""The value of a label that is a tag: several values under one key are impossible, so each tag is a key."""


def is_spoken_for(name: str, value: JSON) -> bool:
    """Whether a label is one that this mapping understands."""
    if not isinstance(value, str):
        return False
    return LABELS[name].read(value) is not None if name in LABELS else value == TAG


def read_labels(labels: Mapping[str, JSON]) -> dict[str, JSON]:
    """The fields of an event that its labels state."""
    known = {name: value for name, value in labels.items() if is_spoken_for(name, value)}
    fields = {name: LABELS[name].read(value) for name, value in known.items() if name in LABELS}
    tags = [name for name in known if name not in LABELS]
    return {**fields, **({"tags": tags} if tags else {})}


def foreign_labels(labels: JSON) -> dict[str, JSON]:
    """The labels that this mapping does not understand."""
    if not isinstance(labels, Mapping):
        return {}
    return {name: value for name, value in labels.items() if not is_spoken_for(name, value)}


def write_labels(event: Event, foreign: Mapping[str, JSON]) -> dict[str, JSON]:
    """The labels of an event beside `foreign` ones, which a tag never replaces."""
    fields = ((name, label.write(getattr(event, name))) for name, label in LABELS.items())
    own = {name: text for name, text in fields if text is not None}
    tags = {tag: TAG for tag in event.tags if is_free(tag, foreign)}
    return {**foreign, **own, **tags}


def is_free(tag: str, foreign: Mapping[str, JSON]) -> bool:
    """Whether a tag can be a label of its own."""
    return bool(tag) and tag not in LABELS and tag not in foreign
