"""Talks to a notebook: lists pages, writes up to fifty at once, and never over a revision it has not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors import errors
from connectors.contract import Budget, Coverage, Identity, Operation, Outcome, Receipt, Snapshot, Wiring
from connectors.http import ToolClient, path
from connectors.settings import reveal
from connectors.testing.template.cost import batches
from connectors.testing.template.mapping import page_document
from connectors.testing.template.settings import NotebookSettings
from mappings.contract import Address, Document, Documents

IN_DOUBT = (errors.UnknownOutcome, errors.Unavailable, errors.BadAnswer, errors.Conflict, errors.NotFound)
"""Failures after which only reading tells what the notebook holds."""


class NotebookConnector:
    """Implements `connectors.contract.Connector`."""

    def __init__(self, settings: NotebookSettings, wiring: Wiring) -> None:
        token = reveal(settings.token)
        headers = {"authorization": f"Bearer {token}"}
        self._client = ToolClient(settings.host, wiring, headers=headers, secrets=[token])
        self._batch = settings.batch
        self._now = wiring.time.now

    def close(self) -> None:
        self._client.close()

    def whoami(self) -> Identity:
        answer = self._send("GET", "/notebook")
        return Identity(answer["title"], answer["id"], may_write=answer["writable"])

    def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
        held, requests = self._list()
        coverage = Coverage(Address("page", ()), "complete", self._now())
        return Snapshot(held, (coverage,), self._now(), requests)

    def apply(self, operations: Sequence[Operation]) -> Iterator[Receipt]:
        held, _ = self._list() if operations else (Documents(), 0)
        for operation in operations:
            if (outcome := _standing(operation, held)) is not None:
                yield self._receipt(operation, outcome)
        left = [operation for operation in operations if _standing(operation, held) is None]
        for batch in batches(left, self._batch):
            try:
                yield from self._write(batch, held)
            except errors.ToolError as error:
                if error.verdict in ("ask", "wait"):
                    raise
                yield from self._settle(batch, error)

    def _write(self, batch: list[Operation], held: Documents) -> list[Receipt]:
        first = batch[0]
        if first.verb == "delete":
            self._send("DELETE", path("pages", *first.address.names), params=_revision(first, held))
        elif first.verb == "rename" and first.before is not None:
            self._send("PATCH", path("pages", *first.before.address.names), body=_page(first, held))
        elif len(batch) == 1:
            self._send("PUT", path("pages", *first.address.names), body=_page(first, held))
        else:
            answer = self._send("POST", "/pages/batch", body={"pages": [_page(one, held) for one in batch]})
            if any(one["status"] != 200 for one in answer["results"]):
                return list(self._settle(batch, errors.Conflict("not every page was accepted")))
        return [self._receipt(one, "done") for one in batch]

    def _settle(self, batch: list[Operation], error: errors.ToolError) -> Iterator[Receipt]:
        """What came of a batch that failed, by reading where the error leaves it open."""
        if not isinstance(error, IN_DOUBT):
            yield from (Receipt.of_error(one, error, self._now()) for one in batch)
            return
        try:
            held, _ = self._list()
        except (errors.Unavailable, errors.BadAnswer):
            yield from (self._receipt(one, "unknown", error.message) for one in batch)
            return
        for one in batch:
            outcome = _standing(one, held)
            yield self._receipt(one, "done" if outcome == "already" else outcome or "failed", error.message)

    def _receipt(self, operation: Operation, outcome: Outcome, message: str = "") -> Receipt:
        hint = "" if outcome in ("done", "already") else "Look at the page, then publish again."
        return Receipt(operation, outcome, self._now(), message=message, hint=hint)

    def _list(self) -> tuple[Documents, int]:
        found: list[Document] = []
        after: str | None = ""
        requests = 0
        while after is not None:
            answer = self._send("GET", "/pages", params={"after": after})
            found += [page_document(page) for page in answer["pages"]]
            after, requests = answer["next"], requests + 1
        return Documents(found), requests

    def _send(self, method: str, where: str, **content: Any) -> Any:
        return self._client.send(method, where, units={"requests": 1}, **content).value


def _standing(operation: Operation, held: Documents) -> Outcome | None:
    """`already` or `conflict` as the notebook stands; None while it still shows what the operation replaces."""
    now = held.get(operation.address)
    if (now is None and operation.document is None) or (now and operation.document and now.equals(operation.document)):
        return "already"
    source = held.get(operation.before.address) if operation.before else None
    if operation.verb in ("create", "rename") and now is not None:
        return "conflict"
    return None if (source.hash if source else None) == operation.expects else "conflict"


def _revision(operation: Operation, held: Documents) -> dict[str, str]:
    return {"revision": str(held[operation.before.address].facts["revision"])} if operation.before else {}


def _page(operation: Operation, held: Documents) -> dict[str, Any]:
    body = operation.document.body if operation.document else {}
    return {**body, "name": operation.address.names[0], **_revision(operation, held)}
