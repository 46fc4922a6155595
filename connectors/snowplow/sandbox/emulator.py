"""A local Iglu Server 0.14.0, and a local static Iglu registry, to rehearse on (apis/snowplow.md)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote, urlencode

from connectors.sandbox import Clock, Request, Response, Sandbox
from connectors.snowplow.sandbox.access import (
    ANONYMOUS,
    SUPER,
    SUPER_KEY,
    Permission,
    parse_uuid,
    parse_vendor_prefix,
)
from connectors.snowplow.sandbox.lint import as_report, lint, refuses
from connectors.snowplow.sandbox.messages import find_violations
from connectors.snowplow.sandbox.people import EDITS
from connectors.snowplow.sandbox.registry import Registry, Stored, expand_copies
from connectors.snowplow.sandbox.routes import CAPTURES, SERVICES, Call
from connectors.snowplow.sandbox.schema import (
    SchemaKey,
    Submission,
    content_of_plain,
    content_of_self_describing,
    parse_uri,
    read_self,
    read_supersedes,
)
from connectors.snowplow.sandbox.static import StaticRegistrySandbox
from connectors.snowplow.sandbox.wire import (
    INVALID,
    Refusal,
    answer,
    find_route,
    read_body,
    read_flag,
)

__all__ = ["SUPER_KEY", "SnowplowSandbox", "StaticRegistrySandbox"]

JSON = Any
Rows = Iterable[tuple[SchemaKey, Stored]]

VERSION = "0.14.0"
WRITE_KEY = "0a000000-0000-4000-8000-000000000001"
READ_KEY = "0a000000-0000-4000-8000-000000000002"
DEMO_VENDOR = "com.acme"

NOT_FOUND = "The schema is not found"
CACHED_SECONDS, CACHED_SECONDS_OF_ALL, CACHED_ENTRIES = 60, 5, 1000


class SnowplowSandbox(Sandbox):
    """One Iglu Server with its registry.

    An empty sandbox has a write key and a read key for vendor prefix `com.acme` (`demo_credentials`, `READ_KEY`) and
    the super key 48b267d7-cd2b-4f22-bae4-0f002008b5ad (`SUPER_KEY`), which no storage row holds. Patches are off.

    Switches: `database` picks the storage where the two differ (order of ties, precision of times, whether a patch
    forgets `$supersedes`, `/api/debug`, exact-vendor keys, over-long names); `cache` adds the response cache of
    another instance behind a balancer, which no write through this one empties; `meta_schema` adds `$schema` to
    `repr=meta`, as the older documentation shows it.

    `dump()`: `flags` (patchesAllowed, debug, terminating, maxPayloadSize, maxJsonDepth), `keys` by UUID, `keysMade`,
    `schemas` by Iglu URI and `drafts` by path, both in the order stored, each `{createdAt, updatedAt, isPublic,
    supersedes, supersededBy, copies, content}`.

    `edit({"do": verb, ...})` is what others do with their own keys or in SQL. A key in brackets may be left out.

    * `publish`: `schema` (self-describing), [`isPublic`], [`apikey`, default super]: the server's rules apply;
    * `patch`: the same, with patches allowed for this one moment;
    * `delete`: `uri`; as super with patches allowed for this one moment;
    * `republish`: `vendor`, `name`, `isPublic`: deletes all versions of a group and publishes them again, in
      version order, with the other visibility;
    * `keygen`: `vendorPrefix` → `{"read", "write"}`;
    * `key`: [`uuid`], `vendor`, `schema`, `key`, [`wildcard`]: one key with any permission → `{"key"}`;
    * `revoke`: `key`;
    * `flags`: any flags of the dump, e.g. `{"do": "flags", "patchesAllowed": true}`;
    * `insert`: `uri`, `content`, [`isPublic`]: a row written by SQL, unchecked (an avro schema, a gap, rubbish);
    * `duplicate`: `uri`: a second row of the same version, left by two concurrent creates.
    """

    tool = "snowplow"
    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = {
        "database": ("postgres", "inmemory"),
        "cache": ("read-your-writes", "stale behind a balancer"),
        "meta_schema": ("absent", "present"),
    }

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self.registry = Registry(
            keys={
                WRITE_KEY: Permission(parse_vendor_prefix(DEMO_VENDOR), schema="CREATE_VENDOR"),
                READ_KEY: Permission(parse_vendor_prefix(DEMO_VENDOR), schema="READ"),
            }
        )
        self._cache: dict[tuple[str, str | None], tuple[float, Response]] = {}

    def demo_credentials(self) -> Mapping[str, str]:
        return {"api_key": WRITE_KEY, "vendor": DEMO_VENDOR}

    def dump(self) -> JSON:
        return self.registry.dump()

    def load(self, state: JSON) -> None:
        self.registry = Registry.restore(state)
        self._cache.clear()

    def edit(self, change: JSON) -> JSON:
        verb = change.get("do") if isinstance(change, dict) else None
        if not isinstance(verb, str) or verb not in EDITS:
            raise ValueError(f"a change needs a 'do' of {', '.join(EDITS)}")
        try:
            return EDITS[verb](self, change)
        except KeyError as missing:
            raise ValueError(f"{verb} needs {missing}") from missing

    @property
    def in_memory(self) -> bool:
        return bool(self.switch("database") == "inmemory")

    def now(self) -> int:
        """Microseconds since the epoch; memory keeps milliseconds only."""
        micros = round(self.clock() * 1_000_000)
        return micros - micros % 1000 if self.in_memory else micros

    # Entrance ------------------------------------------------------------------------------------------------

    def respond(self, request: Request) -> Response:
        cached = self.switch("cache") != "read-your-writes" and not self.mood
        if cached and request.method == "GET" and "/schemas" in request.path:
            return self._answer_cached(request)
        return self.answer_fresh(request)

    def answer_fresh(self, request: Request) -> Response:
        """The answer of this instance, past any cache."""
        try:
            return self._route(request)
        except Refusal as refusal:
            return refusal.as_response()

    def _answer_cached(self, request: Request) -> Response:
        uri = f"{request.path}?{urlencode(request.query)}"
        key = (uri, request.headers.get("apikey"))
        seconds = CACHED_SECONDS_OF_ALL if uri == "/api/schemas?" else CACHED_SECONDS
        at, kept = self._cache.get(key, (float("-inf"), Response(0)))
        if self.clock() - at < seconds:
            return kept
        fresh = self.answer_fresh(request)
        if fresh.status < 300:
            self._cache.pop(key, None)
            self._cache[key] = (self.clock(), fresh)
            if len(self._cache) > CACHED_ENTRIES:
                del self._cache[next(iter(self._cache))]
        return fresh

    def _route(self, request: Request) -> Response:
        root, *segments = [unquote(part) for part in request.path.split("/")][1:] or [""]
        if (root, *segments) == ("static", "swagger-ui", "index.html") and request.method == "GET":
            return Response(200, b"<!doctype html><title>Swagger UI</title>", {"content-type": "text/html"})
        if root == "api" and segments == ["debug"] and self.registry.flags["debug"]:
            return self._debug(request)
        service, *rest = segments or [""]
        if root != "api" or service not in SERVICES:
            raise Refusal(404, "The endpoint does not exist")
        permission = self._identify(request)
        handler, path = find_route(SERVICES[service], CAPTURES, request.method, [] if rest == [""] else rest)
        return _HANDLERS[handler](self, Call(request, service, permission, path))

    def _identify(self, request: Request) -> Permission:
        """An unknown key is anonymous. Raises Refusal 400 for one that is no UUID."""
        given = request.headers.get("apikey")
        if given is None:
            return ANONYMOUS
        uuid = parse_uuid(given)
        if uuid is None:
            raise Refusal(400, "Invalid UUID for ApiKey")
        return SUPER if uuid == SUPER_KEY else self.registry.keys.get(uuid, ANONYMOUS)

    def _read_body(self, call: Call) -> JSON:
        flags = self.registry.flags
        return read_body(call.request, most_bytes=flags["maxPayloadSize"], most_levels=flags["maxJsonDepth"])

    def _read_object(self, call: Call) -> dict[str, JSON]:
        body = self._read_body(call)
        if not isinstance(body, dict):
            raise Refusal(422, INVALID)
        return body

    # Schemas: reading ----------------------------------------------------------------------------------------

    def _list_schemas(self, call: Call) -> Response:
        form = call.form("uri")
        vendor, name, model = (call.path.get(part) for part in ("vendor", "name", "model"))
        rows = [
            (key, row)
            for key, row in self.registry.select(vendor, name)
            if _may_see(call.permission, key, row)
            and (model is None or (key.format, key.version[0]) == ("jsonschema", model))
        ]
        if not rows and vendor is not None:
            raise Refusal(404, "No schemas available")
        return answer(200, [self._show(key, row, form) for key, row in self._moody(self._sort(rows))])

    def _get_schema(self, call: Call) -> Response:
        form, key = call.form("canonical"), call.key()
        row = self.registry.schemas.get(key)
        if row is None or not _may_see(call.permission, key, row):
            raise Refusal(404, NOT_FOUND)
        return answer(200, self._show(key, row, form))

    def _sort(self, rows: Rows) -> list[tuple[SchemaKey, Stored]]:
        """By publication time. Memory breaks ties by version, the database by its own row order."""
        listed = list(expand_copies(rows))
        if self.in_memory:
            listed.sort(key=lambda pair: (pair[1].created, pair[0].version))
        else:
            listed.sort(key=lambda pair: pair[1].created)
        return listed

    def _moody(self, rows: list[tuple[SchemaKey, Stored]]) -> list[tuple[SchemaKey, Stored]]:
        if self.mood == "empty-list":
            return []
        return rows[: len(rows) // 2] if self.mood == "half-page" else rows

    def _show(self, key: SchemaKey, row: Stored, form: str) -> JSON:
        shown = _FORMS[form](key, row)
        if form == "meta" and self.switch("meta_schema") == "present":
            return {"$schema": row.canonical(key)["$schema"], **shown}
        return shown

    # Schemas: writing ----------------------------------------------------------------------------------------

    def _post_schema(self, call: Call) -> Response:
        public, body = read_flag(call.request, "isPublic"), self._read_object(call)
        supersedes, key = read_supersedes(body), read_self(body)
        if key is None:
            raise Refusal(400, "Cannot decode JSON schema")
        return self._write(call.permission, Submission(key, content_of_self_describing(body), supersedes), public)

    def _put_schema(self, call: Call) -> Response:
        public, body = read_flag(call.request, "isPublic"), self._read_object(call)
        supersedes, key, claimed = read_supersedes(body), call.key(), read_self(body)
        if claimed is None:
            return self._write(call.permission, Submission(key, content_of_plain(body), supersedes), public)
        if claimed != key:
            mismatch = "Mismatch: the schema metadata does not match the payload and URI"
            raise Refusal(400, {"uriSchemaKey": key.uri, "payloadSchemaKey": claimed.uri, "message": mismatch})
        return self._write(call.permission, Submission(key, content_of_self_describing(body), supersedes), public)

    def _write(self, permission: Permission, submission: Submission, public: bool) -> Response:
        """Checks (5) to (9) of section 3.0. Findings below ERROR are swallowed."""
        key = submission.key
        if not permission.may_write(key.vendor):
            raise Refusal(403, "Authentication error: not authorized")
        findings = lint(submission.normalised())
        if refuses(findings):
            raise Refusal(400, as_report(findings))
        updated = self.registry.publish(submission, public=public, now=self.now(), in_memory=self.in_memory)
        status, done = (200, "updated") if updated else (201, "created")
        told = {"message": f"Schema {done}", "updated": updated, "location": key.uri, "status": status}
        return answer(status, told)

    def _delete_schema(self, call: Call) -> Response:
        if call.permission != SUPER:
            raise Refusal(401, "Not enough permissions")
        if not self.registry.flags["patchesAllowed"]:
            raise Refusal(405, "DELETE is forbidden on production registry")
        self.registry.delete(call.key())
        return answer(200, {"message": "Schema deleted"})

    # Validation ----------------------------------------------------------------------------------------------

    def _validate_schema(self, call: Call) -> Response:
        body = self._read_body(call)
        if not call.permission.grants_something:
            raise Refusal(403, "")
        key, findings = read_self(body), lint(_without_superseding(body))
        if key is None or findings:
            return answer(200, as_report(findings))
        return answer(200, {"message": f"The schema provided is a valid self-describing {key.uri} schema"})

    def _validate_instance(self, call: Call) -> Response:
        key, data = _read_instance(self._read_body(call))
        row = self.registry.schemas.get(key)
        if row is None or not call.permission.grants_something:
            raise Refusal(404, NOT_FOUND)
        try:
            violations = find_violations(data, row.content)
        except ValueError:
            raise Refusal(500, f"Schema {key.uri} fetched from DB is invalid") from None
        if not violations:
            return answer(200, {"message": f"Instance is valid {key.uri}"})
        message = "The data for a field instance is invalid against its schema"
        return answer(200, {"message": message, "report": [one.as_json() for one in violations]})

    # Keys ----------------------------------------------------------------------------------------------------

    def _make_keys(self, call: Call) -> Response:
        prefix = self._read_object(call).get("vendorPrefix")
        if not isinstance(prefix, str):
            raise Refusal(422, INVALID)
        vendor = parse_vendor_prefix(prefix)
        if "CREATE" not in call.permission.key:
            raise Refusal(403, "Not sufficient privileges to create keys")
        if not call.permission.may_make_key(vendor):
            raise Refusal(403, f"Cannot create {'.'.join(vendor)} using your permissions")
        made = {
            name: self.registry.make_key(Permission(vendor, schema=schema))
            for name, schema in (("read", "READ"), ("write", "CREATE_VENDOR"))
        }
        return answer(200, made)

    def _delete_key(self, call: Call) -> Response:
        given = call.request.param("key")
        if given is None:
            raise Refusal(400, "Missing query param: key")
        uuid = parse_uuid(given)
        if uuid is None:
            raise Refusal(400, f"Invalid uuid format: {given}")
        if "DELETE" not in call.permission.key:
            raise Refusal(403, "Not sufficient privileges to delete key")
        self.registry.keys.pop(uuid, None)
        return answer(200, {"message": "Keys have been deleted"})

    # Meta, debug, documentation ------------------------------------------------------------------------------

    def _health(self, call: Call) -> Response:
        terminating = self.registry.flags["terminating"]
        return Response.text(503, "Service Unavailable") if terminating else Response.text(200, "OK")

    def _health_db(self, call: Call) -> Response:
        return Response.text(200, "OK")

    def _server(self, call: Call) -> Response:
        """`schemaCount` leaves out the public schemas of vendors the key does not cover."""
        flags, permission = self.registry.flags, call.permission
        count = sum(row.copies for key, row in self.registry.schemas.items() if permission.may_read(key.vendor))
        told = {
            "version": VERSION,
            "authInfo": permission.as_json(),
            "database": self.switch("database"),
            "schemaCount": count,
            "debug": flags["debug"],
            "patchesAllowed": flags["patchesAllowed"],
        }
        return answer(200, told)

    def _debug(self, request: Request) -> Response:
        if request.method != "GET":
            raise Refusal(405, f"{request.method} not allowed. Defined methods: GET\n")
        return Response.text(200, json.dumps(self.dump())) if self.in_memory else Response(501)

    def _docs(self, call: Call) -> Response:
        """An OpenAPI 2 page of paths and methods; as YAML it is the same text, JSON being YAML."""
        paths: dict[str, JSON] = {
            "/" + "/".join(pattern): {method.lower(): {} for method in methods}
            for pattern, methods in SERVICES[call.service].items()
        }
        page = {"swagger": "2.0", "basePath": f"/api/{call.service}", "paths": paths}
        if call.request.path.endswith(".json"):
            return answer(200, page)
        return Response(200, json.dumps(page).encode(), {"content-type": "text/yaml"})

    # Drafts --------------------------------------------------------------------------------------------------

    def _put_draft(self, call: Call) -> Response:
        """Stores, and answers 501 all the same."""
        public, body = read_flag(call.request, "isPublic"), self._read_object(call)
        if not call.permission.may_write(call.path["vendor"]):
            raise Refusal(403, "Authentication error: not authorized")
        now = self.now()
        self.registry.drafts[_draft_of(call.path)] = Stored(body, public, now, now)
        return Response.text(501, "TODO")

    def _get_draft(self, call: Call) -> Response:
        draft = _draft_of(call.path)
        row = self.registry.drafts.get(draft)
        if row is None or not call.permission.may_read(draft[0]):
            raise Refusal(404, NOT_FOUND)
        return answer(200, _show_draft(draft, row))

    def _list_drafts(self, call: Call) -> Response:
        """The objects one after another, with neither brackets nor commas."""
        shown = [
            answer(200, _show_draft(draft, row)).body
            for draft, row in self.registry.drafts.items()
            if row.public or call.permission.may_read(draft[0])
        ]
        return Response(200, b"".join(shown), {"content-type": "application/json"})


_HANDLERS: Mapping[str, Callable[[SnowplowSandbox, Call], Response]] = {
    name: getattr(SnowplowSandbox, f"_{name}")
    for routes in SERVICES.values()
    for methods in routes.values()
    for name in methods.values()
}
_FORMS: Mapping[str, Callable[[SchemaKey, Stored], JSON]] = {
    "canonical": lambda key, row: row.canonical(key),
    "meta": lambda key, row: row.meta(key),
    "uri": lambda key, row: key.uri,
}


def _may_see(permission: Permission, key: SchemaKey, row: Stored) -> bool:
    return row.public or permission.may_read(key.vendor)


def _without_superseding(body: JSON) -> JSON:
    return content_of_plain(body) if isinstance(body, dict) else body


def _read_instance(body: JSON) -> tuple[SchemaKey, JSON]:
    """Raises Refusal 400 when the body is no self-describing datum."""
    code = "INVALID_DATA_PAYLOAD"
    if isinstance(body, dict) and isinstance(body.get("schema"), str) and "data" in body:
        try:
            return parse_uri(body["schema"]), body["data"]
        except ValueError as problem:
            code = str(problem)
    raise Refusal(400, f"JSON payload is not self-describing, {code}")


def _draft_of(path: Mapping[str, JSON]) -> tuple[str, str, str, int]:
    return path["vendor"], path["name"], path["format"], path["number"]


def _show_draft(draft: tuple[str, str, str, int], row: Stored) -> JSON:
    vendor, name, format_, number = draft
    address = {"vendor": vendor, "name": name, "format": format_, "version": number}
    return {"schemaMap": address, "metadata": row.metadata, "body": row.content}
