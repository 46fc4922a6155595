"""What a Slack destination needs to be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from connectors.settings import Secret, Settings, fingerprint, reveal

API = "https://slack.com/api"
"""The Web API's address (apis/slack.md section 1); GovSlack has its own, which `base_url` names."""

ChannelId = Annotated[str, StringConstraints(pattern=r"^[CGD][A-Z0-9]{2,}$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{2,}$")]


class SlackSettings(Settings):
    """One channel of one workspace, through a bot token, or through an incoming webhook, which can do less."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: Secret | None = Field(
        None, description="Bot token (xoxb-…) with chat:write, channels:history or groups:history, users:read.email."
    )
    webhook_url: Secret | None = Field(None, description="An incoming webhook's address instead of a token.")
    channel: ChannelId | None = Field(
        None, description="The channel's id (C…), at the end of its details in Slack; its name may change."
    )
    signing_secret: Secret | None = Field(None, description="The app's signing secret; buttons are shown only with it.")
    people: dict[str, UserId] = Field(
        default_factory=dict, description="Owners as the plan writes them, and their member ids (U…) in Slack."
    )

    @model_validator(mode="after")
    def _one_road(self) -> SlackSettings:
        if (self.token is None) == (self.webhook_url is None):
            raise ValueError("give either token (and channel) or webhook_url")
        if self.token is not None and self.channel is None:
            raise ValueError("channel is missing: the id (C…) of the channel that the token posts to")
        useless = [name for name in ("channel", "signing_secret", "base_url") if getattr(self, name) is not None]
        if self.webhook_url is not None and useless:
            raise ValueError(f"webhook_url decides all by itself: remove {', '.join(useless)}, or give a token instead")
        return self

    @property
    def host(self) -> str:
        """The address that methods are appended to."""
        return self.base_url or API

    @property
    def buttons(self) -> bool:
        """Whether a press of a button could be told from a forgery."""
        return self.token is not None and self.signing_secret is not None

    @property
    def account(self) -> str:
        """Whose limits these are: those of an app in a workspace, or of one webhook."""
        credential = self.token or self.webhook_url
        return fingerprint("slack", self.host, reveal(credential) if credential else "")
