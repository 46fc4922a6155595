"""Jira as a kind of channel: an issue for each piece of work, kept up to date. Nothing heavy is imported for that."""

from __future__ import annotations

from typing import Any

from connectors.contract import Window, Wiring
from connectors.sandbox import Sandbox
from hub.notify.contract import Ability, Channel, ChannelKind, Letter
from hub.notify.jira.settings import JiraSettings
from mappings.canonical.kinds import JSON


def _connect(settings: JiraSettings, wiring: Wiring) -> Channel:
    from hub.notify.jira.channel import JiraChannel

    return JiraChannel(settings, wiring)


def _abilities(settings: JiraSettings) -> frozenset[Ability]:
    return frozenset({"edit", "thread", "mentions"} if settings.people else {"edit", "thread"})


def _windows(settings: JiraSettings) -> tuple[Window, ...]:
    from hub.notify.jira.wire import WINDOWS

    return WINDOWS


def _account(settings: JiraSettings) -> str:
    return settings.account


def _render(letter: Letter, settings: JiraSettings) -> JSON:
    from hub.notify.jira.channel import render

    return render(letter, settings)


def _sandbox(**options: Any) -> Sandbox:
    from hub.notify.jira.sandbox import JiraSandbox

    return JiraSandbox(**options)


KIND = ChannelKind(
    kind="jira",
    title="Jira",
    style="tracker",
    settings=JiraSettings,
    connect=_connect,
    abilities=_abilities,
    windows=_windows,
    account=_account,
    render=_render,
    sandbox=_sandbox,
)
