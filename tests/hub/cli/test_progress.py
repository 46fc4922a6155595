"""How a run is shown: bars on a terminal, few plain lines elsewhere, nothing with --json; and Ctrl-C."""

from __future__ import annotations

import os
import pty
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hub.app import App
from hub.cli.progress import watching
from hub.config import Config
from hub.engine.ports import Progress


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(Config(f"sqlite:///{tmp_path}/hub.db", {"lab": {}, "laboratory": {}}))


@contextmanager
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal as stderr; what is written to it can be read from this descriptor."""
    here, there = pty.openpty()
    with monkeypatch.context() as patch, os.fdopen(there, "w") as terminal:
        patch.setattr("sys.stderr", terminal)
        yield here
    os.close(here)


def everything_on(terminal: int) -> str:
    os.set_blocking(terminal, False)
    shown = b""
    with suppress(BlockingIOError):
        while chunk := os.read(terminal, 65536):
            shown += chunk
    return shown.decode()


def writing(total: int, target: str = "lab") -> list[Progress]:
    return [Progress("writing", target, done, total) for done in range(total + 1)]


@pytest.mark.parametrize(
    ("total", "told"),
    [(200, [0, 50, 100, 150, 200]), (3, [0, 1, 2, 3]), (1, [0, 1]), (0, [])],
)
def test_writing_is_told_at_its_start_its_quarters_and_its_end(
    app: App, capsys: pytest.CaptureFixture[str], total: int, told: list[int]
) -> None:
    with watching(app, quiet=False):
        for progress in writing(total):
            app.engine.listen(progress)
    assert capsys.readouterr().err.splitlines() == [f"lab         written {done} of {total}" for done in told]


def test_lines_are_aligned_and_say_what_happens(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    with watching(app, quiet=False):
        app.engine.listen(Progress("observed", "lab", done=7))
        app.engine.listen(Progress("waiting", "laboratory", text="30"))
        app.engine.listen(Progress("failed", "lab", text="no\nanswer \x1b[31m"))
    assert capsys.readouterr().err.splitlines() == [
        "lab         read 7 documents",
        "laboratory  waiting 30 s for the quota",
        "lab         failed: no\\nanswer \\x1b[31m",
    ]


def test_nothing_is_told_with_json_nor_after_the_run(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    with watching(app, quiet=True):
        app.engine.listen(Progress("done", "lab"))
    with watching(app, quiet=False):
        pass
    app.engine.listen(Progress("done", "lab"))
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_bars_and_its_cursor_back(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with screen(monkeypatch) as terminal:
        with watching(app, quiet=False):
            for progress in writing(4):
                app.engine.listen(progress)
            app.engine.listen(Progress("failed", "lab", text="[red]no[/red] \x1b[31manswer"))
        shown = everything_on(terminal)
    assert "\x1b[?25l" in shown and shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert "[red]no[/red]" in shown and "\x1b[31manswer" not in shown


def test_the_first_ctrl_c_asks_for_an_orderly_end_and_the_handler_goes_with_the_run(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    with watching(app, quiet=True):
        signal.raise_signal(signal.SIGINT)
        assert app.stopping.is_set()
    assert signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().err.count("stopping after the answers that are under way") == 1


def test_another_thread_may_watch_without_touching_signals(app: App) -> None:
    seen: list[object] = []

    def watch() -> None:
        with watching(app, quiet=True):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
