"""What a happening concerns: the targets, owners, tags, sources and kinds of change that rules look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub.changes.happening import Happening
from hub.changes.news import EventNews
from hub.errors import Refusal
from hub.notify.desk import Desk
from hub.notify.rules import Matter
from hub.notify.telling.words import owners_of
from mappings.canonical import TrackingPlan


def matter_of(desk: Desk, happening: Happening) -> Matter:
    """A happening with all that it concerns."""
    plain = Matter(happening.kind, happening.plan)
    if happening.kind.startswith("publish."):
        found = desk.publication(happening.subject)
        targets = tuple(run.target for run in found.targets)
        return _with_events(replace(plain, targets=targets), desk.news(found))
    if happening.kind.startswith("proposal."):
        stored = desk.proposal(happening.subject)
        targets = tuple(sorted({target for target, _ in stored.proposal.shown}))
        return _with_owners(replace(plain, targets=targets, size=1), desk, happening.plan, (stored.proposal.path,))
    if happening.kind.startswith("approval."):
        return plain
    paths = [tuple(one["path"]) for one in happening.data.get("fields", ())] or [tuple(happening.data.get("path", ()))]
    about = replace(plain, targets=(str(happening.data["target"]),), size=len({path[:2] for path in paths}))
    return _with_owners(about, desk, happening.plan, paths)


def _with_events(matter: Matter, found: Sequence[EventNews]) -> Matter:
    return replace(
        matter,
        owners=owners_of(found),
        tags=tuple(dict.fromkeys(tag for one in found for tag in one.event.tags)),
        sources=tuple(dict.fromkeys(source for one in found for source in one.event.sources)),
        impacts=tuple(dict.fromkeys(one.impact for one in found)),
        size=len(found),
    )


def _with_owners(matter: Matter, desk: Desk, plan: str, paths: Sequence[tuple[str, ...]]) -> Matter:
    known = _newest(desk, plan)
    names = {path[1] for path in paths if len(path) > 1 and path[0] == "events"}
    events = [known.events[name] for name in sorted(names) if known is not None and name in known.events]
    return replace(
        matter,
        owners=tuple(dict.fromkeys(owner for event in events for owner in event.owners)),
        tags=tuple(dict.fromkeys(tag for event in events for tag in event.tags)),
        sources=tuple(dict.fromkeys(source for event in events for source in event.sources)),
    )


def _newest(desk: Desk, plan: str) -> TrackingPlan | None:
    try:
        return desk.newest_plan(plan)
    except Refusal:  # nothing was published of it yet
        return None
