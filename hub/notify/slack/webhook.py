"""Incoming webhooks: the poorer road. A message that was sent can be neither edited nor found again."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from connectors import errors
from connectors.contract import Wiring
from connectors.http import Answer, ToolClient
from connectors.settings import reveal
from hub.notify.contract import Delivered, Letter, Note
from hub.notify.slack.cost import posts_to
from hub.notify.slack.message import Message, compose, webhook_body
from hub.notify.slack.settings import SlackSettings
from hub.notify.slack.words import WEBHOOK_WORDS
from mappings.canonical.kinds import JSON

NOT_A_WEBHOOK = "Copy the whole address from the Slack app's page Incoming Webhooks into webhook_url."
PERHAPS = "Look into the channel; what this letter said also stands on the hub's own page."


class _BlocksRefused(errors.Invalid):
    """The layout was refused; one line of text may pass."""


class WebhookChannel:
    """One incoming webhook. Tells each letter once at most: nobody could say whether a lost one has arrived."""

    def __init__(self, settings: SlackSettings, wiring: Wiring) -> None:
        self._people = settings.people
        origin, self._path, secret = _address(reveal(settings.webhook_url) if settings.webhook_url else "")
        self._http = ToolClient(origin, wiring, secrets=(secret,), explain=_explain)

    def whoami(self) -> str:
        """What the address says: a webhook can only be proven by posting."""
        _, team, hook, _ = self._path.strip("/").split("/")
        return f"incoming webhook {hook} of workspace {team}; it is proven by its first message"

    def deliver(self, letter: Letter, note: Note) -> Delivered:
        """Post once. A letter that was handed over before without a known end is given up."""
        if letter.remote is not None:
            return Delivered(letter.remote, letter.story.url)
        if letter.first_sent is not None:
            raise errors.Conflict("it may or may not have arrived: a webhook cannot be asked", hint=PERHAPS)
        message = compose(letter, buttons=False, people=self._people)
        try:
            self._post(message)
        except _BlocksRefused:
            self._post(message.without_blocks())
        return Delivered({"road": "webhook"}, letter.story.url)

    def close(self) -> None:
        self._http.close()

    def _post(self, message: Message) -> None:
        """Raises UnknownOutcome for anything but the vendor's own "ok": a proxy may have answered instead."""
        units = {posts_to(None): 1.0}
        answer = self._http.send(
            "POST", self._path, units=units, body=webhook_body(message), repeatable=False, expect_json=False
        )
        if answer.content.strip() != b"ok":
            raise answer.error(errors.UnknownOutcome, "the webhook did not answer ok")


def _address(url: str) -> tuple[str, str, str]:
    """(origin, path, the secret at its end). Raises Misconfigured without showing the address: it is the credential."""
    try:
        parts = urlsplit(url.strip())
        pieces = parts.path.strip("/").split("/")
    except ValueError:
        parts, pieces = urlsplit(""), []
    if parts.scheme not in ("http", "https") or len(pieces) != 4 or pieces[0] != "services" or not all(pieces):
        raise errors.Misconfigured("webhook_url is not the address of an incoming webhook", hint=NOT_A_WEBHOOK)
    return f"{parts.scheme}://{parts.netloc}", parts.path, pieces[-1]


def _explain(answer: Answer) -> errors.ToolError | None:
    """The word decides, then the status (apis/slack.md section 3.1); an unknown 4xx is for good."""
    word = _word(answer)
    meaning = WEBHOOK_WORDS.get(word)
    if meaning is None or answer.status >= 500:
        return None
    kind = _BlocksRefused if meaning.remedy == "plain" else meaning.kind
    return answer.error(kind, f"the webhook says {word}", hint=meaning.hint, retry_after=_pause(answer))


def _told(answer: Answer) -> JSON:
    try:
        return json.loads(answer.content)
    except ValueError:
        return None


def _word(answer: Answer) -> str:
    """A plain word as a rule; of a throttled request, JSON."""
    told = _told(answer)
    return str(told.get("error") or "") if isinstance(told, dict) else answer.text.strip()


def _pause(answer: Answer) -> float | None:
    """Seconds from the body of a 429, where the header does not say."""
    told = _told(answer)
    wait = told.get("retry_after") if isinstance(told, dict) and "retry-after" not in answer.headers else None
    return float(wait) if isinstance(wait, int | float) else None
