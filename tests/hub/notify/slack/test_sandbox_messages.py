"""The emulated `chat.*` methods (apis/slack.md sections 3.3, 4 and 5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hub.notify.slack.desk import (
    ADA,
    BEN,
    CHANNEL,
    METADATA,
    PRIVATE,
    PUBLIC,
    Desk,
    actions,
    button,
    header,
    section,
)

# Posting -----------------------------------------------------------------------------------------------------


def test_posted_message_is_answered_with_channel_ts_and_message() -> None:
    answer = Desk().call("chat.postMessage", channel=CHANNEL, text="Hello", metadata=METADATA)
    message = answer["message"]
    assert (answer["channel"], answer["ts"], message["text"]) == (CHANNEL, message["ts"], "Hello")
    assert (message["bot_id"], message["app_id"], message["metadata"]) == ("B0HUBBOT1", "A0HUBAPP1", METADATA)


@pytest.mark.parametrize(
    ("given", "channel"), [("tracking-plan", CHANNEL), ("#tracking-plan", CHANNEL), ("general", PUBLIC)]
)
def test_public_channel_may_be_named(given: str, channel: str) -> None:
    assert Desk().call("chat.postMessage", channel=given, text="x")["channel"] == channel


def test_message_to_a_person_opens_a_direct_message() -> None:
    desk = Desk()
    answer = desk.call("chat.postMessage", channel=ADA, text="x")
    assert answer["channel"].startswith("D")
    assert desk.call("chat.update", channel=ADA, ts=answer["ts"], text="y")["error"] == "channel_not_found"
    assert desk.call("chat.update", channel=answer["channel"], ts=answer["ts"], text="y")["ok"] is True


def test_custom_name_is_kept_and_lands_in_slackbots_conversation() -> None:
    desk = Desk()
    plain, named = (desk.call("chat.postMessage", channel=ADA, text="x", **one) for one in ({}, {"username": "Robot"}))
    assert plain["channel"] != named["channel"]
    assert (named["message"]["username"], named["message"]["subtype"]) == ("Robot", "bot_message")


@pytest.mark.parametrize(
    ("edits", "arguments", "error"),
    [
        ([], {"channel": "C0NOWHERE"}, "channel_not_found"),
        ([], {"channel": "data-leads"}, "channel_not_found"),
        ([], {"channel": PRIVATE}, "channel_not_found"),
        ([{"do": "remove_bot"}, {"do": "remove_scope", "scope": "chat:write.public"}], {}, "not_in_channel"),
        ([{"do": "archive"}], {}, "is_archived"),
        ([{"do": "restrict"}], {}, "restricted_action_read_only_channel"),
        ([{"do": "restrict", "rule": "restricted"}], {}, "restricted_action"),
        ([{"do": "restrict", "rule": "thread-only"}], {}, "restricted_action_thread_only_channel"),
        ([], {"text": ""}, "no_text"),
        ([], {"text": " "}, "no_text"),
        ([], {"text": "", "blocks": []}, "no_text"),
        ([], {"as_user": True}, "as_user_not_supported"),
        ([], {"thread_ts": "1.000000"}, "cannot_reply_to_message"),
        ([], {"attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ([], {"attachments": {}}, "invalid_attachments"),
        ([], {"markdown_text": "x"}, "markdown_text_conflict"),
        ([], {"text": "", "markdown_text": "x" * 12_001}, "msg_too_long"),
        ([], {"blocks": {}}, "invalid_blocks_format"),
        ([{"do": "deactivate_user", "user": ADA}], {"channel": ADA}, "channel_not_found"),
    ],
)
def test_posts_that_are_refused(edits: list[Any], arguments: Any, error: str) -> None:
    desk = Desk()
    for change in edits:
        desk.sandbox.edit({"channel": CHANNEL, **change})
    assert desk.call("chat.postMessage", **{"channel": CHANNEL, "text": "x", **arguments})["error"] == error


def test_public_channel_takes_posts_from_outside_with_the_scope() -> None:
    desk = Desk()
    desk.edit("remove_bot", channel=CHANNEL)
    assert desk.call("chat.postMessage", channel=CHANNEL, text="x")["ok"] is True


def test_private_channel_may_show_that_it_is_there() -> None:
    answer = Desk(private_outsider="not_in_channel").call("chat.postMessage", channel=PRIVATE, text="x")
    assert answer["error"] == "not_in_channel"


def test_text_is_cut_at_forty_thousand_characters() -> None:
    desk = Desk()
    assert len(desk.stored(desk.say("x" * 40_001))["text"]) == 40_000


def test_markdown_text_becomes_a_block() -> None:
    answer = Desk().call("chat.postMessage", channel=CHANNEL, markdown_text="# Hi")
    assert [(one["type"], one["text"]) for one in answer["message"]["blocks"]] == [("markdown", "# Hi")]


# What becomes of a text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("a & b", "a &amp; b"),
        ("a &amp; b &lt;c&gt;", "a &amp; b &lt;c&gt;"),
        ("a < b > c", "a &lt; b &gt; c"),
        ("see https://x.example/a?b=1&c", "see <https://x.example/a?b=1&amp;c>"),
        ("<https://x.example|X> <@U0ADA0001> <!here>", "<https://x.example|X> <@U0ADA0001> <!here>"),
        ("`https://x.example`", "`https://x.example`"),
        ("@here #general", "@here #general"),
        ("done ✅", "done :white_check_mark:"),
    ],
)
def test_text_is_stored_in_slacks_own_spelling(sent: str, stored: str) -> None:
    desk, plain = Desk(), Desk(text_rewrite="off")
    assert desk.stored(desk.say(sent))["text"] == stored
    assert plain.stored(plain.say(sent))["text"] == sent


@pytest.mark.parametrize("arguments", [{"link_names": True}, {"parse": "full"}])
def test_names_are_linked_on_request(arguments: Any) -> None:
    desk = Desk()
    assert desk.stored(desk.say("@here #general #nope", **arguments))["text"] == "<!here> <#C0GENERAL|general> #nope"


def test_parse_none_links_no_address() -> None:
    desk = Desk()
    assert desk.stored(desk.say("https://x.example", parse="none"))["text"] == "https://x.example"


@pytest.mark.parametrize(("verbatim", "stored"), [(False, "<!channel> in <#C0GENERAL|general>"), (True, None)])
def test_blocks_link_names_unless_verbatim(verbatim: bool, stored: str | None) -> None:
    desk, text = Desk(), "@channel in #general"
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": verbatim}}
    kept = desk.stored(desk.say(blocks=[block]))["blocks"][0]["text"]
    assert kept == {"type": "mrkdwn", "text": stored or text, "verbatim": verbatim}


def test_missing_ids_and_flags_of_blocks_are_filled_in() -> None:
    desk = Desk()
    first, second = desk.stored(desk.say(blocks=[header(block_id="mine"), actions(button())]))["blocks"]
    assert (first["block_id"], first["text"]["emoji"]) == ("mine", True)
    assert len(second["block_id"]) == 5 and second["elements"][0]["action_id"]


@pytest.mark.parametrize(("switch", "stored"), [("as-sent", "a & b"), ("escaped", "a &amp; b")])
def test_plain_text_entities_are_a_switch(switch: str, stored: str) -> None:
    desk = Desk(plain_text=switch)
    assert desk.stored(desk.say(blocks=[header("a & b")]))["blocks"][0]["text"]["text"] == stored


# Metadata ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("text", "invalid_metadata_format"),
        ({}, "invalid_metadata_format"),
        ({"event_type": "x"}, "invalid_metadata_format"),
        ({"event_type": 5, "event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "x", "event_payload": []}, "invalid_metadata_format"),
        ({"event_type": "a-b", "event_payload": {}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"camelCase": 1}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": None}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": {"b": {"c": 1}}}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": [[1]]}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": "x" * 8000}}, "metadata_too_large"),
        ({"event_type": "x", "event_payload": {"a": 1, "b": {"c": True}, "d": ["e", {"f": 2.5}]}}, None),
    ],
)
def test_metadata_is_checked(metadata: Any, error: str | None) -> None:
    answer = Desk().call("chat.postMessage", channel=CHANNEL, text="x", metadata=metadata)
    assert answer.get("error") == error


@pytest.mark.parametrize(
    ("switches", "metadata", "error"),
    [
        ({"metadata": "refused"}, METADATA, "metadata_must_be_sent_from_app"),
        ({"metadata_schema": "lenient"}, {"event_type": "a-b", "event_payload": {"A": None}}, None),
        ({"metadata_bytes": 2000}, {"event_type": "x", "event_payload": {"a": "x" * 2000}}, "metadata_too_large"),
    ],
)
def test_open_questions_about_metadata(switches: Any, metadata: Any, error: str | None) -> None:
    answer = Desk(**switches).call("chat.postMessage", channel=CHANNEL, text="x", metadata=metadata)
    assert answer.get("error") == error


def test_metadata_may_be_dropped_in_silence() -> None:
    desk = Desk(metadata="dropped")
    assert "metadata" not in desk.stored(desk.say(metadata=METADATA))


# client_msg_id -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "error", "count"),
    [("ignored", None, 2), ("returns-first", None, 1), ("refuses", "duplicate_message_not_found", 1)],
)
def test_client_msg_id_means_what_the_switch_says(switch: str, error: str | None, count: int) -> None:
    desk = Desk(client_msg_id=switch)
    first = desk.say(client_msg_id="one")
    second = desk.call("chat.postMessage", channel=CHANNEL, text="x", client_msg_id="one")
    assert (second.get("error"), len(desk.texts())) == (error, count)
    assert (second.get("ts") == first) is (switch == "returns-first")


def test_duplicate_of_a_deleted_message_is_refused() -> None:
    desk = Desk(client_msg_id="returns-first")
    desk.call("chat.delete", channel=CHANNEL, ts=desk.say(client_msg_id="one"))
    again = desk.call("chat.postMessage", channel=CHANNEL, text="x", client_msg_id="one")
    assert again["error"] == "duplicate_message_not_found"


# Threads -----------------------------------------------------------------------------------------------------


def test_reply_stays_out_of_the_channel_unless_broadcast() -> None:
    desk = Desk()
    parent = desk.say("parent")
    desk.say("quiet", thread_ts=parent)
    desk.say("loud", thread_ts=parent, reply_broadcast=True)
    assert desk.texts() == ["loud", "parent"]


@pytest.mark.parametrize(("switch", "error"), [("refuse", "cannot_reply_to_message"), ("loose", None)])
def test_only_a_parent_takes_replies(switch: str, error: str | None) -> None:
    desk = Desk(reply_to_reply=switch)
    reply = desk.say(thread_ts=desk.say())
    answer = desk.call("chat.postMessage", channel=CHANNEL, text="x", thread_ts=reply)
    assert answer.get("error") == error


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"do": "lock_thread"}, "restricted_action_thread_locked"),
        ({"do": "restrict", "rule": "non-threadable"}, "restricted_action_non_threadable_channel"),
        ({"do": "restrict", "rule": "thread-only"}, None),
    ],
)
def test_threads_can_be_restricted(change: Any, error: str | None) -> None:
    desk = Desk()
    parent = desk.say()
    desk.sandbox.edit({"channel": CHANNEL, "ts": parent, **change})
    assert desk.call("chat.postMessage", channel=CHANNEL, text="x", thread_ts=parent).get("error") == error


# Changing ----------------------------------------------------------------------------------------------------


def test_update_answers_with_the_new_text_and_marks_it() -> None:
    desk = Desk()
    ts = desk.say("old")
    answer = desk.call("chat.update", channel=CHANNEL, ts=ts, text="new")
    assert (answer["channel"], answer["ts"], answer["text"], answer["message"]["text"]) == (CHANNEL, ts, "new", "new")
    assert desk.stored(ts)["edited"]["user"] == "U0HUBBOT1"


@pytest.mark.parametrize(
    ("arguments", "text", "blocks"),
    [
        ({"text": "new"}, "new", None),
        ({"text": "new", "blocks": []}, "new", None),
        ({"blocks": []}, "old", None),
        ({"blocks": [section("B")]}, "old", "B"),
        ({"text": "new", "blocks": [section("B")]}, "new", "B"),
    ],
)
def test_text_without_blocks_deletes_the_blocks(arguments: Any, text: str, blocks: str | None) -> None:
    desk = Desk()
    ts = desk.say("old", blocks=[section("A")])
    assert desk.call("chat.update", channel=CHANNEL, ts=ts, **arguments)["ok"] is True
    message = desk.stored(ts)
    assert (message["text"], [one["text"]["text"] for one in message.get("blocks", [])]) == (
        text,
        [blocks] if blocks else [],
    )


@pytest.mark.parametrize(("switch", "marked"), [("hidden", False), ("stored", True)])
def test_update_with_blocks_shows_no_mark(switch: str, marked: bool) -> None:
    desk = Desk(edited_with_blocks=switch)
    ts = desk.say()
    desk.call("chat.update", channel=CHANNEL, ts=ts, text="x", blocks=[section()])
    assert ("edited" in desk.stored(ts)) is marked


@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, METADATA), ({"metadata": {}}, None), ({"metadata": {**METADATA, "event_type": "b"}}, "b")],
)
def test_metadata_stays_goes_or_changes_on_update(given: Any, kept: Any) -> None:
    desk = Desk()
    ts = desk.say(metadata=METADATA)
    desk.call("chat.update", channel=CHANNEL, ts=ts, text="x", **given)
    expected = {**METADATA, "event_type": "b"} if kept == "b" else kept
    assert desk.stored(ts).get("metadata") == expected


@pytest.mark.parametrize(
    ("edits", "arguments", "error"),
    [
        ([], {"ts": "1.000000"}, "message_not_found"),
        ([], {"ts": 1_770_000_002.0}, "invalid_arguments"),
        ([], {"channel": "tracking-plan"}, "channel_not_found"),
        ([], {"channel": PRIVATE}, "channel_not_found"),
        ([], {"text": "x" * 4001}, "msg_too_long"),
        ([], {"text": ""}, "no_text"),
        ([], {"blocks": [{"type": "nope"}]}, "invalid_blocks"),
        ([{"do": "archive", "channel": CHANNEL}], {}, "is_inactive"),
        ([{"do": "edit_window", "seconds": 1}], {}, "edit_window_closed"),
    ],
)
def test_updates_that_are_refused(edits: list[Any], arguments: Any, error: str) -> None:
    desk = Desk()
    ts = desk.say()
    for change in edits:
        desk.sandbox.edit(change)
    assert desk.call("chat.update", **{"channel": CHANNEL, "ts": ts, "text": "x", **arguments})["error"] == error


@pytest.mark.parametrize(
    ("method", "error"), [("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")]
)
def test_messages_of_people_and_webhooks_are_not_ours(method: str, error: str) -> None:
    desk = Desk()
    theirs = desk.person()
    desk.webhook({"text": "hook"})
    hook = desk.history()["messages"][0]["ts"]
    errors = [desk.call(method, channel=CHANNEL, ts=ts, text="x")["error"] for ts in (theirs, hook)]
    assert errors == [error, error]


def test_delete_removes_the_message_once() -> None:
    desk = Desk()
    ts = desk.say()
    assert desk.call("chat.delete", channel=CHANNEL, ts=ts) == {"ok": True, "channel": CHANNEL, "ts": ts}
    assert desk.call("chat.delete", channel=CHANNEL, ts=ts)["error"] == "message_not_found"


@pytest.mark.parametrize(("switch", "texts"), [("tombstone", ["This message was deleted."]), ("gone", [])])
def test_deleted_parent_leaves_a_stone_or_nothing(switch: str, texts: list[str]) -> None:
    desk = Desk(deleted_parent=switch)
    parent = desk.say()
    desk.say("reply", thread_ts=parent)
    desk.call("chat.delete", channel=CHANNEL, ts=parent)
    assert desk.texts() == texts


# Around it ---------------------------------------------------------------------------------------------------


def test_permalink_names_channel_and_ts_without_the_dot() -> None:
    desk = Desk()
    parent = desk.say()
    reply = desk.say(thread_ts=parent)
    links = [desk.ask("chat.getPermalink", channel=CHANNEL, message_ts=ts)["permalink"] for ts in (parent, reply)]
    assert links[0] == "https://demo-team.slack.com/archives/C0TRACK01/p1770000002000000"
    assert links[1].endswith("/p1770000004000000?thread_ts=1770000002.000000&cid=C0TRACK01")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "message_ts": "1"}, "channel_not_found"),
        ({"channel": CHANNEL, "message_ts": "1"}, "message_not_found"),
    ],
)
def test_permalinks_that_are_refused(arguments: Any, error: str) -> None:
    assert Desk().ask("chat.getPermalink", **arguments)["error"] == error


def test_ephemeral_message_is_in_no_history() -> None:
    desk = Desk()
    answer = desk.call("chat.postEphemeral", channel=CHANNEL, user=ADA, text="psst")
    assert (answer["ok"], "message_ts" in answer, desk.texts()) == (True, True, [])


@pytest.mark.parametrize(
    ("edits", "arguments", "error"),
    [
        ([], {"user": "U0NOBODY1"}, "user_not_in_channel"),
        ([], {"text": ""}, "no_text"),
        ([], {"channel": PUBLIC, "user": BEN}, "not_in_channel"),
        ([{"do": "archive", "channel": CHANNEL}], {}, "is_archived"),
    ],
)
def test_ephemerals_that_are_refused(edits: list[Any], arguments: Any, error: str) -> None:
    desk = Desk()
    for change in edits:
        desk.sandbox.edit(change)
    answer = desk.call("chat.postEphemeral", **{"channel": CHANNEL, "user": ADA, "text": "x", **arguments})
    assert answer["error"] == error


# For later ---------------------------------------------------------------------------------------------------


def planned(desk: Desk, after: int = 60, **arguments: Any) -> Any:
    at = int(desk.now) + after
    return desk.call("chat.scheduleMessage", **{"channel": CHANNEL, "text": "later", "post_at": at, **arguments})


def test_scheduled_message_waits_for_its_moment() -> None:
    desk = Desk()
    listed = [planned(desk)["scheduled_message_id"]]
    assert [one["id"] for one in desk.ask("chat.scheduledMessages.list")["scheduled_messages"]] == listed
    before = desk.texts()
    desk.now += 60
    assert (before, desk.texts()) == ([], ["later"])
    assert desk.history()["messages"][0]["ts"] == "1770000060.000000"


def test_scheduling_twice_plans_twice_and_calling_off_once() -> None:
    desk = Desk()
    first, second = (planned(desk)["scheduled_message_id"] for _ in range(2))
    answers = [
        desk.call("chat.deleteScheduledMessage", channel=CHANNEL, scheduled_message_id=first)["ok"] for _ in range(2)
    ]
    left = desk.ask("chat.scheduledMessages.list", channel=CHANNEL)["scheduled_messages"]
    assert (answers, [one["id"] for one in left]) == ([True, False], [second])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"post_at": 1}, "time_in_past"),
        ({"post_at": "soon"}, "invalid_time"),
        ({"post_at": 1_790_000_000}, "time_too_far"),
        ({"text": ""}, "no_text"),
        ({"channel": PRIVATE}, "channel_not_found"),
        ({"blocks": [{"type": "nope"}]}, "invalid_blocks"),
    ],
)
def test_plans_that_are_refused(arguments: Any, error: str) -> None:
    assert planned(Desk(), **arguments)["error"] == error
