"""Settings: `hub.toml` and `HUB_*` environment variables in one typed model, all problems reported at once.

Secrets stand in the file as references (``env:NAME``, ``file:PATH``) or sealed (``sealed:...``), never as values; they
are resolved only for the targets that a command uses.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from connectors.contract import Plugin
from connectors.registry import UnknownTool, plugin
from connectors.settings import Settings
from hub import sealing
from hub.changes.authority import Rule
from hub.changes.auto import AutoAccept
from hub.changes.guard import Limits, Share
from hub.engine.target import READING_SHARE, Target
from hub.errors import Problems, Refusal
from hub.timetable import Timetable, parse_blackout, parse_duration, parse_rhythm, parse_timezone, timetable

DEFAULT_FILE = "hub.toml"
Part = Annotated[float, Field(ge=0, le=1)]
Mode = Literal["observe", "propose", "heal"]


class GuardSettings(BaseModel):
    """`[targets.NAME.guards]`: the largest share of managed documents that may change in 24 hours, 0 to 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    updates: Part = Field(default=Limits().updates.part, description="Updates and renames, counted from 20 on.")
    removals: Part = Field(default=Limits().removals.part, description="Hides and deletes, counted from 5 on.")
    type_changes: Part = Field(default=Limits().type_changes.part, description="Changes of a type, counted from 10 on.")

    def limits(self) -> Limits:
        default = Limits()
        return Limits(
            Share(self.updates, default.updates.few),
            Share(self.removals, default.removals.few),
            Share(self.type_changes, default.type_changes.few),
        )


class TargetSettings(BaseModel):
    """The keys of `[targets.NAME]` that every tool has; the tool's own keys stand beside them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tool: str
    mode: Mode = Field(
        default="propose",
        description="What reconciling does with edits made in the tool: observe reports them, propose asks people, "
        "heal restores at once what the plan has the last word about.",
    )
    schedule: str | None = Field(
        default=None, description='When it reconciles by itself: "every 30m", or cron fields such as "0 6 * * mon-fri".'
    )
    timezone: str = Field(default="UTC", description='Of cron fields and blackouts, such as "Europe/Berlin".')
    jitter: str = Field(
        default="0s", description='The longest delay of a run, such as "2m", so that targets do not all start at once.'
    )
    blackout: tuple[str, ...] = Field(
        default=(), description='When it never runs, one per line: "22:00-06:00", "sat", "2026-12-24..2026-12-26".'
    )
    slo: str | None = Field(
        default=None, description='How old a drift may become before it counts as late: "24h", "2d".'
    )
    removal: Literal["hide", "delete"] = Field(
        default="hide", description="What a tombstone does where the tool can do both."
    )
    reading_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=READING_SHARE,
        description="The part of the tool's quota, above 0 and up to 1, that one reconcile may spend on reading, where "
        "it can be read bit by bit.",
    )
    guards: GuardSettings = GuardSettings()

    @property
    def slo_seconds(self) -> float | None:
        return None if self.slo is None else float(parse_duration(self.slo))

    @field_validator("schedule", "timezone", "jitter", "blackout", "slo")
    @classmethod
    def _readable(cls, value: Any, info: ValidationInfo) -> Any:
        for text in value if isinstance(value, tuple) else (value,):
            explained(_PARSERS[str(info.field_name)], text)
        return value

    @model_validator(mode="after")
    def _fires(self) -> TargetSettings:
        explained(self.timetable, "")
        return self

    def timetable(self, name: str) -> Timetable | None:
        """When the target of this name is reconciled; None when only on demand."""
        if self.schedule is None:
            return None
        return timetable(name, self.schedule, self.timezone, self.jitter, self.blackout)


_PARSERS: Mapping[str, Callable[[str], object]] = {
    "schedule": parse_rhythm,
    "timezone": parse_timezone,
    "jitter": parse_duration,
    "slo": parse_duration,
    "blackout": parse_blackout,
}


def explained(parse: Callable[[str], object], text: str) -> None:
    """Lets pydantic report what a parser finds in its own words."""
    try:
        parse(text)
    except ValueError as problem:
        raise PydanticCustomError("timetable", "{problem}", {"problem": str(problem)}) from None


OWN_KEYS = frozenset(TargetSettings.model_fields)


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration whose shape is valid. `path` is None when there is no file."""

    database: str = "sqlite:///hub.db"
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """As they stand in the file; not shown, because a person may have put a secret itself there."""
    path: Path | None = None
    plan: str | None = None
    """The plan that schedules reconcile: the path of a file or folder, or a name in the store."""
    authority: tuple[Rule, ...] = ()
    """Rows that come before the default profile (`hub.changes.authority`)."""
    auto_accept: tuple[AutoAccept, ...] = ()
    """Proposals that need no person."""
    notify: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """Where people are told, as the tables stand in the file (`hub.notify.destinations`)."""
    public_url: str = ""
    """The address under which people reach this hub's pages, for links; without a slash at the end."""
    web: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Who may come to the pages and how, as the table stands in the file (`hub.web.settings`)."""
    allow_private_addresses: bool = False
    """Whether a page may connect a target at an address that is not of the open internet (`hub.addresses`)."""

    def own_settings(self) -> dict[str, TargetSettings]:
        """What all tools have in common, by target. Asks for no secret. Raises Problems with all that is wrong."""
        problems: list[Refusal] = []
        read = {
            name: _own_settings(table, f"{self.place} [targets.{name}]", problems)
            for name, table in self.targets.items()
        }
        if problems:
            raise Problems("the targets cannot be used as they are configured", problems)
        return {name: own for name, own in read.items() if own is not None}

    def timetables(self) -> list[Timetable]:
        """When targets are reconciled; each timetable has the name of its target. Raises Problems."""
        made = (own.timetable(name) for name, own in self.own_settings().items())
        return [one for one in made if one is not None]

    def modes(self) -> dict[str, Mode]:
        """What reconcile does at each target. Raises Problems."""
        return {name: own.mode for name, own in self.own_settings().items()}

    def open_targets(self, names: Iterable[str] = ()) -> list[Target]:
        """The named targets (all when none is named) with their secrets. Raises Problems with all that is wrong."""
        wanted = list(names) or list(self.targets)
        if not wanted:
            raise Refusal("no target is configured", place=self.place, hint="add one with `hub connect TOOL`")
        problems: list[Refusal] = []
        found = [target for name in wanted if (target := self._open(name, problems)) is not None]
        if problems:
            raise Problems("the targets cannot be used as they are configured", problems)
        return found

    @property
    def place(self) -> str:
        """The file, for messages."""
        return str(self.path or DEFAULT_FILE)

    @property
    def folder(self) -> Path:
        """Where relative paths of secrets start."""
        return (self.path or Path(DEFAULT_FILE)).parent

    def _open(self, name: str, problems: list[Refusal]) -> Target | None:
        if name not in self.targets:
            near = difflib.get_close_matches(name, self.targets, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"configured are: {', '.join(self.targets) or 'none'}"
            problems.append(Refusal(f"no target {name!r}", place=self.place, hint=hint))
            return None
        table, before = dict(self.targets[name]), len(problems)
        place = f"{self.place} [targets.{name}]"
        own = _own_settings(table, place, problems)
        tool = _tool(table.get("tool"), place, problems)
        if tool is None:
            return None
        settings = _tool_settings(tool, table, place, problems, self.folder)
        if own is None or settings is None or len(problems) > before:
            return None
        return Target(
            name, tool, settings, own.guards.limits(), delete=own.removal == "delete", reading_share=own.reading_share
        )


def _own_settings(table: Mapping[str, Any], place: str, problems: list[Refusal]) -> TargetSettings | None:
    try:
        return TargetSettings.model_validate(table)
    except ValidationError as error:
        problems += explain(error, place, TargetSettings)
        return None


def _tool(name: Any, place: str, problems: list[Refusal]) -> Plugin | None:
    """The plugin of that name. Nothing is said about a name that is no text: the target's own settings say it."""
    if not isinstance(name, str):
        return None
    try:
        return plugin(name)
    except UnknownTool as error:
        problems.append(Refusal(str(error), place=f"{place} tool", hint="`hub connectors list` shows them"))
        return None


def _tool_settings(
    tool: Plugin, table: Mapping[str, Any], place: str, problems: list[Refusal], folder: Path
) -> Settings | None:
    """The tool's own settings with their secrets. A secret that cannot be had does not hide what else is wrong."""
    values = {key: value for key, value in table.items() if key not in OWN_KEYS}
    try:
        return tool.settings.model_validate(resolved_secrets(values, tool.settings, place, problems, folder))
    except ValidationError as error:
        problems += explain(error, place, tool.settings, OWN_KEYS)
        return None


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """Read the configuration. A named file must exist; the default one need not. Raises Problems or Refusal."""
    env = os.environ if environment is None else environment
    file = path or Path(env.get("HUB_CONFIG", DEFAULT_FILE))
    if not file.exists():
        if path is not None or "HUB_CONFIG" in env:
            raise Refusal("no such file", place=str(file), hint="`hub init` writes one")
        return _checked({}, None, env)
    try:
        return parsed(file.read_bytes(), file, env)
    except OSError as error:
        raise Refusal(f"cannot be read: {error.strerror}", place=str(file), hint="check its permissions") from None


def parsed(raw: bytes, file: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration that this file is with this content. Raises Problems or Refusal."""
    try:
        data = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"not valid TOML: {error}", place=str(file), hint="mend the line it names") from None
    return _checked(data, file, os.environ if environment is None else environment)


class _File(BaseModel):
    """The top of hub.toml."""

    model_config = ConfigDict(extra="forbid")

    database: str = "sqlite:///hub.db"
    plan: str | None = None
    authority: tuple[Rule, ...] = ()
    auto_accept: tuple[AutoAccept, ...] = ()
    targets: dict[str, dict[str, Any]] = Field(default_factory=dict)
    notify: dict[str, dict[str, Any]] = Field(default_factory=dict)
    public_url: Annotated[str, Field(pattern=r"^(https?://\S+[^/\s])?$")] = ""
    allow_private_addresses: bool = False
    web: dict[str, Any] = Field(default_factory=dict)


def _checked(data: dict[str, Any], path: Path | None, env: Mapping[str, str]) -> Config:
    overridden = _overridden(data, env)
    place = str(path or DEFAULT_FILE)
    try:
        file = _File.model_validate(overridden)
    except ValidationError as error:
        raise Problems("the configuration is not valid", explain(error, place, _File)) from None
    place_of_plan = _plan_beside(file.plan, path)
    return Config(
        _beside(file.database, path),
        file.targets,
        path,
        place_of_plan,
        file.authority,
        file.auto_accept,
        file.notify,
        file.public_url,
        file.web,
        file.allow_private_addresses,
    )


def _beside(database: str, path: Path | None) -> str:
    """A relative SQLite file lies beside the configuration, wherever the command was typed."""
    prefix = "sqlite:///"
    file = database.removeprefix(prefix)
    if path is None or not database.startswith(prefix) or file.startswith("/"):
        return database
    return prefix + str(path.resolve().parent / file)


def _plan_beside(plan: str | None, path: Path | None) -> str | None:
    """A plan file lies beside the configuration; what is neither there nor spelt as a path is a name in the store."""
    if plan is None or path is None:
        return plan
    file = path.resolve().parent / plan
    spelt_as_path = "/" in plan or file.suffix in (".yaml", ".yml", ".json")
    return str(file) if spelt_as_path or file.exists() else plan


def _overridden(data: dict[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    """`HUB_DATABASE` and `HUB_TARGETS__NAME__KEY` win over the file; dashes in names are underscores there."""
    merged = {**data, "database": env["HUB_DATABASE"]} if "HUB_DATABASE" in env else dict(data)
    if isinstance(data.get("targets"), dict):
        merged["targets"] = {name: _overridden_target(name, table, env) for name, table in data["targets"].items()}
    return merged


def _overridden_target(name: str, table: Any, env: Mapping[str, str]) -> Any:
    if not isinstance(table, dict):
        return table
    prefix = f"HUB_TARGETS__{name.upper().replace('-', '_')}__"
    given = {key.removeprefix(prefix).lower(): value for key, value in env.items() if key.startswith(prefix)}
    return {**table, **given}


UNRESOLVED = "unresolved" * 8
"""Stands for a secret that could not be had, so that the rest can be checked: long enough for rules about length."""


def resolved_secrets(
    values: Mapping[str, Any], model: type[BaseModel], place: str, problems: list[Refusal], folder: Path
) -> dict[str, Any]:
    """The values with the secret references of this model's fields replaced by what they refer to."""
    resolved = dict(values)
    for key, value in values.items():
        known = model.model_fields.get(key)
        if known is not None and is_secret(known.annotation):
            resolved[key] = resolve_secret(value, f"{place} {key}", problems, folder) or UNRESOLVED
    return resolved


def is_secret(annotation: Any) -> bool:
    """Whether a setting of this type is a credential."""
    return annotation is SecretStr or SecretStr in get_args(annotation)


def resolve_secret(reference: Any, place: str, problems: list[Refusal], folder: Path) -> str | None:
    """What a reference stands for; a problem is noted, and never shows the value."""
    scheme, _, where = str(reference).partition(":")
    if scheme == "env" and where:
        if os.environ.get(where):
            return os.environ[where]
        problems.append(Refusal(f"the environment has no {where}", place=place, hint=f"export {where}=..."))
    elif scheme == "file" and where:
        return _secret_in(where, place, problems, folder)
    elif scheme == sealing.SCHEME and where:
        try:
            return sealing.opened(str(reference), folder, place)
        except Refusal as refusal:
            problems.append(refusal)
    else:
        hint = 'write "env:NAME" or "file:PATH", or seal it with `hub secrets seal`'
        problems.append(Refusal("a secret is given as a reference", place=place, hint=hint))
    return None


def _secret_in(where: str, place: str, problems: list[Refusal], folder: Path) -> str | None:
    """The text of a file without the space around it; a relative path starts at the configuration's folder."""
    try:
        secret = (folder / Path(where).expanduser()).read_text(encoding="utf-8").strip()
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        problems.append(Refusal(f"{where} cannot be read: {why}", place=place, hint="check the path"))
        return None
    if not secret:
        problems.append(Refusal(f"{where} is empty", place=place, hint="write the secret into it"))
    return secret or None


def explain(error: ValidationError, place: str, model: type[BaseModel], also: Iterable[str] = ()) -> list[Refusal]:
    """One refusal for each thing pydantic found, an unknown key with the nearest known one; values are not shown."""
    found = []
    for detail in error.errors(include_input=False, include_url=False):
        where = ".".join(str(part) for part in detail["loc"])
        hint = ""
        if detail["type"] == "extra_forbidden":
            known = _keys_beside(detail["loc"], model, also)
            near = difflib.get_close_matches(str(detail["loc"][-1]), known, 1)
            message, hint = "unknown key", f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}"
        elif detail["type"] == "missing":
            message, hint = "is missing", "add it"
        else:
            message = detail["msg"]
        found.append(Refusal(message, place=f"{place} {where}".strip(), hint=hint))
    return found


def _keys_beside(loc: tuple[int | str, ...], model: type[BaseModel], also: Iterable[str]) -> list[str]:
    """The keys that a table may have, following `loc` into the models inside models, and those in lists."""
    if len(loc) == 1:
        return [*model.model_fields, *also]
    inner = _model_in(model.model_fields[str(loc[0])].annotation) if loc[0] in model.model_fields else None
    rest = loc[2:] if isinstance(loc[1], int) else loc[1:]
    return _keys_beside(rest, inner, ()) if inner is not None and rest else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, or holds a list of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one)) is not None), None)
