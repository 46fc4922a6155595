"""hub.toml as text: an edit says exactly what was wanted, and leaves every other line as it was."""

from __future__ import annotations

import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import settings_file
from hub.errors import Moved, Refusal

FULL = """\
# top of the file
database = "x"  # where it lives

# about harbour
[targets.harbour]
tool = "segment" # the tool
token = "env:X"

  [targets.harbour.guards]
  updates = 0.3

# about people
[notify.slack]
channel = "C1"

# about ferry
[targets.ferry]
tool = "mixpanel"

# about authority
[[authority]]
field = "tags"
policy = "tool"
"""


def edited(text: str, name: str, **values: Any) -> str:
    return settings_file.changed(text, ("targets", name), values)


def test_a_changed_value_changes_its_line_and_a_new_one_comes_below_the_others() -> None:
    found = edited(FULL, "ferry", tool="amplitude", schedule="every 1d", blackout=["sat", "sun"])
    assert found == FULL.replace(
        '[targets.ferry]\ntool = "mixpanel"\n',
        '[targets.ferry]\ntool = "amplitude"\nschedule = "every 1d"\nblackout = ["sat", "sun"]\n',
    )


def test_a_value_taken_out_takes_its_line_with_it() -> None:
    assert edited(FULL, "harbour", token=None) == FULL.replace('token = "env:X"\n', "")


def test_a_table_inside_is_changed_where_it_stands_and_goes_when_it_is_empty() -> None:
    assert edited(FULL, "harbour", guards={"updates": 0.5}) == FULL.replace("updates = 0.3", "updates = 0.5")
    assert "guards" not in edited(FULL, "harbour", guards={"updates": None})
    assert "guards = { removals = 0.5 }\n" in edited(FULL, "ferry", guards={"removals": 0.5, "updates": None})


def test_what_is_equal_already_is_not_written_again() -> None:
    assert edited(FULL, "harbour", tool="segment", guards={"updates": 0.3}, mode=None) == FULL


def test_a_target_goes_with_its_tables_and_the_comment_above_it() -> None:
    start, end = FULL.index("# about harbour"), FULL.index("# about people")
    assert settings_file.removed(FULL, "harbour") == FULL[:start] + FULL[end:]
    assert settings_file.removed(FULL, "ferry").count("#") == FULL.count("#") - 1


def test_a_comment_at_the_top_of_the_file_stays() -> None:
    assert settings_file.removed('# mine\n[targets.a]\ntool = "x"\n', "a") == "# mine\n"


@pytest.mark.parametrize(
    "text",
    [
        'targets = {a = {tool = "x"}, b = {tool = "y"}} # kept\n',
        'targets.a.tool = "x" # kept\ntargets.b.tool = "y"\n',
        '[targets] # kept\na = {tool = "x"}\nb.tool = "y"\n',
        '[targets.a] # kept\ntool = "x"\n[notify.b]\nkind = """\n[targets.a]\n"""\n[targets.b]\ntool = "y"',
        '# kept\r\n[targets.a]\r\ntool = "x"\r\n\r\n[targets.b]\r\ntool = "y"\r\n',
        '[targets."a"] # kept\ntool = "x"\n[targets.b]\nlist = [\n["a"],\n["b"],\n]\n[targets.a.guards]\nupdates = 1\n',
    ],
)
def test_however_the_file_is_laid_out_the_edit_is_exact_or_refused(text: str) -> None:
    wanted = tomllib.loads(text)
    wanted["targets"]["a"]["mode"] = "heal"
    changed = edited(text, "a", mode="heal")
    assert tomllib.loads(changed) == wanted and "# kept" in changed
    del wanted["targets"]["a"]
    try:
        assert tomllib.loads(settings_file.removed(changed, "a")) == wanted
    except Refusal as refusal:
        assert "nothing was changed" in refusal.hint


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.one_of(TEXTS, st.booleans(), st.integers(-(2**53), 2**53), st.lists(TEXTS, max_size=3))


@given(TEXTS, st.dictionaries(TEXTS, VALUES, max_size=4), st.dictionaries(TEXTS, VALUES, max_size=4))
def test_whatever_is_put_in_stands_there_and_comes_out_again(
    name: str, table: dict[str, Any], more: dict[str, Any]
) -> None:
    if name in ("harbour", "ferry"):
        return
    text = settings_file.added(FULL, name, table)
    assert text.startswith(FULL) and tomllib.loads(text)["targets"][name] == table
    changed = settings_file.changed(text, ("targets", name), more)
    assert tomllib.loads(changed)["targets"][name] == table | more
    assert tomllib.loads(settings_file.removed(changed, name)) == tomllib.loads(FULL)


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(Refusal, match="'ferry' exists already"):
        settings_file.added(FULL, "ferry", {})


# The file


def test_a_file_that_is_not_there_begins_with_its_header(tmp_path: Path) -> None:
    settings_file.edit(tmp_path / "hub.toml", lambda text: settings_file.added(text, "a", {"tool": "x"}))
    assert (tmp_path / "hub.toml").read_text() == f'{settings_file.HEADER}\n[targets.a]\ntool = "x"\n'


def test_a_file_that_changes_in_between_is_left_as_somebody_else_left_it(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text("# mine\n")

    def change(text: str) -> str:
        file.write_text("# theirs\n")
        return text

    with pytest.raises(Moved):
        settings_file.edit(file, change)
    assert file.read_text() == "# theirs\n" and list(tmp_path.iterdir()) == [file]


def test_threads_that_edit_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"

    def add(name: str) -> None:
        settings_file.edit(file, lambda text: settings_file.added(text, name, {"tool": "x"}))

    threads = [threading.Thread(target=add, args=(f"t{number}",)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(tomllib.loads(file.read_text())["targets"]) == 8


def test_a_file_that_is_no_text_is_refused_and_left(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_bytes(b"\xff")
    with pytest.raises(Refusal, match="not text in UTF-8"):
        settings_file.edit(tmp_path / "hub.toml", lambda text: "")
    assert (tmp_path / "hub.toml").read_bytes() == b"\xff"
