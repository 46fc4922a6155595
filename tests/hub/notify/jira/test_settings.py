"""What a Jira destination takes for settings, and what it says to the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pydantic
import pytest

from hub.notify.contract import Letter
from hub.notify.jira import KIND
from hub.notify.jira.settings import JiraSettings
from tests.hub.notify.jira.channel_desk import KEY, Desk, label, said
from tests.hub.notify.jira.stories import story

CLOUD = {"email": "a@example.com", "api_token": "t0ken", "project": "DATA", "base_url": "https://x.atlassian.net"}
SERVER = {"pat": "t0ken", "project": "DATA", "base_url": "https://jira.example.com/jira/"}


@pytest.mark.parametrize("given", [CLOUD, SERVER])
def test_one_way_in_is_enough(given: dict[str, Any]) -> None:
    settings = JiraSettings.model_validate(given)
    assert (settings.issue_type, settings.issue_per, settings.reopen_days, settings.grace) == ("Task", "owner", 30, 120)


REFUSED = [
    ({**CLOUD, "pat": "x"}, "not both"),
    ({"project": "DATA", "base_url": "https://x.atlassian.net"}, "email and api_token"),
    ({**CLOUD, "api_token": None}, "email and api_token"),
    ({**SERVER, "base_url": "jira.example.com"}, "https://"),
    ({**SERVER, "base_url": "https://x.example/?a=b"}, "https://"),
    ({**SERVER, "project": ""}, "project"),
    ({**SERVER, "issue_per": "moon"}, "issue_per"),
    ({**SERVER, "fields": {"labels": ["x"]}}, "use the setting labels"),
    ({**SERVER, "fields": {"description": "x"}}, "the hub writes it"),
    ({**SERVER, "colour": "blue"}, "colour"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_settings_that_cannot_work_say_why(given: dict[str, Any], words: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=words):
        JiraSettings.model_validate(given)


@pytest.mark.parametrize("given", [CLOUD, SERVER])
def test_the_secret_is_never_shown(given: dict[str, Any]) -> None:
    settings = JiraSettings.model_validate(given)
    assert "t0ken" not in repr(settings) + KIND.account(settings)


def test_accounts_differ_by_site_and_by_token() -> None:
    others = [{**SERVER, "pat": "other"}, {**SERVER, "base_url": "https://other.example.com"}, CLOUD, SERVER]
    assert len({KIND.account(JiraSettings.model_validate(given)) for given in others}) == 4


def test_mentions_need_to_know_people() -> None:
    stranger, friend = (JiraSettings.model_validate({**SERVER, "people": people}) for people in ({}, {"ana": "ana"}))
    assert KIND.abilities(stranger) == {"edit", "thread"} and KIND.abilities(friend) == {"edit", "thread", "mentions"}


def test_importing_the_kind_loads_no_http() -> None:
    code = "import sys, hub.notify.jira; print([one for one in ('httpx', 'tenacity') if one in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_dry_run_shows_the_request_of_a_new_issue_without_asking_anyone(desk: Desk) -> None:
    shown = KIND.render(Letter(KEY, "put", story()), desk.settings())
    assert (
        not desk.sandbox.log
        and shown["fields"]["labels"] == [label()]
        and "Event 1" in said(shown["fields"]["description"])
    )
    assert isinstance(shown["fields"]["description"], dict if desk.cloud else str)


def test_a_dry_run_shows_what_is_then_sent(desk: Desk) -> None:
    letter = Letter(KEY, "put", story(mentions=("ana",), labels=("web",)))
    desk.try_once(letter.story)
    assert KIND.render(letter, desk.settings()) == json.loads(desk.creations()[0].body)


def test_a_dry_run_of_a_comment_shows_a_comment(desk: Desk) -> None:
    shown = KIND.render(Letter(KEY, "add", story(), parent={"id": "1"}), desk.settings())
    assert "Event 1" in said(shown["body"])
