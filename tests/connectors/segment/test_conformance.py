"""Segment passes the suite that every connector passes, also where the vendor may differ from what we think."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from connectors.segment import PLUGIN
from connectors.testing.conformance import ConnectorConformance
from connectors.testing.harness import Rig

SURVIVED: tuple[dict[str, Any], ...] = (
    {"bad_token_status": 403, "error_types": "unknown"},
    {"validation_reports": "all", "broken_json_status": 400},
    {"content_type": "application/vnd.segment.v1+json"},
    {"default_limit": 700, "rule_writes_limit": 200, "retry_after": False},
    {"largest_page": 200, "first_page_previous": "null"},
    {"total_entries": False, "cursors": "opaque", "null_keys": "last"},
    {"rule_writes_move_plan": False, "equal_content": "untouched"},
    {"keys_on_unnamed_types": "refused", "odd_versions": "refused", "keys_on_pages": "dropped"},
    {"batch": "prefix", "duplicates_in_batch": "refused"},
    {"remove_unknown_rule": "not-found", "rename_of_unknown": "refused", "rename_onto_existing": "overwrites"},
    {"raised_limit_covers": "every-write", "removals_per_request": None, "largest_body": 1_000_000},
)


class TestSegment(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials: ClassVar = {"token": "stale-segment-token"}


@pytest.mark.parametrize("switches", SURVIVED, ids=lambda switches: ", ".join(switches))
class TestSegmentAsItMayBe(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials: ClassVar = {"token": "stale-segment-token"}

    @pytest.fixture
    def rig(self, switches: dict[str, Any]) -> Rig:
        return Rig.of(self.plugin, self.options, **switches)
