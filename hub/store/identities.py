"""People as a provider of single sign-on knows them, and logins through it that are under way."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from hub.errors import Refusal
from hub.store.database import Database
from hub.store.people import FIRST_START, NO_PASSWORD, Role, hashed
from hub.store.schema import account, identity, invitation, login


@dataclass(frozen=True, slots=True)
class Identity:
    """One person at one provider. Names and addresses there may change hands; this pair does not."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Underway:
    """A login that was begun. `nonce` must stand in the provider's answer, `verifier` proves that we asked; `back` is
    the page to show afterwards."""

    nonce: str
    verifier: str
    back: str


class Identities:
    """The identities of one database. Every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Who is who

    def account_of(self, who: Identity) -> str | None:
        """The account of this person; None where there is none."""
        with self._database.read() as connection:
            return _account_of(connection, who)

    def of_account(self, name: str) -> list[Identity]:
        """How providers know this account."""
        query = select(identity.c.issuer, identity.c.subject).where(identity.c.account == name)
        with self._database.read() as connection:
            return [Identity(*row) for row in connection.execute(query.order_by(identity.c.linked))]

    def join(self, who: Identity, name: str, role: Role, now: float) -> None:
        """Make an account without a password for this person. Raises Refusal when the name is somebody's already."""
        row = {"name": name, "password": NO_PASSWORD, "role": role, "created": now}
        with self._database.write() as connection:
            if connection.execute(select(account.c.name).where(account.c.name == name)).first():
                hint = (
                    "if that is you, log in with your password and link the two under your account; else ask an admin"
                )
                raise Refusal(f"there is somebody called {name!r} here already", hint=hint)
            connection.execute(insert(account).values(**row))
            _connect(connection, who, name, now)
            if role == "admin":
                connection.execute(delete(invitation).where(invitation.c.by == FIRST_START))

    def link(self, who: Identity, name: str, now: float) -> None:
        """This person is that account, too. Raises Refusal when one of them is linked already."""
        with self._database.write() as connection:
            known = _account_of(connection, who)
            if known == name:
                return
            if known is not None:
                raise Refusal("this login belongs to another account here", hint="log in through the provider")
            mine = (identity.c.account == name) & (identity.c.issuer == who.issuer)
            if connection.execute(select(identity.c.subject).where(mine)).first():
                raise Refusal("your account is linked to another login there", hint="end that link first")
            _connect(connection, who, name, now)

    def unlink(self, name: str) -> None:
        """No provider knows this account any more."""
        with self._database.write() as connection:
            connection.execute(delete(identity).where(identity.c.account == name))

    # Logins under way

    def begin(self, proof: str, underway: Underway, now: float, seconds: float) -> None:
        """Remember a login under what its browser can show again; of `proof` only the hash is kept."""
        row = {"state": hashed(proof), "nonce": underway.nonce, "verifier": underway.verifier, "back": underway.back}
        with self._database.write() as connection:
            connection.execute(delete(login).where(login.c.expires < now))
            connection.execute(insert(login).values(**row, expires=now + seconds))

    def take(self, proof: str, now: float) -> Underway | None:
        """The login with this proof, once; None when it was taken, has expired, or was begun elsewhere."""
        mine = login.c.state == hashed(proof)
        query = select(login.c.nonce, login.c.verifier, login.c.back).where(mine & (login.c.expires > now))
        with self._database.write() as connection:
            row = connection.execute(query).first()
            connection.execute(delete(login).where(mine))
        return None if row is None else Underway(*row)


def _account_of(connection: Connection, who: Identity) -> str | None:
    mine = (identity.c.issuer == who.issuer) & (identity.c.subject == who.subject)
    found: str | None = connection.execute(select(identity.c.account).where(mine)).scalar()
    return found


def _connect(connection: Connection, who: Identity, name: str, now: float) -> None:
    row = {"issuer": who.issuer, "subject": who.subject, "account": name, "linked": now}
    connection.execute(insert(identity).values(**row))
