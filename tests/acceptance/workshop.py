"""Four sandboxes on loopback and `hub` commands in real processes, for the acceptance tests."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import plugin
from connectors.sandbox import Request, Response, Sandbox, Window
from connectors.sandbox_server import serve_on_loopback

TOOLS = ("amplitude", "mixpanel", "segment", "snowplow")
PROCESSES = multiprocessing.get_context("forkserver")
"""Children come from a small server process that has the hub imported: real processes, quick to start."""
PROCESSES.set_forkserver_preload(
    [
        "tests.acceptance.workshop",
        "tests.acceptance.telling_processes",
        "hub.cli.publishing",
        "hub.cli.notifying",
        "hub.notify.jira.channel",
        "hub.notify.slack.channel",
        "hub.files",
        "hub.store.sql",
        "alembic.command",
        "sqlalchemy.dialects.sqlite",
        "httpx",
        *(f"connectors.{tool}" for tool in TOOLS),
    ]
)
NOISE = frozenset({"createdAt", "updatedAt", "auditEvents", "minted", "created_at", "updated_at", "keys_made"})
"""What a sandbox's dump says of *when*, not of what it holds."""


@dataclass
class Workshop:
    """A folder with hub.toml for four sandboxes."""

    folder: Path
    sandboxes: dict[str, Sandbox]
    limits: bool = True
    before_request: Callable[[str, Request], None] = lambda tool, request: None
    after_request: Callable[[str, Request], None] = lambda tool, request: None
    addresses: dict[str, str] = field(default_factory=dict)
    """Where each sandbox answers."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self, *arguments: str, started: Callable[[int], None] = lambda pid: None, output_name: str = "output.txt"
    ) -> Run:
        """One `hub` command in a process of its own, waited for. `started` hears its process id."""
        output = self.folder / output_name
        command = [*arguments, "--config", str(self.folder / "hub.toml")]
        child = PROCESSES.Process(target=type_command, args=(command, str(output), self.limits))
        child.start()
        started(child.pid or 0)
        child.join()
        return Run(child.exitcode, output.read_text(encoding="utf-8") if output.exists() else "")

    def holdings(self) -> dict[str, Any]:
        """What each tool holds, without times."""
        return {tool: _without_noise(sandbox.dump()) for tool, sandbox in self.sandboxes.items()}

    def requests(self) -> int:
        return sum(len(sandbox.log) for sandbox in self.sandboxes.values())

    def writes(self) -> list[tuple[str, str, str, bytes]]:
        """The writes that were applied: (tool, method, path, body)."""
        return [
            (tool, entry.method, entry.path, entry.body)
            for tool, sandbox in self.sandboxes.items()
            for entry in sandbox.log
            if entry.method != "GET" and (200 <= entry.status < 300 or entry.fault == "lost")
        ]


@dataclass(frozen=True)
class Run:
    """How a command ended; a killed one has a negative exit code."""

    exit_code: int | None
    output: str

    def json(self) -> Any:
        return json.loads(self.output)


@contextmanager
def workshop(folder: Path, tools: Sequence[str] = TOOLS, *, limits: bool = True) -> Iterator[Workshop]:
    """Sandboxes that run until the block ends, and a configuration that points at them.

    Without `limits` neither side minds the vendors' quotas: a test that publishes a hundred times has no minutes to
    wait for Mixpanel.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        shop = Workshop(folder, {tool: plugin(tool).sandbox() for tool in tools}, limits)
        if not limits:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(Window, "take", lambda self, now, units=1: 0.0)
        lines = ['database = "sqlite:///hub.db"']
        for tool, sandbox in shop.sandboxes.items():
            listen_in(shop, tool, sandbox)
            server = stack.enter_context(serve_on_loopback(sandbox))
            shop.addresses[tool] = server.url
            lines += [f"[targets.{tool}]", f'tool = "{tool}"', f'base_url = "{server.url}"']
            lines += [_setting(folder, tool, key, value) for key, value in sandbox.demo_credentials().items()]
        (folder / "hub.toml").write_text("\n".join(line for line in lines if line) + "\n", encoding="utf-8")
        yield shop


def listen_in(shop: Workshop, tool: str, sandbox: Sandbox) -> None:
    """Tell the workshop about each request before it is handled and after it took effect."""
    handle = sandbox.handle

    def told(request: Request) -> Response:
        with shop._lock:
            shop.before_request(tool, request)
        answer = handle(request)
        with shop._lock:
            shop.after_request(tool, request)
        return answer

    sandbox.handle = told  # type: ignore[method-assign]


def _setting(folder: Path, tool: str, key: str, value: str) -> str:
    field_type = plugin(tool).settings.model_fields[key].annotation
    if key == "base_url":
        return ""
    if "SecretStr" not in str(field_type):
        return f"{key} = {value if field_type is int else json.dumps(value)}"
    (folder / f"{tool}_{key}").write_text(value, encoding="utf-8")
    return f'{key} = "file:{tool}_{key}"'


def _without_noise(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_noise(inner) for key, inner in value.items() if key not in NOISE}
    return [_without_noise(inner) for inner in value] if isinstance(value, list) else value


def type_command(arguments: list[str], output: str, limits: bool) -> None:
    """One `hub` command in this process, which ends with it; what it says goes to the file `output`."""
    from hub.cli.main import _run
    from hub.store.quota import SharedLimiter

    if not limits:
        SharedLimiter.reserve = lambda self, units: 0.0  # type: ignore[method-assign]

    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os._exit(_flushed(_run(arguments)))


def _flushed(code: int) -> int:
    import sys

    sys.stdout.flush()
    sys.stderr.flush()
    return code


def killer(shop: Workshop, at: int, *, after: bool) -> Callable[[int], None]:
    """Kills the process that was started with signal 9 at the workshop's request number `at`, counted from 0.

    `after` lets the request take effect first: the answer is then lost with the process.
    """
    seen = [-1]
    process = [0]

    def count(tool: str, request: Request) -> None:
        seen[0] += 1
        if seen[0] == at:
            os.kill(process[0], signal.SIGKILL)

    shop.before_request, shop.after_request = (shop.before_request, count) if after else (count, shop.after_request)

    def started(pid: int) -> None:
        process[0] = pid

    return started


def at_peace(shop: Workshop) -> None:
    """Nobody is killed any more."""
    shop.before_request = shop.after_request = lambda tool, request: None
