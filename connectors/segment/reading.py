"""What a list of rules says, page by page, whether it can be trusted, and how an operation stands against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from connectors.contract import Operation
from connectors.segment.client import RulesPage
from mappings.contract import Address, Document, Documents
from mappings.segment.documents import from_wire


@dataclass(slots=True)
class Listing:
    """The pages read so far. Pages go by offset, so a write in between shifts rows (apis/segment.md section 3.3)."""

    documents: dict[Address, Document] = field(default_factory=dict)
    pages: int = 0
    cursor: str = ""
    """Where the next page starts; "" before the first page."""
    ended: bool = False
    _wavers: bool = False
    _rows: int = 0
    _unreadable: int = 0
    _repeated: int = 0
    _totals: set[int] = field(default_factory=set)
    _cursors: set[str] = field(default_factory=set)

    def add(self, page: RulesPage) -> str:
        """Take in a page; returns the cursor of the next one, "" when there is none or it was read already."""
        self.pages += 1
        self._rows += len(page.rules)
        if page.total is not None:
            self._totals.add(page.total)
        for document in map(from_wire, page.rules):
            if document is None:
                self._unreadable += 1
            elif document.address in self.documents:
                self._repeated += 1
            else:
                self.documents[document.address] = document
        self.ended = not page.next
        self.cursor = "" if page.next in self._cursors else page.next
        self._cursors.add(page.next)
        return self.cursor

    def has_shrunk(self, known: Documents) -> bool:
        """Whether no more than half is left of what was known."""
        return len(known) > 0 and 2 * len(self.documents) <= len(known)

    def after(self, first: Listing) -> Listing:
        """This listing as the second opinion on a first one."""
        self._wavers = self.documents.keys() != first.documents.keys()
        self.pages += first.pages
        return self

    def doubt(self) -> str:
        """Why this is not all that Segment holds; "" when it is."""
        return "; ".join(self._doubts())

    def _doubts(self) -> Iterator[str]:
        if not self.ended:
            yield "the list was not read to its end"
        if self._wavers:
            yield "read twice, the list was not the same"
        if self._unreadable:
            yield f"{self._unreadable} rules have no readable identity"
        if self._repeated:
            yield f"{self._repeated} rules were listed twice, so the list changed while it was read"
        if self.ended and self._totals - {self._rows}:
            yield f"{self._rows} rules were listed, but Segment counted {max(self._totals - {self._rows})}"


Standing = Literal["wanted", "before", "other"]


def standing(operation: Operation, held: Documents) -> Standing:
    """Whether a tool that holds these documents holds what an operation wants, what it replaces, or a third state."""
    wanted, before = operation.document, operation.before
    if _holds(held, operation.address, wanted):
        return "wanted"
    if operation.verb == "rename" and before is not None:
        unmoved = _holds(held, operation.address, None) and _holds(held, before.address, before)
        return "before" if unmoved else "other"
    return "before" if _holds(held, operation.address, before) else "other"


def _holds(held: Documents, address: Address, document: Document | None) -> bool:
    found = held.get(address)
    if document is None or found is None:
        return document is None and found is None
    return found.equals(document)
