"""A power that some connectors have: asking for single things by name, when a list left them out.

A list may leave out what is hidden, or come back shortened twice in the same way. What a request of another sort does
not find either is gone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Protocol, runtime_checkable

from connectors.contract import Coverage, Snapshot
from connectors.errors import ToolError
from mappings.contract import Address, Document, Documents


@runtime_checkable
class LooksUp(Protocol):
    """A connector whose tool answers for a single thing too."""

    def look_up(self, addresses: Collection[Address], units: float | None) -> Snapshot:
        """What the tool says of these, by other requests than its usual list; at most so many `units`, None for all.

        What is there is among the documents. What certainly is not has a coverage of its own, "complete"; what was
        not asked, or could not be, has one of another completeness with the reason. Raises a `ToolError`.
        """


def asked_by_name(snapshot: Snapshot, address: Address) -> bool:
    """Whether the tool was asked for just this, and did not have it."""
    coverage: Coverage | None = snapshot.coverage_of(address)
    return snapshot.knows_absent(address) and coverage is not None and coverage.scope == address


def one_by_one(
    addresses: Iterable[Address], units: float | None, ask: Callable[[Address], Document | None], now: float
) -> Snapshot:
    """The answers to one request for each address. `ask` says None for what is not there; its failures are coverage,
    but for those that a person or a quota has to mend."""
    documents: list[Document] = []
    coverage: list[Coverage] = []
    left = math.inf if units is None else units
    for address in sorted(addresses):
        if left < 1:
            coverage.append(Coverage(address, "stale", 0.0, "in no list; not asked for by name within the budget"))
            continue
        left -= 1
        try:
            found = ask(address)
        except ToolError as error:
            if error.verdict in ("ask", "wait"):
                raise
            coverage.append(Coverage(address, "failed", 0.0, str(error)))
            continue
        documents += [] if found is None else [found]
        coverage.append(told(address, now, found is not None))
    asked = sum(one.completeness != "stale" for one in coverage)
    return Snapshot(Documents(documents), tuple(coverage), now, asked)


def told(address: Address, now: float, found: bool) -> Coverage:
    """What an answer about just this address says of it."""
    if found:
        return Coverage(address, "hidden", now, "in no list, but found by name")
    return Coverage(address, "complete", now, "in no list, and not found by name")
