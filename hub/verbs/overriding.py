"""Override tickets: permission for one guard, on one exact changeset, with a reason, for a while."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from hub.app import App
from hub.changes.guard import Ticket
from hub.errors import Refusal

Life = Literal["1 hour", "1 day"]
LIVES: Mapping[Life, float] = {"1 hour": 3600.0, "1 day": 86_400.0}
"""How long a ticket may be valid, in seconds."""


def allow(
    hub: App, guards: Iterable[str], fingerprint: str, *, who: str, why: str, life: Life = "1 hour"
) -> list[Ticket]:
    """Let these guards pass, for this fingerprint alone. Raises Refusal without a reason."""
    if not why.strip():
        raise Refusal("an override needs a reason", hint="say why; it is kept with the publication")
    now = hub.engine.time.now()
    given = [Ticket(guard, fingerprint, who, why.strip(), now + LIVES[life]) for guard in guards]
    for one in given:
        hub.store.add_ticket(one)
        details = {"guard": one.guard, "why": one.why, "expires": one.expires}
        hub.store.people.note(who, "override", fingerprint, now, **details)
    return given
