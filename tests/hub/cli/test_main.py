"""The door: help, mistakes in the command itself, exit codes, and what the terminal is protected from."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli import commands
from hub.cli.main import COMMANDS
from mappings.canonical.jsonschema import SCHEMA_URIS
from mappings.formats import FORMATS
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import Desk

HEAVY = (
    *("httpx", "pydantic", "sqlalchemy", "yaml", "rich", "fastapi", "starlette", "uvicorn", "jinja2"),
    *("mappings.canonical", "hub.app", "hub.notify", "hub.web"),
)


@pytest.mark.process
@pytest.mark.parametrize("arguments", ["--help", *(f"{name} --help" for name in COMMANDS), "--version"])
def test_help_imports_nothing_heavy(arguments: str) -> None:
    script = (
        "import sys; from hub.cli.main import _run; "
        f"code = _run({arguments.split()!r}); "
        f"sys.exit(code or [name for name in {HEAVY!r} if name in sys.modules] or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_help_lists_every_command_in_the_order_of_a_first_hour(desk: Desk) -> None:
    listing = desk.hub("--help").out.partition("Commands:\n")[2]
    assert [line.split()[0] for line in listing.splitlines() if line[:3].strip() or line[2:3].strip()] == list(COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself_and_has_its_line_of_help(desk: Desk, name: str) -> None:
    shown = desk.hub(name, "-h")
    assert shown.code == 0 and f"Usage: hub {name}" in shown.out
    assert COMMANDS[name][1].endswith(".")


def test_choices_named_here_are_those_there_are() -> None:
    assert list(commands.FORMATS) == sorted(FORMATS)
    assert set(commands.DRAFTS) == set(SCHEMA_URIS)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ("previw plan.yaml", "No such command 'previw'.", "did you mean 'preview'?"),
        ("zzz", "No such command 'zzz'.", "`hub --help` shows how"),
        ("preview plan.yaml --ful", "No such option '--ful'.", "did you mean '--full'?"),
        ("preview plan.yaml --zzz", "No such option '--zzz'.", "`hub preview --help` shows how"),
        ("preview", "Missing argument 'PLAN'.", "`hub preview --help` shows how"),
        ("preview plan.yaml other.yaml", "Got unexpected extra argument (other.yaml)", "`hub preview --help`"),
        ("connectors chek", "No such command 'chek'.", "did you mean 'check'?"),
        ("sandbox segment --port 70000", "70000 is not in the range 0<=x<=65535", "`hub sandbox --help`"),
        ("export pdf plan.yaml -o x", "'pdf' is not one of 'json-schema', 'yaml'", "`hub export --help`"),
        ("check plan.yaml --config", "Option '--config' requires an argument", "`hub --help`"),
    ],
)
def test_a_wrong_command_ends_with_64_and_the_next_step(desk: Desk, arguments: str, message: str, hint: str) -> None:
    plain, as_json = desk.hub(*arguments.split()), desk.hub("--json", *arguments.split())
    assert (plain.code, plain.out) == (64, "")
    assert message in plain.err and f"→ {hint}" in plain.err
    assert as_json.code == 64


def test_a_wrong_command_is_told_as_json_where_json_was_asked_for(desk: Desk) -> None:
    ran = desk.hub("preview", "plan.yaml", "--ful", "--json")
    assert ran.code == 64 and ran.err == ""
    assert ran.json() == {"error": {"message": "No such option '--ful'.", "hint": "did you mean '--full'?"}}


@pytest.mark.parametrize("group", [(), ("connectors",)])
def test_no_command_at_all_shows_the_help_and_is_bad_usage(desk: Desk, group: tuple[str, ...]) -> None:
    ran = desk.hub(*group)
    assert ran.code == 64 and ran.err.startswith("Usage: hub") and "error" not in ran.err


def test_problems_are_listed_each_with_its_place_and_next_step(desk: Desk) -> None:
    desk.write("bad.yaml", "name: Shop\nevents:\n  A: {descripton: x}\n  B: {tags: 3}\n")
    ran = desk.hub("check", "bad.yaml")
    assert ran.code == 1 and ran.out == ""
    assert re.search(r"bad.yaml:3:\d+: unknown key 'descripton'\n +→ did you mean 'description'\?", ran.err)
    assert re.search(r"bad.yaml:4:\d+: tags: 3 is not a list\n +→ ", ran.err)


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_names_and_texts_cannot_rule_the_terminal(desk: Desk, shop: Workshop, full: tuple[str, ...]) -> None:
    evil = "\\e]0;owned\\a\\e[2J\\n[bold]x[/bold] \\u202e\\x9b31m"
    desk.write("evil.yaml", f'name: "{evil}"\nevents:\n  "{evil}": {{description: "{evil}", tags: ["{evil}"]}}\n')
    ran = [desk.hub(*command, "evil.yaml", *full) for command in (["check"], ["preview"])]
    ran += [desk.hub("publish", "evil.yaml", "--yes"), desk.hub("history"), desk.hub("status")]
    ran += [desk.hub("history", shop_id(desk)), desk.hub("preview", "\x1b[31mno\nsuch")]
    for one in ran:
        assert set(re.findall(r"[^\n\x20-\x7e]", one.out + one.err)) <= set("…→×›◌–•")


def shop_id(desk: Desk) -> str:
    return str(desk.hub("history", "--json").json()[0]["id"])


def test_json_keeps_odd_names_as_they_are(desk: Desk) -> None:
    desk.write("odd.yaml", 'name: "a\\eb"\nevents: {"Größe 😀\\n": {description: x}}\n')
    assert desk.hub("check", "odd.yaml", "--json").json()["plan"] == "a\x1bb"


@pytest.mark.process
def test_output_that_cannot_hold_a_character_spells_it_out(desk: Desk) -> None:
    desk.write("odd.yaml", "name: Größe 😀\nevents: {A: {description: ü}}\n")
    script = "from hub.cli.main import run; run(['check', 'odd.yaml'])"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, env={"PYTHONIOENCODING": "latin-1"}
    )
    assert ended.returncode == 0 and "Größe \\U0001f600".encode("latin-1") in ended.stdout


@pytest.mark.process
def test_a_reader_that_leaves_early_is_no_trouble(desk: Desk) -> None:
    desk.write("many.yaml", "name: Many\nevents:\n" + "".join(f"  E{n}: {{}}\n" for n in range(300)))
    script = "from hub.cli.main import run; run(['check', 'many.yaml', '--full', '--json'])"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, 1)


def test_colour_is_for_terminals_only_and_never_against_no_color(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in desk.hub("check", "plan.yaml").out
    monkeypatch.setattr("click._compat.isatty", lambda stream: True)
    assert "\x1b[1m" in desk.hub("check", "plan.yaml").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in desk.hub("check", "plan.yaml").out


def test_a_database_that_cannot_be_opened_is_one_message(desk: Desk) -> None:
    desk.write("hub.toml", 'database = "sqlite:///no/such/folder/hub.db"\n')
    ran = desk.hub("status")
    assert ran.code == 1 and "unable to open database file" in ran.err and "→ check that the path exists" in ran.err


def test_a_named_configuration_must_exist(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "other.toml: no such file" in desk.hub("status", "--config", "other.toml").err
    monkeypatch.setenv("HUB_CONFIG", str(Path("elsewhere.toml")))
    assert desk.hub("status").code == 1
