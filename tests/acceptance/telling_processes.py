"""`hub` commands in real processes, with Slack and Jira on loopback, and one clock for all that can be put forward."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox import Sandbox
from connectors.sandbox_server import SandboxServer, serve_on_loopback
from hub.app import App
from hub.config import load
from hub.engine.publish import publish
from hub.files import load as load_plan
from hub.notify.jira.sandbox import JiraSandbox
from hub.notify.slack.sandbox import SlackSandbox
from hub.store.quota import SharedLimiter
from tests.acceptance.telling import CHANNEL, PAGES, issues, jira_credentials, threads
from tests.acceptance.workshop import PROCESSES, Run, Workshop, listen_in, type_command, workshop


def ignore(pid: int) -> None:
    """Whoever started may live."""


@dataclass(frozen=True)
class Death:
    """Of a process by its own hand, with signal 9, at its commit number `commit`, counted from 0."""

    commit: int
    after: bool


@dataclass
class Office:
    """A workshop, the people who hear of it, and the seconds by which everybody's clock is ahead."""

    shop: Workshop
    people: dict[str, Sandbox] = field(default_factory=dict)
    ahead: float = 0.0
    _saved: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.shop.folder

    @property
    def jira(self) -> JiraSandbox:
        box = self.people["jira"]
        assert isinstance(box, JiraSandbox)
        return box

    def now(self) -> float:
        return time.time() + self.ahead

    def put_forward(self, seconds: float) -> None:
        """Everybody's clock."""
        self.ahead += seconds

    def publish(self, plan: str) -> None:
        """A plan file's text; nobody hears of it yet."""
        path = self.folder / "plan.yaml"
        path.write_text(plan, encoding="utf-8")
        app = App(load(self.folder / "hub.toml"))
        try:
            done = publish(app.engine, load_plan(path).plan, app.config.open_targets(), who="dana")
        finally:
            app.close()
        assert done.status == "published"

    def deliver(self, death: Death | None = None, started: Callable[[int], None] = ignore) -> Run:
        """`hub notifications deliver --json` in a process of its own."""
        output = self.folder / "delivered.json"
        output.unlink(missing_ok=True)
        child = PROCESSES.Process(target=_deliver, args=(str(self.folder), str(output), self.ahead, death))
        child.start()
        started(child.pid or 0)
        child.join()
        return Run(child.exitcode, output.read_text(encoding="utf-8") if output.exists() else "")

    def deliver_all(self) -> None:
        """Until nothing waits, with no time between."""
        for _ in range(12):
            due = self.deliver().json()["next_due"]
            if due is None:
                return
            self.ahead += max(due - self.now(), 0.0) + 0.1
        raise AssertionError("something waits for ever")

    def seen(self) -> dict[str, Any]:
        """All that people see."""
        posts = self.people["slack"].dump()["channels"][CHANNEL]["messages"]
        return {"slack": threads(posts), "jira": issues(self.jira)}

    def save(self) -> None:
        """Remember this moment."""
        if (self.folder / "hub.db").exists():
            shutil.copy(self.folder / "hub.db", self.folder / "saved.db")
        self._saved = {name: box.dump() for name, box in self._boxes.items()}

    def restore(self) -> None:
        """Make it that moment again, for everybody."""
        for left in self.folder.glob("hub.db*"):
            left.unlink()
        if (self.folder / "saved.db").exists():
            shutil.copy(self.folder / "saved.db", self.folder / "hub.db")
        for name, box in self._boxes.items():
            box.load(self._saved[name])
            box.log.clear()

    @property
    def _boxes(self) -> dict[str, Sandbox]:
        return {**self.shop.sandboxes, **self.people}


@contextmanager
def office(folder: Path, deployment: str = "Cloud", tools: Sequence[str] = ("mixpanel",)) -> Iterator[Office]:
    """These tools, one Slack and one Jira until the block ends."""
    with workshop(folder, tools, limits=False) as shop, ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(SharedLimiter, "reserve", lambda self, units: 0.0)
        found = Office(shop)
        found.people = {
            "slack": SlackSandbox(clock=found.now, switches={"limits": "off"}),
            "jira": JiraSandbox(clock=found.now, switches={"deployment": deployment}),
        }
        for kind, box in found.people.items():
            listen_in(shop, kind, box)
        servers = {kind: stack.enter_context(serve_on_loopback(box)) for kind, box in found.people.items()}
        config = folder / "hub.toml"
        known = config.read_text(encoding="utf-8")
        config.write_text(f'public_url = "{PAGES}"\n{known}{destinations(folder, servers)}', encoding="utf-8")
        yield found


def destinations(folder: Path, servers: dict[str, SandboxServer]) -> str:
    """The tables of hub.toml, secrets in files beside it."""
    slack, jira = servers["slack"], servers["jira"]
    assert isinstance(jira.sandbox, JiraSandbox)
    names = ("channel", "token", "signing_secret")
    own = {name: slack.sandbox.demo_credentials()[name] for name in names}
    return "".join(
        [
            f'\n[notify.slack]\nbase_url = "{slack.url}/api"\n',
            *(_line(folder, "slack", key, value) for key, value in own.items()),
            f'\n[notify.jira]\nbase_url = "{jira.url}"\n',
            *(_line(folder, "jira", key, value) for key, value in jira_credentials(jira.sandbox).items()),
        ]
    )


SECRET = frozenset({"token", "signing_secret", "api_token", "pat"})


def _line(folder: Path, kind: str, key: str, value: str) -> str:
    if key not in SECRET:
        return f"{key} = {json.dumps(value)}\n"
    (folder / f"{kind}_{key}").write_text(value, encoding="utf-8")
    return f'{key} = "file:{kind}_{key}"\n'


def _deliver(folder: str, output: str, ahead: float, death: Death | None) -> None:
    from connectors.contract import SystemTime

    SystemTime.now = lambda self: time.time() + ahead  # type: ignore[method-assign]
    if death is not None:
        _die_by_commit(death)
    type_command(["notifications", "deliver", "--json", "--config", f"{folder}/hub.toml"], output, limits=False)


def _die_by_commit(death: Death) -> None:
    from sqlalchemy.engine.default import DefaultDialect

    commit, seen = DefaultDialect.do_commit, [-1]

    def fatal(self: Any, connection: Any) -> None:
        seen[0] += 1
        if seen[0] == death.commit and not death.after:
            os.kill(os.getpid(), signal.SIGKILL)
        commit(self, connection)  # type: ignore[no-untyped-call]
        if seen[0] == death.commit:
            os.kill(os.getpid(), signal.SIGKILL)

    DefaultDialect.do_commit = fatal  # type: ignore[method-assign]
