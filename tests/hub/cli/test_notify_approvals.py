"""Approvals and `hub serve`, as commands; and that no output and no database ever holds a secret of a destination."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from connectors.sandbox import Sandbox
from hub.cli import approving
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import PLAN, Desk
from tests.hub.cli.listeners import configure, listening, titles
from tests.hub.cli.test_json_output import complaints

CAREFUL = PLAN.replace("name: Shop\n", "name: Shop\nconventions: {approval: true}\n")


@pytest.fixture
def slack(desk: Desk, shop: Workshop) -> Iterator[Sandbox]:
    desk.write("plan.yaml", CAREFUL)
    with listening(desk, "slack") as people:
        yield people["slack"]


@pytest.fixture
def ben(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another person sits at the terminal that approves."""
    monkeypatch.setattr(approving, "who_am_i", lambda: "ben")


def asked(desk: Desk) -> str:
    """Publish without an approval; the fingerprint that is asked for."""
    ran = desk.hub("publish", "plan.yaml", "--yes", "--json")
    assert ran.code == 1
    return str(desk.hub("approvals", "--json").json()[0]["fingerprint"])


# Approvals ------------------------------------------------------------------------------------------------------


def test_a_publish_without_approval_writes_nothing_and_asks(desk: Desk, slack: Sandbox) -> None:
    ran = desk.hub("publish", "plan.yaml", "--yes")
    (waiting,) = desk.hub("approvals", "--json").json()
    assert ran.code == 1 and f"hub approvals give {waiting['fingerprint']}" in ran.err
    assert titles(slack) == ["A publish of Shop waits for your approval"]
    assert "0 managed documents" in desk.hub("status").out


def test_what_waits_is_listed_here_and_in_the_status(desk: Desk, slack: Sandbox) -> None:
    fingerprint = asked(desk)
    assert desk.hub("approvals").out.startswith(f"{fingerprint}  Shop, asked by ")
    assert f"waits for approval: hub approvals give {fingerprint}" in desk.hub("status").out
    assert complaints("approvals", desk.hub("approvals", "--json").json()) == []
    assert complaints("status", desk.hub("status", "--json").json()) == []


def test_nothing_waits(desk: Desk) -> None:
    assert desk.hub("approvals").out == "nothing waits for approval\n"
    assert desk.hub("approvals", "--json").json() == []


def test_another_persons_yes_lets_exactly_that_through(desk: Desk, slack: Sandbox, ben: None) -> None:
    fingerprint = asked(desk)
    given = desk.hub("approvals", "give", fingerprint, "--why", "as agreed", "--json")
    assert given.code == 0 and complaints("approvals give", given.json()) == []
    assert (given.json()["state"], given.json()["who"], given.json()["why"]) == ("approved", "ben", "as agreed")
    assert desk.hub("publish", "plan.yaml", "--fingerprint", fingerprint).code == 0
    assert titles(slack)[0] == "A publish of Shop is approved"


def test_a_yes_names_the_next_step(desk: Desk, slack: Sandbox, ben: None) -> None:
    fingerprint = asked(desk)
    ran = desk.hub("approvals", "give", fingerprint)
    assert (ran.code, ran.out.splitlines()[0]) == (0, f"{fingerprint} is approved")
    assert f"hub publish Shop --fingerprint {fingerprint}" in ran.out


def test_a_no_ends_it(desk: Desk, slack: Sandbox, ben: None) -> None:
    fingerprint = asked(desk)
    refused = desk.hub("approvals", "refuse", fingerprint, "--why", "too late today", "--json")
    assert refused.code == 0 and complaints("approvals give", refused.json()) == []
    ran = desk.hub("publish", "plan.yaml", "--yes")
    assert ran.code == 1 and "ben did not approve of this: too late today" in ran.err
    assert titles(slack) == ["A publish of Shop is not approved"]


@pytest.mark.parametrize(
    ("twice", "message", "hint"),
    [(False, "an approval needs another person", "asked for it"), (True, "is refused already", "preview and ask anew")],
)
def test_who_asked_cannot_answer_yes_and_nobody_answers_twice(
    desk: Desk, slack: Sandbox, twice: bool, message: str, hint: str
) -> None:
    fingerprint = asked(desk)
    if twice:
        desk.hub("approvals", "refuse", fingerprint)
    ran = desk.hub("approvals", "give", fingerprint)
    assert ran.code == 1 and message in ran.err and hint in ran.err


def test_nobody_asked(desk: Desk) -> None:
    ran = desk.hub("approvals", "give", "0123456789abcdef")
    assert ran.code == 1 and "nobody asked for approval" in ran.err and "→ `hub approvals` lists" in ran.err
    assert desk.hub("approvals", "give").code == 64


# hub serve ------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The sockets that the web server would have listened on."""
    seen: list[Any] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: seen.extend(sockets))
    return seen


def test_serving_says_where(desk: Desk, served: list[socket.socket]) -> None:
    ran = desk.hub("serve", "--port", "0", "--json")
    assert ran.code == 0 and complaints("serve", ran.json()) == []
    assert ran.json()["url"] == f"http://127.0.0.1:{served[0].getsockname()[1]}"
    served[0].close()


def test_a_port_that_is_taken_is_refused(desk: Desk, served: list[socket.socket]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ran = desk.hub("serve", "--port", str(other.getsockname()[1]))
    assert ran.code == 1 and "cannot be listened on" in ran.err and "--port 0" in ran.err and served == []


def test_nothing_is_served_for_a_destination_that_is_set_up_wrongly(desk: Desk, served: list[socket.socket]) -> None:
    configure(desk, '[notify.slack]\ntoken = "env:NO_SUCH"\n')
    ran = desk.hub("serve", "--port", "0")
    assert ran.code == 1 and "the environment has no NO_SUCH" in ran.err and served == []


# Secrets --------------------------------------------------------------------------------------------------------

COMMANDS = (
    ("publish", "plan.yaml", "--yes"), ("notifications",), ("notifications", "deliver"), ("notifications", "retry"),
    ("notify", "test", "slack"), ("notify", "test", "jira"), ("notify", "test", "webhook"),
    ("notify", "preview", "--event", "event.json"), ("status",), ("history",), ("approvals",),
)  # fmt: skip


@pytest.mark.parametrize("trouble", [False, True], ids=["a good day", "revoked"])
def test_no_output_and_no_database_holds_a_secret(desk: Desk, shop: Workshop, trouble: bool) -> None:
    desk.write(
        "event.json", '{"kind": "drift.resolved", "plan": "P", "subject": "x", "data": {"target": "a", "count": 0}}'
    )
    with listening(desk, "slack", "jira", "webhook") as people:
        if trouble:
            people["slack"].edit({"do": "revoke_token"})
            desk.write("jira_api_token", f"{secrets(people)['jira']}-and-wrong")
        said = [desk.hub(*command, *more) for command in COMMANDS for more in ((), ("--json",))]
    kept = b"".join(file.read_bytes() for file in desk.folder.glob("hub.db*"))
    told = "".join(one.out + one.err for one in said)
    assert [name for name, secret in secrets(people).items() if secret in told or secret.encode() in kept] == []


def secrets(people: dict[str, Sandbox]) -> dict[str, str]:
    """What must not be seen, by where it belongs."""
    slack, jira, webhook = (people[kind].demo_credentials() for kind in ("slack", "jira", "webhook"))
    return {
        "slack": slack["token"],
        "presses": slack["signing_secret"],
        "jira": jira["api_token"],
        "webhook": webhook["secret"],
    }
