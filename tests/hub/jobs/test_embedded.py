"""The embedded engine keeps the contract; and what is its own: the file lock, kill -9, and disks that fail."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from hub.errors import Refusal
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job, JobEngine, Retry
from hub.jobs.queue import Queue
from hub.store.database import Database
from tests.hub.jobs.contract import RETRY, Clock, JobEngineContract, ok, states, work_through
from tests.hub.store.processes import children


class Opening:
    """Opens engines on one database, each with its own connections."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def __call__(self, workers: int = 4) -> JobEngine:
        own = Database(self._database.url)
        return EmbeddedJobs(own, self._clock.now, retry=RETRY, workers=workers, poll=0.02)

    def transaction(self) -> AbstractContextManager[Connection]:
        return self._database.write()


@pytest.fixture
def open_engine(database: Database, clock: Clock) -> Opening:
    return Opening(database, clock)


class TestEmbeddedJobs(JobEngineContract):
    """Every promise of the port."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


# Kill -9

DIES = """
import threading, time
from hub.jobs.embedded import EmbeddedJobs
jobs = EmbeddedJobs(Database(sys.argv[1]), time.time)
def work(job):
    print("ready")
    threading.Event().wait()
jobs.run({"reconcile": work}, threading.Event())
"""


def killed_while_it_ran(database: Database, folder: Path) -> None:
    """A process starts what is due and is killed in the middle of the first job."""
    with children(DIES, database.url, cwd=folder) as (child,):
        child.kill()


@pytest.mark.process
def test_what_ran_when_the_owner_was_killed_runs_again(database: Database, tmp_path: Path) -> None:
    clock = Clock(at=4e9)
    jobs = EmbeddedJobs(database, clock.now)
    jobs.enqueue("reconcile", "lab", {"plan": "p"})
    with database.write() as connection:
        connection.execute(text("update job set run_at = 0"))
    killed_while_it_ran(database, tmp_path)
    assert states(jobs) == ["running"]
    assert work_through(jobs, lambda job: f"attempt {job.attempts} at {job.args['plan']}")[-1] == ("lab", "done")
    assert jobs.jobs()[0].message == "attempt 2 at p"


def set_running(database: Database, attempts: int) -> None:
    """As if the process had died so often while the newest job ran."""
    with database.write() as connection:
        changed = "update job set state = 'running', attempts = :n where id = (select max(id) from job)"
        connection.execute(text(changed), {"n": attempts})


def test_what_kills_its_process_each_time_fails_in_the_end(database: Database, clock: Clock) -> None:
    jobs = EmbeddedJobs(database, clock.now, retry=Retry(attempts=3))
    jobs.enqueue("reconcile", "lab", {})
    set_running(database, attempts=3)
    assert work_through(jobs, ok) == []
    assert "died" in jobs.jobs("failed")[0].message


def test_an_equal_job_that_waited_when_the_owner_died_is_the_one_that_runs(database: Database, clock: Clock) -> None:
    jobs = EmbeddedJobs(database, clock.now)
    jobs.enqueue("reconcile", "lab", {})
    set_running(database, attempts=1)
    jobs.enqueue("reconcile", "lab", {})
    assert len(work_through(jobs, ok)) == 2
    assert states(jobs) == ["superseded", "done"]


# Around the table


def test_work_under_way_keeps_the_lock_until_it_has_ended(database: Database, clock: Clock) -> None:
    owner, other = EmbeddedJobs(database, clock.now, poll=0.02), EmbeddedJobs(database, clock.now)
    stopping, at_work, go_on = threading.Event(), threading.Event(), threading.Event()

    def work(job: Job) -> str:
        at_work.set()
        return str(go_on.wait(20))

    owner.enqueue("reconcile", "lab", {})
    thread = threading.Thread(target=owner.run, args=({"reconcile": work}, stopping))
    thread.start()
    assert at_work.wait(20)
    stopping.set()
    assert not other.run({"reconcile": ok}, threading.Event(), once=True)
    go_on.set()
    thread.join(20)
    assert other.run({"reconcile": ok}, threading.Event(), once=True) and states(other) == ["done"]


def test_databases_in_one_folder_have_owners_of_their_own(tmp_path: Path, clock: Clock) -> None:
    one, other = (EmbeddedJobs(Database(f"sqlite:///{tmp_path}/{name}.db"), clock.now) for name in "ab")
    one.enqueue("reconcile", "lab", {})
    work_through(one, lambda job: str(other.run({}, threading.Event(), once=True)))
    assert one.jobs()[0].message == "True"


def test_an_end_that_cannot_be_recorded_ends_the_run(database: Database, clock: Clock) -> None:
    jobs = EmbeddedJobs(database, clock.now)
    jobs.enqueue("reconcile", "lab", {})

    def loses_its_table(job: Job) -> str:
        with database.write() as connection:
            connection.execute(text("alter table job rename to gone"))
        return ""

    with pytest.raises(Refusal, match="no such table"):
        work_through(jobs, loses_its_table)


def test_a_folder_that_cannot_hold_the_lock_is_a_refusal(database: Database, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / ".hub-locks").write_text("in the way")
    with pytest.raises(Refusal, match="cannot lock"):
        work_through(EmbeddedJobs(database, clock.now), ok)


def test_looking_for_work_waits_for_no_writer(database: Database, clock: Clock) -> None:
    queue = Queue(database, clock.now, RETRY)
    with database.write():
        assert queue.claim(["reconcile"]) is None
