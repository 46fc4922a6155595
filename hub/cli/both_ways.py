"""The commands of the road back: what people changed in the tools, and what becomes of it."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.common import common, perform, target_option


def plan_option(command: Any) -> Any:
    """`--plan`: the configuration's plan, or the only one in the store, when it is not given."""
    return click.option("--plan", help="Path of a plan, or its name in the store.")(command)


@click.command("reconcile")
@plan_option
@target_option
@click.option("--observe", is_flag=True, help="Look and say; open no proposals, heal nothing.")
@common
def reconcile_command(**options: Any) -> int:
    """Read the targets and say what people changed there; their edits become proposals.

    Exit code 2 when something drifted, is gone, or could not be read.
    """
    return perform("reconciling.reconcile_plan", options)


@click.command("adopt")
@click.option("--target", required=True, help="The target whose holdings are taken over.")
@plan_option
@click.option("--leave-rest", is_flag=True, help="Propose nothing that the plan lacks; it stays unmanaged.")
@common
def adopt_command(**options: Any) -> int:
    """Take over what a tool holds already, before the first publish to it. Writes nothing to the tool."""
    return perform("reconciling.adopt_target", options)


@click.group("proposals", invoke_without_command=True)
@plan_option
@click.option("--all", "everything", is_flag=True, help="Also those that were decided or withdrawn.")
@common
@click.pass_context
def proposals_command(context: click.Context, /, **options: Any) -> int:
    """What the tools would have the plan take over: list them, accept, reject, or keep them different."""
    if context.invoked_subcommand is not None:
        return 0
    return perform("deciding.list_proposals", options)


def decision(command: Any) -> Any:
    """What accept, reject and different share."""
    command = common(command)
    command = click.option("--why", default="", help="The reason, for the record.")(command)
    command = click.option("--all", "everything", is_flag=True, help="All open proposals.")(command)
    command = click.option("--field", help="All open proposals about this field, e.g. description.")(command)
    command = plan_option(command)
    return click.argument("numbers", nargs=-1, type=int)(command)


@proposals_command.command("accept")
@click.option("--value", help="Accept this text instead of the proposed one.")
@decision
def accept_command(**options: Any) -> int:
    """Take proposals NUMBERS over into the plan; the next publish carries them to the other tools."""
    return perform("deciding.accept", options)


@proposals_command.command("reject")
@decision
def reject_command(**options: Any) -> int:
    """Keep the plan's values; the next publish restores them. Not proposed again until the tool's value changes."""
    return perform("deciding.reject", options)


@proposals_command.command("different")
@decision
def different_command(**options: Any) -> int:
    """Let the values stay different in the tools that show them."""
    return perform("deciding.keep_different", options)


@proposals_command.command("snooze")
@click.argument("numbers", nargs=-1, type=int, required=True)
@click.option("--until", default="tomorrow", help="tomorrow, next-week, or a date such as 2026-11-30 (its beginning).")
@click.option("--wake", "wake_up", is_flag=True, help="End the snooze instead.")
@common
def snooze_command(**options: Any) -> int:
    """Put proposals NUMBERS off: nobody is asked about them until then. A value that changes again wakes up."""
    return perform("deciding.put_off", options)


@click.command("undo")
@click.argument("publication")
@target_option
@click.option("--yes", is_flag=True, help="Undo without asking; guards still hold.")
@click.option("--override", "overrides", multiple=True, metavar="GUARD", help="Let this guard pass, this once.")
@click.option("--why", help="The reason for an override, for the record.")
@common
def undo_command(**options: Any) -> int:
    """Bring the targets back to what they held before PUBLICATION. What was changed since is left alone."""
    return perform("reconciling.undo_publication", options)


@click.command("authority")
@common
def authority_command(**options: Any) -> int:
    """Who has the last word about which field, in the order in which the rows are tried."""
    return perform("reconciling.show_authority", options)


@click.command("why")
@click.argument("field", nargs=-1, required=True)
@plan_option
@target_option
@common
def why_command(**options: Any) -> int:
    """Why does FIELD have this value in each tool? FIELD is EVENT.FIELD or EVENT.PROPERTY.FIELD."""
    return perform("remembering.explain", options)


@click.group("dictionary", invoke_without_command=True)
@click.option("--target", help="The target whose dictionary is shown.")
@click.option("--at", help="A time such as 2026-11-25 or 2026-11-25T14:00; now, by default.")
@plan_option
@common
@click.pass_context
def dictionary_command(context: click.Context, /, **options: Any) -> int:
    """What a tool's dictionary said at any time, as it was observed."""
    if context.invoked_subcommand is not None:
        return 0
    return perform("remembering.show_dictionary", options)


@dictionary_command.command("diff")
@click.argument("before")
@click.argument("after")
@plan_option
@common
def diff_command(**options: Any) -> int:
    """What differs between two dictionaries: BEFORE and AFTER are TARGET or TARGET@TIME. Exit code 2 when any."""
    return perform("remembering.compare", options)


@dictionary_command.command("restore")
@click.argument("event")
@click.option("--target", required=True, help="The target whose dictionary is the source.")
@click.option("--at", required=True, help="The time to go back to.")
@click.option("--draft", "as_draft", is_flag=True, help="Into a draft of the plan instead.")
@plan_option
@common
def restore_command(**options: Any) -> int:
    """Put EVENT into the plan as a tool's dictionary had it then; preview and publish carry it out."""
    return perform("remembering.restore", options)
