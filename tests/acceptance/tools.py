"""The four real tools as sandboxes in one process, with one hub between them and a clock that only sleeping moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect
from typing import Any

from connectors.limits import NoLimit
from connectors.registry import plugin
from connectors.sandbox import Fault, Sandbox
from connectors.testing.harness import SANDBOX_URL, FakeTime, transport_to
from hub.changes.guard import Limits
from hub.changes.merge import ABSENT
from hub.changes.resolve import Edit
from hub.engine.adopt import Adoption, adopt
from hub.engine.deciding import accepted, remember
from hub.engine.ports import Publication, StoredProposal
from hub.engine.preview import Preview, preview
from hub.engine.publish import publish
from hub.engine.reconcile import Report, TargetReport, reconcile
from hub.engine.target import Engine, Target
from hub.store.database import Database
from hub.store.sql import SqlStore
from mappings.canonical import TrackingPlan
from tests.acceptance.workshop import NOISE, TOOLS

ALL = TOOLS
OPTIONS: Mapping[str, Mapping[str, Any]] = {"amplitude": {"groups": True, "classifications": True}}
"""Settings beside the credentials, by tool: everything the tools can hold is published."""
PERSON = "dana"


SELF_DESCRIBING = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"


@dataclass(frozen=True)
class Revision:
    """Another version of a schema in Iglu, with one value changed; None removes it. Patches a version with a "!"."""

    schema: str
    version: str
    place: str
    value: Any

    def on(self, registry: Sandbox) -> dict[str, Any]:
        """The edit that publishes it on top of the version stored last."""
        stored = registry.dump()["schemas"]
        content = [row["content"] for uri, row in stored.items() if f"/{self.schema}/" in uri][-1]
        *way, last = self.place.split("/")
        inner = content
        for step in way:
            inner = inner[step]
        inner.pop(last, None)
        inner.update({} if self.value is None else {last: self.value})
        about = {"vendor": "com.acme", "name": self.schema, "format": "jsonschema", "version": self.version.strip("!")}
        schema = {"$schema": SELF_DESCRIBING, "self": about, **content}
        return {"do": "patch" if "!" in self.version else "publish", "schema": schema}


@dataclass(frozen=True)
class Row:
    """An edit, and what is expected of the reconcile after it: (path with dots, verdict, what the tool says)."""

    change: Any
    edits: list[tuple[str, str, Any]]

    @property
    def asks(self) -> bool:
        """Whether a person has to decide."""
        return any(verdict == "propose" for _, verdict, _ in self.edits)

    def __str__(self) -> str:
        named = vars(self.change) if isinstance(self.change, Revision) else self.change
        return " ".join(str(value) for value in named.values())[:90]


@dataclass
class Tools:
    """One hub and its targets, each target named like its tool. Starts with `plan`, which decisions replace."""

    folder: Path
    plan: TrackingPlan
    boxes: dict[str, Sandbox]
    time: FakeTime
    limits: Limits = field(default_factory=Limits)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        store = SqlStore(Database(f"sqlite:///{self.folder}/hub.db"))
        transport: Callable[[Target], object] = lambda target: transport_to(self.boxes[target.name])  # noqa: E731
        self.engine = Engine(store, lambda target: NoLimit(), self.time, transport=transport)

    @classmethod
    def open(cls, folder: Path, plan: TrackingPlan, tools: Sequence[str] = ALL, limits: Limits | None = None) -> Tools:
        """Empty sandboxes that mind no quota, and a hub that remembers nothing."""
        time = FakeTime()
        boxes = {tool: plugin(tool).sandbox(clock=time.now) for tool in tools}
        return cls(folder, plan, boxes, time, limits or Limits())

    def copied(self, folder: Path) -> Tools:
        """The same world again, to do something else with."""
        with closing(connect(self.folder / "hub.db")) as here, closing(connect(folder / "hub.db")) as there:
            here.backup(there)
        time = FakeTime(self.time.now())
        boxes = {tool: plugin(tool).sandbox(clock=time.now) for tool in self.boxes}
        for tool, box in self.boxes.items():
            boxes[tool].load(box.dump())
        return Tools(folder, self.plan, boxes, time, self.limits)

    @property
    def targets(self) -> list[Target]:
        return [self.target(tool) for tool in self.boxes]

    def target(self, tool: str) -> Target:
        found = plugin(tool)
        data = {"base_url": SANDBOX_URL, **self.boxes[tool].demo_credentials(), **OPTIONS.get(tool, {})}
        return Target(tool, found, found.settings.model_validate(data), self.limits)

    # What people do -----------------------------------------------------------------------------------------------

    def edit(self, tool: str, *changes: Any) -> None:
        """Somebody edits in a tool; later than all before."""
        self.time.sleep(100)
        for change in changes:
            self.boxes[tool].edit(change.on(self.boxes[tool]) if isinstance(change, Revision) else change)

    def break_(self, tool: str, fault: Fault) -> None:
        self.boxes[tool].faults.append(fault)

    def accept(self, *proposals: StoredProposal) -> None:
        """Accept these proposals, all open ones when none is given."""
        for one in proposals or self.open_proposals():
            self.plan = accepted(self.plan, one, today="2026-06-01")
            remember(self.engine, one, "accepted", who=PERSON, why="")

    def reject(self, *proposals: StoredProposal) -> None:
        for one in proposals or self.open_proposals():
            remember(self.engine, one, "rejected", who=PERSON, why="")

    # What the hub does ---------------------------------------------------------------------------------------------

    def publish(self, *tools: str) -> Publication:
        """Publish to these tools, to all when none is named."""
        self.time.sleep(100)
        return publish(self.engine, self.plan, self._targets(tools), who=PERSON)

    def preview(self, *tools: str) -> Preview:
        return preview(self.engine, self.plan, self._targets(tools))

    def reconcile(self, *tools: str) -> Report:
        self.time.sleep(100)
        return reconcile(self.engine, self.plan, self._targets(tools), {}, who="schedule")

    def look(self, tool: str) -> TargetReport:
        """What a reconcile says of one tool."""
        return self.reconcile(tool).targets[0]

    def adopt(self, tool: str, *, take_rest: bool = True) -> Adoption:
        return adopt(self.engine, self.plan, self.target(tool), take_rest=take_rest)

    def _targets(self, tools: Iterable[str]) -> list[Target]:
        return [self.target(tool) for tool in tools or self.boxes]

    # What a test asks ----------------------------------------------------------------------------------------------

    def open_proposals(self) -> list[StoredProposal]:
        return self.engine.store.decisions.of_plan(self.plan.name, "open")

    def holdings(self, *tools: str) -> dict[str, Any]:
        """What the tools hold, without times."""
        return {tool: timeless(self.boxes[tool].dump()) for tool in tools or self.boxes}

    def writes(self, tool: str) -> int:
        """How many requests other than readings the tool has seen."""
        return sum(1 for entry in self.boxes[tool].log if entry.method != "GET")


def timeless(value: Any) -> Any:
    """A dump without what it says of *when*."""
    if isinstance(value, dict):
        return {key: timeless(inner) for key, inner in value.items() if key not in NOISE}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


def told(edits: Iterable[Edit]) -> list[tuple[str, str, Any]]:
    """Edits in brief: (path with dots, verdict, what the tool says, None for nothing)."""
    brief = ((".".join(edit.path), edit.verdict, None if edit.theirs is ABSENT else edit.theirs) for edit in edits)
    return sorted(brief, key=lambda one: one[0])
