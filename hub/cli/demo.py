"""`hub demo`: the whole product on one machine, without an account anywhere."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from connectors.contract import Plugin
from connectors.registry import installed
from connectors.sandbox_server import SandboxServer, serve_on_loopback
from hub.app import App
from hub.changes.render import forecast_data
from hub.cli import show
from hub.cli.common import who_am_i
from hub.cli.demo_people import destination_lines, listening, secret_file, show_told
from hub.cli.progress import watching
from hub.cli.terminal import plural, print_json, say
from hub.config import load
from hub.engine.preview import Preview, preview
from hub.engine.proof import Proof, prove
from hub.engine.publish import publish
from hub.errors import Refusal
from hub.explaining import shared_properties_explained
from hub.files import disk
from hub.files import load as load_plan
from hub.notify.herald import Herald
from hub.shapes.telling import message_data
from mappings.canonical.identity import expand

EXAMPLE_PLAN = Path(__file__).parent.parent / "example" / "plan.yaml"


def run_demo(config: Path | None, once: bool, plan: Path | None, folder: Path | None, as_json: bool) -> int:
    """`hub demo`: 0 when every sandbox was read back and holds the plan."""
    plan = plan or EXAMPLE_PLAN
    with ExitStack() as stack:
        stack.enter_context(shared_properties_explained(plan))
        place = stack.enter_context(_workplace(folder))
        servers = stack.enter_context(_sandboxes())
        people = stack.enter_context(listening())
        app = App(load(_configure(place, plan, servers, people)))
        try:
            return _perform(app, place, plan, servers, people, once, as_json)
        finally:
            app.close()


@contextmanager
def _workplace(folder: Path | None) -> Iterator[Path]:
    """The given folder, which stays, or a temporary one, which goes."""
    if folder is not None:
        with disk.refusing(folder, "written"):
            folder.mkdir(parents=True, exist_ok=True)
        if (folder / "hub.toml").exists():
            raise Refusal("holds a configuration already", place=str(folder), hint="choose an empty folder")
        yield folder
        return
    place = Path(tempfile.mkdtemp(prefix="hub-demo-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _sandboxes() -> Iterator[dict[str, SandboxServer]]:
    with ExitStack() as stack:
        tools = [one for one in installed() if isinstance(one, Plugin)]
        yield {one.tool: stack.enter_context(serve_on_loopback(one.sandbox())) for one in tools}


def _configure(place: Path, plan: Path, servers: dict[str, SandboxServer], people: dict[str, SandboxServer]) -> Path:
    """Write hub.toml with a target or destination for each sandbox; secrets go to files of their own."""
    lines = [
        'database = "sqlite:///hub.db"',
        f"plan = {json.dumps(_copied(plan, place))}",
        "allow_private_addresses = true",
    ]
    (place / "secrets").mkdir(exist_ok=True)
    for tool, server in servers.items():
        lines += [f"\n[targets.{tool}]", f'tool = "{tool}"', f'base_url = "{server.url}"']
        settings = next(one for one in installed() if isinstance(one, Plugin) and one.tool == tool).settings
        for key, value in server.sandbox.demo_credentials().items():
            if key != "base_url":
                lines.append(f"{key} = {_setting(place, tool, key, value, settings)}")
    lines += destination_lines(place, people)
    file = place / "hub.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _copied(plan: Path, place: Path) -> str:
    """The name of a copy in the demo's folder, which the pages may edit."""
    name = "plan" if plan.is_dir() else f"plan{plan.suffix}"
    if plan.resolve() == (place / name).resolve():
        return name
    with disk.refusing(plan, "copied"):
        shutil.copytree(plan, place / name) if plan.is_dir() else shutil.copyfile(plan, place / name)
    return name


def _setting(place: Path, tool: str, key: str, value: str, settings: Any) -> str:
    if "SecretStr" not in str(settings.model_fields[key].annotation):
        return value if settings.model_fields[key].annotation is int else json.dumps(value)
    return secret_file(place, f"{tool}_{key}", value)


def _perform(
    app: App,
    place: Path,
    plan: Path,
    servers: dict[str, SandboxServer],
    people: dict[str, SandboxServer],
    once: bool,
    as_json: bool,
) -> int:
    began = time.monotonic()
    document = load_plan(plan).plan
    targets = app.config.open_targets()
    _say(as_json, f"plan {document.name}: {plural(len(document.events), 'event')}, to {', '.join(servers)}")
    with Herald(app.deliverer), watching(app, quiet=as_json):
        before = preview(app.engine, document, targets)
        asked = {tool: len(server.sandbox.log) for tool, server in servers.items()}
        done = publish(app.engine, document, targets, who=who_am_i(), fingerprint=before.changeset.fingerprint)
    spent = {tool: len(server.sandbox.log) - asked[tool] for tool, server in servers.items()}
    after = preview(app.engine, document, targets)  # the fresh reading that both proofs are drawn from
    proofs = [prove(expand(document), target, after.snapshots[target.name]) for target in targets]
    proven = done.status == "published" and all(one.holds for one in proofs) and after.changeset.empty
    told = [message_data(one) for one in reversed(app.store.outbox.messages())]
    data = {**_data(before, done, proofs, spent, proven, time.monotonic() - began), "told": told}
    if as_json:
        print_json(data)
    else:
        _table(data)
        show.publication(done)
        show_told(told)
    if not once and proven:
        _serve(app, place, servers, people, as_json)
    return 0 if proven else 1


def _data(
    before: Preview, done: Any, proofs: list[Proof], requests: dict[str, int], proven: bool, seconds: float
) -> dict[str, Any]:
    rows = []
    for proof in proofs:
        changes = before.changeset.target(proof.target)
        rows.append(
            {
                "target": proof.target,
                "events": proof.events,
                "properties": proof.properties,
                "descriptions": proof.descriptions,
                "writes": len(changes.operations),
                "requests": requests[proof.target],
                "forecast": forecast_data(changes.forecast),
                "findings": len(changes.findings),
                "equal": proof.holds,
                "differing": [".".join(path) for path in proof.differing],
            }
        )
    return {
        "plan": done.plan,
        "publication": done.id,
        "status": done.status,
        "proven": proven,
        "seconds": round(seconds, 1),
        "targets": rows,
    }


def _table(data: dict[str, Any]) -> None:
    columns = ("events", "properties", "descriptions", "writes", "requests", "findings", "equal")
    width = max(len(row["target"]) for row in data["targets"])
    say()
    say("  ".join(["target".ljust(width), *columns]), bold=True)
    for row in data["targets"]:
        cells = [f"{_cell(row[name]):>{len(name)}}" for name in columns]
        say("  ".join([row["target"].ljust(width), *cells]))
    verdict = "read back and equal in every tool" if data["proven"] else "NOT equal"
    say()
    say(f"{verdict}, after {data['seconds']} s", fg="green" if data["proven"] else "red", bold=True)


def _cell(value: Any) -> str:
    return ("yes" if value else "NO") if isinstance(value, bool) else str(value)


def _serve(
    app: App, place: Path, servers: dict[str, SandboxServer], people: dict[str, SandboxServer], as_json: bool
) -> None:
    """The sandboxes and the pages stay up until somebody has enough of them."""
    from hub.cli.serving import address_of, first_link, keep_serving, listen
    from hub.web.app import create_app
    from hub.web.settings import web_settings

    listening = listen("127.0.0.1", 0, lambda here: None)
    pages = address_of(listening)
    _say(as_json, "")
    addresses = {tool: server.url for tool, server in servers.items()}
    addresses |= {kind: f"{server.url}/_sandbox/page  (what people see)" for kind, server in people.items()}
    addresses["the hub"] = f"{pages}  (publish with one click)"
    width = max(map(len, addresses))
    for name, address in addresses.items():
        _say(as_json, f"{name:<{width}}  {address}")
    if link := first_link(app, pages):
        _say(as_json, f"to enter as the first admin, open once: {link}")
    _say(as_json, f"all of it stays up until Ctrl-C; in another terminal: ./run status --config {place}/hub.toml")
    keep_serving(app, create_app(app), web_settings(app.config), listening)
    _say(as_json, "demo ended")


def _say(as_json: bool, text: str) -> None:
    if not as_json:
        say(text)
