"""What people do in the emulated Slack workspace, and the page they see it on."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.hub.notify.slack.desk import ADA, BEN, CHANNEL, PRIVATE, Desk, actions, button, header, section

# Verbs -------------------------------------------------------------------------------------------------------


def test_person_posts_and_replies() -> None:
    desk = Desk()
    parent = desk.person("question")
    desk.edit("reply", channel="tracking-plan", thread_ts=parent, user=BEN, text="answer", broadcast=True)
    assert desk.texts() == ["answer", "question"]
    assert [one["user"] for one in desk.history()["messages"]] == [BEN, ADA]


def test_person_edits_and_deletes_any_message() -> None:
    desk = Desk()
    ours, theirs = desk.say("ours"), desk.person("theirs")
    desk.edit("edit_message", channel=CHANNEL, ts=theirs, text="theirs, better")
    desk.edit("delete_message", channel=CHANNEL, ts=ours)
    assert desk.texts() == ["theirs, better"]
    assert desk.stored(theirs)["edited"]["user"] == ADA


def test_deleted_message_is_gone_for_the_bot() -> None:
    desk = Desk()
    ts = desk.say()
    desk.edit("delete_message", channel=CHANNEL, ts=ts)
    assert desk.call("chat.update", channel=CHANNEL, ts=ts, text="x")["error"] == "message_not_found"


def test_channel_is_archived_and_unarchived() -> None:
    desk = Desk()
    desk.edit("archive", channel=CHANNEL)
    refused = desk.call("chat.postMessage", channel=CHANNEL, text="x")["error"]
    desk.edit("unarchive", channel=CHANNEL)
    assert (refused, desk.call("chat.postMessage", channel=CHANNEL, text="x")["ok"]) == ("is_archived", True)


@pytest.mark.parametrize(
    ("change", "posts"),
    [
        ({"name": "new"}, True),
        ({"name": "new", "private": True}, True),
        ({"name": "new", "private": True, "bot": False}, False),
    ],
)
def test_channel_is_added_with_or_without_the_bot(change: Any, posts: bool) -> None:
    desk = Desk()
    key = desk.edit("add_channel", **change)["channel"]
    assert desk.call("chat.postMessage", channel=key, text="x")["ok"] is posts


def test_bot_is_invited_and_removed() -> None:
    desk = Desk()
    desk.edit("invite_bot", channel=PRIVATE)
    inside = desk.history(channel=PRIVATE)["ok"]
    desk.edit("remove_bot", channel=PRIVATE)
    assert (inside, desk.history(channel=PRIVATE)["error"]) == (True, "channel_not_found")


def test_restriction_is_lifted() -> None:
    desk = Desk()
    desk.edit("restrict", channel=CHANNEL)
    desk.edit("restrict", channel=CHANNEL, rule="")
    assert desk.call("chat.postMessage", channel=CHANNEL, text="x")["ok"] is True


def test_user_is_added_and_found() -> None:
    desk = Desk()
    key = desk.edit("add_user", name="dora", email="dora@example.com")["user"]
    assert desk.ask("users.lookupByEmail", email="dora@example.com")["user"]["id"] == key


def test_scope_is_taken_and_given_back() -> None:
    desk = Desk()
    desk.edit("remove_scope", scope="chat:write")
    desk.edit("add_scope", scope="chat:write")
    assert desk.call("chat.postMessage", channel=CHANNEL, text="x")["ok"] is True


def test_webhook_is_removed() -> None:
    desk = Desk()
    desk.edit("remove_webhook")
    assert desk.webhook({"text": "x"}) == (404, "no_service")


def test_edit_window_is_opened_again() -> None:
    desk = Desk()
    ts = desk.say()
    desk.edit("edit_window", seconds=1)
    desk.edit("edit_window", seconds=None)
    assert desk.call("chat.update", channel=CHANNEL, ts=ts, text="y")["ok"] is True


@pytest.mark.parametrize(
    "change",
    [
        None,
        {},
        {"do": "shout"},
        {"do": "post"},
        {"do": "post", "channel": CHANNEL, "user": "U0NOBODY1", "text": "x"},
        {"do": "archive", "channel": "nowhere"},
        {"do": "delete_message", "channel": CHANNEL, "ts": "1.000000"},
        {"do": "remove_bot", "channel": PRIVATE},
        {"do": "remove_scope", "scope": "admin"},
        {"do": "restrict", "channel": CHANNEL, "rule": "silent"},
        {"do": "token", "state": "lost"},
        {"do": "webhook", "state": "lost"},
        {"do": "add_channel", "name": "general"},
        {"do": "deactivate_user", "user": "U0NOBODY1"},
    ],
)
def test_edits_that_make_no_sense(change: Any) -> None:
    with pytest.raises(ValueError):
        Desk().sandbox.edit(change)


def test_nobody_posts_in_an_archived_channel_or_replies_to_a_reply() -> None:
    desk = Desk()
    reply = desk.say(thread_ts=desk.say())
    with pytest.raises(ValueError, match="takes no replies"):
        desk.edit("reply", channel=CHANNEL, thread_ts=reply, user=ADA, text="x")
    desk.edit("archive", channel=CHANNEL)
    with pytest.raises(ValueError, match="archived"):
        desk.person()


# The page ----------------------------------------------------------------------------------------------------


def test_page_shows_channels_with_messages_oldest_first() -> None:
    desk = Desk()
    desk.say("second thought", thread_ts=desk.say("first thing"))
    desk.person("third word")
    page = desk.sandbox.page()
    places = [page.index(one) for one in ("tracking-plan", "first thing", 'class="thread"', "second thought", "third")]
    assert places == sorted(places)


def test_page_shows_who_and_when_and_what_became_of_it() -> None:
    desk = Desk()
    desk.call("chat.update", channel=CHANNEL, ts=desk.say("old"), text="new")
    desk.edit("archive", channel="general")
    page = desk.sandbox.page()
    assert "schema_sync</span>" in page and "02 Feb 2026 02:40" in page
    assert "(edited)" in page and ">archived<" in page


def test_page_draws_every_block() -> None:
    desk = Desk()
    two = [{"type": "mrkdwn", "text": "*Left*"}, {"type": "mrkdwn", "text": "_Right_"}]
    blocks = [
        header("Plan v2"),
        section("*New* `a_b_c` `for <@U0BEN0001>` ~old~\n• <https://x.example/d?a=1&amp;b|Diff> by <@U0ADA0001>"),
        {"type": "section", "fields": two},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "run 1"}]},
        actions(button("Approve", style="primary")),
    ]
    desk.say(blocks=blocks)
    page = desk.sandbox.page()
    for drawn in (
        "<h3>Plan v2</h3>",
        '<b>New</b> <code>a_b_c</code> <code>for <span class="mention">@Ben Sample</span></code> <s>old</s><br>•',
        '<a href="https://x.example/d?a=1&amp;b" rel="noreferrer">Diff</a>',
        "@Ada Sample</span>",
        "<div><b>Left</b></div><div><i>Right</i></div>",
        "<hr>",
        '<div class="context"><span>run 1</span></div>',
        '<button type="button" disabled class="primary">Approve</button>',
    ):
        assert drawn in page


HOSTILE = '<script>alert("x")</script> & \x001\x00'


def test_page_escapes_everything() -> None:
    desk = Desk()
    desk.edit("add_channel", name=f"<b>{HOSTILE}")
    desk.edit("add_user", name="x", email="x@example.com", real_name=HOSTILE, id="U0EVIL001")
    desk.say(HOSTILE, username=HOSTILE)
    desk.say("x", blocks=[header(HOSTILE), section(f"`{HOSTILE}` <https://x.example/\"onclick='x'|{HOSTILE[:5]}>")])
    desk.person("<@U0EVIL001> <!date^1^{date}|<b>> *a*", user="U0EVIL001")
    page = desk.sandbox.page()
    assert "<script" not in page and 'href="https://x.example/&quot;onclick' in page


def test_page_asks_nobody_for_anything() -> None:
    desk = Desk()
    picture = {"type": "image", "image_url": "https://x.example/i.png", "alt_text": "A chart"}
    desk.say(blocks=[picture, {"type": "context", "elements": [picture]}])
    page = desk.sandbox.page()
    assert not re.search(r"<(?:img|script|link|iframe)|url\(|@import|\bsrc=", page)
    assert page.count("[image: A chart]") == 2


def test_page_shows_what_only_one_person_sees() -> None:
    desk = Desk()
    desk.call("chat.postEphemeral", channel=CHANNEL, user=ADA, text="psst")
    assert "only Ada Sample" in desk.sandbox.page()


def test_page_leaves_a_plain_text_plain() -> None:
    desk = Desk()
    desk.say("*not bold*", mrkdwn=False)
    assert "*not bold*" in desk.sandbox.page()


def test_page_says_with_whom_and_who_may() -> None:
    desk = Desk()
    desk.say(channel=ADA)
    page = desk.sandbox.page()
    assert "Direct message with Ada Sample" in page and "# data-leads" in page and ">private<" in page
