"""The Slack channel through a bot token: posts once, edits, replies in threads, and looks before it posts again.

Slack has no key against double posts (apis/slack.md section 5). A message carries two marks instead, its metadata and
the id of its first block; an attempt without a known end is followed by a look at what was posted since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeGuard

from connectors import errors
from connectors.contract import Wiring
from hub.notify.contract import Channel, Delivered, Letter, Note, Remote
from hub.notify.slack.client import Bot, Place, Refusal, SlackClient
from hub.notify.slack.mentions import Members
from hub.notify.slack.message import Message, carries, client_id, compose
from hub.notify.slack.settings import SlackSettings
from hub.notify.slack.webhook import WebhookChannel
from hub.notify.slack.words import Remedy
from hub.notify.story import Paragraph, line

FIRST_LOOK, SECOND_LOOK = 2.0, 15.0
"""Seconds after an unclear post at which it is looked for: how soon the history shows a message is not promised, so
only after the second look does "not there" mean "not posted" (apis/slack.md section 5)."""
BEFORE = 60.0
"""Seconds by which the search begins earlier: Slack's clock is not ours."""
TOO_OLD_TO_EDIT = "The message above can no longer be edited. This is how it reads now:"

LIGHTER: dict[Remedy, Callable[[Message], Message]] = {
    "bare": Message.without_metadata,
    "plain": Message.without_blocks,
}
"""What a refused message is sent again without."""


def connect(settings: SlackSettings, wiring: Wiring) -> Channel:
    """The channel over the road that the settings name."""
    return WebhookChannel(settings, wiring) if settings.webhook_url is not None else SlackChannel(settings, wiring)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a letter belongs: a channel, and the thread in it or ""."""

    channel: str
    thread: str = ""
    after: str = ""
    """The message that this one stands in for."""


class SlackChannel:
    """One channel of one workspace."""

    def __init__(self, settings: SlackSettings, wiring: Wiring) -> None:
        self._channel = settings.channel or ""
        self._buttons = settings.buttons
        self._client = SlackClient(settings, wiring)
        self._members = Members(settings.people, self._client)
        self._now = wiring.time.now
        self._bot: Bot | None = None

    def whoami(self) -> str:
        """Prove the token, and that what is posted could be read back."""
        bot = self._me()
        self._client.can_read(self._channel)
        return f"{bot.name} in {bot.workspace}, channel {self._channel}"

    def deliver(self, letter: Letter, note: Note) -> Delivered:
        """See the contract. An edit needs no look: the same edit twice is one."""
        if letter.remote is not None and letter.verb == "add":
            return Delivered(letter.remote, str(letter.remote.get("url") or ""))
        if _is_place(letter.remote):
            return self._edit(letter, letter.remote, note)
        if _is_place(letter.parent):
            return self._settle(letter, Spot(str(letter.parent["channel"]), _thread(letter.parent)), note)
        return self._settle(letter, Spot(self._channel), note)

    def close(self) -> None:
        self._client.close()

    def _edit(self, letter: Letter, remote: Remote, note: Note) -> Delivered:
        """The message as it reads now: in its place, or where it cannot be there, as a new one or below the old one.

        Nobody is mentioned again.
        """
        place = Place(str(remote["channel"]), str(remote["ts"]))
        message = compose(letter, buttons=self._buttons)
        outcome = _lightened(lambda message: self._client.update(place, message), message)
        if isinstance(outcome, Place):
            return self._delivered(outcome, str(remote.get("thread") or ""), str(remote.get("url") or ""))
        if outcome.remedy == "anew":
            return self._settle(letter, Spot(place.channel, str(remote.get("thread") or ""), place.ts), note)
        if outcome.remedy == "below":
            return self._settle(_saying_so(letter), Spot(place.channel, _thread(remote), place.ts), note)
        raise outcome.error

    def _settle(self, letter: Letter, spot: Spot, note: Note) -> Delivered:
        """Find the letter, where an earlier attempt may have posted it, or post it."""
        if letter.first_sent is None:
            return self._post(letter, spot, note)
        found = self._found(letter, spot, letter.first_sent)
        if found is not None:
            return self._delivered(found, spot.thread)
        age = self._now() - float(letter.memo.get("posted_at") or letter.first_sent)
        if age < SECOND_LOOK:
            raise errors.UnknownOutcome(
                "the message is not to be seen yet", place=spot.channel, retry_after=SECOND_LOOK - max(age, 0.0)
            )
        return self._post(letter, spot, note)

    def _found(self, letter: Letter, spot: Spot, since: float) -> Place | None:
        """The message of this letter, when it was posted since. The one that it stands in for carries the same marks,
        and may stand in the same thread."""
        me = self._me()
        for row in self._client.messages(spot.channel, spot.thread, since - BEFORE):
            ts = str(row.get("ts") or "")
            if _later(ts, spot.after) and me.wrote(row) and carries(row, letter.key):
                return Place(spot.channel, ts)
        return None

    def _post(self, letter: Letter, spot: Spot, note: Note) -> Delivered:
        """Post, having written down when, so that a second attempt knows how old this one is.

        Who was mentioned in a message is not mentioned again in the one that stands in for it.
        """
        people = {} if spot.after else self._members.of(letter.story.mentions)
        message = compose(letter, buttons=self._buttons, people=people)
        belt = bool(letter.memo.get("belt", True))
        id_ = client_id(letter.key, spot.after) if belt else ""
        memo = {"posted_at": self._now(), "belt": belt}
        note(memo)
        try:
            outcome = _lightened(lambda message: self._client.post(spot.channel, message, spot.thread, id_), message)
        except errors.UnknownOutcome as error:
            error.retry_after = FIRST_LOOK
            raise
        if isinstance(outcome, Place):
            return self._delivered(outcome, spot.thread)
        if outcome.remedy == "beltless":
            note({**memo, "belt": False})
            outcome.error.retry_after = FIRST_LOOK
        raise outcome.error

    def _delivered(self, place: Place, thread: str, url: str = "") -> Delivered:
        """Where the message is now. No link to it is no reason to take it for undelivered."""
        try:
            url = url or self._client.permalink(place)
        except errors.ToolError:
            url = ""
        remote = {"channel": place.channel, "ts": place.ts, "thread": thread, "url": url}
        return Delivered({key: value for key, value in remote.items() if value}, url)

    def _me(self) -> Bot:
        self._bot = self._bot or self._client.who()
        return self._bot


def _is_place(remote: Remote | None) -> TypeGuard[Remote]:
    """Whether there is a message: what went over a webhook before the token came left no trace."""
    return remote is not None and bool(remote.get("channel")) and bool(remote.get("ts"))


def _thread(remote: Remote) -> str:
    """The thread that starts at this message, or that it stands in: Slack has no threads in threads."""
    return str(remote.get("thread") or remote["ts"])


def _later(ts: str, than: str) -> bool:
    """Whether one ts is after another; compared as pairs of numbers, since as one number they lose digits."""
    return not than or _moment(ts) > _moment(than)


def _moment(ts: str) -> tuple[int, ...]:
    return tuple(int(part) for part in ts.split(".") if part.isdecimal())


def _lightened(send: Callable[[Message], Place | Refusal], message: Message) -> Place | Refusal:
    """Send the message, without the part that was refused when one was."""
    outcome = send(message)
    while isinstance(outcome, Refusal) and outcome.remedy in LIGHTER:
        lighter = LIGHTER[outcome.remedy](message)
        if lighter == message:
            break
        message = lighter
        outcome = send(message)
    return outcome


def _saying_so(letter: Letter) -> Letter:
    """The same letter, for the reply that stands in for an edit."""
    lead = (Paragraph(line=line(TOO_OLD_TO_EDIT)), *letter.story.lead)
    return replace(letter, story=letter.story.model_copy(update={"lead": lead}))
