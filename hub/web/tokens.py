"""Tokens of programs: what their scopes allow, how one is made, and how one is recognised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from hub.app import App
from hub.errors import Refusal
from hub.store.people import ROLES, Role, Session
from hub.store.tokens import Holder, Token
from hub.web.people import TRIES_BY_ADDRESS, WINDOW, Throttled

Scope = Literal["read", "propose", "publish", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""Each allows what the ones before it allow."""
ROLE_OF: Mapping[Scope, Role] = dict(zip(SCOPES, ROLES, strict=True))
"""The role that a person needs for a token to do this on their behalf."""
DAY = 86_400.0
LONGEST_LIFE = 365
"""Days."""
LONGEST_NAME = 100
SPELLING = re.compile(r"hub_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
TOKENS_PAGE = "make a token on the page /tokens and send it as `Authorization: Bearer hub_…`"


class Unrecognised(Refusal):
    """There is no token, or none that opens anything."""


class Forbidden(Refusal):
    """The token is good, but not for this."""


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a program asks. `scopes` are those that the account may use by now."""

    account: str
    role: Role
    token: Token
    scopes: tuple[Scope, ...]


def make_token(hub: App, owner: Session, name: str, scope: Scope, days: int) -> tuple[Token, str]:
    """A token that may do what `scope` and those before it allow, and its spelling, to be shown once.

    Raises Refusal.
    """
    name = name.strip()
    if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        raise Refusal(f"a token's name has 1 to {LONGEST_NAME} printable characters", hint="say what will use it")
    if not 1 <= days <= LONGEST_LIFE:
        raise Refusal(f"a token lives 1 to {LONGEST_LIFE} days", hint="make another one when it has expired")
    if not _allows(owner.role, scope):
        raise Refusal(f"the scope {scope} takes the role {ROLE_OF[scope]}; you are {owner.role}", hint="ask an admin")
    now = hub.engine.time.now()
    granted = SCOPES[: SCOPES.index(scope) + 1]
    made, secret = hub.store.tokens.make(owner.account, name, granted, now, now + days * DAY)
    hub.store.people.note(owner.account, "make token", made.id, now, name=name, scope=scope, days=days)
    return made, f"hub_{made.id}_{secret}"


def revoke_token(hub: App, who: Session, identity: str) -> None:
    """It opens nothing any more. Raises Refusal unless it is the person's own, or they are an admin."""
    known = next((one for one in hub.store.tokens.every() if one.id == identity), None)
    if known is None or (known.account != who.account and who.role != "admin"):
        raise Refusal(f"you have no token {identity!r}", hint="the page lists yours")
    now = hub.engine.time.now()
    hub.store.tokens.revoke(identity, now)
    hub.store.people.note(who.account, "revoke token", identity, now, of=known.account)


def recognise(hub: App, authorization: str | None, address: str) -> Caller:
    """Who asks. `authorization` is the header of that name, `address` where the request comes from.

    Raises Unrecognised, and Throttled instead when an address was wrong too often. A right token is let in all the
    same: it cannot be guessed, and programs behind one proxy must not lock each other out.
    """
    now = hub.engine.time.now()
    spelt = SPELLING.fullmatch(_bearer(authorization))
    holder = hub.store.tokens.recognise(*spelt.groups()) if spelt is not None else None
    trouble = _trouble(authorization, holder, now)
    if trouble:
        if authorization:
            _note_failure(hub, holder, trouble, address, now)
        raise Unrecognised(trouble, hint=TOKENS_PAGE)
    assert holder is not None
    hub.store.tokens.note_use(holder.token, now)
    usable = tuple(one for one in SCOPES if one in holder.token.scopes and _allows(holder.role, one))
    return Caller(holder.token.account, holder.role, holder.token, usable)


def require(caller: Caller, scope: Scope) -> None:
    """Raises Forbidden when the token does not have the scope, or its account may not use it any more."""
    if scope in caller.scopes:
        return
    if scope in caller.token.scopes:
        message = f"the scope {scope} takes the role {ROLE_OF[scope]}; {caller.account} is {caller.role} by now"
        raise Forbidden(message, hint="ask an admin for the role")
    granted = ", ".join(caller.token.scopes)
    raise Forbidden(f"this takes the scope {scope}; the token has {granted}", hint="make a token with that scope")


def _bearer(authorization: str | None) -> str:
    kind, _, value = (authorization or "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else ""


def _trouble(authorization: str | None, holder: Holder | None, now: float) -> str:
    """Why this opens nothing, "" where it does. A wrong secret and an unknown id are one answer."""
    if not authorization:
        return "no token was sent"
    if holder is None:
        return "there is no such token"
    if holder.token.revoked is not None:
        return "the token was revoked"
    if holder.token.expires <= now:
        return "the token has expired"
    return "the account has no entrance" if holder.disabled else ""


def _note_failure(hub: App, holder: Holder | None, trouble: str, address: str, now: float) -> None:
    """Count it and keep it for the audit, without what was sent. Raises Throttled when it is one too many."""
    people, key = hub.store.people, f"api:{address}"
    if people.failed_since(key, now - WINDOW) >= TRIES_BY_ADDRESS:
        raise Throttled("too many requests with wrong tokens", hint="wait a quarter of an hour")
    people.note_failure((key,), now)
    who = holder.token.account if holder is not None else "a token that is not known"
    people.note(
        who, "failed token", holder.token.id if holder is not None else address, now, why=trouble, address=address
    )


def _allows(role: Role, scope: Scope) -> bool:
    return ROLES.index(role) >= ROLES.index(ROLE_OF[scope])
