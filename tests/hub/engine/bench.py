"""An engine on a temporary database with notebooks as targets and a clock that only sleeping moves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.contract import Limiter
from connectors.limits import NoLimit, WindowLimiter
from connectors.sandbox import Fault, LogEntry
from connectors.testing.harness import SANDBOX_URL, FakeTime, transport_to
from connectors.testing.template import PLUGIN
from connectors.testing.template.sandbox import TOKEN, NotebookSandbox
from connectors.testing.template.settings import NotebookSettings
from hub.changes.guard import Ticket
from hub.engine.ports import Progress, Publication, Store, TargetRun
from hub.engine.preview import Preview, preview
from hub.engine.publish import publish, resume
from hub.engine.target import Engine, Target
from hub.store.database import Database
from hub.store.sql import SqlStore
from mappings.canonical import TrackingPlan

WRITES = ("PUT", "PATCH", "POST", "DELETE")
EVENTS: Mapping[str, Any] = {
    "Boat Rented": {"description": "A boat left the pier.", "properties": {"hours": {"type": "number"}}},
    "Boat Returned": {"description": "It came back.", "tags": ["core"]},
    "Oar Lost": {"description": "One oar less."},
}


def plan_of(events: Mapping[str, Any] = EVENTS, **sections: Any) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Harbour", "events": dict(events), **sections})


MANY = plan_of({f"Buoy {number:02}": {} for number in range(40)})
"""More pages than one window of requests can write one by one."""


def described(text: str, *names: str) -> TrackingPlan:
    """The usual plan with this description for the named events, all when none is named."""
    return plan_of(
        {name: {**one, "description": text} if name in (names or EVENTS) else one for name, one in EVENTS.items()}
    )


class Bench:
    """One hub and its targets. `boxes` may be another bench's: then it is the same world after a restart."""

    def __init__(
        self,
        folder: Path,
        *names: str,
        boxes: dict[str, NotebookSandbox] | None = None,
        time: FakeTime | None = None,
        limited: bool = False,
        patience: float = 7200.0,
        batch: int = 1,
    ) -> None:
        self.folder = folder
        self.time = time or FakeTime()
        self.boxes = boxes or {name: NotebookSandbox(clock=self.time.now) for name in names or ("lab",)}
        self.store: Store = SqlStore(Database(f"sqlite:///{folder}/hub.db"))
        self.events: list[Progress] = []
        self.stopping = threading.Event()
        self._stop_at: tuple[str, int] | None = None
        self.patience = patience
        self.batch = batch
        settings = NotebookSettings.model_validate({"base_url": SANDBOX_URL, "token": TOKEN, "batch": batch})
        self.targets = [Target(name, PLUGIN, settings) for name in self.boxes]
        windows = PLUGIN.cost(settings).windows
        self._limiters: dict[str, Limiter] = {
            name: WindowLimiter(windows, self.time.now) if limited else NoLimit() for name in self.boxes
        }
        self.transports: dict[str, Any] = {name: transport_to(box) for name, box in self.boxes.items()}

    @property
    def engine(self) -> Engine:
        return Engine(
            self.store,
            lambda target: self._limiters[target.name],
            self.time,
            self.listen,
            self.patience,
            lambda target: self.transports[target.name],
            self.stopping,
        )

    def listen(self, progress: Progress) -> None:
        self.events.append(progress)
        if (progress.stage, progress.done) == self._stop_at:
            self._stop_at = None
            self.stopping.set()

    @property
    def box(self) -> NotebookSandbox:
        """The only notebook, or the first."""
        return next(iter(self.boxes.values()))

    def preview(self, plan: TrackingPlan) -> Preview:
        return preview(self.engine, plan, self.targets)

    def publish(self, plan: TrackingPlan, fingerprint: str | None = None) -> Publication:
        return publish(self.engine, plan, self.targets, who="dana", fingerprint=fingerprint)

    def resume(self, publication: Publication) -> Publication:
        return resume(self.engine, publication, self.targets)

    def override(self, plan: TrackingPlan, *guards: str) -> str:
        """Tickets for these guards on what publishing this plan would do now; its fingerprint."""
        fingerprint = self.preview(plan).changeset.fingerprint
        for guard in guards:
            self.store.add_ticket(Ticket(guard, fingerprint, "dana", "agreed", self.time.now() + 3600))
        return fingerprint

    def stop_when(self, stage: str, done: int = 0) -> None:
        """Somebody presses Ctrl-C, once, when this much is told."""
        self._stop_at = (stage, done)

    def delete_instead_of_hiding(self) -> None:
        self.targets = [replace(one, delete=True) for one in self.targets]

    def held(self) -> dict[str, dict[str, Any]]:
        """What the notebooks hold, without what each write changes."""
        return {name: pages_of(box) for name, box in self.boxes.items()}

    def base(self) -> dict[str, dict[str, str]]:
        return {
            name: {str(address): digest for address, digest in self.store.base(name).items()} for name in self.boxes
        }

    def writes(self) -> list[LogEntry]:
        """The writes that reached any notebook, answered or not."""
        return [entry for box in self.boxes.values() for entry in box.log if entry.method in WRITES]

    def forget_requests(self) -> None:
        for box in self.boxes.values():
            box.log.clear()

    def stages(self, target: str) -> list[str]:
        """The stages a target went through, repeats joined."""
        found: list[str] = []
        for event in self.events:
            if event.target == target and found[-1:] != [event.stage]:
                found.append(event.stage)
        return found


def run_of(publication: Publication, target: str = "lab") -> TargetRun:
    return next(one for one in publication.targets if one.target == target)


def pages_of(box: NotebookSandbox) -> dict[str, Any]:
    own = ("revision", "edited_at")
    return {
        name: {key: value for key, value in page.items() if key not in own} for name, page in sorted(box.pages.items())
    }


def written_pages(box: NotebookSandbox) -> dict[str, int]:
    """How often each page was written, renamed or deleted with effect, by the name it had then."""
    counts: dict[str, int] = {}
    for entry in box.log:
        if entry.method in WRITES and (entry.status == 200 or entry.fault == "lost"):
            for name in _names_in(entry):
                counts[name] = counts.get(name, 0) + 1
    return counts


def _names_in(entry: LogEntry) -> Iterator[str]:
    if entry.method == "POST":
        yield from (page["name"] for page in json.loads(entry.body)["pages"])
    else:
        yield str(entry.as_json()["path"]).rpartition("/")[2]


def moody(mood: str, on: str = "", times: int = 1, skip: int = 0) -> Fault:
    return Fault("mood", on, skip, times, mood=mood)
