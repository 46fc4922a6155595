"""Changesets, previews and publications as plain data: the shapes of `--json`, documented in docs/json-output.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from connectors.contract import Operation
from connectors.limits import Forecast
from hub.changes.changeset import Changeset, TargetChanges
from hub.changes.diff import field_changes
from hub.changes.guard import Violation
from hub.changes.merge import ABSENT
from hub.changes.resolve import Edit
from mappings.canonical.kinds import JSON
from mappings.contract import Finding


def finding_data(finding: Finding) -> dict[str, JSON]:
    return {
        "severity": finding.severity,
        "effect": finding.effect,
        "code": finding.code,
        "path": list(finding.path),
        "message": finding.message,
        "hint": finding.hint,
    }


def operation_data(operation: Operation) -> dict[str, JSON]:
    """One write with its fields before and after."""
    shown = operation.document or operation.before
    before = operation.before.body if operation.before else None
    after = operation.document.body if operation.document else None
    return {
        "id": operation.id,
        "verb": operation.verb,
        "address": str(operation.address),
        "about": list(shown.about) if shown else [],
        "fields": [
            {"field": ".".join(change.path), "before": change.before, "after": change.after}
            for change in field_changes(before or {}, after or {})
        ],
    }


def edit_data(edit: Edit) -> dict[str, JSON]:
    """One remote edit; a side that has no value has no key."""
    sides = {"base": edit.base, "ours": edit.ours, "theirs": edit.theirs}
    shown = {side: value for side, value in sides.items() if value is not ABSENT}
    return {"path": list(edit.path), "verdict": edit.verdict, "policy": edit.policy, **shown}


def forecast_data(forecast: Forecast) -> dict[str, JSON]:
    return {
        "calls": forecast.calls,
        "writes": forecast.writes,
        "seconds": round(forecast.seconds, 1),
        "share": round(forecast.share, 4),
        "window": forecast.window,
    }


def changes_data(changes: TargetChanges) -> dict[str, JSON]:
    return {
        "target": changes.target,
        "tool": changes.tool,
        "operations": [operation_data(one) for one in changes.operations],
        "verbs": dict(Counter(one.verb for one in changes.operations)),
        "in_sync": len(changes.in_sync),
        "managed": changes.managed,
        "unmanaged": changes.unmanaged,
        "unknown": [{"address": str(address), "why": why} for address, why in changes.unknown],
        "edits": [edit_data(one) for one in changes.edits],
        "findings": [finding_data(one) for one in changes.findings],
        "forecast": forecast_data(changes.forecast),
    }


def violation_data(violation: Violation) -> dict[str, JSON]:
    return {
        "guard": violation.guard,
        "target": violation.target,
        "message": violation.message,
        "hint": violation.hint,
        "numbers": dict(violation.numbers),
    }


def changeset_data(changeset: Changeset, violations: Iterable[Violation]) -> dict[str, JSON]:
    return {
        "plan": changeset.plan,
        "fingerprint": changeset.fingerprint,
        "empty": changeset.empty,
        "targets": [changes_data(one) for one in changeset.targets],
        "violations": [violation_data(one) for one in violations],
    }


def duration(seconds: float) -> str:
    """`214.2` → `3 min 34 s`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


WINDOW_WORDS: Mapping[str, str] = {"hour": "of the hour"}


def forecast_text(forecast: Forecast) -> str:
    """`214 requests, 3 min 34 s, 6 % of the hour`."""
    requests = "1 request" if forecast.calls == 1 else f"{forecast.calls} requests"
    text = f"{requests}, {duration(forecast.seconds)}"
    if forecast.window not in WINDOW_WORDS:
        return text
    return f"{text}, {forecast.share * 100:.0f} % {WINDOW_WORDS[forecast.window]}"
