"""Rich text as HTML: Atlassian documents by a table of nodes, wiki text through its own reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

from connectors.sandbox import JSON
from hub.notify.jira.sandbox.wiki import render_wiki

Node = Mapping[str, JSON]


def is_safe_link(url: str) -> bool:
    """Whether a page may carry the link; `javascript:` and the like may not."""
    return re.match(r"(https?|mailto):", url, re.IGNORECASE) is not None


def render_rich_text(text: JSON) -> str:
    """HTML of a checked document or of wiki text, everything in it escaped."""
    return render_wiki(text) if isinstance(text, str) else _children(text)


def _children(node: Node) -> str:
    return "".join(_node(child) for child in node.get("content", ()))


def _node(node: Node) -> str:
    return NODES[node["type"]](node)


def _wrapped(tag: str) -> Callable[[Node], str]:
    return lambda node: f"<{tag}>{_children(node)}</{tag}>"


def _attr(node: Node, name: str, default: str = "") -> str:
    return escape(str(node.get("attrs", {}).get(name, default)))


def _heading(node: Node) -> str:
    level = int(node["attrs"]["level"])
    return f"<h{level}>{_children(node)}</h{level}>"


def _expand(node: Node) -> str:
    title = _attr(node, "title") or "Details"
    return f"<details class=expand open><summary>{title}</summary>{_children(node)}</details>"


def _task(node: Node) -> str:
    box = "☑" if node["attrs"]["state"] == "DONE" else "☐"
    return f"<li>{box} {_children(node)}</li>"


def _card(node: Node) -> str:
    url = str(node["attrs"].get("url", ""))
    return f"<a href='{escape(url)}'>{escape(url)}</a>" if is_safe_link(url) else escape(url)


def _cell(tag: str) -> Callable[[Node], str]:
    def render(node: Node) -> str:
        given = node.get("attrs", {})
        spans = "".join(f" {name}={int(given[name])}" for name in ("colspan", "rowspan") if name in given)
        return f"<{tag}{spans}>{_children(node)}</{tag}>"

    return render


_MARKS: Mapping[str, str] = {"strong": "strong", "em": "em", "strike": "s", "underline": "u", "code": "code"}


def _text(node: Node) -> str:
    shown = escape(node["text"])
    for mark in node.get("marks", ()):
        shown = _marked(mark, shown)
    return shown


def _marked(mark: Node, shown: str) -> str:
    kind = mark["type"]
    if kind in _MARKS:
        return f"<{_MARKS[kind]}>{shown}</{_MARKS[kind]}>"
    if kind == "subsup":
        return f"<{mark['attrs']['type']}>{shown}</{mark['attrs']['type']}>"
    if kind == "link" and is_safe_link(mark["attrs"]["href"]):
        return f"<a href='{escape(mark['attrs']['href'])}'>{shown}</a>"
    if kind in ("textColor", "backgroundColor"):
        style = "color" if kind == "textColor" else "background"
        return f"<span style='{style}:{escape(mark['attrs']['color'])}'>{shown}</span>"
    return shown


NODES: Mapping[str, Callable[[Node], str]] = {
    "paragraph": _wrapped("p"),
    "heading": _heading,
    "bulletList": _wrapped("ul"),
    "orderedList": _wrapped("ol"),
    "listItem": _wrapped("li"),
    "taskList": _wrapped("ul"),
    "taskItem": _task,
    "codeBlock": lambda node: f"<pre><code>{_children(node)}</code></pre>",
    "blockquote": _wrapped("blockquote"),
    "panel": lambda node: f"<div class='panel {_attr(node, 'panelType')}'>{_children(node)}</div>",
    "rule": lambda node: "<hr>",
    "expand": _expand,
    "nestedExpand": _expand,
    "table": _wrapped("table"),
    "tableRow": _wrapped("tr"),
    "tableHeader": _cell("th"),
    "tableCell": _cell("td"),
    "text": _text,
    "hardBreak": lambda node: "<br>",
    "mention": lambda node: f"<strong>{_attr(node, 'text') or '@' + _attr(node, 'id')}</strong>",
    "inlineCard": _card,
    "emoji": lambda node: _attr(node, "text") or _attr(node, "shortName"),
    "date": lambda node: f"<code>{_attr(node, 'timestamp')}</code>",
    "status": lambda node: f"<span class=lozenge>{_attr(node, 'text')}</span>",
}
