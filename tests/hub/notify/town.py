"""A hub with two tools and the people who hear of it, in one process; only sleeping moves the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.limits import NoLimit
from connectors.sandbox import Sandbox
from connectors.testing.harness import SANDBOX_URL, transport_to
from hub.notify.delivering import Deliverer, Round
from hub.notify.destinations import Destination, DestinationSettings
from hub.notify.kinds import channel_kind
from hub.notify.webhook.sandbox import WebhookSandbox
from hub.store.outbox import Message, Outbox
from mappings.canonical import TrackingPlan
from mappings.canonical.plan import Event
from tests.acceptance.tools import Tools

PLAN = TrackingPlan.model_validate(
    {
        "name": "Harbour",
        "events": {
            "Ferry Boarded": {
                "description": "Somebody went aboard.",
                "owners": ["ana@example.com"],
                "tags": ["sea"],
                "sources": ["app"],
                "properties": {"deck": {"type": "integer", "required": True, "minimum": 1, "maximum": 3}},
            },
            "Ticket Sold": {"owners": ["ben@example.com"], "properties": {"price": {"type": "number"}}},
        },
    }
)


def with_event(plan: TrackingPlan, name: str, **fields: Any) -> TrackingPlan:
    """The plan with this event as it was, and these fields changed."""
    before = plan.events.get(name, Event())
    event = Event.model_validate({**before.model_dump(exclude_defaults=True), **fields})
    return plan.model_copy(update={"events": {**plan.events, name: event}})


@dataclass
class Town:
    """The tools, and one sandbox for each destination, by its name."""

    tools: Tools
    people: dict[str, Sandbox] = field(default_factory=dict)
    destinations: list[Destination] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path, *kinds: str, plan: TrackingPlan = PLAN) -> Town:
        town = cls(Tools.open(folder, plan, ("mixpanel", "segment")))
        for kind in kinds:
            town.settle(kind)
        return town

    def settle(self, kind: str, name: str = "", own: Mapping[str, Any] | None = None, **settings: Any) -> Sandbox:
        """One more destination with a sandbox of its own; `own` are the keys that all kinds have."""
        found = channel_kind(kind)
        assert found.sandbox is not None
        box = found.sandbox(clock=self.tools.time.now)
        known = {**_SETTINGS[kind](box), **settings}
        common = DestinationSettings.model_validate({"kind": kind, **(own or {})})
        self.people[name or kind] = box
        self.destinations.append(Destination(name or kind, found, found.settings.model_validate(known), common))
        return box

    @property
    def outbox(self) -> Outbox:
        return self.tools.engine.store.outbox  # type: ignore[attr-defined,no-any-return]

    @property
    def deliverer(self) -> Deliverer:
        engine = self.tools.engine
        return Deliverer(
            engine.store,  # type: ignore[arg-type]
            self.destinations,
            engine.time,
            lambda destination: NoLimit(),
            transport=lambda destination: transport_to(self.people[destination.name]),
        )

    def publish(self, plan: TrackingPlan | None = None) -> Any:
        """Publish, later than all before."""
        self.tools.time.sleep(100)
        self.tools.plan = plan or self.tools.plan
        return self.tools.publish()

    def deliver(self) -> Round:
        return self.deliverer.round()

    def settle_down(self, hours: float = 2.0) -> None:
        """Deliver until nothing waits, or for so long."""
        end = self.tools.time.now() + hours * 3600
        while (due := self.deliver().next_due) is not None and self.tools.time.now() < end:
            self.tools.time.sleep(max(due - self.tools.time.now(), 1.0))

    def messages(self, destination: str) -> list[Message]:
        """Oldest first."""
        return list(reversed(self.outbox.messages(destination=destination, limit=1000)))

    def posts(self, name: str = "slack") -> list[Mapping[str, Any]]:
        """What stands in the Slack channel, threads included, oldest first."""
        channel = self.people[name].dump()["channels"]["C0TRACK01"]
        return list(channel["messages"])

    def deliveries(self, name: str = "webhook") -> list[Mapping[str, Any]]:
        box = self.people[name]
        assert isinstance(box, WebhookSandbox)
        return list(box.deliveries.values())


_SETTINGS = {
    "slack": lambda box: {
        "base_url": f"{SANDBOX_URL}/api",
        **{key: box.demo_credentials()[key] for key in ("token", "channel", "signing_secret")},
    },
    "jira": lambda box: {
        "base_url": SANDBOX_URL,
        **{key: box.demo_credentials()[key] for key in ("email", "api_token", "project")},
    },
    "webhook": lambda box: {"url": f"{SANDBOX_URL}/hook", **box.demo_credentials()},
}
