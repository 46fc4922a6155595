"""The client's requests on the wire, against answers written by hand: what the sandbox does not vary."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.testing.harness import FakeTime
from hub.notify.jira.client import JiraClient, open_site, quoted
from hub.notify.jira.settings import JiraSettings

SETTINGS = {
    "Cloud": {"email": "a@example.com", "api_token": "t"},
    "Server": {"pat": "t"},
}
Answer = Callable[[httpx.Request], httpx.Response]


def client(deployment: str, answers: dict[str, Any], sent: list[httpx.Request] | None = None) -> JiraClient:
    """A client of a site that answers by the end of the path; a list is answered page by page."""

    def handle(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request)
        if request.url.path.endswith("/serverInfo"):
            return httpx.Response(200, json={"deploymentType": deployment, "baseUrl": "https://jira.example.com"})
        found = next((value for end, value in answers.items() if request.url.path.endswith(end)), None)
        if found is None:
            return httpx.Response(404, json={"errorMessages": ["nothing"], "errors": {}})
        page = found.pop(0) if isinstance(found, list) else found
        return page if isinstance(page, httpx.Response) else httpx.Response(200, json=page)

    settings = JiraSettings.model_validate(
        {"base_url": "https://jira.example.com", "project": "DATA", **SETTINGS[deployment]}
    )
    return open_site(settings, Wiring(NoLimit(), FakeTime(), httpx.MockTransport(handle), 5.0))


def issue(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(number), "key": f"DATA-{number}", "fields": fields}


def field(name: str, **more: Any) -> dict[str, Any]:
    return {"fieldId": name, "name": name.title(), "required": False, "hasDefaultValue": False, **more}


@pytest.mark.parametrize("names", [("issueTypes", "fields"), ("values", "values")])
def test_the_screen_is_read_page_by_page_whatever_its_lists_are_called(names: tuple[str, str]) -> None:
    types, fields = names
    answers = {
        "/issuetypes": [
            {types: [{"id": "1", "name": "Bug"}], "startAt": 0, "total": 2},
            {types: [{"id": "2", "name": "Task"}], "startAt": 1, "total": 2},
        ],
        "/issuetypes/2": [
            {fields: [field("labels"), field("team", required=True)], "startAt": 0, "total": 3},
            {fields: [field("reporter", required=True, hasDefaultValue=True)], "startAt": 2, "total": 3},
        ],
    }
    screen = client("Server", answers).screen()
    assert (screen.issue_type, screen.fields) == ("Task", {"labels", "team", "reporter"})
    assert screen.required == {"team": "Team"}


def test_an_account_that_may_create_nothing_is_told_which_right_it_lacks() -> None:
    with pytest.raises(errors.NotEntitled) as caught:
        client("Cloud", {"/issuetypes": {"issueTypes": [], "total": 0}}).screen()
    assert "Create issues" in caught.value.hint


@pytest.mark.parametrize(
    "me",
    [
        {},
        [[]],
        {"accountId": ""},
        {"name": "anonymous"},
        httpx.Response(200, json={"name": "a"}, headers={"X-AUSERNAME": "anonymous"}),
    ],
)
def test_an_answer_that_was_given_to_nobody_is_no_account(me: Any) -> None:
    with pytest.raises(errors.Unauthorized):
        client("Server", {"/myself": me}).account()


def test_another_account_than_before_is_no_account() -> None:
    site = client("Cloud", {"/myself": [{"accountId": "1", "displayName": "Hub"}, {"accountId": "2"}]})
    assert site.account() == "Hub"
    with pytest.raises(errors.Unauthorized):
        site.account()


@pytest.mark.parametrize("body", [{}, [], {"id": "1"}, {"key": "DATA-1"}])
def test_a_creation_whose_answer_names_no_issue_has_no_known_end(body: Any) -> None:
    with pytest.raises(errors.UnknownOutcome):
        client("Cloud", {"/issue": httpx.Response(201, json=body)}).create({})


@pytest.mark.parametrize("body", [[[]], {}, {"id": "1"}, {"fields": {}}, {"id": "1", "fields": []}])
def test_what_is_no_issue_is_a_bad_answer(body: Any) -> None:
    with pytest.raises(errors.BadAnswer):
        client("Cloud", {"/issue/1": body}).read("1")


NAMES = [
    "id",
    "key",
    "fields",
    "status",
    "statusCategory",
    "labels",
    "properties",
    "hub.trackingplan",
    "total",
    "issues",
    "values",
    "issueTypes",
    "comments",
    "transitions",
    "to",
    "name",
    "errors",
    "errorMessages",
]
ODD: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from((None, True, 0, -1.5, "", "x", "1")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
CALLS: list[tuple[str, Callable[[JiraClient], Any]]] = [
    ("/issue/1", lambda site: site.read("1")),
    ("/issue", lambda site: site.create({})),
    ("/myself", lambda site: site.account()),
    ("/issuetypes", lambda site: site.screen()),
    ("/transitions", lambda site: site.transitions("1")),
    ("/comment", lambda site: site.find_comment("1", "k")),
    ("/search/jql", lambda site: site.newest()),
    ("/bulkfetch", lambda site: list(site.behind(1))),
]


@pytest.mark.parametrize(("end", "call"), CALLS)
@given(answer=ODD, status=st.sampled_from((200, 200, 400, 404, 429)))
def test_whatever_comes_in_place_of_an_answer_only_errors_of_the_set_come_of_it(
    end: str, call: Callable[[JiraClient], Any], answer: Any, status: int
) -> None:
    with contextlib.suppress(errors.ToolError):
        call(client("Cloud", {end: httpx.Response(status, json=answer), "/list": httpx.Response(200, json=answer)}))


CLOSED = {"name": "Done", "statusCategory": {"key": "done"}}
TIMES = [
    ({"resolutiondate": "1970-01-01T00:01:00.000+0000", "updated": "1970-01-01T00:05:00.000+0000"}, 60.0),
    ({"resolutiondate": None, "statuscategorychangedate": "1970-01-01T01:02:00.000+0100"}, 120.0),
    ({"updated": "1970-01-01T00:03:00.000+0000"}, 180.0),
    ({"updated": "yesterday"}, None),
]


@pytest.mark.parametrize(("fields", "seconds"), TIMES)
def test_when_an_issue_was_closed_is_the_best_of_three_dates(fields: dict[str, Any], seconds: float | None) -> None:
    read = client("Cloud", {"/issue/1": issue(1, status=CLOSED, **fields)}).read("1")
    assert read.closed and read.closed_at == seconds


def test_an_open_issue_was_never_closed() -> None:
    status = {"name": "To Do", "statusCategory": {"key": "new"}}
    read = client("Cloud", {"/issue/1": issue(1, status=status, updated="1970-01-01T00:03:00.000+0000")}).read("1")
    assert (read.closed, read.closed_at, read.status) == (False, None, "To Do")


def test_the_newest_number_is_that_of_the_key_the_search_names() -> None:
    assert client("Cloud", {"/search/jql": {"issues": [issue(41)], "isLast": True}}).newest() == 41
    assert client("Server", {"/search": {"issues": [], "total": 0}}).newest() == 0


def test_a_search_on_cloud_asks_the_new_address_with_nothing_it_does_not_know() -> None:
    sent: list[httpx.Request] = []
    client("Cloud", {"/search/jql": {"issues": []}}, sent).newest()
    body = json.loads(sent[-1].content)
    assert set(body) == {"jql", "fields", "maxResults"} and body["jql"] == 'project = "DATA" ORDER BY created DESC'


def test_keys_are_probed_one_by_one_on_data_center_until_three_are_missing() -> None:
    sent: list[httpx.Request] = []
    found = list(client("Server", {"/DATA-2": issue(2), "/DATA-4": issue(4)}, sent).behind(1))
    assert [one.key for one in found] == ["DATA-2", "DATA-4"] and len(sent) == 1 + 6


def test_a_hundred_keys_are_probed_at_once_on_cloud() -> None:
    sent: list[httpx.Request] = []
    found = list(client("Cloud", {"/bulkfetch": {"issues": [issue(9)], "issueErrors": []}}, sent).behind(7))
    keys = json.loads(sent[-1].content)["issueIdsOrKeys"]
    assert [one.id for one in found] == ["9"] and (keys[0], keys[-1], len(keys)) == ("DATA-8", "DATA-107", 100)


@pytest.mark.parametrize("deployment", ["Cloud", "Server"])
def test_every_request_speaks_english_and_is_no_browsers(deployment: str) -> None:
    sent: list[httpx.Request] = []
    client(deployment, {"/myself": {"name": "a", "accountId": "a"}}, sent).account()
    assert all(one.headers["accept-language"] == "en" for one in sent)
    assert all(one.headers["x-atlassian-token"] == "no-check" for one in sent)


def test_the_site_is_known_by_what_it_says_not_by_the_credentials() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/rest/api/2/serverInfo":
            return httpx.Response(200, json={"deploymentType": "Server"})
        return httpx.Response(404, content=b"<html>", headers={"content-type": "text/html"})

    settings = JiraSettings.model_validate({"base_url": "https://j.example", "project": "A", **SETTINGS["Cloud"]})
    time = FakeTime()
    site = open_site(settings, Wiring(NoLimit(), time, httpx.MockTransport(handle), 5.0))
    assert site.format.title == "Jira Data Center" and site.address("A-1") == "https://j.example/browse/A-1"
    assert not time.slept


@pytest.mark.parametrize(("text", "value"), [("DATA", '"DATA"'), ('a"b', r'"a\"b"'), ("a\\b", r'"a\\b"')])
def test_values_of_a_query_cannot_leave_their_quotes(text: str, value: str) -> None:
    assert quoted(text) == value
