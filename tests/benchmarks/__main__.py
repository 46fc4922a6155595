"""`python -m tests.benchmarks [--json] [NAME...]`: measure; print a table or JSON. Exits 0 whatever was measured."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.benchmarks import decisions, pages, processes, remembering, translating
from tests.benchmarks.figures import Figure, as_json, as_row

BENCHMARKS: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "decision": decisions.decision,
    "growth": decisions.growth,
    "reconcile": decisions.reconciling,
    "merge": decisions.merging,
    "hash": decisions.hashing,
    "mappings": translating.mappings,
    "plan-files": translating.plan_files,
    "snapshots": remembering.snapshots,
    "publish": remembering.publishing,
    "pages": pages.pages,
    "commands": processes.commands,
}


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmarks, all when none is named. 64 for a name that does not exist."""
    names = [one for one in arguments if one != "--json"]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 64
    figures = (figure for name in names or BENCHMARKS for figure in BENCHMARKS[name]())
    if "--json" in arguments:
        print(as_json(figures))
        return 0
    for figure in figures:
        print(as_row(figure), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
