"""The engine of one machine: jobs in the hub's own SQLite database, run by threads of the process that owns them."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from hub.errors import Refusal, Stopped
from hub.jobs.port import GiveUp, Job, Retry, State, WaitUntil, Watch, Works, unwatched
from hub.jobs.queue import Queue
from hub.store.database import Database
from mappings.canonical.kinds import JSON

WORKERS = 4
POLL = 1.0
"""Seconds between two looks for what other processes, or transactions, asked for. The rest starts at once."""


class EmbeddedJobs:
    """Implements `hub.jobs.port.JobEngine`.

    One process at a time runs jobs: the one that holds a file lock, which the kernel frees when that process dies,
    whatever killed it. The others ask and watch; one that is in `run` takes over when the lock is free.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], float],
        *,
        retry: Retry | None = None,
        workers: int = WORKERS,
        poll: float = POLL,
    ) -> None:
        self._database = database
        self._now = now
        self._queue = Queue(database, now, retry or Retry())
        self._workers = workers
        self._poll = poll
        self._wake = threading.Event()
        self._owner = Ownership(_lock_file(database))

    def enqueue(self, kind: str, key: str, args: Mapping[str, JSON], *, within: Connection | None = None) -> int | None:
        if within is not None:
            return self._queue.add(within, kind, key, args)
        with self._database.write() as connection:
            added = self._queue.add(connection, kind, key, args)
        self._wake.set()
        return added

    def run(self, works: Works, stopping: threading.Event, *, watch: Watch = unwatched, once: bool = False) -> bool:
        if once and not self._owns():
            return False
        running: set[Future[None]] = set()
        try:
            with ThreadPoolExecutor(self._workers, thread_name_prefix="job") as pool:
                while not stopping.is_set():
                    running = _under_way(running)
                    if job := self._next(works, len(running)):
                        running.add(self._start(pool, job, works, watch))
                    elif once and not running:
                        break
                    else:
                        self._pause()
            _under_way(running)
        finally:
            self._owner.release()
        return True

    def _owns(self) -> bool:
        """Whether the jobs are this process's to run; a new owner first puts in order what the last one left."""
        if self._owner.held:
            return True
        if not self._owner.acquire():
            return False
        self._queue.recover()
        self._queue.forget()
        return True

    def _next(self, works: Works, running: int) -> Job | None:
        return self._queue.claim(works) if running < self._workers and self._owns() else None

    def _start(self, pool: ThreadPoolExecutor, job: Job, works: Works, watch: Watch) -> Future[None]:
        future = pool.submit(self._perform, job, works, watch)
        future.add_done_callback(lambda _: self._wake.set())
        return future

    def _pause(self) -> None:
        """Until somebody in this process asks for work or a worker is free, or it is time to look."""
        self._wake.wait(self._poll)
        self._wake.clear()

    def _perform(self, job: Job, works: Works, watch: Watch) -> None:
        watch(job)
        try:
            message = works[job.kind](job)
        except WaitUntil as wait:
            settled = self._queue.postpone(job, wait.at, wait.message)
        except Stopped:
            settled = self._queue.postpone(job, self._now(), "stopped before the end")
        except GiveUp as problem:
            settled = self._queue.end(job, "failed", str(problem))
        except Exception as problem:
            settled = self._queue.retry(job, f"{type(problem).__name__}: {problem}")
        else:
            settled = self._queue.end(job, "done", message)
        watch(settled)

    def jobs(self, *states: State, key: str | None = None, limit: int = 100) -> list[Job]:
        return self._queue.jobs(states, key, limit)

    def job(self, number: int) -> Job | None:
        return self._queue.job(number)

    def counts(self) -> dict[State, int]:
        return self._queue.counts()

    def cancel(self, job: int) -> bool:
        return self._queue.cancel(job)


class Ownership:
    """A lock on a file, held until `release` or the end of the process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: IO[str] | None = None

    @property
    def held(self) -> bool:
        return self._held is not None

    def acquire(self) -> bool:
        """Whether the lock is ours now. Raises Refusal when the file cannot be made."""
        try:
            self._file.parent.mkdir(exist_ok=True)
            opened = self._file.open("a")
        except OSError as error:
            hint = "the folder of the database must be writable"
            raise Refusal(f"cannot lock: {error.strerror}", place=str(self._file), hint=hint) from None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            opened.close()
            return False
        self._held = opened
        return True

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


def _lock_file(database: Database) -> Path:
    name = Path(database.engine.url.database or "").name
    return database.folder / ".hub-locks" / f"jobs-{name}.lock"


def _under_way(running: set[Future[None]]) -> set[Future[None]]:
    """Those that have not ended. Raises what kept one that did from recording its end."""
    ended = {one for one in running if one.done()}
    for one in ended:
        one.result()
    return running - ended
