"""What an Iglu Server remembers, and the rules of storing (apis/snowplow.md sections 3.2 and 4)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote
from uuid import NAMESPACE_URL, uuid5

from connectors.snowplow.sandbox.access import Permission
from connectors.snowplow.sandbox.schema import (
    SELF_DESCRIBING,
    SchemaKey,
    SchemaVer,
    Submission,
    find_sequence_problem,
    find_superseding_problem,
    overlay,
    read_version,
)
from connectors.snowplow.sandbox.wire import Refusal

JSON = Any
Draft = tuple[str, str, str, int]

DEFAULT_FLAGS: Mapping[str, JSON] = {
    "patchesAllowed": False,
    "debug": True,
    "terminating": False,
    "maxPayloadSize": 100_000,
    "maxJsonDepth": 40,
}
MOST_COLUMN = 128
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Stored:
    """A row. Times are microseconds since the epoch; `copies` over 1 are rows of two concurrent creates."""

    content: dict[str, JSON]
    public: bool
    created: int
    updated: int
    supersedes: tuple[SchemaVer, ...] = ()
    superseded_by: SchemaVer | None = None
    copies: int = 1

    @property
    def metadata(self) -> dict[str, JSON]:
        return {"createdAt": as_instant(self.created), "updatedAt": as_instant(self.updated), "isPublic": self.public}

    def canonical(self, key: SchemaKey) -> dict[str, JSON]:
        return overlay({"$schema": SELF_DESCRIBING, **self._superseding(), "self": key.as_self()}, self.content)

    def meta(self, key: SchemaKey) -> dict[str, JSON]:
        """The form with metadata, and without `$schema`."""
        head = {**self._superseding(), "self": key.as_self(), "metadata": self.metadata}
        return overlay(head, self.content)

    def _superseding(self) -> dict[str, JSON]:
        shown: dict[str, JSON] = {"$supersededBy": str(self.superseded_by)} if self.superseded_by else {}
        return {**shown, "$supersedes": [str(one) for one in self.supersedes]} if self.supersedes else shown


@dataclass(slots=True)
class Registry:
    """The whole state of one server. Vendor and name together are a group; look-ups by key and group are O(1)."""

    flags: dict[str, JSON] = field(default_factory=lambda: dict(DEFAULT_FLAGS))
    keys: dict[str, Permission] = field(default_factory=dict)
    keys_made: int = 0
    schemas: dict[SchemaKey, Stored] = field(default_factory=dict)
    drafts: dict[Draft, Stored] = field(default_factory=dict)
    _groups: dict[tuple[str, str], dict[SchemaKey, Stored]] = field(default_factory=dict)

    # Reading -------------------------------------------------------------------------------------------------

    def select(self, vendor: str | None = None, name: str | None = None) -> Iterable[tuple[SchemaKey, Stored]]:
        """The rows of a group, of a vendor, or all."""
        if vendor is not None and name is not None:
            return self._groups.get((vendor, name), {}).items()
        return ((key, row) for key, row in self.schemas.items() if vendor in (None, key.vendor))

    def versions(self, group: tuple[str, str]) -> set[SchemaVer]:
        """The versions of a group, over all formats."""
        return {key.version for key in self._groups.get(group, {})}

    # Writing -------------------------------------------------------------------------------------------------

    def publish(self, submission: Submission, *, public: bool, now: int, in_memory: bool) -> bool:
        """Create or patch a schema; true when it was a patch.

        Raises Refusal 409 by the rules of section 5.1, in their order, and 500 for a name the database cannot hold.
        """
        key, existing = submission.key, self.versions(submission.key.group)
        updated = key.version in existing
        self._check_visibility(key, public)
        if updated and not self.flags["patchesAllowed"]:
            raise Refusal(409, "Schema already exists")
        problem = find_sequence_problem(key.version, existing)
        if not problem and not updated:
            problem = find_superseding_problem(submission, existing)
        if problem:
            raise Refusal(409, problem)
        if not in_memory and max(len(part) for part in key[:3]) > MOST_COLUMN:
            raise Refusal(500, None)
        if updated:
            self._patch(submission, now, in_memory=in_memory, public=public)
        else:
            self.insert(key, Stored(submission.content, public, now, now, submission.supersedes))
            self._supersede(submission)
        return updated

    def insert(self, key: SchemaKey, row: Stored) -> None:
        """Put a row last, unchecked."""
        self.delete(key)
        self.schemas[key] = row
        self._groups.setdefault(key.group, {})[key] = row

    def delete(self, key: SchemaKey) -> None:
        """Forget a version, also one that is not there. Pointers of others to it stay."""
        if self.schemas.pop(key, None):
            group = self._groups[key.group]
            del group[key]
            if not group:
                del self._groups[key.group]

    def make_key(self, permission: Permission) -> str:
        """A new key; its UUID follows from how many were made before, so that dumps can be compared."""
        uuid = str(uuid5(NAMESPACE_URL, f"iglu-sandbox-key-{self.keys_made}"))
        self.keys_made += 1
        self.keys[uuid] = permission
        return uuid

    def _check_visibility(self, key: SchemaKey, public: bool) -> None:
        rows = self._groups.get(key.group, {}).values()
        if not rows or all(row.public for row in rows) == public:
            return
        given, kept = ("public", "private") if public else ("private", "public")
        raise Refusal(409, f"Inconsistent schema availability. Cannot add {given} schema, previous versions are {kept}")

    def _patch(self, submission: Submission, now: int, *, in_memory: bool, public: bool) -> None:
        old = self.schemas.get(submission.key)
        if old is None:
            # The version exists in another format only: the database updates no row, memory adds one.
            if in_memory:
                self.insert(submission.key, Stored(submission.content, public, now, now))
            return
        kept = () if in_memory else old.supersedes
        self.insert(
            submission.key, Stored(submission.content, old.public, now, now, kept, old.superseded_by, old.copies)
        )

    def _supersede(self, submission: Submission) -> None:
        """The highest superseder wins and chains collapse; the lists stay as written (section 4.2)."""
        listed, new = set(submission.supersedes), submission.key.version
        for key, row in self._groups[submission.key.group].items():
            if key.version in listed or row.superseded_by in listed:
                row.superseded_by = max(new, row.superseded_by or new)

    # As JSON -------------------------------------------------------------------------------------------------

    def dump(self) -> JSON:
        """The shape is described at `SnowplowSandbox`."""
        return copy.deepcopy(
            {
                "flags": self.flags,
                "keys": {uuid: {**one.as_json(), "wildcard": one.wildcard} for uuid, one in self.keys.items()},
                "keysMade": self.keys_made,
                "schemas": {"iglu:" + _join(key): _dump_row(row) for key, row in self.schemas.items()},
                "drafts": {_join(draft): _dump_row(row) for draft, row in self.drafts.items()},
            }
        )

    @classmethod
    def restore(cls, state: JSON) -> Registry:
        """The registry that dumped this. Raises ValueError or KeyError for anything else."""
        state = copy.deepcopy(state)
        keys = {uuid: Permission.from_json(one) for uuid, one in state["keys"].items()}
        restored = cls(dict(state["flags"]), keys, state["keysMade"])
        for uri, row in state["schemas"].items():
            vendor, name, format_, version = _split(uri.removeprefix("iglu:"))
            restored.insert(SchemaKey(vendor, name, format_, read_version(version)), _load_row(row))
        for place, row in state["drafts"].items():
            vendor, name, format_, number = _split(place)
            restored.drafts[vendor, name, format_, int(number)] = _load_row(row)
        return restored


def as_instant(micros: int) -> str:
    """ISO-8601 UTC with no, three or six digits of fraction, as Java prints an instant."""
    moment = _EPOCH + micros * _MICROSECOND
    precision = "seconds" if micros % 1_000_000 == 0 else "milliseconds" if micros % 1000 == 0 else "microseconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def from_instant(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND


def expand_copies(rows: Iterable[tuple[SchemaKey, Stored]]) -> Iterator[tuple[SchemaKey, Stored]]:
    """Each row as often as the table holds it."""
    for key, row in rows:
        for _ in range(row.copies):
            yield key, row


def _join(parts: tuple[object, ...]) -> str:
    return "/".join(quote(str(part), safe="") for part in parts)


def _split(text: str) -> list[str]:
    return [unquote(part) for part in text.split("/")]


def _dump_row(row: Stored) -> dict[str, JSON]:
    return {
        **row.metadata,
        "supersedes": [str(one) for one in row.supersedes],
        "supersededBy": str(row.superseded_by) if row.superseded_by else None,
        "copies": row.copies,
        "content": row.content,
    }


def _load_row(row: JSON) -> Stored:
    return Stored(
        row["content"],
        row["isPublic"],
        from_instant(row["createdAt"]),
        from_instant(row["updatedAt"]),
        tuple(read_version(one) for one in row["supersedes"]),
        read_version(row["supersededBy"]) if row["supersededBy"] else None,
        row["copies"],
    )
