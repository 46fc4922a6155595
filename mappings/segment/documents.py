"""Rules of the Public API as documents: the address, the body in normal form, and both ways over the wire.

A body is the rule's `jsonSchema` without what Segment's own page leaves behind and without what means the same as
nothing (apis/segment.md sections 5.9 and 5.13). Everything else is kept, known or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from mappings.canonical.jsonschema import SCHEMA_URIS
from mappings.canonical.kinds import JSON, KINDS
from mappings.contract import Address, Document, Path

RULE: Final = "rule"
"""The one kind of address: (type, key or "", version as decimal text), the identity of apis/segment.md section 4.2."""

UNNAMED = ("COMMON", "GROUP", "IDENTIFY")
"""Types whose rules have no key: one rule per version (apis/segment.md section 5.19)."""

Spot = tuple[str, str]
"""A rule without its version: (type, key or "")."""

FIRST_VERSION = "1"
SCHEMA_URI = SCHEMA_URIS["07"]
_SAME_DRAFT = {SCHEMA_URI, SCHEMA_URI.removesuffix("#")}
_ABSENT: Final = object()


# Addresses ---------------------------------------------------------------------------------------------------


def rule_address(kind: str, key: str, version: str = FIRST_VERSION) -> Address:
    return Address(RULE, (kind, key, version))


def spot_of(address: Address) -> Spot:
    return address.names[0], address.names[1]


def version_text(version: float) -> str:
    """1 and 1.0 are one version; versions are integers in practice, although the type is a float."""
    return str(int(version)) if float(version).is_integer() else repr(float(version))


def version_number(text: str) -> float | None:
    """The number a version's text stands for; None when it stands for none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_rule(address: Address) -> bool:
    """Whether this is an address that `rule_address` makes."""
    return address.kind == RULE and len(address.names) == 3 and version_number(address.names[2]) is not None


def newest_rules(documents: Iterable[Document]) -> tuple[dict[Spot, Document], dict[Spot, list[Document]]]:
    """The rule with the highest version at each spot, and the older ones, oldest first."""
    versions: dict[Spot, list[Document]] = {}
    for document in documents:
        if is_rule(document.address):
            versions.setdefault(spot_of(document.address), []).append(document)
    for rules in versions.values():
        rules.sort(key=_version_of)
    newest = {spot: rules[-1] for spot, rules in versions.items()}
    return newest, {spot: rules[:-1] for spot, rules in versions.items() if len(rules) > 1}


def _version_of(document: Document) -> float:
    return version_number(document.address.names[2]) or 0.0


# Over the wire -----------------------------------------------------------------------------------------------


def from_wire(rule: JSON) -> Document | None:
    """The document of a rule as the API lists it; None without a rule's identity or with content beyond hashing."""
    if not isinstance(rule, Mapping):
        return None
    kind, key, version = rule.get("type"), rule.get("key"), rule.get("version")
    if not isinstance(kind, str) or not isinstance(key, str | None) or isinstance(version, bool):
        return None
    if not isinstance(version, int | float) or not math.isfinite(version):
        return None
    try:
        return _document(rule, rule_address(kind, key or "", version_text(version)))
    except (ValueError, RecursionError):
        return None


def _document(rule: Mapping[str, JSON], address: Address) -> Document:
    """Raises ValueError or RecursionError for a schema that has no hash: half a character, or endless nesting."""
    schema = rule.get("jsonSchema")
    body = normal_body(schema)
    facts = {name: rule[name] for name in ("createdAt", "updatedAt") if name in rule}
    if schema is not None and not isinstance(schema, Mapping):
        facts["jsonSchema"] = schema
    kind, key, _ = address.names
    document = Document(address, body, about=about(kind, key, body), facts=facts)
    _ = document.hash
    return document


def about(kind: str, key: str, body: Mapping[str, JSON]) -> Path:
    """The canonical path that a rule belongs to; a rule on all messages belongs to the events as a whole."""
    if kind == "IDENTIFY":
        return ("user_properties",)
    if kind == "GROUP":
        name = body.get("x-group")
        return ("groups", name) if isinstance(name, str) and name else ("groups",)
    return ("events", key) if key and kind != "COMMON" else ("events",)


def to_wire(document: Document, formerly: Address | None = None) -> dict[str, JSON]:
    """The item of a PATCH that makes this rule so; with `formerly`, one that renames the rule of that address."""
    identity = identity_to_wire(formerly or document.address)
    renamed = {"newKey": document.address.names[1]} if formerly else {}
    return {**identity, **renamed, "jsonSchema": body_to_wire(document.body)}


def identity_to_wire(address: Address) -> dict[str, JSON]:
    """What a removal sends: type and version, and the key where the rule has one."""
    kind, key, version = address.names
    number = float(version)
    named = {"key": key} if key else {}
    return {"type": kind, **named, "version": int(number) if number.is_integer() else number}


def body_to_wire(body: Mapping[str, JSON]) -> dict[str, JSON]:
    """The `jsonSchema` to send: draft, type and the three sections spelled out (apis/segment.md section 4.3)."""
    sections = body.get("properties", {})
    if isinstance(sections, Mapping):
        typed = {name: _typed(sections.get(name, {})) for name in ("traits", "properties")}
        sections = {"context": {}, **sections, **typed}
    return {"$schema": SCHEMA_URI, "type": "object", **body, "properties": sections}


def _typed(section: JSON) -> JSON:
    return {"type": "object", **section} if isinstance(section, Mapping) and section else section


# Normal form -------------------------------------------------------------------------------------------------

_Settle = Callable[[JSON, Mapping[str, JSON]], JSON]
"""From a keyword's value, and the schema it stands in, to its one spelling; `_ABSENT` when it says nothing."""


def normal_body(schema: JSON) -> dict[str, JSON]:
    """The normal form of a rule's `jsonSchema`; empty when that is no object."""
    return _settled(schema, _ROOT) if isinstance(schema, Mapping) else {}


def normal_schema(schema: JSON) -> JSON:
    """The normal form of a property's schema, at any depth."""
    return _settled(schema, _BELOW) if isinstance(schema, Mapping) else schema


def _settled(schema: Mapping[str, JSON], table: Mapping[str, _Settle]) -> dict[str, JSON]:
    normal: dict[str, JSON] = {}
    for keyword, value in schema.items():
        settle = table.get(keyword)
        settled = value if settle is None else settle(value, schema)
        if settled is not _ABSENT:
            normal[keyword] = settled
    return normal


def _unless(*nothing: JSON) -> _Settle:
    return lambda value, schema: _ABSENT if any(value == one and type(value) is type(one) for one in nothing) else value


def _never(value: JSON, schema: Mapping[str, JSON]) -> JSON:
    return _ABSENT


def _id(value: JSON, schema: Mapping[str, JSON]) -> JSON:
    return _ABSENT if isinstance(value, str) and value.startswith("/properties/") else value


def _draft(value: JSON, schema: Mapping[str, JSON]) -> JSON:
    return _ABSENT if isinstance(value, str) and value in _SAME_DRAFT else value


def _kinds(value: JSON, schema: Mapping[str, JSON]) -> JSON:
    """A union in the canonical order; a lone kind as a word; "any" as nothing."""
    kinds = ["null" if one is None else one for one in (value if isinstance(value, list) else [value])]
    if not kinds or not all(isinstance(one, str) for one in kinds):
        return value
    if "any" in kinds:
        return _ABSENT
    ordered: list[str] = [kind for kind in KINDS if kind in kinds]
    ordered += [one for one in dict.fromkeys(kinds) if one not in KINDS]
    return ordered[0] if len(ordered) == 1 else ordered


def _names(value: JSON, schema: Mapping[str, JSON]) -> JSON:
    """`required` is a set; a list that names nothing says nothing."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return value
    return sorted(set(value)) or _ABSENT


def _children(value: JSON, schema: Mapping[str, JSON]) -> JSON:
    if not isinstance(value, Mapping):
        return value
    listed = "items" in schema or schema.get("type") in ("array", ["array"])
    return {name: normal_schema(one) for name, one in value.items() if name != "$" or not listed} or _ABSENT


def _sections(value: JSON, schema: Mapping[str, JSON]) -> JSON:
    """The parts of the message: what is in `context` and in other fields is not ours to tidy."""
    if not isinstance(value, Mapping):
        return value
    tidied = {name: _section(part) if name in ("traits", "properties") else part for name, part in value.items()}
    filled = {name: part for name, part in tidied.items() if not (name in _FILLED and part in ({}, {"type": "object"}))}
    return filled or _ABSENT


def _section(part: JSON) -> JSON:
    normal = normal_schema(part)
    if isinstance(normal, dict) and normal.get("type") == "object":
        del normal["type"]
    return normal


_FILLED = ("context", "traits", "properties")
"""The sections that Segment adds where they are missing."""

_BELOW: dict[str, _Settle] = {
    "id": _id,
    "$id": _never,
    "isNewProperty": _never,
    "description": _unless("", None),
    "pattern": _unless(""),
    "type": _kinds,
    "required": _names,
    "properties": _children,
    "items": lambda value, schema: normal_schema(value),
}
_ROOT: dict[str, _Settle] = {
    "$schema": _draft,
    "type": _unless("object"),
    "labels": _unless({}),
    "description": _unless("", None),
    "required": _names,
    "properties": _sections,
}
