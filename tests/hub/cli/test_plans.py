"""`hub import`, `hub check`, `hub export`, and how commands find a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.files import load
from tests.hub.cli.conftest import Desk

SEEN = '{"title": "Page Seen", "type": "object", "properties": {"at": {"type": "string"}, "by": {"type": "string"}}}'


@pytest.fixture
def schema(desk: Desk) -> Path:
    return desk.write("seen.json", SEEN)


def test_an_import_goes_to_the_store_under_its_name(desk: Desk, schema: Path) -> None:
    assert (
        "Pages: 1 event, 2 properties → store, version 1"
        in desk.hub("import", "json-schema", "seen.json", "--name", "Pages").out
    )
    assert desk.hub("check", "Pages", "--json").json()["properties"] == 2


@pytest.mark.parametrize("output", ["seen.yaml", "plans/seen", "seen-plan.json"])
def test_an_import_goes_to_a_file_or_folder_that_can_be_read_again(desk: Desk, schema: Path, output: str) -> None:
    ran = desk.hub("import", "json-schema", "seen.json", "-o", output, "--json")
    assert (ran.code, ran.json()["place"]) == (0, output)
    assert list(load(desk.folder / output).plan.events) == ["Page Seen"]


def test_a_folder_of_files_is_imported_as_one_plan(desk: Desk) -> None:
    desk.write("in/a.json", SEEN)
    desk.write("in/deep/b.json", SEEN.replace("Page", "Shelf"))
    desk.write("in/notes.txt", "not a schema")
    assert desk.hub("import", "json-schema", "in", "--json").json()["events"] == 2


@pytest.mark.parametrize("command", [["import", "json-schema", "seen.json"], ["export", "yaml", "plan.yaml"]])
def test_what_exists_is_never_overwritten(desk: Desk, schema: Path, command: list[str]) -> None:
    kept = desk.write("kept.yaml", "name: Kept\n")
    ran = desk.hub(*command, "-o", "kept.yaml")
    assert ran.code == 1 and "kept.yaml: exists already\n  → choose another name" in ran.err
    assert kept.read_text() == "name: Kept\n"


@pytest.mark.parametrize(
    ("arguments", "place", "message"),
    [
        (["json-schema", "nowhere.json"], "nowhere.json", "there is no such file"),
        (["json-schema", "empty"], "empty", "the folder has no file of this format"),
        (["json-schema", "half.json"], "half.json:1:2", "not valid JSON"),
        (["segment", "seen.json"], "", "segment: The answer of the Public API's list of rules"),
        (["iglu", "seen.json"], "", "iglu: Self-describing JSON Schemas"),
    ],
)
def test_an_import_that_cannot_be_made_says_where_and_what_was_expected(
    desk: Desk, schema: Path, arguments: list[str], place: str, message: str
) -> None:
    (desk.folder / "empty").mkdir()
    desk.write("half.json", "{")
    ran = desk.hub("import", *arguments)
    assert ran.code == 1 and place in ran.err and message in ran.err


def test_an_unknown_format_is_bad_usage_and_the_formats_are_listed(desk: Desk, schema: Path) -> None:
    ran = desk.hub("import", "segmnt", "seen.json")
    assert ran.code == 64 and "'snowplow-data-structure', 'typewriter'" in ran.err


def test_check_says_what_each_installed_tool_would_lose(desk: Desk) -> None:
    ran = desk.hub("check", "plan.yaml")
    assert ran.code == 0 and "Shop: 2 events, 1 property" in ran.out
    assert "mixpanel: 1 finding\n  warning mixpanel.category" in ran.out and "segment: nothing is lost" in ran.out


def test_a_plan_that_breaks_its_own_rules_is_found_wanting(desk: Desk) -> None:
    desk.write("rules.yaml", "name: R\nevents: {A: {properties: {price: {shared: money}}}}\n")
    ran = desk.hub("check", "rules.yaml")
    assert ran.code == 1 and "error plan.unknown-shared" in ran.out and "at events › A › properties › price" in ran.out


def test_few_findings_are_shown_of_many_and_all_when_asked(desk: Desk) -> None:
    events = "".join(f"  E{number}: {{description: x, category: C}}\n" for number in range(30))
    desk.write("many.yaml", f"name: Many\ncategories: {{C: {{}}}}\nevents:\n{events}")
    assert "mixpanel.category ×30" in desk.hub("check", "many.yaml").out
    assert desk.hub("check", "many.yaml", "--full").out.count("at events › E29 › category") >= 1


def test_check_takes_the_configured_targets_and_only_those_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "x")
    for name in ("one", "two"):
        settings = ("--set", "token=env:TOKEN", "--set", "tracking_plan_id=tp")
        desk.hub("connect", "segment", "--name", name, *settings, "--no-test")
    assert list(desk.hub("check", "plan.yaml", "--json").json()["targets"]) == ["one", "two"]
    assert list(desk.hub("check", "plan.yaml", "--target", "two", "--json").json()["targets"]) == ["two"]
    ran = desk.hub("check", "plan.yaml", "--target", "twoo")
    assert ran.code == 1 and "no target 'twoo'" in ran.err and "did you mean 'two'?" in ran.err


@pytest.mark.parametrize("draft", ["2020-12", "07", "04"])
def test_schemas_are_exported_in_the_draft_asked_for(desk: Desk, draft: str) -> None:
    ran = desk.hub("export", "json-schema", "plan.yaml", "-o", "out", "--draft", draft, "--json")
    schema = json.loads((desk.folder / "out" / "order_completed.json").read_text())
    assert (ran.code, ran.json()["files"]) == (0, 2)
    assert draft in schema["$schema"] and schema["title"] == "Order Completed"
    assert schema["properties"]["total"]["type"] == "number"


def test_events_whose_names_look_alike_get_files_of_their_own(desk: Desk) -> None:
    names = ["a/b", "a b", "../a", "😀" * 300, "x" * 999 + "1", "x" * 999 + "2", "日" * 400]
    desk.write("odd.json", json.dumps({"name": "Odd", "events": {name: {} for name in names}}))
    assert desk.hub("export", "json-schema", "odd.json", "-o", "out").code == 0
    written = [json.loads(file.read_text())["title"] for file in (desk.folder / "out").iterdir()]
    assert sorted(written) == sorted(names) and len(list(desk.folder.iterdir())) == 4


def test_a_plan_comes_back_from_the_store_and_from_a_folder(desk: Desk, schema: Path) -> None:
    desk.hub("import", "json-schema", "seen.json", "--name", "Pages")
    assert desk.hub("export", "yaml", "Pages", "-o", "pages").code == 0
    assert desk.hub("check", "pages", "--json").json()["events"] == 1


def test_a_plan_that_is_nowhere_is_refused_with_the_nearest_name(desk: Desk, schema: Path) -> None:
    desk.hub("import", "json-schema", "seen.json", "--name", "Pages")
    near, far = desk.hub("check", "Page"), desk.hub("check", "zzz")
    assert (near.code, far.code) == (1, 1)
    assert "did you mean 'Pages'?" in near.err and "give the path of a plan file, or import one" in far.err


def test_a_database_in_the_way_is_not_taken_for_a_missing_plan(desk: Desk) -> None:
    desk.write("hub.toml", 'database = "sqlite:///no/such/hub.db"\n')
    assert "the database cannot be used" in desk.hub("check", "Pages").err


@pytest.mark.parametrize("command", [["export", "json-schema"], ["demo", "--once", "--plan"]])
def test_a_shared_property_that_is_not_there_is_refused_with_its_place(desk: Desk, command: list[str]) -> None:
    desk.write("shared.yaml", "name: S\nevents: {A: {properties: {price: {shared: money}}}}\n")
    ran = desk.hub(*command, "shared.yaml", *(["-o", "out"] if command[0] == "export" else []))
    assert (
        ran.code == 1 and "shared.yaml: events › A › properties › price: there is no shared property 'money'" in ran.err
    )
