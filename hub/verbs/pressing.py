"""What a button in a chat does: the same verbs as commands, once per press, on behalf of the person who pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.app import App
from hub.engine.deciding import accepted, remember
from hub.errors import Refusal
from hub.jobs.embedded import EmbeddedJobs
from hub.plans import open_plan
from hub.verbs.pausing import lift
from hub.verbs.snoozing import TOMORROW, snooze, wake_time

RESUME = "resume"
"""The kind of job that goes on with a publication."""


def act_on(hub: App, *, key: str, act: str, subject: str, who: str) -> str:
    """Do what the button says; a line for the person, "" for a press that was dealt with before.

    Raises Refusal when it cannot be done (any more), with the next step.
    """
    now = hub.engine.time.now()
    if not hub.store.presses.claim(key, who=who, act=act, subject=subject, at=now):
        return ""
    try:
        outcome = ACTS[act](hub, subject, who)
    except Refusal as refusal:
        hub.store.presses.concluded(key, f"refused: {refusal.message}")
        raise
    hub.store.presses.concluded(key, outcome)
    hub.store.people.note(who, VERBS[act], subject, now, through="button")
    return outcome


def _approve(hub: App, fingerprint: str, who: str) -> str:
    hub.store.approvals.decide(fingerprint, approve=True, who=who, why="", at=hub.engine.time.now())
    return f"You approved of {fingerprint}; it can be published now."


def _retry(hub: App, publication: str, who: str) -> str:
    """Ask a worker to go on; Slack does not wait for a publish."""
    known = hub.store.publication(publication)
    lift(hub, known)
    jobs = EmbeddedJobs(hub.database, hub.engine.time.now)
    asked = jobs.enqueue(RESUME, known.id, {"publication": known.id, "who": who})
    return "The worker goes on with it." if asked else "It waits for the worker already."


def _accept(hub: App, number: str, who: str) -> str:
    stored = hub.store.decisions.one(int(number))
    home = open_plan(hub, _home(hub, stored.plan))
    written = home.save(accepted(home.plan, stored), who)
    remember(hub.engine, stored, "accepted", who=who, why="")
    return f"Accepted, written to {', '.join(written)}. The next publish carries it to the tools."


def _home(hub: App, plan: str) -> str | None:
    """Where the plan of that name lives: the configuration's own plan, if it is that one, else the store."""
    if hub.config.plan is not None and open_plan(hub, hub.config.plan).plan.name == plan:
        return hub.config.plan
    return plan


def _reject(hub: App, number: str, who: str) -> str:
    stored = hub.store.decisions.one(int(number))
    remember(hub.engine, stored, "rejected", who=who, why="")
    return "Rejected. The next publish restores the plan's value."


def _snooze(hub: App, number: str, who: str) -> str:
    """Until tomorrow: it is said again then, below the message, unless it is decided by that time."""
    until = wake_time(TOMORROW, hub.engine.time.now())
    snooze(hub, int(number), until, who=who)
    return "You hear of it again tomorrow."


ACTS: Mapping[str, Callable[[App, str, str], str]] = {
    "approve": _approve,
    "retry": _retry,
    "accept": _accept,
    "reject": _reject,
    "snooze": _snooze,
}
"""By what the button stands for (`hub.notify.story.Button.act`)."""
VERBS: Mapping[str, str] = {
    "approve": "approve",
    "retry": "resume",
    "accept": "proposal accepted",
    "reject": "proposal rejected",
    "snooze": "proposal snooze",
}
"""How the audit calls each act; the same words as for commands and pages."""
