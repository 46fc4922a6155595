"""Pauses: a run ends before its next write, remembers what it wrote, and goes on when it may."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from connectors.sandbox import Fault
from hub.engine.pause import PausableTime, Paused, lay_down
from hub.engine.ports import Progress, Publication
from hub.engine.publish import overall
from hub.errors import Stopped
from hub.store.pauses import Pauses
from hub.store.sql import SqlStore
from tests.hub.engine.bench import MANY, Bench, described, plan_of, run_of, written_pages
from tests.hub.engine.road import look, person, seen

OpenBench = Callable[..., Bench]


def pauses(bench: Bench) -> Pauses:
    assert isinstance(bench.store, SqlStore)
    return bench.store.pauses


def ask(bench: Bench) -> None:
    """Lee asks for a pause of what is under way."""
    pauses(bench).ask(bench.store.publications()[0].id, "lee", bench.time.now())


def pause_when(bench: Bench, stage: str, done: int = 0) -> None:
    """Lee asks for a pause, once, when this much is told."""
    asked: list[Progress] = []

    def listen(progress: Progress) -> None:
        if (progress.stage, progress.done) == (stage, done) and not asked:
            asked.append(progress)
            ask(bench)

    bench.listen = listen  # type: ignore[method-assign]


def going_on(bench: Bench, found: Publication) -> Publication:
    pauses(bench).lift(found.id)
    return bench.resume(found)


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_run_ends_before_its_next_write(bench: Bench, done: int) -> None:
    pause_when(bench, "writing", done)
    found = bench.publish(plan_of())
    run = run_of(found)
    assert (found.status, run.status, run.message) == ("paused", "paused", "paused by lee") and found.id in run.hint
    assert (len(bench.writes()), run.verified, len(bench.base()["lab"])) == (done, done, done)


def test_a_pause_after_the_last_write_comes_too_late(bench: Bench) -> None:
    pause_when(bench, "writing", 3)
    assert bench.publish(plan_of()).status == "published"


def test_what_was_paused_goes_on_and_writes_nothing_twice(bench: Bench) -> None:
    pause_when(bench, "writing", 1)
    found = bench.publish(plan_of())
    assert going_on(bench, found).status == "published"
    assert set(written_pages(bench.box).values()) == {1} and len(bench.base()["lab"]) == 3


def test_it_can_be_paused_again_and_knows_all_that_it_wrote(bench: Bench) -> None:
    pause_when(bench, "writing", 1)
    found = bench.publish(plan_of())
    pause_when(bench, "writing", 2)
    again = going_on(bench, found)
    assert (again.status, run_of(again).verified) == ("paused", 2)
    assert run_of(again).outcomes == {"already": 1, "done": 1, "not-tried": 1}


def test_nobody_had_it_go_on_so_a_resume_ends_at_once(bench: Bench) -> None:
    pause_when(bench, "writing", 1)
    found = bench.publish(plan_of())
    assert bench.resume(found).status == "paused" and len(bench.writes()) == 1


def test_every_target_is_paused(open_bench: OpenBench) -> None:
    pair = open_bench("lab", "shop")
    both_begin = threading.Barrier(2, lambda: ask(pair))

    def listen(progress: Progress) -> None:
        if (progress.stage, progress.done) == ("writing", 0):
            both_begin.wait(30)

    pair.listen = listen  # type: ignore[method-assign]
    found = pair.publish(plan_of())
    del pair.listen
    assert [run.status for run in found.targets] == ["paused", "paused"]
    assert going_on(pair, found).status == "published" and pair.held()["lab"] == pair.held()["shop"]


def test_a_wait_for_a_quota_ends_when_somebody_asks_for_a_pause(open_bench: OpenBench) -> None:
    bench = open_bench(limited=True)
    pause_when(bench, "waiting")
    found = bench.publish(MANY)
    assert found.status == "paused" and 0 < len(bench.writes()) < 40
    assert going_on(bench, found).status == "published" and set(written_pages(bench.box).values()) == {1}


def test_what_was_written_before_a_pause_is_nobodys_edit(bench: Bench) -> None:
    pause_when(bench, "writing", 1)
    bench.publish(plan_of())
    (changes,) = bench.preview(plan_of()).changeset.targets
    assert changes.edits == () and len(changes.operations) == 2


def test_a_write_that_failed_before_the_pause_keeps_its_receipt(bench: Bench) -> None:
    bench.box.faults.append(Fault("status", "PUT", status=400))
    pause_when(bench, "writing", 1)
    run = run_of(bench.publish(plan_of()))
    assert run.status == "paused" and run.outcomes == {"failed": 1, "not-tried": 2}


def test_a_new_publish_takes_over_from_a_paused_one(bench: Bench) -> None:
    pause_when(bench, "writing", 1)
    found = bench.publish(plan_of())
    assert bench.publish(described("Newer.")).status == "published"
    assert bench.store.publication(found.id).status == "superseded"


def test_a_schedule_that_heals_leaves_a_paused_publication_alone(bench: Bench) -> None:
    bench.publish(plan_of())
    pause_when(bench, "writing", 1)
    found = bench.publish(described("Newer."))
    person(bench, "Boat Rented", fields={"hours": {"type": "text", "required": False, "text": ""}})
    assert seen(look(bench, plan_of(), "heal")).healed is None
    assert bench.store.publication(found.id).status == "paused"


def test_what_died_before_it_heard_of_the_pause_is_laid_down(bench: Bench) -> None:
    bench.stop_when("writing", 1)
    with pytest.raises(Stopped):
        bench.publish(plan_of())
    bench.stopping.clear()
    (dead,) = bench.store.publications()
    pauses(bench).ask(dead.id, "lee", bench.time.now())
    laid = lay_down(bench.engine, dead)
    assert (laid.status, run_of(laid).message, bool(laid.receipt)) == ("paused", "paused by lee", True)
    assert going_on(bench, laid).status == "published" and set(written_pages(bench.box).values()) == {1}


def test_whoever_asked_first_is_remembered_until_it_goes_on(bench: Bench) -> None:
    pause_when(bench, "writing", 1)
    found = bench.publish(plan_of())
    pauses(bench).ask(found.id, "kim", bench.time.now())
    assert bench.store.paused_by(found.id) == "lee"
    pauses(bench).lift(found.id)
    assert bench.store.paused_by(found.id) == ""


def test_a_long_sleep_hears_of_a_pause_and_a_short_one_does_not_ask(bench: Bench) -> None:
    asked: list[float] = []

    def hear() -> bool:
        asked.append(bench.time.now())
        return len(asked) == 3

    clock = PausableTime(bench.time, hear)
    clock.sleep(1.5)
    assert asked == []
    with pytest.raises(Paused):
        clock.sleep(3600)
    assert len(asked) == 3


def test_a_read_back_before_a_pause_waits_for_no_quota(bench: Bench) -> None:
    clock = PausableTime(bench.time, lambda: True)
    clock.ignore_pauses(in_a_hurry=False)
    clock.sleep(3600)
    clock.ignore_pauses(in_a_hurry=True)
    with pytest.raises(Paused):
        clock.sleep(3600)


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        (("published", "paused"), "paused"),
        (("waiting", "paused"), "paused"),
        (("failed", "paused"), "paused"),
        (("published", "waiting"), "waiting"),
        (("published", "failed"), "partial"),
    ],
)
def test_one_word_for_several_targets(statuses: tuple[str, ...], word: str) -> None:
    assert overall(statuses) == word  # type: ignore[arg-type]
