"""A story cut to what Jira takes: whole where there is room, then in short, then counted; never dropped in silence.

Nothing here knows ADF or wiki text: the format says how much room a section takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from hub.notify.jira.texts import clipped, flat, length, shortened, shortened_inside
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
    Story,
    line,
    link,
    listed,
    name,
    person,
)


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a title ("" for none). `level` is 2 for what holds the parts together, 3 for a part."""

    title: str = ""
    blocks: tuple[Block, ...] = ()
    level: int = 3


Measure = Callable[[Section], int]
"""How much of the budget a section takes, whatever stands around it."""

CLOSING = 2_500
"""Most that footer and link take."""
COUNTING = 1_500
"""Kept free for the parts' title and the line that counts what found no room."""
GIST = 400
"""Characters of a part that is told in short."""
ITEM = 600
"""Characters of an item in a list that had to be cut."""
TITLE = 120
"""Units of the title over the parts, and of a part's title."""
BETWEEN_CELLS = " · "
NAME = 80
"""Units of a name that is only counted."""


def fit(story: Story, limit: int, measure: Measure) -> tuple[Section, ...]:
    """The story in sections that take at most `limit` together."""
    closing = shrink(Section(blocks=_closing(story)), CLOSING, measure)
    room = limit - measure(closing)
    opening = shrink(Section(blocks=_opening(story)), room - (COUNTING if story.parts else 0), measure)
    told = Parts(story, measure, room - measure(opening)).told() if story.parts else ()
    return (opening, *told, closing)


def _opening(story: Story) -> tuple[Block, ...]:
    if not story.mentions:
        return story.lead
    return (*story.lead, Paragraph(line=line("For ", *listed((person(owner),) for owner in story.mentions))))


def _closing(story: Story) -> tuple[Block, ...]:
    footer = (Paragraph(line=story.footer),) if story.footer else ()
    return (*footer, Paragraph(line=line("In the hub: ", link(story.url, story.url)))) if story.url else footer


class Parts:
    """The parts of one story, in as many words as there is room for."""

    def __init__(self, story: Story, measure: Measure, room: int) -> None:
        self._title = Section(shortened(flat(story.parts_title), TITLE), level=2)
        self._parts = story.parts
        self._measure = measure
        self._room = room
        self._sections: dict[int, Section] = {}

    def told(self) -> tuple[Section, ...]:
        """All whole if they fit; else gists from the end on; and where even these are too many, half of the room for
        whole parts, the rest for gists, and a count of what is left."""
        every, room = len(self._parts), self._room
        if self._fits(room, 0, every):
            whole = largest(every, lambda count: self._fits(room, count, every - count))
            return tuple(self._shown(whole, every))
        whole = largest(every, lambda count: self._fits(room // 2, count, 0))
        until = whole + largest(every - whole, lambda count: self._fits(room - COUNTING // 2, whole, count))
        begun, left = tuple(self._shown(whole, until)), self._parts[until:]
        room -= sum(map(self._measure, begun))
        names = largest(len(left), lambda count: self._measure(_counted(left, count)) <= room)
        return (*begun, _counted(left, names))

    def _fits(self, room: int, whole: int, gists: int) -> bool:
        """Whether the first `whole` parts and the gists of the `gists` next ones take at most this room.

        Counted as they come, so that of thousands of parts only those are looked at that can fit.
        """
        used = 0
        for section in self._shown(whole, whole + gists):
            used += self._measure(section)
            if used > room:
                return False
        return True

    def _shown(self, whole: int, until: int) -> Iterator[Section]:
        yield self._title
        yield from self._joined(whole)
        gists = tuple(_gist(part) for part in self._parts[whole:until])
        if gists:
            yield Section("In short" if whole else "", (Bullets(items=gists),))

    def _joined(self, whole: int) -> Iterator[Section]:
        """Parts told whole; neighbours that are no more than a gist share one list."""
        lines: list[Line] = []
        for place, part in enumerate(self._parts[:whole]):
            if not part.blocks:
                lines.append(part.gist or line(name(part.name)))
                continue
            yield from _listed(lines)
            lines = []
            yield self._section(place)
        yield from _listed(lines)

    def _section(self, place: int) -> Section:
        """A part under its name; one that would take most of the room from the others is shrunk."""
        if place not in self._sections:
            part = self._parts[place]
            section = Section(shortened_inside(flat(part.name), TITLE), part.blocks)
            share = self._room // min(len(self._parts), 2) - COUNTING
            self._sections[place] = shrink(section, share, self._measure)
        return self._sections[place]


def _listed(lines: Sequence[Line]) -> Iterator[Section]:
    if lines:
        yield Section(blocks=(Bullets(items=tuple(lines)),))


def _gist(part: Part) -> Line:
    return clipped(part.gist or line(name(part.name)), GIST)


def _counted(parts: Sequence[Part], names: int) -> Section:
    """The line that counts parts, with the first `names` of them by name."""
    shown = listed(line(name(shortened_inside(flat(part.name), NAME))) for part in parts[:names] if part.name.strip())
    before = "" if not shown else ": " if names == len(parts) else ", among them "
    return Section(blocks=(Paragraph(line=line(f"… and {len(parts):,} more{before}", *shown)),))


# Blocks that are too long ---------------------------------------------------------------------------------------


def shrink(section: Section, room: int, measure: Measure) -> Section:
    """The section itself where it fits this room, else with its tables as lists, else its beginning and a count."""
    if measure(section) <= room:
        return section
    blocks = tuple(plain for block in section.blocks for plain in _plainer(block))
    if measure(replace(section, blocks=blocks)) <= room:
        return replace(section, blocks=blocks)

    def begun(count: int, *more: Block) -> Section:
        """The first blocks, `more` of the next one if there is any, and the count."""
        left = len(blocks) - count - bool(more)
        return replace(
            section, blocks=(*blocks[:count], *more, *((_missing(left, "passage", "passages"),) if left else ()))
        )

    kept = largest(len(blocks) - 1, lambda count: measure(begun(count)) <= room)
    cut, amount = CUTS[type(blocks[kept])]
    most = largest(amount(blocks[kept]) - 1, lambda count: measure(begun(kept, *cut(blocks[kept], count))) <= room)
    return begun(kept, *cut(blocks[kept], most)) if most > 0 else begun(kept)


def largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `most` that fits, 0 taken for granted; what fits less grows with the number."""
    low, high = 0, max(most, 0)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _plainer(block: Block) -> tuple[Block, ...]:
    """A table as a list of its rows, which takes a third of the room; other blocks as they are."""
    if not isinstance(block, Columns):
        return (block,)
    rows = tuple(listed(row, BETWEEN_CELLS) for row in block.rows)
    head = (Paragraph(line=line(BETWEEN_CELLS.join(block.head))),) if block.head else ()
    return (*head, Bullets(items=rows))


def _missing(count: int, one: str, several: str) -> Paragraph:
    return Paragraph(line=line(f"… and {count:,} more {one if count == 1 else several}"))


def _cut_line(block: Paragraph | Callout, count: int) -> tuple[Block, ...]:
    return (block.model_copy(update={"line": clipped(block.line, count)}),)


def _cut_heading(block: Heading, count: int) -> tuple[Block, ...]:
    return (Heading(text=shortened(flat(block.text), count)),)


def _cut_code(block: Code, count: int) -> tuple[Block, ...]:
    return block.model_copy(update={"text": block.text[:count]}), _missing(
        len(block.text) - count, "character", "characters"
    )


def _cut_bullets(block: Bullets, count: int) -> tuple[Block, ...]:
    items = tuple(clipped(item, ITEM) for item in block.items[:count])
    return Bullets(items=items), _missing(len(block.items) - count, "entry", "entries")


def _cut_facts(block: Facts, count: int) -> tuple[Block, ...]:
    rows = tuple((label, clipped(value, ITEM)) for label, value in block.rows[:count])
    return Facts(rows=rows), _missing(len(block.rows) - count, "fact", "facts")


CUTS: dict[type[Block], tuple[Callable[..., tuple[Block, ...]], Callable[..., int]]] = {
    Paragraph: (_cut_line, lambda block: length(block.line)),
    Callout: (_cut_line, lambda block: length(block.line)),
    Heading: (_cut_heading, lambda block: len(block.text)),
    Code: (_cut_code, lambda block: len(block.text)),
    Bullets: (_cut_bullets, lambda block: len(block.items)),
    Facts: (_cut_facts, lambda block: len(block.rows)),
}
"""How a block is told in part, and how much of it there is to tell. Tables have become lists before."""
