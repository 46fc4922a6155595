"""Mixpanel Lexicon as a plugin."""

from typing import Any

from connectors.contract import Plugin
from connectors.mixpanel.connector import MixpanelConnector
from connectors.mixpanel.cost import COST, calls_to_apply, calls_to_observe
from connectors.mixpanel.settings import MixpanelSettings
from connectors.sandbox import Sandbox
from mappings.mixpanel import MixpanelMapping


def _sandbox(**options: Any) -> Sandbox:
    """Imported when one is wanted: its JSON Schema library takes longer to import than a preview takes."""
    from connectors.mixpanel.sandbox import MixpanelSandbox

    return MixpanelSandbox(**options)


PLUGIN = Plugin(
    tool="mixpanel",
    title="Mixpanel Lexicon",
    summary="Events, their properties and user properties, described in a project's Lexicon.",
    settings=MixpanelSettings,
    mapping=lambda settings: MixpanelMapping(),
    connect=MixpanelConnector,
    sandbox=_sandbox,
    account=lambda settings: settings.account,
    cost=lambda settings: COST,
    calls_to_apply=calls_to_apply,
    calls_to_observe=calls_to_observe,
    capabilities=frozenset({"hide", "delete"}),
)
