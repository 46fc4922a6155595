"""What a Segment target needs to be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.settings import Secret, Settings

HOSTS = {"us": "https://api.segmentapis.com", "eu": "https://eu1.api.segmentapis.com"}
"""Hosts of the Public API by region (apis/segment.md section 1). A token works on its own region's host only."""


class SegmentSettings(Settings):
    """One tracking plan of the workspace that the token belongs to."""

    token: Secret = Field(description="Public API token with the role Tracking Plan Admin.")
    tracking_plan_id: str = Field(
        min_length=1, max_length=255, description="The plan's tp_ id, not the rs_ id of the retired Config API."
    )
    region: Literal["us", "eu"] = Field("us", description="Where the workspace lives; the token works only there.")
    rules_per_write: int = Field(
        200, ge=200, le=2000, description="Rules per write request; more than 200 only where Segment raised the limit."
    )

    @property
    def host(self) -> str:
        """The address that requests go to."""
        return self.base_url or HOSTS[self.region]
