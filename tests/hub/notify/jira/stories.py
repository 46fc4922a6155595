"""Stories to tell: generated ones of any size and text, and one of each common kind."""

from __future__ import annotations

from hypothesis import strategies as st

from hub.notify.story import (
    Block,
    Bullets,
    Callout,
    Code,
    Columns,
    Facts,
    Heading,
    Line,
    Paragraph,
    Part,
    Span,
    Story,
    line,
    name,
    person,
    strong,
)

MARKUP = "{code}*_|[x|y]{{!}}^~-+#\\ h1. <&> @a :) \u202e\u0627\u0644\u062d 😀\n\t\x00\ud800"
TONES = ("neutral", "running", "good", "warning", "bad")
STYLES = ("plain", "strong", "name", "link", "person", "time")

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(("", " ", "Order Placed", MARKUP, "a" * 300, "😀" * 700, '"\\' * 900)),
    st.builds(lambda word, times: word * times, st.text(max_size=9), st.sampled_from((1, 50, 2000))),
)
spans = st.builds(
    Span,
    text=texts,
    style=st.sampled_from(STYLES),
    url=st.sampled_from(
        ("", "https://hub.example/p/1?a=b|c", "javascript:alert(1)", "https://x.example/" + "y" * 3000)
    ),
    at=st.sampled_from((0.0, 1_780_000_000.0, 1e18, -1e18)),
)
lines = st.lists(spans, max_size=4).map(tuple)
many = st.sampled_from((1, 1, 1, 30, 150))


def _repeated(items: st.SearchStrategy[Line]) -> st.SearchStrategy[tuple[Line, ...]]:
    return st.builds(lambda found, times: tuple(found) * times, st.lists(items, max_size=3), many)


@st.composite
def tables(draw: st.DrawFn) -> Columns:
    width = draw(st.integers(0, 4))
    row = st.lists(lines, min_size=width, max_size=width).map(tuple)
    rows = tuple(draw(st.lists(row, max_size=3))) * draw(many)
    return Columns(head=tuple(draw(st.lists(texts, min_size=width, max_size=width))), rows=rows)


blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, line=lines),
    st.builds(Heading, text=texts),
    st.builds(Facts, rows=st.lists(st.tuples(texts, lines), max_size=4).map(tuple)),
    st.builds(Bullets, items=_repeated(lines)),
    tables(),
    st.builds(Code, text=texts, language=st.sampled_from(("", "json", "klingon", "{x}"))),
    st.builds(Callout, tone=st.sampled_from(TONES), line=lines),
)
some_blocks = st.lists(blocks, max_size=4).map(tuple)
parts = st.builds(Part, name=texts, gist=lines, blocks=some_blocks)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    kinds = draw(st.lists(parts, max_size=4))
    return Story(
        title=draw(texts),
        lead=draw(some_blocks),
        parts_title=draw(texts),
        parts=tuple(kinds) * draw(st.sampled_from((1, 1, 40, 300))),
        mentions=tuple(draw(st.lists(texts, max_size=3))),
        footer=draw(lines),
        url=draw(st.sampled_from(("", "https://hub.example/p/1"))),
    )


def event(title: str, rows: int = 3) -> Part:
    """An event as a developer gets it told."""
    table = Columns(
        head=("Property", "Type", "Required"),
        rows=tuple((line(name(f"property_{row}")), line("string"), line("yes")) for row in range(rows)),
    )
    return Part(
        name=title,
        gist=line(name(title), f" is new, with {rows} properties"),
        blocks=(
            Paragraph(line=line("Sent when ", strong("that"), " happens.")),
            table,
            Code(text='{"a": 1}', language="json"),
        ),
    )


def story(title: str = "Web plan, version 42", parts: int = 2, **more: object) -> Story:
    """What the owner of these events is told."""
    told = {
        "title": title,
        "lead": (Paragraph(line=line("Two events for ", person("ana"))),),
        "parts_title": "What to instrument",
        "parts": tuple(event(f"Event {number}") for number in range(parts)),
        "url": "https://hub.example/p/42",
    }
    return Story.model_validate({**told, **more})
