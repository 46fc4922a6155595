"""Targets as people make them: connect, change, test and take out, for the page, the API and `hub connect` alike.

What arrives over HTTP is looked at twice as hard (`careful`): its address must be one of the open internet, its
references may lead to few places, and a secret itself is sealed. Whoever has hub.toml in hand is not held to that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from connectors.contract import Identity, Plugin
from connectors.errors import ToolError
from connectors.registry import UnknownTool, plugin
from hub import sealing, settings_file
from hub.addresses import check_address
from hub.app import App
from hub.config import OWN_KEYS, Config, is_secret, load, parsed
from hub.engine.target import Target
from hub.errors import Moved, Problems, Refusal
from mappings.canonical.text import short_hash

PATIENCE = 10.0
"""Seconds that somebody who tests a connection waits for a quota."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
OWN_PREFIX = "HUB_"
"""Variables of the hub itself hold its key and its database: no tool is sent those."""
BARE: Mapping[object, re.Pattern[str]] = {
    bool: re.compile("true|false"),
    int: re.compile(r"-?(0|[1-9][0-9]{0,17})"),
    float: re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,20})?"),
}
"""How a text looks that stands for a value of this type; any other stays a text, and is complained of."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A target that was saved or tested. `identity` is what its tool said, None when nobody asked."""

    target: str
    tool: str
    added: bool
    identity: Identity | None = None


def connected_data(done: Connected) -> dict[str, Any]:
    """As `hub connect --json` prints it."""
    said = identity_data(done)
    return {"target": done.target, "tool": done.tool, "added": done.added, "tested": bool(said), **said}


def identity_data(done: Connected) -> dict[str, Any]:
    """What the tool said of itself; nothing where it was not asked."""
    if done.identity is None:
        return {}
    said = {name: getattr(done.identity, name) for name in ("workspace", "account", "may_write")}
    return {**said, "notes": list(done.identity.notes)}


def tool_of(name: str) -> Plugin:
    """The plugin of a tool. Raises Refusal."""
    try:
        return plugin(name)
    except UnknownTool as problem:
        raise Refusal(str(problem), hint="`hub connectors list` shows them") from None


def connect(
    hub: App, tool: str, name: str, values: Mapping[str, Any], *, test: bool, careful: bool = True
) -> Connected:
    """Add a target to hub.toml. `values` are its settings by key, the tool's own and those of every target; None is
    as good as not given. With `test` the tool is asked first, and nothing is saved when it says no.

    Raises Problems with all that is wrong with the values, Refusal, and Moved when the file changed meanwhile.
    """
    chosen = tool_of(tool)
    if careful and (not NAME.fullmatch(name) or name == "new"):
        hint = "letters, digits, dots, dashes and underscores, at most 64, a letter or digit first, and not just 'new'"
        raise Problems("the target needs a name", [Refusal("is no name for a target", place="name", hint=hint)])
    table = {"tool": tool, **_given(_to_write(hub, chosen, name, values, careful))}
    done = _save(hub, name, lambda text: settings_file.added(text, name, table), test=test, check=careful, url=careful)
    return replace(done, added=True)


def change(hub: App, name: str, values: Mapping[str, Any], *, test: bool, known: str = "") -> Connected:
    """Change settings of a target: None takes a key out, what is not in `values` stays. `known` is the version that
    the person saw (`version_of`).

    Raises as `connect` does, and Moved when the target is another one than the person saw.
    """
    before = table_of(hub, name)
    tool = tool_of(str(before.get("tool")))
    given = _to_write(hub, tool, name, values, True)
    _refuse_to_carry(hub, tool, name, before, given)

    def changed(text: str) -> str:
        now = settings_file.data_of(text).get("targets", {}).get(name)
        if now is None or (known and version_of(now) != known):
            raise Moved("somebody changed this target in between", place=name, hint="look at both, and save again")
        return settings_file.changed(text, ("targets", name), given)

    moved = "base_url" in given and given["base_url"] != before.get("base_url")
    return _save(hub, name, changed, test=test, check=True, url=test or moved)


def disconnect(hub: App, name: str) -> None:
    """Take the target out of hub.toml. What the hub knows of it stays in the database. Raises Refusal."""
    table_of(hub, name)
    with settings_file.writing:
        file = settings_file.place_of(hub.config)
        settings_file.edit(file, lambda text: settings_file.removed(text, name))
        hub.use(load(file))


def try_out(hub: App, name: str, *, careful: bool = True) -> Connected:
    """Ask the tool of a configured target who we are, with its cheapest request. Raises Refusal."""
    target = _checked(hub, hub.config, name, careful)
    return Connected(name, target.plugin.tool, False, _asked(hub, target))


def table_of(hub: App, name: str) -> Mapping[str, Any]:
    """A target as it stands in hub.toml, without what the environment says otherwise. Raises Refusal."""
    file = settings_file.place_of(hub.config)
    table = settings_file.data_of(settings_file.text_of(file)).get("targets", {}).get(name)
    if not isinstance(table, dict):
        raise Refusal(f"there is no target {name!r}", place=str(file), hint="the page Targets lists those there are")
    return table


def version_of(table: Mapping[str, Any]) -> str:
    """The same for the same settings."""
    return short_hash(json.dumps(table, sort_keys=True, default=str))


def secrets_of(tool: Plugin) -> list[str]:
    """The settings of a tool that are credentials."""
    return [key for key, field in tool.settings.model_fields.items() if is_secret(field.annotation)]


def typed(annotation: Any, text: str) -> Any:
    """What somebody typed as a value of this type; the text itself where it is none."""
    for kind in (annotation, *get_args(annotation)):
        bare = BARE.get(kind)
        if bare is not None and bare.fullmatch(text):
            return json.loads(text)
    return text


# What is written


def _to_write(hub: App, tool: Plugin, name: str, values: Mapping[str, Any], careful: bool) -> dict[str, Any]:
    """The values as they go into the file. Raises Problems."""
    problems: list[Refusal] = []
    written: dict[str, Any] = {}
    secrets = secrets_of(tool)
    for key, value in values.items():
        place = _place(hub.config, name, key)
        if key not in tool.settings.model_fields and key not in OWN_KEYS - {"tool"}:
            problems.append(Refusal("unknown key", place=place, hint=f"{tool.tool} has no such setting"))
        elif not _shallow(value):
            problems.append(
                Refusal("is nested too deeply", place=place, hint="hub.toml holds lists and tables of values")
            )
        elif careful and key in secrets and value is not None:
            try:
                written[key] = _kept_safe(hub.config, value, place)
            except Refusal as refusal:
                problems.append(refusal)
        else:
            written[key] = value
    if problems:
        raise Problems(WRONG, problems)
    return written


def _shallow(value: Any, levels: int = 3) -> bool:
    """Whether lists and tables lie in each other so often at most: what comes over HTTP may never end."""
    if not isinstance(value, Mapping | list | tuple):
        return True
    inner = value.values() if isinstance(value, Mapping) else value
    return levels > 0 and all(_shallow(one, levels - 1) for one in inner)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None, in tables inside neither."""
    inner = {key: _given(value) if isinstance(value, Mapping) else value for key, value in values.items()}
    return {key: value for key, value in inner.items() if value is not None and value != {}}


WRONG = "the target cannot be used like this"


def _place(config: Config, name: str, key: str) -> str:
    return f"{config.place} [targets.{name}] {key}"


def _kept_safe(config: Config, value: Any, place: str) -> str:
    """A reference that may be used, or the secret sealed. Raises Refusal, which does not repeat it."""
    if not isinstance(value, str):
        raise Refusal("is a secret, and no text", place=place, hint="give it as text")
    secret = value.strip()
    scheme, _, where = secret.partition(":")
    if scheme == "env":
        if not VARIABLE.fullmatch(where) or where.startswith(OWN_PREFIX):
            hint = f"capitals, digits and _, and none of the hub's own, which start with {OWN_PREFIX}"
            raise Refusal("is no variable that a page may name", place=place, hint=hint)
        return secret
    if scheme == "file":
        _check_file(config, where, place)
        return secret
    if scheme == sealing.SCHEME or not secret:
        return secret
    return sealing.seal(secret, config.folder)


def _check_file(config: Config, where: str, place: str) -> None:
    """Only beside the configuration, and none of the hub's own files: a tool would be sent what is in them."""
    folder = config.folder.resolve()
    try:
        path = (folder / where).resolve()
    except (ValueError, OSError, RuntimeError):
        path = Path("/")
    database = config.database.removeprefix("sqlite:///")
    own = {settings_file.place_of(config).resolve(), folder / sealing.KEY_FILE, (folder / database).resolve()}
    if where.startswith("~") or not path.is_relative_to(folder) or path in own:
        hint = "put the secret into a file of its own, in the folder of hub.toml or below it"
        raise Refusal("is no file that a page may name", place=place, hint=hint)


def _refuse_to_carry(hub: App, tool: Plugin, name: str, before: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """A secret that nobody sees goes to no other server than the one it was given for. Raises Problems."""
    if "base_url" not in given or given["base_url"] == before.get("base_url"):
        return
    kept = [key for key in secrets_of(tool) if key in before and key not in given]
    if kept:
        hint = "type it again, or give its reference again"
        told = "is kept for the address that it was given for"
        raise Problems(WRONG, [Refusal(told, place=_place(hub.config, name, key), hint=hint) for key in kept])


# Check, ask, save


def _save(hub: App, name: str, edit: Callable[[str], str], *, test: bool, check: bool, url: bool) -> Connected:
    """Check and ask with the file as it would be; write it; go on with it."""
    file = settings_file.place_of(hub.config)
    planned = parsed(edit(settings_file.text_of(file)).encode(), file)
    identity = None
    if test or check:
        target = _checked(hub, planned, name, url)
        identity = _asked(hub, target) if test else None
    with settings_file.writing:
        settings_file.edit(file, edit)
        hub.use(load(file))
    return Connected(name, str(hub.config.targets[name]["tool"]), False, identity)


def _checked(hub: App, config: Config, name: str, url: bool) -> Target:
    """The target with its secrets, with `url` its address looked at as well. Raises Problems with all that is wrong."""
    problems: list[Refusal] = []
    address = config.targets.get(name, {}).get("base_url")
    if url and isinstance(address, str):
        try:
            place = _place(config, name, "base_url")
            check_address(address, hub.resolve, place=place, private=config.allow_private_addresses)
        except Refusal as refusal:
            problems.append(refusal)
    try:
        (target,) = config.open_targets([name])
    except Problems as found:
        problems += found.problems
    if problems:
        raise Problems(WRONG, problems)
    return target


def _asked(hub: App, target: Target) -> Identity:
    engine = replace(hub.engine, patience=PATIENCE)
    try:
        with engine.connected(target) as connector:
            return connector.whoami()
    except ToolError as error:
        raise Refusal(error.message, place=f"{target.name} {error.place}".strip(), hint=error.hint) from None
