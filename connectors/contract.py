"""The contract of a connector: what the engine may ask of a tool, and the values that go to and fro.

A connector talks; it decides nothing. The engine hands it operations that were previewed and guarded, in order,
and gets a receipt for each as the answers arrive.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from connectors.errors import ToolError, Verdict
from connectors.sandbox import Sandbox
from connectors.settings import Settings
from mappings.contract import Address, Document, Documents, ToolMapping

CONTRACT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials are, as the tool sees it. `may_write` is None where the tool does not tell."""

    workspace: str
    """A name a person recognises: project, plan or registry."""
    account: str
    """The tool's own id of it."""
    may_write: bool | None = None
    notes: tuple[str, ...] = ()
    """What else a person should know, one sentence each."""


# Reading ------------------------------------------------------------------------------------------------------

Completeness = Literal["complete", "partial", "failed", "not-entitled", "hidden", "stale"]
"""How much of a list is known. Only from a `complete` one does "not in it" mean "not there"."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How complete the reading of one list is.

    `scope` covers every address of its kind whose names start with its names: Address("event", ()) is the list of
    all events, Address("event-property", ("Order Placed",)) the properties of one event. `since` is when this was
    last read, seconds since the epoch.
    """

    scope: Address
    completeness: Completeness
    since: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a tool holds, as far as it was read, and how far that is."""

    documents: Documents
    coverage: tuple[Coverage, ...]
    taken_at: float
    """Seconds since the epoch at the end of the reading."""
    requests: int = 0
    """Requests this reading took."""
    _by_scope: dict[Address, Coverage] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_scope.update({one.scope: one for one in self.coverage})

    def coverage_of(self, address: Address) -> Coverage | None:
        """The narrowest list that this address would stand in; None when no such list was read."""
        for length in range(len(address.names), -1, -1):
            found = self._by_scope.get(Address(address.kind, address.names[:length]))
            if found is not None:
                return found
        return None

    def knows_absent(self, address: Address) -> bool:
        """Whether the tool certainly does not hold this address."""
        if address in self.documents:
            return False
        coverage = self.coverage_of(address)
        return coverage is not None and coverage.completeness == "complete"


def updated(before: Snapshot, after: Snapshot) -> Snapshot:
    """A reading brought up to date with a later, narrower one: what that one saw, or certainly missed, counts."""
    kept = (
        one
        for address, one in before.documents.items()
        if address not in after.documents and not after.knows_absent(address)
    )
    coverage = {one.scope: one for one in (*before.coverage, *after.coverage)}
    documents = Documents((*kept, *after.documents.values()))
    return Snapshot(documents, tuple(coverage.values()), after.taken_at, after.requests)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a reading may cost. `units` is in the tool's dearest window; None means as much as it takes.

    `only` narrows the reading to the lists that these addresses stand in (a read-back after a write).
    """

    units: float | None = None
    only: frozenset[Address] | None = None


# Writing ------------------------------------------------------------------------------------------------------

Verb = Literal["create", "update", "rename", "hide", "delete"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One write to one tool.

    `document` is the state to reach (None for delete), `before` the state it replaces as it was observed (None for
    create). A rename carries the old address in `before` and the new one in `document`. `hide` is an update that
    the plan asked for as a removal.
    """

    verb: Verb
    address: Address
    document: Document | None
    before: Document | None = None

    @property
    def expects(self) -> str | None:
        """The content hash that this operation replaces; None when nothing must be there."""
        return self.before.hash if self.before else None

    @property
    def id(self) -> str:
        """The same for the same write, whoever computes it: 32 hex digits."""
        after = self.document.hash if self.document else "-"
        text = "\n".join((self.verb, str(self.address), self.expects or "-", after))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


Outcome = Literal["done", "already", "conflict", "failed", "unknown", "not-tried"]
"""`already`: the tool held the wanted state. `conflict`: it holds a third state and was left alone. `unknown`: the
answer was lost and reading did not settle it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of one operation."""

    operation: Operation
    outcome: Outcome
    at: float
    """Seconds since the epoch when the answer arrived."""
    request_id: str = ""
    status: int = 0
    message: str = ""
    hint: str = ""
    verdict: Verdict | None = None

    @property
    def good(self) -> bool:
        return self.outcome in ("done", "already")

    @classmethod
    def of_error(cls, operation: Operation, error: ToolError, at: float) -> Receipt:
        """The receipt of an operation that ended in this error."""
        outcome: Outcome = "unknown" if error.verdict == "read" else "failed"
        return cls(
            operation, outcome, at, error.request_id, error.status, error.message, error.hint, verdict=error.verdict
        )


class Connector(Protocol):
    """One open connection to one target. Not shared between threads by the engine.

    Every method may raise a `ToolError`. `apply` yields exactly one receipt for each operation, in any order, as
    answers arrive; a failure of one operation is a receipt, not an exception. It raises only when nothing more can
    be tried (verdict ``ask``, or ``wait`` longer than the wiring's patience); receipts not yet yielded are then
    "not tried" and a rerun continues. Applying an operation that has already taken effect is safe.
    """

    def whoami(self) -> Identity:
        """Prove credentials and entitlement with the cheapest request, and name the workspace."""

    def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
        """Read what the tool holds. `known` is an earlier reading that an incremental tool may build on."""

    def apply(self, operations: Sequence[Operation]) -> Iterator[Receipt]:
        """Write, in as few requests as the vendor allows, keeping the order of kinds."""

    def close(self) -> None:
        """Give back the connections. Safe to call twice."""


# Cost ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """The tool accepts at most `limit` units in any `seconds`."""

    name: str
    limit: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the cost model sees it: units by window name. `writes` counts the operations it carries."""

    units: Mapping[str, float]
    writes: int = 0


@dataclass(frozen=True, slots=True)
class CostModel:
    """What requests cost, as data: the limiter, the forecast and the sandbox's enforcement test all read it.

    `concurrency` is how many requests may be in flight; `latency` the usual seconds one takes (an estimate).
    """

    windows: tuple[Window, ...]
    concurrency: int = 1
    latency: float = 0.3


class Limiter(Protocol):
    """Shared by all that use one account. Thread-safe."""

    def reserve(self, units: Mapping[str, float]) -> float:
        """Take a place in every named window; returns the seconds to wait before sending (0 when free)."""

    def pause(self, seconds: float) -> None:
        """The tool said "too many": nobody sends for so long."""


class Time(Protocol):
    """The clock of a run; a test brings its own."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Do nothing for so long."""


class SystemTime:
    """The real clock."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the hub lends a connector. `transport` is an httpx transport (a test's), None for the real network.

    `patience` is the longest wait for a quota, in seconds, that a connector sits out itself; beyond it, it raises
    `RateLimited` with `retry_after`. `on_wait` hears of each wait of more than a second.
    """

    limiter: Limiter
    time: Time = field(default_factory=SystemTime)
    transport: Any = None
    patience: float = 7200.0
    on_wait: Callable[[float], None] = lambda seconds: None


# The plugin ---------------------------------------------------------------------------------------------------

Capability = Literal["rename", "hide", "delete", "incremental", "tells-who", "versions"]
"""Powers that not all tools have. What is not declared is refused, and the suite asserts the refusal."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """Everything the hub needs to know of a tool. One value per tool, registered under "hub.connectors"."""

    tool: str
    title: str
    summary: str
    settings: type[Settings]
    mapping: Callable[[Any], ToolMapping]
    connect: Callable[[Any, Wiring], Connector]
    sandbox: Callable[..., Sandbox]
    account: Callable[[Any], str]
    """Whose quota a target uses, without secrets in clear: targets with equal accounts share their windows."""
    cost: Callable[[Any], CostModel]
    calls_to_apply: Callable[[Any, Sequence[Operation]], list[Call]]
    """The requests that `apply` will make for these operations."""
    calls_to_observe: Callable[[Any, Documents, Budget], list[Call]]
    """The requests that `observe` will make, given what the tool is known to hold."""
    capabilities: frozenset[Capability] = frozenset()
    contract: int = CONTRACT_VERSION
