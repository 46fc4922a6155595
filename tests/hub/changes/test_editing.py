"""Edits of a plan: each does what it says and nothing else, and says what is wrong with it by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.changes.editing import (
    Change,
    Collided,
    Create,
    Deprecate,
    Edit,
    Remove,
    Rename,
    Restore,
    Revert,
    edited,
    label,
    said,
    thing_at,
)
from hub.changes.merge import ABSENT, get, put
from hub.errors import Moved, Problems, Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import walk
from mappings.canonical.rules import check
from mappings.canonical.text import same
from mappings.contract import Path
from mappings.testing import LAWS, plans

LEFT = ("events", "Ferry Left")
DECK = ("events", "Ferry Boarded", "properties", "deck")
DAY = "2026-01-31"


def harbour(**more: Any) -> TrackingPlan:
    """Two events, a nested property, a user property, a library; `more` is laid over it."""
    data = {
        "name": "Harbour",
        "events": {
            "Ferry Boarded": {
                "id": "boarded",
                "description": "Somebody went aboard.",
                "owners": ["quay"],
                "properties": {
                    "deck": {"type": "string", "enum": ["upper", "lower"], "names": {"segment": "Deck"}},
                    "berth": {"type": "object", "properties": {"row": {"type": "integer"}}},
                    "fare": {"shared": "money"},
                    "stops": {"type": "array", "items": {"type": "object", "properties": {"at": {"type": "string"}}}},
                },
            },
            "Ferry Left": {"description": "It left."},
        },
        "user_properties": {"rank": {"type": "string"}},
        "shared_properties": {"money": {"type": "number", "minimum": 0}},
        "groups": {"crew": {"properties": {"size": {"type": "integer"}}}},
    }
    return TrackingPlan.model_validate(data | more)


def errors(plan: TrackingPlan) -> list[str]:
    return [one.code for one in check(plan) if one.severity == "error"]


def moves(plan: TrackingPlan) -> list[tuple[str, str]]:
    return [(one.from_name, one.to_name) for one in plan.moved]


def graves(plan: TrackingPlan) -> list[tuple[str | None, str | None]]:
    return [(one.event, one.property) for one in plan.removed]


# Fields


@LAWS
@given(data=st.data(), plan=plans())
def test_an_edit_of_one_field_changes_exactly_that_field(data: Any, plan: TrackingPlan) -> None:
    places: list[Path] = [("events", name) for name in plan.events]
    places += [path for name, one in plan.events.items() for path, _ in walk(one.properties, ("events", name))]
    place, field, value = data.draw(
        st.tuples(
            st.sampled_from(places or [()]),
            st.sampled_from([("description", "Odd: \r\n\t text"), ("tags", ["a", "z"]), ("status", "planned")]),
        ).map(lambda drawn: (drawn[0], *(drawn[1] if drawn[0] else ("description", "Ours.")))),
    )
    after = edited(plan, Change(place, {field: value}))
    assert same(after.data(), put(plan.data(), (*place, field), value))


def test_a_field_is_taken_away_and_a_default_is_not_written() -> None:
    after = edited(harbour(), Change(DECK, {"enum": None, "required": False, "status": "active"}))
    assert thing_at(after, DECK) == {"type": ["string"], "names": {"segment": "Deck"}}


@pytest.mark.parametrize(
    "place", [(*DECK[:-1], "berth", "properties", "row"), (*DECK[:-1], "stops", "items", "properties", "at")]
)
def test_a_nested_property_is_edited_where_it_is(place: Path) -> None:
    after = edited(harbour(), Change(place, {"description": "Counted from the bow."}))
    assert get(after.data(), (*place, "description")) == "Counted from the bow."


def test_all_fields_that_cannot_be_so_are_named_together() -> None:
    with pytest.raises(Problems) as caught:
        edited(harbour(), Change(DECK, {"minimum": "low", "type": "strnig", "description": "Fine.", "color": "red"}))
    assert [one.place for one in caught.value.problems] == ["minimum", "type", "color"]


def test_the_plan_itself_has_a_description() -> None:
    assert edited(harbour(), Change((), {"description": "All quays."})).description == "All quays."
    with pytest.raises(Problems) as caught:
        edited(harbour(), Change((), {"name": "Other"}))
    assert caught.value.problems[0].place == "name"


def test_an_unknown_shared_property_is_refused() -> None:
    with pytest.raises(Problems) as caught:
        edited(harbour(), Change(DECK, {"shared": "many"}))
    assert caught.value.problems[0].place == "shared"


# Two people


def test_two_people_edit_different_fields_of_one_event() -> None:
    seen = {"description": "It left.", "category": None}
    plan = edited(harbour(), Change(LEFT, {"category": "Traffic", "description": "It left."}, seen))
    after = edited(plan, Change(LEFT, {"description": "Cast off.", "category": None}, seen))
    assert thing_at(after, LEFT) == {"description": "Cast off.", "category": "Traffic"}


def test_two_texts_for_one_field_collide_and_both_are_kept() -> None:
    plan = edited(harbour(), Change(LEFT, {"description": "Hers."}))
    with pytest.raises(Collided) as caught:
        edited(plan, Change(LEFT, {"description": "His."}, {"description": "It left."}))
    (one,) = caught.value.collisions
    assert (one.path, one.seen, one.now, one.wanted) == ((*LEFT, "description"), "It left.", "Hers.", "His.")


def test_the_same_text_twice_is_no_collision() -> None:
    plan = edited(harbour(), Change(LEFT, {"description": "Hers."}))
    assert edited(plan, Change(LEFT, {"description": "Hers."}, {"description": "It left."})) == plan


def test_two_people_add_words_to_one_set() -> None:
    plan = edited(harbour(), Change(LEFT, {"tags": ["core", "night"]}))
    after = edited(plan, Change(LEFT, {"tags": ["core", "day"]}, {"tags": ["core"]}))
    assert after.events["Ferry Left"].tags == ("core", "day", "night")


def test_what_is_gone_is_said() -> None:
    with pytest.raises(Moved, match="not there any more"):
        edited(harbour(), Change(("events", "Ferry Sank"), {"description": "It sank."}))


# New things


def test_a_new_event_forgets_its_tombstone() -> None:
    plan = harbour(removed=[{"event": "Ferry Sank", "reason": "never", "date": DAY}])
    after = edited(plan, Create(("events", "Ferry Sank"), {"description": "It sank.", "status": "planned"}))
    assert after.events["Ferry Sank"].status == "planned" and after.removed == ()


@pytest.mark.parametrize(
    "place",
    [
        ("events", "Ferry Left", "properties", "late"),
        (*DECK[:-1], "berth", "properties", "side"),
        ("user_properties", "age"),
        ("shared_properties", "place"),
        ("groups", "crew", "properties", "home"),
        ("categories", "Traffic"),
        (*DECK, "items"),
    ],
)
def test_things_of_every_sort_are_made(place: Path) -> None:
    assert thing_at(edited(harbour(), Create(place)), place) == {}


def test_a_name_that_is_taken_or_was_another_event_is_refused() -> None:
    renamed = edited(harbour(), Rename(LEFT, "Ferry Departed"))
    for plan, name in ((harbour(), "Ferry Left"), (renamed, "Ferry Left"), (harbour(), "")):
        with pytest.raises(Problems) as caught:
            edited(plan, Create(("events", name)))
        assert caught.value.problems[0].place == "name"


@pytest.mark.parametrize(
    "place", [("events",), ("evnts", "a"), ("events", "a", "b"), ("events", "a", "properties"), ()]
)
def test_what_is_no_place_is_refused(place: Path) -> None:
    with pytest.raises(Refusal):
        edited(harbour(), Create(place))


# Renames


def test_a_renamed_event_keeps_its_id_its_place_and_all_it_says() -> None:
    after = edited(harbour(), Rename(DECK[:2], "Ferry Entered"))
    assert list(after.events) == ["Ferry Entered", "Ferry Left"]
    assert after.events["Ferry Entered"] == harbour().events["Ferry Boarded"]
    assert moves(after) == [("Ferry Boarded", "Ferry Entered")] and errors(after) == []


def test_renames_and_tombstones_of_properties_follow_their_event() -> None:
    plan = edited(edited(harbour(), Rename(DECK, "level")), Remove((*DECK[:-1], "fare"), "free now", DAY))
    after = edited(plan, Rename(DECK[:2], "Ferry Entered"))
    assert {one.event for one in after.moved if one.from_name == "deck"} == {"Ferry Entered"}
    assert graves(after) == [("Ferry Entered", "fare")] and errors(after) == []


@pytest.mark.parametrize(
    "names, expected",
    [
        (["B"], [("A", "B")]),
        (["B", "C"], [("A", "C")]),
        (["B", "A"], []),
        (["B", "C", "B"], [("A", "B")]),
        (["B", "C", "A"], []),
    ],
)
def test_names_that_only_the_draft_had_leave_no_trace(names: list[str], expected: list[tuple[str, str]]) -> None:
    base = TrackingPlan.model_validate({"name": "P", "events": {"A": {}}})
    plan, name = base, "A"
    for new in names:
        plan, name = edited(plan, Rename(("events", name), new), base), new
    assert moves(plan) == expected and list(plan.events) == [names[-1]]


def test_going_back_to_a_published_name_turns_the_rename_around() -> None:
    data = {"name": "P", "events": {"C": {}}, "moved": [{"from": "A", "to": "B"}, {"from": "B", "to": "C"}]}
    base = TrackingPlan.model_validate(data)
    after = edited(base, Rename(("events", "C"), "B"), base)
    assert sorted(moves(after)) == [("A", "C"), ("C", "B")] and errors(after) == []


def test_an_event_of_the_draft_alone_is_renamed_without_a_record() -> None:
    plan = edited(harbour(), Create(("events", "Nwe")))
    assert edited(plan, Rename(("events", "Nwe"), "New"), harbour()).moved == ()


def test_user_and_group_properties_are_renamed_in_their_scope() -> None:
    plan = edited(harbour(), Rename(("user_properties", "rank"), "grade"))
    after = edited(plan, Rename(("groups", "crew", "properties", "size"), "count"))
    assert [(one.scope, one.group, one.to_name) for one in after.moved] == [
        ("user", None, "grade"),
        ("group", "crew", "count"),
    ]
    assert errors(after) == []


def test_a_nested_property_is_renamed_in_its_place() -> None:
    place = (*DECK[:-1], "berth", "properties", "row")
    after = edited(harbour(), Rename(place, "line"))
    assert thing_at(after, (*place[:-1], "line")) == {"type": ["integer"]} and after.moved == ()


def test_what_refers_to_a_shared_property_follows_its_name() -> None:
    after = edited(harbour(), Rename(("shared_properties", "money"), "price"))
    assert after.events["Ferry Boarded"].properties["fare"].shared == "price" and errors(after) == []


@pytest.mark.parametrize("place, to", [(LEFT, "Ferry Boarded"), (LEFT, ""), (DECK, "fare"), (("groups", "crew"), "x")])
def test_a_rename_that_cannot_be_is_refused_at_the_name(place: Path, to: str) -> None:
    with pytest.raises(Problems) as caught:
        edited(harbour(), Rename(place, to))
    assert caught.value.problems[0].place == "name"


def test_a_name_that_was_removed_or_belonged_to_another_event_is_not_taken_by_a_rename() -> None:
    removed = edited(harbour(), Remove(DECK[:2], "gone", DAY))
    renamed = edited(harbour(), Rename(DECK[:2], "Ferry Entered"))
    for plan in (removed, renamed):
        with pytest.raises(Problems) as caught:
            edited(plan, Rename(LEFT, "Ferry Boarded"))
        assert caught.value.problems[0].place == "name"


# The end of things


def test_a_removed_event_leaves_a_tombstone_for_each_name_it_had() -> None:
    plan = edited(harbour(), Rename(LEFT, "Ferry Departed"))
    after = edited(plan, Remove(("events", "Ferry Departed"), "not sent", DAY))
    assert graves(after) == [("Ferry Departed", None), ("Ferry Left", None)]
    assert after.moved == () and errors(after) == []


def test_an_event_renamed_in_the_draft_is_removed_under_the_name_that_is_known() -> None:
    plan = edited(harbour(), Rename(LEFT, "Ferry Departed"), harbour())
    after = edited(plan, Remove(("events", "Ferry Departed"), "not sent", DAY), harbour())
    assert graves(after) == [("Ferry Left", None)] and after.removed[0].reason == "not sent"


def test_what_only_the_draft_had_is_removed_without_a_word() -> None:
    plan = edited(harbour(), Create(("events", "New")))
    assert edited(plan, Remove(("events", "New"), "", DAY), harbour()) == harbour()


def test_removals_of_every_sort() -> None:
    plan = edited(harbour(), Remove(DECK, "one deck only", DAY))
    plan = edited(plan, Remove(("user_properties", "rank"), "private", DAY))
    plan = edited(plan, Remove((*DECK[:-1], "berth", "properties", "row"), "", DAY))
    assert graves(plan) == [("Ferry Boarded", "deck"), (None, "rank")] and errors(plan) == []


@pytest.mark.parametrize(
    "edit, place",
    [(Remove(LEFT, " ", DAY), "reason"), (Remove(LEFT, "gone", "tomorrow"), "date")],
)
def test_a_tombstone_needs_a_reason_and_a_day(edit: Edit, place: str) -> None:
    with pytest.raises(Problems) as caught:
        edited(harbour(), edit)
    assert caught.value.problems[0].place == place


def test_a_shared_property_in_use_is_not_removed() -> None:
    with pytest.raises(Refusal, match="fare uses it"):
        edited(harbour(), Remove(("shared_properties", "money"), "", DAY))


def test_deprecated_and_in_use_again() -> None:
    plan = edited(harbour(), Deprecate(LEFT))
    assert plan.events["Ferry Left"].status == "deprecated"
    assert edited(plan, Restore(LEFT)) == harbour()


@pytest.mark.parametrize(
    "edits, name",
    [
        ([Change(LEFT, {"description": "Other."})], "Ferry Left"),
        ([Rename(LEFT, "Ferry Departed")], "Ferry Departed"),
        ([Remove(LEFT, "gone", DAY)], "Ferry Left"),
        ([Rename(DECK, "level"), Remove((*DECK[:-1], "fare"), "free", DAY)], "Ferry Boarded"),
        ([Create(("events", "New"))], "New"),
    ],
)
def test_an_event_is_taken_back_to_what_it_was(edits: list[Edit], name: str) -> None:
    plan = harbour()
    for one in edits:
        plan = edited(plan, one, harbour())
    assert edited(plan, Revert(("events", name)), harbour()) == harbour()


def test_taking_one_event_back_leaves_the_others() -> None:
    plan = edited(harbour(), Rename(DECK[:2], "Ferry Entered"), harbour())
    plan = edited(plan, Remove(LEFT, "gone", DAY), harbour())
    after = edited(plan, Revert(LEFT), harbour())
    assert set(after.events) == {"Ferry Entered", "Ferry Left"} and graves(after) == []
    assert moves(after) == [("Ferry Boarded", "Ferry Entered")]


# In words


@pytest.mark.parametrize(
    "edit, line",
    [
        (Change(DECK, {"description": "", "min_length": 1}), "Ferry Boarded › deck: description, min length"),
        (Rename(LEFT, "Gone"), "Ferry Left: renamed to Gone"),
        (Remove(LEFT, "why", DAY), "Ferry Left: removed, why"),
        (Create(("user_properties", "age")), "user property age: new"),
    ],
)
def test_an_edit_is_a_line_for_people(edit: Edit, line: str) -> None:
    assert said(edit) == line


def test_a_property_called_properties_keeps_its_name() -> None:
    assert label(("events", "e", "properties", "properties", "properties", "x")) == "e › properties › x"


def test_there_is_nothing_where_there_is_nothing() -> None:
    assert thing_at(harbour(), ("events", "x", "properties", "y")) is ABSENT
