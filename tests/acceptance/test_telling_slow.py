"""A Slack that is dead, or never answers, holds up no publish: only the herald's flush is waited for afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.testing.harness import transport_to
from hub.engine.ports import Publication
from hub.engine.publish import publish
from hub.notify.delivering import Deliverer
from hub.notify.herald import FLUSH, Herald
from tests.acceptance.telling_processes import office
from tests.hub.notify.town import Town

GUARD = 20.0
"""Seconds after which a test that hangs gives up."""
A_MOMENT = 0.05


class Muted:
    """Slack takes a request and says nothing until it is told to; Segment goes on only once Slack was asked."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.asked, self.speak = threading.Event(), threading.Event()
        segment = transport_to(town.tools.boxes["segment"]).handler
        slack = transport_to(town.people["slack"]).handler

        def to_segment(request: httpx.Request) -> Any:
            assert request.method == "GET" or self.asked.wait(GUARD)
            return segment(request)

        def to_slack(request: httpx.Request) -> Any:
            self.asked.set()
            assert self.speak.wait(GUARD)
            return slack(request)

        self._tools = {"segment": httpx.MockTransport(to_segment)}
        self.slack = httpx.MockTransport(to_slack)

    def publish(self, deliverer: Deliverer) -> tuple[Publication, Herald]:
        """As a command does it: told while it runs, and for a moment after."""
        tools = self.town.tools
        engine = replace(tools.engine, transport=lambda one: self._tools.get(one.name) or tools.engine.transport(one))
        with Herald(lambda: deliverer, every=A_MOMENT, flush=A_MOMENT) as herald:
            done = publish(engine, tools.plan, tools.targets, who="dana")
        return done, herald


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    found = Town.open(tmp_path, "slack")
    yield found
    found.tools.engine.store.database.close()  # type: ignore[attr-defined]


def over(town: Town, transport: httpx.MockTransport) -> Deliverer:
    return replace(town.deliverer, transport=lambda destination: transport)


def test_a_publish_ends_while_slack_has_not_answered_its_first_request(town: Town) -> None:
    muted = Muted(town)
    done, herald = muted.publish(over(town, muted.slack))
    assert done.status == "published" and not muted.speak.is_set() and town.posts() == []
    assert herald.problem is not None and "still wait" in herald.problem.message
    muted.speak.set()
    herald._thread.join(GUARD)
    town.settle_down()
    assert len(town.posts()) == 2 and {one.state for one in town.messages("slack")} == {"confirmed"}


def test_while_slack_is_muted_the_publish_waits_for_it_once(town: Town) -> None:
    """After the publish, for as long as the flush; not at each of its steps."""
    muted, waits = Muted(town), []
    join = threading.Thread.join

    def noted(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name == "herald":
            waits.append(timeout)
        join(thread, timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "join", noted)
        _, herald = muted.publish(over(town, muted.slack))
    muted.speak.set()
    herald._thread.join(GUARD)
    assert waits == [A_MOMENT]


def test_a_slack_that_nobody_reaches_is_told_later(town: Town) -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    deliverer = over(town, httpx.MockTransport(nobody))
    with Herald(lambda: deliverer, every=A_MOMENT, flush=GUARD) as herald:
        done = town.publish()
    assert (done.status, herald.problem, town.posts()) == ("published", None, [])
    (health,) = town.outbox.health()
    assert "no answer" in health.reason and health.counts == {"queued": 2}
    town.settle_down()
    assert len(town.posts()) == 2


@pytest.mark.process
def test_the_command_does_not_wait_for_an_answer(tmp_path: Path) -> None:
    """Slack answers each request after ten flushes; a sandbox notes a request when it answers it."""
    with office(tmp_path) as desk:
        desk.people["slack"].latency = 10 * FLUSH
        plan = tmp_path / "plan.yaml"
        plan.write_text("format: 1\nname: Harbour\nevents:\n  Ferry Boarded: {description: Aboard.}\n")
        run = desk.shop.run("publish", str(plan), "--yes")
        assert run.exit_code == 0 and "published" in run.output
        assert "notifications still wait" in run.output
        assert desk.people["slack"].log == []
        assert [one["state"] for one in desk.shop.run("status", "--json").json()["targets"]] == ["in sync"]
