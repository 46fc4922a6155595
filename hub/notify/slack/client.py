"""Requests to Slack's Web API, and the answers that the channel can do something about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors import errors
from connectors.contract import Wiring
from connectors.http import FALLBACK_PAUSE, Answer, ToolClient, retry_after
from connectors.settings import reveal
from hub.notify.slack.cost import HISTORY, LOOKUP, PERMALINK, POST, REPLIES, UPDATE, WHO, units
from hub.notify.slack.message import Message, post_body, update_body
from hub.notify.slack.settings import SlackSettings
from hub.notify.slack.words import UNKNOWN, WORDS, Meaning, Remedy
from mappings.canonical.kinds import JSON

PAGE = "200"
"""Messages of a page of history; the vendor may send fewer (apis/slack.md section 3.3)."""
UTF8 = {"content-type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is: the channel as Slack answered it, and the message's ts, which is a text."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message was refused for a reason that has a remedy. `error` is what to raise when it does not help."""

    remedy: Remedy
    error: errors.ToolError


@dataclass(frozen=True, slots=True)
class Bot:
    """Who the token is."""

    bot: str
    user: str
    name: str
    workspace: str

    def wrote(self, message: Mapping[str, JSON]) -> bool:
        """Whether a message of the history is this bot's."""
        own = (message.get("bot_id"), self.bot), (message.get("user"), self.user)
        return any(id_ and id_ == mine for id_, mine in own)


class SlackClient:
    """The methods that the channel needs. Raises ToolErrors only."""

    def __init__(self, settings: SlackSettings, wiring: Wiring) -> None:
        token = reveal(settings.token) if settings.token else ""
        headers = {"authorization": f"Bearer {token}"}
        self._http = ToolClient(settings.host, wiring, headers=headers, secrets=(token,), explain=_explain)
        self._now = wiring.time.now

    def close(self) -> None:
        self._http.close()

    def who(self) -> Bot:
        """Whom the token belongs to. Raises Unauthorized."""
        told = self._read(WHO, {})
        return Bot(*(str(told.get(key) or "") for key in ("bot_id", "user_id", "user", "team")))

    def post(self, channel: str, message: Message, thread: str, client_id: str) -> Place | Refusal:
        """Post once. Raises UnknownOutcome when it may have happened; every other error means that it did not."""
        return self._write(POST, post_body(channel, message, thread, client_id), repeatable=False)

    def update(self, place: Place, message: Message) -> Place | Refusal:
        """Make the message read so; the same twice is the same once."""
        return self._write(UPDATE, update_body(place.channel, place.ts, message), repeatable=True)

    def messages(self, channel: str, thread: str, since: float) -> Iterator[Mapping[str, JSON]]:
        """The messages since that moment, of the channel or of a thread, with all their metadata, page by page."""
        arguments = {"channel": channel, "oldest": f"{max(since, 0.0):.6f}", "inclusive": "1", "limit": PAGE}
        arguments |= {"include_all_metadata": "1", **({"ts": thread} if thread else {})}
        cursor = ""
        while True:
            told = self._read(REPLIES if thread else HISTORY, {**arguments, **({"cursor": cursor} if cursor else {})})
            yield from _rows(told)
            following = _cursor(told)
            if not following:
                return
            if following == cursor:
                raise errors.BadAnswer("the pages of the history do not end", place=HISTORY)
            cursor = following

    def can_read(self, channel: str) -> None:
        """Prove that the channel can be read back. Raises the errors of `messages`."""
        self._read(HISTORY, {"channel": channel, "limit": "1"})

    def permalink(self, place: Place) -> str:
        """The address that leads a person to the message."""
        return str(self._read(PERMALINK, {"channel": place.channel, "message_ts": place.ts}).get("permalink") or "")

    def member(self, email: str) -> str:
        """The id of the person with this address. Raises NotFound when there is none."""
        user = self._read(LOOKUP, {"email": email}).get("user")
        return str(user.get("id") or "") if isinstance(user, dict) else ""

    def _read(self, method: str, arguments: Mapping[str, str]) -> dict[str, JSON]:
        """Reading methods take forms only (apis/slack.md section 1)."""
        answer = self._http.send("POST", f"/{method}", units=units(method), form=arguments, repeatable=True)
        if (found := self._refused(answer, repeatable=True)) is not None:
            raise found.error
        return dict(answer.value)

    def _write(self, method: str, body: Mapping[str, Any], *, repeatable: bool) -> Place | Refusal:
        cost = units(method, body["channel"])
        answer = self._http.send("POST", f"/{method}", units=cost, body=body, headers=UTF8, repeatable=repeatable)
        found = self._refused(answer, repeatable=repeatable)
        if found is not None and found.remedy:
            return found
        if found is not None:
            raise found.error
        place = Place(str(answer.value.get("channel") or ""), str(answer.value.get("ts") or ""))
        if not place.channel or not place.ts:
            raise answer.error(_unclear(repeatable), "the answer does not say where the message is")
        return place

    def _refused(self, answer: Answer, *, repeatable: bool) -> Refusal | None:
        """What is wrong with a 2xx answer; None when it says ok."""
        told = answer.value
        if not isinstance(told, dict) or not isinstance(told.get("ok"), bool):
            return Refusal("", answer.error(_unclear(repeatable), "the answer does not say whether it went well"))
        if told["ok"]:
            return None
        meaning = WORDS.get(_word(told), UNKNOWN)
        error = _error(answer, told, meaning)
        if isinstance(error, errors.UnknownOutcome) and repeatable:
            return Refusal("", answer.error(errors.Unavailable, error.message, hint=meaning.hint))
        if isinstance(error, errors.RateLimited):
            waits = retry_after(answer, self._now())
            error.retry_after = FALLBACK_PAUSE if waits is None else waits
        return Refusal(meaning.remedy, error)


def _unclear(repeatable: bool) -> type[errors.ToolError]:
    return errors.BadAnswer if repeatable else errors.UnknownOutcome


def _word(told: Mapping[str, JSON]) -> str:
    return str(told.get("error") or "")


def _error(answer: Answer, told: Mapping[str, JSON], meaning: Meaning) -> errors.ToolError:
    """The error of a refusal, with what Slack adds to it: the scope it needs, the place in the blocks."""
    details = told.get("response_metadata")
    listed = details.get("messages") if isinstance(details, dict) else None
    said = [str(one) for one in listed[:3]] if isinstance(listed, list) else []
    needed = [f"needed: {told['needed']}"] if told.get("needed") else []
    message = f"Slack says {_word(told) or 'no'}" + "".join(f"; {one}" for one in needed + said)
    return answer.error(meaning.kind, message, hint=meaning.hint)


def _explain(answer: Answer) -> errors.ToolError | None:
    """A refusal with a status of its own: its word decides where it is a known one. Never a 429, nor an outage."""
    if answer.status == 429 or not 400 <= answer.status < 500:
        return None
    try:
        told = answer.json()
    except errors.BadAnswer:
        return None
    known = WORDS.get(_word(told)) if isinstance(told, dict) else None
    return _error(answer, told, known) if known else None


def _rows(told: Mapping[str, JSON]) -> Iterator[Mapping[str, JSON]]:
    rows = told.get("messages")
    if not isinstance(rows, list):
        raise errors.BadAnswer("the answer has no messages", place=HISTORY)
    return (row for row in rows if isinstance(row, dict))


def _cursor(told: Mapping[str, JSON]) -> str:
    """Where the next page begins; "" at the end. Few rows say nothing about that (apis/slack.md section 6.5)."""
    paging = told.get("response_metadata")
    cursor = str(paging.get("next_cursor") or "") if isinstance(paging, dict) else ""
    if told.get("has_more") and not cursor:
        raise errors.BadAnswer("the history says there is more, but not where", place=HISTORY)
    return cursor
