"""The audit as files for other programs, written line by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from hub.store.people import AuditEntry

Format = Literal["csv", "json"]
COLUMNS = ("id", "at", "who", "verb", "subject", "details")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell starts with that a spreadsheet would carry out."""


@dataclass(frozen=True, slots=True)
class Written:
    """One way to write the audit."""

    media_type: str
    lines: Callable[[Iterable[AuditEntry]], Iterator[str]]


def csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """A header, then a row for each entry. Moments are ISO 8601 in UTC, details JSON; a cell that would be a formula
    has an apostrophe in front."""
    yield _row(COLUMNS)
    for one in entries:
        details = json.dumps(one.details, ensure_ascii=False) if one.details else ""
        yield _row((str(one.id), _iso(one.at), one.who, one.verb, one.subject, details))


def json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """One JSON list of objects, an entry on each line."""
    between = "[\n"
    for one in entries:
        yield between + json.dumps({**asdict(one), "at": _iso(one.at)}, ensure_ascii=False)
        between = ",\n"
    yield "\n]\n" if between == ",\n" else "[]\n"


FORMATS: Mapping[Format, Written] = {
    "csv": Written("text/csv; charset=utf-8", csv_lines),
    "json": Written("application/json", json_lines),
}


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return line.getvalue()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
