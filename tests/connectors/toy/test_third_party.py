"""A plugin from elsewhere, found by its entry point, is used through the whole hub without a line changed there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType

import pytest

from connectors import registry
from connectors.registry import GROUP, Broken, installed
from connectors.testing.harness import transport_to
from connectors.testing.template import PLUGIN
from connectors.testing.template.sandbox import TOKEN, NotebookSandbox
from hub.app import App
from hub.config import load
from hub.engine.preview import preview
from hub.engine.publish import publish
from hub.errors import Problems
from mappings.canonical import TrackingPlan

ENTRY = EntryPoint("notebook", "connectors.testing.template:PLUGIN", GROUP)
PLAN = TrackingPlan.model_validate(
    {"name": "Kiosk", "events": {"Ticket Printed": {"description": "Paper came out.", "tags": ["core"]}}}
)
FILE = """
[targets.lab]
tool = "notebook"
base_url = "http://sandbox.test"
token = "env:NOTEBOOK_TOKEN"
"""


def only(monkeypatch: pytest.MonkeyPatch, *entries: EntryPoint) -> None:
    """These entry points are all that is installed."""
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints(entries).select(group=group))


def module_with(monkeypatch: pytest.MonkeyPatch, plugin: object) -> EntryPoint:
    """An entry point named notebook whose object is this."""
    module = ModuleType("somebodys_plugin")
    module.PLUGIN = plugin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return EntryPoint("notebook", "somebodys_plugin:PLUGIN", GROUP)


@pytest.fixture
def sandbox() -> NotebookSandbox:
    return NotebookSandbox()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: NotebookSandbox) -> Iterator[App]:
    only(monkeypatch, ENTRY)
    monkeypatch.setenv("NOTEBOOK_TOKEN", TOKEN)
    (tmp_path / "hub.toml").write_text(FILE)
    app = App(load(tmp_path / "hub.toml", {}), transport=lambda target: transport_to(sandbox))
    yield app
    app.close()


def test_a_preview_of_a_third_partys_target_shows_its_write_and_makes_none(app: App, sandbox: NotebookSandbox) -> None:
    seen = preview(app.engine, PLAN, app.config.open_targets())
    assert [one.verb for one in seen.changeset.target("lab").operations] == ["create"] and sandbox.pages == {}


def test_a_publish_reaches_a_third_partys_tool(app: App, sandbox: NotebookSandbox) -> None:
    publication = publish(app.engine, PLAN, app.config.open_targets(), who="dana")
    assert publication.status == "published"
    assert sandbox.pages["Ticket Printed"]["text"] == "Paper came out."


def test_a_key_that_a_third_partys_settings_do_not_have_is_a_problem(app: App) -> None:
    assert app.config.path is not None
    app.config.path.write_text(FILE + "batches = 3\nbatch = 51\n")
    with pytest.raises(Problems) as caught:
        load(app.config.path, {}).open_targets()
    assert [(one.place.split()[-1], one.hint) for one in caught.value.problems] == [
        ("batch", ""),
        ("batches", "did you mean 'batch'?"),
    ]


def test_a_plugin_is_found_through_its_entry_point() -> None:
    assert installed([ENTRY]) == [PLUGIN]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("connectors.testing.template.nowhere:PLUGIN", "No module named 'connectors.testing.template.nowhere'"),
        ("connectors.testing.template:PLUGGED", "AttributeError"),
        ("connectors.testing.template.cost:COST", "is not a connectors.contract.Plugin"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_listed_with_its_reason(value: str, reason: str) -> None:
    (found,) = installed([EntryPoint("notebook", value, GROUP)])
    assert isinstance(found, Broken) and found.tool == "notebook" and reason in found.reason


def test_a_plugin_whose_import_raises_is_listed_beside_the_good_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crumbling_plugin.py").write_text("raise RuntimeError('licence expired')\n")
    monkeypatch.syspath_prepend(tmp_path)
    broken, good = installed([ENTRY, EntryPoint("crumbling", "crumbling_plugin:PLUGIN", GROUP)])
    assert (broken, good) == (Broken("crumbling", "RuntimeError: licence expired"), PLUGIN)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"contract": 99}, "written for contract 99; this hub speaks 1"),
        ({"tool": "diary"}, "the plugin calls itself 'diary'"),
    ],
)
def test_a_plugin_that_does_not_fit_is_listed_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object], reason: str
) -> None:
    entry = module_with(monkeypatch, replace(PLUGIN, **change))  # type: ignore[arg-type]
    assert installed([entry]) == [Broken("notebook", reason)]


def test_a_target_of_a_broken_plugin_says_why(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, module_with(monkeypatch, replace(PLUGIN, contract=99)))
    with pytest.raises(Problems) as caught:
        app.config.open_targets()
    assert "written for contract 99" in caught.value.problems[0].message


def test_a_tool_that_is_not_installed_is_refused_with_those_that_are(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, EntryPoint("diary", "connectors.testing.template:PLUGIN", GROUP))
    with pytest.raises(Problems) as caught:
        app.config.open_targets()
    assert caught.value.problems[0].message == "no tool 'notebook'; installed are diary"
