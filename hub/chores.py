"""What a worker does: reconciling one target, and going on with a publication, as jobs.

What a tool or the hub refuses becomes a wait, another attempt, or the end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from connectors.errors import ToolError
from hub.app import App
from hub.engine.deciding import accept_by_rule
from hub.engine.publish import resume
from hub.engine.reconcile import Report, reconcile_target
from hub.errors import Busy, Problems, Refusal, Stopped
from hub.explaining import shared_properties_explained
from hub.jobs.port import GiveUp, Job, WaitUntil, Works
from hub.plans import open_plan
from hub.schedule import RECONCILE
from hub.verbs.pausing import settled
from hub.verbs.pressing import RESUME

WHO = "schedule"
PATIENCE = 60.0
"""Seconds that a run waits for a quota while it holds a worker; for longer it goes back to the queue."""
QUOTA_PAUSE = 300.0
"""Seconds until the next try when a tool does not say when its quota is free again."""
BUSY_PAUSE = 30.0
"""Seconds until the next try when somebody publishes to the target."""

_one_writer = threading.Lock()
"""Runs of several targets write accepted proposals into the same plan, one after the other."""


def works(app: App) -> Works:
    """What a worker of this hub can do."""
    return {RECONCILE: partial(reconcile_job, app), RESUME: partial(resume_job, app)}


def reconcile_job(app: App, job: Job) -> str:
    """Bring the hub's knowledge of a target up to date, as its mode says; a line about what came of it.

    Raises as `hub.jobs.port.Work` allows.
    """
    plan, name = str(job.args["plan"]), str(job.args["target"])
    with as_outcome(app), shared_properties_explained(plan):
        _wait_for_light(app, name)
        (target,) = app.config.open_targets([name])
        mode = app.config.modes()[name]
        engine = replace(app.engine, patience=PATIENCE)
        report = reconcile_target(engine, open_plan(app, plan).plan, target, mode=mode, who=WHO)
        (seen,) = report.targets
        if seen.error is not None:
            raise seen.error
        accepted = _accept(app, plan, report) if mode != "observe" else 0
        if seen.healed is not None and seen.healed.status == "waiting":
            raise WaitUntil(app.engine.time.now() + QUOTA_PAUSE, f"{_summary(report, accepted)}; waits for the quota")
    return _summary(report, accepted)


def resume_job(app: App, job: Job) -> str:
    """Go on with a publication, because somebody pressed its button; a line about what came of it. One that somebody
    paused since then stays as it is.

    Raises as `hub.jobs.port.Work` allows.
    """
    with as_outcome(app):
        publication = settled(app, app.store.publication(str(job.args["publication"])))
        if publication.status == "published" or app.store.paused_by(publication.id):
            return f"publication {publication.id} is {publication.status}"
        targets = app.config.open_targets(run.target for run in publication.targets)
        done = resume(replace(app.engine, patience=PATIENCE), publication, targets)
        if done.status == "waiting":
            raise WaitUntil(app.engine.time.now() + QUOTA_PAUSE, "waits for the quota")
    return f"publication {done.id} {done.status}"


def _wait_for_light(app: App, name: str) -> None:
    """A run that had to wait may come up in a blackout, and waits on."""
    now = app.engine.time.now()
    ends = (one.dark_until(now) for one in app.config.timetables() if one.name == name)
    end = next((end for end in ends if end is not None), None)
    if end is not None:
        raise WaitUntil(end, "a blackout")


def _accept(app: App, plan: str, report: Report) -> int:
    """Accept what the rules of the configuration let pass; how many proposals that were."""
    if not (report.opened and app.config.auto_accept):
        return 0
    with _one_writer:
        home = open_plan(app, plan)
        return len(accept_by_rule(app.engine, app.config.auto_accept, home.plan, report.opened, home.save))


@contextmanager
def as_outcome(app: App) -> Iterator[None]:
    """Failures in the words of the job engine. What is left as it is counts as an attempt.

    Raises as `hub.jobs.port.Work` allows.
    """
    now = app.engine.time.now
    try:
        yield
    except Stopped:
        raise
    except Busy as busy:
        raise WaitUntil(now() + BUSY_PAUSE, str(busy)) from busy
    except Refusal as refusal:
        raise GiveUp(_said(refusal)) from refusal
    except ToolError as error:
        if error.verdict == "wait":
            raise WaitUntil(now() + (error.retry_after or QUOTA_PAUSE), str(error)) from error
        if error.verdict in ("ask", "give-up"):
            raise GiveUp(str(error)) from error
        raise


def _said(refusal: Refusal) -> str:
    """In one line, with all that is wrong and the next step."""
    inner = refusal.problems if isinstance(refusal, Problems) else []
    return "; ".join(filter(None, [str(refusal), *map(str, inner), refusal.hint]))


def _summary(report: Report, accepted: int) -> str:
    (seen,) = report.targets
    counts = {
        "opened": len(report.opened),
        "withdrawn": len(report.withdrawn),
        "accepted": accepted,
        "gone": len(seen.gone),
        "unknown": len(seen.unknown),
    }
    parts = [seen.state, *(f"{count} {what}" for what, count in counts.items() if count)]
    parts += [f"healing {seen.healed.id} {seen.healed.status}"] if seen.healed else []
    parts += ["guards stop the healing"] if report.violations else []
    return ", ".join(parts)
