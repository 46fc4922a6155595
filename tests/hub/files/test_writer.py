"""Writing plans: what is saved can be loaded, and an update touches nothing but what changed."""

from __future__ import annotations

import difflib
import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Moved, Refusal
from hub.files import load, save, update
from mappings.canonical import TrackingPlan
from mappings.testing import LAWS, plans

Write = Callable[..., Path]
Edit = Callable[[dict[str, Any]], None]

SHOP = """\
# The plan of the web shop.
# Ask dana@example.com before you change names.
name:   "Web shop"      # shown everywhere
conventions: { event_names: Title Case,   require: [ description ] }

events:
  # --- checkout ---

  # fires once
  Order Completed:
    description: The order was
      paid and confirmed.   # long
    tags: [ checkout, revenue ]
    properties:
      order_id: { type: string, required: true }   # from the backend
      coupon:
        type: string
        # as typed by the user
        description: >-
          The coupon code, exactly
          as the customer typed it.

  Cart Viewed:
    status: active  # said although it is the default
    owners:
      - growth     # team
      - dana@example.com

user_properties:
  plan: {}
"""


def edited(plan: TrackingPlan, edit: Edit) -> TrackingPlan:
    data = plan.data()
    edit(data)
    return TrackingPlan.model_validate(data)


def change(path: Path, edit: Edit) -> list[str]:
    """Update the file with an edited plan; the lines that left (-) and came (+)."""
    before = path.read_text()
    read = load(path)
    wanted = edited(read.plan, edit)
    update(read, wanted)
    assert load(path).plan == wanted
    lines = difflib.ndiff(before.splitlines(), path.read_text().splitlines())
    return [line[0] + line[2:] for line in lines if line[0] in "+-"]


def order(data: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = data["events"]["Order Completed"]
    return event


CASES: dict[str, tuple[Edit, list[str]]] = {
    "a description in one line": (
        lambda data: order(data).update(description="Paid: #1"),
        [
            "-    description: The order was",
            "-      paid and confirmed.   # long",
            '+    description: "Paid: #1"   # long',
        ],
    ),
    "a folded text stays folded": (
        lambda data: order(data)["properties"]["coupon"].update(description="The code."),
        ["-          The coupon code, exactly", "-          as the customer typed it.", "+          The code."],
    ),
    "a text keeps its quotes": (
        lambda data: data.update(name="Shop"),
        ['-name:   "Web shop"      # shown everywhere', '+name:   "Shop"      # shown everywhere'],
    ),
    "a text of several lines": (
        lambda data: data["events"]["Cart Viewed"].update(description="One.\n\nTwo."),
        ["+    description: |-", "+      One.", "+", "+      Two."],
    ),
    "a word in brackets, where it sorts": (
        lambda data: order(data)["tags"].append("money"),
        ["-    tags: [ checkout, revenue ]", "+    tags: [ checkout, money, revenue ]"],
    ),
    "a word of a list in lines": (
        lambda data: data["events"]["Cart Viewed"].update(owners=["growth", "lee@example.org"]),
        ["-      - dana@example.com", "+      - lee@example.org"],
    ),
    "a field inside braces": (
        lambda data: order(data)["properties"]["order_id"].update(required=False),
        [
            "-      order_id: { type: string, required: true }   # from the backend",
            "+      order_id: { type: string }   # from the backend",
        ],
    ),
    "a kind becomes two": (
        lambda data: order(data)["properties"]["coupon"].update(type=["string", "null"]),
        ["-        type: string", '+        type: [string, "null"]'],
    ),
    "a new property": (
        lambda data: order(data)["properties"].update(on={"enum": ["no", "1e3"]}),
        ['+      "on":', '+        enum: ["no", "1e3"]'],
    ),
    "a new event, set apart like the others": (
        lambda data: data["events"].update({"Coupon Used": {}}),
        ["+  Coupon Used: {}", "+"],
    ),
    "a removed property takes its lines": (
        lambda data: order(data)["properties"].pop("order_id"),
        ["-      order_id: { type: string, required: true }   # from the backend"],
    ),
    "a default that was written out": (
        lambda data: data["events"]["Cart Viewed"].update(status="planned"),
        [
            "-    status: active  # said although it is the default",
            "+    status: planned  # said although it is the default",
        ],
    ),
    "an empty map is filled": (
        lambda data: data["user_properties"]["plan"].update(type="string"),
        ["-  plan: {}", "+  plan:", "+    type: string"],
    ),
    "a map is emptied": (
        lambda data: data.update(conventions={}),
        ["-conventions: { event_names: Title Case,   require: [ description ] }"],
    ),
    "a rename keeps the thing where it is": (
        lambda data: data.update(
            events={("Basket Seen" if name == "Cart Viewed" else name): one for name, one in data["events"].items()},
            moved=[{"from": "Cart Viewed", "to": "Basket Seen"}],
        ),
        ["-  Cart Viewed:", "+  Basket Seen:", "+", "+moved:", "+  - from: Cart Viewed", "+    to: Basket Seen"],
    ),
}


@pytest.mark.parametrize(("edit", "lines"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_an_edit_changes_its_lines_only(write: Write, edit: Edit, lines: list[str], ending: str) -> None:
    path = write(SHOP.replace("\n", ending))
    assert sorted(change(path, edit)) == sorted(lines)
    assert path.read_bytes().count(b"\r") == (path.read_bytes().count(b"\n") if ending == "\r\n" else 0)


def test_a_removed_event_takes_the_comment_above_it_and_leaves_those_of_others(write: Write) -> None:
    path = write(SHOP)
    change(path, lambda data: data["events"].pop("Order Completed"))
    head = SHOP[: SHOP.index("  # fires once")]
    assert path.read_text() == head + SHOP[SHOP.index("  Cart Viewed") :]


def test_the_last_section_leaves_no_blank_lines_behind(write: Write) -> None:
    path = write(SHOP)
    change(path, lambda data: data.pop("user_properties"))
    assert path.read_text() == SHOP[: SHOP.index("\nuser_properties")]


def test_a_file_without_a_last_line_break_is_added_to(write: Write) -> None:
    path = write("name: A")
    change(path, lambda data: data.update(description="b"))
    assert path.read_text() == "name: A\ndescription: b"


def test_a_changed_alias_is_written_out_and_the_others_stay(write: Write) -> None:
    path = write("name: A\nuser_properties:\n  one: &p {type: integer}  # first\n  two: *p\n")
    change(path, lambda data: data["user_properties"]["two"].update(description="x"))
    assert path.read_text().startswith("name: A\nuser_properties:\n  one: &p {type: integer}  # first\n  two:\n")


def test_changing_what_aliases_name_writes_them_out(write: Write) -> None:
    path = write("name: A\nuser_properties:\n  one: &p {type: integer}  # first\n  two: *p\n")
    change(path, lambda data: data["user_properties"]["one"].update(type="string"))
    assert path.read_text() == "name: A\nuser_properties:\n  one: {type: string}  # first\n  two: {type: integer}\n"


def test_json_keeps_its_layout(write: Write) -> None:
    path = write('{\n    "name": "A",\n    "events": {"Paid": {}}\n}\n', "shop.json")
    change(path, lambda data: data["events"].update(Seen={}))
    assert path.read_text() == '{\n    "name": "A",\n    "events": {"Paid": {}, "Seen": {}}\n}\n'


def test_a_byte_order_mark_stays(write: Write) -> None:
    path = write(b"\xef\xbb\xbfname: A\n")
    update(load(path), TrackingPlan(name="B"))
    assert path.read_bytes() == b"\xef\xbb\xbfname: B\n"


# Folders -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    events = {"Paid": {"description": "x"}, "Seen": {}, "Con": {}}
    save(TrackingPlan.model_validate({"name": "Shop", "events": events}), tmp_path / "shop")
    return tmp_path / "shop"


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_has_a_file_for_each_event_under_a_name_every_system_can_hold(folder: Path) -> None:
    assert sorted(files(folder)) == ["events/con_3b6f52aa.yaml", "events/paid.yaml", "events/seen.yaml", "plan.yaml"]
    assert files(folder)["events/paid.yaml"] == "name: Paid\ndescription: x\n"


def test_only_the_files_of_what_changed_are_written(folder: Path) -> None:
    read = load(folder)
    written = update(read, edited(read.plan, lambda data: data["events"]["Paid"].update(status="planned")))
    assert written == [folder / "events/paid.yaml"]


def test_new_events_get_a_file_and_removed_ones_lose_theirs(folder: Path) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["events"]["PAID"] = data["events"].pop("Seen")

    read = load(folder)
    written = update(read, edited(read.plan, edit))
    assert [path.stem.split("_")[0] for path in written] == ["paid", "seen"]
    assert sorted(load(folder).plan.events) == ["Con", "PAID", "Paid"]


def test_a_renamed_event_stays_in_its_file(folder: Path) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["events"]["Bought"] = data["events"].pop("Paid")
        data["moved"] = [{"from": "Paid", "to": "Bought"}]

    read = load(folder)
    assert update(read, edited(read.plan, edit)) == [folder / "events/paid.yaml", folder / "plan.yaml"]
    assert files(folder)["events/paid.yaml"] == "name: Bought\ndescription: x\n"


# Bad days ------------------------------------------------------------------------------------------------------------


def test_a_file_that_changed_since_is_not_overwritten(folder: Path) -> None:
    read = load(folder)
    (folder / "events/seen.yaml").write_text("name: Seen\ndescription: by hand\n")
    before = files(folder)
    wanted = edited(read.plan, lambda data: [event.update(tags=["x"]) for event in data["events"].values()])
    with pytest.raises(Moved, match="changed on disk"):
        update(read, wanted)
    assert files(folder) == before


def test_a_file_that_vanished_since_is_not_made_again(folder: Path) -> None:
    read = load(folder)
    (folder / "events/seen.yaml").unlink()
    with pytest.raises(Moved, match="no such file"):
        update(read, edited(read.plan, lambda data: data["events"]["Seen"].update(tags=["x"])))


def test_a_full_disk_leaves_everything_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, before = load(folder), files(folder)
    synced: list[int] = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refusal, match="No space left on device"):
        update(read, edited(read.plan, lambda data: [one.update(tags=["x"]) for one in data["events"].values()]))
    assert files(folder) == before


def test_nothing_is_saved_over_what_is_there(folder: Path, write: Write) -> None:
    path = write("name: B\n")
    with pytest.raises(Moved, match="exists already"):
        save(TrackingPlan(name="A"), path)
    with pytest.raises(Moved, match="exists already"):
        save(TrackingPlan(name="A"), folder)
    assert path.read_text() == "name: B\n"


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no plan file"):
        save(TrackingPlan(name="A"), tmp_path / "plan.toml")


def test_the_file_behind_a_link_is_written_with_its_permissions(write: Write, tmp_path: Path) -> None:
    path = write("name: A\n")
    path.chmod(0o640)
    (tmp_path / "link.yaml").symlink_to(path)
    update(load(tmp_path / "link.yaml"), TrackingPlan(name="B"))
    assert (tmp_path / "link.yaml").is_symlink() and path.read_text() == "name: B\n"
    assert path.stat().st_mode & 0o777 == 0o640


# Laws ----------------------------------------------------------------------------------------------------------------

LAYOUTS = st.sampled_from(["shop.yaml", "shop.json", "shop"])


@LAWS
@given(plan=plans(), layout=LAYOUTS)
def test_what_was_saved_is_loaded(plan: TrackingPlan, layout: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        save(plan, Path(folder) / layout)
        assert load(Path(folder) / layout).plan == plan


@LAWS
@given(before=plans(), after=plans(), layout=LAYOUTS)
def test_what_was_updated_is_loaded(before: TrackingPlan, after: TrackingPlan, layout: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / layout
        save(before, path)
        update(load(path), after)
        assert load(path).plan == after


@LAWS
@given(plan=plans(), layout=LAYOUTS)
def test_an_update_with_the_same_plan_writes_nothing(plan: TrackingPlan, layout: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        save(plan, Path(folder) / layout)
        assert update(load(Path(folder) / layout), plan) == []


class Unaliased(yaml.SafeDumper):
    """Lays out files as other programs do, each value written out."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


layouts = st.fixed_dictionaries(
    {
        "default_flow_style": st.sampled_from([True, False, None]),
        "indent": st.sampled_from([2, 4]),
        "width": st.sampled_from([30, 1000]),
        "line_break": st.sampled_from(["\n", "\r\n"]),
        "sort_keys": st.booleans(),
        "allow_unicode": st.booleans(),
    }
)


@LAWS
@given(before=plans(), after=plans(), layout=layouts, kept=st.booleans())
def test_files_in_any_layout_can_be_updated(
    before: TrackingPlan, after: TrackingPlan, layout: dict[str, Any], kept: bool
) -> None:
    wanted = edited(
        after, lambda data: data.update(events={**data.get("events", {}), **before.data().get("events", {})})
    )
    wanted = wanted if kept else after
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.yaml"
        path.write_bytes(yaml.dump(before.data(), Dumper=Unaliased, **layout).encode())
        update(load(path), wanted)
        assert load(path).plan == wanted
