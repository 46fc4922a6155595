"""Stories as Atlassian Document Format: valid whatever they say, within the size, and honest about what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from hub.notify.jira.adf import normal, to_adf
from hub.notify.story import (
    Bullets,
    Callout,
    Code,
    Columns,
    Facts,
    Heading,
    Paragraph,
    Part,
    Span,
    Story,
    line,
    link,
    person,
    strong,
)
from tests.hub.notify.jira.stories import MARKUP, event, stories, story

SCHEMA = Path(__file__).parents[5] / "shared" / "apis" / "specs" / "adf_schema_v1_full.json"
PEOPLE = {"ana": "5b10a2844c20165700ede21g"}

BLOCKS = {"paragraph", "heading", "bulletList", "codeBlock", "table", "panel", "expand"}
HOLDS = {
    "doc": BLOCKS,
    "expand": BLOCKS - {"expand"},
    "panel": {"paragraph"},
    "bulletList": {"listItem"},
    "listItem": {"paragraph"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "tableHeader": {"paragraph"},
    "tableCell": {"paragraph"},
    "paragraph": {"text", "mention"},
    "heading": {"text"},
    "codeBlock": {"text"},
}
"""What each node may hold (apis/jira.md section 4)."""
MAY_BE_EMPTY = {"doc", "paragraph"}
ATTRS = {
    "heading": {"level"},
    "panel": {"panelType"},
    "expand": {"title"},
    "codeBlock": {"language"},
    "mention": {"id", "text"},
}
MARKS = ([], ["strong"], ["code"], ["link"])


def faults(node: dict[str, Any], parent: str = "") -> list[str]:
    """Where a document breaks the rules above."""
    kind = node["type"]
    if kind == "text":
        marks = [mark["type"] for mark in node.get("marks", [])]
        bad = not node["text"] or marks not in MARKS or (parent in ("codeBlock", "heading") and marks)
        return [f"text {node}"] if bad else []
    found = [f"{kind} in {parent}"] if parent and kind not in HOLDS[parent] else []
    found += [f"attrs of {kind}"] if set(node.get("attrs", {})) - ATTRS.get(kind, set()) else []
    if kind == "mention":
        return found
    found += [f"empty {kind}"] if not node["content"] and kind not in MAY_BE_EMPTY else []
    return found + [fault for inner in node["content"] for fault in faults(inner, kind)]


def words(node: Any) -> str:
    """All that a document says."""
    if node["type"] == "mention":
        return str(node["attrs"]["text"])
    if node["type"] == "text":
        return str(node["text"])
    own = node.get("attrs", {}).get("title", "")
    return own + "\n".join(filter(None, (words(inner) for inner in node.get("content", ()))))


def distinct(node: dict[str, Any]) -> dict[str, Any]:
    """The node with each child once: the schema looks at every one on its own, and takes its time."""
    if "content" not in node:
        return node
    children = {json.dumps(inner): inner for inner in map(distinct, node["content"])}
    return {**node, "content": list(children.values())}


def kinds(node: dict[str, Any]) -> list[str]:
    return [inner["type"] for inner in node["content"]]


def only(block: Any) -> dict[str, Any]:
    """The one node that a block becomes."""
    (node,) = to_adf(Story(title="t", lead=(block,)), PEOPLE)["content"]
    return dict(node)


@given(stories())
def test_whatever_a_story_says_the_document_keeps_the_rules_and_the_size(told: Story) -> None:
    found = to_adf(told, PEOPLE)
    assert faults(found) == []
    assert len(json.dumps(found, ensure_ascii=False).encode("utf-16-le")) // 2 <= 30_000


@pytest.mark.skipif(not SCHEMA.exists(), reason="the vendor's schema is not beside the repository")
@settings(max_examples=settings().max_examples // 3)  # the schema takes its time
@given(stories())
def test_whatever_a_story_says_the_vendors_own_schema_accepts_it(told: Story) -> None:
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert validator.is_valid(distinct(to_adf(told, PEOPLE)))


SPANS = [
    (Span(text="plain"), [{"type": "text", "text": "plain"}]),
    (Span(text=""), None),
    (strong("loud"), [{"type": "text", "text": "loud", "marks": [{"type": "strong"}]}]),
    (Span(text="Order_Placed", style="name"), [{"type": "text", "text": "Order_Placed", "marks": [{"type": "code"}]}]),
    (
        link("here", "https://hub.example/1"),
        [{"type": "text", "text": "here", "marks": [{"type": "link", "attrs": {"href": "https://hub.example/1"}}]}],
    ),
    (Span(text="here", style="link", url="javascript:alert(1)"), [{"type": "text", "text": "here"}]),
    (person("ana"), [{"type": "mention", "attrs": {"id": PEOPLE["ana"], "text": "@ana"}}]),
    (person("bob"), [{"type": "text", "text": "bob"}]),
    (Span(text="", style="time", at=1_780_000_000), [{"type": "text", "text": "2026-05-28 20:26 UTC"}]),
    (Span(text="at noon", style="time", at=1.0), [{"type": "text", "text": "at noon"}]),
    (Span(text="two\r\nlines\x07"), [{"type": "text", "text": "two lines\ufffd"}]),
]


@pytest.mark.parametrize(("span", "inline"), SPANS)
def test_a_span_becomes_text_with_a_mark_or_a_mention(span: Span, inline: list[Any] | None) -> None:
    found = to_adf(Story(title="t", lead=(Paragraph(line=(span,)),)), PEOPLE)["content"]
    assert found == ([{"type": "paragraph", "content": inline}] if inline else [])


def paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}] if text else []}


BLOCK_CASES = [
    (Heading(text="Why"), {"type": "heading", "attrs": {"level": 4}, "content": [{"type": "text", "text": "Why"}]}),
    (
        Bullets(items=(line("a"), ())),
        {
            "type": "bulletList",
            "content": [
                {"type": "listItem", "content": [paragraph("a")]},
                {"type": "listItem", "content": [paragraph("")]},
            ],
        },
    ),
    (
        Columns(head=("A", "B"), rows=((line("1"), ()),)),
        {
            "type": "table",
            "content": [
                {
                    "type": "tableRow",
                    "content": [
                        {"type": "tableHeader", "content": [paragraph("A")]},
                        {"type": "tableHeader", "content": [paragraph("B")]},
                    ],
                },
                {
                    "type": "tableRow",
                    "content": [
                        {"type": "tableCell", "content": [paragraph("1")]},
                        {"type": "tableCell", "content": [paragraph("")]},
                    ],
                },
            ],
        },
    ),
    (
        Code(text="{\n}", language="json"),
        {"type": "codeBlock", "attrs": {"language": "json"}, "content": [{"type": "text", "text": "{\n}"}]},
    ),
    (Code(text="x"), {"type": "codeBlock", "content": [{"type": "text", "text": "x"}]}),
    (
        Callout(tone="bad", line=line("Careful")),
        {"type": "panel", "attrs": {"panelType": "error"}, "content": [paragraph("Careful")]},
    ),
]


@pytest.mark.parametrize(("block", "node"), BLOCK_CASES)
def test_a_block_becomes_its_node(block: Any, node: dict[str, Any]) -> None:
    assert only(block) == node


def test_facts_are_a_list_with_their_labels_standing_out() -> None:
    item = only(Facts(rows=(("Target", line("amplitude")),)))["content"][0]["content"][0]["content"]
    assert [node["text"] for node in item] == ["Target", ": amplitude"] and item[0]["marks"] == [{"type": "strong"}]


@pytest.mark.parametrize(
    "block",
    [
        Bullets(items=()),
        Facts(rows=()),
        Columns(head=(), rows=()),
        Code(text=""),
        Heading(text=" "),
        Paragraph(line=()),
    ],
)
def test_what_says_nothing_leaves_no_empty_node(block: Any) -> None:
    assert to_adf(Story(title="t", lead=(block,)), {})["content"] == []


def test_markup_of_any_kind_is_only_text() -> None:
    said = words(to_adf(Story(title="t", lead=(Paragraph(line=line(MARKUP)),)), {}))
    assert said == "{code}*_|[x|y]{{!}}^~-+#\\ h1. <&> @a :) \ufffd\u0627\u0644\u062d 😀 \ufffd\ufffd"


def test_a_story_reads_from_the_lead_over_its_parts_to_its_link() -> None:
    found = to_adf(story(parts=1, footer=line("From the hub"), mentions=("ana", "bob")), PEOPLE)
    assert kinds(found) == [
        "paragraph",
        "paragraph",
        "heading",
        "heading",
        "paragraph",
        "table",
        "codeBlock",
        "paragraph",
        "paragraph",
    ]
    assert words(found).splitlines()[1:4] == ["@ana", "For ", "@ana"]


def test_a_long_part_opens_at_a_click() -> None:
    found = to_adf(story(parts=0), PEOPLE), to_adf(Story(title="t", parts=(event("Big", rows=60),)), PEOPLE)
    assert "expand" not in kinds(found[0]) and kinds(found[1]) == ["expand"]


def test_a_table_too_big_for_its_part_is_a_list_of_its_rows_before_any_is_left_out() -> None:
    found = to_adf(Story(title="t", parts=(event("Big", rows=50), event("Small"))), PEOPLE)
    big = found["content"][0]
    assert (
        kinds(big) == ["paragraph", "paragraph", "bulletList", "codeBlock"] and len(big["content"][2]["content"]) == 50
    )
    assert words(big["content"][2]["content"][7]) == "property_7\n · string · yes"


def test_a_part_on_its_own_has_all_the_room() -> None:
    assert "table" in kinds(to_adf(Story(title="t", parts=(event("Big", rows=50),)), PEOPLE)["content"][0])


def test_where_room_is_short_the_last_parts_are_told_in_short() -> None:
    said = words(to_adf(story(parts=40), PEOPLE))
    whole = [number for number in range(40) if f"Event {number}\nSent when" in said]
    short = [number for number in range(40) if f"Event {number}\n is new, with 3 properties" in said]
    assert whole and short and whole + short == list(range(40)) and "In short" in said and "more" not in said


@pytest.mark.parametrize("parts", [300, 2_000])
def test_of_parts_without_number_each_is_told_told_in_short_or_counted(parts: int) -> None:
    said = words(to_adf(story(parts=parts), PEOPLE))
    whole, short = said.count("\nSent when"), said.count(" is new, with 3 properties")
    assert (
        whole > 3
        and short > 20
        and f"… and {parts - whole - short:,} more, among them \nEvent {whole + short}\n" in said
    )


def test_a_part_too_big_for_any_issue_tells_its_first_rows_and_counts_the_others() -> None:
    said = words(to_adf(Story(title="t", parts=(event("Huge", rows=3_000), event("Small"))), PEOPLE))
    rows = said.count("property_") - 3
    assert rows > 20 and f"… and {3_000 - rows:,} more entries" in said and "Small\nSent when" in said


LONG_LEADS = [
    (Paragraph(line=line("x" * 40_000)), "x…"),
    (Code(text="x" * 40_000), " more characters"),
    (Bullets(items=(line("x" * 90),) * 900), " more entries"),
    (Facts(rows=(("x" * 90, line("x" * 90)),) * 900), " more facts"),
    (Columns(head=("x",), rows=((line("x" * 90),),) * 900), " more entries"),
    (Heading(text="x" * 40_000), "x…"),
]


@pytest.mark.parametrize(("block", "said"), LONG_LEADS)
def test_a_lead_too_long_for_any_issue_is_cut_with_a_word_about_it(block: Any, said: str) -> None:
    found = words(to_adf(Story(title="t", lead=(block, Paragraph(line=line("the end")))), {}))
    assert said in found and found.endswith("… and 1 more passage") and len(found) > 9_000


def test_neighbours_without_detail_share_one_list() -> None:
    parts = tuple(Part(name=f"n{number}", gist=line(f"gist {number}")) for number in range(3))
    assert kinds(to_adf(Story(title="t", parts=parts), {})) == ["bulletList"]


def test_a_document_is_the_same_after_an_editor_split_texts_and_added_ids() -> None:
    ours = to_adf(Story(title="t", lead=(Paragraph(line=line("one ", "two")), Paragraph(line=line("three")))), {})
    theirs = json.loads(json.dumps(ours))
    theirs["content"][0]["content"] = [{"type": "text", "text": "one two"}]
    theirs["content"][1]["attrs"] = {"localId": "4711"}
    assert normal(theirs) == normal(ours)


def test_a_document_is_another_after_a_word_or_a_mark_changed() -> None:
    ours = to_adf(Story(title="t", lead=(Paragraph(line=line("one", strong("two"))),)), {})
    assert normal(ours) != normal(to_adf(Story(title="t", lead=(Paragraph(line=line("one", "two")),)), {}))
