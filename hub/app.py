"""The one place that wires: settings, database, clock, shared quotas and targets into an engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from connectors.contract import Limiter, SystemTime
from hub.addresses import Resolver, system_resolver
from hub.changes.authority import Authority
from hub.config import Config
from hub.engine.ports import Listener, Progress
from hub.engine.target import Engine, StoppableTime, Target
from hub.store.database import Database
from hub.store.quota import SharedLimiter
from hub.store.sql import SqlStore

if TYPE_CHECKING:
    from hub.notify.delivering import Deliverer
    from hub.notify.destinations import Destination


def _silent(progress: Progress) -> None:
    """Nobody is watching."""


@dataclass
class App:
    """The hub of one configuration. The database is opened when it is first needed; `listen` may be exchanged.

    `resolve` looks up hosts that people type (`hub.addresses`).
    """

    config: Config
    listen: Listener = _silent
    transport: Callable[[Target], object] = lambda target: None
    stopping: threading.Event = field(default_factory=threading.Event)
    resolve: Resolver = system_resolver

    def use(self, config: Config) -> None:
        """Go on with another configuration; what runs already ends with the one it began with.

        The database stays the one that is open.
        """
        self.config = replace(config, database=self.config.database)
        if "engine" in self.__dict__:
            self.__dict__["engine"] = replace(self.engine, authority=Authority.of(config.authority))

    @cached_property
    def database(self) -> Database:
        return Database(self.config.database)

    @cached_property
    def store(self) -> SqlStore:
        return SqlStore(self.database)

    @cached_property
    def engine(self) -> Engine:
        clock = StoppableTime(self.stopping)
        return Engine(
            self.store,
            self.limiter,
            clock,
            self._tell,
            transport=self.transport,
            stopping=self.stopping,
            authority=Authority.of(self.config.authority),
        )

    def _tell(self, progress: Progress) -> None:
        self.listen(progress)

    def limiter(self, target: Target) -> Limiter:
        """What keeps a connection to this target within its tool's limits."""
        return self.quota(target)

    def quota(self, target: Target) -> SharedLimiter:
        """The windows of the account that this target uses, shared with every process on this database."""
        account = f"{target.plugin.tool}:{target.plugin.account(target.settings)}"
        windows = target.plugin.cost(target.settings).windows
        return SharedLimiter(self.database, account, windows, self.engine.time.now)

    def deliverer_if_open(self) -> Deliverer | None:
        """The same, or None while the database was not needed: then nothing happened."""
        return self.deliverer() if "database" in self.__dict__ else None

    def deliverer(self) -> Deliverer:
        """Who brings notifications to their destinations, as far as those are configured rightly."""
        from hub.notify.delivering import Deliverer
        from hub.notify.destinations import usable_destinations

        destinations, problem = usable_destinations(self.config)
        limiter, address = self._notify_limiter, self.config.public_url
        return Deliverer(self.store, destinations, SystemTime(), limiter, address, problem=problem)

    def _notify_limiter(self, destination: Destination) -> Limiter:
        """The windows of the account that this destination uses, shared with every process on this database."""
        account = f"{destination.kind.kind}:{destination.kind.account(destination.settings)}"
        windows = destination.kind.windows(destination.settings)
        return SharedLimiter(self.database, account, windows, self.engine.time.now)

    def close(self) -> None:
        if "database" in self.__dict__:
            self.database.close()
