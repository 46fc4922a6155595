"""What rules do to what is told: digests without loose ends, silence about owners, the poorer road in a dry run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.changes.happening import Happening
from hub.notify.desk import Desk
from hub.notify.destinations import Destination, DestinationSettings
from hub.notify.dry_run import drafts
from hub.notify.kinds import channel_kind
from tests.hub.notify.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    found = Town.open(tmp_path)
    yield found
    found.tools.engine.store.database.close()  # type: ignore[attr-defined]


def rules(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"rules": list(rows)}


@pytest.mark.parametrize("deliver", ["hourly", "daily"])
def test_a_digest_of_publishes_is_one_message_and_nothing_hangs_loose(town: Town, deliver: str) -> None:
    town.settle("slack", own=rules({"on": "publish.*", "deliver": deliver}))
    town.publish()
    town.settle_down(hours=25)
    (post,) = town.posts()
    assert f"{deliver.capitalize()} digest: 1 thing to know" in str(post["blocks"])
    assert [one.state for one in town.messages("slack")] == ["confirmed"]


def test_a_digest_replies_below_a_message_that_was_told_at_once(town: Town) -> None:
    first = {"on": "publish.planned"}
    town.settle("slack", own=rules(first, {"on": "publish.*", "deliver": "daily"}))
    town.publish()
    town.settle_down(hours=25)
    living, news, digest = town.posts()
    assert news["thread_ts"] == living["ts"] and "thread_ts" not in digest


@pytest.mark.parametrize("mention", [True, False])
def test_a_rule_can_keep_owners_from_being_mentioned(town: Town, mention: bool) -> None:
    people = {"ana@example.com": "U0HUMAN01"}
    town.settle("slack", own=rules({"on": ["publish.*", "proposal.*"], "mention": mention}), people=people)
    town.publish()
    town.settle_down()
    person = {"do": "set", "name": "Ferry Boarded", "field": "description", "value": "Somebody boarded."}
    town.tools.edit("mixpanel", person)
    town.tools.reconcile()
    town.settle_down()
    told = [str(post["blocks"]) for post in town.posts() if "Ferry Boarded" in str(post["blocks"])]
    assert ["<@U0HUMAN01>" in blocks for blocks in told] == [mention, mention]


def test_a_webhooks_dry_run_leaves_out_what_it_cannot_show(town: Town) -> None:
    done = town.publish()
    kind = channel_kind("slack")
    road = kind.settings.model_validate({"webhook_url": "https://hooks.slack.com/services/T1/B1/made-up"})
    destination = Destination("slack", kind, road, DestinationSettings(kind="slack"))
    assert dry(town, destination, "publish.started", done.id) == [f"publication:{done.id}"]
    town.settle("slack")
    assert dry(town, town.destinations[0], "publish.started", done.id) == [
        f"publication:{done.id}",
        f"publication:{done.id}:news",
    ]


def dry(town: Town, destination: Destination, kind: Any, subject: str) -> list[str]:
    """The keys of what this destination would be told."""
    desk = Desk(town.tools.engine.store)  # type: ignore[arg-type]
    return [one.key for one in drafts(town.outbox, desk, Happening(0, kind, "Harbour", subject, 0.0), destination)]
