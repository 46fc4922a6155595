"""docs/api.md is true: its curl commands do what they say, and its tables are complete."""

from __future__ import annotations

import re
import shlex
from typing import Any

import httpx

from hub.web.api.describing import description
from hub.web.api.problems import KINDS
from hub.web.tokens import ROLE_OF
from tests.acceptance.pages import page
from tests.hub.web.api.programs import program
from tests.hub.web.visitors import HOST, Quay, Visitor

PAGE = page("docs/api.md")
COMMANDS = [
    command
    for block in PAGE.blocks
    if block.info == "bash"
    for command in block.text.replace("\\\n", " ").strip().splitlines()
]
KNOWN = {"job": "JOB", "fingerprint": "FINGERPRINT", "publication": "PUBLICATION"}
"""Keys of answers, and the variables of later commands that they fill."""


def carried_out(quay: Quay, command: str, variables: dict[str, str]) -> httpx.Response:
    """A curl command as the request that it stands for; the shell's quotes and variables are minded."""
    spelled = re.sub(r"\$([A-Z_]+)", lambda found: variables[found[1]], command)
    words = shlex.split(spelled)
    assert words[:2] == ["curl", "-sS"], command
    method, headers, body, address = "GET", {}, None, ""
    rest = iter(words[2:])
    for word in rest:
        match word:
            case "-X":
                method = next(rest)
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            case "-d":
                body = next(rest)
            case _:
                address = word
    return Visitor(quay).ask(method, address.removeprefix(HOST), headers=headers, content=body)


def test_the_commands_preview_publish_and_read_the_receipt(quay: Quay) -> None:
    variables = {"HUB": HOST, "HUB_TOKEN": program(quay, "publish").token}
    said: list[Any] = []
    for command in COMMANDS:
        answer = carried_out(quay, command, variables)
        assert answer.is_success, (command, answer.text)
        said.append(answer.json())
        variables |= {KNOWN[key]: str(one) for key, one in said[-1].items() if key in KNOWN and one is not None}
        variables |= {"DRAFT": str(said[-1]["id"])} if "/drafts" in command and "id" in said[-1] else {}
        quay.work()
    assert [one["outcome"] for one in next(one["items"] for one in said if "items" in one)] == ["done", "done"]
    assert said[-1]["written"] == ["plan.yaml"] and "It left the quay." in quay.plan_file.read_text()


def test_every_call_stands_in_the_table_with_its_scope() -> None:
    calls = {
        f"{method.upper()} {path.removeprefix('/api/v1')}": operation["security"][0]["token"][0]
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    }
    assert PAGE.table("call", under="Calls") == calls


def test_every_problem_and_scope_is_explained() -> None:
    rows = PAGE.table("status", under="Problems")
    told = {name: int(status) for status, names in rows.items() for name in re.findall(r"[a-z]+", names)}
    assert told == {kind.name: kind.status for kind in KINDS.values()}
    assert list(PAGE.table("scope", under="A token")) == list(ROLE_OF)
