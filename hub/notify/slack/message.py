"""A letter as the message that Slack is sent, with the marks that it is recognised by later."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, replace

from hub.notify.contract import Letter
from hub.notify.slack.blocks import Blocks, blocks_of, fallback_text
from hub.notify.slack.mrkdwn import People, linked
from hub.notify.slack.settings import SlackSettings
from mappings.canonical.kinds import JSON

NAMESPACE = uuid.UUID("6c1f6f0e-3d0b-5d0e-9a55-1f2a7a0f4c21")
"""Of the ids that messages are sent under; any fixed one serves."""
AS_WRITTEN = {"parse": "none", "link_names": False}
"""Nothing in a text becomes a mention. Said in edits too, where leaving it out would turn it on (section 4)."""
OTHERWISE = "hub_told"
"""The event type of a story that names no kind."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted or put in the place of what was posted. `metadata` None and `blocks` () are left out."""

    text: str
    blocks: tuple[dict[str, JSON], ...] = ()
    metadata: dict[str, JSON] | None = None
    link: str = ""
    """A link to the hub's page, for the text of a message without blocks."""

    def without_metadata(self) -> Message:
        """For a workspace that refuses metadata: the id of the first block is still a mark."""
        return replace(self, metadata=None)

    def without_blocks(self) -> Message:
        """One line and a link, for when the blocks are refused: told shortly is better than not told."""
        return replace(self, text=f"{self.text} {self.link}".strip(), blocks=(), link="")


def compose(letter: Letter, *, buttons: bool, people: People | None = None) -> Message:
    """The message of this letter. Of the story's mentions, those in `people` are notified."""
    story = letter.story
    blocks: Blocks = blocks_of(story, mark(letter.key), buttons=buttons, people=people)
    metadata = {"event_type": _event_type(story.data.get("kind")), "event_payload": {"dedupe_key": letter.key}}
    link = linked("Open in the hub", story.url) if story.url else ""
    return Message(fallback_text(story), tuple(blocks), metadata, link)


def post_body(channel: str, message: Message, thread: str = "", id_: str = "") -> dict[str, JSON]:
    """The arguments of chat.postMessage. Nothing unfurls, and a reply is never shown in the channel as well."""
    body = {"channel": channel, "text": message.text, **AS_WRITTEN, "unfurl_links": False, "unfurl_media": False}
    optional = {"thread_ts": thread, "client_msg_id": id_, "metadata": message.metadata, "blocks": list(message.blocks)}
    return {**body, **{key: value for key, value in optional.items() if value}}


def update_body(channel: str, ts: str, message: Message) -> dict[str, JSON]:
    """The arguments of chat.update. Text and blocks go together always: a text without blocks would remove them."""
    body = {"channel": channel, "ts": ts, "text": message.text, **AS_WRITTEN, "blocks": list(message.blocks)}
    return {**body, "metadata": message.metadata} if message.metadata else body


def webhook_body(message: Message) -> dict[str, JSON]:
    """What a webhook is sent. It is said to drop metadata (apis/slack.md section 3.1), so it gets none."""
    body: dict[str, JSON] = {"text": message.text, "unfurl_links": False, "unfurl_media": False}
    return {**body, "blocks": list(message.blocks)} if message.blocks else body


def draft(letter: Letter, settings: SlackSettings) -> dict[str, JSON]:
    """What a first delivery would send, without asking anyone: people of whom only the address is known have names."""
    message = compose(letter, buttons=settings.buttons, people=settings.people)
    if settings.channel is None:
        return webhook_body(message)
    thread = str((letter.parent or {}).get("thread") or (letter.parent or {}).get("ts") or "")
    return post_body(settings.channel, message, thread, client_id(letter.key, ""))


def mark(key: str) -> str:
    """The id of the first block: the same for the same key, and legal whatever the key is."""
    return f"hub:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def client_id(key: str, instead_of: str) -> str:
    """The id that Slack may or may not recognise a repetition by (apis/slack.md section 5). `instead_of` is the ts of
    the message that this one replaces: the two must not be taken for one."""
    return str(uuid.uuid5(NAMESPACE, f"{key}\n{instead_of}"))


def _event_type(kind: JSON) -> str:
    """A kind as an event type: lower-case letters, digits and underscores (apis/slack.md section 4)."""
    return re.sub(r"[^a-z0-9]+", "_", str(kind or "").lower()).strip("_")[:100] or OTHERWISE


def carries(message: JSON, key: str) -> bool:
    """Whether a message that was read back is the one of this key: by its metadata, or by its first block's id."""
    metadata, blocks = message.get("metadata"), message.get("blocks")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    if isinstance(payload, dict) and payload.get("dedupe_key") == key:
        return True
    first = blocks[0] if isinstance(blocks, list) and blocks else None
    return isinstance(first, dict) and first.get("block_id") == mark(key)
