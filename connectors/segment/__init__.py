"""Segment Protocols as a plugin: one tracking plan of a workspace, through the Public API."""

from __future__ import annotations

from connectors.contract import CostModel, Plugin
from connectors.segment.connector import SegmentConnector
from connectors.segment.cost import COST, calls_to_apply, calls_to_observe
from connectors.segment.sandbox import SegmentSandbox
from connectors.segment.settings import SegmentSettings
from connectors.settings import fingerprint, reveal
from mappings.segment import SegmentMapping


def _account(settings: SegmentSettings) -> str:
    return fingerprint("segment", settings.host, reveal(settings.token))


def _mapping(settings: SegmentSettings) -> SegmentMapping:
    return SegmentMapping()


def _cost(settings: SegmentSettings) -> CostModel:
    return COST


PLUGIN = Plugin(
    tool="segment",
    title="Segment Protocols",
    summary="Publishes the plan as the rules of a Protocols tracking plan, and reads edits made there.",
    settings=SegmentSettings,
    mapping=_mapping,
    connect=SegmentConnector,
    sandbox=SegmentSandbox,
    account=_account,
    cost=_cost,
    calls_to_apply=calls_to_apply,
    calls_to_observe=calls_to_observe,
    capabilities=frozenset({"rename", "delete"}),
)
