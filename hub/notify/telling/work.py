"""The developer's part of a publish: exactly what to send from now on, event by event."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from hub.changes.example import example_payload, kinds_text, rules_text
from hub.changes.news import EventNews
from hub.engine.ports import Publication
from hub.notify.desk import Desk
from hub.notify.story import (
    Block,
    Bullets,
    Callout,
    Code,
    Columns,
    Facts,
    Line,
    Part,
    Story,
    callout,
    line,
    listed,
    name,
    paragraph,
    person,
    strong,
)
from hub.notify.telling.words import counted, gist, quoted, tally
from mappings.canonical.kinds import JSON, Property
from mappings.canonical.schemaver import SchemaVer


def work(
    desk: Desk,
    publication: Publication,
    found: Sequence[EventNews],
    scope: str,
    since: int | None,
    owners: tuple[str, ...],
) -> Story | None:
    """What `scope` (an owner, a source, or "" for everybody) has to do; `found` is what is new after version `since`;
    `owners` whose it is.

    None when no code has to change.
    """
    todo = [one for one in found if one.needs_code]
    if not todo:
        return None
    whose = f" for {scope}" if scope else ""
    breaking = [one for one in todo if one.impact == "breaking"]
    warned = (_warning(breaking),) if breaking else ()
    return Story(
        title=f"Tracking plan {publication.plan} v{publication.version}{whose}: {tally(todo)}",
        tone="warning" if breaking else "neutral",
        lead=(*warned, paragraph(_intro(publication))),
        parts_title="Events",
        parts=tuple(event_part(one) for one in todo),
        footer=line("Published by ", person(publication.who), " · ", name(f"hub history {publication.id}")),
        url=desk.page("publications", publication.id),
        mentions=owners,
        labels=("tracking-plan",),
        done=publication.status == "published",
        data={
            "kind": "work",
            "plan": publication.plan,
            "version": publication.version,
            "publication": publication.id,
            "scope": scope,
            "since": since,
            "events": [one.name for one in todo],
        },
    )


def update_note(publication: Publication, found: Sequence[EventNews]) -> Story:
    """The comment under an issue that was there before: what this publish changed in it."""
    todo = [one for one in found if one.needs_code]
    return Story(
        title=f"v{publication.version} of the plan: {tally(todo)}. The description above is up to date.",
        parts=tuple(Part(name=one.name, gist=gist(one)) for one in todo),
        data={"kind": "work-update", "publication": publication.id, "version": publication.version},
    )


def _intro(publication: Publication) -> str:
    return (
        f"The tools hold version {publication.version} of the tracking plan. What follows is what your code has to "
        "send for it: each event with its properties, their rules, and a payload to start from."
    )


def _warning(breaking: Sequence[EventNews]) -> Callout:
    names = listed([line(name(one.name)) for one in breaking[:10]])
    more = f" and {len(breaking) - 10} more" if len(breaking) > 10 else ""
    what = counted(len(breaking), "event needs", "events need")
    return callout("warning", f"{what} a change before its data fits again: ", *names, more)


def event_part(one: EventNews) -> Part:
    """One event, with everything that is needed to send it."""
    return Part(name=one.name, gist=gist(one), blocks=tuple(_event_blocks(one)))


def _event_blocks(one: EventNews) -> Iterator[Block]:
    event = one.event
    if event.description:
        yield paragraph(event.description)
    yield Facts(rows=tuple(_facts(one)))
    if one.kind == "removed":
        yield callout("warning", "Stop sending this event. ", one.reason)
        return
    if one.breaks:
        yield callout("warning", "What is sent today does not fit any more:")
        yield Bullets(items=tuple(line(words) for words in one.breaks))
    if one.kind == "changed":
        yield Columns(head=("Changed", "Before", "Now"), rows=tuple(_changes(one)))
    rows = tuple(_rows(event.properties, ""))
    if rows:
        yield Columns(head=("Property", "Type", "Required", "Rules", "Description"), rows=rows)
    payload = {"event": event.names.get("segment", one.name), "properties": example_payload(event)}
    yield Code(text=_json(payload), language="json")


def _json(value: JSON) -> str:
    """JSON to copy: what does not print is spelt out, because no channel carries it unharmed."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return "".join(char if char == "\n" or char.isprintable() else json.dumps(char)[1:-1] for char in text)


def _facts(one: EventNews) -> Iterator[tuple[str, Line]]:
    event = one.event
    yield "Change", line(strong({"new": "new", "removed": "removed", "renamed": "renamed"}.get(one.kind, one.impact)))
    if one.former_name:
        yield "Was called", line(name(one.former_name))
    if one.kind in ("changed", "renamed") and one.level != "none":
        yield "SchemaVer", line(f"{one.level}: 1-0-0 becomes {SchemaVer().after(one.level)}, and so on")
    if event.kind != "track":
        yield "Kind of call", line(event.kind)
    for label, words in (("Category", (event.category,)), ("Sources", event.sources), ("Tags", event.tags)):
        known = [word for word in words if word]
        if known:
            yield label, line(", ".join(known))
    if event.owners:
        yield "Owners", listed([line(person(owner)) for owner in event.owners])


def _changes(one: EventNews) -> Iterator[tuple[Line, ...]]:
    for field in one.fields:
        path = ".".join(part for part in field.path if part != "properties") or "event"
        yield line(name(path)), line(quoted(field.before)), line(quoted(field.after))


def _rows(properties: dict[str, Property], above: str) -> Iterator[tuple[Line, ...]]:
    for short, prop in properties.items():
        path = f"{above}{short}"
        required = "yes" if prop.required else "no"
        yield line(name(path)), line(kinds_text(prop)), line(required), line(rules_text(prop)), line(prop.description)
        yield from _rows(prop.properties, f"{path}.")
        if prop.items is not None:
            yield from _rows(prop.items.properties, f"{path}[].")
