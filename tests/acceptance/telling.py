"""A hub, two tools and the people who hear of it, Slack and Jira, in one process that can die before any of its steps.

What lasts is changed by requests and by commits alone. So a delivery that dies before each of them, and one that dies
after each of them has taken effect, are the same deaths: the next step is where the difference would show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event

from connectors.sandbox import Fault, Sandbox
from connectors.testing.harness import SANDBOX_URL, transport_to
from hub.engine.publish import resume
from hub.notify.delivering import Deliverer
from hub.notify.destinations import Destination, DestinationSettings
from hub.notify.jira import KIND as JIRA
from hub.notify.jira.sandbox import JiraSandbox
from mappings.canonical import TrackingPlan
from tests.acceptance.tools import Tools
from tests.hub.notify.town import PLAN, Town, with_event

PAGES = "https://hub.example"
"""Where the hub's own pages are said to be: an issue links to them."""
CHANNEL = "C0TRACK01"
DEPLOYMENTS = ("Cloud", "Server")
SECOND = with_event(PLAN, "Ferry Boarded", properties={"deck": {"type": "integer", "required": True, "maximum": 9}})
SECOND = with_event(SECOND, "Ticket Sold", properties={"price": {"type": "string"}})
"""The plan, changed in what both owners have to send."""


class Killed(BaseException):
    """The process is gone: nobody catches this."""


@dataclass
class Doom:
    """Kills whoever takes step number `at`, counted from 0, before it has an effect, or takes any after the one called
    `after`; nobody when neither is given."""

    at: int | None = None
    after: str = ""
    steps: list[str] = field(default_factory=list)

    def step(self, what: str) -> None:
        if (self.at is not None and len(self.steps) >= self.at) or self.after in self.steps:
            raise Killed(what)
        self.steps.append(what)


NOBODY = Doom()


@dataclass
class Port(Town):
    """The town, with Slack, one Jira, and somebody who may be doomed."""

    doom: Doom = field(default_factory=Doom)

    @classmethod
    def at(cls, folder: Path, deployment: str = "Cloud", plan: TrackingPlan = PLAN, **switches: Any) -> Port:
        """`switches` are Jira's."""
        port = cls(Tools.open(folder, plan, ("mixpanel", "segment")))
        port.settle("slack")
        return port.with_jira(deployment, **switches)

    def with_jira(self, deployment: str, name: str = "jira", **switches: Any) -> Port:
        box = JiraSandbox(clock=self.tools.time.now, switches={"deployment": deployment, **switches})
        known = {"base_url": SANDBOX_URL, **jira_credentials(box)}
        self.people[name] = box
        self.destinations.append(Destination(name, JIRA, JIRA.settings.model_validate(known), OWN))
        return self

    def copied(self, folder: Path) -> Port:
        """The same world once more, to try something else with."""
        folder.mkdir()
        tools = self.tools.copied(folder)
        return Port(tools, {name: twin(box, tools) for name, box in self.people.items()}, list(self.destinations))

    @property
    def deliverer(self) -> Deliverer:
        return replace(super().deliverer, public_url=PAGES, transport=self._transport)

    def _transport(self, destination: Destination) -> httpx.MockTransport:
        inner = transport_to(self.people[destination.name]).handler

        def handle(request: httpx.Request) -> Any:
            self.doom.step(f"{destination.name} {request.method} {request.url.path}")
            return inner(request)

        return httpx.MockTransport(handle)

    @contextmanager
    def doomed(self, doom: Doom) -> Iterator[Doom]:
        """Inside, whoever delivers is doomed. Steps are requests and commits."""
        self.doom = doom
        engine = self.tools.engine.store.database.engine  # type: ignore[attr-defined]

        def committing(connection: object) -> None:
            self.doom.step("commit")

        event.listen(engine, "commit", committing)
        try:
            yield self.doom
        except Killed:
            pass
        finally:
            event.remove(engine, "commit", committing)
            self.doom = NOBODY

    def close(self) -> None:
        self.tools.engine.store.database.close()  # type: ignore[attr-defined]

    # What people see ----------------------------------------------------------------------------------------------

    @property
    def jira(self) -> JiraSandbox:
        box = self.people["jira"]
        assert isinstance(box, JiraSandbox)
        return box

    def seen(self) -> dict[str, Any]:
        """All that people see, and the outbox's states; without what says when, or in which order, it came."""
        states = {(one.destination, one.key): one.state for one in self.outbox.messages(limit=1000)}
        return {"slack": threads(self.posts()), "jira": issues(self.jira), "outbox": states}


OWN = DestinationSettings(kind="jira")


def jira_credentials(box: JiraSandbox) -> dict[str, str]:
    """What this deployment asks for."""
    names = ("email", "api_token", "project") if box.switch("deployment") == "Cloud" else ("pat", "project")
    return {name: box.demo_credentials()[name] for name in names}


def twin(box: Sandbox, tools: Tools) -> Sandbox:
    """A sandbox that holds the same."""
    other = type(box)(clock=tools.time.now, switches=box.switches)
    other.load(box.dump())
    return other


def threads(posts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The messages of a channel, each with its key, text and blocks, and its replies likewise, sorted by their keys."""
    parents = [post for post in posts if post.get("thread_ts", post["ts"]) == post["ts"]]
    return [
        {**_shown(one), "replies": sorted((_shown(post) for post in posts if _is_below(post, one)), key=key_of)}
        for one in parents
    ]


def key_of(shown: Mapping[str, Any]) -> str:
    return str(shown["key"])


def _is_below(post: Mapping[str, Any], parent: Mapping[str, Any]) -> bool:
    return post is not parent and post.get("thread_ts") == parent["ts"]


def _shown(post: Mapping[str, Any]) -> dict[str, Any]:
    """Without the ids that Slack makes up for blocks that came without one."""
    blocks = [{key: value for key, value in one.items() if key != "block_id"} for one in post["blocks"]]
    return {"key": post["metadata"]["event_payload"]["dedupe_key"], "text": post["text"], "blocks": blocks}


def issues(box: JiraSandbox) -> dict[str, dict[str, Any]]:
    """The hub's issues by the label that finds them again; `made` counts those that were ever made with it."""
    ours = ((label_of(one), one) for one in box.dump()["issues"].values() if label_of(one))
    return {
        label: {
            "made": box.created_with(label),
            "summary": one["summary"],
            "description": one["description"],
            "comments": sorted((comment["body"] for comment in one["comments"]), key=str),
            "links": [(link["global_id"], link["details"]["object"]["url"]) for link in one["links"]],
            "properties": one["properties"],
        }
        for label, one in ours
    }


def label_of(issue: Mapping[str, Any]) -> str:
    return next((label for label in issue["labels"] if label.startswith("tph-")), "")


# What happened, and nobody was told of yet ------------------------------------------------------------------------


def first(port: Port) -> None:
    """The plan was published."""
    port.publish()


def second(port: Port) -> None:
    """It was published, which all know, and published again with changes, which one tool refused."""
    first(port)
    port.settle_down()
    port.tools.break_("segment", Fault("status", on="PATCH", status=403, times=9))
    port.publish(SECOND)


def resumed(port: Port) -> None:
    """What was refused then, which all know, was done when it was tried again."""
    second(port)
    port.settle_down()
    port.tools.boxes["segment"].faults.clear()
    (half,) = (one for one in port.tools.engine.store.publications() if one.status == "partial")
    resume(port.tools.engine, half, port.tools.targets)


NEWS = (first, second, resumed)
WORLDS: Mapping[str, Mapping[str, Any]] = {
    "Cloud, its index 60 s behind": {"deployment": "Cloud", "index_delay": 60},
    "Data Center": {"deployment": "Server"},
}
