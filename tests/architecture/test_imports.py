"""Imports run one way, code that computes does nothing else, and each rule catches what it is there for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points

import pytest

from tests.architecture import rules
from tests.architecture.rules import Module

Rule = Callable[[Module], Iterator[str]]
MODULES = rules.modules()
RULES: tuple[Rule, ...] = (
    rules.layer_faults,
    rules.hub_layer_faults,
    rules.tool_faults,
    rules.channel_faults,
    rules.sandbox_faults,
    rules.purity_faults,
    rules.httpx_faults,
    rules.docstring_faults,
    rules.length_faults,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    assert [fault for module in MODULES for fault in rule(module)] == []


def test_the_rules_look_at_all_there_is() -> None:
    assert {"hub.config", "connectors.http", "connectors.segment", "mappings.contract"} <= {one.name for one in MODULES}


PLANTED: list[tuple[Rule, str, str]] = [
    (rules.layer_faults, "mappings.contract", "from connectors.contract import Plugin"),
    (rules.layer_faults, "mappings.contract", "def late():\n    import hub.errors"),
    (rules.layer_faults, "connectors.http", "from hub import errors"),
    (rules.layer_faults, "connectors.http", "import hub"),
    (rules.hub_layer_faults, "hub.changes.diff", "from hub.engine.ports import Store"),
    (rules.hub_layer_faults, "hub.engine.publish", "from hub.store.sql import SqlStore"),
    (rules.hub_layer_faults, "hub.engine.publish", "from ..store import sql"),
    (rules.hub_layer_faults, "hub.store.sql", "from hub.app import App"),
    (rules.hub_layer_faults, "hub.app", "from hub.cli.main import run"),
    (rules.hub_layer_faults, "hub.errors", "import hub.changes.diff"),
    (rules.tool_faults, "connectors.segment.client", "from connectors.mixpanel.client import Client"),
    (rules.tool_faults, "mappings.segment.mapping", "from ..mixpanel import table"),
    (rules.tool_faults, "connectors.segment.connector", "import mappings.snowplow.documents"),
    (rules.tool_faults, "hub.engine.publish", "from connectors.amplitude import PLUGIN"),
    (rules.tool_faults, "connectors.registry", "from connectors import amplitude"),
    (rules.sandbox_faults, "connectors.segment.sandbox", "from connectors.segment.client import Client"),
    (rules.sandbox_faults, "connectors.segment.sandbox.rules", "from connectors.segment import settings"),
    (rules.sandbox_faults, "connectors.segment.sandbox", "from mappings.canonical import TrackingPlan"),
    (rules.sandbox_faults, "connectors.segment.sandbox", "from connectors import errors"),
    (rules.sandbox_faults, "hub.notify.slack.sandbox.chat", "from hub.notify.slack import escape"),
    (rules.channel_faults, "hub.notify.slack.channel", "from hub.notify.jira import adf"),
    (rules.channel_faults, "hub.notify.delivering", "from hub.notify.slack import channel"),
    (rules.purity_faults, "mappings.segment.mapping", "import os.path"),
    (rules.purity_faults, "mappings.segment.mapping", "from pathlib import Path"),
    (rules.purity_faults, "hub.changes.diff", "import time"),
    (rules.purity_faults, "hub.changes.diff", "from urllib import request"),
    (rules.purity_faults, "hub.changes.diff", "text = open('plan.yaml').read()"),
    (rules.httpx_faults, "connectors.segment.client", "import httpx"),
    (rules.httpx_faults, "hub.engine.publish", "from httpx import Client"),
    (rules.docstring_faults, "hub.app", "x = 1"),
    (rules.docstring_faults, "hub.app", '"""Wires."""\nclass App:\n    x = 1'),
    (rules.docstring_faults, "hub.app", '"""Wires."""\ndef wire():\n' + "    x = 1\n" * 12),
    (rules.docstring_faults, "hub.app", '"""Wires."""\nclass App:\n """All."""\n def wire(self):\n' + 12 * "  x = 1\n"),
    (rules.docstring_faults, "hub.app", '"""Wires."""\ndef reserve():\n' + "    x = 1\n" * 12),
    (rules.purity_faults, "mappings.formats.csv", "import pathlib"),
    (rules.length_faults, "hub.app", "x = 1\n" * 501),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "source"), PLANTED)
def test_a_planted_violation_is_found(rule: Rule, name: str, source: str) -> None:
    assert list(rule(Module(name, source)))


ALLOWED: list[tuple[Rule, str, str]] = [
    (rules.layer_faults, "hub.config", "from connectors.contract import Plugin\nimport mappings.contract"),
    (rules.layer_faults, "connectors.http", "import hubble"),
    (rules.hub_layer_faults, "hub.store.sql", "from hub.engine.ports import Store\nfrom hub.errors import Refusal"),
    (rules.tool_faults, "connectors.segment.connector", "from mappings.segment.mapping import SegmentMapping"),
    (rules.sandbox_faults, "connectors.segment.sandbox", "from connectors.segment.sandbox.state import State"),
    (rules.sandbox_faults, "connectors.segment.sandbox", "from connectors.sandbox import Sandbox\nimport json"),
    (rules.sandbox_faults, "connectors.segment.client", "from connectors.segment.settings import SegmentSettings"),
    (rules.purity_faults, "mappings.segment.mapping", "import json\nfrom urllib.parse import quote"),
    (rules.purity_faults, "connectors.sandbox_server", "import socket"),
    (rules.httpx_faults, "hub.notify.slack", "import httpx"),
    (rules.docstring_faults, "hub.app", '"""Wires."""\ndef close():\n return None\ndef _own():\n' + " x = 1\n" * 12),
    (rules.docstring_faults, "hub.x", '"""X."""\nclass X:\n """X."""\n def reserve(self):\n' + "  x = 1\n" * 12),
    (rules.docstring_faults, "hub.x", '"""X."""\ndef data():\n return {\n' + "  1: 1,\n" * 12 + " }"),
    (rules.docstring_faults, "connectors.toy.sandbox_pages", '"""X."""\ndef handle():\n' + "  x = 1\n" * 12),
    (rules.purity_faults, "mappings.formats.csv", "from pathlib import PurePosixPath"),
    (rules.sandbox_faults, "hub.cli.sandbox", "from connectors.registry import plugin"),
    (rules.length_faults, "hub.app", "x = 1\n" * 500),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "source"), ALLOWED)
def test_what_is_allowed_is_not_reported(rule: Rule, name: str, source: str) -> None:
    assert list(rule(Module(name, source))) == []


TOOLS = entry_points(group="hub.connectors")


@pytest.mark.parametrize("name", sorted(TOOLS.names))
def test_every_entry_point_loads_a_plugin_of_its_name(name: str) -> None:
    assert TOOLS[name].load().tool == name


def test_the_four_tools_register_like_anyone() -> None:
    assert set(rules.TOOLS) <= set(TOOLS.names)
