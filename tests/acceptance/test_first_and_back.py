"""The first publish to a tool that was in use before, and the way back from a publish, for each of the four tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Operation
from hub.changes.guard import Ticket
from hub.engine.ports import Publication
from hub.engine.undo import Undoing, plan_undo, undo
from hub.errors import Guarded
from mappings.canonical import TrackingPlan
from tests.acceptance.tools import ALL, PERSON, Revision, Tools, told

EVENTS: dict[str, Any] = {
    "Boat Rented": {"description": "Off it went.", "properties": {"hours": {"type": "number"}}},
    "Boat Returned": {"description": "Back again."},
}
NEWER: dict[str, Any] = {**EVENTS, "Boat Rented": {"description": "Taken out."}}
EDITS: dict[str, Any] = {
    "amplitude": {"do": "set", "entity": "event", "name": "Boat Rented", "fields": {"description": "Gone sailing."}},
    "mixpanel": {"do": "set", "name": "Boat Rented", "field": "description", "value": "Gone sailing."},
    "segment": {"do": "set-description", "key": "Boat Rented", "value": "Gone sailing."},
    "snowplow": Revision("boat_rented", "1-0-1", "description", "Gone sailing."),
}


def plan_of(events: dict[str, Any]) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Harbour", "events": events})


def in_use(folder: Path, tool: str) -> Tools:
    """A tool that somebody else filled and edited, and a hub that has never seen it."""
    before = Tools.open(folder, plan_of({**EVENTS, "Stray": {"description": "Not ours."}}), tools=[tool])
    before.publish()
    before.edit(tool, EDITS[tool])
    (folder / "new").mkdir()
    return Tools(folder / "new", plan_of(EVENTS), before.boxes, before.time)


# The first publish


@pytest.mark.parametrize("tool", ALL)
def test_the_first_publish_to_a_tool_in_use_is_refused_and_writes_nothing(tmp_path: Path, tool: str) -> None:
    world = in_use(tmp_path, tool)
    before = world.holdings(tool)
    with pytest.raises(Guarded) as refused:
        world.publish()
    assert "first-publish" in {one.guard for one in world.preview().violations} and world.holdings(tool) == before
    assert any(f"hub adopt --target {tool}" in getattr(one, "hint", "") for one in refused.value.violations)


@pytest.mark.parametrize("tool", ALL)
def test_a_ticket_lets_exactly_this_first_publish_pass(tmp_path: Path, tool: str) -> None:
    world = in_use(tmp_path, tool)
    seen = world.preview()
    for guard in {one.guard for one in seen.violations}:
        ticket = Ticket(guard, seen.changeset.fingerprint, PERSON, "agreed", world.time.now() + 3600)
        world.engine.store.add_ticket(ticket)
    assert world.publish().status == "published"
    assert world.look(tool).state == "in sync"


@pytest.mark.parametrize("tool", ALL)
def test_an_adopted_tool_keeps_its_texts_and_its_own_things(tmp_path: Path, tool: str) -> None:
    world = in_use(tmp_path, tool)
    before = world.holdings(tool)
    adoption = world.adopt(tool, take_rest=False)
    assert {one.ours for one in adoption.matches} == set(EVENTS) and adoption.unmanaged == ("Stray",)
    assert world.publish().status == "published" and world.holdings(tool) == before
    assert told(world.look(tool).edits) == [("events.Boat Rented.description", "propose", "Gone sailing.")]


@pytest.mark.parametrize("tool", ALL)
def test_what_adopting_proposed_is_in_the_plan_once_accepted_and_nothing_is_written(tmp_path: Path, tool: str) -> None:
    world = in_use(tmp_path, tool)
    before = world.holdings(tool)
    world.adopt(tool)
    world.reconcile()
    world.accept()
    assert world.plan.events["Boat Rented"].description == "Gone sailing."
    assert world.plan.events["Stray"].description == "Not ours."
    assert world.publish().status == "published" and world.holdings(tool) == before
    assert world.look(tool).state == "in sync"


# The way back


@pytest.fixture
def world(tmp_path: Path) -> Tools:
    made = Tools.open(tmp_path, plan_of(EVENTS))
    made.publish()
    return made


def changed(world: Tools, tool: str, events: dict[str, Any]) -> Publication:
    world.plan = plan_of(events)
    return world.publish(tool)


def back(world: Tools, tool: str, publication: Publication) -> Publication:
    world.time.sleep(100)
    return undo(world.engine, publication, [world.target(tool)], who=PERSON)


def planned(world: Tools, publication: Publication) -> Undoing:
    return plan_undo(world.engine, publication, [world.target("snowplow")])


def versions(world: Tools) -> dict[str, Any]:
    """Content by schema and version, of Boat Rented."""
    stored = world.boxes["snowplow"].dump()["schemas"]
    return {uri.rpartition("/")[2]: row["content"] for uri, row in stored.items() if "/boat_rented/" in uri}


@pytest.mark.parametrize("tool", ["amplitude", "mixpanel", "segment"])
def test_undo_brings_back_what_the_tool_held(world: Tools, tool: str) -> None:
    before = world.holdings(tool)
    back(world, tool, changed(world, tool, NEWER))
    assert world.holdings(tool) == before


def test_iglu_takes_nothing_back_and_is_told_the_old_content_again(world: Tools) -> None:
    (first,) = versions(world).values()
    publication = changed(world, "snowplow", NEWER)
    (write,) = planned(world, publication).changeset.target("snowplow").operations
    assert back(world, "snowplow", publication).status == "published"
    assert [number for number, content in versions(world).items() if content == first] == ["1-0-0", numbered(write)]
    assert len(versions(world)) == 3 and write.verb == "create"


def numbered(write: Operation) -> str:
    return write.address.names[-1]


def test_after_that_the_older_plan_is_in_sync_and_the_newer_one_can_go_out_again(world: Tools) -> None:
    back(world, "snowplow", changed(world, "snowplow", NEWER))
    world.plan = plan_of(EVENTS)
    assert world.look("snowplow").state == "in sync" and world.preview("snowplow").changeset.empty
    changed(world, "snowplow", NEWER)
    assert world.look("snowplow").state == "in sync" and len(versions(world)) == 4


def test_a_schema_that_iglu_got_for_the_first_time_cannot_go_and_that_is_said(world: Tools) -> None:
    publication = changed(world, "snowplow", {**EVENTS, "Oar Lost": {}})
    undoing = planned(world, publication)
    assert [(address, "first version" in why) for address, why in undoing.impossible] == [
        ("schema:com.acme:oar_lost:1-0-0", True)
    ]
    before = world.holdings("snowplow")
    back(world, "snowplow", publication)
    assert undoing.changeset.empty and world.holdings("snowplow") == before


def test_what_was_published_after_it_is_not_undone(world: Tools) -> None:
    publication = changed(world, "snowplow", {**EVENTS, "Boat Rented": {"description": "Taken."}})
    *way, last = max(versions(world)).split("-")
    number = "-".join((*way, str(int(last) + 1)))
    world.edit("snowplow", Revision("boat_rented", number, "description", "A person's words."))
    undoing = planned(world, publication)
    assert [why for _, why in undoing.impossible] == ["a later version was published since"]
    assert undoing.changeset.target("snowplow").operations == ()


def test_an_edit_that_a_publish_left_in_place_is_still_one_after_the_undo(world: Tools) -> None:
    world.edit("snowplow", EDITS["snowplow"])
    tagged = {**EVENTS, "Boat Rented": {**EVENTS["Boat Rented"], "tags": ["core"]}}
    publication = changed(world, "snowplow", tagged)
    back(world, "snowplow", publication)
    world.plan = plan_of(EVENTS)
    assert told(world.look("snowplow").edits) == [("events.Boat Rented.description", "propose", "Gone sailing.")]
    assert [one["description"] for one in versions(world).values()].count("Gone sailing.") == 3
