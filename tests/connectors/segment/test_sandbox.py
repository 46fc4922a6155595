"""The Segment sandbox as a client sees it: access, rate limits, state, moods; and once over real HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from connectors.sandbox import Fault
from connectors.sandbox_server import serve_on_loopback
from connectors.segment.sandbox import SegmentSandbox

OpenDesk = Callable[..., Any]
PLAN = SegmentSandbox().demo_credentials()["tracking_plan_id"]
RULES = f"/tracking-plans/{PLAN}/rules"
CONNECTED = f"/tracking-plans/{PLAN}/sources"
START = 1_767_603_600  # 2026-01-05T09:00:00Z, the second the desk's clock stands at


def keys(data: Any) -> list[str]:
    return [rule["key"] for rule in data["rules"]]


# Access -------------------------------------------------------------------------------------------------------


def test_root_names_the_workspace(open_desk: OpenDesk) -> None:
    assert set(open_desk().data("GET", "/")["workspace"]) == {"id", "slug", "name"}


@pytest.mark.parametrize("header", ["", "Bearer nobody", "demo-segment-token", "Basic demo-segment-token", "Bearer"])
@pytest.mark.parametrize(("switch", "status"), [(401, 401), (403, 403)])
def test_unknown_credentials(open_desk: OpenDesk, header: str, switch: int, status: int) -> None:
    answer = open_desk(bad_token_status=switch).send("GET", "/", Authorization=header)
    assert (answer.status, list(json.loads(answer.body))) == (status, ["errors"])


def test_revoked_token_is_unknown(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "revoke-token"})
    assert desk.ask("GET", "/")[0] == 401


@pytest.mark.parametrize(
    ("access", "method", "target", "status"),
    [
        ("read-only", "GET", RULES, 200),
        ("read-only", "GET", CONNECTED, 200),
        ("read-only", "POST", "/tracking-plans", 401),
        ("read-only", "PATCH", f"/tracking-plans/{PLAN}", 401),
        ("read-only", "DELETE", f"/tracking-plans/{PLAN}", 401),
        ("read-only", "PUT", RULES, 401),
        ("read-only", "PATCH", RULES, 401),
        ("read-only", "DELETE", RULES, 401),
        ("read-only", "POST", CONNECTED, 401),
        ("none", "GET", "/", 200),
        ("none", "GET", "/tracking-plans", 401),
        ("none", "GET", "/sources", 401),
    ],
)
def test_roles(open_desk: OpenDesk, access: str, method: str, target: str, status: int) -> None:
    desk = open_desk()
    desk.box.edit({"do": "limit-token", "access": access})
    assert desk.ask(method, target)[0] == status


def test_connecting_needs_source_admin_too(open_desk: OpenDesk) -> None:
    desk = open_desk(missing_role_status=403)
    source = desk.add_source()
    desk.box.edit({"do": "limit-token", "access": "admin", "sources": "read"})
    assert desk.ask("POST", CONNECTED, {"sourceId": source})[0] == 403
    assert desk.data("GET", f"/sources/{source}")["source"]["writeKeys"] == []


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_protocols_off_closes_plans_but_not_sources(open_desk: OpenDesk, status: int) -> None:
    desk = open_desk(protocols_off_status=status)
    desk.box.edit({"do": "switch-protocols", "on": False})
    assert desk.ask("GET", "/tracking-plans")[0] == status
    assert desk.ask("GET", "/sources")[0] == 200


@pytest.mark.parametrize("status", [308, 301])
def test_eu_token_is_sent_to_the_eu_host(open_desk: OpenDesk, status: int) -> None:
    desk = open_desk(eu_redirect_status=status)
    desk.box.edit({"do": "move-token", "region": "eu"})
    answer = desk.send("GET", f"{RULES}?pagination.count=5", Host="api.segmentapis.com")
    expected = f"https://eu1.api.segmentapis.com{RULES}?pagination.count=5"
    assert (answer.status, answer.headers["location"]) == (status, expected)
    assert desk.send("GET", RULES, Host="eu1.api.segmentapis.com").status == 200


def test_us_token_is_unknown_on_the_eu_host(open_desk: OpenDesk) -> None:
    assert open_desk().send("GET", "/", Host="eu1.api.segmentapis.com").status == 401


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/v1/tracking-plans"),
        ("POST", RULES),
        ("GET", f"{RULES}/E1"),
        ("PUT", f"/tracking-plans/{PLAN}"),
        ("GET", "/tracking-plans/tp_unknown"),
        ("GET", "/tracking-plans/tp_unknown/rules"),
        ("GET", "/sources/unknown"),
        ("GET", "/sources/unknown/settings"),
        ("DELETE", f"{CONNECTED}?sourceId=unknown"),
    ],
)
def test_unknown_things_are_404(open_desk: OpenDesk, method: str, target: str) -> None:
    status, value = open_desk().ask(method, target)
    assert (status, value["errors"][0]["type"]) == (404, "not-found")


def test_config_api_id_is_unknown_and_a_long_id_invalid(open_desk: OpenDesk) -> None:
    desk = open_desk()
    old = desk.data("GET", f"/tracking-plans/{PLAN}")["trackingPlan"]["resourceSchemaId"]
    assert desk.ask("GET", f"/tracking-plans/{old}")[0] == 404
    assert desk.ask("GET", f"/tracking-plans/{'x' * 256}")[0] == 422


def test_undocumented_error_types_may_be_one_word(open_desk: OpenDesk) -> None:
    assert open_desk(error_types="unknown").ask("GET", "/nowhere")[1]["errors"][0]["type"] == "unknown"


def test_content_type_switch_covers_success_and_refusal(open_desk: OpenDesk) -> None:
    desk = open_desk(content_type="application/vnd.segment.v1+json")
    kinds = {desk.send("GET", target).headers["content-type"] for target in ("/", "/nowhere")}
    assert kinds == {"application/vnd.segment.v1+json"}


@pytest.mark.parametrize(
    ("kind", "parsed"),
    [
        ("application/json; charset=utf-8", True),
        ("application/vnd.segment.v1+json", True),
        ("application/x-www-form-urlencoded", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_only_json_media_types_are_parsed(open_desk: OpenDesk, kind: str, parsed: bool) -> None:
    body = json.dumps({"name": "Shop", "type": "LIVE"}).encode()
    answer = open_desk().send("POST", "/tracking-plans", body, **{"Content-Type": kind})
    assert answer.status == (200 if parsed else 422)


@pytest.mark.parametrize("body", [b"{", b'{"name": NaN}', b'{"name": 1e999}', b"\xff", b"[" * 5000])
@pytest.mark.parametrize("status", [422, 400])
def test_broken_json(open_desk: OpenDesk, body: bytes, status: int) -> None:
    assert open_desk(broken_json_status=status).ask("POST", "/tracking-plans", body)[0] == status


def test_body_that_is_no_object(open_desk: OpenDesk) -> None:
    assert open_desk().refusal("POST", "/tracking-plans", []) == (422, '"value" must be of type object')


@pytest.mark.parametrize(("size", "status"), [(1_000_000, 200), (1_000_001, 413)])
def test_body_size(open_desk: OpenDesk, size: int, status: int) -> None:
    head = b'{"rules": []}'
    assert open_desk(largest_body=1_000_000).send("PATCH", RULES, head + b" " * (size - len(head))).status == status


# Rate limits --------------------------------------------------------------------------------------------------


def test_rules_list_takes_200_a_minute(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert {desk.send("GET", RULES).status for _ in range(200)} == {200}
    answer = desk.send("GET", RULES)
    assert answer.status == 429
    data = {"remainingPoints": 0, "msBeforeNext": 60_000, "consumedPoints": 201}
    assert json.loads(answer.body)["errors"] == [{"type": "RequestError", "message": "Too many requests", "data": data}]


def test_the_window_rolls(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.send("GET", RULES)
    desk.now += 30
    for _ in range(199):
        desk.send("GET", RULES)
    desk.now += 29.5
    assert desk.send("GET", RULES).headers["retry-after"] == "1"
    desk.now += 0.5
    assert [desk.send("GET", RULES).status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("limit", [1000, 700])
def test_default_limit_is_apart_from_the_rules_list(open_desk: OpenDesk, limit: int) -> None:
    desk = open_desk(default_limit=limit)
    assert {desk.send("GET", "/").status for _ in range(limit)} == {200}
    assert (desk.send("GET", "/").status, desk.send("GET", RULES).status) == (429, 200)


@pytest.mark.parametrize(("limit", "last"), [(None, 200), (200, 429)])
def test_rule_writes_may_have_their_own_limit(open_desk: OpenDesk, limit: int | None, last: int) -> None:
    desk = open_desk(rule_writes_limit=limit)
    assert [desk.send("PATCH", RULES, {"rules": []}).status for _ in range(201)][-1] == last


def test_each_token_has_its_own_limit(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.box.edit({"do": "add-token", "token": "second"})
    for _ in range(201):
        desk.send("GET", RULES)
    assert desk.send("GET", RULES, Authorization="Bearer second").status == 200


def test_rate_headers_are_on_success_only(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.send("GET", RULES)
    desk.now += 10
    headers = desk.send("GET", RULES).headers
    assert (headers["x-ratelimit-consumed"], headers["x-ratelimit-remaining"]) == ("2", "198")
    assert parsedate_to_datetime(headers["x-ratelimit-reset"]).timestamp() == START + 61
    assert not [name for name in desk.send("GET", "/nowhere").headers if name.startswith("x-ratelimit")]


def test_older_servers_send_no_retry_after(open_desk: OpenDesk) -> None:
    desk = open_desk(retry_after=False)
    assert "retry-after" not in [desk.send("GET", RULES) for _ in range(201)][-1].headers


# State, moods, loopback ---------------------------------------------------------------------------------------


def test_dump_is_json_and_loads_equal(open_desk: OpenDesk) -> None:
    desk, copy = open_desk(), open_desk()
    desk.fill(3)
    desk.box.edit({"do": "connect-source", "source": desk.add_source()})
    dump = desk.box.dump()
    copy.box.load(json.loads(json.dumps(dump)))
    assert (copy.box.dump(), copy.data("GET", RULES)) == (dump, desk.data("GET", RULES))


def test_dump_shares_nothing_with_the_sandbox(open_desk: OpenDesk) -> None:
    desk = open_desk()
    dump = desk.box.dump()
    desk.fill(1)
    dump["plans"][0]["name"] = "Scribbled"
    assert (dump["plans"][0]["rules"], desk.box.dump()["plans"][0]["name"]) == ([], "Demo plan")


@pytest.mark.parametrize(("mood", "shown"), [("half-page", ["E000", "E001"]), ("empty-list", [])])
def test_lists_that_lie(open_desk: OpenDesk, mood: str, shown: list[str]) -> None:
    desk = open_desk()
    desk.fill(5)
    desk.box.faults.append(Fault("mood", mood=mood))
    data = desk.data("GET", f"{RULES}?pagination.count=4")
    assert (keys(data), data["pagination"]) == (shown, {"current": "MA==", "totalEntries": len(shown)})


@pytest.mark.parametrize(
    ("method", "names", "left"),
    [
        ("PATCH", ["X0", "X1", "X2"], ["E000", "E001", "E002", "E003", "X0"]),
        ("PUT", ["X0", "X1", "X2"], ["X0"]),
        ("DELETE", ["E000", "E001", "E002"], ["E001", "E002", "E003"]),
    ],
)
def test_half_a_batch(open_desk: OpenDesk, method: str, names: list[str], left: list[str]) -> None:
    desk = open_desk()
    desk.fill(4)
    desk.box.faults.append(Fault("mood", mood="half-batch"))
    items = [{"type": "TRACK", "key": name, "version": 1, "jsonSchema": {}} for name in names]
    assert desk.ask(method, RULES, {"rules": items})[0] == 500
    assert keys(desk.data("GET", RULES)) == left


def test_over_real_http(open_desk: OpenDesk) -> None:
    desk = open_desk()
    with serve_on_loopback(desk.box) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        body = json.dumps({"name": "Über", "type": "LIVE"})
        headers = {**desk.headers, "Content-Type": "application/json", "Accept": "application/vnd.segment.v1+json"}
        connection.request("POST", "/tracking-plans", body.encode(), headers)
        answer = connection.getresponse()
        assert json.load(answer)["data"]["trackingPlan"]["name"] == "Über"
        assert (answer.status, answer.headers["X-RateLimit-Remaining"]) == (200, "999")
        connection.close()
