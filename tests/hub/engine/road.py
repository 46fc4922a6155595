"""The road back in one line each: what a person does in a notebook, what reconcile says, what people decide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from connectors.contract import Budget, Coverage, Snapshot
from connectors.testing.template import PLUGIN
from connectors.testing.template.connector import NotebookConnector
from hub.engine.deciding import AS_PROPOSED, accepted, remember
from hub.engine.ports import ProposalState, StoredProposal
from hub.engine.reconcile import Mode, Report, TargetReport, reconcile
from mappings.canonical import TrackingPlan
from mappings.contract import Address, Documents
from tests.hub.engine.bench import Bench

EDITED = ("events", "Boat Rented", "description")


def person(bench: Bench, name: str, target: str = "lab", **fields: Any) -> None:
    """Somebody writes these fields of a page."""
    bench.boxes[target].edit({"do": "write", "name": name, **fields})


def erase(bench: Bench, name: str, target: str = "lab") -> None:
    bench.boxes[target].edit({"do": "delete", "name": name})


def text(bench: Bench, name: str = "Boat Rented", target: str = "lab") -> str:
    found: str = bench.boxes[target].pages[name].get("text", "")
    return found


def look(bench: Bench, plan: TrackingPlan, mode: Mode = "propose") -> Report:
    """One reconcile, a minute after whatever was before."""
    bench.time.sleep(60)
    return reconcile(bench.engine, plan, bench.targets, {one.name: mode for one in bench.targets}, who="dana")


def seen(report: Report, target: str = "lab") -> TargetReport:
    return next(one for one in report.targets if one.target == target)


def waiting(bench: Bench) -> list[StoredProposal]:
    """The open proposals."""
    return bench.store.decisions.of_plan("Harbour", "open")


def accept(
    bench: Bench, plan: TrackingPlan, stored: StoredProposal | None = None, value: Any = AS_PROPOSED
) -> TrackingPlan:
    """The plan after accepting a proposal, the only open one by default."""
    chosen = stored or _only(waiting(bench))
    changed = accepted(plan, chosen, value, "2026-06-01")
    decide(bench, "accepted" if value is AS_PROPOSED else "edited", chosen)
    return changed


def decide(bench: Bench, state: ProposalState, stored: StoredProposal | None = None) -> StoredProposal:
    return remember(bench.engine, stored or _only(waiting(bench)), state, who="dana", why="")


def _only(found: list[StoredProposal]) -> StoredProposal:
    (one,) = found
    return one


def blind(bench: Bench, *names: str, target: str = "lab") -> None:
    """From now on this notebook's list does not show these pages, and says that it is not complete."""

    class Blinkered(NotebookConnector):
        def observe(self, known: Snapshot | None, budget: Budget) -> Snapshot:
            return _without(super().observe(known, budget), names)

    plugin = replace(PLUGIN, connect=Blinkered) if names else PLUGIN
    bench.targets = [replace(one, plugin=plugin) if one.name == target else one for one in bench.targets]


def _without(snapshot: Snapshot, names: Collection[str]) -> Snapshot:
    shown = Documents(one for address, one in snapshot.documents.items() if address.names[0] not in names)
    coverage = Coverage(Address("page", ()), "partial", snapshot.taken_at, "the list ended early")
    return Snapshot(shown, (coverage,), snapshot.taken_at, snapshot.requests)
