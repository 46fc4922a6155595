"""`hub init`, `hub connect` and `hub sandbox`: from nothing to a target that answers."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.app import App
from hub.config import load
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import Desk

SET = ("--set", "token=env:TOKEN", "--set", "tracking_plan_id=tp_1")


def targets(desk: Desk) -> dict[str, Any]:
    return dict(tomllib.loads((desk.folder / "hub.toml").read_text(encoding="utf-8")).get("targets", {}))


def test_init_writes_a_plan_that_is_sound_and_touches_nothing_that_is_there(desk: Desk) -> None:
    (desk.folder / "plan.yaml").unlink()
    assert desk.hub("init", "--json").json() == {"written": ["hub.toml", "plan.yaml", ".gitignore"]}
    assert desk.hub("check", "plan.yaml").code == 0
    desk.write("plan.yaml", "mine")
    assert desk.hub("init").out.startswith("everything is there already")
    assert (desk.folder / "plan.yaml").read_text() == "mine"


def test_init_in_a_folder_that_is_not_there_is_refused(desk: Desk) -> None:
    ran = desk.hub("init", "--config", "no/hub.toml")
    assert ran.code == 1 and "no/hub.toml: cannot be written: No such file or directory" in ran.err


def test_connect_appends_a_target_and_keeps_what_stood_there(desk: Desk, shop: Workshop) -> None:
    before = (desk.folder / "hub.toml").read_text()
    base_url = targets(desk)["segment"]["base_url"]
    reference = ("--set", "token=file:segment_token", "--set", "tracking_plan_id=tp_DemoPlan0000000000000000000")
    ran = desk.hub("connect", "segment", "--name", "second", "--set", f"base_url={base_url}", *reference)
    assert ran.code == 0 and "second: connected to Demo plan" in ran.out
    entries = App(load(desk.folder / "hub.toml")).store.people.audit()
    assert [(one.verb, one.subject) for one in entries] == [("test", "second"), ("connect", "second")]
    assert (desk.folder / "hub.toml").read_text().startswith(before)


@pytest.mark.parametrize(
    "name", ["a.b", 'o"dd', "a\nb", "tab\t", "😀", "back\\slash", "del\x7f", "", "]", "# no", "x" * 900]
)
def test_the_file_stays_valid_whatever_the_target_is_called(desk: Desk, name: str) -> None:
    assert desk.hub("connect", "segment", "--name", name, *SET, "--no-test").code == 0
    assert targets(desk)[name] == {"tool": "segment", "token": "env:TOKEN", "tracking_plan_id": "tp_1"}


@pytest.mark.parametrize(
    ("value", "read"),
    [("123", 123), ("007", "007"), ("abc", "abc"), ("1]\n[evil]", "1]\n[evil]"), ("", ""), ("1_0", "1_0"), ('"', '"')],
)
def test_a_value_is_a_number_or_a_text_and_never_more(desk: Desk, value: str, read: object) -> None:
    settings = ("--set", f"project_id={value}", "--set", "username=u", "--set", "secret=env:S")
    assert desk.hub("connect", "mixpanel", *settings, "--no-test").code == 0
    assert targets(desk)["mixpanel"]["project_id"] == read


def test_a_name_that_no_file_can_hold_is_bad_usage(desk: Desk) -> None:
    ran = desk.hub("connect", "segment", "--name", "\udcff", *SET, "--no-test")
    assert ran.code == 64 and "is not text" in ran.err and not (desk.folder / "hub.toml").exists()


def test_a_file_that_takes_no_table_at_its_end_is_left_as_it_is(desk: Desk) -> None:
    file = desk.write("hub.toml", 'targets = {one = {tool = "segment"}}\n')
    ran = desk.hub("connect", "segment", *SET, "--no-test")
    assert ran.code == 1 and "do it by hand; nothing was changed" in ran.err
    assert file.read_text() == 'targets = {one = {tool = "segment"}}\n'


@pytest.mark.parametrize("setting", ["token=sgp_verysecret", "sgp_verysecret", "token=sgp_verysecret=="])
def test_a_secret_itself_is_refused_and_not_repeated(desk: Desk, setting: str) -> None:
    for flag in ([], ["--json"]):
        ran = desk.hub("connect", "segment", "--set", setting, "--set", "tracking_plan_id=tp_1", *flag)
        assert ran.code == 64 and "verysecret" not in ran.out + ran.err
    assert not (desk.folder / "hub.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["segmnt"], "no tool 'segmnt'; installed are amplitude", "`hub connectors list` shows them"),
        (["segment", "--set", "tokn=env:T"], "segment has no setting 'tokn'", "did you mean 'token'?"),
        (["segment"], "segment needs token", "--set token=env:SEGMENT_TOKEN"),
        (["segment", "--set", "token=env:T"], "segment needs tracking_plan_id", "--set tracking_plan_id=..."),
    ],
)
def test_what_connect_misses_it_names(desk: Desk, arguments: list[str], message: str, hint: str) -> None:
    ran = desk.hub("connect", *arguments)
    assert ran.code == 64 and message in ran.err and hint in ran.err


def test_a_target_that_exists_is_tested_and_not_changed(desk: Desk, shop: Workshop) -> None:
    before = (desk.folder / "hub.toml").read_text()
    assert desk.hub("connect", "segment", "--json").json()["added"] is False
    again = desk.hub("connect", "segment", *SET)
    other = desk.hub("connect", "mixpanel", "--name", "segment")
    assert again.code == other.code == 1 and "target 'segment' exists already" in again.err
    assert (desk.folder / "hub.toml").read_text() == before


def test_credentials_that_do_not_work_are_told_at_once_and_can_be_mended(desk: Desk, shop: Workshop) -> None:
    right = (desk.folder / "segment_token").read_text()
    desk.write("segment_token", "wrong-token")
    ran = desk.hub("connect", "segment")
    assert ran.code == 1 and ran.err.startswith("error: segment GET /") and "wrong-token" not in ran.err
    desk.write("segment_token", right)
    assert desk.hub("connect", "segment").code == 0


def test_a_new_configuration_elsewhere_has_its_database_beside_it(desk: Desk, shop: Workshop) -> None:
    table = targets(desk)["segment"]
    desk.write("sub/token", (desk.folder / "segment_token").read_text())
    settings = {"token": "file:token", **{key: table[key] for key in ("base_url", "tracking_plan_id")}}
    options = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    assert desk.hub("connect", "segment", "--config", "sub/hub.toml", *options).code == 0
    assert (desk.folder / "sub" / "hub.db").exists()


@pytest.mark.process
def test_on_a_terminal_connect_asks_for_what_is_missing(desk: Desk) -> None:
    script = "from hub.cli.main import run; run(['connect', 'segment', '--no-test'])"
    here, there = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", script], stdin=there, stdout=there, stderr=there):
        os.close(there)
        os.write(here, b"\ntp_7\n")
    os.close(here)
    assert targets(desk)["segment"] == {"tool": "segment", "token": "env:SEGMENT_TOKEN", "tracking_plan_id": "tp_7"}


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`hub sandbox` in a process of its own, with what it printed first."""
    script = f"from hub.cli.main import run; run({['sandbox', *arguments, '--json']!r})"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.process
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_sandbox_remembers_its_state_from_one_run_to_the_next(desk: Desk, end: int) -> None:
    with serving("snowplow", "--state", "state.json") as (process, said):
        state = httpx.get(f"{said['base_url']}/_sandbox/state").json()
        process.send_signal(end)
        assert process.wait(20) == 0
    assert json.loads((desk.folder / "state.json").read_text()) == state
    with serving("snowplow", "--state", "state.json", "--switch", "database=inmemory") as (_, said):
        assert httpx.get(f"{said['base_url']}/_sandbox/switches").json()["database"] == "inmemory"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["segmnt"], 64, "no tool 'segmnt'"),
        (["snowplow", "--switch", "databas=x"], 64, "--switch databas=x: snowplow sandbox has no switch 'databas'"),
        (["snowplow", "--switch", "database=x"], 64, "switch 'database' takes one of ['postgres', 'inmemory']"),
        (["snowplow", "--state", "bad.json"], 1, "bad.json:1:1: not valid JSON"),
        (["snowplow", "--state", "list.json"], 1, "list.json: is no state of a snowplow sandbox"),
    ],
)
def test_a_sandbox_that_cannot_start_says_why(desk: Desk, arguments: list[str], code: int, message: str) -> None:
    desk.write("bad.json", "?")
    desk.write("list.json", "[1]")
    ran = desk.hub("sandbox", *arguments)
    assert ran.code == code and message in ran.err


def test_a_port_that_is_taken_is_refused(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = desk.hub("sandbox", "snowplow", "--port", str(port))
    assert ran.code == 1 and f"127.0.0.1:{port}: cannot be listened on" in ran.err


def test_a_demo_folder_with_a_configuration_is_left_alone(desk: Desk) -> None:
    kept = desk.write("old/hub.toml", "# mine\n")
    ran = desk.hub("demo", "--once", "--folder", "old")
    assert ran.code == 1 and "old: holds a configuration already" in ran.err
    assert kept.read_text() == "# mine\n" and list(Path("old").iterdir()) == [Path("old/hub.toml")]
