"""Publish on bad days: one target fails, someone edits in the middle, the quota ends, the tool lies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox import Fault
from hub.errors import Refusal
from tests.hub.engine.bench import EVENTS, MANY, Bench, described, moody, plan_of, run_of

OpenBench = Callable[..., Bench]


@pytest.fixture
def pair(open_bench: OpenBench) -> Bench:
    return open_bench("lab", "shop")


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


def test_a_write_whose_answer_was_lost_is_settled_by_the_read_back(bench: Bench) -> None:
    bench.box.faults.append(Fault("lost", "PUT /pages/Oar Lost"))
    bench.box.faults.append(Fault("status", "GET /pages", skip=2, status=503, times=5))
    run = run_of(bench.publish(plan_of()))
    assert (run.verified, run.status) == (3, "published")


def test_a_failed_run_is_told_as_failed_at_its_end(bench: Bench) -> None:
    bench.box.faults.append(Fault("status", "PUT", status=400, body="{}", times=1000))
    bench.publish(plan_of())
    assert bench.stages("lab")[-3:] == ["writing", "verifying", "failed"]


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


def test_a_conflict_stays_one_when_resumed_and_when_published_anew(bench: Bench) -> None:
    bench.publish(plan_of())
    edit = {"do": "write", "name": "Oar Lost", "text": "a person's words"}
    bench.box.faults.append(Fault("edit", "PUT /pages/Oar Lost", edit=edit))
    publication = bench.publish(described("new"))
    assert run_of(bench.resume(publication)).outcomes == {"already": 2, "conflict": 1}
    bench.publish(described("new"))
    assert bench.held()["lab"]["Oar Lost"]["text"] == "a person's words"


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


def test_a_person_who_goes_back_to_an_older_text_of_ours_is_still_a_person(bench: Bench) -> None:
    bench.box.faults.append(Fault("status", "PUT /pages/Boat Returned", status=400, body="{}"))
    bench.publish(described("first"))
    bench.time.sleep(60)
    bench.publish(described("second"))
    bench.time.sleep(60)
    bench.box.edit({"do": "write", "name": "Oar Lost", "text": "first"})
    bench.publish(described("third"))
    assert bench.held()["lab"]["Oar Lost"]["text"] == "first"


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
