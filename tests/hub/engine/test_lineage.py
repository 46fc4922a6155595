"""The steps of one event through the versions of its plan."""

from __future__ import annotations

from typing import Any

from hub.engine.lineage import Step, lineage
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import Bench

DECK = {"deck": {"type": "string"}}
BARE: dict[str, Any] = {"description": "Somebody went aboard."}


def frozen(bench: Bench, *plans: dict[str, Any]) -> list[Step]:
    """What the event that the last of these plans lists first went through."""
    versions = [TrackingPlan.model_validate({"name": "Ferry", **one}) for one in plans]
    for at, plan in enumerate(versions):
        bench.store.freeze(plan, f"person {at}", float(at))
    return lineage(bench.store.versions, versions[-1], next(iter(versions[-1].events)))


def told(steps: list[Step]) -> list[tuple[int, str, str]]:
    return [(one.frozen.number, one.news.kind, str(one.version)) for one in steps]


def test_each_version_that_changed_it_is_a_step_with_its_schemaver(bench: Bench) -> None:
    closed = {**BARE, "additional_properties": False}
    optional = {**closed, "properties": DECK}
    required = {**closed, "properties": {"deck": {"type": "string", "required": True}}}
    steps = frozen(bench, *({"events": {"Boarded": event}} for event in (closed, optional, required)))
    assert told(steps) == [(1, "new", "1-0-0"), (2, "changed", "1-0-1"), (3, "changed", "1-1-0")]
    assert [one.frozen.who for one in steps] == ["person 0", "person 1", "person 2"]
    assert steps[-1].news.breaks == ("deck.required: optional became required (nothing → True)",)


def test_words_are_a_step_that_leaves_the_schemaver(bench: Bench) -> None:
    steps = frozen(bench, {"events": {"Boarded": BARE}}, {"events": {"Boarded": {"description": "Aboard."}}})
    assert told(steps) == [(1, "new", "1-0-0"), (2, "changed", "1-0-0")]


def test_what_changed_elsewhere_is_no_step(bench: Bench) -> None:
    plans = ({"events": {"Boarded": BARE}}, {"events": {"Boarded": BARE, "Left": {}}})
    assert told(frozen(bench, *plans)) == [(1, "new", "1-0-0")]


def test_it_is_followed_through_a_rename(bench: Bench) -> None:
    moved = {"events": {"Went Aboard": BARE}, "moved": [{"from": "Boarded", "to": "Went Aboard"}]}
    steps = frozen(bench, {"events": {"Boarded": BARE, "Left": {}}}, moved)
    assert [(one.news.kind, one.news.former_name) for one in steps] == [("new", ""), ("renamed", "Boarded")]


def test_it_is_followed_by_its_id(bench: Bench) -> None:
    named = {"id": "e1", **BARE}
    steps = frozen(bench, {"events": {"Left": {}, "Boarded": named}}, {"events": {"Went Aboard": named}})
    assert [one.news.name for one in steps] == ["Boarded", "Went Aboard"]


def test_a_shared_property_that_changed_is_a_step(bench: Bench) -> None:
    event = {"properties": {"deck": {"shared": "deck"}}}
    kinds = ({"deck": {"type": kind}} for kind in ("string", "integer"))
    steps = frozen(bench, *({"events": {"Boarded": event}, "shared_properties": kind} for kind in kinds))
    assert [one.news.impact for one in steps] == ["additive", "breaking"]


def test_of_many_versions_the_last_are_looked_at(bench: Bench) -> None:
    plans = [{"events": {"Boarded": {"description": f"Words {number}."}}} for number in range(6)]
    frozen(bench, *plans)
    plan = TrackingPlan.model_validate({"name": "Ferry", **plans[-1]})
    assert [one.frozen.number for one in lineage(bench.store.versions, plan, "Boarded", newest=3)] == [4, 5, 6]
