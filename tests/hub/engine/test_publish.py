"""Publish: everything is checked before the first write, what was done is proved, what was not is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox import Fault
from connectors.testing.template.sandbox import TOKEN
from hub.changes.guard import Violation
from hub.errors import Guarded, Moved, Refusal
from tests.hub.engine.bench import EVENTS, Bench, described, plan_of

OpenBench = Callable[..., Bench]


@pytest.fixture
def pair(open_bench: OpenBench) -> Bench:
    return open_bench("lab", "shop")


def guards(caught: pytest.ExceptionInfo[Guarded]) -> list[str]:
    return [one.guard for one in caught.value.violations if isinstance(one, Violation)]


# It happens


def test_a_publish_brings_every_target_to_the_plan(pair: Bench) -> None:
    publication = pair.publish(plan_of())
    assert publication.status == "published" and {one.status for one in publication.targets} == {"published"}
    assert pair.held()["lab"] == pair.held()["shop"] and set(pair.held()["lab"]) == set(EVENTS)


def test_the_runs_count_what_was_done_and_proved(bench: Bench) -> None:
    (run,) = bench.publish(plan_of()).targets
    assert (run.operations, run.outcomes, run.verified, run.message) == (3, {"done": 3}, 3, "")


def test_publishing_again_writes_nothing(pair: Bench) -> None:
    pair.publish(plan_of())
    pair.forget_requests()
    assert pair.publish(plan_of()).status == "published" and pair.writes() == []


def test_only_what_changed_is_written(bench: Bench) -> None:
    bench.publish(plan_of())
    bench.forget_requests()
    bench.publish(described("Adrift.", "Oar Lost"))
    assert [str(one.as_json()["path"]) for one in bench.writes()] == ["/pages/Oar Lost"]


def test_the_previewed_fingerprint_is_published(bench: Bench) -> None:
    fingerprint = bench.preview(plan_of()).changeset.fingerprint
    assert bench.publish(plan_of(), fingerprint).fingerprint == fingerprint


def test_a_rename_keeps_the_page_and_moves_the_base(bench: Bench) -> None:
    bench.publish(plan_of())
    bench.box.edit({"do": "write", "name": "Oar Lost", "icon": "paddle"})
    bench.publish(plan_of())
    renamed = {("Paddle Lost" if name == "Oar Lost" else name): one for name, one in EVENTS.items()}
    publication = bench.publish(plan_of(renamed, moved=[{"from": "Oar Lost", "to": "Paddle Lost"}]))
    assert publication.status == "published" and bench.held()["lab"]["Paddle Lost"]["icon"] == "paddle"
    assert set(bench.base()["lab"]) == {f"page:{name}" for name in renamed}


def test_a_tombstone_hides_the_page(bench: Bench) -> None:
    bench.publish(plan_of())
    rest = {name: one for name, one in EVENTS.items() if name != "Oar Lost"}
    gone = plan_of(rest, removed=[{"event": "Oar Lost", "reason": "oars are chained", "date": "2026-02-03"}])
    assert bench.publish(gone).status == "published" and bench.held()["lab"]["Oar Lost"]["hidden"] is True
    assert bench.preview(gone).changeset.empty


def test_the_frozen_version_is_the_plan_that_was_published(bench: Bench) -> None:
    publication = bench.publish(plan_of())
    assert bench.store.plan_version("Harbour", publication.version) == plan_of()


def test_each_plan_that_was_published_has_its_number_and_the_same_plan_has_the_same(bench: Bench) -> None:
    plans = (plan_of(), plan_of(), described("new"))
    assert [bench.publish(plan).version for plan in plans] == [1, 1, 2]


# It is refused, and nothing was written


def test_a_plan_that_moved_since_the_preview_is_refused(bench: Bench) -> None:
    fingerprint = bench.preview(plan_of()).changeset.fingerprint
    with pytest.raises(Moved):
        bench.publish(described("another"), fingerprint)
    assert bench.writes() == [] and bench.store.publications() == []


def test_a_tool_that_moved_since_the_preview_is_refused(pair: Bench) -> None:
    pair.publish(plan_of())
    pair.forget_requests()
    fingerprint = pair.preview(described("new")).changeset.fingerprint
    pair.boxes["shop"].edit({"do": "write", "name": "Oar Lost", "text": "a person's words"})
    with pytest.raises(Moved):
        pair.publish(described("new"), fingerprint)
    assert pair.writes() == []


def test_all_violations_of_all_targets_are_reported_together(pair: Bench) -> None:
    pair.boxes["lab"].edit({"do": "write", "name": "Stray"})
    pair.boxes["shop"].edit({"do": "write", "name": "Oar Lost", "text": "theirs"})
    with pytest.raises(Guarded) as caught:
        pair.publish(plan_of())
    assert guards(caught) == ["first-publish", "first-publish", "unmanaged"] and pair.writes() == []


def test_a_remote_edit_stays_when_the_plan_did_not_move(bench: Bench) -> None:
    bench.publish(plan_of())
    bench.box.edit({"do": "write", "name": "Oar Lost", "text": "a person's words"})
    assert bench.publish(plan_of()).status == "published"
    assert bench.held()["lab"]["Oar Lost"]["text"] == "a person's words"


def test_a_conflict_stays_while_the_rest_is_published(bench: Bench) -> None:
    bench.publish(plan_of())
    bench.box.edit({"do": "write", "name": "Oar Lost", "text": "a person's words"})
    bench.publish(described("new"))
    held = bench.held()["lab"]
    assert held["Oar Lost"]["text"] == "a person's words"
    assert [page["text"] for name, page in held.items() if name != "Oar Lost"] == ["new"] * (len(held) - 1)


def test_a_ticket_lets_exactly_this_changeset_through(bench: Bench) -> None:
    bench.box.edit({"do": "write", "name": "Stray"})
    fingerprint = bench.override(plan_of(), "first-publish")
    assert bench.publish(plan_of(), fingerprint).status == "published"


def test_a_ticket_for_another_changeset_lets_nothing_through(bench: Bench) -> None:
    bench.box.edit({"do": "write", "name": "Stray"})
    bench.override(plan_of(), "first-publish")
    with pytest.raises(Guarded):
        bench.publish(described("new"))
    assert bench.writes() == []


def test_an_unreachable_target_stops_the_publish_everywhere(pair: Bench) -> None:
    pair.boxes["shop"].faults.append(Fault("refuse", times=1000))
    with pytest.raises(Refusal) as caught:
        pair.publish(plan_of())
    assert caught.value.place == "shop" and caught.value.hint and pair.writes() == []


def test_a_target_that_may_not_be_written_stops_the_publish_everywhere(pair: Bench) -> None:
    pair.boxes["shop"].edit({"do": "close"})
    with pytest.raises(Refusal) as caught:
        pair.publish(plan_of())
    assert caught.value.place == "shop" and pair.writes() == [] and pair.store.publications() == []


def test_credentials_that_fail_the_check_stop_the_publish_everywhere(pair: Bench) -> None:
    pair.boxes["lab"].faults.append(Fault("status", "GET /notebook", status=401, body="{}", times=1000))
    with pytest.raises(Refusal) as caught:
        pair.publish(plan_of())
    assert caught.value.place == "lab" and pair.writes() == []


def test_a_target_with_nothing_to_write_needs_no_right_to_write(pair: Bench) -> None:
    pair.publish(plan_of())
    pair.boxes["shop"].edit({"do": "close"})
    pair.boxes["lab"].pages.pop("Oar Lost")
    assert pair.publish(plan_of()).status == "published"


# What was proved is remembered, and nothing else


def test_the_base_holds_what_the_tool_showed(bench: Bench) -> None:
    bench.publish(plan_of())
    shown = bench.preview(plan_of()).snapshots["lab"].documents
    assert bench.base()["lab"] == {str(one.address): one.hash for one in shown.values()}


def test_what_the_tool_held_already_is_managed_without_a_write(bench: Bench) -> None:
    bench.publish(plan_of({"Oar Lost": EVENTS["Oar Lost"]}))
    bench.box.edit({"do": "write", "name": "Boat Returned", "text": "It came back.", "tags": ["core"]})
    publication = bench.publish(plan_of())
    assert publication.targets[0].operations == 1 and set(bench.base()["lab"]) == {f"page:{name}" for name in EVENTS}


def test_a_publication_and_its_receipts_hold_no_secret(pair: Bench) -> None:
    pair.boxes["lab"].faults.append(
        Fault("status", "PUT", status=400, body=f'{{"error": "Bearer {TOKEN} is no good"}}')
    )
    publication = pair.publish(plan_of())
    record = pair.store.record(publication.receipt)
    assert record["targets"][0]["outcomes"] == {"done": 2, "failed": 1}
    assert TOKEN not in str(record) and TOKEN not in str(publication) and "***" in str(record)


def test_the_record_says_what_came_of_each_operation(bench: Bench) -> None:
    publication = bench.publish(plan_of())
    record = bench.store.record(publication.receipt)
    assert (record["status"], record["who"], record["version"]) == ("published", "dana", 1)
    assert [(one["address"], one["outcome"]) for one in record["targets"][0]["receipts"]] == [
        (f"page:{name}", "done") for name in EVENTS
    ]


# Someone watches


def test_progress_comes_in_the_order_in_which_things_happen(pair: Bench) -> None:
    pair.publish(plan_of())
    order = ["observing", "observed", "checking", "writing", "verifying", "done"]
    assert pair.stages("lab") == order and pair.stages("shop") == order


def test_the_count_of_writes_grows_to_the_total(bench: Bench) -> None:
    bench.publish(plan_of())
    counts = [(one.done, one.total) for one in bench.events if one.stage == "writing"]
    assert counts == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_wait_for_the_quota_is_told(open_bench: OpenBench) -> None:
    bench = open_bench(limited=True)
    bench.publish(plan_of({f"Buoy {number}": {} for number in range(40)}))
    waits = [float(one.text) for one in bench.events if one.stage == "waiting"]
    assert waits and all(0 < wait <= 11 for wait in waits)
    assert [one.status for one in bench.box.log if one.status == 429] == []
