"""A hub with single sign-on, its provider, and browsers that keep cookies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from hub.web.app import create_app
from tests.hub.web.provider import CLIENT, SECRET, OpenId, Person
from tests.hub.web.visitors import HOST, Quay, Visitor

NOW = 1_900_000_000.0
ADA = Person("1815", {"email": "ada@example.com", "email_verified": True, "groups": ["plan"]})


@dataclass
class Clock:
    """A clock that moves when it is told to, or when somebody waits."""

    at: float = NOW

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class Browser:
    """A visitor who keeps cookies."""

    quay: Quay
    jar: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, address: str, **more: Any) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        answer = Visitor(self.quay).ask(method, address, headers={"cookie": cookies}, **more)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            self.jar[name] = rest.partition(";")[0].strip('"')
        return answer

    def get(self, address: str) -> httpx.Response:
        return self.ask("GET", address)

    def post(self, address: str) -> httpx.Response:
        return self.ask("POST", address, data={"form_token": self.form_token})

    @property
    def form_token(self) -> str:
        return Visitor(self.quay, self.jar["hub_session"]).session.form_token

    def begin(self, back: str = "/") -> str:
        """The provider's page to which the hub sends this browser."""
        answer = self.get(f"/login/provider?back={back}")
        assert answer.status_code == 303
        return answer.headers["location"]


@dataclass
class Door:
    """A hub that has single sign-on, and its provider."""

    folder: Path
    provider: OpenId
    clock: Clock = field(default_factory=Clock)

    def open(self, **settings: Any) -> Quay:
        """With these keys of `[web.oidc]`; newcomers are viewers unless told otherwise."""
        (self.folder / "oidc").write_text(SECRET)
        given = {"issuer": self.provider.url, "client_id": CLIENT, "client_secret": "file:oidc", "name": "Example"}
        table = ", ".join(
            f"{key} = {_toml(value)}" for key, value in {**given, "newcomers": "viewer", **settings}.items()
        )
        quay = Quay.open(self.folder, targets=False, top=f'public_url = "{HOST}"\nweb.oidc = {{ {table} }}')
        quay.hub.engine = replace(quay.hub.engine, time=self.clock)
        quay.web = create_app(quay.hub)
        return quay

    def came_back(self, browser: Browser, person: Person = ADA, back: str = "/") -> httpx.Response:
        """Begin, log in at the provider, come back."""
        return browser.get(self.provider.log_in(browser.begin(back), person).removeprefix(HOST))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


def role_of(quay: Quay, name: str) -> str | None:
    found = quay.hub.store.people.find(name)
    return None if found is None else found.role


def deeds(quay: Quay) -> list[tuple[str, str]]:
    return [(one.who, one.verb) for one in quay.hub.store.people.audit()]


GROUPS = {"claim": "groups", "values": {"plan": "editor", "owners": "admin", "look": "viewer"}}
