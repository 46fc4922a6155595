"""Road B of the emulated Lexicon: definition rows and tags, endpoints B1 to B4, P1 to P3 and T1 to T5.

Facts: apis/mixpanel.md sections 3.2 to 3.4, 4.5, 4.6 and 5 (items 9, 11, 12, 13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import UTC, datetime

from connectors.mixpanel.sandbox.answers import mooded, ok, parsed_object
from connectors.mixpanel.sandbox.rules import SchemaRules
from connectors.mixpanel.sandbox.state import (
    CUSTOM_EVENT,
    ENTITY_METADATA,
    EVENT,
    EVENT_ROW_ONLY,
    JSON,
    PROFILE,
    PROPERTY_METADATA,
    PROPERTY_ROW_ONLY,
    USER,
    WRITERS,
    Check,
    Document,
    Refusal,
    Workspace,
    first_half,
    is_text,
    metadata_of,
    set_row,
    stable_id,
)
from connectors.sandbox import Request, Response, Sandbox

EVENT_FIELDS: Mapping[str, Check] = {
    "description": is_text,
    **{name: check for name, check in ENTITY_METADATA.items() if name != "$source"},
    **EVENT_ROW_ONLY,
}
PROPERTY_FIELDS: Mapping[str, Check] = {"description": is_text, **PROPERTY_METADATA, **PROPERTY_ROW_ONLY}

RESOURCE_TYPES = ("Event", "User")

PARAMETERS: Mapping[str, Set[str]] = {
    "events": {"name[]", "custom_event"},
    "properties": {
        "name[]",
        "resourceType",
        "resource_type",  # known only to be ignored without a word
        "includeEvents",
        "includeDensity",
        "includeCustom",
        "includeZeroCounts",
    },
    "tags": set(),
}

Key = tuple[str, str]
Handler = Callable[[Request], Response]


class DefinitionsApi:
    """Answers requests whose path goes on after `/data-definitions`; raises `Refusal`. No rate limit is known."""

    def __init__(self, sandbox: Sandbox, workspace: Workspace) -> None:
        self._sandbox = sandbox
        self._workspace = workspace
        self._rules = SchemaRules(sandbox, workspace)

    def answer(self, request: Request, rest: Sequence[str]) -> Response:
        """Order of refusals: 404, 405, 403, 400."""
        if not rest or rest[0] not in PARAMETERS or len(rest) > (2 if rest[0] == "tags" else 1):
            raise Refusal(404, "Not found")
        handler = self._tag_route(request.method, rest[1]) if len(rest) == 2 else self._route(request.method, rest[0])
        if request.method != "GET" and self._workspace.access.role not in WRITERS:
            raise Refusal(403, "Service account does not have permission(s): write_data_definitions")
        unknown = {name for name, _ in request.query} - PARAMETERS[rest[0]]
        if unknown and self._sandbox.switch("extra_parameters") == "refuse":
            raise Refusal(400, f"unknown parameter {', '.join(sorted(unknown))}")
        return handler(request)

    def _route(self, method: str, resource: str) -> Handler:
        routes: Mapping[tuple[str, str], Handler] = {
            ("GET", "events"): self._list_events,
            ("PATCH", "events"): self._patch_events,
            ("DELETE", "events"): self._delete_events,
            ("GET", "properties"): self._list_properties,
            ("PATCH", "properties"): self._patch_properties,
            ("GET", "tags"): lambda request: ok(mooded(self._sandbox, self._ordered(self._workspace.tags))),
            ("POST", "tags"): self._post_tag,
        }
        if (method, resource) not in routes:
            raise Refusal(405, "Method not allowed")
        return routes[method, resource]

    def _ordered(self, rows: Mapping[str, JSON] | Sequence[JSON]) -> list[JSON]:
        listed = list(rows)
        return listed if self._sandbox.switch("list_order") == "stored" else listed[::-1]

    # Events --------------------------------------------------------------------------------------------------

    def _list_events(self, request: Request) -> Response:
        names = [value for key, value in request.query if key == "name[]"]
        wanted = set(names)
        keys = [
            key for key in self._event_keys(request.param("custom_event") == "true") if not names or key[1] in wanted
        ]
        return ok(mooded(self._sandbox, self._ordered([self._event_row(key) for key in keys])))

    def _event_keys(self, custom_only: bool) -> list[Key]:
        custom = [(CUSTOM_EVENT, name) for name in self._workspace.custom_events]
        if custom_only:
            return custom
        described = self._workspace.entries.get(EVENT, {})
        return [(EVENT, name) for name in {**described, **self._workspace.ingested}] + custom

    def _event_row(self, key: Key) -> Document:
        schema = self._workspace.schema(*key) or {}
        metadata = metadata_of(schema)
        row = {
            "id": stable_id(" ".join(key)),
            "name": key[1],
            "displayName": metadata.get("displayName"),
            "description": schema.get("description"),
            "tags": metadata.get("tags", []),
            "hidden": metadata.get("hidden", False),
            "dropped": metadata.get("dropped", False),
            "merged": False,
            "verified": False,
            "sensitive": False,
            "exampleValue": None,
            "contacts": metadata.get("contacts", []),
            "teamContacts": metadata.get("teamContacts", []),
            "platforms": metadata.get("platforms", []),
            "status": None,
            "customEventId": self._workspace.custom_events.get(key[1]) if key[0] == CUSTOM_EVENT else None,
            "collectEverythingEventId": None,
            "mergedEventId": None,
        }
        return row | self._times(key) | self._workspace.definitions.get(key[0], {}).get(key[1], {})

    def _times(self, key: Key) -> Document:
        created, changed = self._workspace.touched.get(key, (None, None))
        return {"createdUtc": _iso(created), "modifiedUtc": _iso(changed), "lastModified": _iso(changed)}

    def _patch_events(self, request: Request) -> Response:
        body = parsed_object(request)
        if "events" not in body:
            return ok(self._event_row(self._patch_event(body)))
        changes = _objects(body["events"])
        if self._sandbox.switch("team_contacts") == "read":
            changes = [_team_contacts_read(one) for one in changes]
        for change in changes:
            self._checked(change, EVENT_FIELDS)
        keys = self._in_mood(changes, self._patch_event)
        return ok([] if self._sandbox.switch("bulk_rows") == "empty" else [self._event_row(key) for key in keys])

    def _patch_event(self, change: Document) -> Key:
        """Update the row of the most specific identifier; none found makes a new row (section 5, item 12)."""
        key = self._named(self._checked(change, EVENT_FIELDS)) or (EVENT, _name_of(change))
        given = {name: change[name] for name in EVENT_FIELDS if name in change}
        self._check_drop(key[0], given)
        now = self._sandbox.clock()
        self._workspace.edit_entity(*key, "description", given.pop("description", self._description(key)), now)
        for name, value in given.items():
            self._workspace.edit_entity(*key, name, value, now)
        return key

    def _description(self, key: Key) -> JSON:
        return (self._workspace.schema(*key) or {}).get("description")

    def _named(self, change: Document) -> Key | None:
        """The row that `customEventId`, `id` or `name` points at, in this order; names never reach custom events."""
        if change.get("customEventId") is not None:
            custom = self._workspace.custom_events.items()
            return next(((CUSTOM_EVENT, name) for name, one in custom if one == change["customEventId"]), None)
        if change.get("id"):
            return next((key for key in self._event_keys(False) if stable_id(" ".join(key)) == change["id"]), None)
        name = _name_of(change)
        known = self._workspace.schema(EVENT, name) is not None or name in self._workspace.ingested
        return (EVENT, name) if known else None

    def _check_drop(self, kind: str, given: Document) -> None:
        """Drop and merge are an owner's right (section 1.2)."""
        for name in ("dropped", "merged"):
            if given.get(name) is True and not self._rules.may_drop(kind, name):
                del given[name]

    def _checked(self, change: Document, known: Mapping[str, Check]) -> Document:
        """The change again; a known key with a value of a wrong type is refused, unknown keys are ignored later."""
        for name, check in known.items():
            if change.get(name) is not None and not check(change[name]):
                raise Refusal(400, f"{name}: invalid value")
        return change

    def _in_mood(self, changes: Sequence[Document], write: Callable[[Document], Key]) -> list[Key]:
        if self._sandbox.mood == "half-batch":
            for change in first_half(changes):
                write(change)
            raise Refusal(500, "Internal error")
        return [write(change) for change in changes]

    def _delete_events(self, request: Request) -> Response:
        """Deletes what is found and reports success in any case (section 5, item 12)."""
        body = parsed_object(request)
        for one in _objects(body["events"]) if "events" in body else [body]:
            if key := self._named(one):
                self._workspace.remove(*key)
                (self._workspace.custom_events if key[0] == CUSTOM_EVENT else self._workspace.ingested).pop(
                    key[1], None
                )
        return ok()

    # Properties ----------------------------------------------------------------------------------------------

    def _list_properties(self, request: Request) -> Response:
        resource = _resource_type(request.param("resourceType"))
        wanted = {value for key, value in request.query if key == "name[]"}
        rows = self._property_rows(resource, wanted, request.param("includeEvents") == "true")
        return ok(mooded(self._sandbox, self._ordered(rows)))

    def _property_rows(
        self, resource: str, wanted: Set[str] = frozenset(), with_events: bool = False
    ) -> list[Document]:
        """One row per property name; texts come from the row itself, else from the first schema that has it."""
        found: dict[str, list[Key]] = {}
        for key, properties in self._sources(resource):
            for name in properties:
                if not wanted or name in wanted:
                    found.setdefault(name, []).append(key)
        for name in self._workspace.property_rows.get(resource, {}):
            if not wanted or name in wanted:
                found.setdefault(name, [])
        rows = {name: self._property_row(resource, name, keys) for name, keys in found.items()}
        if with_events:
            rows = {name: row | {"events": [{"name": key[1]} for key in found[name]]} for name, row in rows.items()}
        return list(rows.values())

    def _sources(self, resource: str) -> list[tuple[Key, Mapping[str, JSON]]]:
        kind = EVENT if resource == "Event" else PROFILE
        sources: list[tuple[Key, Mapping[str, JSON]]] = []
        for name, schema in self._workspace.entries.get(kind, {}).items():
            seen = self._workspace.ingested.get(name, {}) if kind == EVENT else {}
            sources.append(((kind, name), {**schema.get("properties", {}), **seen}))
        if kind == EVENT:
            unseen = self._workspace.ingested.keys() - self._workspace.entries.get(EVENT, {}).keys()
            sources += [((EVENT, name), self._workspace.ingested[name]) for name in sorted(unseen)]
        return sources

    def _property_row(self, resource: str, name: str, keys: Sequence[Key]) -> Document:
        schemas = [(self._workspace.schema(*key) or {}).get("properties", {}) for key in keys]
        nested: Document = next((properties[name] for properties in schemas if name in properties), {})
        metadata = metadata_of(nested)
        shown = name.removeprefix("$") if self._sandbox.switch("dollar_prefix") == "stripped" else name
        row = {
            "id": stable_id(f"{resource} {name}"),
            "name": shown,
            "resourceType": resource,
            "displayName": metadata.get("displayName"),
            "description": nested.get("description"),
            "exampleValue": None,
            "hidden": metadata.get("hidden", False),
            "dropped": metadata.get("dropped", False),
            "merged": False,
            "sensitive": False,
            "dataGroupId": None,
        }
        return row | self._workspace.property_rows.get(resource, {}).get(name, {})

    def _patch_properties(self, request: Request) -> Response:
        body = parsed_object(request)
        many = "properties" in body
        changes = _objects(body["properties"]) if many else [body]
        for change in changes:
            if not _name_of(change) or (many and "resourceType" not in change):
                raise Refusal(400, "a property needs name and resourceType")
            _resource_type(self._checked(change, PROPERTY_FIELDS).get("resourceType"))
        keys = self._in_mood(changes, self._patch_property)
        named = {kind: {name for resource, name in keys if resource == kind} for kind, _ in keys}
        rows = [row for kind, names in named.items() for row in self._property_rows(kind, names)]
        if many:
            return ok([] if self._sandbox.switch("bulk_rows") == "empty" else rows)
        return ok(rows[0] if rows else self._property_row(*keys[0], []))

    def _patch_property(self, change: Document) -> Key:
        resource, name = _resource_type(change.get("resourceType")), _name_of(change)
        given = {field: change[field] for field in PROPERTY_FIELDS if field in change}
        self._check_drop(EVENT if resource == "Event" else PROFILE, given)
        for field, value in given.items():
            for key in [] if field in PROPERTY_ROW_ONLY else self._reached(resource, name):
                self._workspace.edit_property(key, name, field, value, self._sandbox.clock())
            if resource == "Event" or field in PROPERTY_ROW_ONLY:
                set_row(self._workspace.property_rows, resource, name, field, value)
        return resource, name

    def _reached(self, resource: str, name: str) -> list[Key]:
        """The schemas that a row's text is written through to: the one profile, or (switch) each event that has it."""
        if resource == "User":
            return [(PROFILE, USER)]
        if self._sandbox.switch("property_edits") == "separate":
            return []
        events = self._workspace.entries.get(EVENT, {})
        return [(EVENT, event) for event, schema in events.items() if name in schema.get("properties", {})]

    # Tags ----------------------------------------------------------------------------------------------------

    def _post_tag(self, request: Request) -> Response:
        """T2 creates; T5, the same call with `delete`, deletes by name."""
        body = parsed_object(request)
        name = _name_of(body)
        if not name:
            raise Refusal(400, "a tag needs a name")
        known = name in self._workspace.tags
        if body.get("delete") is True:
            if not known:
                raise Refusal(400, f"no tag {name}")
            self._workspace.rename_tag(name, None, self._sandbox.clock())
            return ok()
        if known and self._sandbox.switch("existing_tag") == "refuse":
            raise Refusal(400, f"tag {name} exists")
        return ok({"id": self._workspace.add_tag(name), "name": name})

    def _tag_route(self, method: str, identifier: str) -> Handler:
        if method not in ("GET", "PATCH"):
            raise Refusal(405, "Method not allowed")
        return lambda request: self._one_tag(request, identifier)

    def _one_tag(self, request: Request, identifier: str) -> Response:
        name = next((name for name, known in self._workspace.tags.items() if str(known) == identifier), None)
        if name is None:
            raise Refusal(404, f"no tag {identifier}")
        if request.method == "GET":
            return ok({"id": self._workspace.tags[name], "name": name})
        new = _name_of(parsed_object(request))
        if not new or (new != name and new in self._workspace.tags):
            raise Refusal(400, f"cannot rename {name} to {new!r}")
        self._workspace.rename_tag(name, new, self._sandbox.clock())
        return ok({"id": self._workspace.tags[new], "name": new})


def _name_of(change: Document) -> str:
    name = change.get("name", "")
    return name if isinstance(name, str) else ""


def _objects(value: JSON) -> list[Document]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Refusal(400, "expected an array of objects")
    return value


def _team_contacts_read(change: Document) -> Document:
    return {"teamContacts": change["team_contacts"]} | change if "team_contacts" in change else change


def _resource_type(given: JSON) -> str:
    """Omitted means events; the spelling is exact (section 3.3, P1)."""
    if given is None:
        return RESOURCE_TYPES[0]
    if given not in RESOURCE_TYPES:
        raise Refusal(400, "Invalid resource type")
    return str(given)


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
