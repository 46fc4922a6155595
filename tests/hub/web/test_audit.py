"""The record of what people did: found, taken away as a file, and never changed."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator

import pytest

from hub.store import people as store
from hub.store.people import AuditFilter
from tests.architecture.rules import Module, modules
from tests.hub.web.visitors import Quay

FIRST = 1_767_225_600.0
"""Midnight of 2026-01-01 in UTC."""
DAY = 86_400.0
EVIL = "<img src=x onerror=alert(1)>"


def recorded(quay: Quay, *rows: tuple[str, str, float]) -> None:
    """Entries by who, verb and day since the first."""
    for who, verb, days in rows:
        quay.hub.store.people.note(who, verb, "a subject", FIRST + days * DAY, why="because")


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


# Found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["lee publish", "dana invite", "dana publish"]),
        ({"who": "dana"}, ["dana invite", "dana publish"]),
        ({"who": " lee "}, ["lee publish"]),
        ({"verb": "publish"}, ["lee publish", "dana publish"]),
        ({"who": "dana", "verb": "publish"}, ["dana publish"]),
        ({"since": "2026-01-02"}, ["lee publish", "dana invite"]),
        ({"until": "2026-01-02"}, ["dana invite", "dana publish"]),
        ({"since": "2026-01-02", "until": "2026-01-02"}, ["dana invite"]),
        ({"who": "nobody"}, []),
    ],
)
def test_entries_are_found_by_who_what_and_when(quay: Quay, asked: dict[str, str], found: list[str]) -> None:
    recorded(quay, ("dana", "publish", 0.5), ("dana", "invite", 1.999), ("lee", "publish", 2))
    said = quay.somebody("admin").get("/audit", **asked).text
    rows = re.findall(r"</time></td><td>(\w+)</td><td>(\w+)</td>", said)
    assert [" ".join(row) for row in rows] == found
    assert ("No entry fits" in said) == (not found)


def test_what_was_asked_for_stays_in_the_form_and_in_the_files(quay: Quay) -> None:
    recorded(quay, ("dana", "publish", 0))
    said = quay.somebody("admin").get("/audit", who="dana", verb="publish", since="2026-01-01").text
    assert 'value="dana"' in said and "<option selected>publish</option>" in said and 'value="2026-01-01"' in said
    assert "/audit/export?format=csv&amp;who=dana&amp;verb=publish&amp;since=2026-01-01" in said


@pytest.mark.parametrize("field", ["since", "until"])
@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "9999-99-99", "<b>"])
def test_what_is_no_day_is_said(quay: Quay, field: str, day: str) -> None:
    answers = [quay.somebody("admin").get(where, **{field: day}) for where in ("/audit", "/audit/export")]
    assert all(one.status_code == 400 and "is no day" in one.text and "<b>" not in one.text for one in answers)


def test_older_entries_keep_the_filter(quay: Quay) -> None:
    recorded(quay, *[("dana", "publish", 0.0)] * 201)
    said = quay.somebody("admin").get("/audit", who="dana").text
    older = re.search(r'href="(/audit\?who=dana&amp;before=\d+)"', said)
    assert older is not None
    assert quay.somebody("admin").ask("GET", older[1].replace("&amp;", "&")).text.count("<td>dana</td>") == 1


def test_html_is_only_text(quay: Quay) -> None:
    recorded(quay, (EVIL, EVIL, 0))
    said = quay.somebody("admin").get("/audit", who=EVIL, verb=EVIL).text
    assert "<img" not in said and said.count("&lt;img") >= 4


# Taken away


def test_everything_since_the_beginning_is_in_the_file(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BATCH", 3)
    recorded(quay, *[("dana", f"deed {number}", float(number)) for number in range(10)])
    answer = quay.somebody("admin").get("/audit/export", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    head, *rows = cells(answer.text)
    assert head == ["id", "at", "who", "verb", "subject", "details"]
    assert [row[3] for row in rows] == [f"deed {number}" for number in range(10)]
    assert rows[0] == ["1", "2026-01-01T00:00:00.000+00:00", "dana", "deed 0", "a subject", '{"why": "because"}']


def test_the_same_as_json(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BATCH", 1)
    recorded(quay, ("dana", "publish", 0), ("lee", "ünd", 1))
    first, second = quay.somebody("admin").get("/audit/export", format="json").json()
    expected = {"id": 1, "at": "2026-01-01T00:00:00.000+00:00", "who": "dana", "verb": "publish"}
    assert first == {**expected, "subject": "a subject", "details": {"why": "because"}}
    assert (second["who"], second["verb"]) == ("lee", "ünd")


def test_nothing_is_a_file_too(quay: Quay) -> None:
    admin = quay.somebody("admin")
    assert admin.get("/audit/export", format="json").json() == []
    assert len(cells(admin.get("/audit/export", format="csv").text)) == 1


def test_a_file_may_be_a_part_only(quay: Quay) -> None:
    recorded(quay, ("dana", "publish", 0), ("lee", "publish", 1), ("dana", "publish", 2))
    asked = {"format": "json", "who": "dana", "until": "2026-01-02"}
    assert [one["id"] for one in quay.somebody("admin").get("/audit/export", **asked).json()] == [1]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(quay: Quay, start: str) -> None:
    recorded(quay, (f"{start}HYPERLINK(1)", f"{start}1+1", 0))
    row = cells(quay.somebody("admin").get("/audit/export").text)[1]
    assert row[2:4] == [f"'{start}HYPERLINK(1)", f"'{start}1+1"]


def test_commas_quotes_and_lines_stay_in_their_cell(quay: Quay) -> None:
    recorded(quay, ('a "quoted", name\nof two lines', "publish", 0))
    assert cells(quay.somebody("admin").get("/audit/export").text)[1][2] == 'a "quoted", name\nof two lines'


def test_an_unknown_format_is_refused(quay: Quay) -> None:
    assert quay.somebody("admin").get("/audit/export", format="xlsx").status_code == 400


def test_what_is_added_meanwhile_ends_the_file_no_later(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BATCH", 1)
    recorded(quay, ("dana", "publish", 0), ("dana", "publish", 1))
    reading = quay.hub.store.people.whole_audit(AuditFilter(who="dana"))
    first = next(reading)
    recorded(quay, ("lee", "publish", 2))
    assert [first.id, *(one.id for one in reading)] == [1, 2]


# Never changed

CHANGES = re.compile(r"(?is)\b(update|delete\s+from|replace\s+into|drop\s+table|alter\s+table)\s+[\"'`\[]?audit\b")


def changing(module: Module) -> Iterator[str]:
    """Where a module updates or deletes rows of the audit: through the table's value, or in SQL of its own."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHANGES.search(node.value):
            yield f"{module.name}:{node.lineno}"
        if isinstance(node, ast.Call) and _changes_the_table(node):
            yield f"{module.name}:{node.lineno}"


def _changes_the_table(call: ast.Call) -> bool:
    spelt = ast.unparse(call.func)
    changes = ("update", "delete", "drop_table", "drop", "on_conflict_do_update", "merge")
    about = [spelt.rpartition(".")[0], *map(ast.unparse, call.args)]
    return spelt.rpartition(".")[2] in changes and any(one in ("audit", "schema.audit", "'audit'") for one in about)


def test_no_code_changes_what_was_recorded() -> None:
    """But a migration's downgrade, which takes its own table away."""
    ours = [one for one in modules() if one.within("hub") and not one.within("hub.store.migrations")]
    assert len(ours) > 50 and [fault for one in ours for fault in changing(one)] == []


@pytest.mark.parametrize(
    "source",
    [
        "connection.execute(delete(audit).where(x))",
        "connection.execute(update(schema.audit))",
        "audit.delete()",
        "connection.exec_driver_sql('DELETE FROM audit')",
        "text('update audit set who = 1')",
    ],
)
def test_the_search_finds_what_it_is_for(source: str) -> None:
    assert list(changing(Module("hub.made_up", source)))
