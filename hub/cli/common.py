"""What commands share: the options every command has, opening the hub, and finding a plan by name or path.

Imports nothing heavy before it is called: the help of a command waits for no HTTP library or database.
"""

from __future__ import annotations

import difflib
import functools
import getpass
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hub.cli.terminal import print_json
from hub.errors import Refusal, Usage
from hub.explaining import shared_properties_explained

if TYPE_CHECKING:
    from connectors.contract import Plugin
    from hub.app import App
    from mappings.canonical import TrackingPlan
    from mappings.canonical.kinds import JSON

__all__ = [
    "common",
    "find_plan",
    "find_tool",
    "perform",
    "print_json",
    "record",
    "target_option",
    "who_am_i",
    "with_app",
]
Command = TypeVar("Command", bound=Callable[..., Any])


def common(command: Command) -> Command:
    """`--config` and `--json`, which every command takes."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON of a stable shape.")(command)
    return click.option(
        "--config", type=click.Path(path_type=Path), help="Configuration file (default: hub.toml, or HUB_CONFIG)."
    )(command)


def target_option(command: Command) -> Command:
    """`--target`, repeatable: all targets when none is named."""
    return click.option("--target", "targets", multiple=True, help="Only this target; may be repeated.")(command)


def perform(handler: str, options: dict[str, Any]) -> int:
    """Call the function behind a command, `module.function` of this package; its exit code."""
    module, _, function = handler.partition(".")
    code: int = getattr(importlib.import_module(f"hub.cli.{module}"), function)(**options)
    return code


def with_app(command: Command) -> Command:
    """Opens the hub named by `--config` and passes it as the first argument instead; closes it afterwards."""

    @functools.wraps(command)
    def wrapped(config: Path | None, **options: Any) -> Any:
        from hub.app import App
        from hub.config import load

        app = App(load(config))
        try:
            with shared_properties_explained(options.get("plan")):
                return command(app, **options)
        finally:
            app.close()

    return wrapped  # type: ignore[return-value]


def find_plan(app: App, name: str) -> TrackingPlan:
    """A plan by path (file or folder) or by the name it has in the store."""
    if Path(name).exists() or name.endswith((".yaml", ".yml", ".json")) or "/" in name:
        from hub.files import load as load_plan

        return load_plan(Path(name)).plan
    stored = [one.plan for one in app.store.plans()]
    if name in stored:
        return app.store.plan_version(name)
    near = difflib.get_close_matches(name, stored, 1)
    hint = f"did you mean {near[0]!r}?" if near else "give the path of a plan file, or import one"
    raise Refusal(f"no plan {name!r}: neither a file or folder of that name nor a plan in the store", hint=hint)


def find_tool(name: str) -> Plugin:
    """The plugin of that name. Raises Usage when there is none."""
    from connectors.registry import UnknownTool, plugin

    try:
        return plugin(name)
    except UnknownTool as error:
        raise Usage(str(error), hint="`hub connectors list` shows them") from None


def refuse_existing(output: Path) -> None:
    """Raises Refusal when there is something at the path already."""
    if output.exists() or output.is_symlink():
        raise Refusal("exists already", place=str(output), hint="choose another name, or move it away")


def record(app: App, verb: str, subject: str, **details: JSON) -> None:
    """Keep in the audit what the person at the terminal does, under the verbs that pages and the API use."""
    app.store.people.note(who_am_i(), verb, subject, app.engine.time.now(), through="command", **details)


def who_am_i() -> str:
    """The name of the person at the terminal, for the records."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
