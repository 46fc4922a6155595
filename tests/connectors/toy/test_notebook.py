"""The imaginary tool passes the two suites that every tool passes, by the test that `hub connectors new` hands out."""

from __future__ import annotations

from connectors.testing.template.tests.test_conformance import TestConnector, TestConnectorPageByPage, TestMapping

__all__ = ["TestConnector", "TestConnectorPageByPage", "TestMapping"]
