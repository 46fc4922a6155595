"""Real processes for tests: each runs a short script and talks by lines."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRELUDE = "import sys\nfrom hub.store.database import Database\nfrom hub.errors import Refusal\n"


class Child:
    """A running script. `say` writes a line to its stdin, `hear` reads one from its stdout."""

    def __init__(self, script: str, *arguments: str, cwd: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + script, *arguments],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def say(self, line: str = "") -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")

    def hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@contextmanager
def children(script: str, *arguments: str, cwd: Path, count: int = 1) -> Iterator[list[Child]]:
    """So many processes of one script, each of which has said "ready"; gone at the end of the block."""
    running = [Child(script, *arguments, cwd=cwd) for _ in range(count)]
    try:
        for child in running:
            assert child.hear() == "ready"
        yield running
    finally:
        for child in running:
            child.end()
