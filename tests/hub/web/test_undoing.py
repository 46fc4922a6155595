"""Undoing on the pages: the preview, the button, the guards, and what moved in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub.web.test_acting import fingerprint, followed, published
from tests.hub.web.visitors import PLAN, Quay, Visitor

SECOND = PLAN.replace("The ferry left.", "It sailed.")


@pytest.fixture
def twice(quay: Quay) -> Quay:
    """Two publishes: the second changed one description."""
    published(quay)
    quay.plan_file.write_text(SECOND, encoding="utf-8")
    dana = quay.somebody("publisher")
    dana.post("/publish", plan="Harbour", fingerprint=fingerprint(dana))
    quay.work()
    return quay


def address(quay: Quay, which: int = 0) -> str:
    """Of the undo of the newest publication, or of an earlier one."""
    return f"/publications/{quay.hub.store.publications()[which].id}/undo"


def seen(visitor: Visitor, at: str) -> str:
    return visitor.get(at).text.split("Fingerprint <code>")[1].split("<")[0]


def undone(quay: Quay, visitor: Visitor, at: str) -> str:
    """The page that pressing the button leads to."""
    pressed = visitor.post(at, fingerprint=seen(visitor, at))
    quay.work()
    return followed(visitor, pressed).text


def test_the_preview_says_what_would_be_written_and_asks_no_tool(twice: Quay) -> None:
    before = len(twice.box.log)
    page = twice.somebody("publisher").get(address(twice)).text
    assert "update <code>rule:TRACK:Ferry Left:1</code>" in page
    assert "<del>It sailed.</del>" in page and "<ins>The ferry left.</ins>" in page and 'id="undo"' in page
    assert len(twice.box.log) == before


def test_the_button_brings_the_tool_back_and_leads_to_the_new_publication(twice: Quay) -> None:
    first = address(twice)
    page = undone(twice, twice.somebody("publisher", "dana"), first)
    newest = twice.hub.store.publications()[0]
    assert newest.id in page and newest.status == "published" and newest.targets[0].restores == 1
    assert "The ferry left." in str(twice.box.dump()) and "It sailed." not in str(twice.box.dump())
    (note,) = [one for one in twice.hub.store.people.audit() if one.verb == "undo"]
    assert note.who == "dana" and note.subject in first
    assert "undo, Harbour" in twice.somebody("viewer").get("/publications").text


def test_pressing_twice_undoes_once(twice: Quay) -> None:
    dana, at = twice.somebody("publisher"), address(twice)
    mark = seen(dana, at)
    pressed = [dana.post(at, fingerprint=mark).headers["location"] for _ in range(2)]
    twice.work()
    assert pressed[0] == pressed[1] and len(twice.hub.store.publications()) == 3


def test_what_moved_since_the_preview_is_refused_and_nothing_is_written(twice: Quay) -> None:
    dana, at = twice.somebody("publisher"), address(twice)
    mark = seen(dana, at)
    twice.box.edit({"do": "set-description", "key": "Ferry Left", "value": "By hand."})
    pressed = dana.post(at, fingerprint=mark)
    twice.work()
    page = followed(dana, pressed).text
    assert "changed since the preview" in page and f'href="{at}"' in page
    assert "By hand." in str(twice.box.dump()) and len(twice.hub.store.publications()) == 2


def test_after_reading_again_what_the_tool_no_longer_holds_is_listed(twice: Quay) -> None:
    dana, at = twice.somebody("publisher"), address(twice)
    twice.box.edit({"do": "set-description", "key": "Ferry Left", "value": "By hand."})
    asked = dana.post(f"{at}/read")
    twice.work()
    page = followed(dana, asked).text
    assert "<h1>Undo</h1>" in page and "no longer holds what was published" in page and 'id="undo"' not in page


def test_a_guard_stops_it_until_somebody_allows_it_with_a_reason(tmp_path: Path) -> None:
    events = "".join(f"  Buoy {number:02}:\n    description: Number {number}.\n" for number in range(30))
    quay = Quay.open(tmp_path, plan=f"format: 1\nname: Harbour\nevents:\n{events}")
    dana = published(quay)
    at = address(quay)
    page = dana.get(at).text
    guard = page.split('name="guard" value="')[1].split('"')[0]
    assert "There is something in the way" in page and 'id="undo"' not in page
    sent = {"fingerprint": seen(dana, at), "guard": guard}
    unsaid = dana.post(f"{at}/allow", **sent)
    assert unsaid.status_code == 409 and "needs a reason" in unsaid.text
    assert dana.post(f"{at}/allow", **{**sent, "guard": "nonsense"}, why="x").status_code == 409
    assert dana.post(f"{at}/allow", **{**sent, "fingerprint": "f00d"}, why="x").status_code == 409
    dana.post(f"{at}/allow", **sent, why="the <b>wrong</b> plan")
    allowed = dana.get(at).text
    assert 'id="undo"' in allowed and "the &lt;b&gt;wrong&lt;/b&gt; plan" in allowed
    undone(quay, dana, at)
    assert quay.hub.store.publications()[0].status == "published" and "Buoy" not in str(quay.box.dump())


def test_a_viewer_looks_and_only_a_publisher_undoes(twice: Quay) -> None:
    at = address(twice)
    viewer = twice.somebody("viewer")
    assert "takes the role publisher" in viewer.get(at).text
    for verb in ("", "/allow"):
        sent = {"fingerprint": "f00d", "guard": "x", "why": "x"}
        assert viewer.post(f"{at}{verb}", **sent).status_code == 403
        assert twice.somebody("publisher").post(f"{at}{verb}", form_token="forged", **sent).status_code == 403
    assert twice.nobody().get(at).status_code == 303


def test_what_is_not_there_cannot_be_undone(quay: Quay) -> None:
    dana = quay.somebody("publisher")
    assert dana.get("/publications/nothing/undo").status_code == 404
    assert dana.post("/publications/nothing/undo", fingerprint="f00d").status_code == 409


def test_the_publication_leads_to_its_undo(twice: Quay) -> None:
    done = twice.hub.store.publications()[0]
    viewer = twice.somebody("viewer")
    assert f'href="/publications/{done.id}/undo"' in viewer.get(f"/publications/{done.id}").text
    assert f'href="/publications/{done.id}/undo"' in viewer.get("/publications").text
