"""What people and the pipeline do to an emulated Lexicon without the API; one function per verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.mixpanel.sandbox.state import (
    CUSTOM_EVENT,
    ENTITY_METADATA,
    ENTITY_TYPES,
    EVENT,
    EVENT_ROW_ONLY,
    JSON,
    PROFILE,
    PROPERTY_METADATA,
    ROLES,
    USER,
    Check,
    Document,
    Workspace,
    is_flag,
    is_text,
    is_texts,
    metadata_of,
    stable_id,
    with_key,
)

Edit = Callable[[Workspace, Document, float], None]
Key = tuple[str, str]

ENTITY_FIELDS: Mapping[str, Check] = {
    "description": is_text,
    "required": is_texts,
    "platforms": is_texts,
    "additionalProperties": is_flag,
    **ENTITY_METADATA,
    **EVENT_ROW_ONLY,
}
PROPERTY_FIELDS: Mapping[str, Check] = {
    "type": is_text,
    "description": is_text,
    "format": is_text,
    "examples": lambda value: isinstance(value, list),
    **PROPERTY_METADATA,
}


def make_edit(workspace: Workspace, change: JSON, now: float) -> None:
    """Do one change. Raises ValueError with a plain sentence when it makes no sense."""
    verb = change.get("do") if isinstance(change, dict) else None
    if not isinstance(verb, str) or verb not in VERBS:
        raise ValueError(f"a change is an object whose 'do' is one of {', '.join(VERBS)}, not {verb!r}")
    try:
        VERBS[verb](workspace, change, now)
    except KeyError as missing:
        raise ValueError(f"{verb} needs {missing}") from missing


def _key(change: Document) -> Key:
    kind = change.get("type", EVENT)
    if kind not in ENTITY_TYPES:
        raise ValueError(f"no entity type {kind!r}; known: {', '.join(ENTITY_TYPES)}")
    return kind, change.get("name", USER) if kind == PROFILE else change["name"]


def _existing(workspace: Workspace, change: Document) -> Key:
    kind, name = key = _key(change)
    seen = (kind == EVENT and name in workspace.ingested) or (kind == CUSTOM_EVENT and name in workspace.custom_events)
    if not seen and kind != PROFILE and workspace.schema(*key) is None:
        raise ValueError(f"there is no {kind} {name!r}")
    return key


def _property(workspace: Workspace, key: Key, name: str) -> Document:
    properties = (workspace.schema(*key) or {}).get("properties", {})
    if name not in properties:
        raise ValueError(f"{key[0]} {key[1]!r} has no property {name!r}")
    found: Document = properties[name]
    return found


def _add(workspace: Workspace, change: Document, now: float) -> None:
    kind, name = key = _key(change)
    if workspace.schema(*key) is not None:
        raise ValueError(f"there is a {kind} {name!r} already")
    workspace.put(kind, name, change.get("schema", {}), now)
    if kind == CUSTOM_EVENT:
        workspace.custom_events[name] = change.get("id", stable_id(f"definition {name}"))


def _remove(workspace: Workspace, change: Document, now: float) -> None:
    key = _existing(workspace, change)
    workspace.remove(*key)
    if key[0] == CUSTOM_EVENT:
        workspace.custom_events.pop(key[1], None)


def _set(workspace: Workspace, change: Document, now: float) -> None:
    _set_field(workspace, change, change["field"], change["value"], now)


def _clear(workspace: Workspace, change: Document, now: float) -> None:
    _set_field(workspace, change, change["field"], None, now)


def _set_field(workspace: Workspace, change: Document, field: str, value: JSON, now: float) -> None:
    key = _existing(workspace, change)
    fields = PROPERTY_FIELDS if "property" in change else ENTITY_FIELDS
    if field not in fields:
        raise ValueError(f"no field {field!r}; known: {', '.join(fields)}")
    if value is not None and not fields[field](value):
        raise ValueError(f"{field} cannot be {value!r}")
    if "property" in change:
        _property(workspace, key, change["property"])
        workspace.edit_property(key, change["property"], field, value, now)
    else:
        workspace.edit_entity(*key, field, value, now)


def _flag(field: str, value: bool) -> Edit:
    return lambda workspace, change, now: _set_field(workspace, change, field, value, now)


def _tag(workspace: Workspace, change: Document, now: float) -> None:
    tags = _tags(workspace, change)
    _set_field(workspace, change, "tags", [*tags, *({change["tag"]} - set(tags))], now)


def _untag(workspace: Workspace, change: Document, now: float) -> None:
    _set_field(workspace, change, "tags", [tag for tag in _tags(workspace, change) if tag != change["tag"]], now)


def _tags(workspace: Workspace, change: Document) -> list[str]:
    schema = workspace.schema(*_existing(workspace, change)) or {}
    return list(metadata_of(schema).get("tags", ()))


def _contacts(workspace: Workspace, change: Document, now: float) -> None:
    for field, part in (("contacts", "contacts"), ("teamContacts", "teams")):
        if part in change:
            _set_field(workspace, change, field, change[part], now)


def _add_property(workspace: Workspace, change: Document, now: float) -> None:
    key, name = _existing(workspace, change), change["property"]
    schema = workspace.schema(*key) or {}
    if name in schema.get("properties", {}):
        raise ValueError(f"{key[0]} {key[1]!r} has a property {name!r} already")
    added = {name: change.get("schema", {"type": "string"})}
    workspace.put(*key, schema | {"properties": schema.get("properties", {}) | added}, now)


def _remove_property(workspace: Workspace, change: Document, now: float) -> None:
    key, name = _existing(workspace, change), change["property"]
    _property(workspace, key, name)
    schema = workspace.schema(*key) or {}
    workspace.put(*key, schema | {"properties": with_key(schema["properties"], name, None)}, now)


def _unknown_type(workspace: Workspace, change: Document, now: float) -> None:
    key = _existing(workspace, change)
    _property(workspace, key, change["property"])
    workspace.edit_property(key, change["property"], "type", "unknown", now)


def _ingest(workspace: Workspace, change: Document, now: float) -> None:
    seen = workspace.ingested.setdefault(change["event"], {})
    seen.update(change.get("properties", {}))


def _rename_tag(workspace: Workspace, change: Document, now: float) -> None:
    if change["tag"] not in workspace.tags:
        raise ValueError(f"there is no tag {change['tag']!r}")
    if change.get("to") in workspace.tags:
        raise ValueError(f"there is a tag {change['to']!r} already")
    workspace.rename_tag(change["tag"], change.get("to"), now)


def _role(workspace: Workspace, change: Document, now: float) -> None:
    if change["role"] not in ROLES:
        raise ValueError(f"no role {change['role']!r}; known: {', '.join(ROLES)}")
    workspace.access.role = change["role"]


def _classified(workspace: Workspace, change: Document, now: float) -> None:
    workspace.access.project_classified = bool(change.get("project", workspace.access.project_classified))
    workspace.access.classified_permission = bool(change.get("permission", workspace.access.classified_permission))


def _expire(workspace: Workspace, change: Document, now: float) -> None:
    workspace.access.expires_at = change.get("at", now)


def _people(workspace: Workspace, change: Document, now: float) -> None:
    workspace.members = list(change.get("members", workspace.members))
    workspace.teams = list(change.get("teams", workspace.teams))


VERBS: Mapping[str, Edit] = {
    "add": _add,
    "remove": _remove,
    "set": _set,
    "clear": _clear,
    "hide": _flag("hidden", True),
    "show": _flag("hidden", False),
    "drop": _flag("dropped", True),
    "undrop": _flag("dropped", False),
    "tag": _tag,
    "untag": _untag,
    "contacts": _contacts,
    "add_property": _add_property,
    "remove_property": _remove_property,
    "unknown_type": _unknown_type,
    "ingest": _ingest,
    "rename_tag": _rename_tag,
    "role": _role,
    "classified": _classified,
    "expire": _expire,
    "people": _people,
}
