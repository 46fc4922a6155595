"""What differs between two plans or two documents, field by field, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mappings.canonical.kinds import JSON
from mappings.canonical.text import same
from mappings.contract import Path


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `before` or `after` is None where the field is absent on that side."""

    path: Path
    before: JSON
    after: JSON


def field_changes(before: JSON, after: JSON, path: Path = ()) -> Iterator[FieldChange]:
    """The leaves at which two JSON values differ. Lists are leaves: they are shown whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            yield from field_changes(before.get(key), after.get(key), (*path, key))
    elif isinstance(after, Mapping) and before is None and after:
        for key, value in after.items():
            yield from field_changes(None, value, (*path, key))
    elif not same(before, after):
        yield FieldChange(path, before, after)
