"""How a preview is laid out: what is about one thing side by side, one page at a time, and the forecast in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connectors.contract import Operation
from hub.changes.changeset import Changeset, TargetChanges
from hub.changes.diff import FieldChange
from hub.changes.guard import Violation
from hub.changes.render import WINDOW_WORDS, duration
from hub.web.rehearsals import Rehearsed, fields_of
from mappings.contract import Finding, Path

SHOWN = 200
"""Things on one page of a preview."""
LISTED = 8
"""Writes of one thing to one target, and fields of one write, that a page of many things lists."""
FEW = 5
"""So few things stand open."""
CALLED: Mapping[str, str] = {
    "user_properties": "user property",
    "groups": "group",
    "categories": "category",
    "properties": "shared property",
}
"""What a thing that is no event is called."""
Grouping = Literal["event", "tool"]


@dataclass(frozen=True, slots=True)
class Write:
    """One operation with the fields that it changes, as far as they are listed, and how many more there are."""

    operation: Operation
    fields: Sequence[FieldChange]
    more: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What one target would be written about one thing, and what it cannot hold of it."""

    target: str
    count: int
    writes: Sequence[Write]
    losses: Sequence[Finding]

    @property
    def more(self) -> int:
        return self.count - len(self.writes)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of the plan with what each target would be written about it."""

    path: Path
    cells: Sequence[Cell]

    @property
    def kind(self) -> str:
        return CALLED.get(self.path[0], "")

    @property
    def count(self) -> int:
        return sum(one.count for one in self.cells)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of the things that a search finds."""

    rows: Sequence[Row]
    found: int
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.rows)

    def of_target(self, target: str) -> list[tuple[Row, Cell]]:
        """The part of the page that is one target's."""
        return [(row, cell) for row in self.rows for cell in row.cells if cell.target == target]


def leaf(rehearsed: Rehearsed, search: str, start: int) -> Leaf:
    """A page of the preview: a few of each thing's writes, with the way to the rest."""
    paths = list(rehearsed.writes)
    if words := search.strip().lower():
        paths = [path for path in paths if words in rehearsed.words[path]]
    return Leaf([_row(rehearsed, path, LISTED) for path in paths[start : start + SHOWN]], len(paths), start)


def whole(rehearsed: Rehearsed, path: Path) -> Leaf:
    """One thing alone, with everything."""
    rows = [_row(rehearsed, path, None)] if path in rehearsed.writes else []
    return Leaf(rows, len(rows), 0)


def _row(rehearsed: Rehearsed, path: Path, most: int | None) -> Row:
    losses = rehearsed.losses.get(path, {})
    return Row(path, list(_cells(rehearsed.writes[path], losses, most)))


def _cells(
    by_target: Mapping[str, Sequence[Operation]], losses: Mapping[str, Sequence[Finding]], most: int | None
) -> Iterator[Cell]:
    for target, operations in by_target.items():
        yield Cell(target, len(operations), [_write(one, most) for one in operations[:most]], losses.get(target, ()))


def _write(operation: Operation, most: int | None) -> Write:
    """What is new is listed field by field only where everything is."""
    if operation.verb == "create" and most is not None:
        return Write(operation, (), 0)
    fields = fields_of(operation)
    return Write(operation, fields[:most], len(fields[most:]) if most is not None else 0)


def summary(rehearsed: Rehearsed, changes: TargetChanges, now: float) -> dict[str, Any]:
    """One target in a few lines."""
    return {
        "changes": changes,
        "verbs": rehearsed.verbs[changes.target],
        "forecast": forecast_words(changes),
        "age": now - rehearsed.read_at[changes.target],
        "findings": _by_code(changes.findings),
    }


def _by_code(findings: Sequence[Finding]) -> list[tuple[str, int, Finding]]:
    """Findings of one sort are told once, with how many there are."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        found[one.code].append(one)
    return [(code, len(same), same[0]) for code, same in found.items()]


def forecast_words(changes: TargetChanges) -> str:
    """`214 writes in 216 requests, 3 min 34 s, 6 % of the hour`: the requests are those that read back, too."""
    told = changes.forecast
    text = (
        f"{_counted(len(changes.operations), 'write')} in {_counted(told.calls, 'request')}, {duration(told.seconds)}"
    )
    if told.window not in WINDOW_WORDS:
        return text
    return f"{text}, {told.share * 100:.0f} % {WINDOW_WORDS[told.window]}"


def total_words(changeset: Changeset) -> str:
    """How long all of it takes: targets are written side by side, so as long as the slowest."""
    busy = [one for one in changeset.targets if one.operations]
    slowest = max(busy, key=lambda one: one.forecast.seconds, default=None)
    if slowest is None:
        return ""
    took = duration(slowest.forecast.seconds)
    return f"{took} in all, as {slowest.target} takes longest" if len(busy) > 1 else f"{took} in all"


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else one + 's'}".replace(",", "\u202f")


def by_guard(violations: Iterable[Violation]) -> list[tuple[str, list[Violation]]]:
    """A ticket lets a guard pass at all targets of the changeset, so what it would let pass stands together."""
    found: dict[str, list[Violation]] = defaultdict(list)
    for one in violations:
        found[one.guard].append(one)
    return list(found.items())
