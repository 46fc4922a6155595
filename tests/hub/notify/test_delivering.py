"""From a change to what people see: over real sandboxes, on a clock that only waiting moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox import Fault
from tests.hub.notify.town import PLAN, Town, with_event

POST = "chat.postMessage"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    found = Town.open(tmp_path, "slack")
    yield found
    found.tools.engine.store.database.close()  # type: ignore[attr-defined]


def titles(town: Town) -> list[str]:
    return [post["blocks"][0]["text"]["text"].partition(" ")[2] for post in town.posts()]


# A publish ------------------------------------------------------------------------------------------------------


def test_a_publish_is_one_message_with_its_details_below(town: Town) -> None:
    town.publish()
    town.deliver()
    living, news = town.posts()
    assert titles(town)[0] == "Harbour v1 is published to 2 tools"
    assert news["thread_ts"] == living["ts"]
    assert "Ferry Boarded" in str(news["blocks"])


def test_nothing_new_is_silence(town: Town) -> None:
    town.publish()
    town.settle_down()
    before = town.posts()
    town.publish()
    town.settle_down()
    assert town.posts() == before


def test_what_was_told_is_not_told_again(town: Town) -> None:
    town.publish()
    town.settle_down()
    seen = len(town.people["slack"].log)
    town.settle_down()
    assert len(town.people["slack"].log) == seen


def test_a_publish_that_stops_half_way_is_edited_when_it_is_resumed(town: Town) -> None:
    town.tools.break_("segment", Fault("status", on="PATCH", status=403, times=9))
    half = town.publish()
    town.settle_down()
    assert titles(town)[0] == "Harbour v1 is published with 2 exceptions"
    assert len(town.posts()) == 3  # the message, what is new, what went wrong
    town.tools.boxes["segment"].faults.clear()
    from hub.engine.publish import resume

    resume(town.tools.engine, half, town.tools.targets)
    town.settle_down()
    assert titles(town)[0] == "Harbour v1 is published to 2 tools"
    assert len(town.posts()) == 3


def test_a_running_publish_shows_how_far_it_is(town: Town) -> None:
    store = town.tools.engine.store
    seen = town.tools.preview()
    version = store.freeze(PLAN, "dana", town.tools.time.now())
    publication = store.open_publication(seen.changeset, version, "dana", town.tools.time.now())
    store.start_publication(publication.id, town.tools.time.now())
    town.deliver()
    assert titles(town)[0] == "Harbour v1 is being published: 0 %"
    half_done(town, publication.id)
    town.deliver()
    assert titles(town)[0] == "Harbour v1 is being published: 50 %"
    assert len(town.posts()) == 2


def half_done(town: Town, publication: str) -> None:
    """All receipts of one of two targets with as many operations each."""
    from connectors.contract import Receipt

    store, now = town.tools.engine.store, town.tools.time.now()
    done = [Receipt(operation, "done", now) for operation in store.planned(publication, "mixpanel")]
    store.add_receipts(publication, "mixpanel", done)


# Bad days -------------------------------------------------------------------------------------------------------

ANY = r"POST /api/chat\."
BAD_DAYS = {
    "the answer is lost": Fault("lost", on=POST),
    "the connection is refused": Fault("refuse", on=POST),
    "the answer is cut": Fault("cut", on=POST),
    "a page comes instead": Fault("html", on=POST, status=503),
    "too many, wait": Fault("status", on=POST, status=429, headers={"Retry-After": "31"}),
    "it fails inside": Fault("status", on=POST, status=200, body='{"ok":false,"error":"internal_error"}'),
}


@pytest.mark.parametrize("name", BAD_DAYS)
@pytest.mark.parametrize("which", [0, 1], ids=["the message", "the reply"])
def test_whatever_goes_wrong_each_thing_is_said_once(town: Town, name: str, which: int) -> None:
    fault = BAD_DAYS[name]
    town.people["slack"].faults.append(Fault(**{**vars_of(fault), "skip": which}))
    town.publish()
    town.settle_down()
    assert len(town.posts()) == 2
    assert [one.state for one in town.messages("slack")] == ["confirmed", "confirmed"]


def vars_of(fault: Fault) -> dict[str, object]:
    return {name: getattr(fault, name) for name in Fault.__slots__}


def test_an_outage_of_an_hour_is_sat_out(town: Town) -> None:
    town.people["slack"].faults.append(Fault("html", status=503, times=10_000))
    town.publish()
    town.settle_down(hours=1)
    assert [one.state for one in town.messages("slack")] == ["sent", "queued"]  # a 503 may have posted it
    town.people["slack"].faults.clear()
    town.settle_down(hours=1)
    assert len(town.posts()) == 2


BROKEN = {
    "a revoked token": ({"do": "revoke_token"}, "token"),
    "an archived channel": ({"do": "archive", "channel": "C0TRACK01"}, "archive"),
    "a missing scope": ({"do": "remove_scope", "scope": "chat:write"}, "scope"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_a_person_must_mend_is_said_once_and_kept(town: Town, name: str) -> None:
    change, word = BROKEN[name]
    town.people["slack"].edit(change)
    assert town.publish().status == "published"
    town.deliver()
    (health,) = town.outbox.health()
    assert word in f"{health.reason} {health.hint}".lower()
    asked = len(town.people["slack"].log)
    town.deliver()
    assert len(town.people["slack"].log) == asked
    assert health.counts == {"queued": 2}


def test_two_processes_deliver_each_thing_once(town: Town) -> None:
    town.publish()
    with town.tools.engine.store.lock("notify:slack"):
        assert town.deliver().busy == ("slack",)
    assert town.posts() == []
    town.deliver()
    assert len(town.posts()) == 2


# Proposals and drift ---------------------------------------------------------------------------------------------


def edit_description(town: Town, words: str) -> None:
    person = {"do": "set", "name": "Ferry Boarded", "field": "description", "value": words}
    town.tools.edit("mixpanel", person)


def test_a_proposal_is_a_message_with_buttons_until_it_is_decided(town: Town) -> None:
    town.publish()
    town.settle_down()
    edit_description(town, "Somebody <b>boarded</b> & sat down.")
    town.tools.reconcile()
    town.deliver()
    asked = town.posts()[-1]
    assert "Somebody &lt;b&gt;boarded&lt;/b&gt; &amp; sat down." in str(asked["blocks"])
    assert [button["value"] for button in asked["blocks"][-1]["elements"]] == ["1", "1", "1"]
    town.tools.accept()
    town.deliver()
    decided = town.posts()[-1]
    assert decided["ts"] == asked["ts"]
    assert "accepted" in str(decided["blocks"]) and "actions" not in {one["type"] for one in decided["blocks"]}


def test_drift_comes_with_the_daily_digest(town: Town) -> None:
    town.publish()
    town.settle_down()
    edit_description(town, "Somebody boarded.")
    town.tools.reconcile()
    town.deliver()
    assert not any("digest" in title.lower() for title in titles(town))
    town.settle_down(hours=25)
    (digest,) = [post for post in town.posts() if "digest" in str(post["blocks"]).lower()]
    assert "mixpanel differs from the plan: 1 field" in str(digest["blocks"])
    assert "ana@example.com" in str(digest["blocks"])  # whose event it is; nobody in this workspace has the address


def test_quiet_hours_are_kept(tmp_path: Path) -> None:
    town = Town.open(tmp_path)
    town.settle("slack", own={"quiet": ["20:00-22:00"]})  # the clock of the tests starts at 20:26 UTC
    town.publish()
    town.deliver()
    assert town.posts() == []
    town.settle_down()
    assert len(town.posts()) == 2


def test_a_rule_by_owner_lists_only_what_is_theirs(tmp_path: Path) -> None:
    town = Town.open(tmp_path)
    town.settle("slack", own={"rules": [{"on": "publish.*", "owner": "ana@example.com"}]})
    town.publish()
    town.settle_down()
    assert "Ferry Boarded" in str(town.posts()[1]) and "Ticket Sold" not in str(town.posts()[1])
    town.publish(with_event(town.tools.plan, "Ticket Sold", description="Sold."))
    town.settle_down()
    assert len(town.posts()) == 2


# The poorer road, and machines ------------------------------------------------------------------------------------


def test_an_incoming_webhook_tells_the_end_and_nothing_else(tmp_path: Path) -> None:
    town = Town.open(tmp_path)
    box = town.settle("slack")
    hook = f"http://sandbox.test{box.demo_credentials()['webhook_path']}"
    town.destinations.clear()
    road = {"token": None, "channel": None, "signing_secret": None, "base_url": None}
    town.destinations.append(hooked(box, hook, road))
    town.publish()
    town.settle_down()
    assert titles(town) == ["Harbour v1 is published to 2 tools"]


def hooked(box: object, hook: str, road: dict[str, None]) -> object:
    from hub.notify.destinations import Destination, DestinationSettings
    from hub.notify.kinds import channel_kind

    kind = channel_kind("slack")
    settings = kind.settings.model_validate({**road, "webhook_url": hook})
    return Destination("slack", kind, settings, DestinationSettings(kind="slack"))


def test_a_feed_hears_of_every_happening_once_and_signed(tmp_path: Path) -> None:
    town = Town.open(tmp_path, "webhook")
    town.people["webhook"].faults.append(Fault("lost", on="POST", times=2))
    town.publish()
    town.settle_down()
    kinds = [one["kind"] for one in town.deliveries()]
    assert kinds == ["publish.planned", "publish.started", "publish.finished"]


def test_happenings_from_before_the_first_destination_are_not_told(tmp_path: Path) -> None:
    town = Town.open(tmp_path)
    town.publish()
    town.deliver()
    town.settle("slack")
    town.settle_down()
    assert town.posts() == []


def test_a_broken_destination_is_asked_once_for_all_that_waits(town: Town) -> None:
    town.people["slack"].edit({"do": "revoke_token"})
    town.publish()
    town.publish(with_event(town.tools.plan, "Ticket Sold", description="Sold."))
    town.deliver()
    posts = [one for one in town.people["slack"].log if POST in one.path]
    assert len(posts) == 1
    assert {one.reason for one in town.messages("slack")} == {town.messages("slack")[0].reason}


def test_a_mended_destination_is_told_everything_at_once(town: Town) -> None:
    town.people["slack"].edit({"do": "revoke_token"})
    town.publish()
    town.deliver()
    town.people["slack"].edit({"do": "token", "state": "active"})
    town.outbox.retry(None, town.tools.time.now())
    town.deliver()
    assert len(town.posts()) == 2
