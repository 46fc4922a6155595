"""The Iglu sandbox: forms, lists and their order; sections are those of apis/snowplow.md."""

from __future__ import annotations

import json

import pytest

from tests.connectors.snowplow.sandbox_api import IGLU, Iglu, path, schema, uri

# Reading (section 3.1) ------------------------------------------------------------------------------------------


def test_canonical_is_the_default_of_one_schema_and_uri_of_lists() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    assert iglu.ask("GET", path()) == (200, schema())
    assert iglu.ask("GET", "/api/schemas/com.acme/event") == (200, [uri()])


@pytest.mark.parametrize("form", ["uri", "URI", "Uri"])
def test_the_uri_form_of_one_schema_is_a_json_string(form: str) -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    assert iglu.send("GET", f"{path()}?repr={form}").body == b'"iglu:com.acme/event/jsonschema/1-0-0"'


@pytest.mark.parametrize(("choice", "first"), [("absent", "self"), ("present", "$schema")])
def test_meta_form(choice: str, first: str) -> None:
    iglu = Iglu(step=0, meta_schema=choice)
    iglu.post("1-0-0")
    [shown] = iglu.ask("GET", "/api/schemas?repr=meta")[1]
    assert next(iter(shown)) == first
    assert shown["metadata"] == {
        "createdAt": "2023-11-14T22:13:20.123456Z",
        "updatedAt": "2023-11-14T22:13:20.123456Z",
        "isPublic": False,
    }


@pytest.mark.parametrize(
    ("now", "database", "text"),
    [
        (1_700_000_000.123456, "inmemory", "2023-11-14T22:13:20.123Z"),
        (1_700_000_000.25, "postgres", "2023-11-14T22:13:20.250Z"),
        (1_700_000_000.0, "postgres", "2023-11-14T22:13:20Z"),
    ],
)
def test_precision_of_times(now: float, database: str, text: str) -> None:
    iglu = Iglu(step=0, database=database)
    iglu.clock.now = now
    iglu.post("1-0-0")
    assert iglu.ask("GET", f"{path()}?repr=meta")[1]["metadata"]["createdAt"] == text


def test_old_parameters_are_ignored() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    assert iglu.uris("/api/schemas?metadata=1&body=1") == [uri()]


def test_a_model_list_holds_one_model() -> None:
    iglu = Iglu()
    iglu.post("1-0-0", "2-0-0", "2-0-1")
    assert iglu.uris("/api/schemas/com.acme/event/jsonschema/2") == [uri("2-0-0"), uri("2-0-1")]


def test_a_group_list_holds_all_formats() -> None:
    iglu = Iglu()
    iglu.edit("insert", uri="iglu:com.acme/event/avro/1-0-0", content={"fields": []})
    assert iglu.uris("/api/schemas/com.acme/event") == ["iglu:com.acme/event/avro/1-0-0"]


def test_lists_go_by_publication_not_by_version() -> None:
    iglu = Iglu()
    iglu.post("1-0-0", "2-0-0", "1-0-1")
    assert iglu.uris() == [uri("1-0-0"), uri("2-0-0"), uri("1-0-1")]


@pytest.mark.parametrize(("database", "second"), [("postgres", "2-0-0"), ("inmemory", "1-0-1")])
def test_ties_go_by_row_in_the_database_and_by_version_in_memory(database: str, second: str) -> None:
    iglu = Iglu(step=0, database=database)
    iglu.post("1-0-0", "2-0-0", "1-0-1")
    assert iglu.uris()[1] == uri(second)


def test_more_than_four_top_level_keys_lose_their_order_but_nested_keys_keep_it() -> None:
    iglu = Iglu()
    nested = {"z": {"type": "null", "description": "z"}, "a": {"description": "a", "type": "null"}}
    body = {"type": "object", "additionalProperties": False, "properties": nested, "description": "d"}
    iglu.ask("POST", "/api/schemas", {"$schema": IGLU, "self": schema()["self"], **body})
    shown = iglu.ask("GET", path())[1]
    assert list(shown) == ["$schema", "self", "description", "properties", "additionalProperties", "type"]
    assert json.dumps(shown["properties"]) == json.dumps(nested)


def test_a_plain_body_keeps_its_top_level_order() -> None:
    iglu = Iglu()
    iglu.ask("PUT", path(), {"type": "object", "title": "t", "id": "i", "properties": {}, "description": "d"})
    assert list(iglu.ask("GET", path())[1])[2:] == ["type", "title", "id", "properties", "description"]
