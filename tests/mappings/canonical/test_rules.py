"""Each rule of a plan, by a case that breaks it and one that does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from mappings.canonical import TrackingPlan
from mappings.canonical.rules import check
from mappings.contract import Finding
from mappings.testing import plans


def findings(sections: dict[str, Any]) -> tuple[Finding, ...]:
    return check(TrackingPlan.model_validate({"name": "Shop", **sections}))


def event(**properties: Any) -> dict[str, Any]:
    return {"events": {"Paid": {"properties": properties}}}


def moved(*pairs: str, events: tuple[str, ...] = (), **scope: str) -> dict[str, Any]:
    """Renames written ``old>new``."""
    moves = [dict(zip(("from", "to"), pair.split(">"), strict=True)) | scope for pair in pairs]
    return {"moved": moves, "events": {name: {} for name in events}}


PAID = "events.Paid.properties."
BROKEN: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "unknown shared": (event(a={"shared": "money"}), "error", "unknown-shared", PAID + "a"),
    "shared refers on": (
        {"shared_properties": {"a": {"shared": "b"}, "b": {}}},
        "error",
        "shared-chain",
        "shared_properties.a",
    ),
    "shared contains itself": (
        {"shared_properties": {"a": {"type": "object", "properties": {"x": {"shared": "a"}}}}},
        "error",
        "shared-loop",
        "shared_properties.a",
    ),
    "shared twice": (
        {"shared_properties": {"m": {}}, **event(a={"shared": "m"}, b={"shared": "m"})},
        "warning",
        "shared-twice",
        PAID + "b",
    ),
    "source": (
        {"sources": {"Web": {}}, "events": {"Paid": {"sources": ["App"]}}},
        "warning",
        "unknown-source",
        "events.Paid.sources",
    ),
    "category": (
        {"categories": {"Shop": {}}, "events": {"Paid": {"category": "Cart"}}},
        "warning",
        "unknown-category",
        "events.Paid.category",
    ),
    "moved to nothing": (moved("Old>New"), "error", "moved-unknown", "moved.0"),
    "moved in a circle": (moved("A>B", "B>A", events=("A",)), "error", "moved-loop", "moved.0"),
    "moved to itself": (moved("A>A", events=("A",)), "error", "moved-loop", "moved.0"),
    "moved and there": (moved("Old>New", events=("Old", "New")), "error", "moved-still-listed", "moved.0"),
    "moved twice": (moved("A>C", "B>C", events=("C",)), "error", "moved-twice", "moved.1"),
    "moved two ways": (moved("A>C", "A>D", events=("C", "D")), "error", "moved-twice", "moved.1"),
    "moved in no event": (moved("a>b", event="Left", events=("Paid",)), "error", "moved-nowhere", "moved.0"),
    "moved in no group": (moved("a>b", scope="group", group="team"), "error", "moved-nowhere", "moved.0"),
    "moved user property": (moved("a>b", scope="user"), "error", "moved-unknown", "moved.0"),
    "removed event": (
        {"removed": [{"event": "Paid", "reason": "old", "date": "2024-01-01"}], **event()},
        "error",
        "removed-still-listed",
        "removed.0",
    ),
    "removed property": (
        {"removed": [{"event": "Paid", "property": "a", "reason": "old", "date": "2024-01-01"}], **event(a={})},
        "error",
        "removed-still-listed",
        "removed.0",
    ),
    "removed user property": (
        {"removed": [{"property": "a", "reason": "old", "date": "2024-01-01"}], "user_properties": {"a": {}}},
        "error",
        "removed-still-listed",
        "removed.0",
    ),
    "removed nothing": (
        {"removed": [{"reason": "old", "date": "2024-01-01"}]},
        "error",
        "removed-nothing",
        "removed.0",
    ),
    "no description": (
        {"conventions": {"require": ["description"]}, **event()},
        "warning",
        "no-description",
        "events.Paid.description",
    ),
    "no owner": ({"conventions": {"require": ["owner"]}, **event()}, "warning", "no-owner", "events.Paid.owners"),
    "no property description": (
        {"conventions": {"require": ["property description"]}, **event(a={})},
        "warning",
        "no-property-description",
        PAID + "a.description",
    ),
    "required and deprecated": (
        event(a={"required": True, "status": "deprecated"}),
        "info",
        "required-deprecated",
        PAID + "a.required",
    ),
    "one name in a tool": (
        {"events": {"A": {"names": {"t": "x"}}, "B": {"names": {"t": "x"}}}},
        "error",
        "tool-name-twice",
        "events.B.names.t",
    ),
    "a tool's name is another's": (
        {"events": {"A": {"names": {"t": "B"}}, "B": {}}},
        "error",
        "tool-name-twice",
        "events.B",
    ),
    "one name of properties": (
        event(a={"names": {"t": "x"}}, b={"names": {"t": "x"}}),
        "error",
        "tool-name-twice",
        PAID + "b.names.t",
    ),
    "a name from the library": (
        {"shared_properties": {"m": {"names": {"t": "a"}}}, **event(a={}, b={"shared": "m"})},
        "error",
        "tool-name-twice",
        PAID + "b.names.t",
    ),
    "blank at the end": ({"events": {"Paid ": {}}}, "warning", "name-blanks", "events.Paid "),
    "line break": ({"user_properties": {"a\nb": {}}}, "warning", "name-control", "user_properties.a\nb"),
    "half a character": ({"groups": {"a\ud800": {}}}, "warning", "name-control", "groups.a\ud800"),
    "long name": (event(**{"a" * 256: {}}), "warning", "name-long", PAID + "a" * 256),
    "case": ({"events": {"Paid": {}, "PAID": {}}}, "warning", "names-alike", "events.PAID"),
    "separators": (event(**{"site id": {}, "siteId": {}}), "warning", "names-alike", PAID + "siteId"),
    "event style": (
        {"conventions": {"event_names": "snake_case"}, **event()},
        "warning",
        "name-style",
        "events.Paid",
    ),
    "property style": (
        {"conventions": {"property_names": "/^[a-z]+$/"}, **event(a1={})},
        "warning",
        "name-style",
        PAID + "a1",
    ),
    "unknown style": (
        {"conventions": {"event_names": "shouting"}},
        "error",
        "unknown-style",
        "conventions.event_names",
    ),
    "broken style": ({"conventions": {"event_names": "/(/"}}, "error", "unknown-style", "conventions.event_names"),
    "minimum": (event(a={"minimum": 2, "maximum": 1}), "error", "empty-range", PAID + "a.minimum"),
    "minimum from zero": (event(a={"minimum": 0, "maximum": -1}), "error", "empty-range", PAID + "a.minimum"),
    "open bound": (event(a={"minimum": 1, "exclusive_maximum": 1}), "error", "empty-range", PAID + "a.minimum"),
    "length": (event(a={"min_length": 2, "max_length": 1}), "error", "empty-range", PAID + "a.min_length"),
    "items": (event(a={"min_items": 2, "max_items": 1}), "error", "empty-range", PAID + "a.min_items"),
    "bound from the library": (
        {"shared_properties": {"m": {"maximum": 5}}, **event(a={"shared": "m", "minimum": 6})},
        "error",
        "empty-range",
        PAID + "a.minimum",
    ),
    "in an array": (
        event(a={"type": "array", "items": {"minimum": 2, "maximum": 1}}),
        "error",
        "empty-range",
        PAID + "a.items.minimum",
    ),
    "no effect": (event(a={"type": "integer", "min_length": 1}), "warning", "no-effect", PAID + "a.min_length"),
    "no effect of zero": (event(a={"type": "string", "minimum": 0}), "warning", "no-effect", PAID + "a.minimum"),
    "empty enum": (event(a={"enum": []}), "error", "empty-enum", PAID + "a.enum"),
    "enum of another type": (event(a={"type": "string", "enum": ["a", 1]}), "error", "enum-type", PAID + "a.enum"),
    "true is no number": (event(a={"type": "integer", "enum": [True]}), "error", "enum-type", PAID + "a.enum"),
    "constant": (event(a={"const": "c", "enum": ["a", "b"]}), "error", "const-enum", PAID + "a.const"),
    "constant false": (event(a={"type": "string", "const": False}), "error", "const-type", PAID + "a.const"),
    "pattern": (event(a={"type": "string", "pattern": "(a"}), "error", "pattern", PAID + "a.pattern"),
    "multiple of zero": (event(a={"multiple_of": 0}), "error", "multiple-of", PAID + "a.multiple_of"),
    "keyword": (event(a={"keywords": {"required": False}}), "warning", "keyword", PAID + "a.keywords.required"),
    "keyword of an event": (
        {"events": {"Paid": {"keywords": {"oneOf": 5}}}},
        "warning",
        "keyword",
        "events.Paid.keywords.oneOf",
    ),
}


@pytest.mark.parametrize(("sections", "severity", "what", "path"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_found_where_it_is(sections: dict[str, Any], severity: str, what: str, path: str) -> None:
    found = [(one.severity, one.code, ".".join(one.path)) for one in findings(sections)]
    assert (severity, f"plan.{what}", path) in found


@pytest.mark.parametrize("sections", [case[0] for case in BROKEN.values()], ids=BROKEN)
def test_a_finding_says_what_is_wrong_and_what_to_do(sections: dict[str, Any]) -> None:
    assert all(one.effect == "rule" and one.message and one.hint for one in findings(sections))


KEPT: dict[str, dict[str, Any]] = {
    "empty": {},
    "shared": {"shared_properties": {"m": {"type": "number"}}, **event(a={"shared": "m"})},
    "shared in two events": {
        "shared_properties": {"m": {}},
        "events": {"A": {"properties": {"x": {"shared": "m"}}}, "B": {"properties": {"x": {"shared": "m"}}}},
    },
    "shared in shared": {"shared_properties": {"a": {"properties": {"x": {"shared": "b"}}}, "b": {}}},
    "sources": {"sources": {"Web": {}}, "events": {"Paid": {"sources": ["Web"]}}},
    "no sources declared": {"events": {"Paid": {"sources": ["Web"], "category": "Shop"}}},
    "category": {"categories": {"Shop": {}}, "events": {"Paid": {"category": "Shop"}, "Left": {}}},
    "moved": moved("Old>Mid", "Mid>New", events=("New",)),
    "moved and the name in another scope": moved("Old>New", events=("New",)) | {"user_properties": {"Old": {}}},
    "moved property": {"moved": [{"from": "a", "to": "b", "event": "Paid"}], **event(b={})},
    "moved user property": {"moved": [{"from": "a", "to": "b", "scope": "user"}], "user_properties": {"b": {}}},
    "removed": {
        "removed": [
            {"event": "Left", "reason": "old", "date": "2024-01-01"},
            {"event": "Paid", "property": "a", "reason": "old", "date": "2024-01-01"},
            {"property": "b", "reason": "old", "date": "2024-01-01"},
        ],
        **event(b={}),
    },
    "all that is asked for": {
        "conventions": {
            "event_names": "Title Case",
            "property_names": "snake_case",
            "require": ["description", "owner", "property description"],
        },
        "shared_properties": {"m": {"description": "money"}},
        "events": {
            "Order Paid 2": {"description": "d", "owners": ["ada"], "properties": {"total_2": {"shared": "m"}}},
        },
    },
    "styles": {"conventions": {"event_names": "camelCase", "property_names": "kebab-case"}}
    | {"events": {"orderPaid": {"properties": {"site-id": {}}}}},
    "deprecated": event(a={"status": "deprecated"}, b={"required": True}),
    "names of two tools": {"events": {"A": {"names": {"t": "x"}}, "B": {"names": {"u": "x"}}}},
    "names in two events": {
        "events": {
            "A": {"properties": {"a": {"names": {"t": "x"}}}},
            "B": {"properties": {"b": {"names": {"t": "x"}}}},
        }
    },
    "swapped names": {"events": {"A": {"names": {"t": "B"}}, "B": {"names": {"t": "A"}}}},
    "names": {"events": {"Größe – «neu»": {"properties": {"a" * 255: {}, "b": {}}}}},
    "ranges": event(
        a={"type": "number", "minimum": 1, "maximum": 1},
        b={"type": "string", "min_length": 0, "max_length": 0},
        c={"type": "array", "min_items": 1, "max_items": 1, "items": {"type": "string"}},
    ),
    "nullable": event(a={"type": ["string", "null"], "max_length": 5, "enum": ["a", None]}),
    "enum of any type": event(a={"enum": ["a", 1, None, True]}),
    "whole floats": event(a={"type": "integer", "enum": [1.0, 2]}),
    "constant": event(a={"type": "integer", "const": 1, "enum": [1.0, 2]}),
    "patterns of other languages": event(
        a={"type": "string", "pattern": r"^(?<year>\d{4})-\p{L}+\z"},
        b={"type": "string", "pattern": "[[a]"},
    ),
    "keywords": event(a={"keywords": {"x-anything": [1], "oneOf": [{"type": "string"}], "default": None}}),
    "event keywords": {"events": {"Paid": {"keywords": {"not": {"required": ["a"]}}}}},
}


@pytest.mark.parametrize("sections", KEPT.values(), ids=KEPT)
def test_a_sound_plan_has_no_findings(sections: dict[str, Any]) -> None:
    assert findings(sections) == ()


def test_a_fault_of_the_library_is_told_once() -> None:
    bad = {"shared_properties": {"m": {"minimum": 2, "maximum": 1}}}
    used = {"events": {name: {"properties": {"x": {"shared": "m", "required": True}}} for name in ("A", "B")}}
    assert [one.path for one in findings({**bad, **used})] == [("shared_properties", "m", "minimum")]


def test_an_unknown_shared_property_names_the_nearest() -> None:
    (found,) = findings({"shared_properties": {"Money": {}}, **event(a={"shared": "money"})})
    assert "'Money'" in found.hint


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans())
def test_checking_any_plan_is_total(plan: TrackingPlan) -> None:
    assert all(one.code.startswith("plan.") for one in check(plan))
