"""The page of a draft: what it changes, what is wrong with that, what people say, and its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from hub.changes.contrast import SECTIONS, Contrast
from hub.changes.editing import label
from hub.engine.collecting import uncollected
from hub.engine.preview import losses
from hub.engine.target import Target
from hub.errors import Refusal
from hub.store.drafts import Draft
from hub.store.people import Session
from hub.verbs.drafting import base_of, draft_changes, plan_of
from hub.web.catalogue import Catalogue, usable_targets
from hub.web.guarding import Hub
from hub.web.pages.draft_editing import thing_address
from hub.web.people import may
from hub.web.rendering import page
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import UnknownSharedProperty, expand
from mappings.canonical.plan import Event
from mappings.canonical.rules import check
from mappings.contract import Finding, Path

SHOWN = 100
"""Events of one page of a list, and things of which a difference is shown."""
FIRST, FEW = 20, 20
"""Things, and fields of each, of which the page of a draft shows the difference; all of them have a page."""
MOST = 1000
"""Fields of one thing that are shown in full."""
RECORDS = (("moved",), ("removed",))
"""What a difference tells in words of its own."""


def overview(
    request: Request,
    hub: Hub,
    plans: Catalogue,
    session: Session,
    draft: Draft,
    status: int = 200,
    *,
    problem: Refusal | None = None,
    said: str = "",
    new: Mapping[str, str] | None = None,
) -> Response:
    """The page of a draft; with what was refused, and what was typed then."""
    plan, told = plan_of(hub, draft), draft_changes(hub, draft)
    things = changed_things(told, plan)
    with uncollected():
        findings = check(plan)
    targets, unusable = usable_targets(hub.config)
    return page(
        request,
        "draft.html",
        session,
        status,
        draft=draft,
        plan=plan,
        told=told,
        things=things,
        first=FIRST,
        few=FEW,
        findings=[one for one in findings if _is_about(one, things)],
        elsewhere=sum(not _is_about(one, things) for one in findings),
        lost=_losses(plan, things, targets),
        unusable=unusable,
        moved=_has_moved(hub, plans, draft),
        comments=hub.store.drafts.comments(draft.id),
        edits=hub.store.drafts.edits(draft.id),
        label=label,
        address=lambda path: thing_address(draft.id, path),
        problem=problem,
        said=said,
        new=new or {},
        editable=draft.state == "open" and may(session, "editor"),
        **event_rows(draft, plan),
    )


def changes_page(request: Request, hub: Hub, session: Session, draft: Draft, search: str, start: int) -> Response:
    """Everything that the draft changes, as a search leaves it, a page at a time."""
    things = changed_things(draft_changes(hub, draft), plan_of(hub, draft))
    found = [one for one in things if search.strip().lower() in str(one["name"]).lower()]
    return page(
        request,
        "draft_changes.html",
        session,
        draft=draft,
        things=found[start : start + FIRST],
        found=len(found),
        start=start,
        shown=FIRST,
        search=search,
        most=MOST,
        label=label,
        address=lambda path: thing_address(draft.id, path),
        editable=draft.state == "open" and may(session, "editor"),
    )


def changed_things(told: Contrast, plan: TrackingPlan) -> list[dict[str, Any]]:
    """What differs, by the thing that it is about: events first, each with what became of it."""
    former = {new: old for old, new in told.renamed}
    fields: dict[Path, list[Any]] = {("events", name): [] for name in (*told.created, *former, *told.removed)}
    for one in told.fields:
        if one.path[:1] not in RECORDS:
            fields.setdefault(one.path[:2], []).append(one)
    reasons = {one.event: one.reason for one in plan.removed if one.property is None}
    created, removed = set(told.created), set(told.removed)
    return [
        {
            "path": path,
            "name": path[1] if len(path) > 1 else path[0].replace("_", " "),
            "fields": [] if _name(path) in removed else changes,
            "many": len(changes) > FEW,
            "became": "new" if _name(path) in created else "removed" if _name(path) in removed else "",
            "reason": reasons.get(_name(path), ""),
            "former": former.get(_name(path), ""),
        }
        for path, changes in sorted(fields.items(), key=lambda item: item[0][0] != "events")
    ]


def _name(path: Path) -> str:
    """The event that a path leads to; "" for anything else."""
    return path[1] if path[0] == "events" and len(path) > 1 else ""


def _is_about(finding: Finding, things: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a finding is of what the draft changes; renames and tombstones are."""
    paths = {one["path"] for one in things}
    return finding.path[:2] in paths or (bool(paths) and finding.path[:1] in RECORDS)


def _losses(plan: TrackingPlan, things: list[dict[str, Any]], targets: Iterable[Target]) -> list[tuple[str, Any]]:
    """What each tool would not hold of what the draft changes: findings of one sort once, with how many there are."""
    changed = {section: {one["path"][1] for one in things if one["path"][0] == section} for section in SECTIONS}
    parts = {
        name: {key: one for key, one in getattr(plan, name).items() if key in wanted}
        for name, wanted in changed.items()
    }
    try:
        alone = expand(plan.model_copy(update=parts))
    except UnknownSharedProperty:  # the plan's own rules say so
        return []
    found = []
    for target in targets:
        here = [one for one in losses(alone, target) if one.path[1:2] and one.path[1] in changed.get(one.path[0], ())]
        counts = Counter(one.code for one in here)
        first = {one.code: one for one in reversed(here)}
        found.append((target.name, [(code, count, first[code]) for code, count in counts.items()]))
    return found


def _has_moved(hub: Hub, plans: Catalogue, draft: Draft) -> bool:
    """Whether the plan is another one than the draft was opened on."""
    if draft.state != "open":
        return False
    try:
        return plans.get(draft.plan).plan != base_of(hub, draft)
    except Refusal:
        return False


def event_rows(draft: Draft, plan: TrackingPlan, search: str = "", start: int = 0) -> dict[str, Any]:
    """The events of a draft as a table shows them: those with all the words that are searched, a page at a time."""
    words = search.lower().split()
    found = [(name, event) for name, event in plan.events.items() if not words or _fits(name, event, words)]
    return {
        "rows": [
            (name, event, thing_address(draft.id, ("events", name))) for name, event in found[start : start + SHOWN]
        ],
        "found": len(found),
        "every": len(plan.events),
        "start": start,
        "shown": SHOWN,
        "search": search,
    }


def _fits(name: str, event: Event, words: list[str]) -> bool:
    said = (name, event.description, event.display_name or "", *event.properties, *event.owners, *event.tags)
    text = "\n".join(said).lower()
    return all(word in text for word in words)
