"""What Slack makes of a text: escaping, links, names, emoji (apis/slack.md section 4).

What is stored is not what was sent, byte for byte; a client that compares the two learns it here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hub.notify.slack.sandbox.state import JSON, Document, Workspace

CONTROL = re.compile(
    r"<(?:@[UWB]\w+(?:\|[^<>]*)?|#C\w+(?:\|[^<>]*)?|![a-z]+[^<>]*|(?:https?://|mailto:|tel:)[^\s<>|]+(?:\|[^<>]*)?)>"
)
"""A mention, a special word, a date or a link: the only legal use of an angle bracket."""
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
BARE_URL = re.compile(r"https?://[^\s<>|]+")
LONE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
LOUD = re.compile(r"@(here|channel|everyone)\b")
CHANNEL_WORD = re.compile(r"#([a-z0-9][a-z0-9_-]*)")
EMOJI: Mapping[str, str] = {
    "✅": ":white_check_mark:",
    "❌": ":x:",
    "⚠️": ":warning:",
    "⚠": ":warning:",
    "🎉": ":tada:",
    "🚀": ":rocket:",
    "🔴": ":red_circle:",
    "🟢": ":large_green_circle:",
}

Part = Callable[[str], str]


def has_stray_bracket(text: str) -> bool:
    """Whether a `<` opens no link and no mention."""
    return "<" in CONTROL.sub("", text)


def escape(text: str) -> str:
    """The three characters as entities, those that are entities already left alone."""
    return LONE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def as_stored(text: str, workspace: Workspace, *, urls: bool, names: bool) -> str:
    """A mrkdwn text as the API gives it back: bare addresses linked with `urls`, @here and #channels with `names`."""

    def prose(part: str) -> str:
        part = with_emoji(escape(part))
        part = BARE_URL.sub(lambda found: f"<{found[0]}>", part) if urls else part
        return _link_names(part, workspace) if names else part

    return _apart(CONTROL, text, str, lambda part: _apart(CODE, part, escape, prose))


def with_emoji(text: str) -> str:
    for character, name in EMOJI.items():
        text = text.replace(character, name)
    return text


def _apart(pattern: re.Pattern[str], text: str, matched: Part, between: Part) -> str:
    """The text with one treatment for what the pattern finds and another for the rest."""
    done, end = "", 0
    for found in pattern.finditer(text):
        done += between(text[end : found.start()]) + matched(found[0])
        end = found.end()
    return done + between(text[end:])


def _link_names(text: str, workspace: Workspace) -> str:
    def channel(found: re.Match[str]) -> str:
        key = workspace.named(found[1])
        return f"<#{key}|{found[1]}>" if key else found[0]

    return CHANNEL_WORD.sub(channel, LOUD.sub(r"<!\1>", text))


def blocks_as_stored(blocks: list[JSON], workspace: Workspace, switches: Mapping[str, JSON]) -> list[JSON]:
    """Blocks as history returns them: ids filled in, text objects complete and rewritten."""
    return [
        {"block_id": workspace.make_id(length=5), **_completed(block, workspace, switches, block.get("type", ""))}
        for block in blocks
    ]


def _completed(node: JSON, workspace: Workspace, switches: Mapping[str, JSON], block: str) -> JSON:
    if isinstance(node, list):
        return [_completed(one, workspace, switches, block) for one in node]
    if not isinstance(node, dict) or block in ("rich_text", "markdown"):
        return node
    if isinstance(node.get("text"), str) and node.get("type") in ("plain_text", "mrkdwn"):
        return _text_object(node, workspace, switches)
    whole = {key: _completed(value, workspace, switches, block) for key, value in node.items()}
    return whole | ({"action_id": workspace.make_id(length=5)} if _lacks_action_id(node, block) else {})


def _lacks_action_id(node: Document, block: str) -> bool:
    inside = node.get("type") not in (block, "image", None)
    return block in ("actions", "section") and inside and "action_id" not in node


def _text_object(node: Document, workspace: Workspace, switches: Mapping[str, JSON]) -> Document:
    text = node["text"]
    if node["type"] == "plain_text":
        escaped = escape(text) if switches["plain_text"] == "escaped" else text
        return {**node, "text": with_emoji(escaped), "emoji": node.get("emoji", True)}
    verbatim = node.get("verbatim", False)
    if switches["text_rewrite"] == "on":
        text = as_stored(text, workspace, urls=not verbatim, names=not verbatim)
    return {**node, "text": text, "verbatim": verbatim}
