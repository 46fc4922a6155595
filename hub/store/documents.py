"""Content-addressed JSON: kept once, found by hash."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from hub.store import schema
from mappings.canonical.kinds import JSON
from mappings.canonical.text import canonical_bytes, content_hash

CHUNK = 500
"""Hashes asked for in one statement; SQLite allows 999 variables in old builds."""


def keep(connection: Connection, values: Iterable[JSON]) -> list[str]:
    """Keep these values; their hashes, in order."""
    hashed = [(content_hash(value), value) for value in values]
    keep_hashed(connection, dict(hashed))
    return [digest for digest, _ in hashed]


def keep_hashed(connection: Connection, bodies: Mapping[str, JSON]) -> None:
    """Keep bodies whose hashes are known already; only those that are not there are spelled out and written."""
    unknown = set(bodies) - known(connection, bodies)
    rows = [{"hash": digest, "body": canonical_bytes(bodies[digest])} for digest in unknown]
    if rows:
        connection.execute(insert(schema.document).on_conflict_do_nothing(), rows)


def known(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Those of the hashes that are kept."""
    wanted = list(digests)
    found: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        found.update(
            row[0] for row in connection.execute(select(schema.document.c.hash).where(schema.document.c.hash.in_(some)))
        )
    return found


def fetch(connection: Connection, digests: Iterable[str]) -> dict[str, JSON]:
    """The values by hash; hashes that are not kept are missing from the answer."""
    wanted = list(set(digests))
    found: dict[str, JSON] = {}
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        rows = connection.execute(
            select(schema.document.c.hash, schema.document.c.body).where(schema.document.c.hash.in_(some))
        ).all()
        found.update(zip((row.hash for row in rows), _parsed([row.body for row in rows]), strict=True))
    return found


def _parsed(bodies: list[bytes]) -> list[JSON]:
    """All values in one go, which also keeps the name of a field once for all of them."""
    values: list[JSON] = json.loads(b"[%s]" % b",".join(bodies))
    return values


def fetch_one(connection: Connection, digest: str) -> JSON | None:
    return fetch(connection, [digest]).get(digest)
