"""The wire: method, exact address, headers, body, and what each refusal means."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.segment.client import SegmentClient
from connectors.segment.settings import SegmentSettings
from connectors.testing.harness import FakeTime

US, EU = "https://api.segmentapis.com", "https://eu1.api.segmentapis.com"
TOKEN = "sgp_secret-token"
RULES = f"{US}/tracking-plans/tp_1%2F2/rules"
SUCCESS = {"data": {"status": "SUCCESS"}}
RULE = {"type": "TRACK", "key": "Café 👍", "version": 1, "jsonSchema": {}}


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def connect(time: FakeTime) -> Callable[..., SegmentClient]:
    def connect(patience: float = 7200.0, **settings: Any) -> SegmentClient:
        data = {"token": TOKEN, "tracking_plan_id": "tp_1/2", **settings}
        return SegmentClient(SegmentSettings.model_validate(data), Wiring(NoLimit(), time, patience=patience))

    return connect


Connect = Callable[..., SegmentClient]


@respx.mock
def test_the_workspace_is_read_with_the_token_as_a_bearer(connect: Connect) -> None:
    answer = {"data": {"workspace": {"id": "w1", "slug": "shop", "name": "Shop"}}}
    route = respx.get(f"{US}/").respond(json=answer)
    assert connect().read_workspace()["name"] == "Shop"
    assert route.calls.last.request.headers["authorization"] == f"Bearer {TOKEN}"


@respx.mock
@pytest.mark.parametrize(
    ("settings", "host"),
    [({"region": "eu"}, EU), ({"region": "eu", "base_url": "http://127.0.0.1:9"}, "http://127.0.0.1:9")],
)
def test_the_region_names_the_host_and_base_url_replaces_it(connect: Connect, settings: Any, host: str) -> None:
    route = respx.get(f"{host}/tracking-plans/tp_1%2F2").respond(json={"data": {"trackingPlan": {"id": "tp_1/2"}}})
    connect(**settings).read_plan()
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize(
    ("cursor", "query"),
    [("", "pagination%5Bcount%5D=200"), ("Mg==", "pagination%5Bcount%5D=200&pagination%5Bcursor%5D=Mg%3D%3D")],
)
def test_a_page_is_asked_for_in_encoded_brackets(connect: Connect, cursor: str, query: str) -> None:
    page = {"rules": [RULE], "pagination": {"current": "MA==", "next": "Mg==", "totalEntries": 3}}
    route = respx.get(url__startswith=RULES).respond(json={"data": page})
    read = connect().read_rules(cursor)
    assert str(route.calls.last.request.url) == f"{RULES}?{query}"
    assert (read.rules, read.next, read.total) == ([RULE], "Mg==", 3)


@respx.mock
@pytest.mark.parametrize("links", [{}, {"next": None}])
def test_the_last_page_has_no_next_one(connect: Connect, links: Any) -> None:
    respx.get(url__startswith=RULES).respond(json={"data": {"rules": [], "pagination": links}})
    read = connect().read_rules()
    assert (read.next, read.total) == ("", None)


@respx.mock
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_rules_are_written_and_removed_with_a_json_body(connect: Connect, method: str) -> None:
    route = respx.route(method=method, url=RULES).respond(json=SUCCESS)
    client = connect()
    _ = client.upsert([RULE], repeatable=True) if method == "PATCH" else client.remove([RULE])
    sent = route.calls.last.request
    assert json.loads(sent.content) == {"rules": [RULE]} and "Café 👍".encode() in sent.content
    assert sent.headers["content-type"] == "application/json" and sent.url.query == b""


REFUSALS: list[tuple[int, Any, type[errors.ToolError], str]] = [
    (401, {"errors": [{"type": "unauthorized", "message": "No"}]}, errors.Unauthorized, "Tracking Plan Admin"),
    (403, {}, errors.Unauthorized, "Tracking Plan Admin"),
    (404, {"errors": [{"type": "x"}]}, errors.Misconfigured, "tracking_plan_id"),
    (422, {"errors": [{"type": "x", "message": "Protocols is off"}]}, errors.Misconfigured, "Protocols"),
    (308, {}, errors.Misconfigured, "region"),
]


@respx.mock
@pytest.mark.parametrize(("status", "body", "kind", "hint"), REFUSALS)
def test_a_refused_plan_is_a_persons_business(
    connect: Connect, status: int, body: Any, kind: type[errors.ToolError], hint: str
) -> None:
    headers = {"location": f"{EU}/x"} if status == 308 else {}
    respx.get(f"{US}/tracking-plans/tp_1%2F2").respond(status, json=body, headers=headers)
    with pytest.raises(kind) as caught:
        connect().read_plan()
    assert caught.value.verdict == "ask" and hint in caught.value.hint and caught.value.status == status


@respx.mock
@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, errors.NotFound), (409, errors.Conflict), (413, errors.TooLarge), (422, errors.Invalid)],
)
def test_a_refused_write_says_what_the_vendor_says(connect: Connect, status: int, kind: type[errors.ToolError]) -> None:
    told = [{"type": "input-validation", "message": '"rules" is odd', "field": "rules"}, {"type": "more"}]
    respx.patch(RULES).respond(status, json={"errors": told})
    with pytest.raises(kind) as caught:
        connect().upsert([RULE], repeatable=True)
    assert type(caught.value) is kind and caught.value.message == '"rules" is odd; more'


@respx.mock
@pytest.mark.parametrize(("headers", "seconds"), [({"retry-after": "9"}, 9.0), ({}, 57.647)])
def test_a_429_tells_how_long_to_wait_in_its_header_else_in_its_body(
    connect: Connect, headers: dict[str, str], seconds: float
) -> None:
    body = {"errors": [{"type": "RequestError", "message": "Too many requests", "data": {"msBeforeNext": 57647}}]}
    respx.patch(RULES).respond(429, json=body, headers=headers)
    with pytest.raises(errors.RateLimited) as caught:
        connect(patience=1.0).upsert([RULE], repeatable=True)
    assert caught.value.retry_after == seconds


@respx.mock
def test_a_rename_is_never_sent_twice(connect: Connect) -> None:
    route = respx.patch(RULES).mock(side_effect=httpx.ReadTimeout("gone"))
    with pytest.raises(errors.UnknownOutcome):
        connect().upsert([RULE], repeatable=False)
    assert route.call_count == 1


@respx.mock
def test_a_plain_upsert_is_repeated_after_a_failure(connect: Connect, time: FakeTime) -> None:
    answers = [httpx.Response(503, text="<h1>busy</h1>"), httpx.Response(200, json=SUCCESS)]
    route = respx.patch(RULES).mock(side_effect=answers)
    assert connect().upsert([RULE], repeatable=True).status == 200
    assert route.call_count == 2


@respx.mock
@pytest.mark.parametrize(
    "body",
    [
        [],
        {"rules": []},
        {"data": {"rules": []}},
        {"data": {"rules": {}, "pagination": {}}},
        {"data": {"rules": [], "pagination": {"next": 2}}},
    ],
)
def test_a_page_of_another_shape_is_a_bad_answer(connect: Connect, body: Any) -> None:
    respx.get(url__startswith=RULES).respond(json=body)
    with pytest.raises(errors.BadAnswer):
        connect().read_rules()


@respx.mock
def test_the_token_is_in_no_error(connect: Connect) -> None:
    respx.get(f"{US}/").respond(401, json={"errors": [{"type": "x", "message": f"bad token {TOKEN}"}]})
    with pytest.raises(errors.Unauthorized) as caught:
        connect().read_workspace()
    assert TOKEN not in str(caught.value)
