"""Overrides given on the command line: permission for one guard, on one exact changeset, with a reason."""

from __future__ import annotations

from collections.abc import Iterable

from hub.app import App
from hub.changes.guard import Ticket
from hub.cli.common import who_am_i
from hub.errors import Usage

TICKET_LIFE = 3600.0
"""Seconds an override given on the command line is valid."""


def require_reason(overrides: Iterable[str], why: str | None) -> None:
    """Raises Usage for an override without a reason."""
    if overrides and not why:
        raise Usage("an override needs a reason", hint="add --why TEXT; it is kept with the publication")


def give_tickets(app: App, fingerprint: str, guards: Iterable[str], why: str | None) -> None:
    """Record an override for each guard, bound to this fingerprint."""
    expires = app.engine.time.now() + TICKET_LIFE
    for guard in guards:
        app.store.add_ticket(Ticket(guard, fingerprint, who_am_i(), why or "", expires))
