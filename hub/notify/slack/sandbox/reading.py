"""The `conversations.*` methods: what is said, and where (apis/slack.md section 3.3 and section 6 items 3 to 6)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hub.notify.slack.sandbox.chat import known_channel
from hub.notify.slack.sandbox.limits import RESTRICTED_ROWS
from hub.notify.slack.sandbox.state import (
    DIRECT,
    FAMILIES,
    PRIVATE,
    PUBLIC,
    Channel,
    Document,
    Refusal,
    as_number,
    is_reply,
)
from hub.notify.slack.sandbox.wire import Call, check_scope

CURSOR = re.compile(r"(next_ts|next):([0-9]+)")
MOST_ROWS = 999


@dataclass(frozen=True, slots=True)
class Span:
    """Which timestamps are asked for. `inclusive` lets the ends in."""

    oldest: Decimal
    latest: Decimal
    inclusive: bool

    def holds(self, message: Document) -> bool:
        ts = Decimal(message["ts"])
        return self.oldest < ts < self.latest or (self.inclusive and ts in (self.oldest, self.latest))


def history(call: Call) -> Document:
    """Top-level messages and broadcast replies, newest first."""
    _, channel = _readable(call)
    span = _span(call)
    shown = [one for one in _settled(call, channel) if not is_reply(one) or one.get("subtype") == "thread_broadcast"]
    rows = [_seen(call, channel, one) for one in reversed(shown) if span.holds(one)]
    return {**_message_page(call, rows, 100, descending=True), "pin_count": 0}


def replies(call: Call) -> Document:
    """A parent and its replies, oldest first."""
    _, channel = _readable(call)
    parent = channel.find(call.text("ts"))
    if parent is None or is_reply(parent) or parent not in _settled(call, channel):
        raise Refusal("thread_not_found")
    span = _span(call)
    answers = [one for one in channel.replies(parent["ts"]) if one in _settled(call, channel) and span.holds(one)]
    rows = [_seen(call, channel, one) for one in [parent, *answers]]
    page = _message_page(call, rows, 1000, descending=False)
    if call.switches["parent_on_pages"] == "every" and call.arguments.get("cursor"):
        page["messages"] = [rows[0], *page["messages"]]
    return page


def _readable(call: Call) -> tuple[str, Channel]:
    channel_id, channel = known_channel(call)
    check_scope(call.workspace, f"{channel.family}:history")
    if not call.workspace.has_bot(channel):
        raise Refusal("not_in_channel")
    return channel_id, channel


def _span(call: Call) -> Span:
    oldest, latest = (_stamp(call, name) for name in ("oldest", "latest"))
    inclusive = call.flag("inclusive")
    return Span(Decimal(-1) if oldest is None else oldest, Decimal("Infinity") if latest is None else latest, inclusive)


def _stamp(call: Call, name: str) -> Decimal | None:
    given = call.text(name, "")
    number = as_number(given) if given and given != "now" else None
    if given not in ("", "now") and number is None:
        raise Refusal(f"invalid_ts_{name}")
    return number


def _settled(call: Call, channel: Channel) -> list[Document]:
    """What a read already sees: a fresh message may take its time (section 6 item 6)."""
    until = Decimal(str(call.now)) - call.switches["history_delay"]
    delayed = call.switches["history_delay"] > 0
    return [one for one in channel.messages if not delayed or Decimal(one["ts"]) <= until]


def _seen(call: Call, channel: Channel, message: Document) -> Document:
    """A message as a read returns it: the payload of metadata only on request, figures on a parent."""
    shown = dict(message)
    if "metadata" in shown and not call.flag("include_all_metadata"):
        shown["metadata"] = {"event_type": shown["metadata"]["event_type"]}
    answers = channel.replies(message["ts"])
    if answers:
        people = list(dict.fromkeys(one.get("user", one.get("bot_id")) for one in answers))
        figures = {"reply_count": len(answers), "reply_users_count": len(people), "reply_users": people}
        shown |= {"thread_ts": message["ts"], **figures, "latest_reply": answers[-1]["ts"]}
    return shown


# Pages ----------------------------------------------------------------------------------------------------------


def _message_page(call: Call, rows: list[Document], default: int, *, descending: bool) -> Document:
    limit = call.limit(default, MOST_ROWS if descending else 1000)
    if call.switches["history_tier"] == "restricted":
        limit = min(limit, RESTRICTED_ROWS)
    if call.switches["short_pages"] == "half":
        limit = max(1, limit // 2)
    start = _after(call, "next_ts")
    rest = [one for one in rows if start is None or _reached(one["ts"], start, descending)]
    if call.mood == "empty-list":
        rest = []
    shown, more = rest[:limit], rest[limit:]
    if call.mood == "half-page":
        shown, more = shown[: len(shown) // 2], []
    page: Document = {"messages": shown, "has_more": bool(more)}
    next_cursor = _cursor("next_ts", more[0]["ts"].replace(".", "")) if more else ""
    if more or call.switches["last_cursor"] == "empty":
        page["response_metadata"] = {"next_cursor": next_cursor}
    return page


def _reached(ts: str, start: int, descending: bool) -> bool:
    own = int(ts.replace(".", ""))
    return own <= start if descending else own >= start


def _cursor(kind: str, value: str | int) -> str:
    return base64.b64encode(f"{kind}:{value}".encode()).decode()


def _after(call: Call, kind: str) -> int | None:
    """Where a cursor says to go on; None without one."""
    given = call.text("cursor", "")
    if not given:
        return None
    try:
        found = CURSOR.fullmatch(base64.b64decode(given, validate=True).decode())
    except ValueError as problem:
        raise Refusal("invalid_cursor") from problem
    if found is None or found[1] != kind:
        raise Refusal("invalid_cursor")
    return int(found[2])


def list_page(call: Call, key: str, rows: Sequence[Document], limit: int) -> Document:
    """One page of a list whose order does not change; cursors count rows."""
    start = _after(call, "next") or 0
    end = start + limit
    next_cursor = _cursor("next", end) if end < len(rows) else ""
    return {key: list(rows[start:end]), "response_metadata": {"next_cursor": next_cursor}}


# Channels -------------------------------------------------------------------------------------------------------


def conversation_info(call: Call) -> Document:
    """One conversation; with its size on request."""
    channel_id, channel = known_channel(call)
    check_scope(call.workspace, f"{channel.family}:read")
    size = {"num_members": len(channel.members)} if call.flag("include_num_members") else {}
    return {"channel": {**_described(call, channel_id, channel), **size}}


def list_conversations(call: Call) -> Document:
    """Conversations of some kinds; private ones only where the bot is in."""
    kinds = [one.strip() for one in call.text("types", PUBLIC).split(",")]
    if not set(kinds) <= FAMILIES.keys():
        raise Refusal("invalid_types")
    for kind in kinds:
        check_scope(call.workspace, f"{FAMILIES[kind]}:read")
    hide = call.flag("exclude_archived")
    rows = [
        {**_described(call, key, one), "num_members": len(one.members)}
        for key, one in call.workspace.channels.items()
        if one.kind in kinds and not (hide and one.archived) and _known(call, one)
    ]
    return list_page(call, "channels", rows, call.limit(100, MOST_ROWS, "invalid_limit"))


def _known(call: Call, channel: Channel) -> bool:
    return channel.kind == PUBLIC or call.workspace.has_bot(channel)


def open_conversation(call: Call) -> Document:
    """The direct or group conversation with some people, made on demand."""
    if call.arguments.get("channel"):
        channel_id, channel = known_channel(call)
        if not channel.is_dialogue:
            raise Refusal("method_not_supported_for_channel_type")
        return {"no_op": True, "already_open": True, "channel": {"id": channel_id}}
    people = [one for one in call.text("users", "").split(",") if one]
    _check_company(call, people)
    channel_id, is_new = call.workspace.direct(people, call.now)
    channel = call.workspace.channels[channel_id]
    shown = _described(call, channel_id, channel) if call.flag("return_im") else {"id": channel_id}
    return {"channel": shown} if is_new else {"no_op": True, "already_open": True, "channel": shown}


def _check_company(call: Call, people: list[str]) -> None:
    if not people:
        raise Refusal("users_list_not_supplied")
    if len(people) > 8:
        raise Refusal("too_many_users")
    for person in people:
        user = call.workspace.user(person)
        if user is None or user["deleted"]:
            raise Refusal("user_not_found" if user is None else "user_disabled")
    check_scope(call.workspace, "im:write" if len(people) == 1 else "mpim:write")


def join_conversation(call: Call) -> Document:
    """The bot enters a public channel; a second time is a warning."""
    channel_id, channel = known_channel(call)
    if channel.kind != PUBLIC:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("is_archived")
    if call.workspace.has_bot(channel):
        call.warnings.append("already_in_channel")
    else:
        channel.members.append(call.workspace.bot["user_id"])
    return {"channel": _described(call, channel_id, channel)}


def _described(call: Call, channel_id: str, channel: Channel) -> Document:
    is_public = channel.kind == PUBLIC
    if channel.kind == DIRECT:
        other = next((one for one in channel.members if one != call.workspace.bot["user_id"]), "")
        return {"id": channel_id, "created": channel.created, "is_im": True, "is_archived": False, "user": other}
    return {
        "id": channel_id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
        "is_channel": is_public,
        "is_group": channel.kind == PRIVATE,
        "is_im": False,
        "is_mpim": channel.is_dialogue,
        "is_private": not is_public,
        "is_archived": channel.archived,
        "is_general": channel.name == "general",
        "is_member": call.workspace.has_bot(channel),
        "is_read_only": channel.rule == "read-only",
    }
