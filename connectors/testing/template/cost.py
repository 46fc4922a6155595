"""What talking to Notebook costs, as data: limits, batches, and the requests that reading and writing take."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import Budget, Call, CostModel, Operation, Window
from connectors.settings import Settings
from connectors.testing.template.settings import NotebookSettings
from mappings.contract import Documents

COST = CostModel((Window("requests", 30, 10),), latency=0.05)
REQUEST = {"requests": 1.0}
LISTED = 100
"""Pages in one answer of the list."""


def batches(operations: Sequence[Operation], size: int) -> list[list[Operation]]:
    """The operations of each request, in order: renames and deletions go alone."""
    found: list[list[Operation]] = []
    alone = True
    for one in operations:
        if alone or one.verb in ("rename", "delete") or len(found[-1]) == size:
            found.append([])
        found[-1].append(one)
        alone = one.verb in ("rename", "delete")
    return found


def calls_to_apply(settings: NotebookSettings, operations: Sequence[Operation]) -> list[Call]:
    """One list to learn the revisions, then a request for each batch."""
    if not operations:
        return []
    return [Call(REQUEST), *(Call(REQUEST, writes=len(batch)) for batch in batches(operations, settings.batch))]


def calls_to_observe(settings: Settings, known: Documents, budget: Budget) -> list[Call]:
    """The list, however little of it is asked for."""
    return [Call(REQUEST)] * max(-(-len(known) // LISTED), 1)
