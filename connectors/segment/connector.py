"""Reads and writes the rules of one Segment tracking plan."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence

from connectors import errors
from connectors.contract import Budget, Coverage, Identity, Operation, Outcome, Receipt, Snapshot, Wiring
from connectors.errors import Verdict
from connectors.http import Answer
from connectors.lookup import told
from connectors.segment.client import SegmentClient
from connectors.segment.cost import RULES_PER_PAGE, Batch, pack
from connectors.segment.reading import Listing, standing
from connectors.segment.settings import SegmentSettings
from mappings.canonical.kinds import JSON
from mappings.contract import Address, Documents
from mappings.segment.documents import RULE, identity_to_wire, to_wire

ALL_RULES = Address(RULE, ())

MAYBE_ONE_RULE = (404, 409, 413, 422)
"""Refusals that may be the fault of one rule of the batch (apis/segment.md section 3.6)."""

Failures = list[tuple[Operation, errors.ToolError]]


class SegmentConnector:
    """One open connection to one tracking plan."""

    def __init__(self, settings: SegmentSettings, wiring: Wiring) -> None:
        self._settings = settings
        self._time = wiring.time
        self._client = SegmentClient(settings, wiring)

    def close(self) -> None:
        self._client.close()

    def whoami(self) -> Identity:
        """Two requests: the workspace of the token, and the plan. Raises Misconfigured for an unknown plan."""
        workspace = self._client.read_workspace()
        plan = self._client.read_plan()
        kind = plan.get("type")
        notes = () if kind == "LIVE" else (f"The plan is of type {kind}; only LIVE plans are connected to sources.",)
        names = [str(one["name"]) for one in (plan, workspace) if one.get("name")]
        account = self._settings.tracking_plan_id
        return Identity(" in ".join(names) or account, account, None, notes)

    # Reading

    def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
        """All rules, whatever `budget.only` says: the list has no filter. A page that fails raises.

        When half of what was `known` is gone, the list is read twice: it has been seen to fall empty at one reading
        (apis/segment.md section 5.24).
        """
        listing = self._list(budget.units)
        if known is not None and listing.has_shrunk(known.documents):
            listing = self._list(budget.units).after(listing)
        now, doubt = self._time.now(), listing.doubt()
        coverage = Coverage(ALL_RULES, "partial" if doubt else "complete", now, doubt)
        return Snapshot(Documents(listing.documents.values()), (coverage,), now, listing.pages)

    def look_up(self, addresses: Collection[Address], units: float | None) -> Snapshot:
        """All rules again in pages that are cut elsewhere: no request is about a single rule (section 3.1)."""
        listing = self._list(units, RULES_PER_PAGE // 2)
        now, doubt = self._time.now(), listing.doubt()
        held = Documents(one for address, one in listing.documents.items() if address in addresses)
        if doubt:
            coverage = [Coverage(one, "partial", now, doubt) for one in sorted(addresses)]
        else:
            coverage = [told(one, now, one in held) for one in sorted(addresses)]
        return Snapshot(held, tuple(coverage), now, listing.pages)

    def _list(self, units: float | None = None, per_page: int = RULES_PER_PAGE) -> Listing:
        listing = Listing()
        while units is None or listing.pages < units:
            cursor = listing.add(self._client.read_rules(listing.cursor, per_page))
            if not cursor:
                break
        return listing

    # Writing

    def apply(self, operations: Sequence[Operation]) -> Iterator[Receipt]:
        """Packed by `cost.pack`. Receipts of what failed come after those of the same batch that did not."""
        for batch in pack(self._settings, operations):
            failures: Failures = []
            yield from self._write(batch, failures)
            if failures:
                yield from self._settle(failures)

    def _write(self, batch: Batch, failures: Failures) -> Iterator[Receipt]:
        """Send a batch; narrow a refused one down by halves, so that one bad rule does not stop the others."""
        try:
            answer = self._send(batch)
        except errors.ToolError as error:
            if error.verdict in ("ask", "wait"):
                raise
            if len(batch.operations) > 1 and error.status in MAYBE_ONE_RULE:
                yield from self._write_halves(batch, failures)
            else:
                failures += [(one, error) for one in batch.operations]
            return
        now = self._time.now()
        yield from (Receipt(one, "done", now, answer.request_id, answer.status) for one in batch.operations)

    def _write_halves(self, batch: Batch, failures: Failures) -> Iterator[Receipt]:
        left = batch.operations
        if any(one.verb == "rename" for one in left):
            left = yield from self._leave_out_finished(left)
        middle = (len(left) + 1) // 2
        for half in (left[:middle], left[middle:]):
            if half:
                yield from self._write(Batch(batch.verb, half), failures)

    def _send(self, batch: Batch) -> Answer:
        if batch.verb == "remove":
            return self._client.remove([identity_to_wire(one.address) for one in batch.operations])
        renames = any(one.verb == "rename" for one in batch.operations)
        return self._client.upsert([_rule(one) for one in batch.operations], repeatable=not renames)

    # Settling

    def _leave_out_finished(self, operations: tuple[Operation, ...]) -> Generator[Receipt, None, tuple[Operation, ...]]:
        """Receipts for what took effect although the batch was refused; returns the rest.

        Only a batch with renames needs this: what sending one twice does is not documented (section 10.4).
        """
        held, now = Documents(self._list().documents.values()), self._time.now()
        finished = [one for one in operations if standing(one, held) == "wanted"]
        yield from (Receipt(one, "already", now) for one in finished)
        return tuple(one for one in operations if one not in finished)

    def _settle(self, failures: Failures) -> Iterator[Receipt]:
        """Read once, and say of each failed operation what Segment holds now."""
        try:
            listing = self._list()
        except errors.ToolError as problem:
            if problem.verdict in ("ask", "wait"):
                raise
            yield from (self._receipt(one, error, "unknown") for one, error in failures)
            return
        held = Documents(listing.documents.values())
        for one, error in failures:
            found = standing(one, held)
            sure = one.address in held or not listing.doubt()
            yield self._receipt(one, error, found if sure else "unknown")

    def _receipt(self, operation: Operation, error: errors.ToolError, found: str) -> Receipt:
        now = self._time.now()
        if found == "wanted":
            return Receipt(operation, "already", now, error.request_id, error.status)
        outcome, addition, hint, verdict = _SETTLED[found]
        if outcome == "failed" and error.verdict == "give-up":
            verdict = "give-up"
        message, hint = f"{error.message}; {addition}", hint or error.hint
        return Receipt(operation, outcome, now, error.request_id, error.status, message, hint, verdict)


# what Segment holds → outcome, addition to the message, hint ("" for the error's), verdict unless it was a refusal
_SETTLED: dict[str, tuple[Outcome, str, str, Verdict]] = {
    "before": ("failed", "Segment holds what it held before", "", "retry"),
    "other": ("conflict", "Segment holds something else now", "Reconcile before publishing this again.", "read"),
    "unknown": ("unknown", "reading Segment did not settle it", "Read Segment again before going on.", "read"),
}


def _rule(operation: Operation) -> dict[str, JSON]:
    document, before = operation.document, operation.before
    if document is None:
        raise ValueError(f"{operation.verb} of {operation.address} has no document")
    return to_wire(document, before.address if operation.verb == "rename" and before else None)
