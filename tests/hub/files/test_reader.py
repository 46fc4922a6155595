"""What a plan file says, and what is said about one that says it wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Problems, Refusal
from hub.files import load
from mappings.canonical import TrackingPlan

Write = Callable[..., Path]
Complain = Callable[[Path], list[str]]

KINDS = "string, integer, number, boolean, object, array, null"


def test_one_file_is_a_plan(write: Write) -> None:
    path = write("name: Shop\nevents:\n  Paid:\n    properties: {total: {type: number}}\n")
    plan = TrackingPlan.model_validate(
        {"name": "Shop", "events": {"Paid": {"properties": {"total": {"type": "number"}}}}}
    )
    assert load(path).plan == plan


def test_a_folder_is_a_plan_with_a_file_for_each_event(write: Write, tmp_path: Path) -> None:
    write("name: Shop\n", "plan.yaml"), write("name: Paid\n", "events/b.yaml"), write("name: Seen\n", "events/a.yml")
    read = load(tmp_path)
    assert list(read.plan.events) == ["Seen", "Paid"]
    assert read.homes == {"Seen": tmp_path / "events/a.yml", "Paid": tmp_path / "events/b.yaml"}


def test_json_is_read_by_its_own_rules(write: Write) -> None:
    path = write('{"name": "\\ud83d\\ude00\\/",\n\t"events": {"' + "k" * 2000 + '": {}}}', "shop.json")
    plan = load(path).plan
    assert (plan.name, len(next(iter(plan.events)))) == ("😀/", 2000)


def test_a_byte_order_mark_of_utf8_is_no_part_of_the_text(write: Write) -> None:
    assert load(write(b"\xef\xbb\xbfname: Shop\n")).plan.name == "Shop"


def test_aliases_stand_for_what_they_name(write: Write) -> None:
    path = write("name: A\nuser_properties:\n  one: &p {type: integer}\n  two: *p\n")
    assert load(path).plan.user_properties["two"].type == ("integer",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "shop.yaml:1:1: the file is empty → a plan needs at least a name: `name: My plan`"),
        ("# only a comment\n", "shop.yaml:1:1: the file is empty → a plan needs at least a name: `name: My plan`"),
        ("- name\n", "shop.yaml:1:1: a plan is a map → begin with `name: My plan`"),
        ("name: A\n---\nname: B\n", "shop.yaml:2:1: a second document starts here → one file holds one document"),
        ("name: A\nname: B\n", "shop.yaml:2:1: 'name' is said twice; first in line 1 → keep one of the two"),
        (
            "name: A\nevents:\n  <<: {}\n",
            "shop.yaml:3:3: merge keys (<<) are not read → repeat the fields, or use shared_properties",
        ),
        ("name: A\nevents:\n  5: {}\n", "shop.yaml:3:3: a key must be text, not 5 → put it in quotes"),
        ("name: A\nevents: {true: {}}\n", "shop.yaml:2:10: a key must be text, not true → put it in quotes"),
        ("name: A\nevents: {[a]: {}}\n", "shop.yaml:2:10: a key must be text, not a list or map → put it in quotes"),
        (
            "name: !!str A\n",
            "shop.yaml:1:7: the tag 'tag:yaml.org,2002:str' has no meaning here"
            " → remove it; quote what is meant as text",
        ),
        ("name: A\nevents:\n\tPaid: {}\n", "shop.yaml:3:1: a tab is used to indent → indent with spaces"),
        (
            "name: a: b\n",
            "shop.yaml:1:8: not valid YAML: mapping values are not allowed in this context"
            " → put the text in quotes; it holds a colon followed by a space",
        ),
        (
            "name: A\ndescription: *gone\n",
            "shop.yaml:2:14: the alias *gone has no anchor before it → write the value out",
        ),
        (
            "name: A\nevents: &e {a: *e}\n",
            "shop.yaml:2:16: the alias *e stands inside what it refers to → write the value out",
        ),
        (
            "name: A\x07\n",
            "shop.yaml:1:8: the character '\\x07' is not allowed"
            " → remove it, or write it as an escape in a double-quoted text",
        ),
        ("name: A\0\n", "shop.yaml:1:8: a NUL byte; this is not a text file → give a text file, saved as UTF-8"),
        (b"name: A\nx: \xe9\n", "shop.yaml:2:4: the byte 0xe9 is not UTF-8 → save it as UTF-8"),
        ("name: A".encode("utf-16"), "shop.yaml:1:1: the text is UTF-16 → save it as UTF-8"),
        (
            "name: A\nuser_properties: {a: {const: 1e999}}\n",
            "shop.yaml:2:30: 1e999 is too large for a number → quote it if it is a text",
        ),
        (
            f"name: A\nuser_properties: {{a: {{const: {'9' * 5000}}}}}\n",
            "shop.yaml:2:30: a number of 5000 digits → quote it if it is a text",
        ),
        ("a: " + "[" * 200, "shop.yaml:1:103: more than 100 levels of nesting → flatten the structure"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_in_plain_words(
    write: Write, complaints: Complain, content: str | bytes, said: str
) -> None:
    assert said in complaints(write(content))


def test_a_hundred_thousand_brackets_are_one_complaint(write: Write, complaints: Complain) -> None:
    assert len(complaints(write("[" * 100_000))) == len(complaints(write("[" * 100_000, "shop.json"))) == 1


def test_a_yaml_bomb_is_refused_before_it_grows(write: Write, complaints: Complain) -> None:
    levels = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 10)]
    (said,) = complaints(write("\n".join(["x0: &x0 [lol]", *levels])))
    assert said.startswith("shop.yaml:6:") and "the aliases stand for more than 200000 values" in said


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ('{"name": "A", "name": "B"}', "1:15", "'name' is said twice"),
        ('{"name": "A",}', "1:14", "a key in double quotes was expected"),
        ('{"name": "A"', "1:13", "ends too early"),
        ('{"name": NaN}', "1:10", "NaN is neither a number nor"),
        ('{"name": "\\ud800"}', "1:10", "half of a surrogate pair"),
        ('{"name": "A"} x', "1:15", "something follows"),
        ('{"name": "A\n"}', "1:10", "not closed"),
        ('{"name": "\\q"}', "1:10", "backslash"),
        ("", "1:1", "empty"),
        ("[1 2]", "1:4", "a comma or the end"),
        ('{"name" "A"}', "1:9", "a colon was expected"),
        ('["a"}', "1:5", "not '}'"),
    ],
)
def test_json_is_strict(write: Write, complaints: Complain, content: str, place: str, said: str) -> None:
    (one,) = complaints(write(content, "shop.json"))
    assert one.startswith(f"shop.json:{place}: ") and said in one


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(write: Write, complaints: Complain) -> None:
    path = write(
        "name: Shop\n"
        "descripton: x\n"
        "conventions: {approval: yes}\n"
        "events:\n"
        "  Paid:\n"
        "    properties:\n"
        "      total: {type: [string, strng], minimum: x, min_length: -1}\n"
        "      code:\n"
        "    sources: [1]\n"
        "moved:\n"
        "  - from: A\n"
    )
    assert complaints(path) == [
        "shop.yaml:2:1: unknown key 'descripton' → did you mean 'description'?",
        "shop.yaml:3:25: approval: 'yes' is not true or false → write true or false, without quotes",
        f"shop.yaml:7:30: type: 'strng' is none of {KINDS} → did you mean 'string'?",
        "shop.yaml:7:47: minimum: 'x' is not a number → write it without quotes",
        "shop.yaml:7:62: min_length: -1 is not at least 0 → ",
        "shop.yaml:8:7: code: nothing is not a map → write {} where there is nothing to say, or remove the line",
        "shop.yaml:9:15: sources: 1 is not text → put it in quotes",
        "shop.yaml:11:5: 'to' is missing → add `to:`",
    ]


def test_an_unknown_key_far_from_any_names_what_is_known(write: Write, complaints: Complain) -> None:
    assert complaints(write("name: A\nsources: {Web: {zzz: 1}}\n")) == [
        "shop.yaml:2:17: unknown key 'zzz' → known here: description"
    ]


def test_mistakes_in_a_folder_name_their_file(write: Write, complaints: Complain, tmp_path: Path) -> None:
    write("name: Shop\nevents: {Late: {}}\n", "plan.yaml")
    write("name: Paid\ntgas: [a]\n", "events/a.yaml")
    write("name: Paid\n", "events/b.yaml")
    write("nam: Seen\n", "events/c.yaml")
    write("name: x: y\n", "events/d.yaml")
    write("name: Deep\n", "events/deep/e.yaml")
    assert [said.split(" → ")[0].replace(f"{tmp_path}/", "") for said in complaints(tmp_path)] == [
        "events/a.yaml:2:1: unknown key 'tgas'",
        "events/b.yaml:1:7: the event 'Paid' is in events/a.yaml too",
        "events/c.yaml:1:1: name: an event needs a name that is text",
        "events/c.yaml:1:1: unknown key 'nam'",
        "events/d.yaml:1:8: not valid YAML: mapping values are not allowed in this context",
        "events/deep/e.yaml: is not read here",
        "plan.yaml:2:1: a plan folder has no events in this file",
    ]


def refusal(path: Path) -> Refusal:
    with pytest.raises(Refusal) as caught:
        load(path)
    return caught.value


def test_what_is_not_there_is_a_refusal_with_a_next_step(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.yaml").hint and refusal(tmp_path / "gone").hint
    assert "no plan.yaml in this folder" in refusal(tmp_path).message and refusal(tmp_path).hint


def test_a_file_of_30_mb_is_refused_unread(write: Write) -> None:
    assert "30 MB is too large" in refusal(write(b"#" * 30 * 1024 * 1024)).message


def test_a_pipe_is_refused_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert refusal(tmp_path / "pipe.yaml").message == "is not a file"


def test_a_file_that_may_not_be_read_is_a_refusal(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    path = write("name: A\n")
    monkeypatch.setattr(Path, "open", denied)
    assert (refusal(path).message, refusal(path).hint) == ("may not be read", "check its owner and permissions")


def test_another_suffix_is_refused(write: Write) -> None:
    assert ".yaml" in refusal(write("name: A\n", "shop.toml")).hint


def test_one_part_of_a_folder_is_not_taken_for_a_plan_without_events(write: Write) -> None:
    write("name: Paid\n", "events/paid.yaml")
    assert "give the folder" in refusal(write("name: A\n", "plan.yaml")).hint


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("many.yaml", "name: M\n" + "a: !x 1\n" * 20_000),
        ("keys.yaml", "name: M\n" + "a: 1\n" * 20_000),
        ("keys.json", '{"name": "M"' + ', "a": 1' * 20_000 + "}"),
        ("model.yaml", "name: M\nevents:\n" + "".join(f"  E{number}: {{odd: 1}}\n" for number in range(5_000))),
    ],
)
def test_of_thousands_of_mistakes_a_hundred_are_listed_and_the_rest_is_said(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Problems) as caught:
        load(tmp_path / name)
    said = [one.message for one in caught.value.problems]
    assert 100 < len(said) < 110 and any("more than 100 mistakes" in one for one in said)
