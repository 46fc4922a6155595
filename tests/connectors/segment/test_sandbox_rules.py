"""Rules in the Segment sandbox: identity, replace, upsert, remove, renames, and what a read makes of a schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.segment.sandbox import SegmentSandbox

OpenDesk = Callable[..., Any]
PLAN = SegmentSandbox().demo_credentials()["tracking_plan_id"]
RULES = f"/tracking-plans/{PLAN}/rules"


def track(key: str | None, schema: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "TRACK", "key": key, "version": 1, "jsonSchema": schema or {}, **more}


def saved(desk: Any, at: int = 0) -> Any:
    return desk.data("GET", RULES)["rules"][at]


def keys(desk: Any) -> list[Any]:
    return [rule["key"] for rule in desk.data("GET", RULES)["rules"]]


# What a read answers ------------------------------------------------------------------------------------------


def test_new_rule_as_read(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk.data("PATCH", RULES, {"rules": [track("Order Completed")]}) == {"status": "SUCCESS"}
    moment = "2026-01-05T09:00:00.000Z"
    assert saved(desk) == {
        "key": "Order Completed",
        "type": "TRACK",
        "version": 1,
        "jsonSchema": {"properties": {"context": {}, "traits": {}, "properties": {}}},
        "createdAt": moment,
        "updatedAt": moment,
        "deprecatedAt": "0001-01-01T00:00:00.000Z",
    }


def test_key_order_of_a_read(open_desk: OpenDesk) -> None:
    schema = {
        "required": ["properties"],
        "not": {},
        "properties": {
            "userId": {},
            "properties": {"properties": {"b": {"type": "string", "enum": ["z", "a"]}, "B": {}, "a": {}}},
            "traits": {},
        },
        "description": "d",
        "additionalProperties": False,
        "labels": {"z": "1", "a": "2"},
        "type": "object",
        "$schema": "http://json-schema.org/draft-07/schema#",
    }
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [track("A", schema)]})
    wanted = (
        '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "labels": {"a": "2", "z": "1"}, '
        '"description": "d", "properties": {"context": {}, "traits": {}, "properties": {"properties": {"B": {}, '
        '"a": {}, "b": {"enum": ["z", "a"], "type": "string"}}}, "userId": {}}, "required": ["properties"], '
        '"additionalProperties": false, "not": {}}'
    )
    assert json.dumps(saved(desk)["jsonSchema"]) == wanted


@pytest.mark.parametrize(
    "prop",
    [
        {"type": "any"},
        {"type": ["string", "null", "integer"]},
        {"type": "string", "required": False, "description": None, "isNewProperty": True},
        {"type": "array", "items": {"type": "array", "items": {}}},
        {"enum": [None, 1, 1.5, True, "é"], "default": {"type": [None]}, "x-note": {"type": [None]}},
        {"type": "object", "properties": {"type": {"type": "string"}}, "required": []},
        {"pattern": "", "minimum": -3, "id": "/properties/properties/properties/p"},
    ],
)
def test_content_comes_back_equal(open_desk: OpenDesk, prop: Any) -> None:
    sections = {
        "context": {"type": "object"},
        "traits": {},
        "properties": {"type": "object", "properties": {"p": prop}},
    }
    schema = {"type": "object", "properties": sections}
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [track("A", schema)]})
    assert saved(desk)["jsonSchema"] == schema


@pytest.mark.parametrize("schema", [None, "text", [1], {"properties": []}])
def test_schema_that_describes_no_sections_stays_as_sent(open_desk: OpenDesk, schema: Any) -> None:
    desk = open_desk()
    desk.data("PUT", RULES, {"rules": [{"type": "TRACK", "key": "A", "version": 1, "jsonSchema": schema}]})
    assert saved(desk)["jsonSchema"] == schema


@pytest.mark.parametrize("key", ["a b", 'say "hi"', "line\n", "a/b?c=%20", "😀", " padded "])
def test_keys_are_kept_to_the_letter(open_desk: OpenDesk, key: str) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [track(key)]})
    assert keys(desk) == [key]


def test_unpaired_surrogate_does_not_break_the_list(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, b'{"rules":[{"type":"TRACK","key":"a\\ud83d","version":1,"jsonSchema":{}}]}')
    assert keys(desk) == ["a\ufffd"]


def test_fields_outside_the_rule_are_dropped(open_desk: OpenDesk) -> None:
    desk = open_desk()
    stray = {"description": "d", "labels": {"a": "b"}, "createdAt": "2020-01-01T00:00:00.000Z", "newKey": "B"}
    desk.data("PUT", RULES, {"rules": [track("A", **stray)]})
    rule = saved(desk)
    assert (rule["key"], rule["createdAt"]) == ("A", "2026-01-05T09:00:00.000Z")
    assert not {"description", "labels", "newKey"} & set(rule)


@pytest.mark.parametrize(
    ("switch", "order"), [("first", [None, None, "B", "a", "a"]), ("last", ["B", "a", "a", None, None])]
)
def test_list_order(open_desk: OpenDesk, switch: str, order: list[Any]) -> None:
    desk = open_desk(null_keys=switch)
    unnamed = [{"type": kind, "version": 1, "jsonSchema": {}} for kind in ("IDENTIFY", "COMMON")]
    desk.data("PATCH", RULES, {"rules": [{**track("a"), "version": 2}, track("a"), *unnamed, track("B")]})
    rules = desk.data("GET", RULES)["rules"]
    assert [rule["key"] for rule in rules] == order
    assert [rule["version"] for rule in rules if rule["key"] == "a"] == [1, 2]


# Writes -------------------------------------------------------------------------------------------------------


def test_patch_replaces_the_whole_schema_and_leaves_other_rules(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [track("A", {"description": "x", "not": {}}), track("B")]})
    other = saved(desk, 1)
    desk.now += 5
    desk.data("PATCH", RULES, {"rules": [track("A", {"type": "object"})]})
    rule = saved(desk)
    assert set(rule["jsonSchema"]) == {"type", "properties"}
    assert (rule["createdAt"], rule["updatedAt"]) == ("2026-01-05T09:00:00.000Z", "2026-01-05T09:00:05.000Z")
    assert saved(desk, 1) == other


def test_put_deletes_and_recreates(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [track("A"), track("B"), {"type": "GROUP", "version": 1, "jsonSchema": {}}]})
    desk.now += 5
    desk.data("PUT", RULES, {"rules": [track("B")]})
    assert (keys(desk), saved(desk)["createdAt"]) == (["B"], "2026-01-05T09:00:05.000Z")
    desk.data("PUT", RULES, {"rules": []})
    assert keys(desk) == []


def test_versions_and_types_are_separate_rules(open_desk: OpenDesk) -> None:
    desk = open_desk()
    items = [track("A"), {**track("A"), "version": 2}, {**track("A"), "type": "PAGE"}]
    desk.data("PATCH", RULES, {"rules": items})
    desk.data("DELETE", RULES, {"rules": [{"type": "TRACK", "key": "A", "version": 2}]})
    assert [(rule["type"], rule["version"]) for rule in desk.data("GET", RULES)["rules"]] == [("PAGE", 1), ("TRACK", 1)]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("A", '"rules[0]" must be of type object'),
        ({"key": "A", "version": 1, "jsonSchema": {}}, '"rules[0].type" is required'),
        (
            {**track("A"), "type": "track"},
            '"rules[0].type" must be one of [COMMON, GROUP, IDENTIFY, PAGE, SCREEN, TRACK]',
        ),
        ({"type": "TRACK", "key": "A", "jsonSchema": {}}, '"rules[0].version" is required'),
        ({**track("A"), "version": "1"}, '"rules[0].version" must be a number'),
        ({**track("A"), "version": True}, '"rules[0].version" must be a number'),
        ({**track("A"), "version": None}, '"rules[0].version" must be a number'),
        ({"type": "TRACK", "key": "A", "version": 1}, '"rules[0].jsonSchema" is required'),
        (track(None), '"rules[0].key" is required'),
        (track(""), '"rules[0].key" is not allowed to be empty'),
        ({**track("A"), "key": 5}, '"rules[0].key" must be a string'),
    ],
)
def test_bad_rules(open_desk: OpenDesk, method: str, item: Any, message: str) -> None:
    desk = open_desk()
    assert desk.refusal(method, RULES, {"rules": [item]}) == (422, message)
    assert keys(desk) == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, '"rules" is required'),
        ({"rules": {}}, '"rules" must be an array'),
        ({"rules": [{}] * 201}, '"rules" must contain less than or equal to 200 items'),
    ],
)
def test_bad_rule_lists(open_desk: OpenDesk, method: str, body: Any, message: str) -> None:
    assert open_desk().refusal(method, RULES, body) == (422, message)


@pytest.mark.parametrize("new_key", [None, "", 5])
def test_bad_new_keys(open_desk: OpenDesk, new_key: Any) -> None:
    assert open_desk().ask("PATCH", RULES, {"rules": [track("A", newKey=new_key)]})[0] == 422


@pytest.mark.parametrize(
    "place",
    [
        {"type": ["string", None]},
        {"items": {"type": [None]}},
        {"anyOf": [{"type": [None]}]},
        {"properties": {"default": {"type": [None]}}},
        {"patternProperties": {"^x": {"not": {"type": [None]}}}},
    ],
)
@pytest.mark.parametrize(("switch", "status"), [("refused", 422), ("accepted", 200)])
def test_null_inside_a_type_array(open_desk: OpenDesk, place: Any, switch: str, status: int) -> None:
    schema = {"properties": {"properties": {"properties": {"p": place}}}}
    assert open_desk(null_in_type=switch).ask("PATCH", RULES, {"rules": [track("A", schema)]})[0] == status


@pytest.mark.parametrize(
    ("method", "covers", "most"),
    [("PUT", "replace", 2000), ("PATCH", "replace", 200), ("PATCH", "every-write", 2000)],
)
def test_workspace_with_the_raised_limit(open_desk: OpenDesk, method: str, covers: str, most: int) -> None:
    desk = open_desk(raised_limit_covers=covers)
    desk.box.edit({"do": "raise-rule-limit"})
    items = [track(f"E{n}") for n in range(most + 1)]
    assert desk.ask(method, RULES, {"rules": items})[0] == 422
    assert desk.ask(method, RULES, {"rules": items[1:]})[0] == 200


def test_exactly_200_rules_pass(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.fill(200)
    assert len(keys(desk)) == 200


@pytest.mark.parametrize(("switch", "left"), [("atomic", []), ("prefix", ["A", "B"])])
def test_batch_with_a_bad_rule(open_desk: OpenDesk, switch: str, left: list[str]) -> None:
    desk = open_desk(batch=switch)
    items = [track("A"), track("B"), {**track("C"), "version": "x"}, track("D")]
    assert desk.refusal("PATCH", RULES, {"rules": items}) == (422, '"rules[2].version" must be a number')
    assert keys(desk) == left


def test_every_bad_rule_may_be_reported(open_desk: OpenDesk) -> None:
    body = {"rules": [{**track("A"), "version": "x"}, track("B"), {"type": "TRACK", "key": "C", "version": 1}]}
    errors = open_desk(validation_reports="all").ask("PATCH", RULES, body)[1]["errors"]
    assert [error["field"] for error in errors] == ["rules[0].version", "rules[2].jsonSchema"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(("switch", "text"), [("last-wins", "two"), ("first-wins", "one"), ("refused", None)])
def test_one_identity_twice(open_desk: OpenDesk, method: str, switch: str, text: str | None) -> None:
    desk = open_desk(duplicates_in_batch=switch)
    items = [track("A", {"description": "one"}), track("A", {"description": "two"})]
    assert desk.ask(method, RULES, {"rules": items})[0] == (422 if text is None else 200)
    stored = [rule["jsonSchema"]["description"] for rule in desk.data("GET", RULES)["rules"]]
    assert stored == ([] if text is None else [text])


@pytest.mark.parametrize(("switch", "second"), [("moves-updated-at", "05"), ("untouched", "00")])
def test_patch_with_equal_content(open_desk: OpenDesk, switch: str, second: str) -> None:
    desk = open_desk(equal_content=switch)
    desk.data("PATCH", RULES, {"rules": [track("A")]})
    desk.now += 5
    desk.data("PATCH", RULES, {"rules": [track("A", {"properties": {"traits": {}}})]})
    assert saved(desk)["updatedAt"] == f"2026-01-05T09:00:{second}.000Z"


@pytest.mark.parametrize(("moves", "second"), [(True, "05"), (False, "00")])
def test_rule_write_and_the_time_of_the_plan(open_desk: OpenDesk, moves: bool, second: str) -> None:
    desk = open_desk(rule_writes_move_plan=moves)
    desk.now += 5
    desk.data("PATCH", RULES, {"rules": [track("A")]})
    plan = desk.data("GET", f"/tracking-plans/{PLAN}")["trackingPlan"]
    assert plan["updatedAt"] == f"2026-01-05T09:00:{second}.000Z"


@pytest.mark.parametrize(("switch", "status"), [("track-only", 422), ("any", 200)])
def test_libraries_hold_track_rules(open_desk: OpenDesk, switch: str, status: int) -> None:
    desk = open_desk(library_rule_types=switch)
    path = f"/tracking-plans/{desk.box.edit({'do': 'add-plan', 'name': 'L', 'type': 'RULE_LIBRARY'})['id']}/rules"
    assert desk.ask("PATCH", path, {"rules": [{"type": "IDENTIFY", "version": 1, "jsonSchema": {}}]})[0] == status
    assert desk.ask("PATCH", path, {"rules": [track("A")]})[0] == 200


@pytest.mark.parametrize("kind", ["COMMON", "GROUP", "IDENTIFY"])
@pytest.mark.parametrize(("switch", "shown"), [("dropped", [None]), ("kept", ["user"]), ("refused", [])])
def test_key_on_an_unnamed_type(open_desk: OpenDesk, kind: str, switch: str, shown: list[Any]) -> None:
    desk = open_desk(keys_on_unnamed_types=switch)
    status, _ = desk.ask("PATCH", RULES, {"rules": [{**track("user"), "type": kind}]})
    assert (status, keys(desk)) == (200 if shown else 422, shown)


@pytest.mark.parametrize("key", [None, ""])
def test_unnamed_types_read_back_with_null(open_desk: OpenDesk, key: str | None) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [{**track(key), "type": "IDENTIFY"}]})
    assert keys(desk) == [None]


@pytest.mark.parametrize(("switch", "shown"), [("kept", ["Home"]), ("dropped", [None])])
def test_key_on_a_page(open_desk: OpenDesk, switch: str, shown: list[Any]) -> None:
    desk = open_desk(keys_on_pages=switch)
    desk.data("PATCH", RULES, {"rules": [{**track("Home"), "type": "PAGE"}]})
    assert keys(desk) == shown


@pytest.mark.parametrize("version", [0, -1, 1.5])
@pytest.mark.parametrize(("switch", "status"), [("accepted", 200), ("refused", 422)])
def test_odd_versions(open_desk: OpenDesk, version: float, switch: str, status: int) -> None:
    assert (
        open_desk(odd_versions=switch).ask("PATCH", RULES, {"rules": [{**track("A"), "version": version}]})[0] == status
    )


def test_whole_float_is_the_same_version(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, b'{"rules":[{"type":"TRACK","key":"A","version":1.0,"jsonSchema":{}}]}')
    assert '"version": 1,' in desk.send("GET", RULES).body.decode()


def test_keyless_track_may_be_accepted(open_desk: OpenDesk) -> None:
    desk = open_desk(keyless_track="accepted")
    desk.data("PATCH", RULES, {"rules": [track(None), track("")]})
    assert keys(desk) == [None, ""]


def test_bad_rules_are_refused_before_the_plan_is_looked_up(open_desk: OpenDesk) -> None:
    assert open_desk().ask("PATCH", "/tracking-plans/tp_no/rules", {"rules": [{}]})[0] == 422
    assert open_desk().ask("PATCH", "/tracking-plans/tp_no/rules", {"rules": []})[0] == 404
