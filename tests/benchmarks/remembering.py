"""What the store takes for a big reading, and how fast a publish goes when no vendor slows it down."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from connectors.contract import Coverage, Snapshot
from connectors.limits import WindowLimiter
from connectors.registry import plugin
from connectors.testing.harness import SANDBOX_URL, FakeTime, transport_to
from hub.engine.ports import Publication
from hub.engine.publish import publish
from hub.engine.target import Engine, Target
from hub.store.database import Database
from hub.store.sql import SqlStore
from mappings.contract import Address, Document, Documents
from tests.benchmarks.figures import Figure, cpu_seconds
from tests.benchmarks.world import TOOLS, Spelled, World, plan_of, spelled


def snapshots(events: int = 2_000, properties: int = 20, repeat: int = 3) -> Iterator[Figure]:
    """Keeping a first reading, the same reading again, and getting it back; the base likewise."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        texts = spelled(World(place).project(plan_of(events, properties))["amplitude"])
        count = len(texts)
        fresh = _fresh_stores(place)
        first = cpu_seconds(lambda: next(fresh).keep_snapshot("lab", _reading(texts)), repeat=repeat)
        store = next(fresh)
        store.keep_snapshot("lab", _reading(texts))
        store.advance_base("lab", "made-up", _reading(texts).documents.values(), (), 0.0)
        yield Figure(f"keep-snapshot-first-{count}", "s", first, 2.5)
        works: dict[str, tuple[Callable[[], object], float]] = {
            "keep-snapshot-again": (lambda: store.keep_snapshot("lab", _reading(texts)), 1.5),
            "last-snapshot": (lambda: store.last_snapshot("lab"), 1.0),
            "base": (lambda: store.base("lab"), 0.5),
            "base-documents": (lambda: store.base_documents("lab"), 1.0),
        }
        for name, (work, goal) in works.items():
            yield Figure(f"{name}-{count}", "s", cpu_seconds(work, repeat=repeat), goal)


def _fresh_stores(folder: Path) -> Iterator[SqlStore]:
    number = 0
    while True:
        number += 1
        yield SqlStore(Database(f"sqlite:///{folder}/{number}.db"))


def _reading(texts: Sequence[Spelled]) -> Snapshot:
    """The documents as just read from the wire: their hashes are computed when they are asked for."""
    held = (Document(one.address, json.loads(one.text), about=one.about) for one in texts)
    return Snapshot(Documents(held), (Coverage(Address("event", ()), "complete", 0.0),), 0.0)


def publishing(events: int = 50, properties: int = 20) -> Iterator[Figure]:
    """Documents a second of CPU time, receipts and read-back included, to sandboxes in this process.

    The vendors' limits hold, on a clock that only sleeping moves, so that waiting costs nothing.
    """
    plan = plan_of(events, properties)
    for tool in TOOLS:
        with tempfile.TemporaryDirectory() as folder:
            engine, target = _wired(Path(folder), tool)
            done: list[Publication] = []
            spent = cpu_seconds(lambda: done.append(publish(engine, plan, [target], who="dana")), repeat=1)  # noqa: B023
        assert done[0].status == "published", done[0]
        yield Figure(f"publish-{tool}-{events}", "docs/s", done[0].targets[0].verified / spent, more_is_better=True)


def _wired(folder: Path, tool: str) -> tuple[Engine, Target]:
    time = FakeTime()
    box = plugin(tool).sandbox(clock=time.now)
    settings = plugin(tool).settings.model_validate({"base_url": SANDBOX_URL, **box.demo_credentials()})
    limiter = WindowLimiter(plugin(tool).cost(settings).windows, time.now)
    store = SqlStore(Database(f"sqlite:///{folder}/hub.db"))
    engine = Engine(store, lambda target: limiter, time, transport=lambda target: transport_to(box))
    return engine, Target(tool, plugin(tool), settings)
