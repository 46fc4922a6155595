"""Progress on a terminal as bars, elsewhere as plain lines; silent with `--json`."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from hub.app import App
from hub.cli.stopping import ending_on_signals
from hub.cli.terminal import printable, say
from hub.engine.ports import Progress

LINES = {
    "observing": "reading",
    "observed": "read {done} documents",
    "checking": "checking credentials",
    "verifying": "reading back",
    "waiting": "waiting {text} s for the quota",
    "failed": "failed: {text}",
    "done": "done",
}
STEPS = 4
"""Without bars, writing is told at its start and its end and at each quarter between them."""


@contextmanager
def watching(app: App, *, quiet: bool) -> Iterator[None]:
    """Shows what the engine reports while the block runs, and turns Ctrl-C into an orderly stop."""
    bars = _Bars() if sys.stderr.isatty() and not quiet else None
    before, app.listen = app.listen, bars or (_silent if quiet else _Lines(app.config.targets))
    try:
        with _orderly_stop(app.stopping, bars), bars or nullcontext():
            yield
    finally:
        app.listen = before


@contextmanager
def _orderly_stop(stopping: threading.Event, bars: _Bars | None) -> Iterator[None]:
    """Ctrl-C asks the runs to end after the answer they wait for."""

    def told() -> None:
        say("stopping after the answers that are under way; Ctrl-C again to leave at once", to_error=True)

    leave = bars.show_cursor if bars else lambda: None
    with ending_on_signals(stopping, (signal.SIGINT,), first=told, last=leave):
        yield


def _silent(progress: Progress) -> None:
    """For `--json`: only the result is printed."""


class _Lines:
    """One line when something begins or ends, the targets' names aligned."""

    def __init__(self, targets: Iterable[str]) -> None:
        self._width = max(map(len, targets), default=0)
        self._told: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            line = self._line(progress)
            if line:
                say(f"{progress.target:<{self._width}}  {line}", to_error=True)

    def _line(self, progress: Progress) -> str:
        if progress.stage != "writing":
            return _words(progress)
        step = STEPS * progress.done // progress.total if progress.total else STEPS
        if not progress.total or self._told.get(progress.target) == step:
            return ""
        self._told[progress.target] = step
        return f"written {progress.done} of {progress.total}"


def _words(progress: Progress) -> str:
    return LINES[progress.stage].format(done=progress.done, text=progress.text)


class _Bars:
    """A bar for each target."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        name = TextColumn("{task.fields[name]}", markup=False)
        words = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
        self._console = Console(stderr=True)
        columns = (name, BarColumn(), TimeElapsedColumn(), words)
        self._bars = RichProgress(*columns, console=self._console, transient=True)
        self._tasks: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._bars.start()

    def __exit__(self, *problem: object) -> None:
        self._bars.stop()

    def show_cursor(self) -> None:
        """Give the terminal back its cursor, which bars hide."""
        self._console.show_cursor(True)

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            task = self._task(progress.target)
            if progress.stage == "writing":
                words = f"written {progress.done} of {progress.total}"
                self._bars.update(task, total=progress.total, completed=progress.done, description=words)
            else:
                self._bars.update(task, description=printable(_words(progress)))

    def _task(self, target: str) -> Any:
        if target not in self._tasks:
            self._tasks[target] = self._bars.add_task("", name=printable(target), total=None)
        return self._tasks[target]
