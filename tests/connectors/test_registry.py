"""Plugins by entry point: somebody's broken import is a reason, not a crash."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.contract import CONTRACT_VERSION, CostModel, Plugin
from connectors.registry import GROUP, Broken, UnknownTool, installed, load, plugin
from connectors.settings import Settings
from tests.connectors.notepad import Notepad


def made(tool: str = "notepad", **changes: Any) -> Plugin:
    nothing: Any = lambda *_: None  # noqa: E731
    one = Plugin(
        tool,
        "Notepad",
        "Notes.",
        Settings,
        nothing,
        nothing,
        Notepad,
        nothing,
        lambda _: CostModel(()),
        nothing,
        nothing,
    )
    return replace(one, **changes)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which modules named `somebodys_*` are imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("somebodys_")]:
        del sys.modules[name]


def entry(value: str, name: str = "notepad") -> EntryPoint:
    return EntryPoint(name, value, GROUP)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; sys.exit('no licence')", "SystemExit: no licence"),
        ("PLUGIN = (", "SyntaxError"),
        ("OTHER = 1", "AttributeError"),
        ("PLUGIN = 'a string'", "not a connectors.contract.Plugin"),
    ],
)
def test_a_plugin_that_cannot_be_used_says_why(folder: Path, code: str, reason: str) -> None:
    (folder / "somebodys_plugin.py").write_text(code)
    broken = load(entry("somebodys_plugin:PLUGIN"))
    assert isinstance(broken, Broken) and broken.tool == "notepad" and reason in broken.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contract": CONTRACT_VERSION + 1}, f"written for contract {CONTRACT_VERSION + 1}"),
        ({"tool": "other"}, "the plugin calls itself 'other'"),
    ],
)
def test_a_plugin_that_does_not_fit_says_why(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], reason: str
) -> None:
    monkeypatch.setattr(Notepad, "PLUGIN", made(**changes), raising=False)
    broken = load(entry("tests.connectors.notepad:Notepad.PLUGIN"))
    assert isinstance(broken, Broken) and reason in broken.reason


def test_all_are_listed_by_name_the_broken_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Notepad, "PLUGIN", made(), raising=False)
    found = installed([entry("tests.connectors.notepad:Notepad.PLUGIN"), entry("nowhere:X", "atlantis")])
    assert [(type(one), one.tool) for one in found] == [(Broken, "atlantis"), (Plugin, "notepad")]


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Notepad, "PLUGIN", made(), raising=False)
    found = EntryPoints([entry("tests.connectors.notepad:Notepad.PLUGIN"), entry("nowhere_at_all:X", "atlantis")])
    monkeypatch.setattr(registry, "entry_points", lambda group: found)


def test_one_tool_is_found_without_importing_the_others(entries: None) -> None:
    assert plugin("notepad").tool == "notepad"


@pytest.mark.parametrize(
    ("tool", "message"),
    [("atlantis", "broken: ModuleNotFoundError"), ("mixpanle", "installed are atlantis, notepad")],
)
def test_a_tool_that_is_not_there_is_unknown_for_a_reason(entries: None, tool: str, message: str) -> None:
    with pytest.raises(UnknownTool, match=message):
        plugin(tool)
