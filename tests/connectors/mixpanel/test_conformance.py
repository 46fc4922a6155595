"""The suite every connector passes, and again with each odd behaviour that the sandbox can take on."""

import os
from typing import ClassVar

import pytest

from connectors.mixpanel import PLUGIN
from connectors.testing.conformance import ConnectorConformance
from connectors.testing.harness import Rig

SURVIVED = [
    ("gets_count", False),
    ("retry_after", False),
    ("limit_body", "text"),
    ("error_shape", "list"),
    ("error_shape", "object"),
    ("single_read", "bare"),
    ("delete_key", "deleteCount"),
    ("added", "new"),
    ("list_order", "reversed"),
    ("read_defaults", "everywhere"),
    ("read_defaults", "off"),
    ("read_noise", "off"),
    ("unknown_entity", 400),
    ("delete_unknown", "zero"),
    ("body_keys", "lenient"),
    ("metadata_keys", "lenient"),
    ("schema_keys", "refuse"),
    ("property_keys", "spec"),
    ("property_types", "lenient"),
    ("bad_entry", "keeps-earlier"),
    ("property_metadata", "replace"),
    ("empty_list", "ignored"),
    ("patch", False),
    ("unknown_tags", "create"),
    ("reading", "writers"),
    ("admin_drop", "allow"),
]
GROUPS = len(SURVIVED) if os.environ.get("HUB_THOROUGH") else 6
"""Several behaviours that have nothing to do with each other are met at once; with HUB_THOROUGH each alone."""
MET_TOGETHER = [dict(SURVIVED[start::GROUPS]) for start in range(GROUPS)]


class TestConformance(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials: ClassVar = {"secret": "wrong-secret-1234"}


class TestOddBehaviour(TestConformance):
    @pytest.fixture(params=MET_TOGETHER, ids=" ".join)
    def rig(self, request: pytest.FixtureRequest) -> Rig:
        return Rig.of(PLUGIN, **request.param)


def test_every_behaviour_is_met() -> None:
    assert sum(len(behaviours) for behaviours in MET_TOGETHER) == len(SURVIVED)
