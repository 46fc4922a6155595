"""kill -9 of the process that tells people, at its requests and commits: the next ones say the rest, and nothing twice.

The real signal to real processes, at every request and at every third commit. Every step of every kind of news, with
Jira's index lagging, is in `test_telling_crash.py`, which does not wait for processes to start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.telling_processes import Death, Office, ignore, office
from tests.acceptance.workshop import at_peace, killer

PLAN = """\
format: 1
name: Harbour
events:
  Ferry Boarded:
    description: Somebody went aboard.
    owners: [ana@example.com]
    properties:
      deck: {type: integer, required: true, maximum: 3}
"""


def first(desk: Office) -> None:
    desk.publish(PLAN)


def second(desk: Office) -> None:
    first(desk)
    desk.deliver_all()
    desk.publish(PLAN.replace("integer", "number"))


MOMENTS = [
    pytest.param(first, "Cloud", id="a first publish, told to Jira Cloud"),
    pytest.param(second, "Server", id="a second one, told to Jira Data Center"),
]


@pytest.fixture
def desk(news: Callable[[Office], None], deployment: str, tmp_path: Path) -> Iterator[Office]:
    """Something was published, and nobody was told."""
    with office(tmp_path, deployment) as found:
        news(found)
        found.save()
        yield found


def undisturbed(desk: Office) -> tuple[dict[str, Any], int]:
    """What people see without trouble, and how many requests that takes."""
    desk.restore()
    desk.deliver_all()
    return desk.seen(), sum(len(box.log) for box in desk.people.values())


def afterwards(desk: Office, death: Death | None = None, started: Callable[[int], None] = ignore) -> dict[str, Any]:
    """What people see in the end when the first who tells them is killed."""
    desk.restore()
    assert desk.deliver(death, started).exit_code == -9
    at_peace(desk.shop)
    desk.deliver_all()
    return desk.seen()


@pytest.mark.process
@pytest.mark.parametrize("news, deployment", MOMENTS)
def test_killed_at_any_request_it_says_everything_once(desk: Office) -> None:
    calm, requests = undisturbed(desk)
    assert requests > 6
    for at in range(requests):
        after = at % 2 == 0 if desk.jira.switch("deployment") == "Cloud" else at % 2 == 1
        assert afterwards(desk, started=killer(desk.shop, at, after=after)) == calm, (at, after)


@pytest.mark.process
@pytest.mark.parametrize("news, deployment", MOMENTS)
def test_killed_at_a_commit_it_says_everything_once(desk: Office) -> None:
    calm, _ = undisturbed(desk)
    for at in range(0, 12, 3):
        assert afterwards(desk, Death(at, after=at % 2 == 0)) == calm, at


@pytest.mark.process
def test_a_publish_killed_while_it_tells_people_leaves_nothing_said_twice(tmp_path: Path) -> None:
    """At every fourth request to the tool, to Slack and to Jira, in the order in which they come."""
    with office(tmp_path) as desk:
        desk.save()
        plan = desk.folder / "plan.yaml"
        plan.write_text(PLAN, encoding="utf-8")
        for at in range(0, 20, 4):
            desk.restore()
            run = desk.shop.run("publish", str(plan), "--yes", started=killer(desk.shop, at, after=at % 8 == 0))
            assert run.exit_code == -9, at
            at_peace(desk.shop)
            assert desk.shop.run("publish", str(plan), "--yes").exit_code == 0
            desk.deliver_all()
            assert_told_once(desk)


def assert_told_once(desk: Office) -> None:
    """Every key once in Slack, one issue, and the newest message says how it ended."""
    seen = desk.seen()
    keys = [key for one in seen["slack"] for key in (one["key"], *(reply["key"] for reply in one["replies"]))]
    assert sorted(set(keys)) == sorted(keys)
    assert seen["slack"][-1]["text"].startswith("OK: Harbour v1 is published to 1 tool")
    assert [(one["made"], len(one["comments"])) for one in seen["jira"].values()] == [(1, 0)]
