"""Long work that a page asks for, as durable jobs: reading the tools, a publish, and an undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from connectors.errors import ToolError
from hub.app import App
from hub.chores import PATIENCE, QUOTA_PAUSE, as_outcome
from hub.chores import works as background_works
from hub.engine.ports import Publication
from hub.engine.preview import observe
from hub.engine.publish import publish, resume
from hub.engine.target import side_by_side
from hub.explaining import shared_properties_explained
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import GiveUp, Job, State, WaitUntil, Works
from hub.schedule import RECONCILE
from hub.verbs.adopting import ADOPT, read_job
from hub.verbs.pausing import settled
from hub.verbs.pressing import RESUME
from hub.verbs.undoing import undo_publication
from hub.web.catalogue import home_of
from mappings.canonical.identity import expand
from mappings.canonical.kinds import JSON

READ, PUBLISH, UNDO = "read", "publish", "undo"
ASKED = (READ, PUBLISH, UNDO, RESUME, RECONCILE)
"""The kinds of job that pages ask for, and show."""
UNFINISHED = frozenset({"running", "waiting"})
LIVE = frozenset({"queued", "running"})


def works(hub: App) -> Works:
    """Everything that the process behind the pages can do."""
    own = {READ: partial(_read, hub), PUBLISH: partial(_publish, hub), ADOPT: partial(read_job, hub)}
    return {**background_works(hub), **own, UNDO: own[PUBLISH]}


def wanted(plan: str, targets: Sequence[str], **more: str) -> dict[str, JSON]:
    """What a job is to be told: the plan, and the targets where not all are meant."""
    return {"plan": plan, **({"targets": list(targets)} if targets else {}), **more}


def ask(hub: App, kind: str, key: str, args: Mapping[str, JSON]) -> int:
    """Ask for work; the number of the job, also where an equal one waits already.

    A publish, or an undo, of one fingerprint is wanted once: while it runs, asking again leads to it.
    """
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now)
    equal = partial(_number_of, jobs, kind, key, args)
    if kind in (PUBLISH, UNDO) and (running := equal("running")) is not None:
        return running
    added = jobs.enqueue(kind, key, args)
    if added is not None:
        return added
    there = equal()
    assert there is not None
    return there


def _number_of(jobs: EmbeddedJobs, kind: str, key: str, args: Mapping[str, JSON], *states: State) -> int | None:
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
    found = EmbeddedJobs(hub.database, hub.engine.time.now).job(number)
    return found if found is not None and found.kind in ASKED else None


def publication_of(hub: App, job: Job) -> Publication | None:
    """The publication that a publish, or an undo, opened or went on with."""
    same = (one for one in hub.store.publications(str(job.args["plan"])) if one.fingerprint == job.args["fingerprint"])
    return next((one for one in same if one.started >= job.queued_at or one.status in UNFINISHED), None)


def _read(hub: App, job: Job) -> str:
    """Read the targets; what was seen is remembered, what failed is said. Raises as `hub.jobs.port.Work` allows."""
    plan = str(job.args["plan"])
    with as_outcome(hub), shared_properties_explained(plan):
        engine = replace(hub.engine, patience=PATIENCE)
        targets = hub.config.open_targets(job.args.get("targets", ()))
        expanded = expand(home_of(hub, plan).plan)
        seen = side_by_side(lambda one: observe(engine, one, plan=expanded), targets, engine.stopping)
    pairs = zip(targets, seen, strict=True)
    failed = [f"{target.name}: {one.message}" for target, one in pairs if isinstance(one, ToolError)]
    if failed:
        raise GiveUp("; ".join(failed))
    return f"{len(seen)} read"


def _publish(hub: App, job: Job) -> str:
    """Publish, or undo, what was previewed; after a crash or a stop, go on. Raises as `hub.jobs.port.Work` allows."""
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
    if begun is not None:
        return resume(engine, begun, hub.config.open_targets(run.target for run in begun.targets))
    plan, fingerprint, who = (str(job.args[name]) for name in ("plan", "fingerprint", "who"))
    if job.kind == UNDO:
        return undo_publication(hub, str(job.args["publication"]), who=who, fingerprint=fingerprint, patience=PATIENCE)
    targets = hub.config.open_targets(job.args.get("targets", ()))
    return publish(engine, home_of(hub, plan).plan, targets, who=who, fingerprint=fingerprint)
