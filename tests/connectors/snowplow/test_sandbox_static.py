"""The static registry sandbox: read-only files and list objects (apis/snowplow.md section 1.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.sandbox import Fault, Request, Response
from connectors.snowplow.sandbox import StaticRegistrySandbox


def build(*uris: str, **switches: Any) -> StaticRegistrySandbox:
    box = StaticRegistrySandbox(switches=switches)
    for uri in uris:
        box.edit({"do": "put", "uri": f"iglu:{uri}", "content": {"type": "object", "description": uri}})
    return box


def get(box: StaticRegistrySandbox, target: str, method: str = "GET", **headers: str) -> Response:
    return box.handle(Request.build(method, target, headers, b""))


ONE = "com.acme/event/jsonschema/1-0-0"


def test_a_file_is_served_to_anyone_with_any_key() -> None:
    answer = get(build(ONE), f"/schemas/{ONE}", apikey="no uuid")
    assert (answer.status, json.loads(answer.body)["description"]) == (200, ONE)


def test_another_format_is_plain_text() -> None:
    box = build()
    box.edit({"do": "put", "uri": "iglu:com.acme/event/thrift/1-0-0", "content": "struct Event {}"})
    assert get(box, "/schemas/com.acme/event/thrift/1-0-0").body == b"struct Event {}"


@pytest.mark.parametrize("missing", [404, 403])
@pytest.mark.parametrize("target", ["/", "/schemas/", "/schemas/com.acme", f"/schemas/{ONE}/", f"/schemas/{ONE[:-1]}1"])
def test_what_is_not_there(target: str, missing: int) -> None:
    assert get(build(ONE, missing=missing), target).status == missing


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_it_is_read_only(method: str) -> None:
    box = build(ONE)
    assert get(box, f"/schemas/{ONE}", method).status == 405
    assert len(box.dump()["files"]) == 1


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream"])
def test_content_type_is_up_to_the_host(content_type: str) -> None:
    answer = get(build(ONE, content_type=content_type), f"/schemas/{ONE}")
    assert answer.headers == {"content-type": content_type}


@pytest.mark.parametrize(
    ("target", "versions"),
    [("/schemas", ["1-0-0", "1-0-10", "1-0-2", "2-0-0"]), ("/schemas/a/b/jsonschema/1", ["1-0-0", "1-0-10", "1-0-2"])],
)
def test_lists_are_sorted_as_plain_strings(target: str, versions: list[str]) -> None:
    box = build(*(f"a/b/jsonschema/{version}" for version in ("2-0-0", "1-0-2", "1-0-10", "1-0-0")), "a/b/avro/1-0-0")
    assert json.loads(get(box, target).body) == [f"iglu:a/b/jsonschema/{version}" for version in versions]


def test_a_model_without_one_order_has_no_list_and_is_left_out_of_the_whole() -> None:
    box = build(*(f"a/b/jsonschema/{version}" for version in ("1-0-0", "1-0-1", "1-1-0", "2-0-0")))
    assert get(box, "/schemas/a/b/jsonschema/1").status == 404
    assert json.loads(get(box, "/schemas").body) == ["iglu:a/b/jsonschema/2-0-0"]


def test_lists_are_optional() -> None:
    assert get(build(ONE, lists="none"), "/schemas").status == 404


@pytest.mark.parametrize(("mood", "listed"), [("half-page", ["iglu:a/b/jsonschema/1-0-0"]), ("empty-list", [])])
def test_moods(mood: str, listed: list[str]) -> None:
    box = build("a/b/jsonschema/1-0-0", "a/c/jsonschema/1-0-0")
    box.faults.append(Fault("mood", mood=mood))
    assert json.loads(get(box, "/schemas").body) == listed


def test_dump_loads_equal() -> None:
    box, other = build(ONE), build()
    other.load(json.loads(json.dumps(box.dump())))
    assert other.dump() == box.dump()


def test_the_owner_removes_a_file() -> None:
    box = build(ONE)
    box.edit({"do": "remove", "uri": f"iglu:{ONE}"})
    assert box.dump() == {"files": {}}


@pytest.mark.parametrize(
    "change", [{}, {"do": "put", "uri": f"iglu:{ONE}"}, {"do": "remove", "uri": f"iglu:{ONE}"}, {"do": "x", "uri": "y"}]
)
def test_edits_that_make_no_sense(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        build().edit(change)
