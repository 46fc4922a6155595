"""Publishes that no channel has room for, and plans full of what is markup somewhere: told whole or counted, readable.

The sandboxes validate what they are sent as strictly as the vendors' documentation, and the hub tells everybody.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.notify.jira.sandbox import JiraSandbox
from mappings.canonical import TrackingPlan
from tests.acceptance.telling import DEPLOYMENTS, Port, issues, threads
from tests.acceptance.tools import Tools

MARKUP = "<&>*_~`|{}[]#@!^+-?? \\ \"a\" 's' %s ${x} {{y}} :boom: <!channel> <@U0ADA0001> &amp; {code} h1. 👩‍🚀 🇩🇪 שלום"
"""What is markup in mrkdwn, in wiki text or in HTML, and what is not but looks like it."""
ODD = "\u202eback\u202c one\u2028two\u2029three zero\u200bwidth \x7f bell \u0085 e\u0301 \ufeff 漢字 ☃️"
"""What a channel may drop or replace, and must not be refused for."""
LONG = "N" * 994


def a_big_plan() -> TrackingPlan:
    event = {
        "description": "Somebody came by.",
        "owners": ["ana@example.com"],
        "properties": {"boat": {"type": "string", "required": True}, "length": {"type": "number", "minimum": 1}},
    }
    return TrackingPlan.model_validate(
        {"name": "Harbour", "events": {f"Quay {n:04} Passed": event for n in range(2000)}}
    )


def a_plan_of_markup(kind: str = "string") -> TrackingPlan:
    prop = {"description": MARKUP, "enum": [MARKUP, "```", "{noformat}", "]]>"]}
    texts = {"description": f"{MARKUP}\n* {MARKUP}\n{ODD}", "category": MARKUP, "tags": [MARKUP, ODD]}
    people = {"owners": ["ana@example.com"], "sources": [MARKUP]}
    event = {**texts, **people, "properties": {MARKUP: prop, f"{MARKUP} 2": {"type": kind}, ODD: {"type": "string"}}}
    long = {"description": LONG, "owners": ["ana@example.com", LONG], "properties": {LONG: {"type": kind}}}
    events = {MARKUP: event, f"{ODD} 1": event, **{f"{LONG}{n:06}": long for n in range(3)}}
    return TrackingPlan.model_validate({"name": MARKUP, "events": events})


def told(folder: Path, *plans: TrackingPlan) -> Port:
    """These were published one after the other, and all was told to Slack and to both kinds of Jira."""
    port = Port(Tools.open(folder, plans[0], ("mixpanel",)))
    port.settle("slack")
    for deployment in DEPLOYMENTS:
        port.with_jira(deployment, deployment)
    for plan in plans:
        port.publish(plan)
        port.settle_down()
    return port


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    port = told(tmp_path_factory.mktemp("big"), a_big_plan())
    yield port
    port.close()


@pytest.fixture(scope="module")
def markup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    port = told(tmp_path_factory.mktemp("markup"), a_plan_of_markup(), a_plan_of_markup("number"))
    yield port
    port.close()


@pytest.fixture(params=["big", "markup"])
def port(request: pytest.FixtureRequest) -> Port:
    found: Port = request.getfixturevalue(request.param)
    return found


def jira(port: Port, deployment: str) -> JiraSandbox:
    box = port.people[deployment]
    assert isinstance(box, JiraSandbox)
    return box


def shown(body: Any) -> str:
    """A text as it was sent, a document as one line of its texts."""
    return body if isinstance(body, str) else " ".join(re.findall(r'"text": "((?:[^"\\]|\\.)*)"', json.dumps(body)))


def read(port: Port, name: str) -> str:
    """What a person reads on the page of Slack or Jira, spaces squeezed."""
    page = re.sub(r"<style>.*?</style>", "", port.people[name].page(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_everything_arrives_and_nothing_is_refused(port: Port) -> None:
    assert {one.state for one in port.outbox.messages(limit=1000)} == {"confirmed"}
    assert [entry for box in port.people.values() for entry in box.log if entry.status >= 400] == []


def test_slack_needs_no_second_attempt(port: Port) -> None:
    """Slack refuses blocks with a 200, and the channel would then tell a single line."""
    posted = [entry for entry in port.people["slack"].log if entry.path.endswith("chat.postMessage")]
    assert len(posted) == len(port.posts()) and all(len(post["blocks"]) > 1 for post in port.posts())


def test_slack_counts_what_it_has_no_room_for(big: Port) -> None:
    ((message,),) = (threads(big.posts()),)
    text = "\n".join(block["text"]["text"] for block in message["replies"][0]["blocks"] if "text" in block)
    left = re.findall(r"… and <[^|]*\|([\d,]+) more>", text)
    assert len(re.findall(r"Quay \d{4} Passed", text)) + int(left[0].replace(",", "")) == 2000
    assert "2,000 new since the last publish" in message["text"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_jira_counts_what_it_has_no_room_for(big: Port, deployment: str) -> None:
    (issue,) = issues(jira(big, deployment)).values()
    told, left, _ = re.split(r"(?:…|\\u2026) and ([\d,]+) more", shown(issue["description"]))
    assert len(set(re.findall(r"Quay \d{4} Passed", told))) + int(left.replace(",", "")) == 2000
    assert issue["summary"].endswith("2,000 new")


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_jira_shows_markup_as_it_was_written(markup: Port, deployment: str) -> None:
    page = read(markup, deployment)
    assert page.count(MARKUP) > 10 and f"{MARKUP} 2" in page


def test_slack_shows_markup_as_it_was_written(markup: Port) -> None:
    told = "\n".join(json.dumps(post["blocks"], ensure_ascii=False) for post in markup.posts())
    assert {one.partition("^")[0] for one in re.findall(r"<[!@#][^>]*>", told)} == {"<!date"}
    assert "&lt;!channel&gt; &lt;@U0ADA0001&gt; &amp;amp;" in told
    assert MARKUP.replace("`", "'") in read(markup, "slack")


def test_long_names_show_their_beginning_and_their_end(markup: Port) -> None:
    for name in ("slack", *DEPLOYMENTS):
        assert re.search(r"NNNNNNNNNN…N+000002", read(markup, name)), name


def test_the_example_can_be_copied_whatever_is_in_the_names(markup: Port) -> None:
    """Signs that do not print are lost or replaced on the way into Jira, so the JSON spells them out."""
    documents = [one["description"] for one in issues(jira(markup, "Cloud")).values()]
    examples = [json.loads(text) for document in documents for text in code_blocks(document)]
    (example,) = (one["properties"] for one in examples if one["event"] == MARKUP)
    assert example.keys() == {MARKUP, f"{MARKUP} 2", ODD}


def code_blocks(node: Any) -> Iterator[str]:
    """The texts of a document's code blocks that are told whole."""
    if node.get("type") == "codeBlock" and node["content"][0]["text"].endswith("}"):
        yield node["content"][0]["text"]
    for inner in node.get("content", ()):
        yield from code_blocks(inner)
