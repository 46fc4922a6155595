"""A local emulator of Jira Cloud and Jira Data Center, written from apis/jira.md alone."""

from hub.notify.jira.sandbox.emulator import JiraSandbox

__all__ = ["JiraSandbox"]
