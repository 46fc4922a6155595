"""`hub`: the list of commands. Each command's module is imported only when that command runs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from hub.errors import Problems, Refusal

# command → (module, one line of help); the function in the module has the command's name.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("hub.cli.demo", "Everything local: sandboxes, an example plan, publish, proof."),
    "init": ("hub.cli.setup", "Write a hub.toml and an example plan to start from."),
    "connect": ("hub.cli.setup", "Add a target to hub.toml and test it."),
    "import": ("hub.cli.plans", "Make a plan from another tool's file."),
    "check": ("hub.cli.plans", "Check a plan, and what each tool would lose of it."),
    "export": ("hub.cli.plans", "Write a plan as JSON Schema or YAML."),
    "preview": ("hub.cli.publishing", "Show what a publish would change. Changes nothing."),
    "publish": ("hub.cli.publishing", "Bring all targets to the plan."),
    "status": ("hub.cli.state", "Where each target stands, and what the hub does not know."),
    "history": ("hub.cli.state", "Past publications and their receipts."),
    "sandbox": ("hub.cli.sandbox", "Serve a local emulator of a tool."),
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
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    try:
        result: Any = hub.main(args=arguments, prog_name="hub", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        return 1
    except click.ClickException as problem:
        return _complain(_usage_data(problem), 64, as_json)
    except Refusal as refusal:
        return _complain(refusal_data(refusal), refusal.exit_code, as_json)
    except KeyboardInterrupt:
        stopped = {"message": "stopped before the end", "hint": "the same command goes on where this one stopped"}
        return _complain(stopped, 1, as_json)
    except BrokenPipeError:
        return 1
    return result if isinstance(result, int) else 0


def _usage_data(problem: click.ClickException) -> dict[str, Any]:
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    path = context.command_path if context else "hub"
    return {"message": problem.format_message(), "hint": f"`{path} --help` shows how"}


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
        import json

        click.echo(json.dumps({"error": error}, ensure_ascii=False, indent=2))
    else:
        for line in _lines(error):
            click.echo(line, err=True)
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
