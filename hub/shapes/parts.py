"""Parts that several shapes share. A key that may be missing is `NotRequired`; a shape has no other keys."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

closed = with_config(ConfigDict(extra="forbid"))
"""For a shape: the HTTP API refuses to answer with a key that its description does not have."""


@closed
class Finding(TypedDict):
    """Something that a rule or a tool has to say about a place in a plan."""

    severity: Literal["error", "warning", "info"]
    effect: str
    code: str
    path: list[str]
    message: str
    hint: str


@closed
class Violation(TypedDict):
    """A guard that stops a publish, with its numbers."""

    guard: str
    target: str
    message: str
    hint: str
    numbers: dict[str, float]


@closed
class Forecast(TypedDict):
    """What writing and reading back costs: requests, seconds, and the share of the window that is used most."""

    calls: int
    writes: int
    seconds: float
    share: float
    window: str


@closed
class Field(TypedDict):
    """One field of a write; null where there is nothing."""

    field: str
    before: Any
    after: Any


@closed
class Operation(TypedDict):
    """One write to a tool."""

    id: str
    verb: Literal["create", "update", "rename", "hide", "delete"]
    address: str
    about: list[str]
    fields: list[Field]


@closed
class Edit(TypedDict):
    """A value that somebody changed in a tool; a side that has no value has no key."""

    path: list[str]
    verdict: Literal["restore", "keep", "propose", "conflict"]
    policy: str
    base: NotRequired[Any]
    ours: NotRequired[Any]
    theirs: NotRequired[Any]


@closed
class Unread(TypedDict):
    """Something that could not be read, and why."""

    address: str
    why: str


@closed
class Change(TypedDict):
    """One field of a plan or a dictionary, before and after; null where it is absent."""

    path: list[str]
    before: Any
    after: Any
