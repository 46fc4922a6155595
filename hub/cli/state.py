"""`hub status` and `hub history`."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import asdict
from typing import Any

from connectors.contract import Snapshot
from hub.app import App
from hub.changes.render import duration
from hub.cli import show
from hub.cli.common import with_app
from hub.cli.terminal import plural, print_json, say
from hub.config import TargetSettings
from hub.engine.ports import Publication
from mappings.contract import Address


@with_app
def show_status(app: App, as_json: bool) -> int:
    """`hub status`: where each target stands as far as it was last read. Asks no tool."""
    data = {
        "targets": [target_status(app, name, own) for name, own in app.config.own_settings().items()],
        "plans": [asdict(one) for one in app.store.plans()],
        "unfinished": [show.publication_data(one) for one in app.store.publications() if one.status in show.UNFINISHED],
    }
    if as_json:
        print_json(data)
    else:
        _show(data)
    return 0


def target_status(app: App, name: str, own: TargetSettings) -> dict[str, Any]:
    """What is known of one target: managed documents that hold, that differ, and that are unknown or gone."""
    snapshot = app.store.last_snapshot(name)
    base = app.store.base(name)
    known: dict[str, Any] = {"target": name, "tool": own.tool, "managed": len(base), **_drift(app, name, own)}
    if snapshot is None:
        return {**known, "state": "never read", "age": None, "documents": 0, "differing": [], "coverage": []}
    differing = [one for one, digest in base.items() if _differs(snapshot, one, digest)]
    return {
        **known,
        "state": "drifted" if differing else "unknown" if _incomplete(snapshot, base.keys()) else "in sync",
        "age": round(app.engine.time.now() - snapshot.taken_at, 1),
        "documents": len(snapshot.documents),
        "differing": [str(address) for address in differing],
        "coverage": [
            {"scope": str(one.scope), "completeness": one.completeness, "since": one.since, "why": one.why}
            for one in snapshot.coverage
            if one.completeness != "complete" or not one.scope.names
        ],
    }


def _drift(app: App, name: str, own: TargetSettings) -> dict[str, Any]:
    """The fields that reconcile found to differ, oldest first, and whether one is older than the target's `slo`."""
    now = app.engine.time.now()
    drifting = app.store.decisions.drifting(name)
    oldest = now - drifting[0][1] if drifting else None
    return {
        "drift": [{"path": list(path), "since": since} for path, since in drifting],
        "slo": own.slo_seconds,
        "late": own.slo_seconds is not None and oldest is not None and oldest > own.slo_seconds,
    }


def _differs(snapshot: Snapshot, address: Address, digest: str) -> bool:
    held = snapshot.documents.get(address)
    return held.hash != digest if held is not None else snapshot.knows_absent(address)


def _incomplete(snapshot: Snapshot, managed: Set[Address]) -> bool:
    return any(address not in snapshot.documents and not snapshot.knows_absent(address) for address in managed)


def _show(data: dict[str, Any]) -> None:
    if not data["targets"]:
        say("no target is configured")
        say("  → hub connect TOOL")
    for one in data["targets"]:
        _show_target(one)
    for plan in data["plans"]:
        say(f"plan {plan['plan']}: version {plan['number']}")
    for one in data["unfinished"]:
        say(f"publication {one['id']} of {one['plan']}: {one['status']}", fg="yellow")
        say(f"  → hub publish --resume {one['id']}")


def _show_target(one: dict[str, Any]) -> None:
    age = "" if one["age"] is None else f", read {duration(one['age'])} ago"
    say(one["target"], end=False, bold=True)
    say(f" ({one['tool']}): {one['state']}; {plural(one['managed'], 'managed document')}{age}")
    if one["drift"]:
        oldest = show.moment(one["drift"][0]["since"])
        late = f", later than {duration(one['slo'])} allow" if one["late"] else ""
        drifting = f"  {plural(len(one['drift']), 'field')} undecided, the oldest since {oldest}{late}"
        say(drifting, fg="red" if one["late"] else "yellow")
    for address in one["differing"][: show.FEW]:
        say(f"  ~ {address}")
    if len(one["differing"]) > show.FEW:
        say(f"  ... and {len(one['differing']) - show.FEW} more differ (--json lists them)")
    for gap in one["coverage"]:
        if gap["completeness"] != "complete":
            say(f"  ? {gap['scope']}: {gap['completeness']} {gap['why']}", fg="yellow")


@with_app
def show_history(app: App, publication: str | None, as_json: bool) -> int:
    """`hub history`: past publications, newest first; or one of them with the receipt of every write."""
    if publication:
        return _one(app, publication, as_json)
    found = app.store.publications()
    if as_json:
        print_json([show.publication_data(one) for one in found])
        return 0
    for one in found:
        _show_line(one)
    if not found:
        say("nothing was published yet")
        say("  → hub publish PLAN")
    return 0


def _show_line(one: Publication) -> None:
    states = ", ".join(f"{run.target} {run.status}" for run in one.targets)
    say(f"{one.id}  {show.moment(one.started)}  {one.plan} v{one.version}  ", end=False)
    say(one.status, end=False, fg=show.STATUS_COLORS.get(one.status))
    say(f"  ({states})  {one.who}")


def _one(app: App, identity: str, as_json: bool) -> int:
    publication = app.store.publication(identity)
    record = app.store.record(publication.receipt) if publication.receipt else None
    if as_json:
        print_json({**show.publication_data(publication), "record": record})
        return 0
    show.publication(publication)
    for run in publication.targets:
        say()
        say(run.target, bold=True)
        for row in app.store.receipt_rows(publication.id, run.target):
            say(f"  {row['outcome']:<10} {row['verb']:<7} {row['address']}  {row['message']}".rstrip())
    return 0
