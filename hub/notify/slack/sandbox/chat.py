"""The `chat.*` methods: post, update, delete, permalink, ephemeral (apis/slack.md sections 3.3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hub.notify.slack.sandbox.content import read_content, read_metadata
from hub.notify.slack.sandbox.state import (
    PUBLIC,
    SLACKBOT,
    Channel,
    Document,
    Refusal,
    Workspace,
    is_reply,
)
from hub.notify.slack.sandbox.wire import Call, check_scope

RULES: Mapping[str, str] = {
    "read-only": "restricted_action_read_only_channel",
    "restricted": "restricted_action",
    "thread-only": "restricted_action_thread_only_channel",
    "non-threadable": "restricted_action_non_threadable_channel",
}
"""What an administrator can lay down for a channel → the word that refuses a post."""
CUSTOM_LOOKS = ("username", "icon_emoji", "icon_url")
LONGEST_UPDATE = 4000
"""Characters of `text` that `chat.update` takes."""


def post_message(call: Call) -> Document:
    """Stores a message. Answers with the channel's id, which is not always what was asked for, and the message."""
    channel_id, looks = find_target(call)
    call.limits.count_post(channel_id, call.now)
    draft = {**looks, **draft_message(call, channel_id)}
    message = _seen_before(call, channel_id) or send_draft(call.workspace, channel_id, draft, call.now)
    _remember(call, channel_id, message["ts"])
    return {"channel": channel_id, "ts": message["ts"], "message": message}


def find_target(call: Call) -> tuple[str, Document]:
    """The id of the conversation that is meant and open to the bot, and the looks the message is to have."""
    if call.flag("as_user"):
        raise Refusal("as_user_not_supported")
    looks = _looks(call)
    channel_id = _target(call, by_slackbot="username" in looks)
    _check_may_post(call, call.workspace.channels[channel_id])
    return channel_id, looks


def draft_message(call: Call, channel_id: str) -> Document:
    """The checked content, thread and metadata of a message that has no ts yet."""
    thread = _thread(call, call.workspace.channels[channel_id])
    content = read_content(call)
    if content.empty:
        raise Refusal("no_text")
    metadata = read_metadata(call)
    if metadata == {} and call.switches["metadata"] != "dropped":
        raise Refusal("invalid_metadata_format")
    stored = content.stored(call.workspace, call.switches) | ({} if call.flag("mrkdwn", True) else {"mrkdwn": False})
    return {**stored, **thread, **({"metadata": metadata} if metadata else {})}


def send_draft(workspace: Workspace, channel_id: str, draft: Document, now: float) -> Document:
    """Makes a draft the newest message of its channel."""
    custom = bool(draft.keys() & set(CUSTOM_LOOKS))
    message = {**bot_message(workspace, now, workspace.bot["bot_id"], custom=custom), **draft}
    workspace.channels[channel_id].messages.append(message)
    return message


def _looks(call: Call) -> Document:
    """Custom name and icon; without the scope they are refused or left out."""
    looks = {name: call.text(name) for name in CUSTOM_LOOKS if name in call.arguments}
    if looks and call.switches["customize_without_scope"] == "ignored":
        return looks if "chat:write.customize" in call.workspace.scopes() else {}
    if looks:
        check_scope(call.workspace, "chat:write.customize")
    return looks


def _target(call: Call, by_slackbot: bool) -> str:
    """The conversation meant by an id, a public channel's name, or a person's id (which opens a direct message)."""
    given, workspace = call.text("channel"), call.workspace
    if person := workspace.user(given):
        if person["deleted"]:
            raise Refusal("channel_not_found")
        return workspace.direct([given, SLACKBOT] if by_slackbot else [given], call.now)[0]
    key = given if given in workspace.channels else workspace.named(given)
    if key is None:
        raise Refusal("channel_not_found")
    check_visible(call, workspace.channels[key])
    return key


def check_visible(call: Call, channel: Channel) -> None:
    """Raises Refusal when the bot has no business in a private conversation."""
    slackbots = SLACKBOT in channel.members
    if channel.kind != PUBLIC and not slackbots and not call.workspace.has_bot(channel):
        raise Refusal(call.switches["private_outsider"])


def _check_may_post(call: Call, channel: Channel) -> None:
    if channel.archived:
        raise Refusal("is_archived")
    outside = channel.kind == PUBLIC and not call.workspace.has_bot(channel)
    if outside and "chat:write.public" not in call.workspace.scopes():
        raise Refusal("not_in_channel")
    in_thread = bool(call.arguments.get("thread_ts"))
    bites = {"thread-only": not in_thread, "non-threadable": in_thread}.get(channel.rule, bool(channel.rule))
    if bites:
        raise Refusal(RULES[channel.rule])


def _thread(call: Call, channel: Channel) -> Document:
    """The keys that make a message a reply. Only a parent takes replies."""
    ts = call.text("thread_ts", None)
    if not ts:
        return {}
    if ts in channel.locked_threads:
        raise Refusal("restricted_action_thread_locked")
    parent = channel.find(ts)
    if (parent is None or is_reply(parent)) and call.switches["reply_to_reply"] == "refuse":
        raise Refusal("cannot_reply_to_message")
    broadcast = {"subtype": "thread_broadcast"} if call.flag("reply_broadcast") else {}
    return {"thread_ts": ts, **broadcast}


def bot_message(workspace: Workspace, now: float, bot_id: str, *, custom: bool = False) -> Document:
    """The frame of an app's message; one under a custom name has a subtype instead of a user."""
    author = {"subtype": "bot_message"} if custom else {"user": workspace.bot["user_id"]}
    return {
        "type": "message",
        **author,
        "bot_id": bot_id,
        "app_id": workspace.bot["app_id"],
        "team": workspace.team["id"],
        "ts": workspace.next_ts(now),
    }


# client_msg_id, undocumented as an argument (apis/slack.md section 5) -------------------------------------------


def _client_id(call: Call, channel_id: str) -> str | None:
    given = call.arguments.get("client_msg_id")
    return f"{channel_id} {given}" if given and call.switches["client_msg_id"] != "ignored" else None


def _seen_before(call: Call, channel_id: str) -> Document | None:
    key = _client_id(call, channel_id)
    if key is None or key not in call.workspace.client_ids:
        return None
    first = call.workspace.channels[channel_id].find(call.workspace.client_ids[key])
    if first is None or call.switches["client_msg_id"] == "refuses":
        raise Refusal("duplicate_message_not_found")
    return first


def _remember(call: Call, channel_id: str, ts: str) -> None:
    if key := _client_id(call, channel_id):
        call.workspace.client_ids.setdefault(key, ts)


# Changing what is there -----------------------------------------------------------------------------------------


def update_message(call: Call) -> Document:
    """Replaces text and blocks. Text alone deletes the blocks; metadata that is not given stays."""
    channel_id, channel, message = _own_message(call, "cant_update_message")
    if channel.archived:
        raise Refusal("is_inactive")
    window = call.workspace.edit_window
    if window is not None and call.now - float(message["ts"]) > window:
        raise Refusal("edit_window_closed")
    content = read_content(call)
    if len(content.text) > LONGEST_UPDATE:
        raise Refusal("msg_too_long")
    if not content.text and {"blocks", "attachments"} & call.arguments.keys():
        content = replace(content, text=message["text"])
    if content.empty:
        raise Refusal("no_text")
    metadata = read_metadata(call)
    rewrite_message(message, content.stored(call.workspace, call.switches))
    _mark_edited(call, message, with_blocks=bool(content.blocks))
    if metadata is not None:
        message.pop("metadata", None)
        message.update({"metadata": metadata} if metadata else {})
    return {"channel": channel_id, "ts": message["ts"], "text": message["text"], "message": message}


def rewrite_message(message: Document, stored: Document) -> None:
    """New content in place of the old; what the new has none of is gone."""
    for key in ("text", "blocks", "attachments"):
        message.pop(key, None)
    message.update(stored)


def _mark_edited(call: Call, message: Document, with_blocks: bool) -> None:
    if with_blocks and call.switches["edited_with_blocks"] == "hidden":
        return
    message["edited"] = {"user": call.workspace.bot["user_id"], "ts": call.workspace.next_ts(call.now)}


def delete_message(call: Call) -> Document:
    """Removes an own message; a parent with replies leaves a stone, or is gone too."""
    channel_id, channel, message = _own_message(call, "cant_delete_message")
    remove_message(channel, message, call.switches["deleted_parent"] == "tombstone")
    return {"channel": channel_id, "ts": message["ts"]}


def remove_message(channel: Channel, message: Document, leave_stone: bool = True) -> None:
    """Takes a message out of its channel, for whoever asks."""
    place = channel.messages.index(message)
    if leave_stone and channel.replies(message["ts"]):
        stone = {"type": "message", "subtype": "tombstone", "user": SLACKBOT, "text": "This message was deleted."}
        channel.messages[place] = {**stone, "hidden": True, "ts": message["ts"], "thread_ts": message["ts"]}
    else:
        del channel.messages[place]


def _own_message(call: Call, not_ours: str) -> tuple[str, Channel, Document]:
    channel_id, channel = known_channel(call)
    message = channel.find(call.text("ts"))
    if message is None:
        raise Refusal("message_not_found")
    if not call.workspace.is_ours(message):
        raise Refusal(not_ours)
    return channel_id, channel, message


def known_channel(call: Call) -> tuple[str, Channel]:
    """The conversation under an id that the bot may know of; names and people's ids are none here."""
    channel_id = call.text("channel")
    channel = call.workspace.channels.get(channel_id)
    if channel is None:
        raise Refusal("channel_not_found")
    check_visible(call, channel)
    return channel_id, channel


# Around it ------------------------------------------------------------------------------------------------------


def get_permalink(call: Call) -> Document:
    """The address of a message for people; a reply's names its thread."""
    channel_id, channel = known_channel(call)
    message = channel.find(call.text("message_ts"))
    if message is None:
        raise Refusal("message_not_found")
    domain, ts = call.workspace.team["domain"], message["ts"]
    thread = f"?thread_ts={message['thread_ts']}&cid={channel_id}" if is_reply(message) else ""
    link = f"https://{domain}.slack.com/archives/{channel_id}/p{ts.replace('.', '')}{thread}"
    return {"channel": channel_id, "permalink": link}


def post_ephemeral(call: Call) -> Document:
    """A message for one person, which no history returns."""
    channel_id, channel = known_channel(call)
    user = call.text("user")
    if channel.archived:
        raise Refusal("is_archived")
    if not call.workspace.has_bot(channel):
        raise Refusal("not_in_channel")
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    content = read_content(call)
    if content.empty:
        raise Refusal("no_text")
    message = bot_message(call.workspace, call.now, call.workspace.bot["bot_id"])
    stored = content.stored(call.workspace, call.switches)
    call.workspace.ephemerals.append({**message, **stored, "channel": channel_id, "to": user})
    return {"message_ts": message["ts"]}
