"""Preview: reads everything, says everything, changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from connectors.contract import Coverage, Snapshot
from connectors.sandbox import Fault
from hub.engine.preview import Preview
from mappings.contract import Address, Documents
from tests.hub.engine.bench import WRITES, Bench, described, moody, plan_of

OpenBench = Callable[..., Bench]


def verbs(seen: Preview, target: str = "lab") -> list[str]:
    return [one.verb for one in seen.changeset.target(target).operations]


def test_a_preview_changes_nothing(bench: Bench) -> None:
    seen = bench.preview(plan_of())
    assert verbs(seen) == ["create"] * 3
    assert (bench.writes(), bench.base(), bench.store.publications()) == ([], {"lab": {}}, [])


def test_a_preview_right_after_a_publish_is_empty(bench: Bench) -> None:
    bench.publish(plan_of())
    assert bench.preview(plan_of()).changeset.empty


def test_two_previews_of_one_state_have_one_fingerprint(open_bench: OpenBench) -> None:
    bench = open_bench("lab", "shop")
    bench.targets.reverse()
    one = bench.preview(plan_of()).changeset.fingerprint
    bench.targets.reverse()
    assert bench.preview(plan_of()).changeset.fingerprint == one


def test_an_unreachable_target_is_reported_beside_the_others(open_bench: OpenBench) -> None:
    bench = open_bench("lab", "shop")
    bench.boxes["shop"].faults.append(Fault("refuse", times=1000))
    seen = bench.preview(plan_of())
    assert [one.target for one in seen.unreachable] == ["shop"]
    assert [one.target for one in seen.changeset.targets] == ["lab"]


def plain(snapshot: Snapshot) -> tuple[object, ...]:
    """All that a snapshot says, comparable."""
    documents = [(one.address, one.body, one.about, one.facts) for one in snapshot.documents.values()]
    return documents, snapshot.coverage, snapshot.taken_at, snapshot.requests


def test_a_snapshot_comes_back_from_the_store_as_it_went_in(bench: Bench) -> None:
    bench.box.edit({"do": "write", "name": "Stray: 50%", "text": "a person's", "icon": "anchor"})
    seen = bench.preview(plan_of()).snapshots["lab"]
    kept = bench.store.last_snapshot("lab")
    assert kept is not None and len(kept.documents) == 1 and plain(kept) == plain(seen)


def test_an_incomplete_snapshot_comes_back_as_incomplete(bench: Bench) -> None:
    lists = (
        Coverage(Address("page", ()), "partial", 12.5, "the quota ran out"),
        Coverage(Address("page", ("Stray",)), "complete", 13.5),
    )
    seen = Snapshot(Documents(), lists, 14.0, 3)
    bench.store.keep_snapshot("lab", seen)
    kept = bench.store.last_snapshot("lab")
    assert kept is not None and plain(kept) == plain(seen) and kept.knows_absent(Address("page", ("Stray",)))


def test_the_newest_snapshot_is_the_last_one(bench: Bench) -> None:
    bench.preview(plan_of())
    bench.box.edit({"do": "write", "name": "Stray"})
    bench.preview(plan_of())
    kept = bench.store.last_snapshot("lab")
    assert kept and [str(one) for one in kept.documents] == ["page:Stray"]


def test_a_list_cut_short_is_stopped_as_suddenly_empty(bench: Bench) -> None:
    bench.publish(plan_of())
    bench.box.faults.append(moody("empty-list", "GET /pages"))
    assert "suddenly-empty" in {one.guard for one in bench.preview(described("new")).violations}


def test_the_forecast_is_what_a_publish_then_sends(open_bench: OpenBench) -> None:
    bench = open_bench(batch=50, limited=True)
    seen = bench.preview(plan_of())
    bench.forget_requests()
    bench.publish(plan_of())
    observing_and_checking = 1 + 1
    assert len(bench.box.log) - observing_and_checking == seen.changeset.target("lab").forecast.calls


def test_the_forecast_counts_the_pages_that_will_be_there_to_read_back(open_bench: OpenBench) -> None:
    bench = open_bench(batch=50)
    plan = plan_of({f"Buoy {number:03}": {} for number in range(120)})
    forecast = bench.preview(plan).changeset.target("lab").forecast
    bench.forget_requests()
    bench.publish(plan)
    observing_and_checking = 1 + 1
    assert len(bench.box.log) - observing_and_checking == forecast.calls


def test_the_forecast_counts_each_operation_once(open_bench: OpenBench) -> None:
    bench = open_bench(batch=2)
    assert bench.preview(plan_of()).changeset.target("lab").forecast.writes == 3


def test_nothing_to_do_is_forecast_as_no_request(bench: Bench) -> None:
    bench.publish(plan_of())
    bench.forget_requests()
    seen = bench.preview(plan_of())
    assert seen.changeset.target("lab").forecast.calls == 0
    assert [one for one in bench.box.log if one.method in WRITES] == []


def test_what_the_tool_cannot_hold_is_said_before_the_first_request(bench: Bench) -> None:
    seen = bench.preview(plan_of({"Boat Sunk": {"owners": ["dana@example.com"]}}))
    assert [one.code for one in seen.changeset.target("lab").findings] == ["notebook.owners"]


def test_a_page_that_is_not_in_the_plan_is_counted_and_not_written(bench: Bench) -> None:
    bench.publish(plan_of())
    bench.box.edit({"do": "write", "name": "Stray"})
    changes = bench.preview(described("new")).changeset.target("lab")
    assert changes.unmanaged == 1
    assert {str(one.address) for one in changes.operations} == {f"page:{name}" for name in plan_of().events}
