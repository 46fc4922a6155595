"""The demo's Slack and Jira: sandboxes that show what people would see, and how the hub is pointed at them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from connectors.sandbox_server import SandboxServer, serve_on_loopback
from hub.cli.terminal import plural, say
from hub.notify.kinds import channel_kind

SHOWN = ("slack", "jira")


@contextmanager
def listening() -> Iterator[dict[str, SandboxServer]]:
    """The sandboxes of the channels to people, by kind."""
    with ExitStack() as stack:
        found = {kind: channel_kind(kind).sandbox for kind in SHOWN}
        yield {kind: stack.enter_context(serve_on_loopback(box())) for kind, box in found.items() if box is not None}


def destination_lines(place: Path, people: Mapping[str, SandboxServer]) -> list[str]:
    """The `[notify.NAME]` tables of hub.toml, with the secrets in files of their own."""
    slack, jira = people["slack"], people["jira"]
    talks, tracks = slack.sandbox.demo_credentials(), jira.sandbox.demo_credentials()
    return [
        "\n[notify.slack]",
        f'base_url = "{slack.url}/api"',
        f'channel = "{talks["channel"]}"',
        *(f"{key} = {secret_file(place, f'slack_{key}', talks[key])}" for key in ("token", "signing_secret")),
        "\n[notify.jira]",
        f'base_url = "{jira.url}"',
        f'project = "{tracks["project"]}"',
        f'email = "{tracks["email"]}"',
        f"api_token = {secret_file(place, 'jira_api_token', tracks['api_token'])}",
    ]


def secret_file(place: Path, name: str, value: str) -> str:
    """Keep a secret in a file of its own; the reference to it, as TOML."""
    secret = place / "secrets" / name
    secret.write_text(value, encoding="utf-8")
    secret.chmod(0o600)
    return json.dumps(f"file:secrets/{name}")


def show_told(told: Sequence[Mapping[str, Any]]) -> None:
    """One line for each destination: how much it was told, and what is still on its way."""
    say()
    for destination in sorted({one["destination"] for one in told}):
        mine = [one for one in told if one["destination"] == destination]
        there = sum(1 for one in mine if one["state"] == "confirmed")
        say(f"{destination}: {plural(there, 'message')} of {len(mine)} delivered")
