"""Lexicon schema entries as documents: from the list's raw JSON to a flat normal form, and back to an upload.

The normal form of a body has the vendor's names without the nesting under ``metadata``: ``description``,
``displayName``, ``tags``, ``contacts``, ``teamContacts``, ``hidden``, ``dropped``, ``additionalProperties``,
``required``, and ``properties`` whose entries hold ``type``, ``description``, ``displayName``, ``hidden`` and
``dropped``. Sets are sorted; what equals the default is absent. Keys the Lexicon does not document stay verbatim.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mappings.canonical.kinds import JSON, KINDS, Kind
from mappings.contract import Address, Document, Path

EVENT, PROFILE, USER = "event", "profile", "$user"
"""The two entity types that can be written, and the one name a profile has (apis/mixpanel.md section 3.1)."""
PROFILE_ADDRESS = Address(PROFILE, (USER,))

MIXPANEL = "com.mixpanel"
ENTITY_METADATA = ("displayName", "tags", "contacts", "teamContacts", "hidden", "dropped")
"""Keys under ``metadata["com.mixpanel"]`` of an entity that are content (apis/mixpanel.md section 4.3)."""
PROPERTY_METADATA = ("displayName", "hidden", "dropped")
"""The same for a property (apis/mixpanel.md section 4.4)."""
FLAGS = ("hidden", "dropped")
SETS = ("required", "tags", "contacts", "teamContacts")
"""Arrays without an order of their own (apis/mixpanel.md section 5, item 19)."""
READ_ONLY_METADATA = ("platforms", "$source")
"""Told by the service, no content of a plan (apis/mixpanel.md section 4.3)."""

PLACEHOLDER_TYPE = "string"
"""What a property without a known type is uploaded as: an upload must name one (apis/mixpanel.md section 4.4)."""

_ONE_KIND: Mapping[str, tuple[Kind, ...]] = {kind: (kind,) for kind in KINDS}

_OUTSIDE = "schemaJson."
"""Set before an undocumented key outside ``metadata`` that is named like a key inside it."""


def event_address(name: str) -> Address:
    return Address(EVENT, (name,))


def kinds_of(type_: JSON) -> tuple[Kind, ...] | None:
    """The kinds a property's ``type`` stands for, in canonical order; none at all for an absent one.

    None when it is no type of JSON Schema (the service answers "unknown", apis/mixpanel.md section 3.1).
    """
    if isinstance(type_, str):
        return _ONE_KIND.get(type_)
    if type_ is None:
        return ()
    if not isinstance(type_, list | tuple) or not type_ or not all(one in KINDS for one in type_):
        return None
    return tuple(kind for kind in KINDS if kind in type_)


def mapping_or_empty(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}


# Reading ------------------------------------------------------------------------------------------------------


def from_wire(entry: JSON) -> Document | None:
    """The document of one entry of the list; None for an entity type that the Lexicon API does not let us write."""
    row = mapping_or_empty(entry)
    kind, name = row.get("entityType"), row.get("name")
    if not isinstance(name, str) or not name:
        return None
    if kind != EVENT and (kind, name) != (PROFILE, USER):
        return None
    schema = mapping_or_empty(row.get("schemaJson"))
    about: Path = ("events", name) if kind == EVENT else ("user_properties",)
    return Document(Address(str(kind), (name,)), _entity_body(schema), about=about, facts=_facts(row, schema))


def _facts(row: Mapping[str, JSON], schema: Mapping[str, JSON]) -> dict[str, JSON]:
    own = mapping_or_empty(mapping_or_empty(schema.get("metadata")).get(MIXPANEL))
    told = {"version": row.get("version"), "$schema": schema.get("$schema")}
    told |= {key: own.get(key) for key in READ_ONLY_METADATA}
    return {key: value for key, value in told.items() if value}


def _entity_body(schema: Mapping[str, JSON]) -> dict[str, JSON]:
    body = _flattened(schema, ENTITY_METADATA)
    for key in SETS:
        if key in body:
            body[key] = _sorted_set(body[key])
    properties = mapping_or_empty(schema.get("properties"))
    body["properties"] = {name: _property_body(one) for name, one in properties.items()}
    body.pop("$schema", None)
    if body.get("type") == "object":
        del body["type"]
    if body.get("additionalProperties") in (True, None):
        body.pop("additionalProperties", None)
    return _without_empty(body, ("description", "properties", *SETS, *ENTITY_METADATA))


def _property_body(prop: JSON) -> dict[str, JSON]:
    body = _flattened(mapping_or_empty(prop), PROPERTY_METADATA)
    if not kinds_of(body.get("type")):
        body.pop("type", None)
    return _without_empty(body, ("description", *PROPERTY_METADATA))


def _flattened(node: Mapping[str, JSON], known: Collection[str]) -> dict[str, JSON]:
    """The node with the known Mixpanel metadata beside its other keys; other metadata stays nested."""
    body = {_OUTSIDE + key if key in known else key: value for key, value in node.items()}
    spaces = body.pop("metadata", None)
    if not isinstance(spaces, Mapping):
        return body
    own = mapping_or_empty(spaces.get(MIXPANEL))
    kept = {space: value for space, value in spaces.items() if space != MIXPANEL}
    if rest := {key: value for key, value in own.items() if key not in known and key not in READ_ONLY_METADATA}:
        kept[MIXPANEL] = rest
    body |= {key: own[key] for key in known if key in own}
    return body | {"metadata": kept} if kept else body


def _sorted_set(value: JSON) -> JSON:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(set(value))
    return value


def _without_empty(body: dict[str, JSON], keys: Collection[str]) -> dict[str, JSON]:
    for key in keys:
        if key in body and not body[key]:
            del body[key]
    return body


# Writing ------------------------------------------------------------------------------------------------------


def to_wire(document: Document, before: Document | None = None) -> dict[str, JSON]:
    """The entry of a bulk upload that turns `before` (None: not there) into `document`.

    An upload replaces the schema except for metadata, where a missing key keeps the stored value and null clears
    it (apis/mixpanel.md section 5, item 3). So properties and required are always there, metadata that `before`
    had and `document` has not is null, and an entity's flags are left out where they do not change: they may be
    another person's doing by now, and blocking may be more than the account is allowed to say.
    """
    body, old = document.body, before.body if before else {}
    kept = [flag for flag in FLAGS if flag in old and body.get(flag) == old[flag]]
    schema = _nested({key: value for key, value in body.items() if key not in kept}, old, ENTITY_METADATA, kept)
    was = mapping_or_empty(old.get("properties"))
    properties = mapping_or_empty(body.get("properties"))
    schema["properties"] = {
        name: _property_wire(prop, mapping_or_empty(was.get(name))) for name, prop in properties.items()
    }
    schema["required"] = list(body.get("required", ()))
    return {"entityType": document.address.kind, "name": document.address.names[0], "schemaJson": schema}


def units_of(document: Document) -> int:
    """What uploading this document counts: one for the entry and one for each property (apis/mixpanel.md section 2)."""
    return 1 + len(mapping_or_empty(document.body.get("properties")))


def _property_wire(prop: Mapping[str, JSON], old: Mapping[str, JSON]) -> dict[str, JSON]:
    return {"type": PLACEHOLDER_TYPE, **_nested(prop, old, PROPERTY_METADATA)}


def _nested(
    flat: Mapping[str, JSON], old: Mapping[str, JSON], known: Collection[str], unchanged: Collection[str] = ()
) -> dict[str, JSON]:
    outside = {_OUTSIDE + key: key for key in known}
    node = {outside.get(key, key): value for key, value in flat.items() if key not in known and key != "metadata"}
    own = {key: flat.get(key) for key in known if key in flat or (key in old and key not in unchanged)}
    spaces = mapping_or_empty(flat.get("metadata"))
    if own or spaces:
        node["metadata"] = {**spaces, MIXPANEL: {**mapping_or_empty(spaces.get(MIXPANEL)), **own}}
    return node
