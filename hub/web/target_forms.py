"""Forms for targets, drawn from settings models: a field for each setting, and back from what was typed to values."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from connectors.contract import Capability, Plugin
from hub.config import GuardSettings, TargetSettings, is_secret
from hub.errors import Problems, Refusal
from hub.target_facts import kept_where
from hub.verbs.connecting import typed

Kind = Literal["text", "number", "choice", "secret", "lines", "elsewhere"]
"""`lines` is a list of texts, one per line. `elsewhere` is what a form has no way to say: it is left to hub.toml."""
WORDS = {"url": "URL", "id": "ID", "api": "API", "slo": "Late after"}
ELSEWHERE = {"base_url": "Another host than the vendor's own: a proxy or a sandbox. Empty for the vendor's."}
"""Help for what the models of all tools share."""
GUARDS = "guards"
NEEDED: Mapping[str, frozenset[Capability]] = {
    "removal": frozenset({"hide", "delete"}),
    "reading_share": frozenset({"incremental"}),
}
"""What a tool must be able to do for a setting to make a difference."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting on a form. `usual` is its default as text; `choices` are values with their words."""

    key: str
    kind: Kind
    annotation: Any
    required: bool = False
    usual: str = ""
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """The key in words."""
        words = self.key.rpartition(".")[2].split("_")
        said = " ".join(WORDS.get(word, word) for word in words)
        return said[:1].upper() + said[1:]

    @property
    def name(self) -> str:
        """Under which it is sent."""
        return f"set.{self.key}"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is shown: what stands in each field, where secrets are kept, and what is wrong."""

    texts: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Refusal] = field(default_factory=dict)
    rest: tuple[Refusal, ...] = ()
    """Problems that are about no single field."""


def fields_of(tool: Plugin) -> list[Field]:
    """The tool's own settings; those that must be given first."""
    found = [_field(key, info) for key, info in tool.settings.model_fields.items()]
    return sorted(found, key=lambda one: (not one.required, one.key == "base_url"))


def own_fields(tool: Plugin) -> list[Field]:
    """The settings that every target has, as far as they mean something to this tool; guards last."""
    useless = {key for key, needed in NEEDED.items() if not needed <= tool.capabilities}
    skipped = {"tool", GUARDS, *useless}
    own = [_field(key, info) for key, info in TargetSettings.model_fields.items() if key not in skipped]
    return own + [_field(key, info, f"{GUARDS}.") for key, info in GuardSettings.model_fields.items()]


def _field(key: str, info: FieldInfo, prefix: str = "") -> Field:
    annotation = info.annotation
    help = info.description or ELSEWHERE.get(key, "")
    usual = "" if info.is_required() else text_of(info.get_default())
    return Field(
        prefix + key, _kind(annotation), annotation, info.is_required(), usual, help, tuple(_choices(annotation))
    )


def _kind(annotation: Any) -> Kind:
    inner = [one for one in _parts(annotation) if one is not type(None)]
    if is_secret(annotation):
        return "secret"
    if any(_choices(annotation)):
        return "choice"
    if inner and all(one in (int, float) for one in inner):
        return "number"
    if inner == [str]:
        return "text"
    return "lines" if annotation in (tuple[str, ...], list[str]) else "elsewhere"


def _parts(annotation: Any) -> tuple[Any, ...]:
    """The types of a union, or the type itself."""
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def _choices(annotation: Any) -> Iterable[tuple[str, str]]:
    for one in _parts(annotation):
        if one is bool:
            yield from (("true", "yes"), ("false", "no"))
        elif get_origin(one) is Literal:
            yield from ((str(value), str(value)) for value in get_args(one))


def text_of(value: Any) -> str:
    """A value as it stands in a field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


# What stands in the fields


def filled(fields: Iterable[Field], table: Mapping[str, Any]) -> Filled:
    """As the target is configured. A secret is not shown; where it is kept, is."""
    flat = {**table, **{f"{GUARDS}.{key}": one for key, one in dict(table.get(GUARDS, {})).items()}}
    known = {one.key: one for one in fields if one.key in flat}
    texts = {key: text_of(flat[key]) for key, one in known.items() if one.kind != "secret"}
    kept = {key: kept_where(flat[key]) for key, one in known.items() if one.kind == "secret"}
    return Filled(texts, kept)


def typed_texts(fields: Iterable[Field], form: Mapping[str, str]) -> dict[str, str]:
    """What somebody typed, to be shown again; not their secrets."""
    return {one.key: form.get(one.name, "") for one in fields if one.kind != "secret"}


def values(fields: Iterable[Field], form: Mapping[str, str]) -> dict[str, Any]:
    """What was typed as settings by key. An empty field is None; a secret's empty field is not there, and so kept."""
    found: dict[str, Any] = {}
    guards: dict[str, Any] = {}
    for one in fields:
        if one.kind == "elsewhere" or one.name not in form:
            continue
        value = _value(one, form[one.name].replace("\r\n", "\n"))
        if one.kind == "secret" and value is None and form.get(f"drop.{one.key}") != "yes":
            continue
        if one.key.startswith(f"{GUARDS}."):
            guards[one.key.removeprefix(f"{GUARDS}.")] = value
        else:
            found[one.key] = value
    return {**found, GUARDS: guards} if guards else found


def _value(one: Field, text: str) -> Any:
    if one.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()] or None
    said = text.strip()
    return typed(one.annotation, said) if said else None


def wrong(fields: Iterable[Field], refusal: Refusal) -> tuple[dict[str, Refusal], tuple[Refusal, ...]]:
    """What a refusal says of single fields, by key, and the rest of it."""
    said = refusal.problems if isinstance(refusal, Problems) else [refusal]
    keys = {one.key for one in fields} | {"name"}
    beside: dict[str, Refusal] = {}
    rest: list[Refusal] = []
    for one in said:
        key = _key_in(one.place, keys)
        if key and key not in beside:
            beside[key] = one
        else:
            rest.append(one)
    return beside, tuple(rest)


def _key_in(place: str, keys: set[str]) -> str:
    """The field that a place ends with; a place inside a list (`blackout.0`) is the list's."""
    last = place.rpartition(" ")[2]
    return next((key for key in (last, last.partition(".")[0]) if key in keys), "")
