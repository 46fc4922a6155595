"""Putting a proposal off: it waits for nobody until a time, and is told again then.

A value that changes again is a new proposal, and that one is awake.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from hub.app import App
from hub.engine.ports import StoredProposal
from hub.errors import Refusal
from hub.store.outbox import Entry
from hub.store.snoozes import Snooze

TOMORROW, NEXT_WEEK = "tomorrow", "next week"
SPANS = {TOMORROW: timedelta(days=1), NEXT_WEEK: timedelta(days=7)}
"""What people say, and how long it is from now."""
LONGEST = timedelta(days=366)


def wake_time(words: str, now: float, zone: tzinfo = UTC) -> float:
    """`tomorrow` (a day from now), `next week`, or the beginning of a date such as 2026-11-30 in that zone.

    Raises Refusal for anything else, for what has passed, and for what is more than a year away.
    """
    span = SPANS.get(words.replace("-", " ")) if not words[:1].isdigit() else None
    until = now + span.total_seconds() if span is not None else _beginning(words, zone)
    if not now < until <= now + LONGEST.total_seconds():
        raise Refusal(f"{words!r} is not within the next year", hint="name a later day, or decide now")
    return until


def _beginning(words: str, zone: tzinfo) -> float:
    try:
        return datetime.combine(date.fromisoformat(words), time(), zone).timestamp()
    except (ValueError, OverflowError):
        hint = "write tomorrow, next week, or a date such as 2026-11-30"
        raise Refusal(f"{words!r} is no day", hint=hint) from None


def snooze(hub: App, number: int, until: float, *, who: str) -> Snooze:
    """Put a proposal off until then; whoever was told of it hears of it again at that time, unless it is decided.

    Raises Refusal when there is no such proposal, or nothing is left to decide.
    """
    stored = _open(hub, number)
    slept = Snooze(stored.id, until, who)
    hub.store.snoozes.put(slept)
    hub.store.outbox.cancel(_reminder(stored.id))
    hub.store.outbox.put(_reminders(hub, stored.id, until))
    return slept


def wake(hub: App, number: int) -> StoredProposal:
    """It waits for somebody again, from now on. Raises Refusal as `snooze` does."""
    stored = _open(hub, number)
    hub.store.snoozes.end(stored.id)
    hub.store.outbox.cancel(_reminder(stored.id))
    return stored


def awake(hub: App, found: list[StoredProposal]) -> list[StoredProposal]:
    """Those that are not put off."""
    asleep = hub.store.snoozes.asleep(hub.engine.time.now())
    return [one for one in found if one.id not in asleep]


def _open(hub: App, number: int) -> StoredProposal:
    stored = hub.store.decisions.one(number)
    if stored.state != "open":
        raise Refusal(f"proposal {stored.id} is {stored.state} already", hint="nothing is left to decide")
    return stored


def _reminder(number: int) -> str:
    return f"proposal:{number}:reminder:"


def _reminders(hub: App, number: int, due: float) -> list[Entry]:
    """One below each message that told of the proposal."""
    found = []
    for message in hub.store.outbox.told_of(f"proposal:{number}"):
        known = hub.store.outbox.story(message.destination, message.key)
        if known is None or message.key != f"proposal:{number}":
            continue
        story = {**known[1], "title": f"Still open: {known[1]['title']}", "buttons": []}
        key = f"{_reminder(number)}{due:.0f}"
        found.append(Entry(message.destination, key, "add", story, due, parent=message.key))
    return found
