"""Settings of a Snowplow Iglu target."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from connectors.settings import Secret, Settings, fingerprint, reveal


def _with_host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("the registry's address starts with http:// or https://, e.g. https://iglu.example.com")
    return url


class SnowplowSettings(Settings):
    """One vendor's schemas in one Iglu registry: a server, or a static one that can only be read."""

    base_url: Annotated[str, AfterValidator(_with_host)] = Field(
        description="The registry's address, with or without /api at the end."
    )
    """apis/snowplow.md section 1.1."""
    vendor: str = Field(
        pattern=r"^[a-zA-Z0-9_.-]+$",
        max_length=128,
        description="Whose schemas these are, as a reverse domain: com.example.",
    )
    api_key: Secret | None = Field(
        None, description="A key that may write this vendor's schemas. A static registry takes none."
    )
    public: bool = Field(
        False, description="Whether new schemas are readable without a key. Existing ones keep what they have."
    )
    versioning: Literal["three-level", "two-level"] = Field(
        "three-level",
        description="Whether a change that may break some data is a revision, or an addition like any other.",
    )
    warehouse: Literal["redshift", "parquet"] | None = Field(
        None,
        description="A loader whose breaking changes ask for a new model; parquet is Databricks, BigQuery and lakes.",
    )
    static: bool = Field(False, description="Whether this is a folder of files on a web host and no Iglu Server.")
    """Section 1.3 there."""

    @model_validator(mode="after")
    def _a_server_needs_a_key(self) -> SnowplowSettings:
        if not self.static and self.api_key is None:
            raise ValueError("api_key is missing; only a static registry (static = true) is read without one")
        return self

    @property
    def root(self) -> str:
        """The address that paths are appended to: of a server up to and with `/api`, of a static registry as given."""
        bare = self.base_url.rstrip("/")
        return bare if self.static else bare.removesuffix("/api").rstrip("/") + "/api"

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def account(self) -> str:
        """Whose target this is. Iglu has no quota, so nothing but the name depends on it."""
        return f"{self.host}/{fingerprint(reveal(self.api_key) if self.api_key else '')}"
