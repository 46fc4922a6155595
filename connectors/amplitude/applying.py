"""Carrying out operations on Amplitude: two at once, settled by reading where an answer leaves doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from connectors import errors
from connectors.amplitude.client import AmplitudeClient, resource, selectors
from connectors.amplitude.cost import COST, CREATE_NAMES, Step, batches
from connectors.amplitude.lanes import run
from connectors.contract import Operation, Outcome, Receipt, Time
from connectors.errors import ToolError
from connectors.http import Answer
from mappings.amplitude.documents import (
    CATEGORY,
    EVENT,
    EVENT_PROPERTY,
    GROUP_PROPERTY,
    SHARED_PROPERTY,
    all_fields,
    from_wire,
)
from mappings.contract import Address, Document

DOUBTFUL: Final = (
    errors.Conflict,
    errors.NotFound,
    errors.Unavailable,
    errors.UnknownOutcome,
    errors.BadAnswer,
)
"""Errors after which the tool may hold what was wanted."""
LOST: Final = (errors.Unavailable, errors.UnknownOutcome, errors.BadAnswer)
"""Those that leave open whether the write happened."""

RENAME_HINT: Final = (
    "Amplitude may refuse to rename what has data: publish the new name as a new one, with a tombstone for the old."
)
_REST: Final = "Read the target again: the next preview shows what is left to do."


class Applying:
    """One run of operations. `receipts` may be taken once."""

    def __init__(self, client: AmplitudeClient, time: Time) -> None:
        self._client = client
        self._time = time
        self._absent_events: set[str] = set()
        self._stopped: ToolError | None = None

    def receipts(self, operations: Sequence[Operation]) -> Iterator[Receipt]:
        """One receipt per operation as answers arrive. Raises what only a person or a long wait can mend, after the
        receipts of what was in flight."""
        for batch in batches(operations):
            for result in run(self._until_stopped(batch), self._carry_out, COST.concurrency):
                if isinstance(result, ToolError):
                    self._stopped = self._stopped or result
                    continue
                self._note(result)
                yield result
            if self._stopped is not None:
                raise self._stopped

    def _until_stopped(self, batch: Sequence[Step]) -> Iterator[Step]:
        for step in batch:
            if self._stopped is not None:
                return
            yield step

    def _note(self, receipt: Receipt) -> None:
        operation = receipt.operation
        missing = receipt.outcome in ("failed", "unknown") and operation.verb in ("create", "rename")
        if missing and operation.address.kind == EVENT:
            self._absent_events.add(operation.address.names[0])

    def _carry_out(self, step: Step) -> Receipt | ToolError:
        operation = step.operation
        if operation.address.kind == EVENT_PROPERTY and operation.address.names[0] in self._absent_events:
            return self._without_its_event(operation)
        if step.form is None:
            return self._receipt(operation, "already", message="nothing to write")
        try:
            answer = self._send(step, step.form)
            return self._proven(operation, answer) if step.proves else self._receipt(operation, "done", answer)
        except ToolError as error:
            if error.verdict in ("ask", "wait"):
                return error
            return self._settled(operation, error)

    def _without_its_event(self, operation: Operation) -> Receipt:
        return Receipt(
            operation,
            "not-tried",
            self._time.now(),
            message="its event was not written",
            hint="See the receipt of the event; publish again when that is mended.",
            verdict="give-up",
        )

    def _receipt(
        self, operation: Operation, outcome: Outcome, answer: Answer | None = None, message: str = "", hint: str = ""
    ) -> Receipt:
        request_id, status = (answer.request_id, answer.status) if answer else ("", 0)
        return Receipt(operation, outcome, self._time.now(), request_id, status, message, hint)

    # Sending ------------------------------------------------------------------------------------------------------

    def _send(self, step: Step, form: Mapping[str, str]) -> Answer:
        operation = step.operation
        address = operation.address
        if operation.verb == "delete":
            return self._client.delete(address, selectors(address))
        if operation.verb == "create" and address.kind in CREATE_NAMES:
            if step.opens:
                return self._open(operation, form)
            return self._client.create(resource(address.kind), {**selectors(address), **form})
        if operation.verb == "rename" and operation.before is not None:
            address = _where_it_is(operation.before.address, address)
        return self._client.update(address, {**_update_selectors(address), **form})

    def _open(self, operation: Operation, form: Mapping[str, str]) -> Answer:
        """Create the shared property bare, then say everything for this event alone."""
        address = operation.address
        named = CREATE_NAMES[address.kind]
        self._client.create(resource(address.kind), {**selectors(address), named: address.names[-1]})
        said = {field: text for field, text in form.items() if field != named}
        return self._client.update(address, {**_update_selectors(address), **said})

    def _proven(self, operation: Operation, answer: Answer) -> Receipt:
        """A user property's rename is answered with success whether it happens or not (section 5.17)."""
        try:
            self._client.one(operation.address)
        except errors.NotFound:
            hint = "Rename it in Amplitude by hand, or publish the new name as a new one with a tombstone for the old."
            error = answer.error(errors.Invalid, "Amplitude said yes to the rename but did not do it", hint=hint)
            return Receipt.of_error(operation, error, self._time.now())
        return self._receipt(operation, "done", answer)

    # Settling -----------------------------------------------------------------------------------------------------

    def _settled(self, operation: Operation, error: ToolError) -> Receipt:
        """The receipt after an error: read what is there and compare where that can tell more."""
        if not isinstance(error, DOUBTFUL):
            return Receipt.of_error(operation, error, self._time.now())
        try:
            held = self._read(operation.address)
            if held is None and operation.verb == "create" and isinstance(error, errors.Conflict):
                return self._revived(operation, error)
            return self._compared(operation, held, error)
        except ToolError as problem:
            if problem.verdict in ("ask", "wait"):
                raise
            return self._in_doubt(operation, error)

    def _read(self, address: Address) -> Document | None:
        """What is at the address now; None when the tool finds nothing.

        Whether a name with a slash can be asked for is unknown (section 3), so for those the list has the last word.
        """
        parent = address.names[0] if address.kind in (EVENT_PROPERTY, GROUP_PROPERTY) else ""
        try:
            return from_wire(address.kind, self._client.one(address), parent=parent)
        except errors.NotFound:
            if "/" not in address.names[-1]:
                return None
        rows = self._client.rows(resource(address.kind), **selectors(address))
        listed = (from_wire(address.kind, row, parent=parent) for row in rows)
        return next((one for one in listed if one is not None and one.address == address), None)

    def _compared(self, operation: Operation, held: Document | None, error: ToolError) -> Receipt:
        if operation.document is None:
            return self._receipt(operation, "already") if held is None else self._in_doubt(operation, error)
        if held is not None and held.equals(operation.document):
            return self._receipt(operation, "already")
        if held is None or (operation.before is not None and held.equals(operation.before)):
            receipt = Receipt.of_error(operation, error, self._time.now())
            return replace(receipt, hint=RENAME_HINT) if operation.verb == "rename" else receipt
        message = f"{operation.address} holds something else, which was left alone"
        return self._receipt(operation, "conflict", message=message, hint=error.hint)

    def _in_doubt(self, operation: Operation, error: ToolError) -> Receipt:
        if not isinstance(error, LOST):
            return Receipt.of_error(operation, error, self._time.now())
        return Receipt(
            operation,
            "unknown",
            self._time.now(),
            error.request_id,
            error.status,
            error.message,
            errors.UnknownOutcome.default_hint,
            "read",
        )

    def _revived(self, operation: Operation, error: ToolError) -> Receipt:
        """Exists, yet is not found: it was deleted. Bring it back and make it what is wanted (section 5.3)."""
        address, document = operation.address, operation.document
        if document is None or address.kind in (CATEGORY, SHARED_PROPERTY, GROUP_PROPERTY):
            return Receipt.of_error(operation, error, self._time.now())
        self._client.restore(address)
        form = {**_update_selectors(address), **all_fields(address.kind, document.body)}
        answer = self._client.update(address, form)
        return self._receipt(operation, "done", answer, "it had been deleted in Amplitude and was restored", _REST)


def _where_it_is(before: Address, after: Address) -> Address:
    """Where a thing under a former address is found now: its event was renamed in an earlier wave."""
    return Address(before.kind, (*after.names[:-1], before.names[-1]))


def _update_selectors(address: Address) -> dict[str, str]:
    """Always the override: without it the definition for all events may be changed (section 5.8)."""
    chosen = selectors(address)
    return {**chosen, "overrideScope": "override"} if chosen else {}
