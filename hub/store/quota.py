"""The limits of an account, shared by every process that uses the same database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from connectors.contract import Window
from connectors.limits import MARGIN, SLACK, earliest
from hub.store.database import Database
from hub.store.schema import quota_use

PAUSE = "pause"
"""The pseudo-window in which a 429 is noted for everyone."""


class SharedLimiter:
    """The windows of one account, kept in the database. Implements `connectors.contract.Limiter`."""

    def __init__(self, database: Database, account: str, windows: Sequence[Window], now: Callable[[], float]) -> None:
        self._database = database
        self._account = account
        self._windows = {window.name: window for window in windows}
        self._now = now

    def reserve(self, units: Mapping[str, float]) -> float:
        if not units:
            return self._pause_left()
        with self._database.write() as connection:
            now = self._now()
            at = max([now, *(moment for moment, _ in self._taken(connection, PAUSE, now))])
            for name, amount in units.items():
                window = self._windows[name]
                taken = self._taken(connection, name, now - window.seconds * MARGIN - SLACK)
                at = max(at, earliest(taken, window, amount, max([at, *(moment for moment, _ in taken[-1:])])))
            self._note(connection, at, units)
            return at - now

    def _pause_left(self) -> float:
        """What a tool without limits waits: only what a 429 asked for. Nothing to note, so no write lock."""
        with self._database.read() as connection:
            now = self._now()
            return max([now, *(moment for moment, _ in self._rows(connection, PAUSE, now))]) - now

    def pause(self, seconds: float) -> None:
        with self._database.write() as connection:
            self._note(connection, self._now() + seconds, {PAUSE: 0.0})

    def used(self) -> dict[str, list[tuple[float, float]]]:
        """What was taken lately, by window, for a forecast."""
        with self._database.read() as connection:
            now = self._now()
            return {
                name: self._rows(connection, name, now - window.seconds * MARGIN - SLACK)
                for name, window in self._windows.items()
            }

    def passes_at(self) -> float | None:
        """When the next request that somebody waits to send may be sent; None when nobody waits."""
        with self._database.read() as connection:
            now = self._now()
            windows = (self._rows(connection, name, now) for name in self._windows)
            reserved = [moment for rows in windows for moment, _ in rows]
            paused = [moment for moment, _ in self._rows(connection, PAUSE, now)]
        moments = [*([min(reserved)] if reserved else []), *paused]
        return max(moments, default=None)

    def _taken(self, connection: Connection, window: str, since: float) -> list[tuple[float, float]]:
        """What was taken after `since`; what is older is forgotten."""
        connection.execute(delete(quota_use).where(self._mine(window) & (quota_use.c.at <= since)))
        return self._rows(connection, window, since)

    def _rows(self, connection: Connection, window: str, since: float) -> list[tuple[float, float]]:
        mine = self._mine(window) & (quota_use.c.at > since)
        rows = connection.execute(select(quota_use.c.at, quota_use.c.units).where(mine).order_by(quota_use.c.at))
        return [(at, units) for at, units in rows]

    def _mine(self, window: str) -> ColumnElement[bool]:
        return (quota_use.c.account == self._account) & (quota_use.c.window == window)

    def _note(self, connection: Connection, at: float, units: Mapping[str, float]) -> None:
        rows = [{"account": self._account, "window": name, "at": at, "units": amount} for name, amount in units.items()]
        if rows:
            connection.execute(insert(quota_use), rows)
