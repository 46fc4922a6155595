"""`hub init` and `hub connect`: getting from nothing to a working configuration."""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import click

from connectors.contract import Identity, Plugin
from connectors.errors import ToolError
from hub.app import App
from hub.cli.common import find_tool
from hub.cli.terminal import print_json, say
from hub.config import DEFAULT_FILE, load
from hub.engine.target import Target
from hub.errors import Refusal, Usage
from hub.files import disk

BARE: dict[object, re.Pattern[str]] = {
    bool: re.compile("true|false"),
    int: re.compile(r"-?(0|[1-9][0-9]*)"),
    float: re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"),
}
"""How a value looks that TOML takes without quotes, by the type of its setting."""
HEADER = """\
# The hub's settings. Secrets are references: env:NAME or file:PATH, never the secret itself.
database = "sqlite:///hub.db"
"""

MAY_WRITE = {True: "may write", False: "may only read", None: "whether it may write, the tool does not tell"}
EXAMPLE = """\
# A tracking plan. `hub check plan.yaml` says what is wrong with it and what each tool would lose of it.
format: 1
name: My product
conventions:
  event_names: Title Case
  property_names: snake_case
  require: [description]
events:
  Signed Up:
    description: A person created an account.
    category: Onboarding
    owners: [growth@example.com]
    properties:
      method:
        type: string
        enum: [email, google]
        required: true
        description: How the account was created.
user_properties:
  plan_tier:
    type: string
    description: Which plan the user is on.
"""


def start(config: Path | None, as_json: bool) -> int:
    """`hub init`: hub.toml and an example plan, where there is none yet."""
    file = config or Path(DEFAULT_FILE)
    written = [str(path) for path, text in ((file, HEADER), (file.parent / "plan.yaml", EXAMPLE)) if _write(path, text)]
    if as_json:
        print_json({"written": written})
        return 0
    say(f"wrote {', '.join(written)}" if written else "everything is there already")
    say(f"  → hub check {file.parent / 'plan.yaml'}, then hub connect TOOL")
    return 0


def _write(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise Refusal(f"cannot be written: {error.strerror}", place=str(path), hint="check the folder") from None
    return True


def connect(
    config: Path | None, tool: str, name: str | None, values: tuple[str, ...], no_test: bool, as_json: bool
) -> int:
    """`hub connect`: a target in the configuration, tested. One that is there already is only tested."""
    chosen = find_tool(tool)
    file = config or Path(os.environ.get("HUB_CONFIG", DEFAULT_FILE))
    target = tool if name is None else name
    known = load(file).targets if file.exists() else {}
    if target not in known:
        _append(file, target, chosen, _gather(chosen, dict(_pair(value) for value in values)))
    elif values or known[target].get("tool") != tool:
        raise Refusal(f"target {target!r} exists already", place=str(file), hint="edit it there, or choose --name")
    added = target not in known
    if added and not as_json:
        say(f"{file}: target {target} added")
    if not no_test:
        return _test(file, target, added, as_json)
    if as_json:
        print_json({"target": target, "tool": tool, "added": added, "tested": False})
    return 0


def _pair(text: str) -> tuple[str, str]:
    """The key and the value; a text that is no pair is not repeated, it may be a secret."""
    key, equals, value = text.partition("=")
    if not equals:
        raise Usage("takes KEY=VALUE", place="--set", hint="for example --set base_url=https://example.com")
    return key.strip(), value


def _gather(tool: Plugin, given: dict[str, str]) -> dict[str, str]:
    """The settings by key: those given, and those a person is asked for."""
    fields = tool.settings.model_fields
    unknown = sorted(set(given) - set(fields))
    if unknown:
        near = difflib.get_close_matches(unknown[0], fields, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(fields)}"
        raise Usage(f"{tool.tool} has no setting {unknown[0]!r}", place="--set", hint=hint)
    for key, field in fields.items():
        if key in given or not field.is_required():
            continue
        if not sys.stdin.isatty():
            raise Usage(f"{tool.tool} needs {key}", hint=f"--set {key}={_example(tool, key)}")
        given[key] = str(click.prompt(key, default=_example(tool, key) if _is_secret(tool, key) else None))
    return given


def _is_secret(tool: Plugin, key: str) -> bool:
    return "SecretStr" in str(tool.settings.model_fields[key].annotation)


def _example(tool: Plugin, key: str) -> str:
    return f"env:{tool.tool.upper()}_{key.upper()}" if _is_secret(tool, key) else "..."


def _append(file: Path, target: str, tool: Plugin, values: dict[str, str]) -> None:
    """Add the target's table at the end of the file; what stands there already is not touched."""
    secret = next((key for key, value in values.items() if _is_literal_secret(tool, key, value)), None)
    if secret:
        hint = f"put it into the environment: --set {secret}={_example(tool, secret)}"
        raise Usage(f"{secret} is a secret", place="--set", hint=hint)
    lines = [f"\n[targets.{toml_text(target)}]", f"tool = {toml_text(tool.tool)}"]
    lines += [f"{key} = {_toml(tool, key, value)}" for key, value in values.items()]
    table = "\n".join(lines) + "\n"
    _write(file, HEADER)
    with disk.refusing(file, "written"):
        _refuse_what_breaks(file, file.read_text(encoding="utf-8") + table)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(table)


def _refuse_what_breaks(file: Path, text: str) -> None:
    """Some files take no table at their end, for example one whose `targets` is written on one line."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"a target cannot be added at the end: {error}"
        raise Refusal(message, place=str(file), hint="add it by hand; nothing was changed") from None


def _is_literal_secret(tool: Plugin, key: str, value: str) -> bool:
    return _is_secret(tool, key) and not value.startswith(("env:", "file:"))


def toml_text(text: str) -> str:
    """The text as a TOML string. Raises Usage for what no text file can hold."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Usage("is not text", place=ascii(text), hint="write it in UTF-8")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(tool: Plugin, key: str, value: str) -> str:
    """Numbers and booleans bare where the setting is one; everything else as text."""
    annotation = tool.settings.model_fields[key].annotation
    bare = BARE.get(annotation)
    return value if bare is not None and bare.fullmatch(value) else toml_text(value)


def _test(file: Path, name: str, added: bool, as_json: bool) -> int:
    app = App(load(file))
    try:
        (target,) = app.config.open_targets([name])
        identity = _ask_tool(app, target)
    finally:
        app.close()
    data: dict[str, Any] = {
        "target": name,
        "tool": target.plugin.tool,
        "added": added,
        "tested": True,
        "workspace": identity.workspace,
        "account": identity.account,
        "may_write": identity.may_write,
        "notes": list(identity.notes),
    }
    if as_json:
        print_json(data)
        return 0
    say(f"{name}: connected to {identity.workspace} ({identity.account}); {MAY_WRITE[identity.may_write]}")
    for note in identity.notes:
        say(f"  {note}")
    return 0


def _ask_tool(app: App, target: Target) -> Identity:
    try:
        with app.engine.connected(target) as connector:
            return connector.whoami()
    except ToolError as error:
        raise Refusal(error.message, place=f"{target.name} {error.place}".strip(), hint=error.hint) from None
