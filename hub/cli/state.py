"""`hub status` and `hub history`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from connectors.contract import Snapshot
from hub.app import App
from hub.changes.changeset import Base
from hub.changes.render import duration
from hub.cli import show
from hub.cli.common import common, print_json, with_app


@click.command("status")
@common
@with_app
def status_command(app: App, as_json: bool) -> int:
    """Where each target stands as far as it was last read, and what the hub does not know. Asks no tool."""
    data = {
        "targets": [target_status(app, name, table) for name, table in app.config.targets.items()],
        "plans": [asdict(one) for one in app.store.plans()],
        "unfinished": [
            show.publication_data(one)
            for one in app.store.publications()
            if one.status not in ("published", "superseded")
        ],
    }
    if as_json:
        print_json(data)
    else:
        _show(data)
    return 0


def target_status(app: App, name: str, table: Any) -> dict[str, Any]:
    """What is known of one target: managed documents that hold, that differ, and that are unknown or gone."""
    snapshot = app.store.last_snapshot(name)
    base = app.store.base(name)
    known: dict[str, Any] = {"target": name, "tool": table.get("tool", ""), "managed": len(base)}
    if snapshot is None:
        return {**known, "state": "never read", "age": None, "documents": 0, "coverage": []}
    differing = [address for address, digest in base.items() if _differs(snapshot, address, digest)]
    return {
        **known,
        "state": "drifted" if differing else "unknown" if _incomplete(snapshot, base) else "in sync",
        "age": round(app.engine.time.now() - snapshot.taken_at, 1),
        "documents": len(snapshot.documents),
        "differing": [str(address) for address in differing],
        "coverage": [
            {"scope": str(one.scope), "completeness": one.completeness, "since": one.since, "why": one.why}
            for one in snapshot.coverage
            if one.completeness != "complete" or not one.scope.names
        ],
    }


def _differs(snapshot: Snapshot, address: Any, digest: str) -> bool:
    held = snapshot.documents.get(address)
    return held.hash != digest if held is not None else snapshot.knows_absent(address)


def _incomplete(snapshot: Snapshot, base: Base) -> bool:
    return any(address not in snapshot.documents and not snapshot.knows_absent(address) for address in base)


def _show(data: dict[str, Any]) -> None:
    if not data["targets"]:
        click.echo("no target is configured\n  → hub connect TOOL")
    for one in data["targets"]:
        age = "" if one["age"] is None else f", read {duration(one['age'])} ago"
        click.secho(f"{one['target']}", bold=True, nl=False)
        click.echo(f" ({one['tool']}): {one['state']}; {one['managed']} managed documents{age}")
        for address in one.get("differing", [])[: show.FEW]:
            click.echo(f"  ~ {address}")
        for gap in one["coverage"]:
            if gap["completeness"] != "complete":
                click.secho(f"  ? {gap['scope']}: {gap['completeness']} {gap['why']}", fg="yellow")
    for plan in data["plans"]:
        click.echo(f"plan {plan['plan']}: version {plan['number']}")
    for one in data["unfinished"]:
        click.secho(f"publication {one['id']} of {one['plan']}: {one['status']}", fg="yellow")
        click.echo(f"  → hub publish --resume {one['id']}")


@click.command("history")
@click.argument("publication", required=False)
@common
@with_app
def history_command(app: App, publication: str | None, as_json: bool) -> int:
    """Past publications, newest first; or one PUBLICATION with the receipt of every write."""
    if publication:
        return _one(app, publication, as_json)
    found = app.store.publications()
    if as_json:
        print_json([show.publication_data(one) for one in found])
        return 0
    for one in found:
        states = ", ".join(f"{run.target} {run.status}" for run in one.targets)
        click.echo(
            f"{one.id}  {show.moment(one.started)}  {one.plan} v{one.version}  {one.status}  ({states})  {one.who}"
        )
    if not found:
        click.echo("nothing was published yet\n  → hub publish PLAN")
    return 0


def _one(app: App, identity: str, as_json: bool) -> int:
    publication = app.store.publication(identity)
    record = app.store.record(publication.receipt) if publication.receipt else None
    if as_json:
        print_json({**show.publication_data(publication), "record": record})
        return 0
    show.publication(publication)
    for run in publication.targets:
        click.secho(f"\n{run.target}", bold=True)
        for row in app.store.receipt_rows(publication.id, run.target):
            click.echo(f"  {row['outcome']:<10} {row['verb']:<7} {row['address']}  {row['message']}")
    return 0
