"""What a Notebook target needs to be told."""

from __future__ import annotations

from pydantic import Field

from connectors.settings import Secret, Settings


class NotebookSettings(Settings):
    """One notebook: the one that the token opens."""

    token: Secret = Field(description="A token that may write.")
    batch: int = Field(50, ge=1, le=50, description="Pages in one write request; a single page goes by PUT.")

    @property
    def host(self) -> str:
        """The address that requests go to."""
        return self.base_url or "https://notebook.example"
