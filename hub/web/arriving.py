"""Who somebody is here whom the provider of single sign-on has proven, and whether they may come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.errors import Refusal
from hub.store.identities import Identities, Identity
from hub.store.people import NO_PASSWORD, ROLES, Account, People
from hub.web.people import is_a_name
from hub.web.settings import NewcomerRole, OidcSettings

ASK = "ask an admin of this hub"
Claims = Mapping[str, Any]


def arrive(people: People, identities: Identities, settings: OidcSettings, claims: Claims, now: float) -> str:
    """The account that comes in; made where newcomers may. Raises Refusal.

    Going by issuer and subject only: an e-mail address or a name is nobody's proof.
    """
    check_domain(settings, claims)
    who = identity_of(claims)
    known = identities.account_of(who)
    if known is None:
        return _newcomer(people, identities, settings, claims, now)
    account = people.find(known)
    if account is None or account.disabled is not None:
        raise Refusal(f"the account {known!r} has no entrance any more", hint=ASK)
    if settings.role is not None and account.password == NO_PASSWORD:
        _follow(people, settings, account, claims, now)
    return known


def identity_of(claims: Claims) -> Identity:
    """Who this is, whatever they are called by now."""
    return Identity(str(claims["iss"]), str(claims["sub"]))


def check_domain(settings: OidcSettings, claims: Claims) -> None:
    """Raises Refusal for an address, or one that the provider has not verified, outside the domains."""
    if not settings.domains:
        return
    address = verified_address(claims)
    if address is None:
        raise Refusal("the provider has not verified an e-mail address of yours", hint=ASK)
    if address.rpartition("@")[2].lower() not in {one.lower() for one in settings.domains}:
        raise Refusal(f"{address} is not of a domain that may come in here", hint=ASK)


def verified_address(claims: Claims) -> str | None:
    """Some providers spell the truth as a text."""
    address = claims.get("email")
    return address if isinstance(address, str) and claims.get("email_verified") in (True, "true") else None


def role_of(settings: OidcSettings, claims: Claims) -> NewcomerRole:
    """The highest role that a claim gives; without one, that of newcomers."""
    if settings.role is None:
        return settings.newcomers
    said = claims.get(settings.role.claim)
    words = said if isinstance(said, list) else [said]
    given = [settings.role.values[word] for word in words if isinstance(word, str) and word in settings.role.values]
    return max(given, key=ROLES.index, default=settings.newcomers)


def _newcomer(people: People, identities: Identities, settings: OidcSettings, claims: Claims, now: float) -> str:
    role = role_of(settings, claims)
    if role == "none":
        hint = f"{ASK} for a one-time link, then link the two under your account"
        raise Refusal(f"nobody here is linked to this login of {settings.name}", hint=hint)
    name = _name(claims)
    identities.join(identity_of(claims), name, role, now)
    people.note(name, "sign up", name, now, through=settings.name, role=role)
    return name


def _name(claims: Claims) -> str:
    """What somebody new is called. Only a name: it links nobody."""
    said = (verified_address(claims), claims.get("preferred_username"), claims.get("name"), claims.get("sub"))
    found = (one.strip() for one in said if isinstance(one, str))
    return next((one for one in found if is_a_name(one)), "somebody")


def _follow(people: People, settings: OidcSettings, account: Account, claims: Claims, now: float) -> None:
    """The provider decides about the role of those who have no password here. Raises Refusal when it gives none."""
    role = role_of(settings, claims)
    if role == "none":
        raise Refusal(f"{settings.name} gives you no role here", hint=ASK)
    if role != account.role:
        people.set_role(account.name, role, now)
        people.note(settings.name, "set role", account.name, now, role=role)
