"""The Amplitude sandbox: its door, bodies and limits, apis/amplitude.md sections 1 to 3."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from connectors.amplitude.sandbox import OTHER_ENVIRONMENT
from connectors.sandbox import Request, Response
from tests.connectors.amplitude.sandbox_api import (
    NOT_FOUND,
    OK,
    ROOT,
    Api,
    basic,
    names,
    stocked,
)

# Door -----------------------------------------------------------------------------------------------------------------

INVALID_KEY = {
    "error": {
        "http_code": 403,
        "type": "unspecified",
        "message": "Unspecified Error",
        "metadata": {"details": "Invalid API Key"},
    }
}


@pytest.mark.parametrize("header", [None, "Bearer abc", "Basic !!!"])
def test_no_usable_credentials_is_401(header: str | None) -> None:
    assert Api().raw("GET", ROOT + "category", b"", **{"authorization": header} if header else {}).status == 401


@pytest.mark.parametrize("wrong", [{"api_key": "other"}, {"secret_key": "other"}, {"secret_key": ""}])
def test_wrong_keys_are_403_with_the_other_envelope(wrong: Mapping[str, str]) -> None:
    api = Api()
    keys = {**api.sandbox.demo_credentials(), **wrong}
    answer = api.raw("GET", ROOT + "category", authorization=basic(keys["api_key"], keys["secret_key"]))
    assert (answer.status, json.loads(answer.body)) == (403, INVALID_KEY)


def test_keys_of_another_environment_read_their_own_events_but_no_taxonomy() -> None:
    api = Api()
    api.edit("ingest", event="Seen")
    auth = basic(*OTHER_ENVIRONMENT)
    assert api.raw("GET", ROOT + "event", authorization=auth).status == 403
    assert json.loads(api.raw("GET", "/api/2/events/list", authorization=auth).body) == {"data": []}


def test_an_organisation_without_the_plan_gets_404() -> None:
    api = Api()
    api.edit("entitle", name="enterprise", on=False)
    assert api.call("GET", "category") == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "group", 404),
        ("GET", "", 404),
        ("POST", "event/X/publish", 404),
        ("POST", "event/X", 405),
        ("DELETE", "event", 405),
        ("DELETE", "group-property/grp%3Aseats", 405),
        ("POST", "group-property/grp%3Aseats/restore", 404),
        ("POST", "category/1/restore", 404),
        ("GET", "event/X/all", 404),
    ],
)
def test_paths_and_methods_that_do_not_exist(method: str, path: str, status: int) -> None:
    api = Api()
    auth = basic(*api.sandbox.demo_credentials().values())
    assert api.raw(method, ROOT + path, authorization=auth).status == status


def test_replies_look_as_recorded() -> None:
    api = Api()
    auth = basic(*api.sandbox.demo_credentials().values())
    form = {"authorization": auth, "content_type": "application/x-www-form-urlencoded; charset=utf-8"}
    write = api.raw("POST", ROOT + "event", b"event_type=A", **form)
    read = api.raw("GET", ROOT + "event", authorization=auth)
    assert (write.body, write.headers["content-type"]) == (b'{"success": true}', "application/json; charset=UTF-8")
    assert read.headers["cache-control"] == "no-cache, no-store, must-revalidate"
    assert read.headers["etag"].startswith('W/"') and len(read.headers["etag"]) == 44


@pytest.mark.parametrize(("choice", "status"), [("200", 200), ("304", 304)])
def test_conditional_reads(choice: str, status: int) -> None:
    api = Api(etag_match=choice)
    auth = basic(*api.sandbox.demo_credentials().values())
    etag = api.raw("GET", ROOT + "category", authorization=auth).headers["etag"]
    assert api.raw("GET", ROOT + "category", authorization=auth, if_none_match=etag).status == status


# Bodies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "status", "described"), [("ignored", 200, None), ("refused", 400, None), ("accepted", 200, "Hi")]
)
def test_json_bodies(choice: str, status: int, described: str | None) -> None:
    api = Api(json_bodies=choice)
    api.post("event", event_type="A")
    auth = basic(*api.sandbox.demo_credentials().values())
    body = json.dumps({"description": "Hi", "tags": ["a", "b"], "is_active": False, "owner": None}).encode()
    answer = api.raw("PUT", ROOT + "event/A", body, authorization=auth, content_type="application/json")
    row = api.get("event/A")
    assert (answer.status, row["description"]) == (status, described)
    assert row["tags"] == (["a", "b"] if described else [])


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_a_create_whose_body_is_not_a_form_lacks_its_name(kind: str) -> None:
    api = Api()
    auth = basic(*api.sandbox.demo_credentials().values())
    assert api.raw("POST", ROOT + "event", b"event_type=A", authorization=auth, content_type=kind).status == 400
    assert api.get("event") == []


def test_a_write_takes_nothing_from_the_query() -> None:
    api = stocked()
    assert api.delete("event-property/size?event_type=Order+Placed") == OK
    assert api.call("GET", "event-property/size") == (400, NOT_FOUND)


def test_a_read_takes_its_parameters_from_query_or_body() -> None:
    api = stocked()
    by_query = api.get("event-property?event_type=Cart+Opened")
    by_body = api.call("GET", "event-property", event_type="Cart Opened")[1]["data"]
    assert by_query == by_body == [{**by_query[0], "event_type": "Cart Opened", "event_property": "color"}]


@pytest.mark.parametrize("field", ["category_name", "name", "new_event_property_value", "verified"])
def test_unknown_fields_are_ignored_in_silence(field: str) -> None:
    api = Api()
    api.post("event", event_type="A")
    before = api.sandbox.dump()
    assert api.put("event/A", **{field: "x"}) == OK
    assert api.sandbox.dump() == before


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("event/A", {"is_active": "True"}),
        ("event/A", {"is_active": "1"}),
        ("event-property/p", {"type": "integer"}),
        ("event-property/p", {"classifications": "PII, SECRET"}),
        ("event-property/p", {"event_type": "A", "overrideScope": "both"}),
    ],
)
def test_values_outside_the_documented_ones(path: str, form: dict[str, str]) -> None:
    for choice, status in [("refused", 400), ("ignored", 200)]:
        api = Api(bad_values=choice)
        api.post("event", event_type="A")
        api.post("event-property", event_property="p")
        before = api.sandbox.dump()
        assert api.put(path, **form)[0] == status
        assert api.sandbox.dump() == before


@pytest.mark.parametrize(("choice", "left"), [("clears", (None, None, [])), ("ignored", ("Text", "dana", ["a"]))])
def test_an_empty_string(choice: str, left: tuple[Any, ...]) -> None:
    api = Api(empty_string=choice)
    api.post("event", event_type="A", description="Text", owner="dana", tags="a")
    api.put("event/A", description="", owner="", tags="")
    row = api.get("event/A")
    assert (row["description"], row["owner"], row["tags"]) == left


def test_the_word_null_is_four_letters() -> None:
    api = Api()
    api.post("event", event_type="A", description="null")
    assert api.get("event/A")["description"] == "null"


def test_an_omitted_field_keeps_its_value() -> None:
    api = Api()
    api.post("event", event_type="A", description="Text", tags="a")
    api.put("event/A", tags="b")
    assert (api.get("event/A")["description"], api.get("event/A")["tags"]) == ("Text", ["b"])


@pytest.mark.parametrize(("choice", "tags"), [("trimmed", ["a", "b c"]), ("as sent", ["a", " b c "])])
def test_comma_lists(choice: str, tags: list[str]) -> None:
    api = Api(list_items=choice)
    api.post("event", event_type="A", tags="a,, b c ")
    assert api.get("event/A")["tags"] == tags


@pytest.mark.parametrize(("choice", "status"), [("decoded", 200), ("404", 404)])
def test_a_slash_in_a_name(choice: str, status: int) -> None:
    api = Api(slash_in_name=choice)
    api.post("event", event_type="A/B c?")
    auth = basic(*api.sandbox.demo_credentials().values())
    assert api.raw("GET", ROOT + "event/" + quote("A/B c?", safe=""), authorization=auth).status == status


# Limits ---------------------------------------------------------------------------------------------------------------


def spend(api: Api, cost: int) -> None:
    """Use up that much of the hour: one read first, the rest in writes and reads a minute later."""
    api.get("category")
    api.clock.now += 60
    for _ in range((cost - 1) // 2):
        api.put("category/0", category_name="x")
    if (cost - 1) % 2:
        api.get("category")


def test_exactly_the_hourly_budget_passes_and_one_more_waits_for_the_window() -> None:
    api = Api()
    spend(api, 7200)
    assert api.call("GET", "category") == (429, {})
    api.clock.now += 3540
    assert api.call("GET", "category")[0] == 200
    assert api.call("GET", "category")[0] == 429


def test_a_write_costs_two_and_a_refused_one_nothing() -> None:
    api = Api()
    spend(api, 7199)
    assert api.put("category/0", category_name="x")[0] == 429
    assert api.call("GET", "category")[0] == 200


@pytest.mark.parametrize(("choice", "status"), [("rolling", 429), ("clock hour", 200)])
def test_the_window_rolls_unless_it_is_a_clock_hour(choice: str, status: int) -> None:
    api = Api(hour_window=choice)
    api.clock.now += 3000
    spend(api, 7200)
    assert api.call("GET", "category")[0] == 429
    api.clock.now += 600
    assert api.call("GET", "category")[0] == status


@pytest.mark.parametrize(("choice", "header"), [("absent", None), ("30", "30")])
def test_retry_after(choice: str, header: str | None) -> None:
    api = Api(retry_after=choice)
    answer = api.sandbox.over_concurrency(Request("GET", ROOT + "event"))
    assert (answer.status, answer.headers.get("retry-after")) == (429, header)


@pytest.mark.parametrize(("choice", "status"), [("1", 429), ("0", 200)])
def test_whether_the_events_list_shares_the_budget(choice: str, status: int) -> None:
    api = Api(events_list_cost=choice)
    spend(api, 7200)
    auth = basic(*api.sandbox.demo_credentials().values())
    assert api.raw("GET", "/api/2/events/list", authorization=auth).status == status


@pytest.mark.parametrize(
    ("method", "path", "held"),
    [("GET", "event", (1, 4)), ("POST", "event", (2, 4)), ("PUT", "event/A", (2, 4)), ("DELETE", "event/A", (2, 4))],
)
def test_cost_held_in_flight(method: str, path: str, held: tuple[int, int]) -> None:
    assert Api().sandbox.concurrency(Request(method, ROOT + path)) == held


def test_a_third_write_in_flight_is_refused() -> None:
    api = Api()
    inside, leave = threading.Barrier(3), threading.Event()
    answer_later = api.sandbox._handle_counted

    def hold(request: Request) -> Response:
        inside.wait(10)
        leave.wait(10)
        return answer_later(request)

    api.sandbox._handle_counted = hold  # type: ignore[method-assign]
    writers = [threading.Thread(target=api.post, args=("event",), kwargs={"event_type": n}) for n in ("A", "B")]
    for writer in writers:
        writer.start()
    inside.wait(10)
    assert api.call("GET", "event") == (429, {})
    leave.set()
    for writer in writers:
        writer.join()
    api.sandbox._handle_counted = answer_later  # type: ignore[method-assign]
    assert names(api.get("event"), "event_type") == ["A", "B"]
