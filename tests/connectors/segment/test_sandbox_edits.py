"""What a person does in Segment's web app, as the API then shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.segment.sandbox import SegmentSandbox

OpenDesk = Callable[..., Any]
PLAN = SegmentSandbox().demo_credentials()["tracking_plan_id"]
RULES = f"/tracking-plans/{PLAN}/rules"


def rule(desk: Any, at: int = 0) -> Any:
    return desk.data("GET", RULES)["rules"][at]


def properties(desk: Any) -> Any:
    return rule(desk)["jsonSchema"]["properties"]["properties"]


def test_rule_written_in_the_app_has_its_residue(open_desk: OpenDesk) -> None:
    desk = open_desk()
    given = {"net total": "number", "items": {"type": "array", "items": {"type": "string"}}}
    desk.box.edit({"do": "add-rule", "key": "Paid", "description": "d", "properties": given, "required": ["items"]})
    pointer = "/properties/properties/properties"
    new = {"description": "", "isNewProperty": True}
    assert rule(desk)["jsonSchema"] == {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "labels": {},
        "description": "d",
        "properties": {
            "context": {},
            "traits": {},
            "properties": {
                "type": "object",
                "properties": {
                    "items": {
                        **new,
                        "id": f"{pointer}/items",
                        "type": "array",
                        "items": {"id": f"{pointer}/items/items", "type": "string"},
                        "properties": {"$": {"id": f"{pointer}/items/properties/%24"}},
                    },
                    "net total": {**new, "id": f"{pointer}/net%20total", "type": "number", "properties": {}},
                },
                "required": ["items"],
            },
        },
        "required": ["properties"],
    }


@pytest.mark.parametrize("kind", ["IDENTIFY", "GROUP"])
def test_traits_have_their_own_section_and_no_labels(open_desk: OpenDesk, kind: str) -> None:
    desk = open_desk()
    desk.box.edit({"do": "add-rule", "type": kind, "properties": {"tier": "string"}})
    schema = rule(desk)["jsonSchema"]
    assert schema["properties"]["traits"]["properties"]["tier"]["id"] == "/properties/traits/properties/tier"
    assert (rule(desk)["key"], "labels" in schema, "required" in schema) == (None, False, False)


def test_replaced_rule_keeps_its_birthday(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "add-rule", "key": "A", "properties": {"a": "string"}})
    desk.now += 5
    desk.box.edit({"do": "replace-rule", "key": "A", "jsonSchema": {"not": {}}})
    sections = {"context": {}, "traits": {}, "properties": {}}
    assert rule(desk)["jsonSchema"] == {"properties": sections, "not": {}}
    assert (rule(desk)["createdAt"][17:19], rule(desk)["updatedAt"][17:19]) == ("00", "05")


def test_removed_and_renamed_rules(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.fill(2)
    desk.box.edit({"do": "remove-rule", "key": "E000"})
    desk.box.edit({"do": "rename-rule", "key": "E001", "to": "Renamed"})
    assert [one["key"] for one in desk.data("GET", RULES)["rules"]] == ["Renamed"]


def test_description_and_labels(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.fill(1)
    desk.box.edit({"do": "set-description", "key": "E000", "value": "Paid for"})
    desk.box.edit({"do": "set-label", "key": "E000", "label": "team", "value": "growth"})
    desk.box.edit({"do": "set-label", "key": "E000", "label": "status", "value": "live"})
    desk.box.edit({"do": "set-label", "key": "E000", "label": "team", "value": None})
    schema = rule(desk)["jsonSchema"]
    assert (schema["description"], schema["labels"]) == ("Paid for", {"status": "live"})


def test_new_property_is_marked_and_an_old_one_only_pointed_at(open_desk: OpenDesk) -> None:
    desk = open_desk()
    part = {"properties": {"properties": {"type": "object", "properties": {"old": {"type": ["string", "null"]}}}}}
    desk.data("PATCH", RULES, {"rules": [{"type": "TRACK", "key": "A", "version": 1, "jsonSchema": part}]})
    for name in ("old", "new"):
        desk.box.edit({"do": "set-property", "key": "A", "property": name, "field": "description", "value": "text"})
    pointer = "/properties/properties/properties"
    residue = {"description": "text", "properties": {}}
    assert properties(desk)["properties"] == {
        "old": {**residue, "id": f"{pointer}/old", "type": ["string", "null"]},
        "new": {**residue, "id": f"{pointer}/new", "isNewProperty": True},
    }


def test_requiring_a_property_requires_its_section(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "add-rule", "key": "A", "properties": {"a": "string"}})
    change = {"do": "set-property", "key": "A", "property": "a", "field": "required"}
    desk.box.edit({**change, "value": True})
    assert (properties(desk)["required"], rule(desk)["jsonSchema"]["required"]) == (["a"], ["properties"])
    desk.box.edit({**change, "value": False})
    assert (properties(desk)["required"], "required" in rule(desk)["jsonSchema"]) == ([], False)


def test_nested_property(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.fill(1)
    change = {"do": "set-property", "key": "E000", "property": ["cart", "a/b"], "field": "type", "value": "integer"}
    desk.box.edit(change)
    inner = properties(desk)["properties"]["cart"]["properties"]["a/b"]
    assert (inner["type"], inner["id"]) == ("integer", "/properties/properties/properties/cart/properties/a%2Fb")


def test_removed_field_and_property(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "add-rule", "key": "A", "properties": {"a": "string", "b": "string"}, "required": ["b"]})
    desk.box.edit({"do": "set-property", "key": "A", "property": "a", "field": "type", "value": None})
    desk.box.edit({"do": "remove-property", "key": "A", "property": "b"})
    assert "type" not in properties(desk)["properties"]["a"]
    assert (list(properties(desk)["properties"]), properties(desk)["required"]) == (["a"], [])


def test_an_edit_moves_rule_and_plan_time_whatever_the_switch(open_desk: OpenDesk) -> None:
    desk = open_desk(rule_writes_move_plan=False)
    desk.fill(1)
    desk.now += 5
    desk.box.edit({"do": "set-description", "key": "E000", "value": "x"})
    plan = desk.data("GET", f"/tracking-plans/{PLAN}")["trackingPlan"]
    assert (plan["updatedAt"], rule(desk)["updatedAt"]) == ("2026-01-05T09:00:05.000Z",) * 2


def test_plan_edits(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "rename-plan", "name": "Renamed"})
    desk.box.edit({"do": "describe-plan", "value": None})
    plan = desk.data("GET", f"/tracking-plans/{PLAN}")["trackingPlan"]
    assert (plan["name"], plan["description"]) == ("Renamed", None)
    desk.box.edit({"do": "remove-plan"})
    assert desk.ask("GET", f"/tracking-plans/{PLAN}")[0] == 404


def test_plan_made_in_the_app_is_described_as_description(open_desk: OpenDesk) -> None:
    desk = open_desk()
    made = desk.box.edit({"do": "add-plan", "name": "B"})["id"]
    assert desk.data("GET", f"/tracking-plans/{made}")["trackingPlan"]["description"] == "description"


def test_consent_rule_appears_in_old_and_new_plans_and_can_be_destroyed(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "switch-consent", "on": True})
    made = desk.data("POST", "/tracking-plans", {"name": "B", "type": "LIVE"})["trackingPlan"]["id"]
    for plan in (PLAN, made):
        keys = [one["key"] for one in desk.data("GET", f"/tracking-plans/{plan}/rules")["rules"]]
        assert keys == ["Segment Consent Preference Updated"]
    desk.data("PUT", RULES, {"rules": []})
    assert desk.data("GET", RULES)["rules"] == []


def test_consent_switched_off_leaves_rules_and_spares_new_plans(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "switch-consent", "on": True})
    desk.box.edit({"do": "switch-consent", "on": False})
    made = desk.box.edit({"do": "add-plan", "name": "B"})["id"]
    assert len(desk.data("GET", RULES)["rules"]) == 1
    assert desk.data("GET", f"/tracking-plans/{made}/rules")["rules"] == []


def test_source_edits(open_desk: OpenDesk) -> None:
    desk = open_desk()
    source = desk.box.edit({"do": "add-source", "name": "iOS App", "id": "src1"})["id"]
    desk.box.edit({"do": "connect-source", "source": source})
    assert desk.data("GET", "/sources/src1")["trackingPlanId"] == PLAN
    desk.box.edit({"do": "disconnect-source", "source": source})
    assert desk.data("GET", "/sources/src1")["trackingPlanId"] is None
    assert desk.data("GET", "/sources/src1")["source"]["slug"] == "ios_app"


def test_token_edits(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "add-token", "token": "reader", "access": "read-only"})
    assert desk.send("GET", RULES, Authorization="Bearer reader").status == 200
    assert desk.send("PUT", RULES, {"rules": []}, Authorization="Bearer reader").status == 401
    desk.box.edit({"do": "limit-token", "token": "reader", "access": "admin"})
    assert desk.send("PUT", RULES, {"rules": []}, Authorization="Bearer reader").status == 200


@pytest.mark.parametrize(
    "change",
    [
        None,
        {"do": "dance"},
        {"do": "add-rule"},
        {"do": "add-rule", "key": "E000"},
        {"do": "add-rule", "type": "EVENT", "key": "A"},
        {"do": "replace-rule", "key": "unknown"},
        {"do": "remove-rule", "key": "E000", "version": 2},
        {"do": "rename-rule", "key": "E000", "to": "E001"},
        {"do": "set-description", "key": "E000"},
        {"do": "remove-property", "key": "E000", "property": "unknown"},
        {"do": "rename-plan", "plan": "tp_unknown", "name": "A"},
        {"do": "connect-source", "source": "unknown"},
        {"do": "disconnect-source", "source": "src1"},
        {"do": "add-source", "name": "Again", "id": "src1"},
        {"do": "revoke-token", "token": "unknown"},
        {"do": "limit-token", "access": "owner"},
        {"do": "move-token", "region": "ap"},
    ],
)
def test_senseless_edits_change_nothing(open_desk: OpenDesk, change: Any) -> None:
    desk = open_desk()
    desk.fill(2)
    desk.box.edit({"do": "add-source", "name": "A", "id": "src1"})
    before = desk.box.dump()
    with pytest.raises(ValueError, match=r"\w"):
        desk.box.edit(change)
    assert desk.box.dump() == before
