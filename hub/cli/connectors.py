"""`hub connectors`: which tools there are, whether a connector works, and a start for a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.common import common, find_tool
from hub.cli.terminal import print_json, say

if TYPE_CHECKING:
    from connectors.contract import Plugin
    from connectors.registry import Broken


@click.group("connectors")
def connectors_command() -> None:
    """List, check and start connectors."""


@connectors_command.command("list")
@common
def list_command(config: Path | None, as_json: bool) -> int:
    """The installed tools with their powers and limits; broken plugins with the reason."""
    from connectors.registry import installed

    found = [_described(one) for one in installed()]
    if as_json:
        print_json(found)
        return 0
    for one in found:
        _show(one)
    return 0


def _described(one: Plugin | Broken) -> dict[str, Any]:
    from connectors.registry import Broken

    if isinstance(one, Broken):
        return {"tool": one.tool, "broken": one.reason}
    return {
        "tool": one.tool,
        "title": one.title,
        "summary": one.summary,
        "capabilities": sorted(one.capabilities),
        "settings": one.settings.model_json_schema(),
    }


def _show(described: dict[str, Any]) -> None:
    if "broken" in described:
        say(f"{described['tool']}: broken: {described['broken']}", fg="red")
        return
    say(described["tool"], bold=True, end=False)
    say(f"  {described['title']}: {described['summary']}")
    say(f"    can: {', '.join(described['capabilities']) or 'create and update'}")


@connectors_command.command("check")
@click.argument("tool")
@common
def check_connector_command(config: Path | None, tool: str, as_json: bool) -> int:
    """Try TOOL's connector against its own sandbox, in this process: connect, read, write, read back."""
    from hub.cli.trial import try_connector

    steps = try_connector(find_tool(tool))
    if as_json:
        print_json([{"step": step, "ok": not trouble, "message": trouble} for step, trouble in steps])
    else:
        for step, trouble in steps:
            say(f"{'ok  ' if not trouble else 'FAIL'} {step}", fg=None if not trouble else "red")
            if trouble:
                say(f"     {trouble}")
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
    say(f"{place}: {', '.join(written)}")
    say(f"  → cd {place}, install it with its test extra, and run pytest; then exchange the imaginary tool")
    return 0
