"""Who somebody is and what they may do: passwords, sessions, one-time links, and slow guessing."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from hub.errors import Refusal
from hub.store.people import ROLES, Account, People, Role, Session, hashed

SESSION = 12 * 3600.0
"""Seconds until somebody has to log in again."""
INVITATION = 24 * 3600.0
"""Seconds for which a one-time link is good."""
WINDOW = 15 * 60.0
TRIES_BY_NAME, TRIES_BY_ADDRESS = 10, 50
"""Failed logins within `WINDOW` after which a name, or an address, has to wait."""
SHORTEST_PASSWORD = 12
LONGEST_NAME = 200

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
"""Checked when there is no such account, so that an answer takes as long."""


_one_at_a_time = threading.Lock()
"""Held while a password is looked at: a burst of guesses is counted one by one, and hashing takes much memory."""


class Throttled(Refusal):
    """Too many logins failed: nothing was looked at."""


@dataclass(frozen=True, slots=True)
class Login:
    """A login that went well: the cookie's value."""

    token: str


def may(session: Session, role: Role) -> bool:
    """Whether this person's role is at least that one."""
    return ROLES.index(session.role) >= ROLES.index(role)


def log_in(people: People, name: str, password: str, address: str, now: float) -> Login:
    """Raises Throttled, or Refusal: the same one whether the name or the password is wrong."""
    keys = (f"name:{hashed(name)}", f"address:{address}")  # somebody may have typed the password there
    with _one_at_a_time:
        for key, most in zip(keys, (TRIES_BY_NAME, TRIES_BY_ADDRESS), strict=True):
            if people.failed_since(key, now - WINDOW) >= most:
                raise Throttled("too many logins failed", hint="wait a quarter of an hour")
        known = people.find(name)
        if not _fits(known, password):
            people.note_failure(keys, now)
            who = known.name if known is not None else "a name that is not known"
            people.note(who, "failed login", address, now)
            raise Refusal("this name and password do not belong together", hint="try again")
    return Login(people.open_session(name, now, SESSION))


def _fits(known: Account | None, password: str) -> bool:
    try:
        fits = _hasher.verify(known.password if known is not None else _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return fits and known is not None and known.disabled is None


def sign_up(people: People, token: str, name: str, password: str, now: float) -> Login:
    """Make an account by a one-time link, and log in. Raises Refusal."""
    name = name.strip()
    if people.invited_as(token, now) is None:
        raise Refusal("the link was used already, or has expired", hint="ask for a new one")
    if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        raise Refusal(f"a name has 1 to {LONGEST_NAME} printable characters", hint="choose another one")
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(f"a password has at least {SHORTEST_PASSWORD} characters", hint="a sentence is easy to remember")
    with _one_at_a_time:
        people.accept(token, name, _hasher.hash(password), now)
    people.note(name, "sign up", name, now)
    return Login(people.open_session(name, now, SESSION))
