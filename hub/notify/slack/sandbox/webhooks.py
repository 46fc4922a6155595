"""Addresses that post without a token: the incoming webhook and the response_url (apis/slack.md sections 3.1 and 6).

They answer with an HTTP status and one plain word; the Web API's envelope is not spoken here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from connectors.sandbox import Request, Response
from hub.notify.slack.sandbox.chat import bot_message, remove_message, rewrite_message
from hub.notify.slack.sandbox.content import Content, check_attachments, check_blocks, check_metadata
from hub.notify.slack.sandbox.limits import Limits
from hub.notify.slack.sandbox.state import JSON, Channel, Document, Refusal, Workspace, is_reply
from hub.notify.slack.sandbox.wire import FORM_TYPE, JSON_TYPE, parse_json
from hub.notify.slack.sandbox.wording import has_stray_bracket

STATES: Mapping[str, str] = {
    "removed": "no_service",
    "disabled": "no_active_hooks",
    "revoked": "invalid_token",
    "prohibited": "action_prohibited",
    "general-denied": "posting_to_general_channel_denied",
    "team-disabled": "team_disabled",
    "creator-left": "channel_not_found",
}
"""What can have become of a webhook → the word it answers with from then on."""

FIXED: Mapping[str, int] = {
    "invalid_payload": 400,
    "user_not_found": 400,
    "action_prohibited": 403,
    "channel_not_found": 404,
    "channel_is_archived": 410,
}
"""The words whose status the vendor fixes."""

REPORTED: Mapping[str, int] = {
    "no_text": 400,
    "invalid_blocks": 400,
    "too_many_attachments": 400,
    "invalid_token": 403,
    "posting_to_general_channel_denied": 403,
    "team_disabled": 403,
    "no_service": 404,
    "no_active_hooks": 404,
    "no_service_id": 404,
    "no_team": 404,
    "used_url": 404,
    "expired_url": 404,
    "message_not_found": 404,
}
"""The other words, with the status that people saw; the switch `loose_statuses` puts another in its place."""

BLOCK_WORDS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
MOST_USES = 5
HTML = {"content-type": "text/html"}


@dataclass(frozen=True, slots=True)
class Post:
    """One request to such an address, with all that answering it takes."""

    workspace: Workspace
    request: Request
    limits: Limits
    switches: Mapping[str, JSON]
    now: float


def answer_webhook(post: Post) -> Response:
    """`ok`, or a word with its status."""
    try:
        _post_by_webhook(post)
    except Refusal as refusal:
        return _refused(post, refusal)
    return Response(200, b"ok", HTML)


def answer_response_url(post: Post) -> Response:
    """The same for the address that came with a click: five uses in thirty minutes."""
    try:
        _respond_to_click(post)
    except Refusal as refusal:
        return _refused(post, refusal)
    return Response(200, b"ok", HTML)


def _refused(post: Post, refusal: Refusal) -> Response:
    if refusal.status == 429:
        seconds = int(refusal.headers["Retry-After"])
        body = {"retry_after": seconds, "ok": False, "error": "rate_limited"}
        return Response.json(429, body, refusal.headers)
    word = "invalid_blocks" if refusal.error in BLOCK_WORDS else refusal.error
    if word not in FIXED and word not in REPORTED:
        word = "invalid_payload"
    status = FIXED.get(word) or post.switches["loose_statuses"] or REPORTED[word]
    return Response(status, word.encode(), HTML)


def _post_by_webhook(post: Post) -> None:
    workspace = post.workspace
    _check_address(post)
    channel = workspace.channels.get(workspace.webhook["channel"])
    if channel is None:
        raise Refusal("channel_not_found")
    post.limits.count_post(workspace.webhook["channel"], post.now)
    body = _read_body(post)
    if channel.archived:
        raise Refusal("channel_is_archived")
    content = _read_content(post, body)
    message = {
        **bot_message(workspace, post.now, workspace.webhook["id"], custom=True),
        **content.stored(workspace, post.switches),
        **_thread(post, body, channel),
        **_metadata(post, body),
    }
    channel.messages.append(message)


def _check_address(post: Post) -> None:
    parts = post.request.segments[1:]
    workspace, hook = post.workspace, post.workspace.webhook
    if len(parts) != 3:
        raise Refusal("no_service_id")
    team, service, secret = parts
    if team != workspace.team["id"]:
        raise Refusal("no_team")
    if service != hook["id"]:
        raise Refusal("no_service")
    if secret != hook["secret"]:
        raise Refusal("invalid_token")
    if hook["state"] != "active":
        raise Refusal(STATES[hook["state"]])


def _read_body(post: Post) -> Document:
    """A JSON object, as the body itself or in the form field `payload`."""
    kind = post.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if post.request.method != "POST" or kind not in (JSON_TYPE, FORM_TYPE):
        raise Refusal("invalid_payload")
    try:
        text = post.request.body.decode("utf-8")
        body = parse_json(parse_qs(text).get("payload", [""])[0] if kind == FORM_TYPE else text)
    except ValueError as problem:
        raise Refusal("invalid_payload") from problem
    if not isinstance(body, dict):
        raise Refusal("invalid_payload")
    return {key: value for key, value in body.items() if value is not None}


def _read_content(post: Post, body: Document) -> Content:
    text = body.get("text", "")
    if not isinstance(text, str):
        raise Refusal("invalid_payload")
    if has_stray_bracket(text) and post.switches["webhook_unescaped"] == "refuse":
        raise Refusal("invalid_payload")
    check_blocks(body.get("blocks"), post.switches)
    check_attachments(body.get("attachments"), post.switches)
    content = Content(text, body.get("blocks", []), body.get("attachments", []))
    if content.empty:
        raise Refusal("no_text")
    return content


def _thread(post: Post, body: Document, channel: Channel) -> Document:
    ts = body.get("thread_ts")
    if not ts:
        return {}
    parent = channel.find(ts)
    if (parent is None or is_reply(parent)) and post.switches["reply_to_reply"] == "refuse":
        raise Refusal("invalid_payload")
    return {"thread_ts": str(ts)}


def _metadata(post: Post, body: Document) -> Document:
    if "metadata" not in body or post.switches["webhook_metadata"] == "dropped":
        return {}
    check_metadata(body["metadata"], post.switches)
    return {"metadata": body["metadata"]}


# response_url ---------------------------------------------------------------------------------------------------


def _respond_to_click(post: Post) -> None:
    """Replaces or deletes the message clicked on, or says something new to the person or to all."""
    url = post.workspace.response_urls.get("/".join(post.request.segments[1:]))
    if url is None:
        raise Refusal("invalid_token")
    if post.now > url["expires"]:
        raise Refusal("expired_url")
    if url["uses"] >= MOST_USES:
        raise Refusal("used_url")
    body = _read_body(post)
    channel = post.workspace.channels.get(url["channel"])
    if channel is None:
        raise Refusal("channel_not_found")
    if body.get("delete_original") is True:
        _remove_original(post.workspace, channel, url["ts"])
    else:
        _say(post, channel, url, body)
    url["uses"] += 1


def _original(workspace: Workspace, channel: Channel, ts: str) -> Document:
    """The message clicked on, for all or for one."""
    private = (one for one in workspace.ephemerals if one["ts"] == ts)
    found = channel.find(ts) or next(private, None)
    if found is None:
        raise Refusal("message_not_found")
    return found


def _remove_original(workspace: Workspace, channel: Channel, ts: str) -> None:
    message = _original(workspace, channel, ts)
    if message in channel.messages:
        remove_message(channel, message)
    else:
        workspace.ephemerals.remove(message)


def _say(post: Post, channel: Channel, url: Document, body: Document) -> None:
    workspace = post.workspace
    stored = _read_content(post, body).stored(workspace, post.switches)
    if body.get("replace_original") is True:
        rewrite_message(_original(workspace, channel, url["ts"]), stored)
        return
    message = {**bot_message(workspace, post.now, workspace.bot["bot_id"]), **stored, **_thread(post, body, channel)}
    if body.get("response_type") == "in_channel":
        channel.messages.append(message)
    else:
        workspace.ephemerals.append({**message, "channel": url["channel"], "to": url["user"]})
