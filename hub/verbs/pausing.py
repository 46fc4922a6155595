"""Pausing a publication, and having it go on: for the page, the command and the buttons alike."""

from __future__ import annotations

from contextlib import ExitStack

from hub.app import App
from hub.engine.pause import lay_down
from hub.engine.ports import Publication
from hub.errors import Busy, Refusal

PAUSABLE = frozenset({"running", "waiting"})
RESUMABLE = frozenset({"paused", "waiting", "partial", "failed"})


def pause(hub: App, identity: str, *, who: str) -> Publication:
    """Ask for a pause: each target's run ends before its next write, in whatever process it is.

    Where nobody is at work (it waits for a quota, or its process died), the publication is paused at once. Nothing but
    `lift` has it go on. Raises Refusal when it is not under way.
    """
    found = hub.store.publication(identity)
    if found.status not in PAUSABLE:
        raise Refusal(f"publication {found.id} is {found.status}", hint="only what is under way can be paused")
    now = hub.engine.time.now()
    hub.store.pauses.ask(found.id, who, now)
    hub.store.people.note(who, "pause", found.id, now)
    return settled(hub, found)


def settled(hub: App, found: Publication) -> Publication:
    """The publication as it stands, laid down when somebody asked for that and nobody is at work on it."""
    if found.status not in PAUSABLE or not hub.store.paused_by(found.id):
        return found
    with ExitStack() as held:
        try:
            for run in found.targets:
                held.enter_context(hub.store.lock(run.target))
        except Busy:
            return hub.store.publication(found.id)
        now = hub.store.publication(found.id)
        return lay_down(hub.engine, now) if now.status in PAUSABLE else now


def lift(hub: App, found: Publication) -> None:
    """It may go on. Raises Refusal when there is nothing to go on with."""
    if found.status not in RESUMABLE | PAUSABLE:
        raise Refusal(f"publication {found.id} is {found.status}", hint="there is nothing to go on with")
    hub.store.pauses.lift(found.id)
