"""Progress on a terminal as bars, elsewhere as plain lines; silent with `--json`."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from hub.app import App
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


@contextmanager
def watching(app: App, *, quiet: bool) -> Iterator[None]:
    """Shows what the engine reports while the block runs, and turns Ctrl-C into an orderly stop."""
    bars = _Bars() if sys.stderr.isatty() and not quiet else None
    app.listen = bars or (_silent if quiet else _Lines())
    with _orderly_stop(app.stopping), bars or _nothing():
        yield


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _orderly_stop(stopping: threading.Event) -> Iterator[None]:
    """The first Ctrl-C asks the runs to end after the answer they wait for; the second ends the process."""

    def ask(signum: int, frame: Any) -> None:
        stopping.set()
        signal.signal(signal.SIGINT, before)
        click.echo("stopping after the answers that are under way; Ctrl-C again to leave at once", err=True)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _silent(progress: Progress) -> None:
    """For `--json`: only the result is printed."""


class _Lines:
    """One line when something begins or ends; writing is told in tenths, not in steps."""

    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            line = self._line(progress)
            if line:
                click.echo(f"{progress.target}: {line}", err=True)

    def _line(self, progress: Progress) -> str:
        if progress.stage != "writing":
            return LINES[progress.stage].format(done=progress.done, text=progress.text)
        tenth = 10 * progress.done // progress.total if progress.total else 10
        if self._tenths.get(progress.target) == tenth:
            return ""
        self._tenths[progress.target] = tenth
        return f"written {progress.done} of {progress.total}" if progress.total else ""


class _Bars:
    """A bar for each target."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        columns = (TextColumn("{task.fields[name]}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bars = RichProgress(
            *columns, TextColumn("{task.description}"), console=Console(stderr=True), transient=True
        )
        self._tasks: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._bars.start()

    def __exit__(self, *problem: object) -> None:
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            if progress.target not in self._tasks:
                self._tasks[progress.target] = self._bars.add_task("", name=progress.target, total=None)
            task = self._tasks[progress.target]
            if progress.stage == "writing":
                self._bars.update(task, total=progress.total, completed=progress.done, description="writing")
            else:
                self._bars.update(
                    task, description=LINES[progress.stage].format(done=progress.done, text=progress.text)
                )
