"""Destinations: one configured place to tell people, from the `[notify.NAME]` tables of hub.toml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from connectors.settings import Settings
from hub.config import Config, explain, explained, resolved_secrets
from hub.errors import Problems, Refusal
from hub.notify.contract import ChannelKind
from hub.notify.kinds import KINDS, channel_kind
from hub.notify.rules import DEFAULTS, Rule
from hub.timetable import parse_blackout, parse_clock, parse_timezone


class DestinationSettings(BaseModel):
    """The keys of `[notify.NAME]` that every kind of channel has; the channel's own keys stand beside them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["slack", "jira", "webhook"]
    """What it is; not needed where NAME says it."""
    rules: tuple[Rule, ...] | None = None
    """Which happenings it hears of, first match wins; without any, what its kind usually wants to know."""
    quiet: tuple[str, ...] = ()
    """When nothing is sent: `22:00-07:00`, `sat`. What comes up then is sent afterwards."""
    timezone: str = "UTC"
    """Of quiet hours and digests."""
    digest_at: str = "09:00"
    """When the daily digest is sent."""

    @field_validator("quiet", "timezone", "digest_at")
    @classmethod
    def _readable(cls, value: Any, info: ValidationInfo) -> Any:
        parse = {"quiet": parse_blackout, "timezone": parse_timezone, "digest_at": parse_clock}[str(info.field_name)]
        for text in value if isinstance(value, tuple) else (value,):
            explained(parse, text)
        return value


OWN_KEYS = frozenset(DestinationSettings.model_fields)


@dataclass(frozen=True, slots=True)
class Destination:
    """One place to tell people, under the name it has in the configuration."""

    name: str
    kind: ChannelKind
    settings: Settings
    own: DestinationSettings

    @property
    def rules(self) -> tuple[Rule, ...]:
        return DEFAULTS[self.kind.style] if self.own.rules is None else self.own.rules


def open_destinations(config: Config, names: Iterable[str] = ()) -> list[Destination]:
    """The named destinations (all when none is named) with their secrets. Raises Problems with all that is wrong."""
    problems: list[Refusal] = []
    wanted = list(names) or list(config.notify)
    unknown = [name for name in wanted if name not in config.notify]
    known = ", ".join(config.notify) or "none"
    problems += [Refusal(f"no destination {name!r}", place="notify", hint=f"configured: {known}") for name in unknown]
    found = [one for name in wanted if name in config.notify and (one := _open(config, name, problems)) is not None]
    problems += _twice(config, found)
    if problems:
        raise Problems("the destinations cannot be used as they are configured", problems)
    return found


def usable_destinations(config: Config) -> tuple[list[Destination], Problems | None]:
    """Every destination that can be used, and what is wrong with the rest: none silences another."""
    problems: list[Refusal] = []
    found = [one for name in config.notify if (one := _open(config, name, problems)) is not None]
    again = _twice(config, found)
    problems += again
    taken = {one.place for one in again}
    found = [one for one in found if f"{config.place} [notify.{one.name}]" not in taken]
    return found, Problems(UNUSABLE, problems) if problems else None


def _twice(config: Config, found: Iterable[Destination]) -> list[Refusal]:
    """A channel or project that two destinations name: they would take each other's messages for their own."""
    seen: dict[tuple[object, ...], str] = {}
    problems = []
    for one in found:
        place = next((getattr(one.settings, key) for key in PLACES if getattr(one.settings, key, None)), None)
        first = seen.setdefault((one.kind.kind, one.settings.base_url, place), one.name) if place else one.name
        if first != one.name:
            hint = f"put its rules into [notify.{first}]: one destination may have many"
            where = f"{config.place} [notify.{one.name}]"
            problems.append(Refusal(f"{place} is told by {first} already", place=where, hint=hint))
    return problems


PLACES = ("channel", "project", "url")
"""The setting that says where in an account a destination is, by kind."""
UNUSABLE = "some destinations cannot be used as they are configured"


def _open(config: Config, name: str, problems: list[Refusal]) -> Destination | None:
    table = dict(config.notify[name])
    place, before = f"{config.place} [notify.{name}]", len(problems)
    if "kind" not in table and name in KINDS:
        table["kind"] = name
    try:
        own = DestinationSettings.model_validate(table)
    except ValidationError as error:
        problems += explain(error, place, DestinationSettings)
        return None
    kind = channel_kind(own.kind)
    values = {key: value for key, value in table.items() if key not in OWN_KEYS}
    try:
        settings = kind.settings.model_validate(resolved_secrets(values, kind.settings, place, problems, config.folder))
    except ValidationError as error:
        problems += explain(error, place, kind.settings, OWN_KEYS)
        return None
    return None if len(problems) > before else Destination(name, kind, settings, own)
