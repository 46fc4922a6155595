"""When a schedule fires: intervals, cron, jitter and blackouts as pure arithmetic, so that all replicas agree.

Moments are whole seconds since the epoch. Nothing here looks at a clock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

GREENWICH = ZoneInfo("UTC")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CRON_DAYS = ("sun", *DAYS)
"""Cron counts from Sunday, which is 0 and 7. APScheduler would count from Monday."""
CRON_GRACE = 3600.0
"""Seconds after a cron moment in which it is made up for when nobody was there: a person chose the hour."""
TRIES = 1000
"""Blackouts in a row after which a schedule counts as one that never fires."""


def parse_duration(text: str) -> int:
    """Seconds of "90s", "15m", "2h" or "1d". Raises ValueError with what is wrong."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*([smhd])\s*", text)
    if found is None:
        raise ValueError(f'{text!r} is not a duration; write a number and s, m, h or d, such as "30m"')
    return int(found[1]) * UNITS[found[2]]


def parse_clock(text: str) -> time:
    """A time of day such as "09:00". Raises ValueError with what is wrong."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f'{text!r} is no time of day; write one such as "09:00"')
    return time.fromisoformat(text)


def parse_timezone(text: str) -> ZoneInfo:
    """A zone of the IANA database. Raises ValueError."""
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # also a path, a folder of the database, an empty text
        raise ValueError(f'{text!r} is no time zone; write one such as "UTC" or "Europe/Berlin"') from None


@dataclass(frozen=True, slots=True)
class Every:
    """Fires at the multiples of so many seconds since the epoch, whenever the process was started."""

    seconds: int
    grace = float("inf")

    def after(self, moment: float) -> int | None:
        """The first moment after this one."""
        return (int(moment // self.seconds) + 1) * self.seconds


@dataclass(frozen=True)
class Cron:
    """Five fields in a time zone: minute, hour, day of month, month, day of week."""

    fields: tuple[str, str, str, str, str]
    zone: ZoneInfo = GREENWICH
    grace = CRON_GRACE

    def after(self, moment: float) -> int | None:
        """The first moment after this one, or None when there is none.

        A named hour that the change to winter time brings twice counts once, as with cron.
        """
        start = datetime.fromtimestamp(int(moment) + 1, self.zone)
        while (found := self._trigger.get_next_fire_time(None, start)) is not None:
            if not found.fold or self.fields[1].startswith("*"):
                return int(found.timestamp())
            start = (found.astimezone(UTC) + timedelta(seconds=1)).astimezone(self.zone)
        return None

    @cached_property
    def _trigger(self) -> CronTrigger:
        from apscheduler.triggers.cron import CronTrigger  # only who has a cron schedule pays for this import

        names = ("minute", "hour", "day", "month", "day_of_week")
        return CronTrigger(**dict(zip(names, self.fields, strict=True)), timezone=self.zone)


Rhythm = Every | Cron


def parse_rhythm(text: str, zone: ZoneInfo = GREENWICH) -> Rhythm:
    """`every 30m`, or five cron fields. Raises ValueError with what is wrong."""
    words = text.lower().split()
    if words[:1] == ["every"]:
        seconds = parse_duration("".join(words[1:]))
        if seconds == 0:
            raise ValueError("an interval of nothing would never end; write at least 1s")
        return Every(seconds)
    if len(words) != 5:
        raise ValueError(f'{text!r} is neither "every 30m" nor five cron fields such as "*/15 8-18 * * mon-fri"')
    minute, hour, day, month, weekday = words
    if day != "*" and weekday != "*":
        raise ValueError(
            "cron fields name a day of month or a day of week, not both: programs differ in what that means"
        )
    return _checked_cron(Cron((minute, hour, day, month, _weekdays(weekday)), zone), text)


def _checked_cron(cron: Cron, text: str) -> Cron:
    try:
        fires = cron.after(REFERENCE)
    except ValueError as problem:
        raise ValueError(f"{text!r} is not a cron schedule: {problem}") from None
    if fires is None:
        raise ValueError(f"{text!r} never fires: there is no such date")
    return cron


REFERENCE = 946_684_800
"""The first second of 2000, a leap year: from here every schedule that ever fires must fire once."""


_DAY = r"[a-z]{3}|[0-7]"
_WEEKDAYS = rf"(?P<one>{_DAY})|(?:\*|(?P<first>{_DAY})-(?P<last>{_DAY}))(?:/(?P<step>[1-7]))?"


def _weekdays(field: str) -> str:
    """A cron field of weekdays as names, which mean the same to cron and to APScheduler."""
    if field == "*":
        return field
    chosen = sorted({day for part in field.split(",") for day in _weekday_range(part)})
    return ",".join(CRON_DAYS[day] for day in chosen)


def _weekday_range(part: str) -> Iterable[int]:
    """The days of `mon`, `1-5`, `fri-mon`, `*/2` or `mon-fri/2`, counted from Sunday."""
    found = re.fullmatch(_WEEKDAYS, part)
    if found is None:
        raise ValueError(f'{part!r} is no day of week; write one such as "mon", "mon-fri" or "1-5"')
    if found["one"]:
        return [_weekday(found["one"])]
    first, last = _weekday(found["first"] or "sun"), _weekday(found["last"] or "sat")
    days = range(first, last + (1 if first <= last else 8), int(found["step"] or 1))  # fri-mon goes round the end
    return [day % 7 for day in days]


def _weekday(text: str) -> int:
    if text.isdigit():
        return int(text) % 7
    if text not in DAYS:
        raise ValueError(f"{text!r} is no day of week; the names are {', '.join(DAYS)}")
    return CRON_DAYS.index(text)


@dataclass(frozen=True, slots=True)
class Hours:
    """Every day from one time until another, the next morning if that is earlier."""

    start: time
    end: time

    def until(self, local: datetime) -> datetime | None:
        """The end of the blackout that holds at this local time, or None."""
        now, today = local.time(), local.date()
        if self.start < self.end:
            return _at(today, self.end, local) if self.start <= now < self.end else None
        if now >= self.start:
            return _at(today + timedelta(days=1), self.end, local)
        return _at(today, self.end, local) if now < self.end else None


@dataclass(frozen=True, slots=True)
class Weekday:
    """A whole day of every week; 0 is Monday."""

    day: int

    def until(self, local: datetime) -> datetime | None:
        """The end of the blackout that holds at this local time, or None."""
        return _at(local.date() + timedelta(days=1), time(), local) if local.weekday() == self.day else None


@dataclass(frozen=True, slots=True)
class Dates:
    """Whole days, the last one included."""

    first: date
    last: date

    def until(self, local: datetime) -> datetime | None:
        """The end of the blackout that holds at this local time, or None."""
        held = self.first <= local.date() <= self.last
        return _at(self.last + timedelta(days=1), time(), local) if held else None


Blackout = Hours | Weekday | Dates


def _at(day: date, clock: time, like: datetime) -> datetime:
    return datetime.combine(day, clock, like.tzinfo)


def parse_blackout(text: str) -> Blackout:
    """`22:00-06:00`, `sat`, `2026-12-24` or `2026-12-24..2026-12-26`. Raises ValueError with what is wrong."""
    if text.lower() in DAYS:
        return Weekday(DAYS.index(text.lower()))
    hours = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", text)
    dates = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?", text)
    try:
        if hours:
            return _hours(time.fromisoformat(hours[1]), time.fromisoformat(hours[2].replace("24:00", "00:00")))
        if dates:
            return _dates(date.fromisoformat(dates[1]), date.fromisoformat(dates[2] or dates[1]))
    except ValueError as problem:
        raise ValueError(f"{text!r}: {problem}") from None
    raise ValueError(f'{text!r} is no blackout; write "22:00-06:00", "sat" or "2026-12-24..2026-12-26"')


def _hours(start: time, end: time) -> Hours:
    if start == end:
        raise ValueError("it starts when it ends")
    return Hours(start, end)


def _dates(first: date, last: date) -> Dates:
    if last < first:
        raise ValueError("the last day is before the first")
    return Dates(first, last)


@dataclass(frozen=True)
class Timetable:
    """The moments at which the schedule of this name fires.

    Each moment of the rhythm is moved by up to `jitter` seconds, by an amount that its time and the name decide, and
    falls out when that ends in a blackout.
    """

    name: str
    rhythm: Rhythm
    zone: ZoneInfo = GREENWICH
    jitter: int = 0
    blackouts: tuple[Blackout, ...] = ()

    def after(self, moment: float) -> int | None:
        """The first time it fires after this moment; None when it never does again."""
        for _ in range(TRIES):
            fires = self._jittered_after(moment)
            end = self.dark_until(fires) if fires is not None else None
            if fires is None or end is None:
                return fires
            moment = max(fires, end - 1)  # in the hour that winter time repeats, an end may lie behind
        return None

    def latest(self, moment: float) -> int | None:
        """The last time it fired up to this moment; None when that is longer ago than two years."""
        for days in (1 / 24, 1, 8, 40, 800):
            since = moment - days * UNITS["d"]
            fired = None
            while (fires := self.after(fired or since)) is not None and fires <= moment:
                fired = fires
            if fired is not None:
                return fired
        return None

    def dark_until(self, moment: float) -> int | None:
        """When the blackout that holds at this moment ends, or None when there is light."""
        local = datetime.fromtimestamp(moment, self.zone)
        ends = [int(end.timestamp()) for one in self.blackouts if (end := one.until(local)) is not None]
        return max(ends, default=None)

    def is_late(self, fire_time: float, now: float) -> bool:
        """Whether a moment that was missed is not made up for any more."""
        return now - fire_time > self.rhythm.grace + self.jitter

    def _jittered_after(self, moment: float) -> int | None:
        """Later slots may come first: all that can still be the first are looked at."""
        first: int | None = None
        slot = self.rhythm.after(moment - self.jitter - 1)
        while slot is not None and (first is None or slot < first):
            fires = slot + self._offset(slot)
            if fires > moment and (first is None or fires < first):
                first = fires
            slot = self.rhythm.after(slot)
        return first

    def _offset(self, slot: int) -> int:
        if not self.jitter:
            return 0
        digest = hashlib.sha256(f"{self.name}\n{slot}".encode()).digest()
        return int.from_bytes(digest[:8]) % (self.jitter + 1)


def timetable(
    name: str, schedule: str, timezone: str = "UTC", jitter: str = "0s", blackout: Iterable[str] = ()
) -> Timetable:
    """A timetable from its texts. Raises ValueError with what is wrong."""
    zone = parse_timezone(timezone)
    rhythm = parse_rhythm(schedule, zone)
    made = Timetable(name, rhythm, zone, parse_duration(jitter), tuple(map(parse_blackout, blackout)))
    if isinstance(rhythm, Every) and made.jitter >= rhythm.seconds:
        raise ValueError("the jitter is not shorter than the interval")
    if made.after(REFERENCE) is None:
        raise ValueError("it never fires: all of its moments lie in a blackout")
    return made
