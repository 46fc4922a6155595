"""`hub connectors`: which tools there are, whether a connector works, and a start for a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from connectors.contract import Plugin
from connectors.registry import Broken, UnknownTool, installed, plugin
from hub.cli.common import common, print_json
from hub.errors import Usage


@click.group("connectors")
def connectors_command() -> None:
    """List, check and start connectors."""


@connectors_command.command("list")
@common
def list_command(config: Path | None, as_json: bool) -> int:
    """The installed tools with their powers and limits; broken plugins with the reason."""
    found = installed()
    if as_json:
        print_json([_described(one) for one in found])
        return 0
    for one in found:
        if isinstance(one, Broken):
            click.secho(f"{one.tool}: broken: {one.reason}", fg="red")
        else:
            click.secho(f"{one.tool}", bold=True, nl=False)
            click.echo(f"  {one.title}: {one.summary}")
            click.echo(f"    can: {', '.join(sorted(one.capabilities)) or 'create and update'}")
    return 0


def _described(one: Plugin | Broken) -> dict[str, Any]:
    if isinstance(one, Broken):
        return {"tool": one.tool, "broken": one.reason}
    return {
        "tool": one.tool,
        "title": one.title,
        "summary": one.summary,
        "capabilities": sorted(one.capabilities),
        "settings": one.settings.model_json_schema(),
    }


@connectors_command.command("check")
@click.argument("tool")
@common
def check_connector_command(config: Path | None, tool: str, as_json: bool) -> int:
    """Try TOOL's connector against its own sandbox, in this process: connect, read, write, read back."""
    from hub.cli.trial import try_connector

    try:
        steps = try_connector(plugin(tool))
    except UnknownTool as error:
        raise Usage(str(error), hint="`hub connectors list` shows them") from None
    if as_json:
        print_json([{"step": step, "ok": not trouble, "message": trouble} for step, trouble in steps])
    else:
        for step, trouble in steps:
            click.secho(f"{'ok  ' if not trouble else 'FAIL'} {step}", fg=None if not trouble else "red")
            if trouble:
                click.echo(f"     {trouble}")
    return 1 if any(trouble for _, trouble in steps) else 0


@connectors_command.command("new")
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to write it (default: hub-connector-NAME).")
@common
def new_connector_command(config: Path | None, name: str, folder: Path | None, as_json: bool) -> int:
    """Write a package with a working connector for a tool called NAME: an imaginary tool, to be exchanged for yours."""
    from hub.cli.starter import write_package

    place = folder or Path(f"hub-connector-{name}")
    written = write_package(name, place)
    if as_json:
        print_json({"tool": name, "folder": str(place), "files": written})
        return 0
    click.echo(f"{place}: {', '.join(written)}")
    click.echo(f"  → cd {place}, install it with its test extra, and run pytest; then exchange the imaginary tool")
    return 0
