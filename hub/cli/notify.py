"""The commands about telling people. What they do stands in `hub.cli.notifying`, which is imported when they run."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.commands import file_option
from hub.cli.common import common, perform


@click.group("notifications", invoke_without_command=True)
@click.option("--state", "states", multiple=True, type=click.Choice(["queued", "sent", "confirmed", "failed"]))
@click.option("--destination", help="Only those of this destination.")
@common
@click.pass_context
def notifications_command(context: click.Context, /, **options: Any) -> int:
    """What people were told, and what waits or failed, newest first."""
    if context.invoked_subcommand is not None:
        return 0
    return perform("notifying.list_messages", options)


@notifications_command.command("retry")
@click.argument("number", type=int, required=False)
@click.option("--anew", is_flag=True, help="Post it once more, even if it may be there already.")
@common
def retry_command(**options: Any) -> int:
    """Try NUMBER again now, or all that failed or waits because of some trouble."""
    return perform("notifying.retry", options)


@notifications_command.command("deliver")
@common
def deliver_command(**options: Any) -> int:
    """Deliver what is due, once; for cron and the like. Exit code 1 when something failed or has to wait."""
    return perform("notifying.deliver", options)


@click.group("notify")
def notify_command() -> None:
    """Try out where people are told."""


@notify_command.command("test")
@click.argument("destination")
@common
def test_command(**options: Any) -> int:
    """Prove the credentials of DESTINATION. Posts nothing, except to a webhook, which gets a signed ping."""
    return perform("notifying.test", options)


@notify_command.command("preview")
@file_option("--event", required=True, help="A happening as JSON; docs/operations.md shows one.")
@click.option("--destination", help="Only this destination; default: all.")
@common
def preview_command(**options: Any) -> int:
    """Print exactly what each destination would be told of a happening, as text and as JSON. Sends nothing."""
    return perform("notifying.preview", options)


@click.group("approvals", invoke_without_command=True)
@common
@click.pass_context
def approvals_command(context: click.Context, /, **options: Any) -> int:
    """Publishes that wait for another person's approval: list them, give it, refuse it."""
    if context.invoked_subcommand is not None:
        return 0
    return perform("approving.list_approvals", options)


@approvals_command.command("give")
@click.argument("fingerprint")
@click.option("--why", default="", help="The reason, for the record.")
@common
def give_command(**options: Any) -> int:
    """Approve of exactly the changeset with this FINGERPRINT."""
    return perform("approving.give", options)


@approvals_command.command("refuse")
@click.argument("fingerprint")
@click.option("--why", default="", help="The reason, for the record.")
@common
def refuse_command(**options: Any) -> int:
    """Say no to the changeset with this FINGERPRINT."""
    return perform("approving.refuse", options)
