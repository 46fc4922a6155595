"""What a Jira destination needs to be told."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from connectors.settings import Secret, Settings, fingerprint, reveal
from mappings.canonical.kinds import JSON

OWN_FIELDS = {
    "project": "project",
    "issuetype": "issue_type",
    "labels": "labels",
    "parent": "parent",
    "summary": "",
    "description": "",
}
"""Fields that the hub fills itself, with the setting that rules them; "" where the news itself does."""


class JiraSettings(Settings):
    """One project of one site: Cloud with `email` and `api_token`, Data Center with `pat`."""

    base_url: str = Field(
        description="The site's address, with its context path, or the gateway's for a scoped token "
        "(https://api.atlassian.com/ex/jira/ and the cloud id)."
    )
    email: str = Field("", description="Cloud: the account that the API token belongs to.")
    api_token: Secret | None = Field(None, description="Cloud: an API token of that account.")
    pat: Secret | None = Field(None, description="Data Center: a personal access token.")
    project: str = Field(min_length=1, max_length=255, description="Key of the project that gets the issues.")
    issue_type: str = Field("Task", min_length=1, description="Name of the issue type.")
    issue_per: Literal["owner", "publication", "source"] = Field(
        "owner", description="What one issue is for: each owner's share, the whole publication, or each source's share."
    )
    labels: tuple[str, ...] = Field((), description="Labels that every issue gets.")
    people: dict[str, str] = Field(
        default_factory=dict,
        description="Owners as the plan writes them: the account id (Cloud) or user name (Data Center) by which they "
        "are mentioned, and assigned what concerns them alone.",
    )
    parent: str = Field("", description="Key of an issue (an epic) that the issues belong to.")
    when_done: str = Field("", description="Transition, or status, that an issue is moved to when its work is done.")
    reopen_days: int = Field(
        30, ge=0, description="A closed issue is opened again for so many days; after that a new one follows it."
    )
    grace: float = Field(
        120.0, ge=0, description="Seconds for which a lost answer's issue is looked for before it is sent again."
    )
    fields: dict[str, JSON] = Field(
        default_factory=dict,
        description="Values of further fields, such as customfield_10010, as Jira's API takes them.",
    )

    @field_validator("base_url")
    @classmethod
    def _usable(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("write base_url as https://, a host and the context path if there is one")
        return value.rstrip("/")

    @field_validator("fields")
    @classmethod
    def _foreign(cls, value: dict[str, JSON]) -> dict[str, JSON]:
        for name in value:
            if name in OWN_FIELDS:
                way = f"use the setting {OWN_FIELDS[name]}" if OWN_FIELDS[name] else "the hub writes it"
                raise ValueError(f"fields cannot hold {name!r}: {way}")
        return value

    @model_validator(mode="after")
    def _one_way_in(self) -> JiraSettings:
        if self.pat and (self.email or self.api_token):
            raise ValueError("give either email and api_token (Cloud) or pat (Data Center), not both")
        if not self.pat and not (self.email and self.api_token):
            raise ValueError("give email and api_token (Cloud), or pat (Data Center)")
        return self

    @property
    def likely_cloud(self) -> bool:
        """What the credentials suggest, as long as nobody has asked the site itself."""
        return self.pat is None

    @property
    def account(self) -> str:
        """Whose limits count, without the secret."""
        token = self.pat or self.api_token
        return fingerprint("jira", self.base_url, self.email, reveal(token) if token else "")
