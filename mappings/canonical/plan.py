"""The tracking plan as frozen values. Its plain data (`plan.data()`) is exactly what a plan file says in YAML."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from mappings.canonical.kinds import JSON, Frozen, Property, Status, Words, as_tuple

PLAN_FORMAT = 1
"""The version of the plan format that this code reads and writes."""


class Event(Frozen):
    """Something a user or a system does, with what is sent along.

    `kind` is ``track`` for an ordinary event, ``page`` or ``screen`` where a tool has calls of that name, and
    ``entity`` for a Snowplow entity: a set of properties sent along with other events, not an event of its own.
    `extensions` keep, by tool, what only that tool understands, verbatim.
    """

    id: str | None = None
    kind: Literal["track", "page", "screen", "entity"] = "track"
    description: str = ""
    display_name: str | None = None
    category: str | None = None
    owners: Words = ()
    tags: Words = ()
    sources: Words = ()
    status: Status = "active"
    hidden: StrictBool | None = None
    properties: dict[str, Property] = Field(default_factory=dict)
    additional_properties: StrictBool | None = None
    keywords: dict[str, JSON] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    extensions: dict[str, dict[str, JSON]] = Field(default_factory=dict)


class GroupType(Frozen):
    """A kind of group that users belong to (company, team), with its properties."""

    description: str = ""
    properties: dict[str, Property] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)


class Source(Frozen):
    """Where events come from: a web site, an app, a service."""

    description: str = ""


class Category(Frozen):
    """A heading under which events are listed."""

    description: str = ""


class Moved(Frozen):
    """A rename: what was called `from_name` is now called `to_name` and is still the same thing.

    Without `event` it is an event; with `event` (its current name) a property of that event; `scope` names user
    properties or a group's properties instead.
    """

    from_name: str = Field(alias="from")
    to_name: str = Field(alias="to")
    event: str | None = None
    scope: Literal["event", "user", "group"] = "event"
    group: str | None = None


class Removed(Frozen):
    """A tombstone: an explicit deletion. What is merely not listed is unmanaged and never touched."""

    event: str | None = None
    property: str | None = None
    """With `event`: that event's property. Alone: a user property."""
    reason: str
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


Requirements = Annotated[tuple[Literal["description", "owner", "property description"], ...], BeforeValidator(as_tuple)]


class AuthorityRow(Frozen):
    """Who has the last word about a field; the first row that matches holds. See docs/operations.md."""

    policy: Literal["plan", "tool", "propose", "fill-empty", "union", "ignore"]
    field: str = "*"
    """A pattern over field names, such as ``description`` or ``*``."""
    target: str = "*"
    """A pattern over the names of targets."""
    tag: str | None = None
    status: Status | None = None


class Conventions(Frozen):
    """What this plan asks of itself; each violation is a finding of `check`."""

    event_names: str | None = None
    """A style (``Title Case``, ``snake_case``, ``camelCase``) or a regular expression in slashes (``/^[a-z.]+$/``)."""
    property_names: str | None = None
    require: Requirements = ()
    approval: StrictBool = False
    """Whether a publish needs another person's approval of its fingerprint."""


class TrackingPlan(Frozen):
    """One tracking plan. Events, properties, groups, sources and categories are keyed by name."""

    format: Literal[1] = 1
    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    conventions: Conventions = Conventions()
    authority: Annotated[tuple[AuthorityRow, ...], BeforeValidator(as_tuple)] = ()
    """Rows that come before those of hub.toml."""
    sources: dict[str, Source] = Field(default_factory=dict)
    categories: dict[str, Category] = Field(default_factory=dict)
    shared_properties: dict[str, Property] = Field(default_factory=dict)
    events: dict[str, Event] = Field(default_factory=dict)
    user_properties: dict[str, Property] = Field(default_factory=dict)
    groups: dict[str, GroupType] = Field(default_factory=dict)
    moved: Annotated[tuple[Moved, ...], BeforeValidator(as_tuple)] = ()
    removed: Annotated[tuple[Removed, ...], BeforeValidator(as_tuple)] = ()
    extensions: dict[str, dict[str, JSON]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_not_empty(self) -> TrackingPlan:
        for section in (self.events, self.user_properties, self.groups, self.shared_properties):
            if "" in section:
                raise ValueError("a name is empty")
        return self

    def data(self) -> dict[str, JSON]:
        """The plain data of the plan file: only what differs from the defaults, lists instead of tuples."""
        data: dict[str, JSON] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {"format": PLAN_FORMAT, **data}
