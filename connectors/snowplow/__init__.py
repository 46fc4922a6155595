"""Snowplow Iglu as a plugin."""

from typing import Any

from connectors.contract import Plugin
from connectors.sandbox import Sandbox
from connectors.snowplow.connector import connect
from connectors.snowplow.cost import COST, calls_to_apply, calls_to_observe
from connectors.snowplow.settings import SnowplowSettings
from mappings.snowplow import SnowplowMapping


def _sandbox(**options: Any) -> Sandbox:
    """Imported when one is wanted: its JSON Schema library takes longer to import than a preview takes."""
    from connectors.snowplow.sandbox import SnowplowSandbox

    return SnowplowSandbox(**options)


PLUGIN = Plugin(
    tool="snowplow",
    title="Snowplow Iglu",
    summary="Events, user properties and groups as versioned JSON Schemas in an Iglu registry.",
    settings=SnowplowSettings,
    mapping=lambda settings: SnowplowMapping(settings.vendor, settings.versioning, settings.warehouse),
    connect=connect,
    sandbox=_sandbox,
    account=lambda settings: settings.account,
    cost=lambda settings: COST,
    calls_to_apply=calls_to_apply,
    calls_to_observe=calls_to_observe,
    capabilities=frozenset({"versions"}),
)
