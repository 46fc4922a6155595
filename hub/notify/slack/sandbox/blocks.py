"""Block Kit as the server checks it: which blocks and elements there are, their keys, their limits.

Facts: apis/slack.md section 2 (limits) and section 3.3 (wording, with a pointer to the place).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hub.notify.slack.sandbox.state import JSON

Check = Callable[[JSON, str], Iterator[str]]
"""From a value and its JSON pointer to what is wrong with it."""

MOST_BLOCKS = 50
NO_MATCH = "failed to match all allowed schemas"


def at(message: str, pointer: str) -> str:
    return f"{message} [json-pointer:{pointer}]"


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with known keys only."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check]

    def __call__(self, value: JSON, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield at("must provide an object", pointer)
            return
        yield from (at(f"missing required field: {key}", pointer) for key in self.required if key not in value)
        known = {**self.required, **self.optional}
        for key, inner in value.items():
            if key not in known:
                yield at(f"invalid additional property: {key}", pointer)
            else:
                yield from known[key](inner, f"{pointer}/{key}")


def string(most: int, wording: str = "must be no longer than {} characters") -> Check:
    """A string of one to so many characters; `wording` gets the limit."""

    def check(value: JSON, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield at("must provide a string", pointer)
        elif not value:
            yield at("must be more than 0 characters", pointer)
        elif len(value) > most:
            yield at(wording.format(most), pointer)

    return check


def choice(*values: str) -> Check:
    """One of a few words."""

    def check(value: JSON, pointer: str) -> Iterator[str]:
        if value not in values:
            yield at(f"must be one of: {', '.join(values)}", pointer)

    return check


def flag(value: JSON, pointer: str) -> Iterator[str]:
    """A boolean."""
    if not isinstance(value, bool):
        yield at("must provide a boolean", pointer)


def anything(value: JSON, pointer: str) -> Iterator[str]:
    """Whatever; for parts that the contract says nothing about."""
    yield from ()


def items(each: Check, most: int, least: int = 1) -> Check:
    """An array of so many items."""

    def check(value: JSON, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield at("must provide an array", pointer)
            return
        if len(value) < least:
            yield at(f"no less than {least} items allowed", pointer)
        if len(value) > most:
            yield at(f"no more than {most} items allowed", pointer)
        for number, one in enumerate(value):
            yield from each(one, f"{pointer}/{number}")

    return check


def typed(table: Mapping[str, Check]) -> Check:
    """An object whose `type` picks its shape."""

    def check(value: JSON, pointer: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            yield at("must provide an object", pointer)
        elif kind is None:
            yield at("missing required field: type", pointer)
        elif not isinstance(kind, str) or kind not in table:
            yield at(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            yield from table[kind](value, pointer)

    return check


def one_needed(shape: Shape, *keys: str) -> Check:
    """An object that also has at least one of these keys; the first is the one that is missed."""

    def check(value: JSON, pointer: str) -> Iterator[str]:
        yield from shape(value, pointer)
        if isinstance(value, dict) and not value.keys() & set(keys):
            yield at(f"missing required field: {keys[0]}", pointer)

    return check


def plain(most: int) -> Check:
    """A text object that must be plain_text."""
    return Shape({"type": choice("plain_text"), "text": string(most)}, {"emoji": flag})


def rich(most: int) -> Check:
    """A text object of either kind. What is wrong inside follows a line that says that no kind fits."""
    text = string(most, wording=f"must be less than {most + 1} characters")
    either = typed(
        {
            "plain_text": Shape({"type": anything, "text": text}, {"emoji": flag}),
            "mrkdwn": Shape({"type": anything, "text": text}, {"verbatim": flag}),
        }
    )

    def check(value: JSON, pointer: str) -> Iterator[str]:
        if wrong := list(either(value, pointer)):
            yield at(NO_MATCH, pointer)
            yield from wrong

    return check


# Elements (apis/slack.md section 2) ---------------------------------------------------------------------------

CONFIRM = Shape(
    {"title": plain(100), "text": rich(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)
OPTION = Shape({"text": rich(75), "value": string(150)}, {"description": rich(75), "url": string(3000)})
OPTIONS = items(OPTION, 100)
OPTION_GROUPS = items(Shape({"label": plain(75), "options": OPTIONS}, {}), 100)
ACTION: Mapping[str, Check] = {"action_id": string(255), "confirm": CONFIRM}
PICKER: Mapping[str, Check] = {**ACTION, "placeholder": plain(150), "focus_on_load": flag}

SOURCES: Mapping[str, Check] = {"image_url": string(3000), "slack_file": anything}
IMAGE = one_needed(Shape({"type": anything, "alt_text": string(2000)}, SOURCES), "image_url", "slack_file")
BUTTON = Shape(
    {"type": anything, "text": plain(75)},
    {
        **ACTION,
        "url": string(3000),
        "value": string(2000),
        "style": choice("primary", "danger"),
        "accessibility_label": string(75),
    },
)


def _choosing(**optional: Check) -> Shape:
    return Shape({"type": anything}, {**PICKER, **optional})


def _listing(**optional: Check) -> Shape:
    return Shape({"type": anything, "options": OPTIONS}, {**ACTION, "focus_on_load": flag, **optional})


INTERACTIVE: Mapping[str, Check] = {
    "button": BUTTON,
    "static_select": _choosing(options=OPTIONS, option_groups=OPTION_GROUPS, initial_option=OPTION),
    "users_select": _choosing(initial_user=string(255)),
    "channels_select": _choosing(initial_channel=string(255), response_url_enabled=flag),
    "datepicker": _choosing(initial_date=string(10)),
    "overflow": Shape({"type": anything, "options": items(OPTION, 5)}, ACTION),
    "checkboxes": _listing(initial_options=OPTIONS),
    "radio_buttons": _listing(initial_option=OPTION),
}

# Blocks ---------------------------------------------------------------------------------------------------------

BLOCK: Mapping[str, Check] = {"block_id": string(255)}


def _context_element(value: JSON, pointer: str) -> Iterator[str]:
    is_image = isinstance(value, dict) and value.get("type") == "image"
    yield from (IMAGE if is_image else rich(3000))(value, pointer)


SECTION = Shape(
    {"type": anything},
    {
        **BLOCK,
        "text": rich(3000),
        "fields": items(rich(2000), 10),
        "accessory": typed({**INTERACTIVE, "image": IMAGE}),
        "expand": flag,
    },
)

BLOCKS: Mapping[str, Check] = {
    "section": one_needed(SECTION, "text", "fields"),
    "header": Shape({"type": anything, "text": plain(150)}, BLOCK),
    "context": Shape({"type": anything, "elements": items(_context_element, 10)}, BLOCK),
    "actions": Shape({"type": anything, "elements": items(typed(INTERACTIVE), 25)}, BLOCK),
    "divider": Shape({"type": anything}, BLOCK),
    "image": one_needed(
        Shape({"type": anything, "alt_text": string(2000)}, {**BLOCK, **SOURCES, "title": plain(2000)}),
        *SOURCES,
    ),
    "markdown": Shape({"type": anything, "text": string(12_000)}, BLOCK),
    "rich_text": Shape({"type": anything, "elements": items(anything, 100)}, BLOCK),
}


def find_faults(blocks: list[JSON], pointer: str = "/blocks") -> list[str]:
    """Everything wrong with the blocks of a message, each line with the pointer to its place."""
    check = items(typed(BLOCKS), MOST_BLOCKS, least=0)
    return [*check(blocks, pointer), *_repeated_ids(blocks, pointer)]


def _repeated_ids(blocks: list[JSON], pointer: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(block_id, str):
            if block_id in seen:
                yield at(f"`block_id` {block_id} already exists", f"{pointer}/{number}/block_id")
            seen.add(block_id)
