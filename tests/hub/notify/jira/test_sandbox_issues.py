"""Creating, reading, editing and deleting issues in the Jira sandbox (apis/jira.md sections 3 to 6)."""

from typing import Any

import pytest

from tests.hub.notify.jira.sandbox_desk import Desk, document

NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
NO_PARENT = "Issue type is a sub-task but parent issue key or id not specified."
NO_ISSUE = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}


def test_a_created_issue_is_answered_and_read_back() -> None:
    desk = Desk()
    status, made = desk.ask("POST", "issue", desk.fields(labels=["b", "a"], description=document("Hello")))
    assert status == 201 and made == {"id": made["id"], "key": "DATA-3", "self": made["self"]}
    read = desk.ask("GET", f"issue/{made['id']}")[1]
    assert read["fields"]["labels"] == ["a", "b"] and read["fields"]["description"] == document("Hello")
    assert read["fields"]["status"]["statusCategory"]["key"] == "new"
    assert read["fields"]["created"] == "2026-09-21T14:13:20.000+0000"


def test_labels_may_be_answered_in_the_order_given() -> None:
    desk = Desk(label_order="given")
    assert desk.field(desk.create(labels=["b", "a", "b"]), "labels") == ["b", "a"]


LONG = "x" * 256
REFUSED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"summary": None}, {"summary": "You must specify a summary of the issue."}),
    ({"summary": " "}, {"summary": "You must specify a summary of the issue."}),
    ({"summary": LONG}, {"summary": "Summary must be less than 255 characters."}),
    ({"summary": "😀" * 128}, {"summary": "Summary must be less than 255 characters."}),
    ({"summary": "a\nb"}, {"summary": "The summary is invalid because it contains newline characters."}),
    ({"summary": 4}, {"summary": "Operation value must be a string"}),
    ({"description": "plain"}, {"description": NO_DOCUMENT}),
    ({"description": {"type": "doc", "content": []}}, {"description": NO_DOCUMENT}),
    ({"description": document("x" * 32_768)}, {"description": TOO_LONG}),
    ({"labels": ["a b"]}, {"labels": "The label 'a b' contains spaces which is invalid."}),
    ({"labels": [LONG]}, {"labels": f"The label '{LONG}' is longer than 255 characters."}),
    ({"labels": "a"}, {"labels": "data was not an array"}),
    ({"labels": [""]}, {"labels": "A label must be a string that is not empty."}),
    ({"components": {"name": "Web"}}, {"components": "data was not an array"}),
    ({"assignee": "712020:demo-mara"}, {"assignee": "data was not an object"}),
    ({"priority": "High"}, {"priority": "data was not an object"}),
    ({"priority": {"name": "Urgent"}}, {"priority": "The priority selected is invalid."}),
    ({"components": [{"name": "Nowhere"}]}, {"components": "The component selected is invalid."}),
    ({"assignee": {"name": "mara"}}, {"assignee": "A user is named by accountId."}),
    ({"assignee": {"id": "nobody"}}, {"assignee": "User 'nobody' does not exist."}),
    (
        {"assignee": {"accountId": "712020:demo-tomas"}},
        {"assignee": "User '712020:demo-tomas' cannot be assigned issues."},
    ),
    ({"parent": {"key": "DATA-99"}}, {"parent": "Could not find issue by id or key."}),
    ({"project": {"key": "NOPE"}}, {"project": "valid project is required"}),
    ({"project": "DATA"}, {"project": "valid project is required"}),
    ({"issuetype": {"name": "Epic"}}, {"issuetype": "The issue type selected is invalid."}),
    ({"issuetype": None}, {"issuetype": "valid issue type is required"}),
    (
        {"issuetype": {"name": "Subtask"}},
        {"parent": NO_PARENT},
    ),
    ({"customfield_10010": 1}, {"customfield_10010": OFF_SCREEN.format("customfield_10010")}),
    ({"resolution": {"name": "Done"}}, {"resolution": OFF_SCREEN.format("resolution")}),
]


@pytest.mark.parametrize(("fields", "errors"), REFUSED)
def test_a_create_that_is_refused_stores_nothing(fields: dict[str, Any], errors: dict[str, str]) -> None:
    desk = Desk()
    body = desk.fields(**fields)
    assert desk.ask("POST", "issue", body) == (400, {"errorMessages": [], "errors": errors})
    assert len(desk.box.dump()["issues"]) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"summary": "x" * 255},
        {"description": {"type": "doc", "version": 1, "content": []}},
        {"labels": ["x" * 255]},
        {"priority": {"id": "1"}, "components": [{"name": "Web"}]},
        {"assignee": {"id": "712020:demo-mara"}},
        {"parent": {"key": "data-1"}},
        {"labels": None, "assignee": None, "parent": None},
        {"issuetype": {"id": "101002"}},
        {"issuetype": {"name": "Subtask"}, "parent": {"key": "DATA-1"}},
    ],
)
def test_a_create_at_the_edge_passes(fields: dict[str, Any]) -> None:
    assert Desk().create(**fields) == "DATA-3"


def test_all_complaints_come_at_once() -> None:
    desk = Desk()
    answer = desk.ask("POST", "issue", desk.fields(summary=None, labels=["a b"]))[1]
    assert answer["errors"].keys() == {"summary", "labels"}


def test_data_center_takes_wiki_text_and_names() -> None:
    desk = Desk(deployment="Server")
    key = desk.create(description="h2. *Hi*", assignee={"name": "mara"})
    assert desk.field(key, "description") == "h2. *Hi*" and desk.field(key, "assignee")["name"] == "mara"
    refused = desk.ask("POST", "issue", desk.fields(description=document("x"), parent={"key": "DATA-1"}))[1]
    assert refused["errors"] == {
        "description": "Operation value must be a string",
        "parent": "The issue type selected cannot have a parent.",
    }


@pytest.mark.parametrize(("switch", "status"), [("accepted", 201), ("refused", 400)])
def test_wiki_text_on_cloud(switch: str, status: int) -> None:
    desk = Desk(cloud_wiki_text=switch)
    assert desk.status("POST", "/rest/api/2/issue", desk.fields(description="Hi")) == status


def test_wiki_text_written_on_cloud_is_read_as_a_document() -> None:
    desk = Desk()
    desk.send("POST", "/rest/api/2/issue", desk.fields(description="Hi\nYou"))
    assert desk.field("DATA-3", "description") == document("Hi", "You")


def test_switches_of_length() -> None:
    deep = document(*["x"] * 1000)
    assert Desk().status("POST", "issue", Desk().fields(description=deep)) == 400
    assert Desk(document_length="text").create(description=deep)
    assert Desk(text_units="characters").create(summary="😀" * 255)


def test_task_lists_may_be_refused() -> None:
    item = {"type": "taskItem", "attrs": {"localId": "1", "state": "TODO"}}
    tasks = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "taskList", "attrs": {"localId": "0"}, "content": [item]}],
    }
    assert Desk().create(description=tasks)
    assert Desk(task_lists="refused").status("POST", "issue", Desk().fields(description=tasks)) == 400


@pytest.mark.parametrize(
    ("switch", "answer"),
    [
        ("messages", {"errorMessages": ["Field 'priority' is required"], "errors": {}}),
        ("errors", {"errorMessages": [], "errors": {"priority": "Priority is required."}}),
    ],
)
def test_a_required_field(switch: str, answer: object) -> None:
    desk = Desk(required_error=switch)
    desk.box.edit({"do": "require", "project": "DATA", "type": "Task", "field": "priority"})
    assert desk.ask("POST", "issue", desk.fields()) == (400, answer)
    assert desk.create(priority={"name": "Low"})


def test_properties_are_stored_with_the_issue() -> None:
    desk = Desk()
    body = {**desk.fields(), "properties": [{"key": "hub.mark", "value": {"v": 1}}]}
    made = desk.ask("POST", "issue", body)[1]
    assert desk.ask("GET", f"issue/{made['id']}?properties=hub.mark&fields=summary")[1]["properties"] == {
        "hub.mark": {"v": 1}
    }


@pytest.mark.parametrize(("switch", "held"), [("accepted", {"k": 1}), ("ignored", {})])
def test_properties_of_a_create_on_data_center(switch: str, held: dict[str, int]) -> None:
    desk = Desk(deployment="Server", dc_create_properties=switch)
    desk.send("POST", "issue", {**desk.fields(), "properties": [{"key": "k", "value": 1}]})
    assert desk.ask("GET", "issue/DATA-3?properties=k")[1]["properties"] == held


@pytest.mark.parametrize("bad", [{"key": "k"}, {"key": "", "value": 1}, {"key": "k" * 256, "value": 1}, "k"])
def test_a_bad_property_stops_a_create(bad: object) -> None:
    desk = Desk()
    assert desk.status("POST", "issue", {**desk.fields(), "properties": [bad]}) == 400
    assert len(desk.box.dump()["issues"]) == 2


@pytest.mark.parametrize(("identifier", "status"), [("31", 200), ("99", 400)])
def test_a_create_may_ask_for_a_transition(identifier: str, status: int) -> None:
    desk = Desk()
    made = desk.ask("POST", "issue", {**desk.fields(), "transition": {"id": identifier}})
    assert made[0] == 201 and made[1]["transition"]["status"] == status
    assert desk.field("DATA-3", "status")["name"] == ("Done" if status == 200 else "To Do")


@pytest.mark.parametrize(("gap", "key"), [(0, "DATA-4"), (1, "DATA-6"), (7, "DATA-18")])
def test_keys_may_have_gaps(gap: int, key: str) -> None:
    desk = Desk(key_gap=gap)
    desk.create()
    assert desk.create() == key


# Bulk --------------------------------------------------------------------------------------------------------


def test_a_bulk_create_of_which_one_fails() -> None:
    desk = Desk()
    status, answer = desk.ask("POST", "issue/bulk", {"issueUpdates": [desk.fields(labels=["a b"]), desk.fields()]})
    assert status == 201 and [one["key"] for one in answer["issues"]] == ["DATA-3"]
    (failure,) = answer["errors"]
    assert failure["status"] == 400 and failure["failedElementNumber"] == 0
    assert failure["elementErrors"]["errors"].keys() == {"labels"}


def test_a_bulk_create_of_which_all_fail_is_a_400_of_the_same_shape() -> None:
    desk = Desk()
    status, answer = desk.ask("POST", "issue/bulk", {"issueUpdates": [desk.fields(labels=["a b"])]})
    assert status == 400 and answer["issues"] == [] and len(answer["errors"]) == 1


def test_bulk_bounds() -> None:
    desk = Desk()
    assert desk.status("POST", "issue/bulk", {"issueUpdates": [desk.fields()] * 51}) == 400
    assert desk.status("POST", "issue/bulk", {"issueUpdates": []}) == 400
    assert desk.status("POST", "issue/bulk", {"issueUpdates": [desk.fields()] * 50}) == 201


def test_bulk_fetch_answers_in_ascending_order_without_what_is_missing() -> None:
    desk = Desk()
    body = {"issueIdsOrKeys": ["DATA-2", "data-1", "DATA-77"], "fields": ["summary"], "properties": ["k"]}
    status, answer = desk.ask("POST", "issue/bulkfetch", body)
    assert status == 200 and [one["key"] for one in answer["issues"]] == ["DATA-1", "DATA-2"]
    assert answer["issues"][0]["properties"] == {} and answer["issueErrors"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"issueIdsOrKeys": []}, {"issueIdsOrKeys": ["DATA-1"] * 101}, {"issueIdsOrKeys": ["DATA-1"], "jql": "x"}],
)
def test_bulk_fetch_refuses(body: object) -> None:
    assert Desk().status("POST", "issue/bulkfetch", body) == 400


# Reading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ("summary,labels", {"summary", "labels"}),
        ("summary,nothing", {"summary"}),
        ("*all,-comment,-description", None),
        ("-comment", None),
    ],
)
def test_fields_that_are_asked_for(fields: str, names: set[str] | None) -> None:
    shown = Desk().ask("GET", f"issue/DATA-1?fields={fields}")[1]["fields"]
    assert shown.keys() == names if names else ("summary" in shown and "comment" not in shown)


def test_an_issue_that_is_missing_or_hidden_looks_the_same() -> None:
    desk = Desk()
    assert desk.ask("GET", "issue/DATA-99") == (404, NO_ISSUE)
    desk.box.edit({"do": "take-permission", "project": "DATA", "permission": "BROWSE_PROJECTS"})
    assert desk.ask("GET", "issue/DATA-1") == (404, NO_ISSUE)


def test_a_moved_issue_is_found_by_its_old_key_and_by_its_id() -> None:
    desk = Desk()
    identifier = desk.ask("GET", "issue/DATA-1")[1]["id"]
    desk.box.edit({"do": "move", "issue": "DATA-1", "project": "OPS"})
    assert desk.ask("GET", "issue/DATA-1")[1]["key"] == desk.ask("GET", f"issue/{identifier}")[1]["key"] == "OPS-1"


@pytest.mark.parametrize(("switch", "status"), [("immediate", 200), ("lagging", 404)])
def test_a_new_issue_by_key(switch: str, status: int) -> None:
    desk = Desk(key_lookup=switch)
    key = desk.create()
    assert desk.status("GET", f"issue/{key}") == status
    fetched = desk.ask("POST", "issue/bulkfetch", {"issueIdsOrKeys": [key]})[1]["issues"]
    assert len(fetched) == (1 if status == 200 else 0)
    desk.now += 3
    assert desk.status("GET", f"issue/{key}") == 200


# Editing -----------------------------------------------------------------------------------------------------


def test_an_edit_answers_nothing_and_changes_what_it_says() -> None:
    desk = Desk()
    body = {
        "fields": {"summary": "New"},
        "update": {"labels": [{"add": "x"}, {"remove": "tracking"}]},
        "properties": [{"key": "k", "value": 1}],
        "transition": {"id": "31"},
    }
    assert desk.ask("PUT", "issue/DATA-1", body) == (204, None)
    read = desk.ask("GET", "issue/DATA-1?properties=k")[1]
    assert read["fields"]["summary"] == "New" and read["fields"]["labels"] == ["checkout", "x"]
    assert read["properties"] == {"k": 1} and read["fields"]["status"]["name"] == "In Progress"


def test_an_edit_can_change_the_type() -> None:
    desk = Desk()
    assert desk.status("PUT", "issue/DATA-1", {"fields": {"issuetype": {"name": "Bug"}}}) == 204
    assert desk.field("DATA-1", "issuetype")["name"] == "Bug"
    assert desk.status("PUT", "issue/DATA-1", {"fields": {"issuetype": {"name": "Epic"}}}) == 400


def test_adding_a_label_twice_is_the_same_as_once() -> None:
    desk = Desk()
    for _ in range(2):
        assert desk.status("PUT", "issue/DATA-1", {"update": {"labels": [{"add": "x"}]}}) == 204
    assert desk.field("DATA-1", "labels") == ["checkout", "tracking", "x"]


def test_an_edit_may_answer_the_issue_on_cloud_alone() -> None:
    body = {"fields": {"summary": "New"}}
    status, answer = Desk().ask("PUT", "issue/DATA-1?returnIssue=true", body)
    assert status == 200 and answer["fields"]["summary"] == "New"
    assert Desk(deployment="Server").ask("PUT", "issue/DATA-1?returnIssue=true", body) == (204, None)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"fields": {"labels": []}, "update": {"labels": [{"add": "x"}]}}, "labels"),
        ({"fields": {"summary": ""}}, "summary"),
        ({"fields": {"project": {"key": "OPS"}}}, "project"),
        ({"fields": {"nothing": 1}}, "nothing"),
        ({"update": {"labels": [{"add": "a b"}]}}, "labels"),
        ({"update": {"summary": [{"add": "x"}]}}, "summary"),
        ({"update": {"labels": {"add": "x"}}}, "labels"),
        ({"update": {"comment": [{"add": {"body": "plain"}}]}}, "comment"),
        ({"update": {"comment": {"add": {"body": document("x")}}}}, "comment"),
        ({"update": {"summary": [{"set": "a\nb"}]}}, "summary"),
        ({"fields": {"parent": {"key": "DATA-99"}}}, "parent"),
    ],
)
def test_an_edit_that_is_refused(body: object, name: str) -> None:
    desk = Desk()
    before = desk.box.dump()
    status, answer = desk.ask("PUT", "issue/DATA-1", body)
    assert status == 400 and answer["errors"].keys() == {name} and desk.box.dump() == before


@pytest.mark.parametrize("body", [{"fields": []}, {"update": "x"}, {"properties": {}}])
def test_an_edit_of_another_shape(body: object) -> None:
    assert Desk().status("PUT", "issue/DATA-1", body) == 400


def test_an_edit_can_set_through_an_operation_and_give_a_parent() -> None:
    desk = Desk()
    body = {"fields": {"parent": {"key": "DATA-1"}}, "update": {"summary": [{"set": "New"}]}}
    assert desk.status("PUT", "issue/DATA-2", body) == 204
    parent = desk.field("DATA-2", "parent")
    assert parent["key"] == "DATA-1" and parent["fields"]["status"]["name"] == "In Progress"
    assert [one["key"] for one in desk.field("DATA-1", "subtasks")] == ["DATA-2"]


def test_a_create_can_comment() -> None:
    desk = Desk()
    body = {**desk.fields(), "update": {"comment": [{"add": {"body": document("Hi")}}]}}
    assert desk.status("POST", "issue", body) == 201 and desk.field("DATA-3", "comment")["total"] == 1


def test_a_conflict_on_demand_goes_away_again() -> None:
    desk = Desk()
    desk.box.edit({"do": "conflict"})
    body = {"fields": {"summary": "New"}}
    assert [desk.status("PUT", "issue/DATA-1", body) for _ in range(2)] == [409, 204]


def test_an_edit_can_comment() -> None:
    desk = Desk()
    assert desk.status("PUT", "issue/DATA-2", {"update": {"comment": [{"add": {"body": document("Hi")}}]}}) == 204
    assert desk.field("DATA-2", "comment")["total"] == 1


@pytest.mark.parametrize(("switch", "written"), [("flag-ignored", True), ("edit-ignored", False)])
def test_a_quiet_edit_without_admin_rights(switch: str, written: bool) -> None:
    desk = Desk(quiet_edit_without_admin=switch)
    desk.box.edit({"do": "take-permission", "project": "DATA", "permission": "ADMINISTER_PROJECTS"})
    desk.send("PUT", "issue/DATA-1?notifyUsers=false", {"fields": {"summary": "New"}})
    assert (desk.field("DATA-1", "summary") == "New") == written


def test_screen_security_is_not_for_tokens() -> None:
    assert Desk().status("PUT", "issue/DATA-1?overrideScreenSecurity=true", {"fields": {}}) == 403


@pytest.mark.parametrize(
    ("permission", "method", "path", "body", "status"),
    [
        ("CREATE_ISSUES", "POST", "issue", Desk().fields(), 403),
        ("EDIT_ISSUES", "PUT", "issue/DATA-1", {"fields": {"summary": "x"}}, 403),
        ("EDIT_ISSUES", "PUT", "issue/DATA-1/properties/k", 1, 403),
        ("DELETE_ISSUES", "DELETE", "issue/DATA-1", None, 403),
        ("ASSIGN_ISSUES", "PUT", "issue/DATA-1/assignee", {"accountId": None}, 403),
        ("ASSIGN_ISSUES", "POST", "issue", Desk().fields(assignee={"id": "712020:demo-mara"}), 400),
        ("LINK_ISSUES", "POST", "issue/DATA-1/remotelink", {"object": {"url": "https://x", "title": "x"}}, 403),
        ("ADD_COMMENTS", "POST", "issue/DATA-1/comment", {"body": document("x")}, 400),
        ("TRANSITION_ISSUES", "POST", "issue/DATA-1/transitions", {"transition": {"id": "31"}}, 400),
        ("ADMINISTER_PROJECTS", "PUT", "project/DATA/properties/k", 1, 403),
        ("BROWSE_PROJECTS", "POST", "issue", Desk().fields(), 400),
        ("BROWSE_PROJECTS", "PUT", "issue/DATA-1", {"fields": {"summary": "x"}}, 404),
    ],
)
def test_a_permission_that_is_lost(permission: str, method: str, path: str, body: Any, status: int) -> None:
    desk = Desk()
    assert desk.status(method, path, body) < 300
    desk = Desk()
    desk.box.edit({"do": "take-permission", "project": "DATA", "permission": permission})
    assert desk.status(method, path, body) == status


def test_assigning() -> None:
    desk = Desk()
    assert desk.status("PUT", "issue/DATA-1/assignee", {"accountId": "712020:demo-hub"}) == 204
    assert desk.field("DATA-1", "assignee")["displayName"] == "Schema Sync Hub"
    assert desk.status("PUT", "issue/DATA-1/assignee", {"accountId": None}) == 204
    assert desk.field("DATA-1", "assignee") is None
    assert desk.status("PUT", "issue/DATA-1/assignee", {"accountId": "nobody"}) == 400


def test_deleting_takes_sub_tasks_along_only_when_told() -> None:
    desk = Desk()
    child = desk.create(issuetype={"name": "Subtask"}, parent={"key": "DATA-1"})
    assert desk.status("DELETE", "issue/DATA-1") == 400
    assert desk.status("DELETE", "issue/DATA-1?deleteSubtasks=true") == 204
    assert {desk.status("GET", f"issue/{one}") for one in ("DATA-1", child)} == {404}


def test_watching() -> None:
    desk = Desk()
    assert desk.ask("POST", "issue/DATA-1/watchers", "712020:demo-mara") == (204, None)
    assert desk.ask("GET", "issue/DATA-1/watchers")[1]["watchers"] == [{"accountId": "712020:demo-mara"}]
    assert desk.status("POST", "issue/DATA-1/watchers", "nobody") == 400
