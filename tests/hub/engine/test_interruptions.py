"""Two runs at once, Ctrl-C, and publications that take over from interrupted ones."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable

import pytest

from hub.engine.ports import Progress
from hub.engine.publish import publish
from hub.errors import Busy, Guarded, Refusal, Stopped
from tests.hub.engine.bench import EVENTS, MANY, Bench, described, plan_of, run_of

OpenBench = Callable[..., Bench]


@pytest.fixture
def pair(open_bench: OpenBench) -> Bench:
    return open_bench("lab", "shop")


# Two at once


def test_two_publishes_to_one_target_are_one_too_many(open_bench: OpenBench, bench: Bench) -> None:
    with bench.store.lock("lab"):
        run = run_of(bench.publish(plan_of()))
    assert run.status == "failed" and "another run" in run.message and run.hint and bench.writes() == []


def test_the_run_that_found_the_target_busy_can_be_resumed(bench: Bench) -> None:
    with bench.store.lock("lab"):
        publication = bench.publish(plan_of())
    kept = bench.store.publication(publication.id)
    assert run_of(kept).status == "failed" and "another run" in run_of(kept).message
    assert bench.resume(kept).status == "published"


def test_a_second_hub_finds_the_target_busy_while_the_first_writes(bench: Bench) -> None:
    second = Bench(bench.folder, boxes=bench.boxes, time=bench.time)
    seen: list[str] = []

    def interfere(progress: Progress) -> None:
        if progress.stage == "writing" and progress.done == 1:
            with pytest.raises(Busy):
                second.publish(described("second"))
            seen.extend(one.status for one in second.store.publications("Harbour"))

    bench.listen = interfere  # type: ignore[method-assign]
    assert bench.publish(plan_of()).status == "published" and seen == ["running"]
    assert [one.status for one in bench.store.publications("Harbour")] == ["published"]
    assert {page["text"] for page in bench.held()["lab"].values()} == {one["description"] for one in EVENTS.values()}


def test_a_run_of_the_plan_at_another_target_is_not_superseded_either(pair: Bench) -> None:
    other = pair.targets[1:]

    def interfere(progress: Progress) -> None:
        if progress.stage == "writing" and progress.done == 1:
            with pytest.raises(Busy):
                publish(pair.engine, described("second"), other, who="lee")

    pair.listen = interfere  # type: ignore[method-assign]
    assert publish(pair.engine, plan_of(), pair.targets[:1], who="dana").status == "published"
    assert [one.status for one in pair.store.publications("Harbour")] == ["published"]


def test_a_run_that_died_is_superseded(bench: Bench) -> None:
    version = bench.store.freeze(plan_of(), "dana", bench.time.now())
    dead = bench.store.open_publication(bench.preview(plan_of()).changeset, version, "dana", bench.time.now())
    assert bench.publish(plan_of()).status == "published"
    assert bench.store.publication(dead.id).status == "superseded"


def test_another_target_is_not_busy(pair: Bench) -> None:
    with pair.store.lock("shop"):
        publication = pair.publish(plan_of())
    assert (run_of(publication).status, publication.status) == ("published", "partial")


# Someone has enough


def test_a_stopped_run_ends_after_the_answer_it_waits_for(bench: Bench) -> None:
    bench.stop_when("writing", done=1)
    with pytest.raises(Stopped) as caught:
        bench.publish(plan_of())
    assert caught.value.hint and len(bench.held()["lab"]) == 2


@pytest.mark.parametrize("again", ["publish", "resume"])
def test_the_same_command_completes_a_stopped_run(bench: Bench, again: str) -> None:
    bench.stop_when("writing", done=1)
    with pytest.raises(Stopped):
        bench.publish(plan_of())
    bench.stopping.clear()
    (stopped,) = bench.store.publications()
    publication = bench.publish(plan_of()) if again == "publish" else bench.resume(stopped)
    assert publication.status == "published" and bench.box.revision == 3 and len(bench.base()["lab"]) == 3


def test_what_was_answered_before_the_stop_is_on_record(bench: Bench) -> None:
    bench.stop_when("writing", done=1)
    with pytest.raises(Stopped):
        bench.publish(plan_of())
    (stopped,) = bench.store.publications()
    outcomes = [one["outcome"] for one in bench.store.receipt_rows(stopped.id, "lab")]
    assert outcomes == ["done", "done", "not-tried"]


def test_a_stop_before_the_first_write_writes_nothing(bench: Bench) -> None:
    bench.stopping.set()
    with pytest.raises(Stopped):
        bench.publish(plan_of())
    assert bench.writes() == []


def wait_for_the_run_to_end(bench: Bench) -> None:
    """Until the target is free: Ctrl-C may strike while its thread is being started, and then nobody waits for it."""
    for _ in range(1000):
        with contextlib.suppress(Busy), bench.store.lock("lab"):
            return
        time.sleep(0.01)
    raise AssertionError("the run never ended")


def test_ctrl_c_ends_the_run_after_the_answer_it_waits_for_and_a_rerun_completes(bench: Bench) -> None:
    def press(progress: Progress) -> None:
        if (progress.stage, progress.done) == ("writing", 1):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            assert bench.stopping.wait(10)

    bench.listen = press  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        bench.publish(plan_of())
    wait_for_the_run_to_end(bench)
    assert len(bench.held()["lab"]) == 2
    again = Bench(bench.folder, boxes=bench.boxes, time=bench.time)
    assert again.publish(plan_of()).status == "published" and bench.box.revision == 3


# Later publications take over


def test_an_interrupted_publication_is_superseded_by_the_next(bench: Bench) -> None:
    bench.stop_when("writing", done=1)
    with pytest.raises(Stopped):
        bench.publish(plan_of())
    bench.stopping.clear()
    bench.publish(described("new"))
    statuses = sorted(one.status for one in bench.store.publications())
    assert statuses == ["published", "superseded"]


def test_a_superseded_publication_cannot_be_resumed(open_bench: OpenBench) -> None:
    bench = open_bench(limited=True, patience=5.0)
    waiting = bench.publish(MANY)
    bench.time.sleep(11)
    after = plan_of({**{name: {} for name in MANY.events}, "Buoy 00": {"description": "new"}})
    latest = bench.publish(after)
    while latest.status == "waiting":
        bench.time.sleep(11)
        latest = bench.resume(latest)
    held = bench.held()
    with pytest.raises(Refusal):
        bench.resume(bench.store.publication(waiting.id))
    assert bench.held() == held and bench.store.publication(waiting.id).status == "superseded"


def test_a_publication_of_another_plan_is_not_superseded(open_bench: OpenBench) -> None:
    bench = open_bench(limited=True, patience=5.0)
    waiting = bench.publish(MANY)
    bench.time.sleep(11)
    bench.publish(plan_of({"Buoy 00": {}}).model_copy(update={"name": "Pier"}))
    assert bench.store.publication(waiting.id).status == "waiting"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_interrupted_first_publish_is_not_stopped_by_guards_later(bench: Bench, at: int) -> None:
    bench.stop_when("writing", done=at)
    with pytest.raises(Stopped):
        bench.publish(plan_of())
    bench.stopping.clear()
    assert bench.publish(described("new")).status == "published"


def test_an_edit_after_the_interruption_is_still_a_persons(bench: Bench) -> None:
    bench.stop_when("writing", done=1)
    with pytest.raises(Stopped):
        bench.publish(plan_of())
    bench.stopping.clear()
    first = next(iter(bench.box.pages))
    bench.box.edit({"do": "write", "name": first, "text": "a person's words"})
    with pytest.raises(Guarded):
        bench.publish(described("new"))
    assert bench.held()["lab"][first]["text"] == "a person's words"


def test_an_interrupted_deletion_leaves_nothing_that_stands_in_the_way_later(bench: Bench) -> None:
    removed = [{"event": "Oar Lost", "reason": "oars are chained", "date": "2026-02-03"}]
    rest = plan_of({name: one for name, one in EVENTS.items() if name != "Oar Lost"}, removed=removed)
    bench.publish(plan_of())
    bench.delete_instead_of_hiding()
    bench.stop_when("writing", done=0)
    with pytest.raises(Stopped):
        bench.publish(rest)
    bench.stopping.clear()
    bench.publish(rest)
    bench.box.edit({"do": "write", "name": "Oar Lost", "text": "a person's own page"})
    bench.publish(rest)
    assert bench.held()["lab"]["Oar Lost"]["text"] == "a person's own page"
