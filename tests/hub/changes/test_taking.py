"""What a plan takes over from files: matches, what changes, what stays, and what each choice does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from hub.changes.taking import Choice, Item, match, taken
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import event_key, expand
from mappings.testing import plans

PLAN: dict[str, Any] = {
    "name": "Harbour",
    "shared_properties": {"money": {"type": "number", "minimum": 0, "description": "In euros."}},
    "events": {
        "Ferry Boarded": {
            "id": "boarding",
            "description": "Somebody went aboard.",
            "owners": ["quay@harbour.example"],
            "tags": ["core"],
            "properties": {
                "deck": {"type": "string", "enum": ["a", "b"], "sensitivity": ["pii"], "description": "Which deck."},
                "fare": {"shared": "money"},
            },
        },
        "Ferry Left": {"description": "The ferry left.", "properties": {"at": {"type": "string"}}},
    },
    "user_properties": {"age": {"type": "integer"}},
    "removed": [{"event": "Ferry Sunk", "reason": "never happened", "date": "2026-01-31"}],
    "moved": [{"from": "Ferry Gone", "to": "Ferry Left"}],
}


def plan(**changed: Any) -> TrackingPlan:
    return TrackingPlan.model_validate({**PLAN, **changed})


def files(events: dict[str, Any], **more: Any) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Files", "events": events, **more})


def only(events: dict[str, Any], **more: Any) -> Item:
    (item,) = match(plan(), files(events, **more)).items
    return item


def after(events: dict[str, Any], choice: Choice, *, tool: str = "", whole: bool = False, **more: Any) -> TrackingPlan:
    matched = match(plan(), files(events, **more), whole=whole, tool=tool)
    return taken(matched, {item.number: choice for item in matched.items})


@pytest.mark.parametrize(
    ("name", "state", "ours", "how"),
    [
        ("Ferry Boarded", "changed", "Ferry Boarded", "exact"),
        ("ferry boarded", "alike", "Ferry Boarded", "normalised"),
        ("Ferries Boarded", "alike", "Ferry Boarded", "similar"),
        ("Ferry Gone", "alike", "Ferry Left", "former"),
        ("Anchor Lost", "new", "", None),
    ],
)
def test_each_event_of_the_files_has_its_place_in_the_plan(name: str, state: str, ours: str, how: str | None) -> None:
    item = only({name: {"description": "New words."}})
    assert (item.state, item.ours, item.how) == (state, ours, how)


def test_what_says_the_same_is_the_same_and_there_is_nothing_to_choose() -> None:
    item = only({"Ferry Left": {"properties": {"at": {"type": "string"}}}})
    assert (item.state, item.choices) == ("same", ())


def test_what_the_files_have_not_is_untouched() -> None:
    matched = match(plan(), files({"Ferry Left": {}}))
    assert (matched.untouched["events"], matched.untouched["user_properties"]) == (("Ferry Boarded",), ("age",))


def test_the_fields_that_would_change_are_said_with_what_stays() -> None:
    item = only({"Ferry Boarded": {"properties": {"deck": {"type": "string"}}}})
    assert [(one.path, one.before, one.after) for one in item.changes] == [
        (("properties", "deck", "enum"), ["a", "b"], None)
    ]
    assert item.kept == ("fare",)


def test_structure_is_taken_wholly_and_words_only_where_there_are_any() -> None:
    event = after({"Ferry Boarded": {"properties": {"deck": {"type": "integer"}}}}, "take").events["Ferry Boarded"]
    deck = event.properties["deck"]
    assert (event.owners, event.tags, event.id) == (("quay@harbour.example",), ("core",), "boarding")
    assert (deck.type, deck.enum, deck.sensitivity, deck.description) == (("integer",), None, ("pii",), "Which deck.")


def test_nested_properties_and_items_are_taken_the_same_way() -> None:
    deep = {"type": ["object"], "properties": {"row": {"type": ["string"], "owners": ["lee"]}, "seat": {}}}
    events = {"Ferry Left": {"properties": {"place": deep, "crew": {"type": ["array"], "items": deep}}}}
    shallow = {"type": ["object"], "properties": {"row": {"type": ["integer"]}}}
    given = {"Ferry Left": {"properties": {"place": shallow, "crew": {"type": ["array"], "items": shallow}}}}
    matched = match(plan(events=events), files(given))
    left = taken(matched, {0: "take"}).events["Ferry Left"].properties
    assert left["crew"].items is not None
    for shape in (left["place"], left["crew"].items):
        assert (shape.properties["row"].type, shape.properties["row"].owners) == (("integer",), ("lee",))
        assert "seat" in shape.properties


def test_what_is_no_object_any_more_has_no_properties() -> None:
    events = {"Ferry Left": {"properties": {"place": {"type": ["object"], "properties": {"row": {}}}}}}
    given = {"Ferry Left": {"properties": {"place": {"type": ["string"]}}}}
    place = taken(match(plan(events=events), files(given)), {0: "take"}).events["Ferry Left"].properties["place"]
    assert place.properties == {}


def test_references_to_the_library_stay_where_nothing_changes_and_are_written_out_where_it_does() -> None:
    same = {"type": "number", "minimum": 0}
    kept = after({"Ferry Boarded": {"description": "Aboard.", "properties": {"fare": same}}}, "take")
    assert kept.events["Ferry Boarded"].properties["fare"].shared == "money"
    changed = after({"Ferry Boarded": {"properties": {"fare": {"type": "integer"}}}}, "take")
    fare = changed.events["Ferry Boarded"].properties["fare"]
    assert (fare.shared, fare.type, fare.minimum, fare.description) == (None, ("integer",), None, "In euros.")


def test_files_that_can_say_everything_are_taken_word_for_word_but_for_identities() -> None:
    event = after({"Ferry Boarded": {"description": "Aboard."}}, "take", whole=True).events["Ferry Boarded"]
    assert (event.id, event.description, event.owners, event.properties) == ("boarding", "Aboard.", (), {})


def test_a_new_event_comes_with_its_heading_and_without_its_tombstone() -> None:
    events = {"Ferry Sunk": {"category": "Trouble", "sources": ["web"]}}
    headings = {"categories": {"Trouble": {"description": "Bad."}, "Idle": {}}, "sources": {"web": {}}}
    assert "The plan removed it on 2026-01-31: never happened" in only(events, **headings).remark
    done = after(events, "take", **headings)
    assert (list(done.categories), list(done.sources), done.removed) == (["Trouble"], ["web"], ())
    assert list(done.events) == ["Ferry Boarded", "Ferry Left", "Ferry Sunk"]


def test_an_alike_event_keeps_the_plans_name_and_remembers_the_tools() -> None:
    done = after({"ferry_boarded": {"description": "Aboard."}}, "keep", tool="segment")
    assert done.events["Ferry Boarded"].names == {"segment": "ferry_boarded"} and len(done.events) == 2
    assert done.events["Ferry Boarded"].description == "Aboard." and "ferry_boarded" not in done.events


def test_an_alike_event_may_give_the_plans_its_name_and_stays_the_same_thing() -> None:
    done = after({"ferry_left": {"description": "It left."}}, "rename")
    assert list(done.events) == ["Ferry Boarded", "ferry_left"]
    assert event_key(done, "ferry_left") == event_key(plan(), "Ferry Left") == "Ferry Gone"
    assert expand(done).events["ferry_left"].properties.keys() == {"at"}


def test_rows_about_the_inside_of_a_renamed_event_follow_it() -> None:
    inside = {"moved": [{"from": "when", "to": "at", "event": "Ferry Left"}]}
    gone = {"removed": [{"event": "Ferry Left", "property": "by", "reason": "unused", "date": "2026-01-31"}]}
    done = taken(match(plan(**inside, **gone), files({"ferry_left": {}})), {0: "rename"})
    assert [one.event for one in (*done.moved, *done.removed)] == ["ferry_left", None, "ferry_left"]


def test_an_alike_event_may_be_another_one() -> None:
    done = after({"ferry_left": {"description": "It left."}}, "new")
    assert done.events["Ferry Left"] == plan().events["Ferry Left"]
    assert done.events["ferry_left"].description == "It left."


def test_a_former_name_is_the_same_thing_and_stays_under_its_present_one() -> None:
    item = only({"Ferry Gone": {"description": "It left."}})
    assert item.choices == ("keep",)
    assert after({"Ferry Gone": {"description": "It left."}}, "keep").events["Ferry Left"].description == "It left."


def test_two_alike_names_are_one_match_and_one_remark() -> None:
    first, second = match(plan(), files({"ferry left": {}, "ferry_left": {}})).items
    assert (first.ours, second.ours) == ("Ferry Left", "")
    assert "It differs from Ferry Left only in spelling" in second.remark


def test_user_properties_and_groups_are_taken_too() -> None:
    more = {"user_properties": {"Age": {"type": "number"}}, "groups": {"crew": {"properties": {"size": {}}}}}
    matched = match(plan(), files({}, **more))
    done = taken(matched, {0: "rename", 1: "take"})
    assert list(done.user_properties) == ["Age"] and done.moved[-1].scope == "user"
    assert list(done.groups["crew"].properties) == ["size"]


@pytest.mark.parametrize(("number", "choice"), [(0, "rename"), (0, "keep"), (7, "take"), (-1, "take")])
def test_a_choice_that_is_none_is_refused(number: int, choice: Choice) -> None:
    matched = match(plan(), files({"Ferry Left": {"description": "It left."}}))
    with pytest.raises(Refusal, match="row"):
        taken(matched, {number: choice})


def test_what_is_not_chosen_changes_nothing() -> None:
    matched = match(plan(), files({"Ferry Left": {"description": "It left."}, "Anchor Lost": {}}))
    assert taken(matched, {}) == plan()


# Laws


@given(plans())
def test_a_plan_brings_nothing_new_to_itself(ours: TrackingPlan) -> None:
    for whole in (True, False):
        matched = match(ours, ours, whole=whole)
        assert {item.state for item in matched.items} <= {"same"} and not any(matched.untouched.values())


@given(plans(), plans())
def test_what_is_taken_whole_is_what_the_files_say_and_the_rest_is_what_the_plan_said(
    ours: TrackingPlan, theirs: TrackingPlan
) -> None:
    matched = match(ours, theirs, whole=True)
    wanted = {item.number: item.choices[0] for item in matched.items if item.choices and item.state != "alike"}
    done, said, before = (expand(one) for one in (taken(matched, wanted), theirs, ours))
    for item in matched.items:
        if item.number in wanted:
            assert unnamed(getattr(done, item.section)[item.theirs]) == unnamed(
                getattr(said, item.section)[item.theirs]
            )
    for section, names in matched.untouched.items():
        assert all(getattr(done, section)[name] == getattr(before, section)[name] for name in names)


def unnamed(thing: Any) -> Any:
    """The same without stable identities, which the plan keeps."""

    def without(data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        inner = {key: without(one) for key, one in data.get("properties", {}).items()}
        return {key: one for key, one in data.items() if key != "id"} | {"properties": inner}

    return without(thing.model_dump(mode="json", exclude_defaults=True))
