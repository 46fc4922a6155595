"""Delivering through a bot token: posts, edits, replies, who is mentioned, and what Slack refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors import errors
from hub.notify.contract import Letter
from hub.notify.story import line, person
from tests.hub.notify.slack.bench import (
    APPROVE,
    CHANNEL,
    HISTORY,
    POST,
    REPLIES,
    UPDATE,
    Bench,
    letter,
    parts,
    story,
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_first_letter_is_posted_with_its_marks_and_leads_to_the_message(bench: Bench) -> None:
    delivered = bench.deliver(letter())
    (message,) = bench.messages()
    assert (delivered.remote["channel"], delivered.remote["ts"]) == (CHANNEL, message["ts"])
    assert delivered.url.endswith(f"/archives/{CHANNEL}/p{message['ts'].replace('.', '')}")
    assert message["metadata"] == {
        "event_type": "plan_published",
        "event_payload": {"dedupe_key": "publication:1"},
    }
    assert message["blocks"][0]["block_id"].startswith("hub:")


def test_a_later_letter_of_the_key_edits_the_message_and_keeps_its_marks(bench: Bench) -> None:
    first = bench.deliver(letter())
    later = letter(story=story("Plan v42 published to all", tone="good"), remote=first.remote)
    assert bench.deliver(later) == first
    (message,) = bench.messages()
    assert message["blocks"][0]["text"]["text"] == ":white_check_mark: Plan v42 published to all"
    assert message["metadata"]["event_payload"] == {"dedupe_key": "publication:1"}
    assert bench.calls(UPDATE)[0].keys() >= {"text", "blocks", "metadata"}


def test_an_edit_costs_one_request(bench: Bench) -> None:
    first = bench.deliver(letter())
    bench.sandbox.log.clear()
    bench.deliver(letter(remote=first.remote))
    assert [one.path for one in bench.sandbox.log] == [f"/api/{UPDATE}"]


def test_an_addition_is_a_reply_that_the_channel_does_not_see(bench: Bench) -> None:
    parent = bench.deliver(letter())
    bench.deliver(letter("comment:1", "add", parent=parent.remote))
    reply = bench.messages()[1]
    assert reply["thread_ts"] == parent.remote["ts"] and "subtype" not in reply


def test_an_addition_below_a_reply_stands_in_the_same_thread(bench: Bench) -> None:
    parent = bench.deliver(letter())
    reply = bench.deliver(letter("comment:1", "add", parent=parent.remote))
    bench.deliver(letter("comment:2", "add", parent=reply.remote))
    assert bench.messages()[2]["thread_ts"] == parent.remote["ts"]


def test_an_addition_without_a_parent_is_a_message(bench: Bench) -> None:
    bench.deliver(letter("news:1", "add"))
    assert "thread_ts" not in bench.messages()[0]


def test_what_was_added_is_not_added_again(bench: Bench) -> None:
    added = bench.deliver(letter("news:1", "add"))
    again = bench.deliver(letter("news:1", "add", remote=added.remote, story=story("Otherwise")))
    assert again == added and len(bench.messages()) == 1


@pytest.mark.parametrize("remote", [{}, {"road": "webhook"}])
def test_what_went_over_a_webhook_before_is_posted_where_it_can_be_edited(bench: Bench, remote: Any) -> None:
    bench.deliver(letter(remote=remote))
    bench.deliver(letter("comment:1", "add", parent=remote))
    assert len(bench.messages()) == 2


def test_no_link_to_the_message_is_no_reason_to_take_it_for_undelivered(bench: Bench) -> None:
    bench.fail("status", "chat.getPermalink", status=200, body='{"ok":false,"error":"no_permission"}', times=9)
    delivered = bench.deliver(letter())
    assert delivered.url == "" and "ts" in delivered.remote


def test_whoami_names_the_bot_its_workspace_and_the_channel(bench: Bench) -> None:
    told = bench.connect().whoami()
    assert told == f"schema_sync in Demo Team, channel {CHANNEL}"


# Who is mentioned -----------------------------------------------------------------------------------------------

CONCERNED = ("Ada Data", "adele@example.com", "ghost@example.com", "<!channel> & Co")
PEOPLE = {"people": {"Ada Data": "U0BEN0001"}}


@pytest.fixture
def peopled() -> Bench:
    bench = Bench(PEOPLE)
    bench.edit("add_user", name="adele", email="adele@example.com", id="U0ADELE01")
    return bench


def shown(message: dict[str, Any]) -> str:
    return str(message["blocks"])


def test_who_is_concerned_is_mentioned_by_id_or_address_or_else_named(peopled: Bench) -> None:
    peopled.deliver(letter(story=story(mentions=CONCERNED)))
    (sent,) = peopled.calls(POST)
    assert "For <@U0BEN0001>, <@U0ADELE01>, ghost@example.com, &lt;!channel&gt; &amp; Co" in shown(sent)


def test_a_reply_mentions_too_and_an_edit_does_not(peopled: Bench) -> None:
    first = peopled.deliver(letter())
    peopled.deliver(letter(story=story(mentions=CONCERNED), remote=first.remote))
    peopled.deliver(letter("comment:1", "add", story=story(mentions=CONCERNED), parent=first.remote))
    (edit,), (_, reply) = peopled.calls(UPDATE), peopled.calls(POST)
    assert "<@" not in shown(edit) and "<@U0BEN0001>" in shown(reply)


def test_an_address_is_looked_up_once_a_connection(peopled: Bench) -> None:
    channel = peopled.connect()
    for number in range(3):
        channel.deliver(letter(f"k{number}", story=story(mentions=CONCERNED)), lambda memo: None)
    asked = [call["email"] for call in peopled.calls("users.lookupByEmail")]
    assert asked == ["adele@example.com", "ghost@example.com"]


def test_without_the_scope_people_are_named_and_not_asked_for_again(peopled: Bench) -> None:
    peopled.edit("remove_scope", scope="users:read.email")
    peopled.deliver(letter(story=story(mentions=("adele@example.com", "ben@example.com"))))
    assert "For adele@example.com, ben@example.com" in shown(peopled.messages()[0])
    assert len(peopled.calls("users.lookupByEmail")) == 1


def test_an_owner_named_in_the_lead_is_mentioned_there_and_only_when_concerned(peopled: Bench) -> None:
    lead = (story().lead[0].model_copy(update={"line": line("by ", person("Ada Data"), " and ", person("Ben"))}),)
    peopled.deliver(letter("k1", story=story(lead=lead, mentions=("Ada Data",))))
    peopled.deliver(letter("k2", story=story(lead=lead)))
    with_mention, without = (shown(one) for one in peopled.calls(POST))
    assert with_mention.count("<@U0BEN0001>") == 1 and "For " not in with_mention
    assert "<@" not in without


@pytest.mark.parametrize("words", ["<@U0ADA0001>", "<!here>", "<!channel>", "@here", "<#C0TRACK01>", "<mailto:a@b.c>"])
def test_no_text_of_a_plan_mentions_anybody(bench: Bench, words: str) -> None:
    told = story(words, lead=(), parts=parts(1, words), footer=line(words, person(words)), mentions=(words,))
    bench.deliver(letter(story=told))
    (sent,) = bench.calls(POST)
    assert "<" not in shown(sent) + sent["text"]
    assert (sent["parse"], sent["link_names"]) == ("none", False)
    assert shown(sent).count("'mrkdwn'") == shown(sent).count("'verbatim': True")


# Buttons --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "rows"), [({}, 0), ({"signing_secret": "s3cret"}, 1)])
def test_buttons_are_shown_where_a_press_could_be_proven(options: Any, rows: int) -> None:
    bench = Bench(options)
    bench.deliver(letter(story=story(buttons=(APPROVE,))))
    assert [one["type"] for one in bench.messages()[0]["blocks"]].count("actions") == rows


# What Slack refuses -----------------------------------------------------------------------------------------------

EDITS: list[tuple[dict[str, Any], type[errors.ToolError], str]] = [
    ({"do": "archive", "channel": CHANNEL}, errors.Misconfigured, "Unarchive"),
    ({"do": "delete_channel", "channel": CHANNEL}, errors.Misconfigured, "channel's id"),
    ({"do": "restrict", "channel": CHANNEL}, errors.NotEntitled, "post in this channel"),
    ({"do": "revoke_token"}, errors.Unauthorized, "token"),
    ({"do": "token", "state": "expired"}, errors.Unauthorized, "token"),
    ({"do": "remove_scope", "scope": "chat:write"}, errors.NotEntitled, "scope"),
]


@pytest.mark.parametrize(("change", "kind", "hint"), EDITS, ids=lambda value: str(value)[:40])
def test_what_a_person_must_mend_is_asked_for_with_the_next_step(
    bench: Bench, change: Any, kind: type[errors.ToolError], hint: str
) -> None:
    bench.sandbox.edit(change)
    with pytest.raises(kind) as caught:
        bench.deliver(letter())
    assert caught.value.verdict == "ask" and hint in caught.value.hint


@pytest.mark.parametrize("change", [EDITS[0][0], EDITS[3][0]], ids=str)
def test_an_edit_that_a_person_must_make_possible_posts_nothing_instead(bench: Bench, change: Any) -> None:
    first = bench.deliver(letter())
    bench.sandbox.edit(change)
    with pytest.raises(errors.ToolError) as caught:
        bench.deliver(letter(remote=first.remote, story=story("Otherwise")))
    assert caught.value.verdict == "ask" and len(bench.messages()) == 1


def test_a_missing_scope_is_named(bench: Bench) -> None:
    bench.edit("remove_scope", scope="chat:write")
    with pytest.raises(errors.NotEntitled, match="chat:write"):
        bench.deliver(letter())


def test_a_channel_without_the_bot_is_found_out_by_the_first_question(bench: Bench) -> None:
    bench.edit("remove_bot", channel=CHANNEL)
    with pytest.raises(errors.Misconfigured) as caught:
        bench.connect().whoami()
    assert "/invite" in caught.value.hint


def test_a_channel_without_the_bot_takes_no_post_where_it_may_not_post_everywhere(bench: Bench) -> None:
    bench.edit("remove_scope", scope="chat:write.public")
    bench.edit("remove_bot", channel=CHANNEL)
    with pytest.raises(errors.Misconfigured, match="not_in_channel"):
        bench.deliver(letter())


def test_a_reply_to_a_message_that_is_gone_is_given_up(bench: Bench) -> None:
    parent = bench.deliver(letter())
    bench.edit("delete_message", channel=CHANNEL, ts=parent.remote["ts"])
    with pytest.raises(errors.ToolError) as caught:
        bench.deliver(letter("comment:1", "add", parent=parent.remote))
    assert caught.value.verdict == "give-up" and bench.messages() == []


def test_a_deleted_message_is_posted_anew_and_edited_from_then_on(bench: Bench) -> None:
    first = bench.deliver(letter())
    bench.edit("delete_message", channel=CHANNEL, ts=first.remote["ts"])
    second = bench.deliver(letter(remote=first.remote))
    assert bench.deliver(letter(remote=second.remote)) == second
    assert [one["ts"] for one in bench.messages()] == [second.remote["ts"]]


def test_a_deleted_message_with_replies_is_posted_anew_too(bench: Bench) -> None:
    first = bench.deliver(letter())
    bench.edit("reply", channel=CHANNEL, user="U0ADA0001", text="Hm", thread_ts=first.remote["ts"])
    bench.edit("delete_message", channel=CHANNEL, ts=first.remote["ts"])
    assert bench.deliver(letter(remote=first.remote)).remote["ts"] != first.remote["ts"]


@pytest.fixture
def old(bench: Bench) -> Letter:
    """A message told and too old to be edited, as its next letter finds it."""
    bench.edit("edit_window", seconds=60)
    first = bench.deliver(letter())
    bench.time.sleep(61)
    return letter(remote=first.remote, story=story("Now otherwise", mentions=("Ada Data",)))


def test_a_message_too_old_to_edit_is_told_below_and_says_so(bench: Bench, old: Letter) -> None:
    reply = bench.deliver(old)
    message = bench.messages()[1]
    assert (message["ts"], message["thread_ts"]) == (reply.remote["ts"], bench.messages()[0]["ts"])
    assert "can no longer be edited" in shown(message) and "Now otherwise" in shown(message)


def test_what_was_told_below_is_edited_while_it_is_young(bench: Bench, old: Letter) -> None:
    reply = bench.deliver(old)
    assert bench.deliver(replace(old, remote=reply.remote)) == reply
    assert len(bench.messages()) == 2


def test_when_it_is_old_too_the_next_one_stands_in_the_same_thread(bench: Bench, old: Letter) -> None:
    reply = bench.deliver(old)
    bench.time.sleep(61)
    bench.deliver(replace(old, remote=reply.remote))
    parent, *replies = bench.messages()
    assert [one["thread_ts"] for one in replies] == [parent["ts"]] * 2


def test_what_stands_in_for_an_edit_mentions_nobody(old: Letter) -> None:
    bench = Bench(PEOPLE)
    first = bench.deliver(letter())
    bench.edit("delete_message", channel=CHANNEL, ts=first.remote["ts"])
    bench.deliver(replace(old, remote=first.remote))
    assert "For Ada Data" in shown(bench.messages()[0])


@pytest.mark.parametrize("switch", ["dropped", "refused"])
def test_metadata_that_is_refused_or_dropped_is_done_without(switch: str) -> None:
    bench = Bench(metadata=switch)
    first = bench.deliver(letter())
    bench.deliver(letter(story=story("Now"), remote=first.remote))
    (message,) = bench.messages()
    assert "metadata" not in message and message["blocks"][0]["text"]["text"] == "Now"


def test_refused_blocks_leave_one_line_and_a_link(bench: Bench) -> None:
    bench.fail("status", POST, status=200, body='{"ok":false,"error":"invalid_blocks"}')
    bench.deliver(letter(story=story(url="https://hub.example.com/p/1")))
    sent = bench.calls(POST)[-1]
    assert "blocks" not in sent and "<https://hub.example.com/p/1|" in sent["text"] and "Plan v42" in sent["text"]


def test_what_is_refused_in_every_form_is_given_up_after_one_try_each(bench: Bench) -> None:
    bench.fail("status", POST, status=200, body='{"ok":false,"error":"invalid_blocks"}', times=99)
    with pytest.raises(errors.Invalid) as caught:
        bench.deliver(letter())
    assert caught.value.verdict == "give-up" and len(bench.calls(POST)) == 2


# Limits -----------------------------------------------------------------------------------------------------------


def test_thirty_letters_are_told_at_a_pace_that_slack_does_not_mind() -> None:
    bench = Bench(burst=1)
    for number in range(30):
        bench.deliver(letter(f"k{number}"))
    assert len(bench.messages()) == 30 and {one.status for one in bench.sandbox.log} == {200}


@pytest.mark.parametrize(("pause", "tries"), [("2", 2), ("60", 1)])
def test_a_short_pause_is_sat_out_and_a_long_one_comes_back(bench: Bench, pause: str, tries: int) -> None:
    bench.fail("status", POST, status=429, body='{"ok":false,"error":"ratelimited"}', headers={"Retry-After": pause})
    if tries == 1:
        with pytest.raises(errors.RateLimited) as caught:
            bench.deliver(letter())
        assert caught.value.retry_after == 60 and bench.messages() == []
    else:
        bench.deliver(letter())
        assert len(bench.messages()) == 1
    assert len(bench.calls(POST)) == tries


def test_the_word_for_too_many_messages_waits_although_the_status_is_200() -> None:
    bench = Bench()
    bench.fail("status", POST, status=200, body='{"ok":false,"error":"rate_limited"}')
    with pytest.raises(errors.RateLimited) as caught:
        bench.deliver(letter())
    assert caught.value.verdict == "wait" and caught.value.retry_after


def test_reading_back_asks_only_for_what_was_posted_since(bench: Bench) -> None:
    first_sent = bench.time.now()
    bench.time.sleep(100)
    bench.deliver(replace(letter(), first_sent=first_sent))
    (asked,) = bench.calls(HISTORY)
    assert asked["oldest"] == f"{first_sent - 60:.6f}" and asked["include_all_metadata"] == "1"


def test_a_reply_is_looked_for_in_its_thread(bench: Bench) -> None:
    parent = bench.deliver(letter())
    bench.time.sleep(100)
    bench.deliver(letter("comment:1", "add", parent=parent.remote, first_sent=bench.time.now() - 90))
    assert [one["ts"] for one in bench.calls(REPLIES)] == [parent.remote["ts"]] and bench.calls(HISTORY) == []
