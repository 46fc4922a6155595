"""A delivery dies at every request and at every commit, or hears no answer; nobody hears anything twice for it.

Each case is a copy of the same moment: something was published, and nobody was told. `test_telling_kill.py` does the
same to real processes, at fewer places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox import Fault
from tests.acceptance.telling import NEWS, PAGES, WORLDS, Doom, Port, first, resumed, second

MOMENTS = [pytest.param(world, news, id=f"{world}, {news.__name__}") for world in WORLDS for news in NEWS]


@dataclass(frozen=True)
class Moment:
    """What was published, nobody told of it yet, and what people see once all is told without trouble."""

    port: Port
    folder: Path
    calm: dict[str, Any]
    steps: list[str]

    def after(self, name: str, trouble: Callable[[Port], None]) -> dict[str, Any]:
        """What people see in the end when this happens first."""
        port = self.port.copied(self.folder / name)
        try:
            trouble(port)
            port.settle_down()
            return port.seen()
        finally:
            port.close()


@pytest.fixture
def moment(world: str, news: Callable[[Port], None], tmp_path: Path) -> Iterator[Moment]:
    port = Port.at(tmp_path, **WORLDS[world])
    news(port)
    calm = port.copied(tmp_path / "calm")
    with calm.doomed(Doom()) as nobody:
        calm.settle_down()
    yield Moment(port, tmp_path, calm.seen(), nobody.steps)
    calm.close()
    port.close()


POSTS = ("/chat.postMessage", "/issue", "/comment")
"""Requests that would say something twice if they were repeated."""


def dies_at(step: int) -> Callable[[Port], None]:
    def trouble(port: Port) -> None:
        with port.doomed(Doom(step)) as doom:
            port.settle_down()
        assert len(doom.steps) <= step

    return trouble


@pytest.mark.parametrize("world, news", MOMENTS)
def test_dying_at_any_step_is_not_noticed(moment: Moment) -> None:
    assert len([step for step in moment.steps if step == "commit"]) < len(moment.steps) - 3
    differing = [
        f"{at}: {step}" for at, step in enumerate(moment.steps) if moment.after(str(at), dies_at(at)) != moment.calm
    ]
    assert differing == []


@pytest.mark.parametrize("world, news", MOMENTS)
def test_dying_every_few_steps_is_not_noticed(moment: Moment) -> None:
    def trouble(port: Port) -> None:
        for _ in range(9):
            dies_at(13)(port)
            port.tools.time.sleep(20)

    assert moment.after("often", trouble) == moment.calm


@pytest.mark.parametrize("world, news", [one for one in MOMENTS if resumed not in one.values])
def test_dying_again_long_after_is_not_noticed(moment: Moment) -> None:
    """Once before something is posted, and once more just after: what was thought over is not."""
    posts = [(at, step) for at, step in enumerate(moment.steps) if step.endswith(POSTS)]

    def dies_twice(at: int, step: str) -> Callable[[Port], None]:
        def trouble(port: Port) -> None:
            dies_at(at)(port)
            port.tools.time.sleep(200)
            with port.doomed(Doom(after=step)):
                port.settle_down()

        return trouble

    differing = [f"{at}: {step}" for at, step in posts if moment.after(str(at), dies_twice(at, step)) != moment.calm]
    assert differing == []


@pytest.mark.parametrize("who", ["slack", "jira"])
@pytest.mark.parametrize("world, news", MOMENTS)
def test_an_answer_that_is_lost_is_not_noticed(moment: Moment, who: str) -> None:
    requests = [step for step in moment.steps if step.startswith(who)]

    def loses(number: int) -> Callable[[Port], None]:
        return lambda port: port.people[who].faults.append(Fault("lost", skip=number))

    differing = [
        f"{number}: {step}"
        for number, step in enumerate(requests)
        if moment.after(str(number), loses(number)) != moment.calm
    ]
    assert differing == []


# What people see without trouble, which the tests above compare with --------------------------------------------


@pytest.fixture(params=WORLDS)
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Port]:
    found = Port.at(tmp_path, **WORLDS[request.param])
    yield found
    found.close()


def test_a_publish_is_a_message_with_a_reply_and_an_issue_for_each_owner(port: Port) -> None:
    first(port)
    port.settle_down()
    seen = port.seen()
    ((message,), issues) = (seen["slack"], seen["jira"].values())
    assert [reply["key"] for reply in message["replies"]] == [f"{message['key']}:news"]
    assert [(one["made"], len(one["comments"])) for one in issues] == [(1, 0), (1, 0)]
    page = f"{PAGES}/publications/{message['key'].partition(':')[2]}"
    assert [one["links"] for one in issues] == [[(f"hub:{label}", page)] for label in seen["jira"]]


def test_the_next_publish_is_a_message_of_its_own_and_a_comment_below_each_issue(port: Port) -> None:
    second(port)
    port.settle_down()
    seen = port.seen()
    assert [len(one["replies"]) for one in seen["slack"]] == [1, 2]
    assert [(one["made"], len(one["comments"])) for one in seen["jira"].values()] == [(1, 1), (1, 1)]
    assert all("Harbour v2 for " in one["summary"] for one in seen["jira"].values())


def test_going_on_with_a_publish_edits_its_message(port: Port) -> None:
    resumed(port)
    port.settle_down()
    texts = [one["text"] for one in port.seen()["slack"]]
    assert [text.partition(" – ")[0] for text in texts] == [
        "OK: Harbour v1 is published to 2 tools",
        "OK: Harbour v2 is published to 2 tools",
    ]
    assert [len(one["replies"]) for one in port.seen()["slack"]] == [1, 2]
    assert [(one["made"], len(one["comments"])) for one in port.seen()["jira"].values()] == [(1, 1), (1, 1)]


def test_what_went_wrong_is_said_once_in_a_message(port: Port) -> None:
    second(port)
    port.settle_down()
    (_, ending) = port.seen()["slack"]
    (exceptions,) = (one for one in ending["replies"] if ":end:" in one["key"])
    lines = [line for block in exceptions["blocks"] if "text" in block for line in block["text"]["text"].splitlines()]
    assert sorted(set(lines)) == sorted(lines)
