"""Road A of the emulated Lexicon: the Schemas API, endpoints A1 to A10 (apis/mixpanel.md section 3.1)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

from connectors.mixpanel.sandbox.answers import CONTENT_TYPE, mooded, ok, parsed_object
from connectors.mixpanel.sandbox.rules import SchemaRules
from connectors.mixpanel.sandbox.state import (
    CUSTOM_EVENT,
    EVENT,
    JSON,
    PROFILE,
    WRITERS,
    Document,
    Refusal,
    Workspace,
    first_half,
)
from connectors.sandbox import Request, Response, Sandbox, Window

CALLS_PER_MINUTE = 5
ENTITIES_PER_MINUTE = 4000
"""One per entry and one per property in it (apis/mixpanel.md section 2)."""
MINUTE = 60.0

PATH_TYPES = frozenset({EVENT, PROFILE, CUSTOM_EVENT})
"""Documented, or passed by the vendor's own client (apis/mixpanel.md section 3.1)."""

BULK_KEYS = frozenset({"entries", "truncate"})

Key = tuple[str, str]
Entry = tuple[str, str, Document]
Dictionary = Mapping[str, Mapping[str, Document]]


class SchemasApi:
    """Answers requests whose path goes on after `/schemas`; raises `Refusal`."""

    def __init__(self, sandbox: Sandbox, workspace: Workspace) -> None:
        self._sandbox = sandbox
        self._workspace = workspace
        self._rules = SchemaRules(sandbox, workspace)
        self._calls = Window(CALLS_PER_MINUTE, MINUTE)
        self._entities = Window(ENTITIES_PER_MINUTE, MINUTE)
        self._past: list[tuple[float, Dictionary]] = []
        """(until when it was current, entries); only kept while reads lag behind writes."""

    def answer(self, request: Request, rest: Sequence[str]) -> Response:
        """Order of refusals: 404, 405, 403, 429, 400 (section 3.7 rule 4; 401 came before)."""
        handler = self._route(request.method, len(rest))
        self._check_permission(request.method)
        self._check_limits(request)
        if rest and rest[0] not in PATH_TYPES:
            raise Refusal(400, f"invalid entity type {rest[0]!r}")
        if request.method != "GET":
            self._remember()
        return handler(request, rest)

    def _route(self, method: str, depth: int) -> Callable[[Request, Sequence[str]], Response]:
        routes: Mapping[tuple[str, int], Callable[[Request, Sequence[str]], Response]] = {
            ("GET", 0): self._list,
            ("GET", 1): self._list,
            ("GET", 2): self._read_one,
            ("POST", 0): self._upload,
            ("POST", 2): self._upload_one,
            ("PATCH", 0): self._patch,
            ("PATCH", 2): self._patch_one,
            ("DELETE", 0): self._delete,
            ("DELETE", 1): self._delete,
            ("DELETE", 2): self._delete_one,
        }
        if depth > 2:
            raise Refusal(404, "Not found")
        if (method == "PATCH" and not self._sandbox.switch("patch")) or (method, depth) not in routes:
            raise Refusal(405, "Method not allowed")
        return routes[method, depth]

    def _check_permission(self, method: str) -> None:
        access = self._workspace.access
        if access.project_classified and not access.classified_permission:
            raise Refusal(403, "Service account does not have permission(s) for classified data")
        writing = method != "GET" or self._sandbox.switch("reading") == "writers"
        if writing and access.role not in WRITERS:
            raise Refusal(403, "Service account does not have permission(s): write_data_definitions")

    def _check_limits(self, request: Request) -> None:
        if request.method == "GET" and not self._sandbox.switch("gets_count"):
            return
        now, units = self._sandbox.clock(), _units(request)
        # A refused call uses up neither window, so the entities are looked at before the call is counted.
        fits = self._entities.used(now) + units <= self._entities.limit
        wait = (self._calls.take(now) if fits else 0) or self._entities.take(now, units)
        if wait:
            headers = {"retry-after": str(math.ceil(wait))} if self._sandbox.switch("retry_after") else {}
            raise Refusal(429, "Too many requests", headers)

    def forget_past(self) -> None:
        """The state was replaced: nothing older may show through."""
        self._past.clear()

    # Reading -------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        """Keep what reads may still show after the write to come."""
        now, lag = self._sandbox.clock(), self._sandbox.switch("read_lag")
        self._past = [past for past in self._past if past[0] > now - lag]
        if lag:
            self._past.append((now, {kind: dict(names) for kind, names in self._workspace.entries.items()}))

    def _visible(self) -> Dictionary:
        """The entries as a read shows them now: current, or as they were `read_lag` seconds ago."""
        horizon = self._sandbox.clock() - self._sandbox.switch("read_lag")
        return next((entries for until, entries in self._past if until > horizon), self._workspace.entries)

    def _find(self, kind: str, name: str) -> Document:
        schema = self._visible().get(kind, {}).get(name)
        if schema is None:
            raise self._unknown(kind, name)
        return schema

    def _unknown(self, kind: str, name: str) -> Refusal:
        return Refusal(self._sandbox.switch("unknown_entity"), f"Schema not found: {kind} {name}")

    def _list(self, request: Request, rest: Sequence[str]) -> Response:
        name = request.param("entity_name") if rest else None
        if name is not None:
            return ok(self._rules.shown(self._find(rest[0], name)))
        exact = bool(rest) and self._sandbox.switch("one_type") == "exact"
        rows = [
            self._row(kind, found, schema)
            for kind, names in self._visible().items()
            for found, schema in names.items()
            if not exact or kind == rest[0]
        ]
        if rows and self._sandbox.switch("read_noise") == "entities":
            rows += [row for row in self._phantoms() if not exact or row["entityType"] == rest[0]]
        return ok(mooded(self._sandbox, rows if self._sandbox.switch("list_order") == "stored" else rows[::-1]))

    def _row(self, kind: str, name: str, schema: Document) -> Document:
        row = {"entityType": kind, "name": name, "schemaJson": self._rules.shown(schema)}
        _, changed = self._workspace.touched.get((kind, name), (0.0, None))
        if changed is None or self._sandbox.switch("read_noise") == "off":
            return row
        return row | {"version": time.strftime("%Y-%m-%d", time.gmtime(changed))}

    def _phantoms(self) -> list[Document]:
        """Rows a plan never made (section 3.7 rule 8)."""
        odd = {"properties": {"Sandbox oddity": {"type": "unknown"}}}
        return [
            self._row(CUSTOM_EVENT, "Sandbox custom event", {}),
            self._row(EVENT, "Sandbox autodetected event", odd),
        ]

    def _read_one(self, request: Request, rest: Sequence[str]) -> Response:
        kind, name = rest
        schema = self._rules.shown(self._find(kind, name))
        match self._sandbox.switch("single_read"):
            case "bare":
                return Response.json(200, schema, CONTENT_TYPE)
            case "entry":
                return ok({"entityType": kind, "name": name, "schemaJson": schema})
            case _:
                return ok(schema)

    # Writing -------------------------------------------------------------------------------------------------

    def _bulk_body(self, request: Request) -> tuple[list[JSON], bool]:
        """(entries, truncate) of a bulk body, each entry still unchecked."""
        body = parsed_object(request)
        if (extra := body.keys() - BULK_KEYS) and self._sandbox.switch("body_keys") == "strict":
            raise Refusal(400, f"unknown key {', '.join(sorted(extra))}")
        entries, truncate = body.get("entries"), body.get("truncate", False)
        if not isinstance(entries, list) or not isinstance(truncate, bool):
            raise Refusal(400, "entries must be an array and truncate a boolean")
        return entries, truncate

    def _upload(self, request: Request, rest: Sequence[str]) -> Response:
        given, truncate = self._bulk_body(request)
        entries: list[Entry] = []
        try:
            for number, entry in enumerate(given):
                entries.append(self._rules.accept_entry(entry, f"entries[{number}]"))
        except Refusal:
            if self._sandbox.switch("bad_entry") == "keeps-earlier":
                self._store(entries)
            raise
        deleted = self._truncate(entries) if truncate else 0
        if self._sandbox.mood == "fail-after-delete":
            raise Refusal(500, "Internal error")
        return ok({"added": self._store_in_mood(entries), "deleted": deleted})

    def _truncate(self, entries: Sequence[Entry]) -> int:
        """Delete the whole dictionary before the insert, or only the types of the entries (section 3.1.1)."""
        kinds = {kind for kind, _, _ in entries}
        everything = not kinds or self._sandbox.switch("truncate_scope") == "everything"
        return self._forget([key for key in self._workspace.entity_keys() if everything or key[0] in kinds])

    def _store_in_mood(self, entries: Sequence[Entry]) -> int:
        if self._sandbox.mood == "half-batch":
            self._store(first_half(entries))
            raise Refusal(500, "Internal error")
        return self._store(entries)

    def _store(self, entries: Sequence[Entry]) -> int:
        """Replace each entry; the figure for `added`."""
        new = 0
        for kind, name, schema in entries:
            stored = self._workspace.schema(kind, name)
            new += stored is None
            self._workspace.put(kind, name, self._rules.merged_upload(stored, schema), self._sandbox.clock())
        return new if self._sandbox.switch("added") == "new" else len(entries)

    def _upload_one(self, request: Request, rest: Sequence[str]) -> Response:
        kind, name = rest
        self._store([(kind, name, self._rules.accept(kind, name, parsed_object(request), "schemaJson"))])
        return self._written(kind, name) if self._sandbox.switch("single_write") == "schema" else ok()

    def _written(self, kind: str, name: str) -> Response:
        return ok(self._rules.shown(self._workspace.entries[kind][name]))

    def _patch(self, request: Request, rest: Sequence[str]) -> Response:
        entries, _ = self._bulk_body(request)
        if self._sandbox.mood == "half-batch":
            self._patch_rows(first_half(entries))
            raise Refusal(500, "Internal error")
        return ok(self._patch_rows(entries))

    def _patch_rows(self, entries: Sequence[JSON]) -> list[Document]:
        return [self._patch_row(entry, f"entries[{number}]") for number, entry in enumerate(entries)]

    def _patch_row(self, entry: JSON, where: str) -> Document:
        """One row of the answer; an entry that fails does not stop the others (section 3.1, A6)."""
        fields = entry if isinstance(entry, dict) else {}
        row = {"entityType": fields.get("entityType"), "name": fields.get("name")}
        try:
            self._merge(*self._rules.accept_entry(entry, where, partial=True), where)
        except Refusal as refusal:
            return row | {"status": "error", "error": refusal.text}
        return row | {"status": "ok"}

    def _patch_one(self, request: Request, rest: Sequence[str]) -> Response:
        kind, name = rest
        patch = self._rules.accept(kind, name, parsed_object(request), "schemaJson", partial=True)
        self._merge(kind, name, patch, "schemaJson")
        return self._written(kind, name)

    def _merge(self, kind: str, name: str, patch: Document, where: str) -> None:
        stored = self._workspace.schema(kind, name)
        if stored is None:
            raise self._unknown(kind, name)
        self._workspace.put(kind, name, self._rules.merged_patch(stored, patch, where), self._sandbox.clock())

    # Deleting ------------------------------------------------------------------------------------------------

    def _delete(self, request: Request, rest: Sequence[str]) -> Response:
        name = request.param("entity_name") if rest else None
        if name is not None and self._sandbox.switch("delete_by_name") == "one":
            return self._delete_one(request, (rest[0], name))
        return self._deleted(self._workspace.entity_keys(rest[0] if rest else None))

    def _delete_one(self, request: Request, rest: Sequence[str]) -> Response:
        kind, name = rest
        if self._workspace.schema(kind, name) is not None:
            return self._deleted([(kind, name)])
        if self._sandbox.switch("delete_unknown") == "zero":
            return self._deleted([])
        raise self._unknown(kind, name)

    def _deleted(self, keys: Sequence[Key]) -> Response:
        if self._sandbox.mood == "half-batch":
            self._forget(first_half(keys))
            raise Refusal(500, "Internal error")
        return ok({self._sandbox.switch("delete_key"): self._forget(keys)})

    def _forget(self, keys: Sequence[Key]) -> int:
        if len(keys) > self._sandbox.switch("delete_limit"):
            raise Refusal(400, f"cannot delete {len(keys)} entities in one request")
        for kind, name in keys:
            self._workspace.remove(kind, name)
        return len(keys)


def _units(request: Request) -> int:
    """How many events and properties a write updates; a body that makes no sense counts nothing."""
    if request.method not in ("POST", "PATCH"):
        return 0
    try:
        body = parsed_object(request)
    except Refusal:
        return 0
    entries = body["entries"] if isinstance(body.get("entries"), list) else [{"schemaJson": body}]
    return sum(1 + _property_count(entry) for entry in entries)


def _property_count(entry: JSON) -> int:
    schema = entry.get("schemaJson") if isinstance(entry, dict) else None
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return len(properties) if isinstance(properties, dict) else 0
