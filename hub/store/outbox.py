"""The outbox: happenings that wait to be routed, and the messages that each destination is to show."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from hub.changes.happening import Happening
from hub.store import documents, happenings
from hub.store.database import Database
from hub.store.schema import happening, message
from mappings.canonical.kinds import JSON

MessageState = Literal["queued", "sent", "confirmed", "failed"]
"""`sent`: handed over, and not known to have arrived. `confirmed`: it is there, as an answer or a reading proves."""
STATES: tuple[MessageState, ...] = get_args(MessageState)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one destination is to show under one key from now on. `story` is plain data."""

    destination: str
    key: str
    verb: Literal["put", "add"]
    story: JSON
    due: float
    parent: str = ""
    only_if_known: bool = False
    """Whether this only changes what was told before, and is no news of its own."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands. `told` is the hash of the story that it shows, or ""."""

    id: int
    destination: str
    key: str
    verb: Literal["put", "add"]
    parent: str
    state: MessageState
    story: str
    told: str
    remote: Mapping[str, JSON] | None
    memo: Mapping[str, JSON]
    url: str
    attempts: int
    created: float
    due: float
    first_sent: float | None
    confirmed: float | None
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Health:
    """How a destination is doing: messages by state, and the trouble of the oldest one that waits."""

    destination: str
    counts: Mapping[str, int] = field(default_factory=dict)
    waiting_since: float | None = None
    reason: str = ""
    hint: str = ""


class Outbox:
    """Every call is one transaction; what it returned is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Routing

    def unrouted(self, limit: int = 500) -> list[Happening]:
        """Happenings that no destination has been asked about, oldest first."""
        query = select(happening).where(happening.c.routed == 0).order_by(happening.c.id).limit(limit)
        with self._database.read() as connection:
            return [happenings.from_row(row) for row in connection.execute(query)]

    def route(self, routed: Iterable[int], entries: Sequence[Entry]) -> None:
        """These happenings are dealt with: this is what is to be shown on their account."""
        with self._database.write() as connection:
            for one in entries:
                _enter(connection, one)
            connection.execute(update(happening).where(happening.c.id.in_(list(routed))).values(routed=1))

    def cancel(self, key_start: str) -> None:
        """What begins so, and was not handed over yet, is not told any more."""
        unsent = (message.c.state == "queued") & message.c.first_sent.is_(None) & (message.c.told == "")
        mine = message.c.key.startswith(key_start, autoescape=True)
        with self._database.write() as connection:
            connection.execute(delete(message).where(mine, unsent))

    def put(self, entries: Sequence[Entry]) -> None:
        """Messages that are known say this now, such as how far a publish has come."""
        self.route((), entries)

    def story(self, destination: str, key: str) -> tuple[Message, JSON] | None:
        """A message and what it is to say."""
        mine = (message.c.destination == destination) & (message.c.key == key)
        with self._database.read() as connection:
            row = connection.execute(select(message).where(mine)).first()
            return None if row is None else (_message(row), documents.fetch_one(connection, row.story))

    # Delivering

    def due(self, destination: str, now: float, limit: int = 100) -> list[tuple[Message, JSON]]:
        """What is to be told now, in the order in which it came up, with the stories."""
        table = message
        mine = (table.c.destination == destination) & table.c.state.in_(("queued", "sent")) & (table.c.due <= now)
        with self._database.read() as connection:
            rows = connection.execute(select(table).where(mine).order_by(table.c.id).limit(limit)).all()
            stories = documents.fetch(connection, (row.story for row in rows))
        return [(_message(row), stories[row.story]) for row in rows]

    def next_due(self, destinations: Iterable[str]) -> float | None:
        """When the next message of these destinations wants to be told."""
        waiting = message.c.state.in_(("queued", "sent")) & message.c.destination.in_(list(destinations))
        with self._database.read() as connection:
            at: float | None = connection.execute(select(func.min(message.c.due)).where(waiting)).scalar()
        return at

    def sending(self, one: Message, at: float) -> None:
        """It is about to be handed over: from now on nobody knows whether it arrived, until somebody says so."""
        values = {"state": "sent", "attempts": one.attempts + 1, "first_sent": one.first_sent or at}
        self._set(one, **values)

    def noted(self, one: Message, memo: Mapping[str, JSON]) -> None:
        """The channel's own notes about it."""
        self._set(one, memo=json.dumps(memo))

    def confirmed(self, one: Message, remote: Mapping[str, JSON], url: str, at: float) -> None:
        """It is there and says what it was to say. Where the story moved on in the meantime it is queued again. What
        was held for the reason that it waited for is due again."""
        shown = {"told": one.story, "remote": json.dumps(remote), "url": url, "confirmed": at}
        done = {**shown, "memo": "{}", "first_sent": None, "attempts": 0, "reason": "", "hint": ""}
        with self._database.write() as connection:
            current = connection.execute(select(message.c.story).where(message.c.id == one.id)).scalar()
            state = "confirmed" if current == one.story else "queued"
            connection.execute(update(message).where(message.c.id == one.id).values(state=state, **done))
            if one.reason:
                _release(connection, one, at)

    def postponed(self, one: Message, due: float, reason: str, hint: str, *, unsure: bool) -> None:
        """It is tried again at `due`; `unsure` when the last attempt may have had an effect."""
        before: dict[str, Any] = {"state": "sent" if one.first_sent else "queued", "first_sent": one.first_sent}
        self._set(one, due=due, reason=reason, hint=hint, **({} if unsure else before))

    def held(self, destination: str, now: float, due: float, reason: str, hint: str) -> None:
        """The destination has some trouble: all that it was due to be told by now waits for the same moment."""
        waiting = message.c.state.in_(("queued", "sent")) & (message.c.due <= now)
        with self._database.write() as connection:
            mine = (message.c.destination == destination) & waiting
            connection.execute(update(message).where(mine).values(due=due, reason=reason, hint=hint))

    def failed(self, one: Message, reason: str, hint: str) -> None:
        """It will not be tried again by itself."""
        self._set(one, state="failed", reason=reason, hint=hint)

    def retry(self, identity: int | None, now: float, *, anew: bool = False) -> int:
        """Try what failed, or waits because of some trouble, again at once; or this one if it is not confirmed. How
        many. `anew` forgets where it was and whether it arrived: it is posted once more."""
        table = message
        which = _troubled() if identity is None else (table.c.id == identity)
        if not anew:
            which &= table.c.state != "confirmed"
        forget = {"remote": None, "told": "", "first_sent": None, "memo": "{}"} if anew else {}
        values: dict[str, Any] = {"state": "queued", "due": now, "attempts": 0, "created": now, **forget}
        with self._database.write() as connection:
            return connection.execute(update(table).where(which).values(**values)).rowcount

    def _set(self, one: Message, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(update(message).where(message.c.id == one.id).values(**values))

    # Looking

    def messages(self, *states: MessageState, destination: str | None = None, limit: int = 50) -> list[Message]:
        """Newest first."""
        query: Select[Any] = select(message).order_by(message.c.id.desc()).limit(limit)
        query = query.where(message.c.state.in_(states)) if states else query
        query = query.where(message.c.destination == destination) if destination is not None else query
        with self._database.read() as connection:
            return [_message(row) for row in connection.execute(query)]

    def told_of(self, key_start: str) -> list[Message]:
        """The messages of all destinations whose keys begin so."""
        query = select(message).where(message.c.key.startswith(key_start, autoescape=True)).order_by(message.c.id)
        with self._database.read() as connection:
            return [_message(row) for row in connection.execute(query)]

    def health(self) -> list[Health]:
        """One line for each destination that was ever told anything."""
        with self._database.read() as connection:
            counted = connection.execute(
                select(message.c.destination, message.c.state, func.count()).group_by(
                    message.c.destination, message.c.state
                )
            ).all()
            counts: dict[str, Counter[str]] = {}
            for destination, state, number in counted:
                counts.setdefault(destination, Counter())[state] = number
            return [_health(connection, name, counts[name]) for name in sorted(counts)]


def _enter(connection: Connection, one: Entry) -> None:
    """A new row, or a new story for the row of that key. What was added once is not added again."""
    (digest,) = documents.keep(connection, [one.story])
    table = message
    mine = (table.c.destination == one.destination) & (table.c.key == one.key)
    known = connection.execute(select(table).where(mine)).first()
    if known is None:
        if not one.only_if_known:
            connection.execute(insert(table), [_new_row(one, digest)])
        return
    if one.verb == "put" and known.story != digest:
        changed: dict[str, Any] = {"story": digest}
        if known.state in ("confirmed", "failed"):
            changed |= {"state": "queued", "attempts": 0, "due": one.due, "reason": "", "hint": ""}
        elif not known.reason:  # what waits because of some trouble is not tried sooner for having more to say
            changed["due"] = min(known.due, one.due)
        connection.execute(update(table).where(mine).values(**changed))


def _release(connection: Connection, one: Message, at: float) -> None:
    untold = (message.c.state == "queued") & message.c.first_sent.is_(None)
    held = (message.c.destination == one.destination) & (message.c.reason == one.reason) & untold
    connection.execute(update(message).where(held).values(due=at, reason="", hint=""))


def _troubled() -> ColumnElement[bool]:
    """Messages that failed or wait because of some trouble, and those that wait for one of them to be there."""
    above = message.alias()
    amiss = [one.c.state.in_(("queued", "sent", "failed")) & (one.c.reason != "") for one in (message, above)]
    waits_for = select(above.c.id).where(
        amiss[1], above.c.destination == message.c.destination, above.c.key == message.c.parent
    )
    return amiss[0] | ((message.c.state == "queued") & waits_for.exists())


def _new_row(one: Entry, digest: str) -> dict[str, Any]:
    place = {"destination": one.destination, "key": one.key, "verb": one.verb, "parent": one.parent}
    state = {"state": "queued", "story": digest, "told": "", "memo": "{}", "url": "", "attempts": 0}
    return {**place, **state, "created": one.due, "due": one.due, "reason": "", "hint": ""}


def _health(connection: Connection, destination: str, counts: Counter[str]) -> Health:
    mine = (message.c.destination == destination) & (message.c.reason != "")
    waiting = mine & message.c.state.in_(("queued", "sent", "failed"))
    row = connection.execute(select(message).where(waiting).order_by(message.c.id).limit(1)).first()
    if row is None:
        return Health(destination, dict(counts))
    return Health(destination, dict(counts), row.created, row.reason, row.hint)


def _message(row: Row[Any]) -> Message:
    remote = json.loads(row.remote) if row.remote else None
    return Message(**{**row._mapping, "remote": remote, "memo": json.loads(row.memo)})
