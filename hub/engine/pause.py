"""Pausing: a run that hears of it ends before its next write, and reads back what it wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from connectors.contract import Time
from hub.engine.ports import Publication, TargetRun
from hub.engine.record import publication_record
from hub.engine.target import Engine

HEARING = 2.0
"""Seconds of a wait for a quota after which a run asks again whether it is to pause."""
HURRY = 10.0
"""Seconds that a run which is to pause waits for a quota to read back what it wrote."""


class Paused(Exception):
    """Somebody asked for a pause while the run waited for a quota."""


class PausableTime:
    """The clock of one run: until `ignore_pauses`, a long wait ends with Paused when somebody asks for a pause."""

    def __init__(self, time: Time, asked: Callable[[], bool]) -> None:
        self._time = time
        self._asked = asked
        self._listening = True
        self._longest = float("inf")

    def now(self) -> float:
        return self._time.now()

    def sleep(self, seconds: float) -> None:
        left = seconds
        if left > self._longest:
            raise Paused
        while self._listening and left > HEARING:
            self._time.sleep(HEARING)
            left -= HEARING
            if self._asked():
                raise Paused
        self._time.sleep(left)

    def ignore_pauses(self, *, in_a_hurry: bool) -> None:
        """Nothing is written from now on, what was written is to be read back; in a hurry: if that does not take
        long, else Paused."""
        self._listening = False
        self._longest = HURRY if in_a_hurry else self._longest


def paused(run: TargetRun, publication: str, who: str) -> TargetRun:
    """The run as one that waits for somebody to have it go on."""
    hint = f"`hub publish --resume {publication}` goes on"
    return replace(run, status="paused", message=f"paused by {who}", hint=hint)


def lay_down(engine: Engine, publication: Publication) -> Publication:
    """Record that a publication is paused on which nobody is at work; its targets are held by the caller."""
    asked = engine.store.paused_by(publication.id)
    for run in publication.targets:
        if run.status in ("running", "waiting"):
            engine.store.set_run(publication.id, paused(run, publication.id, asked))
    found = engine.store.publication(publication.id)
    record = publication_record(engine, found, "paused")
    return engine.store.close_publication(found.id, "paused", record, engine.time.now())
