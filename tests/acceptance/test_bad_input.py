"""Bad input and bad days, at the command line: one clear message with its place and the next step, the right exit code,
nothing lost, and nothing half written that a rerun does not finish."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from connectors.sandbox import Fault, Request
from hub.engine.target import StoppableTime
from hub.store.quota import SharedLimiter
from tests.acceptance.workshop import TOOLS, Workshop, at_peace, workshop
from tests.hub.cli.conftest import Desk, Ran

PLAN = """\
format: 1
name: Shop
events:
  Order Completed:
    description: The order is binding.
    properties:
      total: {type: number, required: true, description: What is paid.}
      currency: {type: string, description: In which money.}
  Signed Up:
    description: An account exists.
user_properties:
  tier: {type: string, description: Loyalty level.}
"""
CHANGED = PLAN.replace("An account exists.", "A person made an account.")
WRITES = "^(PUT|PATCH|POST|DELETE)"
CREDENTIALS = {"amplitude": "secret_key", "mixpanel": "secret", "segment": "token", "snowplow": "api_key"}


class Clock:
    """Sleeping takes no time and is written down."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return time.time() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(StoppableTime, "now", lambda self: clock.now())
    monkeypatch.setattr(StoppableTime, "sleep", lambda self, seconds: clock.sleep(seconds))
    monkeypatch.setattr(SharedLimiter, "reserve", lambda self, units: 0.0)
    return clock


@pytest.fixture
def shop(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """Four tools, and the folder to work in."""
    monkeypatch.chdir(tmp_path)
    with workshop(tmp_path, limits=False) as shop:
        yield shop


@pytest.fixture
def desk(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = Desk(shop.folder, capsys)
    desk.write("plan.yaml", PLAN)
    return desk


def publish(desk: Desk, *more: str) -> Ran:
    return desk.hub("publish", "plan.yaml", "--yes", *more)


def assert_a_rerun_finishes(desk: Desk, shop: Workshop) -> None:
    """Publishing again ends well, leaves nothing to do, and no write was ever sent twice."""
    for sandbox in shop.sandboxes.values():
        sandbox.faults.clear()
    ran = publish(desk)
    assert ran.code == 0, ran.out + ran.err
    assert desk.hub("preview", "plan.yaml").code == 0
    assert [write for write, times in Counter(shop.writes()).items() if times > 1] == []


# Plans --------------------------------------------------------------------------------------------------------

NESTED = "{type: object, properties: {a: " * 400 + "{type: string}" + "}}" * 400
BAD_PLANS = [
    ("events: {A: {descripton: x}}", ":2:14: unknown key 'descripton'", "did you mean 'description'?"),
    ("events: {A: {tags: 3}}", ":2:20: tags: 3 is not a list", "write [one, two]"),
    ("events:\n  A: {}\n  A: {}", ":4:3: ", "A"),
    ("events: {A: {properties: {p: {type: strng}}}}", "'strng' is none of string, integer", "did you mean 'string'?"),
    ("events: {A: {properties: {p: {required: on}}}}", "'on' is not true or false", "without quotes"),
    ("events: {A: {hidden: no}}", "'no' is not true or false", "write true or false"),
    ("events: {A: {description: 12}}", "description: 12 is not text", "put it in quotes"),
    ("events: {A: [}", ":2:14: ", ""),
    ("events: {A: {properties: {p: " + NESTED + "}}}", "more than 100 levels of nesting", "flatten"),
    ("events: *nobody", ":2:9: ", ""),
    ("", "name", ""),
]


@pytest.mark.parametrize(("text", "place", "hint"), BAD_PLANS, ids=[text[:40] or "empty" for text, _, _ in BAD_PLANS])
def test_a_plan_that_is_wrong_is_refused_with_its_place_by_every_command(
    desk: Desk, shop: Workshop, text: str, place: str, hint: str
) -> None:
    desk.write("bad.yaml", f"name: Bad\n{text}\n" if text else "")
    for command in (["check"], ["preview"], ["publish", "--yes"], ["export", "yaml", "-o", "out.yaml"]):
        ran = desk.hub(*command, "bad.yaml")
        assert (ran.code, ran.out) == (1, "") and "bad.yaml" in ran.err
        assert place in ran.err and "→" in ran.err and hint in ran.err
    assert shop.requests() == 0 and not Path("out.yaml").exists()


def test_words_that_yaml_used_to_twist_stay_the_words_they_are(desk: Desk, shop: Workshop) -> None:
    enum = "{type: string, enum: [on, off, yes, NO, 2026-01-31, 1:30, 0x1F]}"
    desk.write("traps.yaml", f"name: Traps\nevents: {{no: {{description: 2026-01-31, properties: {{y: {enum}}}}}}}\n")
    assert desk.hub("publish", "traps.yaml", "--yes").code == 0
    assert desk.hub("export", "json-schema", "Traps", "-o", "out").code == 0
    schema = json.loads(Path("out/no.json").read_text())
    assert (schema["title"], schema["description"]) == ("no", "2026-01-31")
    assert schema["properties"]["y"]["enum"] == ["on", "off", "yes", "NO", "2026-01-31", "1:30", "0x1F"]


def test_an_unresolvable_shared_property_is_refused_with_its_place(desk: Desk, shop: Workshop) -> None:
    desk.write("bad.yaml", "name: Bad\nevents: {A: {properties: {price: {shared: money}}}}\n")
    for command in (["preview"], ["publish", "--yes"], ["export", "json-schema", "-o", "out"]):
        ran = desk.hub(*command, "bad.yaml")
        assert ran.code == 1 and "bad.yaml: events › A › properties › price: there is no shared property" in ran.err
        assert "→ add 'money' under `shared_properties:`" in ran.err
    assert "error plan.unknown-shared" in desk.hub("check", "bad.yaml").out
    assert shop.writes() == []


def test_a_file_of_30_mb_is_refused_before_it_is_read(desk: Desk, shop: Workshop) -> None:
    desk.write("big.yaml", "name: Big\n" + "# " + "x" * 30 * 1024 * 1024 + "\n")
    ran = desk.hub("check", "big.yaml")
    assert ran.code == 1 and "big.yaml: 30 MB is too large; a plan file has at most 20" in ran.err
    assert "→ keep the plan as a folder" in ran.err


@pytest.mark.parametrize("raw", [b"\x00\x01\x02", "name: Größe".encode("latin-1"), "name: x".encode("utf-16")])
def test_what_is_no_text_is_refused(desk: Desk, shop: Workshop, raw: bytes) -> None:
    (desk.folder / "raw.yaml").write_bytes(raw)
    ran = desk.hub("check", "raw.yaml")
    assert ran.code == 1 and "raw.yaml:1:" in ran.err and "UTF-8" in ran.err


ODD_NAMES = [
    "a/b",
    "../up",
    'say "hi"',
    "it's",
    "😀 Party",
    "line\nbreak",
    "tab\there",
    "50% & more?#x",
    "x" * 1000,
    "Ünï",
]


def test_odd_names_reach_all_four_tools_and_come_back(desk: Desk, shop: Workshop) -> None:
    events = {
        name: {"description": f"Number {at}", "properties": {name: {"type": "string"}}}
        for at, name in enumerate(ODD_NAMES)
    }
    desk.write("plan.json", json.dumps({"name": "Odd", "events": events}))
    ran = desk.hub("publish", "plan.json", "--yes")
    assert ran.code == 0, ran.out + ran.err
    told = desk.hub("preview", "plan.json", "--json")
    assert told.code == 0
    for target in told.json()["targets"]:
        held = json.dumps(shop.sandboxes[target["target"]].dump())
        refused = {tuple(one["path"][:2]) for one in target["findings"] if one["effect"] == "refused"}
        missing = [
            at for at, name in enumerate(ODD_NAMES) if f"Number {at}" not in held and ("events", name) not in refused
        ]
        assert missing == [], target["target"]


# Credentials and entitlements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", TOOLS)
def test_wrong_credentials_stop_everything_before_the_first_write(desk: Desk, shop: Workshop, tool: str) -> None:
    file = desk.folder / f"{tool}_{CREDENTIALS[tool]}"
    right = file.read_text()
    file.write_text("11111111-2222-3333-4444-555555555555")
    for command in (["connect", tool], ["preview", "plan.yaml"], ["publish", "plan.yaml", "--yes"]):
        ran = desk.hub(*command)
        assert ran.code == 1 and tool in ran.out + ran.err and "Traceback" not in ran.err
        assert "11111111" not in ran.out + ran.err
    assert shop.writes() == []
    file.write_text(right)
    assert_a_rerun_finishes(desk, shop)


@pytest.mark.parametrize("tool", TOOLS)
def test_missing_credentials_are_named_with_their_key(desk: Desk, shop: Workshop, tool: str) -> None:
    key = CREDENTIALS[tool]
    (desk.folder / f"{tool}_{key}").unlink()
    ran = publish(desk)
    assert ran.code == 1 and f"hub.toml [targets.{tool}] {key}: {tool}_{key} cannot be read" in ran.err
    assert "→ check the path" in ran.err and shop.requests() == 0


def test_an_amplitude_project_that_is_not_entitled_is_told_apart_from_a_wrong_address(
    desk: Desk, shop: Workshop
) -> None:
    shop.sandboxes["amplitude"].edit({"do": "entitle", "name": "enterprise", "on": False})
    ran = publish(desk)
    assert (
        ran.code == 1
        and "amplitude" in ran.err
        and "Ask Amplitude for access to the Taxonomy API" in ran.err
        and "→" in ran.err
    )
    assert shop.writes() == []
    shop.sandboxes["amplitude"].edit({"do": "entitle", "name": "enterprise", "on": True})
    assert_a_rerun_finishes(desk, shop)


# Tools on a bad day -------------------------------------------------------------------------------------------

BAD_ANSWERS = {
    "a page instead of JSON": Fault("html", times=99, status=200),
    "a gateway's page": Fault("html", times=99, status=502),
    "500": Fault("status", times=99, status=500),
    "half an answer": Fault("cut", "^GET", times=99),
    "no answer": Fault("refuse", times=99),
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("day", BAD_ANSWERS)
def test_a_tool_that_cannot_be_read_stops_the_publish_and_is_named(
    desk: Desk, shop: Workshop, tool: str, day: str
) -> None:
    fault = BAD_ANSWERS[day]
    shop.sandboxes[tool].faults.append(Fault(fault.kind, fault.on, times=99, status=fault.status))
    seen, ran = desk.hub("preview", "plan.yaml"), publish(desk)
    assert seen.code == 1 and f"{tool}: cannot be read" in seen.out
    assert ran.code == 1 and f"error: {tool}: targets that cannot be read: 1; nothing was written." in ran.err
    assert "→" in ran.err and shop.writes() == []
    assert_a_rerun_finishes(desk, shop)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("mood", ["half-page", "empty-list"])
def test_a_list_that_lost_its_rows_makes_nothing_be_lost(desk: Desk, shop: Workshop, tool: str, mood: str) -> None:
    assert publish(desk).code == 0
    held = shop.holdings()
    shop.sandboxes[tool].faults.append(Fault("mood", "^GET", times=99, mood=mood))
    assert publish(desk).code in (0, 1)
    shop.sandboxes[tool].faults.clear()
    assert publish(desk).code == 0 and desk.hub("preview", "plan.yaml").code == 0
    assert shop.holdings() == held


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("fault", ["status", "lost", "refuse", "cut"])
def test_a_write_that_fails_or_whose_answer_is_lost_is_finished_by_a_rerun(
    desk: Desk, shop: Workshop, tool: str, fault: str
) -> None:
    shop.sandboxes[tool].faults.append(Fault(fault, WRITES, times=1, status=500))
    ran = publish(desk)
    assert ran.code in (0, 1) and "Traceback" not in ran.err
    if ran.code:
        assert f"  {tool}" in ran.out and "→ hub publish --resume" in ran.out
    shop.sandboxes[tool].faults.clear()
    assert publish(desk).code == 0 and desk.hub("preview", "plan.yaml").code == 0


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(("headers", "least"), [({"retry-after": "17"}, 17.0), ({}, 1.0)], ids=["Retry-After", "none"])
def test_a_429_is_waited_for_and_told(
    desk: Desk, shop: Workshop, clock: Clock, tool: str, headers: dict[str, str], least: float
) -> None:
    for on in ("^GET", WRITES):
        shop.sandboxes[tool].faults.append(Fault("status", on, status=429, headers=headers))
    ran = publish(desk)
    assert ran.code == 0, ran.out + ran.err
    assert sum(clock.slept) >= 2 * least - 1
    assert f"{tool:<9}  waiting " in ran.err and "s for the quota" in ran.err
    assert desk.hub("preview", "plan.yaml").code == 0


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_that_changed_between_preview_and_publish_is_previewed_again(
    desk: Desk, shop: Workshop, tool: str
) -> None:
    publish(desk)
    desk.write("plan.yaml", CHANGED)
    fingerprint = desk.hub("preview", "plan.yaml", "--json").json()["fingerprint"]
    with_other_words = desk.write("other.yaml", PLAN.replace("An account exists.", "Somebody wrote this."))
    assert desk.hub("publish", str(with_other_words), "--yes", "--target", tool).code == 0
    before = len(shop.writes())
    ran = desk.hub("publish", "plan.yaml", "--fingerprint", fingerprint)
    assert ran.code == 1 and f"changed since the preview: {fingerprint} is now" in ran.err
    assert "→ preview again and publish what you then see" in ran.err and len(shop.writes()) == before
    assert_a_rerun_finishes(desk, shop)


# This machine on a bad day ------------------------------------------------------------------------------------


@pytest.fixture
def pragma() -> Iterator[list[str]]:
    """What is set on every connection to the database before a transaction begins."""
    settings: list[str] = []

    def begin(connection: Connection) -> None:
        for setting in settings:
            connection.connection.driver_connection.execute(f"PRAGMA {setting}")  # type: ignore[union-attr]

    event.listen(Engine, "begin", begin, insert=True)
    yield settings
    event.remove(Engine, "begin", begin)


@pytest.mark.parametrize(
    ("setting", "message"),
    [("max_page_count=1", "database or disk is full"), ("query_only=1", "attempt to write a readonly database")],
)
@pytest.mark.parametrize("writes", [0, 1, 6])
def test_a_database_that_takes_no_more_stops_the_publish_and_loses_nothing(
    desk: Desk, shop: Workshop, pragma: list[str], setting: str, message: str, writes: int
) -> None:
    def fill(tool: str, request: Request) -> None:
        if len(shop.writes()) >= writes and not pragma:
            pragma.append(setting)

    desk.hub("status")
    shop.after_request = fill
    ran = publish(desk)
    at_peace(shop)
    pragma[:] = ["max_page_count=1000000", "query_only=0"]
    if "full" in message and ran.code == 0:
        pytest.skip("what was left to write found room in the pages there were")
    assert ran.code == 1 and message in ran.err and "hub.db: the database cannot be used" in ran.err
    assert "→ check that the path exists, is writable and that the disk is not full" in ran.err
    assert_a_rerun_finishes(desk, shop)


@pytest.mark.parametrize("content", [b"this is no database" * 100, None], ids=["other file", "folder"])
def test_a_database_that_is_none_is_refused_and_left_alone(desk: Desk, shop: Workshop, content: bytes | None) -> None:
    path = desk.folder / "other.db"
    path.write_bytes(content) if content else path.mkdir()
    (desk.folder / "hub.toml").write_text('database = "sqlite:///other.db"\n')
    ran = desk.hub("status")
    assert ran.code == 1 and "other.db: the database cannot be used" in ran.err and "→" in ran.err
    assert path.is_dir() or path.read_bytes() == content


@pytest.mark.process
@pytest.mark.parametrize("at", [0, 1, 3])
def test_ctrl_c_ends_a_publish_in_order_and_the_next_one_goes_on(tmp_path: Path, at: int) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    with workshop(tmp_path, limits=False) as shop:
        process: list[int] = []

        def interrupt(tool: str, request: Request) -> None:
            if process and request.method != "GET" and len(shop.writes()) >= at:
                os.kill(process.pop(), signal.SIGINT)
                while "stopping after the answers that are under way" not in output.read_text():
                    pass  # no answer before the person's wish has been heard

        output = shop.folder / "output.txt"
        shop.before_request = interrupt
        ran = shop.run("publish", str(plan), "--yes", started=process.append)
        at_peace(shop)
        _assert_stopped(ran.exit_code, ran.output)
        assert shop.run("publish", str(plan), "--yes").exit_code == 0
        assert shop.run("preview", str(plan)).exit_code == 0
        assert [write for write, times in Counter(shop.writes()).items() if times > 1] == []


def _assert_stopped(code: Any, output: str) -> None:
    assert code == 1 and "Traceback" not in output
    assert output.count("error: stopped before the end") == 1
    assert output.rstrip().endswith("→ the same command goes on where this one stopped")
