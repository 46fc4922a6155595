"""What is going on at each target just now: publishing, waiting for a quota, paused, being reconciled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from hub.app import App
from hub.engine.ports import Publication, TargetRun
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job
from hub.schedule import RECONCILE
from hub.verbs.pressing import RESUME
from hub.web.work import PUBLISH, UNDO, key_of

NEWEST = 50
"""Publications that are looked at: an older one that never ended was overtaken long ago."""


@dataclass(frozen=True, slots=True)
class Going:
    """What goes on at one target. `until` is when it goes on again, in seconds since the epoch, where that is known;
    `address` is the page to follow it on."""

    word: Literal["publishing", "waiting", "paused", "reconciling"]
    address: str
    until: float | None = None


def going_on(hub: App) -> Mapping[str, Going]:
    """By target; a target where nothing goes on is not listed."""
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now).jobs("running", "queued", limit=1000)
    found = {
        one.key: Going("reconciling", f"/jobs/{one.id}")
        for one in jobs
        if one.kind == RECONCILE and one.state == "running"
    }
    for publication in reversed(hub.store.publications(limit=NEWEST)):
        for run in publication.targets:
            going = _of_run(publication, run, jobs)
            found |= {run.target: going} if going is not None else {}
    return found


def _of_run(publication: Publication, run: TargetRun, jobs: Iterable[Job]) -> Going | None:
    address = f"/publications/{publication.id}"
    if run.status == "paused" and publication.status == "paused":
        return Going("paused", address)
    if publication.status not in ("running", "waiting"):
        return None
    if run.status == "waiting":
        return Going("waiting", address, _goes_on(publication, jobs))
    return Going("publishing", address) if run.status == "running" else None


def _goes_on(publication: Publication, jobs: Iterable[Job]) -> float | None:
    """When the job that carries it is due."""
    keys = (key_of(publication.plan), publication.id)
    due = (
        one.run_at for one in jobs if one.key in keys and one.kind in (PUBLISH, UNDO, RESUME) and one.state == "queued"
    )
    return min(due, default=None)
