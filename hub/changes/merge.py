"""Three-way merge of plan contents, field by field: base, ours, theirs. Pure, and knows no tool.

Base is what was last published and verified, ours the plan now, theirs what the tool shows, all three as views
through the same mapping, so that a field the tool cannot hold is never taken for a deletion. Texts and numbers are
atomic; tags, owners, sources, kinds, enum values and other lists of that sort merge by element; events, properties
and groups merge by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mappings.canonical.kinds import JSON
from mappings.canonical.text import any_bytes, canonical_bytes, same
from mappings.contract import Path

SETS = frozenset({"tags", "owners", "sources", "sensitivity", "enum", "type", "examples"})
"""Fields whose lists are sets."""


class _Absent:
    """Where a side has nothing at a path. Not None: null is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
Value = JSON
"""A JSON value, or ABSENT."""

Side = Literal["ours", "theirs", "both", "conflict"]
"""Who moved away from the base: one side, both to the same value, or both to different ones."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field on which the sides do not all agree. Values are ABSENT where a side has none."""

    path: Path
    base: Value
    ours: Value
    theirs: Value
    side: Side


def changes(base: Value, ours: Value, theirs: Value, path: Path = ()) -> Iterator[Change]:
    """Every field at which ours or theirs left the base, as deep as the sides can be compared.

    A thing that one side removed and the other changed is one change of side "conflict" at the thing itself. A
    whole thing that appeared on one side is one change at its path.
    """
    if len(path) < 2 and all(isinstance(side, Mapping) for side in (base, ours, theirs)):
        for key in {**base, **ours, **theirs}:  # whole plans and sections: comparing these first would be done twice
            values = (base.get(key, ABSENT), ours.get(key, ABSENT), theirs.get(key, ABSENT))
            yield from changes(*values, (*path, key))
        return
    if _spelled_alike(base, ours, theirs):  # nearly all: each is spelled once
        return
    if _equal(ours, theirs):
        if not _equal(base, ours):
            yield Change(path, base, ours, theirs, "both")
        return
    if place_of(path) == "things":
        ours, theirs = _opened(ours, theirs), _opened(theirs, ours)
    if _equal(base, theirs) and not _mappings(ours, theirs):
        yield Change(path, base, ours, theirs, "ours")
    elif _equal(base, ours) and not _mappings(ours, theirs):
        yield Change(path, base, ours, theirs, "theirs")
    elif isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        inner = base if isinstance(base, Mapping) else {}
        for key in {**inner, **ours, **theirs}:
            values = (inner.get(key, ABSENT), ours.get(key, ABSENT), theirs.get(key, ABSENT))
            yield from changes(*values, (*path, key))
    else:
        yield Change(path, base, ours, theirs, _side_of_set(path, base, ours, theirs))


def _opened(side: Value, other: Value) -> Value:
    """Nothing, beside things by name, is none of them: the first property is added like the second."""
    return {} if side is ABSENT and isinstance(other, Mapping) else side


Place = Literal["things", "thing", "shape", "field"]
"""`things`: events, groups or properties by name. `thing`: one of them. `shape`: the items of a list. `field`: else."""


def place_of(path: Path) -> Place:
    """What a canonical path leads to, whatever the things on the way are called."""
    place: Place = "field"
    for depth, key in enumerate(path):
        if place == "things":
            place = "thing"
        elif depth == 0 or (place != "field" and key == "properties"):
            place = "things"
        elif place == "field" or key != "items":
            return "field"
        else:
            place = "shape"
    return place


def _side_of_set(path: Path, base: Value, ours: Value, theirs: Value) -> Side:
    """Sets of which both sides changed other elements do not conflict; anything else does."""
    return "both" if merged_set(path, base, ours, theirs) is not None else "conflict"


def merged_set(path: Path, base: Value, ours: Value, theirs: Value) -> list[JSON] | None:
    """The element-wise merge where the field is a set on all sides that have it; None where it is not a set.

    Elements that ours or theirs added are in, those that either removed are out.
    """
    if not path or path[-1] not in SETS:
        return None
    sides = [_elements(side) for side in (base, ours, theirs)]
    if any(side is None for side in sides):
        return None
    before, mine, other = (side or {} for side in sides)
    merged = {
        key: value for key, value in {**mine, **other}.items() if (key in mine and key in other) or key not in before
    }
    return [merged[key] for key in sorted(merged)]


def _elements(side: Value) -> dict[bytes, JSON] | None:
    if side is ABSENT:
        return {}
    items = [side] if isinstance(side, str) else side
    return {canonical_bytes(item): item for item in items} if isinstance(items, list | tuple) else None


def _mappings(ours: Value, theirs: Value) -> bool:
    return isinstance(ours, Mapping) and isinstance(theirs, Mapping)


def _equal(one: Value, other: Value) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return one is other or _spelled_alike(one, other) or same(one, other)


def _spelled_alike(*sides: Value) -> bool:
    """A quick yes for objects that are equal down to the order of keys; a no means nothing."""
    if not all(side.__class__ is dict and len(side) == len(sides[0]) for side in sides):
        return False
    first = any_bytes(sides[0])
    return first is not None and all(any_bytes(side) == first for side in sides[1:])


def merge(base: JSON, ours: JSON, theirs: JSON) -> tuple[JSON, list[Change]]:
    """The merge of three contents, and the conflicts. At a conflict the merge holds ours."""
    merged = ours
    conflicts = []
    for change in changes(base, ours, theirs):
        if change.side == "conflict":
            conflicts.append(change)
        elif change.side == "theirs":
            merged = put(merged, change.path, change.theirs)
        elif change.side == "both" and not _equal(change.ours, change.theirs):
            merged = put(merged, change.path, merged_set(change.path, change.base, change.ours, change.theirs))
    return merged, conflicts


def put(data: JSON, path: Path, value: Value) -> JSON:
    """The data with `value` at `path`, made on the way where it is missing; ABSENT removes. The rest is shared."""
    if not path:
        return value
    if value is ABSENT and get(data, path) is ABSENT:
        return data
    inner = data if isinstance(data, Mapping) else {}
    key, rest = path[0], path[1:]
    child = put(inner.get(key, ABSENT if not rest else {}), rest, value)
    if child is ABSENT:
        return {name: one for name, one in inner.items() if name != key}
    return {**inner, key: child}


def get(data: JSON, path: Path) -> Value:
    """The value at a path, or ABSENT."""
    for key in path:
        if not isinstance(data, Mapping) or key not in data:
            return ABSENT
        data = data[key]
    return data
