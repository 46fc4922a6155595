"""What an Amplitude target needs to be told."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from connectors.settings import Secret, Settings

HOSTS: Final = {"us": "https://amplitude.com", "eu": "https://analytics.eu.amplitude.com"}
"""Hosts of the Taxonomy API by data residency (apis/amplitude.md section 1)."""


class AmplitudeSettings(Settings):
    """One Amplitude project: the one its key pair belongs to.

    With several environments in one Data project, only the keys of the first environment's project work (section 1).
    """

    api_key: Secret = Field(description="API key of the project.")
    secret_key: Secret = Field(description="Secret key of the same project.")
    region: Literal["us", "eu"] = Field("us", description="Where the project's data lives.")
    classifications: bool = Field(
        False, description="Publish sensitivity as classifications. Needs Amplitude's Data Access Controls."
    )
    groups: bool = Field(False, description="Publish group properties. Needs Amplitude's Accounts add-on.")

    @property
    def host(self) -> str:
        """The address that requests go to."""
        return self.base_url or HOSTS[self.region]
