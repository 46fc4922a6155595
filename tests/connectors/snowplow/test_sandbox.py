"""The Iglu sandbox: who is asked what, keys and permissions; sections are those of apis/snowplow.md."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.snowplow.sandbox import READ_KEY, SUPER_KEY, WRITE_KEY
from tests.connectors.snowplow.sandbox_api import STRANGER, Iglu, path, plain, said, schema, uri

# Routes, keys, query parameters (sections 1.1, 3.0) -------------------------------------------------------------

NO_VERSION = "Cannot parse version part '{}' as SchemaVer, INVALID_SCHEMAVER"
EMPTY_SERVER_ANSWERS = [
    ("GET", "/", 404, "The endpoint does not exist"),
    ("GET", "/schemas", 404, "The endpoint does not exist"),
    ("GET", "/api/schema", 404, "The endpoint does not exist"),
    ("GET", "/static/other", 404, "The endpoint does not exist"),
    ("GET", "/api/schemas/v/n/jsonschema", 404, ""),
    ("GET", "/api/validation/schema", 404, ""),
    ("POST", "/api/validation/validate", 404, ""),
    ("GET", "/api/schemas/com.acme", 404, "No schemas available"),
    ("GET", "/api/schemas/com.acme/event", 404, "No schemas available"),
    ("GET", "/api/schemas/com.acme/event/jsonschema/1", 404, "No schemas available"),
    ("GET", "/api/schemas/com.acme/event/jsonschema/1-0-0", 404, "The schema is not found"),
    (
        "GET",
        "/api/schemas/a/b/jsonschema/boom",
        400,
        NO_VERSION.format("boom"),
    ),
    ("GET", "/api/schemas/a/b/avro/1", 400, NO_VERSION.format("1")),
    (
        "PUT",
        "/api/schemas/a/b/jsonschema/0-0-1",
        400,
        NO_VERSION.format("0-0-1"),
    ),
    ("GET", "/api/schemas/com.acme/", 404, "No schemas available"),
    ("GET", "/api/schemas/com.acme/event/", 404, ""),
    ("GET", "/api/schemas/com.acme/event/jsonschema/1-0-0/", 400, "Invalid number format: '1-0-0'"),
    ("GET", "/api/meta/server/", 404, ""),
    ("PUT", "/api/schemas", 405, "PUT not allowed. Defined methods: GET, POST\n"),
    ("POST", "/api/schemas/a/b/jsonschema/1-0-0", 405, "POST not allowed. Defined methods: DELETE, GET, PUT\n"),
    ("GET", "/api/validation/validate/instance", 405, "GET not allowed. Defined methods: POST\n"),
    ("POST", "/api/meta/health", 405, "POST not allowed. Defined methods: GET\n"),
    ("GET", "/api/schemas?repr=x", 400, "Unknown schema representation format: 'x'"),
    ("POST", "/api/schemas?isPublic=yes", 400, "Invalid boolean format: 'yes'"),
    ("POST", "/api/schemas?isPublic=True", 400, "Invalid boolean format: 'True'"),
    ("POST", "/api/validation/validate/schema/avro", 400, "Unknown schema format: 'avro'"),
]


@pytest.mark.parametrize(("method", "target", "status", "message"), EMPTY_SERVER_ANSWERS)
def test_an_empty_server_refuses(method: str, target: str, status: int, message: str) -> None:
    assert Iglu().ask(method, target) == (status, said(message))


@pytest.mark.parametrize("target", ["/api/schemas", "/api/schemas/"])
def test_anonymous_list_of_an_empty_server_is_empty(target: str) -> None:
    assert Iglu().ask("GET", target, key=None) == (200, [])


@pytest.mark.parametrize("key", ["x", "", "48b267d7cd2b4f22bae40f002008b5ad", "1-1-1-1", "g-1-1-1-1"])
@pytest.mark.parametrize("target", ["/api/schemas", "/api/meta/health", "/api/drafts", "/api/schemas/v/n/unmatched"])
def test_a_malformed_key_is_refused_by_every_keyed_service(target: str, key: str) -> None:
    assert Iglu().ask("GET", target, key=key) == (400, said("Invalid UUID for ApiKey"))


def test_a_malformed_key_does_not_matter_outside_the_keyed_services() -> None:
    assert Iglu().send("GET", "/api/debug", key="x").status == 501


def test_a_short_uuid_is_read_as_java_reads_it() -> None:
    iglu = Iglu()
    iglu.edit("key", uuid="00000001-0001-0001-0001-000000000001", vendor="org.other", schema="READ", key=[])
    assert iglu.ask("GET", "/api/meta/server", key="1-1-1-1-1")[1]["authInfo"]["vendor"] == "org.other"


@pytest.mark.parametrize("key", [None, STRANGER])
def test_a_private_schema_is_hidden_from_anonymous_and_unknown_keys(key: str | None) -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    assert iglu.ask("GET", path(), key=key) == (404, said("The schema is not found"))
    assert iglu.uris(key=key) == []


def test_swagger_takes_the_place_of_a_vendor_of_that_name() -> None:
    assert Iglu().ask("GET", "/api/schemas/swagger.json")[1]["swagger"] == "2.0"


# Permissions (section 1.2) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "status"), [("com.acme", 201), ("com.acme.mobile", 201), ("com.acmecorp", 403), ("com", 403)]
)
def test_a_write_key_covers_its_prefix_by_dot_parts(vendor: str, status: int) -> None:
    assert Iglu().post("1-0-0", vendor=vendor)[0] == status


@pytest.mark.parametrize("schema_action", ["BUMP", "CREATE", "CREATE_VENDOR"])
def test_every_action_but_read_writes(schema_action: str) -> None:
    iglu = Iglu()
    key = iglu.edit("key", vendor="com.acme", schema=schema_action, key=[])["key"]
    assert iglu.post("1-0-0", key=key)[0] == 201


@pytest.mark.parametrize("key", [READ_KEY, STRANGER])
def test_writing_without_the_right_is_403(key: str) -> None:
    assert Iglu().post("1-0-0", key=key) == (403, said("Authentication error: not authorized"))


def test_the_super_key_writes_for_any_vendor() -> None:
    assert Iglu().post("1-0-0", key=SUPER_KEY, vendor="org.other")[0] == 201


@pytest.mark.parametrize(("database", "seen"), [("postgres", ["com.acme", "com.acme.web"]), ("inmemory", ["com.acme"])])
def test_an_exact_vendor_key_survives_only_in_memory(database: str, seen: list[str]) -> None:
    iglu = Iglu(database=database)
    for vendor in ("com.acme", "com.acme.web"):
        iglu.post("1-0-0", vendor=vendor)
    key = iglu.edit("key", vendor="com.acme", schema="READ", key=[], wildcard=False)["key"]
    assert iglu.uris(key=key) == [uri(vendor=vendor) for vendor in seen]


def test_lists_hold_what_the_key_may_read_and_every_public_schema() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    iglu.edit("publish", schema=schema(vendor="org.secret"))
    iglu.edit("publish", schema=schema(vendor="org.open"), isPublic=True)
    assert iglu.uris() == [uri(), uri(vendor="org.open")]


# Keys, meta, drafts, cache --------------------------------------------------------------------------------------


def test_keygen_makes_a_read_and_a_write_key() -> None:
    iglu = Iglu()
    made = iglu.ask("POST", "/api/auth/keygen", {"vendorPrefix": "org.other"}, SUPER_KEY)[1]
    assert iglu.post("1-0-0", key=made["read"], vendor="org.other")[0] == 403
    assert iglu.post("1-0-0", key=made["write"], vendor="org.other.web")[0] == 201
    assert iglu.uris(key=made["read"]) == [uri(vendor="org.other.web")]


@pytest.mark.parametrize("prefix", ["*", "", "  "])
def test_a_key_for_any_vendor(prefix: str) -> None:
    iglu = Iglu()
    made = iglu.ask("POST", "/api/auth/keygen", {"vendorPrefix": prefix}, SUPER_KEY)[1]
    assert iglu.post("1-0-0", key=made["write"], vendor="any.one")[0] == 201


@pytest.mark.parametrize(
    ("body", "key", "status", "message"),
    [
        ({"vendorPrefix": "com.acme"}, WRITE_KEY, 403, "Not sufficient privileges to create keys"),
        ({"vendorPrefix": "com.acme"}, None, 403, "Not sufficient privileges to create keys"),
        ({}, SUPER_KEY, 422, "The request body was invalid."),
        (b"vendorPrefix=com.acme", SUPER_KEY, 400, "The request body was malformed."),
        ({"vendorPrefix": "com.foo"}, "keeper", 403, "Cannot create com.foo using your permissions"),
        ({"vendorPrefix": "*"}, "keeper", 403, "Cannot create  using your permissions"),
    ],
)
def test_keygen_refusals(body: Any, key: str | None, status: int, message: str) -> None:
    iglu = Iglu()
    keeper = iglu.edit("key", vendor="com.acme", schema=None, key=["CREATE"])["key"]
    asked = keeper if key == "keeper" else key
    assert iglu.ask("POST", "/api/auth/keygen", body, asked) == (status, said(message))


@pytest.mark.parametrize(
    ("query", "key", "status", "message"),
    [
        (f"?key={WRITE_KEY}", SUPER_KEY, 200, "Keys have been deleted"),
        (f"?key={STRANGER}", SUPER_KEY, 200, "Keys have been deleted"),
        (f"?key={WRITE_KEY}", WRITE_KEY, 403, "Not sufficient privileges to delete key"),
        ("", WRITE_KEY, 400, "Missing query param: key"),
        ("?key=x", SUPER_KEY, 400, "Invalid uuid format: x"),
    ],
)
def test_deleting_keys(query: str, key: str, status: int, message: str) -> None:
    iglu = Iglu()
    assert iglu.ask("DELETE", f"/api/auth/keygen{query}", key=key) == (status, said(message))
    deleted = status == 200 and WRITE_KEY in query
    assert set(iglu.box.dump()["keys"]) == {READ_KEY} | (set() if deleted else {WRITE_KEY})


@pytest.mark.parametrize(
    ("key", "auth", "count"),
    [
        (None, {"vendor": "", "schema": None, "key": []}, 0),
        (STRANGER, {"vendor": "", "schema": None, "key": []}, 0),
        (READ_KEY, {"vendor": "com.acme", "schema": "READ", "key": []}, 1),
        (WRITE_KEY, {"vendor": "com.acme", "schema": "CREATE_VENDOR", "key": []}, 1),
        (SUPER_KEY, {"vendor": "", "schema": "CREATE_VENDOR", "key": ["CREATE", "DELETE"]}, 2),
    ],
)
def test_meta_server_counts_only_what_the_key_covers(key: str | None, auth: dict[str, Any], count: int) -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    iglu.edit("publish", schema=schema(vendor="org.open"), isPublic=True)
    told = iglu.ask("GET", "/api/meta/server", key=key)[1]
    assert told == {
        "version": "0.14.0",
        "authInfo": auth,
        "database": "postgres",
        "schemaCount": count,
        "debug": True,
        "patchesAllowed": False,
    }


@pytest.mark.parametrize(
    ("target", "terminating", "status", "text"),
    [
        ("/api/meta/health", False, 200, "OK"),
        ("/api/meta/health", True, 503, "Service Unavailable"),
        ("/api/meta/health/db", True, 200, "OK"),
    ],
)
def test_health(target: str, terminating: bool, status: int, text: str) -> None:
    answer = Iglu(flags={"terminating": terminating}).send("GET", target, key=None)
    assert (answer.status, answer.body.decode()) == (status, text)


@pytest.mark.parametrize(
    ("debug", "database", "status"), [(True, "inmemory", 200), (True, "postgres", 501), (False, "inmemory", 404)]
)
def test_debug_prints_keys_without_a_key(debug: bool, database: str, status: int) -> None:
    answer = Iglu(flags={"debug": debug}, database=database).send("GET", "/api/debug", key=None)
    assert (answer.status, WRITE_KEY.encode() in answer.body) == (status, status == 200)


def test_a_draft_is_stored_and_answered_with_501() -> None:
    iglu = Iglu()
    answer = iglu.send("PUT", "/api/drafts/com.acme/event/jsonschema/0?isPublic=true", plain())
    assert (answer.status, answer.body) == (501, b"TODO")
    told = iglu.ask("GET", "/api/drafts/com.acme/event/jsonschema/0")[1]
    assert told["schemaMap"] == {"vendor": "com.acme", "name": "event", "format": "jsonschema", "version": 0}
    assert (told["metadata"]["isPublic"], told["body"]) == (True, plain())


def test_a_public_draft_is_hidden_on_a_single_read_and_streamed_in_the_list() -> None:
    iglu = Iglu()
    for number in (0, 1):
        iglu.send("PUT", f"/api/drafts/com.acme/event/jsonschema/{number}?isPublic=true", plain())
    assert iglu.ask("GET", "/api/drafts/com.acme/event/jsonschema/0", key=None)[0] == 404
    assert iglu.send("GET", "/api/drafts", key=None).body.count(b"}{") == 1


@pytest.mark.parametrize("number", ["-1", "x", "2147483648"])
def test_draft_numbers(number: str) -> None:
    expected = (400, said(f"Invalid number format: '{number}'"))
    assert Iglu().ask("GET", f"/api/drafts/com.acme/event/jsonschema/{number}") == expected


@pytest.mark.parametrize(
    ("cache", "target", "after", "seen"),
    [
        ("read-your-writes", "/api/schemas", 0, 2),
        ("stale behind a balancer", "/api/schemas", 4.9, 1),
        ("stale behind a balancer", "/api/schemas", 5, 2),
        ("stale behind a balancer", "/api/schemas?repr=meta", 59.9, 1),
        ("stale behind a balancer", "/api/schemas?repr=meta", 60, 2),
        ("stale behind a balancer", "/api/schemas/com.acme", 59.9, 1),
    ],
)
def test_response_cache(cache: str, target: str, after: float, seen: int) -> None:
    iglu = Iglu(step=0, cache=cache)
    iglu.clock.now = 1000.0
    iglu.post("1-0-0")
    iglu.ask("GET", target)
    iglu.post("1-0-1")
    iglu.clock.now += after
    assert len(iglu.ask("GET", target)[1]) == seen
    assert len(iglu.ask("GET", f"{target}{'&' if '?' in target else '?'}_=1")[1]) == 2


def test_the_cache_keeps_no_refusals_and_goes_by_key() -> None:
    iglu = Iglu(step=0, cache="stale behind a balancer")
    iglu.ask("GET", path())
    iglu.post("1-0-0")
    assert iglu.ask("GET", path())[0] == 200
    assert iglu.ask("GET", path(), key=None)[0] == 404
