"""Presses of buttons: requests that Slack sends to us (apis/slack.md section 6). Proven first, then read strictly."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args
from urllib.parse import parse_qs, urlsplit

from connectors.contract import Wiring
from connectors.http import ToolClient
from hub.errors import Refusal
from hub.notify.slack.escape import clean, escape
from hub.notify.story import Button
from mappings.canonical.kinds import JSON

TOLERANCE = 300
"""Seconds that a request may differ from our clock; an older one may be a recorded one."""
ACTS: tuple[str, ...] = get_args(Button.model_fields["act"].annotation)
SIGNATURE, TIMESTAMP = "x-slack-signature", "x-slack-request-timestamp"


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button. `subject` is what the button stood for; `action_ts` when it was pressed."""

    act: str
    subject: str
    user_id: str
    user_name: str
    team: str
    channel: str
    message_ts: str
    action_ts: str
    response_url: str
    """Takes five answers within half an hour; whoever has it may use it."""

    @property
    def key(self) -> str:
        """The same for a press that arrives twice."""
        return "/".join((self.user_id, self.action_ts, self.act, self.message_ts))


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> None:
    """Prove that Slack sent this body lately. Raises Refusal, and nothing else, whatever the headers hold.

    `body` is as it arrived, before anything read it; `now` seconds since the epoch. Header names in any case.
    """
    given = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = given.get(TIMESTAMP, ""), given.get(SIGNATURE, "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise _forged("the request carries no time")
    if abs(now - int(timestamp)) > TOLERANCE:
        raise _forged("the request is too old, or a clock is wrong")
    if not secret:
        raise Refusal("buttons are not set up", hint="set signing_secret to the Slack app's signing secret")
    expected = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"v0={expected}".encode(), signature.encode("utf-8", "surrogatepass")):
        raise _forged("the signature is not the one of this app")


def _forged(message: str) -> Refusal:
    return Refusal(message, place="Slack", hint="check signing_secret and this machine's clock")


def parse(body: bytes) -> Press:
    """The press that a verified body tells of. Raises Refusal for anything that is not one button of ours."""
    payload = _payload(body)
    if payload.get("type") != "block_actions":
        raise _strange("is no press of a button")
    actions = payload.get("actions")
    if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], dict):
        raise _strange("is not one press")
    action = actions[0]
    if action.get("type") != "button" or action.get("action_id") not in ACTS:
        raise _strange("is of a button that is not ours")
    user = payload.get("user")
    return Press(
        act=_text(action, "action_id"),
        subject=_text(action, "value"),
        user_id=_text(user, "id"),
        user_name=_name(user),
        team=_text(payload.get("team"), "id"),
        channel=_text(payload.get("channel"), "id"),
        message_ts=_text(payload.get("container"), "message_ts"),
        action_ts=_text(action, "action_ts"),
        response_url=_web_address(payload),
    )


def _payload(body: bytes) -> Mapping[str, JSON]:
    try:
        (text,) = parse_qs(body.decode("utf-8"), strict_parsing=True)["payload"]
        payload = json.loads(text)
    except (ValueError, KeyError, RecursionError):
        raise _strange("has no readable payload") from None
    if not isinstance(payload, dict):
        raise _strange("has no readable payload")
    return payload


def _strange(what: str) -> Refusal:
    return Refusal(f"the request {what}", place="Slack", hint="point only this app's interactivity at this address")


def _text(holder: JSON, key: str) -> str:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, str) or not value:
        raise _strange(f"has no {key}")
    return value


def _name(user: JSON) -> str:
    """What to call the person; the id where Slack tells no name."""
    names = (user.get(key) for key in ("username", "name", "id")) if isinstance(user, dict) else ()
    return next((name for name in names if isinstance(name, str) and name), "")


def _web_address(payload: Mapping[str, JSON]) -> str:
    url = _text(payload, "response_url")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _strange("has no usable response_url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _strange("has no usable response_url")
    return url


def answer(response_url: str, text: str, wiring: Wiring) -> None:
    """Tell the person who pressed, and nobody else, what came of it; the message stays. `text` is plain words.

    Raises ToolError: NotFound when the address has expired, UnknownOutcome when it may have been told.
    """
    parts = urlsplit(response_url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    http = ToolClient(f"{parts.scheme}://{parts.netloc}", wiring, secrets=(path, parts.path.rpartition("/")[2]))
    body = {"response_type": "ephemeral", "replace_original": False, "text": escape(clean(text))}
    try:
        http.send("POST", path, body=body, repeatable=False, expect_json=False)
    finally:
        http.close()
