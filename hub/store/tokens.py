"""Keys of programs that use the API, as rows. Of a secret only its hash is kept."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from hub.store.database import Database
from hub.store.people import Role, hashed
from hub.store.schema import account, api_token

SEEN_AGAIN = 60.0
"""Seconds within which a further use is not written down: reading must not wait for the database's one writer."""


@dataclass(frozen=True, slots=True)
class Token:
    """One key. `id` may be shown; `used` is when it was last used, to the minute."""

    id: str
    account: str
    name: str
    scopes: tuple[str, ...]
    created: float
    expires: float
    used: float | None = None
    revoked: float | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """A key that was recognised, with what its account may do by now."""

    token: Token
    role: Role
    disabled: bool


class Tokens:
    """The keys of one database. Every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, owner: str, name: str, scopes: tuple[str, ...], now: float, expires: float) -> tuple[Token, str]:
        """A new key and its secret, which nobody can ask for again."""
        made = Token(secrets.token_hex(6), owner, name, scopes, now, expires)
        secret = secrets.token_urlsafe(32)
        row = {"id": made.id, "account": owner, "name": name, "created": now, "expires": expires}
        with self._database.write() as connection:
            connection.execute(insert(api_token).values(**row, secret=hashed(secret), scopes=json.dumps(scopes)))
        return made, secret

    def recognise(self, identity: str, secret: str) -> Holder | None:
        """The key of this id, if that is its secret; whether it still opens anything is the caller's to judge."""
        joined = select(api_token, account.c.role, account.c.disabled).join(
            account, account.c.name == api_token.c.account
        )
        with self._database.read() as connection:
            row = connection.execute(joined.where(api_token.c.id == identity)).first()
        if row is None or not hmac.compare_digest(row.secret, hashed(secret)):
            return None
        return Holder(_token(row), row.role, row.disabled is not None)

    def every(self, owner: str | None = None) -> list[Token]:
        """Newest first; of one person, or of all."""
        query = select(api_token).order_by(api_token.c.created.desc(), api_token.c.id)
        with self._database.read() as connection:
            found = connection.execute(query if owner is None else query.where(api_token.c.account == owner))
            return [_token(row) for row in found]

    def note_use(self, token: Token, now: float) -> None:
        """It was used; what is known to the minute is not written again."""
        if token.used is not None and now - token.used < SEEN_AGAIN:
            return
        with self._database.write() as connection:
            connection.execute(update(api_token).where(api_token.c.id == token.id).values(used=now))

    def revoke(self, identity: str, now: float) -> None:
        """It opens nothing any more; when that was the first time is kept."""
        mine = (api_token.c.id == identity) & api_token.c.revoked.is_(None)
        with self._database.write() as connection:
            connection.execute(update(api_token).where(mine).values(revoked=now))


def _token(row: Row[Any]) -> Token:
    scopes = tuple(json.loads(row.scopes))
    return Token(row.id, row.account, row.name, scopes, row.created, row.expires, row.used, row.revoked)
