"""What commands share: the options every command has, opening the hub, and finding a plan by name or path."""

from __future__ import annotations

import functools
import getpass
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.errors import Refusal

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


def open_app(config: Path | None, listen: Any = None) -> Any:
    """The hub of this configuration."""
    from hub.app import App
    from hub.config import load

    return App(load(config), listen) if listen else App(load(config))


def find_plan(app: Any, name: str) -> Any:
    """A plan by path (file or folder) or by the name it has in the store."""
    if Path(name).exists() or name.endswith((".yaml", ".yml", ".json")) or "/" in name:
        from hub.files import load as load_plan

        return load_plan(Path(name)).plan
    try:
        return app.store.plan_version(name)
    except Refusal as refusal:
        raise Refusal(
            f"no plan {name!r}: neither a file or folder of that name nor a plan in the store",
            hint="give the path of a plan file, or import one",
        ) from refusal


def print_json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def who_am_i() -> str:
    """The name of the person at the terminal, for the records."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def closing(app: Any, work: Callable[[], Any]) -> Any:
    """The result of the work, with the hub closed after it."""
    try:
        return work()
    finally:
        app.close()


def with_app(command: Command) -> Command:
    """Opens the hub named by `--config` and passes it as the first argument instead."""

    @functools.wraps(command)
    def wrapped(config: Path | None, **options: Any) -> Any:
        app = open_app(config)
        return closing(app, lambda: command(app, **options))

    return wrapped  # type: ignore[return-value]
