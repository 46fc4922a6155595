"""What is sent to change a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from hub.changes import editing
from hub.changes.editing import Edit
from hub.web.api.bodies import Body, PlanInBody


class ToOpen(Body):
    """Which plan is to be changed, and what the draft is called."""

    plan: PlanInBody
    title: str = Field(default="", max_length=200, examples=["Words for the spring campaign"])


class ToSay(Body):
    """A comment, on a place in the plan or on the whole."""

    text: str = Field(min_length=1, max_length=10_000, examples=["Is this still sent?"])
    path: list[str] = Field(default_factory=list, max_length=50, examples=[["events", "Ferry Left"]])


class ToPut(Body):
    """An event as a plan file has it; all that it does not say is taken away."""

    content: dict[str, Any] = Field(examples=[{"description": "Somebody went aboard."}])


Place = Annotated[
    list[str],
    Field(min_length=2, max_length=50, examples=[["events", "Ferry Left"]], description="Path of a thing in the plan."),
]
Fields = Annotated[
    dict[str, Any],
    Field(description="Fields as a plan file has them; null takes one away.", examples=[{"description": "It left."}]),
]


class ToCreate(Body):
    """A new thing."""

    do: Literal["create"]
    place: Place
    fields: Fields = Field(default_factory=dict)


class ToChange(Body):
    """Other values for some fields."""

    do: Literal["change"]
    place: Place
    fields: Fields


class ToRename(Body):
    """Another name for the same thing."""

    do: Literal["rename"]
    place: Place
    to: str = Field(min_length=1, max_length=500, examples=["Ferry Departed"])


class ToRemove(Body):
    """Off the list, with a tombstone that says why."""

    do: Literal["remove"]
    place: Place
    reason: str = Field(min_length=1, max_length=2000, examples=["Never sent."])


class ToMark(Body):
    """Deprecate a thing, put it in use again, or put an event back as the plan had it."""

    do: Literal["deprecate", "restore", "revert"]
    place: Place


class ToEdit(Body):
    """Edits, one after the other, as one revision: all of them or none."""

    edits: list[Annotated[ToCreate | ToChange | ToRename | ToRemove | ToMark, Field(discriminator="do")]] = Field(
        min_length=1, max_length=200
    )


def edit_of(said: ToCreate | ToChange | ToRename | ToRemove | ToMark) -> Edit:
    """What was sent as an edit of a draft."""
    place = tuple(said.place)
    match said:
        case ToCreate():
            return editing.Create(place, said.fields)
        case ToChange():
            return editing.Change(place, said.fields)
        case ToRename():
            return editing.Rename(place, said.to)
        case ToRemove():
            return editing.Remove(place, said.reason, datetime.now(UTC).date().isoformat())
        case ToMark():
            return _MARKS[said.do](place)


_MARKS: Mapping[str, Callable[[tuple[str, ...]], Edit]] = {
    "deprecate": editing.Deprecate,
    "restore": editing.Restore,
    "revert": editing.Revert,
}
