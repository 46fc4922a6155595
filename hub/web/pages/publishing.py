"""Preview, the guards that stand against it, and the one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.app import App
from hub.changes.resolve import Verdict
from hub.engine.target import Target
from hub.errors import Moved, Refusal
from hub.verbs.overriding import LIVES, Life, allow
from hub.web import previews, work
from hub.web.catalogue import Catalogued, usable_targets
from hub.web.guarding import Hub, Plans, PublisherActs, Viewer, ViewerActs
from hub.web.rehearsals import Guards, Previews, Rehearsals, Rehearsed
from hub.web.rendering import page

router = APIRouter()
VERDICTS: Mapping[Verdict, str] = {
    "restore": "the plan's value is written again",
    "keep": "stays as it is there",
    "propose": "waits for a decision",
    "conflict": "both sides changed: waits for a decision",
}
"""What becomes of an edit, in words."""
EDITS = 200
"""Edits of one target that are listed; all that wait for a decision stand under Proposals."""
LONGEST_REASON = 2000
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be looked at: a plan, and which of the targets; none named are all."""

    plan: str
    targets: Names = ()

    def address(self, **more: str) -> str:
        """The preview's address, with whatever else is chosen there."""
        chosen = [(name, value) for name, value in more.items() if value]
        return f"/publish?{urlencode([('plan', self.plan), *(('target', one) for one in self.targets), *chosen])}"


def _asked(plan: str, target: Annotated[Names, Query()] = ()) -> Asked:
    return Asked(plan, tuple(dict.fromkeys(target)))


def _sent(plan: Annotated[str, Form()], target: Annotated[Names, Form()] = ()) -> Asked:
    return Asked(plan, tuple(dict.fromkeys(target)))


AskedFor = Annotated[Asked, Depends(_asked)]
SentFor = Annotated[Asked, Depends(_sent)]


@router.get("/publish")
def show_preview(
    request: Request,
    hub: Hub,
    plans: Plans,
    rehearsals: Previews,
    session: Viewer,
    asked: AskedFor,
    by: previews.Grouping = "event",
    search: str = "",
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
    section: str = "events",
    name: str = "",
) -> Response:
    """What a publish would do, from what was last read; reading again is a button away. With a `name`: all of what it
    would do about that one thing."""
    seen = _seen(hub, plans.get(asked.plan), rehearsals, asked)
    leaf = previews.whole(seen.told, (section, name)) if name else previews.leaf(seen.told, search, start)
    query = {"by": by if by != "event" else "", "search": search}
    values = {**_values(hub, seen, asked), "leaf": leaf, "by": by, "query": query, "name": name, "kept": None}
    return page(request, "publish.html", session, **values)


@dataclass(frozen=True, slots=True)
class Seen:
    """A preview at this moment. `problem` is why targets cannot be used."""

    known: Catalogued
    targets: Sequence[Target]
    problem: Refusal | None
    told: Rehearsed
    guards: Guards


def _seen(hub: App, known: Catalogued, rehearsals: Rehearsals, asked: Asked) -> Seen:
    targets, problem = usable_targets(hub.config, asked.targets)
    told = rehearsals.of(known.plan, targets)
    return Seen(known, targets, problem, told, told.guards(hub, targets))


def _values(hub: App, seen: Seen, asked: Asked) -> dict[str, Any]:
    changeset, now = seen.told.changeset, hub.engine.time.now()
    fingerprint = changeset.fingerprint
    return {
        "known": seen.known,
        "asked": asked,
        "configured": list(hub.config.targets),
        "changeset": changeset,
        "unread": seen.told.unread,
        "problem": seen.problem,
        "targets": [previews.summary(seen.told, changes, now) for changes in changeset.targets],
        "total": previews.total_words(changeset),
        "stopping": previews.by_guard(seen.guards.violations),
        "measures": [one for one in seen.guards.measures if one.used],
        "tickets": seen.guards.tickets,
        "lives": list(LIVES),
        "approval": _approval(hub, seen.known.plan.conventions.approval, fingerprint),
        "verdicts": VERDICTS,
        "edits": EDITS,
        "shown": previews.SHOWN,
        "few": previews.FEW,
        "under_way": work.under_way(hub, work.key_of(seen.known.plan.name)),
    }


def _approval(hub: App, needed: bool, fingerprint: str) -> Any:
    return (hub.store.approvals.find(fingerprint) or "not asked") if needed else None


@router.post("/read")
def read_again(hub: Hub, plans: Plans, session: ViewerActs, asked: SentFor) -> Response:
    """Ask for a fresh reading of the targets."""
    name = plans.get(asked.plan).plan.name
    number = work.ask(hub, work.READ, work.key_of(name), work.wanted(name, asked.targets))
    return RedirectResponse(f"/jobs/{number}", 303)


@router.post("/publish")
def publish(
    hub: Hub, plans: Plans, session: PublisherActs, asked: SentFor, fingerprint: Annotated[str, Form()]
) -> Response:
    """The one button: exactly what was previewed, or nothing."""
    name = plans.get(asked.plan).plan.name
    wanted = work.wanted(name, asked.targets, fingerprint=fingerprint, who=session.account)
    number = work.ask(hub, work.PUBLISH, work.key_of(name), wanted)
    details = {"fingerprint": fingerprint, **({"targets": list(asked.targets)} if asked.targets else {})}
    hub.store.people.note(session.account, "publish", name, hub.engine.time.now(), **details)
    return RedirectResponse(f"/jobs/{number}", 303)


@router.post("/publish/allow")
def allow_once(
    request: Request,
    hub: Hub,
    plans: Plans,
    rehearsals: Previews,
    session: PublisherActs,
    asked: SentFor,
    fingerprint: Annotated[str, Form()],
    guard: Annotated[str, Form()],
    why: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
    life: Annotated[Life, Form()] = "1 hour",
) -> Response:
    """Let one guard pass, for exactly what is on the page. What was typed is kept where that is refused."""
    seen = _seen(hub, plans.get(asked.plan), rehearsals, asked)
    try:
        _refuse_what_is_not_there(seen, fingerprint, guard)
        allow(hub, [guard], fingerprint, who=session.account, why=why, life=life)
    except Refusal as refusal:
        leaf = previews.leaf(seen.told, "", 0)
        kept = {"guard": guard, "why": why, "life": life, "problem": refusal}
        values = {
            **_values(hub, seen, asked),
            "leaf": leaf,
            "by": "event",
            "query": {"search": ""},
            "name": "",
            "kept": kept,
        }
        return page(request, "publish.html", session, 409, **values)
    return RedirectResponse(f"{asked.address()}#guards", 303)


def _refuse_what_is_not_there(seen: Seen, fingerprint: str, guard: str) -> None:
    """A ticket is for what a person looked at, and for a guard that says no to it."""
    if fingerprint != seen.told.changeset.fingerprint:
        raise Moved("the plan or a tool changed since you looked at this", hint="look at the preview as it is now")
    if guard not in {one.guard for one in seen.guards.violations}:
        raise Refusal(f"{guard!r} does not stand against this", hint="publish, or look at the guards that do")
