"""Proposals on the pages: what is shown of them, many decided at once, and what is put off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from hub.changes.merge import ABSENT
from hub.changes.resolve import Proposal
from tests.hub.web.visitors import PLAN, Quay, Visitor

EVENTS = ("Ferry Boarded", "Ferry Left")
TEXTS = {"Ferry Boarded": "Somebody went aboard.", "Ferry Left": "The ferry left."}


@pytest.fixture
def busy(quay: Quay) -> Iterator[Quay]:
    """Four proposals: 1 and 2 new texts, 3 tags in conflict that another tool shows, 4 made against an older plan."""
    found = [
        said("Ferry Boarded", "description", "Somebody came aboard.", TEXTS["Ferry Boarded"]),
        said("Ferry Left", "description", "The ferry left the pier.", TEXTS["Ferry Left"]),
        said("Ferry Boarded", "tags", ["core", "vip"], ["core"], target="other", conflict=True),
        said("Ferry Left", "display_name", "Left", "Gone"),
    ]
    quay.hub.store.decisions.record("Harbour", found, ["segment", "other"], quay.now)
    yield quay


def said(
    event: str, field: str, value: Any, ours: Any, target: str = "segment", conflict: bool = False, base: Any = None
) -> Proposal:
    path = ("events", event, field)
    return Proposal(path, value, ours if base is None else base, ours, conflict, "propose", ((target, str(value)),))


def listed(visitor: Visitor, **query: str) -> set[int]:
    page = visitor.get("/proposals", **query).text
    return {number for number in range(1, 9) if f'id="proposal-{number}"' in page}


def states(quay: Quay) -> dict[int, str]:
    return {one.id: one.state for one in quay.hub.store.decisions.of_plan("Harbour")}


# Looking


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {1, 2, 3, 4}),
        ({"field": "description"}, {1, 2}),
        ({"target": "other"}, {3}),
        ({"conflict": "yes"}, {3}),
        ({"conflict": "no", "field": "tags"}, set()),
        ({"owner": "quay@harbour.example"}, {1, 3}),
        ({"plan": "Airport"}, set()),
        ({"state": "accepted"}, set()),
        ({"state": "all", "target": "segment"}, {1, 2, 4}),
    ],
)
def test_the_list_is_narrowed_by_what_is_asked(busy: Quay, query: dict[str, str], expected: set[int]) -> None:
    assert listed(busy.somebody("viewer"), **query) == expected


def test_the_words_that_differ_are_marked(busy: Quay) -> None:
    page = busy.somebody("viewer").get("/proposals/1").text
    assert "<dt>The tool</dt><dd>Somebody <del>went</del><ins>came</ins> aboard.</dd>" in page
    assert "<dt>The plan</dt><dd>Somebody went aboard.</dd>" in page


def test_of_a_conflict_both_sides_are_marked_against_what_was_published(quay: Quay) -> None:
    one = said("Ferry Left", "description", "It left late.", "It left early.", base="It left.", conflict=True)
    quay.hub.store.decisions.record("Harbour", [one], ["segment"], quay.now)
    page = quay.somebody("viewer").get("/proposals/1").text
    assert "<dt>Last published</dt><dd>It left.</dd>" in page
    assert "<dd>It left<ins> early</ins>.</dd>" in page and "<dd>It left<ins> late</ins>.</dd>" in page


def test_a_side_that_has_no_value_says_so(quay: Quay) -> None:
    one = said("Ferry Left", "description", ABSENT, "The ferry left.")
    quay.hub.store.decisions.record("Harbour", [one], ["segment"], quay.now)
    assert '<dt>The tool</dt><dd><em class="quiet">nothing</em></dd>' in quay.somebody("viewer").get("/proposals").text


def test_html_in_a_proposal_is_text(quay: Quay) -> None:
    evil = "<script>alert(1)</script> <b>x</b>"
    one = Proposal(("events", evil, "description"), evil, evil, evil, False, "propose", ((evil, "x"),))
    quay.hub.store.decisions.record(evil, [one], [evil], quay.now)
    for address in ("/proposals", "/proposals/1", "/"):
        assert "<script>alert" not in quay.somebody("editor").get(address).text
    told = quay.somebody("editor").post("/proposals/together", act="accept", number="1")
    assert told.status_code == 200 and "<script>alert" not in told.text


# Many at once


def test_those_that_are_ticked_are_decided_and_no_others(busy: Quay) -> None:
    lee = busy.somebody("editor", "lee")
    lee.ask("POST", "/proposals/together", data=form(lee, act="reject", number=["1", "2"], why="legal"))
    assert states(busy) == {1: "rejected", 2: "rejected", 3: "open", 4: "open"}
    assert {busy.hub.store.decisions.one(number).why for number in (1, 2)} == {"legal"}


def form(visitor: Visitor, **fields: Any) -> dict[str, Any]:
    return {"form_token": visitor.session.form_token, **fields}


def test_all_that_match_are_accepted_with_one_save_and_the_rest_is_listed(busy: Quay) -> None:
    told = busy.somebody("editor").post("/proposals/together", act="accept", which="all", newest="4", target="segment")
    text = busy.plan_file.read_text(encoding="utf-8")
    assert states(busy) == {1: "accepted", 2: "accepted", 3: "open", 4: "open"}
    assert "Somebody came aboard." in text and "The ferry left the pier." in text
    assert "2 accepted" in told.text and "1 left as they are" in told.text and "the plan changed since" in told.text
    assert "<code>plan.yaml</code>" in told.text
    notes = [one for one in busy.hub.store.people.audit() if one.verb == "proposal accepted"]
    assert sorted(one.subject for one in notes) == ["1", "2"] and notes[0].details["together"] == 2


def test_what_came_up_after_the_page_was_shown_is_not_decided(busy: Quay) -> None:
    busy.somebody("editor").post("/proposals/together", act="different", which="all", newest="2")
    assert states(busy) == {1: "different", 2: "different", 3: "open", 4: "open"}


def test_what_somebody_else_decided_meanwhile_is_told(busy: Quay) -> None:
    busy.somebody("editor", "lee").post("/proposals/1", act="reject")
    told = busy.somebody("editor", "kim").post("/proposals/together", act="accept", number="1").text
    assert "0 accepted" in told and "rejected already" in told
    assert busy.plan_file.read_text(encoding="utf-8") == PLAN


def test_choosing_none_says_what_to_do(busy: Quay) -> None:
    answer = busy.somebody("editor").post("/proposals/together", act="accept")
    assert answer.status_code == 409 and "tick some" in answer.text.lower()


@pytest.mark.parametrize("address", ["/proposals/together", "/proposals/1"])
def test_deciding_takes_an_editor_and_a_form_of_ours(busy: Quay, address: str) -> None:
    sent = {"act": "reject", "number": "1"}
    assert busy.somebody("viewer").post(address, **sent).status_code == 403
    assert busy.somebody("editor").post(address, form_token="forged", **sent).status_code == 403
    assert busy.nobody().post(address, **sent).status_code == 303
    assert states(busy)[1] == "open"


def test_a_viewer_is_not_offered_to_choose(busy: Quay) -> None:
    page = busy.somebody("viewer").get("/proposals").text
    assert 'type="checkbox"' not in page and 'id="together"' not in page


def test_after_a_decision_the_same_list_is_shown_again(busy: Quay) -> None:
    lee = busy.somebody("editor")
    assert (
        lee.post("/proposals/1", act="reject", back="/proposals?field=tags").headers["location"].endswith("?field=tags")
    )
    for elsewhere in ("https://evil.example", "//evil.example", "/proposals.evil?x=1"):
        assert lee.post("/proposals/2", act="snooze", back=elsewhere).headers["location"] == "/proposals"


# Putting off


def test_what_is_put_off_is_not_shown_as_waiting(busy: Quay) -> None:
    lee = busy.somebody("editor", "lee")
    lee.post("/proposals/1", act="snooze", until="next week")
    assert (listed(lee), listed(lee, state="snoozed")) == ({2, 3, 4}, {1})
    assert "3 open proposals" in lee.get("/").text
    assert "Put off by lee until" in lee.get("/proposals/1").text
    lee.post("/proposals/1", act="wake")
    assert listed(lee) == {1, 2, 3, 4}


def test_several_are_put_off_at_once(busy: Quay) -> None:
    lee = busy.somebody("editor")
    told = lee.post("/proposals/together", act="snooze", which="all", newest="4", field="description").text
    assert "2 put off" in told and listed(lee) == {3, 4}


def test_a_day_that_is_none_keeps_what_was_typed(busy: Quay) -> None:
    sent = {"act": "snooze", "until": "date", "day": "1999-01-01", "value": "My words.", "why": "not yet"}
    answer = busy.somebody("editor").post("/proposals/1", **sent)
    assert answer.status_code == 409 and "not within the next year" in answer.text
    assert all(f'value="{typed}"' in answer.text for typed in ("1999-01-01", "not yet")) and "My words." in answer.text


def test_home_says_how_many_are_put_off(busy: Quay) -> None:
    lee = busy.somebody("editor")
    lee.post("/proposals/2", act="snooze")
    assert "1 put off" in lee.get("/").text


def test_a_plan_that_cannot_be_read_any_more_leaves_its_proposals_open(busy: Quay, tmp_path: Path) -> None:
    busy.plan_file.write_text("name: [", encoding="utf-8")
    told = busy.somebody("editor").post("/proposals/together", act="accept", which="all", newest="4")
    assert told.status_code == 200 and "4 left as they are" in told.text
    assert set(states(busy).values()) == {"open"}


def test_two_people_who_decide_about_the_same_ones_at_once_agree_with_the_plan(busy: Quay) -> None:
    pairs = [(busy.somebody("editor", "lee"), "accept"), (busy.somebody("editor", "kim"), "reject")]
    sent = {"which": "all", "newest": "2"}
    threads = [Thread(target=lambda v=v, act=act: v.post("/proposals/together", act=act, **sent)) for v, act in pairs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    text = busy.plan_file.read_text(encoding="utf-8")
    found = {busy.hub.store.decisions.one(number).state for number in (1, 2)}
    assert found in ({"accepted"}, {"rejected"})
    assert ("Somebody came aboard." in text, "left the pier" in text) == ((found == {"accepted"},) * 2)
