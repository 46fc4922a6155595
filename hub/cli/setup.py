"""`hub init` and `hub connect`: getting from nothing to a working configuration."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from connectors.contract import Plugin
from connectors.errors import ToolError
from connectors.registry import UnknownTool, plugin
from hub.app import App
from hub.cli.common import closing, common, print_json
from hub.config import DEFAULT_FILE, load
from hub.errors import Refusal, Usage

HEADER = """\
# The hub's settings. Secrets are references: env:NAME or file:PATH, never the secret itself.
database = "sqlite:///hub.db"
"""

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


@click.command("init")
@common
def init_command(config: Path | None, as_json: bool) -> int:
    """Write hub.toml and an example plan.yaml into this folder. Overwrites nothing."""
    file = config or Path(DEFAULT_FILE)
    written = [str(path) for path, text in ((file, HEADER), (file.parent / "plan.yaml", EXAMPLE)) if _write(path, text)]
    if as_json:
        print_json({"written": written})
        return 0
    click.echo(f"wrote {', '.join(written)}" if written else "everything is there already")
    click.echo("  → hub check plan.yaml, then hub connect TOOL")
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


@click.command("connect")
@click.argument("tool")
@click.option("--name", help="The target's name (default: TOOL).")
@click.option(
    "--set", "values", multiple=True, metavar="KEY=VALUE", help="A setting; secrets as env:NAME or file:PATH."
)
@click.option("--no-test", is_flag=True, help="Write the target without asking the tool.")
@common
def connect_command(
    config: Path | None, tool: str, name: str | None, values: tuple[str, ...], no_test: bool, as_json: bool
) -> int:
    """Add a target for TOOL to hub.toml and test it with the tool's cheapest request.

    Asks on a terminal for what --set does not give. A target that exists already is only tested.
    """
    try:
        chosen = plugin(tool)
    except UnknownTool as error:
        raise Usage(str(error), hint="`hub connectors list` shows them") from None
    file = config or Path(os.environ.get("HUB_CONFIG", DEFAULT_FILE))
    target = name or tool
    known = load(file).targets if file.exists() else {}
    if target not in known:
        _append(file, target, chosen, _gather(chosen, dict(_pair(value) for value in values)))
    elif values:
        raise Refusal(f"target {target!r} exists already", place=str(file), hint="edit it there, or choose --name")
    if no_test:
        return 0
    return _test(file, target, as_json)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise Usage("--set takes KEY=VALUE", place=text)
    return key.strip(), value


def _gather(tool: Plugin, given: dict[str, str]) -> dict[str, str]:
    """The settings by key: those given, and those a person is asked for."""
    fields = tool.settings.model_fields
    unknown = sorted(set(given) - set(fields))
    if unknown:
        raise Usage(f"{tool.tool} has no setting {unknown[0]!r}", hint=f"it has {', '.join(fields)}")
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
        raise Usage(
            f"{secret} is a secret", hint=f"put it into the environment: --set {secret}={_example(tool, secret)}"
        )
    lines = [f"\n[targets.{json.dumps(target)}]", f"tool = {json.dumps(tool.tool)}"]
    lines += [f"{key} = {_toml(tool, key, value)}" for key, value in values.items()]
    _write(file, HEADER)
    try:
        with file.open("a", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
    except OSError as error:
        raise Refusal(f"cannot be written: {error.strerror}", place=str(file), hint="check its permissions") from None


def _is_literal_secret(tool: Plugin, key: str, value: str) -> bool:
    return _is_secret(tool, key) and not value.startswith(("env:", "file:"))


def _toml(tool: Plugin, key: str, value: str) -> str:
    """Numbers and booleans bare where the setting is one; everything else as text."""
    annotation = tool.settings.model_fields[key].annotation
    return (
        value if annotation in (int, bool, float) and value.lower() == value else json.dumps(value, ensure_ascii=False)
    )


def _test(file: Path, name: str, as_json: bool) -> int:
    app = App(load(file))
    return int(closing(app, lambda: _ask_tool(app, name, as_json)))


def _ask_tool(app: App, name: str, as_json: bool) -> int:
    (target,) = app.config.open_targets([name])
    try:
        with app.engine.connected(target) as connector:
            identity = connector.whoami()
    except ToolError as error:
        raise Refusal(error.message, place=f"{name} {error.place}".strip(), hint=error.hint) from None
    data: dict[str, Any] = {
        "target": name,
        "workspace": identity.workspace,
        "account": identity.account,
        "may_write": identity.may_write,
        "notes": list(identity.notes),
    }
    if as_json:
        print_json(data)
    else:
        writing = {True: "may write", False: "may only read", None: "whether it may write, the tool does not tell"}
        click.echo(f"{name}: connected to {identity.workspace} ({identity.account}); {writing[identity.may_write]}")
        for note in identity.notes:
            click.echo(f"  {note}")
    return 0
