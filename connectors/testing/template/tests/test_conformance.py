"""Notebook passes the two suites that every tool passes."""

from __future__ import annotations

from connectors.testing.conformance import ConnectorConformance
from connectors.testing.template import PLUGIN
from connectors.testing.template.mapping import NotebookMapping
from mappings.testing import MappingConformance

WRONG = {"token": "a-wrong-token-9f3"}
PAGE_BY_PAGE = {"batch": 1}


class TestMapping(MappingConformance):
    """The laws of translation, over generated plans."""

    mapping = NotebookMapping()


class TestConnector(ConnectorConformance):
    """Talking, reading, writing, agreeing, bad days, against the sandbox."""

    plugin = PLUGIN
    wrong_credentials = WRONG


class TestConnectorPageByPage(TestConnector):
    """The same where every page is a request of its own."""

    options = PAGE_BY_PAGE
