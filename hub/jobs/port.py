"""The port for durable work: what may be asked of a job engine, and what a piece of work may answer.

Jobs are convergent: the work reads the desired state when it starts and does only what is left to do, so an engine
promises *at least once* and *one at a time per key*, and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from sqlalchemy import Connection

from mappings.canonical.kinds import JSON

State = Literal["queued", "running", "done", "failed", "superseded", "cancelled"]
"""`superseded`: it would have to run again, and an equal job that waits will do that."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work as it stands. Times are seconds since the epoch; it runs at `run_at` at the earliest.

    `attempts` counts the starts that ended in a failure or in the death of the process, and one under way. `message`
    is what the work said when it ended, or why it waits.
    """

    id: int
    kind: str
    key: str
    args: Mapping[str, JSON]
    state: State
    attempts: int
    queued_at: float
    run_at: float
    started: float | None = None
    finished: float | None = None
    message: str = ""


class WaitUntil(Exception):
    """Raised by work that can go on only later, at `at`: it is queued again, holds no worker and has not failed."""

    def __init__(self, at: float, message: str = "") -> None:
        super().__init__(message)
        self.at = at
        self.message = message


class GiveUp(Exception):
    """Raised by work that would fail again in the same way: no further attempt."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often work is tried in all, and the seconds before the second attempt and between later ones."""

    attempts: int = 5
    first: float = 30.0
    factor: float = 4.0
    longest: float = 3600.0

    def pause(self, attempts: int) -> float:
        """Seconds to wait after so many attempts."""
        return min(self.longest, self.first * self.factor ** (attempts - 1))


Work = Callable[[Job], str]
"""Does a job and returns a line for the record.

It may raise WaitUntil, GiveUp, `hub.errors.Stopped` when it ended because it was asked to (it is queued again), or
anything else, which counts as a failed attempt.
"""
Works = Mapping[str, Work]
"""What this process can do, by kind. Jobs of other kinds stay queued for a process that knows them."""
Watch = Callable[[Job], None]
"""Told of a job when it starts and when that start has ended. Called from several threads."""


def unwatched(job: Job) -> None:
    """Nobody is watching."""


class JobEngine(Protocol):
    """Keeps jobs and runs them. Every call but `run` is one transaction; what it returned is on disk."""

    def enqueue(self, kind: str, key: str, args: Mapping[str, JSON], *, within: Connection | None = None) -> int | None:
        """Ask for work; the id of the new job, or None when an equal one (kind, key and args) waits already.

        Jobs of one key run one at a time, in the order in which they were asked for. An equal job that *runs* does
        not count: it may have read the desired state before that changed. `args` name what to bring up to date; put
        a version in only if that very version is meant, then each one is kept. `within` is an open transaction: the
        job exists if and only if that commits.
        """

    def run(self, works: Works, stopping: threading.Event, *, watch: Watch = unwatched, once: bool = False) -> bool:
        """Run jobs, several keys side by side, until `stopping` is set; `once`: until nothing is due.

        Running work is waited for. False when `once` found that another process runs the jobs of this database. A
        job whose process died is run again. Raises Refusal when the engine can no longer keep its records.
        """

    def jobs(self, *states: State, key: str | None = None, limit: int = 100) -> list[Job]:
        """The newest jobs, newest first; in all states when none is named. Those that ended are kept for a month."""

    def job(self, number: int) -> Job | None:
        """By its id; None when there is none, or none any more."""

    def counts(self) -> dict[State, int]:
        """How many jobs there are in each state; a state without jobs is not listed."""

    def cancel(self, job: int) -> bool:
        """Take a waiting job back; False when it runs, has ended or never was."""
