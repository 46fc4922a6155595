"""What one emulated Slack workspace holds: people, channels with their messages, the app and its credentials."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any

JSON = Any
Document = dict[str, JSON]

PUBLIC, PRIVATE, DIRECT, GROUP = "public_channel", "private_channel", "im", "mpim"
FAMILIES: Mapping[str, str] = {PUBLIC: "channels", PRIVATE: "groups", DIRECT: "im", GROUP: "mpim"}
"""Kind of conversation → the word before the colon in its scopes (apis/slack.md section 1)."""

SLACKBOT = "USLACKBOT"
DEMO_SCOPES = (
    "chat:write",
    "chat:write.public",
    "chat:write.customize",
    "channels:history",
    "groups:history",
    "im:history",
    "channels:read",
    "groups:read",
    "im:read",
    "channels:join",
    "im:write",
    "mpim:write",
    "users:read",
    "users:read.email",
    "usergroups:read",
    "incoming-webhook",
    "metadata.message:read",
)


class Refusal(Exception):
    """Slack says no: the short code, further keys of the envelope, status and headers (apis/slack.md section 3.2)."""

    def __init__(
        self,
        error: str,
        extra: Mapping[str, JSON] | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra or {}
        self.status = status
        self.headers = headers or {}

    @classmethod
    def explained(cls, error: str, *reasons: str) -> Refusal:
        """With one line for each reason where Slack puts them; `error` says what kind of trouble it is."""
        return cls(error, {"response_metadata": {"messages": [f"[ERROR] {reason}" for reason in reasons]}})


def as_number(ts: str) -> Decimal | None:
    """A timestamp as a decimal number, never a float; None when it is none."""
    try:
        number = Decimal(ts)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@dataclass(slots=True)
class Channel:
    """One conversation. Messages are kept as the API shows them, in the order of their `ts`."""

    name: str
    kind: str = PUBLIC
    members: list[str] = field(default_factory=list)
    created: int = 0
    archived: bool = False
    rule: str = ""
    """Who may post: a key of `chat.RULES`; "" lets everybody."""
    locked_threads: list[str] = field(default_factory=list)
    messages: list[Document] = field(default_factory=list)

    @property
    def family(self) -> str:
        """The word before the colon in the scopes for this kind of conversation."""
        return FAMILIES[self.kind]

    @property
    def is_dialogue(self) -> bool:
        return self.kind in (DIRECT, GROUP)

    def find(self, ts: JSON) -> Document | None:
        return next((message for message in self.messages if message["ts"] == ts), None)

    def replies(self, ts: str) -> list[Document]:
        """The answers to a parent message, oldest first."""
        return [one for one in self.messages if one.get("thread_ts") == ts and one["ts"] != ts]


def is_reply(message: Document) -> bool:
    return "thread_ts" in message and message["thread_ts"] != message["ts"]


@dataclass(slots=True)
class Workspace:
    """The whole state. Rate windows are no part of it."""

    team: Document = field(default_factory=lambda: {"id": "T0DEMO001", "name": "Demo Team", "domain": "demo-team"})
    bot: Document = field(
        default_factory=lambda: {
            "user_id": "U0HUBBOT1",
            "bot_id": "B0HUBBOT1",
            "app_id": "A0HUBAPP1",
            "name": "schema_sync",
        }
    )
    token: Document = field(
        default_factory=lambda: {"value": "xoxb-demo-of-no-value", "state": "active", "scopes": list(DEMO_SCOPES)}
    )
    """`state`: active, revoked, expired or inactive."""
    signing_secret: str = "demo-signing-secret-of-no-value"
    webhook: Document = field(
        default_factory=lambda: {
            "id": "B0HOOK001",
            "secret": "demoSecretOfNoValue12345",
            "channel": "C0TRACK01",
            "state": "active",
        }
    )
    """`state`: active, or a key of `webhooks.STATES`."""
    users: list[Document] = field(default_factory=list)
    usergroups: list[Document] = field(default_factory=list)
    channels: dict[str, Channel] = field(default_factory=dict)
    ephemerals: list[Document] = field(default_factory=list)
    """Messages only one person sees; never in a channel's history."""
    response_urls: dict[str, Document] = field(default_factory=dict)
    """Path secret → channel, message ts, user, uses so far, expiry in seconds since the epoch."""
    client_ids: dict[str, str] = field(default_factory=dict)
    """``channel client_msg_id`` → ts of the message that came with it first."""
    scheduled: dict[str, Document] = field(default_factory=dict)
    """Id → channel, post_at and created in seconds since the epoch, and the message without its ts as `draft`."""
    edit_window: float | None = None
    """Seconds during which a message may be edited; None for ever."""
    last_ts: int = 0
    """Microseconds of the newest timestamp given out."""
    made: int = 0
    """How many identifiers were made up."""

    def dump(self) -> Document:
        """All of it, as a deep copy."""
        copy: Document = json.loads(json.dumps(asdict(self)))
        return copy

    def load(self, state: Document) -> None:
        """The reverse of `dump`; what is missing takes its default. Raises ValueError on an unknown part."""
        if unknown := state.keys() - {part.name for part in fields(self)}:
            raise ValueError(f"a dump has no part {', '.join(sorted(unknown))}")
        copy = json.loads(json.dumps(state))
        channels = {key: Channel(**one) for key, one in copy.pop("channels", {}).items()}
        fresh = Workspace(**copy, channels=channels)
        for part in fields(self):
            setattr(self, part.name, getattr(fresh, part.name))

    def next_ts(self, now: float) -> str:
        """A timestamp as a string that was not given out before, in the shape ``seconds.microseconds``."""
        self.last_ts = max(self.last_ts + 1, round(now * 1_000_000))
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def make_id(self, prefix: str = "", length: int = 8) -> str:
        """A new identifier, the same in each run."""
        self.made += 1
        return prefix + hashlib.sha256(f"{prefix} {self.made}".encode()).hexdigest()[:length].upper()

    # Looking things up -----------------------------------------------------------------------------------------

    def user(self, user_id: JSON) -> Document | None:
        return next((user for user in self.users if user["id"] == user_id), None)

    def named(self, name: str) -> str | None:
        """The id of a public channel by its name."""
        kept = name.removeprefix("#")
        return next((key for key, one in self.channels.items() if one.kind == PUBLIC and one.name == kept), None)

    def has_bot(self, channel: Channel) -> bool:
        return self.bot["user_id"] in channel.members

    def is_ours(self, message: Document) -> bool:
        return bool(message.get("bot_id") == self.bot["bot_id"])

    def scopes(self) -> list[str]:
        scopes: list[str] = self.token["scopes"]
        return scopes

    def direct(self, users: list[str], now: float) -> tuple[str, bool]:
        """The conversation of the bot (or Slackbot, when listed) with these people: its id, and whether it is new."""
        members = sorted({*users, *([] if SLACKBOT in users else [self.bot["user_id"]])})
        for key, one in self.channels.items():
            if one.kind in (DIRECT, GROUP) and one.members == members:
                return key, False
        kind, prefix = (DIRECT, "D") if len(members) == 2 else (GROUP, "G")
        key = self.make_id(prefix)
        self.channels[key] = Channel(name="", kind=kind, members=members, created=int(now))
        return key, True

    def name_of(self, member: JSON) -> str:
        """How a person or the bot is called on a page."""
        if member == self.bot["user_id"]:
            return str(self.bot["name"])
        return str((self.user(member) or {}).get("real_name", member))


def demo_workspace() -> Workspace:
    """Three people, a channel that the bot and the webhook post to, and two that the bot is not in."""
    people = [_person("U0ADA0001", "ada", "Ada Sample"), _person("U0BEN0001", "ben", "Ben Sample")]
    bot = "U0HUBBOT1"
    everyone = ["U0ADA0001", "U0BEN0001", "U0CLEO001"]
    return Workspace(
        users=[*people, _person("U0CLEO001", "cleo", "Cleo Sample")],
        usergroups=[{"id": "S0DATA001", "handle": "data-team", "name": "Data team", "users": everyone[:2]}],
        channels={
            "C0GENERAL": Channel("general", PUBLIC, everyone, 1_700_000_000),
            "C0TRACK01": Channel("tracking-plan", PUBLIC, [*everyone, bot], 1_700_000_000),
            "C0SECRET1": Channel("data-leads", PRIVATE, everyone[:1], 1_700_000_000),
        },
    )


def _person(user_id: str, name: str, real_name: str) -> Document:
    return new_person(user_id, name, real_name, f"{name}@example.com")


def new_person(user_id: str, name: str, real_name: str, email: str) -> Document:
    """One member as it is stored."""
    return {"id": user_id, "name": name, "real_name": real_name, "email": email, "deleted": False}


def each_text(node: JSON) -> Iterator[str]:
    """Every string under a key `text`, anywhere in a block or list of blocks."""
    if isinstance(node, list):
        for one in node:
            yield from each_text(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from each_text(value)
