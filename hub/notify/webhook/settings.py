"""Where the webhook goes, and what it is signed with."""

from __future__ import annotations

from pydantic import Field

from connectors.settings import Secret, Settings


class WebhookSettings(Settings):
    """The keys of a `[notify.NAME]` of kind webhook. The address is no place for a secret: it is shown and logged."""

    url: str = Field(pattern=r"^https?://[^\s]+$")
    secret: Secret = Field(min_length=16)
    """At least 16 characters; the receiver checks the signature with it (docs/operations.md)."""
