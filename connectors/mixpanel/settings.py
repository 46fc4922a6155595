"""Settings of a Mixpanel target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from connectors.settings import Secret, Settings, fingerprint

HOSTS: Mapping[str, str] = {
    "us": "https://mixpanel.com",
    "eu": "https://eu.mixpanel.com",
    "in": "https://in.mixpanel.com",
}
"""A project lives in exactly one region (apis/mixpanel.md section 1.1)."""


class MixpanelSettings(Settings):
    """One project, and the service account that speaks for the hub (role owner or admin to publish)."""

    project_id: int = Field(description="The number in the project's settings.")
    username: str = Field(description="Of the service account.")
    secret: Secret = Field(description="Of the service account.")
    region: Literal["us", "eu", "in"] = Field("us", description="Where the project's data lives.")
    integration_id: str | None = Field(
        None, description="The id that Mixpanel gave a partner, sent with every request."
    )
    """apis/mixpanel.md section 1.2."""

    @property
    def host(self) -> str:
        return (self.base_url or HOSTS[self.region]).rstrip("/")

    @property
    def account(self) -> str:
        """Whose quota this is. Limits are taken to count for the organisation, the wider of two documented
        readings (apis/mixpanel.md section 2); a service account belongs to exactly one."""
        return f"{self.host}/{fingerprint(self.username)}"
