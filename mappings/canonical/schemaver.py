"""SchemaVer (model-revision-addition), and which part of it a change of structure asks for.

An addition keeps all earlier data valid, a revision may break some of it, after a model change none of it fits. The
rules are the table of apis/snowplow.md section 5.3: its column "Pure", and the verdict of one warehouse's loader on
top where the plan's owner names one. Compares canonical events and shapes, not JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mappings.canonical.kinds import JSON, Kind, Property, Shape
from mappings.canonical.plan import Event
from mappings.canonical.text import same

Level = Literal["none", "addition", "revision", "model"]
LEVELS: tuple[Level, ...] = ("none", "addition", "revision", "model")
Warehouse = Literal["redshift", "parquet"]
"""`parquet` stands for Databricks, BigQuery and lakes."""
Structure = Event | Shape

_FULL = re.compile(r"([1-9][0-9]*)-(0|[1-9][0-9]*)-(0|[1-9][0-9]*)")
_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True, order=True)
class SchemaVer:
    """A full version; compares as its three numbers do, so 1-0-10 comes after 1-0-9."""

    model: int = 1
    revision: int = 0
    addition: int = 0

    def __str__(self) -> str:
        return f"{self.model}-{self.revision}-{self.addition}"

    @classmethod
    def parse(cls, text: str) -> SchemaVer:
        """The inverse of `str`. Raises ValueError for anything but three numbers of 32 bits, the first above 0."""
        match = _FULL.fullmatch(text)
        numbers = [int(part) for part in match.groups()] if match else []
        if not numbers or max(numbers) > _MOST:
            raise ValueError(f"not a SchemaVer: {text!r}")
        return cls(*numbers)

    def next_addition(self) -> SchemaVer:
        return SchemaVer(self.model, self.revision, self.addition + 1)

    def next_revision(self) -> SchemaVer:
        return SchemaVer(self.model, self.revision + 1, 0)

    def next_model(self) -> SchemaVer:
        return SchemaVer(self.model + 1, 0, 0)

    def after(self, level: Level) -> SchemaVer:
        """The version that follows this one by a change of that level; itself for none."""
        steps = {"addition": self.next_addition, "revision": self.next_revision, "model": self.next_model}
        return steps[level]() if level in steps else self


class Change(NamedTuple):
    """One difference between two structures. `path` is below them, in the plan's words."""

    path: tuple[str, ...]
    change: str
    """A key of RULES."""
    level: Level


def classify(
    old: Structure, new: Structure, warehouse: Warehouse | None = None, *, two_level: bool = False
) -> Literal["none", "addition", "revision", "model"]:
    """The largest level among the differences. With `two_level` there are no revisions: they count as additions."""
    found = {change.level for change in changes(old, new, warehouse)}
    level: Level = next((one for one in reversed(LEVELS) if one in found), "none")
    return "addition" if two_level and level == "revision" else level


def changes(old: Structure, new: Structure, warehouse: Warehouse | None = None) -> tuple[Change, ...]:
    """Every difference, in the order of the paths' names, with the level that it asks for by itself."""
    return tuple(_Comparison(warehouse).structures(old, new, ()))


# What a warehouse's column becomes ----------------------------------------------------------------------------

Breaks = Callable[[Shape, Shape], bool]
"""Whether the loader cannot carry the old column over to the new shape."""


def _never(old: Shape, new: Shape) -> bool:
    return False


def _always(old: Shape, new: Shape) -> bool:
    return True


def _is_whole(shape: Shape) -> bool:
    return shape.solid_kinds == ("integer",)


def _redshift_bytes(shape: Shape) -> int:
    """The width of Redshift's integer, which looks at the maximum alone."""
    if shape.maximum is None or shape.maximum > 2147483647:
        return 8
    return 2 if shape.maximum <= 32767 else 4


def _redshift_widens(old: Shape, new: Shape) -> bool:
    return _is_whole(old) and _is_whole(new) and _redshift_bytes(new) > _redshift_bytes(old)


def _parquet_number(shape: Shape) -> tuple[str, int]:
    """The kind of a Parquet number and its digits before the point (0 where they do not matter)."""
    bounds = (shape.minimum, shape.maximum)
    known = [abs(bound) for bound in bounds if bound is not None]
    if _is_whole(shape):
        return ("integer" if len(known) == 2 and max(known) <= _MOST else "long", 0)
    if shape.multiple_of is None or len(known) < 2:
        return ("double", 0)
    return ("decimal", len(str(int(max(known)))))


def _parquet_number_differs(old: Shape, new: Shape) -> bool:
    numeric = {"integer", "number"} & {*old.type} and {"integer", "number"} & {*new.type}
    return bool(numeric) and _parquet_number(old) != _parquet_number(new)


def _was_not_nullable(old: Shape, new: Shape) -> bool:
    return not old.nullable


def _was_required(old: Shape, new: Shape) -> bool:
    return isinstance(old, Property) and old.required


def _was_not_text(old: Shape, new: Shape) -> bool:
    return old.solid_kinds != ("string",)


def _becomes_narrower_than_text(old: Shape, new: Shape) -> bool:
    return not _covers(("number",), old.solid_kinds) and "string" not in new.type


def _was_fixed_width(old: Shape, new: Shape) -> bool:
    """A CHAR: a string of exactly one length."""
    return old.min_length is not None and old.min_length == old.max_length


def _was_one_value(old: Shape, new: Shape) -> bool:
    return len(_values(old) or ()) == 1


def _lists_other_than_text(old: Shape, new: Shape) -> bool:
    return any(not isinstance(value, str) for value in (*(_values(old) or ()), *(_values(new) or ())))


def _was_special_text(old: Shape, new: Shape) -> bool:
    return old.format in ("date", "date-time", "uuid")


def _format_does_not_fit(old: Shape, new: Shape) -> bool:
    needed = {"date-time": 25, "date": 10}.get(new.format or "", 0)
    return _was_special_text(old, new) or (old.max_length is not None and old.max_length < needed)


def _involves_dates(old: Shape, new: Shape) -> bool:
    return bool({old.format, new.format} & {"date", "date-time"})


def _was_cents(old: Shape, new: Shape) -> bool:
    return old.multiple_of == 0.01


# The table ----------------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """What one kind of change asks for, and when a warehouse turns it into a change of model."""

    pure: Level
    redshift: Breaks = _never
    parquet: Breaks = _never


RULES: Mapping[str, Rule] = {
    "optional property added to a closed object": Rule("addition"),
    "optional property added to an open object": Rule("revision"),
    "required property added to a closed object": Rule("model"),
    "required property added to an open object": Rule("revision"),
    "optional property removed from a closed object": Rule("revision"),
    "optional property removed from an open object": Rule("addition"),
    "required property removed from a closed object": Rule("model", _was_not_nullable),
    "required property removed from an open object": Rule("addition", _was_not_nullable),
    "optional became required": Rule("revision"),
    "required became optional": Rule("addition", _was_not_nullable),
    "type gained null": Rule("addition", _was_required),
    "type lost null": Rule("revision"),
    "integer became number": Rule("addition", _always, _always),
    "number became integer": Rule("revision", _never, _always),
    "type widened": Rule("addition", _was_not_text, _always),
    "type narrowed": Rule("revision", _becomes_narrower_than_text, _always),
    "type replaced": Rule("model", _always, _always),
    "enum value added": Rule("addition", _was_one_value, _lists_other_than_text),
    "enum value removed": Rule("revision"),
    "enum introduced": Rule("revision", _lists_other_than_text, _lists_other_than_text),
    "enum dropped": Rule("addition", _was_one_value, _lists_other_than_text),
    "max_length raised or removed": Rule("addition", _was_fixed_width),
    "max_length lowered or added": Rule("revision"),
    "min_length lowered or removed": Rule("addition", _was_fixed_width),
    "min_length raised or added": Rule("revision", _was_fixed_width),
    "upper bound raised or removed": Rule("addition", _redshift_widens, _parquet_number_differs),
    "upper bound lowered or added": Rule("revision", _never, _parquet_number_differs),
    "lower bound lowered or removed": Rule("addition", _never, _parquet_number_differs),
    "lower bound raised or added": Rule("revision", _never, _parquet_number_differs),
    "pattern removed": Rule("addition"),
    "pattern added or changed": Rule("revision"),
    "format removed": Rule("addition", _was_special_text, _involves_dates),
    "format added or changed": Rule("revision", _format_does_not_fit, _involves_dates),
    "multiple_of removed": Rule("addition", _was_cents, _parquet_number_differs),
    "multiple_of added or changed": Rule("revision", _was_cents, _parquet_number_differs),
    "object opened": Rule("addition"),
    "object closed": Rule("revision"),
    "object restated as open": Rule("addition"),
    "max_items raised or removed": Rule("addition"),
    "max_items lowered or added": Rule("revision"),
    "min_items lowered or removed": Rule("addition"),
    "min_items raised or added": Rule("revision"),
    "items must be unique": Rule("revision"),
    "items may repeat": Rule("addition"),
    "items introduced": Rule("revision"),
    "items dropped": Rule("addition"),
    "anyOf branch added": Rule("addition"),
    "keyword removed": Rule("addition"),
    "keyword added or changed": Rule("revision"),
    "annotation": Rule("addition"),
}

ANNOTATIONS = (
    *("kind", "description", "display_name", "category", "owners", "tags"),
    *("sources", "status", "sensitivity", "hidden", "examples"),
)
_SILENT_KEYWORDS = frozenset({"default", "$comment", "id", "title", "description", "examples", "definitions"})
# (field, change when the limit loosens, change when it tightens): fields that cap from above.
_CAPS = (
    ("max_length", "max_length raised or removed", "max_length lowered or added"),
    ("max_items", "max_items raised or removed", "max_items lowered or added"),
)
_FLOORS = (
    ("min_length", "min_length lowered or removed", "min_length raised or added"),
    ("min_items", "min_items lowered or removed", "min_items raised or added"),
)
_TEXTS = (
    ("pattern", "pattern removed", "pattern added or changed"),
    ("format", "format removed", "format added or changed"),
    ("multiple_of", "multiple_of removed", "multiple_of added or changed"),
)
_NO_UPPER, _NO_LOWER = (float("inf"), 0), (float("-inf"), 0)


class _Comparison:
    """Walks two structures side by side. `warehouse` is None where no loader sees what is inside."""

    def __init__(self, warehouse: Warehouse | None) -> None:
        self.warehouse = warehouse

    def structures(self, old: Structure, new: Structure, path: tuple[str, ...]) -> Iterator[Change]:
        if isinstance(old, Shape) and isinstance(new, Shape):
            yield from self._constraints(old, new, path)
        yield from self._members(old, new, path)
        yield from self._keywords(old.keywords, new.keywords, path)
        for field in ANNOTATIONS:
            if not same(getattr(old, field, None), getattr(new, field, None)):
                yield Change((*path, field), "annotation", "addition")

    def _constraints(self, old: Shape, new: Shape, path: tuple[str, ...]) -> Iterator[Change]:
        found = (*_types(old, new), *_enums(old, new), *_limits(old, new), *_texts(old, new), *_bounds(old, new))
        for field, change in found:
            yield self._judged((*path, field), change, old, new)
        yield from self._items(old, new, path)

    def _items(self, old: Shape, new: Shape, path: tuple[str, ...]) -> Iterator[Change]:
        if old.unique_items != new.unique_items:
            change = "items must be unique" if new.unique_items else "items may repeat"
            yield self._judged((*path, "unique_items"), change, old, new)
        if old.items is not None and new.items is not None:
            # Redshift keeps an array as one text, whatever is in it.
            inside = self if self.warehouse != "redshift" else _Comparison(None)
            yield from inside.structures(old.items, new.items, (*path, "items"))
        elif old.items is not new.items:
            yield self._judged((*path, "items"), "items introduced" if new.items else "items dropped", old, new)

    def _members(self, old: Structure, new: Structure, path: tuple[str, ...]) -> Iterator[Change]:
        for name in sorted({*old.properties, *new.properties}):
            before, after, here = old.properties.get(name), new.properties.get(name), (*path, "properties", name)
            if before is None or after is None:
                yield self._come_or_gone(before, after, old, new, here)
                continue
            if before.required != after.required:
                change = "optional became required" if after.required else "required became optional"
                yield self._judged((*here, "required"), change, before, after)
            yield from self.structures(before, after, here)
        if old.additional_properties is not new.additional_properties:
            yield _openness(old, new, path)

    def _come_or_gone(
        self, before: Property | None, after: Property | None, old: Structure, new: Structure, path: tuple[str, ...]
    ) -> Change:
        one = before or after or Property()
        need = "required" if one.required else "optional"
        closed = (old if before is None else new).additional_properties is False
        where = "a closed object" if closed else "an open object"
        change = f"{need} property added to {where}" if before is None else f"{need} property removed from {where}"
        return self._judged(path, change, one, one)

    def _keywords(self, old: Mapping[str, JSON], new: Mapping[str, JSON], path: tuple[str, ...]) -> Iterator[Change]:
        for keyword in sorted({*old, *new}):
            if keyword in old and keyword in new and same(old[keyword], new[keyword]):
                continue
            change = _keyword_change(keyword, old, new)
            yield Change((*path, "keywords", keyword), change, RULES[change].pure)

    def _judged(self, path: tuple[str, ...], change: str, old: Shape, new: Shape) -> Change:
        rule = RULES[change]
        breaks = {"redshift": rule.redshift, "parquet": rule.parquet}.get(self.warehouse or "", _never)
        return Change(path, change, "model" if breaks(old, new) else rule.pure)


Found = Iterator[tuple[str, str]]
"""(field, key of RULES) for each difference."""


def _types(old: Shape, new: Shape) -> Found:
    before, after = old.solid_kinds, new.solid_kinds
    if (before and after) or before == after:
        if old.type and new.type and ("null" in old.type) != ("null" in new.type):
            yield "type", "type gained null" if "null" in new.type else "type lost null"
    else:
        # "null" alone on one side, or any type at all: the whole set counts.
        before, after = old.type, new.type
    if before != after:
        yield "type", _type_change(before, after)


def _type_change(before: tuple[Kind, ...], after: tuple[Kind, ...]) -> str:
    if (before, after) == (("integer",), ("number",)):
        return "integer became number"
    if (before, after) == (("number",), ("integer",)):
        return "number became integer"
    if _covers(after, before):
        return "type widened"
    overlap = any(_covers(after, (kind,)) for kind in before) or any(_covers(before, (kind,)) for kind in after)
    return "type narrowed" if overlap or not before else "type replaced"


def _covers(wide: tuple[Kind, ...], narrow: tuple[Kind, ...]) -> bool:
    """Whether all values of `narrow` are values of `wide`; no kinds at all mean any value."""
    if not wide or not narrow:
        return not wide
    return all(kind in wide or (kind == "integer" and "number" in wide) for kind in narrow)


def _values(shape: Shape) -> tuple[JSON, ...] | None:
    return (shape.const,) if shape.const is not None else shape.enum


def _enums(old: Shape, new: Shape) -> Found:
    before, after = _values(old), _values(new)
    if before is None or after is None:
        if before is not after:
            yield "enum", "enum introduced" if before is None else "enum dropped"
        return
    added, removed = _lacking(after, before), _lacking(before, after)
    if added:
        yield "enum", "enum value added"
    if removed:
        yield "enum", "enum value removed"
    if not added and not removed and not same(before, after):
        yield "enum", "annotation"


def _lacking(values: tuple[JSON, ...], others: tuple[JSON, ...]) -> bool:
    """Whether some of `values` is not among `others`."""
    return any(not any(same(value, other) for other in others) for value in values)


def _limits(old: Shape, new: Shape) -> Found:
    for table, sign in ((_CAPS, 1), (_FLOORS, -1)):
        for field, looser, tighter in table:
            before, after = getattr(old, field), getattr(new, field)
            if before != after:
                grew = after is None or (before is not None and (after - before) * sign > 0)
                yield field, looser if grew else tighter


def _texts(old: Shape, new: Shape) -> Found:
    for field, gone, otherwise in _TEXTS:
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield field, gone if after is None else otherwise


def _bounds(old: Shape, new: Shape) -> Found:
    before, after = _upper(old), _upper(new)
    if before != after:
        loose = after > before
        yield "maximum", "upper bound raised or removed" if loose else "upper bound lowered or added"
    before, after = _lower(old), _lower(new)
    if before != after:
        loose = after < before
        yield "minimum", "lower bound lowered or removed" if loose else "lower bound raised or added"


def _upper(shape: Shape) -> tuple[float, int]:
    """The stricter upper bound; an exclusive one sorts below the inclusive one of the same number."""
    inclusive, exclusive = shape.maximum, shape.exclusive_maximum
    found = [(bound, order) for bound, order in ((inclusive, 0), (exclusive, -1)) if bound is not None]
    return min(found, default=_NO_UPPER)


def _lower(shape: Shape) -> tuple[float, int]:
    """The stricter lower bound; an exclusive one sorts above the inclusive one of the same number."""
    inclusive, exclusive = shape.minimum, shape.exclusive_minimum
    found = [(bound, order) for bound, order in ((inclusive, 0), (exclusive, 1)) if bound is not None]
    return max(found, default=_NO_LOWER)


def _openness(old: Structure, new: Structure, path: tuple[str, ...]) -> Change:
    was, now = old.additional_properties is False, new.additional_properties is False
    change = "object closed" if now else "object opened" if was else "object restated as open"
    return Change((*path, "additional_properties"), change, RULES[change].pure)


def _keyword_change(keyword: str, old: Mapping[str, JSON], new: Mapping[str, JSON]) -> str:
    if keyword in _SILENT_KEYWORDS or keyword.startswith("x-"):
        return "annotation"
    if keyword not in new:
        return "keyword removed"
    before, after = old.get(keyword), new[keyword]
    if keyword == "anyOf" and isinstance(before, list) and isinstance(after, list):
        return "keyword added or changed" if _lacking(tuple(before), tuple(after)) else "anyOf branch added"
    return "keyword added or changed"
