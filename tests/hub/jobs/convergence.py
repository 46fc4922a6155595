"""Work for the stress test: brings the state of a key to what is desired, in a way that tells when two do it at once.

As a script it is one worker: arguments are the database's URL and the folder with the keys.
"""

from __future__ import annotations

import fcntl
import os
import sys
import threading
import time
from pathlib import Path

from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job, Retry, Work
from hub.store.database import Database

STEPS = 8


def desire(folder: Path, key: str, version: int) -> None:
    """What the key should hold from now on."""
    new = folder / f"{key}.new"
    new.write_text(str(version))
    new.rename(folder / f"{key}.desired")


def converge(folder: Path, say: int) -> Work:
    """Reads the desired state at its start, writes it in steps, and says "started" or "overlap" as one line."""

    def work(job: Job) -> str:
        with (folder / f"{job.key}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.write(say, b"overlap\n")
                raise
            os.write(say, b"started\n")
            desired = (folder / f"{job.key}.desired").read_text()
            for step in range(STEPS):
                _write_durably(folder / f"{job.key}.step", str(step))
            _write_durably(folder / f"{job.key}.state", desired)
        return desired

    return work


def _write_durably(file: Path, content: str) -> None:
    with file.open("w") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def engine(url: str) -> EmbeddedJobs:
    """An engine that never gives a job up, however often its process is killed."""
    return EmbeddedJobs(Database(url), time.time, retry=Retry(attempts=10_000), workers=3, poll=0.05)


if __name__ == "__main__":
    engine(sys.argv[1]).run({"reconcile": converge(Path(sys.argv[2]), sys.stdout.fileno())}, threading.Event())
