"""What requests to Segment cost, and how operations are packed into them: for the connector and the forecast alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from connectors.contract import Budget, Call, CostModel, Operation, Window
from connectors.segment.settings import SegmentSettings
from mappings.contract import Address, Documents

RULES_PER_PAGE = 200
"""Rows of a page that every source agrees on (apis/segment.md section 2); some allow 1000."""
RULES_PER_REMOVAL = 200
"""The batch that is proven to work (apis/segment.md section 3.4)."""

READ = {"rules-read": 1.0}
REQUEST = {"requests": 1.0}

COST = CostModel(
    windows=(
        Window("rules-read", 200, 60),  # section 2: stated for the list of rules
        Window("requests", 600, 60),  # section 2: the default is published only as "above 600"
    ),
    concurrency=1,
    latency=0.4,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One write request: an upsert (PATCH) or a removal (DELETE) of these rules."""

    verb: Literal["upsert", "remove"]
    operations: tuple[Operation, ...]


def pack(settings: SegmentSettings, operations: Sequence[Operation]) -> list[Batch]:
    """The fewest requests that carry these operations: renames first, then upserts, removals last.

    Renames come first because another operation may want the name that they free. No identity is touched twice in
    one batch: what Segment does then is not documented (apis/segment.md section 10.3).
    """
    writes = sorted((one for one in operations if one.verb != "delete"), key=lambda one: one.verb != "rename")
    removals = [one for one in operations if one.verb == "delete"]
    upserts = [Batch("upsert", batch) for batch in _chunks(writes, settings.rules_per_write)]
    return upserts + [Batch("remove", batch) for batch in _chunks(removals, RULES_PER_REMOVAL)]


def _chunks(operations: Iterable[Operation], most: int) -> Iterator[tuple[Operation, ...]]:
    batch: list[Operation] = []
    touched: set[Address] = set()
    for operation in operations:
        places = touched_by(operation)
        if batch and (len(batch) == most or places & touched):
            yield tuple(batch)
            batch, touched = [], set()
        batch.append(operation)
        touched |= places
    if batch:
        yield tuple(batch)


def touched_by(operation: Operation) -> set[Address]:
    """The rules that one operation changes: two for a rename."""
    return {operation.address, *((operation.before.address,) if operation.before else ())}


def calls_to_apply(settings: SegmentSettings, operations: Sequence[Operation]) -> list[Call]:
    """One request per batch."""
    return [Call(REQUEST, len(batch.operations)) for batch in pack(settings, operations)]


def calls_to_observe(settings: SegmentSettings, known: Documents, budget: Budget) -> list[Call]:
    """One request per page. A narrow reading is a full one: the list has no filter (apis/segment.md section 3.1)."""
    return [Call(READ)] * max(1, math.ceil(len(known) / RULES_PER_PAGE))
