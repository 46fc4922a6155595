"""A story as Slack blocks, within every limit of apis/slack.md section 2 whatever its size.

What comes first gets the room: the title, the lead, then the parts, the most important ones whole. What has no room
is counted where it would have stood, with a link to the hub's page where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hub.notify.slack.chunks import TONES, Chunk, chunks_of, counted, mrkdwn, sections
from hub.notify.slack.escape import clean, plain, size, visible
from hub.notify.slack.mrkdwn import People, called, linked, strong, written
from hub.notify.story import Button, Callout, Paragraph, Part, Span, Story
from mappings.canonical.kinds import JSON

Blocks = list[dict[str, JSON]]

MOST_TEXT = 8000
"""Characters of all texts of a message; the vendor's own limit is unpublished and somewhat higher (section 2)."""
MOST_BLOCKS = 50
HEADER, LABEL, VALUE, ANSWER = 150, 75, 2000, 30
MOST_PARTS = 20
"""More parts than this nobody reads in a channel."""
MOST_PEOPLE = 10
MOST_BUTTONS = 10
BUTTONS_IN_A_ROW = 5
FOOTER, GIST = 500, 400
FALLBACK_TEXT = 300
"""Characters of the line that notifications and screen readers get instead of the blocks."""


@dataclass(frozen=True, slots=True)
class Room:
    """What may still be used of a message."""

    blocks: int = MOST_BLOCKS
    text: int = MOST_TEXT

    def after(self, blocks: Blocks) -> Room:
        return Room(self.blocks - len(blocks), self.text - text_size(blocks))

    def fits(self, blocks: Blocks) -> bool:
        return len(blocks) <= self.blocks and text_size(blocks) <= self.text


def text_size(value: JSON) -> int:
    """The characters of all texts and values that stand somewhere in these blocks."""
    if isinstance(value, list):
        return sum(map(text_size, value))
    if not isinstance(value, dict):
        return 0
    own = (value[key] for key in ("text", "value") if isinstance(value.get(key), str))
    return sum(map(size, own)) + sum(map(text_size, value.values()))


def blocks_of(story: Story, mark: str, *, buttons: bool, people: People | None = None) -> Blocks:
    """The story as blocks, the first one under the id `mark`. Of its `mentions`, those in `people` are notified."""
    known = {owner: id_ for owner, id_ in (people or {}).items() if owner in story.mentions}
    head, tail = [_header(story, mark)], _footer(story) + (_actions(story) if buttons else [])
    concerned = _concerned(story.mentions, known)
    room = Room().after(head).after(tail).after(concerned)
    counts_alone = _parts(story, Room(0, 0))
    lead = _whole_or_counted(list(chunks_of(story.lead, known)), room.after(counts_alone), story.url)
    unnamed = [owner for owner in story.mentions if owner not in known or f"<@{known[owner]}>" not in str(lead)]
    return head + lead + _concerned(unnamed, known) + _parts(story, room.after(lead)) + tail


def fallback_text(story: Story) -> str:
    """One line that says the same: the tone as a word, the title, the beginning of the lead. Never empty."""
    word = TONES[story.tone][1]
    title = written((Span(text=story.title),), FALLBACK_TEXT) or NO_TITLE
    line = next((block.line for block in story.lead if isinstance(block, Paragraph | Callout)), ())
    lead = written((Span(text="".join(span.text for span in line)),), FALLBACK_TEXT)
    return " – ".join(filter(None, [f"{word}: {title}" if word else title, lead]))


NO_TITLE = "Tracking plan"


def _header(story: Story, mark: str) -> dict[str, JSON]:
    sign = TONES[story.tone][0]
    title = plain(story.title, HEADER - len(sign) - 1) or NO_TITLE
    text = {"type": "plain_text", "text": f"{sign} {title}".strip(), "emoji": True}
    return {"type": "header", "block_id": mark, "text": text}


def _most(count: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to `count` for which it holds; it holds for all smaller ones then."""
    least, most = 0, count
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if holds(middle) else (least, middle - 1)
    return least


def _whole_or_counted(chunks: Sequence[Chunk], room: Room, url: str) -> Blocks:
    """All chunks, or the first ones and how many lines are missing."""
    most = len(list(_at_most(iter(chunks), room.text)))
    if most == len(chunks) and room.fits(sections(chunks)):
        return sections(chunks)

    def told(number: int) -> Blocks:
        return sections([*chunks[:number], _more(counted(len(chunks) - number, "more line"), url)])

    return told(_most(min(most, len(chunks) - 1), lambda number: room.fits(told(number))))


def _at_most(chunks: Iterator[Chunk], room: int) -> Iterator[Chunk]:
    """The chunks up to the first one that has no room: as many as it takes to see that they do not fit."""
    for chunk in chunks:
        yield chunk
        room -= size(chunk.text)
        if room < 0:
            return


def _more(what: str, url: str) -> Chunk:
    return Chunk(f"… and {linked(what, url)}")


# Parts --------------------------------------------------------------------------------------------------------


def _parts(story: Story, room: Room) -> Blocks:
    """The first parts by their gist, as many of them whole as there is room for, and how many are missing."""
    if not story.parts:
        return []
    shown = story.parts[:MOST_PARTS]
    gists = [[Chunk(f"• {_gist(part)}")] for part in shown]

    def told(groups: Sequence[list[Chunk]]) -> Blocks:
        left = len(story.parts) - len(groups)
        notice = [[_more(f"{left:,} more", story.url)]] if left else []
        title = strong(story.parts_title).strip()
        return _grouped([*([[Chunk(title)]] if title else []), *groups, *notice])

    number = _most(len(gists), lambda number: room.fits(told(gists[:number])))
    groups = gists if room.fits(told(gists)) else gists[:number]
    for place, part in enumerate(shown[: len(groups)]):
        whole = [Chunk(_gist(part)), *_at_most(chunks_of(part.blocks), room.text)]
        tried = [*groups[:place], whole, *groups[place + 1 :]]
        groups = tried if len(whole) > 1 and room.fits(told(tried)) else groups
    return told(groups)


def _gist(part: Part) -> str:
    return written(part.gist, GIST) or written((Span(text=part.name, style="name"),), GIST)


def _grouped(groups: Sequence[list[Chunk]]) -> Blocks:
    """Parts that are told whole stand apart; gists, titles and counts of one line share a section."""
    blocks: Blocks = []
    loose: list[Chunk] = []
    for group in groups:
        if len(group) == 1:
            loose += group
            continue
        blocks += sections(loose) + sections(group)
        loose = []
    return blocks + sections(loose)


# Around the parts ---------------------------------------------------------------------------------------------


def _concerned(owners: Sequence[str], people: People) -> Blocks:
    """Whom it concerns; who is in `people` is notified."""
    named = list(dict.fromkeys(name for owner in owners if visible(name := called(owner, people))))
    if not named:
        return []
    left = len(named) - MOST_PEOPLE
    text = ", ".join(named[:MOST_PEOPLE]) + (f" and {left:,} more" if left > 0 else "")
    return [{"type": "context", "elements": [mrkdwn(f"For {text}")]}]


def _footer(story: Story) -> Blocks:
    texts = (written(story.footer, FOOTER), linked("Open in the hub", story.url) if story.url else "")
    elements = [mrkdwn(text) for text in texts if text]
    return [{"type": "context", "elements": elements}] if elements else []


def _actions(story: Story) -> Blocks:
    """Rows of buttons; no row holds one act twice, since the act is the button's id there."""
    usable = [one for one in story.buttons if 0 < size(one.subject) <= VALUE and clean(one.subject) == one.subject]
    shown = _affordable(usable[:MOST_BUTTONS])
    rows: list[list[Button]] = []
    for button in shown:
        full = not rows or len(rows[-1]) == BUTTONS_IN_A_ROW or button.act in {one.act for one in rows[-1]}
        rows += [[button]] if full else []
        rows[-1] += [] if full else [button]
    blocks: Blocks = [{"type": "actions", "elements": [_button(one) for one in row]} for row in rows]
    left = len(story.buttons) - len(shown)
    return blocks + ([{"type": "context", "elements": [mrkdwn(_more_buttons(left, story.url))]}] if left else [])


MOST_ACTION_TEXT = 2000
"""Characters that the buttons may take of a message; fingerprints and numbers are far shorter."""


def _affordable(buttons: Sequence[Button]) -> Sequence[Button]:
    return buttons[
        : _most(len(buttons), lambda n: text_size([_button(one) for one in buttons[:n]]) <= MOST_ACTION_TEXT)
    ]


def _more_buttons(left: int, url: str) -> str:
    return f"… and {linked(counted(left, 'more button'), url)}"


def _button(button: Button) -> dict[str, JSON]:
    label = plain(button.label, LABEL) or button.act.title()
    made: dict[str, JSON] = {"type": "button", "action_id": button.act, "value": button.subject, "text": _words(label)}
    if button.style != "plain":
        made["style"] = button.style
    if button.style == "danger":
        made["confirm"] = _confirm(label)
    return made


def _confirm(label: str) -> dict[str, JSON]:
    return {
        "title": _words("Are you sure?"),
        "text": _words(f"{label}: this is done at once, in your name."),
        "confirm": _words(plain(label, ANSWER) or "Yes"),
        "deny": _words("Cancel"),
        "style": "danger",
    }


def _words(text: str) -> dict[str, JSON]:
    return {"type": "plain_text", "text": text, "emoji": True}
