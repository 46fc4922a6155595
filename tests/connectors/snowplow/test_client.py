"""What goes over the wire to an Iglu registry, and how its refusals are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import respx

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.snowplow.client import IgluClient, NothingListed, StaticClient, VersionExists, VisibilityDiffers
from connectors.snowplow.settings import SnowplowSettings
from connectors.testing.harness import FakeTime
from mappings.contract import Address, Document

KEY = "0a000000-0000-4000-8000-00000000beef"
ADDRESS = Address("schema", ("com.acme", "sign-up", "1-0-1"))
DOCUMENT = Document(ADDRESS, {"type": "object", "properties": {"naïve": {"type": "string"}}})
SELF_DESCRIBING = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
WIRE = {
    "$schema": SELF_DESCRIBING,
    "self": {"vendor": "com.acme", "name": "sign-up", "format": "jsonschema", "version": "1-0-1"},
    "type": "object",
    "properties": {"naïve": {"type": "string"}},
}
SERVER = {
    "version": "0.14.0",
    "authInfo": {"vendor": "com.acme", "schema": "CREATE_VENDOR", "key": []},
    "database": "postgres",
    "schemaCount": 18,
    "debug": True,
    "patchesAllowed": False,
}


def settings(**fields: Any) -> SnowplowSettings:
    return SnowplowSettings.model_validate(
        {"base_url": "https://iglu.test", "vendor": "com.acme", "api_key": KEY, **fields}
    )


@pytest.fixture
def iglu() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="https://iglu.test", assert_all_called=False) as router:
        yield router


@pytest.fixture
def client() -> IgluClient:
    return IgluClient(settings(), Wiring(NoLimit(), FakeTime()))


def sent(router: respx.MockRouter) -> httpx.Request:
    return router.calls.last.request


def test_a_list_asks_for_the_meta_form_past_every_cache(iglu: respx.MockRouter, client: IgluClient) -> None:
    iglu.get("/api/schemas/com.acme").respond(json=[WIRE])
    assert client.schemas(Address("schema", ("com.acme",))) == [WIRE]
    first = sent(iglu)
    client.schemas(Address("schema", ("com.acme",)))
    assert (
        first.url.params["repr"] == "meta" and first.headers["apikey"] == KEY and "authorization" not in first.headers
    )
    assert sent(iglu).url.params["_"] != first.url.params["_"]


def test_the_list_of_one_name(iglu: respx.MockRouter, client: IgluClient) -> None:
    route = iglu.get("/api/schemas/com.acme/sign-up", params={"repr": "meta"}).respond(json=[])
    assert client.schemas(Address("schema", ("com.acme", "sign-up"))) == [] and route.called


def test_one_version(iglu: respx.MockRouter, client: IgluClient) -> None:
    metadata = {"createdAt": "2026-01-02T03:04:05Z", "updatedAt": "2026-01-02T03:04:05Z", "isPublic": True}
    answer = {key: value for key, value in WIRE.items() if key != "$schema"} | {"metadata": metadata}
    iglu.get("/api/schemas/com.acme/sign-up/jsonschema/1-0-1", params={"repr": "meta"}).respond(json=answer)
    document = client.read(ADDRESS)
    assert document is not None and document.equals(DOCUMENT) and document.facts == metadata


def test_a_version_that_is_not_shown_is_none(iglu: respx.MockRouter, client: IgluClient) -> None:
    iglu.get(url__regex=".*").respond(404, json={"message": "The schema is not found"})
    assert client.read(ADDRESS) is None


@pytest.mark.parametrize(("public", "flag"), [(True, "true"), (False, "false")])
def test_publishing_posts_the_self_describing_schema(
    iglu: respx.MockRouter, client: IgluClient, public: bool, flag: str
) -> None:
    iglu.post("/api/schemas").respond(201, json={"message": "Schema created", "updated": False, "status": 201})
    client.publish(DOCUMENT, public=public)
    request = sent(iglu)
    assert str(request.url) == f"https://iglu.test/api/schemas?isPublic={flag}"
    assert request.headers["content-type"] == "application/json" and request.headers["apikey"] == KEY
    assert json.loads(request.content) == WIRE and "naïve".encode() in request.content


def test_the_server_says_what_the_key_may_do(iglu: respx.MockRouter, client: IgluClient) -> None:
    iglu.get("/api/meta/server").respond(json=SERVER)
    server = client.server()
    assert (server.version, server.patches_allowed, server.exposes_keys) == ("0.14.0", False, False)
    assert server.permission.may_write and not server.permission.is_anonymous


@pytest.mark.parametrize(
    ("auth", "anonymous", "writes", "covers"),
    [
        ({"vendor": "", "schema": None, "key": []}, True, False, True),
        ({"vendor": "", "schema": "CREATE_VENDOR", "key": ["CREATE", "DELETE"]}, False, True, True),
        ({"vendor": "com.acme", "schema": "READ", "key": []}, False, False, True),
        ({"vendor": "com", "schema": "BUMP", "key": []}, False, True, True),
        ({"vendor": "com.acm", "schema": "CREATE", "key": []}, False, True, False),
        ({"vendor": "com.acme.web", "schema": "CREATE", "key": []}, False, True, False),
    ],
)
def test_permissions(
    iglu: respx.MockRouter, client: IgluClient, auth: dict[str, Any], anonymous: bool, writes: bool, covers: bool
) -> None:
    iglu.get("/api/meta/server").respond(json={**SERVER, "authInfo": auth})
    permission = client.server().permission
    assert (permission.is_anonymous, permission.may_write, permission.covers("com.acme")) == (anonymous, writes, covers)


LINT = {
    "message": "The schema does not conform to a JSON Schema v4 specification",
    "report": [
        {"message": "no description", "level": "INFO", "pointer": "/"},
        {"message": "second", "level": "ERROR", "pointer": "/properties/b"},
        {"message": "first", "level": "ERROR", "pointer": "/properties/a"},
        {"message": "no maxLength", "level": "WARNING", "pointer": "/properties/a"},
    ],
}
REFUSALS: dict[str, tuple[int, Any, type[errors.ToolError], str]] = {
    "no UUID": (400, {"message": "Invalid UUID for ApiKey"}, errors.Unauthorized, "UUID"),
    "lint": (400, LINT, errors.Invalid, "/properties/a first; /properties/b second"),
    "bad JSON": (400, {"message": "The request body was malformed."}, errors.Invalid, "malformed"),
    "too deep": (422, {"message": "The request body was invalid."}, errors.Invalid, "invalid"),
    "too large": (413, {"message": "The payload is too large"}, errors.TooLarge, "too large"),
    "delete denied": (401, {"message": "Not enough permissions"}, errors.Unauthorized, "Not enough"),
    "write denied": (403, {"message": "Authentication error: not authorized"}, errors.NotEntitled, "not authorized"),
    "no service here": (404, {"message": "The endpoint does not exist"}, errors.Misconfigured, "does not exist"),
    "another server": (404, "<html>", errors.Misconfigured, "no Iglu Server"),
    "wrong method": (405, {"message": "POST not allowed."}, errors.Misconfigured, "not allowed"),
    "there already": (409, {"message": "Schema already exists"}, VersionExists, "already exists"),
    "visibility": (
        409,
        {"message": "Inconsistent schema availability. Cannot add private schema, previous versions are public"},
        VisibilityDiffers,
        "previous versions are public",
    ),
    "gap": (
        409,
        {"message": "Preceding SchemaVer in the group is missing, check that schemas published in proper order"},
        errors.Conflict,
        "Preceding",
    ),
    "late": (409, {"message": "The schema version is not sequential"}, errors.Conflict, "not sequential"),
    "superseding": (409, {"message": "Superseded schema version(s) do not exist"}, errors.Conflict, "Superseded"),
    "redirect": (302, "", errors.Misconfigured, "redirects"),
    "busy": (429, "", errors.RateLimited, "too many"),
    "down": (503, "Service Unavailable", errors.UnknownOutcome, "middle of a write"),
    "not an answer": (200, "<html>", errors.UnknownOutcome, "not JSON"),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
def test_each_refusal_of_a_write(iglu: respx.MockRouter, case: tuple[int, Any, type[errors.ToolError], str]) -> None:
    status, body, kind, words = case
    content = body if isinstance(body, str) else json.dumps(body)
    iglu.post("/api/schemas").respond(status, text=content, headers={"retry-after": "3600"} if status == 429 else {})
    client = IgluClient(settings(), Wiring(NoLimit(), FakeTime(), patience=60))
    with pytest.raises(errors.ToolError) as caught:
        client.publish(DOCUMENT, public=False)
    assert type(caught.value) is kind and words in caught.value.message and caught.value.hint


def test_a_write_is_never_sent_twice(iglu: respx.MockRouter, client: IgluClient) -> None:
    route = iglu.post("/api/schemas").mock(side_effect=httpx.ReadTimeout)
    with pytest.raises(errors.UnknownOutcome):
        client.publish(DOCUMENT, public=False)
    assert route.call_count == 1


def test_an_empty_vendor_is_told_from_a_wrong_address(iglu: respx.MockRouter, client: IgluClient) -> None:
    iglu.get("/api/schemas/com.acme").respond(404, json={"message": "No schemas available"})
    with pytest.raises(NothingListed):
        client.schemas(Address("schema", ("com.acme",)))


@pytest.mark.parametrize(
    "ask",
    [lambda client: client.schemas(Address("schema", ("com.acme",))), lambda client: client.server()],
    ids=["list", "server"],
)
def test_an_answer_of_another_shape_is_a_bad_one(
    iglu: respx.MockRouter, client: IgluClient, ask: Callable[[IgluClient], object]
) -> None:
    iglu.get(url__regex=".*").respond(json={"hello": "world"})
    with pytest.raises(errors.BadAnswer):
        ask(client)


def test_the_key_is_in_no_error(iglu: respx.MockRouter, client: IgluClient) -> None:
    iglu.post("/api/schemas").respond(400, json={"message": f"key {KEY} is bad"})
    with pytest.raises(errors.Invalid) as caught:
        client.publish(DOCUMENT, public=False)
    assert KEY not in str(caught.value) and "***" in str(caught.value)


# Settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://iglu.test", "https://iglu.test/api"),
        ("https://iglu.test/", "https://iglu.test/api"),
        ("https://iglu.test/api", "https://iglu.test/api"),
        ("https://iglu.test/api/", "https://iglu.test/api"),
        ("http://localhost:8080/behind/a/proxy", "http://localhost:8080/behind/a/proxy/api"),
    ],
)
def test_the_address_is_taken_with_or_without_api(given: str, root: str) -> None:
    assert settings(base_url=given).root == root


@pytest.mark.parametrize(
    "fields",
    [{"api_key": None}, {"base_url": "iglu.test"}, {"vendor": "com/acme"}, {"vendor": ""}, {"versioning": "four"}],
)
def test_settings_that_cannot_work_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        settings(**fields)


def test_a_key_is_not_shown() -> None:
    assert KEY not in repr(settings()) and KEY not in settings().account


# Static registries --------------------------------------------------------------------------------------------


@pytest.fixture
def static() -> StaticClient:
    return StaticClient(settings(static=True, api_key=None), Wiring(NoLimit(), FakeTime()))


def test_a_static_registry_is_files_without_a_key(iglu: respx.MockRouter, static: StaticClient) -> None:
    iglu.get("/schemas").respond(json=["iglu:com.acme/sign-up/jsonschema/1-0-1"])
    iglu.get("/schemas/com.acme/sign-up/jsonschema/1").respond(json=["iglu:com.acme/sign-up/jsonschema/1-0-1"])
    iglu.get("/schemas/com.acme/sign-up/jsonschema/1-0-1").respond(
        content=json.dumps(WIRE).encode(), headers={"content-type": "application/octet-stream"}
    )
    assert static.uris() == static.uris("com.acme", "sign-up", "jsonschema", "1")
    document = static.read(ADDRESS)
    assert document is not None and document.equals(DOCUMENT)
    assert "apikey" not in sent(iglu).headers and sent(iglu).url.query == b""


@pytest.mark.parametrize("status", [403, 404])
def test_a_file_that_is_not_shown_is_not_there(iglu: respx.MockRouter, static: StaticClient, status: int) -> None:
    iglu.get(url__regex=".*").respond(status, text="<Error/>")
    assert static.uris() is None and static.read(ADDRESS) is None
