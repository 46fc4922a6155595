"""The vendors' own Python clients read what the hub told people, and find in it what the outbox's stories say."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox_server import serve_on_loopback
from hub.notify.jira.sandbox import JiraSandbox
from tests.acceptance.telling import CHANNEL, DEPLOYMENTS, Port, jira_credentials, label_of, second

jira = pytest.importorskip("jira")
slack_sdk = pytest.importorskip("slack_sdk")

Story = Mapping[str, Any]
TOLD_OTHERWISE = ("person", "time")
"""Spans that a channel may replace: by a mention, by the reader's own time zone."""


@pytest.fixture(params=DEPLOYMENTS)
def port(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Port]:
    """Two publishes, the second one with exceptions, and all was told."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    found = Port.at(tmp_path, request.param)
    second(found)
    found.settle_down()
    found.tools.time.sleep(60)
    yield found
    found.close()


def stories(port: Port, destination: str) -> dict[str, Story]:
    """What the outbox has to say there, by key."""
    found = {one.key: port.outbox.story(destination, one.key) for one in port.messages(destination)}
    return {key: one[1] for key, one in found.items() if one is not None}


def words(value: Any) -> Iterator[str]:
    """Every text of a story, or of a document, whatever it stands in."""
    if isinstance(value, list):
        for one in value:
            yield from words(one)
    elif isinstance(value, dict) and value.get("style") not in TOLD_OTHERWISE:
        yield from (str(value[key]) for key in ("text", "title") if isinstance(value.get(key), str))
        yield from (one for key, inner in value.items() if key != "data" for one in words(inner))


def squeezed(text: str) -> str:
    """Without spaces and marks, which are the channel's own."""
    return re.sub(r"[\s*_`~{}\\|]+", "", html.unescape(text))


def missing(story: Story, shown: str, *parts: str) -> list[str]:
    """Texts of these parts of a story that are not in what was shown."""
    there = squeezed(shown)
    return [one for part in parts for one in words(story[part]) if squeezed(one) not in there]


# Slack ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def messages(port: Port) -> Iterator[list[dict[str, Any]]]:
    """The channel with its threads, as `slack_sdk` reads them."""
    box = port.people["slack"]
    with serve_on_loopback(box) as server:
        token = box.demo_credentials()["token"]
        client = slack_sdk.WebClient(token=token, base_url=f"{server.url}/api", retry_handlers=[], timeout=10)
        parents = client.conversations_history(channel=CHANNEL, include_all_metadata=True)["messages"]
        threads = [
            client.conversations_replies(channel=CHANNEL, ts=one["ts"], include_all_metadata=True) for one in parents
        ]
        yield [message for thread in threads for message in thread["messages"]]


def key_of(message: Mapping[str, Any]) -> str:
    return str(message["metadata"]["event_payload"]["dedupe_key"])


def test_slack_shows_each_story_once_and_in_its_thread(port: Port, messages: list[dict[str, Any]]) -> None:
    told = stories(port, "slack")
    assert sorted(map(key_of, messages)) == sorted(told)
    named = {message["ts"]: key_of(message) for message in messages}
    parents = {one.key: one.parent or one.key for one in port.messages("slack")}
    assert {key_of(one): named[one["thread_ts"]] for one in messages} == parents


def test_slack_shows_what_the_stories_say(port: Port, messages: list[dict[str, Any]]) -> None:
    told = stories(port, "slack")
    for message in messages:
        shown = " ".join(words(message["blocks"]))
        assert missing(told[key_of(message)], shown, "lead", "parts", "footer") == [], key_of(message)
        assert told[key_of(message)]["title"] in message["text"] and told[key_of(message)]["title"] in shown


def test_slack_tells_machines_what_it_is_about(messages: list[dict[str, Any]]) -> None:
    kinds = sorted(message["metadata"]["event_type"] for message in messages)
    assert kinds == ["exceptions", "news", "news", "publication", "publication"]


# Jira -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(port: Port) -> Iterator[Any]:
    with serve_on_loopback(port.jira) as server:
        yield connected(server.url, port.jira)


def connected(url: str, box: JiraSandbox) -> Any:
    known = jira_credentials(box)
    way: dict[str, Any] = {"token_auth": known.get("pat")}
    if "email" in known:
        way = {"basic_auth": (known["email"], known["api_token"]), "options": {"rest_api_version": "3"}}
    return jira.JIRA(server=url, max_retries=0, timeout=10, proxies={"http": "", "https": ""}, **way)


def by_key(port: Port, client: Any) -> dict[str, Any]:
    """The issues that the search finds, by the key of the story that their property names."""
    found = client.search_issues("labels = tracking-plan ORDER BY key", fields="*all")
    return {client.issue_property(one.key, "hub.trackingplan").value.dedupe_key: one for one in found}


def shown_in(body: Any) -> str:
    """The text of a document, or wiki text as it is."""
    return body if isinstance(body, str) else " ".join(words(json.loads(json.dumps(body))))


def test_jira_holds_an_issue_for_each_piece_of_work(port: Port, client: Any) -> None:
    told = {key: story for key, story in stories(port, "jira").items() if story["data"]["kind"] == "work"}
    found = by_key(port, client)
    assert found.keys() == told.keys() and len(told) == 2
    for key, issue in found.items():
        assert issue.fields.summary == told[key]["title"]
        assert sorted(issue.fields.labels) == sorted([*told[key]["labels"], label_of({"labels": issue.fields.labels})])
        assert missing(told[key], shown_in(issue.raw["fields"]["description"]), "lead", "parts", "footer") == []


def test_jira_holds_the_later_publish_as_a_comment(port: Port, client: Any) -> None:
    told = {one.parent: stories(port, "jira")[one.key] for one in port.messages("jira") if one.parent}
    found = by_key(port, client)
    for key, story in told.items():
        (comment,) = client.comments(found[key].key)
        assert missing({"all": story}, shown_in(comment.raw["body"]), "all") == []
    assert told.keys() == found.keys()


def test_jira_links_to_the_publication_that_the_work_came_from(port: Port, client: Any) -> None:
    first_page = f"https://hub.example/publications/{port.tools.engine.store.publications()[-1].id}"
    for issue in by_key(port, client).values():
        (link,) = client.remote_links(issue.key)
        assert (link.object.url, link.globalId) == (first_page, f"hub:{label_of(issue.raw['fields'])}")
