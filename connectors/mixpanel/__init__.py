"""Mixpanel Lexicon as a plugin."""

from connectors.contract import Plugin
from connectors.mixpanel.connector import MixpanelConnector
from connectors.mixpanel.cost import COST, calls_to_apply, calls_to_observe
from connectors.mixpanel.sandbox import MixpanelSandbox
from connectors.mixpanel.settings import MixpanelSettings
from mappings.mixpanel import MixpanelMapping

PLUGIN = Plugin(
    tool="mixpanel",
    title="Mixpanel Lexicon",
    summary="Events, their properties and user properties, described in a project's Lexicon.",
    settings=MixpanelSettings,
    mapping=lambda settings: MixpanelMapping(),
    connect=MixpanelConnector,
    sandbox=MixpanelSandbox,
    account=lambda settings: settings.account,
    cost=lambda settings: COST,
    calls_to_apply=calls_to_apply,
    calls_to_observe=calls_to_observe,
    capabilities=frozenset({"hide", "delete"}),
)
