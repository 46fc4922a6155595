"""Messages as HTML: mrkdwn, text objects, blocks. Everything that anybody wrote is escaped on its way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

from hub.notify.slack.sandbox.state import JSON, Document, Workspace
from hub.notify.slack.sandbox.wording import CODE, CONTROL, EMOJI

Replacement = Callable[[re.Match[str]], str]

STYLES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?!\s)([^_\n]+?)(?<!\s)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?!\s)([^~\n]+?)(?<!\s)~(?![\w~])"), r"<s>\1</s>"),
    (re.compile(r"(?m)^&gt; ?(.*)(?:\n|$)"), r"<blockquote>\1</blockquote>"),
)
PICTURES: Mapping[str, str] = {name: character for character, name in EMOJI.items()}
HOLE = re.compile("\x00(\\d+)\x00")


def show_mrkdwn(text: str, workspace: Workspace) -> str:
    """A stored mrkdwn text. Links, mentions and code are set aside first, so that no style reaches into them."""
    kept: list[str] = []

    def aside(shown: str) -> str:
        kept.append(shown)
        return f"\x00{len(kept) - 1}\x00"

    text = CONTROL.sub(lambda found: aside(_control(found[0][1:-1], workspace)), text.replace("\x00", ""))
    text = CODE.sub(lambda found: aside(_code(found[0])), text)
    text = _styled(escape(_entities_decoded(_pictured(text)), quote=True))
    for _ in ("code", "what stood inside it"):
        text = HOLE.sub(lambda found: kept[int(found[1])], text)
    return text


def _styled(text: str) -> str:
    for pattern, replacement in STYLES:
        text = pattern.sub(replacement, text)
    return text.replace("</blockquote><blockquote>", "<br>").replace("\n", "<br>")


def _code(text: str) -> str:
    if text.startswith("```"):
        return f"<pre>{escape(_entities_decoded(text[3:-3].strip()))}</pre>"
    return f"<code>{escape(_entities_decoded(text[1:-1]))}</code>"


def _entities_decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _pictured(text: str) -> str:
    for name, character in PICTURES.items():
        text = text.replace(name, character)
    return text


def _control(inside: str, workspace: Workspace) -> str:
    """What stands between angle brackets: a person, a channel, a special word, a date or a link."""
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return _mention(f"@{label or workspace.name_of(target[1:])}")
    if target.startswith("#"):
        channel = workspace.channels.get(target[1:])
        return _mention(f"#{label or (channel.name if channel else target[1:])}")
    if target.startswith("!subteam^"):
        return _mention(label or _group(target.removeprefix("!subteam^"), workspace))
    if target.startswith("!date^"):
        return f"<span>{escape(_entities_decoded(label))}</span>"
    if target.startswith("!"):
        return _mention(f"@{target[1:]}")
    shown = _entities_decoded(label or target)
    return f'<a href="{escape(_entities_decoded(target))}" rel="noreferrer">{escape(shown)}</a>'


def _group(key: str, workspace: Workspace) -> str:
    return next((f"@{one['handle']}" for one in workspace.usergroups if one["id"] == key), f"@{key}")


def _mention(text: str) -> str:
    """A name as it is shown. One that looks like a hole is robbed of its marks: it comes from no checked text."""
    return f'<span class="mention">{escape(_entities_decoded(text.replace(chr(0), "")))}</span>'


# Blocks ---------------------------------------------------------------------------------------------------------


def show_message(message: Document, workspace: Workspace) -> str:
    """The body of a message: its blocks, or its text when it has none."""
    if blocks := message.get("blocks"):
        return "".join(show_block(block, workspace) for block in blocks)
    if message.get("mrkdwn") is False:
        return f'<p class="plain">{escape(_entities_decoded(message["text"]))}</p>'
    return f"<p>{show_mrkdwn(message['text'], workspace)}</p>"


def show_block(block: Document, workspace: Workspace) -> str:
    """One block; a kind that this page does not draw is named."""
    show = SHOWN.get(block["type"])
    return show(block, workspace) if show else f'<p class="quiet">[{escape(block["type"])}]</p>'


def _text(node: Document, workspace: Workspace) -> str:
    if node["type"] == "mrkdwn":
        return show_mrkdwn(node["text"], workspace)
    return escape(_pictured(node["text"])).replace("\n", "<br>")


def _header(block: Document, workspace: Workspace) -> str:
    return f"<h3>{_text(block['text'], workspace)}</h3>"


def _section(block: Document, workspace: Workspace) -> str:
    text = f"<p>{_text(block['text'], workspace)}</p>" if "text" in block else ""
    fields = "".join(f"<div>{_text(one, workspace)}</div>" for one in block.get("fields", []))
    grid = f'<div class="fields">{fields}</div>' if fields else ""
    accessory = _element(block["accessory"], workspace) if "accessory" in block else ""
    return f'<div class="section"><div>{text}{grid}</div>{accessory}</div>'


def _context(block: Document, workspace: Workspace) -> str:
    shown = "".join(f"<span>{_element(one, workspace)}</span>" for one in block["elements"])
    return f'<div class="context">{shown}</div>'


def _actions(block: Document, workspace: Workspace) -> str:
    return f'<div class="actions">{"".join(_element(one, workspace) for one in block["elements"])}</div>'


def _divider(block: Document, workspace: Workspace) -> str:
    return "<hr>"


def _image(block: Document, workspace: Workspace) -> str:
    """Its alternative text: a picture would be an outside request."""
    return f'<p class="quiet">[image: {escape(block["alt_text"])}]</p>'


def _markdown(block: Document, workspace: Workspace) -> str:
    return f'<p class="plain">{escape(block["text"])}</p>'


def _element(node: Document, workspace: Workspace) -> str:
    if node["type"] in ("mrkdwn", "plain_text"):
        return _text(node, workspace)
    if node["type"] == "image":
        return f"[image: {escape(node['alt_text'])}]"
    label: JSON = node.get("text") or node.get("placeholder") or {"type": "plain_text", "text": node["type"]}
    style = f' class="{escape(node["style"])}"' if "style" in node else ""
    return f'<button type="button" disabled{style}>{_text(label, workspace)}</button>'


SHOWN: Mapping[str, Callable[[Document, Workspace], str]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image,
    "markdown": _markdown,
}
