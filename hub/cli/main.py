"""`hub`: the list of commands, and the one place where a refusal becomes a message and an exit code."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from hub.cli.terminal import print_json, say
from hub.errors import Problems, Refusal

STOPPED: dict[str, Any] = {
    "message": "stopped before the end",
    "hint": "the same command goes on where this one stopped",
}
USAGE = 64

# command → (module, one line of help); the function in the module has the command's name. Importing the module must
# be quick: what the command needs is imported when it runs.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("hub.cli.commands", "Everything local: sandboxes, an example plan, publish, proof."),
    "init": ("hub.cli.commands", "Write a hub.toml and an example plan to start from."),
    "connect": ("hub.cli.commands", "Add a target to hub.toml and test it."),
    "import": ("hub.cli.commands", "Make a plan from another tool's file."),
    "check": ("hub.cli.commands", "Check a plan, and what each tool would lose of it."),
    "export": ("hub.cli.commands", "Write a plan as JSON Schema or YAML."),
    "preview": ("hub.cli.commands", "Show what a publish would change. Changes nothing."),
    "publish": ("hub.cli.commands", "Bring all targets to the plan."),
    "pause": ("hub.cli.commands", "Have a publication wait; publish --resume goes on."),
    "reconcile": ("hub.cli.both_ways", "Read the targets; people's edits become proposals."),
    "proposals": ("hub.cli.both_ways", "List, accept or reject what the tools propose."),
    "adopt": ("hub.cli.both_ways", "Take over what a tool holds already."),
    "undo": ("hub.cli.both_ways", "Take a publication back."),
    "authority": ("hub.cli.both_ways", "Who has the last word about which field."),
    "why": ("hub.cli.both_ways", "Why a field has its value in each tool."),
    "dictionary": ("hub.cli.both_ways", "What a tool's dictionary said at any time."),
    "approvals": ("hub.cli.notify", "Another person's yes or no to a publish."),
    "notifications": ("hub.cli.notify", "What people were told, and what waits."),
    "notify": ("hub.cli.notify", "Try out where people are told."),
    "status": ("hub.cli.commands", "Where each target stands, and what the hub does not know."),
    "history": ("hub.cli.commands", "Past publications and their receipts."),
    "serve": ("hub.cli.serve", "The pages: preview, publish, decide, look things up."),
    "worker": ("hub.cli.worker", "Reconcile targets by their schedules."),
    "sandbox": ("hub.cli.commands", "Serve a local emulator of a tool."),
    "secrets": ("hub.cli.secrets", "Keep secrets encrypted in hub.toml."),
    "connectors": ("hub.cli.connectors", "List, check and start connectors."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports them late, so that `hub --help` is quick."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _ = COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(module), f"{name}_command")
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="schema-sync-hub", prog_name="hub")
def hub() -> None:
    """One tracking plan, published once to Amplitude, Mixpanel, Snowplow and Segment.

    Exit codes: 0 done or nothing to do; 1 failed or refused; 2 changes or drift found; 64 bad usage.
    """


def run(arguments: Sequence[str] | None = None) -> None:
    """The entry point. Turns every refusal into one clear message and the right exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    color = False if os.environ.get("NO_COLOR") else None  # None: only on a terminal
    try:
        result: Any = hub.main(args=arguments, prog_name="hub", standalone_mode=False, color=color)
    except click.exceptions.NoArgsIsHelpError as problem:
        return _show_help(problem, as_json)
    except click.ClickException as problem:
        return _complain(_usage_data(problem), USAGE, as_json)
    except Refusal as refusal:
        return _complain(refusal_data(refusal), refusal.exit_code, as_json)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _complain(STOPPED, 1, as_json)
    return result if isinstance(result, int) else 0


def _show_help(problem: click.exceptions.NoArgsIsHelpError, as_json: bool) -> int:
    if as_json:
        return _complain({"message": "which command?", "hint": "`hub --help` lists them"}, USAGE, as_json)
    click.echo(problem.message, err=True)
    return USAGE


def _usage_data(problem: click.ClickException) -> dict[str, Any]:
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    path = context.command_path if context else "hub"
    near = _nearest(problem, context)
    message = problem.message if near else problem.format_message()
    return {"message": message, "hint": f"did you mean {near!r}?" if near else f"`{path} --help` shows how"}


def _nearest(problem: click.ClickException, context: click.Context | None) -> str:
    """The option or command that was probably meant, or ""."""
    if isinstance(problem, click.NoSuchOption):
        return next(iter(problem.possibilities or ()), "")
    if context is None or not isinstance(context.command, click.Group):
        return ""
    asked = next(iter(problem.message.split("'")[1:2]), "")
    known = context.command.list_commands(context)
    return next(iter(difflib.get_close_matches(asked, known, 1)), "")


def refusal_data(refusal: Refusal) -> dict[str, Any]:
    """A refusal as plain data; the problems it is made of stand below it."""
    data: dict[str, Any] = {"message": refusal.message, "place": refusal.place, "hint": refusal.hint}
    if isinstance(refusal, Problems):
        data["problems"] = [refusal_data(one) for one in refusal.problems]
    violations = getattr(refusal, "violations", ())
    if violations:
        from hub.changes.render import violation_data

        data["violations"] = [violation_data(one) for one in violations]
    return {key: value for key, value in data.items() if value}


def _complain(error: dict[str, Any], exit_code: int, as_json: bool) -> int:
    if as_json:
        print_json({"error": error})
    else:
        for line in _lines(error):
            say(line, to_error=True)
    return exit_code


def _lines(error: dict[str, Any], indent: str = "") -> list[str]:
    place = f"{error['place']}: " if error.get("place") else ""
    lines = [f"{indent}{'error: ' if not indent else ''}{place}{error['message']}"]
    for problem in error.get("problems", ()):
        lines += _lines(problem, indent + "  ")
    for violation in error.get("violations", ()):
        lines.append(f"  {violation['guard']} ({violation['target']}): {violation['message']}")
        lines.append(f"    → {violation['hint']}")
    if error.get("hint"):
        lines.append(f"{indent}  → {error['hint']}")
    return lines
