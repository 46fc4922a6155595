"""Iglu's own shapes: a schema version as the API spells it, and as a Document body in normal form.

The body is the schema without its envelope: `$schema`, `self`, `$supersedes`, `$supersededBy` and `metadata` are
identity and bookkeeping (apis/snowplow.md sections 3.1 and 4.1). `required` is sorted and `type` has one order,
because both are sets. Everything else, known or not, is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mappings.canonical.kinds import JSON, KINDS
from mappings.canonical.schemaver import SchemaVer
from mappings.contract import Address, Document, Documents, Path

SCHEMA = "schema"
"""The one kind of address: (vendor, name, version)."""
FORMAT = "jsonschema"
SELF_DESCRIBING = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
ENVELOPE = ("$schema", "self", "$supersedes", "$supersededBy", "metadata")
NAME, KIND = "x-name", "x-kind"
"""Root annotations of ours: the plan's name where the schema's differs, and what the schema describes."""
_METADATA = ("createdAt", "updatedAt", "isPublic")


class Version(NamedTuple):
    """One schema version of a group with its document."""

    number: SchemaVer
    document: Document
    origin: Path = ()
    """What the oldest version of the schema describes: a later one may claim to be something else."""


def address_of(vendor: str, name: str, version: SchemaVer) -> Address:
    return Address(SCHEMA, (vendor, name, str(version)))


def from_wire(raw: JSON) -> Document | None:
    """The document of a schema in any of the API's forms; None for what is none (another format, rubbish).

    Facts: createdAt, updatedAt, isPublic where the answer has them, supersedes, supersededBy.
    """
    if not isinstance(raw, Mapping) or not isinstance(identity := raw.get("self"), Mapping):
        return None
    vendor, name, version = (identity.get(part) for part in ("vendor", "name", "version"))
    number = parse_version(version)
    if not (isinstance(vendor, str) and isinstance(name, str)) or number is None or identity.get("format") != FORMAT:
        return None
    body = normal({key: value for key, value in raw.items() if key not in ENVELOPE})
    return Document(address_of(vendor, name, number), body, about=about_of(name, body), facts=_facts_of(raw))


def parse_version(text: JSON) -> SchemaVer | None:
    """The version, or None for what is none."""
    try:
        return SchemaVer.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def to_wire(document: Document) -> dict[str, JSON]:
    """The self-describing schema that POST /api/schemas takes (section 3.2)."""
    vendor, name, version = document.address.names
    identity = {"vendor": vendor, "name": name, "format": FORMAT, "version": version}
    return {"$schema": SELF_DESCRIBING, "self": identity, **document.body}


def _facts_of(raw: Mapping[str, JSON]) -> dict[str, JSON]:
    metadata = raw.get("metadata")
    facts = {key: metadata[key] for key in _METADATA if key in metadata} if isinstance(metadata, Mapping) else {}
    for key in ("$supersedes", "$supersededBy"):
        if key in raw:
            facts[key.removeprefix("$")] = raw[key]
    return facts


def normal(schema: JSON) -> JSON:
    """A schema with its sets in one order, at every level that properties and items reach."""
    if not isinstance(schema, Mapping):
        return schema
    result = dict(schema)
    required, kinds = result.get("required"), result.get("type")
    if isinstance(required, list) and all(isinstance(name, str) for name in required):
        result["required"] = sorted(set(required))
    if isinstance(kinds, list) and kinds and all(kind in KINDS for kind in kinds):
        ordered = [kind for kind in KINDS if kind in kinds]
        result["type"] = ordered if len(ordered) > 1 else ordered[0]
    if isinstance(properties := result.get("properties"), Mapping):
        result["properties"] = {name: normal(one) for name, one in properties.items()}
    if isinstance(items := result.get("items"), Mapping):
        result["items"] = normal(items)
    return result


def name_of(schema_name: str, body: Mapping[str, JSON]) -> str:
    """The plan's name of what this schema describes."""
    given = body.get(NAME)
    return given if isinstance(given, str) and given else schema_name


def about_of(schema_name: str, body: Mapping[str, JSON]) -> Path:
    """The canonical path of what this schema describes."""
    if body.get(KIND) == "user":
        return ("user_properties",)
    section = "groups" if body.get(KIND) == "group" else "events"
    return (section, name_of(schema_name, body))


def is_schema(document: Document, vendor: str) -> bool:
    """Whether this is a version of a schema of that vendor, with a body that can be looked into."""
    kind, names = document.address.kind, document.address.names
    return (kind, len(names), names[:1]) == (SCHEMA, 3, (vendor,)) and isinstance(document.body, Mapping)


def latest(documents: Documents, vendor: str) -> dict[str, Version]:
    """The newest version of each of the vendor's schemas by schema name, in order of names. Rubbish is left out."""
    newest: dict[str, Version] = {}
    oldest: dict[str, Version] = {}
    for document in documents.values():
        if not is_schema(document, vendor):
            continue
        name, text = document.address.names[1:]
        number = parse_version(text)
        if number is None:
            continue
        version = Version(number, document)
        if name not in newest or newest[name].number < number:
            newest[name] = version
        if name not in oldest or number < oldest[name].number:
            oldest[name] = version
    return {
        name: version._replace(origin=about_of(name, oldest[name].document.body))
        for name, version in sorted(newest.items())
    }
