"""What is known of a target after a reading: gone when two different readings agree, unknown when it was not read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from connectors.contract import Budget, Completeness, Coverage, Snapshot
from connectors.errors import NotEntitled, ToolError
from connectors.lookup import LooksUp, asked_by_name
from hub.engine.target import Engine, Target
from mappings.contract import EMPTY, Address

UNREAD: frozenset[Completeness] = frozenset({"failed", "not-entitled"})
"""Lists of which nothing was seen this time: what is shown of them is what was known before."""
A_MOMENT = 0.001
"""Seconds; looks for the reading before one."""


def unknown(snapshot: Snapshot, addresses: Iterable[Address]) -> tuple[tuple[Address, str], ...]:
    """Those of which the reading does not tell whether they are there or what they hold, each with the reason."""
    failed = any(one.completeness in UNREAD for one in snapshot.coverage)
    doubtful = addresses if failed else unseen(snapshot, addresses)
    return tuple((one, _why(snapshot, one)) for one in doubtful if _is_unknown(snapshot, one))


def unseen(snapshot: Snapshot, addresses: Iterable[Address]) -> list[Address]:
    """Those that the reading does not show: nearly always none of very many."""
    held = snapshot.documents.keys()
    return [one for one in addresses if one not in held]


def _is_unknown(snapshot: Snapshot, address: Address) -> bool:
    coverage = snapshot.coverage_of(address)
    if address in snapshot.documents:
        return coverage is not None and coverage.completeness in UNREAD
    return not snapshot.knows_absent(address)


def _why(snapshot: Snapshot, address: Address) -> str:
    coverage = snapshot.coverage_of(address)
    return f"{coverage.completeness}: {coverage.why}".rstrip(": ") if coverage else "its list was not read"


def confirmed(
    engine: Engine, target: Target, snapshot: Snapshot, watched: Collection[Address], budget: Budget
) -> Snapshot:
    """The reading, with what is gone of the watched confirmed by a second, different one within the same budget.

    Where the two disagree, or the second fails, the place is unknown. What was confirmed before and has not come back
    is not asked for again. The result is remembered.
    """
    missing = unseen(snapshot, watched)
    gone = frozenset(one for one in missing if snapshot.knows_absent(one) and not asked_by_name(snapshot, one))
    if not gone:
        return snapshot
    earlier = _confirmed_earlier(engine, target, snapshot, gone)
    doubted = gone - {one.scope for one in earlier}
    left = None if budget.units is None else max(budget.units - snapshot.requests, 0.0)
    found, requests = _second_opinion(engine, target, doubted, left, snapshot.taken_at) if doubted else ([], 0)
    coverage = (*snapshot.coverage, *earlier, *found)
    surer = Snapshot(snapshot.documents, coverage, snapshot.taken_at, snapshot.requests + requests)
    engine.store.keep_snapshot(target.name, surer)
    return surer


def _confirmed_earlier(engine: Engine, target: Target, snapshot: Snapshot, gone: Collection[Address]) -> list[Coverage]:
    before = engine.store.snapshot_at(target.name, snapshot.taken_at - A_MOMENT)
    if before is None:
        return []
    found = (before.coverage_of(one) for one in sorted(gone) if asked_by_name(before, one))
    return [one for one in found if one is not None]


def _second_opinion(
    engine: Engine, target: Target, gone: frozenset[Address], units: float | None, now: float
) -> tuple[list[Coverage], int]:
    """What another sort of request says of each, as a coverage of its own, and how many requests that took."""
    try:
        with engine.connected(target) as connector:
            if isinstance(connector, LooksUp):
                second = connector.look_up(gone, units)
            else:
                second = connector.observe(None, Budget(units, only=gone))
    except ToolError as error:
        why = f"gone in one reading, and the second failed: {error.message}"
        return [Coverage(one, "partial", now, why) for one in sorted(gone)], 0
    return [_verdict(second, one) for one in sorted(gone)], second.requests


def _verdict(second: Snapshot, address: Address) -> Coverage:
    if second.knows_absent(address):
        return Coverage(address, "complete", second.taken_at, "two different readings did not find it")
    coverage = second.coverage_of(address)
    why = "two readings disagree" if address in second.documents or coverage is None else coverage.why
    return Coverage(address, "partial", second.taken_at, why)


def note_failure(engine: Engine, target: Target, error: ToolError) -> None:
    """Remember that a target could not be read, and why: what was known stays, as old as it is, and is not believed."""
    before = engine.store.last_snapshot(target.name) or Snapshot(EMPTY, (), NEVER)
    completeness: Completeness = "not-entitled" if isinstance(error, NotEntitled) else "failed"
    known = {Address(kind, ()): Coverage(Address(kind, ()), completeness, before.taken_at) for kind in _kinds(target)}
    known |= {one.scope: one for one in before.coverage}
    coverage = tuple(replace(one, completeness=completeness, why=str(error)) for one in known.values())
    engine.store.keep_snapshot(target.name, Snapshot(before.documents, coverage, before.taken_at))


NEVER = 0.0
"""When a target was read that never could be read."""


def _kinds(target: Target) -> tuple[str, ...]:
    return target.mapping.waves
