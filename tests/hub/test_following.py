"""A process that stays up goes by hub.toml as it is saved; what cannot be used leaves the one before in place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.app import App
from hub.config import Config, load
from hub.errors import Refusal
from hub.following import Follower, told

TOP = 'database = "sqlite:///hub.db"\n'
LAB = '[targets.lab]\ntool = "snowplow"\nbase_url = "http://127.0.0.1:9"\nvendor = "com.lab"\nstatic = true\n'


class Desk:
    """A hub whose file is edited, and a follower that looks when it is told to."""

    def __init__(self, folder: Path, text: str | None) -> None:
        self.file = folder / "hub.toml"
        if text is not None:
            self.file.write_text(text)
        self.app = App(load(self.file, {}) if text is not None else Config())
        self.fired: list[list[str]] = []
        self.heard: list[str] = []
        self.follower = Follower(self.app, lambda tables: self.fired.append([one.name for one in tables]), self._hear)

    def _hear(self, problem: Refusal | None) -> None:
        self.heard.append(told(problem)["message"])

    def save(self, text: str) -> None:
        self.file.write_text(text)
        self.follower.look()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, TOP + LAB)


def test_nothing_is_said_while_nothing_is_saved(desk: Desk) -> None:
    desk.follower.look()
    desk.save(f"{TOP}# a remark\n{LAB}")
    assert desk.heard == desk.fired == []


def test_a_schedule_that_is_saved_holds_and_one_that_is_taken_out_ends(desk: Desk) -> None:
    desk.save(f'{TOP}{LAB}schedule = "every 1d"\n')
    desk.save(TOP + LAB)
    assert desk.fired == [["lab"], []]
    assert desk.heard == ["hub.toml changed; the next runs go by it"] * 2
    assert desk.app.config.timetables() == []


def test_the_authority_of_the_engine_follows_and_the_database_stays(desk: Desk) -> None:
    engine = desk.app.engine
    desk.save(f'database = "sqlite:///other.db"\n{LAB}[[authority]]\npolicy = "ignore"\n')
    assert desk.app.engine.authority.rules[0].policy == "ignore" and engine.authority.rules[0].policy == "tool"
    assert desk.app.config.database.endswith("/hub.db")
    desk.app.close()


@pytest.mark.parametrize("text", ["?", f'{TOP}{LAB}schedule = "sometimes"\n', f"{TOP}colour = 1\n", None])
def test_what_cannot_be_used_is_said_once_and_the_one_before_stays(desk: Desk, text: str | None) -> None:
    before = desk.app.config
    desk.save(text) if text is not None else desk.file.unlink()
    for _ in range(2):
        desk.follower.look()
    (said,) = desk.heard
    assert "cannot be used as it stands now" in said and desk.app.config is before and desk.fired == []
    desk.save(f'{TOP}{LAB}schedule = "every 2h"\n')
    assert desk.fired == [["lab"]]


def test_a_file_that_is_made_while_the_process_runs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    desk = Desk(tmp_path, None)
    desk.follower.look()
    assert desk.heard == []
    desk.save(LAB)
    assert list(desk.app.config.targets) == ["lab"] and desk.fired == [[]]


def test_the_thread_looks_by_itself_and_ends_with_the_block(desk: Desk) -> None:
    seen = threading.Event()
    with Follower(desk.app, lambda tables: seen.set(), lambda problem: None, every=0.01):
        desk.file.write_text(f'{TOP}{LAB}schedule = "every 1d"\n')
        assert seen.wait(20)
    assert "follower" not in {one.name for one in threading.enumerate()}


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`hub worker` in a process of its own, on a target without a schedule."""
    (tmp_path / "hub.toml").write_text(f'plan = "plan.yaml"\n{TOP}{LAB}')
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", "from hub.cli.main import run\nrun(['worker'])"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment) as process:
        yield process
        process.terminate()


@pytest.mark.process
def test_a_worker_elsewhere_says_that_the_file_changed_and_fires_by_it(
    worker: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert worker.stderr is not None
    assert json.loads(worker.stderr.readline())["event"] == "started"
    (tmp_path / "hub.toml").write_text(f'plan = "plan.yaml"\n{TOP}{LAB}schedule = "every 1d"\n')
    said = [json.loads(worker.stderr.readline()) for _ in range(2)]
    by_event = {one["event"]: one for one in said}
    assert by_event["configuration"]["message"] == "hub.toml changed; the next runs go by it"
    assert (by_event["tick"]["schedule"], by_event["tick"]["outcome"]) == ("lab", "enqueued")
