"""The table `[web]` of hub.toml: which proxies are believed, and single sign-on."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from connectors.settings import Secret
from hub.config import Config, explain, explained, resolved_secrets
from hub.errors import Problems, Refusal
from hub.store.people import Role

Word = Annotated[str, Field(min_length=1)]
NewcomerRole = Role | Literal["none"]
LOOPBACK = ("127.0.0.1", "::1")


class RoleSettings(BaseModel):
    """`[web.oidc.role]`: what a claim of the provider says about roles here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: Word
    """Its value is a text or a list of texts, `groups` for instance."""
    values: Mapping[str, Role]
    """The role that each value stands for; whoever has several has the highest."""


class OidcSettings(BaseModel):
    """`[web.oidc]`: the one provider through which people may log in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str
    """As the provider spells itself; its description is read from below this address."""
    client_id: Word
    client_secret: Secret
    name: Word = "single sign-on"
    """What the button on the login page says."""
    scopes: tuple[Word, ...] = ("openid", "email", "profile")
    newcomers: NewcomerRole = "none"
    """The role of people who were never here; with `none` they must have an account first, and link it."""
    domains: tuple[Word, ...] = ()
    """Domains of e-mail addresses that may come in; all when none is named."""
    role: RoleSettings | None = None

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        explained(safe_address, value)
        return value

    @field_validator("scopes")
    @classmethod
    def _asks_for_identity(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return value if "openid" in value else ("openid", *value)


class WebSettings(BaseModel):
    """The keys of `[web]` itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trusted_proxies: tuple[str, ...] = LOOPBACK
    """Addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    oidc: dict[str, Any] | None = None

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            explained(ipaddress.ip_network, one)
        return value


@dataclass(frozen=True, slots=True)
class Web:
    """The table as it is used, secrets resolved."""

    trusted_proxies: tuple[str, ...]
    oidc: OidcSettings | None


def web_settings(config: Config) -> Web:
    """What the table says. Raises Problems with all that is wrong."""
    place, problems = f"{config.place} [web]", list[Refusal]()
    try:
        own = WebSettings.model_validate(config.web)
    except ValidationError as error:
        raise Problems("the pages cannot be served as configured", explain(error, place, WebSettings)) from None
    oidc = None if own.oidc is None else _oidc(config, own.oidc, problems)
    if problems:
        raise Problems("single sign-on cannot be used as it is configured", problems)
    return Web(own.trusted_proxies, oidc)


def _oidc(config: Config, table: Mapping[str, Any], problems: list[Refusal]) -> OidcSettings | None:
    place = f"{config.place} [web.oidc]"
    if not config.public_url:
        hint = "the provider sends people back there; register it with /login/callback behind it"
        problems.append(Refusal("single sign-on needs public_url", place=config.place, hint=hint))
    try:
        return OidcSettings.model_validate(resolved_secrets(table, OidcSettings, place, problems, config.folder))
    except ValidationError as error:
        problems += explain(error, place, OidcSettings)
        return None


def safe_address(text: str) -> None:
    """Raises ValueError for an address that others could read along: https, or http on this machine, is safe."""
    parts = urlsplit(text)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise ValueError("has to start with https://")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, going by its name or address alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
