"""What an Iglu schema is called and how its versions follow each other (apis/snowplow.md sections 4.1, 4.2, 5.1)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

from connectors.snowplow.sandbox.wire import INVALID, Refusal

JSON = Any

SELF_DESCRIBING = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
MOST_INT = 2**31 - 1

_VERSION = re.compile(r"([1-9][0-9]*)-(0|[1-9][0-9]*)-(0|[1-9][0-9]*)")
_URI = re.compile(r"iglu:([a-zA-Z0-9_.-]+)/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)/([^/]+)")
_BOOKKEEPING = ("$schema", "self", "$supersedes", "$supersededBy")
_USUAL_ORDER = ("description", "properties", "additionalProperties", "type", "required")


class SchemaVer(NamedTuple):
    """model-revision-addition; compares as the three numbers do."""

    model: int
    revision: int
    addition: int

    def __str__(self) -> str:
        return f"{self.model}-{self.revision}-{self.addition}"


class SchemaKey(NamedTuple):
    """The identity of one schema version."""

    vendor: str
    name: str
    format: str
    version: SchemaVer

    @property
    def uri(self) -> str:
        return f"iglu:{self.vendor}/{self.name}/{self.format}/{self.version}"

    @property
    def group(self) -> tuple[str, str]:
        """What sequencing and visibility go by; the format is no part of it."""
        return self.vendor, self.name

    def as_self(self) -> dict[str, str]:
        return {"vendor": self.vendor, "name": self.name, "format": self.format, "version": str(self.version)}


@dataclass(frozen=True, slots=True)
class Submission:
    """A schema as it is about to be stored: `content` without identity and superseding."""

    key: SchemaKey
    content: dict[str, JSON]
    supersedes: tuple[SchemaVer, ...] = ()

    def normalised(self) -> dict[str, JSON]:
        """What the linters look at."""
        return overlay({"$schema": SELF_DESCRIBING, "self": self.key.as_self()}, self.content)


def overlay(head: dict[str, JSON], content: dict[str, JSON]) -> dict[str, JSON]:
    """`content` laid over the head: a `self` or `$schema` that sits in a plain body wins over the identity."""
    merged = {**head, **content}
    if isinstance(content.get("self"), dict):
        merged["self"] = {**head["self"], **content["self"]}
    return merged


def parse_version(text: str) -> SchemaVer | None:
    """A full version of three 32-bit numbers, or None."""
    match = _VERSION.fullmatch(text)
    numbers = [int(part) for part in match.groups()] if match else []
    return SchemaVer(*numbers) if numbers and max(numbers) <= MOST_INT else None


def read_version(text: str) -> SchemaVer:
    """Raises ValueError with the vendor's error code."""
    version = parse_version(text)
    if version is None:
        raise ValueError("INVALID_SCHEMAVER")
    return version


def parse_uri(text: str) -> SchemaKey:
    """Raises ValueError with the vendor's error code."""
    match = _URI.fullmatch(text)
    if not match:
        raise ValueError("INVALID_IGLUURI")
    vendor, name, format_, version = match.groups()
    return SchemaKey(vendor, name, format_, read_version(version))


def read_self(body: JSON) -> SchemaKey | None:
    """The key of a self-describing body: the exact `$schema` and a complete `self`; else None."""
    if not isinstance(body, dict) or body.get("$schema") != SELF_DESCRIBING or not isinstance(body.get("self"), dict):
        return None
    parts = [body["self"].get(name) for name in ("vendor", "name", "format", "version")]
    if not all(isinstance(part, str) for part in parts):
        return None
    version = parse_version(parts[3])
    return SchemaKey(parts[0], parts[1], parts[2], version) if version else None


def read_supersedes(body: dict[str, JSON]) -> tuple[SchemaVer, ...]:
    """The versions a body wants to supersede. Raises Refusal 422 when they are not an array of versions."""
    listed = body.get("$supersedes")
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise Refusal(422, INVALID)
    versions = tuple(version for one in listed if isinstance(one, str) and (version := parse_version(one)))
    if len(versions) < len(listed):
        raise Refusal(422, INVALID)
    return versions


def content_of_self_describing(body: dict[str, JSON]) -> dict[str, JSON]:
    """The body without its identity, its top-level keys reshuffled as the vendor's unordered map does.

    Up to four keys keep their order; with more it is lost (apis/snowplow.md section 3.1).
    """
    names = list(body) if len(body) <= 4 else sorted(body, key=_scrambled)
    return {name: body[name] for name in names if name not in _BOOKKEEPING}


def content_of_plain(body: dict[str, JSON]) -> dict[str, JSON]:
    """A plain body keeps its order, and keeps a stray `self` or `$schema`."""
    return {name: value for name, value in body.items() if name not in ("$supersedes", "$supersededBy")}


def find_sequence_problem(version: SchemaVer, existing: Collection[SchemaVer]) -> str | None:
    """Why the server refuses this number next to the existing ones (section 5.1, rules 3 to 6), or None."""
    missing = "Preceding SchemaVer in the group is missing, check that schemas published in proper order"
    model, revision, addition = version
    if version == (1, 0, 0):
        return None
    if addition == 0 and revision == 0:
        return None if any(one.model == model - 1 for one in existing) else missing
    if addition == 0:
        return None if any(one[:2] == (model, revision - 1) for one in existing) else missing
    if any(one[:2] == (model, revision + 1) for one in existing):
        return "The schema version is not sequential"
    return None if SchemaVer(model, revision, addition - 1) in existing else missing


def find_superseding_problem(submission: Submission, existing: Collection[SchemaVer]) -> str | None:
    """Why `$supersedes` is refused (section 5.1, rule 7), or None."""
    if any(one not in existing for one in submission.supersedes):
        return "Superseded schema version(s) do not exist"
    if any(one > submission.key.version for one in submission.supersedes):
        return "Superseded schema version(s) must be below the superseding version"
    return None


def _scrambled(name: str) -> tuple[int, int]:
    rank = _USUAL_ORDER.index(name) if name in _USUAL_ORDER else len(_USUAL_ORDER)
    return rank, crc32(name.encode("utf-8", "replace"))
