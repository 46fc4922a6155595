"""Reading and writing an Iglu registry."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

from connectors import errors
from connectors.contract import (
    Budget,
    Completeness,
    Connector,
    Coverage,
    Identity,
    Operation,
    Outcome,
    Receipt,
    Snapshot,
    Wiring,
)
from connectors.http import Answer
from connectors.lookup import one_by_one
from connectors.snowplow.client import IgluClient, NothingListed, Server, StaticClient, VersionExists, VisibilityDiffers
from connectors.snowplow.cost import CONCURRENCY, is_sent, lists_to_read, proves_the_key, queues_of, wanted_names
from connectors.snowplow.settings import SnowplowSettings
from mappings.contract import Address, Document, Documents
from mappings.snowplow.documents import address_of, from_wire, is_schema, latest, parse_version

IMMUTABLE = "a published version never changes and never goes"
IMMUTABLE_HINT = "Preview again: a change gets a new version number."
STATIC_HINT = "Publish to the Iglu Server, or copy the files to where the static registry is made."


def connect(settings: SnowplowSettings, wiring: Wiring) -> Connector:
    """The connector of a server or of a static registry."""
    return StaticConnector(settings, wiring) if settings.static else SnowplowConnector(settings, wiring)


class SnowplowConnector:
    """One vendor's schemas on an Iglu Server."""

    def __init__(self, settings: SnowplowSettings, wiring: Wiring) -> None:
        self._settings = settings
        self._now = wiring.time.now
        self._client = IgluClient(settings, wiring)
        self._may_overwrite = False
        """Whether the server is known to let a create replace an existing version."""

    def close(self) -> None:
        self._client.close()

    def whoami(self) -> Identity:
        server = self._checked()
        self._may_overwrite = server.patches_allowed
        vendor = self._settings.vendor
        if not server.permission.covers(vendor):
            raise self._not_entitled(server)
        return Identity(
            workspace=f"{vendor} on {self._settings.host}",
            account=f"{self._settings.host}/{vendor}",
            may_write=server.permission.may_write,
            notes=tuple(_notes(server)),
        )

    def _checked(self) -> Server:
        """The server's account of itself. Raises Unauthorized for a key that it does not know."""
        server = self._client.server()
        if server.permission.is_anonymous:
            raise errors.Unauthorized(
                "Iglu Server does not know this key, and answers as if there were none",
                place="GET /meta/server",
                status=200,
            )
        return server

    def _not_entitled(self, server: Server) -> errors.NotEntitled:
        return errors.NotEntitled(
            f"the key is for {server.permission.vendor or 'no vendor'}, not for {self._settings.vendor}",
            hint="Use a key for this vendor, or correct the target's vendor.",
            place="GET /meta/server",
            status=200,
        )

    # Reading -----------------------------------------------------------------------------------------------------

    def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
        """All versions in one request. `known` is not needed: nothing can be asked for by change."""
        sent = self._client.sent
        documents: list[Document] = []
        coverage: list[Coverage] = []
        for scope in lists_to_read(self._settings, budget):
            found = self._listed(scope)
            completeness, why = self._completeness(found)
            documents += found
            coverage.append(Coverage(scope, completeness, self._now(), why))
        return Snapshot(Documents(documents), tuple(coverage), self._now(), self._client.sent - sent)

    def look_up(self, addresses: Collection[Address], units: float | None) -> Snapshot:
        """One request for each version. A key that lost its rights reads private schemas as "not found", so what is
        not there is believed only of a key that may read this vendor (section 6, oddity 4)."""
        sent = self._client.sent
        found = one_by_one(addresses, units, self._client.read, self._now())
        completeness, why = self._completeness(list(found.documents.values()))
        coverage = tuple(
            replace(one, completeness=completeness, why=why) if one.completeness == "complete" and why else one
            for one in found.coverage
        )
        return Snapshot(found.documents, coverage, found.taken_at, self._client.sent - sent)

    def _listed(self, scope: Address) -> list[Document]:
        """The schemas in a list. Other formats are none of ours; a row without a proper identity has no address that
        could be asked for."""
        try:
            rows = self._client.schemas(scope)
        except NothingListed:
            return []
        found = (from_wire(row) for row in rows)
        return [one for one in found if one is not None and is_schema(one, self._settings.vendor)]

    def _completeness(self, found: Sequence[Document]) -> tuple[Completeness, str]:
        """How complete a list is.

        A key that the server does not know, or that is for another vendor, reads what is public and no error; so
        only a private schema proves that all was read. Else the server is asked (section 6, oddity 4).
        """
        if proves_the_key(found):
            return "complete", ""
        server = self._checked()
        if server.permission.covers(self._settings.vendor):
            return "complete", ""
        return "not-entitled", self._not_entitled(server).message

    # Writing -----------------------------------------------------------------------------------------------------

    def apply(self, operations: Sequence[Operation]) -> Iterator[Receipt]:
        """One request each, up to four names at once. A new request starts only after a receipt was taken."""
        sent = [one for one in operations if is_sent(one, self._settings)]
        yield from (self._refused(one) for one in operations if not is_sent(one, self._settings))
        queues = deque(deque(queue) for queue in queues_of(sent))
        running: dict[Future[Receipt], deque[Operation]] = {}
        stopped: errors.ToolError | None = None
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            while running or (queues and stopped is None):
                while queues and stopped is None and len(running) < CONCURRENCY:
                    queue = queues.popleft()
                    running[pool.submit(self._write, queue.popleft())] = queue
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    queue = running.pop(future)
                    problem = future.exception()
                    if isinstance(problem, errors.ToolError):
                        stopped = stopped or problem
                        continue
                    yield future.result()
                    if queue:
                        queues.appendleft(queue)
        if stopped is not None:
            raise stopped

    def _refused(self, operation: Operation) -> Receipt:
        return Receipt(operation, "failed", self._now(), message=IMMUTABLE, hint=IMMUTABLE_HINT, verdict="give-up")

    def _write(self, operation: Operation) -> Receipt:
        """The receipt of one create. Raises what ends the run: verdict ask, or a wait beyond patience."""
        document = operation.document
        if document is None:
            return self._refused(operation)
        try:
            if self._may_overwrite and (receipt := self._compared(operation, document)) is not None:
                return receipt
            return self._published(operation, document)
        except errors.ToolError as error:
            if error.verdict in ("ask", "wait"):
                raise
            return Receipt.of_error(operation, error, self._now())

    def _published(self, operation: Operation, document: Document) -> Receipt:
        try:
            answer = self._sent(document)
        except (VersionExists, errors.UnknownOutcome) as error:
            return self._settled(operation, document, error)
        return Receipt(operation, "done", self._now(), answer.request_id, answer.status)

    def _settled(self, operation: Operation, document: Document, error: errors.ToolError) -> Receipt:
        """The receipt after a look at what is there; where that fails too, the error itself stands."""
        try:
            receipt = self._compared(operation, document, error)
        except errors.ToolError as problem:
            if problem.verdict == "ask":
                raise
            receipt = None
        return receipt or Receipt.of_error(operation, error, self._now())

    def _sent(self, document: Document) -> Answer:
        """Visibility belongs to all versions of a name: as the mapping was told, else as the server corrects."""
        public = document.facts.get("isPublic", self._settings.public) is True
        try:
            return self._client.publish(document, public=public)
        except VisibilityDiffers:
            return self._client.publish(document, public=not public)

    def _compared(
        self, operation: Operation, document: Document, error: errors.ToolError | None = None
    ) -> Receipt | None:
        """What the registry holds there settles it: the wanted content, or a third state; None when it holds nothing.

        `error` is what made the reading necessary.
        """
        held = self._client.read(document.address)
        if held is None:
            return None
        outcome: Outcome = "already" if held.equals(document) else "conflict"
        message = "" if outcome == "already" else f"{document.address} is published with other content"
        hint = "" if outcome == "already" else "Preview again: the next free number is taken then."
        request_id, status = (error.request_id, error.status) if error else ("", 200)
        return Receipt(operation, outcome, self._now(), request_id, status, message, hint)


def _notes(server: Server) -> Iterable[str]:
    if server.version:
        yield f"Iglu Server {server.version}."
    if not server.permission.may_write:
        yield "The key may read only; publishing needs a write key."
    if server.patches_allowed:
        yield "This server lets versions be patched, as development registries do."
    if server.exposes_keys:
        yield "The server's debug page shows all its keys to anybody: switch debug off."


class StaticConnector:
    """One vendor's schemas in a static registry. Only the newest version of each schema is read."""

    def __init__(self, settings: SnowplowSettings, wiring: Wiring) -> None:
        self._settings = settings
        self._now = wiring.time.now
        self._client = StaticClient(settings, wiring)

    def close(self) -> None:
        self._client.close()

    def whoami(self) -> Identity:
        """Nobody asks who we are; the request shows that the host answers."""
        listed = self._client.uris() is not None
        note = "Its list object is read." if listed else "It keeps no list of its schemas: new names are not found."
        host, vendor = self._settings.host, self._settings.vendor
        return Identity(f"{vendor} on {host}", f"{host}/{vendor}", False, ("A static registry is read only.", note))

    def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
        """The list, then the newest file of each name. Never complete: the lists leave out models whose versions
        have no one order, and files that a copy tool did not bring (apis/snowplow.md section 1.3)."""
        sent = self._client.sent
        lists = lists_to_read(self._settings, budget)
        if not lists:
            return Snapshot(Documents(), (), self._now())
        newest = self._newest(known.documents if known else Documents())
        wanted = [newest[name] for name in wanted_names(newest, lists)]
        documents = Documents(one for one in map(self._client.read, wanted) if one is not None)
        why = "a static registry lists no more than its owner's copy tool wrote down"
        coverage = tuple(Coverage(scope, "partial", self._now(), why) for scope in lists)
        return Snapshot(documents, coverage, self._now(), self._client.sent - sent)

    def _newest(self, known: Documents) -> dict[str, Address]:
        """The newest known address of each name: from the registry's list, else from the lists of known schemas."""
        listed = self._client.uris()
        if listed is not None:
            return self._highest(listed)
        before = latest(known, self._settings.vendor)
        uris: list[str] = []
        for name, version in before.items():
            model = str(version.number.model)
            uris += self._client.uris(self._settings.vendor, name, "jsonschema", model) or []
        held = {name: version.document.address for name, version in before.items()}
        return {**held, **self._highest(uris)}

    def _highest(self, uris: Iterable[str]) -> dict[str, Address]:
        """{schema name: newest address} of the vendor's JSON schemas among these URIs."""
        blank = Documents(Document(address, {}) for uri in uris if (address := _address_in(uri)) is not None)
        return {name: one.document.address for name, one in latest(blank, self._settings.vendor).items()}

    def apply(self, operations: Sequence[Operation]) -> Iterator[Receipt]:
        """Refuses everything."""
        for operation in operations:
            message = "a static registry takes no writes"
            yield Receipt(operation, "failed", self._now(), message=message, hint=STATIC_HINT, verdict="give-up")


def _address_in(uri: str) -> Address | None:
    """iglu:vendor/name/jsonschema/version as an address; None for other formats and rubbish."""
    parts = uri.removeprefix("iglu:").split("/")
    version = parse_version(parts[-1])
    if len(parts) != 4 or parts[2] != "jsonschema" or version is None or not uri.startswith("iglu:"):
        return None
    return address_of(parts[0], parts[1], version)
