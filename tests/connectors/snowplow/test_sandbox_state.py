"""The Iglu sandbox: dumps, moods, other people's edits, loopback."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from connectors.sandbox import Fault
from connectors.sandbox_server import serve_on_loopback
from connectors.snowplow.sandbox import READ_KEY, WRITE_KEY, SnowplowSandbox
from tests.connectors.snowplow.sandbox_api import STRANGER, Iglu, path, plain, schema, uri

# State, moods, edits --------------------------------------------------------------------------------------------


def test_dump_is_json_and_loads_equal() -> None:
    iglu, other = Iglu(), Iglu()
    iglu.post("1-0-0", "1-0-1")
    iglu.post("1-0-2", supersedes=["1-0-0"])
    iglu.edit("keygen", vendorPrefix="org.other")
    iglu.edit("duplicate", uri=uri())
    iglu.send("PUT", "/api/drafts/com.acme/a%2Fb/jsonschema/0", plain())
    other.box.load(json.loads(json.dumps(iglu.box.dump())))
    assert other.box.dump() == iglu.box.dump()
    assert other.send("GET", "/api/schemas?repr=meta").body == iglu.send("GET", "/api/schemas?repr=meta").body


def test_dump_shape() -> None:
    iglu = Iglu(step=0)
    iglu.post("1-0-0")
    assert iglu.box.dump() == {
        "flags": {
            "patchesAllowed": False,
            "debug": True,
            "terminating": False,
            "maxPayloadSize": 100_000,
            "maxJsonDepth": 40,
        },
        "keys": {
            WRITE_KEY: {"vendor": "com.acme", "schema": "CREATE_VENDOR", "key": [], "wildcard": True},
            READ_KEY: {"vendor": "com.acme", "schema": "READ", "key": [], "wildcard": True},
        },
        "keysMade": 0,
        "schemas": {
            uri(): {
                "createdAt": "2023-11-14T22:13:20.123456Z",
                "updatedAt": "2023-11-14T22:13:20.123456Z",
                "isPublic": False,
                "supersedes": [],
                "supersededBy": None,
                "copies": 1,
                "content": plain(),
            }
        },
        "drafts": {},
    }


def test_a_dump_does_not_change_with_the_server() -> None:
    iglu = Iglu()
    before = iglu.box.dump()
    iglu.post("1-0-0")
    assert before["schemas"] == {}


@pytest.mark.parametrize(
    ("mood", "listed"), [("half-page", [uri("1-0-0")]), ("empty-list", []), ("", [uri("1-0-0"), uri("1-0-1")])]
)
@pytest.mark.parametrize("target", ["/api/schemas", "/api/schemas/com.acme", "/api/schemas/com.acme/event"])
@pytest.mark.parametrize("cache", SnowplowSandbox.SWITCHES["cache"])
def test_moods(mood: str, listed: list[str], target: str, cache: str) -> None:
    iglu = Iglu(cache=cache)
    iglu.post("1-0-0", "1-0-1")
    iglu.box.faults.append(Fault("mood", on="GET", mood=mood))
    assert iglu.ask("GET", target) == (200, listed)
    assert len(iglu.uris(target)) == 2


def test_publish_by_someone_else_obeys_the_rules() -> None:
    iglu = Iglu()
    iglu.edit("publish", schema=schema(), isPublic=True)
    assert iglu.uris(key=None) == [uri()]
    with pytest.raises(ValueError, match="409: Schema already exists"):
        iglu.edit("publish", schema=schema(), isPublic=True)
    with pytest.raises(ValueError, match="403: Authentication error"):
        iglu.edit("publish", schema=schema(), apikey=READ_KEY)


def test_a_patch_by_a_super_user_leaves_patches_forbidden() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    assert iglu.edit("patch", schema=schema(description="corrected"))["updated"]
    assert iglu.ask("GET", path())[1]["description"] == "corrected"
    assert iglu.post("1-0-0")[0] == 409


def test_republish_changes_visibility_in_version_order() -> None:
    iglu = Iglu()
    iglu.post("1-0-0", "2-0-0", "1-0-1")
    iglu.edit("republish", vendor="com.acme", name="event", isPublic=True)
    assert iglu.uris(key=None) == [uri("1-0-0"), uri("1-0-1"), uri("2-0-0")]


def test_a_revoked_key_is_anonymous() -> None:
    iglu = Iglu()
    iglu.edit("revoke", key=WRITE_KEY)
    assert iglu.post("1-0-0")[0] == 403


def test_keys_made_by_a_person_are_the_same_in_every_sandbox() -> None:
    made = [Iglu().edit("keygen", vendorPrefix="org.other") for _ in range(2)]
    assert made[0] == made[1]
    assert made[0]["read"] != made[0]["write"]


def test_a_duplicate_row_is_listed_twice_and_counted_twice() -> None:
    iglu = Iglu()
    iglu.post("1-0-0")
    iglu.edit("duplicate", uri=uri())
    assert iglu.uris() == [uri(), uri()]
    assert iglu.ask("GET", "/api/meta/server")[1]["schemaCount"] == 2


@pytest.mark.parametrize(
    "change",
    [
        None,
        {"do": "dance"},
        {"do": "publish"},
        {"do": "delete"},
        {"do": "republish", "vendor": "com.acme", "name": "none", "isPublic": True},
        {"do": "key", "vendor": "com.acme", "schema": "OWN", "key": []},
        {"do": "key", "uuid": "x", "vendor": "com.acme", "schema": "READ", "key": []},
        {"do": "revoke", "key": STRANGER},
        {"do": "flags", "patchesAllowed": 1},
        {"do": "flags", "speed": True},
        {"do": "insert", "uri": "com.acme/event", "content": {}},
        {"do": "duplicate", "uri": "iglu:com.acme/event/jsonschema/1-0-0"},
    ],
)
def test_edits_that_make_no_sense(change: Any) -> None:
    with pytest.raises(ValueError):
        SnowplowSandbox().edit(change)


def test_over_real_http() -> None:
    with serve_on_loopback(SnowplowSandbox()) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("POST", "/api/schemas", json.dumps(schema()), {"ApiKey": WRITE_KEY})
        created = connection.getresponse()
        assert (created.status, created.getheader("content-type")) == (201, "application/json")
        assert json.loads(created.read())["location"] == uri()
        connection.request("GET", "/api/schemas", headers={"apikey": WRITE_KEY})
        assert connection.getresponse().read() == b'["iglu:com.acme/event/jsonschema/1-0-0"]'
        connection.close()
