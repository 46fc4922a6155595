"""Block Kit as the emulated server checks it: the limits of apis/slack.md section 2, the wording of section 3.3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hub.notify.slack.desk import CHANNEL, Desk, actions, button, header, section


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def fields(*texts: str) -> dict[str, Any]:
    return {"type": "section", "fields": [mrkdwn(text) for text in texts]}


def context(*elements: Any) -> dict[str, Any]:
    return {"type": "context", "elements": list(elements)}


def image(**more: Any) -> dict[str, Any]:
    return {"type": "image", "image_url": "https://x.example/i.png", "alt_text": "A chart", **more}


def confirm(**more: Any) -> dict[str, Any]:
    words = {"title": plain("Sure?"), "text": plain("Really."), "confirm": plain("Yes"), "deny": plain("No")}
    return actions(button(confirm={**words, **more}))


def options(count: int) -> list[Any]:
    return [{"text": plain(f"Option {number}"), "value": str(number)} for number in range(count)]


def select(count: int, **more: Any) -> dict[str, Any]:
    return actions({"type": "static_select", "options": options(count), **more})


def sent(*blocks: Any, **switches: Any) -> Any:
    return Desk(**switches).call("chat.postMessage", channel=CHANNEL, text="x", blocks=list(blocks))


def test_over_long_section_is_answered_in_full() -> None:
    errors = [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]
    assert sent(section("x" * 3001)) == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": errors,
        "response_metadata": {"messages": [f"[ERROR] {one}" for one in errors]},
    }


@pytest.mark.parametrize(
    "block",
    [
        section("x" * 3000),
        fields(*["x"] * 10),
        fields("x" * 2000),
        header("x" * 150),
        header(block_id="x" * 255),
        context(*[mrkdwn("x")] * 10),
        context(image()),
        actions(*[button()] * 25),
        actions(button("x" * 75, value="x" * 2000, url="https://" + "x" * 2992, style="primary", action_id="x" * 255)),
        actions(button(accessibility_label="x" * 75)),
        section(accessory=button()),
        section(accessory=image()),
        section(expand=True),
        confirm(title=plain("x" * 100), text=mrkdwn("x" * 300), confirm=plain("x" * 30), deny=plain("x" * 30)),
        select(100),
        select(1, placeholder=plain("Choose")),
        image(title=plain("x" * 2000), image_url="x" * 3000, alt_text="x" * 2000),
        {"type": "divider"},
        {"type": "markdown", "text": "# x"},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
        {"type": "section", "text": plain("x") | {"emoji": False}},
        {"type": "section", "text": mrkdwn("x") | {"verbatim": True}},
        section("a < b, and <nonsense>"),
    ],
)
def test_blocks_at_their_limits_pass(block: Any) -> None:
    assert sent(block)["ok"] is True


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (fields(*["x"] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
        (fields("x", "x" * 2001), "must be less than 2001 characters [json-pointer:/blocks/0/fields/1/text]"),
        (header("x" * 151), "must be no longer than 150 characters [json-pointer:/blocks/0/text/text]"),
        (header(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (header(block_id="x" * 256), "must be no longer than 255 characters [json-pointer:/blocks/0/block_id]"),
        ({"type": "header", "text": mrkdwn("x")}, "must be one of: plain_text [json-pointer:/blocks/0/text/type]"),
        (context(*[mrkdwn("x")] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
        (context(), "no less than 1 items allowed [json-pointer:/blocks/0/elements]"),
        (context(button()), "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"),
        (actions(*[button()] * 26), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
        (
            actions(button("x" * 76)),
            "must be no longer than 75 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            actions(button(value="x" * 2001)),
            "must be no longer than 2000 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            actions(button(url="x" * 3001)),
            "must be no longer than 3000 characters [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            actions(button(action_id="x" * 256)),
            "must be no longer than 255 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            actions(button(accessibility_label="x" * 76)),
            "must be no longer than 75 characters [json-pointer:/blocks/0/elements/0/accessibility_label]",
        ),
        (
            actions(button(style="default")),
            "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            actions({"type": "button", "text": mrkdwn("x")}),
            "must be one of: plain_text [json-pointer:/blocks/0/elements/0/text/type]",
        ),
        (actions({"type": "button"}), "missing required field: text [json-pointer:/blocks/0/elements/0]"),
        (actions({"type": "image"}), "unsupported type: image [json-pointer:/blocks/0/elements/0/type]"),
        (
            confirm(title=plain("x" * 101)),
            "must be no longer than 100 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
        ),
        (
            confirm(text=plain("x" * 301)),
            "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
        ),
        (
            confirm(deny=plain("x" * 31)),
            "must be no longer than 30 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]",
        ),
        (select(101), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"),
        (image(alt_text="x" * 2001), "must be no longer than 2000 characters [json-pointer:/blocks/0/alt_text]"),
        (image(image_url="x" * 3001), "must be no longer than 3000 characters [json-pointer:/blocks/0/image_url]"),
        (
            {"type": "image", "alt_text": "A chart"},
            "missing required field: image_url [json-pointer:/blocks/0]",
        ),
        (
            context({"type": "image", "alt_text": "A chart"}),
            "missing required field: image_url [json-pointer:/blocks/0/elements/0]",
        ),
        ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
        ({"type": "divider", "text": "x"}, "invalid additional property: text [json-pointer:/blocks/0]"),
        (section(colour="red"), "invalid additional property: colour [json-pointer:/blocks/0]"),
        (
            {"type": "section", "text": plain("x") | {"verbatim": True}},
            "invalid additional property: verbatim [json-pointer:/blocks/0/text]",
        ),
        (
            {"type": "section", "text": mrkdwn("x") | {"emoji": True}},
            "invalid additional property: emoji [json-pointer:/blocks/0/text]",
        ),
        ({"type": "section", "text": "x"}, "must provide an object [json-pointer:/blocks/0/text]"),
        (
            {"type": "section", "text": {"type": "mrkdwn", "text": 5}},
            "must provide a string [json-pointer:/blocks/0/text/text]",
        ),
        ({"type": "section", "fields": {}}, "must provide an array [json-pointer:/blocks/0/fields]"),
        ({"type": "table"}, "unsupported type: table [json-pointer:/blocks/0/type]"),
        ({"text": mrkdwn("x")}, "missing required field: type [json-pointer:/blocks/0]"),
        ("text", "must provide an object [json-pointer:/blocks/0]"),
    ],
)  # fmt: skip
def test_blocks_beyond_their_limits_are_refused_with_the_place(block: Any, message: str) -> None:
    answer = sent(block)
    assert answer["error"] == "invalid_blocks"
    assert message in answer["errors"]
    assert f"[ERROR] {message}" in answer["response_metadata"]["messages"]


def test_fifty_blocks_are_the_most() -> None:
    assert sent(*[{"type": "divider"}] * 50)["ok"] is True
    assert sent(*[{"type": "divider"}] * 51)["errors"] == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_each_fault_is_told() -> None:
    answer = sent(header(""), {"type": "divider"}, {"type": "nope"})
    assert [one.partition(" [")[2] for one in answer["errors"]] == [
        "json-pointer:/blocks/0/text/text]",
        "json-pointer:/blocks/2/type]",
    ]


def test_block_id_is_unique_inside_a_message() -> None:
    answer = sent(header(block_id="a"), header(block_id="b"), header(block_id="a"))
    assert answer["errors"] == ["`block_id` a already exists [json-pointer:/blocks/2/block_id]"]


@pytest.mark.parametrize("total", [12_000, 8_000, 11_000, 13_200])
def test_total_of_all_texts_is_limited(total: int) -> None:
    rest = total - 4 * 1900
    texts = [section("x" * 1900) for _ in range(4)]
    full, over = (sent(*texts, *_filled(rest + more), blocks_total=total) for more in (0, 1))
    assert (full["ok"], over["error"]) == (True, "msg_blocks_too_long")


def _filled(count: int) -> list[Any]:
    return [section("y" * min(3000, count - start)) for start in range(0, count, 3000)]


def test_blocks_of_attachments_are_checked_too() -> None:
    attachment = {"blocks": [header("x" * 151)]}
    answer = Desk().call("chat.postMessage", channel=CHANNEL, attachments=[attachment])
    assert answer["errors"] == [
        "must be no longer than 150 characters [json-pointer:/attachments/0/blocks/0/text/text]"
    ]
