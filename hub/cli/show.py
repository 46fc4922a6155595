"""How previews, publications and findings look in a terminal."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from connectors.contract import Operation
from hub.changes.changeset import TargetChanges
from hub.changes.diff import field_changes
from hub.changes.guard import Violation
from hub.changes.merge import ABSENT, Value
from hub.changes.render import duration, forecast_text
from hub.engine.ports import Publication
from hub.engine.preview import Preview
from mappings.canonical.kinds import JSON
from mappings.contract import Finding

EDIT_WORDS = {
    "restore": "edited in the tool, restored:",
    "keep": "edited in the tool, stays:",
    "propose": "edited in the tool, proposed:",
    "conflict": "edited on both sides, stays until decided:",
}
FEW = 12
"""How many operations or findings of one target are listed without --full."""
SIGNS = {"create": "+", "update": "~", "rename": "→", "hide": "◌", "delete": "-"}
COLORS = {"create": "green", "update": "yellow", "rename": "cyan", "hide": "magenta", "delete": "red"}
STATUS_COLORS = {"published": "green", "partial": "yellow", "waiting": "yellow", "failed": "red"}


def preview(seen: Preview, *, full: bool) -> None:
    """The preview, target by target, each write by event, then what stands against it."""
    for changes in seen.changeset.targets:
        _target(changes, full)
    for one in seen.unreachable:
        click.secho(f"\n{one.target}: cannot be read", fg="red", bold=True)
        click.echo(f"  {one.error}")
    if seen.changeset.empty and not seen.unreachable:
        click.echo("\nNothing to do: every target holds the plan.")
    else:
        click.echo(f"\nfingerprint {seen.changeset.fingerprint}")
    guards(seen.violations)


def _target(changes: TargetChanges, full: bool) -> None:
    counts = Counter(operation.verb for operation in changes.operations)
    summary = ", ".join(f"{count} {verb}" for verb, count in counts.items()) or "in sync"
    click.secho(f"\n{changes.target}", bold=True, nl=False)
    click.echo(f" ({changes.tool}): {summary}; {len(changes.in_sync)} already there")
    if changes.operations:
        click.echo(f"  forecast: {forecast_text(changes.forecast)}")
    operations = changes.operations if full else changes.operations[:FEW]
    for operation in operations:
        _operation(operation, full)
    _more(len(changes.operations) - len(operations), "operations")
    for edit in changes.edits[: None if full else FEW]:
        click.secho(f"  {EDIT_WORDS[edit.verdict]} {_line(' › '.join(edit.path))}", fg="cyan")
        click.echo(f"      plan {side(edit.ours)} | tool {side(edit.theirs)} | last published {side(edit.base)}")
    for address, why in changes.unknown[: None if full else FEW]:
        click.secho(f"  ? {address}: unknown, left alone ({why})", fg="yellow")
    findings(changes.findings, full=full, indent="  ")


def _operation(operation: Operation, full: bool) -> None:
    sign = click.style(SIGNS[operation.verb], fg=COLORS[operation.verb])
    click.echo(f"  {sign} {operation.verb} {_line(str(operation.address))}")
    before = operation.before.body if operation.before else {}
    after = operation.document.body if operation.document else {}
    if operation.verb in ("create", "delete") and not full:
        return
    for change in field_changes(before, after):
        click.echo(f"      {_line('.'.join(change.path))}: {value(change.before)} → {value(change.after)}")


def findings(found: Iterable[Finding], *, full: bool, indent: str = "") -> None:
    """Findings grouped by what they are, with the first place of each, or one by one."""
    by_code: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in found:
        by_code[finding.severity, finding.code].append(finding)
    rank = {"error": 0, "warning": 1, "info": 2}
    groups = sorted(by_code.items(), key=lambda group: (rank[group[0][0]], group[0][1]))
    for (severity, code), some in groups if full else groups[:FEW]:
        color = {"error": "red", "warning": "yellow"}.get(severity)
        times = f" ×{len(some)}" if len(some) > 1 else ""
        click.secho(f"{indent}{severity} {code}{times}: {_line(some[0].message)}", fg=color)
        for finding in some if full else some[:1]:
            click.echo(f"{indent}    at {_line(' › '.join(finding.path))}")
        if some[0].hint:
            click.echo(f"{indent}    → {some[0].hint}")
    if not full:
        _more(len(groups) - FEW, "kinds of findings")


def guards(found: Iterable[Violation]) -> None:
    for violation in found:
        click.secho(f"guard {violation.guard} ({violation.target}): {violation.message}", fg="red")
        click.echo(f"  → {violation.hint}")


def publication(done: Publication) -> None:
    """What came of a publish, target by target."""
    click.secho(f"\n{done.plan} version {done.version}: {done.status}", fg=STATUS_COLORS.get(done.status), bold=True)
    for run in done.targets:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in run.outcomes.items()) or "nothing to write"
        state = click.style(run.status, fg=STATUS_COLORS.get(run.status))
        click.echo(f"  {run.target}: {state}; {outcomes}; {run.verified} verified; {duration(run.seconds)}")
        if run.message:
            click.echo(f"    {_line(run.message)}")
            click.echo(f"    → {run.hint}")
    click.echo(f"publication {done.id}, receipt {done.receipt[:16]}")
    if done.status in ("partial", "waiting", "failed"):
        click.echo(f"  → hub publish --resume {done.id}")


def publication_data(done: Publication) -> dict[str, Any]:
    """The shape of `hub publish --json` and of each entry of `hub history --json`."""
    return {**asdict(done), "targets": [asdict(run) for run in done.targets]}


def side(content: Value) -> str:
    """A value of one side of a merge; where there is none, a dash."""
    return "–" if content is ABSENT else value(content)


def value(content: JSON) -> str:
    """A value on one line, cut where it is long."""
    text = "(none)" if content is None else json.dumps(content, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


def _line(text: str) -> str:
    """Control characters and line breaks of names and texts must not rule the terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _more(count: int, what: str) -> None:
    if count > 0:
        click.echo(f"  ... and {count} more {what} (--full shows all)")


def moment(at: float | None) -> str:
    """A time in the reader's zone."""
    return "-" if at is None else datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
