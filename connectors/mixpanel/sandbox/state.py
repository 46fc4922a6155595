"""What one emulated Mixpanel project holds: the dictionary, tags, people, and who may do what.

Two views of the same things live here (apis/mixpanel.md section 0.3): schemas (road A) and the definition rows of
road B. What both can hold is stored once, in the schema; what only B knows is stored beside it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

JSON = Any
Document = dict[str, JSON]

MIXPANEL = "com.mixpanel"
EVENT, PROFILE, CUSTOM_EVENT = "event", "profile", "custom_event"
USER = "$user"
ENTITY_TYPES = (EVENT, PROFILE, CUSTOM_EVENT, "group", "lookup", "collect_everything_event")
"""All that answers are known to hold (apis/mixpanel.md section 3.1)."""
PROPERTY_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
ROLES = ("owner", "admin", "analyst", "consumer")
WRITERS = frozenset({"owner", "admin"})


class Refusal(Exception):
    """The service says no. The text is ours: Mixpanel publishes none (apis/mixpanel.md section 3.1.2)."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers or {}


def is_text(value: JSON) -> bool:
    return isinstance(value, str)


def is_flag(value: JSON) -> bool:
    return isinstance(value, bool)


def is_texts(value: JSON) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


Check = Callable[[JSON], bool]

ENTITY_METADATA: Mapping[str, Check] = {
    "$source": is_text,
    "displayName": is_text,
    "tags": is_texts,
    "hidden": is_flag,
    "dropped": is_flag,
    "contacts": is_texts,
    "teamContacts": is_texts,
}
"""Writable keys under `com.mixpanel` of an entity (apis/mixpanel.md section 4.3)."""

PROPERTY_METADATA: Mapping[str, Check] = {"displayName": is_text, "hidden": is_flag, "dropped": is_flag}
"""The same for a property (apis/mixpanel.md section 4.4)."""

EVENT_ROW_ONLY: Mapping[str, Check] = {
    "verified": is_flag,
    "merged": is_flag,
    "sensitive": is_flag,
    "exampleValue": is_text,
}
"""What only road B holds of an event (apis/mixpanel.md section 4.5)."""

PROPERTY_ROW_ONLY: Mapping[str, Check] = {
    "merged": is_flag,
    "sensitive": is_flag,
    "exampleValue": is_text,
    "dataGroupId": is_text,
}
"""What only road B holds of a property (apis/mixpanel.md section 4.6)."""


@dataclass(slots=True)
class Access:
    """The one service account and what the project demands of it."""

    role: str = "owner"
    expires_at: float | None = None
    """Seconds since the epoch; from then on the account is unknown."""
    classified_permission: bool = True
    project_classified: bool = False


@dataclass(slots=True)
class Workspace:
    """The whole state. Stored schemas are never changed in place, only replaced, so a reading can be kept."""

    access: Access = field(default_factory=Access)
    entries: dict[str, dict[str, Document]] = field(default_factory=dict)
    """Entity type → name → `schemaJson` as stored; no empty types."""
    ingested: dict[str, dict[str, str]] = field(default_factory=dict)
    """Event → property → type, as seen in the pipeline. An event here needs no schema."""
    custom_events: dict[str, int] = field(default_factory=dict)
    """Name → `customEventId`."""
    definitions: dict[str, dict[str, Document]] = field(default_factory=dict)
    """Entity type → name → the fields of road B that a schema cannot hold."""
    property_rows: dict[str, dict[str, Document]] = field(default_factory=dict)
    """`Event` or `User` → property name → what road B wrote on the row."""
    tags: dict[str, int] = field(default_factory=dict)
    """Name → id."""
    members: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    touched: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """(entity type, name) → created and last changed; no part of the dump."""

    def dump(self) -> Document:
        """All but `touched`, as a deep copy: two runs that end alike dump alike, whenever they ran."""
        state = {name: getattr(self, name) for name in _DUMPED} | {"access": asdict(self.access)}
        copy: Document = json.loads(json.dumps(state))
        return copy

    def load(self, state: Document) -> None:
        """The reverse of `dump`; what is missing becomes empty. Raises ValueError on an unknown part."""
        if unknown := state.keys() - {"access", *_DUMPED}:
            raise ValueError(f"a dump has no part {', '.join(sorted(unknown))}")
        fresh = Workspace(**json.loads(json.dumps(state)) | {"access": Access(**state.get("access", {}))})
        for name in ("access", *_DUMPED, "touched"):
            setattr(self, name, getattr(fresh, name))

    # Schemas -------------------------------------------------------------------------------------------------

    def schema(self, entity_type: str, name: str) -> Document | None:
        return self.entries.get(entity_type, {}).get(name)

    def entity_keys(self, entity_type: str | None = None) -> list[tuple[str, str]]:
        """(entity type, name) of all schemas, or of those of one type."""
        kinds = self.entries if entity_type is None else {entity_type} & self.entries.keys()
        return [(kind, name) for kind in kinds for name in self.entries[kind]]

    def put(self, entity_type: str, name: str, schema: Document, now: float) -> None:
        """Store a schema; its tags come into being with it."""
        self.entries.setdefault(entity_type, {})[name] = schema
        created, _ = self.touched.get((entity_type, name), (now, now))
        self.touched[entity_type, name] = (created, now)
        for tag in metadata_of(schema).get("tags") or ():
            self.add_tag(tag)

    def remove(self, entity_type: str, name: str) -> None:
        """Forget the schema and what hangs on it. Ingested data stays (apis/mixpanel.md section 3.1)."""
        for store in (self.entries, self.definitions):
            names = store.get(entity_type, {})
            names.pop(name, None)
            if not names:
                store.pop(entity_type, None)
        self.touched.pop((entity_type, name), None)

    def edit_entity(self, entity_type: str, name: str, field_name: str, value: JSON, now: float) -> None:
        """Set one field of either road, None clears; any edit gives the entity a schema (section 5, items 1, 2)."""
        schema = self.schema(entity_type, name) or {}
        if field_name in EVENT_ROW_ONLY:
            set_row(self.definitions, entity_type, name, field_name, value)
        else:
            schema = with_field(schema, field_name, value, field_name in ENTITY_METADATA or field_name == "platforms")
        self.put(entity_type, name, schema, now)

    def edit_property(self, key: tuple[str, str], prop: str, field_name: str, value: JSON, now: float) -> None:
        """The same for one property inside a schema; a property that was not there starts with an unknown type."""
        schema = self.schema(*key) or {}
        properties = schema.get("properties", {})
        edited = with_field(
            properties.get(prop, {"type": "unknown"}), field_name, value, field_name in PROPERTY_METADATA
        )
        self.put(*key, schema | {"properties": properties | {prop: edited}}, now)

    # Tags ----------------------------------------------------------------------------------------------------

    def add_tag(self, name: str) -> int:
        """The id of the tag, made on first use."""
        if name not in self.tags:
            self.tags[name] = stable_id(f"tag {name}", set(self.tags.values()))
        return self.tags[name]

    def rename_tag(self, old: str, new: str | None, now: float) -> None:
        """Rename a tag wherever it is used; None deletes it (apis/mixpanel.md section 3.4)."""
        identifier = self.tags.pop(old)
        if new is not None:
            self.tags[new] = identifier
        for key, schema in list(self._tagged(old)):
            kept = [new if tag == old else tag for tag in metadata_of(schema)["tags"] if new is not None or tag != old]
            self.put(*key, with_field(schema, "tags", kept, True), now)

    def _tagged(self, tag: str) -> Iterator[tuple[tuple[str, str], Document]]:
        for key in self.entity_keys():
            schema = self.entries[key[0]][key[1]]
            if tag in (metadata_of(schema).get("tags") or ()):
                yield key, schema


_DUMPED = ("entries", "ingested", "custom_events", "definitions", "property_rows", "tags", "members", "teams")


def metadata_of(document: Document) -> Document:
    """The `com.mixpanel` part of a schema or of a property; empty when there is none."""
    found: Document = document.get("metadata", {}).get(MIXPANEL, {})
    return found


def with_metadata(document: Document, metadata: Document) -> Document:
    """The document with that `com.mixpanel` part; an empty part leaves no trace."""
    spaces = with_key(document.get("metadata", {}), MIXPANEL, metadata or None)
    return with_key(document, "metadata", spaces or None)


def with_field(document: Document, name: str, value: JSON, in_metadata: bool) -> Document:
    """The document with one field set, or removed when the value is None."""
    if in_metadata:
        return with_metadata(document, with_key(metadata_of(document), name, value))
    return with_key(document, name, value)


def with_key(document: Document, key: str, value: JSON) -> Document:
    if value is not None:
        return document | {key: value}
    return {name: kept for name, kept in document.items() if name != key}


def set_row(store: dict[str, dict[str, Document]], kind: str, name: str, field_name: str, value: JSON) -> None:
    """Set or clear (None) one field of one row; empty rows and kinds leave no trace."""
    rows = store.get(kind, {})
    row = with_key(rows.get(name, {}), field_name, value)
    store[kind] = with_key(rows, name, row or None)
    if not store[kind]:
        del store[kind]


def stable_id(text: str, taken: Container[int] = ()) -> int:
    """A number that looks like the service's ids and is the same in every run; the next free one when taken."""
    identifier = zlib.crc32(text.encode())
    while identifier in taken:
        identifier += 1
    return identifier


def first_half(rows: Iterable[JSON]) -> list[JSON]:
    """What a write or a page of the chassis's bad moods gets done."""
    listed = list(rows)
    return listed[: len(listed) // 2]
