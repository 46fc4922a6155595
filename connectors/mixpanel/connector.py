"""Talks to one Mixpanel project: reads the Lexicon in one request, writes it in as few as its limits allow."""

from __future__ import annotations

import math
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors import errors
from connectors.contract import Budget, Coverage, Identity, Operation, Outcome, Receipt, Snapshot, Wiring
from connectors.http import Answer
from connectors.lookup import one_by_one, told
from connectors.mixpanel.client import LexiconClient, deleted_count, has_place
from connectors.mixpanel.cost import Batch, may_read, pack
from connectors.mixpanel.settings import MixpanelSettings
from mappings.contract import EMPTY, Address, Document, Documents
from mappings.mixpanel.documents import EVENT, PROFILE, from_wire, to_wire

SCOPES = (Address(EVENT, ()), Address(PROFILE, ()))
WRITERS = ("owner", "admin")
"""Roles that may write schemas (apis/mixpanel.md section 1.2)."""

BY_NAME = 4
"""How many entries are asked for one by one: with the list of all that makes a minute's requests (section 2)."""
NARROWED = 3
"""How many bad entries of one upload are singled out at most; each takes up to 2·⌈log2 n⌉ more uploads of n entries."""
RESENDS = 2
"""How often what a failed upload left undone is sent again, after reading that it is undone."""

_NO_RENAME = errors.Invalid(
    "Mixpanel cannot rename an entry", hint="Create it under the new name and hide the old one."
)


@dataclass(slots=True)
class _Spare:
    """How much more one upload may cost than its one request."""

    uploads: int
    resends: int = RESENDS

    @classmethod
    def of(cls, entries: int) -> _Spare:
        return cls(2 * NARROWED * math.ceil(math.log2(max(entries, 2))))

    def take_upload(self) -> bool:
        self.uploads -= 1
        return self.uploads >= 0

    def take_resend(self) -> bool:
        self.resends -= 1
        return self.resends >= 0


class MixpanelConnector:
    """See `connectors.contract.Connector`.

    An upload says nothing about its single entries. So after a failure the list is read once and each entry is
    compared: it holds what was wanted (`already`), it is as before (sent again, a few times), or it is a third
    state and is left alone (`conflict`). A refusal of the content is narrowed by halving, see `_narrow`.
    """

    def __init__(self, settings: MixpanelSettings, wiring: Wiring) -> None:
        self._settings = settings
        self._time = wiring.time
        self._client = LexiconClient(settings, wiring)

    def close(self) -> None:
        self._client.close()

    # Reading

    def whoami(self) -> Identity:
        """One request that counts in no window. What it answers beyond "yes" is used when it is there."""
        project = str(self._settings.project_id)
        known = self._client.me().get("projects")
        listed = known if isinstance(known, Mapping) else {}
        mine = listed.get(project)
        told: Mapping[str, Any] = mine if isinstance(mine, Mapping) else {}
        role, name = told.get("role"), told.get("name")
        notes = []
        if isinstance(role, str):
            notes.append(f"The service account's role in this project is {role}.")
        if listed and project not in listed:
            notes.append(f"Mixpanel does not list project {project} for this service account.")
        return Identity(
            name if isinstance(name, str) and name else f"project {project}",
            project,
            role.lower() in WRITERS if isinstance(role, str) else None,
            tuple(notes),
        )

    def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
        """Everything in one request; narrower requests would cost the same. Other entity types are passed over."""
        if not may_read(budget):
            return self._remembered(known)
        documents, now = self._read(), self._time.now()
        return Snapshot(documents, tuple(Coverage(scope, "complete", now) for scope in SCOPES), now, requests=1)

    def look_up(self, addresses: Collection[Address], units: float | None) -> Snapshot:
        """Each by name, where the minute's requests suffice for that; else one request for each type of entry, which
        is answered at another address than the list of all."""
        if len(addresses) <= BY_NAME and all(has_place(one) for one in addresses):
            return one_by_one(addresses, units, self._one, self._time.now())
        kinds = sorted({one.kind for one in addresses})
        if units is not None and units < len(kinds):
            return one_by_one(addresses, 0, self._one, self._time.now())
        found = Documents(one for kind in kinds for entry in self._client.entries(kind) if (one := from_wire(entry)))
        now = self._time.now()
        coverage = tuple(told(one, now, one in found) for one in sorted(addresses))
        return Snapshot(Documents(found[one] for one in addresses if one in found), coverage, now, len(kinds))

    def _one(self, address: Address) -> Document | None:
        try:
            schema = self._client.schema(address)
        except errors.NotFound:
            return None
        return from_wire({"entityType": address.kind, "name": address.names[-1], "schemaJson": schema})

    def _remembered(self, known: Snapshot | None) -> Snapshot:
        why = "the budget has no request left"
        since = known.taken_at if known else 0.0
        coverage = tuple(Coverage(scope, "stale" if known else "partial", since, why) for scope in SCOPES)
        return Snapshot(known.documents if known else EMPTY, coverage, since)

    def _read(self) -> Documents:
        found = (from_wire(entry) for entry in self._client.entries())
        return Documents(document for document in found if document is not None)

    # Writing

    def apply(self, operations: Sequence[Operation]) -> Iterator[Receipt]:
        for operation in operations:
            if operation.verb == "rename":
                yield Receipt.of_error(operation, _NO_RENAME, self._time.now())
        for batch in pack(operations):
            if batch.deletes:
                yield from self._delete(batch.operations[0])
            else:
                yield from self._upload(batch, _Spare.of(len(batch.operations)))

    def _delete(self, operation: Operation) -> Iterator[Receipt]:
        try:
            answer = self._client.delete(operation.address)
        except errors.NotFound as gone:
            yield self._receipt(operation, "already", gone)
        except errors.ToolError as error:
            if error.verdict in ("ask", "wait"):
                raise
            yield from self._settle([operation], error, _Spare(0, resends=0))
        else:
            yield self._receipt(operation, "already" if deleted_count(answer) == 0 else "done", answer)

    def _upload(self, batch: Batch, spare: _Spare) -> Generator[Receipt, None, bool]:
        """Send one upload; returns whether the service took it as a whole."""
        documents = ((one.document, one.before) for one in batch.operations)
        entries = [to_wire(document, before) for document, before in documents if document]
        try:
            answer = self._client.upload(entries, batch.call.units)
        except (errors.Invalid, errors.TooLarge) as refusal:
            yield from self._narrow(batch.operations, refusal, spare)
        except errors.ToolError as error:
            if error.verdict in ("ask", "wait"):
                raise
            yield from self._settle(batch.operations, error, spare)
        else:
            yield from (self._receipt(one, "done", answer) for one in batch.operations)
            return True
        return False

    def _narrow(
        self, operations: Sequence[Operation], refusal: errors.ToolError, spare: _Spare
    ) -> Generator[Receipt, None, None]:
        """Single out the bad ones of operations that were refused together.

        The first half is sent; when it is taken, the bad one is in the second half, which need not be sent to know
        that. With the allowance used up the rest is reported as refused together.
        """
        if len(operations) == 1 or not spare.take_upload():
            now = self._time.now()
            yield from (Receipt.of_error(one, refusal, now) for one in operations)
            return
        middle = len(operations) // 2
        first, second = operations[:middle], operations[middle:]
        if (yield from self._upload(Batch(tuple(first)), spare)):
            yield from self._narrow(second, refusal, spare)
        elif spare.take_upload():
            yield from self._upload(Batch(tuple(second)), spare)
        else:
            now = self._time.now()
            yield from (Receipt.of_error(one, refusal, now) for one in second)

    def _settle(
        self, operations: Sequence[Operation], error: errors.ToolError, spare: _Spare
    ) -> Generator[Receipt, None, None]:
        """Read what became of a write whose answer was lost or no answer, and go on from there."""
        held = self._read_after(error)
        if held is None:
            outcome: Outcome = "unknown" if error.verdict == "read" else "failed"
            yield from (self._settled(one, outcome, error) for one in operations)
            return
        judged = [(operation, _judged(operation, held)) for operation in operations]
        yield from (self._settled(one, outcome, error) for one, outcome in judged if outcome)
        undone = tuple(operation for operation, outcome in judged if outcome is None)
        if undone and spare.take_resend():
            yield from self._upload(Batch(undone), spare)
        else:
            yield from (self._settled(one, "failed", error) for one in undone)

    def _read_after(self, error: errors.ToolError) -> Documents | None:
        """What the Lexicon holds now; None when it cannot be read either."""
        try:
            return self._read()
        except errors.ToolError as unread:
            if unread.verdict == "ask":
                raise
            error.message = f"{error.message}; reading it back failed too: {unread.message}"
            return None

    def _receipt(self, operation: Operation, outcome: Outcome, told: Answer | errors.ToolError) -> Receipt:
        return Receipt(operation, outcome, self._time.now(), told.request_id, told.status)

    def _settled(self, operation: Operation, outcome: Outcome, error: errors.ToolError) -> Receipt:
        """The receipt of a write that failed with this error and was then read back."""
        reason = _REASONS.get(outcome)
        if reason is None:
            reason = (error.message, error.hint, _verdict_after_reading(outcome, error))
        message, hint, verdict = reason
        return replace(self._receipt(operation, outcome, error), message=message, hint=hint, verdict=verdict)


_REASONS: Mapping[Outcome, tuple[str, str, errors.Verdict | None]] = {
    "already": ("the write failed or its answer was lost, but the Lexicon holds what was wanted", "", None),
    "conflict": (
        "the Lexicon holds neither what was there nor what was wanted; it was left alone",
        "Reconcile this target, then publish again.",
        "give-up",
    ),
}


def _verdict_after_reading(outcome: Outcome, error: errors.ToolError) -> errors.Verdict:
    """Once it was read that nothing happened, the write may simply be tried again."""
    return "retry" if outcome == "failed" and error.verdict == "read" else error.verdict


def _judged(operation: Operation, held: Documents) -> Outcome | None:
    """What the state after a failed write says of an operation; None when nothing was done."""
    now = held.get(operation.address)
    if _alike(now, operation.document):
        return "already"
    return None if _alike(now, operation.before) else "conflict"


def _alike(one: Document | None, other: Document | None) -> bool:
    return one is other or (one is not None and other is not None and one.equals(other))
