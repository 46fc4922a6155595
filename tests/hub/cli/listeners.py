"""Those who are told: their sandboxes on loopback, and the tables of hub.toml that point at them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from connectors.sandbox import Sandbox
from connectors.sandbox_server import SandboxServer, serve_on_loopback
from hub.notify.kinds import channel_kind
from tests.hub.cli.conftest import Desk

CHANNEL = "C0TRACK01"


@contextmanager
def listening(desk: Desk, *kinds: str) -> Iterator[dict[str, Sandbox]]:
    """A destination of each kind, under its name, behind what hub.toml holds already."""
    with ExitStack() as stack:
        found: dict[str, Sandbox] = {}
        for kind in kinds:
            make = channel_kind(kind).sandbox
            assert make is not None
            found[kind] = make()
            server = stack.enter_context(serve_on_loopback(found[kind]))
            configure(desk, table(desk.folder, kind, server))
        yield found


def configure(desk: Desk, text: str) -> None:
    """Append to hub.toml."""
    file = desk.folder / "hub.toml"
    file.write_text((file.read_text(encoding="utf-8") if file.exists() else "") + text, encoding="utf-8")


def table(folder: Path, kind: str, server: SandboxServer) -> str:
    """`[notify.KIND]` for this sandbox, secrets in files of their own."""
    settings = _SETTINGS[kind](server, server.sandbox.demo_credentials())
    rows = "\n".join(f"{key} = {json.dumps(_kept(folder, kind, key, value))}" for key, value in settings.items())
    return f"\n[notify.{kind}]\n{rows}\n"


def _kept(folder: Path, kind: str, key: str, value: str) -> str:
    if "SecretStr" not in str(channel_kind(kind).settings.model_fields[key].annotation):
        return value
    (folder / f"{kind}_{key}").write_text(value, encoding="utf-8")
    return f"file:{kind}_{key}"


_SETTINGS: Mapping[str, Callable[[SandboxServer, Mapping[str, str]], dict[str, str]]] = {
    "slack": lambda server, known: {
        "base_url": f"{server.url}/api",
        **{key: known[key] for key in ("token", "channel", "signing_secret")},
    },
    "jira": lambda server, known: {
        "base_url": server.url,
        **{key: known[key] for key in ("email", "api_token", "project")},
    },
    "webhook": lambda server, known: {"url": f"{server.url}/hook", **known},
}


def posts(slack: Sandbox) -> list[Mapping[str, Any]]:
    """What stands in the Slack channel, threads included, oldest first."""
    return list(slack.dump()["channels"][CHANNEL]["messages"])


def titles(slack: Sandbox) -> list[str]:
    """The headlines of the messages, without their signs."""
    return [re.sub("^:[a-z_]+: ", "", post["blocks"][0]["text"]["text"]) for post in posts(slack)]
