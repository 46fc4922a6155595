"""Amplitude Taxonomy as a plugin."""

from __future__ import annotations

from connectors.amplitude.connector import AmplitudeConnector, account
from connectors.amplitude.cost import COST, calls_to_apply, calls_to_observe
from connectors.amplitude.sandbox import AmplitudeSandbox
from connectors.amplitude.settings import AmplitudeSettings
from connectors.contract import CostModel, Plugin
from mappings.amplitude import AmplitudeMapping


def _mapping(settings: AmplitudeSettings) -> AmplitudeMapping:
    return AmplitudeMapping(classifications=settings.classifications, groups=settings.groups)


def _cost(settings: AmplitudeSettings) -> CostModel:
    return COST


PLUGIN = Plugin(
    tool="amplitude",
    title="Amplitude Taxonomy",
    summary="Event types, categories and properties of one Amplitude project.",
    settings=AmplitudeSettings,
    mapping=_mapping,
    connect=AmplitudeConnector,
    sandbox=AmplitudeSandbox,
    account=account,
    cost=_cost,
    calls_to_apply=calls_to_apply,
    calls_to_observe=calls_to_observe,
    capabilities=frozenset({"rename", "hide", "delete", "incremental"}),
)
