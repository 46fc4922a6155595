"""A sandbox, a clock and a connector put together in one process, without sockets and without waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors.contract import Budget, Connector, Limiter, Operation, Plugin, Receipt, Snapshot, Wiring
from connectors.limits import WindowLimiter
from connectors.operations import operations_between, removals_of
from connectors.sandbox import ConnectionDropped, LogEntry, Request, Sandbox
from connectors.settings import Settings
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.contract import EMPTY, Documents, Projection

SANDBOX_URL = "http://sandbox.test"


class FakeTime:
    """A clock that moves only when someone sleeps. Starts in 2026."""

    def __init__(self, now: float = 1_780_000_000.0) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += seconds


def transport_to(sandbox: Sandbox) -> httpx.MockTransport:
    """An httpx transport that ends in the sandbox; a dropped connection is a read error."""

    def handle(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        try:
            answer = sandbox.handle(Request.build(request.method, target, dict(request.headers), request.content))
        except ConnectionDropped as dropped:
            raise httpx.ReadError(str(dropped), request=request) from None
        return httpx.Response(answer.status, content=answer.body, headers=dict(answer.headers))

    return httpx.MockTransport(handle)


@dataclass
class Rig:
    """One tool's sandbox with everything to talk to it. `options` are extra settings of the target."""

    plugin: Plugin
    sandbox: Sandbox
    time: FakeTime
    options: Mapping[str, Any] = field(default_factory=dict)
    limiter: Limiter | None = None

    @classmethod
    def of(cls, plugin: Plugin, options: Mapping[str, Any] | None = None, **switches: Any) -> Rig:
        """A fresh sandbox of this tool on a fake clock, with these switches."""
        time = FakeTime()
        return cls(plugin, plugin.sandbox(clock=time.now, switches=switches), time, options or {})

    @property
    def settings(self) -> Settings:
        credentials = self.sandbox.demo_credentials()
        return self.plugin.settings.model_validate({"base_url": SANDBOX_URL, **credentials, **self.options})

    def wiring(self, patience: float = 7200.0) -> Wiring:
        limiter = self.limiter or WindowLimiter(self.plugin.cost(self.settings).windows, self.time.now)
        self.limiter = limiter
        return Wiring(limiter, self.time, transport_to(self.sandbox), patience)

    def connect(self, settings: Settings | None = None) -> Connector:
        return self.plugin.connect(settings or self.settings, self.wiring())

    def observe(self, known: Snapshot | None = None, budget: Budget | None = None) -> Snapshot:
        connector = self.connect()
        try:
            return connector.observe(known, budget or Budget())
        finally:
            connector.close()

    def project(self, plan: TrackingPlan, onto: Documents = EMPTY) -> Projection:
        return self.plugin.mapping(self.settings).to_tool(expand(plan), onto)

    def operations(self, plan: TrackingPlan, snapshot: Snapshot, *, delete: bool = False) -> list[Operation]:
        """What publishing this plan onto that snapshot takes, without the hub's guards."""
        projection = self.project(plan, snapshot.documents)
        waves = self.plugin.mapping(self.settings).waves
        writes = operations_between(snapshot.documents, projection.documents.values(), waves)
        return writes + removals_of(snapshot.documents, projection.removals, delete=delete, waves=waves)

    def apply(self, operations: list[Operation]) -> list[Receipt]:
        connector = self.connect()
        try:
            return list(connector.apply(operations))
        finally:
            connector.close()

    def publish(self, plan: TrackingPlan, *, delete: bool = False) -> list[Receipt]:
        """Observe, decide without guards, apply."""
        return self.apply(self.operations(plan, self.observe(), delete=delete))

    def requests(self, *methods: str) -> list[LogEntry]:
        """The requests the sandbox saw, all or of these methods."""
        return [entry for entry in self.sandbox.log if not methods or entry.method in methods]

    def forget_requests(self) -> None:
        self.sandbox.log.clear()
