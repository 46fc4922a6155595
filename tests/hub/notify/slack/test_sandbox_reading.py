"""What the emulated Slack gives back: history, threads, conversations, people (apis/slack.md sections 3.3 and 6)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.hub.notify.slack.desk import ADA, BEN, BOT, CHANNEL, METADATA, PRIVATE, PUBLIC, Desk

# History -----------------------------------------------------------------------------------------------------


def talked(count: int, **switches: Any) -> Desk:
    """A channel in which people said 1, 2, 3, …, a second apart."""
    desk = Desk(**switches)
    for number in range(1, count + 1):
        desk.person(str(number))
    return desk


def pages(desk: Desk, method: str = "conversations.history", **arguments: Any) -> list[list[str]]:
    """The texts page by page, until no cursor comes."""
    found, cursor = [], ""
    while True:
        page = desk.ask(method, channel=CHANNEL, cursor=cursor, **arguments)
        found.append([one["text"] for one in page["messages"]])
        cursor = page.get("response_metadata", {}).get("next_cursor", "")
        assert page["has_more"] is bool(cursor)
        if not cursor:
            return found


def test_history_is_newest_first() -> None:
    assert talked(3).texts() == ["3", "2", "1"]


def test_history_has_its_envelope() -> None:
    answer = talked(1).history()
    assert {key: answer[key] for key in ("ok", "has_more", "pin_count", "response_metadata")} == {
        "ok": True,
        "has_more": False,
        "pin_count": 0,
        "response_metadata": {"next_cursor": ""},
    }


def test_last_page_may_come_without_a_cursor() -> None:
    assert "response_metadata" not in talked(1, last_cursor="absent").history()


def test_history_is_paged_by_cursor() -> None:
    assert pages(talked(5), limit=2) == [["5", "4"], ["3", "2"], ["1"]]


def test_cursor_holds_while_new_messages_come() -> None:
    desk = talked(4)
    cursor = desk.history(limit=2)["response_metadata"]["next_cursor"]
    desk.person("5")
    assert desk.texts(limit=2, cursor=cursor) == ["2", "1"]


def test_cursor_is_the_next_timestamp_in_base64() -> None:
    cursor = talked(2).history(limit=1)["response_metadata"]["next_cursor"]
    assert base64.b64decode(cursor) == b"next_ts:1770000001000000"


def test_pages_may_be_shorter_than_asked() -> None:
    desk = talked(5, short_pages="half")
    assert desk.texts(limit=4) == ["5", "4"]
    assert pages(desk, limit=4) == [["5", "4"], ["3", "2"], ["1"]]


def test_default_page_has_a_hundred_rows() -> None:
    assert len(talked(101).texts()) == 100


@pytest.mark.parametrize(("switch", "error"), [("clamp", None), ("refuse", "invalid_arguments")])
def test_limit_beyond_the_most(switch: str, error: str | None) -> None:
    assert talked(1, big_limit=switch).history(limit=1000).get("error") == error


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        ({"oldest": "1770000002.000000"}, ["4", "3"]),
        ({"oldest": "1770000002.000000", "inclusive": "1"}, ["4", "3", "2"]),
        ({"oldest": "1770000002", "inclusive": "true"}, ["4", "3", "2"]),
        ({"oldest": "1770000001.999999"}, ["4", "3", "2"]),
        ({"latest": "1770000003.000000"}, ["2", "1"]),
        ({"latest": "1770000003.000000", "inclusive": "1"}, ["3", "2", "1"]),
        ({"latest": "now", "oldest": "0"}, ["4", "3", "2", "1"]),
        ({"oldest": "1770000002.000000", "latest": "1770000004.000000"}, ["3"]),
        ({"oldest": "1770000002.000000", "latest": "1770000002.000000", "inclusive": "1"}, ["2"]),
    ],
)
def test_history_can_be_bounded(arguments: Any, texts: list[str]) -> None:
    assert talked(4).texts(**arguments) == texts


@pytest.mark.parametrize(
    ("edits", "arguments", "error"),
    [
        ([], {"channel": "C0NOWHERE"}, "channel_not_found"),
        ([], {"channel": "tracking-plan"}, "channel_not_found"),
        ([], {"channel": PRIVATE}, "channel_not_found"),
        ([], {"channel": PUBLIC}, "not_in_channel"),
        ([], {"cursor": "%%%"}, "invalid_cursor"),
        ([], {"cursor": "\u00b2"}, "invalid_cursor"),
        ([], {"cursor": base64.b64encode(b"next:5").decode()}, "invalid_cursor"),
        ([], {"oldest": "yesterday"}, "invalid_ts_oldest"),
        ([], {"latest": "NaN"}, "invalid_ts_latest"),
        ([], {"limit": "-1"}, "invalid_arguments"),
        ([], {"limit": "ten"}, "invalid_arguments"),
        ([], {"inclusive": "perhaps"}, "invalid_arguments"),
        ([{"do": "remove_bot", "channel": CHANNEL}], {}, "not_in_channel"),
        ([{"do": "remove_scope", "scope": "channels:history"}], {}, "missing_scope"),
    ],
)
def test_histories_that_are_refused(edits: list[Any], arguments: Any, error: str) -> None:
    desk = Desk()
    for change in edits:
        desk.sandbox.edit(change)
    assert desk.history(**arguments)["error"] == error


def test_archived_channel_can_still_be_read() -> None:
    desk = talked(1)
    desk.edit("archive", channel=CHANNEL)
    assert desk.texts() == ["1"]


@pytest.mark.parametrize("asked", [False, True])
def test_payload_of_metadata_comes_on_request(asked: bool) -> None:
    desk = Desk()
    desk.say(metadata=METADATA)
    shown = desk.history(include_all_metadata="1" if asked else "0")["messages"][0]["metadata"]
    assert shown == (METADATA if asked else {"event_type": "plan_published"})


def test_block_ids_come_back() -> None:
    desk = Desk()
    desk.say(blocks=[{"type": "divider", "block_id": "tph:1:C0TRACK01"}])
    assert desk.history()["messages"][0]["blocks"][0]["block_id"] == "tph:1:C0TRACK01"


def test_fresh_message_may_take_its_time() -> None:
    desk = Desk(history_delay=5)
    ts = desk.say("late")
    seen = [(desk.texts(), desk.ask("conversations.replies", channel=CHANNEL, ts=ts)["ok"]) for _ in range(2)]
    assert seen == [([], False), (["late"], True)]


@pytest.mark.parametrize(("mood", "texts"), [("half-page", ["4", "3"]), ("empty-list", [])])
def test_moods_of_a_list(mood: str, texts: list[str]) -> None:
    desk = talked(4)
    desk.fault("mood", "history", mood=mood)
    answer = desk.history()
    assert ([one["text"] for one in answer["messages"]], answer["has_more"]) == (texts, False)


# Threads -----------------------------------------------------------------------------------------------------


def thread(replies: int, **switches: Any) -> tuple[Desk, str]:
    desk = Desk(**switches)
    parent = desk.person("parent")
    for number in range(1, replies + 1):
        desk.now += 1
        desk.edit("reply", channel=CHANNEL, thread_ts=parent, user=BEN, text=str(number))
    return desk, parent


def test_thread_has_its_parent_first_and_is_oldest_first() -> None:
    desk, parent = thread(2)
    assert pages(desk, "conversations.replies", ts=parent) == [["parent", "1", "2"]]


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ("first", [["parent", "1"], ["2", "3"]]),
        ("every", [["parent", "1"], ["parent", "2", "3"]]),
    ],
)
def test_thread_is_paged(switch: str, expected: Any) -> None:
    desk, parent = thread(3, parent_on_pages=switch)
    assert pages(desk, "conversations.replies", ts=parent, limit=2) == expected


def test_parent_tells_of_its_replies() -> None:
    desk, parent = thread(2)
    message = desk.history()["messages"][0]
    assert (message["thread_ts"], message["reply_count"], message["reply_users"]) == (parent, 2, [BEN])
    assert message["latest_reply"] == "1770000003.000000"


def test_message_without_replies_is_a_thread_of_one() -> None:
    desk = Desk()
    assert pages(desk, "conversations.replies", ts=desk.person("alone")) == [["alone"]]


def test_thread_is_not_found_by_a_reply_or_nothing() -> None:
    desk, parent = thread(1)
    reply = desk.stored(parent) and desk.sandbox.dump()["channels"][CHANNEL]["messages"][1]["ts"]
    errors = [desk.ask("conversations.replies", channel=CHANNEL, ts=ts)["error"] for ts in (reply, "1.000000")]
    assert errors == ["thread_not_found", "thread_not_found"]


# Conversations -----------------------------------------------------------------------------------------------


def test_conversation_tells_what_it_is() -> None:
    desk = Desk()
    desk.edit("restrict", channel=CHANNEL)
    channel = desk.ask("conversations.info", channel=CHANNEL, include_num_members="1")["channel"]
    assert {key: channel[key] for key in ("id", "name", "is_member", "is_private", "is_archived", "is_read_only")} == {
        "id": CHANNEL,
        "name": "tracking-plan",
        "is_member": True,
        "is_private": False,
        "is_archived": False,
        "is_read_only": True,
    }
    assert channel["num_members"] == 4


@pytest.mark.parametrize("channel", ["C0NOWHERE", PRIVATE, "tracking-plan"])
def test_unknown_conversations(channel: str) -> None:
    assert Desk().ask("conversations.info", channel=channel)["error"] == "channel_not_found"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({}, ["general", "tracking-plan", "old"]),
        ({"exclude_archived": "true"}, ["general", "tracking-plan"]),
        ({"types": "private_channel"}, ["team"]),
        ({"types": "public_channel,private_channel", "limit": 2}, ["general", "tracking-plan"]),
    ],
)
def test_conversations_are_listed(arguments: Any, names: list[str]) -> None:
    desk = Desk()
    desk.edit("add_channel", name="team", private=True)
    desk.edit("add_channel", name="old")
    desk.edit("archive", channel="old")
    assert [one["name"] for one in desk.ask("conversations.list", **arguments)["channels"]] == names


def test_lists_are_paged_by_cursor() -> None:
    desk = Desk()
    first = desk.ask("conversations.list", limit=1)
    second = desk.ask("conversations.list", limit=1, cursor=first["response_metadata"]["next_cursor"])
    assert [one["channels"][0]["name"] for one in (first, second)] == ["general", "tracking-plan"]
    assert second["response_metadata"] == {"next_cursor": ""}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"types": "everything"}, "invalid_types"),
        ({"limit": "x"}, "invalid_limit"),
        ({"cursor": "x"}, "invalid_cursor"),
    ],
)
def test_lists_that_are_refused(arguments: Any, error: str) -> None:
    assert Desk().ask("conversations.list", **arguments)["error"] == error


def test_direct_conversation_is_opened_once() -> None:
    desk = Desk()
    first, second = (desk.call("conversations.open", users=ADA) for _ in range(2))
    assert first == {"ok": True, "channel": {"id": first["channel"]["id"]}}
    assert (second["already_open"], second["channel"]) == (True, first["channel"])


def test_group_conversation_and_full_answer() -> None:
    desk = Desk()
    group = desk.call("conversations.open", users=f"{ADA},{BEN}")["channel"]["id"]
    direct = desk.call("conversations.open", users=ADA, return_im=True)["channel"]
    assert (group[0], direct["is_im"], direct["user"]) == ("G", True, ADA)
    assert desk.call("conversations.open", channel=group)["no_op"] is True


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "users_list_not_supplied"),
        ({"users": "U0NOBODY1"}, "user_not_found"),
        ({"users": ",".join([ADA] * 9)}, "too_many_users"),
        ({"users": BEN}, "user_disabled"),
        ({"channel": CHANNEL}, "method_not_supported_for_channel_type"),
    ],
)
def test_conversations_that_cannot_be_opened(arguments: Any, error: str) -> None:
    desk = Desk()
    desk.edit("deactivate_user", user=BEN)
    assert desk.call("conversations.open", **arguments)["error"] == error


def test_joining_twice_is_a_warning() -> None:
    desk = Desk()
    first, second = (desk.call("conversations.join", channel=PUBLIC) for _ in range(2))
    assert (first["channel"]["is_member"], "warning" in first, second["warning"]) == (True, False, "already_in_channel")
    assert BOT in desk.sandbox.dump()["channels"][PUBLIC]["members"]


@pytest.mark.parametrize(
    ("channel", "error"),
    [(PRIVATE, "channel_not_found"), ("team", "method_not_supported_for_channel_type"), (PUBLIC, "is_archived")],
)
def test_channels_that_cannot_be_joined(channel: str, error: str) -> None:
    desk = Desk()
    team = desk.edit("add_channel", name="team", private=True)["channel"]
    desk.edit("archive", channel=PUBLIC)
    assert desk.call("conversations.join", channel={"team": team}.get(channel, channel))["error"] == error


# People ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("email", "found"),
    [("ada@example.com", ADA), ("ADA@Example.com", ADA), ("ben@example.com", None), ("nobody@example.com", None)],
)
def test_people_are_found_by_their_address(email: str, found: str | None) -> None:
    desk = Desk()
    desk.edit("deactivate_user", user=BEN)
    answer = desk.ask("users.lookupByEmail", email=email)
    assert answer.get("user", {}).get("id") == found
    assert answer.get("error") == (None if found else "users_not_found")


def test_people_are_listed_with_addresses_only_by_scope() -> None:
    desk = Desk()
    first = desk.ask("users.list", limit=2)
    desk.edit("remove_scope", scope="users:read.email")
    second = desk.ask("users.list", limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [one["profile"].get("email") for one in first["members"]] == ["ada@example.com", "ben@example.com"]
    assert [one["profile"].get("email") for one in second["members"]] == [None]


def test_one_person() -> None:
    desk = Desk()
    assert desk.ask("users.info", user=ADA)["user"]["real_name"] == "Ada Sample"
    assert desk.ask("users.info", user="U0NOBODY1")["error"] == "user_not_found"


def test_usergroups_tell_their_people_on_request() -> None:
    desk = Desk()
    plain = desk.ask("usergroups.list")["usergroups"][0]
    full = desk.ask("usergroups.list", include_users="1", include_count="1")["usergroups"][0]
    assert (plain["handle"], "users" in plain, full["users"], full["user_count"]) == ("data-team", False, [ADA, BEN], 2)
