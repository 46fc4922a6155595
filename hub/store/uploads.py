"""What people handed over to be looked at, until they decided about it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from hub.store import documents
from hub.store.database import Database
from hub.store.schema import audit, document
from mappings.canonical.kinds import JSON
from mappings.canonical.text import content_hash

KIND = "upload"
"""Marks these among all documents, and their lines in the audit log."""
KEPT = 2 * 86_400.0
"""Seconds for which an upload waits for a decision."""


class Uploads:
    """The uploads of one database, each under the hash of what it says. Who handed it over and when is part of that.

    An upload is a document like others, but forgotten once it was decided about, or after `KEPT`. When each came is
    known from the audit log.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, who: str, at: float, content: Mapping[str, JSON]) -> str:
        """Keep an upload; its id, 64 hex digits."""
        body = {"kind": KIND, "who": who, "at": at, "content": content}
        identity = content_hash(body)
        with self._database.write() as connection:
            documents.keep_hashed(connection, {identity: body})
            old = select(audit.c.subject).where(audit.c.verb == KIND, audit.c.at < at - KEPT)
            connection.execute(delete(document).where(document.c.hash.in_(old)))
        return identity

    def find(self, identity: str, who: str) -> Mapping[str, JSON] | None:
        """What this person handed over; None when it is somebody else's, or not there."""
        with self._database.read() as connection:
            body = documents.fetch_one(connection, identity)
        if not isinstance(body, Mapping) or (body.get("kind"), body.get("who")) != (KIND, who):
            return None
        content: Mapping[str, JSON] = body["content"]
        return content

    def forget(self, identity: str) -> None:
        """It was decided about."""
        with self._database.write() as connection:
            connection.execute(delete(document).where(document.c.hash == identity))
