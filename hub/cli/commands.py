"""The commands with their options and help. What a command does is imported when it runs, so that help is quick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.cli.common import common, perform, target_option

Command = TypeVar("Command", bound=Callable[..., Any])

FORMATS = ("iglu", "json-schema", "segment", "snowplow-data-structure", "typewriter")
"""The keys of `mappings.formats.FORMATS`; a test keeps them equal."""
DRAFTS = ("2020-12", "07", "04")
"""The keys of `mappings.canonical.jsonschema.SCHEMA_URIS`; a test keeps them equal."""


def full_option(command: Command) -> Command:
    """`--full`: what is cut short to stay readable is shown in full."""
    return click.option("--full", is_flag=True, help="Show everything, however long.")(command)


def file_option(*names: str, help: str, **more: Any) -> Callable[[Command], Command]:
    """An option that takes a path."""
    return click.option(*names, type=click.Path(path_type=Path), help=help, **more)


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the proof instead of serving the sandboxes.")
@file_option("--plan", help="Another plan than the example.")
@file_option("--folder", help="Where to keep hub.toml and the database; default: a folder that goes at the end.")
@common
def demo_command(**options: Any) -> int:
    """Start a sandbox of each tool, publish an example plan to all of them, read it back and prove it."""
    return perform("demo.run_demo", options)


@click.command("init")
@common
def init_command(**options: Any) -> int:
    """Write hub.toml and an example plan.yaml into this folder. Overwrites nothing."""
    return perform("setup.start", options)


@click.command("connect")
@click.argument("tool")
@click.option("--name", help="The target's name (default: TOOL).")
@click.option("--set", "values", multiple=True, metavar="KEY=VALUE", help="A setting; secrets as env:NAME, file:PATH.")
@click.option("--no-test", is_flag=True, help="Write the target without asking the tool.")
@common
def connect_command(**options: Any) -> int:
    """Add a target for TOOL to hub.toml and test it with the tool's cheapest request.

    Asks on a terminal for what --set does not give. A target that exists already is only tested.
    """
    return perform("setup.connect", options)


@click.command("import")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(FORMATS))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@file_option("-o", "--output", help="Plan file or folder to write.")
@click.option("--name", help="The plan's name; default: what the file says, or its file name.")
@full_option
@common
def import_command(**options: Any) -> int:
    """Make a plan from FILES (files or folders) written by another tool.

    FORMAT is iglu, json-schema, segment, snowplow-data-structure or typewriter. Without -o the plan goes to the
    store, under its name.
    """
    return perform("plans.import_plan", options)


@click.command("check")
@click.argument("plan")
@target_option
@full_option
@common
def check_command(**options: Any) -> int:
    """Check PLAN against its own rules, and say what each tool would lose of it.

    Tools are those of the configured targets; without any, all that are installed.
    """
    return perform("plans.check_plan", options)


@click.command("export")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(["json-schema", "yaml"]))
@click.argument("plan")
@file_option("-o", "--output", required=True, help="File or folder to write.")
@click.option("--draft", type=click.Choice(DRAFTS), default=DRAFTS[0], help="JSON Schema draft.")
@common
def export_command(**options: Any) -> int:
    """Write PLAN as YAML (a file or a folder), or as one JSON Schema per event into a folder.

    FORMAT is yaml or json-schema.
    """
    return perform("plans.export_plan", options)


@click.command("preview")
@click.argument("plan")
@target_option
@full_option
@common
def preview_command(**options: Any) -> int:
    """Show what publishing PLAN would change in each target. Changes nothing.

    PLAN is the path of a plan file or folder, or the name of a plan in the store. Exit code 2 when there is
    something to publish.
    """
    return perform("publishing.run_preview", options)


@click.command("publish")
@click.argument("plan", required=False)
@target_option
@click.option("--fingerprint", help="Publish only if the preview still has this fingerprint.")
@click.option("--yes", is_flag=True, help="Publish without asking; guards still hold.")
@click.option("--override", "overrides", multiple=True, metavar="GUARD", help="Let this guard pass, this once.")
@click.option("--why", help="The reason for an override, for the record.")
@click.option("--resume", "resumed", metavar="PUBLICATION", help="Go on with a publication that did not end.")
@common
def publish_command(**options: Any) -> int:
    """Bring all targets to PLAN: preview, check, write side by side, read back.

    On a terminal it shows the preview and asks; elsewhere it needs --yes or the --fingerprint of a preview.
    """
    return perform("publishing.run_publish", options)


@click.command("pause")
@click.argument("publication")
@common
def pause_command(**options: Any) -> int:
    """Have PUBLICATION end before its next write, whoever runs it. `hub publish --resume` has it go on."""
    return perform("publishing.run_pause", options)


@click.command("status")
@common
def status_command(**options: Any) -> int:
    """Where each target stands as far as it was last read, and what the hub does not know. Asks no tool."""
    return perform("state.show_status", options)


@click.command("history")
@click.argument("publication", required=False)
@common
def history_command(**options: Any) -> int:
    """Past publications, newest first; or one PUBLICATION with the receipt of every write."""
    return perform("state.show_history", options)


@click.command("sandbox")
@click.argument("tool")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes a free one.")
@file_option("--state", help="File to start from and to save to at the end.")
@click.option("--switch", "switches", multiple=True, metavar="NAME=VALUE", help="Choose an undocumented behaviour.")
@common
def sandbox_command(**options: Any) -> int:
    """Serve a stateful emulator of TOOL on this machine until Ctrl-C. It talks to nobody."""
    return perform("sandbox.serve", options)
