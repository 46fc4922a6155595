"""What Lexicon requests cost, and how operations are packed into them: the limiter, the forecast and the connector
all read it here (apis/mixpanel.md section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import Budget, Call, CostModel, Operation, Window
from connectors.mixpanel.settings import MixpanelSettings
from mappings.contract import Documents
from mappings.mixpanel.documents import units_of

REQUESTS, ENTITIES = "requests", "entities"

MOST_UNITS = 3999
"""Events and properties in a minute, and so in one upload: "under 4000"."""

COST = CostModel(
    windows=(Window(REQUESTS, 5, 60.0), Window(ENTITIES, MOST_UNITS, 60.0)),
    concurrency=1,
    latency=0.8,
)
"""Every request on /schemas counts, a GET too: the documentation says "requests", another source only "writes"."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The operations of one request: an upload of several, or the deletion of one."""

    operations: tuple[Operation, ...]

    @property
    def deletes(self) -> bool:
        return self.operations[0].document is None

    @property
    def call(self) -> Call:
        units = sum(units_of(one.document) for one in self.operations if one.document)
        return Call({REQUESTS: 1} if self.deletes else {REQUESTS: 1, ENTITIES: units}, len(self.operations))


def pack(operations: Sequence[Operation]) -> list[Batch]:
    """The fewest uploads that a first fit finds, then one request for each deletion.

    Nothing in a Lexicon refers to anything else, so an entry may go into any upload that has room. An entry that
    is larger than an upload may be goes alone: the service shall say what it thinks of it. Renames are no requests,
    because the Lexicon has none.
    """
    batches: list[list[Operation]] = []
    room: list[int] = []
    for operation in operations:
        if operation.document is None or operation.verb == "rename":
            continue
        units = units_of(operation.document)
        chosen = next((number for number, left in enumerate(room) if units <= left), None)
        if chosen is None:
            chosen = len(batches)
            batches.append([])
            room.append(MOST_UNITS)
        batches[chosen].append(operation)
        room[chosen] -= units
    deletions = [[operation] for operation in operations if operation.document is None]
    return [Batch(tuple(one)) for one in batches + deletions]


def may_read(budget: Budget) -> bool:
    """Whether the budget (in requests) allows the one request that reads everything."""
    return budget.units is None or budget.units >= 1


def calls_to_apply(settings: MixpanelSettings, operations: Sequence[Operation]) -> list[Call]:
    """One call for each request that `apply` will make when nothing goes wrong."""
    return [batch.call for batch in pack(operations)]


def calls_to_observe(settings: MixpanelSettings, known: Documents, budget: Budget) -> list[Call]:
    """One list of everything, however much there is: there is no paging (apis/mixpanel.md section 3.1)."""
    return [Call({REQUESTS: 1})] if may_read(budget) else []
