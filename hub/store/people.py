"""People who use the pages, as rows. What is secret is kept as a hash only; who may do what is decided elsewhere."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from hub.errors import Refusal
from hub.store.database import Database
from hub.store.schema import account, attempt, audit, invitation, session
from mappings.canonical.kinds import JSON

Role = Literal["viewer", "editor", "publisher", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what the ones before it may."""
FIRST_START = "hub serve"
"""Who invites the first admin. Each start prints another link; an account makes all of them void."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in."""

    name: str
    password: str
    role: Role
    created: float
    disabled: float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in. `form_token` comes with every form that they send."""

    account: str
    role: Role
    form_token: str
    expires: float


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did."""

    id: int
    at: float
    who: str
    verb: str
    subject: str
    details: Mapping[str, JSON]


class People:
    """The accounts of one database. Every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Accounts and invitations

    def count(self) -> int:
        """How many accounts there are."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(account)).scalar_one()

    def accounts(self) -> list[Account]:
        """By name."""
        with self._database.read() as connection:
            return [Account(**row._mapping) for row in connection.execute(select(account).order_by(account.c.name))]

    def find(self, name: str) -> Account | None:
        """By name."""
        with self._database.read() as connection:
            row = connection.execute(select(account).where(account.c.name == name)).first()
        return None if row is None else Account(**row._mapping)

    def invite(self, role: Role, by: str, expires: float) -> str:
        """A one-time token for a link; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        row = {"token": hashed(token), "role": role, "by": by, "expires": expires}
        with self._database.write() as connection:
            connection.execute(insert(invitation).values(**row))
        return token

    def invited_as(self, token: str, now: float) -> Role | None:
        """The role that this token stands for; None when it was used, has expired or never was."""
        mine = (invitation.c.token == hashed(token)) & (invitation.c.expires > now)
        with self._database.read() as connection:
            role: Role | None = connection.execute(select(invitation.c.role).where(mine)).scalar()
        return role

    def accept(self, token: str, name: str, password: str, now: float) -> Account:
        """Make the account that a token invites to; the token is used up with it. Raises Refusal."""
        mine = (invitation.c.token == hashed(token)) & (invitation.c.expires > now)
        with self._database.write() as connection:
            role = connection.execute(select(invitation.c.role).where(mine)).scalar()
            if role is None:
                raise Refusal("the link was used already, or has expired", hint="ask for a new one")
            if connection.execute(select(account.c.name).where(account.c.name == name)).first():
                raise Refusal(f"there is somebody called {name!r} already", hint="choose another name")
            row = {"name": name, "password": password, "role": role, "created": now}
            connection.execute(insert(account).values(**row))
            connection.execute(delete(invitation).where(mine | (invitation.c.by == FIRST_START)))
        return Account(name, password, role, now)

    def set_role(self, name: str, role: Role | None, now: float) -> None:
        """Give another role, or with None no more entrance; sessions end. Raises Refusal if no admin is left."""
        with self._database.write() as connection:
            admins = (account.c.role == "admin") & account.c.disabled.is_(None) & (account.c.name != name)
            others = connection.execute(select(func.count()).select_from(account).where(admins)).scalar()
            if role != "admin" and not others:
                raise Refusal(f"{name} is the only admin", hint="make somebody else admin first")
            values = {"disabled": now} if role is None else {"role": role, "disabled": None}
            connection.execute(update(account).where(account.c.name == name).values(**values))
            connection.execute(delete(session).where(session.c.account == name))

    # Sessions

    def open_session(self, name: str, now: float, seconds: float) -> str:
        """Somebody logged in; the cookie's value, of which only the hash is kept."""
        token = secrets.token_urlsafe(32)
        row = {"token": hashed(token), "account": name, "form_token": secrets.token_urlsafe(24), "created": now}
        with self._database.write() as connection:
            connection.execute(delete(session).where(session.c.expires < now))
            connection.execute(insert(session).values(**row, expires=now + seconds))
        return token

    def session(self, token: str, now: float) -> Session | None:
        """Who this cookie is; None when it has expired, or its account is disabled."""
        columns = (session.c.account, account.c.role, session.c.form_token, session.c.expires)
        joined = select(*columns).join(account, account.c.name == session.c.account)
        mine = (session.c.token == hashed(token)) & (session.c.expires > now) & account.c.disabled.is_(None)
        with self._database.read() as connection:
            row = connection.execute(joined.where(mine)).first()
        return None if row is None else Session(*row)

    def close_session(self, token: str) -> None:
        """Log out."""
        with self._database.write() as connection:
            connection.execute(delete(session).where(session.c.token == hashed(token)))

    # Failed logins

    def failed_since(self, key: str, since: float) -> int:
        """How often a login failed for this name or address since then."""
        mine = (attempt.c.key == key) & (attempt.c.at > since)
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(attempt).where(mine)).scalar_one()

    def note_failure(self, keys: tuple[str, ...], at: float) -> None:
        """A login failed."""
        with self._database.write() as connection:
            connection.execute(delete(attempt).where(attempt.c.at < at - 86_400))
            connection.execute(insert(attempt), [{"key": key, "at": at} for key in keys])

    # What people did

    def note(self, who: str, verb: str, subject: str, at: float, **details: JSON) -> None:
        """Keep for good what somebody did."""
        row = {"at": at, "who": who, "verb": verb, "subject": subject, "details": json.dumps(details)}
        with self._database.write() as connection:
            connection.execute(insert(audit).values(**row))

    def audit(self, limit: int = 200, before: int | None = None) -> list[AuditEntry]:
        """Newest first; `before` an id, to page on."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        query = query.where(audit.c.id < before) if before is not None else query
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [AuditEntry(**{**row._mapping, "details": json.loads(row.details)}) for row in rows]


def hashed(token: str) -> str:
    """What is kept of a token. It is long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
