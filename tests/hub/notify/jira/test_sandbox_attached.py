"""Properties, remote links, comments and transitions in the Jira sandbox (apis/jira.md sections 3, 5 and 6)."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.hub.notify.jira.sandbox_desk import Desk, document

LINK = {
    "globalId": "hub:publish:1",
    "application": {"type": "com.example.hub", "name": "Hub"},
    "relationship": "published by",
    "object": {
        "url": "https://hub.example.com/p/1",
        "title": "Publication 1",
        "summary": "Two events",
        "status": {"resolved": True, "icon": {}},
    },
}
BY_GLOBAL_ID = f"issue/DATA-1/remotelink?globalId={quote('hub:publish:1', safe='')}"
NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."


# Properties --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["issue/DATA-1", "project/DATA"])
def test_a_property_from_its_first_write_to_its_end(place: str) -> None:
    desk = Desk()
    path = f"{place}/properties/hub.mark"
    assert desk.ask("PUT", path, {"v": 1}) == (201, None) and desk.ask("PUT", path, [2]) == (200, None)
    assert desk.ask("GET", path) == (200, {"key": "hub.mark", "value": [2]})
    assert [one["key"] for one in desk.ask("GET", f"{place}/properties")[1]["keys"]] == ["hub.mark"]
    assert [desk.status("DELETE", path), desk.status("DELETE", path), desk.status("GET", path)] == [204, 404, 404]


def test_a_property_write_may_answer_with_a_body() -> None:
    assert Desk(property_put_body="json").ask("PUT", "issue/DATA-1/properties/k", 1) == (201, {"key": "k"})


@pytest.mark.parametrize(
    ("key", "body"), [("k" * 256, 1), ("k", None), ("k", b"null"), ("k", "x" * 32_767), ("k", b"{")]
)
def test_a_property_out_of_bounds(key: str, body: Any) -> None:
    desk = Desk()
    assert desk.status("PUT", f"issue/DATA-1/properties/{key}", body, content_type="application/json") == 400
    assert desk.ask("GET", "issue/DATA-1/properties")[1] == {"keys": []}


def test_a_property_at_the_bounds() -> None:
    desk = Desk()
    assert desk.status("PUT", f"issue/DATA-1/properties/{'k' * 255}", "x" * 32_766) == 201
    assert desk.status("PUT", "issue/DATA-99/properties/k", 1) == 404


# Remote links ------------------------------------------------------------------------------------------------


def test_a_remote_link_is_created_once_and_then_replaced() -> None:
    desk = Desk()
    first, again = desk.ask("POST", "issue/DATA-1/remotelink", LINK), desk.ask("POST", "issue/DATA-1/remotelink", LINK)
    assert first[0] == 201 and again[0] == 200 and first[1] == again[1]
    shown = desk.ask("GET", BY_GLOBAL_ID)[1]
    assert shown["object"]["status"]["resolved"] is True and shown["relationship"] == "published by"


def test_what_an_update_leaves_out_is_gone() -> None:
    desk = Desk()
    desk.send("POST", "issue/DATA-1/remotelink", LINK)
    desk.send(
        "POST", "issue/DATA-1/remotelink", {"globalId": "hub:publish:1", "object": {"url": "https://x", "title": "T"}}
    )
    shown = desk.ask("GET", BY_GLOBAL_ID)[1]
    assert "relationship" not in shown and "summary" not in shown["object"] and shown["application"] == {}


def test_without_a_global_id_each_link_is_a_new_one() -> None:
    desk = Desk()
    body = {"object": LINK["object"]}
    assert [desk.status("POST", "issue/DATA-1/remotelink", body) for _ in range(2)] == [201, 201]
    assert len(desk.ask("GET", "issue/DATA-1/remotelink")[1]) == 2


def test_links_are_an_array_and_one_link_is_an_object() -> None:
    desk = Desk()
    made = desk.ask("POST", "issue/DATA-1/remotelink", LINK)[1]
    assert [one["id"] for one in desk.ask("GET", "issue/DATA-1/remotelink")[1]] == [made["id"]]
    assert desk.ask("GET", BY_GLOBAL_ID)[1]["id"] == made["id"] and isinstance(made["id"], int)
    assert desk.status("GET", "issue/DATA-1/remotelink?globalId=other") == 404


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"object": {"url": "https://x"}}, {"title": "'title' is required."}),
        ({"object": {"title": "x"}}, {"url": "'url' is required."}),
        ({"object": None}, {"title": "'title' is required.", "url": "'url' is required."}),
        ({"globalId": "x" * 256}, {"globalId": "'globalId' must not be longer than 255 characters."}),
        ({"globalId": 7}, {"globalId": "'globalId' must be a string."}),
        ({"relationship": 1}, {"relationship": "'relationship' must be a string."}),
        ({"application": "Hub"}, {"application": "'application' must be an object."}),
        (
            {"object": {**LINK["object"], "status": {"resolved": "yes"}}},  # type: ignore[dict-item]
            {"resolved": "'resolved' must be a boolean."},
        ),
    ],
)
def test_a_link_that_is_refused(change: dict[str, Any], errors: dict[str, str]) -> None:
    desk = Desk()
    answer = desk.ask("POST", "issue/DATA-1/remotelink", {**LINK, **change})
    assert answer == (400, {"errorMessages": [], "errors": errors})
    assert desk.ask("GET", "issue/DATA-1/remotelink")[1] == []


def test_links_by_number_and_their_removal() -> None:
    desk = Desk()
    number = desk.ask("POST", "issue/DATA-1/remotelink", LINK)[1]["id"]
    path = f"issue/DATA-1/remotelink/{number}"
    assert desk.status("PUT", path, {**LINK, "relationship": "moved"}) == 204
    assert desk.ask("GET", path)[1]["relationship"] == "moved"
    assert [desk.status("DELETE", path), desk.status("GET", path)] == [204, 404]
    desk.send("POST", "issue/DATA-1/remotelink", LINK)
    assert [desk.status("DELETE", BY_GLOBAL_ID) for _ in range(2)] == [204, 404]
    assert desk.status("DELETE", "issue/DATA-1/remotelink") == 400


def test_an_issue_holds_so_many_links() -> None:
    desk = Desk(most_links=3)
    assert [
        desk.status("POST", "issue/DATA-1/remotelink", {**LINK, "globalId": str(number)}) for number in range(4)
    ] == [201, 201, 201, 413]
    assert desk.status("POST", "issue/DATA-1/remotelink", {**LINK, "globalId": "0"}) == 200


# Comments ----------------------------------------------------------------------------------------------------


def test_comments_are_listed_oldest_first_or_as_asked() -> None:
    desk = Desk()
    ids = [desk.ask("POST", "issue/DATA-2/comment", {"body": document(text)})[1]["id"] for text in "abc"]

    def listed(query: str) -> list[str]:
        return [one["id"] for one in desk.ask("GET", f"issue/DATA-2/comment?{query}")[1]["comments"]]

    assert listed("") == listed("orderBy=created") == listed("orderBy=+created") == ids
    assert listed("orderBy=-created") == ids[::-1] and listed("startAt=1&maxResults=1") == ids[1:2]
    assert desk.ask("GET", "issue/DATA-2/comment?startAt=1&maxResults=1")[1]["total"] == 3
    assert desk.status("GET", "issue/DATA-2/comment?orderBy=author") == 400


@pytest.mark.parametrize(
    ("deployment", "body", "text"),
    [
        ("Cloud", "plain", NO_DOCUMENT),
        (
            "Cloud",
            document("x" * 32_768),
            TOO_LONG,
        ),
        ("Cloud", None, NO_DOCUMENT),
        ("Server", document("x"), "Operation value must be a string"),
        ("Server", " ", "Comment body can not be empty!"),
        ("Server", "x" * 32_768, TOO_LONG),
    ],
)
def test_a_comment_that_is_refused(deployment: str, body: Any, text: str) -> None:
    answer = Desk(deployment=deployment).ask("POST", "issue/DATA-1/comment", {"body": body})
    assert answer == (400, {"errorMessages": [], "errors": {"comment": text}})


def test_the_other_words_for_a_comment_that_is_no_document() -> None:
    answer = Desk(comment_refusal="comment").ask("POST", "issue/DATA-1/comment", {"body": "x"})[1]
    assert answer["errors"] == {"comment": "Comment body is not valid!"}


def test_the_status_of_a_comment_without_the_right() -> None:
    desk = Desk(comment_permission_status=403)
    desk.box.edit({"do": "take-permission", "project": "DATA", "permission": "ADD_COMMENTS"})
    assert desk.status("POST", "issue/DATA-1/comment", {"body": document("x")}) == 403


def test_properties_of_comments_are_listed_by_id() -> None:
    desk = Desk()
    body = {"body": document("x"), "properties": [{"key": "hub.mark", "value": 7}]}
    identifier = desk.ask("POST", "issue/DATA-1/comment", body)[1]["id"]
    wanted = {"ids": [int(identifier), 1]}
    (found,) = desk.ask("POST", "comment/list?expand=properties", wanted)[1]["values"]
    assert found["properties"] == [{"key": "hub.mark", "value": 7}]
    assert "properties" not in desk.ask("POST", "comment/list", wanted)[1]["values"][0]
    assert desk.ask("GET", f"comment/{identifier}/properties/hub.mark") == (200, {"key": "hub.mark", "value": 7})
    assert [desk.status("PUT", f"comment/{identifier}/properties/n", 1) for _ in range(2)] == [201, 200]
    assert len(desk.ask("GET", f"comment/{identifier}/properties")[1]["keys"]) == 2


def test_a_comment_only_some_may_see_and_ids_nobody_knows() -> None:
    desk = Desk()
    body = {"body": document("x"), "visibility": {"type": "role", "value": "Administrators"}}
    assert desk.ask("POST", "issue/DATA-1/comment", body)[1]["visibility"] == body["visibility"]
    assert desk.status("GET", "comment/1/properties") == 404
    assert desk.status("GET", "comment/10000/properties/none") == 404
    assert desk.status("GET", "issue/DATA-1/comment?startAt=x") == 400
    assert desk.status("GET", "project/NOPE/properties") == 404


@pytest.mark.parametrize("ids", [[], ["1"], [1] * 1001, None])
def test_a_list_of_comments_is_refused(ids: Any) -> None:
    assert Desk().status("POST", "comment/list", {"ids": ids}) == 400


def test_a_comment_is_changed_in_place_and_removed() -> None:
    desk = Desk()
    identifier = desk.ask("POST", "issue/DATA-1/comment", {"body": document("x")})[1]["id"]
    path = f"issue/DATA-1/comment/{identifier}"
    desk.now += 60
    status, changed = desk.ask("PUT", path, {"body": document("y")})
    assert status == 200 and changed["body"] == document("y") and changed["updated"] > changed["created"]
    assert desk.ask("GET", path)[1] == changed
    assert [desk.status("DELETE", path), desk.status("GET", path), desk.status("PUT", path, {})] == [204, 404, 404]


def test_an_issue_holds_so_many_comments() -> None:
    desk = Desk(most_comments=3)
    sent = [desk.status("POST", "issue/DATA-2/comment", {"body": document("x")}) for _ in range(4)]
    assert sent == [201, 201, 201, 413]


# Transitions -------------------------------------------------------------------------------------------------


def test_a_transition_is_offered_once_and_refused_when_it_is_done() -> None:
    desk = Desk()
    offered = desk.ask("GET", "issue/DATA-1/transitions")[1]["transitions"]
    assert [(one["id"], one["to"]["statusCategory"]["key"]) for one in offered] == [("11", "new"), ("31", "done")]
    body = {"transition": {"id": "31"}, "fields": {}, "update": {"comment": [{"add": {"body": document("Done")}}]}}
    assert desk.ask("POST", "issue/DATA-1/transitions", body) == (204, None)
    assert desk.field("DATA-1", "status")["name"] == "Done" and desk.field("DATA-1", "comment")["total"] == 2
    assert desk.status("POST", "issue/DATA-1/transitions", body) == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"transition": {"name": "Done"}},
        {"transition": "31"},
        {"transition": {"id": "99"}},
        {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}},
    ],
)
def test_a_transition_that_is_refused(body: Any) -> None:
    desk = Desk()
    assert desk.status("POST", "issue/DATA-1/transitions", body) == 400
    assert desk.field("DATA-1", "status")["name"] == "In Progress"


def test_nobody_is_offered_what_nobody_may_do() -> None:
    desk = Desk()
    desk.box.edit({"do": "take-permission", "project": "DATA", "permission": "TRANSITION_ISSUES"})
    assert desk.ask("GET", "issue/DATA-1/transitions")[1]["transitions"] == []


def test_a_workflow_with_arrows_and_a_screen() -> None:
    desk = Desk()
    key = desk.create(project={"key": "OPS"})
    path = f"issue/{key}/transitions"
    assert [one["name"] for one in desk.ask("GET", path)[1]["transitions"]] == ["Start Progress", "Resolve Issue"]
    assert desk.status("POST", path, {"transition": {"id": "5"}}) == 400
    done = {"transition": {"id": "5"}, "fields": {"resolution": {"name": "Duplicate"}}}
    assert desk.status("POST", path, done) == 204 and desk.field(key, "resolution")["name"] == "Duplicate"
    assert desk.status("POST", path, {"transition": {"id": "711"}, "fields": {"resolution": None}}) == 204
    assert desk.field(key, "resolution") is None


@pytest.mark.parametrize(("switch", "status"), [("anywhere", 204), ("screen-only", 400)])
def test_a_comment_with_a_transition_that_has_no_screen(switch: str, status: int) -> None:
    body = {"transition": {"id": "31"}, "update": {"comment": [{"add": {"body": document("x")}}]}}
    assert Desk(transition_comment=switch).status("POST", "issue/DATA-1/transitions", body) == status


# Site --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deployment", "types", "fields"), [("Cloud", "issueTypes", "fields"), ("Server", "values", "values")]
)
def test_screens(deployment: str, types: str, fields: str) -> None:
    desk = Desk(deployment=deployment)
    desk.box.edit({"do": "take-off-screen", "project": "DATA", "type": "Task", "field": "labels"})
    task = desk.ask("GET", "issue/createmeta/DATA/issuetypes")[1][types][0]
    screen = desk.ask("GET", f"issue/createmeta/DATA/issuetypes/{task['id']}")[1][fields]
    held = {one["fieldId"]: one["required"] for one in screen}
    assert task["name"] == "Task" and held["summary"] and held["priority"] is False and "labels" not in held
    assert len(desk.ask("GET", f"issue/createmeta/DATA/issuetypes/{task['id']}?maxResults=2")[1][fields]) == 2


def test_screens_are_refused() -> None:
    desk = Desk()
    status, answer = desk.ask("GET", "issue/createmeta/DATA/issuetypes?maxResults=201")
    assert status == 400 and answer["errorMessages"] == ["Parameter 'maxResults' must not exceed the limit '200'"]
    assert desk.status("GET", "issue/createmeta/NOPE/issuetypes") == 400
    assert desk.status("GET", "issue/createmeta/DATA/issuetypes/1") == 400


def test_the_old_screens_are_gone_from_data_center() -> None:
    assert Desk().ask("GET", "issue/createmeta?projectKeys=DATA")[1]["projects"][0]["key"] == "DATA"
    assert Desk(deployment="Server").status("GET", "issue/createmeta") == 404


@pytest.mark.parametrize(
    ("deployment", "query", "status", "names"),
    [
        ("Cloud", "project=DATA&query=mara", 200, ["Mara Lind"]),
        ("Cloud", "project=DATA&query=tomas", 200, []),
        ("Cloud", "issueKey=DATA-1&query=", 200, ["Schema Sync Hub", "Mara Lind"]),
        ("Cloud", "project=DATA", 400, None),
        ("Cloud", "query=mara", 400, None),
        ("Cloud", "project=NOPE&query=mara", 404, None),
        ("Server", "project=DATA&username=mara", 200, ["Mara Lind"]),
        ("Server", "project=DATA&query=mara", 400, None),
    ],
)
def test_people_who_can_be_assigned(deployment: str, query: str, status: int, names: list[str] | None) -> None:
    answer = Desk(deployment=deployment).ask("GET", f"user/assignable/search?{query}")
    assert answer[0] == status and (names is None or [one["displayName"] for one in answer[1]] == names)


def test_people_are_known_by_account_or_by_name() -> None:
    cloud, server = Desk().ask("GET", "myself")[1], Desk(deployment="Server").ask("GET", "myself")[1]
    assert cloud["accountId"] == "712020:demo-hub" and "name" not in cloud
    assert server["name"] == server["key"] == "hub" and "accountId" not in server


def test_one_person_is_looked_up() -> None:
    cloud, server = Desk(), Desk(deployment="Server")
    assert cloud.ask("GET", "user?accountId=712020%3Ademo-mara")[1]["displayName"] == "Mara Lind"
    assert server.ask("GET", "user?username=mara")[1]["displayName"] == "Mara Lind"
    assert cloud.status("GET", "user?username=mara") == server.status("GET", "user?username=x") == 404


def test_people_who_are_searched_for_need_not_be_assignable() -> None:
    assert [one["displayName"] for one in Desk().ask("GET", "user/search?query=tomas")[1]] == ["Tomas Ek"]


def test_permissions_that_are_asked_about() -> None:
    desk = Desk()
    desk.box.edit({"do": "take-permission", "project": "DATA", "permission": "LINK_ISSUES"})
    path = "mypermissions?projectKey=DATA&permissions=LINK_ISSUES,EDIT_ISSUES"
    rows = desk.ask("GET", path)[1]["permissions"]
    assert {key: row["havePermission"] for key, row in rows.items()} == {"LINK_ISSUES": False, "EDIT_ISSUES": True}
    assert desk.ask("GET", path.replace("projectKey=DATA", "issueKey=DATA-1"))[1]["permissions"] == rows
    assert desk.status("GET", path.replace("DATA", "NOPE")) == 404
    assert desk.status("GET", "mypermissions") == 400 and desk.status("GET", "mypermissions?permissions=FLY") == 400
