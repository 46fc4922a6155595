"""Issues over the sandbox, on both deployments: made once, kept up to date, and never against a person."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors import errors
from hub.notify.story import line
from tests.hub.notify.jira.channel_desk import KEY, Desk, label, said
from tests.hub.notify.jira.stories import story

DAY = 86_400.0


# Making ---------------------------------------------------------------------------------------------------------


def test_whoami_names_the_account_the_place_and_the_project(desk: Desk) -> None:
    line_ = desk.connect().whoami()
    assert all(word in line_ for word in ("Schema Sync Hub", "sandbox.test", "DATA", "Task"))
    assert ("Jira Cloud" in line_) == desk.cloud


def test_a_first_put_makes_one_issue_that_says_it_all(desk: Desk) -> None:
    delivered = desk.tell(story(mentions=("ana",), labels=("tracking plan",)))
    (issue,) = desk.issues()
    assert issue["summary"] == "Web plan, version 42" and set(issue["labels"]) == {"tracking-plan", label()}
    assert "What to instrument" in said(issue["description"]) and "property_2" in said(issue["description"])
    assert issue["assignee"] == "712020:demo-mara" and delivered.url.endswith(f"/browse/{issue['key']}")
    assert (delivered.remote["id"], delivered.remote["key"]) == (issue["id"], issue["key"])


def test_the_mark_stands_in_the_issue_from_the_first_moment(desk: Desk) -> None:
    desk.try_once(story())
    body = json.loads(desk.creations()[0].body)
    assert body["properties"][0]["key"] == "hub.trackingplan"
    assert body["properties"][0]["value"]["dedupe_key"] == KEY and body["properties"][0]["value"]["v"] == 1
    assert desk.issues()[0]["properties"]["hub.trackingplan"]["dedupe_key"] == KEY


def test_a_data_center_that_drops_properties_of_a_new_issue_gets_them_after() -> None:
    desk = Desk.of("Server", dc_create_properties="ignored")
    desk.try_once(story())
    assert desk.issues()[0]["properties"]["hub.trackingplan"]["dedupe_key"] == KEY


def test_the_issue_points_to_the_hubs_page_once(desk: Desk) -> None:
    desk.tell(story())
    desk.tell(story(title="Another title"))
    (link,) = desk.issues()[0]["links"]
    assert "https://hub.example/p/42" in json.dumps(link)


def test_nothing_is_pointed_to_where_the_hub_has_no_page(desk: Desk) -> None:
    desk.tell(story(url=""))
    assert not desk.issues()[0]["links"]


def test_a_site_that_forbids_links_gets_the_issue_all_the_same(desk: Desk) -> None:
    desk.edit("take-permission", project="DATA", permission="LINK_ISSUES")
    assert "no link to the hub" in str(desk.tell(story()).remote["note"]).lower() and len(desk.issues()) == 1


def test_two_keys_are_two_issues(desk: Desk) -> None:
    desk.tell(story())
    desk.forget()
    desk.tell(story(), key="publication:42:bob")
    assert len(desk.issues()) == len(desk.issues("publication:42:bob")) == 1


def test_the_issue_type_parent_labels_and_fields_of_the_settings_are_used(desk: Desk) -> None:
    desk.options = {"issue_type": "bug", "labels": ["data plan"], "fields": {"priority": {"name": "High"}}}
    desk.tell(story())
    (issue,) = desk.issues()
    assert issue["priority"] == "High" and "data-plan" in issue["labels"] and issue["type"] == "101002"


def test_on_cloud_the_issue_may_belong_to_an_epic() -> None:
    desk = Desk.of("Cloud")
    desk.options = {"parent": "DATA-1"}
    desk.tell(story())
    assert json.loads(desk.creations()[0].body)["fields"]["parent"] == {"key": "DATA-1"}


def test_a_story_of_two_thousand_parts_is_one_issue(desk: Desk) -> None:
    desk.tell(story(parts=2_000))
    assert "more, among them" in said(desk.issues()[0]["description"])


def test_markup_characters_everywhere_are_taken_as_text(desk: Desk) -> None:
    words = "{code}*_|[x|y]{{!}}^~-+#\\ h1. <&> 😀 \"' @mara"
    desk.tell(story(title=words, lead=({"block": "paragraph", "line": line(words)},), labels=(words,)))
    assert desk.issues()[0]["summary"] == words


def test_a_title_of_any_length_on_any_number_of_lines_is_a_summary(desk: Desk) -> None:
    desk.tell(story(title="Line\n" * 200))
    summary = desk.issues()[0]["summary"]
    assert len(summary) <= 255 and summary.startswith("Line Line") and summary.endswith("…")


def test_what_concerns_several_owners_is_assigned_to_none(desk: Desk) -> None:
    desk.tell(story(mentions=("ana", "bob")))
    assert desk.issues()[0]["assignee"] is None


@pytest.mark.parametrize("prefix", ["context", "gateway"])
def test_what_stands_before_the_api_in_base_url_is_kept(prefix: str) -> None:
    desk = Desk.of("Server", context_path="/jira") if prefix == "context" else Desk.of("Cloud")
    path = "/jira" if prefix == "context" else "/ex/jira/00000000-demo-4000-8000-000000000001"
    desk.options = {"base_url": f"https://sandbox.test{path}"}
    desk.tell(story())
    assert len(desk.issues()) == 1 and all(one.path.startswith(f"{path}/rest/api/") for one in desk.sandbox.log)


# The project's screen -------------------------------------------------------------------------------------------


def test_without_labels_on_the_screen_the_mark_ends_the_summary(desk: Desk) -> None:
    desk.edit("take-off-screen", project="DATA", type="Task", field="labels")
    remote = desk.tell(story()).remote
    assert desk.issue(remote["id"])["summary"] == f"Web plan, version 42 [{label()[:12]}]"
    assert "labels" in str(remote["note"])


def test_without_labels_on_the_screen_the_issue_is_found_again_by_its_summary(desk: Desk) -> None:
    desk.edit("take-off-screen", project="DATA", type="Task", field="labels")
    first = desk.tell(story()).remote["id"]
    desk.forget()
    desk.time.sleep(60)
    assert desk.tell(story(title="Changed")).remote["id"] == first
    assert desk.issue(first)["summary"] == f"Changed [{label()[:12]}]" and len(desk.creations()) == 1


@pytest.mark.parametrize("field", ["assignee", "description", "parent"])
def test_another_field_off_the_screen_is_left_out_and_told(desk: Desk, field: str) -> None:
    desk.edit("take-off-screen", project="DATA", type="Task", field=field)
    desk.options = {"parent": "DATA-1"} if field == "parent" else {}
    remote = desk.tell(story(mentions=("ana",))).remote
    assert f"takes no {field}" in str(remote["note"]) and len(desk.issues()) == 1


def test_an_optional_field_that_jira_refuses_is_dropped_and_sent_again_once(desk: Desk) -> None:
    desk.options = {"people": {"ana": "712020:demo-tomas" if desk.cloud else "tomas"}}
    remote = desk.tell(story(mentions=("ana",))).remote
    assert len(desk.creations()) == 2 and len(desk.issues()) == 1 and "assignee" in str(remote["note"])


def test_a_required_field_nobody_told_of_is_named_with_the_way_out(desk: Desk) -> None:
    desk.edit("require", project="DATA", type="Task", field="customfield_10010")
    with pytest.raises(errors.Misconfigured, match="customfield_10010") as caught:
        desk.tell(story())
    assert "fields.customfield_10010" in caught.value.hint and not desk.creations()


def test_a_required_field_with_a_value_in_the_settings_is_no_trouble(desk: Desk) -> None:
    desk.edit("require", project="DATA", type="Task", field="customfield_10010")
    desk.options = {"fields": {"customfield_10010": "web"}}
    desk.tell(story())
    assert len(desk.issues()) == 1


def test_the_screen_is_read_once_per_connection(desk: Desk) -> None:
    channel = desk.connect()
    for number in range(3):
        desk.forget()
        desk.try_once(story(), key=f"k{number}", channel=channel)
    assert sum("createmeta" in one.path for one in desk.sandbox.log) == 2
    assert sum("serverInfo" in one.path for one in desk.sandbox.log) == 1


def test_without_a_description_on_the_screen_the_story_is_told_below(desk: Desk) -> None:
    desk.edit("take-off-screen", project="DATA", type="Task", field="description")
    id_ = desk.tell(story()).remote["id"]
    desk.tell(story(title="Version 43", parts=5))
    first, second = (said(one["body"]) for one in desk.issue(id_)["comments"])
    assert "Event 1" in first and "Event 4" in second and desk.issue(id_)["summary"] == "Version 43"


def test_a_subtask_without_a_parent_names_the_setting(desk: Desk) -> None:
    desk.options = {"issue_type": "Subtask"}
    with pytest.raises(errors.Misconfigured) as caught:
        desk.tell(story())
    assert "parent" in caught.value.hint and not desk.issues()


# Editing --------------------------------------------------------------------------------------------------------


def test_a_later_put_is_an_edit_of_the_same_issue(desk: Desk) -> None:
    first = desk.tell(story()).remote["id"]
    second = desk.tell(story(title="Version 43", parts=1)).remote["id"]
    assert first == second and desk.issue(first)["summary"] == "Version 43"
    assert "Event 0" in said(desk.issue(first)["description"]) and "Event 1" not in said(
        desk.issue(first)["description"]
    )


def test_the_same_story_again_writes_nothing(desk: Desk) -> None:
    desk.tell(story())
    desk.sandbox.log.clear()
    desk.tell(story())
    assert not desk.requests("POST", "PUT")


def edit_description(desk: Desk, id_: Any, words: str) -> None:
    document = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}],
    }
    desk.edit("edit", issue=id_, description=document if desk.cloud else words)


def test_a_persons_description_is_kept_and_the_news_comes_as_a_comment(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    edit_description(desk, id_, "We split this in two.")
    remote = desk.tell(story(title="Version 43", parts=5)).remote
    issue = desk.issue(id_)
    assert said(issue["description"]) == "We split this in two." and issue["summary"] == "Version 43"
    assert (
        len(issue["comments"]) == 1 and "Event 4" in said(issue["comments"][0]["body"]) and "comment" in remote["note"]
    )


def test_the_same_news_below_a_persons_description_comes_once(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    edit_description(desk, id_, "Mine.")
    for parts in (5, 5, 6):
        desk.tell(story(parts=parts))
    assert len(desk.issue(id_)["comments"]) == 2 and said(desk.issue(id_)["description"]) == "Mine."


def test_a_persons_summary_stays_while_the_description_goes_on(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("edit", issue=id_, summary="Checkout work")
    for number in (43, 44):
        desk.tell(story(title=f"Version {number}", parts=number - 40))
    assert desk.issue(id_)["summary"] == "Checkout work" and "Event 3" in said(desk.issue(id_)["description"])


def test_other_things_that_people_change_are_not_touched(desk: Desk) -> None:
    id_ = desk.tell(story(mentions=("ana",))).remote["id"]
    desk.edit("edit", issue=id_, assignee="tomas", priority="High")
    desk.edit("unlabel", issue=id_, label=label())
    desk.tell(story(title="Version 43", mentions=("ana",)))
    issue = desk.issue(id_)
    assert (issue["assignee"], issue["priority"], issue["labels"]) == ("712020:demo-tomas", "High", [])
    assert issue["summary"] == "Version 43"


def test_a_removed_property_is_made_up_for_by_what_the_outbox_remembers(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("forget-property", issue=id_, key="hub.trackingplan")
    desk.tell(story(title="Version 43", parts=1))
    assert "Event 1" not in said(desk.issue(id_)["description"]) and not desk.issue(id_)["comments"]
    assert desk.issue(id_)["properties"]["hub.trackingplan"]["dedupe_key"] == KEY


def test_a_moved_issue_is_edited_where_it_is(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    key = desk.edit("move", issue=id_, project="OPS")["key"]
    delivered = desk.tell(story(title="Version 43"))
    assert delivered.remote["key"] == key and delivered.url.endswith(key) and desk.issue(id_)["summary"] == "Version 43"


def test_a_deleted_issue_is_not_made_again_behind_a_persons_back(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("delete", issue=id_)
    with pytest.raises(errors.NotFound) as caught:
        desk.tell(story(title="Version 43"))
    assert "--anew" in caught.value.hint and len(desk.creations()) == 1


def test_a_deleted_issue_told_anew_is_another_one(desk: Desk) -> None:
    first = desk.tell(story()).remote["id"]
    desk.edit("delete", issue=first)
    desk.forget()
    assert desk.tell(story()).remote["id"] != first and len(desk.issues()) == 1


def test_an_edit_that_meets_another_one_is_tried_again(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("conflict", times=1)
    desk.tell(story(title="Version 43"))
    assert desk.issue(id_)["summary"] == "Version 43" and desk.troubles[0].verdict == "retry"


def test_twenty_five_edits_in_no_time_stay_below_the_limit_of_one_issue() -> None:
    desk = Desk.of("Cloud")
    channel = desk.connect()
    for number in range(25):
        desk.try_once(story(title=f"Version {number}"), channel=channel)
    assert not [one for one in desk.sandbox.log if one.status == 429] and desk.issues()[0]["summary"] == "Version 24"


# Closing and opening --------------------------------------------------------------------------------------------


def test_news_open_a_closed_issue_again(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("transition", issue=id_, to="Done")
    desk.time.sleep(29 * DAY)
    assert desk.tell(story(title="Version 43")).remote["id"] == id_
    assert desk.status(id_) == "To Do" and desk.issue(id_)["summary"] == "Version 43"


def test_the_same_story_leaves_a_closed_issue_closed(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("transition", issue=id_, to="Done")
    desk.tell(story())
    assert desk.status(id_) == "Done"


def test_an_issue_closed_long_ago_is_followed_by_a_new_one(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("transition", issue=id_, to="Done")
    desk.time.sleep(31 * DAY)
    second = desk.tell(story(title="Version 43")).remote["id"]
    assert second != id_ and desk.status(id_) == "Done" and desk.issue(second)["summary"] == "Version 43"
    assert desk.tell(story(title="Version 44")).remote["id"] == second and len(desk.creations()) == 2


def test_the_issue_that_follows_is_linked_to_the_one_before(desk: Desk) -> None:
    first = desk.tell(story()).remote
    desk.edit("transition", issue=first["id"], to="Done")
    desk.time.sleep(31 * DAY)
    second = desk.tell(story(title="Version 43")).remote
    (link,) = (json.loads(one.body) for one in desk.sandbox.log if one.path.endswith("/issueLink"))
    assert (link["inwardIssue"]["key"], link["outwardIssue"]["key"]) == (second["key"], first["key"])
    assert link["type"] == {"name": "Relates"}


def test_the_issue_that_follows_is_found_again_without_any_memory(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("transition", issue=id_, to="Done")
    desk.time.sleep(31 * DAY)
    second = desk.tell(story(title="Version 43")).remote["id"]
    desk.forget()
    desk.time.sleep(60)
    assert desk.tell(story(title="Version 44")).remote["id"] == second


def test_without_a_way_back_a_closed_issue_is_followed_too(desk: Desk) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("transition", issue=id_, to="Done")
    desk.edit("take-permission", project="DATA", permission="TRANSITION_ISSUES")
    assert desk.tell(story(title="Version 43")).remote["id"] != id_


def test_a_workflow_with_a_reopening_transition_is_gone_back(desk: Desk) -> None:
    desk.options = {"project": "OPS"}
    id_ = desk.tell(story()).remote["id"]
    desk.edit("transition", issue=id_, to="Resolved", resolution="Done")
    assert desk.tell(story(title="Version 43")).remote["id"] == id_ and desk.status(id_) == "Open"


@pytest.mark.parametrize("name", ["done", "Done"])
def test_a_story_that_is_done_moves_its_issue_on(desk: Desk, name: str) -> None:
    desk.options = {"when_done": name}
    id_ = desk.tell(story()).remote["id"]
    remote = desk.tell(story(done=True)).remote
    assert desk.status(id_) == "Done" and "note" not in remote


@pytest.mark.parametrize("name", ["Resolve Issue", "resolved"])
def test_the_way_is_known_by_its_own_name_or_where_it_leads(desk: Desk, name: str) -> None:
    desk.options = {"when_done": name, "project": "OPS"}
    id_ = desk.tell(story(done=True)).remote["id"]
    desk.tell(story(title="Version 43", done=True))
    assert desk.status(id_) == "Resolved" and desk.issue(id_)["summary"] == "Version 43"


@pytest.mark.parametrize("name", ["Done", "In Progress"])
def test_done_twice_is_no_error_and_no_second_move(desk: Desk, name: str) -> None:
    desk.options = {"when_done": name}
    desk.tell(story(done=True))
    assert "note" not in desk.tell(story(done=True)).remote
    assert sum(one.path.endswith("/transitions") and one.method == "POST" for one in desk.sandbox.log) == 1


def test_an_issue_that_a_person_closed_is_not_moved_again(desk: Desk) -> None:
    desk.options = {"when_done": "In Progress"}
    id_ = desk.tell(story()).remote["id"]
    desk.edit("transition", issue=id_, to="Done")
    desk.tell(story(done=True))
    assert desk.status(id_) == "Done"


def test_a_transition_that_does_not_exist_is_told_and_no_error(desk: Desk) -> None:
    desk.options = {"when_done": "Shipped"}
    remote = desk.tell(story(done=True)).remote
    assert "'Shipped'" in remote["note"] and desk.status(remote["id"]) == "To Do"


def test_without_when_done_nobody_is_moved(desk: Desk) -> None:
    assert desk.status(desk.tell(story(done=True)).remote["id"]) == "To Do"
