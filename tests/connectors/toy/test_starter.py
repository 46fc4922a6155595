"""`hub connectors new`: what it writes works at once, under any name, and it overwrites nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from connectors.contract import Plugin
from connectors.registry import GROUP, installed
from hub.cli.main import _run
from hub.cli.starter import write_package
from hub.cli.trial import try_connector
from hub.errors import Refusal, Usage


def entry_of(folder: Path) -> EntryPoint:
    """The entry point that the package in this folder declares."""
    declared = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"][GROUP]
    ((tool, value),) = declared.items()
    return EntryPoint(tool, value, GROUP)


@pytest.mark.process
def test_the_tests_of_a_package_whose_name_has_a_dash_run_without_installing_it(tmp_path: Path) -> None:
    """A few of them; tests/acceptance/test_docs.py runs all, as the page about connectors tells a reader to."""
    write_package("acme-diary", tmp_path / "new")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "whoami or publishing_twice"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "new"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=tmp_path / "new", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout + done.stderr


def test_a_new_package_is_found_by_the_entry_point_it_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package("tally-sheet", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (plugin,) = installed([entry_of(tmp_path)])
    assert isinstance(plugin, Plugin) and plugin.tool == "tally-sheet"
    assert [trouble for _, trouble in try_connector(plugin) if trouble] == []


def test_nothing_of_the_template_stays_in_a_new_package(tmp_path: Path) -> None:
    write_package("diary", tmp_path)
    texts = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any("notebook" in text.lower() or "testing.template" in text for text in texts)


def test_a_name_that_contains_the_templates_name_is_not_replaced_twice(tmp_path: Path) -> None:
    write_package("notebook-two", tmp_path)
    assert "class NotebookTwoSettings" in (tmp_path / "hub_notebook_two" / "settings.py").read_text()


@pytest.mark.parametrize("name", ["Diary", "my_diary", "2nd", "a/b", "../x", "diary-", "", "segment"])
def test_a_name_that_no_tool_can_have_is_bad_usage(tmp_path: Path, name: str) -> None:
    with pytest.raises(Usage):
        write_package(name, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(Refusal, match="not empty"):
        write_package("diary", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["README.md"]


def test_the_command_writes_into_a_folder_of_the_tools_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _run(["connectors", "new", "diary"]) == 0
    assert (tmp_path / "hub-connector-diary" / "hub_diary" / "mapping.py").exists()
    assert "hub_diary/mapping.py" in capsys.readouterr().out
