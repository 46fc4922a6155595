"""How long the hub thinks: preview of big plans once the tools were read, and merging."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from hub.changes.merge import merge
from hub.engine.preview import Preview, preview
from hub.engine.reconcile import reconcile
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content
from mappings.canonical.text import content_hash
from mappings.contract import Document, Documents
from tests.benchmarks.figures import Figure, cpu_seconds
from tests.benchmarks.world import Spelled, World, plan_data, plan_of, reworded, spelled

GOAL, RATIO_GOAL = 2.0, 6.0
"""Seconds for 2,000 events, and times the reading and hashing of the same documents."""
RECONCILE_GOAL = 4.0
"""Seconds for 10,000 events."""
MEMORY_GOAL = 500.0
FLOOR = "json.loads and hashing of the same documents"


def decision(events: int = 2_000, properties: int = 20, repeat: int = 3) -> Iterator[Figure]:
    """Preview of a first publish, of no change and of five changed events, with four targets."""
    plan = plan_of(events, properties)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        texts = {tool: spelled(documents) for tool, documents in world.project(plan).items()}
        floor = cpu_seconds(lambda: _read_and_hash(texts), repeat=repeat)
        yield Figure(f"floor-{events}", "s", floor, of=FLOOR)
        cases = {
            "first": (plan, world.show_nothing),
            "no-change": (plan, lambda: world.show(texts)),
            "five-changes": (reworded(plan, 5), lambda: world.show(texts)),
        }
        for name, (wanted, prepare) in cases.items():
            spent = cpu_seconds(lambda: decide(world, wanted), prepare=prepare, repeat=repeat)  # noqa: B023
            yield Figure(f"preview-{name}-{events}", "s", spent, GOAL, spent / floor, RATIO_GOAL, "floor")


def decide(world: World, plan: TrackingPlan) -> Preview:
    """The preview with the fingerprint that a person is shown."""
    seen = preview(world.engine, plan, world.targets)
    assert seen.changeset.fingerprint and not seen.unreachable
    return seen


def _read_and_hash(texts: dict[str, list[Spelled]]) -> list[str]:
    return [content_hash(json.loads(one.text)) for found in texts.values() for one in found]


def growth(events: int = 10_000, properties: int = 20, smaller: int = 2_000) -> Iterator[Figure]:
    """Time per event of a big plan against a smaller one, and the memory the decision about the big one takes."""
    small, big = _in_a_process(smaller, properties), _in_a_process(events, properties)
    steeper = (big["seconds"] / events) / (small["seconds"] / smaller)
    yield Figure(
        f"preview-no-change-{events}",
        "s",
        big["seconds"],
        GOAL * events / 2_000,
        steeper,
        1.15,
        f"the time per event of {smaller}",
    )
    yield Figure(f"memory-of-decision-{events}", "MB", big["decision_mb"], MEMORY_GOAL)
    yield Figure(f"memory-of-plan-and-readings-{events}", "MB", big["before_mb"])
    yield Figure(f"memory-peak-of-process-{events}", "MB", big["peak_mb"])


def _in_a_process(events: int, properties: int) -> dict[str, float]:
    """The figures that `tests.benchmarks.memory` prints: peak memory is one of a process, and only ever grows."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", str(events), str(properties)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def reconciling(events: int = 10_000, properties: int = 20, repeat: int = 1) -> Iterator[Figure]:
    """The whole decision of a reconcile with four targets, from readings and the base to proposals: nobody edited
    anything, and five events were edited in each tool. In terms of comparing the same documents one by one."""
    plan = plan_of(events, properties)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        wanted = world.project(plan)
        texts = {tool: spelled(documents) for tool, documents in wanted.items()}
        world.show(texts)
        alone = cpu_seconds(lambda: _compare(world, wanted), prepare=lambda: world.show(texts), repeat=repeat)
        yield Figure(f"diff-alone-{events}", "s", alone)
        for name, edits in (("no-edits", 0), ("five-edits", 5)):

            def prepare(edits: int = edits) -> None:
                world.show(texts)
                world.edit(edits)

            spent = cpu_seconds(lambda: _reconcile(world, plan, edits), prepare=prepare, repeat=repeat)  # noqa: B023
            goal = RECONCILE_GOAL * events / 10_000
            yield Figure(f"reconcile-{name}-{events}", "s", spent, goal, spent / alone, None, "diff alone")


def _compare(world: World, wanted: Mapping[str, Documents]) -> list[int]:
    """How many documents differ, hashes of both sides included."""
    mine = {tool: [Document(one.address, one.body) for one in found.values()] for tool, found in wanted.items()}
    return [sum(not world.store.held[tool][one.address].equals(one) for one in mine[tool]) for tool in mine]


def _reconcile(world: World, plan: TrackingPlan, edits: int) -> None:
    report = reconcile(world.engine, plan, world.targets, {}, who="bench")
    assert report.drifted is bool(edits)


def merging(events: int = 5_000, properties: int = 20, repeat: int = 3) -> Iterator[Figure]:
    """The three-way merge of whole plans of which each side changed five events."""
    base, ours, theirs = (content(plan_of(events, properties)) for _ in range(3))
    names = list(ours["events"])
    for name in names[:5]:
        ours["events"][name]["description"] = "Ours."
    for name in names[-5:]:
        theirs["events"][name]["description"] = "Theirs."
    yield Figure(f"merge-{events}", "s", cpu_seconds(lambda: merge(base, ours, theirs), repeat=repeat), 0.1)


def hashing(events: int = 2_000, properties: int = 20, repeat: int = 3) -> Iterator[Figure]:
    """The canonical content hash of whole events, against the writing of the same as JSON."""
    things = list(plan_data(events, properties)["events"].values())
    plain = cpu_seconds(lambda: [json.dumps(thing, sort_keys=True) for thing in things], repeat=repeat)
    spent = cpu_seconds(lambda: [content_hash(thing) for thing in things], repeat=repeat)
    yield Figure(f"hash-{events}", "s", spent, None, spent / plain, 1.5, "json.dumps with sorted keys")
