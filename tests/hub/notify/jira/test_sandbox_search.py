"""Searching in the Jira sandbox: JQL, the index that lags, pages (apis/jira.md sections 2 to 6)."""

from typing import Any

import pytest

from tests.hub.notify.jira.sandbox_desk import Desk


@pytest.fixture(scope="module")
def shelf() -> Desk:
    """Issues DATA-3 to DATA-6 and OPS-1, a minute apart, all indexed."""
    desk = Desk()
    for fields in (
        {"summary": "Plan web v1 [tph-3f2a9c12]", "labels": ["tph-aa", "plan"]},
        {"summary": "Plan app v2", "labels": ["tph-bb"]},
        {"summary": "Nothing said", "labels": []},
        {"summary": 'Said "twice"', "labels": ["PLAN"]},
        {"summary": "Elsewhere", "labels": ["plan"], "project": {"key": "OPS"}},
    ):
        desk.now += 60
        desk.create(**fields)
    desk.now += 60
    return desk


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ('project = "DATA" AND labels = "tph-aa"', ["DATA-3"]),
        ("labels = tph-aa", ["DATA-3"]),
        ("project = data AND labels = plan", ["DATA-3"]),
        ("labels = plan ORDER BY created ASC", ["DATA-3", "OPS-1"]),
        ("labels = plan ORDER BY created DESC", ["OPS-1", "DATA-3"]),
        ("labels in (tph-aa, 'tph-bb') order by key", ["DATA-3", "DATA-4"]),
        ("project = DATA AND labels not in (plan, checkout) ORDER BY key", ["DATA-4", "DATA-6"]),
        ("project = DATA AND labels != plan AND key > DATA-2 ORDER BY key", ["DATA-4", "DATA-6"]),
        ("labels = nowhere", []),
        ("labels = tph-aa OR labels = tph-bb AND project = OPS", ["DATA-3"]),
        ("(labels = tph-aa OR labels = tph-bb) AND project = DATA ORDER BY key DESC", ["DATA-4", "DATA-3"]),
        ('summary ~ "plan" ORDER BY key', ["DATA-3", "DATA-4"]),
        ('summary ~ "tph-3f2a9c12"', ["DATA-3"]),
        ('summary ~ "tph"', ["DATA-3"]),
        ('summary ~ "tp"', []),
        ('summary ~ "tp*"', ["DATA-3"]),
        ('summary ~ "web plan"', ["DATA-3"]),
        ('summary ~ "\\"web plan\\""', []),
        ('summary ~ "\\"plan web\\""', ["DATA-3"]),
        ('project = DATA AND summary !~ "plan" AND key >= DATA-3 ORDER BY key', ["DATA-5", "DATA-6"]),
        ("key = data-3", ["DATA-3"]),
        ("issuekey in (DATA-3, OPS-1) ORDER BY id", ["DATA-3", "OPS-1"]),
        ("project = DATA AND key != DATA-1 AND key not in (DATA-2, DATA-3, DATA-4) ORDER BY key", ["DATA-5", "DATA-6"]),
        ("key > DATA-4 ORDER BY key", ["DATA-5", "DATA-6"]),
        ("created > -2m", ["OPS-1"]),
        ('created >= "2026-09-21 14:16" AND created < "2026-09-21 14:17"', ["DATA-5"]),
        ('created < "2026-09-21" ', []),
        ("project = DATA AND status = Done", ["DATA-2"]),
        ("project = DATA AND statusCategory = Done", ["DATA-2"]),
        ("issuetype = Bug", ["DATA-2"]),
        ("project = 'Operations'", ["OPS-1"]),
        ("key in (DATA-3,DATA-4,DATA-5) ORDER BY priority, summary DESC", ["DATA-3", "DATA-4", "DATA-5"]),
    ],
)
def test_queries(shelf: Desk, jql: str, keys: list[str]) -> None:
    assert shelf.search(jql) == keys


@pytest.mark.parametrize(
    ("jql", "complaint"),
    [
        ('project = "NOPE"', "The value 'NOPE' does not exist for the field 'project'."),
        ("key = DATA-99", "An issue with key 'DATA-99' does not exist for field 'key'."),
        ("status = Sleeping", "The value 'Sleeping' does not exist for the field 'status'."),
        ("created > yesterday", "The value 'yesterday' does not exist for the field 'created'."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        (
            'issue.property[hub.mark].key = "x"',
            "Field 'issue.property[hub.mark].key' does not exist or you do not have permission to view it.",
        ),
        ("labels ~ x", "The operator '~' is not supported by the 'labels' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("labels = x ORDER BY colour", "Field 'colour' does not exist or you do not have permission to view it."),
        ("", "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."),
        ("ORDER BY key", "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."),
    ],
)
def test_queries_that_are_refused_by_name(shelf: Desk, jql: str, complaint: str) -> None:
    assert shelf.complaint(jql) == complaint


@pytest.mark.parametrize(
    "jql",
    [
        "labels",
        "labels =",
        "labels = a b",
        "labels = (a)",
        "labels in a",
        "labels in ()",
        "(labels = a",
        "labels = a)",
        "labels = a AND",
        "AND labels = a",
        'labels = "a',
        'labels = "\\q"',
        "labels = order",
        "labels = a#b",
        "labels = a.b",
        "created > 2026/01/01",
        "labels = a ORDER key",
        "labels is EMPTY",
        "labels was a",
        "NOT labels = a",
        ";",
    ],
)
def test_queries_that_cannot_be_read(shelf: Desk, jql: str) -> None:
    assert shelf.complaint(jql).startswith("Error in the JQL Query: ")


def test_escapes_are_undone() -> None:
    desk = Desk()
    desk.create(labels=['a"b\\c'])
    desk.now += 3
    assert desk.search('labels = "a\\"b\\\\c"') == desk.search('labels = "\\u0061\\"b\\\\c"') == ["DATA-3"]


def test_seven_fields_can_be_ordered_by() -> None:
    order = ["key", "id", "created", "updated", "summary", "status", "priority", "project"]
    desk = Desk()
    assert desk.status("POST", "search/jql", {"jql": f"key > DATA-1 ORDER BY {', '.join(order[:7])}"}) == 200
    assert desk.status("POST", "search/jql", {"jql": f"key > DATA-1 ORDER BY {', '.join(order)}"}) == 400


@pytest.mark.parametrize(("switch", "found"), [("exact", []), ("any-case", ["DATA-3"])])
def test_the_case_of_labels(switch: str, found: list[str]) -> None:
    desk = Desk(label_search=switch)
    desk.create(labels=["TPH-A"])
    desk.now += 3
    assert desk.search("labels = tph-a") == found


# The index ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "delay"),
    [
        ({}, 3),
        ({"index_delay": 0}, 0),
        ({"index_delay": 60}, 60),
        ({"deployment": "Server"}, 0),
        ({"deployment": "Server", "server_index_delay": 3}, 3),
    ],
)
def test_a_new_issue_is_found_after_the_delay_and_not_before(switches: dict[str, object], delay: int) -> None:
    desk = Desk(**switches)
    key = desk.create(labels=["tph-a"])
    assert desk.status("GET", f"issue/{key}") == 200
    if delay:
        desk.now += delay - 0.5
        assert desk.search("labels = tph-a") == []
        desk.now += 0.5
    assert desk.search("labels = tph-a") == [key]


def test_a_deleted_issue_and_a_lost_label_are_found_for_a_while() -> None:
    desk = Desk()
    desk.box.edit({"do": "unlabel", "issue": "DATA-1", "label": "checkout"})
    desk.box.edit({"do": "delete", "issue": "DATA-2"})
    assert desk.search("labels = checkout") == ["DATA-1"] and desk.search("issuetype = Bug") == ["DATA-2"]
    desk.now += 3
    assert desk.search("labels = checkout") == [] and desk.search("issuetype = Bug") == []


@pytest.mark.parametrize(("switch", "summary"), [("database", "New"), ("index", "Instrument the new checkout")])
def test_values_of_a_hit(switch: str, summary: str) -> None:
    desk = Desk(search_values=switch)
    desk.send("PUT", "issue/DATA-1", {"fields": {"summary": "New"}})
    found = desk.ask("POST", "search/jql", {"jql": "labels = checkout", "fields": ["summary"]})[1]["issues"]
    assert found[0]["fields"]["summary"] == summary


def test_known_ids_can_be_reconciled() -> None:
    desk = Desk(index_delay=60)
    made = desk.ask("POST", "issue", desk.fields(labels=["tph-a"]))[1]
    body = {"jql": "labels = tph-a", "fields": ["key"], "reconcileIssues": [int(made["id"])]}
    assert desk.ask("POST", "search/jql", body)[1]["issues"][0]["key"] == made["key"]
    by_get = desk.ask("GET", f"search/jql?jql=labels%3Dtph-a&fields=key&reconcileIssues={made['id']}")[1]["issues"]
    assert by_get[0]["key"] == made["key"]
    assert desk.status("POST", "search/jql", {**body, "reconcileIssues": list(range(51))}) == 400
    assert desk.status("GET", "search/jql?jql=labels%3Dx&reconcileIssues=DATA-1") == 400


# Cloud's search ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("switch", "names"), [("id", {"id"}), ("id-key-self", {"id", "key", "self"})])
def test_without_fields_a_hit_is_bare(switch: str, names: set[str]) -> None:
    answer = Desk(bare_hits=switch).ask("POST", "search/jql", {"jql": "project = DATA"})[1]
    assert answer["issues"][0].keys() == names and answer.keys() == {"issues", "isLast"}


def test_properties_come_with_a_hit() -> None:
    desk = Desk()
    desk.send("PUT", "issue/DATA-1/properties/k", 7)
    desk.now += 3
    body = {"jql": "labels = checkout", "fields": ["summary"], "properties": ["k", "none"]}
    assert desk.ask("POST", "search/jql", body)[1]["issues"][0]["properties"] == {"k": 7}


@pytest.mark.parametrize(
    "extra",
    [
        {"startAt": 0},
        {"validateQuery": True},
        {"properties": "k"},
        {"properties": ["a", "b", "c", "d", "e", "f"]},
        {"maxResults": "5"},
        {"maxResults": -1},
        {"fields": "summary"},
        {"expand": ["names"]},
        {"reconcileIssues": ["1"]},
        {"nextPageToken": "nonsense"},
        {"jql": 5},
    ],
)
def test_a_search_body_that_is_refused(extra: dict[str, object]) -> None:
    assert Desk().status("POST", "search/jql", {"jql": "project = DATA", **extra}) == 400


def test_null_is_as_good_as_left_out() -> None:
    body: dict[str, Any] = {"jql": "project = DATA", "expand": None, "nextPageToken": None, "reconcileIssues": []}
    assert Desk().status("POST", "search/jql", body) == 200


def filled(**switches: object) -> Desk:
    """120 issues more, half a minute later."""
    desk = Desk(**switches)
    for _ in range(3):
        assert desk.status("POST", "issue/bulk", {"issueUpdates": [desk.fields(labels=["many"])] * 40}) == 201
    desk.now += 30
    return desk


def test_pages_follow_tokens_to_the_last() -> None:
    desk = filled()
    seen: list[str] = []
    body: dict[str, Any] = {"jql": "labels = many ORDER BY key", "fields": ["key"]}
    sizes = []
    while True:
        page = desk.ask("POST", "search/jql", body)[1]
        seen += [one["key"] for one in page["issues"]]
        sizes.append(len(page["issues"]))
        if page["isLast"]:
            break
        body["nextPageToken"] = page["nextPageToken"]
    assert sizes == [50, 50, 20] and "nextPageToken" not in page
    assert seen == [f"DATA-{number}" for number in range(3, 123)]


@pytest.mark.parametrize(("fields", "length"), [(["key"], 120), (["summary"], 100)])
def test_a_page_with_fields_is_shorter(fields: list[str], length: int) -> None:
    body = {"jql": "labels = many", "fields": fields, "maxResults": 5000}
    assert len(filled().ask("POST", "search/jql", body)[1]["issues"]) == length


def test_a_token_ends_with_its_query_and_after_a_week() -> None:
    desk = filled()
    token = desk.ask("POST", "search/jql", {"jql": "labels = many"})[1]["nextPageToken"]
    assert desk.status("POST", "search/jql", {"jql": "project = DATA", "nextPageToken": token}) == 400
    desk.now += 7 * 24 * 3600
    assert desk.status("POST", "search/jql", {"jql": "labels = many", "nextPageToken": token}) == 200
    desk.now += 1
    assert desk.status("POST", "search/jql", {"jql": "labels = many", "nextPageToken": token}) == 400


@pytest.mark.parametrize(("order", "first"), [("newest-first", "DATA-122"), ("oldest-first", "DATA-3")])
def test_the_order_that_nobody_asked_for(order: str, first: str) -> None:
    assert filled(search_order=order).search("labels = many")[0] == first


def test_a_scattered_order_is_neither() -> None:
    found = filled(search_order="scattered").search("labels = many AND key < DATA-20")
    assert len(found) == 17 and found not in (sorted(found), sorted(found, reverse=True))


def test_counting() -> None:
    desk = filled()
    assert desk.ask("POST", "search/approximate-count", {"jql": "labels = many"}) == (200, {"count": 120})
    assert desk.status("POST", "search/approximate-count", {"jql": ""}) == 400
    assert desk.status("POST", "search/approximate-count", {"jql": "labels = many", "maxResults": 1}) == 400


@pytest.mark.parametrize(("method", "version"), [("GET", 2), ("POST", 2), ("GET", 3), ("POST", 3)])
def test_the_old_search_is_gone_from_cloud(method: str, version: int) -> None:
    status, answer = Desk().ask(method, f"/rest/api/{version}/search?jql=", {} if method == "POST" else None)
    assert status == 410 and answer["errorMessages"][0].startswith("The requested API has been removed.")


# Data Center's search ----------------------------------------------------------------------------------------


def test_offset_pages_with_a_total() -> None:
    desk = filled(deployment="Server")
    body = {"jql": "labels = many ORDER BY key", "startAt": 100, "maxResults": 50, "fields": ["summary"]}
    page = desk.ask("POST", "search", body)[1]
    assert (page["startAt"], page["maxResults"], page["total"], len(page["issues"])) == (100, 50, 120, 20)
    assert page["issues"][0]["fields"] == {"summary": "A plan"}


def test_data_center_needs_no_restriction_and_cuts_long_pages() -> None:
    page = filled(deployment="Server").ask("GET", "search?jql=ORDER+BY+key&maxResults=5000")[1]
    assert page["maxResults"] == 1000 and page["total"] == 122 and "status" in page["issues"][0]["fields"]


@pytest.mark.parametrize("body", [{"jql": "project = NOPE"}, {"jql": 5}, {"startAt": -1}, {"fields": "summary"}])
def test_an_offset_search_that_is_refused(body: object) -> None:
    assert Desk(deployment="Server").status("POST", "search", body) == 400
