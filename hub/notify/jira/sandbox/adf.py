"""Which Atlassian documents are well formed: a table of nodes and a walk over it (apis/jira.md section 4).

The table covers the nodes and marks that the contract names. What the vendor's editor can hold beyond them (media,
extensions, layouts, block cards) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.sandbox import JSON

Check = Callable[[JSON], bool]
Marks = tuple[frozenset[str], ...]
"""Alternatives: all marks of one node come from one of them."""


def is_text(value: JSON) -> bool:
    return isinstance(value, str)


def is_filled(value: JSON) -> bool:
    return isinstance(value, str) and value != ""


def is_flag(value: JSON) -> bool:
    return isinstance(value, bool)


def is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def anything(value: JSON) -> bool:
    return True


def one_of(*choices: str) -> Check:
    return lambda value: isinstance(value, str) and value in choices


def between(least: float, most: float) -> Check:
    return lambda value: is_number(value) and least <= value <= most


def like(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.search(value) is not None


def are_numbers(value: JSON) -> bool:
    return isinstance(value, list) and all(is_number(one) for one in value)


def are_texts(value: JSON) -> bool:
    return isinstance(value, list) and value != [] and all(is_text(one) for one in value)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What `attrs` may hold. With `needed` names the whole of it is needed, too."""

    known: Mapping[str, Check]
    needed: frozenset[str] = frozenset()
    must_exist: bool = False

    def fit(self, holder: Mapping[str, JSON]) -> bool:
        if "attrs" not in holder:
            return not (self.needed or self.must_exist)
        given = holder["attrs"]
        if not isinstance(given, dict) or not self.needed <= given.keys():
            return False
        return all(name in self.known and self.known[name](value) for name, value in given.items())


def attributes(needed: str = "", *, must_exist: bool = False, **known: Check) -> Attributes:
    return Attributes({"localId": is_text, **known}, frozenset(needed.split()), must_exist)


PLAIN: Marks = (frozenset(),)
SIZED: Marks = (frozenset({"fontSize"}),)
ALIGNED: Marks = (frozenset({"fontSize", "alignment"}),)
PLACED: Marks = (*ALIGNED, frozenset({"fontSize", "indentation"}))
PLACED_HEADING: Marks = (frozenset({"alignment"}), frozenset({"indentation"}))
WIDE: Marks = (frozenset({"breakout"}),)
FRAGMENT: Marks = (frozenset({"fragment"}),)
FORMATTED: Marks = (
    frozenset(
        ["link", "em", "strong", "strike", "subsup", "underline", "textColor", "annotation", "backgroundColor"],
    ),
    frozenset({"code", "link", "annotation"}),
)

INLINE: Mapping[str, Marks] = {
    "text": FORMATTED,
    **dict.fromkeys(("hardBreak", "mention", "inlineCard", "emoji", "date", "status"), PLAIN),
}
LISTS: Mapping[str, Marks] = dict.fromkeys(("bulletList", "orderedList", "taskList"), PLAIN)
_CELL: Mapping[str, Marks] = {
    "paragraph": ALIGNED,
    "heading": PLACED_HEADING,
    **LISTS,
    **dict.fromkeys(("codeBlock", "panel", "blockquote", "rule", "nestedExpand"), PLAIN),
}
_NESTED: Mapping[str, Marks] = {
    "paragraph": SIZED,
    **LISTS,
    **dict.fromkeys(("heading", "codeBlock", "panel", "blockquote", "rule"), PLAIN),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One row: what may stand inside (None: no content), how many at least, the attributes, further keys."""

    inside: Mapping[str, Marks] | None = None
    least: int = 0
    needs_content: bool = False
    attrs: Attributes | None = field(default_factory=attributes)
    may_have_marks: bool = False
    others: Mapping[str, Check] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[str]:
        held = {"type", *self.others} | ({"content"} if self.inside is not None else set())
        return frozenset(held | ({"attrs"} if self.attrs else set()) | ({"marks"} if self.may_have_marks else set()))


def _filled(inside: Mapping[str, Marks], attrs: Attributes | None = None, *, may_have_marks: bool = False) -> Node:
    return Node(inside, 1, True, attrs or attributes(), may_have_marks)


def _is_version(value: JSON) -> bool:
    return is_number(value) and value == 1


_CELL_ATTRIBUTES = attributes(
    colspan=is_number,
    rowspan=is_number,
    colwidth=are_numbers,
    background=is_text,
    valign=one_of("top", "middle", "bottom"),
)
_PANELS = ("info", "note", "tip", "warning", "error", "success", "custom")
_LAYOUTS = ("wide", "full-width", "center", "align-end", "align-start", "default")
_CARD = (attributes("url", url=is_text), attributes("data", data=anything))

NODES: Mapping[str, Node] = {
    "doc": Node(
        {
            "paragraph": PLACED,
            "heading": PLACED_HEADING,
            **LISTS,
            "codeBlock": WIDE,
            "expand": WIDE,
            "table": FRAGMENT,
            **dict.fromkeys(("panel", "blockquote", "rule"), PLAIN),
        },
        needs_content=True,
        attrs=None,
        others={"version": _is_version},
    ),
    "paragraph": Node(INLINE, may_have_marks=True),
    "heading": Node(INLINE, attrs=attributes("level", level=between(1, 6)), may_have_marks=True),
    "bulletList": _filled({"listItem": PLAIN}),
    "orderedList": _filled({"listItem": PLAIN}, attributes(order=between(0, float("inf")))),
    "listItem": _filled({"paragraph": SIZED, **LISTS, "codeBlock": PLAIN}),
    "taskList": _filled({"taskItem": PLAIN, "taskList": PLAIN}, attributes("localId")),
    "taskItem": Node(INLINE, attrs=attributes("localId state", state=one_of("TODO", "DONE"))),
    "codeBlock": Node(
        {"text": PLAIN},
        attrs=attributes(language=is_text, uniqueId=is_text, wrap=is_flag, hideLineNumbers=is_flag),
        may_have_marks=True,
    ),
    "blockquote": _filled({"paragraph": PLAIN, "orderedList": PLAIN, "bulletList": PLAIN, "codeBlock": PLAIN}),
    "panel": _filled(
        {"paragraph": SIZED, **LISTS, **dict.fromkeys(("heading", "codeBlock", "rule"), PLAIN)},
        attributes(
            "panelType",
            panelType=one_of(*_PANELS),
            panelIcon=is_text,
            panelIconId=is_text,
            panelIconText=is_text,
            panelColor=is_text,
        ),
    ),
    "rule": Node(),
    "expand": _filled(
        {**_NESTED, "table": FRAGMENT, "nestedExpand": PLAIN}, attributes(title=is_text), may_have_marks=True
    ),
    "nestedExpand": _filled(_NESTED, attributes(must_exist=True, title=is_text)),
    "table": _filled(
        {"tableRow": PLAIN},
        attributes(
            displayMode=one_of("default", "fixed"),
            isNumberColumnEnabled=is_flag,
            layout=one_of(*_LAYOUTS),
            localId=is_filled,
            width=is_number,
        ),
        may_have_marks=True,
    ),
    "tableRow": Node({"tableHeader": PLAIN, "tableCell": PLAIN}, needs_content=True),
    "tableHeader": _filled(_CELL, _CELL_ATTRIBUTES),
    "tableCell": _filled(_CELL, _CELL_ATTRIBUTES),
    "text": Node(attrs=None, may_have_marks=True, others={"text": is_filled}),
    "hardBreak": Node(attrs=attributes(text=one_of("\n"))),
    "mention": Node(
        attrs=attributes(
            "id", id=is_text, text=is_text, accessLevel=is_text, userType=one_of("DEFAULT", "SPECIAL", "APP")
        )
    ),
    "inlineCard": Node(attrs=attributes(must_exist=True, url=is_text, data=anything)),
    "emoji": Node(attrs=attributes("shortName", shortName=is_text, id=is_text, text=is_text)),
    "date": Node(attrs=attributes("timestamp", timestamp=is_filled)),
    "status": Node(
        attrs=attributes(
            "text color",
            text=is_filled,
            color=like(r"^(neutral|purple|blue|red|yellow|green|#[0-9a-fA-F]{6})\Z"),
            style=is_text,
        )
    ),
}

_COLOR = like(r"^#[0-9a-fA-F]{6}\Z")


def _mark(needed: str = "", **known: Check) -> Attributes:
    return Attributes(known, frozenset(needed.split()))


MARKS: Mapping[str, Attributes | None] = {
    **dict.fromkeys(("strong", "em", "strike", "underline", "code"), None),
    "link": _mark("href", **dict.fromkeys(("href", "title", "id", "collection", "occurrenceKey"), is_text)),
    "textColor": _mark("color", color=_COLOR),
    "backgroundColor": _mark("color", color=_COLOR),
    "subsup": _mark("type", type=one_of("sub", "sup")),
    "annotation": _mark("id annotationType", id=is_text, annotationType=one_of("inlineComment")),
    "alignment": _mark("align", align=one_of("center", "end")),
    "indentation": _mark("level", level=between(1, 6)),
    "fontSize": _mark("fontSize", fontSize=one_of("small")),
    "breakout": _mark("mode", mode=one_of("wide", "full-width"), width=is_number),
    "fragment": _mark("localId", localId=is_filled, name=is_text),
}


def is_document(value: JSON) -> bool:
    """Whether the value is a whole document, its root included."""
    return _fits(value, {"doc": PLAIN})


def _fits(value: JSON, allowed: Mapping[str, Marks]) -> bool:
    name = value.get("type") if isinstance(value, dict) else None
    if not isinstance(name, str) or name not in allowed:
        return False
    node = NODES[name]
    if not value.keys() <= node.keys or not all(
        key in value and check(value[key]) for key, check in node.others.items()
    ):
        return False
    if "marks" in value and not _marks_fit(value["marks"], allowed[name]):
        return False
    if name == "inlineCard":
        return any(one.fit(value) for one in _CARD)
    return (node.attrs is None or node.attrs.fit(value)) and _content_fits(value, node)


def _content_fits(value: Mapping[str, JSON], node: Node) -> bool:
    if node.inside is None or "content" not in value:
        return not node.needs_content
    content, inside = value["content"], node.inside
    return isinstance(content, list) and len(content) >= node.least and all(_fits(one, inside) for one in content)


def _marks_fit(marks: JSON, alternatives: Marks) -> bool:
    if not isinstance(marks, list) or not all(_is_mark(one) for one in marks):
        return False
    return any({one["type"] for one in marks} <= group for group in alternatives)


def _is_mark(mark: JSON) -> bool:
    name = mark.get("type") if isinstance(mark, dict) else None
    if not isinstance(name, str) or name not in MARKS:
        return False
    attrs = MARKS[name]
    if attrs is None:
        return set(mark) == {"type"}
    return set(mark) <= {"type", "attrs"} and attrs.fit(mark)


def walk(node: JSON) -> Iterator[Mapping[str, JSON]]:
    """Every node of a checked document, from the root down, in reading order."""
    yield node
    for child in node.get("content", ()):
        yield from walk(child)


_LINES = ("paragraph", "heading", "codeBlock", "taskItem", "tableRow")


def plain_text(document: JSON) -> str:
    """The text of a checked document, a line per block; used to count its length and to search it."""
    lines: list[str] = []
    for node in walk(document):
        if node["type"] in _LINES or not lines:
            lines.append("")
        if node["type"] == "text":
            lines[-1] += node["text"]
    return "\n".join(line for line in lines if line)


def document_of(text: str) -> JSON:
    """A document with one paragraph per line: how text written through v2 is read through v3."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []} for line in text.split("\n")
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}
