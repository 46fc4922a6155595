"""When a message is due: at once, with the next digest, or after the quiet hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.notify.destinations import Destination
from hub.notify.rules import Rule
from hub.timetable import Every, Timetable, parse_blackout, parse_clock, parse_timezone

HOUR = 3600.0


def digest_at(destination: Destination, rule: Rule, now: float) -> float:
    """The end of the hour or of the day, in the destination's zone, that comes next."""
    if rule.deliver == "hourly":
        return (now // HOUR + 1) * HOUR
    zone = parse_timezone(destination.own.timezone)
    today = datetime.fromtimestamp(now, zone)
    moment = datetime.combine(today.date(), parse_clock(destination.own.digest_at), zone)
    return (moment if moment > today else moment + timedelta(days=1)).timestamp()


def awake_at(destination: Destination, moment: float) -> float:
    """This moment, or the end of the quiet hours that it falls into."""
    if not destination.own.quiet:
        return moment
    zone = parse_timezone(destination.own.timezone)
    hours = Timetable(destination.name, Every(60), zone, 0, tuple(map(parse_blackout, destination.own.quiet)))
    for _ in range(8):  # one quiet time may end in the next
        end = hours.dark_until(moment)
        if end is None:
            break
        moment = float(end)
    return moment
