"""Each mapping by itself, and plan files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from hub.files import load
from mappings.canonical.identity import expand
from mappings.contract import EMPTY
from tests.benchmarks.figures import Figure, cpu_seconds
from tests.benchmarks.world import TOOLS, World, plan_data, plan_of


def mappings(events: int = 2_000, properties: int = 20, repeat: int = 3) -> Iterator[Figure]:
    """to_tool and from_tool of each tool. Four to_tools are part of a decision of two seconds."""
    plan = expand(plan_of(events, properties))
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
    for tool in TOOLS:
        mapping = world.mapping(tool)
        documents = mapping.to_tool(plan, EMPTY).documents
        there = cpu_seconds(lambda: mapping.to_tool(plan, EMPTY), repeat=repeat)  # noqa: B023
        back = cpu_seconds(lambda: mapping.from_tool(documents), repeat=repeat)  # noqa: B023
        yield Figure(f"to-tool-{tool}-{events}", "s", there, 0.4)
        yield Figure(f"from-tool-{tool}-{events}", "s", back, 0.5)


def plan_files(*sizes: int, properties: int = 20, repeat: int = 2) -> Iterator[Figure]:
    """Loading one YAML file of a whole plan, against the bare YAML parser on the same text."""
    for events in sizes or (2_000, 5_000):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "plan.yaml"
            file.write_text(_yaml(events, properties), encoding="utf-8")
            spent = cpu_seconds(lambda: load(file), repeat=repeat)  # noqa: B023
            bare = cpu_seconds(lambda: _parsed(file), repeat=repeat)  # noqa: B023
        yield Figure(f"plan-file-{events}", "s", spent, None, spent / bare, 2.0, "the YAML parser alone")


def _yaml(events: int, properties: int) -> str:
    """The plan as a person writes it: an event a block, its properties one line each."""
    lines = ["name: Bench", "events:"]
    for name, event in plan_data(events, properties)["events"].items():
        lines.append(f"  {name}:")
        lines += [f"    {field}: {json.dumps(value)}" for field, value in event.items() if field != "properties"]
        lines.append("    properties:")
        lines += [f"      {field}: {json.dumps(value)}" for field, value in event["properties"].items()]
    return "\n".join(lines) + "\n"


def _parsed(file: Path) -> object:
    with file.open("rb") as stream:
        return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
