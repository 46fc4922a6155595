"""The API's description is true: of every call it says who may, what comes back, and an example that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hub.web.api.calling import WRITES
from hub.web.api.describing import PARTS, description
from hub.web.api.examples import EXAMPLES
from hub.web.api.problems import KINDS
from hub.web.tokens import SCOPES
from tests.hub.web.api.programs import Program
from tests.hub.web.visitors import Quay

SAID = description()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in SAID["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


CALLS = list(operations())
NAMES = [operation["operationId"] for _, _, operation in CALLS]


def complaints(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": SAID["components"]}
    return [one.message for one in Draft202012Validator(whole).iter_errors(value)]


def test_it_is_read_without_a_token_and_names_this_version(quay: Quay) -> None:
    answer = Program(quay).ask("GET", "/openapi.json")
    assert (answer.status_code, answer.json()["openapi"]) == (200, "3.1.0")
    assert len(answer.json()["paths"]) > 40


def test_every_route_is_described_once() -> None:
    routes = sum(len(part.router.routes) for part in PARTS)
    assert len(NAMES) == len(set(NAMES)) == routes and set(EXAMPLES) == set(NAMES)


@pytest.mark.parametrize(("method", "path", "operation"), CALLS, ids=NAMES)
def test_a_call_is_described_whole(method: str, path: str, operation: dict[str, Any]) -> None:
    (scheme,) = operation["security"]
    assert operation["summary"] and operation["description"] and scheme["token"][0] in SCOPES
    known = {kind.status for kind in KINDS.values()}
    assert {int(status) for status in operation["responses"] if status[0] != "2"} <= known
    assert {"401", "403", "404", "409", "422", "429"} <= set(operation["responses"])
    parameters = {one["name"] for one in operation.get("parameters", ())}
    assert ("Idempotency-Key" in parameters) == (method in WRITES)
    assert ("428" in operation["responses"]) == ("If-Match" in parameters)


@pytest.mark.parametrize(("method", "path", "operation"), CALLS, ids=NAMES)
def test_the_examples_of_a_call_have_its_shapes(method: str, path: str, operation: dict[str, Any]) -> None:
    good = next(one for status, one in operation["responses"].items() if status[0] == "2")
    contents = [good["content"]["application/json"]]
    contents += [operation["requestBody"]["content"]["application/json"]] if "requestBody" in operation else []
    assert [complaints(one["schema"], one["example"]) for one in contents] == [[]] * len(contents)


def test_the_examples_of_problems_have_their_shape() -> None:
    for answer in SAID["components"]["responses"].values():
        (content,) = answer["content"].values()
        assert complaints(content["schema"], content["example"]) == []


def test_shapes_are_closed_so_that_a_key_too_many_is_noticed() -> None:
    example = {**EXAMPLES["get_proposal"]["answer"], "more": 1}
    assert complaints({"$ref": "#/components/schemas/ProposalShape"}, example)


@pytest.mark.parametrize(("method", "path", "operation"), CALLS, ids=NAMES)
def test_no_call_is_answered_without_a_token(quay: Quay, method: str, path: str, operation: dict[str, Any]) -> None:
    filled = {"number": "1", "publication": "p" + "0" * 11, "fingerprint": "0" * 16}
    address = re.sub(r"{(\w+)}", lambda found: filled[found[1]], path).removeprefix("/api/v1")
    assert Program(quay).ask(method, address, {} if method in WRITES else None).status_code == 401


def test_the_page_for_people_has_every_call_and_problem(quay: Quay) -> None:
    page = Program(quay).ask("GET", "/docs")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert [name for name in (*NAMES, *KINDS) if f'id="{name}"' not in page.text] == []
    assert "<script>" not in page.text and "style=" not in page.text
