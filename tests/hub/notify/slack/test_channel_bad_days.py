"""Crashes, lost answers and a history that comes late: a letter ends as exactly one message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors import errors
from connectors.sandbox_server import serve_on_loopback
from hub.notify.contract import Letter
from tests.hub.notify.slack.bench import CHANNEL, HISTORY, POST, UPDATE, Bench, letter, story

KINDS = ["refuse", "lost", "cut", "html", "status"]
SWITCHES: list[dict[str, Any]] = [
    {},
    {"history_delay": 10},
    {"metadata": "dropped"},
    {"short_pages": "half"},
    {"last_cursor": "absent"},
    {"client_msg_id": "returns-first"},
    {"client_msg_id": "refuses"},
    {"history_tier": "restricted"},
    {"parent_on_pages": "every"},
]


def names(value: Any) -> str:
    return "-".join(f"{key}={one}" for key, one in value.items()) or "plain"


@pytest.mark.parametrize("switches", SWITCHES, ids=names)
@pytest.mark.parametrize("kind", KINDS)
def test_a_post_whose_answer_was_lost_is_one_message_in_the_end(kind: str, switches: Any) -> None:
    bench = Bench(**switches)
    bench.fail(kind, POST)
    delivered = bench.tell(letter())
    assert [one["ts"] for one in bench.messages()] == [delivered.remote["ts"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_reply_is_one_reply_in_the_end(kind: str) -> None:
    bench = Bench()
    parent = bench.deliver(letter())
    bench.fail(kind, POST)
    delivered = bench.tell(letter("comment:1", "add", parent=parent.remote))
    assert [one["ts"] for one in bench.messages()[1:]] == [delivered.remote["ts"]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_over_a_real_connection(kind: str) -> None:
    bench = Bench()
    with serve_on_loopback(bench.sandbox) as server:
        bench.transport = None
        bench.settings = bench.settings.model_copy(update={"base_url": f"{server.url}/api"})
        bench.fail(kind, POST)
        bench.tell(letter())
    assert len(bench.messages()) == 1


@pytest.mark.parametrize("mood", ["commit-500", "commit-internal-error", "commit-fatal-error"])
def test_what_was_done_and_reported_as_failed_is_found(mood: str) -> None:
    bench = Bench()
    bench.fail("mood", POST, mood=mood)
    bench.tell(letter())
    assert len(bench.messages()) == 1 and len(bench.calls(POST)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_whose_answer_was_lost_is_made_again(kind: str) -> None:
    bench = Bench()
    first = bench.deliver(letter())
    bench.fail(kind, UPDATE)
    assert bench.tell(letter(story=story("Then"), remote=first.remote)) == first
    assert [one["blocks"][0]["text"]["text"] for one in bench.messages()] == ["Then"]


def test_several_lost_answers_in_a_row_are_one_message_although_history_is_late() -> None:
    bench = Bench(history_delay=10)
    bench.fail("refuse", POST, times=2)
    bench.fail("lost", POST)
    bench.tell(letter())
    assert len(bench.messages()) == 1 and len(bench.calls(POST)) == 3


def test_an_unclear_post_says_when_a_look_is_worth_while() -> None:
    bench = Bench()
    bench.fail("lost", POST)
    with pytest.raises(errors.UnknownOutcome) as caught:
        bench.deliver(letter())
    assert (caught.value.verdict, caught.value.retry_after) == ("read", 2.0)


def test_what_is_not_to_be_seen_is_not_posted_while_it_is_young() -> None:
    bench = Bench()
    young = bench.crashed(letter())
    bench.time.sleep(4)
    with pytest.raises(errors.UnknownOutcome) as caught:
        bench.deliver(young)
    assert caught.value.retry_after == pytest.approx(11) and bench.messages() == []


def test_the_age_of_the_last_post_counts_and_not_that_of_the_first() -> None:
    bench = Bench(history_delay=10)
    bench.fail("lost", POST)
    old = replace(letter(), first_sent=bench.time.now() - 1000)
    for _ in range(2):
        with pytest.raises(errors.UnknownOutcome):
            bench.deliver(replace(old, memo=bench.memo))
    assert len(bench.messages()) == 1


@pytest.mark.parametrize("kind", ["lost", "refuse"])
def test_the_message_that_is_too_old_is_not_taken_for_the_one_that_stands_in_for_it(kind: str) -> None:
    bench = Bench()
    bench.edit("edit_window", seconds=5)
    told = bench.deliver(letter())
    for number in range(2):
        bench.time.sleep(6)
        bench.fail(kind, POST)
        told = bench.tell(letter(story=story(f"State {number}"), remote=told.remote))
    assert [("State" in str(one["blocks"]), "thread_ts" in one) for one in bench.messages()] == [
        (False, False),
        (True, True),
        (True, True),
    ]


def test_a_message_that_went_without_blocks_is_found_by_its_metadata() -> None:
    bench = Bench()
    bench.fail("status", POST, status=200, body='{"ok":false,"error":"invalid_blocks"}')
    bench.fail("lost", POST)
    bench.tell(letter())
    (message,) = bench.messages()
    assert "blocks" not in message


class _Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("step", range(1, 8))
@pytest.mark.parametrize("case", ["first", "reply", "deleted", "too-old"])
def test_a_process_killed_at_any_request_leaves_one_message(case: str, step: int) -> None:
    bench = Bench({"people": {}})
    told, before = _scene(bench, case)
    survivor = _killed_at(bench, told, step)
    bench.time.sleep(20)
    bench.tell(survivor)
    assert len(bench.messages()) == before + 1


def _scene(bench: Bench, case: str) -> tuple[Letter, int]:
    """A letter that needs a new message, and how many there are before."""
    asked = story(mentions=("ghost@example.com",))
    if case == "first":
        return letter(story=asked), 0
    first = bench.deliver(letter())
    if case == "reply":
        return letter("comment:1", "add", story=asked, parent=first.remote), 1
    if case == "deleted":
        bench.edit("delete_message", channel=CHANNEL, ts=first.remote["ts"])
        return letter(remote=first.remote), 0
    bench.edit("edit_window", seconds=60)
    bench.time.sleep(61)
    return letter(remote=first.remote), 1


def _killed_at(bench: Bench, told: Letter, step: int) -> Letter:
    """The letter as it is found after the process died when the answer to this request had been sent."""
    handle, seen = bench.sandbox.handle, []

    def dying(request: Any) -> Any:
        seen.append(request)
        answer = handle(request)
        if len(seen) == step:
            raise _Killed
        return answer

    bench.sandbox.handle = dying  # type: ignore[method-assign]
    try:
        bench.deliver(told)
    except _Killed:
        pass
    finally:
        bench.sandbox.handle = handle  # type: ignore[method-assign]
    return bench.crashed(told)


def test_messages_of_others_with_the_same_marks_are_not_taken_for_ours() -> None:
    bench = Bench()
    sent = bench.time.now()
    bench.deliver(letter())
    state = bench.sandbox.dump()
    for message in state["channels"][CHANNEL]["messages"]:
        message |= {"bot_id": "B0OTHER001", "user": "U0OTHER001", "app_id": "A0OTHER001"}
    bench.sandbox.load(state)
    bench.time.sleep(20)
    bench.deliver(replace(letter(), first_sent=sent))
    assert len(bench.messages()) == 2


def test_a_message_on_a_later_page_is_found() -> None:
    bench = Bench(limits="off")
    sent = bench.time.now()
    bench.fail("lost", POST)
    with pytest.raises(errors.UnknownOutcome):
        bench.deliver(letter())
    for number in range(450):
        bench.edit("post", channel=CHANNEL, user="U0ADA0001", text=f"Chat {number}")
    bench.time.sleep(30)
    bench.deliver(replace(letter(), first_sent=sent))
    assert len(bench.messages()) == 1 and len(bench.calls(HISTORY)) == 3


def test_a_history_that_may_not_be_read_stops_before_a_second_post() -> None:
    bench = Bench()
    bench.edit("remove_scope", scope="channels:history")
    bench.fail("lost", POST)
    with pytest.raises(errors.NotEntitled, match="channels:history"):
        bench.tell(letter())
    assert len(bench.messages()) == 1


def test_the_belt_that_slack_stumbles_over_is_taken_off() -> None:
    bench = Bench()
    bench.fail("status", POST, status=200, body='{"ok":false,"error":"duplicate_message_not_found"}')
    bench.tell(letter())
    first, second = bench.calls(POST)
    assert "client_msg_id" in first and "client_msg_id" not in second and len(bench.messages()) == 1


def test_the_belt_is_the_same_for_each_attempt_at_one_message_and_another_for_the_one_after() -> None:
    bench = Bench(client_msg_id="returns-first")
    bench.fail("refuse", POST)
    first = bench.tell(letter())
    bench.edit("delete_message", channel=CHANNEL, ts=first.remote["ts"])
    bench.tell(letter(remote=first.remote))
    belts = [one["client_msg_id"] for one in bench.calls(POST)]
    assert belts[0] == belts[1] != belts[2] and len(bench.messages()) == 1
