"""Undo: back to what the tools held, as far as nobody was there since."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from connectors.sandbox import Fault
from hub.engine.ports import Publication
from hub.engine.publish import publish
from hub.engine.undo import Undoing, plan_undo, undo
from hub.errors import Guarded, Refusal
from tests.hub.engine.bench import EVENTS, MANY, Bench, described, plan_of, run_of
from tests.hub.engine.conftest import OpenBench
from tests.hub.engine.road import EDITED, erase, look, person, seen, text

PLAN = plan_of()
NEWER = plan_of({**EVENTS, "Boat Rented": {"description": "Away.", "tags": ["x"], "properties": {"crew": {}}}})


@pytest.fixture
def port(bench: Bench) -> Bench:
    """One notebook to which the plan was published a minute ago."""
    bench.publish(PLAN)
    bench.time.sleep(60)
    return bench


def back(bench: Bench, publication: Publication) -> Publication:
    bench.time.sleep(60)
    return undo(bench.engine, publication, bench.targets, who="dana")


def planned(bench: Bench, publication: Publication) -> Undoing:
    return plan_undo(bench.engine, publication, bench.targets)


def lost(bench: Bench, publication: Publication) -> list[str]:
    return [address for address, _ in planned(bench, publication).impossible]


def test_an_update_is_undone_byte_for_byte_and_the_base_with_it(port: Bench) -> None:
    before, base = port.held(), port.base()
    done = back(port, port.publish(NEWER))
    assert (done.status, port.held(), port.base()) == ("published", before, base)


def test_what_was_created_is_deleted(port: Bench) -> None:
    before = port.held()
    back(port, port.publish(plan_of({**EVENTS, "Sail Torn": {}})))
    assert port.held() == before


def test_what_was_hidden_is_shown(port: Bench) -> None:
    before = port.held()
    left = {name: event for name, event in EVENTS.items() if name != "Oar Lost"}
    gone = plan_of(left, removed=[{"event": "Oar Lost", "reason": "calm", "date": "2026-06-01"}])
    publication = port.publish(gone)
    back(port, publication)
    assert port.held() == before


def test_what_was_deleted_is_created_again(port: Bench) -> None:
    port.delete_instead_of_hiding()
    before = port.held()
    left = {name: event for name, event in EVENTS.items() if name != "Oar Lost"}
    back(port, port.publish(plan_of(left, removed=[{"event": "Oar Lost", "reason": "calm", "date": "2026-06-01"}])))
    assert port.held() == before


def test_a_rename_is_undone(port: Bench) -> None:
    before = port.held()
    events = {"Oar Gone" if name == "Oar Lost" else name: event for name, event in EVENTS.items()}
    back(port, port.publish(plan_of(events, moved=[{"from": "Oar Lost", "to": "Oar Gone"}])))
    assert port.held() == before


def test_an_undo_can_be_undone(port: Bench) -> None:
    publication = port.publish(NEWER)
    after = port.held()
    again = back(port, back(port, publication))
    assert (again.status, port.held()) == ("published", after)


@pytest.mark.parametrize("deleted", [False, True])
def test_what_somebody_changed_since_is_left_alone_and_said(port: Bench, deleted: bool) -> None:
    publication = port.publish(described("Newer.", *EVENTS))
    erase(port, "Boat Rented") if deleted else person(port, "Boat Rented", text="A person's words.")
    before = copy.deepcopy(port.box.pages.get("Boat Rented"))
    assert lost(port, publication) == ["page:Boat Rented"]
    back(port, publication)
    assert port.box.pages.get("Boat Rented") == before and text(port, "Oar Lost") == "One oar less."


def test_an_undecided_edit_from_before_stays_in_place_and_undecided(port: Bench) -> None:
    person(port, "Boat Rented", text="A person's words.")
    back(port, port.publish(plan_of({**EVENTS, "Boat Rented": {**EVENTS["Boat Rented"], "tags": ["x"]}})))
    assert text(port) == "A person's words." and port.box.pages["Boat Rented"].get("tags", []) == []
    assert [edit.path for edit in seen(look(port, PLAN)).edits] == [EDITED]


def test_undoing_plans_before_it_writes(port: Bench) -> None:
    publication = port.publish(NEWER)
    port.forget_requests()
    assert [one.verb for one in planned(port, publication).changeset.target("lab").operations] == ["update"]
    assert port.writes() == []


def test_undoing_is_guarded(bench: Bench) -> None:
    publication = bench.publish(MANY)
    with pytest.raises(Guarded):
        back(bench, publication)
    assert len(bench.held()["lab"]) == 40


def test_a_target_that_cannot_be_read_stops_the_undo(port: Bench) -> None:
    publication = port.publish(NEWER)
    port.box.faults.append(Fault("status", "", status=401, body="{}", times=9))
    with pytest.raises(Refusal) as refused:
        back(port, publication)
    assert refused.value.place == "lab"


def test_what_was_never_written_is_not_undone(port: Bench) -> None:
    port.box.faults.append(Fault("status", "PUT /pages/Oar Lost", status=400, body="{}"))
    publication = port.publish(described("Newer.", *EVENTS))
    assert run_of(publication).status == "partial" and lost(port, publication) == ["page:Oar Lost"]
    back(port, publication)
    assert [text(port, name) for name in EVENTS] == [one["description"] for one in EVENTS.values()]


def test_one_target_alone_can_be_undone(open_bench: OpenBench) -> None:
    bench = open_bench("lab", "shop")
    bench.publish(PLAN)
    publication = bench.publish(described("Newer.", "Boat Rented"))
    undo(bench.engine, publication, bench.targets[:1], who="dana")
    assert (text(bench), text(bench, target="shop")) == ("A boat left the pier.", "Newer.")


SPOILT = {"hours": {"type": "text", "required": False, "text": ""}}


def test_healing_after_an_undo_goes_back_to_what_was_published_before(port: Bench) -> None:
    before = port.held()
    back(port, port.publish(plan_of({**EVENTS, "Boat Rented": {"properties": {"hours": {"type": "boolean"}}}})))
    person(port, "Boat Rented", fields=SPOILT)
    assert seen(look(port, PLAN, "heal")).healed is not None and port.held() == before


def test_healing_after_an_undone_undo_goes_back_to_the_newer_version(port: Bench) -> None:
    newer = plan_of({**EVENTS, "Boat Rented": {"properties": {"hours": {"type": "boolean"}}}})
    back(port, back(port, port.publish(newer)))
    after = port.held()
    person(port, "Boat Rented", fields=SPOILT)
    assert seen(look(port, newer, "heal")).healed is not None and port.held() == after


def test_there_is_nothing_to_heal_once_the_first_publish_was_undone(bench: Bench) -> None:
    back(bench, bench.publish(PLAN))
    person(bench, "Boat Rented", fields=SPOILT)
    assert seen(look(bench, PLAN, "heal")).healed is None and set(bench.box.pages) == {"Boat Rented"}


def test_each_target_goes_back_to_its_own_version(open_bench: OpenBench) -> None:
    bench = open_bench("lab", "shop")
    bench.publish(PLAN)
    bench.time.sleep(60)
    publish(bench.engine, NEWER, bench.targets[1:], who="dana")
    bench.time.sleep(60)
    undone = back(bench, bench.publish(described("Newest.", *EVENTS)))
    assert {run.target: run.restores for run in undone.targets} == {"lab": 1, "shop": 2}
    assert {run.target: run.restores for run in bench.store.publication(undone.id).targets} == {"lab": 1, "shop": 2}


def test_after_an_undo_the_plan_is_published_again_by_the_next_publish(port: Bench) -> None:
    newer: Any = port.publish(NEWER)
    after = port.held()
    back(port, newer)
    assert not look(port, NEWER).opened
    port.publish(NEWER)
    assert port.held() == after
