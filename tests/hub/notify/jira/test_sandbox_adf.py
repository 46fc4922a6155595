"""Which documents the Jira sandbox takes: by example, and held to the vendor's own schema where that is at hand."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notify.jira.sandbox.adf import FORMATTED, MARKS, NODES, document_of, is_document, plain_text

SCHEMA = Path(__file__).parents[5] / "shared" / "apis" / "specs" / "adf_schema_v1_full.json"


def text(value: str = "x", *marks: Any) -> dict[str, Any]:
    given = [{"type": one} if isinstance(one, str) else one for one in marks]
    return {"type": "text", "text": value, **({"marks": given} if given else {})}


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "content": list(content), **({"attrs": attrs} if attrs else {})}


def doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


PLAIN = node("paragraph", text())
LINK = {"type": "link", "attrs": {"href": "https://x"}}
CELL = node("tableCell", PLAIN)

ACCEPTED = [
    doc(),
    doc(node("paragraph")),
    doc({"type": "paragraph"}),
    doc(node("heading", text(), level=6)),
    doc(node("paragraph", text("x", "strong", "em", LINK))),
    doc(node("paragraph", text("x", "code", LINK))),
    doc(node("bulletList", node("listItem", PLAIN, node("orderedList", node("listItem", PLAIN))))),
    doc(node("codeBlock", text(), language="json")),
    doc(node("table", node("tableRow", node("tableHeader", PLAIN), CELL))),
    doc(node("panel", PLAIN, panelType="info")),
    doc(node("expand", PLAIN, title="More")),
    doc({"type": "rule"}),
    doc(node("taskList", node("taskItem", text(), localId="1", state="DONE"), localId="0")),
    doc(node("paragraph", {"type": "hardBreak"}, {"type": "mention", "attrs": {"id": "1"}})),
    doc(node("paragraph", {"type": "status", "attrs": {"text": "New", "color": "green"}})),
]
REFUSED: list[Any] = [
    "plain",
    None,
    [],
    {"type": "doc", "content": []},
    {"type": "doc", "version": 1},
    {"type": "doc", "version": 2, "content": []},
    {"type": "doc", "version": True, "content": []},
    {"version": 1, "content": []},
    PLAIN,
    doc(text()),
    doc(node("paragraph", text(""))),
    doc(node("paragraph", PLAIN)),
    doc(node("heading", text(), level=7)),
    doc(node("heading", text(), level=0)),
    doc(node("heading", text())),
    doc(node("bulletList")),
    doc(node("bulletList", PLAIN)),
    doc(node("bulletList", node("listItem", node("heading", text(), level=1)))),
    doc(node("bulletList", node("listItem", node("table", node("tableRow", CELL))))),
    doc(node("listItem", PLAIN)),
    doc(node("paragraph", text("x", "code", "strong"))),
    doc(node("paragraph", text("x", "blink"))),
    doc(node("paragraph", text("x", {"type": "link"}))),
    doc(node("paragraph", text("x", {"type": "strong", "attrs": {}}))),
    doc(node("codeBlock", text("x", "strong"))),
    doc(node("codeBlock", {"type": "hardBreak"})),
    doc(node("table", node("tableRow", node("tableCell", text())))),
    doc(node("table", node("tableRow", node("tableCell")))),
    doc(node("table", CELL)),
    doc(node("panel", PLAIN)),
    doc(node("panel", PLAIN, panelType="danger")),
    doc(node("panel", node("panel", PLAIN, panelType="info"), panelType="info")),
    doc(node("expand", title="More")),
    doc(node("expand", node("expand", PLAIN))),
    doc(node("blockquote", node("heading", text(), level=1))),
    doc(node("taskList", node("taskItem", text(), state="TODO"), localId="0")),
    doc({"type": "rule", "content": []}),
    doc({**PLAIN, "class": "x"}),
    doc(node("paragraph", text(), colour="red")),
    doc(node("paragraph", {"type": "mention"})),
    doc(node("paragraph", {"type": "inlineCard", "attrs": {}})),
    doc(node("paragraph", {"type": "status", "attrs": {"text": "", "color": "green"}})),
    doc(node("paragraph", {"type": "status", "attrs": {"text": "x", "color": "pink"}})),
    doc({"type": "mediaSingle"}),
    doc({"type": 5}),
    doc("x"),
    {**doc(), "marks": []},
]


@pytest.mark.parametrize("value", ACCEPTED)
def test_documents_that_are_taken(value: Any) -> None:
    assert is_document(value)


@pytest.mark.parametrize("value", REFUSED)
def test_documents_that_are_refused(value: Any) -> None:
    assert not is_document(value)


def test_text_of_a_document_and_back() -> None:
    assert plain_text(doc(node("heading", text("A"), level=1), node("paragraph", text("b"), text("c")))) == "A\nbc"
    assert document_of("A\n\nb") == doc(node("paragraph", text("A")), node("paragraph"), node("paragraph", text("b")))


# The vendor's schema -----------------------------------------------------------------------------------------

WORDS = st.sampled_from(["", "x", "1", "info", "TODO", "DONE", "center", "green", "#aabbcc", "small", "wide", "sub"])
NUMBERS = st.sampled_from([0, 1, 3, 6, 7, -1, 1.5, 2, True])
ODDITIES = st.one_of(st.none(), WORDS, NUMBERS, st.just([]), st.just({}), st.just([1, 2]))
GOOD: dict[str, Any] = {
    "level": st.integers(1, 6),
    "panelType": st.sampled_from(["info", "note", "tip", "warning", "error", "success", "custom"]),
    "state": st.sampled_from(["TODO", "DONE"]),
    "color": st.sampled_from(["#aabbcc", "green", "neutral"]),
    "align": st.sampled_from(["center", "end"]),
    "mode": st.sampled_from(["wide", "full-width"]),
    "type": st.sampled_from(["sub", "sup"]),
    "annotationType": st.just("inlineComment"),
    "fontSize": st.just("small"),
    "displayMode": st.sampled_from(["default", "fixed"]),
    "layout": st.sampled_from(["wide", "center", "default"]),
    "valign": st.sampled_from(["top", "middle"]),
    "userType": st.just("APP"),
    "order": st.integers(0, 3),
    "colwidth": st.lists(st.integers(1, 9), max_size=2),
    **dict.fromkeys(("wrap", "hideLineNumbers", "isNumberColumnEnabled"), st.booleans()),
    **dict.fromkeys(("width", "colspan", "rowspan"), st.integers(1, 9)),
}
RARE = 40
"""One choice in so many goes against the table, so that about half of the documents are refused."""


def seldom(draw: st.DrawFn) -> bool:
    return draw(st.integers(1, RARE)) == RARE


def drawn_attrs(draw: st.DrawFn, known: Any, needed: Any) -> dict[str, Any]:
    names = set(needed) | set(draw(st.lists(st.sampled_from(sorted(known)), max_size=2, unique=True)) if known else ())
    if names and seldom(draw):
        names.discard(draw(st.sampled_from(sorted(names))))
    if seldom(draw):
        names.add("odd")
    return {name: draw(ODDITIES if seldom(draw) else GOOD.get(name, st.just("x"))) for name in sorted(names)}


def drawn_marks(draw: st.DrawFn, alternatives: Any) -> list[Any]:
    group = sorted(MARKS) if seldom(draw) else sorted(draw(st.sampled_from(alternatives)))
    names = draw(st.lists(st.sampled_from(group), max_size=2)) if group else []
    return [drawn_mark(draw, one) for one in names]


def drawn_mark(draw: st.DrawFn, name: str) -> dict[str, Any]:
    attrs = MARKS[name]
    if attrs is None:
        return {"type": name, **({"attrs": {}} if seldom(draw) else {})}
    return {"type": name, "attrs": drawn_attrs(draw, attrs.known, attrs.needed)}


def drawn_node(draw: st.DrawFn, name: str, alternatives: Any, depth: int) -> dict[str, Any]:
    """One node, mostly as the table says."""
    row = NODES[name]
    made: dict[str, Any] = {"type": name}
    made |= {key: draw(ODDITIES) if seldom(draw) else (1 if key == "version" else "x") for key in row.others}
    if row.attrs and (row.attrs.needed or row.attrs.must_exist or draw(st.booleans())):
        made["attrs"] = drawn_attrs(draw, row.attrs.known, row.attrs.needed)
    if row.may_have_marks != seldom(draw) and draw(st.booleans()):
        made["marks"] = drawn_marks(draw, alternatives)
    if row.inside is not None and not seldom(draw):
        made["content"] = drawn_content(draw, row.inside, row.least, depth)
    if seldom(draw):
        made[draw(st.sampled_from(["odd", "content", "attrs"]))] = draw(ODDITIES)
    return made


def drawn_content(draw: st.DrawFn, inside: Any, least: int, depth: int) -> list[Any]:
    count = draw(st.integers(0 if seldom(draw) else least, max(least, 3))) if depth else least
    names = [draw(st.sampled_from(sorted(NODES) if seldom(draw) else shallow(inside, depth))) for _ in range(count)]
    return [drawn_node(draw, one, inside.get(one, (frozenset(),)), max(depth - 1, 0)) for one in names]


def shallow(inside: Any, depth: int) -> list[str]:
    """What may stand here; near the bottom only what needs nothing more inside."""
    ends = [one for one in sorted(inside) if NODES[one].least == 0]
    return ends if depth < 1 and ends else sorted(inside)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    if draw(st.booleans()):
        return drawn_node(draw, "doc", (frozenset(),), 4)
    words = drawn_node(draw, "text", FORMATTED, 0) | {"marks": drawn_marks(draw, FORMATTED)}
    return doc({"type": "paragraph", "content": [words]})


@pytest.fixture(scope="module")
def vendor() -> Any:
    """The schema's verdict; by the quick validator where it is installed, as the schema is slow to walk."""
    if not SCHEMA.exists():
        pytest.skip("the vendor's schema is not at hand")
    schema = json.loads(SCHEMA.read_text())
    try:
        import jsonschema_rs
    except ImportError:
        return jsonschema.Draft4Validator(schema)
    return jsonschema_rs.Draft4Validator(schema)


@given(value=documents())
def test_the_table_and_the_schema_agree_on_documents(vendor: Any, value: Any) -> None:
    assert is_document(value) == vendor.is_valid(value)


@pytest.mark.parametrize("value", [*ACCEPTED, *REFUSED])
def test_the_table_and_the_schema_agree_on_the_examples(vendor: Any, value: Any) -> None:
    assert is_document(value) == vendor.is_valid(value)
