"""The conformance suite for Snowplow Iglu, also under each behaviour of the server that a client may meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.snowplow import PLUGIN
from connectors.testing.conformance import ConnectorConformance
from connectors.testing.harness import Rig

UNKNOWN_KEY: Mapping[str, Any] = {"api_key": "0a000000-0000-4000-8000-00000000dead"}


class TestConformance(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials = UNKNOWN_KEY


class TestWithPublicSchemas(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials: Mapping[str, Any] = {"api_key": "not-a-uuid"}
    options: Mapping[str, Any] = {"public": True}


class _UnderASwitch(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials = UNKNOWN_KEY
    switches: Mapping[str, Any]

    @pytest.fixture
    def rig(self) -> Rig:
        return Rig.of(self.plugin, self.options, **self.switches)


class TestInMemory(_UnderASwitch):
    switches: Mapping[str, Any] = {"database": "inmemory"}


class TestBehindABalancer(_UnderASwitch):
    switches: Mapping[str, Any] = {"cache": "stale behind a balancer"}


class TestWithASchemaKeywordInMeta(_UnderASwitch):
    switches: Mapping[str, Any] = {"meta_schema": "present"}
