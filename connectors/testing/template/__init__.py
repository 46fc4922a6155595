"""Notebook as a plugin: one page per event.

As `hub connectors new` hands it out, the tool is imaginary and everything works. Exchange it piece by piece for the
real tool, with the tests green all the way.
"""

from __future__ import annotations

from connectors.contract import CostModel, Plugin
from connectors.settings import Settings, fingerprint, reveal
from connectors.testing.template.connector import NotebookConnector
from connectors.testing.template.cost import COST, calls_to_apply, calls_to_observe
from connectors.testing.template.mapping import NotebookMapping
from connectors.testing.template.sandbox import NotebookSandbox
from connectors.testing.template.settings import NotebookSettings


def _mapping(settings: Settings) -> NotebookMapping:
    return NotebookMapping()


def _account(settings: NotebookSettings) -> str:
    return fingerprint(settings.host, reveal(settings.token))


def _cost(settings: Settings) -> CostModel:
    return COST


PLUGIN = Plugin(
    tool="notebook",
    title="Notebook",
    summary="One page per event, with its description, tags and properties.",
    settings=NotebookSettings,
    mapping=_mapping,
    connect=NotebookConnector,
    sandbox=NotebookSandbox,
    account=_account,
    cost=_cost,
    calls_to_apply=calls_to_apply,
    calls_to_observe=calls_to_observe,
    capabilities=frozenset({"rename", "hide", "delete", "tells-who"}),
)
