"""The Iglu sandbox: bodies, versions, patches, superseding; sections are those of apis/snowplow.md."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.sandbox import Request
from connectors.snowplow.sandbox import READ_KEY, SUPER_KEY, WRITE_KEY, SnowplowSandbox
from tests.connectors.snowplow.sandbox_api import IGLU, MISSING, Iglu, path, plain, said, schema, uri

# Bodies (sections 2, 3.0) ---------------------------------------------------------------------------------------


def nest(levels: int) -> Any:
    return schema(default=json.loads('{"a":' * (levels - 2) + "1" + "}" * (levels - 2)))


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "The request body was malformed."),
        (b"notjson", 400, "The request body was malformed."),
        (b'{"a":NaN}', 400, "The request body was malformed."),
        (b'\xef\xbb\xbf{"a":1}', 400, "The request body was malformed."),
        (b'{"a":"\xff"}', 400, "The request body was malformed."),
        (b"vendorPrefix=com.acme", 400, "The request body was malformed."),
        (b"[]", 422, "The request body was invalid."),
        (b'"text"', 422, "The request body was invalid."),
        (b"[" * 60 + b"]" * 60, 422, "The request body was invalid."),
        (b"[" * 40000 + b"]" * 40000, 422, "The request body was invalid."),
        ({**schema(), "$supersedes": "1-0-0"}, 422, "The request body was invalid."),
        ({**schema(), "$supersedes": ["1-0"]}, 422, "The request body was invalid."),
        ({**schema(), "$supersedes": [1]}, 422, "The request body was invalid."),
        (nest(41), 422, "The request body was invalid."),
    ],
)
def test_bodies_that_are_not_read(body: Any, status: int, message: str) -> None:
    assert Iglu().ask("POST", "/api/schemas", body) == (status, said(message))


def test_forty_levels_pass() -> None:
    assert Iglu().ask("POST", "/api/schemas", nest(40))[0] == 201


@pytest.mark.parametrize(("size", "status"), [(100_000, 201), (100_001, 413)])
def test_body_size(size: int, status: int) -> None:
    body = json.dumps(schema()).encode()
    assert Iglu().send("POST", "/api/schemas", body + b" " * (size - len(body))).status == status


def test_too_large_is_said_before_malformed() -> None:
    assert Iglu().ask("POST", "/api/schemas", b"x" * 100_001) == (413, said("The payload is too large"))


def test_text_outside_ascii_comes_back() -> None:
    iglu = Iglu()
    iglu.post("1-0-0", description="Größe 鳥 🐦")
    assert iglu.ask("GET", path())[1]["description"] == "Größe 鳥 🐦"


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    iglu = Iglu()
    iglu.send("POST", "/api/schemas", json.dumps(schema(description="é\ud800")).encode())
    assert iglu.ask("GET", path())[1]["description"] == "é?"


def test_content_type_is_ignored() -> None:
    headers = {"apikey": WRITE_KEY, "content-type": "application/x-www-form-urlencoded"}
    request = Request.build("POST", "/api/schemas", headers, json.dumps(schema()).encode())
    assert SnowplowSandbox().handle(request).status == 201


# Writing (section 3.2) ------------------------------------------------------------------------------------------


def test_created_has_no_location_header_and_an_exact_body() -> None:
    answer = Iglu().send("POST", "/api/schemas", schema())
    expected = '{"message":"Schema created","updated":false,"location":"' + uri() + '","status":201}'
    assert (answer.body.decode(), [*answer.headers]) == (expected, ["content-type"])


@pytest.mark.parametrize("body", [plain(), schema()])
def test_put_takes_plain_and_self_describing_bodies(body: dict[str, Any]) -> None:
    iglu = Iglu()
    assert iglu.ask("PUT", path(), body)[0] == 201
    assert iglu.ask("GET", path())[1] == schema()


@pytest.mark.parametrize(
    "body",
    [
        plain(),
        {**schema(), "$schema": IGLU[:-1]},
        {**schema(), "self": {"vendor": "com.acme", "name": "event", "version": "1-0-0"}},
        schema("1-0"),
        schema("2147483648-0-0"),
    ],
)
def test_post_needs_the_exact_schema_uri_and_a_complete_self(body: dict[str, Any]) -> None:
    assert Iglu().ask("POST", "/api/schemas", body) == (400, said("Cannot decode JSON schema"))


def test_put_refuses_another_identity_in_the_body() -> None:
    expected = {
        "uriSchemaKey": uri(),
        "payloadSchemaKey": uri("1-0-1"),
        "message": "Mismatch: the schema metadata does not match the payload and URI",
    }
    assert Iglu().ask("PUT", path(), schema("1-0-1")) == (400, expected)


def test_put_with_a_self_but_no_schema_uri_keeps_the_stray_self() -> None:
    iglu = Iglu()
    stray = {"vendor": "org.other", "name": "x", "format": "jsonschema", "version": "3-0-0"}
    assert iglu.ask("PUT", path(), plain(self=stray))[1]["location"] == uri()
    assert iglu.ask("GET", path())[1]["self"] == stray


def test_put_refuses_a_draft_4_schema_uri() -> None:
    status, told = Iglu().ask("PUT", path(), {"$schema": "http://json-schema.org/draft-04/schema#", **plain()})
    assert status == 400
    assert f"Given $schema is not {IGLU}" in [row["message"] for row in told["report"]]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_version_is_written_once(method: str) -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    target = "/api/schemas" if method == "POST" else path()
    assert iglu.ask(method, target, schema(description="new")) == (409, said("Schema already exists"))


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (True, "Inconsistent schema availability. Cannot add private schema, previous versions are public"),
        (False, "Inconsistent schema availability. Cannot add public schema, previous versions are private"),
    ],
)
@pytest.mark.parametrize("version", ["1-0-0", "1-0-1", "9-9-9"])
def test_visibility_is_checked_before_everything_else_about_versions(kept: bool, message: str, version: str) -> None:
    iglu = Iglu()
    iglu.post("1-0-0", public=kept)
    assert iglu.post(version, public=not kept) == (409, said(message))


def test_permission_is_checked_before_lint_and_after_identity() -> None:
    iglu = Iglu()
    assert iglu.post("1-0-0", key=READ_KEY, name="no good")[0] == 403
    assert iglu.ask("PUT", path(), schema("1-0-1"), READ_KEY)[0] == 400


def test_lint_is_checked_before_visibility() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    assert iglu.post("1-0-1", public=True, type="foo")[0] == 400


@pytest.mark.parametrize(("database", "status"), [("postgres", 500), ("inmemory", 201)])
def test_a_name_of_129_characters_breaks_the_database(database: str, status: int) -> None:
    iglu = Iglu(database=database)
    assert iglu.post("1-0-0", name="n" * 128)[0] == 201
    answer = iglu.send("POST", "/api/schemas", schema(name="n" * 129))
    assert (answer.status, answer.body == b"") == (status, status == 500)


NOT_SEQUENTIAL = "The schema version is not sequential"
SEQUENCES = [
    ("", "1-0-0", None),
    ("", "2-0-0", MISSING),
    ("", "1-0-1", MISSING),
    ("", "1-1-0", MISSING),
    ("1-0-0", "1-0-1", None),
    ("1-0-0", "1-0-2", MISSING),
    ("1-0-0", "1-1-0", None),
    ("1-0-0", "1-2-0", MISSING),
    ("1-0-0", "2-0-0", None),
    ("1-0-0", "3-0-0", MISSING),
    ("1-0-0 1-0-1 1-1-0", "1-0-2", NOT_SEQUENTIAL),
    ("1-0-0 1-1-0", "1-0-1", NOT_SEQUENTIAL),
    ("1-0-0 1-1-0", "1-1-1", None),
    ("1-0-0 1-1-0 1-2-0", "1-0-1", NOT_SEQUENTIAL),
    ("1-0-0 2-0-0", "1-0-1", None),
    ("1-0-0 2-0-0", "1-1-0", None),
    ("1-0-0 2-0-0", "1-1-1", MISSING),
    ("1-0-0 1-1-0 2-0-0", "1-1-1", None),
    ("1-0-0 2-0-0", "2-1-0", None),
    ("1-0-0 1-0-1 1-0-2 1-0-3 1-0-4 1-0-5 1-0-6 1-0-7 1-0-8 1-0-9", "1-0-10", None),
]


@pytest.mark.parametrize(("existing", "version", "problem"), SEQUENCES)
def test_sequencing(existing: str, version: str, problem: str | None) -> None:
    iglu = Iglu()
    for one in existing.split():
        assert iglu.post(one)[0] == 201
    status, told = iglu.post(version)
    assert (status, told["message"]) == ((409, problem) if problem else (201, "Schema created"))


def test_another_format_of_the_same_version_already_exists() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    assert iglu.ask("PUT", "/api/schemas/com.acme/event/other/1-0-0", plain())[1] == said("Schema already exists")


@pytest.mark.parametrize(("database", "listed"), [("postgres", 1), ("inmemory", 2)])
def test_patching_another_format_updates_no_row_in_the_database(database: str, listed: int) -> None:
    iglu = Iglu(flags={"patchesAllowed": True}, database=database)
    iglu.post("1-0-0")
    assert iglu.ask("PUT", "/api/schemas/com.acme/event/other/1-0-0", plain())[0] == 200
    assert len(iglu.uris()) == listed


# Patches, deletes -----------------------------------------------------------------------------------------------


def test_a_patch_replaces_the_body_resets_both_times_and_moves_to_the_end() -> None:
    iglu = Iglu(flags={"patchesAllowed": True})
    iglu.post("1-0-0", "1-0-1")
    before = iglu.ask("GET", f"{path()}?repr=meta")[1]["metadata"]
    told = {"message": "Schema updated", "updated": True, "location": uri(), "status": 200}
    assert iglu.post("1-0-0", description="new") == (200, told)
    after = iglu.ask("GET", f"{path()}?repr=meta")[1]
    assert after["description"] == "new"
    assert after["metadata"]["createdAt"] == after["metadata"]["updatedAt"] > before["createdAt"]
    assert iglu.uris() == [uri("1-0-1"), uri("1-0-0")]


@pytest.mark.parametrize(("version", "status"), [("1-0-0", 200), ("1-0-1", 409), ("1-1-0", 200)])
def test_sequencing_also_holds_for_patches(version: str, status: int) -> None:
    iglu = Iglu(flags={"patchesAllowed": True})
    iglu.post("1-0-0", "1-0-1", "1-1-0")
    assert iglu.post(version)[0] == status


@pytest.mark.parametrize(
    ("patches", "key", "status", "message"),
    [
        (False, WRITE_KEY, 401, "Not enough permissions"),
        (True, WRITE_KEY, 401, "Not enough permissions"),
        (False, None, 401, "Not enough permissions"),
        (False, SUPER_KEY, 405, "DELETE is forbidden on production registry"),
        (True, SUPER_KEY, 200, "Schema deleted"),
    ],
)
@pytest.mark.parametrize("exists", [True, False])
def test_delete(patches: bool, key: str | None, status: int, message: str, exists: bool) -> None:
    iglu = Iglu(flags={"patchesAllowed": patches})
    if exists:
        iglu.post("1-0-0")
    assert iglu.ask("DELETE", path(), key=key) == (status, said(message))
    assert iglu.uris() == ([uri()] if exists and status != 200 else [])


def test_a_hole_left_by_a_delete_blocks_later_additions() -> None:
    iglu = Iglu()
    iglu.post("1-0-0", "1-0-1")
    iglu.edit("delete", uri=uri("1-0-1"))
    assert iglu.post("1-0-2") == (409, said(MISSING))


# Superseding (section 4.2) --------------------------------------------------------------------------------------


def superseding(iglu: Iglu) -> dict[str, str | None]:
    rows = iglu.ask("GET", "/api/schemas?repr=canonical")[1]
    return {row["self"]["version"]: row.get("$supersededBy") for row in rows}


def test_a_chain_collapses_and_the_lists_stay_as_written() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    iglu.post("1-0-1", supersedes=["1-0-0"])
    iglu.post("1-0-2", supersedes=["1-0-1"])
    assert superseding(iglu) == {"1-0-0": "1-0-2", "1-0-1": "1-0-2", "1-0-2": None}
    assert iglu.ask("GET", path("1-0-1"))[1]["$supersedes"] == ["1-0-0"]


def test_the_highest_superseder_wins() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    iglu.post("2-0-0", supersedes=["1-0-0"])
    iglu.post("1-0-1", supersedes=["1-0-0"])
    assert superseding(iglu)["1-0-0"] == "2-0-0"


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        (["1-0-7"], "Superseded schema version(s) do not exist"),
        (["1-0-7", "2-0-0"], "Superseded schema version(s) do not exist"),
        (["2-0-0"], "Superseded schema version(s) must be below the superseding version"),
    ],
)
def test_what_cannot_be_superseded(listed: list[str], message: str) -> None:
    iglu = Iglu()
    iglu.post("1-0-0", "2-0-0")
    assert iglu.post("1-0-1", supersedes=listed) == (409, said(message))


def test_superseded_by_in_a_request_is_ignored() -> None:
    iglu = Iglu()
    iglu.ask("POST", "/api/schemas", {**schema(), "$supersededBy": "7-0-0"})
    assert "$supersededBy" not in iglu.ask("GET", path())[1]


@pytest.mark.parametrize(("database", "kept"), [("postgres", ["1-0-0"]), ("inmemory", None)])
def test_a_patch_ignores_supersedes_and_memory_forgets_the_stored_one(database: str, kept: list[str] | None) -> None:
    iglu = Iglu(flags={"patchesAllowed": True}, database=database)
    iglu.post("1-0-0")
    iglu.post("1-0-1", supersedes=["1-0-0"])
    iglu.post("1-0-1", supersedes=[])
    assert iglu.ask("GET", path("1-0-1"))[1].get("$supersedes") == kept


def test_deleting_the_superseder_leaves_the_pointer() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    iglu.post("1-0-1", supersedes=["1-0-0"])
    iglu.edit("delete", uri=uri("1-0-1"))
    assert superseding(iglu) == {"1-0-0": "1-0-1"}


def test_a_patch_keeps_the_pointer_to_the_superseder() -> None:
    iglu = Iglu(flags={"patchesAllowed": True})
    iglu.post("1-0-0")
    iglu.post("2-0-0", supersedes=["1-0-0"])
    iglu.post("1-0-0")
    assert superseding(iglu)["1-0-0"] == "2-0-0"


def test_a_patch_does_not_look_at_supersedes() -> None:
    iglu = Iglu(flags={"patchesAllowed": True})
    iglu.post("1-0-0")
    assert iglu.post("1-0-0", supersedes=["7-0-0"])[0] == 200


@pytest.mark.parametrize(("public", "status"), [(True, 409), (False, 201)])
def test_a_group_of_mixed_visibility_counts_as_private(public: bool, status: int) -> None:
    iglu = Iglu()
    iglu.edit("insert", uri=uri("1-0-0"), content=plain(), isPublic=True)
    iglu.edit("insert", uri=uri("1-0-1"), content=plain())
    assert iglu.post("1-0-2", public=public)[0] == status
