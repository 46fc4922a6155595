"""A package with a connector to start from: our imaginary tool under another name, for `hub connectors new`."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from connectors.registry import installed
from hub.errors import Refusal, Usage

TEMPLATE = "connectors.testing.template"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PYPROJECT = """\
[build-system]
requires = ["setuptools>=75"]
build-backend = "setuptools.build_meta"

[project]
name = "hub-connector-{tool}"
version = "0.1.0"
description = "{title} for the schema-sync hub."
requires-python = ">=3.11"
dependencies = ["schema-sync-hub"]

[project.optional-dependencies]
test = ["hypothesis>=6", "pytest>=8"]

# The hub finds the tool by this line.
[project.entry-points."hub.connectors"]
{tool} = "{package}:PLUGIN"

[tool.setuptools]
packages = ["{package}"]

[tool.setuptools.package-data]
{package} = ["*.md"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""
README = """\
# {title} for the schema-sync hub

Install it beside the hub, and `hub connectors list` shows {tool}. `pytest` runs the suites that every tool of the hub
passes; `hub connectors check {tool}` is their short form. `{package}/NOTES.md` is for what bites.
"""


def write_package(tool: str, folder: Path) -> list[str]:
    """Write the package into a new or empty folder; the names of the files written. Raises Usage and Refusal."""
    _check(tool, folder)
    package = f"hub_{tool.replace('-', '_')}"
    title = tool.replace("-", " ").title()
    texts = {
        "pyproject.toml": PYPROJECT.format(tool=tool, package=package, title=title),
        "README.md": README.format(tool=tool, package=package, title=title),
        **_renamed(tool, package),
    }
    try:
        for name, text in texts.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"cannot be written: {error.strerror}", place=str(folder), hint="choose another folder") from None
    return sorted(texts)


def _check(tool: str, folder: Path) -> None:
    if not NAME.fullmatch(tool):
        raise Usage("not a name for a tool", place=tool, hint="lower-case letters and digits, parts joined by dashes")
    if tool in [one.tool for one in installed()]:
        raise Usage("a tool of this name is installed", place=tool, hint="choose another name")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal("exists already and is not empty", place=str(folder), hint="choose another --folder")


def _renamed(tool: str, package: str) -> dict[str, str]:
    """The template's files by their place in the new package, with every spelling of its name replaced."""
    words = {
        TEMPLATE: package,
        "notebook": tool,
        "NOTEBOOK": tool.upper().replace("-", "_"),
        "Notebook": tool.title().replace("-", ""),
    }
    anywhere = re.compile("|".join(map(re.escape, words)))
    root = files(TEMPLATE)
    found = {f"{package}/{one.name}": one for one in root.iterdir() if _is_text(one)}
    found |= {f"tests/{one.name}": one for one in (root / "tests").iterdir() if _is_text(one)}
    return {
        place: anywhere.sub(lambda match: words[match.group()], one.read_text(encoding="utf-8"))
        for place, one in found.items()
    }


def _is_text(file: Traversable) -> bool:
    return file.name.endswith((".py", ".md"))
