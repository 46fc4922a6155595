"""Overrides given on the command line: permission for one guard, on one exact changeset, with a reason."""

from __future__ import annotations

from collections.abc import Iterable

from hub.app import App
from hub.cli.common import who_am_i
from hub.errors import Usage
from hub.verbs.overriding import allow


def require_reason(overrides: Iterable[str], why: str | None) -> None:
    """Raises Usage for an override without a reason, before anything is read."""
    if overrides and not (why or "").strip():
        raise Usage("an override needs a reason", hint="add --why TEXT; it is kept with the publication")


def give_tickets(app: App, fingerprint: str, guards: Iterable[str], why: str | None) -> None:
    """Record an override for each guard, bound to this fingerprint."""
    allow(app, guards, fingerprint, who=who_am_i(), why=why or "")
