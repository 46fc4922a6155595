"""The Web API's methods as a table: who answers, at which tier, with which scopes, in which encodings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.notify.slack.sandbox import chat, people, reading, scheduled
from hub.notify.slack.sandbox.state import Document
from hub.notify.slack.sandbox.wire import Call

HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
READ = ("channels:read", "groups:read", "im:read", "mpim:read")
OPEN = ("im:write", "mpim:write", "channels:manage", "groups:write")


@dataclass(frozen=True, slots=True)
class Method:
    """`tier` as in apis/slack.md section 2, "" for special limits; any one of `scopes` opens the door."""

    answer: Callable[[Call], Document]
    tier: str
    scopes: tuple[str, ...] = ()
    writes: bool = False
    """Write methods are POST and take JSON; read methods take form or query arguments."""
    public: bool = False
    """Whether it answers without a token."""


METHODS: Mapping[str, Method] = {
    "api.test": Method(people.echo, "4", writes=True, public=True),
    "auth.test": Method(people.prove_token, ""),
    "chat.postMessage": Method(chat.post_message, "", ("chat:write",), writes=True),
    "chat.update": Method(chat.update_message, "3", ("chat:write",), writes=True),
    "chat.delete": Method(chat.delete_message, "3", ("chat:write",), writes=True),
    "chat.postEphemeral": Method(chat.post_ephemeral, "4", ("chat:write",), writes=True),
    "chat.getPermalink": Method(chat.get_permalink, ""),
    "chat.scheduleMessage": Method(scheduled.schedule_message, "3", ("chat:write",), writes=True),
    "chat.scheduledMessages.list": Method(scheduled.list_scheduled, "3"),
    "chat.deleteScheduledMessage": Method(scheduled.call_off, "3", ("chat:write",), writes=True),
    "conversations.history": Method(reading.history, "3", HISTORY),
    "conversations.replies": Method(reading.replies, "3", HISTORY),
    "conversations.info": Method(reading.conversation_info, "3", READ),
    "conversations.list": Method(reading.list_conversations, "2", READ),
    "conversations.open": Method(reading.open_conversation, "3", OPEN, writes=True),
    "conversations.join": Method(reading.join_conversation, "3", ("channels:join",), writes=True),
    "users.lookupByEmail": Method(people.find_by_email, "3", ("users:read.email",)),
    "users.info": Method(people.user_info, "4", ("users:read",)),
    "users.list": Method(people.list_users, "2", ("users:read",)),
    "usergroups.list": Method(people.list_usergroups, "2", ("usergroups:read",)),
}
