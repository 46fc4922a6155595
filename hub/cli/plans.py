"""`hub import`, `hub check` and `hub export`: plans and their files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from connectors.contract import Plugin
from connectors.registry import installed
from hub.app import App
from hub.changes.render import finding_data
from hub.cli import show
from hub.cli.common import common, find_plan, print_json, target_option, who_am_i, with_app
from hub.engine.preview import losses
from hub.engine.target import Target
from hub.errors import Refusal, Usage
from hub.files import save
from hub.files.data import read_data
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.jsonschema import SCHEMA_URIS, Draft, event_schema
from mappings.canonical.rules import check
from mappings.canonical.text import snake_case, spell_uniquely
from mappings.contract import Finding
from mappings.formats import FORMATS, FormatError


@click.command("import")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(sorted(FORMATS)))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Plan file or folder to write.")
@click.option("--name", help="The plan's name; default: what the file says, or its file name.")
@click.option("--full", is_flag=True, help="Show every finding.")
@common
@with_app
def import_command(
    app: App,
    format_name: str,
    files: tuple[Path, ...],
    output: Path | None,
    name: str | None,
    full: bool,
    as_json: bool,
) -> int:
    """Make a plan from FILES (files or folders) written by another tool.

    Without -o the plan goes to the store, under its name.
    """
    documents = {place: read_data(path) for path, place in _inputs(files, FORMATS[format_name].extensions)}
    try:
        reading = FORMATS[format_name].read(documents)
    except FormatError as error:
        raise Refusal(str(error), hint=f"{format_name}: {FORMATS[format_name].expects}") from None
    plan = reading.plan.model_copy(update={"name": name or _name_of(reading.plan, output, files)})
    place = _keep(app, plan, output)
    counts = _counts(plan)
    if as_json:
        print_json(
            {"plan": plan.name, "place": place, **counts, "findings": [finding_data(f) for f in reading.findings]}
        )
        return 0
    click.echo(f"{plan.name}: {', '.join(f'{count} {what}' for what, count in counts.items() if count)} → {place}")
    show.findings(reading.findings, full=full)
    return 0


def _inputs(files: Sequence[Path], extensions: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Every file to read with the name it goes by; of a folder, the files that look like the format."""
    for path in files:
        if path.is_file():
            yield path, path.name
            continue
        inside = sorted(one for one in path.rglob("*") if one.is_file() and _fits(one, extensions))
        if not inside:
            raise Refusal("the folder has no file of this format", place=str(path), hint=f"expected {extensions}")
        yield from ((one, one.relative_to(path).as_posix()) for one in inside)


def _fits(path: Path, extensions: Sequence[str]) -> bool:
    """Iglu's files have no extension: their names are versions."""
    return path.suffix in extensions or ("" in extensions and path.name.count("-") == 2 and path.name[0].isdigit())


def _name_of(plan: TrackingPlan, output: Path | None, files: Sequence[Path]) -> str:
    if plan.name and plan.name != "Imported":
        return plan.name
    return (output or files[0]).stem or "Imported"


def _keep(app: App, plan: TrackingPlan, output: Path | None) -> str:
    if output is None:
        version = app.store.freeze(plan, who_am_i(), app.engine.time.now())
        return f"store, version {version.number}"
    if output.exists():
        raise Refusal("exists already", place=str(output), hint="choose another name, or move it away")
    save(plan, output)
    return str(output)


def _counts(plan: TrackingPlan) -> dict[str, int]:
    return {
        "events": len(plan.events),
        "properties": sum(len(event.properties) for event in plan.events.values()),
        "user properties": len(plan.user_properties),
        "groups": len(plan.groups),
    }


@click.command("check")
@click.argument("plan")
@target_option
@click.option("--full", is_flag=True, help="Show every finding.")
@common
@with_app
def check_command(app: App, plan: str, targets: tuple[str, ...], full: bool, as_json: bool) -> int:
    """Check PLAN against its own rules, and say what each tool would lose of it.

    Tools are those of the configured targets; without any, all that are installed.
    """
    document = find_plan(app, plan)
    own = check(document)
    lost = _losses(app, document, targets) if not any(one.code == "plan.shared" for one in own) else {}
    errors = sum(one.severity == "error" for one in own)
    if as_json:
        print_json(
            {
                "plan": document.name,
                **_counts(document),
                "errors": errors,
                "rules": [finding_data(one) for one in own],
                "tools": {name: [finding_data(one) for one in found] for name, found in lost.items()},
            }
        )
        return 1 if errors else 0
    click.echo(f"{document.name}: {', '.join(f'{count} {what}' for what, count in _counts(document).items() if count)}")
    show.findings(own, full=full)
    for name, found in lost.items():
        click.secho(f"\n{name}", bold=True, nl=False)
        click.echo(": nothing is lost" if not found else f": {len(found)} findings")
        show.findings(found, full=full, indent="  ")
    return 1 if errors else 0


def _losses(app: App, plan: TrackingPlan, names: tuple[str, ...]) -> dict[str, tuple[Finding, ...]]:
    targets = app.config.open_targets(names) if names or app.config.targets else _rehearsal_targets()
    expanded = expand(plan)
    return {target.name: losses(expanded, target) for target in targets}


def _rehearsal_targets() -> list[Target]:
    """One target for each installed tool, with the settings of its sandbox: enough to ask its mapping."""
    return [_rehearsal(one) for one in installed() if isinstance(one, Plugin)]


def _rehearsal(tool: Plugin) -> Target:
    credentials = tool.sandbox().demo_credentials()
    return Target(tool.tool, tool, tool.settings.model_validate({"base_url": "http://sandbox.test", **credentials}))


@click.command("export")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(["json-schema", "yaml"]))
@click.argument("plan")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="File or folder to write.")
@click.option("--draft", type=click.Choice(list(SCHEMA_URIS)), default="2020-12", help="JSON Schema draft.")
@common
@with_app
def export_command(app: App, format_name: str, plan: str, output: Path, draft: Draft, as_json: bool) -> int:
    """Write PLAN as YAML (a file or a folder), or as one JSON Schema per event into a folder."""
    document = find_plan(app, plan)
    if output.exists():
        raise Usage("exists already", place=str(output), hint="choose another name, or move it away")
    if format_name == "yaml":
        save(document, output)
        written = 1
    else:
        written = _export_schemas(document, output, draft)
    if as_json:
        print_json({"plan": document.name, "format": format_name, "place": str(output), "files": written})
    else:
        click.echo(f"{document.name} → {output}")
    return 0


def _export_schemas(plan: TrackingPlan, folder: Path, draft: Draft) -> int:
    events = expand(plan).events
    names = spell_uniquely(events, snake_case)
    folder.mkdir(parents=True)
    for name, event in events.items():
        schema: dict[str, Any] = {"$schema": SCHEMA_URIS[draft], "title": name}
        schema |= {key: one for key, one in event_schema(event, draft).items() if key != "title"}
        text = json.dumps(schema, ensure_ascii=False, indent=2)
        (folder / f"{names[name][:200]}.json").write_text(text + "\n", encoding="utf-8")
    return len(events)
