"""People who use the pages, as rows. What is secret is kept as a hash only; who may do what is decided elsewhere."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, delete, func, select, true, update
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
NO_PASSWORD = ""
"""In the place of a password's hash: this account logs in through a provider only."""
RESET = "reset"
"""In the place of a role: the link gives no account, but another password to the one that stands where otherwise
stands who invites."""
BATCH = 500
"""Rows of the audit that are read in one go when all of them are wanted."""


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
class OpenSession:
    """One of somebody's sessions. `mine` where it is the one that asks."""

    created: float
    expires: float
    mine: bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did."""

    id: int
    at: float
    who: str
    verb: str
    subject: str
    details: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted: all that are given must fit. `since` is the first moment, `until` the one after the
    last."""

    who: str = ""
    verb: str = ""
    since: float | None = None
    until: float | None = None

    def condition(self) -> ColumnElement[bool]:
        wanted: ColumnElement[bool] = true()
        wanted = wanted & (audit.c.who == self.who) if self.who else wanted
        wanted = wanted & (audit.c.verb == self.verb) if self.verb else wanted
        wanted = wanted & (audit.c.at >= self.since) if self.since is not None else wanted
        return wanted & (audit.c.at < self.until) if self.until is not None else wanted


EVERYTHING = AuditFilter()


class People:
    """The accounts of one database. Every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Accounts and invitations

    def count(self) -> int:
        """How many accounts there are."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(account)).scalar_one()

    def can_log_in(self) -> bool:
        """Whether there is an account with entrance."""
        return self._is_any(account.c.disabled.is_(None))

    def has_admin(self) -> bool:
        """Whether there is an admin with entrance."""
        return self._is_any(account.c.disabled.is_(None) & (account.c.role == "admin"))

    def _is_any(self, condition: ColumnElement[bool]) -> bool:
        with self._database.read() as connection:
            return connection.execute(select(account.c.name).where(condition).limit(1)).first() is not None

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
        with self._database.read() as connection:
            role: Role | None = connection.execute(select(invitation.c.role).where(_invites(token, now))).scalar()
        return role

    def accept(self, token: str, name: str, password: str, now: float) -> Account:
        """Make the account that a token invites to; the token is used up with it. Raises Refusal."""
        mine = _invites(token, now)
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
            admins = (account.c.role == "admin") & account.c.disabled.is_(None)
            if role != "admin" and connection.execute(select(account.c.name).where(admins)).scalars().all() == [name]:
                raise Refusal(f"{name} is the only admin", hint="make somebody else admin first")
            values = {"disabled": now} if role is None else {"role": role, "disabled": None}
            connection.execute(update(account).where(account.c.name == name).values(**values))
            connection.execute(delete(session).where(session.c.account == name))

    # Passwords

    def set_password(self, name: str, password: str) -> None:
        """Keep another hash; all sessions of this account end."""
        with self._database.write() as connection:
            connection.execute(update(account).where(account.c.name == name).values(password=password))
            connection.execute(delete(session).where(session.c.account == name))

    def offer_reset(self, name: str, expires: float) -> str:
        """A one-time token for a link with which this person chooses another password; older ones are void."""
        token = secrets.token_urlsafe(32)
        row = {"token": hashed(token), "role": RESET, "by": name, "expires": expires}
        with self._database.write() as connection:
            connection.execute(delete(invitation).where(_resets_of(name)))
            connection.execute(insert(invitation).values(**row))
        return token

    def reset_for(self, token: str, now: float) -> str | None:
        """Whose password this token sets; None when it was used, has expired, or its account has no entrance."""
        joined = select(account.c.name).join(invitation, invitation.c.by == account.c.name)
        mine = (invitation.c.token == hashed(token)) & (invitation.c.expires > now) & (invitation.c.role == RESET)
        with self._database.read() as connection:
            name: str | None = connection.execute(joined.where(mine & account.c.disabled.is_(None))).scalar()
        return name

    def reset(self, token: str, password: str) -> None:
        """Keep another hash; the token is used up, and all sessions end. Raises Refusal when it was used meanwhile."""
        mine = (invitation.c.token == hashed(token)) & (invitation.c.role == RESET)
        with self._database.write() as connection:
            name = connection.execute(select(invitation.c.by).where(mine)).scalar()
            if name is None:
                raise Refusal("the link was used already", hint="ask for a new one")
            connection.execute(update(account).where(account.c.name == name).values(password=password))
            connection.execute(delete(session).where(session.c.account == name))
            connection.execute(delete(invitation).where(_resets_of(name)))

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

    def sessions(self, name: str, token: str, now: float) -> list[OpenSession]:
        """Where this person is logged in, newest first; `token` is the cookie of who asks."""
        open_ones = (session.c.account == name) & (session.c.expires > now)
        query = select(session.c.created, session.c.expires, session.c.token == hashed(token))
        with self._database.read() as connection:
            rows = connection.execute(query.where(open_ones).order_by(session.c.created.desc())).all()
        return [OpenSession(created, expires, bool(mine)) for created, expires, mine in rows]

    def close_other_sessions(self, name: str, token: str) -> int:
        """End all of somebody's sessions but the one with this cookie; how many there were."""
        others = (session.c.account == name) & (session.c.token != hashed(token))
        with self._database.write() as connection:
            return connection.execute(delete(session).where(others)).rowcount

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

    def audit(self, limit: int = 200, before: int | None = None, wanted: AuditFilter = EVERYTHING) -> list[AuditEntry]:
        """Newest first; `before` an id, to page on."""
        query = select(audit).where(wanted.condition()).order_by(audit.c.id.desc()).limit(limit)
        return self._entries(query.where(audit.c.id < before) if before is not None else query)

    def whole_audit(self, wanted: AuditFilter = EVERYTHING) -> Iterator[AuditEntry]:
        """Everything since the beginning, oldest first, read bit by bit: it may be more than fits into memory."""
        last = 0
        query = select(audit).where(wanted.condition()).order_by(audit.c.id).limit(BATCH)
        while entries := self._entries(query.where(audit.c.id > last)):
            yield from entries
            last = entries[-1].id

    def audit_verbs(self) -> list[str]:
        """What was ever done."""
        with self._database.read() as connection:
            return list(connection.execute(select(audit.c.verb).distinct().order_by(audit.c.verb)).scalars())

    def _entries(self, query: Select[Any]) -> list[AuditEntry]:
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [AuditEntry(**{**row._mapping, "details": json.loads(row.details)}) for row in rows]


def _invites(token: str, now: float) -> ColumnElement[bool]:
    good = (invitation.c.token == hashed(token)) & (invitation.c.expires > now)
    return good & (invitation.c.role != RESET)


def _resets_of(name: str) -> ColumnElement[bool]:
    return (invitation.c.by == name) & (invitation.c.role == RESET)


def hashed(token: str) -> str:
    """What is kept of a token. It is long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
