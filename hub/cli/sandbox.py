"""`hub sandbox TOOL`: a local emulator of a tool, for rehearsals."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import click

from connectors.registry import UnknownTool, plugin
from connectors.sandbox_server import serve_on_loopback
from hub.cli.common import common
from hub.errors import Usage


@click.command("sandbox")
@click.argument("tool")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--state", type=click.Path(path_type=Path), help="File to start from and to save to at the end.")
@click.option("--switch", "switches", multiple=True, metavar="NAME=VALUE", help="Choose an undocumented behaviour.")
@common
def sandbox_command(
    config: Path | None, tool: str, port: int, state: Path | None, switches: tuple[str, ...], as_json: bool
) -> int:
    """Serve a stateful emulator of TOOL on this machine until Ctrl-C. It talks to nobody."""
    try:
        sandbox = plugin(tool).sandbox()
    except UnknownTool as error:
        raise Usage(str(error), hint="`hub connectors list` shows them") from None
    for switch in switches:
        name, _, value = switch.partition("=")
        try:
            sandbox.set_switch(name, _switch_value(value))
        except ValueError as error:
            raise Usage(str(error), place=f"--switch {switch}") from None
    if state is not None and state.exists():
        sandbox.load(json.loads(state.read_text(encoding="utf-8")))
    with serve_on_loopback(sandbox, port) as server:
        described = {"tool": tool, "base_url": server.url, **sandbox.demo_credentials()}
        click.echo(json.dumps(described) if as_json else _described(described))
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            if state is not None:
                state.write_text(json.dumps(sandbox.dump(), indent=1), encoding="utf-8")
    return 0


def _switch_value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _described(described: dict[str, str]) -> str:
    lines = [f"{described['tool']} sandbox at {described['base_url']} (Ctrl-C ends it); its demo credentials are:"]
    lines += [f"  {name} = {value}" for name, value in described.items() if name not in ("tool", "base_url")]
    return "\n".join(lines)
