"""Stories as wiki text: no text of a plan ever becomes markup, and the size holds."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notify.jira.sandbox.wiki import render_wiki
from hub.notify.jira.wiki import escaped, normal, to_wiki
from hub.notify.story import (
    Bullets,
    Callout,
    Code,
    Columns,
    Facts,
    Heading,
    Paragraph,
    Span,
    Story,
    line,
    link,
    name,
    person,
    strong,
)
from tests.hub.notify.jira.stories import event, stories, story

PEOPLE = {"ana": "ana.lopez"}


def said(*blocks: Any) -> str:
    return to_wiki(Story(title="t", lead=blocks), PEOPLE)


@given(stories())
def test_whatever_a_story_says_the_text_keeps_the_size(told: Story) -> None:
    found = to_wiki(told, PEOPLE)
    assert len(found.encode("utf-16-le")) // 2 <= 32_000


@given(st.text())
def test_no_character_with_a_meaning_is_left_with_it(words: str) -> None:
    bare = re.sub(r"\\[{}\[\]*_\-+^~|!#]", "", escaped(words))
    assert not re.search(r"[{}\[\]*_\-+^~|!\\\n]|(?<!&)#|^\s*(h[1-6]|bq)\.", bare)


markup = st.text(alphabet="ab {}[]|*_-+^~!#.:/@h1bq", max_size=30)


@given(markup, markup, markup)
def test_a_reader_that_is_not_ours_sees_the_very_words(plain: str, named: str, listed: str) -> None:
    shown = render_wiki(
        said(Paragraph(line=line("x ", plain, " ", name(named), " y")), Bullets(items=(line("z", listed),)))
    )
    words = html.unescape(html.unescape(re.sub(r"<[^>]*>", " ", shown)))  # it knows no entities in wiki text
    assert words.split() == f"x {plain} {named} y z{listed}".split()


SPANS = [
    (Span(text="a*b_c{d}"), r"a\*b\_c\{d\}"),
    (strong(" loud "), "*loud*"),
    (name("Order_Placed"), "{{Order_Placed}}"),
    (name("a}}|b"), r"{{a&#125;&#125;\|b}}"),
    (strong("a*b"), "*a&#42;b*"),
    (link("he|re", "https://hub.example/a|b]"), r"[he&#124;re|https://hub.example/a%7Cb%5D]"),
    (Span(text="here", style="link", url="javascript:alert(1)"), "here"),
    (person("ana"), "[~ana.lopez]"),
    (person("b*b"), r"b\*b"),
    (Span(text="h1. no heading"), "h1&#46; no heading"),
    (Span(text="a\\b"), "a&#92;b"),
    (Span(text="two\nlines"), "two lines"),
    (strong("  "), ""),
]


@pytest.mark.parametrize(("span", "text"), SPANS)
def test_a_span_becomes_markup_around_escaped_text(span: Span, text: str) -> None:
    assert said(Paragraph(line=(span,))) == text


def test_marks_touch_their_words_and_spaces_stay_outside() -> None:
    assert said(Paragraph(line=line("a", strong(" b "), "c ", name(" d"), "e"))) == "a *b* c  {{d}}e"


BLOCKS = [
    (Heading(text="Why*"), r"h4. Why\*"),
    (Bullets(items=(line("a"), line("- b"))), "* a\n* \\- b"),
    (Facts(rows=(("Target", line("amplitude")),)), "* *Target*: amplitude"),
    (Columns(head=("A", "B|"), rows=((line("1"), ()),)), "||A||B\\|||\n|1| |"),
    (Code(text='{"a": 1}', language="json"), '{code:json}\n{"a": 1}\n{code}'),
    (Code(text="x", language="klingon"), "{code}\nx\n{code}"),
    (Code(text="a{code}b"), "{code}\na{\u200bcode}b\n{code}"),
    (Callout(tone="warning", line=line("Careful")), "{panel:title=Warning}\nCareful\n{panel}"),
]


@pytest.mark.parametrize(("block", "text"), BLOCKS)
def test_a_block_becomes_its_markup(block: Any, text: str) -> None:
    assert said(block) == text


def test_a_story_reads_from_the_lead_over_its_parts_to_its_link() -> None:
    found = to_wiki(story(parts=1, mentions=("ana",)), PEOPLE).split("\n\n")
    assert found[:4] == ["Two events for [~ana.lopez]", "For [~ana.lopez]", "h2. What to instrument", "h3. Event 0"]
    assert found[-1] == r"In the hub: [https://hub.example/p/42|https://hub.example/p/42]"


@pytest.mark.parametrize("parts", [300, 2_000])
def test_of_parts_without_number_each_is_told_told_in_short_or_counted(parts: int) -> None:
    found = to_wiki(story(parts=parts), PEOPLE)
    whole, short = found.count("\nSent when"), found.count(" is new, with 3 properties")
    counted = re.search(r"… and ([\d,]+) more", found)
    assert whole > 3 and whole + short + (int(counted[1].replace(",", "")) if counted else 0) == parts


def test_a_part_too_big_for_any_issue_tells_its_first_rows_and_counts_the_others() -> None:
    found = to_wiki(Story(title="t", parts=(event("Huge", rows=3_000),)), PEOPLE)
    rows = found.count("property_")
    assert rows > 20 and f"… and {3_000 - rows:,} more entries" in found


def test_line_ends_and_spaces_before_them_are_no_edit() -> None:
    assert normal("a \r\nb\n") == normal("a\nb") != normal("a\nB")
