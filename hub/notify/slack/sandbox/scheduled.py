"""Messages for later: `chat.scheduleMessage`, its list, and calling one off (apis/slack.md section 5)."""

from __future__ import annotations

import re

from hub.notify.slack.sandbox.chat import draft_message, find_target, send_draft
from hub.notify.slack.sandbox.reading import list_page
from hub.notify.slack.sandbox.state import Document, Refusal, Workspace
from hub.notify.slack.sandbox.wire import Call

FARTHEST = 120 * 24 * 3600
"""Seconds ahead that a message may be scheduled."""


def schedule_message(call: Call) -> Document:
    """Keeps a message until `post_at`, in seconds since the epoch. Nothing stops a second one like it."""
    channel_id, looks = find_target(call)
    post_at = _moment(call)
    draft = {**looks, **draft_message(call, channel_id)}
    key = call.workspace.make_id("Q")
    planned = {"channel": channel_id, "post_at": post_at, "created": int(call.now), "draft": draft}
    call.workspace.scheduled[key] = planned
    shown = {**draft, "type": "delayed_message", "bot_id": call.workspace.bot["bot_id"]}
    return {"channel": channel_id, "scheduled_message_id": key, "post_at": post_at, "message": shown}


def _moment(call: Call) -> int:
    given = str(call.arguments.get("post_at", ""))
    if not re.fullmatch(r"[0-9]+", given):
        raise Refusal("invalid_time")
    if int(given) <= call.now:
        raise Refusal("time_in_past")
    if int(given) > call.now + FARTHEST:
        raise Refusal("time_too_far")
    return int(given)


def list_scheduled(call: Call) -> Document:
    """What is planned, the nearest first."""
    channel = call.text("channel", "")
    if channel and channel not in call.workspace.channels:
        raise Refusal("invalid_channel")
    rows: list[Document] = [
        {
            "id": key,
            "channel_id": one["channel"],
            "post_at": one["post_at"],
            "date_created": one["created"],
            "text": one["draft"]["text"],
        }
        for key, one in sorted(call.workspace.scheduled.items(), key=lambda pair: int(pair[1]["post_at"]))
        if channel in ("", one["channel"])
    ]
    return list_page(call, "scheduled_messages", rows, call.limit(100, 1000))


def call_off(call: Call) -> Document:
    """Forgets a planned message of this channel."""
    key, channel = call.text("scheduled_message_id"), call.text("channel")
    if channel not in call.workspace.channels:
        raise Refusal("channel_not_found")
    if call.workspace.scheduled.get(key, {}).get("channel") != channel:
        raise Refusal("invalid_scheduled_message_id")
    del call.workspace.scheduled[key]
    return {}


def send_due(workspace: Workspace, now: float) -> None:
    """Sends what is due; what has no open channel any more is lost."""
    due = sorted((one["post_at"], key) for key, one in workspace.scheduled.items() if one["post_at"] <= now)
    for post_at, key in due:
        planned = workspace.scheduled.pop(key)
        channel = workspace.channels.get(planned["channel"])
        if channel is not None and not channel.archived:
            send_draft(workspace, planned["channel"], planned["draft"], post_at)
