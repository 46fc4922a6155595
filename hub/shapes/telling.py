"""What people were told, and how the destinations are doing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal, cast

from typing_extensions import TypedDict

from hub.shapes.parts import closed
from hub.store.outbox import Message, MessageState


@closed
class MessageShape(TypedDict):
    """One message to one destination as it stands."""

    id: int
    destination: str
    key: str
    verb: Literal["put", "add"]
    parent: str
    state: MessageState
    remote: dict[str, Any] | None
    url: str
    attempts: int
    created: float
    due: float
    first_sent: float | None
    confirmed: float | None
    reason: str
    hint: str


def message_data(one: Message) -> MessageShape:
    """The shape of one of `hub notifications --json`."""
    hidden = ("story", "told", "memo")
    return cast(MessageShape, {name: value for name, value in asdict(one).items() if name not in hidden})
