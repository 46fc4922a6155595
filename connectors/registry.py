"""The tools that are installed: plugins found by entry point, the built-in four like anyone's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from connectors.contract import CONTRACT_VERSION, Plugin

GROUP = "hub.connectors"


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that is installed but cannot be used, and why."""

    tool: str
    reason: str


class UnknownTool(LookupError):
    """No usable plugin of that name. The message names the ones there are, or why this one is broken."""


def load(entry: EntryPoint) -> Plugin | Broken:
    """The plugin behind an entry point. Whatever goes wrong in somebody's import is a reason, not a crash."""
    try:
        plugin = entry.load()
    except (Exception, SystemExit) as problem:
        return Broken(entry.name, f"{type(problem).__name__}: {problem}")
    if not isinstance(plugin, Plugin):
        return Broken(entry.name, f"{entry.value} is not a connectors.contract.Plugin")
    if plugin.contract != CONTRACT_VERSION:
        return Broken(entry.name, f"written for contract {plugin.contract}; this hub speaks {CONTRACT_VERSION}")
    if plugin.tool != entry.name:
        return Broken(entry.name, f"the plugin calls itself {plugin.tool!r}")
    return plugin


def installed(entries: Iterable[EntryPoint] | None = None) -> list[Plugin | Broken]:
    """Every installed plugin by name, broken ones included."""
    found = sorted(entry_points(group=GROUP) if entries is None else entries, key=lambda entry: entry.name)
    return [load(entry) for entry in found]


def plugin(tool: str) -> Plugin:
    """The plugin of one tool; imports no other. Raises UnknownTool."""
    entries = entry_points(group=GROUP)
    found = load(entries[tool]) if tool in entries.names else None
    if isinstance(found, Plugin):
        return found
    if isinstance(found, Broken):
        raise UnknownTool(f"the plugin for {tool!r} is broken: {found.reason}")
    raise UnknownTool(f"no tool {tool!r}; installed are {', '.join(sorted(entries.names))}")
