"""Refusals: each has its verdict and its next step, and none of them makes an issue, or says a secret."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import errors
from tests.hub.notify.jira.channel_desk import PATIENCE, Desk
from tests.hub.notify.jira.stories import story


def wrong_credentials(desk: Desk) -> dict[str, Any]:
    return {"api_token": "not-the-token"} if desk.cloud else {"pat": "not-the-token"}


@pytest.mark.parametrize("answer", ["401", "anonymous"])
@pytest.mark.parametrize("lost", [False, True])
def test_wrong_credentials_never_make_an_issue_even_where_jira_plays_along(
    deployment: str, answer: str, lost: bool
) -> None:
    desk = Desk.of(deployment, bad_credentials=answer)
    desk.options = wrong_credentials(desk)
    desk.first_sent = desk.time.now() - 3_600 if lost else None
    with pytest.raises(errors.Unauthorized) as caught:
        desk.tell(story())
    assert "api_token" in caught.value.hint and not desk.creations() and "not-the-token" not in str(caught.value)


@pytest.mark.parametrize("answer", ["401", "anonymous"])
def test_credentials_revoked_later_do_not_read_as_a_deleted_issue(deployment: str, answer: str) -> None:
    desk = Desk.of(deployment, bad_credentials=answer)
    desk.tell(story())
    desk.edit("revoke")
    with pytest.raises(errors.Unauthorized):
        desk.tell(story(title="Version 43"))


@pytest.mark.parametrize("answer", ["401", "anonymous"])
def test_credentials_revoked_within_a_connection_make_no_second_issue(deployment: str, answer: str) -> None:
    desk = Desk.of(deployment, bad_credentials=answer)
    channel = desk.connect()
    desk.try_once(story(), channel=channel)
    desk.forget()
    desk.edit("revoke")
    with pytest.raises(errors.Unauthorized):
        desk.try_once(story(), key="another", channel=channel)
    assert len(desk.creations()) == 1


def test_a_scoped_token_at_the_sites_own_address_learns_of_the_gateway() -> None:
    desk = Desk.of("Cloud")
    desk.options = {"api_token": "demo-jira-scoped-token"}
    with pytest.raises(errors.Unauthorized) as caught:
        desk.connect().whoami()
    assert "https://api.atlassian.com/ex/jira/" in caught.value.hint


def test_an_unknown_project_is_named(desk: Desk) -> None:
    desk.options = {"project": "NOPE"}
    with pytest.raises(errors.Misconfigured, match="NOPE") as caught:
        desk.tell(story())
    assert "project" in caught.value.hint and not desk.creations()


def test_an_unknown_issue_type_comes_with_those_there_are(desk: Desk) -> None:
    desk.options = {"issue_type": "Chore"}
    with pytest.raises(errors.Misconfigured, match="Chore") as caught:
        desk.tell(story())
    assert "Task, Bug" in caught.value.hint


PERMISSIONS = [("BROWSE_PROJECTS", "ask"), ("CREATE_ISSUES", "ask")]


@pytest.mark.parametrize(("permission", "verdict"), PERMISSIONS)
def test_a_missing_right_asks_for_it(desk: Desk, permission: str, verdict: str) -> None:
    desk.edit("take-permission", project="DATA", permission=permission)
    with pytest.raises((errors.NotEntitled, errors.Misconfigured)) as caught:
        desk.tell(story())
    assert caught.value.verdict == verdict and "Browse projects" in caught.value.hint and not desk.issues()


def test_a_refused_value_of_a_configured_field_names_the_setting(desk: Desk) -> None:
    desk.options = {"fields": {"priority": {"name": "Sky high"}}}
    with pytest.raises(errors.Misconfigured, match="priority") as caught:
        desk.tell(story())
    assert "fields.priority" in caught.value.hint and not desk.issues()


def test_a_parent_that_is_not_there_is_dropped_with_a_word(desk: Desk) -> None:
    desk.options = {"parent": "DATA-999"}
    remote = desk.tell(story()).remote
    assert "parent" in remote["note"] and len(desk.issues()) == 1


LIMITS = [
    ({"Retry-After": "30", "RateLimit-Reason": "jira-burst-based"}, 30, "at once"),
    ({"Retry-After": "7", "RateLimit-Reason": "jira-per-issue-on-write"}, 7, "one issue"),
    ({"RateLimit-Reason": "jira-quota-global-based"}, 3_600 - 1_780_000_000 % 3_600, "hour's quota"),
    ({"RateLimit-Reason": "jira-quota-tenant-based", "Retry-After": "900"}, 900, "this site"),
    ({"X-RateLimit-Reset": "2026-05-28T20:27:40Z"}, 60, "too many"),
]


@pytest.mark.parametrize(("headers", "seconds", "words"), LIMITS)
def test_too_many_requests_wait_as_long_as_jira_says(
    desk: Desk, headers: dict[str, str], seconds: float, words: str
) -> None:
    desk.fault("status", "createmeta", status=429, headers=headers)
    with pytest.raises(errors.RateLimited, match=words) as caught:
        desk.try_once(story())
    assert caught.value.retry_after == pytest.approx(seconds, abs=3)


def test_a_short_wait_is_sat_out(desk: Desk) -> None:
    desk.fault("status", "POST .*/issue$", status=429, headers={"Retry-After": "2"})
    desk.try_once(story())
    assert len(desk.issues()) == 1 and max(desk.time.slept) >= 2 <= PATIENCE


def test_retry_after_on_a_good_answer_means_nothing() -> None:
    desk = Desk.of("Server", server_rate=60)
    start = desk.time.now()
    desk.try_once(story())
    assert desk.time.now() - start < 5


def test_limits_as_data_center_enforces_them_only_slow_us_down() -> None:
    desk = Desk.of("Server", server_rate=5)
    for number in range(6):
        desk.forget()
        desk.tell(story(), key=f"k{number}")
    assert len([one for one in desk.all_issues() if one["properties"]]) == 6


def test_maintenance_before_anything_was_sent_is_only_a_pause(desk: Desk) -> None:
    desk.fault("status", "serverInfo", times=99, status=503, headers={"Retry-After": "600"})
    with pytest.raises(errors.Unavailable) as caught:
        desk.try_once(story())
    assert caught.value.retry_after == 600 and caught.value.verdict == "retry"


def test_maintenance_in_the_middle_of_a_creation_is_looked_into(desk: Desk) -> None:
    desk.fault("status", "POST .*/issue$", status=503, headers={"Retry-After": "20"})
    with pytest.raises(errors.UnknownOutcome):
        desk.try_once(story())
    desk.tell(story())
    assert len(desk.issues()) == 1


STATUSES = [
    (
        401,
        {},
        '{"errorMessages": ["Client must be authenticated to access this resource."]}',
        errors.Unauthorized,
        "pat",
    ),
    (401, {}, "Client must be authenticated to access this resource.", errors.Unauthorized, "pat"),
    (403, {}, '{"errorMessages": ["No."], "errors": {}}', errors.NotEntitled, "Create issues"),
    (403, {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE"}, "", errors.Unauthorized, "CAPTCHA"),
    (
        410,
        {},
        '{"errorMessages": ["The requested API has been removed."], "errors": {}}',
        errors.Misconfigured,
        "Update",
    ),
    (422, {}, '{"message": "Field configuration"}', errors.Misconfigured, "administrator"),
    (302, {"Location": "https://login.example.com/?secret=1"}, "", errors.Misconfigured, "base_url"),
    (
        400,
        {},
        '{"errorMessages": [], "errors": {"project": "valid project is required"}}',
        errors.Misconfigured,
        "project",
    ),
    (
        400,
        {},
        '{"errorMessages": [], "errors": {"customfield_1": "needed"}}',
        errors.Misconfigured,
        "fields.customfield_1",
    ),
    (400, {}, '{"errorMessages": [], "errors": {"summary": "Summary must be less than 255."}}', errors.Invalid, ""),
    (413, {}, '{"errorMessages": ["limit"], "errors": {}}', errors.TooLarge, "Remove"),
    (404, {}, '{"errorMessages": ["Gone."], "errors": {}}', errors.NotFound, "--anew"),
]


@pytest.mark.parametrize(("status", "headers", "body", "kind", "hint"), STATUSES)
def test_each_refusal_of_a_creation_has_its_error_and_its_next_step(
    desk: Desk, status: int, headers: dict[str, str], body: str, kind: type[errors.ToolError], hint: str
) -> None:
    desk.fault("status", "POST .*/issue$", status=status, headers=headers, body=body)
    with pytest.raises(kind) as caught:
        desk.try_once(story())
    assert type(caught.value).verdict == kind.verdict and hint in caught.value.hint
    assert not desk.issues() and desk.memo == {} and "secret=1" not in str(caught.value)


def test_a_refusal_shows_both_parts_of_its_body(desk: Desk) -> None:
    body = '{"errorMessages": ["In general."], "errors": {"summary": "In particular."}}'
    desk.fault("status", "POST .*/issue$", status=400, body=body)
    with pytest.raises(errors.Invalid, match=r"In general\.; summary: In particular\."):
        desk.try_once(story())


PAGES = [
    (200, "retry"),
    (404, "retry"),
    (500, "retry"),
    (502, "retry"),
    (401, "ask"),
    (403, "ask"),
]


@pytest.mark.parametrize(("status", "verdict"), PAGES)
def test_a_web_page_in_place_of_an_issue_is_not_read_as_gone(desk: Desk, status: int, verdict: str) -> None:
    id_ = desk.tell(story()).remote["id"]
    desk.fault("html", f"GET .*/issue/{id_}", times=99, status=status)
    with pytest.raises(errors.ToolError) as caught:
        desk.try_once(story(title="Version 43"))
    assert caught.value.verdict == verdict and "<h1>" not in str(caught.value)


def test_no_jira_at_the_address_says_which_setting_to_look_at(desk: Desk) -> None:
    desk.options = {"base_url": "https://sandbox.test/somewhere/else"}
    with pytest.raises(errors.Misconfigured) as caught:
        desk.connect().whoami()
    assert "base_url" in caught.value.hint


def test_the_credentials_of_one_deployment_at_the_other_are_refused_plainly(desk: Desk) -> None:
    desk.sandbox = Desk.of("Server" if desk.cloud else "Cloud").sandbox
    with pytest.raises(errors.Unauthorized):
        desk.connect().whoami()
