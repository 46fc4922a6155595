"""Comments over the sandbox, on both deployments: said once, below the issue they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import errors
from tests.hub.notify.jira.channel_desk import Desk, label, said
from tests.hub.notify.jira.stories import story

REPLY = "publication:42:ana:reply"


def parent(desk: Desk) -> dict[str, Any]:
    """An issue to comment on; what follows is about the comment."""
    remote = desk.tell(story()).remote
    desk.forget()
    desk.sandbox.log.clear()
    return dict(remote)


def document() -> dict[str, Any]:
    """What a person says on Cloud who says nothing."""
    return {"type": "doc", "version": 1, "content": []}


def comment(desk: Desk, issue: dict[str, Any], **more: Any) -> Any:
    return desk.tell(story(parts=1, **more), key=REPLY, verb="add", parent=issue)


def test_an_add_is_a_comment_below_its_issue(desk: Desk) -> None:
    issue = parent(desk)
    delivered = comment(desk, issue)
    (held,) = desk.issue(issue["id"])["comments"]
    assert "Event 0" in said(held["body"]) and delivered.remote == {
        "id": issue["id"],
        "key": issue["key"],
        "comment": held["id"],
    }
    assert delivered.url.endswith(f"/browse/{issue['key']}?focusedCommentId={held['id']}")


def test_a_comment_carries_its_mark_where_the_deployment_has_a_place_for_it(desk: Desk) -> None:
    issue = parent(desk)
    comment(desk, issue)
    (held,) = desk.issue(issue["id"])["comments"]
    if desk.cloud:
        assert held["properties"]["hub.trackingplan"]["dedupe_key"] == REPLY and label(REPLY) not in said(held["body"])
    else:
        assert held["body"].endswith(label(REPLY))


def test_a_comment_costs_one_request_when_nothing_went_wrong(desk: Desk) -> None:
    comment(desk, parent(desk))
    assert [(one.method, one.path.rsplit("/", 1)[1]) for one in desk.sandbox.log] == [
        ("GET", "serverInfo"),
        ("POST", "comment"),
    ]


@pytest.mark.parametrize("kind", ["lost", "cut", "refuse", "html"])
def test_a_lost_answer_makes_no_second_comment(desk: Desk, kind: str) -> None:
    issue = parent(desk)
    desk.fault(kind, "POST .*/comment$", status=502)
    comment(desk, issue)
    assert len(desk.issue(issue["id"])["comments"]) == 1


def test_a_lost_request_that_may_still_be_under_way_is_given_two_seconds(desk: Desk) -> None:
    issue = parent(desk)
    desk.fault("refuse", "POST .*/comment$")
    for _ in range(2):
        with pytest.raises(errors.UnknownOutcome):
            desk.try_once(story(parts=1), key=REPLY, verb="add", parent=issue)
    desk.time.sleep(desk.troubles[-1].retry_after or 0)
    desk.try_once(story(parts=1), key=REPLY, verb="add", parent=issue)
    assert desk.troubles[-1].retry_after == pytest.approx(2, abs=0.5) and len(desk.issue(issue["id"])["comments"]) == 1


def test_a_refused_comment_is_sent_again_without_looking(desk: Desk) -> None:
    issue = parent(desk)
    desk.fault("status", "POST .*/comment$", status=429, headers={"Retry-After": "30"})
    with pytest.raises(errors.RateLimited):
        desk.try_once(story(parts=1), key=REPLY, verb="add", parent=issue)
    desk.time.sleep(30)
    desk.try_once(story(parts=1), key=REPLY, verb="add", parent=issue)
    assert not [one for one in desk.requests("GET") if one.path.endswith("/comment")]


def test_a_lost_comment_is_found_among_hundreds(desk: Desk) -> None:
    issue = parent(desk)
    desk.fault("lost", "POST .*/comment$")
    with pytest.raises(errors.UnknownOutcome):
        desk.try_once(story(parts=1), key=REPLY, verb="add", parent=issue)
    for number in range(230):
        desk.edit("comment", issue=issue["id"], body=document() if desk.cloud else str(number))
    comment(desk, issue)
    assert len(desk.issue(issue["id"])["comments"]) == 231


def test_a_comment_that_was_told_is_not_told_again(desk: Desk) -> None:
    issue = parent(desk)
    first = comment(desk, issue)
    assert comment(desk, issue).remote == first.remote and len(desk.issue(issue["id"])["comments"]) == 1


def test_below_a_deleted_issue_nothing_can_be_said(desk: Desk) -> None:
    issue = parent(desk)
    desk.edit("delete", issue=issue["id"])
    with pytest.raises(errors.NotFound) as caught:
        comment(desk, issue)
    assert "--anew" in caught.value.hint


def test_an_issue_full_of_comments_says_so() -> None:
    desk = Desk.of("Cloud", most_comments=3)
    issue = parent(desk)
    for _ in range(3):
        desk.edit("comment", issue=issue["id"], body=document())
    with pytest.raises(errors.TooLarge) as caught:
        comment(desk, issue)
    assert "Remove comments" in caught.value.hint


def test_comments_without_end_stay_below_the_limit_of_one_issue() -> None:
    desk = Desk.of("Cloud")
    issue, channel = parent(desk), desk.connect()
    desk.time.sleep(31)
    for number in range(120):
        desk.forget()
        desk.tell(story(parts=0), key=f"reply {number}", verb="add", parent=issue, channel=channel)
    assert len(desk.issue(issue["id"])["comments"]) == 120
    assert not [one for one in desk.sandbox.log if one.status == 429]


def test_an_add_on_its_own_is_an_issue(desk: Desk) -> None:
    desk.tell(story(), key=REPLY, verb="add")
    assert len(desk.issues(REPLY)) == 1


def test_a_story_of_two_thousand_parts_is_one_comment(desk: Desk) -> None:
    issue = parent(desk)
    desk.tell(story(parts=2_000), key=REPLY, verb="add", parent=issue)
    assert "more, among them" in said(desk.issue(issue["id"])["comments"][0]["body"])
