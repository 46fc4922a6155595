"""One decision in a process of its own: `python -m tests.benchmarks.memory EVENTS PROPERTIES` prints what it took."""

from __future__ import annotations

import gc
import json
import resource
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.decisions import decide
from tests.benchmarks.figures import cpu_seconds
from tests.benchmarks.world import World, plan_of, spelled


def measured(events: int, properties: int) -> dict[str, float]:
    """CPU seconds of a preview without changes; megabytes before it and at its peak, and the difference."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        plan = plan_of(events, properties)
        world.show({tool: spelled(documents) for tool, documents in world.project(plan).items()})
        gc.collect()
        before = _held()
        seconds = cpu_seconds(lambda: decide(world, plan), repeat=1)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "before_mb": before, "peak_mb": peak, "decision_mb": peak - before}


def _held() -> float:
    """The memory this process holds now, in megabytes; its peak so far where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
