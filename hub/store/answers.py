"""What was answered to writes that carried an idempotency key, so that a repeated one gets the same answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, insert, select, update

from hub.store.database import Database
from hub.store.schema import idempotent_answer as table

KEPT = 86_400.0
"""Seconds for which an answer is given again."""
LONGEST_WORK = 600.0
"""Seconds after which a request without an answer is taken for dead: its process was killed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was given."""

    status: int
    headers: Mapping[str, str]
    body: str


Claim = Answer | Literal["first", "other", "at work"]
"""What a key stands for: this answer; nothing yet; another request; or a request that is being worked on."""


class Answers:
    """The answers of one database. Every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, caller: str, key: str, request: str, now: float) -> Claim:
        """Begin to work on a request (its hash), unless somebody did before. After "first", finish it or give it up."""
        mine = (table.c.caller == caller) & (table.c.key == key)
        dead = table.c.status.is_(None) & (table.c.at < now - LONGEST_WORK)
        with self._database.write() as connection:
            connection.execute(delete(table).where((table.c.at < now - KEPT) | dead))
            known = connection.execute(select(table).where(mine)).first()
            if known is None:
                row = {"caller": caller, "key": key, "request": request, "body": "", "at": now}
                connection.execute(insert(table).values(**row))
                return "first"
        if known.request != request:
            return "other"
        return "at work" if known.status is None else Answer(known.status, **json.loads(known.body))

    def finish(self, caller: str, key: str, answer: Answer) -> None:
        """This is the answer from now on."""
        kept = json.dumps({"headers": dict(answer.headers), "body": answer.body})
        mine = (table.c.caller == caller) & (table.c.key == key)
        with self._database.write() as connection:
            connection.execute(update(table).where(mine).values(status=answer.status, body=kept))

    def give_up(self, caller: str, key: str) -> None:
        """Nothing came of it: the key is free again."""
        mine = (table.c.caller == caller) & (table.c.key == key) & table.c.status.is_(None)
        with self._database.write() as connection:
            connection.execute(delete(table).where(mine))
