"""The dry run prints what is sent afterwards, to the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.telling_processes import Office, office

PLAN = """\
format: 1
name: Harbour
events:
  Ferry <Boarded>:
    description: Somebody *went* aboard & sat down.
    owners: [ana@example.com]
    properties:
      deck: {type: integer, required: true, maximum: 3}
"""
HAPPENINGS = ("publish.started", "publish.finished")
Sent = dict[str, dict[str, Any]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """Something was published, and nobody heard of it yet."""
    with office(tmp_path) as found:
        found.publish(PLAN)
        yield found


def previewed(desk: Office) -> Sent:
    """What `hub notify preview` says that would be sent on account of the newest publication, by key."""
    newest = desk.shop.run("history", "--json").json()[0]["id"]
    file = desk.folder / "event.json"
    found: Sent = {}
    for kind in HAPPENINGS:
        file.write_text(json.dumps({"kind": kind, "plan": "Harbour", "subject": newest}), encoding="utf-8")
        rows = desk.shop.run("notify", "preview", "--event", str(file), "--json").json()
        found |= {row["key"]: row["message"] for row in rows}
    return found


def posted(desk: Office, who: str, ending: str) -> list[dict[str, Any]]:
    """The bodies of the requests to this address, oldest first."""
    log = desk.people[who].log
    return [json.loads(entry.body) for entry in log if entry.method == "POST" and entry.path.endswith(ending)]


def test_messages_to_slack(desk: Office) -> None:
    expected = {key: message for key, message in previewed(desk).items() if key.startswith("publication:")}
    desk.deliver_all()
    sent = {one["metadata"]["event_payload"]["dedupe_key"]: one for one in posted(desk, "slack", "chat.postMessage")}
    below = {key: one.pop("thread_ts", None) for key, one in sent.items()}
    assert sent == expected and sorted(map(bool, below.values())) == [False, True]


def test_a_new_issue(desk: Office) -> None:
    expected = [message for key, message in previewed(desk).items() if key.startswith("work:")]
    desk.deliver_all()
    assert posted(desk, "jira", "/issue") == expected and len(expected) == 1


def test_a_comment_below_an_issue(desk: Office) -> None:
    desk.deliver_all()
    desk.publish(PLAN.replace("integer", "number"))
    expected = [message for message in previewed(desk).values() if "body" in message]
    desk.deliver_all()
    assert posted(desk, "jira", "/comment") == expected and len(expected) == 1
