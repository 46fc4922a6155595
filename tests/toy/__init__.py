"""Notebook, an imaginary tool: proof that a third party's plugin needs no change in hub, connectors or mappings.

A notebook is a list of named pages, one per event. The whole plugin is this folder.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import Budget, Call, CostModel, Operation, Plugin, Window, Wiring
from connectors.settings import Settings, fingerprint, reveal
from mappings.contract import Documents
from tests.toy.connector import LISTED, NotebookConnector, NotebookSettings, batches
from tests.toy.mapping import NotebookMapping
from tests.toy.sandbox import NotebookSandbox

REQUEST = {"requests": 1.0}


def _connect(settings: NotebookSettings, wiring: Wiring) -> NotebookConnector:
    return NotebookConnector(settings, wiring)


def _mapping(settings: Settings) -> NotebookMapping:
    return NotebookMapping()


def _account(settings: NotebookSettings) -> str:
    return fingerprint(settings.base_url or "", reveal(settings.token))


def _cost(settings: Settings) -> CostModel:
    return CostModel((Window("requests", 30, 10),), latency=0.05)


def _calls_to_apply(settings: NotebookSettings, operations: Sequence[Operation]) -> list[Call]:
    """One list to learn the revisions, then a request for each batch."""
    if not operations:
        return []
    return [Call(REQUEST), *(Call(REQUEST, writes=len(batch)) for batch in batches(operations, settings.batch))]


def _calls_to_observe(settings: Settings, known: Documents, budget: Budget) -> list[Call]:
    """The list, however little of it is asked for."""
    return [Call(REQUEST)] * max(-(-len(known) // LISTED), 1)


PLUGIN = Plugin(
    tool="notebook",
    title="Notebook",
    summary="An imaginary tool that keeps one page per event.",
    settings=NotebookSettings,
    mapping=_mapping,
    connect=_connect,
    sandbox=NotebookSandbox,
    account=_account,
    cost=_cost,
    calls_to_apply=_calls_to_apply,
    calls_to_observe=_calls_to_observe,
    capabilities=frozenset({"rename", "hide", "delete", "tells-who"}),
)
