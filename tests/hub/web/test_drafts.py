"""The list of drafts, their comments and events, and who may do what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.verbs.drafting import open_draft
from hub.web.catalogue import home_of
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON
from tests.hub.web.drafting import (
    RICH,
    controls,
    event_form,
    opened,
    plan_now,
    sent,
    thing_form,
)
from tests.hub.web.visitors import Quay

NASTY = "<script>alert('x')</script> & \"quoted\""


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    """A hub with a plan that has a little of everything, and no target."""
    found = Quay.open(tmp_path, plan=RICH, targets=False)
    yield found
    found.hub.close()


# The list


def test_nothing_yet_says_what_to_do_first(quay: Quay) -> None:
    assert "Open one above" in quay.somebody("editor").get("/drafts").text
    assert "takes the role editor" in quay.somebody("viewer").get("/drafts").text


def test_without_a_plan_the_first_step_is_an_import(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=None, targets=False)
    assert 'href="/import"' in quay.somebody("editor").get("/drafts").text


def test_a_draft_is_opened_listed_and_noted(quay: Quay) -> None:
    dana = quay.somebody("editor", "dana")
    form = controls(dana.get("/drafts").text, 'action="/drafts"')
    draft = dana.ask("POST", "/drafts", data={**form, "title": "Clearer words"}).headers["location"]
    assert "Clearer words" in dana.get("/drafts").text and "Nothing yet" in dana.get(draft).text
    assert [(one.who, one.verb) for one in quay.hub.store.people.audit()] == [("dana", "draft opened")]


def test_a_title_that_is_too_long_is_kept_and_refused(quay: Quay) -> None:
    answer = quay.somebody("editor").post("/drafts", plan="Harbour", title="x" * 201)
    assert answer.status_code == 422 and "x" * 201 in answer.text and "at most 200" in answer.text


# Comments, many events, and people who may not


def test_comments_are_for_viewers_too(quay: Quay) -> None:
    _, draft = opened(quay)
    quay.somebody("viewer").post(f"{draft}/comments", text="Is this still sent?", at="Ferry Left")
    page = quay.somebody("viewer").get(draft).text
    assert "Is this still sent?" in page and "about Ferry Left" in page
    assert quay.somebody("viewer").post(f"{draft}/comments", text=" ").status_code == 422


def test_many_events_are_searched_a_page_at_a_time(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=None, targets=False)
    events: dict[str, JSON] = {f"Ferry {number}": {"description": "x"} for number in range(250)}
    events["Ferry 7"]["description"] = "The odd one."
    quay.hub.store.freeze(TrackingPlan.model_validate({"name": "Harbour", "events": events}), "test", quay.now)
    dana, draft = opened(quay)
    assert dana.get(draft).text.count("/event?name=") == 100
    assert dana.get(f"{draft}/events", start="200").text.count("/event?name=") == 50
    assert dana.get(f"{draft}/events", search="ODD").text.count("/event?name=") == 1
    assert "No event fits" in dana.get(f"{draft}/events", search="zebra").text


def test_a_draft_that_changes_much_has_it_all_on_a_page_of_its_own(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=None, targets=False)
    quay.hub.store.freeze(TrackingPlan.model_validate({"name": "Harbour"}), "test", quay.now)
    events: dict[str, JSON] = {
        f"Ferry {number}": {"properties": {f"p{one}": {} for one in range(30)}} for number in range(45)
    }
    many = TrackingPlan.model_validate({"name": "Harbour", "events": events})
    open_draft(quay.hub, home_of(quay.hub, "Harbour"), title="Much", who="dana", body=many)
    dana = quay.somebody("editor", "dana")
    page = dana.get("/drafts/1").text
    assert page.count("<strong>new</strong>") == 20 and "All 45 that it changes" in page and len(page) < 150_000
    assert dana.get("/drafts/1/changes", start="40").text.count("<strong>new</strong>") == 5
    assert "30 fields" in dana.get("/drafts/1/changes", search="ferry 44").text


POSTS: list[tuple[str, dict[str, Any]]] = [
    ("/drafts", {"plan": "Harbour"}),
    ("/drafts/1/thing", {"at": '["events", "Ferry Left"]', "revision": "1", "own.description": "x"}),
    ("/drafts/1/thing", {"at": '["events", "Ferry Left"]', "revision": "1", "act": "remove", "reason": "x"}),
    ("/drafts/1/new", {"section": "events", "name": "x"}),
    ("/drafts/1/words", {"revision": "1", "description": "x"}),
    ("/drafts/1/merge", {"revision": "1"}),
    ("/drafts/1/settle", {"revision": "1"}),
    ("/drafts/1/discard", {"revision": "1"}),
    ("/drafts/1/take-back", {"name": "Ferry Left", "revision": "1"}),
    ("/drafts/edit", {"plan": "Harbour", "name": "Ferry Left"}),
    ("/drafts/describe", {"plan": "Harbour", "name": "Ferry Left", "seen": "", "description": "x"}),
]


@pytest.mark.parametrize("address, form", POSTS)
def test_a_viewer_and_a_foreign_form_change_nothing(quay: Quay, address: str, form: dict[str, Any]) -> None:
    dana, _ = opened(quay)
    assert quay.somebody("viewer").post(address, **form).status_code == 403
    assert dana.post(address, **{**form, "form_token": "guessed"}).status_code == 403
    assert quay.nobody().post(address, **form).headers["location"].startswith("/login")
    draft = quay.hub.store.drafts.one(1)
    assert (draft.state, draft.revision, len(quay.hub.store.drafts.of_plan())) == ("open", 1, 1)


@pytest.mark.parametrize(
    "address",
    ["/drafts/9", "/drafts/9/events", "/drafts/9/changes", "/drafts/9/preview", "/drafts/9/settle", "/drafts/9/more"],
)
def test_there_is_no_such_draft(quay: Quay, address: str) -> None:
    assert quay.somebody("viewer").get(address).status_code == 404


@pytest.mark.parametrize(
    "at",
    ["", "[]", "[1]", '["events"]', '["events","x"]', "[" * 900, '["oops","x"]', '["events","\\ud800"]', '{"a":1}'],
)
def test_no_place_of_the_plan_is_no_page(quay: Quay, at: str) -> None:
    dana, draft = opened(quay)
    assert dana.get(f"{draft}/thing", at=at).status_code == 404


def test_html_in_every_text_stays_text(quay: Quay) -> None:
    dana = quay.somebody("editor", NASTY[:60])
    draft = dana.post("/drafts", plan="Harbour", title=NASTY).headers["location"]
    dana.post(f"{draft}/new", section="events", name=NASTY, description=NASTY)
    form = event_form(dana, draft, NASTY)
    texts = {f"own.{name}": NASTY for name in ("display_name", "category", "owners", "tags", "sources")}
    sent(dana, draft, form, **texts, **{"rownew.name": NASTY, "rownew.description": NASTY})
    for name in ("enum", "const", "pattern", "format", "examples", "sensitivity", "display_name"):
        sent(dana, draft, thing_form(dana, draft, "user_properties", "rank"), **{f"own.{name}": NASTY})
    dana.post(f"{draft}/comments", text=NASTY, at=NASTY)
    bad = sent(dana, draft, event_form(dana, draft, NASTY), **{"own.kind": NASTY, "rownew.name": NASTY})
    dana.post(f"{draft}/words", description=NASTY, revision=str(quay.hub.store.drafts.one(1).revision))
    sent(dana, draft, event_form(dana, draft, "Ferry Left"), act="remove", reason=NASTY)
    assert bad.status_code == 422 and plan_now(quay).events[NASTY].category == NASTY
    pages = [bad, *(dana.get(f"{draft}{rest}") for rest in ("", "/events", "/more", "/preview", "/settle"))]
    pages += [dana.get("/drafts"), dana.get(f"{draft}/event", name=NASTY)]
    pages += [dana.get(f"{draft}/thing", at=json.dumps(["user_properties", "rank"]))]
    assert all("<script>alert" not in one.text for one in pages)
    assert all(one.status_code in (200, 422) and "&lt;script&gt;" in one.text for one in pages if one is not pages[5])
