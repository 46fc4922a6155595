"""`hub sandbox TOOL`: a local emulator of a tool, for rehearsals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from connectors.sandbox import Sandbox
from connectors.sandbox_server import SandboxServer
from hub.cli.common import find_tool
from hub.cli.stopping import until_stopped
from hub.cli.terminal import say
from hub.errors import Refusal, Usage
from hub.files import disk
from hub.files.data import read_data


def serve(
    config: Path | None, tool: str, port: int, state: Path | None, switches: tuple[str, ...], as_json: bool
) -> int:
    """`hub sandbox`: serves until Ctrl-C or SIGTERM, then saves the state where one was named."""
    sandbox = find_tool(tool).sandbox()
    for switch in switches:
        _throw(sandbox, switch)
    if state is not None and state.exists():
        _restore(sandbox, state)
    server = _listen(sandbox, port)
    try:
        _describe({"tool": tool, "base_url": server.url, **sandbox.demo_credentials()}, as_json)
        until_stopped()
    finally:
        server.stop()
        if state is not None:
            _save(sandbox, state)
    return 0


def _throw(sandbox: Sandbox, switch: str) -> None:
    name, _, value = switch.partition("=")
    try:
        sandbox.set_switch(name, _switch_value(value))
    except ValueError as error:
        raise Usage(str(error), place=f"--switch {switch}", hint="NAME=VALUE, with a name and value it has") from None


def _switch_value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _restore(sandbox: Sandbox, state: Path) -> None:
    try:
        sandbox.load(read_data(state))
    except (KeyError, TypeError, AttributeError, ValueError):
        message = f"is no state of a {sandbox.tool} sandbox"
        raise Refusal(message, place=str(state), hint="give a file that --state has saved, or a new name") from None


def _save(sandbox: Sandbox, state: Path) -> None:
    with disk.refusing(state, "written"):
        state.write_text(json.dumps(sandbox.dump(), indent=1), encoding="utf-8")


def _listen(sandbox: Sandbox, port: int) -> SandboxServer:
    try:
        return SandboxServer(sandbox, port).start()
    except OSError as error:
        hint = "choose another port; --port 0 takes a free one"
        raise Refusal(f"cannot be listened on: {error.strerror}", place=f"127.0.0.1:{port}", hint=hint) from None


def _describe(described: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(described))
        return
    say(f"{described['tool']} sandbox at {described['base_url']} (Ctrl-C ends it); its demo credentials are:")
    for name, value in described.items():
        if name not in ("tool", "base_url"):
            say(f"  {name} = {value}")
