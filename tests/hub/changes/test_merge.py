"""Laws of the three-way merge, on contents of plans."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.changes.merge import ABSENT, Change, changes, get, merge, merged_set, place_of, put
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import content

words = st.sampled_from(["", "calm", "rough", "long swell"])
tags = st.lists(st.sampled_from(["core", "deck", "hull"]), unique=True)
kinds = st.sampled_from([[], ["string"], ["number"], ["string", "null"]])
leaves = st.fixed_dictionaries({"description": words, "type": kinds, "required": st.booleans()})
properties = st.dictionaries(st.sampled_from(["depth", "properties", "items"]), leaves, max_size=2)
events = st.fixed_dictionaries({"description": words, "tags": tags, "properties": properties})
contents = st.dictionaries(st.sampled_from(["Net Cast", "Fish Sold"]), events).map(lambda some: tidy({"events": some}))


def tidy(data: Any) -> Any:
    """As a plan says it: what is empty is not there."""
    return content(TrackingPlan.model_validate({"name": "P", **data}))


def merged(base: Any, ours: Any, theirs: Any) -> Any:
    return tidy(merge(base, ours, theirs)[0])


def net(**fields: Any) -> Any:
    return {"events": {"Net Cast": fields}}


@given(contents, contents)
def test_what_only_one_side_changed_is_taken_from_it(base: Any, other: Any) -> None:
    assert merged(base, base, other) == other
    assert merged(base, other, base) == other


@given(contents, contents)
def test_equal_changes_do_not_conflict(base: Any, other: Any) -> None:
    assert merge(base, other, other) == (other, [])


@given(contents, contents, contents)
def test_a_conflict_is_symmetric(base: Any, one: Any, other: Any) -> None:
    there = {(change.path, str(change.ours), str(change.theirs)) for change in merge(base, one, other)[1]}
    back = {(change.path, str(change.theirs), str(change.ours)) for change in merge(base, other, one)[1]}
    assert there == back


@given(contents, contents, contents)
def test_without_conflict_the_order_of_the_edits_does_not_matter(base: Any, one: Any, other: Any) -> None:
    if not merge(base, one, other)[1]:
        assert merged(base, one, other) == merged(base, other, one)


@given(contents, contents, contents)
def test_merging_again_adds_nothing(base: Any, one: Any, other: Any) -> None:
    once, conflicts = merge(base, one, other)
    if not conflicts:
        assert merged(base, once, other) == tidy(once)


@given(contents)
def test_independent_edits_are_both_kept(base: Any) -> None:
    one, other = ("events", "Net Cast", "description"), ("events", "Fish Sold", "display_name")
    first, second = put(base, one, "calm sea"), put(base, other, "Fish")
    both, conflicts = merge(base, first, second)
    assert conflicts == [] and (get(both, one), get(both, other)) == ("calm sea", "Fish")


@given(contents, st.lists(words, min_size=1, max_size=4).map(tuple), words)
def test_put_then_get_gives_what_was_put(data: Any, path: tuple[str, ...], value: str) -> None:
    assert get(put(data, path, value), path) == value
    assert get(put(data, path, ABSENT), path) is ABSENT


@given(contents)
def test_putting_what_is_there_changes_nothing(data: Any) -> None:
    for path in (("events",), ("events", "Net Cast"), ("events", "Net Cast", "description")):
        assert tidy(put(data, path, get(data, path))) == data


def test_put_leaves_the_data_it_was_given_alone() -> None:
    before = net(description="calm")
    put(before, ("events", "Net Cast", "description"), "rough")
    assert before == net(description="calm")


@pytest.mark.parametrize(
    ("ours", "theirs", "result"),
    [
        (["core", "deck"], ["core", "hull"], ["core", "deck", "hull"]),
        ([], ["core", "hull"], ["hull"]),
        (["core", "deck"], [], ["deck"]),
        (ABSENT, ["core", "hull"], ["hull"]),
    ],
)
def test_sets_merge_by_element(ours: Any, theirs: Any, result: list[str]) -> None:
    assert merged_set(("events", "Net Cast", "tags"), ["core"], ours, theirs) == result


def test_sets_that_both_sides_changed_do_not_conflict() -> None:
    both, conflicts = merge(net(tags=["core"]), net(tags=["core", "deck"]), net(tags=["hull"]))
    assert (both, conflicts) == (net(tags=["deck", "hull"]), [])


def test_a_text_that_both_sides_changed_is_a_conflict_with_three_values() -> None:
    path = ("events", "Net Cast", "description")
    found = list(changes(net(description="a"), net(description="b"), net(description="c")))
    assert found == [Change(path, "a", "b", "c", "conflict")]


def test_a_thing_that_one_side_removed_and_the_other_changed_is_one_conflict() -> None:
    base, theirs = net(description="a", tags=["core"]), net(description="c", tags=[])
    (found,) = changes(base, {"events": {}}, theirs)
    assert (found.path, found.side, found.ours) == (("events", "Net Cast"), "conflict", ABSENT)


@pytest.mark.parametrize("before", [{}, {"mesh": {"type": ["number"]}}])
def test_the_first_property_is_added_and_removed_as_any_other(before: Any) -> None:
    more = net(properties={**before, "depth": {"type": ["number"]}})
    less = net(properties=before) if before else net(description="")
    path = ("events", "Net Cast", "properties", "depth")
    assert [change.path for change in changes(less, less, more) if change.path[-1] != "description"] == [path]
    assert [change.theirs for change in changes(more, more, less) if change.path == path] == [ABSENT]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), "field"),
        (("events",), "things"),
        (("events", "Net Cast"), "thing"),
        (("events", "properties", "description"), "field"),
        (("events", "Net Cast", "properties"), "things"),
        (("events", "Net Cast", "properties", "groups"), "thing"),
        (("events", "Net Cast", "properties", "events", "type"), "field"),
        (("events", "Net Cast", "properties", "catch", "items"), "shape"),
        (("events", "Net Cast", "properties", "catch", "items", "properties", "items"), "thing"),
        (("user_properties", "rank"), "thing"),
        (("groups", "Crew", "properties", "size"), "thing"),
        (("events", "Net Cast", "keywords", "properties", "x"), "field"),
    ],
)
def test_places_are_told_apart_whatever_things_are_called(path: tuple[str, ...], place: str) -> None:
    assert place_of(path) == place
