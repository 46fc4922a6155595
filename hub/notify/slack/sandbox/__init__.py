"""A local emulator of Slack, written from the vendor's documentation alone."""

from hub.notify.slack.sandbox.emulator import SlackSandbox

__all__ = ["SlackSandbox"]
