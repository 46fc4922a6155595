"""`hub import`, `hub check` and `hub export`: plans and their files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.contract import Plugin
from connectors.registry import installed
from hub.app import App
from hub.changes.render import finding_data
from hub.cli import show
from hub.cli.common import find_plan, record, refuse_existing, who_am_i, with_app
from hub.cli.terminal import plural, print_json, say
from hub.engine.preview import losses
from hub.engine.target import Target
from hub.errors import Refusal
from hub.files import disk, save
from hub.files.data import read_data
from hub.verbs.exporting import schema_files
from hub.verbs.importing import counts, fits, import_data, read_documents
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import UnknownSharedProperty, expand
from mappings.canonical.jsonschema import Draft
from mappings.canonical.rules import check
from mappings.contract import Finding
from mappings.formats import FORMATS

NOUNS = {"events": "event", "properties": "property", "user_properties": "user property", "groups": "group"}


@with_app
def import_plan(
    app: App,
    format_name: str,
    files: tuple[Path, ...],
    output: Path | None,
    name: str | None,
    full: bool,
    as_json: bool,
) -> int:
    """`hub import`: other tools' files as a plan, in a file or in the store."""
    if output is not None:
        refuse_existing(output)
    inputs = _inputs(files, FORMATS[format_name].extensions)
    reading = read_documents(format_name, {place: read_data(path) for path, place in inputs})
    plan = reading.plan.model_copy(update={"name": name or _name_of(reading.plan, output, files)})
    place = _keep(app, plan, output)
    if as_json:
        print_json(import_data(plan, place, reading.findings))
        return 0
    say(f"{plan.name}: {_counted(counts(plan))} → {place}")
    show.findings(reading.findings, full=full)
    return 0


def _inputs(files: Sequence[Path], extensions: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Every file to read with the name it goes by; of a folder, the files that look like the format."""
    for path in files:
        if not path.is_dir():
            yield path, path.name
            continue
        inside = sorted(one for one in path.rglob("*") if one.is_file() and fits(one.name, extensions))
        if not inside:
            hint = f"expected names that end in {' or '.join(filter(None, extensions))}"
            raise Refusal("the folder has no file of this format", place=str(path), hint=hint)
        yield from ((one, one.relative_to(path).as_posix()) for one in inside)


def _name_of(plan: TrackingPlan, output: Path | None, files: Sequence[Path]) -> str:
    if plan.name and plan.name != "Imported":
        return plan.name
    return (output or files[0]).stem or "Imported"


def _keep(app: App, plan: TrackingPlan, output: Path | None) -> str:
    if output is None:
        version = app.store.freeze(plan, who_am_i(), app.engine.time.now())
        record(app, "import", plan.name, version=version.number)
        return f"store, version {version.number}"
    save(plan, output)
    return str(output)


def _counted(numbers: dict[str, int]) -> str:
    """`18 events, 1 property`; what there is none of is not mentioned."""
    said = [plural(count, NOUNS[what]) for what, count in numbers.items() if count]
    return ", ".join(said) or "empty"


@with_app
def check_plan(app: App, plan: str, targets: tuple[str, ...], full: bool, as_json: bool) -> int:
    """`hub check`: the plan's own rules, and what each tool would lose of it."""
    document = find_plan(app, plan)
    own = check(document)
    errors = sum(one.severity == "error" for one in own)
    lost = _losses(app, document, targets, sound=not errors)
    if as_json:
        print_json(
            {
                "plan": document.name,
                **counts(document),
                "errors": errors,
                "rules": [*map(finding_data, own)],
                "targets": {name: [*map(finding_data, found)] for name, found in lost.items()},
            }
        )
        return 1 if errors else 0
    say(f"{document.name}: {_counted(counts(document))}")
    show.findings(own, full=full)
    for name, found in lost.items():
        say()
        say(name, end=False, bold=True)
        say(f": {plural(len(found), 'finding')}" if found else ": nothing is lost")
        show.findings(found, full=full, indent="  ")
    return 1 if errors else 0


def _losses(app: App, plan: TrackingPlan, names: tuple[str, ...], *, sound: bool) -> dict[str, tuple[Finding, ...]]:
    """What each target would lose. Of a plan whose references do not resolve nobody can say; its rules tell why."""
    targets = app.config.open_targets(names) if names or app.config.targets else _rehearsal_targets()
    try:
        expanded = expand(plan)
    except UnknownSharedProperty:
        if sound:
            raise
        return {}
    return {target.name: losses(expanded, target) for target in targets}


def _rehearsal_targets() -> list[Target]:
    """One target for each installed tool, with the settings of its sandbox: enough to ask its mapping."""
    return [_rehearsal(one) for one in installed() if isinstance(one, Plugin)]


def _rehearsal(tool: Plugin) -> Target:
    credentials = tool.sandbox().demo_credentials()
    return Target(tool.tool, tool, tool.settings.model_validate({"base_url": "http://sandbox.test", **credentials}))


@with_app
def export_plan(app: App, format_name: str, plan: str, output: Path, draft: Draft, as_json: bool) -> int:
    """`hub export`: the plan as YAML (a file or a folder), or as one JSON Schema per event in a folder."""
    document = find_plan(app, plan)
    refuse_existing(output)
    if format_name == "yaml":
        save(document, output)
        written = 1
    else:
        written = _export_schemas(document, output, draft)
    if as_json:
        print_json({"plan": document.name, "format": format_name, "place": str(output), "files": written})
    else:
        say(f"{document.name} → {output}")
    return 0


def _export_schemas(plan: TrackingPlan, folder: Path, draft: Draft) -> int:
    files = schema_files(plan, draft)
    disk.replace({folder / name: content for name, content in files.items()}, {})
    return len(files)
