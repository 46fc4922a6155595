"""What a channel to people (Slack, Jira, a webhook) promises, and what the outbox promises it.

The outbox calls `deliver` for one letter of a destination at a time, in order, and writes down that it is about to
before it does. It keeps what `deliver` returns; a later letter of the same key is then an edit. A crash or a lost
answer leaves the letter `sent`: the next attempt is told so (`Letter.first_sent`) and must look before it posts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from connectors.contract import Window, Wiring
from connectors.sandbox import Sandbox
from connectors.settings import Settings
from hub.notify.story import Story
from mappings.canonical.kinds import JSON

Verb = Literal["put", "add"]
"""`put`: there is one thing under this key, and it reads like this now (a living message, an issue). `add`: this is
said once, below the thing `parent` (a reply, a comment) or on its own."""

Ability = Literal["edit", "thread", "buttons", "mentions"]
"""What a channel can do. Without `edit` only stories that are `final` are told, once; without `thread` an `add` below
a parent is not sent; buttons and mentions are left out where there are none."""

Remote = Mapping[str, JSON]
"""Where the channel keeps a thing: channel and ts, issue id and key. Plain JSON, no secret."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to tell at one destination. `key` is deterministic: the same thing has the same key after a crash."""

    key: str
    verb: Verb
    story: Story
    remote: Remote | None = None
    """Where the thing is, when it was delivered before: then a `put` is an edit."""
    parent: Remote | None = None
    """Where the thing is that an `add` belongs to."""
    attempts: int = 0
    """How often it was tried before."""
    first_sent: float | None = None
    """When it was first handed over without a known end; None when no earlier attempt can have had an effect."""
    memo: Mapping[str, JSON] = field(default_factory=dict)
    """What the channel itself noted down in an earlier attempt."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The letter is there, as the channel's own answer or a reading proves. `url` leads a person to it."""

    remote: Remote
    url: str = ""


Note = Callable[[Mapping[str, JSON]], None]
"""Keeps the channel's memo on disk before it goes on: the memo of this letter is this from now on."""


class Channel(Protocol):
    """A connection to one destination."""

    def whoami(self) -> str:
        """Prove the credentials; a line that names the account and the place. Raises ToolError."""

    def deliver(self, letter: Letter, note: Note) -> Delivered:
        """Make it so, or find it done already.

        Raises ToolError, whose verdict decides: `wait` and `retry` come back later and mean that nothing was
        posted, `read` that nobody knows (the letter stays `sent`; `retry_after` says when a look is worth while),
        `give-up` that this letter fails, `ask` that the destination does, until a person mends it.
        """

    def close(self) -> None:
        """Free the connection."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """Everything the hub needs to know of a kind of channel; the counterpart of `connectors.contract.Plugin`."""

    kind: str
    title: str
    style: Literal["chat", "tracker", "feed"]
    """What it is told: short living messages; work with everything needed to do it; each happening as data."""
    settings: type[Settings]
    connect: Callable[[Any, Wiring], Channel]
    abilities: Callable[[Any], frozenset[Ability]]
    windows: Callable[[Any], Sequence[Window]]
    """The limits that all of this account's letters share."""
    account: Callable[[Any], str]
    """What the limits count for, without a secret."""
    render: Callable[[Letter, Any], JSON]
    """What `deliver` would send for a letter without a remote, as JSON, without asking anyone: the dry run."""
    sandbox: Callable[..., Sandbox] | None = None
