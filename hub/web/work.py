"""Long work that a page asks for, as durable jobs: reading the tools, and a publish."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

from hub.app import App
from hub.chores import PATIENCE, QUOTA_PAUSE, as_outcome
from hub.chores import works as background_works
from hub.engine.ports import Publication
from hub.engine.preview import preview
from hub.engine.publish import publish, resume
from hub.explaining import shared_properties_explained
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import GiveUp, Job, State, WaitUntil, Works
from hub.pausing import settled
from hub.pressing import RESUME
from hub.schedule import RECONCILE
from hub.web.catalogue import home_of

READ, PUBLISH = "read", "publish"
ASKED = (READ, PUBLISH, RESUME, RECONCILE)
"""The kinds of job that pages ask for, and show."""
UNFINISHED = frozenset({"running", "waiting"})
LIVE = frozenset({"queued", "running"})


def works(hub: App) -> Works:
    """Everything that the process behind the pages can do."""
    return {**background_works(hub), READ: partial(_read, hub), PUBLISH: partial(_publish, hub)}


def ask(hub: App, kind: str, key: str, args: Mapping[str, str]) -> int:
    """Ask for work; the number of the job, also where an equal one waits already.

    A publish of one fingerprint is wanted once: while it runs, asking again leads to it.
    """
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now)
    equal = partial(_number_of, jobs, kind, key, args)
    if kind == PUBLISH and (running := equal("running")) is not None:
        return running
    added = jobs.enqueue(kind, key, args)
    if added is not None:
        return added
    there = equal()
    assert there is not None
    return there


def _number_of(jobs: EmbeddedJobs, kind: str, key: str, args: Mapping[str, str], *states: State) -> int | None:
    found = (one.id for one in jobs.jobs(*states, key=key) if one.kind == kind and dict(one.args) == dict(args))
    return next(found, None)


def key_of(plan: str) -> str:
    """Work on one plan is done one after the other."""
    return f"plan:{plan}"


def under_way(hub: App, *keys: str, kinds: Collection[str] = ASKED) -> Job | None:
    """The work under one of these keys that waits or runs, if there is any."""
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now)
    found = (one for key in keys for one in jobs.jobs("running", "queued", key=key) if one.kind in kinds)
    return next(found, None)


def find_job(hub: App, number: int) -> Job | None:
    """By number; of the kinds that a page asks for."""
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now).jobs(limit=1000)
    return next((one for one in jobs if one.id == number and one.kind in ASKED), None)


def publication_of(hub: App, job: Job) -> Publication | None:
    """The publication that a publish job opened, or went on with."""
    same = (one for one in hub.store.publications(str(job.args["plan"])) if one.fingerprint == job.args["fingerprint"])
    return next((one for one in same if one.started >= job.queued_at or one.status in UNFINISHED), None)


def _read(hub: App, job: Job) -> str:
    """Read every target; what was seen is remembered, what failed is said. Raises as `hub.jobs.port.Work` allows."""
    plan = str(job.args["plan"])
    with as_outcome(hub), shared_properties_explained(plan):
        engine = replace(hub.engine, patience=PATIENCE)
        seen = preview(engine, home_of(hub, plan).plan, hub.config.open_targets())
    if seen.unreachable:
        raise GiveUp("; ".join(f"{one.target}: {one.error.message}" for one in seen.unreachable))
    return f"{len(seen.snapshots)} read"


def _publish(hub: App, job: Job) -> str:
    """Publish what was previewed; after a crash or a stop, go on with it. Raises as `hub.jobs.port.Work` allows."""
    with as_outcome(hub), shared_properties_explained(job.args["plan"]):
        done = _published(hub, job)
    if done.status == "waiting":
        raise WaitUntil(hub.engine.time.now() + QUOTA_PAUSE, f"publication {done.id} waits for a quota")
    return f"publication {done.id} {done.status}"


def _published(hub: App, job: Job) -> Publication:
    engine = replace(hub.engine, patience=PATIENCE)
    begun = publication_of(hub, job)
    if begun is not None and (begun.status not in UNFINISHED or hub.store.paused_by(begun.id)):
        return settled(hub, begun)
    targets = hub.config.open_targets()
    if begun is not None:
        return resume(engine, begun, targets)
    plan, fingerprint, who = (str(job.args[name]) for name in ("plan", "fingerprint", "who"))
    return publish(engine, home_of(hub, plan).plan, targets, who=who, fingerprint=fingerprint)
