"""How previews, publications and findings look in a terminal."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from connectors.contract import Operation
from hub.changes.changeset import TargetChanges
from hub.changes.diff import field_changes
from hub.changes.guard import Violation
from hub.changes.merge import ABSENT, Value
from hub.changes.render import duration, forecast_text
from hub.cli.terminal import LONG, brief, plural, say
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
NOTHING = "Nothing to do: every target holds the plan."
UNFINISHED = ("running", "waiting", "paused", "partial", "failed")
"""A publication in one of these states can be resumed."""
STATUS_COLORS = {"published": "green", "partial": "yellow", "waiting": "yellow", "paused": "yellow", "failed": "red"}


def preview(seen: Preview, *, full: bool) -> None:
    """The preview, target by target, each write by event, then what stands against it."""
    for changes in seen.changeset.targets:
        _target(changes, full)
    for one in seen.unreachable:
        say()
        say(f"{one.target}: cannot be read", fg="red", bold=True)
        say(f"  {one.error}")
    say()
    if seen.changeset.empty and not seen.unreachable:
        undecided = sum(edit.verdict in ("propose", "conflict") for one in seen.changeset.targets for edit in one.edits)
        say(f"Nothing to write; {plural(undecided, 'edit')} in the tools await a decision." if undecided else NOTHING)
        if undecided:
            say("  → hub reconcile makes proposals of them, hub proposals decides")
    else:
        say(f"fingerprint {seen.changeset.fingerprint}")
    guards(seen.violations)


def _target(changes: TargetChanges, full: bool) -> None:
    counts = Counter(operation.verb for operation in changes.operations)
    summary = ", ".join(f"{count} {verb}" for verb, count in counts.items()) or "in sync"
    say()
    say(changes.target, end=False, bold=True)
    say(f" ({changes.tool}): {summary}; {len(changes.in_sync)} already there")
    if changes.operations:
        say(f"  forecast: {forecast_text(changes.forecast)}")
    operations = changes.operations if full else changes.operations[:FEW]
    for operation in operations:
        _operation(operation, full)
    _more(len(changes.operations) - len(operations), "operation")
    for edit in changes.edits[: None if full else FEW]:
        say(f"  {EDIT_WORDS[edit.verdict]} {_cut(' › '.join(edit.path), full)}", fg="cyan")
        say(f"      plan {side(edit.ours)} | tool {side(edit.theirs)} | last published {side(edit.base)}")
    _more(0 if full else len(changes.edits) - FEW, "edit")
    for address, why in changes.unknown[: None if full else FEW]:
        say(f"  ? {_cut(str(address), full)}: unknown, left alone ({why})", fg="yellow")
    _more(0 if full else len(changes.unknown) - FEW, "unknown document")
    findings(changes.findings, full=full, indent="  ")


def _operation(operation: Operation, full: bool) -> None:
    say(f"  {SIGNS[operation.verb]}", end=False, fg=COLORS[operation.verb])
    say(f" {operation.verb:<6} {_cut(str(operation.address), full)}")
    before = operation.before.body if operation.before else {}
    after = operation.document.body if operation.document else {}
    if operation.verb in ("create", "delete") and not full:
        return
    for change in field_changes(before, after):
        say(f"      {_cut('.'.join(change.path), full)}: {value(change.before)} → {value(change.after)}")


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
        say(f"{indent}{severity} {code}{times}: {_cut(some[0].message, full)}", fg=color)
        for finding in some if full else some[:1]:
            say(f"{indent}    at {_cut(' › '.join(finding.path), full)}")
        if some[0].hint:
            say(f"{indent}    → {_cut(some[0].hint, full)}")
    if not full:
        _more(len(groups) - FEW, "other finding")


def guards(found: Iterable[Violation]) -> None:
    """What stands against a publish, each with its way out."""
    for violation in found:
        say(f"guard {violation.guard} ({violation.target}): {violation.message}", fg="red")
        say(f"  → {violation.hint}")


def publication(done: Publication) -> None:
    """What came of a publish, target by target."""
    say()
    say(f"{done.plan} version {done.version}: {done.status}", fg=STATUS_COLORS.get(done.status), bold=True)
    width = max((len(run.target) for run in done.targets), default=0)
    for run in done.targets:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in run.outcomes.items()) or "nothing to write"
        say(f"  {run.target:<{width}}  ", end=False)
        say(f"{run.status:<9}", end=False, fg=STATUS_COLORS.get(run.status))
        say(f"  {outcomes}; {run.verified} verified; {duration(run.seconds)}")
        if run.message:
            say(f"    {run.message}")
            say(f"    → {run.hint}")
    receipt = f", receipt {done.receipt[:16]}" if done.receipt else ""
    say(f"publication {done.id}{receipt}")
    if done.status in UNFINISHED:
        say(f"  → hub publish --resume {done.id}")


def side(content: Value) -> str:
    """A value of one side of a merge; where there is none, a dash."""
    return "–" if content is ABSENT else value(content)


def value(content: JSON) -> str:
    """A value on one line, cut where it is long."""
    return "(none)" if content is None else brief(json.dumps(content, ensure_ascii=False), 80)


def _cut(text: str, full: bool) -> str:
    return text if full else brief(text, LONG)


def _more(count: int, what: str) -> None:
    if count > 0:
        say(f"  ... and {plural(count, f'more {what}')} (--full shows all)")


def moment(at: float | None) -> str:
    """A time in the reader's zone."""
    return "-" if at is None else datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
