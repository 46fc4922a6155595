"""A process that stays up follows hub.toml: what a page or an editor saves there holds for the next run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from types import TracebackType

from hub import settings_file
from hub.app import App
from hub.config import load
from hub.errors import Problems, Refusal
from hub.timetable import Timetable

EVERY = 1.0
"""Seconds between two looks at the file's stamp, which cost a system call each."""
Heard = Callable[[Refusal | None], None]
"""Told that another configuration holds now, or why the one that was saved cannot be used: then the old one stays."""


class Follower:
    """Looks at the file for the length of a `with` block, in a thread of its own.

    `fire_by` is handed the timetables of each new configuration.
    """

    def __init__(
        self, app: App, fire_by: Callable[[Sequence[Timetable]], None], heard: Heard, *, every: float = EVERY
    ) -> None:
        self._app, self._fire_by, self._heard, self._every = app, fire_by, heard, every
        self._file = settings_file.place_of(app.config)
        self._known = app.config
        self._stamp: Hashable = ()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            self.look()

    def look(self) -> None:
        """Take over what the file says, if somebody saved it since the last look."""
        try:
            changed = self._take_over()
        except Refusal as refusal:
            self._heard(refusal)
            return
        if changed:
            self._heard(None)

    def _take_over(self) -> bool:
        """Whether the configuration is another one. Raises Refusal, once for each time the file was saved."""
        with settings_file.writing:
            stamp = _stamp(self._file)
            if stamp == self._stamp or (stamp is None and self._app.config.path is None):
                return False
            self._stamp = stamp
            config = load(self._file)
            timetables = config.timetables()
            if config == self._known:
                return False
            self._known = config
            self._app.use(config)
        self._fire_by(timetables)
        return True


def told(problem: Refusal | None) -> dict[str, str]:
    """What there is to log of it: `message`, and of a problem the next step as `hint`."""
    if problem is None:
        return {"message": "hub.toml changed; the next runs go by it"}
    inner = "; ".join(map(str, problem.problems)) if isinstance(problem, Problems) else ""
    said = ": ".join(filter(None, [str(problem), inner]))
    return {"message": f"hub.toml cannot be used as it stands now: {said}", "hint": problem.hint}


def _stamp(file: Path) -> Hashable:
    """What another content has otherwise; None when there is no such file."""
    try:
        seen = file.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino
