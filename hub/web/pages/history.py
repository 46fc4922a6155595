"""History: what was published and reconciled, by whom, with what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub.app import App
from hub.changes.guard import Ticket
from hub.engine.ports import Publication, Status
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job, State
from hub.store.histories import Past, Wanted, past_of
from hub.web.catalogue import Catalogue
from hub.web.guarding import Hub, Plans, Viewer
from hub.web.rendering import page

router = APIRouter()
SHOWN = 50
"""Entries of one page."""
STATUSES: tuple[str, ...] = tuple(dict.fromkeys((*get_args(Status), *get_args(State))))
Text = Annotated[str, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A publication with the tickets that let it pass, or a reconcile."""

    past: Past
    publication: Publication | None = None
    tickets: tuple[Ticket, ...] = ()
    job: Job | None = None

    @property
    def is_undo(self) -> bool:
        return self.publication is not None and any(run.restores is not None for run in self.publication.targets)


@router.get("/publications")
def show_history(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: Viewer,
    kind: Literal["", "publication", "reconcile"] = "",
    plan: Text = "",
    target: Text = "",
    status: Text = "",
    after: Text = "",
) -> Response:
    """Newest first, a page at a time."""
    every, _ = plans.every()
    wanted = Wanted(kind, plan, _other_names(hub, plans, plan), target, status)
    found = hub.store.histories.after(past_of(after) if after else None, wanted, SHOWN + 1)
    query = {"kind": kind, "plan": plan, "target": target, "status": status}
    return page(
        request,
        "publications.html",
        session,
        entries=_entries(hub, found[:SHOWN]),
        more=found[SHOWN - 1].cursor if len(found) > SHOWN else "",
        query=query,
        after=after,
        plans=[one.plan.name for one in every],
        targets=list(hub.config.targets),
        statuses=STATUSES,
    )


def _other_names(hub: App, plans: Catalogue, plan: str) -> list[str]:
    """The configuration's own plan is called by its path where it is reconciled."""
    own = hub.config.plan
    every, _ = plans.every() if own is not None and plan else ([], None)
    return [own] if own is not None and any(one.plan.name == plan and one is every[0] for one in every) else []


def _entries(hub: App, found: Iterable[Past]) -> list[Entry]:
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now)
    entries = []
    for one in found:
        if one.kind == "reconcile":
            entries.append(Entry(one, job=jobs.job(int(one.id))))
        else:
            known = hub.store.publication(one.id)
            entries.append(Entry(one, known, tuple(hub.store.tickets(known.fingerprint))))
    return entries
