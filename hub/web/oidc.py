"""OpenID Connect, authorization code flow with PKCE: what is sent to the provider, and what proves its answer.

Nothing here decides who may come in. The clock is passed in; signatures and claims are checked by joserfc and authlib.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import Key, KeySet, OctKey, import_key
from pydantic import BaseModel, ConfigDict

from connectors.contract import Time, Wiring
from connectors.errors import ToolError
from connectors.http import ToolClient
from connectors.limits import NoLimit
from connectors.settings import reveal
from hub.errors import Refusal
from hub.store.identities import Underway
from hub.web.settings import OidcSettings, safe_address

log = logging.getLogger("hub.web.oidc")
CALLBACK = "/login/callback"
"""Where the provider sends people back to, below the hub's public address."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the provider can make: never `none`, and none for which we would hold the key too."""
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
KEPT = 3600.0
"""Seconds for which the provider's description and keys are believed without asking again."""
PATIENCE = 5.0
"""Seconds that somebody at the login page waits for what another one asked the provider already."""
AGAIN = "start again from the login page; if it stays so, the hub's log says more"
LATER = "try again in a minute; the hub's log says what happened"
ADMIN = "an admin compares [web.oidc] of hub.toml with the provider's settings"


class ProviderDown(Refusal):
    """The provider does not answer as it should: nothing is known about who came."""


class NotProven(Refusal):
    """The provider, or somebody in its name, answered something that proves nothing."""


class Description(BaseModel):
    """What the provider says of itself (OpenID Connect Discovery 1.0 section 3), as far as we use it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.authorization_endpoint, self.token_endpoint, self.jwks_uri


@dataclass(frozen=True, slots=True)
class _Kept:
    """Something that was read, and when."""

    value: Any
    at: float


class Provider:
    """The configured provider. Used from several threads; its description and keys are read when first needed."""

    def __init__(self, settings: OidcSettings, public_url: str, time: Time) -> None:
        self.settings = settings
        self._callback = public_url + CALLBACK
        self._time = time
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def page_for(self, state: str, underway: Underway) -> str:
        """The address of the provider's page where somebody logs in. Raises ProviderDown."""
        address: str = prepare_grant_uri(
            self._description().authorization_endpoint,
            client_id=self.settings.client_id,
            response_type="code",
            redirect_uri=self._callback,
            scope=" ".join(self.settings.scopes),
            state=state,
            nonce=underway.nonce,
            code_challenge=create_s256_code_challenge(underway.verifier),
            code_challenge_method="S256",
        )
        return address

    def claims(self, code: str, said_issuer: str | None, underway: Underway) -> Mapping[str, Any]:
        """Who came back with this code, proven. Raises ProviderDown, or NotProven."""
        description = self._description()
        if (said_issuer is None and description.authorization_response_iss_parameter_supported) or (
            said_issuer not in (None, description.issuer)
        ):
            raise NotProven("the answer came from another provider than the one that was asked", hint=AGAIN)
        answer = self._exchange(description, code, underway)
        return self._proven(answer.get("id_token"), answer.get("access_token"), underway.nonce)

    # What the provider is asked

    def _exchange(self, description: Description, code: str, underway: Underway) -> Mapping[str, Any]:
        """The tokens for a code: RFC 6749 section 4.1.3, with the verifier of RFC 7636."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._callback}
        form["code_verifier"] = underway.verifier
        name, secret = self.settings.client_id, reveal(self.settings.client_secret)
        basic: tuple[str, str] | None = (quote(name, safe=""), quote(secret, safe=""))
        if "client_secret_basic" not in description.token_endpoint_auth_methods_supported:
            form |= {"client_id": name, "client_secret": secret}
            basic = None
        hidden = (secret, code, underway.verifier)
        answer = self._asked("POST", description.token_endpoint, form=form, basic=basic, secrets=hidden)
        return answer if isinstance(answer, dict) else {}

    def _description(self) -> Description:
        found: Description = self._remembered("description", self._read_description)
        return found

    def _keys(self, *, anew: bool = False) -> KeySet:
        address = self._description().jwks_uri
        found: KeySet = self._remembered("keys", lambda: self._read_keys(address), anew=anew)
        return found

    def _remembered(self, name: str, read: Callable[[], object], *, anew: bool = False) -> Any:
        """What was read not long ago, or is read now: by one thread, for which the others wait a little."""
        kept = self._kept.get(name)
        if kept is not None and not anew and self._time.now() - kept.at < KEPT:
            return kept.value
        if not self._lock.acquire(timeout=PATIENCE):
            raise ProviderDown(f"{self.settings.name} does not answer", hint=LATER)
        try:
            if self._kept.get(name) is kept:
                self._kept[name] = _Kept(read(), self._time.now())
        finally:
            self._lock.release()
        return self._kept[name].value

    def _read_description(self) -> Description:
        """Raises ProviderDown also when the description is another's: its keys would prove the other's people."""
        address = self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        answer = self._asked("GET", address)
        try:
            found = Description.model_validate(answer)
            for one in found.addresses:
                safe_address(one)
        except ValueError as problem:  # pydantic's are such, too
            log.warning("the description at %s cannot be used: %s", address, problem)
            raise ProviderDown(f"{self.settings.name} does not describe itself in a usable way", hint=ADMIN) from None
        if found.issuer != self.settings.issuer:
            raise ProviderDown(f"{self.settings.name} says that it is another issuer than configured", hint=ADMIN)
        return found

    def _read_keys(self, address: str) -> KeySet:
        """The keys that can be used; a provider may also publish some of a kind that we do not know."""
        answer = self._asked("GET", address)
        listed = answer.get("keys") if isinstance(answer, dict) else None
        return KeySet([key for one in listed or () if (key := _imported(one)) is not None])

    def _asked(self, method: str, address: str, *, form: Mapping[str, str] | None = None, **client: Any) -> Any:
        """The provider's answer to one request. Raises ProviderDown, or NotProven where it refuses.

        What it does not answer is not asked again: somebody waits for the page, and can.
        """
        asking = ToolClient("", Wiring(NoLimit(), self._time, patience=PATIENCE), **client)
        try:
            return asking.send(method, address, form=form, repeatable=False).value
        except ToolError as error:
            log.warning("single sign-on: %s", error)
            if error.verdict in ("retry", "wait", "read") or form is None:
                raise ProviderDown(f"{self.settings.name} does not answer as it should", hint=LATER) from None
            raise NotProven(f"{self.settings.name} did not confirm this login", hint=AGAIN) from None
        finally:
            asking.close()

    # What proves its answer

    def _proven(self, id_token: Any, access_token: Any, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token that was made by this provider, for us, for this login, and now
        (OpenID Connect Core 1.0 section 3.1.3.7)."""
        expected = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True},
        }
        access = access_token if isinstance(access_token, str) else None
        known = {"nonce": nonce, "client_id": self.settings.client_id, "access_token": access}
        try:
            token = self._signed(str(id_token or ""))
            claims = CodeIDToken(token.claims, token.header, expected, known)
            claims.validate(int(self._time.now()), LEEWAY)
        except ExpiredTokenError:
            raise NotProven("the provider's answer has expired", hint=AGAIN) from None
        except (JoseError, ValueError, TypeError) as problem:
            log.warning("single sign-on: the ID token proves nothing: %s", problem)
            raise NotProven(f"{self.settings.name} sent an answer that proves nothing", hint=AGAIN) from None
        return dict(claims)

    def _signed(self, token: str) -> jwt.Token:
        """The token, if one of the provider's keys signed it. A key that is not known may be new: they are read anew,
        once."""
        try:
            return jwt.decode(token, self._keys(), ALGORITHMS)
        except InvalidKeyIdError:
            return jwt.decode(token, self._keys(anew=True), ALGORITHMS)


def _imported(data: Any) -> Key | None:
    """A key that checks signatures; a secret of both sides is none."""
    try:
        found = import_key(data)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if isinstance(found, OctKey) else found
