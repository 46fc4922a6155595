"""The Jira sandbox's door: addresses, credentials, encodings (apis/jira.md sections 1, 3 and 6)."""

import json

import httpx
import pytest

from connectors.sandbox_server import serve_on_loopback
from hub.notify.jira.sandbox.demo import CLOUD_ID, PASSWORD, SCOPED_TOKEN
from tests.hub.notify.jira.sandbox_desk import Desk, basic

GATEWAY = f"/ex/jira/{CLOUD_ID}/rest/api/3/myself"
SITE = "/rest/api/3/myself"
DC = "/rest/api/2/myself"
NOBODY = basic("hub@example.com", "wrong")


@pytest.mark.parametrize(
    ("switches", "path", "auth", "status"),
    [
        ({}, SITE, basic("hub@example.com", "demo-jira-api-token"), 200),
        ({}, SITE, basic("HUB@example.com", "demo-jira-api-token"), 200),
        ({}, SITE, NOBODY, 401),
        ({}, SITE, "Basic !!!", 401),
        ({}, SITE, "Basic aHVi", 401),
        ({}, SITE, "Bearer demo-jira-api-token", 401),
        ({}, SITE, "", 401),
        ({}, SITE, basic("hub@example.com", SCOPED_TOKEN), 401),
        ({}, GATEWAY, basic("hub@example.com", SCOPED_TOKEN), 200),
        ({}, GATEWAY, basic("hub@example.com", "demo-jira-api-token"), 200),
        ({"plain_token_on_gateway": "refused"}, GATEWAY, basic("hub@example.com", "demo-jira-api-token"), 401),
        ({"deployment": "Server"}, DC, "Bearer demo-jira-personal-access-token", 200),
        ({"deployment": "Server"}, DC, "bearer demo-jira-personal-access-token", 200),
        ({"deployment": "Server"}, DC, basic("hub", PASSWORD), 200),
        ({"deployment": "Server"}, DC, basic("hub@example.com", "demo-jira-api-token"), 401),
        ({"deployment": "Server"}, DC, "Bearer wrong", 401),
    ],
)
def test_who_gets_in(switches: dict[str, str], path: str, auth: str, status: int) -> None:
    assert Desk(**switches).status("GET", path, authorization=auth) == status


def test_a_refused_log_in_says_so_in_json_or_in_text() -> None:
    text = "Client must be authenticated to access this resource."
    assert Desk().ask("GET", "myself", authorization="") == (401, {"errorMessages": [text], "errors": {}})
    assert Desk(unauthorized_body="text").send("GET", "myself", authorization="").body.decode() == text


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "myself", None, 401),
        ("GET", "issue/DATA-1", None, 404),
        ("PUT", "issue/DATA-1", {"fields": {"summary": "x"}}, 404),
        ("GET", "project/DATA", None, 404),
        ("POST", "issue", {"fields": {}}, 401),
        ("POST", "search/jql", {"jql": 'project = "DATA"'}, 200),
        ("POST", "issue/bulkfetch", {"issueIdsOrKeys": ["DATA-1"]}, 200),
    ],
)
def test_wrong_credentials_may_be_nobody(method: str, path: str, body: object, expected: int) -> None:
    status, answer = Desk(bad_credentials="anonymous").ask(method, path, body, authorization=NOBODY)
    assert status == expected and (status != 200 or answer["issues"] == [])


def test_the_server_names_the_user_it_believes_in() -> None:
    desk = Desk(deployment="Server", bad_credentials="anonymous")
    assert desk.send("GET", "myself").headers["X-AUSERNAME"] == "hub"
    assert desk.send("GET", "search?jql=", authorization="Bearer wrong").headers["X-AUSERNAME"] == "anonymous"


def test_three_wrong_passwords_lock_a_user_but_not_a_token() -> None:
    desk = Desk(deployment="Server")
    wrong, right = basic("hub", "wrong"), basic("hub", PASSWORD)
    assert [desk.status("GET", "myself", authorization=wrong) for _ in range(4)] == [401, 401, 401, 403]
    locked = desk.send("GET", "myself", authorization=right)
    assert locked.status == 403 and "CAPTCHA" in locked.headers["X-Authentication-Denied-Reason"]
    assert desk.status("GET", "myself") == 200
    desk.box.edit({"do": "log-in", "user": "hub"})
    assert desk.status("GET", "myself", authorization=right) == 200


def test_without_a_captcha_wrong_passwords_lock_nobody() -> None:
    desk = Desk(deployment="Server", captcha_after=None)
    assert {desk.status("GET", "myself", authorization=basic("hub", "wrong")) for _ in range(5)} == {401}


@pytest.mark.parametrize(
    ("switches", "path", "status"),
    [
        ({}, "/rest/api/3/serverInfo", 200),
        ({}, "/rest/api/2/serverInfo", 200),
        ({}, "/rest/api/latest/serverInfo", 200),
        ({}, "/rest/api/4/serverInfo", 404),
        ({}, "/jira/rest/api/3/serverInfo", 404),
        ({}, "/rest/applinks/latest/listApplicationlinks", 404),
        ({}, "/rest/api/3/nothing", 404),
        ({"deployment": "Server"}, "/rest/api/2/serverInfo", 200),
        ({"deployment": "Server"}, "/rest/api/latest/serverInfo", 200),
        ({"deployment": "Server"}, "/rest/api/3/serverInfo", 404),
        ({"deployment": "Server", "context_path": "/jira"}, "/jira/rest/api/2/serverInfo", 200),
        ({"deployment": "Server", "context_path": "/jira"}, "/rest/api/2/serverInfo", 404),
    ],
)
def test_addresses(switches: dict[str, str], path: str, status: int) -> None:
    assert Desk(**switches).status("GET", path) == status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "issue/bulkfetch"),
        ("POST", "search/jql"),
        ("POST", "search/approximate-count"),
        ("POST", "comment/list"),
    ],
)
def test_what_only_cloud_has(method: str, path: str) -> None:
    assert Desk(deployment="Server").status(method, path, {}) in (404, 405)


def test_server_info_needs_no_log_in_and_names_the_deployment() -> None:
    for kind in ("Cloud", "Server"):
        status, info = Desk(deployment=kind).ask("GET", "serverInfo", authorization="")
        assert status == 200 and info["deploymentType"] == kind and info["versionNumbers"][0] in (1001, 10)


def test_addresses_in_answers_lead_back_through_context_and_gateway() -> None:
    desk = Desk(deployment="Server", context_path="/jira")
    made = json.loads(desk.send("GET", "/jira/rest/api/2/issue/DATA-1", host="jira.example.com").body)
    assert made["self"].startswith("https://jira.example.com/jira/rest/api/2/issue/")
    through = json.loads(Desk().send("GET", GATEWAY, host="api.atlassian.com").body)
    assert through["self"].startswith(f"https://api.atlassian.com/ex/jira/{CLOUD_ID}/rest/api/3/")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"fields": ', "application/json", 400),
        (b'{"fields": {"summary": NaN}}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 400),
        (b'{"fields": {}}', "application/json; charset=utf-8", 400),
        (b"[" * 100_000, "application/json", 400),
    ],
)
def test_bodies_the_vendor_would_not_take(body: bytes, kind: str, status: int) -> None:
    desk = Desk()
    assert desk.status("POST", "issue", body, content_type=kind) == status
    assert len(desk.box.dump()["issues"]) == 2


@pytest.mark.parametrize("levels", [200, 4000])
def test_a_document_nested_beyond_reason_is_refused(levels: int) -> None:
    desk = Desk()
    inner = '{"type": "bulletList", "content": [{"type": "listItem", "content": ['
    deep = '{"fields": {"project": {"key": "DATA"}, "issuetype": {"name": "Task"}, "summary": "x", "description": '
    body = deep + '{"type": "doc", "version": 1, "content": [' + inner * levels + "]}]}" * levels + "]}}}"
    status, answer = desk.ask("POST", "issue", body.encode())
    assert status == 400 and answer["errorMessages"] == ["The request body is nested too deeply."]
    assert len(desk.box.dump()["issues"]) == 2


def test_a_method_that_a_resource_does_not_know() -> None:
    answer = Desk().send("PATCH", "issue/DATA-1", {})
    assert answer.status == 405 and "PUT" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("deployment", "agent", "token", "status"),
    [
        ("Server", "Mozilla/5.0", "", 403),
        ("Server", "Mozilla/5.0", "no-check", 201),
        ("Server", "hub/1.0", "", 201),
        ("Cloud", "Mozilla/5.0", "", 201),
    ],
)
def test_a_browser_that_writes_is_taken_for_a_forgery(deployment: str, agent: str, token: str, status: int) -> None:
    desk = Desk(deployment=deployment)
    assert desk.status("POST", "issue", desk.fields(), user_agent=agent, x_atlassian_token=token) == status


def test_over_real_http() -> None:
    desk = Desk()
    with serve_on_loopback(desk.box) as server:
        auth = ("hub@example.com", "demo-jira-api-token")
        made = httpx.post(f"{server.url}/rest/api/3/issue", json=desk.fields(), auth=auth, trust_env=False)
        again = httpx.get(made.json()["self"], auth=auth, trust_env=False)
    assert made.status_code == 201 and again.json()["key"] == made.json()["key"] == "DATA-3"
