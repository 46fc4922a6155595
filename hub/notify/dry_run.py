"""The dry run: what each destination would be told of a happening that somebody wrote down. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.changes.happening import Happening, HappeningKind
from hub.config import explain
from hub.errors import Problems, Refusal
from hub.notify.contract import Letter
from hub.notify.desk import Desk
from hub.notify.destinations import Destination
from hub.notify.matters import matter_of
from hub.notify.routing import Told, could_show, tell
from hub.notify.rules import When, rule_for
from hub.notify.story import Story
from hub.store.outbox import Outbox
from mappings.canonical.kinds import JSON

Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Written(_Strict):
    """A happening as a person writes it down."""

    kind: HappeningKind
    plan: str
    subject: str
    id: int = 0
    at: float = 0.0
    data: dict[str, Any] = Field(default_factory=dict)


class _Field(_Strict):
    path: list[str]
    since: float
    new: bool = False


class _Drift(_Strict):
    """The facts of drift."""

    target: str
    count: int
    fields: list[_Field] = Field(default_factory=list)


class _Tug(_Strict):
    """The facts of a tug-of-war."""

    target: str
    path: list[str]
    pattern: str = ""


FACTS: Mapping[str, type[BaseModel]] = {"drift": _Drift, "tug-of-war": _Tug}
"""What `data` has to hold, by the family of the kind; of the others everything is read from the store."""


def read_happening(given: JSON, file: Path) -> Happening:
    """A happening from the content of a file. Raises Refusal, or Problems with all that is wrong with it."""
    if not isinstance(given, dict):
        raise Refusal("that is no happening", place=str(file), hint=HINT)
    written = _checked(_Written, given, str(file))
    family = written.kind.partition(".")[0]
    if family == "proposal" and not re.fullmatch("[0-9]{1,18}", written.subject):
        hint = "`hub proposals --all` lists them"
        raise Refusal("a proposal goes by its number", place=f"{file} subject", hint=hint)
    facts = FACTS.get(family)
    data = _checked(facts, written.data, f"{file} data").model_dump() if facts is not None else written.data
    return Happening(written.id, written.kind, written.plan, written.subject, written.at, data)


def _checked(model: type[Model], given: JSON, place: str) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Problems("that is no happening", explain(error, place, model), hint=HINT) from None


HINT = 'docs/operations.md shows one: {"kind": "publish.finished", "plan": NAME, "subject": PUBLICATION}'


@dataclass(frozen=True, slots=True)
class Draft:
    """One message that nobody gets. `message` is the body of its request."""

    destination: str
    key: str
    deliver: When
    story: Story
    message: JSON


def drafts(outbox: Outbox, desk: Desk, happening: Happening, destination: Destination) -> list[Draft]:
    """What this destination would be told; nothing where its rules are silent."""
    rule = rule_for(destination.rules, matter_of(desk, happening))
    if rule is None:
        return []
    return [
        Draft(
            destination.name,
            one.key,
            rule.deliver,
            one.story,
            destination.kind.render(_letter(outbox, destination, one), destination.settings),
        )
        for one in tell(desk, outbox, happening, destination, rule)
        if could_show(destination, one)
    ]


def _letter(outbox: Outbox, destination: Destination, one: Told) -> Letter:
    """A first delivery. What belongs below something does so before that is there."""
    known = outbox.story(destination.name, one.parent) if one.parent else None
    there = known[0].remote if known is not None else None
    parent = (there or {"key": one.parent}) if one.parent else None
    return Letter(one.key, "add" if one.aside else "put", one.story, parent=parent)
