"""Long work that a page asks for, as durable jobs: reading the tools, and a publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from hub.app import App
from hub.cli.reconcile_job import works as background_works
from hub.engine.ports import Publication
from hub.engine.preview import preview
from hub.engine.publish import publish, resume
from hub.errors import Busy, Refusal
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import GiveUp, Job, WaitUntil, Works
from hub.plans import open_plan

READ, PUBLISH = "read", "publish"
PATIENCE = 60.0
"""Seconds that a run waits for a quota while it holds a worker."""
PAUSE = 30.0
"""Seconds until the next try when a target is busy."""


def works(hub: App) -> Works:
    """Everything that the process behind the pages can do."""
    return {**background_works(hub), READ: partial(_read, hub), PUBLISH: partial(_publish, hub)}


def ask(hub: App, kind: str, plan: str, args: Mapping[str, str]) -> int:
    """Ask for work about a plan; the number of the job, also where an equal one waits already."""
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now)
    wanted = {"plan": plan, **args}
    added = jobs.enqueue(kind, f"plan:{plan}", wanted)
    if added is not None:
        return added
    return next(job.id for job in jobs.jobs("queued", key=f"plan:{plan}") if dict(job.args) == wanted)


def _read(hub: App, job: Job) -> str:
    """Read every target; what was seen is remembered, and what failed is said."""
    home = open_plan(hub, str(job.args["plan"]))
    seen = preview(replace(hub.engine, patience=PATIENCE), home.plan, hub.config.open_targets())
    failed = [f"{one.target}: {one.error.message}" for one in seen.unreachable]
    return "; ".join(failed) if failed else f"{len(seen.snapshots)} read"


def _publish(hub: App, job: Job) -> str:
    """Publish what was previewed; after a crash, go on with it."""
    plan, fingerprint, who = (str(job.args[name]) for name in ("plan", "fingerprint", "who"))
    engine = replace(hub.engine, patience=PATIENCE)
    targets = hub.config.open_targets()
    begun = _begun(hub, fingerprint)
    try:
        done = (
            resume(engine, begun, targets)
            if begun is not None
            else publish(engine, open_plan(hub, plan).plan, targets, who=who, fingerprint=fingerprint)
        )
    except Busy as busy:
        raise WaitUntil(hub.engine.time.now() + PAUSE, str(busy)) from None
    except Refusal as refusal:
        raise GiveUp(str(refusal)) from None
    if done.status == "waiting":
        raise WaitUntil(hub.engine.time.now() + PAUSE, f"publication {done.id} waits for a quota")
    return f"publication {done.id} {done.status}"


def _begun(hub: App, fingerprint: str) -> Publication | None:
    """The publication of this changeset that did not end, if there is one."""
    unfinished = hub.store.unfinished()
    return next((one for one in unfinished if one.fingerprint == fingerprint), None)
