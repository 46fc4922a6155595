"""Pages and plans in the Segment sandbox."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from connectors.sandbox import Fault
from connectors.segment.sandbox import SegmentSandbox

OpenDesk = Callable[..., Any]
PLAN = SegmentSandbox().demo_credentials()["tracking_plan_id"]
RULES = f"/tracking-plans/{PLAN}/rules"
CONNECTED = f"/tracking-plans/{PLAN}/sources"


def keys(data: Any) -> list[str]:
    return [rule["key"] for rule in data["rules"]]


# Pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("pagination[count]=2&pagination[cursor]=Mg==", None),
        ("pagination%5Bcount%5D=2&pagination%5Bcursor%5D=Mg%3D%3D", None),
        ("pagination.count=2&pagination.cursor=Mg==", None),
        (f"pagination={quote(json.dumps({'count': 2, 'cursor': 'Mg=='}))}", None),
        ("", {"pagination": {"count": 2, "cursor": "Mg=="}}),
    ],
)
def test_every_spelling_of_a_page(open_desk: OpenDesk, query: str, body: Any) -> None:
    desk = open_desk()
    desk.fill(5)
    data = desk.data("GET", f"{RULES}?{query}", body)
    assert keys(data) == ["E002", "E003"]
    assert data["pagination"] == {"current": "Mg==", "next": "NA==", "previous": "MA==", "totalEntries": 5}


@pytest.mark.parametrize("query", ["", "count=2", "pagination[size]=2"])
def test_default_page_is_200_and_stray_parameters_do_nothing(open_desk: OpenDesk, query: str) -> None:
    desk = open_desk()
    desk.fill(200)
    desk.data("PATCH", RULES, {"rules": [{"type": "TRACK", "key": "Z", "version": 1, "jsonSchema": {}}]})
    data = desk.data("GET", f"{RULES}?{query}")
    assert (len(data["rules"]), data["pagination"]["next"]) == (200, base64.b64encode(b"200").decode())


def test_ends_have_no_null_links(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.fill(2)
    assert desk.data("GET", RULES)["pagination"] == {"current": "MA==", "totalEntries": 2}
    assert "next" not in desk.data("GET", f"{RULES}?pagination.count=1&pagination.cursor=MQ==")["pagination"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("pagination.count=0", '"pagination.count" must be greater than or equal to 1'),
        ("pagination.count=1001", '"pagination.count" must be less than or equal to 1000'),
        ("pagination.count=1.5", '"pagination.count" must be an integer'),
        ("pagination.count=many", '"pagination.count" must be a number'),
        ("pagination=class%20PaginationInput", '"pagination" must be of type object'),
        ("pagination=[1]", '"pagination" must be of type object'),
        ("pagination.cursor=hello", '"pagination.cursor" must be a valid cursor'),
        ("pagination.cursor=", '"pagination.cursor" must be a valid cursor'),
    ],
)
def test_bad_pages(open_desk: OpenDesk, query: str, message: str) -> None:
    assert open_desk().refusal("GET", f"{RULES}?{query}") == (422, message)


def test_largest_page_may_be_200(open_desk: OpenDesk) -> None:
    assert open_desk(largest_page=200).ask("GET", f"{RULES}?pagination.count=201")[0] == 422
    assert open_desk().ask("GET", f"{RULES}?pagination.count=1000")[0] == 200


def test_first_page_may_say_null_and_hide_the_total(open_desk: OpenDesk) -> None:
    desk = open_desk(first_page_previous="null", total_entries=False)
    assert desk.data("GET", RULES)["pagination"] == {"current": "MA==", "previous": None}


def test_opaque_cursors_are_followed_but_not_computed(open_desk: OpenDesk) -> None:
    desk = open_desk(cursors="opaque")
    desk.fill(3)
    following = desk.data("GET", f"{RULES}?pagination.count=2")["pagination"]["next"]
    assert keys(desk.data("GET", f"{RULES}?pagination.count=2&pagination.cursor={following}")) == ["E002"]
    assert desk.ask("GET", f"{RULES}?pagination.cursor=Mg==")[0] == 422


def test_a_change_between_two_pages_shifts_rows(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.fill(4)
    desk.box.faults.append(Fault("edit", on="cursor", edit={"do": "remove-rule", "key": "E000"}))
    seen = keys(desk.data("GET", f"{RULES}?pagination.count=2"))
    seen += keys(desk.data("GET", f"{RULES}?pagination.count=2&pagination.cursor=Mg=="))
    assert seen == ["E000", "E001", "E003"]


# Plans --------------------------------------------------------------------------------------------------------


def test_created_plan_is_answered_whole(open_desk: OpenDesk) -> None:
    body = {"name": "Web", "type": "LIVE", "description": "By hub", "rules": [{}], "slug": "mine"}
    plan = open_desk().data("POST", "/tracking-plans", body)["trackingPlan"]
    moment = "2026-01-05T09:00:00.000Z"
    made = {name: plan.pop(name) for name in ("id", "resourceSchemaId")}
    assert [(made[name][:3], len(made[name])) for name in made] == [("tp_", 30), ("rs_", 30)]
    assert plan == {
        "name": "Web",
        "slug": "",
        "description": "By hub",
        "type": "LIVE",
        "createdAt": moment,
        "updatedAt": moment,
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "LIVE"}, '"name" is required'),
        ({"name": "", "type": "LIVE"}, '"name" is not allowed to be empty'),
        ({"name": 7, "type": "LIVE"}, '"name" must be a string'),
        ({"name": "A"}, '"type" is required'),
        (
            {"name": "A", "type": "live"},
            '"type" must be one of [ENGAGE, LIVE, PROPERTY_LIBRARY, RULE_LIBRARY, TEMPLATE]',
        ),
        ({"name": "A", "type": "LIVE", "description": None}, '"description" must be a string'),
    ],
)
def test_bad_plans(open_desk: OpenDesk, body: Any, message: str) -> None:
    desk = open_desk()
    status, value = desk.ask("POST", "/tracking-plans", body)
    field = message.split('"')[1]
    assert (status, value) == (422, {"errors": [{"type": "input-validation", "message": message, "field": field}]})
    assert desk.data("GET", "/tracking-plans")["pagination"]["totalEntries"] == 1


def test_validation_may_report_everything(open_desk: OpenDesk) -> None:
    errors = open_desk(validation_reports="all").ask("POST", "/tracking-plans", {})[1]["errors"]
    assert [error["field"] for error in errors] == ["name", "type"]


@pytest.mark.parametrize(
    ("switch", "shown"), [("absent", "nothing"), ("null", None), ("empty", "")], ids=["absent", "null", "empty"]
)
def test_omitted_description(open_desk: OpenDesk, switch: str, shown: Any) -> None:
    desk = open_desk(omitted_description=switch)
    plan = desk.data("POST", "/tracking-plans", {"name": "A", "type": "LIVE"})["trackingPlan"]
    assert plan.get("description", "nothing") == shown


@pytest.mark.parametrize(
    ("switch", "status", "after"), [("refused", 422, ""), ("ignored", 200, ""), ("cleared", 200, None)]
)
def test_null_description(open_desk: OpenDesk, switch: str, status: int, after: Any) -> None:
    desk = open_desk(null_description=switch)
    assert desk.ask("PATCH", f"/tracking-plans/{PLAN}", {"description": None})[0] == status
    assert desk.data("GET", f"/tracking-plans/{PLAN}")["trackingPlan"]["description"] == after


def test_change_plan_echoes_nothing_and_ignores_the_rest(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.now += 60
    body = {"name": "New", "description": "", "type": "TEMPLATE", "rules": [{"bad": 1}]}
    assert desk.data("PATCH", f"/tracking-plans/{PLAN}", body) == {"status": "SUCCESS"}
    plan = desk.data("GET", f"/tracking-plans/{PLAN}")["trackingPlan"]
    assert (plan["name"], plan["type"], plan["updatedAt"]) == ("New", "LIVE", "2026-01-05T09:01:00.000Z")
    assert plan["createdAt"] == "2026-01-05T09:00:00.000Z"


@pytest.mark.parametrize(("switch", "status"), [("repeatable", 200), ("unique", 409)])
def test_plan_names(open_desk: OpenDesk, switch: str, status: int) -> None:
    desk = open_desk(plan_names=switch)
    assert desk.ask("POST", "/tracking-plans", {"name": "Demo plan", "type": "LIVE"})[0] == status
    assert open_desk(plan_names=switch).ask("PATCH", f"/tracking-plans/{PLAN}", {"name": "Demo plan"})[0] == 200


def test_plans_are_filtered_by_type(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.data("POST", "/tracking-plans", {"name": "Lib", "type": "RULE_LIBRARY"})
    plans = desk.data("GET", "/tracking-plans?type=RULE_LIBRARY")["trackingPlans"]
    assert ([plan["name"] for plan in plans], "rules" in plans[0]) == (["Lib"], False)
    assert desk.ask("GET", "/tracking-plans?type=library")[0] == 422


@pytest.mark.parametrize(("switch", "first"), [("oldest-first", "Demo plan"), ("newest-first", "Lib")])
def test_plan_order(open_desk: OpenDesk, switch: str, first: str) -> None:
    desk = open_desk(plan_order=switch)
    desk.data("POST", "/tracking-plans", {"name": "Lib", "type": "RULE_LIBRARY"})
    assert desk.data("GET", "/tracking-plans?pagination.count=1")["trackingPlans"][0]["name"] == first


def test_deleted_plan_is_gone_and_frees_its_sources(open_desk: OpenDesk) -> None:
    desk = open_desk()
    source = desk.add_source()
    desk.data("POST", CONNECTED, {"sourceId": source})
    assert desk.data("DELETE", f"/tracking-plans/{PLAN}") == {"status": "SUCCESS"}
    assert desk.ask("DELETE", f"/tracking-plans/{PLAN}")[0] == 404
    assert desk.data("GET", f"/sources/{source}")["trackingPlanId"] is None
