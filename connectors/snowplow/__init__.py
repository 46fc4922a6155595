"""Snowplow Iglu as a plugin."""

from connectors.contract import Plugin
from connectors.snowplow.connector import connect
from connectors.snowplow.cost import COST, calls_to_apply, calls_to_observe
from connectors.snowplow.sandbox import SnowplowSandbox
from connectors.snowplow.settings import SnowplowSettings
from mappings.snowplow import SnowplowMapping

PLUGIN = Plugin(
    tool="snowplow",
    title="Snowplow Iglu",
    summary="Events, user properties and groups as versioned JSON Schemas in an Iglu registry.",
    settings=SnowplowSettings,
    mapping=lambda settings: SnowplowMapping(settings.vendor, settings.versioning, settings.warehouse),
    connect=connect,
    sandbox=SnowplowSandbox,
    account=lambda settings: settings.account,
    cost=lambda settings: COST,
    calls_to_apply=calls_to_apply,
    calls_to_observe=calls_to_observe,
    capabilities=frozenset({"versions"}),
)
