"""What may be in a message, whichever road it comes by (apis/slack.md sections 2, 3.3 and 4)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.notify.slack.sandbox.blocks import find_faults
from hub.notify.slack.sandbox.state import JSON, Document, Refusal, Workspace, each_text
from hub.notify.slack.sandbox.wire import Call
from hub.notify.slack.sandbox.wording import as_stored, blocks_as_stored

LONGEST_TEXT = 40_000
"""Characters after which Slack truncates."""
LONGEST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100
EVENT_TYPE = re.compile(r"[A-Za-z0-9_]+")
PAYLOAD_KEY = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Content:
    """The checked content of one message, not yet as it is stored."""

    text: str
    blocks: list[JSON]
    attachments: list[JSON]
    link_urls: bool = True
    link_names: bool = False

    @property
    def empty(self) -> bool:
        return not (self.text.strip() or self.blocks or self.attachments)

    def stored(self, workspace: Workspace, switches: Mapping[str, JSON]) -> Document:
        """The keys of a message; `blocks` and `attachments` only where there are some."""
        text = self.text[:LONGEST_TEXT]
        if switches["text_rewrite"] == "on":
            text = as_stored(text, workspace, urls=self.link_urls, names=self.link_names)
        blocks = blocks_as_stored(self.blocks, workspace, switches)
        attachments = [{"id": number, **one} for number, one in enumerate(self.attachments, 1)]
        return {
            "text": text,
            **({"blocks": blocks} if blocks else {}),
            **({"attachments": attachments} if attachments else {}),
        }


def read_content(call: Call) -> Content:
    """The content of a Web API call. Raises Refusal with the vendor's word for what is wrong."""
    text, markdown = call.text("text", None) or "", call.text("markdown_text", None)
    blocks = call.structure("blocks", "invalid_blocks_format")
    attachments = call.structure("attachments", "invalid_attachments")
    if markdown is not None:
        if text or blocks is not None:
            raise Refusal("markdown_text_conflict")
        if len(markdown) > LONGEST_MARKDOWN:
            raise Refusal("msg_too_long")
        blocks = [{"type": "markdown", "text": markdown}] if markdown else []
    parse = call.text("parse", "")
    check_blocks(blocks, call.switches)
    check_attachments(attachments, call.switches)
    names = parse == "full" or call.flag("link_names")
    return Content(text, blocks or [], attachments or [], parse != "none", names)


def check_blocks(blocks: JSON, switches: Mapping[str, JSON], pointer: str = "/blocks") -> None:
    """Raises Refusal unless this is a list of valid blocks, not too long together; None is no blocks."""
    if blocks is None:
        return
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    if faults := find_faults(blocks, pointer):
        messages = [f"[ERROR] {fault}" for fault in faults]
        raise Refusal("invalid_blocks", {"errors": faults, "response_metadata": {"messages": messages}})
    if sum(len(text) for text in each_text(blocks)) > switches["blocks_total"]:
        raise Refusal("msg_blocks_too_long")


def check_attachments(attachments: JSON, switches: Mapping[str, JSON]) -> None:
    """Raises Refusal unless this is a list of objects with valid blocks; None is no attachments."""
    if attachments is None:
        return
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise Refusal("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    for number, one in enumerate(attachments):
        check_blocks(one.get("blocks"), switches, f"/attachments/{number}/blocks")


def read_metadata(call: Call) -> Document | None:
    """The metadata of a call, {} when it is to be removed, None when none was given."""
    value = call.structure("metadata", "invalid_metadata_format")
    if value is None or value == {}:
        return value if value is None else {}
    check_metadata(value, call.switches)
    found: Document = value
    return {} if call.switches["metadata"] == "dropped" else found


def check_metadata(value: JSON, switches: Mapping[str, JSON]) -> None:
    """Raises Refusal unless this is an event type with a payload as the guide draws it."""
    if switches["metadata"] == "refused":
        raise Refusal("metadata_must_be_sent_from_app")
    if not isinstance(value, dict) or value.keys() != {"event_type", "event_payload"}:
        raise Refusal("invalid_metadata_format")
    event_type, payload = value["event_type"], value["event_payload"]
    if not isinstance(event_type, str) or not isinstance(payload, dict):
        raise Refusal("invalid_metadata_format")
    strict = switches["metadata_schema"] == "strict"
    if strict and not (EVENT_TYPE.fullmatch(event_type) and _is_flat(payload, levels=2)):
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) > switches["metadata_bytes"]:
        raise Refusal("metadata_too_large")


def _is_flat(payload: Document, levels: int) -> bool:
    return all(PAYLOAD_KEY.fullmatch(key) and _is_value(value, levels - 1) for key, value in payload.items())


def _is_value(value: JSON, levels: int) -> bool:
    """A primitive; or, one level up, an object of primitives or an array of either."""
    if isinstance(value, dict):
        return levels > 0 and _is_flat(value, levels)
    if isinstance(value, list):
        return levels > 0 and all(not isinstance(one, list) and _is_value(one, levels) for one in value)
    return isinstance(value, str | int | float)
