"""The first hour of a new user, with nothing but commands: real processes, and sandboxes served by `hub sandbox`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.workshop import TOOLS

RUN = "import sys; from hub.cli.main import run; run(sys.argv[1:])"
SECRETS = frozenset({"api_key", "secret_key", "secret", "token"})
EDITED = """\
  Order Completed:
    description: The order is binding.
    category: Checkout
    owners: [shop@example.com]
    properties:
      total: {type: number, required: true, description: What is paid.}
user_properties:
"""


@dataclass
class Desk:
    """An empty folder and what a person types there."""

    folder: Path
    environment: dict[str, str]

    def type(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", RUN, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def ask(self, *arguments: str) -> Any:
        return json.loads(self.type(*arguments, "--json").stdout)

    @contextmanager
    def sandbox(self, tool: str) -> Iterator[dict[str, str]]:
        """`hub sandbox TOOL` while the block runs, and what it says."""
        command = [sys.executable, "-c", RUN, "sandbox", tool, "--json"]
        with subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout
                yield json.loads(process.stdout.readline())
            finally:
                process.terminate()

    def connect(self, said: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Secrets go to the environment, everything else into the file."""
        settings = []
        for key, value in said.items():
            variable = f"{said['tool']}_{key}".upper()
            if key in SECRETS:
                self.environment[variable] = value
            if key != "tool":
                settings += ["--set", f"{key}=env:{variable}" if key in SECRETS else f"{key}={value}"]
        return self.type("connect", said["tool"], *settings)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    here = str(Path(__file__).parents[2])
    return Desk(tmp_path, {**os.environ, "PYTHONPATH": here})


@pytest.mark.process
def test_from_nothing_to_a_plan_in_four_tools(desk: Desk) -> None:
    assert (
        desk.type("init").stdout
        == "wrote hub.toml, plan.yaml, .gitignore\n  → hub check plan.yaml, then hub connect TOOL\n"
    )
    plan = desk.folder / "plan.yaml"
    plan.write_text(plan.read_text().replace("user_properties:\n", EDITED))
    assert desk.type("check", "plan.yaml").stdout.startswith("My product: 2 events, 2 properties, 1 user property\n")
    with ExitStack() as stack:
        for tool in TOOLS:
            connected = desk.connect(stack.enter_context(desk.sandbox(tool)))
            assert connected.returncode == 0 and f"{tool}: connected to " in connected.stdout, connected.stderr
        _publish_and_look_back(desk)


def _publish_and_look_back(desk: Desk) -> None:
    before = desk.type("preview", "plan.yaml")
    assert before.returncode == 2 and all(f"{tool} ({tool}): " in before.stdout for tool in TOOLS)
    done = desk.type("publish", "plan.yaml", "--yes")
    assert done.returncode == 0 and "My product version 1: published" in done.stdout, done.stdout + done.stderr
    after = desk.type("preview", "plan.yaml")
    assert (after.returncode, "Nothing to do: every target holds the plan." in after.stdout) == (0, True)
    assert [one["state"] for one in desk.ask("status")["targets"]] == ["in sync"] * 4
    (publication,) = desk.ask("history")
    assert [run["status"] for run in publication["targets"]] == ["published"] * 4
    assert "done       create" in desk.type("history", publication["id"][:5]).stdout
    assert desk.ask("export", "json-schema", "My product", "-o", "schemas")["files"] == 2
    assert json.loads((desk.folder / "schemas" / "order_completed.json").read_text())["required"] == ["total"]
    for name, value in desk.environment.items():
        if name.lower().partition("_")[2] in SECRETS:
            assert value not in (desk.folder / "hub.toml").read_text()


@pytest.mark.process
def test_the_demo_proves_itself_within_a_minute_and_leaves_nothing(desk: Desk) -> None:
    desk.environment["TMPDIR"] = str(desk.folder)
    ran = desk.type("demo", "--once", "--json")
    told = json.loads(ran.stdout)
    assert (ran.returncode, ran.stderr, told["proven"]) == (0, "", True)
    assert [row["target"] for row in told["targets"] if row["equal"] and row["events"] > 10] == list(TOOLS)
    assert told["seconds"] < 60 and list(desk.folder.iterdir()) == []


@pytest.mark.process
def test_a_demo_that_keeps_its_folder_can_be_looked_into(desk: Desk) -> None:
    assert desk.type("demo", "--once", "--folder", "kept").returncode == 0
    told = desk.ask("status", "--config", "kept/hub.toml")
    assert [one["state"] for one in told["targets"]] == ["in sync"] * 4
    assert [path.stat().st_mode & 0o077 for path in (desk.folder / "kept" / "secrets").iterdir() if path.is_file()] == (
        [0] * len(list((desk.folder / "kept" / "secrets").iterdir()))
    )


@pytest.mark.process
def test_the_demo_that_stays_up_is_entered_in_a_browser(desk: Desk) -> None:
    command = [sys.executable, "-u", "-c", RUN, "demo"]
    with subprocess.Popen(command, cwd=desk.folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            link = next(line.split()[-1] for line in process.stdout if "first admin" in line)
            welcome = httpx.get(link)
        finally:
            process.terminate()
            ended = process.wait(60)
    assert (welcome.status_code, ended) == (200, 0) and "Make my account" in welcome.text
