"""Who asks: Basic and Bearer, scoped tokens, the anonymous fall-back, the log-in lock (apis/jira.md section 1)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.sandbox import JSON, Request, Response
from hub.notify.jira.sandbox.call import CONTENT_TYPE, NOT_LOGGED_IN, Refusal
from hub.notify.jira.sandbox.state import Site, User

LOCKED = {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=/login.jsp"}


@dataclass(frozen=True, slots=True)
class Gate:
    """One site's door. `gateway` tells whether the request came through `/ex/jira/<id>`."""

    site: Site
    switches: Mapping[str, JSON]
    gateway: bool

    def user(self, request: Request) -> User | None:
        """Who asks; None is anonymous. Raises Refusal 401 or, for a locked account, 403."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        readers = {"basic": self._basic, "bearer": self._bearer}
        reader = readers.get(scheme.lower())
        user = reader(given.strip()) if reader else None
        if user is None and self.switches["bad_credentials"] == "401":
            raise _not_logged_in(self.switches)
        return user

    def _basic(self, given: str) -> User | None:
        try:
            name, colon, secret = base64.b64decode(given, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return None
        if not colon:
            return None
        return self._token(name, secret) if self.switches["deployment"] == "Cloud" else self._password(name, secret)

    def _token(self, email: str, secret: str) -> User | None:
        """An API token; a scoped one is good on the gateway alone."""
        kinds = {"scoped", "token"} if self.gateway else {"token"}
        if self.gateway and self.switches["plain_token_on_gateway"] == "refused":
            kinds = {"scoped"}
        owner = next((one for one in self.site.users if one.email.lower() == email.lower() and one.active), None)
        return owner if owner and self._holds(owner, kinds, secret) else None

    def _password(self, name: str, secret: str) -> User | None:
        """A password; too many wrong ones in a row and only a web page with a CAPTCHA opens the account again."""
        owner = next((one for one in self.site.users if one.name == name and one.active), None)
        if owner is None:
            return None
        failed, most = self.site.failed_logins.get(name, 0), self.switches["captcha_after"]
        if most is not None and failed >= most:
            raise Refusal(403, body=Response.text(403, "Basic Authentication Failure: CAPTCHA_CHALLENGE", LOCKED))
        if self._holds(owner, {"password"}, secret):
            self.site.failed_logins.pop(name, None)
            return owner
        self.site.failed_logins[name] = failed + 1
        return None

    def _bearer(self, given: str) -> User | None:
        """A personal access token of Data Center. Cloud takes API tokens as Basic alone."""
        if self.switches["deployment"] == "Cloud":
            return None
        found = next((one for one in self.site.secrets if one.kind == "pat" and one.text == given), None)
        owner = self.site.user(found.user) if found else None
        return owner if owner and owner.active else None

    def _holds(self, owner: User, kinds: set[str], text: str) -> bool:
        return any(one.user == owner.account and one.kind in kinds and one.text == text for one in self.site.secrets)


def _not_logged_in(switches: Mapping[str, JSON]) -> Refusal:
    headers = {"WWW-Authenticate": 'OAuth realm="jira"'}
    if switches["unauthorized_body"] == "text":
        return Refusal(401, body=Response.text(401, NOT_LOGGED_IN, headers))
    return Refusal(401, NOT_LOGGED_IN, headers={**CONTENT_TYPE, **headers})
