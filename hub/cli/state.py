"""`hub status` and `hub history`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from hub.app import App
from hub.changes.render import duration
from hub.cli import show
from hub.cli.common import with_app
from hub.cli.telling import trouble
from hub.cli.terminal import plural, print_json, say
from hub.engine.ports import Publication
from hub.notify.destinations import usable_destinations
from hub.shapes.publishing import publication_data
from hub.standing import target_status
from hub.store.outbox import Health

UNSETTLED = ("drifted", "gone", "unknown")
"""States of a target that somebody should look at."""


@with_app
def show_status(app: App, as_json: bool) -> int:
    """`hub status`: where each target stands as far as it was last read; 2 when one is not known to be in sync. Asks
    no tool."""
    data: dict[str, Any] = {
        "targets": [target_status(app, name, own) for name, own in app.config.own_settings().items()],
        "plans": [asdict(one) for one in app.store.plans()],
        "notifications": [asdict(one) for one in destinations_health(app)],
        "approvals": [asdict(one) for one in app.store.approvals.waiting()],
        "unfinished": [publication_data(one) for one in app.store.publications() if one.status in show.UNFINISHED],
    }
    if as_json:
        print_json(data)
    else:
        _show(data)
    return 2 if any(one["state"] in UNSETTLED for one in data["targets"]) else 0


def destinations_health(app: App) -> list[Health]:
    """How the configured destinations are doing, and what keeps one from being used at all."""
    _, problem = usable_destinations(app.config)
    broken = [Health(one.place, reason=one.message, hint=one.hint) for one in (problem.problems if problem else ())]
    return [*broken, *(one for one in app.store.outbox.health() if one.destination in app.config.notify)]


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
    for one in data["approvals"]:
        say(f"a publish of {one['plan']} waits for approval: hub approvals give {one['fingerprint']}", fg="yellow")
    for health in (Health(**one) for one in data["notifications"]):
        if health.reason:
            say(f"notifications: {trouble(health)}", fg="yellow")


STATE_COLORS = {"in sync": "green", "drifted": "yellow", "gone": "red", "unknown": "red"}


def _show_target(one: dict[str, Any]) -> None:
    age = "" if one["age"] is None else f", read {duration(one['age'])} ago"
    say(one["target"], end=False, bold=True)
    say(f" ({one['tool']}): ", end=False)
    say(one["state"], end=False, fg=STATE_COLORS.get(one["state"]))
    say(f"; {plural(one['managed'], 'managed document')}{age}")
    if one["drift"]:
        oldest = show.moment(one["drift"][0]["since"])
        late = f", later than {duration(one['slo'])} allow" if one["late"] else ""
        drifting = f"  {plural(len(one['drift']), 'field')} undecided, the oldest since {oldest}{late}"
        say(drifting, fg="red" if one["late"] else "yellow")
    _show_some("~", one["differing"], "differ")
    _show_some("-", one["gone"], "are gone")
    for why, count in Counter(entry["why"] for entry in one["unknown"]).items():
        say(f"  ? {plural(count, 'document')} unknown: {why}", fg="red")
    _show_gaps(one["coverage"])
    if one["state"] == "unknown":
        say(f"  → hub reconcile --target {one['target']} reads it again")


def _show_some(sign: str, addresses: list[str], what: str) -> None:
    for address in addresses[: show.FEW]:
        say(f"  {sign} {address}")
    if len(addresses) > show.FEW:
        say(f"  ... and {len(addresses) - show.FEW} more {what} (--json lists them)")


def _show_gaps(coverage: list[dict[str, Any]]) -> None:
    """Lists that are not complete, those that are so for one reason in one line."""
    gaps: dict[tuple[str, str], list[str]] = {}
    for one in coverage:
        if one["completeness"] != "complete":
            gaps.setdefault((one["completeness"], one["why"]), []).append(one["scope"])
    for (completeness, why), scopes in gaps.items():
        more = f" and {len(scopes) - 1} more" if len(scopes) > 1 else ""
        say(f"  ? {scopes[0]}{more}: {completeness} {why}".rstrip(), fg="yellow")


@with_app
def show_history(app: App, publication: str | None, as_json: bool) -> int:
    """`hub history`: past publications, newest first; or one of them with the receipt of every write."""
    if publication:
        return _one(app, publication, as_json)
    found = app.store.publications()
    if as_json:
        print_json([publication_data(one) for one in found])
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
        print_json({**publication_data(publication), "record": record})
        return 0
    show.publication(publication)
    for run in publication.targets:
        say()
        say(run.target, bold=True)
        for row in app.store.receipt_rows(publication.id, run.target):
            say(f"  {row['outcome']:<10} {row['verb']:<7} {row['address']}  {row['message']}".rstrip())
    return 0
