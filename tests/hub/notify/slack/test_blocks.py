"""Stories of any size and any text become blocks that Slack accepts, and nothing is dropped in silence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock

from hub.notify.contract import Letter
from hub.notify.slack import KIND
from hub.notify.story import (
    Bullets,
    Button,
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
    name,
    person,
    strong,
    text,
)
from tests.hub.notify.slack.bench import Bench, letter, parts, story

SETTINGS = KIND.settings.model_validate({"token": "xoxb-1", "channel": "C0TRACK01", "signing_secret": "s"})
URL = "https://hub.example.com/publications/1"


def drawn(told: Story, key: str = "k") -> list[dict[str, Any]]:
    """The blocks of the dry run, as JSON carries them."""
    blocks: list[dict[str, Any]] = json.loads(json.dumps(KIND.render(Letter(key, "put", told), SETTINGS)))["blocks"]
    return blocks


def texts(value: Any) -> Iterator[str]:
    """Every text that a person sees."""
    if isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        yield from texts([one for key, one in value.items() if key != "block_id"])


def whole(blocks: Any) -> str:
    return "\n".join(texts(blocks))


# Any story ------------------------------------------------------------------------------------------------------

NASTY = [
    "<!channel>",
    "&<>",
    "*_~`",
    "```",
    "\u200b",
    "\u202e",
    " ",
    "",
    "\ud800",
    "👍🏽",
    "שלום",
    "مرحبا",
    "|",
    "\n",
    "x",
]
short = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(NASTY), max_size=8).map("".join))
long = st.sampled_from(["&", "a ", "👍", "<", "x", "`", "\n", "\u200b"]).map(lambda one: one * 4000)
words = st.integers(0, 9).flatmap(lambda one: short if one else long)
spans = st.builds(
    Span,
    text=words,
    style=st.sampled_from(["plain", "strong", "name", "link", "person", "time"]),
    url=st.one_of(st.just(URL), words, st.just("https://example.com/" + "a" * 5000)),
    at=st.floats(allow_nan=True, allow_infinity=True),
)
lines = st.lists(spans, max_size=4).map(tuple)
tones = st.sampled_from(["neutral", "running", "good", "warning", "bad"])


def repeated(items: st.SearchStrategy[Any], most: int = 40) -> st.SearchStrategy[Any]:
    """A few different ones, or a great many."""
    times = st.sampled_from([1, 1, 1, most])
    return st.builds(lambda found, times: tuple(found) * times, st.lists(items, max_size=3), times)


blocks = st.one_of(
    st.builds(Paragraph, line=lines),
    st.builds(Heading, text=words),
    st.builds(Facts, rows=repeated(st.tuples(words, lines))),
    st.builds(Bullets, items=repeated(lines)),
    st.integers(0, 5).flatmap(
        lambda width: st.builds(
            Columns,
            head=st.lists(words, min_size=width, max_size=width).map(tuple),
            rows=repeated(st.lists(lines, min_size=width, max_size=width).map(tuple)),
        )
    ),
    st.builds(Code, text=words),
    st.builds(Callout, tone=tones, line=lines),
)
some_blocks = st.lists(blocks, max_size=4).map(tuple)
buttons = st.builds(
    Button,
    act=st.sampled_from(["approve", "retry", "accept", "reject", "snooze"]),
    label=words,
    subject=words,
    style=st.sampled_from(["plain", "primary", "danger"]),
)
stories = st.builds(
    Story,
    title=words,
    tone=tones,
    lead=some_blocks,
    parts_title=words,
    parts=repeated(st.builds(Part, name=words, gist=lines, blocks=some_blocks), most=500),
    buttons=st.lists(buttons, max_size=30).map(tuple),
    mentions=st.lists(words, max_size=30).map(tuple),
    footer=lines,
    url=st.one_of(st.just(""), st.just(URL), st.just("https://example.com/" + "a" * 5000), words),
    data=st.fixed_dictionaries({}, optional={"kind": st.one_of(words, st.integers(), st.none())}),
)


@given(stories, st.text(max_size=300))
def test_any_story_keeps_every_limit(told: Story, key: str) -> None:
    made = drawn(told, key)
    assert 1 <= len(made) <= 50 and sum(map(len, texts(made))) <= 8000
    assert made[0]["type"] == "header" and 1 <= len(made[0]["block_id"]) <= 255
    for block in made:
        assert faults(block) == []
        SdkBlock.parse(block).to_dict()  # type: ignore[union-attr]
    assert all(visible(one) and not re.search("[\ud800-\udfff\u202a-\u202e\u2066-\u2069]", one) for one in texts(made))


def utf16(value: str) -> int:
    return len(value.encode("utf-16-le")) // 2


def visible(value: str) -> bool:
    """Judged otherwise than the code does: something is left when everything known to be blank is taken away."""
    return bool(re.sub(r"[\s\u200b-\u200f\u2060-\u2064\ufeff\u00ad]", "", value))


def plain(value: Any, most: int) -> bool:
    return value["type"] == "plain_text" and 1 <= utf16(value["text"]) <= most and not set("<>&") & set(value["text"])


def mrkdwn(value: Any, most: int) -> bool:
    return value["type"] == "mrkdwn" and value["verbatim"] is True and 1 <= utf16(value["text"]) <= most


def faults(block: Any) -> list[str]:
    """The limits of apis/slack.md section 2 that a block breaks."""
    kind = block["type"]
    checks: dict[str, bool] = {}
    if kind == "header":
        checks["header"] = plain(block["text"], 150)
    elif kind == "section" and "fields" in block:
        checks["fields"] = 1 <= len(block["fields"]) <= 10 and all(mrkdwn(one, 2000) for one in block["fields"])
    elif kind == "section":
        checks["section"] = mrkdwn(block["text"], 3000)
    elif kind == "context":
        checks["context"] = 1 <= len(block["elements"]) <= 10 and all(mrkdwn(one, 2000) for one in block["elements"])
    elif kind == "actions":
        acts = [one["action_id"] for one in block["elements"]]
        checks["actions"] = 1 <= len(acts) <= 5 and len(set(acts)) == len(acts)
        checks |= {f"button {one['action_id']}": fair(one) for one in block["elements"]}
    else:
        checks[f"type {kind}"] = False
    return [what for what, holds in checks.items() if not holds]


def fair(button: Any) -> bool:
    confirm = button.get("confirm")
    asks = confirm is None or (
        plain(confirm["title"], 100)
        and plain(confirm["text"], 300)
        and plain(confirm["confirm"], 30)
        and plain(confirm["deny"], 30)
    )
    styled = button.get("style") in (None, "primary", "danger") and (button.get("style") == "danger") == bool(confirm)
    return asks and styled and plain(button["text"], 75) and 1 <= utf16(button["value"]) <= 2000


@given(stories)
def test_the_sandbox_accepts_any_story_whole(told: Story) -> None:
    bench = Bench({"signing_secret": "s"}, limits="off", blocks_total=8000)
    bench.deliver(letter(story=told))
    assert len(bench.messages()) == 1 and "blocks" in bench.messages()[0]
    assert [one.path for one in bench.sandbox.log].count("/api/chat.postMessage") == 1


@given(stories)
def test_the_same_story_is_drawn_the_same(told: Story) -> None:
    assert drawn(told) == drawn(Story.model_validate(told.model_dump(mode="python")))


# What is told of a story ----------------------------------------------------------------------------------------


def test_a_story_is_told_in_its_order() -> None:
    told = story(
        "Drift in Mixpanel",
        tone="warning",
        parts_title="Edited there",
        parts=parts(2),
        footer=line("by ", person("Ada")),
        url=URL,
        buttons=(Button(act="accept", label="Take over", subject="7"),),
    )
    kinds = [block["type"] for block in drawn(told)]
    assert kinds == ["header", "section", "section", "context", "actions"]
    assert whole(drawn(told)).split("\n") == [
        "⚠️ Drift in Mixpanel",
        "`order_placed` is new",
        "*Edited there*",
        "• `event_0` is new",
        "• `event_1` is new",
        "by Ada",
        f"<{URL}|Open in the hub>",
        "Take over",
    ]


BLOCKS: list[tuple[Any, str]] = [
    (Heading(text="Now"), "*Now*"),
    (Facts(rows=(("Target", line("amplitude")), ("Done", ()))), "*Target*\namplitude\n*Done*\n–"),
    (Bullets(items=(line("a"), (), line("b"))), "• a\n• b"),
    (Columns(head=("Name", "Type"), rows=((line(name("id")), line("string")),)), "• `id` · *Type*: string"),
    (Code(text="{\n  <a>\n}"), "```\n{\n  &lt;a&gt;\n}\n```"),
    (Callout(tone="bad", line=line("Gone")), "❌ *Problem:* Gone"),
]


@pytest.mark.parametrize(("block", "words"), BLOCKS, ids=lambda value: getattr(value, "block", ""))
def test_each_block_reads_so(block: Any, words: str) -> None:
    assert whole(drawn(story(lead=(block,)))[1:]) == words


@pytest.mark.parametrize("tone", ["running", "good", "warning", "bad"])
def test_a_tone_is_a_sign_in_the_title_and_a_word_in_the_fallback(tone: Any) -> None:
    body = KIND.render(letter(story=story("T", tone=tone)), SETTINGS)
    assert re.fullmatch(r"\W+ T", body["blocks"][0]["text"]["text"])
    assert re.match(r"[A-Z]\w+: T – order_placed is new$", body["text"])


def test_a_fallback_is_one_line_also_of_an_empty_story() -> None:
    body = KIND.render(Letter("k", "put", Story(title="\u200b")), SETTINGS)
    assert body["text"] == "Tracking plan" and body["blocks"][0]["text"]["text"] == "Tracking plan"


def counted(blocks: Any) -> int:
    """How many a notice says are missing."""
    return sum(int(one.replace(",", "")) for one in re.findall(r"… and (?:<[^|]*\|)?([\d,]+) more", whole(blocks)))


@pytest.mark.parametrize("number", [1, 20, 21, 57, 2000])
def test_every_part_is_told_or_counted(number: int) -> None:
    made = drawn(story(parts=parts(number), url=URL))
    shown = len(re.findall(r"`event_\d+`", whole(made)))
    assert shown + counted(made) == number and shown == min(number, 20)


def test_a_count_leads_to_the_page() -> None:
    assert f"… and <{URL}|1,980 more>" in whole(drawn(story(parts=parts(2000), url=URL)))
    assert "… and 1,980 more" in whole(drawn(story(parts=parts(2000))))


@pytest.mark.parametrize("number", [50, 5000])
def test_every_line_of_the_lead_is_told_or_counted(number: int) -> None:
    made = drawn(story(lead=(Bullets(items=tuple(line(f"row {one}.") for one in range(number))),)))
    shown = len(re.findall(r"row \d+\.", whole(made)))
    assert shown + counted(made) == number and shown >= 50


def test_the_first_parts_are_told_whole_and_the_rest_by_their_gist() -> None:
    detail = tuple(Bullets(items=(line(f"detail {one} " + "x" * 500),)) for one in range(4))
    told = tuple(Part(name=f"e{one}", gist=line(f"gist {one}."), blocks=detail) for one in range(10))
    made = whole(drawn(story(parts=told)))
    assert [made.count(f"gist {one}.") for one in range(10)] == [1] * 10
    assert made.index("gist 0.") < made.index("detail 0") < made.index("gist 1.") and 2 <= made.count("detail 3") <= 4


def test_a_part_without_a_gist_is_told_by_its_name() -> None:
    assert "• `order_placed`" in whole(drawn(story(parts=(Part(name="order_placed", gist=()),))))


def test_a_long_line_says_how_much_of_it_is_missing() -> None:
    made = whole(drawn(story(lead=(Paragraph(line=line("y" * 10_000)),))))
    (left,) = re.findall(r"… \(([\d,]+) more characters\)", made)
    assert made.count("y") + int(left.replace(",", "")) == 10_000


@pytest.mark.parametrize("most", [40, 4000])
def test_code_is_cut_at_a_line_and_counted(most: int) -> None:
    made = whole(drawn(story(lead=(Code(text="\n".join(f"row {one}" for one in range(most))),))))
    left = re.search(r"```\n… ([\d,]+) more lines", made)
    assert len(re.findall(r"row \d+", made)) + int(left[1].replace(",", "") if left else 0) == most
    assert made.count("```") == 2


def test_a_long_name_is_shortened_in_its_middle() -> None:
    long = "checkout_" + "step_" * 200 + "completed"
    (shown,) = re.findall(r"`([^`]*)`", whole(drawn(story(lead=(Paragraph(line=line(name(long))),)))))
    assert len(shown) <= 120 and shown.startswith("checkout_step_") and shown.endswith("_completed") and "…" in shown


def test_buttons_that_do_not_fit_are_counted() -> None:
    rows = [Button(act="accept", label=f"Accept {one}", subject=str(one)) for one in range(30)]
    made = drawn(story(buttons=tuple(rows), url=URL))
    shown = sum(len(block["elements"]) for block in made if block["type"] == "actions")
    assert f"… and <{URL}|{30 - shown} more buttons>" in whole(made) and shown >= 5


@pytest.mark.parametrize("subject", ["", "x" * 2001])
def test_a_button_that_could_not_say_what_it_is_for_is_counted(subject: str) -> None:
    made = drawn(story(buttons=(Button(act="retry", label="Again", subject=subject),)))
    assert "Again" not in whole(made) and "… and 1 more button" in whole(made)


def test_a_button_carries_its_act_and_subject_and_a_dangerous_one_asks_back() -> None:
    asked = Button(act="reject", label="Reject & forget", subject="7", style="danger")
    button = drawn(story(buttons=(asked,)))[-1]["elements"][0]
    assert (button["action_id"], button["value"], button["style"]) == ("reject", "7", "danger")
    assert button["text"]["text"] == button["confirm"]["confirm"]["text"] == "Reject ＆ forget"


def test_many_people_are_named_to_ten_and_counted() -> None:
    made = whole(drawn(story(mentions=tuple(f"Person {one}" for one in range(25)))))
    assert made.count("Person ") == 10 and "and 15 more" in made


def test_everything_at_once_is_told_in_part_and_counted() -> None:
    words = "<&>*_~` שלום 👍🏽 "
    told = story(
        words,
        lead=(Bullets(items=tuple(line(words * 20) for _ in range(300))),),
        parts=parts(2000, words),
        footer=line(words),
        url=URL,
        mentions=tuple(f"{words}{one}" for one in range(40)),
        buttons=tuple(Button(act="accept", label=words, subject=f"{one}", style="danger") for one in range(12)),
    )
    bench = Bench({"signing_secret": "s"})
    bench.deliver(letter(story=told))
    made = bench.calls("chat.postMessage")[0]["blocks"]
    assert len(re.findall("… and", whole(made))) == 3 and "&lt;&amp;&gt;*_~' שלום 👍🏽" in whole(made)


# One span each --------------------------------------------------------------------------------------------------

SPANS: list[tuple[Span, str]] = [
    (text("a & b < c > d"), "a &amp; b &lt; c &gt; d"),
    (text("&amp; \"quoted\" 'too'"), "&amp;amp; \"quoted\" 'too'"),
    (text("one\ntwo\r\n\u2028three"), "one two three"),
    (text("a `b` c"), "a 'b' c"),
    (text("a\x00b\x1bc\u202ed"), "abcd"),
    (strong("be *very* bold"), "*be very bold*"),
    (Span(text=" spaced ", style="strong"), "*spaced*"),
    (name("a`b"), "`ab`"),
    (name("`"), "(no name)"),
    (name("a<b>&c"), "`a&lt;b&gt;&amp;c`"),
    (link("Open | it", "https://h.example/a b|c>d?x=1&y=2"), "<https://h.example/a%20b%7Cc%3Ed?x=1&amp;y=2|Open ¦ it>"),
    (link("Run", "javascript:alert(1)"), "Run"),
    (link("Run", "https://["), "Run"),
    (link("Long", "https://h.example/" + "a" * 900), "Long (address too long to link)"),
    (person("Ada <ada@example.com>"), "Ada &lt;ada@example.com&gt;"),
    (Span(text="noon | UTC", style="time", at=1392734382.9), "<!date^1392734382^{date_short} {time}|noon ¦ UTC>"),
    (Span(text="never", style="time", at=float("inf")), "never"),
    (Span(text="never", style="time", at=float("nan")), "never"),
]


@pytest.mark.parametrize(("span", "words"), SPANS, ids=lambda value: getattr(value, "style", None))
def test_a_span_is_written_so(span: Span, words: str) -> None:
    assert whole(drawn(Story(title="T", lead=(Paragraph(line=(span,)),)))[1:]) == words


@pytest.mark.parametrize("words", ["", " ", "\u200b\u200d", "\u3164", "\u2800", "\n\n", "\ufe0f"])
def test_what_shows_nothing_is_not_sent(words: str) -> None:
    told = Story(
        title="T",
        lead=(Paragraph(line=line(words)), Heading(text=words), Bullets(items=(line(words),)), Code(text=words)),
        footer=line(words),
        mentions=(words,),
    )
    assert len(drawn(told)) == 1


# Marks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "event_type"),
    [
        ("publication.ended", "publication_ended"),
        ("Drift-Found!", "drift_found"),
        (None, "hub_told"),
        ("ü", "hub_told"),
    ],
)
def test_the_event_type_is_the_kind_made_legal(kind: Any, event_type: str) -> None:
    assert KIND.render(letter(story=story(data={"kind": kind})), SETTINGS)["metadata"]["event_type"] == event_type


def test_each_key_has_a_mark_of_its_own_that_stays() -> None:
    marks = [drawn(story(title), key)[0]["block_id"] for title, key in (("a", "k1"), ("b", "k1"), ("b", "k2"))]
    assert marks[0] == marks[1] != marks[2]


def test_a_dry_run_is_what_is_posted() -> None:
    bench = Bench({"signing_secret": "s", "people": {"Ada": "U0ADA0001"}})
    told = letter(story=story(mentions=("Ada",), parts=parts(3)))
    bench.deliver(told)
    assert bench.calls("chat.postMessage") == [json.loads(json.dumps(KIND.render(told, bench.settings)))]
