"""Real plans of other people, published through the engine to the four sandboxes in one process.

By hand, for the table alone: ``python -m tests.acceptance.real_plans [FILE.md]``.
"""

from __future__ import annotations

import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from connectors.contract import Snapshot
from connectors.limits import WindowLimiter
from connectors.registry import plugin
from connectors.sandbox import LogEntry, Sandbox
from connectors.testing.harness import SANDBOX_URL, FakeTime, transport_to
from hub.changes.changeset import TargetChanges
from hub.changes.guard import Ticket
from hub.changes.merge import get
from hub.engine.ports import Progress, Publication
from hub.engine.preview import Preview, preview
from hub.engine.publish import publish
from hub.engine.target import Engine, Target
from hub.files.data import read_data
from hub.store.database import Database
from hub.store.sql import SqlStore
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content, expand, localise
from mappings.canonical.kinds import JSON
from mappings.canonical.rules import check
from mappings.contract import Path as Place
from mappings.contract import Reading, differences, uncovered
from mappings.formats import FORMATS

Thing = TypeVar("Thing")
TOOLS = ("amplitude", "mixpanel", "segment", "snowplow")
DATA = Path(__file__).parents[3] / "shared" / "data"


# The plans ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """Files that are one plan. `paths` are below the folder of the collection."""

    title: str
    format: str
    paths: tuple[str, ...]

    def read(self) -> Reading:
        return FORMATS[self.format].read({path: read_data(DATA / path) for path in self.paths})


def sources() -> list[Source]:
    """Every plan of the collection that the hub imports; none where the collection is absent."""
    whole = [
        Source("snowplow data structures", "snowplow-data-structure", _files("plans/snowplow-data-structure")),
        Source("Jumbleberry schemas", "iglu", _files("plans/snowplow-iglu-schema")),
        Source("iglu-central", "iglu", _schemas("iglu-central")),
    ]
    single = [
        Source(Path(path).stem, "segment" if "public-api" in path else "typewriter", (path,))
        for folder in ("segment-public-api", "segment-typewriter")
        for path in _files(f"plans/{folder}")
    ]
    return [one for one in (*single, *whole) if one.paths]


def histories() -> list[tuple[Source, ...]]:
    """The same plans, the states of one plan together, oldest first: their files are named by date."""
    found: dict[str, list[Source]] = {}
    for one in sources():
        dated = re.fullmatch(r"(.+)-\d{4}-\d\d-\d\d", one.title)
        found.setdefault(dated[1] if dated else one.title, []).append(one)
    return [tuple(sorted(states, key=lambda one: one.title)) for states in found.values()]


def _files(folder: str) -> tuple[str, ...]:
    return tuple(sorted(path.relative_to(DATA).as_posix() for path in (DATA / folder).glob("*")))


def _schemas(folder: str) -> tuple[str, ...]:
    found = (path.relative_to(DATA).as_posix() for path in (DATA / folder).rglob("*-*-*") if path.is_file())
    return tuple(sorted(found))


# The hub and its four tools -------------------------------------------------------------------------------------------


class SharedTime(FakeTime):
    """A clock that several targets wait by at once."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            super().sleep(seconds)


class World:
    """A hub that remembers nothing, four empty tools that enforce their limits, and a clock that only waiting moves."""

    def __init__(self, folder: Path) -> None:
        self.time = SharedTime()
        self.boxes: dict[str, Sandbox] = {tool: plugin(tool).sandbox(clock=self.time.now) for tool in TOOLS}
        self.targets = {tool: _target(tool, box) for tool, box in self.boxes.items()}
        self._limiters = {
            tool: WindowLimiter(one.plugin.cost(one.settings).windows, self.time.now)
            for tool, one in self.targets.items()
        }
        self._writing_began: dict[str, int] = {}
        self.store = SqlStore(Database(f"sqlite:///{folder}/hub.db"))
        self.engine = Engine(
            store=self.store,
            limiter=lambda target: self._limiters[target.name],
            time=self.time,
            listen=self._listen,
            transport=lambda target: transport_to(self.boxes[target.name]),
        )

    def _listen(self, progress: Progress) -> None:
        if progress.stage == "writing":
            self._writing_began.setdefault(progress.target, len(self.boxes[progress.target].log))

    def preview(self, plan: TrackingPlan) -> Preview:
        return preview(self.engine, plan, list(self.targets.values()))

    def publish(self, plan: TrackingPlan) -> Published:
        """Preview, let pass what the guards ask about, publish; the sandboxes' logs then tell of this publish alone."""
        seen = self.preview(plan)
        for guard in {one.guard for one in seen.violations}:
            expires = self.time.now() + 86_400
            self.store.add_ticket(Ticket(guard, seen.changeset.fingerprint, "dana", "a later state", expires))
        self._writing_began.clear()
        for box in self.boxes.values():
            box.log.clear()
        fingerprint = seen.changeset.fingerprint
        publication = publish(self.engine, plan, list(self.targets.values()), who="dana", fingerprint=fingerprint)
        logs = {tool: tuple(box.log) for tool, box in self.boxes.items()}
        began = {tool: self._writing_began.get(tool, len(log)) for tool, log in logs.items()}
        return Published(plan, seen, publication, logs, began)


def _target(tool: str, box: Sandbox) -> Target:
    chosen = plugin(tool)
    settings = chosen.settings.model_validate({"base_url": SANDBOX_URL, **box.demo_credentials()})
    return Target(tool, chosen, settings)


@dataclass(frozen=True)
class Published:
    """One publish of one plan to all tools: what was previewed, how it ended, every request it took."""

    plan: TrackingPlan
    preview: Preview
    publication: Publication
    logs: Mapping[str, Sequence[LogEntry]]
    writing_began: Mapping[str, int]
    """How many requests of each log came before the first write."""

    def changes(self, tool: str) -> TargetChanges:
        return next(one for one in self.preview.changeset.targets if one.target == tool)

    def requests(self, tool: str) -> int:
        """Of the writes and the reading back."""
        return len(self.logs[tool]) - self.writing_began[tool]

    def writes(self, tool: str) -> int:
        return sum(entry.method != "GET" for entry in self.logs[tool][self.writing_began[tool] :])


# Looking into plans and tools -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """A plan was imported and published; this is how the tools, the hub and the files are then."""

    source: Source
    reading: Reading
    published: Published
    then: Preview
    """Of the same plan, right after."""
    shown: Mapping[str, TrackingPlan]
    """What each tool says of the things that the plan speaks of, under the plan's names."""
    texts: Mapping[str, frozenset[str]]
    """Every text that each tool holds, whatever it is called there."""

    @property
    def plan(self) -> TrackingPlan:
        return self.published.plan

    def untold(self, tool: str) -> list[Place]:
        """The values of the plan that the tool does not say and that no finding spoke of before the publish."""
        different = differing(expand(self.plan), self.shown[tool])
        return uncovered(self.published.changes(tool).findings, different)

    def missing_descriptions(self, tool: str) -> list[Place]:
        """The descriptions that are nowhere in the tool although no finding spoke of them."""
        absent = [place for place, text in descriptions(self.plan).items() if text not in self.texts[tool]]
        return uncovered(self.published.changes(tool).findings, absent)


def live_through(history: Sequence[Source], folder: Path) -> Iterator[Moment]:
    """Publish the states of one plan one over the other, to tools that are empty at first."""
    world = World(folder)
    for source in history:
        reading = source.read()
        plan = reading.plan.model_copy(update={"name": history[0].title[:200]})
        published = world.publish(plan)
        then = world.preview(plan)
        said = {tool: _shown(world.targets[tool], expand(plan), then.snapshots[tool]) for tool in TOOLS}
        held = {tool: frozenset(_texts(box.dump())) for tool, box in world.boxes.items()}
        yield Moment(source, reading, published, then, said, held)
    world.store.database.close()


def _shown(target: Target, plan: TrackingPlan, snapshot: Snapshot) -> TrackingPlan:
    """What an earlier state of the plan left in the tool is unmanaged, and not looked at."""
    read = localise(target.mapping.from_tool(snapshot.documents).plan, plan, target.plugin.tool)
    sections = {name: _listed(getattr(read, name), getattr(plan, name)) for name in ("user_properties", "groups")}
    events = {
        name: event.model_copy(update={"properties": _listed(event.properties, plan.events[name].properties)})
        for name, event in _listed(read.events, plan.events).items()
    }
    return read.model_copy(update={**sections, "events": events})


def _listed(read: Mapping[str, Thing], listed: Mapping[str, Any]) -> dict[str, Thing]:
    return {name: one for name, one in read.items() if name in listed}


def differing(plan: TrackingPlan, read: TrackingPlan) -> list[Place]:
    """Where two plans differ; the values of an enum in another order are no difference."""
    ours, theirs = content(plan), content(read)
    return [place for place in differences(plan, read) if _value(ours, place) != _value(theirs, place)]


def _value(data: JSON, place: Place) -> Any:
    found = get(data, place)
    return sorted(map(repr, found)) if place[-1] == "enum" and isinstance(found, list) else found


def descriptions(plan: TrackingPlan) -> dict[Place, str]:
    """Every description of events, properties at any depth, user properties and groups, by place."""
    return dict(_descriptions(content(expand(plan)), ()))


def _descriptions(data: JSON, place: Place) -> Iterator[tuple[Place, str]]:
    """Only where descriptions are: a property may itself be called "description"."""
    for section in ("events", "user_properties", "groups", "properties"):
        for name, one in data.get(section, {}).items():
            yield from _descriptions(one, (*place, section, name))
    if "items" in data:
        yield from _descriptions(data["items"], (*place, "items"))
    if data.get("description"):
        yield (*place, "description"), data["description"]


def _texts(held: JSON) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, Mapping | list):
        for one in held.values() if isinstance(held, Mapping) else held:
            yield from _texts(one)


# The table ------------------------------------------------------------------------------------------------------------

Row = Mapping[str, str | int]
COLUMNS = ("plan", "files", "events", "properties", "import", "rules")
FIGURES = ("findings", "operations", "writes", "requests")


def row(moment: Moment) -> Row:
    """One line of the table: sizes, what was told, what it took from the first preview to the last request."""
    published, plan = moment.published, moment.plan
    sizes = (len(plan.events), sum(len(event.properties) for event in plan.events.values()))
    told = (len(moment.reading.findings), len(check(plan)))
    line: dict[str, str | int] = dict(
        zip(COLUMNS, (moment.source.title, len(moment.source.paths), *sizes, *told), strict=True)
    )
    for tool in TOOLS:
        changes = published.changes(tool)
        figures = (len(changes.findings), len(changes.operations), published.writes(tool), len(published.logs[tool]))
        line |= {f"{tool} {name}": figure for name, figure in zip(FIGURES, figures, strict=True)}
    return line


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown; the four tools share a column, in alphabetical order."""
    heads = [*COLUMNS, *(f"{figure} A / M / Se / Sn" for figure in FIGURES)]
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for one in rows:
        grouped = [" / ".join(str(one[f"{tool} {figure}"]) for tool in TOOLS) for figure in FIGURES]
        lines.append([*(str(one[column]) for column in COLUMNS), *grouped])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Publish every plan to empty tools, then later states over earlier ones, and write or print the table."""
    singles = [(one,) for one in sources()]
    later = [history for history in histories() if len(history) > 1]
    rows: list[Row] = []
    for history in (*singles, *later):
        with tempfile.TemporaryDirectory() as folder:
            moments = [row(one) for one in live_through(history, Path(folder))]
        rows += moments if len(history) == 1 else [{**one, "plan": f"{one['plan']} (over)"} for one in moments[1:]]
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(f"{table(rows)}\n", encoding="utf-8")
    else:
        print(table(rows))


if __name__ == "__main__":
    main()
