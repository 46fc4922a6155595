"""The documentation is true: its commands run, its links lead somewhere, and what it lists is what there is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from connectors import errors
from connectors.contract import Completeness, Outcome
from connectors.registry import GROUP, installed, plugin
from hub import config
from hub.changes.authority import POLICIES, Rule
from hub.changes.auto import AutoAccept
from hub.engine.ports import Status
from hub.web.settings import OidcSettings, WebSettings
from tests.acceptance import pages
from tests.acceptance.pages import Page
from tests.architecture.rules import ROOT, TOOLS

OPERATIONS = "docs/operations.md"
PAGES = pages.pages()
RUN = [one.name for one in PAGES if any(block.info.split(" ")[0] == "sh" for block in one.blocks)]
DOCUMENTED_PORT = "8844"
PRELUDE = """\
set -e
hub() {  # exit code 2 says that there is something to publish, which is no failure
  command hub "$@" || { code=$?; [ $code -eq 2 ] || return $code; }
}
answers() {  # waits until the server started before has its port open
  python - "$1" <<'END'
import socket, sys, time
for attempt in range(600):
    with socket.socket() as client:
        if client.connect_ex(("127.0.0.1", int(sys.argv[1]))) == 0:
            sys.exit()
    time.sleep(0.05)
sys.exit("the server does not answer")
END
}
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
"""


def script(one: Page, port: int) -> str:
    """The blocks of a page as one script; a block "sh serve" goes to the background and is waited for."""
    parts = [PRELUDE]
    for block in one.blocks:
        if block.info == "sh":
            parts.append(block.text)
        elif block.info == "sh serve":
            parts.append(f"command {block.text.strip()} > served.txt 2>&1 &\nanswers {port}\n")
    return "\n".join(parts).replace(DOCUMENTED_PORT, str(port))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_page(one: Page, folder: Path) -> str:
    """What the commands of a page print, run in an empty folder with nothing but the hub's environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["bash", "-c", script(one, free_port())]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def left_in_the_repository() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for folder in (".", "docs") for path in (ROOT / folder).iterdir()}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """What the commands of a page print; each page is run once."""
    return cache(lambda name: run_page(pages.page(name), tmp_path_factory.mktemp("page")))


@pytest.mark.process
@pytest.mark.parametrize("name", RUN)
def test_the_commands_of_a_page_run_as_they_stand_there(name: str, printed: Callable[[str], str]) -> None:
    before = left_in_the_repository()
    printed(name)
    assert left_in_the_repository() == before


@pytest.mark.process
def test_the_tour_publishes_keeps_the_edit_and_takes_it_over(printed: Callable[[str], str]) -> None:
    seen = printed("README.md")
    told = (
        "version 1: published",
        "Nothing to do: every target holds the plan.",
        "or was invited",
        "written: plan.yaml",
    )
    places = [seen.index(one) for one in told]
    assert places == sorted(places) and "version 2: published" in seen[places[-1] :]


def test_pages_are_run() -> None:
    assert {"README.md", OPERATIONS, "docs/adding-a-connector.md"} <= set(RUN)


def test_every_relative_link_leads_somewhere() -> None:
    assert [fault for one in PAGES for fault in pages.broken_links(one)] == []


def test_every_page_under_docs_can_be_reached_from_another() -> None:
    linked = {
        (ROOT / one.name).parent.joinpath(match["target"].partition("#")[0]).resolve()
        for one in PAGES
        for match in pages.LINK.finditer(one.prose)
    }
    assert [one.name for one in PAGES if one.name != "README.md" and (ROOT / one.name).resolve() not in linked] == []


# Commands


def test_every_command_and_option_that_is_mentioned_exists() -> None:
    assert [fault for one in PAGES for call in pages.spoken(one) for fault in pages.misspoken(call)] == []


@pytest.mark.parametrize("call", ["hub publsh plan.yaml", "hub publish --yess", "hub connectors new x --where y"])
def test_a_slip_in_a_command_would_be_found(call: str) -> None:
    assert list(pages.misspoken(call))


def test_every_command_stands_in_the_table_with_its_options() -> None:
    text = pages.page(OPERATIONS).prose.split("## Commands")[1].split("### Exit codes")[0]
    rows = {row.split("|")[1].strip(" `").removeprefix("hub "): row for row in text.splitlines() if "`hub " in row}
    everywhere = {"--config", "--json", "--help"}
    missing = []
    for name, command in pages.commands().items():
        row = next((row for call, row in rows.items() if f"{call} ".startswith(f"{name} ")), "")
        for option in (one for one in command.params if one.param_type_name == "option"):
            if not any(f"`{spelling}" in row for spelling in option.opts) and not everywhere & set(option.opts):
                missing.append(f"{name} {option.opts}")
        missing += [] if row else [name]
    assert missing == []


def test_the_chores_of_run_are_those_of_the_readme() -> None:
    readme = pages.page("README.md").text
    chores = re.findall(r"^  (\w+)\) shift", (ROOT / "run").read_text(), re.MULTILINE)
    assert [chore for chore in chores if f"./run {chore}" not in readme and chore != "python"] == []


# Tables


def keys(model: type[Any]) -> dict[str, str]:
    """The keys of a table with their defaults; `model` is a pydantic model or a dataclass."""
    schema = TypeAdapter(model).json_schema()
    required = schema.get("required", ())
    return {
        name: "required" if name in required else pages.toml_default(one.get("default"))
        for name, one in schema["properties"].items()
    }


@pytest.mark.parametrize(
    ("section", "model"),
    [
        ("Top of the file", config._File),
        ("Every target", config.TargetSettings),
        ("Guards of a target", config.GuardSettings),
        ("A row of authority", Rule),
        ("A row of auto_accept", AutoAccept),
        ("The pages: web", WebSettings),
        ("Single sign-on", OidcSettings),
        *((tool, plugin(tool).settings) for tool in TOOLS),
    ],
)
def test_the_tables_of_keys_are_those_of_the_models(section: str, model: type[Any]) -> None:
    assert pages.page(OPERATIONS).table("key", under=section) == keys(model)


def test_the_example_configuration_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = (block.text for block in pages.page(OPERATIONS).blocks if block.info == "toml")
    (tmp_path / "hub.toml").write_text(example)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "mixpanel").write_text("made-up")
    for name in re.findall(r'"env:(\w+)"', example):
        monkeypatch.setenv(name, "made-up")
    opened = config.load(tmp_path / "hub.toml", {}).open_targets()
    assert {one.plugin.tool for one in opened} == set(TOOLS)


def test_every_environment_variable_is_listed() -> None:
    product = [file for part in ("hub", "connectors") for file in (ROOT / part).rglob("*.py")]
    sources = [file.read_text(encoding="utf-8") for file in [*product, ROOT / "run"]]
    used = {name for text in sources for name in re.findall(r"[\"`{](HUB_[A-Z_]*[A-Z])", text)}
    listed = pages.page(OPERATIONS).table("variable", under="Environment")
    assert {name for name in used if not any(known.startswith(name) for known in listed)} == set()


def test_every_failure_is_in_the_troubleshooting_table_with_its_verdict() -> None:
    table = pages.page(OPERATIONS).table("error", under="Troubleshooting")
    assert table == {one.__name__: one.verdict for one in errors.ALL}


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("status of a publication or target", get_args(Status)),
        ("outcome of a write", get_args(Outcome)),
        ("completeness of a reading", get_args(Completeness)),
    ],
)
def test_every_word_for_a_state_is_explained(first: str, words: tuple[str, ...]) -> None:
    assert set(pages.page(OPERATIONS).table(first, under="Resuming")) == set(words)


def test_every_policy_is_explained() -> None:
    assert tuple(pages.page(OPERATIONS).table("policy", under="Both ways")) == POLICIES


def test_every_guard_is_explained() -> None:
    source = (ROOT / "hub" / "changes" / "guard.py").read_text()
    named = set(re.findall(r'Violation\(\s*"([a-z-]+)"', source))
    shares = {f"too-many-{name.replace('_', '-')}" for name in config.GuardSettings.model_fields}
    assert set(pages.page(OPERATIONS).table("guard", under="Guards")) == named | shares


def test_the_vendors_limits_in_the_readme_are_the_ones_that_are_kept() -> None:
    rows = pages.page("README.md").table("tool", under="What the vendors allow")
    by_title = {one.title: one for one in installed() if not hasattr(one, "reason")}
    for title, limits in rows.items():
        windows = by_title[title].cost(None).windows
        assert [f"{window.limit:,.0f}" for window in windows if f"{window.limit:,.0f}" not in limits] == []


def test_the_picture_refers_to_nothing_outside_itself() -> None:
    picture = (ROOT / "docs" / "images" / "demo.svg").read_text(encoding="utf-8")
    outside = re.findall(r"url\((?!#)|https?://(?!www\.w3\.org/2000/svg)|<script|<image", picture)
    assert outside == [] and "read back and equal in every tool" in picture.replace("\N{NO-BREAK SPACE}", " ")


def test_the_package_that_the_page_walks_through_is_the_one_that_is_written() -> None:

    described = pages.page("docs/adding-a-connector.md").table("file", under="Start from something that works")
    template = {file.name for file in (ROOT / "connectors" / "testing" / "template").iterdir() if file.is_file()}
    assert {name.removeprefix("hub_acme/") for name in described} == template


def test_the_plugin_line_of_the_page_is_under_the_hubs_group() -> None:
    blocks = [block.text for block in pages.page("docs/adding-a-connector.md").blocks if GROUP in block.text]
    assert [tomllib.loads(text)["project"]["entry-points"][GROUP] for text in blocks] == [{"acme": "hub_acme:PLUGIN"}]


def test_decisions_are_listed_on_their_page() -> None:
    files = {file.name for file in (ROOT / "docs" / "decisions").glob("*.md")} - {"README.md"}
    linked = {match["target"] for match in pages.LINK.finditer(pages.page("docs/decisions/README.md").prose)}
    assert linked == files
