"""Programs that use the API of a hub on the quay, each with a token of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from hub.store.people import Role
from hub.web.tokens import ROLE_OF, Scope, make_token
from tests.hub.web.visitors import Quay, Visitor

ROOT = "/api/v1"


@dataclass
class Program:
    """Something that sends a token, or none."""

    quay: Quay
    token: str = ""

    def ask(
        self,
        method: str,
        address: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> httpx.Response:
        own = {"authorization": f"Bearer {self.token}"} if self.token else {}
        more |= {"json": body} if body is not None else {}
        return Visitor(self.quay).ask(method, ROOT + address, headers={**own, **(headers or {})}, params=query, **more)

    def get(self, address: str, **query: Any) -> Any:
        """The value of a good answer."""
        answer = self.ask("GET", address, query=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        """The value of a good answer to a write."""
        answer = self.ask("POST", address, body, headers={name.replace("_", "-"): one for name, one in headers.items()})
        assert answer.is_success, answer.text
        return answer.json()


def program(quay: Quay, scope: Scope = "admin", *, role: Role | None = None, name: str = "", days: int = 1) -> Program:
    """A program with a token of this scope; its owner has the role that it takes, unless another is named."""
    owner = quay.somebody(role or ROLE_OF[scope], name)
    _, spelling = make_token(quay.hub, owner.session, "a program", scope, days)
    return Program(quay, spelling)


def previewed(one: Program) -> str:
    """The fingerprint of what a publish would do, after the tools were read."""
    one.post("/readings", {"plan": "Harbour"})
    one.quay.work()
    fingerprint: str = one.get("/preview", plan="Harbour")["fingerprint"]
    return fingerprint


def published(one: Program) -> str:
    """The id of a publication that went well."""
    job = one.post("/publications", {"plan": "Harbour", "fingerprint": previewed(one)})["job"]
    one.quay.work()
    identity: str = one.get(f"/jobs/{job}")["publication"]
    return identity


def edit(words: str, event: str = "Ferry Left") -> dict[str, Any]:
    """The body of an edit of one description."""
    return {"edits": [{"do": "change", "place": ["events", event], "fields": {"description": words}}]}
