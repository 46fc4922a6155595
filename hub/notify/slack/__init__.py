"""Slack as a channel: one channel of a workspace, through a bot token or an incoming webhook.

What is needed to describe and check a destination is imported here; what talks or draws comes when it is called for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract import Window, Wiring
from connectors.sandbox import Sandbox
from hub.notify.contract import Ability, Channel, ChannelKind, Letter
from hub.notify.slack.settings import SlackSettings
from mappings.canonical.kinds import JSON


def _connect(settings: SlackSettings, wiring: Wiring) -> Channel:
    from hub.notify.slack.channel import connect

    return connect(settings, wiring)


def _abilities(settings: SlackSettings) -> frozenset[Ability]:
    """A webhook's messages can be neither edited nor answered, and nobody could prove a press of their buttons."""
    if settings.webhook_url is not None:
        return frozenset({"mentions"})
    return frozenset({"edit", "thread", "mentions", *(("buttons",) if settings.buttons else ())})


def _windows(settings: SlackSettings) -> Sequence[Window]:
    from hub.notify.slack.cost import windows

    return windows(settings)


def _account(settings: SlackSettings) -> str:
    return settings.account


def _render(letter: Letter, settings: SlackSettings) -> JSON:
    from hub.notify.slack.message import draft

    return draft(letter, settings)


def _sandbox(**options: Any) -> Sandbox:
    from hub.notify.slack.sandbox import SlackSandbox

    return SlackSandbox(**options)


KIND = ChannelKind(
    kind="slack",
    title="Slack",
    style="chat",
    settings=SlackSettings,
    connect=_connect,
    abilities=_abilities,
    windows=_windows,
    account=_account,
    render=_render,
    sandbox=_sandbox,
)
