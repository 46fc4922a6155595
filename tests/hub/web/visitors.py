"""A hub with a Segment sandbox inside the process, and visitors who ask it for pages without any network."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote_plus

import anyio
import httpx

from connectors.contract import Limiter
from connectors.limits import NoLimit
from connectors.registry import plugin
from connectors.sandbox import Sandbox
from connectors.testing.harness import SANDBOX_URL, transport_to
from hub.app import App
from hub.changes.resolve import Proposal
from hub.config import load
from hub.engine.target import Target
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job
from hub.store.database import Database
from hub.store.people import Role, Session
from hub.web.app import create_app
from hub.web.work import works

HOST = "http://hub.test"
PLAN = """\
format: 1
name: Harbour
events:
  Ferry Boarded:
    description: Somebody went aboard.
    owners: [quay@harbour.example]
    tags: [core]
    properties:
      deck: {type: string, description: Which deck.}
  Ferry Left:
    description: The ferry left.
"""
EDITED = ("events", "Ferry Boarded", "description")


@cache
def _empty_database() -> bytes:
    """A database with its tables: making them takes longer than most tests."""
    with TemporaryDirectory() as folder:
        Database(f"sqlite:///{folder}/hub.db").close()
        return (Path(folder) / "hub.db").read_bytes()


class Unhurried(App):
    """A hub that minds no quota."""

    def limiter(self, target: Target) -> Limiter:
        return NoLimit()


@dataclass
class Quay:
    """A hub in a folder. `box` is its only target's sandbox, where it has one."""

    folder: Path
    box: Sandbox = field(default_factory=lambda: plugin("segment").sandbox())

    @classmethod
    def open(cls, folder: Path, *, plan: str | None = PLAN, targets: bool = True, top: str = "") -> Quay:
        """With a plan in a file that the configuration names, or none; with a target, or none."""
        made = cls(folder)
        lines = ['database = "sqlite:///hub.db"', top]
        if plan is not None:
            (folder / "plan.yaml").write_text(plan, encoding="utf-8")
            lines.append('plan = "plan.yaml"')
        if targets:
            known = made.box.demo_credentials()
            (folder / "token").write_text(known["token"])
            lines += ["[targets.segment]", 'tool = "segment"', f'base_url = "{SANDBOX_URL}"', 'token = "file:token"']
            lines.append(f"tracking_plan_id = {json.dumps(known['tracking_plan_id'])}")
        (folder / "hub.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "hub.db").write_bytes(_empty_database())
        made.reopen()
        return made

    def reopen(self) -> None:
        """A new process on the same folder."""
        config = load(self.folder / "hub.toml", {})
        self.hub: App = Unhurried(config, transport=lambda target: transport_to(self.box))
        self.web = create_app(self.hub)

    @property
    def now(self) -> float:
        return self.hub.engine.time.now()

    @property
    def plan_file(self) -> Path:
        return self.folder / "plan.yaml"

    def writes(self) -> int:
        """How many writes the tool has seen."""
        return sum(1 for one in self.box.log if one.method != "GET")

    def work(self) -> None:
        """What the worker would do by now."""
        EmbeddedJobs(self.hub.database, self.hub.engine.time.now).run(works(self.hub), threading.Event(), once=True)

    def jobs(self) -> list[Job]:
        return EmbeddedJobs(self.hub.database, self.hub.engine.time.now).jobs()

    def propose(self, words: str, ours: str = "Somebody went aboard.") -> int:
        """A tool's text becomes a proposal; its number."""
        one = Proposal(EDITED, words, ours, ours, False, "propose", (("segment", "hash"),))
        (opened,), _ = self.hub.store.decisions.record("Harbour", [one], ["segment"], self.now)
        return opened.id

    def somebody(self, role: Role, name: str = "", seconds: float = 3600.0) -> Visitor:
        """Somebody with this role who is logged in."""
        people, name = self.hub.store.people, name or f"a {role}"
        if people.find(name) is None:
            people.accept(people.invite(role, "test", self.now + 60), name, "no hash", self.now)
        return Visitor(self, people.open_session(name, self.now, seconds))

    def nobody(self) -> Visitor:
        return Visitor(self)


@dataclass
class Visitor:
    """A browser, as far as a server can tell."""

    quay: Quay
    cookie: str = ""

    @property
    def session(self) -> Session:
        found = self.quay.hub.store.people.session(self.cookie, self.quay.now)
        assert found is not None
        return found

    def get(self, address: str, **query: str) -> httpx.Response:
        parts = "&".join(f"{name}={quote_plus(value)}" for name, value in query.items())
        return self.ask("GET", f"{address}?{parts}" if parts else address)

    def post(self, address: str, *, headers: Mapping[str, str] | None = None, **form: str) -> httpx.Response:
        """Send a form of ours: with the token that comes with every page, unless another is given."""
        token = self.session.form_token if self.cookie and "form_token" not in form else ""
        return self.ask("POST", address, data={"form_token": token, **form}, headers=dict(headers or {}))

    def ask(self, method: str, address: str, **more: Any) -> httpx.Response:
        """Any request."""

        async def send() -> httpx.Response:
            cookies = {"hub_session": self.cookie} if self.cookie else {}
            transport = httpx.ASGITransport(self.quay.web)
            async with httpx.AsyncClient(transport=transport, base_url=HOST, cookies=cookies) as client:
                return await client.request(method, address, **more)

        return anyio.run(send)
