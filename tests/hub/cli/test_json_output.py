"""docs/json-output.md is true: its examples have the shapes beside them, and so has what each command prints."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from connectors.sandbox import Fault
from hub.cli.main import COMMANDS
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import Desk

PAGE = (Path(__file__).parents[3] / "docs" / "json-output.md").read_text(encoding="utf-8")
PARTS = yaml.safe_load(re.search(r"```yaml\n(\$defs:.*?)```", PAGE, re.S)[1])  # type: ignore[index]
SECTIONS = [
    (json.loads(example), yaml.safe_load(schema))
    for example, schema in re.findall(r"```json\n(.*?)```\n\n```yaml\n(shape:.*?)```", PAGE, re.S)
]
SHAPES: Mapping[str, Any] = {schema.pop("shape"): schema | PARTS for _, schema in SECTIONS}


def complaints(shape: str, data: Any) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in Draft202012Validator(SHAPES[shape]).iter_errors(data)]


@pytest.mark.parametrize(
    ("example", "shape"), list(zip((one for one, _ in SECTIONS), SHAPES, strict=True)), ids=list(SHAPES)
)
def test_every_example_has_its_shape(example: Any, shape: str) -> None:
    Draft202012Validator.check_schema(SHAPES[shape])
    assert complaints(shape, example) == []


def test_every_command_is_on_this_page_and_nothing_else() -> None:
    silent = {"worker"}  # serves until it is stopped; its log is no result
    named = set(re.findall(r"^## hub ([a-z]+)", PAGE, re.M))
    assert named | silent == set(COMMANDS)


EXPORT = ("export", "json-schema", "plan.yaml", "-o", "schemas")
SET = ("--set", "token=env:TOKEN", "--set", "tracking_plan_id=tp_1")


@pytest.mark.parametrize(
    ("shape", "arguments", "code"),
    [
        ("init", ("init",), 0),
        ("connect", ("connect", "segment"), 0),
        ("connect", ("connect", "segment", "--name", "two", "--no-test", *SET), 0),
        ("import", ("import", "json-schema", "schema.json"), 0),
        ("check", ("check", "plan.yaml"), 0),
        ("export", EXPORT, 0),
        ("preview", ("preview", "plan.yaml"), 2),
        ("publish", ("publish", "plan.yaml", "--yes"), 0),
        ("status", ("status",), 0),
        ("history", ("history",), 0),
        ("connectors list", ("connectors", "list"), 0),
        ("connectors check", ("connectors", "check", "snowplow"), 0),
        ("connectors new", ("connectors", "new", "gazette"), 0),
        ("error", ("preview", "nowhere.yaml"), 1),
        ("error", ("check", "broken.yaml"), 1),
        ("error", ("publish", "plan.yaml"), 64),
        ("error", ("nonsense",), 64),
    ],
)
def test_what_a_command_prints_has_the_shape(
    desk: Desk, shop: Workshop, shape: str, arguments: tuple[str, ...], code: int
) -> None:
    desk.write("schema.json", '{"title": "Seen", "type": "object", "properties": {"at": {"type": "string"}}}')
    desk.write("broken.yaml", "name: 3\nevents: []\n")
    ran = desk.hub(*arguments, "--json")
    assert (ran.code, ran.err) == (code, "")
    assert complaints(shape, ran.json()) == []


def test_shapes_hold_when_there_is_something_to_tell(desk: Desk, shop: Workshop) -> None:
    sandbox = shop.sandboxes["segment"]
    identity = desk.hub("publish", "plan.yaml", "--yes", "--json").json()["id"]
    sandbox.load({**sandbox.dump(), "rules": []}) if "rules" in sandbox.dump() else None
    assert complaints("history of one", desk.hub("history", identity, "--json").json()) == []
    desk.write("plan.yaml", "name: Shop\nevents: {Order Completed: {description: Other words.}}\n")
    assert complaints("preview", desk.hub("preview", "plan.yaml", "--json").json()) == []
    sandbox.faults.append(Fault("status", "^(PATCH|PUT|POST)", times=99, status=400, body='{"errors": []}'))
    failed = desk.hub("publish", "plan.yaml", "--yes", "--json")
    assert failed.code == 1 and complaints("publish", failed.json()) == []
    status = desk.hub("status", "--json").json()
    assert status["unfinished"] and complaints("status", status) == []
    assert [complaints("history", desk.hub("history", "--json").json())] == [[]]


def test_the_shape_of_a_target_that_cannot_be_read(desk: Desk, shop: Workshop) -> None:
    shop.sandboxes["segment"].faults.append(Fault("status", times=99, status=401, body="{}"))
    ran = desk.hub("preview", "plan.yaml", "--json")
    assert ran.code == 1 and complaints("preview", ran.json()) == []
    assert ran.json()["unreachable"][0]["verdict"] == "ask"


def test_the_shape_of_a_demo(desk: Desk) -> None:
    ran = desk.hub("demo", "--once", "--json", "--plan", "plan.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert complaints("demo", ran.json()) == []


def test_a_shape_that_has_not_all_keys_is_noticed() -> None:
    assert complaints("preview", {"plan": "Shop"}) and complaints("publish", {**SECTIONS[6][0], "more": 1})
