"""Publish on bad days: one target fails, someone edits in the middle, the quota ends, the tool lies, Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox import Fault
from hub.engine.ports import Progress, Publication, TargetRun
from hub.errors import Guarded, Refusal, Stopped
from tests.hub.engine.bench import EVENTS, Bench, described, moody, plan_of

OpenBench = Callable[..., Bench]
MANY = plan_of({f"Buoy {number:02}": {} for number in range(40)})


@pytest.fixture
def pair(open_bench: OpenBench) -> Bench:
    return open_bench("lab", "shop")


def run_of(publication: Publication, target: str = "lab") -> TargetRun:
    return next(one for one in publication.targets if one.target == target)


# One fails, the others go on


def test_one_target_failing_does_not_stop_the_others(pair: Bench) -> None:
    pair.boxes["shop"].faults.append(Fault("status", "PUT", status=400, body="{}", times=1000))
    publication = pair.publish(plan_of())
    assert (publication.status, run_of(publication).status, run_of(publication, "shop").status) == (
        "partial",
        "published",
        "failed",
    )
    assert set(pair.held()["lab"]) == set(EVENTS) and pair.held()["shop"] == {}


def test_a_failure_says_what_and_what_next(bench: Bench) -> None:
    bench.box.faults.append(Fault("status", "PUT /pages/Oar Lost", status=400, body='{"error": "ink"}'))
    run = run_of(bench.publish(plan_of()))
    assert (run.status, run.outcomes, run.verified) == ("partial", {"done": 2, "failed": 1}, 2)
    assert "ink" in run.message and run.hint


def test_resuming_finishes_what_failed_and_repeats_nothing(pair: Bench) -> None:
    pair.boxes["shop"].faults.append(Fault("status", "PUT /pages/Oar Lost", status=400, body="{}"))
    publication = pair.publish(plan_of())
    pair.forget_requests()
    assert pair.resume(publication).status == "published"
    assert [str(one.as_json()["path"]) for one in pair.writes()] == ["/pages/Oar Lost"]
    assert pair.held()["lab"] == pair.held()["shop"]


def test_what_failed_is_not_in_the_base(bench: Bench) -> None:
    bench.box.faults.append(Fault("status", "PUT /pages/Oar Lost", status=400, body="{}"))
    bench.publish(plan_of())
    assert "page:Oar Lost" not in bench.base()["lab"] and len(bench.base()["lab"]) == 2


def test_credentials_revoked_in_the_middle_leave_the_rest_untried(bench: Bench) -> None:
    bench.box.faults.append(Fault("status", "PUT", skip=1, status=401, body="{}", times=1000))
    run = run_of(bench.publish(plan_of()))
    assert run.outcomes == {"done": 1, "not-tried": 2} and run.hint


def test_what_was_written_before_the_credentials_were_revoked_is_our_own_work_later(bench: Bench) -> None:
    bench.box.faults.append(Fault("status", "PUT", skip=1, status=401, body="{}", times=1000))
    bench.publish(plan_of())
    bench.box.faults.clear()
    assert bench.publish(plan_of()).status == "published"


def test_resuming_without_one_of_its_targets_is_refused(pair: Bench) -> None:
    pair.boxes["shop"].faults.append(Fault("status", "PUT", status=400, body="{}", times=1000))
    publication = pair.publish(plan_of())
    del pair.targets[1]
    with pytest.raises(Refusal, match="shop"):
        pair.resume(publication)


def test_resuming_what_is_published_does_nothing(bench: Bench) -> None:
    publication = bench.publish(plan_of())
    bench.forget_requests()
    assert bench.resume(publication).status == "published" and bench.box.log == []


def test_half_a_batch_is_told_apart_from_the_other_half(open_bench: OpenBench) -> None:
    bench = open_bench(batch=50)
    bench.box.faults.append(moody("half-batch", "POST"))
    run = run_of(bench.publish(plan_of()))
    assert (run.status, run.outcomes, run.verified) == ("partial", {"done": 1, "failed": 2}, 1)


def test_a_lost_answer_costs_no_second_write(bench: Bench) -> None:
    bench.box.faults.append(Fault("lost", "PUT /pages/Oar Lost"))
    assert bench.publish(plan_of()).status == "published"
    assert bench.box.pages["Oar Lost"]["revision"] == len(EVENTS)


# Someone else is at work


def test_an_edit_in_the_middle_is_left_alone_and_reported(bench: Bench) -> None:
    bench.publish(plan_of())
    edit = {"do": "write", "name": "Oar Lost", "text": "a person's words"}
    bench.box.faults.append(Fault("edit", "PUT /pages/Oar Lost", edit=edit))
    run = run_of(bench.publish(described("new")))
    assert run.outcomes == {"done": 2, "conflict": 1} and run.status == "partial"
    assert bench.held()["lab"]["Oar Lost"]["text"] == "a person's words"


def test_a_conflict_does_not_move_the_base(bench: Bench) -> None:
    bench.publish(plan_of())
    before = bench.base()["lab"]["page:Oar Lost"]
    edit = {"do": "write", "name": "Oar Lost", "text": "a person's words"}
    bench.box.faults.append(Fault("edit", "PUT /pages/Oar Lost", edit=edit))
    bench.publish(described("new"))
    assert bench.base()["lab"]["page:Oar Lost"] == before


def test_a_conflict_stays_one_when_resumed_and_is_guarded_when_published_anew(bench: Bench) -> None:
    bench.publish(plan_of())
    edit = {"do": "write", "name": "Oar Lost", "text": "a person's words"}
    bench.box.faults.append(Fault("edit", "PUT /pages/Oar Lost", edit=edit))
    publication = bench.publish(described("new"))
    assert run_of(bench.resume(publication)).outcomes == {"already": 2, "conflict": 1}
    with pytest.raises(Guarded, match="1 guards"):
        bench.publish(described("new"))


def test_an_edit_between_the_reading_and_the_first_write_is_left_alone(bench: Bench) -> None:
    bench.publish(plan_of())
    edit = {"do": "write", "name": "Oar Lost", "text": "a person's words"}
    bench.box.faults.append(Fault("edit", "GET /notebook", edit=edit))
    assert run_of(bench.publish(described("new"))).outcomes == {"done": 2, "conflict": 1}
    assert bench.held()["lab"]["Oar Lost"]["text"] == "a person's words"


def test_a_page_deleted_by_someone_in_the_middle_is_not_created_again(bench: Bench) -> None:
    bench.publish(plan_of())
    bench.box.faults.append(Fault("edit", "GET /notebook", edit={"do": "delete", "name": "Oar Lost"}))
    run = run_of(bench.publish(described("new")))
    assert run.outcomes == {"done": 2, "conflict": 1} and "Oar Lost" not in bench.held()["lab"]


# The quota ends


def test_a_quota_beyond_the_patience_waits_and_resuming_goes_on(open_bench: OpenBench) -> None:
    bench = open_bench(limited=True, patience=5.0)
    publication = bench.publish(MANY)
    assert (publication.status, run_of(publication).status) == ("waiting", "waiting")
    done = len(bench.held()["lab"])
    bench.time.sleep(11)
    assert 0 < done < 40 and bench.resume(publication).status == "published"
    assert len(bench.held()["lab"]) == 40 == bench.box.revision


def test_a_429_longer_than_the_patience_is_waiting_too(open_bench: OpenBench) -> None:
    bench = open_bench(patience=5.0)
    bench.box.faults.append(Fault("status", "PUT", skip=1, status=429, headers={"retry-after": "600"}, body="{}"))
    publication = bench.publish(plan_of())
    assert publication.status == "waiting" and bench.resume(publication).status == "published"


def test_a_run_that_waits_does_not_hold_back_the_other_target(open_bench: OpenBench) -> None:
    bench = open_bench("lab", "shop", patience=5.0)
    fault = Fault("status", "PUT", status=429, headers={"retry-after": "600"}, body="{}")
    bench.boxes["lab"].faults.append(fault)
    publication = bench.publish(plan_of())
    assert (publication.status, run_of(publication, "shop").status) == ("waiting", "published")


def test_what_was_written_before_the_quota_ended_is_in_the_base_after_resuming(open_bench: OpenBench) -> None:
    bench = open_bench(limited=True, patience=5.0)
    publication = bench.publish(MANY)
    while publication.status == "waiting":
        bench.time.sleep(11)
        publication = bench.resume(publication)
    assert len(bench.base()["lab"]) == 40


# The tool says one thing and shows another


def test_a_write_that_the_tool_does_not_show_is_a_failure_and_not_in_the_base(bench: Bench) -> None:
    bench.box.faults.append(moody("forget", "PUT /pages/Oar Lost"))
    run = run_of(bench.publish(plan_of()))
    assert (run.status, run.outcomes, run.verified) == ("partial", {"done": 2, "failed": 1}, 2)
    assert "does not show" in run.message and "page:Oar Lost" not in bench.base()["lab"]


def test_an_update_that_the_tool_does_not_show_leaves_the_old_base(bench: Bench) -> None:
    bench.publish(plan_of())
    before = bench.base()
    bench.box.faults.append(moody("forget", "PUT", times=1000))
    assert bench.publish(described("new")).status == "failed" and bench.base() == before


def test_a_deletion_that_the_tool_still_shows_is_a_failure(open_bench: OpenBench) -> None:
    bench = open_bench()
    bench.publish(plan_of())
    removed = [{"event": "Oar Lost", "reason": "chained", "date": "2026-02-03"}]
    rest = plan_of({name: one for name, one in EVENTS.items() if name != "Oar Lost"}, removed=removed)
    bench.delete_instead_of_hiding()
    bench.box.faults.append(moody("forget", "DELETE"))
    assert bench.publish(rest).status == "failed" and "page:Oar Lost" in bench.base()["lab"]
    assert bench.publish(rest).status == "published" and "page:Oar Lost" not in bench.base()["lab"]


def test_a_read_back_that_fails_leaves_the_base_for_the_resumed_run(bench: Bench) -> None:
    bench.box.faults.append(Fault("status", "GET /pages", skip=2, status=503, times=5))
    publication = bench.publish(plan_of())
    assert publication.status != "published" and bench.base()["lab"] == {}
    assert bench.resume(publication).status == "published" and len(bench.base()["lab"]) == 3


def test_a_list_that_comes_back_empty_after_the_write_proves_nothing(bench: Bench) -> None:
    bench.box.faults.append(moody("empty-list", "GET /pages", skip=2))
    publication = bench.publish(plan_of())
    assert publication.status == "failed" and bench.base()["lab"] == {}
    assert bench.resume(publication).status == "published" and bench.box.revision == 3


# Two at once, and one who has enough


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
    found: list[Publication] = []

    def interfere(progress: Progress) -> None:
        if progress.stage == "writing" and progress.done == 1:
            found.append(second.publish(described("second")))

    bench.listen = interfere  # type: ignore[method-assign]
    bench.publish(plan_of())
    assert run_of(found[0]).status == "failed" and set(bench.held()["lab"]) == set(EVENTS)
    assert {page["text"] for page in bench.held()["lab"].values()} == {one["description"] for one in EVENTS.values()}


def test_another_target_is_not_busy(pair: Bench) -> None:
    with pair.store.lock("shop"):
        publication = pair.publish(plan_of())
    assert (run_of(publication).status, publication.status) == ("published", "partial")


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
