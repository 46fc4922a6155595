"""Drafts: what they say, who changed what, and what people say about it. Each revision is kept."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update

from hub.engine.collecting import uncollected
from hub.errors import Moved, Refusal
from hub.store import documents
from hub.store.database import Database
from hub.store.schema import draft, draft_comment, draft_edit
from mappings.canonical import TrackingPlan
from mappings.contract import Path

State = Literal["open", "merged", "discarded"]
KEPT = 4
"""Plans that are kept in memory as they were last read."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan that somebody is changing. `base` and `body` are hashes of plans; moments in seconds since 1970."""

    id: int
    plan: str
    title: str
    author: str
    created: float
    base: str
    body: str
    revision: int
    changed: float
    changed_by: str
    state: State
    closed: float | None
    closed_by: str


@dataclass(frozen=True, slots=True)
class Edited:
    """One saved edit: `what` is a line for people, `body` the hash of what the draft said afterwards."""

    draft: int
    revision: int
    who: str
    at: float
    what: str
    body: str


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said. `path` is the place in the plan, empty for the whole."""

    id: int
    draft: int
    who: str
    at: float
    path: Path
    text: str


class Drafts:
    """The drafts of one database. Every call is one transaction. Used from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._plans: OrderedDict[str, TrackingPlan] = OrderedDict()
        self._lock = threading.Lock()

    # Finding

    def one(self, number: int) -> Draft:
        """By number. Raises Refusal."""
        with self._database.read() as connection:
            return _one(connection, number)

    def of_plan(self, plan: str | None = None, *states: State, limit: int = 500) -> list[Draft]:
        """Those of one plan, or of all; in these states, or in any; those that were changed last come first."""
        query = select(draft).order_by(draft.c.changed.desc(), draft.c.id.desc()).limit(limit)
        query = query.where(draft.c.plan == plan) if plan is not None else query
        query = query.where(draft.c.state.in_(states)) if states else query
        with self._database.read() as connection:
            return [Draft(**row._mapping) for row in connection.execute(query)]

    def plan(self, digest: str) -> TrackingPlan:
        """What a base or body says. Raises Refusal when it is not kept."""
        with self._lock:
            if digest in self._plans:
                self._plans.move_to_end(digest)
                return self._plans[digest]
        with self._database.read() as connection:
            data = documents.fetch_one(connection, digest)
        if data is None:
            raise Refusal("the content of this draft is not in the database", hint="open another draft")
        with uncollected():
            return self.remember(digest, TrackingPlan.model_validate(data))

    def remember(self, digest: str, plan: TrackingPlan) -> TrackingPlan:
        """Spare the next one who asks for this plan the reading. It was made from one that was read here."""
        with self._lock:
            self._plans[digest] = plan
            while len(self._plans) > KEPT:
                self._plans.popitem(last=False)
        return plan

    def edits(self, number: int) -> list[Edited]:
        """What was done, newest first."""
        query = select(draft_edit).where(draft_edit.c.draft == number).order_by(draft_edit.c.revision.desc())
        with self._database.read() as connection:
            return [Edited(**row._mapping) for row in connection.execute(query)]

    def body_at(self, number: int, revision: int) -> str:
        """The hash of what a draft said at a revision. Raises Refusal."""
        mine = (draft_edit.c.draft == number) & (draft_edit.c.revision == revision)
        with self._database.read() as connection:
            digest: str | None = connection.execute(select(draft_edit.c.body).where(mine)).scalar()
        if digest is None:
            raise Refusal(f"draft {number} has no revision {revision}", hint="open it again")
        return digest

    def comments(self, number: int) -> list[Comment]:
        """Oldest first."""
        query = select(draft_comment).where(draft_comment.c.draft == number).order_by(draft_comment.c.id)
        with self._database.read() as connection:
            return [
                Comment(**{**row._mapping, "path": tuple(json.loads(row.path))}) for row in connection.execute(query)
            ]

    def comment_counts(self) -> dict[int, int]:
        """How many comments each draft has, by number."""
        query = select(draft_comment.c.draft, func.count()).group_by(draft_comment.c.draft)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    # Changing

    def open(self, base: TrackingPlan, body: TrackingPlan, *, title: str, what: str, who: str, at: float) -> Draft:
        """A new draft of the plan `base`; its first revision is 1."""
        with self._database.write() as connection:
            hashes = _kept(connection, base, body)
            row = {"plan": base.name, "title": title, "author": who, "created": at, "base": hashes[0]}
            row |= {
                "body": hashes[1],
                "revision": 1,
                "changed": at,
                "changed_by": who,
                "state": "open",
                "closed_by": "",
            }
            number = connection.execute(insert(draft).values(**row)).inserted_primary_key[0]  # type: ignore[index]
            edit = {"draft": number, "revision": 1, "who": who, "at": at, "what": what, "body": hashes[1]}
            connection.execute(insert(draft_edit).values(**edit))
            return _one(connection, number)

    def save(
        self,
        number: int,
        body: TrackingPlan,
        *,
        what: str,
        who: str,
        at: float,
        revision: int,
        base: TrackingPlan | None = None,
    ) -> Draft:
        """The next revision after `revision`; with `base`, on another plan. The very same content adds none.

        Raises Moved when there is a newer one, Refusal when the draft is closed.
        """
        with self._database.write() as connection:
            now = _open_at(connection, number, revision)
            (digest,) = _kept(connection, body)
            values: dict[str, Any] = {}
            if base is not None:
                (values["base"],) = _kept(connection, base)
            if digest == now.body and values.get("base", now.base) == now.base:
                return now
            values |= {"body": digest, "revision": revision + 1, "changed": at, "changed_by": who}
            connection.execute(update(draft).where(draft.c.id == number).values(**values))
            edit = {"draft": number, "revision": revision + 1, "who": who, "at": at, "what": what, "body": digest}
            connection.execute(insert(draft_edit).values(**edit))
            return _one(connection, number)

    def close(self, number: int, state: State, *, who: str, at: float, revision: int | None = None) -> Draft:
        """Merged or discarded, for good. Raises Moved when there is a newer revision, Refusal when it is closed."""
        with self._database.write() as connection:
            _open_at(connection, number, revision)
            values = {"state": state, "closed": at, "closed_by": who}
            connection.execute(update(draft).where(draft.c.id == number).values(**values))
            return _one(connection, number)

    def add_comment(self, number: int, path: Path, text: str, *, who: str, at: float) -> Comment:
        """Say something about a draft, or a place in it; also when it is closed. Raises Refusal."""
        row = {"draft": number, "who": who, "at": at, "path": json.dumps(list(path)), "text": text}
        with self._database.write() as connection:
            _one(connection, number)
            key = connection.execute(insert(draft_comment).values(**row)).inserted_primary_key[0]  # type: ignore[index]
        return Comment(key, number, who, at, path, text)


def _kept(connection: Connection, *plans: TrackingPlan) -> list[str]:
    try:
        return documents.keep(connection, [one.data() for one in plans])
    except ValueError:  # half of a character, or a number without an end
        hint = "look for characters that cannot be seen, and for numbers that are too large"
        raise Refusal("the plan holds something that cannot be written down", hint=hint) from None


def _one(connection: Connection, number: int) -> Draft:
    row = connection.execute(select(draft).where(draft.c.id == number)).first()
    if row is None:
        raise Refusal(f"there is no draft {number}", hint="the page Drafts lists them")
    return Draft(**row._mapping)


def _open_at(connection: Connection, number: int, revision: int | None) -> Draft:
    """The draft, if it is open and still at this revision."""
    now = _one(connection, number)
    if now.state != "open":
        raise Refusal(f"draft {number} was {now.state} by {now.closed_by}", hint="open another one")
    if revision is not None and now.revision != revision:
        raise Moved(f"{now.changed_by} saved another revision in between", place=f"draft {number}", hint="look at it")
    return now
