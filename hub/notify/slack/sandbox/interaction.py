"""What Slack sends to an app when a person clicks a button: a signed request (apis/slack.md section 6)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from hub.notify.slack.sandbox.state import Channel, Document, Workspace

LIFETIME = 30 * 60
"""Seconds a response_url lives."""
STALE = 301
"""Seconds by which a replayed request is too old for a careful receiver."""
MODES = ("normal", "wrong-signature", "stale", "double", "bad-timestamp")


def click(workspace: Workspace, change: Document, channel_id: str, now: float) -> Document:
    """The request that a click causes: `url`, `method`, `headers`, `body`; with mode ``double`` another as `second`.

    Raises ValueError when there is no such button, message or mode.
    """
    mode = change.get("mode", "normal")
    if mode not in MODES:
        raise ValueError(f"a click has mode {', '.join(MODES)}, not {mode!r}")
    make = _payload_maker(workspace, change, channel_id, now)
    first = _signed(workspace, make(), mode, now) | {"url": change.get("to", "")}
    if mode != "double":
        return first
    return first | {"second": _signed(workspace, make(), mode, now) | {"url": change.get("to", "")}}


def signature(secret: str, timestamp: str, body: str) -> str:
    """The value of `X-Slack-Signature` for a raw body."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()


def _signed(workspace: Workspace, payload: Document, mode: str, now: float) -> Document:
    body = urlencode({"payload": json.dumps(payload, ensure_ascii=False, separators=(",", ":"))})
    timestamp = str(int(now) - (STALE if mode == "stale" else 0))
    if mode == "bad-timestamp":
        timestamp = "yesterday"
    secret = workspace.signing_secret + ("-of-somebody-else" if mode == "wrong-signature" else "")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
    }
    return {"method": "POST", "headers": headers, "body": body}


def _payload_maker(workspace: Workspace, change: Document, channel_id: str, now: float) -> Callable[[], Document]:
    """Makes the payload of one click as often as it is sent: only the one-use parts differ."""
    channel, person = workspace.channels[channel_id], workspace.user(change["user"])
    message, is_ephemeral = _message(workspace, channel, change["ts"])
    if person is None:
        raise ValueError(f"there is no user {change['user']!r}")
    action = _action(message, change["action_id"]) | {"action_ts": workspace.next_ts(now)}
    team = workspace.team["id"]
    person_shown = {"id": person["id"], "username": person["name"], "name": person["name"], "team_id": team}
    fixed: Document = {
        "type": "block_actions",
        "team": {"id": team, "domain": workspace.team["domain"]},
        "user": person_shown,
        "api_app_id": workspace.bot["app_id"],
        "token": "verification-token-of-no-value",
        "container": {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel_id,
            "is_ephemeral": is_ephemeral,
        },
        "channel": {"id": channel_id, "name": channel.name or "directmessage"},
        "message": message,
        "state": {"values": {}},
        "actions": [action],
    }
    base = change.get("base_url", "https://hooks.slack.com").rstrip("/")
    return lambda: (
        fixed
        | {
            "response_url": base + _response_path(workspace, channel_id, message["ts"], person["id"], now),
            "trigger_id": f"{workspace.make_id(length=12)}.{workspace.make_id(length=12)}".lower(),
        }
    )


def _message(workspace: Workspace, channel: Channel, ts: str) -> tuple[Document, bool]:
    if found := channel.find(ts):
        return found, False
    for one in workspace.ephemerals:
        if one["ts"] == ts:
            return one, True
    raise ValueError(f"there is no message {ts!r}")


def _response_path(workspace: Workspace, channel_id: str, ts: str, user: str, now: float) -> str:
    key = f"{workspace.team['id']}/{workspace.make_id()}/{workspace.make_id(length=24)}"
    workspace.response_urls[key] = {
        "channel": channel_id,
        "ts": ts,
        "user": user,
        "uses": 0,
        "expires": now + LIFETIME,
    }
    return f"/actions/{key}"


def _action(message: Document, action_id: str) -> Document:
    """What the payload tells of the button."""
    for block_id, element in buttons(message):
        if element["action_id"] == action_id:
            shown: Document = {key: element[key] for key in ("text", "value", "style", "url") if key in element}
            return {"type": "button", "action_id": action_id, "block_id": block_id, **shown}
    raise ValueError(f"the message has no button {action_id!r}")


def buttons(message: Document) -> Iterator[tuple[str, Document]]:
    """Every button of a message with the id of its block."""
    for block in message.get("blocks", []):
        inside = block.get("elements", []) if block["type"] == "actions" else [block.get("accessory", {})]
        yield from ((block["block_id"], one) for one in inside if one.get("type") == "button")
