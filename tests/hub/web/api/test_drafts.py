"""Drafts through the API: revisions are ETags, and two programs at once lose neither's words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.hub.web.api.programs import Program, edit, program
from tests.hub.web.visitors import PLAN, Quay


@pytest.fixture
def ben(quay: Quay) -> Program:
    """An editor's program with an open draft, number 1, at revision 1."""
    one = program(quay, "propose", name="ben")
    one.post("/drafts", {"plan": "Harbour", "title": "Spring"})
    return one


def written(
    one: Program, body: Any, seen: str = '"1"', address: str = "/drafts/1", method: str = "PATCH"
) -> httpx.Response:
    return one.ask(method, address, body, headers={"if-match": seen})


def test_a_draft_is_opened_edited_and_merged(quay: Quay, ben: Program) -> None:
    saved = written(ben, edit("It left the quay."))
    assert (saved.status_code, saved.headers["etag"], saved.json()["revision"]) == (200, '"2"', 2)
    changes = ben.get("/drafts/1/changes")["fields"]
    assert [(one["before"], one["after"]) for one in changes] == [("The ferry left.", "It left the quay.")]
    merged = ben.ask("POST", "/drafts/1/merge", headers={"if-match": '"2"'}).json()
    assert merged["written"] == ["plan.yaml"] and "It left the quay." in quay.plan_file.read_text()
    assert ben.get("/drafts", state="merged")["items"][0]["closed_by"] == "ben"


def test_an_event_is_put_whole(ben: Program) -> None:
    address = "/drafts/1/event?name=Ferry%20Boarded"
    answer = written(ben, {"content": {"description": "Aboard."}}, '"1"', address, "PUT")
    assert answer.status_code == 200, answer.text
    assert ben.get("/drafts/1/event", name="Ferry Boarded")["content"] == {"description": "Aboard."}
    written(ben, {"content": {"description": "New."}}, '"2"', "/drafts/1/event?name=Ferry%2FTurned", "PUT")
    assert ben.get("/drafts/1/event", name="Ferry/Turned")["content"] == {"description": "New."}


def test_every_kind_of_edit(ben: Program) -> None:
    edits = [
        {"do": "create", "place": ["events", "Ferry Docked"], "fields": {"description": "It docked."}},
        {"do": "rename", "place": ["events", "Ferry Left"], "to": "Ferry Departed"},
        {"do": "deprecate", "place": ["events", "Ferry Boarded"]},
        {"do": "remove", "place": ["events", "Ferry Boarded", "properties", "deck"], "reason": "One deck."},
    ]
    assert written(ben, {"edits": edits}).status_code == 200
    changes = ben.get("/drafts/1/changes")
    assert changes["created"] == ["Ferry Docked"]
    assert changes["renamed"] == [{"before": "Ferry Left", "after": "Ferry Departed"}]
    content = ben.get("/drafts/1/content")["content"]
    assert content["events"]["Ferry Boarded"]["status"] == "deprecated" and content["removed"][0]["property"] == "deck"
    undone = [
        {"do": "restore", "place": ["events", "Ferry Boarded"]},
        {"do": "revert", "place": ["events", "Ferry Docked"]},
    ]
    assert written(ben, {"edits": undone}, '"2"').status_code == 200
    assert ben.get("/drafts/1/changes")["created"] == []


def test_all_edits_or_none(ben: Program) -> None:
    wrong = {"do": "change", "place": ["events", "Nowhere"], "fields": {"description": "x"}}
    answer = written(ben, {"edits": [*edit("It left the quay.")["edits"], wrong]})
    assert (answer.status_code, answer.json()["place"]) == (404, "Nowhere")
    assert ben.get("/drafts/1")["revision"] == 1


def test_what_a_plan_cannot_hold_is_named(ben: Program) -> None:
    fields = {"descripton": "x", "status": "lost"}
    answer = written(ben, {"edits": [{"do": "change", "place": ["events", "Ferry Left"], "fields": fields}]})
    assert answer.status_code == 422
    assert {one["place"] for one in answer.json()["problems"]} == {"descripton", "status"}


def test_a_write_says_which_revision_it_changes(ben: Program) -> None:
    for method, address, body in (
        ("PATCH", "/drafts/1", edit("x")),
        ("PUT", "/drafts/1/event?name=X", {"content": {}}),
        ("POST", "/drafts/1/merge", None),
        ("POST", "/drafts/1/discard", None),
    ):
        answer = ben.ask(method, address, body)
        assert (answer.status_code, answer.json()["place"]) == (428, "If-Match")


@pytest.mark.parametrize("seen", ["1", "*", 'W/"1"', '"one"', '"1", "2"', '"' + "9" * 30 + '"'])
def test_what_is_no_etag_is_refused(ben: Program, seen: str) -> None:
    assert written(ben, edit("x"), seen).status_code == 422 and ben.get("/drafts/1")["revision"] == 1


def test_two_at_once_the_second_gets_both_texts(quay: Quay, ben: Program) -> None:
    eve = program(quay, "propose", name="eve")
    written(ben, edit("Ben's words."))
    answer = written(eve, edit("Eve's words."))
    assert answer.status_code == 412 and "ben saved revision 2" in answer.json()["detail"]
    assert answer.json()["now"]["things"][0]["content"]["description"] == "Ben's words."
    assert answer.json()["sent"]["edits"][0]["fields"]["description"] == "Eve's words."
    assert written(eve, edit("Both words."), '"2"').status_code == 200


def test_a_merge_onto_a_plan_that_moved_keeps_both_or_says_both(quay: Quay, ben: Program) -> None:
    written(ben, edit("Ben's words."))
    quay.plan_file.write_text(PLAN.replace("The ferry left.", "The file's words."))
    answer = ben.ask("POST", "/drafts/1/merge", headers={"if-match": '"2"'})
    assert answer.status_code == 412 and "The file's words." in quay.plan_file.read_text()
    path = ["events", "Ferry Left", "description"]
    assert answer.json()["now"] == [{"path": path, "value": "The file's words."}]
    assert answer.json()["sent"] == [{"path": path, "value": "Ben's words."}]


def test_an_edit_that_refers_to_nothing_is_refused_with_those_beside_it(ben: Program) -> None:
    doubled = [
        {"do": "create", "place": ["shared_properties", "deck"], "fields": {"type": "string", "shared": "deck"}},
        {"do": "change", "place": ["events", "Ferry Left"], "fields": {"description": "It left."}},
    ]
    answer = written(ben, {"edits": doubled})
    assert answer.status_code == 422 and answer.json()["problems"][0]["place"] == "shared"
    assert ben.get("/drafts/1/changes")["fields"] == []


def test_a_draft_is_checked_and_previewed_without_touching_the_plan(quay: Quay, ben: Program) -> None:
    quay.hub.store.people.set_role("ben", "publisher", quay.now)
    ben.post("/readings", {"plan": "Harbour"})
    quay.work()
    written(ben, edit("It left the quay."))
    preview = ben.get("/drafts/1/preview")
    assert "It left the quay." in str(preview["targets"][0]["operations"])
    assert ben.get("/drafts/1/check")["errors"] == 0 and "The ferry left." in quay.plan_file.read_text()


def test_comments_and_edits_are_listed(ben: Program) -> None:
    ben.post("/drafts/1/comments", {"text": "Still sent?", "path": ["events", "Ferry Left"]})
    assert [one["text"] for one in ben.get("/drafts/1/comments")["items"]] == ["Still sent?"]
    assert ben.ask("POST", "/drafts/1/comments", {"text": "  "}).status_code == 422
    written(ben, edit("It left the quay."))
    assert [one["revision"] for one in ben.get("/drafts/1/edits")["items"]] == [2, 1]


def test_a_discarded_draft_takes_no_more(quay: Quay, ben: Program) -> None:
    assert ben.ask("POST", "/drafts/1/discard", headers={"if-match": '"1"'}).json()["state"] == "discarded"
    answers = [written(ben, edit("x")), ben.ask("POST", "/drafts/1/merge", headers={"if-match": '"1"'})]
    assert [answer.status_code for answer in answers] == [409, 409] and "It left" not in quay.plan_file.read_text()


def test_open_merge_and_discard_are_in_the_audit(quay: Quay, ben: Program) -> None:
    ben.ask("POST", "/drafts/1/discard", headers={"if-match": '"1"'})
    verbs = [entry.verb for entry in quay.hub.store.people.audit()]
    assert verbs[:2] == ["draft discarded", "draft opened"]
