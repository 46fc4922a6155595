"""The imaginary tool passes the two suites that every tool passes."""

from __future__ import annotations

from connectors.testing.conformance import ConnectorConformance
from mappings.testing import MappingConformance
from tests.toy import PLUGIN
from tests.toy.mapping import NotebookMapping

WRONG = {"token": "a-wrong-token-9f3"}
PAGE_BY_PAGE = {"batch": 1}


class TestMapping(MappingConformance):
    mapping = NotebookMapping()


class TestConnector(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials = WRONG


class TestConnectorPageByPage(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials = WRONG
    options = PAGE_BY_PAGE
