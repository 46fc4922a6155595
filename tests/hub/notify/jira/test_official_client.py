"""The Jira sandbox through the common Python client, which nobody here wrote (apis/jira.md section 8)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connectors.sandbox import Fault
from connectors.sandbox_server import serve_on_loopback
from hub.notify.jira.sandbox import JiraSandbox
from tests.hub.notify.jira.sandbox_desk import document

jira = pytest.importorskip("jira")

TASK = {"project": {"key": "DATA"}, "issuetype": {"name": "Task"}, "summary": "A plan"}


class Bench:
    """A sandbox behind HTTP with the client connected to it."""

    def __init__(self, deployment: str, url: str, box: JiraSandbox) -> None:
        self.box = box
        self.cloud = deployment == "Cloud"
        given = box.demo_credentials()
        auth: dict[str, Any] = {"token_auth": given["pat"]}
        if self.cloud:
            auth = {"basic_auth": (given["email"], given["api_token"]), "options": {"rest_api_version": "3"}}
        proxies = {"http": "", "https": ""}
        self.client = jira.JIRA(server=url, max_retries=0, timeout=10, proxies=proxies, **auth)

    def text(self, words: str) -> Any:
        return document(words) if self.cloud else words


@contextmanager
def opened(deployment: str, context: str = "") -> Iterator[Bench]:
    box = JiraSandbox(switches={"deployment": deployment, "context_path": context, "index_delay": 0})
    with serve_on_loopback(box) as server:
        yield Bench(deployment, server.url + context, box)


@pytest.fixture(params=["Cloud", "Server", "Server under /jira"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    deployment, _, context = request.param.partition(" under ")
    with opened(deployment, context) as ready:
        yield ready


@pytest.fixture
def cloud() -> Iterator[Bench]:
    with opened("Cloud") as ready:
        yield ready


def test_it_knows_the_deployment_and_the_user(bench: Bench) -> None:
    assert bench.client.deploymentType == ("Cloud" if bench.cloud else "Server")
    assert bench.client.myself()["displayName"] == "Schema Sync Hub"
    assert bench.client.server_info()["versionNumbers"][0] == (1001 if bench.cloud else 10)


def test_it_creates_finds_edits_and_deletes(bench: Bench) -> None:
    made = bench.client.create_issue(fields={**TASK, "labels": ["tph-a"], "description": bench.text("Hi")})
    (found,) = bench.client.search_issues('labels = "tph-a"', fields="summary,labels")
    assert found.key == made.key == "DATA-3" and found.fields.labels == ["tph-a"]
    made.update(fields={"summary": "New"}, update={"labels": [{"add": "more"}]})
    again = bench.client.issue(made.key)
    assert again.fields.summary == "New" and again.fields.labels == ["more", "tph-a"]
    again.delete()
    with pytest.raises(jira.JIRAError) as gone:
        bench.client.issue(made.id)
    assert gone.value.status_code == 404


def test_it_creates_without_reading_back_and_several_at_once(bench: Bench) -> None:
    assert bench.client.create_issue(fields=TASK, prefetch=False).key == "DATA-3"
    made = bench.client.create_issues([TASK, {**TASK, "labels": ["a b"]}], prefetch=False)
    assert made[0]["issue"].key == "DATA-4" and "labels" in json.dumps(made[1])


def test_the_whole_body_through_its_session(bench: Bench) -> None:
    body = {"fields": TASK, "properties": [{"key": "hub.mark", "value": {"v": 1}}]}
    answer = bench.client._session.post(bench.client._get_url("issue"), data=json.dumps(body))
    assert answer.status_code == 201
    assert bench.client.issue_property(answer.json()["key"], "hub.mark").value.v == 1


def test_it_searches_page_by_page(bench: Bench) -> None:
    for _ in range(5):
        bench.client.create_issue(fields={**TASK, "labels": ["many"]}, prefetch=False)
    found = bench.client.search_issues("labels = many ORDER BY key", maxResults=False, fields="key,summary")
    assert [one.key for one in found] == [f"DATA-{number}" for number in range(3, 8)]
    one = bench.client.search_issues("labels = many ORDER BY key", maxResults=2, fields="summary", json_result=True)
    assert len(one["issues"]) == 2 and ("total" in one) != bench.cloud


def test_it_searches_by_post(bench: Bench) -> None:
    found = bench.client.search_issues("labels = checkout", fields="summary", use_post=True)
    assert [one.key for one in found] == ["DATA-1"]


def test_properties_come_with_the_enhanced_search(cloud: Bench) -> None:
    cloud.client.add_issue_property("DATA-1", "k", 7)
    (found,) = cloud.client.enhanced_search_issues("labels = checkout", fields="summary", properties="k")
    assert found.raw["properties"] == {"k": 7}
    assert cloud.client.approximate_issue_count("labels = checkout") == 1


@pytest.mark.parametrize("use_post", [False, True])
def test_known_ids_are_reconciled(cloud: Bench, use_post: bool) -> None:
    cloud.box.set_switch("index_delay", 60)
    made = cloud.client.create_issue(fields={**TASK, "labels": ["tph-a"]}, prefetch=False)
    assert not cloud.client.enhanced_search_issues("labels = tph-a")
    found = cloud.client.enhanced_search_issues("labels = tph-a", reconcileIssues=[int(made.id)], use_post=use_post)
    assert [one.key for one in found] == [made.key]


def test_properties(bench: Bench) -> None:
    assert bench.client.add_issue_property("DATA-1", "k", {"v": 1}).status_code == 201
    assert bench.client.add_issue_property("DATA-1", "k", {"v": 2}).status_code == 200
    assert [one.key for one in bench.client.issue_properties("DATA-1")] == ["k"]
    assert bench.client.issue_property("DATA-1", "k").value.v == 2


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::Warning")
def test_remote_links(bench: Bench) -> None:
    target = {"url": "https://hub.example.com/p/1", "title": "Publication 1"}
    first = bench.client.add_remote_link("DATA-1", target, globalId="hub:publish:1", relationship="published by")
    again = bench.client.add_remote_link("DATA-1", {**target, "title": "Changed"}, globalId="hub:publish:1")
    simple = bench.client.add_simple_link("DATA-1", target)
    assert first.id == again.id != simple.id
    assert [one.object.title for one in bench.client.remote_links("DATA-1")] == ["Changed", "Publication 1"]
    assert bench.client.remote_link("DATA-1", first.id).globalId == "hub:publish:1"
    bench.client.delete_remote_link("DATA-1", global_id="hub:publish:1")
    bench.client.delete_remote_link("DATA-1", internal_id=str(simple.id))
    assert bench.client.remote_links("DATA-1") == []


def test_comments(bench: Bench) -> None:
    made = bench.client.add_comment("DATA-2", bench.text("First"))
    made.update(body=bench.text("Second"))
    (shown,) = bench.client.comments("DATA-2")
    assert shown.id == made.id and bench.client.comment("DATA-2", made.id).raw["body"] == shown.raw[
        "body"
    ] == bench.text("Second")
    shown.delete()
    assert bench.client.comments("DATA-2") == []


def test_transitions(bench: Bench) -> None:
    assert [one["name"] for one in bench.client.transitions("DATA-1")] == ["To Do", "Done"]
    bench.client.transition_issue("DATA-1", "Done")
    assert bench.client.issue("DATA-1").fields.status.name == "Done"
    key = bench.client.create_issue(fields={**TASK, "project": {"key": "OPS"}}, prefetch=False).key
    bench.client.transition_issue(key, "Resolve Issue", fields={"resolution": {"name": "Duplicate"}})
    assert bench.client.issue(key).fields.resolution.name == "Duplicate"


def test_people(bench: Bench) -> None:
    bench.client.assign_issue("DATA-2", "mara")
    assert bench.client.issue("DATA-2").fields.assignee.displayName == "Mara Lind"
    bench.client.assign_issue("DATA-2", None)
    assert bench.client.issue("DATA-2").fields.assignee is None
    bench.client.add_watcher("DATA-2", "mara")
    assert bench.client.watchers("DATA-2").watchCount == 1
    asked = {"query": "mara"} if bench.cloud else {"username": "mara"}
    found = bench.client.search_assignable_users_for_issues(project="DATA", **asked)
    assert [one.displayName for one in found] == ["Mara Lind"]


def test_screens_and_fields(bench: Bench) -> None:
    assert {"summary", "labels"} <= {one["id"] for one in bench.client.fields()}
    if bench.cloud:
        assert bench.client.createmeta(projectKeys="DATA")["projects"][0]["issuetypes"][0]["name"] == "Task"
        return
    task = bench.client.project_issue_types("DATA")[0]
    assert "labels" in [one.fieldId for one in bench.client.project_issue_fields("DATA", task.id)]
    with pytest.raises(jira.JIRAError):
        bench.client.createmeta(projectKeys="DATA")


def test_a_refusal_reaches_it_with_its_text(bench: Bench) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        bench.client.create_issue(fields={**TASK, "labels": ["a b"]})
    assert refused.value.status_code == 400
    assert refused.value.text == "The label 'a b' contains spaces which is invalid."


def test_wrong_credentials_stop_it(bench: Bench) -> None:
    bench.box.edit({"do": "revoke"})
    with pytest.raises(jira.JIRAError) as refused:
        bench.client.myself()
    assert refused.value.status_code == 401


def test_without_retries_a_lost_answer_is_one_request(bench: Bench) -> None:
    bench.box.faults.append(Fault("lost", on="POST .*/issue$"))
    with pytest.raises(Exception, match=r"(?i)connection|aborted|closed"):
        bench.client.create_issue(fields={**TASK, "labels": ["tph-a"]})
    assert bench.box.created_with("tph-a") == 1
