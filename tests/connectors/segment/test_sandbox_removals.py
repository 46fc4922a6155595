"""Removals and renames of rules in the Segment sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

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


# Removal ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (
            "",
            {
                "rules": [
                    {"type": "TRACK", "key": "A b", "version": 1, "jsonSchema": 1},
                    {"type": "GROUP", "version": 1},
                ]
            },
        ),
        ("rules[0][type]=TRACK&rules[0][key]=A%20b&rules[0][version]=1&rules[1][type]=GROUP&rules[1][version]=1", None),
        ("rules.0[type]=TRACK&rules.0[key]=A+b&rules.0[version]=1&rules.1[type]=GROUP&rules.1[version]=1", None),
    ],
)
def test_every_form_of_removal(open_desk: OpenDesk, query: str, body: Any) -> None:
    desk = open_desk()
    group = {"type": "GROUP", "version": 1, "jsonSchema": {}}
    desk.data("PATCH", RULES, {"rules": [track("A b"), group, track("C")]})
    assert desk.data("DELETE", f"{RULES}?{query}", body) == {"status": "SUCCESS"}
    assert keys(desk) == ["C"]


@pytest.mark.parametrize(
    "query",
    ["rules[0][type]=TRACK&rules[0][key]=A", "rules[0][type]=TRACK&rules[0][key]=A&rules[0][version]=one"],
)
def test_bad_removals_by_query(open_desk: OpenDesk, query: str) -> None:
    assert open_desk().ask("DELETE", f"{RULES}?{query}")[0] == 422


@pytest.mark.parametrize(("switch", "status"), [("refused", 422), ("parsed", 200)])
def test_removal_as_python_text(open_desk: OpenDesk, switch: str, status: int) -> None:
    desk = open_desk(python_repr_query=switch)
    desk.data("PATCH", RULES, {"rules": [track("A b")]})
    text = quote(repr({"type": "TRACK", "key": "A b", "version": 1}))
    assert desk.ask("DELETE", f"{RULES}?rules={text}")[0] == status
    assert keys(desk) == ([] if status == 200 else ["A b"])


def test_removal_in_a_body_that_is_not_json_is_no_removal(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [track("A")]})
    body = b'{"rules": [{"type": "TRACK", "key": "A", "version": 1}]}'
    assert desk.send("DELETE", RULES, body, **{"Content-Type": "text/plain"}).status == 422


@pytest.mark.parametrize(("switch", "status"), [("ignored", 200), ("not-found", 404)])
def test_removing_an_unknown_rule(open_desk: OpenDesk, switch: str, status: int) -> None:
    body = {"rules": [{"type": "TRACK", "key": "A", "version": 1}]}
    assert open_desk(remove_unknown_rule=switch).ask("DELETE", RULES, body)[0] == status


@pytest.mark.parametrize(("most", "status"), [(200, 422), (None, 200)])
def test_removals_per_request(open_desk: OpenDesk, most: int | None, status: int) -> None:
    items = [{"type": "TRACK", "key": f"E{n}", "version": 1} for n in range(201)]
    assert open_desk(removals_per_request=most).ask("DELETE", RULES, {"rules": items})[0] == status


# Renames ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("switch", "created"), [("kept", "00"), ("reset", "05")])
def test_rename_with_new_schema(open_desk: OpenDesk, switch: str, created: str) -> None:
    desk = open_desk(rename_created_at=switch)
    desk.data("PATCH", RULES, {"rules": [track("Old")]})
    desk.now += 5
    desk.data("PATCH", RULES, {"rules": [track("Old", {"description": "new"}, newKey="New")]})
    rule = saved(desk)
    assert (keys(desk), rule["jsonSchema"]["description"]) == (["New"], "new")
    assert (rule["createdAt"][17:19], rule["updatedAt"][17:19]) == (created, "05")


@pytest.mark.parametrize(("switch", "left"), [("refused", ["New", "Old"]), ("overwrites", ["New"])])
def test_rename_onto_another_rule(open_desk: OpenDesk, switch: str, left: list[str]) -> None:
    desk = open_desk(rename_onto_existing=switch)
    desk.data("PATCH", RULES, {"rules": [track("Old"), track("New")]})
    status, _ = desk.ask("PATCH", RULES, {"rules": [track("Old", newKey="New")]})
    assert (status, keys(desk)) == (200 if len(left) == 1 else 409, left)


@pytest.mark.parametrize(
    ("switch", "left"), [("creates-new-key", ["New"]), ("creates-old-key", ["Old"]), ("refused", [])]
)
def test_rename_of_an_unknown_rule(open_desk: OpenDesk, switch: str, left: list[str]) -> None:
    desk = open_desk(rename_of_unknown=switch)
    status, _ = desk.ask("PATCH", RULES, {"rules": [track("Old", newKey="New")]})
    assert (status, keys(desk)) == (200 if left else 404, left)


@pytest.mark.parametrize(("switch", "left"), [("one-version", ["New", "Old"]), ("every-version", ["New", "New"])])
def test_rename_and_other_versions(open_desk: OpenDesk, switch: str, left: list[str]) -> None:
    desk = open_desk(rename_covers=switch)
    desk.data("PATCH", RULES, {"rules": [track("Old"), {**track("Old"), "version": 2}]})
    desk.data("PATCH", RULES, {"rules": [track("Old", newKey="New")]})
    assert keys(desk) == left


def test_refused_rename_undoes_the_batch(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [track("Old"), track("New")]})
    assert desk.ask("PATCH", RULES, {"rules": [track("More"), track("Old", newKey="New")]})[0] == 409
    assert keys(desk) == ["New", "Old"]


def test_rename_to_the_same_key_is_a_plain_upsert(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.data("PATCH", RULES, {"rules": [track("A", newKey="A")]})
    assert keys(desk) == ["A"]
