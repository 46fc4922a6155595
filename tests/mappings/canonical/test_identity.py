"""Keys that survive renames, shared properties written out, and each tool's own names."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.canonical import TrackingPlan
from mappings.canonical.identity import (
    UnknownSharedProperty,
    content,
    event_key,
    expand,
    former_names,
    former_property_names,
    former_user_property_names,
    localise,
    tool_name,
)


def plan(**sections: Any) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Shop", **sections})


def moves(*pairs: tuple[str, str], **scope: str) -> list[dict[str, str]]:
    return [{"from": one, "to": other, **scope} for one, other in pairs]


def test_an_event_that_was_never_renamed_has_no_former_names() -> None:
    assert former_names(plan(events={"A": {}}), "A") == ()


def test_former_names_are_newest_first() -> None:
    assert former_names(plan(moved=moves(("A", "B"), ("B", "C"))), "C") == ("B", "A")


def test_a_loop_of_renames_ends() -> None:
    assert former_names(plan(moved=moves(("A", "B"), ("B", "A"))), "A") == ("B",)


def test_renames_of_properties_belong_to_their_event() -> None:
    renamed = plan(moved=[*moves(("a", "b"), event="Paid"), *moves(("x", "b"), scope="user"), *moves(("E", "b"))])
    assert former_property_names(renamed, "Paid", "b") == ("a",) and former_property_names(renamed, "Left", "b") == ()
    assert former_user_property_names(renamed, "b") == ("x",) and former_names(renamed, "b") == ("E",)


@pytest.mark.parametrize(("event", "key"), [("With Id", "e1"), ("New", "Old"), ("Plain", "Plain"), ("Gone", "Gone")])
def test_event_key(event: str, key: str) -> None:
    events = {"With Id": {"id": "e1"}, "New": {}, "Plain": {}}
    assert event_key(plan(events=events, moved=moves(("Old", "New"), ("Was", "With Id"))), event) == key


def test_a_shared_property_is_written_out_and_own_fields_win() -> None:
    shared = {"money": {"type": "number", "minimum": 0, "description": "in EUR"}}
    events = {"Paid": {"properties": {"total": {"shared": "money", "description": "all of it", "required": True}}}}
    total = expand(plan(shared_properties=shared, events=events)).events["Paid"].properties["total"]
    assert (total.type, total.minimum, total.description, total.required) == (("number",), 0, "all of it", True)
    assert total.shared is None


def test_an_event_that_refers_to_nothing_shared_stays_the_same_object() -> None:
    events = {"Paid": {"properties": {"total": {"shared": "money"}}}, "Left": {"properties": {"page": {}}}}
    whole = plan(shared_properties={"money": {"type": "number"}}, events=events)
    same = {name: event is whole.events[name] for name, event in expand(whole).events.items()}
    assert same == {"Paid": False, "Left": True}


def test_shared_properties_are_written_out_at_any_depth_and_in_all_sections() -> None:
    shared = {"id": {"type": "string", "format": "uuid"}}
    deep = {"cart": {"type": "array", "items": {"type": "object", "properties": {"sku": {"shared": "id"}}}}}
    expanded = expand(
        plan(
            shared_properties=shared,
            events={"Paid": {"properties": deep}},
            user_properties={"uid": {"shared": "id"}},
            groups={"team": {"properties": {"tid": {"shared": "id"}}}},
        )
    )
    items = expanded.events["Paid"].properties["cart"].items
    assert items is not None and items.properties["sku"].format == "uuid"
    assert expanded.user_properties["uid"].format == expanded.groups["team"].properties["tid"].format == "uuid"


def test_an_unknown_shared_property_says_where() -> None:
    with pytest.raises(UnknownSharedProperty) as refused:
        expand(plan(groups={"team": {"properties": {"tid": {"shared": "id"}}}}))
    assert refused.value.path == ("groups", "team", "properties", "tid") and refused.value.shared == "id"


def test_tool_name_is_the_tools_own_spelling_else_the_name() -> None:
    event = plan(events={"Paid": {"names": {"snowplow": "paid"}}}).events["Paid"]
    assert (tool_name("Paid", event, "snowplow"), tool_name("Paid", event, "mixpanel")) == ("paid", "Paid")


def test_a_reading_gets_the_names_of_the_plan() -> None:
    known = plan(
        events={"Paid": {"names": {"t": "paid"}, "properties": {"Total": {"names": {"t": "total"}}}}},
        user_properties={"Plan": {"names": {"t": "plan"}}},
        groups={"Team": {"names": {"t": "team"}}},
    )
    seen = plan(
        events={"paid": {"properties": {"total": {}, "new": {}}}, "other": {"properties": {"total": {}}}},
        user_properties={"plan": {}},
        groups={"team": {}},
    )
    named = localise(seen, known, "t")
    assert list(named.events["Paid"].properties) == ["Total", "new"]
    assert list(named.events["other"].properties) == ["total"]
    assert list(named.user_properties) == ["Plan"] and list(named.groups) == ["Team"]


def test_content_leaves_out_what_only_steers_the_hub() -> None:
    item = {"type": "object", "properties": {"sku": {"id": "p2", "type": "string"}}}
    cart = {"id": "p1", "names": {"t": "CART"}, "type": "array", "items": item}
    steered = plan(events={"Paid": {"id": "e", "extensions": {"t": {"x": 1}}, "properties": {"cart": cart}}})
    plain = {"type": ["array"], "items": {"type": ["object"], "properties": {"sku": {"type": ["string"]}}}}
    assert content(steered) == {
        "events": {"Paid": {"properties": {"cart": plain}}},
        "user_properties": {},
        "groups": {},
    }
