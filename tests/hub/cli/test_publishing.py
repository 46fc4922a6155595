"""`hub preview`, `hub publish`, `hub status` and `hub history`, beside one sandbox."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox import Fault
from hub.app import App
from hub.config import load
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import PLAN, Desk
from tests.hub.cli.test_json_output import complaints

CHANGED = PLAN.replace("The order is binding.", "The order can no longer be taken back.")
ALL_WRITES = "^(PATCH|PUT|POST|DELETE)"


def published(desk: Desk) -> str:
    return str(desk.hub("publish", "plan.yaml", "--yes", "--json").json()["id"])


def failing(shop: Workshop, status: int = 400) -> None:
    shop.sandboxes["segment"].faults.append(Fault("status", ALL_WRITES, times=99, status=status, body='{"errors": []}'))


def test_preview_ends_with_2_until_the_plan_is_published(desk: Desk, shop: Workshop) -> None:
    before, done, after = (
        desk.hub("preview", "plan.yaml"),
        desk.hub("publish", "plan.yaml", "--yes"),
        desk.hub("preview", "plan.yaml"),
    )
    assert (before.code, done.code, after.code) == (2, 0, 0)
    assert "segment (segment): 2 create; 0 already there" in before.out and "forecast: 2 requests" in before.out
    assert "Nothing to do: every target holds the plan." in after.out


def test_preview_writes_nothing(desk: Desk, shop: Workshop) -> None:
    desk.hub("preview", "plan.yaml")
    assert shop.writes() == [] and desk.hub("history").out == "nothing was published yet\n  → hub publish PLAN\n"


def test_preview_shows_each_changed_value_before_and_after(desk: Desk, shop: Workshop) -> None:
    published(desk)
    desk.write("plan.yaml", CHANGED)
    shown = desk.hub("preview", "plan.yaml").out
    assert "  ~ update rule:TRACK:Order Completed:1\n" in shown
    assert 'description: "The order is binding." → "The order can no longer be taken back."' in shown


def test_long_lists_and_names_are_cut_and_shown_when_asked(desk: Desk, shop: Workshop) -> None:
    desk.write("plan.yaml", "name: Many\nevents:\n" + "".join(f"  {'E' * 500}{n:02}: {{}}\n" for n in range(20)))
    brief, full = desk.hub("preview", "plan.yaml").out, desk.hub("preview", "plan.yaml", "--full").out
    assert "... and 8 more operations (--full shows all)" in brief and max(map(len, brief.splitlines())) < 200
    assert f"{'E' * 500}19" in full and "more operations" not in full


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_without_a_terminal_publish_needs_yes_or_a_fingerprint(desk: Desk, shop: Workshop, flags: list[str]) -> None:
    ran = desk.hub("publish", "plan.yaml", *flags)
    assert ran.code == 64 and "needs --yes or --fingerprint" in ran.out + ran.err and shop.requests() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan.yaml", "--yes", "--override", "unmanaged"], "an override needs a reason"),
        (["plan.yaml", "--override", "unmanaged", "--why", "agreed"], "needs --yes or --fingerprint"),
        ([], "which plan?"),
        (["plan.yaml", "--resume", "abc"], "--resume goes on with what was begun"),
    ],
)
def test_half_a_command_is_bad_usage(desk: Desk, shop: Workshop, arguments: list[str], message: str) -> None:
    ran = desk.hub("publish", *arguments)
    assert ran.code == 64 and message in ran.err and "→" in ran.err and shop.requests() == 0


def test_what_was_previewed_is_published_and_nothing_else(desk: Desk, shop: Workshop) -> None:
    fingerprint = desk.hub("preview", "plan.yaml", "--json").json()["fingerprint"]
    desk.write("plan.yaml", CHANGED)
    moved = desk.hub("publish", "plan.yaml", "--fingerprint", fingerprint)
    assert moved.code == 1 and "changed since the preview" in moved.err and shop.writes() == []
    desk.write("plan.yaml", PLAN)
    assert desk.hub("publish", "plan.yaml", "--fingerprint", fingerprint).code == 0


def guarded(desk: Desk) -> Any:
    """Half of many events are to change their description: more than a guard lets pass at once."""
    for text in ("one", "two"):
        desk.write(
            "plan.yaml", "name: Many\nevents:\n" + "".join(f"  E{n}: {{description: {text}}}\n" for n in range(60))
        )
        ran = desk.hub("publish", "plan.yaml", "--yes", "--json")
    return ran


def test_a_guard_stops_a_publish_with_numbers_and_the_way_out(desk: Desk, shop: Workshop) -> None:
    ran = guarded(desk)
    (violation,) = ran.json()["error"]["violations"]
    assert ran.code == 1 and (violation["guard"], violation["numbers"]["count"]) == ("too-many-updates", 60)
    fingerprint = desk.hub("preview", "plan.yaml", "--json").json()["fingerprint"]
    assert f"--fingerprint {fingerprint} --override GUARD --why TEXT" in ran.json()["error"]["hint"]
    assert "guard too-many-updates (segment): 60 updates" in desk.hub("preview", "plan.yaml").out


def test_an_override_lets_its_guard_pass_and_no_other(desk: Desk, shop: Workshop) -> None:
    guarded(desk)
    fingerprint = desk.hub("preview", "plan.yaml", "--json").json()["fingerprint"]
    command = ["publish", "plan.yaml", "--fingerprint", fingerprint, "--why", "agreed"]
    wrong, right = desk.hub(*command, "--override", "unmanaged"), desk.hub(*command, "--override", "too-many-updates")
    assert (wrong.code, right.code) == (1, 0)


def test_a_target_can_be_chosen_and_a_mistyped_one_is_refused(desk: Desk, shop: Workshop) -> None:
    ran = desk.hub("publish", "plan.yaml", "--yes", "--target", "segmnt")
    assert ran.code == 1 and "no target 'segmnt'" in ran.err and "did you mean 'segment'?" in ran.err
    assert desk.hub("publish", "plan.yaml", "--yes", "--target", "segment").code == 0


def test_a_failed_publish_says_how_to_go_on_and_resume_ends_it(desk: Desk, shop: Workshop) -> None:
    failing(shop)
    failed = desk.hub("publish", "plan.yaml", "--yes")
    identity = desk.hub("history", "--json").json()[0]["id"]
    assert failed.code == 1 and f"→ hub publish --resume {identity}" in failed.out
    assert f"hub publish --resume {identity}" in desk.hub("status").out
    shop.sandboxes["segment"].faults.clear()
    assert desk.hub("publish", "--resume", identity[:6]).code == 0
    assert desk.hub("preview", "plan.yaml").code == 0 and "resume" not in desk.hub("status").out


@pytest.mark.parametrize("command", [["publish", "--resume"], ["history"]])
def test_a_publication_that_is_not_known_is_refused(desk: Desk, shop: Workshop, command: list[str]) -> None:
    ran = desk.hub(*command, "abc123")
    assert ran.code == 1 and "no publication 'abc123'" in ran.err and "→ `hub history` lists them" in ran.err


def test_history_has_the_receipt_of_every_write(desk: Desk, shop: Workshop) -> None:
    identity = published(desk)
    shown = desk.hub("history", identity).out
    assert "done       create  rule:TRACK:Order Completed:1" in shown and "published  2 done; 2 verified" in shown
    assert desk.hub("history").out.startswith(f"{identity}  ")


def test_status_knows_what_was_published_and_what_was_seen_since(desk: Desk, shop: Workshop) -> None:
    assert desk.hub("status", "--json").json()["targets"][0]["state"] == "never read"
    published(desk)
    assert desk.hub("status", "--json").json()["targets"][0]["state"] == "in sync"
    sandbox = shop.sandboxes["segment"]
    sandbox.faults.append(Fault("mood", mood="empty-list", times=99))
    desk.hub("preview", "plan.yaml")
    assert desk.hub("status", "--json").json()["targets"][0]["state"] in ("drifted", "unknown")


def test_status_of_nothing_says_where_to_begin(desk: Desk) -> None:
    assert desk.hub("status").out == "no target is configured\n  → hub connect TOOL\n"


def test_no_secret_is_in_anything_that_is_printed(desk: Desk, shop: Workshop) -> None:
    secret = (desk.folder / "segment_token").read_text()
    runs = [desk.hub(*one.split()) for one in ("check plan.yaml", "preview plan.yaml", "publish plan.yaml --yes")]
    runs += [desk.hub(*one.split(), "--json") for one in ("status", "history", "connect segment", "connectors list")]
    shop.sandboxes["segment"].faults.append(Fault("html", times=99, status=401, body=f"<p>{secret} is bad</p>"))
    runs += [
        desk.hub("preview", "plan.yaml"),
        desk.hub("preview", "plan.yaml", "--json"),
        desk.hub("connect", "segment"),
    ]
    assert [one for one in runs if secret in one.out + one.err] == []
    assert secret.encode() not in Path("hub.db").read_bytes()


def answering(desk: Desk, answer: bytes) -> tuple[int, str]:
    """`hub publish plan.yaml` on a terminal of its own where a person types this; the exit code and the screen."""
    script = (
        "from hub.store.quota import SharedLimiter; SharedLimiter.reserve = lambda self, units: 0.0; "
        "from hub.cli.main import run; run(['publish', 'plan.yaml'])"
    )
    here, there = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", script], stdin=there, stdout=there, stderr=there) as process:
        os.close(there)
        screen = b""
        while chunk := _read(here):
            screen += chunk
            if b"[y/N]" in chunk:
                os.write(here, answer)
    os.close(here)
    return process.returncode, screen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.process
@pytest.mark.parametrize(("answer", "code", "writes"), [(b"y\n", 0, True), (b"n\n", 0, False), (b"\x04", 1, False)])
def test_on_a_terminal_a_person_is_shown_the_preview_and_asked(
    desk: Desk, shop: Workshop, answer: bytes, code: int, writes: bool
) -> None:
    ended, screen = answering(desk, answer)
    assert (ended, bool(shop.writes())) == (code, writes)
    assert "\x1b[32m  +" in screen and "Publish this? [y/N]" in screen and "Traceback" not in screen


@pytest.mark.process
def test_on_a_terminal_nobody_is_asked_about_nothing(desk: Desk, shop: Workshop) -> None:
    published(desk)
    ended, screen = answering(desk, b"y\n")
    assert ended == 0 and "Publish this?" not in screen


def test_what_is_not_under_way_cannot_be_paused(desk: Desk, shop: Workshop) -> None:
    ran = desk.hub("pause", published(desk))
    assert ran.code == 1 and "is published" in ran.err and "only what is under way" in ran.err


def test_a_publication_that_died_is_paused_at_once_and_goes_on_when_it_is_resumed(desk: Desk, shop: Workshop) -> None:
    identity = published(desk)
    app = App(load(desk.folder / "hub.toml"))
    app.store.set_run(identity, replace(app.store.publication(identity).targets[0], status="running"))
    app.store.start_publication(identity, 0.0)
    ran = desk.hub("pause", identity, "--json")
    assert (ran.code, ran.json()["status"], complaints("pause", ran.json())) == (0, "paused", [])
    assert desk.hub("pause", identity).code == 1 and "paused" in desk.hub("status").out
    assert desk.hub("publish", "--resume", identity).code == 0
    assert [one.verb for one in app.store.people.audit()] == ["resume", "pause", "publish"]
