"""A power that some connectors have: asking for single things by name, when a list left them out.

A list may leave out what is hidden, or come back shortened twice in the same way. What a request of another sort does
not find either is gone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, runtime_checkable

from connectors.contract import Coverage, Snapshot
from mappings.contract import Address


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
