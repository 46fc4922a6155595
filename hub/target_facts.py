"""What there is to know about one target besides how it stands: its settings without secrets, who has the last word
there, and how much of its quota is used."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from connectors.contract import Plugin
from hub import sealing
from hub.app import App
from hub.engine.target import Target
from hub.verbs.connecting import secrets_of, table_of, tool_of, version_of


@dataclass(frozen=True, slots=True)
class Used:
    """How much of one window of a quota is taken: `units` of `limit` within the last `seconds`."""

    window: str
    units: float
    limit: float
    seconds: float


def target_data(hub: App, name: str) -> dict[str, Any]:
    """A target as plain data: its settings as hub.toml has them, secrets by where they are kept. Raises Refusal."""
    table = table_of(hub, name)
    tool = tool_of(str(table.get("tool")))
    return {
        "target": name,
        "tool": tool.tool,
        "version": version_of(table),
        "settings": {key: value for key, value in shown(tool, table).items() if key != "tool"},
        "overridden": overridden(hub, name, table),
        "authority": authority_rows(hub, name),
    }


def shown(tool: Plugin, table: Mapping[str, Any]) -> dict[str, Any]:
    """The settings; of a secret only where it is kept."""
    secrets = secrets_of(tool)
    return {key: kept_where(value) if key in secrets else value for key, value in table.items()}


def kept_where(reference: Any) -> str:
    """`env:NAME` and `file:PATH` as they are; of a sealed secret only that it is sealed."""
    text = str(reference)
    if text.startswith(("env:", "file:")):
        return text
    return "sealed" if text.startswith(sealing.PREFIX) else "not a reference"


def overridden(hub: App, name: str, table: Mapping[str, Any]) -> list[str]:
    """The keys about which the environment has the last word."""
    holds = hub.config.targets.get(name, {})
    return sorted(key for key in holds if holds[key] != table.get(key))


def authority_rows(hub: App, name: str) -> list[dict[str, Any]]:
    """The rows that can hold for this target, the first that matches a field first."""
    return [asdict(rule) for rule in hub.engine.authority.rules if fnmatch.fnmatchcase(name, rule.target)]


def quota_used(hub: App, target: Target) -> tuple[list[Used], float]:
    """What its account has taken of each window, by all who use this database; and the seconds that the tool asked
    everybody to wait."""
    limiter = hub.quota(target)
    taken, now = limiter.used(), hub.engine.time.now()
    windows = target.plugin.cost(target.settings).windows
    units = {one.name: sum(amount for at, amount in taken[one.name] if at > now - one.seconds) for one in windows}
    used = [Used(one.name, round(units[one.name], 1), one.limit, one.seconds) for one in windows]
    return used, max(limiter.reserve({}), 0.0)
