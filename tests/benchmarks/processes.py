"""Whole commands, as a person at a terminal waits for them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from connectors.registry import plugin
from connectors.sandbox_server import serve_on_loopback
from hub.cli.demo import EXAMPLE_PLAN
from tests.benchmarks.figures import Figure, wall_seconds
from tests.benchmarks.world import TOOLS

HUB = (sys.executable, "-c", "from hub.cli.main import run; run()")


def commands(repeat: int = 7) -> Iterator[Figure]:
    """`hub --help`, and `hub preview` of the demo plan against four running sandboxes."""
    yield Figure("hub --help", "s", wall_seconds(lambda: _hub("--help"), repeat=repeat), 0.2)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        config = _configured(Path(folder), stack)
        arguments = ("preview", str(EXAMPLE_PLAN), "--config", str(config))
        _hub(*arguments)  # makes the database, which a hub has from its first day on
        yield Figure("hub preview", "s", wall_seconds(lambda: _hub(*arguments), repeat=repeat), 1.5)


def _hub(*arguments: str) -> None:
    done = subprocess.run([*HUB, *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 2):
        raise RuntimeError(done.stdout + done.stderr)


def _configured(folder: Path, stack: ExitStack) -> Path:
    """A hub.toml for sandboxes that serve until the stack is unwound."""
    lines = ['database = "sqlite:///hub.db"']
    for tool in TOOLS:
        server = stack.enter_context(serve_on_loopback(plugin(tool).sandbox()))
        lines += [f"[targets.{tool}]", f'tool = "{tool}"', f'base_url = "{server.url}"']
        credentials = {key: one for key, one in server.sandbox.demo_credentials().items() if key != "base_url"}
        lines += [_setting(folder, tool, key, value) for key, value in credentials.items()]
    file = folder / "hub.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _setting(folder: Path, tool: str, key: str, value: str) -> str:
    """One line of a target's table; a secret goes to a file of its own."""
    annotation = plugin(tool).settings.model_fields[key].annotation
    if annotation is int:
        return f"{key} = {value}"
    if "SecretStr" not in str(annotation):
        return f"{key} = {json.dumps(value)}"
    secret = folder / f"{tool}_{key}"
    secret.write_text(value, encoding="utf-8")
    return f"{key} = {json.dumps(f'file:{secret}')}"
