"""`hub init` and `hub connect`: getting from nothing to a working configuration."""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from connectors.contract import Plugin
from hub import sealing
from hub.app import App
from hub.cli.common import find_tool, record
from hub.cli.terminal import print_json, say
from hub.config import DEFAULT_FILE, load, parsed
from hub.errors import Refusal, Usage
from hub.settings_file import HEADER
from hub.verbs import connecting
from hub.verbs.connecting import Connected, connected_data, identity_data

UNCOMMITTED = f"""\
# What stays on this machine: the key to sealed secrets, and the hub's memory.
{sealing.KEY_FILE}
hub.db*
.hub-locks/
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
    """`hub init`: hub.toml, an example plan and a .gitignore, each where there is none yet."""
    file = config or Path(DEFAULT_FILE)
    folder = file.parent
    texts = {file: HEADER, folder / "plan.yaml": EXAMPLE, folder / ".gitignore": UNCOMMITTED}
    written = [str(path) for path, text in texts.items() if _write(path, text)]
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
    app = App(load(file) if file.exists() else parsed(HEADER.encode(), file))
    try:
        done = _added(app, chosen, target, values)
        if done.added:
            record(app, "connect", target, tool=done.tool)
        if done.added and not as_json:
            say(f"{file}: target {target} added")
        if not no_test:
            done = replace(connecting.try_out(app, target, careful=False), added=done.added)
            record(app, "test", target, **identity_data(done))
    finally:
        app.close()
    _tell(done, as_json)
    return 0


def _added(app: App, tool: Plugin, target: str, values: tuple[str, ...]) -> Connected:
    """The target, put into the file if it is not there yet."""
    if target not in app.config.targets:
        given = _gather(tool, dict(_pair(value) for value in values))
        typed = {key: connecting.typed(tool.settings.model_fields[key].annotation, text) for key, text in given.items()}
        return connecting.connect(app, tool.tool, target, typed, test=False, careful=False)
    if values or app.config.targets[target].get("tool") != tool.tool:
        raise Refusal(
            f"target {target!r} exists already", place=app.config.place, hint="edit it there, or choose --name"
        )
    return Connected(target, tool.tool, False)


def _tell(done: Connected, as_json: bool) -> None:
    """What the tool said, if it was asked."""
    if as_json:
        print_json(connected_data(done))
    elif done.identity is not None:
        who = done.identity
        say(f"{done.target}: connected to {who.workspace} ({who.account}); {MAY_WRITE[who.may_write]}")
        for note in who.notes:
            say(f"  {note}")


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
    secret = next((key for key, value in given.items() if _is_secret(tool, key) and not _refers(value)), None)
    if secret:
        hint = f"put it into the environment: --set {secret}={_example(tool, secret)}, or seal it: hub secrets seal"
        raise Usage(f"{secret} is a secret", place="--set", hint=hint)
    return given


def _is_secret(tool: Plugin, key: str) -> bool:
    return key in connecting.secrets_of(tool)


def _refers(value: str) -> bool:
    return value.startswith(("env:", "file:", sealing.PREFIX))


def _example(tool: Plugin, key: str) -> str:
    return f"env:{tool.tool.upper()}_{key.upper()}" if _is_secret(tool, key) else "..."
