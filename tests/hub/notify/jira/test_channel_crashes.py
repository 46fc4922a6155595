"""Lost answers, dropped connections, killed processes: whatever happens at whichever request, one issue comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import errors
from tests.hub.notify.jira.channel_desk import KEY, Desk, Killed, dying, label, said
from tests.hub.notify.jira.stories import story

KINDS = ("lost", "refuse", "cut", "html")
HARD_KINDS = ("lost", "refuse")
"""What happened but was not told, and what did not happen."""
STEPS = range(11)
"""More than the requests that the first delivery of an issue takes."""


def assert_one_whole_issue(desk: Desk) -> None:
    """Exactly one was ever made, and it says everything."""
    assert desk.sandbox.created_with(label()) == 1
    (issue,) = desk.issues()
    assert "Event 1" in said(issue["description"]) and issue["properties"]["hub.trackingplan"]["dedupe_key"] == KEY
    assert len(issue["links"]) == 1 and not issue["comments"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", STEPS)
def test_trouble_at_any_request_of_a_creation_makes_one_issue(desk: Desk, kind: str, step: int) -> None:
    desk.fault(kind, skip=step, status=502)
    desk.tell(story())
    assert_one_whole_issue(desk)


@pytest.mark.parametrize("kind", HARD_KINDS)
@pytest.mark.parametrize("step", range(14))
def test_trouble_where_the_screen_has_no_description_tells_the_story_below_once(
    desk: Desk, kind: str, step: int
) -> None:
    desk.edit("take-off-screen", project="DATA", type="Task", field="description")
    desk.fault(kind, skip=step, status=502)
    desk.tell(story())
    (issue,) = desk.issues()
    assert len(issue["comments"]) == 1 and "Event 1" in said(issue["comments"][0]["body"])


@pytest.mark.parametrize("mood", ["commit-500", "commit-502", "commit-504"])
def test_an_issue_made_behind_an_error_page_is_adopted(desk: Desk, mood: str) -> None:
    desk.fault("mood", "POST .*/issue$", mood=mood)
    desk.tell(story())
    assert_one_whole_issue(desk)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 11))
def test_a_process_killed_at_any_request_of_a_creation_leaves_one_issue(desk: Desk, step: int, after: bool) -> None:
    try:
        desk.try_once(story(), channel=desk.connect(dying(desk.sandbox, step, after=after)))
    except Killed:
        desk.tell(story())
    assert_one_whole_issue(desk)


@pytest.mark.parametrize(("deployment", "delay"), [("Cloud", "index_delay"), ("Server", "server_index_delay")])
def test_after_a_crash_a_look_into_the_database_finds_what_the_search_does_not_know_yet(
    deployment: str, delay: str
) -> None:
    desk = Desk.of(deployment, **{delay: 60 if deployment == "Cloud" else 3})
    with pytest.raises(Killed):
        desk.try_once(story(), channel=desk.connect(dying(desk.sandbox, 7, after=True)))
    desk.try_once(story())
    assert_one_whole_issue(desk)


@pytest.mark.parametrize("delay", [0, 3, 60])
@pytest.mark.parametrize("lookup", ["immediate", "lagging"])
def test_a_lost_answer_makes_no_second_issue_however_late_the_search_is(delay: int, lookup: str) -> None:
    desk = Desk.of("Cloud", index_delay=delay, key_lookup=lookup)
    desk.fault("lost", "POST .*/issue$")
    desk.tell(story())
    assert_one_whole_issue(desk)


@pytest.mark.parametrize("delay", [0, 3])
def test_nor_where_a_data_center_node_lags(delay: int) -> None:
    desk = Desk.of("Server", server_index_delay=delay, key_lookup="lagging", dc_create_properties="ignored")
    desk.fault("lost", "POST .*/issue$")
    desk.tell(story())
    assert_one_whole_issue(desk)


@pytest.mark.parametrize("gap", [1, 7])
def test_keys_with_gaps_are_probed_too(gap: int) -> None:
    desk = Desk.of("Cloud", key_gap=gap, index_delay=60)
    desk.fault("lost", "POST .*/issue$")
    desk.tell(story())
    assert_one_whole_issue(desk)


def test_where_only_the_search_helps_it_is_asked_at_growing_distances() -> None:
    desk = Desk.of("Cloud", index_delay=60, key_lookup="lagging")
    desk.fault("lost", "POST .*/issue$")
    start = desk.time.now()
    with pytest.raises(errors.UnknownOutcome) as caught:
        desk.try_once(story())
    waits = [caught.value.retry_after]
    while desk.remote is None:
        desk.time.sleep(start + sum(filter(None, waits)) - desk.time.now())
        try:
            desk.try_once(story())
        except errors.UnknownOutcome as again:
            waits.append(again.retry_after)
    assert [round(wait or 0) for wait in waits] == pytest.approx([2, 3, 10, 15, 30], abs=4) and len(waits) == 5


def test_what_never_arrived_is_sent_again_after_the_grace_and_not_before(desk: Desk) -> None:
    desk.fault("refuse", "POST .*/issue$")
    with pytest.raises(errors.UnknownOutcome):
        desk.try_once(story())
    start = desk.first_sent or 0.0
    desk.tell(story())
    first, second = desk.creations()
    assert second.at - first.at >= 119 and second.at - start < 140
    assert_one_whole_issue(desk)


def test_the_second_sending_gets_its_own_grace(desk: Desk) -> None:
    desk.fault("refuse", "POST .*/issue$")
    desk.fault("lost", "POST .*/issue$")
    desk.sandbox.set_switch("key_lookup", "lagging")
    if desk.cloud:
        desk.sandbox.set_switch("index_delay", 60)
    desk.tell(story(), tries=30)
    assert_one_whole_issue(desk)


def test_the_grace_is_a_setting(desk: Desk) -> None:
    desk.options = {"grace": 10}
    desk.fault("refuse", "POST .*/issue$")
    desk.tell(story())
    first, second = desk.creations()
    assert 9 <= second.at - first.at <= 25


def test_a_refused_creation_leaves_no_grace_to_wait_for(desk: Desk) -> None:
    desk.fault("status", "POST .*/issue$", status=429, headers={"Retry-After": "30"})
    with pytest.raises(errors.RateLimited) as caught:
        desk.try_once(story())
    desk.time.sleep(caught.value.retry_after or 0)
    desk.try_once(story())
    assert_one_whole_issue(desk)


LATER = [
    ("GET .*/issue/1", {"status": 429, "headers": {"Retry-After": "30"}}, 30),
    ("remotelink", {"status": 429, "headers": {"Retry-After": "40"}}, 40),
    ("remotelink", {"status": 503, "times": 9}, 2),
    ("GET .*/issue/1", {"status": 404, "body": '{"errorMessages": ["No."], "errors": {}}'}, 2),
]


@pytest.mark.parametrize(("on", "answer", "seconds"), LATER)
def test_trouble_after_the_issue_was_made_does_not_read_as_nothing_posted(
    desk: Desk, on: str, answer: dict[str, Any], seconds: float
) -> None:
    desk.fault("status", on, **answer)
    with pytest.raises(errors.UnknownOutcome) as caught:
        desk.try_once(story())
    assert caught.value.retry_after == pytest.approx(seconds, abs=1)
    desk.sandbox.faults.clear()
    desk.tell(story())
    assert_one_whole_issue(desk)


def test_an_issue_that_the_database_shows_late_is_waited_for(desk: Desk) -> None:
    gone = {"status": 404, "body": '{"errorMessages": ["No."], "errors": {}}', "times": 2}
    desk.fault("status", "GET .*/issue/1", **gone)
    desk.tell(story())
    assert_one_whole_issue(desk)


def test_a_lost_answer_is_looked_up_before_anyone_waits() -> None:
    desk = Desk.of("Cloud", index_delay=60)
    desk.fault("lost", "POST .*/issue$")
    desk.try_once(story())
    assert_one_whole_issue(desk)


def test_a_site_that_reshapes_texts_is_not_taken_for_a_person_after_a_lost_answer() -> None:
    desk = Desk.of("Cloud")
    reshaped = {"type": "doc", "version": 1, "content": [{"type": "rule"}]}
    desk.fault("lost", "POST .*/issue$")
    desk.fault("edit", "bulkfetch", edit={"do": "edit", "issue": "DATA-3", "description": reshaped})
    id_ = desk.tell(story()).remote["id"]
    desk.tell(story(title="Version 43"))
    assert "Event 1" in said(desk.issue(id_)["description"]) and not desk.issue(id_)["comments"]


def test_an_answer_lost_long_ago_is_looked_for_once_and_sent_again(desk: Desk) -> None:
    desk.first_sent = desk.time.now() - 3_600
    desk.try_once(story())
    assert_one_whole_issue(desk)


def test_a_clone_of_our_issue_is_not_taken_for_it(desk: Desk) -> None:
    first = desk.tell(story()).remote["id"]
    desk.edit("create", project="DATA", type="Task", summary="CLONE", labels=[label()])
    desk.forget()
    desk.time.sleep(60)
    assert desk.tell(story(title="Version 43")).remote["id"] == first


def test_an_older_issue_that_somebody_gave_our_label_is_not_taken_for_it(desk: Desk) -> None:
    first = desk.tell(story()).remote["id"]
    desk.edit("label", issue="DATA-1", label=label())
    desk.forget()
    desk.time.sleep(60)
    assert desk.tell(story(title="Version 43")).remote["id"] == first


def test_an_issue_about_something_else_with_our_label_is_not_taken_for_ours(desk: Desk) -> None:
    other = desk.tell(story(), key="another").remote["id"]
    desk.edit("label", issue=other, label=label())
    desk.forget()
    desk.time.sleep(60)
    assert desk.tell(story(title="Version 43")).remote["id"] != other
    assert desk.issue(other)["summary"] == "Web plan, version 42"


def test_without_label_and_property_the_end_of_the_summary_tells_whose_it_is() -> None:
    desk = Desk.of("Server", dc_create_properties="ignored")
    desk.edit("take-off-screen", project="DATA", type="Task", field="labels")
    desk.fault("lost", "POST .*/issue$")
    id_ = desk.tell(story()).remote["id"]
    assert len(desk.creations()) == 1 and desk.issue(id_)["properties"]["hub.trackingplan"]["dedupe_key"] == KEY


def test_a_lost_memory_finds_the_issue_and_goes_on_with_it(desk: Desk) -> None:
    first = desk.tell(story()).remote["id"]
    desk.forget()
    desk.time.sleep(60)
    assert desk.tell(story(title="Version 43", parts=1)).remote["id"] == first
    assert "Event 1" not in said(desk.issue(first)["description"]) and desk.issue(first)["summary"] == "Version 43"


@pytest.mark.parametrize("kind", HARD_KINDS)
@pytest.mark.parametrize("step", range(5))
def test_trouble_at_any_request_of_an_edit_ends_in_the_edit(desk: Desk, kind: str, step: int) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.fault(kind, skip=step, status=502)
    desk.tell(story(title="Version 43", parts=1))
    desk.tell(story(title="Version 44", parts=2))
    assert desk.issue(id_)["summary"] == "Version 44" and not desk.issue(id_)["comments"] and len(desk.creations()) == 1


@pytest.mark.parametrize("kind", HARD_KINDS)
@pytest.mark.parametrize("step", range(7))
def test_trouble_below_a_persons_description_ends_in_one_comment(desk: Desk, kind: str, step: int) -> None:
    id_ = desk.tell(story()).remote["id"]
    document = {"type": "doc", "version": 1, "content": []}
    desk.edit("edit", issue=id_, description=document if desk.cloud else "Mine.")
    desk.fault(kind, skip=step, status=502)
    desk.tell(story(title="Version 43"))
    assert len(desk.issue(id_)["comments"]) == 1 and desk.issue(id_)["summary"] == "Version 43"


@pytest.mark.parametrize("kind", HARD_KINDS)
@pytest.mark.parametrize("step", range(14))
def test_trouble_on_the_way_to_an_issue_that_follows_makes_one(desk: Desk, kind: str, step: int) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.edit("transition", issue=id_, to="Done")
    desk.time.sleep(40 * 86_400)
    desk.fault(kind, skip=step, status=502)
    second = desk.tell(story(title="Version 43")).remote["id"]
    assert len(desk.all_issues()) == 4 and desk.issue(second)["summary"] == "Version 43"


@pytest.mark.parametrize("kind", HARD_KINDS)
@pytest.mark.parametrize("step", range(6))
def test_trouble_while_an_issue_is_moved_on_ends_in_the_move(desk: Desk, kind: str, step: int) -> None:
    desk.options = {"when_done": "Done"}
    id_ = desk.tell(story()).remote["id"]
    desk.fault(kind, skip=step, status=502)
    desk.tell(story(done=True))
    assert desk.status(id_) == "Done"


def test_an_hours_outage_ends_in_one_issue(desk: Desk) -> None:
    end = desk.time.now() + 3_600
    kinds = ("lost", "refuse", "html")
    attempts = 0
    while desk.time.now() < end:
        desk.fault(kinds[attempts % 3], times=99, status=503)
        with pytest.raises(errors.ToolError) as caught:
            desk.try_once(story())
        desk.time.sleep(max(caught.value.retry_after or 0.0, 60.0))
        desk.sandbox.faults.clear()
        attempts += 1
    desk.tell(story())
    assert attempts > 20
    assert_one_whole_issue(desk)


def test_what_is_needed_after_a_crash_is_noted_before_the_request(desk: Desk) -> None:
    with pytest.raises(Killed):
        desk.try_once(story(), channel=desk.connect(dying(desk.sandbox, 7, after=True)))
    assert len(desk.creations()) == 1 and desk.memo == {"newest": 2, "sent_at": desk.creations()[0].at}
