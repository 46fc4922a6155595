"""The kinds of channel there are. Each is imported when a destination of it is configured."""

from __future__ import annotations

import importlib

from hub.notify.contract import ChannelKind

KINDS = ("slack", "jira", "webhook")


def channel_kind(kind: str) -> ChannelKind:
    """The kind of that name, one of KINDS."""
    found: ChannelKind = importlib.import_module(f"hub.notify.{kind}").KIND
    return found
