"""Several stories told together, once an hour or once a day."""

from __future__ import annotations

from hub.notify.story import Line, Part, Story, line, link, listed, strong
from hub.notify.telling.words import counted

ITEMS = 300
"""Stories that a digest lists by their titles; more are counted by the channel's own limits."""


def digest(before: Story | None, key: str, story: Story, period: str) -> Story:
    """The digest with this story in it. A story of the same key replaces what was told of it earlier."""
    parts = [part for part in (before.parts if before is not None else ()) if part.name != key]
    parts = [*parts, Part(name=key, gist=_gist(story), blocks=story.lead)][-ITEMS:]
    mentions = dict.fromkeys((*(before.mentions if before is not None else ()), *story.mentions))
    return Story(
        title=f"{period.capitalize()} digest: {counted(len(parts), 'thing')} to know",
        parts=tuple(parts),
        mentions=tuple(mentions),
        data={"kind": "digest", "period": period, "keys": [part.name for part in parts]},
    )


def _gist(story: Story) -> Line:
    details = listed([part.gist for part in story.parts[:3]])
    more = f" and {len(story.parts) - 3} more" if len(story.parts) > 3 else ""
    tail = line(": ", *details, more) if details else ()
    return (strong(story.title), *tail, *_link(story))


def _link(story: Story) -> Line:
    return line(" ", link("open", story.url)) if story.url else ()
