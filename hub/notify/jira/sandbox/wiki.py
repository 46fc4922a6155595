"""Jira's wiki text as HTML, as far as apis/jira.md section 4 names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape

_HEADING = re.compile(r"h([1-6])\.\s+(.*)")
_ITEM = re.compile(r"([*#]+|-)\s+(.*)")
_BLOCK = re.compile(r"\{(code|noformat|panel|quote)(?::([^}]*))?\}")

_INLINE = re.compile(
    r"""\\(?P<escaped>[^A-Za-z0-9\s])
      | \{\{(?P<mono>.+?)\}\}
      | \[(?P<label>[^\]|\n]+)\|(?P<url>[^\]\s]+)\]
      | \[~(?P<user>[^\]]+)\]
      | \[(?P<bare>(?:https?|mailto):[^\]\s|]+)\]
      | (?<![\w*])\*(?P<strong>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])
      | (?<![\w_])_(?P<em>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])
    """,
    re.VERBOSE,
)


_ESCAPED = re.compile(r"\\([^A-Za-z0-9\s])")


def _first(found: re.Match[str]) -> str:
    return found[1]


def render_wiki(text: str) -> str:
    """HTML of a wiki text, everything in it escaped."""
    return "".join(_blocks(text.replace("\r\n", "\n").split("\n")))


def _blocks(lines: list[str]) -> Iterator[str]:
    place = 0
    while place < len(lines):
        line = lines[place].strip()
        opening = _BLOCK.match(line)
        reader: Callable[[list[str], int], tuple[str, int]]
        if opening:
            reader = _fenced
        elif line.startswith("|"):
            reader = _table
        elif _ITEM.match(line):
            reader = _list
        else:
            reader = _line
        shown, place = reader(lines, place)
        yield shown


def _line(lines: list[str], place: int) -> tuple[str, int]:
    line = lines[place].strip()
    if heading := _HEADING.match(line):
        return f"<h{heading[1]}>{_inline(heading[2])}</h{heading[1]}>", place + 1
    if line == "----":
        return "<hr>", place + 1
    return (f"<p>{_inline(line)}</p>" if line else ""), place + 1


def _fenced(lines: list[str], place: int) -> tuple[str, int]:
    """From `{code}` to the next `{code}`, which may stand on the same line; to the end where it is missing."""
    opening = _BLOCK.match(lines[place].strip())
    assert opening is not None
    closing = "{" + opening[1] + "}"
    rest = lines[place].strip()[opening.end() :]
    inside: list[str] = []
    while closing not in rest:
        inside.append(rest)
        place += 1
        if place >= len(lines):
            break
        rest = lines[place]
    else:
        inside.append(rest.partition(closing)[0])
    body = "\n".join(inside).strip("\n")
    return FENCES[opening[1]](body, opening[2] or ""), place + 1


def _panel(body: str, options: str) -> str:
    title = dict(one.partition("=")[::2] for one in options.split("|")).get("title", "")
    head = f"<p><strong>{escape(title)}</strong></p>" if title else ""
    return f"<div class=panel>{head}{render_wiki(body)}</div>"


def _verbatim(body: str, options: str) -> str:
    return f"<pre><code>{escape(body)}</code></pre>"


FENCES: Mapping[str, Callable[[str, str], str]] = {
    "code": _verbatim,
    "noformat": _verbatim,
    "panel": _panel,
    "quote": lambda body, options: f"<blockquote>{render_wiki(body)}</blockquote>",
}


def _table(lines: list[str], place: int) -> tuple[str, int]:
    rows = []
    while place < len(lines) and lines[place].strip().startswith("|"):
        rows.append(_row(lines[place].strip()))
        place += 1
    return f"<table>{''.join(rows)}</table>", place


def _row(line: str) -> str:
    """Cells stand between bars; bars that are escaped, or inside links and `{{…}}`, are text."""
    tag, bar = ("th", "||") if line.startswith("||") else ("td", "|")
    guarded = re.sub(
        r"\\\||\{\{.*?\}\}|\[[^\]]*\]", lambda found: found[0].replace("\\|", "&bar;").replace("|", "&bar;"), line
    )
    cells = guarded.removeprefix(bar).removesuffix(bar).split(bar)
    plain = [one.strip().replace("&bar;", "|") for one in cells]
    return "<tr>" + "".join(f"<{tag}>{_inline(one)}</{tag}>" for one in plain) + "</tr>"


def _list(lines: list[str], place: int) -> tuple[str, int]:
    """A run of items, nested by the length of their marks."""
    shown: list[str] = []
    open_tags: list[str] = []
    while place < len(lines) and (item := _ITEM.match(lines[place].strip())):
        tag = "ol" if item[1][-1] == "#" else "ul"
        while len(open_tags) > len(item[1]):
            shown.append(f"</{open_tags.pop()}>")
        while len(open_tags) < len(item[1]):
            open_tags.append(tag)
            shown.append(f"<{tag}>")
        shown.append(f"<li>{_inline(item[2])}</li>")
        place += 1
    return "".join(shown) + "".join(f"</{tag}>" for tag in reversed(open_tags)), place


def _inline(text: str) -> str:
    parts, place = [], 0
    for found in _INLINE.finditer(text):
        parts.append(_words(text[place : found.start()]))
        parts.append(_span(found))
        place = found.end()
    return "".join(parts) + _words(text[place:])


_ENTITY = re.compile(r"&#(\d{1,5});")


def _words(text: str) -> str:
    """Text between marks; an entity is the sign that it stands for, as a browser shows it."""
    return escape(_ENTITY.sub(lambda found: chr(int(found[1])), text))


def _span(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    if kind == "url":
        return _link(found["url"], _inline(found["label"]))
    if kind == "bare":
        return _link(found["bare"], escape(found["bare"]))
    return SPANS[kind](found[kind])


SPANS: Mapping[str, Callable[[str], str]] = {
    "escaped": escape,
    "mono": lambda text: f"<code>{_words(_ESCAPED.sub(_first, text))}</code>",
    "user": lambda text: f"<strong>@{escape(text)}</strong>",
    "strong": lambda text: f"<strong>{_inline(text)}</strong>",
    "em": lambda text: f"<em>{_inline(text)}</em>",
}


def _link(url: str, shown: str) -> str:
    safe = re.match(r"(https?|mailto):", url, re.IGNORECASE)
    return f"<a href='{escape(url)}'>{shown}</a>" if safe else shown
