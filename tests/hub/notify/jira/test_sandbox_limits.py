"""Limits, faults and moods of the Jira sandbox (apis/jira.md section 2 and the checklist)."""

import json

import pytest

from connectors.sandbox import ConnectionDropped, Fault
from tests.hub.notify.jira.sandbox_desk import Desk, document

BURSTS = [
    ("GET", "myself", None, 100),
    ("GET", "issue/DATA-1", None, 150),
    ("POST", "search/jql", {"jql": "project = DATA"}, 100),
    ("POST", "search/approximate-count", {"jql": "project = DATA"}, 150),
    ("PUT", "project/DATA/properties/k", 1, 50),
    ("DELETE", "project/DATA/properties/k", None, 50),
]


@pytest.mark.parametrize(("method", "path", "body", "most"), BURSTS)
def test_a_burst_on_one_endpoint(method: str, path: str, body: object, most: int) -> None:
    desk = Desk()
    assert 429 not in [desk.status(method, path, body) for _ in range(most)]
    refused = desk.send(method, path, body)
    assert refused.status == 429 and refused.headers["RateLimit-Reason"] == "jira-burst-based"
    assert refused.headers["X-RateLimit-Limit"] == str(most) and refused.headers["X-RateLimit-Remaining"] == "0"
    assert desk.status("GET", "serverInfo") == 200
    desk.now += int(refused.headers["Retry-After"])
    assert desk.status(method, path, body) != 429


def test_a_bucket_fills_as_time_goes_by() -> None:
    desk = Desk()
    for _ in range(100):
        desk.send("GET", "myself")
    desk.now += 0.055
    assert [desk.status("GET", "myself") for _ in range(6)] == [200] * 5 + [429]


def test_headers_of_a_good_answer_count_down_and_warn() -> None:
    desk = Desk()
    first = desk.send("GET", "myself").headers
    assert (first["X-RateLimit-Remaining"], first["X-RateLimit-NearLimit"]) == ("99", "false")
    assert "Retry-After" not in first and "X-RateLimit-Reset" not in first
    for _ in range(85):
        desk.send("GET", "myself")
    assert desk.send("GET", "myself").headers["X-RateLimit-NearLimit"] == "true"


def test_twenty_writes_on_one_issue_in_two_seconds() -> None:
    desk = Desk()
    sent = [desk.send("PUT", f"issue/DATA-1/properties/k{number}", 1) for number in range(21)]
    assert [one.status for one in sent] == [201] * 20 + [429]
    assert sent[-1].headers["RateLimit-Reason"] == "jira-per-issue-on-write" and sent[-1].headers["Retry-After"] == "2"
    assert desk.status("PUT", "issue/DATA-2/properties/k", 1) == 201
    assert desk.status("GET", "issue/DATA-1") == 200
    desk.now += 2
    assert desk.status("POST", "issue/DATA-1/comment", {"body": document("x")}) == 201


def test_a_hundred_writes_on_one_issue_in_thirty_seconds() -> None:
    desk = Desk()
    sent = []
    for number in range(101):
        sent.append(desk.status("PUT", "issue/10001/properties/k", number))
        desk.now += 0.2
    assert sent[:100].count(429) == 0 and sent[100] == 429
    desk.now += 10
    assert desk.status("PUT", "issue/DATA-1/properties/k", 1) == 200


@pytest.mark.parametrize(
    ("switch", "body"),
    [
        ("errors", {"errorMessages": ["Rate limit exceeded."], "errors": {}}),
        ("message", {"message": "Rate limit exceeded."}),
        ("text", None),
    ],
)
def test_the_body_of_a_refusal(switch: str, body: object) -> None:
    desk = Desk(limit_body=switch)
    for _ in range(100):
        desk.send("GET", "myself")
    refused = desk.send("GET", "myself")
    assert refused.body == b"Rate limit exceeded." if body is None else json.loads(refused.body) == body


def test_data_center_does_not_limit_unless_told() -> None:
    desk = Desk(deployment="Server")
    answers = [desk.send("GET", "myself") for _ in range(200)]
    assert {one.status for one in answers} == {200} and "X-RateLimit-Limit" not in answers[0].headers


@pytest.mark.parametrize("rate", [5, 60])
def test_data_center_tells_of_its_limit_on_every_answer(rate: int) -> None:
    desk = Desk(deployment="Server", server_rate=rate)
    good = desk.send("GET", "myself")
    assert good.headers["Retry-After"] == "0" and good.headers["X-RateLimit-FillRate"] == str(rate)
    assert good.headers["X-RateLimit-Interval-Seconds"] == "1"
    answers = [desk.send("GET", "issue/DATA-1", accept="application/json") for _ in range(rate)]
    assert answers[-2].status == 200 and answers[-1].status == 429 and answers[-1].headers["Retry-After"] == "1"
    assert json.loads(answers[-1].body).keys() == {"message"}
    assert desk.send("GET", "myself", accept="text/html").body.startswith(b"<!doctype html>")
    desk.now += 1
    assert desk.status("GET", "myself") == 200


# Bad days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mood", "status"), [("commit-500", 500), ("commit-502", 502), ("commit-504", 504)])
def test_done_and_then_an_error_page(mood: str, status: int) -> None:
    desk = Desk()
    desk.box.faults.append(Fault("mood", on="POST .*/issue$", mood=mood))
    answer = desk.send("POST", "issue", desk.fields(labels=["tph-a"]))
    assert answer.status == status and answer.body.startswith(b"<!doctype html>")
    assert desk.box.created_with("tph-a") == 1 and desk.status("GET", "issue/DATA-3") == 200


@pytest.mark.parametrize(("kind", "created"), [("lost", 1), ("refuse", 0)])
def test_a_dropped_connection(kind: str, created: int) -> None:
    desk = Desk()
    desk.box.faults.append(Fault(kind, on="POST .*/issue$"))
    with pytest.raises(ConnectionDropped):
        desk.send("POST", "issue", desk.fields(labels=["tph-a"]))
    assert desk.box.created_with("tph-a") == created


def test_two_creates_after_a_lost_answer_are_counted() -> None:
    desk = Desk()
    desk.create(labels=["tph-a"])
    key = desk.create(labels=["tph-a", "tph-b"])
    desk.box.edit({"do": "delete", "issue": key})
    assert (desk.box.created_with("tph-a"), desk.box.created_with("tph-b"), desk.box.created_with("x")) == (2, 1, 0)


def test_an_unavailable_server_says_when_to_come_back() -> None:
    desk = Desk()
    desk.box.faults.append(Fault("status", status=503, headers={"Retry-After": "7"}, times=2))
    answers = [desk.send("GET", "myself") for _ in range(3)]
    assert [one.status for one in answers] == [503, 503, 200] and answers[0].headers["Retry-After"] == "7"


def test_half_a_bulk_create() -> None:
    desk = Desk()
    desk.box.faults.append(Fault("mood", on="issue/bulk", mood="half-batch"))
    assert desk.status("POST", "issue/bulk", {"issueUpdates": [desk.fields()] * 4}) == 500
    assert len(desk.box.dump()["issues"]) == 4


@pytest.mark.parametrize(("mood", "found"), [("half-page", 1), ("empty-list", 0)])
def test_lists_that_lie(mood: str, found: int) -> None:
    desk = Desk()
    desk.box.faults.append(Fault("mood", mood=mood))
    assert len(desk.search("project = DATA")) == found
    assert len(desk.search("project = DATA")) == 2
