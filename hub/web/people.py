"""Who somebody is and what they may do: passwords, sessions, one-time links, and slow guessing."""

from __future__ import annotations

import ipaddress
import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from hub.errors import Refusal
from hub.store.people import NO_PASSWORD, ROLES, Account, People, Role, Session, hashed

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
    if not _is_theirs(people, name, password, address, now, "failed login"):
        raise Refusal("this name and password do not belong together", hint="try again")
    return Login(people.open_session(name, now, SESSION))


def _is_theirs(people: People, name: str, password: str, address: str, now: float, verb: str) -> bool:
    """Whether this password is that name's. Counts what failed, and notes it as `verb`. Raises Throttled."""
    keys = (f"name:{hashed(name)}", f"address:{neighbourhood(address)}")  # somebody may have typed the password there
    with _one_at_a_time:
        for key, most in zip(keys, (TRIES_BY_NAME, TRIES_BY_ADDRESS), strict=True):
            if people.failed_since(key, now - WINDOW) >= most:
                raise Throttled("too many logins failed", hint="wait a quarter of an hour")
        known = people.find(name)
        fits = _fits(known, password)
        if not fits:
            people.note_failure(keys, now)
            who = known.name if known is not None else "a name that is not known"
            people.note(who, verb, address, now)
    return fits


def neighbourhood(address: str) -> str:
    """What is counted as one address: of IPv6 the network of 64 bits, all of which one household or server has."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:LONGEST_NAME]
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((int(known), 64), strict=False))
    return str(known)


def _fits(known: Account | None, password: str) -> bool:
    """Takes as long for a name that is not known, and for one that has no password."""
    kept = known.password if known is not None else NO_PASSWORD
    try:
        fits = _hasher.verify(kept or _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return fits and kept != NO_PASSWORD and known is not None and known.disabled is None


def sign_up(people: People, token: str, name: str, password: str, now: float) -> Login:
    """Make an account by a one-time link, and log in. Raises Refusal."""
    name = name.strip()
    if people.invited_as(token, now) is None:
        raise Refusal("the link was used already, or has expired", hint="ask for a new one")
    if not is_a_name(name):
        raise Refusal(f"a name has 1 to {LONGEST_NAME} printable characters", hint="choose another one")
    kept = _hashed_password(password)
    people.accept(token, name, kept, now)
    people.note(name, "sign up", name, now)
    return Login(people.open_session(name, now, SESSION))


def is_a_name(name: str) -> bool:
    """Whether somebody may be called so."""
    return name.isprintable() and 0 < len(name) <= LONGEST_NAME


def change_password(people: People, who: Session, old: str, new: str, address: str, now: float) -> Login:
    """Another password; every session of this account ends, and a new one begins. Raises Throttled, or Refusal."""
    if not _is_theirs(people, who.account, old, address, now, "failed password change"):
        raise Refusal("this is not your password", place="Password until now", hint="type it again")
    people.set_password(who.account, _hashed_password(new))
    people.note(who.account, "change password", who.account, now)
    return Login(people.open_session(who.account, now, SESSION))


def offer_reset(people: People, by: str, name: str, now: float) -> str:
    """The token of a one-time link with which this person chooses another password. Raises Refusal."""
    known = people.find(name)
    if known is None or known.disabled is not None:
        raise Refusal(f"there is nobody called {name!r} who may come in", hint="give a role first")
    if known.password == NO_PASSWORD:
        raise Refusal(f"{name} has no password here", hint="they log in through the provider of single sign-on")
    token = people.offer_reset(name, now + INVITATION)
    people.note(by, "offer password reset", name, now)
    return token


def reset_password(people: People, token: str, password: str, now: float) -> Login:
    """Another password by a one-time link; sessions end, and a new one begins. Raises Refusal."""
    name = people.reset_for(token, now)
    if name is None:
        raise Refusal("the link was used already, or has expired", hint="ask for a new one")
    people.reset(token, _hashed_password(password))
    people.note(name, "reset password", name, now)
    return Login(people.open_session(name, now, SESSION))


def _hashed_password(password: str) -> str:
    """Raises Refusal for a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(f"a password has at least {SHORTEST_PASSWORD} characters", hint="a sentence is easy to remember")
    with _one_at_a_time:
        return _hasher.hash(password)
