"""Import on the page: upload, look, choose, result; and what is refused on the way."""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from hub.files import unpacking
from hub.store.uploads import KEPT
from tests.hub.web.visitors import Quay, Visitor

BOARDED = {
    "title": "Ferry Boarded",
    "type": "object",
    "properties": {"deck": {"type": "string"}, "fare": {"type": "number"}},
}
ANCHOR = {"title": "Anchor Lost", "type": "object", "properties": {"depth": {"type": "number"}}}
LEFT = {"title": "ferry_left", "type": "object", "description": "It has left.", "properties": {}}
OWN = "name: Boatyard\nevents:\n  Hull Painted: {description: A hull was painted.}\n"
Files = dict[str, Any]


def upload(who: Visitor, files: Files, **form: str) -> httpx.Response:
    """Files by name; what is not bytes is written as JSON."""
    parts = [
        ("files", (name, one if isinstance(one, bytes) else json.dumps(one).encode())) for name, one in files.items()
    ]
    return who.ask("POST", "/import", data={"form_token": who.session.form_token, **form}, files=parts)


def looked(who: Visitor, files: Files, **form: str) -> tuple[str, str]:
    """The address of an upload, and the page on which one chooses."""
    answer = upload(who, files, **form)
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"]
    return place, who.get(place).text


def number(page: str, name: str) -> int:
    """By which number the page calls a thing of the files."""
    before, after = page.split(f'<span class="name">{name}</span>')
    found = re.findall(r'value="(\d+):', after if after.startswith("<select") else before)
    return int(found[0 if after.startswith("<select") else -1])


def decide(who: Visitor, place: str, *choices: str, **form: Any) -> httpx.Response:
    data = {"form_token": who.session.form_token, "choice": list(choices), **form}
    return who.ask("POST", place, data=data)


def zipped(files: dict[str, bytes], **more: Any) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


# A new plan


def test_files_become_a_new_plan_after_a_look(quay: Quay) -> None:
    ann = quay.somebody("editor", "ann")
    place, page = looked(ann, {"boarded.json": BOARDED, "anchor.json": ANCHOR}, name="Boatyard")
    assert "found out: 2 of 2 files look like this: One JSON Schema per event" in page and "JSON Schema" in page
    assert "2 events, 3 properties" in page and 'value="Boatyard"' in page and page.count(" checked") == 2
    assert [one.plan for one in quay.hub.store.plans()] == []
    done = decide(ann, place, "0:take", "1:take", name="Boatyard")
    result = ann.get(done.headers["location"]).text
    assert "/plan?name=Boatyard" in result and "/publish?plan=Boatyard" in result and "2 events" in result
    assert set(quay.hub.store.plan_version("Boatyard").events) == {"Ferry Boarded", "Anchor Lost"}


def test_only_what_is_ticked_comes_in(quay: Quay) -> None:
    ann = quay.somebody("editor", "ann")
    place, page = looked(ann, {"boarded.json": BOARDED, "anchor.json": ANCHOR})
    decide(ann, place, f"{number(page, 'Anchor Lost')}:take", name="Boatyard")
    assert list(quay.hub.store.plan_version("Boatyard").events) == ["Anchor Lost"]


def test_who_imported_what_stands_in_the_audit(quay: Quay) -> None:
    ann = quay.somebody("editor", "ann")
    place, _ = looked(ann, {"anchor.json": ANCHOR})
    decide(ann, place, "0:take", name="Boatyard")
    lines = [(one.who, one.verb, one.subject) for one in quay.hub.store.people.audit()]
    assert lines[:2] == [("ann", "import", "Boatyard"), ("ann", "upload", place.removeprefix("/import/"))]


@pytest.mark.parametrize("name", ["Harbour", "", "a/b", "plan.yaml", "x" * 201, "a\x00b", "a\u202eb"])
def test_a_name_that_cannot_be_is_refused_and_nothing_chosen_is_lost(quay: Quay, name: str) -> None:
    ann = quay.somebody("editor")
    place, _ = looked(ann, {"boarded.json": BOARDED, "anchor.json": {**ANCHOR, "title": "a/b"}})
    answer = decide(ann, place, "1:take", name=name or " / ")
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert answer.text.count(" checked") == 1 and [one.plan for one in quay.hub.store.plans()] == []
    assert decide(ann, place, "1:take", name="Boatyard").status_code == 303


def test_our_own_plan_comes_in_word_for_word(quay: Quay) -> None:
    text = OWN + "conventions: {require: [owner]}\nshared_properties: {money: {type: number}}\n"
    ann = quay.somebody("editor")
    place, page = looked(ann, {"boatyard.yaml": text.encode()})
    assert "A plan of this hub" in page and "The event has no owner" in page
    decide(ann, place, "0:take", name="Boatyard")
    plan = quay.hub.store.plan_version("Boatyard")
    assert plan.conventions.require == ("owner",) and list(plan.shared_properties) == ["money"]


def test_a_plan_folder_comes_in_whole(quay: Quay) -> None:
    files = {
        "boatyard/plan.yaml": b"name: Boatyard\n",
        "boatyard/events/hull_painted.yaml": b"name: Hull Painted\ndescription: A hull was painted.\n",
        "boatyard/README.md": b"# Boats",
        "boatyard/.git/config.json": b"not for us",
    }
    ann = quay.somebody("editor")
    place, page = looked(ann, {"boatyard.zip": zipped(files)})
    assert "Not looked at" in page and "boatyard/README.md" in page
    decide(ann, place, "0:take", name="Boatyard")
    assert list(quay.hub.store.plan_version("Boatyard").events) == ["Hull Painted"]


def test_a_folder_keeps_the_names_that_browsers_give(quay: Quay) -> None:
    ann = quay.somebody("editor")
    parts = [("folder", ("schemas/a.json", json.dumps(ANCHOR))), ("folder", ("schemas/b/a.json", json.dumps(BOARDED)))]
    answer = ann.ask("POST", "/import", data={"form_token": ann.session.form_token}, files=parts)
    assert "2 events" in ann.get(answer.headers["location"]).text


def test_more_than_a_thousand_files_are_read(quay: Quay) -> None:
    ann = quay.somebody("editor")
    _, page = looked(ann, {f"s/{number}.json": {**ANCHOR, "title": f"Anchor {number}"} for number in range(1_100)})
    assert "1\u202f100 events" in page and "and the 600 others that are not listed" in page


def test_what_is_not_listed_is_taken_together_or_not_at_all(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.pages.importing.LISTED", 1)
    ann = quay.somebody("editor")
    files = {f"{name}.json": {**ANCHOR, "title": name} for name in ("One", "Two", "Three")}
    for rest, expected in (([], {"One"}), (["events:new"], {"One", "Two", "Three"})):
        place, page = looked(ann, files)
        assert "and the 2 others" in page
        decide(ann, place, "0:take", name=f"Plan {len(rest)}", rest=rest)
        assert set(quay.hub.store.plan_version(f"Plan {len(rest)}").events) == expected


# A draft of a plan


def test_a_draft_has_what_was_chosen_and_the_plan_stays_as_it_was(quay: Quay) -> None:
    ann = quay.somebody("editor", "ann")
    before = quay.plan_file.read_text(encoding="utf-8")
    files = {"boarded.json": BOARDED, "left.json": LEFT, "anchor.json": ANCHOR}
    place, page = looked(ann, files, into="Harbour")
    assert "another spelling" in page and "1</strong> named alike" in page and "fare" in page
    numbers = {name: number(page, name) for name in ("Ferry Boarded", "ferry_left", "Anchor Lost")}
    choices = [f"{numbers[name]}:{'keep' if name == 'ferry_left' else 'take'}" for name in numbers]
    done = decide(ann, place, *choices, title="From the boats")
    result = ann.get(done.headers["location"]).text
    (draft,) = quay.hub.store.drafts.of_plan("Harbour")
    assert f'href="/drafts/{draft.id}"' in result and "From the boats" in result
    plan = quay.hub.store.drafts.plan(draft.body)
    assert set(plan.events) == {"Ferry Boarded", "Ferry Left", "Anchor Lost"}
    assert plan.events["Ferry Boarded"].owners == ("quay@harbour.example",)
    assert plan.events["Ferry Left"].description == "It has left."
    assert quay.plan_file.read_text(encoding="utf-8") == before


def test_what_the_files_have_not_and_what_is_the_same_is_named(quay: Quay) -> None:
    same = {"title": "Ferry Left", "type": "object", "description": "The ferry left.", "properties": {}}
    _, page = looked(quay.somebody("editor"), {"left.json": same}, into="Harbour")
    assert "Untouched: 1" in page and "Ferry Boarded" in page and "the same already" in page


def test_what_is_only_similar_waits_for_a_person(quay: Quay) -> None:
    similar = {"title": "Ferries Boarded", "type": "object", "properties": {}}
    _, page = looked(quay.somebody("editor"), {"a.json": similar}, into="Harbour")
    assert "similar, " in page and " selected>the same" not in page


def test_nothing_chosen_is_no_draft(quay: Quay) -> None:
    ann = quay.somebody("editor")
    place, _ = looked(ann, {"anchor.json": ANCHOR}, into="Harbour")
    answer = decide(ann, place, "")
    assert answer.status_code == 409 and "nothing was chosen that would change the plan" in answer.text


def test_a_plan_that_is_not_there_is_no_place_for_a_draft(quay: Quay) -> None:
    answer = upload(quay.somebody("editor"), {"anchor.json": ANCHOR}, into="Nowhere", name="Kept")
    assert answer.status_code == 409 and "there is no plan" in answer.text.lower() and 'value="Kept"' in answer.text


# Two people


def test_two_imports_of_one_name_at_once_make_one_plan(quay: Quay) -> None:
    people = quay.somebody("editor", "ann"), quay.somebody("editor", "bob")
    places = [looked(who, {"anchor.json": ANCHOR})[0] for who in people]
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda who, place: decide(who, place, "0:take", name="Boatyard"), people, places))
    assert sorted(one.status_code for one in answers) == [303, 409]
    late = next(at for at, one in enumerate(answers) if one.status_code == 409)
    assert "already" in answers[late].text
    assert decide(people[late], places[late], "0:take", name="Boatyard 2").status_code == 303


def test_pressing_twice_at_once_makes_one_draft(quay: Quay) -> None:
    ann = quay.somebody("editor", "ann")
    place, _ = looked(ann, {"anchor.json": ANCHOR}, into="Harbour")
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: decide(ann, place, "0:take"), range(2)))
    assert sorted(one.status_code for one in answers) == [303, 409]
    assert len(quay.hub.store.drafts.of_plan("Harbour")) == 1


def test_two_drafts_of_one_plan_do_not_disturb_each_other(quay: Quay) -> None:
    ann, bob = quay.somebody("editor", "ann"), quay.somebody("editor", "bob")
    places = [looked(who, {"anchor.json": ANCHOR}, into="Harbour")[0] for who in (ann, bob)]
    for who, place in zip((ann, bob), places, strict=True):
        assert decide(who, place, "0:take").status_code == 303
    assert {one.author for one in quay.hub.store.drafts.of_plan("Harbour")} == {"ann", "bob"}


def test_an_upload_belongs_to_who_handed_it_over_and_is_decided_once(quay: Quay) -> None:
    ann, bob = quay.somebody("editor", "ann"), quay.somebody("admin", "bob")
    place, _ = looked(ann, {"anchor.json": ANCHOR})
    assert bob.get(place).status_code == 404
    assert decide(bob, place, "0:take", name="Boatyard").status_code == 409
    assert decide(ann, place, "0:take", name="Boatyard").status_code == 303
    again = decide(ann, place, "0:take", name="Boatyard 2")
    assert again.status_code == 409 and "decided about" in again.text
    assert [one.plan for one in quay.hub.store.plans()] == ["Boatyard"]


def test_what_nobody_decided_about_is_forgotten(quay: Quay) -> None:
    ann = quay.somebody("editor", "ann")
    old = quay.hub.store.uploads.keep("ann", quay.now - KEPT - 60, {"plan": {}})
    quay.hub.store.people.note("ann", "upload", old, quay.now - KEPT - 60)
    place, _ = looked(ann, {"anchor.json": ANCHOR})
    assert quay.hub.store.uploads.find(old, "ann") is None and ann.get(place).status_code == 200


def test_no_other_document_is_an_upload(quay: Quay) -> None:
    version = quay.hub.store.freeze(quay.web.state.catalogue.get("Harbour").plan, "ann", quay.now)
    assert quay.somebody("admin").get(f"/import/{version.hash}").status_code == 404


# Who may


@pytest.mark.parametrize("address", ["/import", "/import/0"])
def test_only_editors_import_and_only_from_our_pages(quay: Quay, address: str) -> None:
    viewer, editor = quay.somebody("viewer"), quay.somebody("editor")
    assert viewer.post(address).status_code == 403 and "role editor" in viewer.post(address).text
    assert editor.post(address, form_token="forged").status_code == 403
    assert quay.nobody().post(address).headers["location"].startswith("/login")
    assert (
        "Importing takes the role editor" in viewer.get("/import").text
        and '<form method="post" action="/import"' not in viewer.get("/import").text
    )


# What is refused


@pytest.mark.parametrize(
    ("files", "format", "said"),
    [
        ({}, "", "no file was chosen"),
        ({"empty.json": b""}, "", "empty.json: the file is empty"),
        ({"empty.yaml": b""}, "", "empty.yaml:1:1: the file is empty"),
        ({"half.json": b'{"a": '}, "", "half.json:1:7: not valid JSON"),
        ({"picture.json": b"\x89PNG\r\n\x1a\n\x00"}, "", "picture.json: not a text in UTF-8"),
        ({"latin.json": b'{"title": "caf\xe9"}'}, "", "latin.json: not a text in UTF-8: the byte 0xe9"),
        ({"latin.yaml": b"name: caf\xe9"}, "", "latin.yaml:1:10: the byte 0xe9 is not UTF-8"),
        ({"sixteen.yaml": "name: x".encode("utf-16")}, "", "the text is UTF-16"),
        ({"nul.yaml": b"name: \x00"}, "", "a NUL byte"),
        ({"deep.json": b"[" * 100_000}, "", "deep.json: nested too deeply"),
        ({"deep.yaml": b"[" * 200}, "", "more than 100 levels of nesting"),
        ({"long.json": b"[" + b"9" * 5_000 + b"]"}, "", "long.json: not readable JSON"),
        ({"odd.json": {"some": "thing"}}, "", "no file looks like a format that is known"),
        ({"a.json": ANCHOR}, "segment", "The answer of the Public API"),
        ({"a.json": ANCHOR}, "segmnt", "there is no format"),
        ({"a.md": b"# x", "b.txt": b"x"}, "", "a.md, b.txt are none"),
        ({"plan.yaml": b"name: X\nevnts: {}\n"}, "plan", "unknown key"),
        ({"plan.yaml": b"name: X\nevents: {A: {properties: {p: {shared: money}}}}\n"}, "", "no shared property"),
        ({"a.yaml": OWN.encode(), "b.yaml": OWN.encode()}, "plan", "2 files are no plan"),
        ({"many.yaml": b"name: M\n" + b"a: 1\n" * 5_000}, "", "and 52 more"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_its_name(quay: Quay, files: Files, format: str, said: str) -> None:
    answer = upload(quay.somebody("editor"), files, format=format, name="Kept")
    text = answer.text.replace("&#39;", "'")
    assert answer.status_code == 409 and said.lower() in text.lower()
    assert 'value="Kept"' in answer.text and "choose them again" in answer.text


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (97 + level, 97 + level, b",".join([b"*%c" % (96 + level)] * 10)) for level in range(1, 12)
)
TEXTS = b"a: &a " + b"x" * 1_000_000 + b"\nb: [" + b",".join([b"*a"] * 100) + b"]\n"


@pytest.mark.parametrize("bomb", [BOMB, TEXTS], ids=["of lists", "of one long text"])
def test_a_yaml_bomb_is_refused(quay: Quay, bomb: bytes) -> None:
    answer = upload(quay.somebody("editor"), {"bomb.yaml": bomb})
    assert answer.status_code == 409 and "the aliases stand for more than" in answer.text and "bomb.yaml" in answer.text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../etc/passwd.json", "leads out of its folder"),
        ("a/../../b.json", "leads out of its folder"),
        ("..\\b.json", "leads out of its folder"),
        ("/etc/passwd.json", "is an absolute path"),
        ("a\u202ejson.exe", "cannot be printed"),
        ("x" * 501 + ".json", "more than 500 characters"),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_a_name_that_could_be_meant_as_a_path_is_refused(quay: Quay, name: str, said: str, packed: bool) -> None:
    content = json.dumps(ANCHOR).encode()
    files = {"boats.zip": zipped({name: content})} if packed else {name: content}
    before = listed(quay)
    answer = upload(quay.somebody("editor"), files)
    assert answer.status_code == 409 and said in answer.text
    assert listed(quay) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("\\\\server\\b.json", "is an absolute path"),
        ("C:\\plans\\b.json", "begins with a drive letter"),
        ("a\x07.json", "cannot be printed"),
    ],
)
def test_so_is_one_that_only_an_archive_can_have(quay: Quay, name: str, said: str) -> None:
    answer = upload(quay.somebody("editor"), {"boats.zip": zipped({name: b"{}"})})
    assert answer.status_code == 409 and said in answer.text


def listed(quay: Quay) -> set[str]:
    """The files in the hub's folder, without the database's own."""
    return {str(one) for one in quay.folder.rglob("*") if not one.name.startswith("hub.db")}


def of_entry(
    name: str = "a.json", content: bytes = b"{}", *, mode: int = 0, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    packed = io.BytesIO()
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, content, method)
    return packed.getvalue()


def lied(content: bytes, at: int, value: bytes) -> bytes:
    """A zip whose table of contents says something else at this offset of its first entry."""
    start = content.index(unpacking.LISTED) + at
    return content[:start] + value + content[start + len(value) :]


ZEROS = b'{"a": "' + b"0" * (unpacking.MAX_UNPACKED + 10) + b'"}'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: of_entry("link.json", b"/etc/passwd", mode=stat.S_IFLNK | 0o777), "a symbolic link"),
        (lambda: of_entry("a.json", ZEROS), "unpacks to more than 50 MB"),
        (lambda: lied(of_entry("a.json", ZEROS), 24, b"\x10\x00\x00\x00"), "the zip is damaged"),
        (lambda: zipped({f"{n}.json": ZEROS[: 11 << 20] for n in range(5)}), "unpacks to more than 50 MB"),
        (lambda: of_entry("in.json", zipped({"a.json": b"{}"})), "a zip inside a zip"),
        (lambda: of_entry("a.json", b"{}" * 99, method=zipfile.ZIP_BZIP2), "packed in an unusual way"),
        (lambda: lied(of_entry(), 8, b"\x01\x00"), "encrypted"),
        (lambda: zipped({f"{n}.json": b"{}" for n in range(5_001)}), "more than 5,000 files"),
        (lambda: of_entry("a\x00b.json".replace("\x00", "?")).replace(b"a?b", b"a\x00b"), "cannot be printed"),
        (lambda: of_entry("a.json")[:-9], "the zip is damaged"),
        (lambda: b"PK\x03\x04 nothing of the kind", "the zip is damaged"),
        (lambda: zipped({}), "there is no file to read"),
    ],
    ids=["link", "bomb", "lying bomb", "many", "nested", "bzip2", "encrypted", "5001", "NUL", "cut", "fake", "empty"],
)
def test_a_zip_that_is_up_to_no_good_is_refused(quay: Quay, content: Any, said: str) -> None:
    answer = upload(quay.somebody("editor"), {"boats.zip": content()})
    assert answer.status_code == 409 and said in answer.text


def test_two_entries_of_one_name_are_refused(quay: Quay) -> None:
    packed = io.BytesIO()
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.json", "{}")
        archive.writestr("a.json", "{}")
    assert "two files have this name" in upload(quay.somebody("editor"), {"a.zip": packed.getvalue()}).text


def test_a_zip_among_other_files_is_refused(quay: Quay) -> None:
    answer = upload(quay.somebody("editor"), {"a.zip": zipped({"a.json": b"{}"}), "b.json": ANCHOR})
    assert "a.zip: a zip among other files" in answer.text


def test_more_than_twenty_megabytes_are_refused_by_the_page_and_beyond_by_the_door(quay: Quay) -> None:
    ann = quay.somebody("editor")
    assert "more than 20 MB" in upload(ann, {"a.json": b" " * (unpacking.MAX_UPLOAD + 1)}).text
    assert upload(ann, {"a.json": b" " * (unpacking.MAX_UPLOAD + 1_100_000)}).status_code == 413
    assert ann.post("/import/0", title="x" * 1_000_001).status_code == 413


def test_what_is_no_choice_is_refused(quay: Quay) -> None:
    ann = quay.somebody("editor")
    place, _ = looked(ann, {"anchor.json": ANCHOR}, into="Harbour")
    for choice in ("0:eat", "x:take", "-1:take", "0", "9:take", "0:rename", "9" * 30 + ":take"):
        assert decide(ann, place, choice).status_code == 409
    assert quay.hub.store.drafts.of_plan("Harbour") == []


# What is shown is text


MARKUP = "<script>alert(1)</script>"


def test_markup_in_files_and_fields_is_shown_as_text(quay: Quay) -> None:
    ann = quay.somebody("editor")
    odd = {
        "title": MARKUP,
        "description": MARKUP,
        "type": "object",
        "properties": {MARKUP: {"description": MARKUP, "type": MARKUP}},
    }
    place, page = looked(ann, {f"{MARKUP.replace('/', '')}.json": odd}, name=MARKUP, into="Harbour")
    pages = [
        page,
        decide(ann, place, "", title=MARKUP).text,
        upload(ann, {MARKUP.replace("/", ""): b""}, name=MARKUP, format=MARKUP, into=MARKUP).text,
    ]
    done = decide(ann, place, "0:take", title=MARKUP)
    pages.append(ann.get(done.headers["location"]).text)
    assert all("<script>alert" not in one and "&lt;script&gt;" in one for one in pages)


# Export


def test_a_plan_is_taken_away_as_yaml_and_comes_back_the_same(quay: Quay) -> None:
    answer = quay.somebody("viewer").get("/plan/export", name="Harbour")
    assert answer.headers["content-disposition"] == 'attachment; filename="harbour.yaml"'
    _, page = looked(quay.somebody("editor"), {"harbour.yaml": answer.content}, into="Harbour")
    assert "<strong>2</strong> the same already" in page


def test_schemas_are_taken_away_as_a_zip_and_come_back_too(quay: Quay) -> None:
    answer = quay.somebody("viewer").get("/plan/export", name="Harbour", format="json-schema")
    assert answer.headers["content-type"] == "application/zip"
    _, page = looked(quay.somebody("editor"), {"harbour.zip": answer.content}, into="Harbour")
    assert "<strong>2</strong> the same already" in page


def test_an_export_takes_a_login_and_a_plan(quay: Quay) -> None:
    assert quay.nobody().get("/plan/export", name="Harbour").status_code == 303
    assert quay.somebody("viewer").get("/plan/export", name="../plan").status_code == 404
    assert quay.somebody("viewer").get("/plan/export", name="Harbour", format="exe").status_code == 400
