"""Delivery: what the outbox holds goes to its destinations, once, whatever crashes on the way.

Before a letter is handed over it is written down as `sent`; what comes of it is written down after. A delivery that
dies in between finds the letter `sent` and asks the channel to look before it posts. One process at a time delivers
to a destination.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from connectors.contract import Limiter, Time, Wiring
from connectors.errors import ToolError
from hub.errors import Busy, Refusal
from hub.notify.contract import Channel, Letter
from hub.notify.desk import Desk
from hub.notify.destinations import Destination
from hub.notify.due import awake_at
from hub.notify.routing import route_all
from hub.notify.story import Story
from hub.notify.telling import publication
from hub.store.outbox import Entry, Message, Outbox
from hub.store.sql import SqlStore
from mappings.canonical.kinds import JSON

PATIENCE = 5.0
"""Seconds that a channel may sit out a limit itself; what takes longer comes back to the outbox."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
"""Seconds before the second attempt, and between late ones."""
BROKEN_PAUSE = 900.0
"""Seconds until a destination that a person must mend is tried again."""
LONGEST = 3 * 86_400.0
"""Seconds after which a message is given up."""
STEP = 5
"""Percent of a publish between two edits of its message."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of delivery did. `next_due` is when another one is worth while, None when nothing waits."""

    routed: int = 0
    confirmed: int = 0
    failed: int = 0
    postponed: int = 0
    busy: tuple[str, ...] = ()
    next_due: float | None = None


@dataclass(frozen=True)
class Deliverer:
    """Routes and delivers for one hub. `transport` gives an httpx transport for a destination: a test's own."""

    store: SqlStore
    destinations: Sequence[Destination]
    time: Time
    limiter: Callable[[Destination], Limiter]
    public_url: str = ""
    transport: Callable[[Destination], object] = lambda destination: None
    stopping: threading.Event = field(default_factory=threading.Event)
    problem: Refusal | None = None
    """What is wrong with destinations that are configured, and not among these."""

    @property
    def outbox(self) -> Outbox:
        return self.store.outbox

    def round(self) -> Round:
        """Route what happened, bring running publications up to date, and deliver what is due."""
        routed = self._route()
        ends = [self._deliver(one) for one in self.destinations if not self.stopping.is_set()]
        busy = tuple(one.name for one, end in zip(self.destinations, ends, strict=False) if end is None)
        tally = [end for end in ends if end is not None]
        confirmed, failed, postponed = (sum(column) for column in zip(*tally, strict=True)) if tally else (0, 0, 0)
        next_due = self.outbox.next_due(one.name for one in self.destinations)
        return Round(routed, confirmed, failed, postponed, busy, next_due)

    def _route(self) -> int:
        """One process at a time: what it decides depends on what was told before."""
        try:
            with self.store.lock("notifications"):
                desk = Desk(self.store, self.public_url)
                routed = route_all(self.outbox, desk, self.destinations, self.time.now())
                self._keep_up(desk)
                return routed
        except Busy:
            return 0

    def _keep_up(self, desk: Desk) -> None:
        """The living messages of running publications say how far they have come."""
        for one in self.store.unfinished():
            story = publication.living(desk, one)
            told = self.outbox.told_of(f"publication:{one.id}")
            for message in told:
                if message.key == f"publication:{one.id}" and message.destination in self._names:
                    self._put_if_further(message, story)

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.destinations if "edit" in one.kind.abilities(one.settings))

    def _put_if_further(self, message: Message, story: Story) -> None:
        data = story.plain()
        known = self.outbox.story(message.destination, message.key)
        if known is not None and abs(_share(data) - _share(known[1])) * 100 >= STEP:
            entry = Entry(message.destination, message.key, "put", data, self.time.now(), only_if_known=True)
            self.outbox.put([entry])

    def _deliver(self, destination: Destination) -> tuple[int, int, int] | None:
        """(confirmed, failed, postponed); None while another process delivers there."""
        due = self.outbox.due(destination.name, self.time.now())
        if not due:
            return 0, 0, 0
        try:
            with self.store.lock(f"notify:{destination.name}"):
                return _Delivery(self, destination).go()
        except Busy:
            return None

    def connect(self, destination: Destination) -> Channel:
        """A connection to a destination. Raises ToolError."""
        wiring = Wiring(self.limiter(destination), self.time, self.transport(destination), PATIENCE)
        return destination.kind.connect(destination.settings, wiring)


def _share(story: JSON) -> float:
    """How much of a publish has ended, as its story says, 0 to 1."""
    targets = story.get("data", {}).get("targets", ())
    every = sum(one["operations"] for one in targets)
    return sum(one["ended"] for one in targets) / every if every else 1.0


class _Delivery:
    """One round for one destination, under its lock."""

    def __init__(self, deliverer: Deliverer, destination: Destination) -> None:
        self.deliverer, self.destination = deliverer, destination
        self.outbox, self.time = deliverer.outbox, deliverer.time
        self.counts = {"confirmed": 0, "failed": 0, "postponed": 0}

    def go(self) -> tuple[int, int, int]:
        due = self.outbox.due(self.destination.name, self.time.now())
        try:
            with closing(self.deliverer.connect(self.destination)) as channel:
                for message, story in due:
                    if self.deliverer.stopping.is_set() or not self._one(channel, message, Story.model_validate(story)):
                        break
        except ToolError as error:  # not even a connection
            self._hold(error, BROKEN_PAUSE)
            self.counts["postponed"] += len(due)
        return self.counts["confirmed"], self.counts["failed"], self.counts["postponed"]

    def _one(self, channel: Channel, message: Message, story: Story) -> bool:
        """Deliver one message; whether the destination is well enough for the next."""
        letter = self._letter(message, story)
        if letter is None:
            return True
        self.outbox.sending(message, self.time.now())
        try:
            delivered = channel.deliver(letter, lambda memo: self.outbox.noted(message, memo))
        except ToolError as error:
            return self._troubled(message, error)
        self.outbox.confirmed(message, delivered.remote, delivered.url, self.time.now())
        self.counts["confirmed"] += 1
        return True

    def _letter(self, message: Message, story: Story) -> Letter | None:
        """What to hand over; None when it has to wait for something."""
        asleep = awake_at(self.destination, self.time.now())
        if asleep > self.time.now():
            self.outbox.postponed(message, asleep, "", "", unsure=message.first_sent is not None)
            return None
        parent = self._parent(message)
        if message.parent and parent is None:
            self._without_parent(message)
            return None
        return Letter(
            message.key,
            message.verb,
            story,
            message.remote,
            parent,
            message.attempts,
            message.first_sent,
            message.memo,
        )

    def _parent(self, message: Message) -> Mapping[str, JSON] | None:
        known = self.outbox.story(message.destination, message.parent) if message.parent else None
        return known[0].remote if known is not None else None

    def _without_parent(self, message: Message) -> None:
        """What belongs below a message waits for it."""
        known = self.outbox.story(message.destination, message.parent)
        if known is None or known[0].state == "failed":
            self.outbox.failed(message, "the message above it could not be delivered", "retry that one first")
        else:
            self.outbox.postponed(message, max(known[0].due, self.time.now() + 1), "", "", unsure=False)

    def _troubled(self, message: Message, error: ToolError) -> bool:
        """Note the trouble by the error's verdict; whether other messages may still go."""
        too_old = self.time.now() - message.created > LONGEST
        if error.verdict == "give-up" or (too_old and error.verdict != "ask"):
            self.outbox.failed(message, error.message, error.hint)
            self.counts["failed"] += 1
            return True
        broken = error.verdict == "ask"
        pause = BROKEN_PAUSE if broken else error.retry_after or _backoff(message.attempts)
        self._postpone(message, error, pause, unsure=error.verdict == "read")
        if error.verdict == "read":
            return True
        self._hold(error, pause)  # what keeps this one waiting keeps all of them
        return False

    def _hold(self, error: ToolError, pause: float) -> None:
        now = self.time.now()
        self.outbox.held(self.destination.name, now, now + pause, error.message, error.hint)

    def _postpone(self, message: Message, error: ToolError, pause: float, *, unsure: bool) -> None:
        due = self.time.now() + pause
        self.outbox.postponed(message, due, error.message, error.hint, unsure=unsure)
        self.counts["postponed"] += 1


def _backoff(attempts: int) -> float:
    return min(FIRST_PAUSE * 2.0 ** min(attempts, 10), LONGEST_PAUSE)


def check(deliverer: Deliverer, destination: Destination) -> str:
    """Prove the credentials of a destination; a line that names account and place. Raises ToolError."""
    with closing(deliverer.connect(destination)) as channel:
        return channel.whoami()
