"""From a publish to the next one, by commands in processes of their own: an analyst corrects a text in Mixpanel, a
person accepts it in Slack, the plan changes, and the tools and everybody who hears of it follow.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox import Request
from tests.acceptance.telling import CHANNEL
from tests.acceptance.telling_processes import Office, office
from tests.acceptance.test_commands import RUN
from tests.acceptance.workshop import TOOLS

PLAN = """\
format: 1
name: Harbour
events:
  Ferry Boarded:
    description: Somebody went aboard.  # as said on deck
    owners: [ana@example.com]
    properties:
      deck: {type: integer, required: true, maximum: 3, description: Where they stand.}
  Ticket Sold:
    description: A ticket is paid.
    owners: [ben@example.com]
    properties:
      price: {type: number, description: What is paid.}
"""
CORRECTED = "Somebody boarded the ferry."
GUARD = 60.0
"""Seconds after which a test that hangs gives up."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, tools=TOOLS) as found:
        config = tmp_path / "hub.toml"
        config.write_text(f'plan = "plan.yaml"\n{config.read_text(encoding="utf-8")}', encoding="utf-8")
        (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
        yield found


def publish(desk: Office) -> None:
    run = desk.shop.run("publish", str(desk.folder / "plan.yaml"), "--yes")
    assert run.exit_code == 0, run.output
    desk.deliver_all()


def plan(desk: Office) -> str:
    return (desk.folder / "plan.yaml").read_text(encoding="utf-8")


def messages(desk: Office, start: str = "") -> list[Mapping[str, Any]]:
    """The channel's messages and replies whose key begins so, oldest first."""
    posts = desk.people["slack"].dump()["channels"][CHANNEL]["messages"]
    return [one for one in posts if one["metadata"]["event_payload"]["dedupe_key"].startswith(start)]


@contextmanager
def serving(desk: Office) -> Iterator[str]:
    """`hub serve` while the block runs; its address."""
    command = [sys.executable, "-c", RUN, "serve", "--port", "0", "--json", "--config", str(desk.folder / "hub.toml")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said = "".join(iter(process.stdout.readline, "}\n"))
            yield str(json.loads(said + "}")["url"])
        finally:
            process.terminate()


def press(desk: Office, hub: str, message: Mapping[str, Any], act: str) -> int:
    """Ada presses a button in Slack, and all is done that follows from it; the status that Slack was answered."""
    edited = threading.Event()

    def hears(place: str, request: Request) -> None:
        if place == "slack" and request.path.endswith("chat.update"):
            edited.set()

    click = {"do": "click", "user": "U0ADA0001", "channel": CHANNEL, "ts": message["ts"], "action_id": act}
    slack = desk.people["slack"]
    sent = slack.edit({**click, "base_url": "http://127.0.0.1:9"})
    desk.shop.after_request = hears
    request = urllib.request.Request(f"{hub}/slack/actions", sent["body"].encode(), sent["headers"])
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=GUARD) as answer:
        assert edited.wait(GUARD)
        return int(answer.status)


@pytest.mark.process
def test_a_correction_in_a_tool_reaches_everybody_through_a_press_in_slack(desk: Office) -> None:
    publish(desk)
    change = {"do": "set", "name": "Ferry Boarded", "field": "description", "value": CORRECTED}
    desk.shop.sandboxes["mixpanel"].edit(change)
    assert desk.shop.run("reconcile", "--plan", str(desk.folder / "plan.yaml")).exit_code == 2
    (proposal,) = messages(desk, "proposal:")
    assert CORRECTED in str(proposal["blocks"])
    with serving(desk) as hub:
        assert press(desk, hub, proposal, "accept") == 200
    assert f"description: {CORRECTED}  # as said on deck" in plan(desk)
    (decided,) = messages(desk, "proposal:")
    assert decided["ts"] == proposal["ts"] and "accepted" in str(decided["blocks"])
    assert "actions" not in {block["type"] for block in decided["blocks"]}

    (desk.folder / "plan.yaml").write_text(plan(desk).replace("maximum: 3", "maximum: 2"), encoding="utf-8")
    publish(desk)
    assert [tool for tool, held in desk.shop.holdings().items() if CORRECTED in json.dumps(held)] == list(TOOLS)
    living = [one["text"].partition(" – ")[0] for one in messages(desk) if one.get("thread_ts", one["ts"]) == one["ts"]]
    assert [text for text in living if "published" in text] == [
        "OK: Harbour v1 is published to 4 tools",
        "OK: Harbour v2 is published to 4 tools",
    ]
    told = {one["summary"]: (one["made"], len(one["comments"])) for one in desk.seen()["jira"].values()}
    assert told == {
        "Tracking plan Harbour v2 for ana@example.com: 1 new": (1, 1),
        "Tracking plan Harbour v1 for ben@example.com: 1 new": (1, 0),
    }
