"""A decision that looks at a part of the plan is the one that the whole plan gives, whatever collides or moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Budget, Coverage, Snapshot
from hub.changes.changeset import combine
from hub.engine.preview import decide, remote_changes
from hub.engine.target import Target
from mappings.amplitude.documents import EVENT_PROPERTY
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.contract import EMPTY, Address, Document, Documents, Projection, Reading
from tests.benchmarks.world import TOOLS, World, plan_of, spelled

NAMES = ("Net Cast", "net_cast", "Fish Sold", "Oar Lost", "Net Cast_2")
"""Few, so that plans collide with themselves, with what was published and with what people make."""
FIELDS = ("depth", "Depth", "boat")
TEXTS = ("", "Said once.", "Said better.")
names, fields, texts = st.sampled_from(NAMES), st.sampled_from(FIELDS), st.sampled_from(TEXTS)


class Whole:
    """A mapping that cannot do less than all."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.tool, self.waves = inner.tool, inner.waves

    def to_tool(self, plan: TrackingPlan, onto: Documents) -> Projection:
        found: Projection = self._inner.to_tool(plan, onto)
        return found

    def from_tool(self, documents: Documents) -> Reading:
        found: Reading = self._inner.from_tool(documents)
        return found


class Grudging(Whole):
    """A mapping that does parts and refuses to do all."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.event_at, self.part_to_tool = inner.event_at, inner.part_to_tool

    def to_tool(self, plan: TrackingPlan, onto: Documents) -> Projection:
        raise AssertionError("the whole plan was projected")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield World(tmp_path_factory.mktemp("world"))


# What plans and tools may be like


@st.composite
def things(draw: Any, /, named: st.SearchStrategy[str], **fields: Any) -> dict[str, Any]:
    called = {tool: draw(named) for tool in draw(st.sets(st.sampled_from(TOOLS), max_size=2))}
    return {"description": draw(texts), "names": called, **{field: draw(one) for field, one in fields.items()}}


properties = st.dictionaries(
    fields,
    things(fields, type=st.sampled_from(["string", "integer"]), sensitivity=st.sampled_from([[], ["pii"]])),
    max_size=3,
)
events = things(
    names,
    properties=properties,
    category=st.sampled_from([None, "Sea"]),
    kind=st.sampled_from(["track", "page", "entity"]),
    tags=st.sampled_from([[], ["core"]]),
)
moves = st.one_of(
    st.builds(lambda old, new: {"from": old, "to": new}, names, names),
    st.builds(lambda old, new, event: {"from": old, "to": new, "event": event}, fields, fields, names),
    st.builds(lambda old, new: {"from": old, "to": new, "scope": "user"}, fields, fields),
)
tombstones = st.builds(
    lambda gone: {**gone, "reason": "not sent", "date": "2026-06-01"},
    st.one_of(
        st.builds(lambda event: {"event": event}, names),
        st.builds(lambda event, name: {"event": event, "property": name}, names, fields),
        st.builds(lambda name: {"property": name}, fields),
    ),
)
plans = st.builds(
    lambda **sections: expand(TrackingPlan.model_validate({"name": "Bench", **sections})),
    events=st.dictionaries(names, events, min_size=3, max_size=5),
    user_properties=properties,
    groups=st.dictionaries(fields, st.builds(lambda some: {"properties": some}, properties), max_size=1),
    moved=st.lists(moves, max_size=2),
    removed=st.lists(tombstones, max_size=2),
)
habits = st.lists(st.sampled_from(["kept", "edited", "gone"]), min_size=2, max_size=7)
"""What becomes of each document in turn: kept as published, as a person would have it, or gone."""


def held_of(published: Documents, edited: Documents, habits: list[str], ingested: bool) -> Documents:
    """What the tool shows: what was published as people left it. Whose words it is, each document tells in its own."""
    found = []
    for number, address in enumerate({**published, **edited}):
        habit = habits[number % len(habits)]
        if habit == "gone":
            continue
        one = (
            published.get(address, edited.get(address))
            if habit == "kept"
            else edited.get(address, published.get(address))
        )
        if one is not None and (habit == "edited" or address in published):
            found.append(Document(address, one.body, about=one.about, facts={"ingested": ingested}))
    return Documents(found)


def as_told(documents: Documents, at: int) -> Documents:
    """The same, about what the tool calls the events, as a connector reads them."""
    return Documents(
        Document(address, one.body, about=("events", address.names[at], *one.about[2:]), facts=one.facts)
        if one.about[:1] == ("events",) and len(one.about) > 1
        else one
        for address, one in documents.items()
    )


def seen_in(documents: Documents, waves: tuple[str, ...], complete: bool) -> Snapshot:
    coverage = [Coverage(Address(kind, ()), "complete" if complete else "partial", 0.0) for kind in waves]
    return Snapshot(documents, tuple(coverage), 0.0)


def target_of(world: World, tool: str, wrap: Callable[[Any], Any]) -> Target:
    bought: Mapping[str, Any] = {"classifications": True, "groups": True} if tool == "amplitude" else {}
    target = next(one for one in world.targets if one.name == tool)
    mapping = target.plugin.mapping(target.settings.model_copy(update=bought))
    return replace(target, plugin=replace(target.plugin, mapping=lambda settings: wrap(mapping)))


def same(mapping: Any) -> Any:
    return mapping


EXAMPLES = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("tool", TOOLS)
@EXAMPLES
@given(
    old=plans,
    now=st.one_of(st.none(), plans),
    others=plans,
    habits=habits,
    ingested=st.booleans(),
    complete=st.booleans(),
    told=st.booleans(),
)
def test_a_part_of_the_plan_decides_as_the_whole(
    world: World,
    tool: str,
    old: TrackingPlan,
    now: TrackingPlan | None,
    others: TrackingPlan,
    habits: list[str],
    ingested: bool,
    complete: bool,
    told: bool,
) -> None:
    narrow, whole = target_of(world, tool, same), target_of(world, tool, Whole)
    published = narrow.mapping.to_tool(old, EMPTY).documents
    edited = narrow.mapping.to_tool(others, published).documents
    world.store.held[tool] = published
    world.store.hashes[tool] = {address: one.hash for address, one in published.items()}
    held = held_of(published, edited, habits, ingested)
    held = as_told(held, narrow.mapping.event_at) if told else held  # type: ignore[attr-defined]
    snapshot, plan = seen_in(held, narrow.mapping.waves, complete), now or old
    remotes = [remote_changes(world.engine, plan, one, snapshot) for one in (narrow, whole)]
    assert remotes[0] == remotes[1]
    changes = [decide(world.engine, plan, one, snapshot) for one in (narrow, whole)]
    assert changes[0].edits == changes[1].edits and changes[0].findings == changes[1].findings
    assert combine("Bench", "", [changes[0]]).fingerprint == combine("Bench", "", [changes[1]]).fingerprint


@pytest.mark.parametrize("tool", ["amplitude", "segment"])
def test_an_edit_under_the_former_name_is_one_of_the_renamed_event(world: World, tool: str) -> None:
    events = {"Net Cast": {"description": "Said once."}, "Oar Lost": {}}
    old = TrackingPlan.model_validate({"name": "Bench", "events": events})
    moved = [{"from": "Net Cast", "to": "Net Thrown"}]
    now = {"name": "Bench", "events": {"Net Thrown": events["Net Cast"], "Oar Lost": {}}, "moved": moved}
    world.show({name: spelled(documents) for name, documents in world.project(old).items()})
    world.edit(1)
    target = target_of(world, tool, Grudging)
    with world.engine.connected(target) as connector:
        seen = connector.observe(None, Budget())
    (edit,) = remote_changes(world.engine, TrackingPlan.model_validate(now), target, seen).edits
    assert (edit.path, edit.theirs) == (("events", "Net Thrown", "description"), "Edited.")


def test_what_a_person_adds_to_an_event_with_another_name_in_the_tool_belongs_to_it(world: World) -> None:
    plan = TrackingPlan.model_validate({"name": "Bench", "events": {"Net Cast": {"names": {"amplitude": "cast"}}}})
    world.show({name: spelled(documents) for name, documents in world.project(plan).items()})
    about = ("events", "cast", "properties", "depth")
    added = Document(Address(EVENT_PROPERTY, ("cast", "depth")), {"type": "string"}, about=about)
    target = target_of(world, "amplitude", Grudging)
    held = Documents([*world.store.held["amplitude"].values(), added])
    (edit,) = remote_changes(world.engine, plan, target, seen_in(held, target.mapping.waves, True)).edits
    assert edit.path == ("events", "Net Cast", "properties", "depth")


@pytest.mark.parametrize("tool", TOOLS)
def test_of_an_edit_a_reconcile_asks_for_no_whole_projection(world: World, tool: str) -> None:
    plan = plan_of(5, 2)
    world.show({name: spelled(documents) for name, documents in world.project(plan).items()})
    world.edit(1)
    target = target_of(world, tool, Grudging)
    with world.engine.connected(target) as connector:
        seen = connector.observe(None, Budget())
    (edit,) = remote_changes(world.engine, expand(plan), target, seen).edits
    assert (edit.path, edit.theirs) == (("events", "Thing 00000 Done", "description"), "Edited.")
