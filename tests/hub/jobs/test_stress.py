"""Several processes, random requests and random kill -9: no overlap of one key, nothing lost, the last word holds."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.store.database import Database
from tests.hub.jobs.convergence import converge, desire, engine

KEYS = [f"target {number}" for number in range(6)]
ROOT = Path(__file__).resolve().parents[3]


class Crew:
    """Worker processes that write to one pipe, and are replaced when they are killed."""

    def __init__(self, url: str, folder: Path, size: int) -> None:
        self._arguments = (url, str(folder))
        self._out, self._say = os.pipe()
        self._lines = os.fdopen(self._out)
        self._workers = [self._hire() for _ in range(size)]

    def _hire(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.hub.jobs.convergence", *self._arguments]
        return subprocess.Popen(command, cwd=ROOT, stdout=self._say)

    def hear(self) -> str:
        """The next line that any of them says."""
        return self._lines.readline().strip()

    def replace(self, number: int) -> None:
        """kill -9, and another in its place."""
        self._end(self._workers[number])
        self._workers[number] = self._hire()

    def dismiss(self) -> list[str]:
        """Kill all; what they had still to say."""
        for worker in self._workers:
            self._end(worker)
        os.close(self._say)
        return self._lines.read().split()

    def _end(self, worker: subprocess.Popen[bytes]) -> None:
        worker.kill()
        worker.wait()


@contextmanager
def crew(url: str, folder: Path, size: int) -> Iterator[Crew]:
    working = Crew(url, folder, size)
    try:
        yield working
    finally:
        for worker in working._workers:
            working._end(worker)


@pytest.mark.process
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_killed_every_key_ends_as_it_was_last_desired(
    database: Database, tmp_path: Path, seed: int
) -> None:
    chance, jobs = random.Random(seed), engine(database.url)
    desired = dict.fromkeys(KEYS, 0)
    heard: list[str] = []
    with crew(database.url, tmp_path, size=3) as workers:
        for moment in range(1, 61):
            for key in chance.sample(KEYS, 2):
                desired[key] = moment
                desire(tmp_path, key, moment)
                jobs.enqueue("reconcile", key, {"target": key})
            heard.append(workers.hear())
            if moment % 10 == 0:
                for number in chance.sample(range(3), 2):
                    workers.replace(number)
        heard += workers.dismiss()
    with open(os.devnull, "wb") as nobody:
        jobs.run({"reconcile": converge(tmp_path, nobody.fileno())}, threading.Event(), once=True)

    assert set(heard) == {"started"}
    assert {key: int((tmp_path / f"{key}.state").read_text()) for key in KEYS} == desired
    assert set(jobs.counts()) <= {"done", "superseded"}
