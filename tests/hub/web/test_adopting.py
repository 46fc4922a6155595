"""Adopt on the page: read, look, choose, adopt; and what is refused on the way."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox import Fault
from hub.files import load
from mappings.canonical import TrackingPlan
from tests.hub.web.visitors import PLAN, Quay, Visitor

HELD = {
    "Ferry Boarded": "Somebody steps aboard.",
    "ferry left": "It has left.",
    "Anchor Lost": "Gone.",
}


@pytest.fixture
def old(quay: Quay) -> Quay:
    """The tool was in use before the hub came."""
    hold(quay, HELD)
    return quay


def hold(quay: Quay, events: dict[str, str]) -> None:
    for name, text in events.items():
        quay.box.edit({"do": "add-rule", "key": name, "description": text})


def looked(quay: Quay, role: Any = "publisher", **more: str) -> tuple[Visitor, str]:
    """Somebody who had the tool read, and what they see."""
    somebody = quay.somebody(role)
    answer = somebody.post("/adopt/read", target="segment", plan="Harbour")
    quay.work()
    return somebody, somebody.get(answer.headers["location"]).text


def seen(page: str) -> str:
    return re.findall(r'name="seen" value="([^"]+)"', page)[0]


def adopt(who: Visitor, moment: str, *same: str, **form: Any) -> httpx.Response:
    data = {"form_token": who.session.form_token, "target": "segment", "plan": "Harbour", "seen": moment}
    return who.ask("POST", "/adopt", data={**data, "same": list(same), **form})


def test_before_anything_was_read_the_page_says_what_to_do_first(quay: Quay) -> None:
    page = quay.somebody("viewer").get("/adopt", target="segment", plan="Harbour").text
    assert "The tool was never read" in page and 'name="seen"' not in page


def test_the_page_shows_what_matches_what_differs_and_what_is_on_one_side_only(old: Quay) -> None:
    _, page = looked(old)
    assert "1 event has the same name" in page and "Somebody steps aboard." in page
    assert "another spelling" in page and "ferry left" in page
    assert "Only in the tool: 1" in page and "Anchor Lost" in page


def test_adopting_manages_what_matches_proposes_the_rest_and_writes_nothing_to_the_tool(old: Quay) -> None:
    pia, page = looked(old)
    before = old.writes()
    answer = adopt(pia, seen(page), rest="true")
    result = pia.get(answer.headers["location"]).text
    assert "1 document is managed now; 1 event became a proposal" in result
    assert len(old.hub.store.base("segment")) == 1 and old.writes() == before
    assert "1 event of the tool waits as" in result and 'name="rest"' not in result
    (proposal,) = old.hub.store.decisions.of_plan("Harbour", "open")
    assert proposal.proposal.path == ("events", "Anchor Lost")


def test_an_alike_event_that_a_person_ticks_is_named_in_the_plan_and_managed(old: Quay) -> None:
    old.plan_file.write_text(f"# the harbour's own words\n{PLAN}", encoding="utf-8")
    pia, page = looked(old)
    answer = adopt(pia, seen(page), "ferry left")
    assert "2 documents are managed now" in pia.get(answer.headers["location"]).text
    plan = load(old.plan_file).plan
    assert plan.events["Ferry Left"].names == {"segment": "ferry left"}
    assert old.plan_file.read_text(encoding="utf-8").startswith("# the harbour's own words")


def test_without_the_rest_it_stays_unmanaged(old: Quay) -> None:
    pia, page = looked(old)
    adopt(pia, seen(page))
    assert old.hub.store.decisions.of_plan("Harbour") == []


def test_afterwards_there_is_nothing_left_to_adopt_and_the_first_publish_passes_its_guard(quay: Quay) -> None:
    hold(quay, {"Ferry Boarded": "Somebody went aboard."})
    pia, page = looked(quay)
    assert "never adopted" in pia.get("/publish", plan="Harbour").text
    adopt(pia, seen(page))
    assert "There is nothing left to adopt" in pia.get("/adopt", target="segment", plan="Harbour").text
    assert "never adopted" not in pia.get("/publish", plan="Harbour").text


def test_the_guard_of_the_first_publish_leads_here(old: Quay) -> None:
    pia, _ = looked(old)
    assert "/adopt?target=segment&amp;plan=Harbour" in pia.get("/publish", plan="Harbour").text


def test_who_adopted_what_stands_in_the_audit(old: Quay) -> None:
    pia, page = looked(old)
    adopt(pia, seen(page), "ferry left", rest="true")
    (entry,) = [one for one in old.hub.store.people.audit() if one.verb == "adopt"]
    assert (entry.who, entry.subject, entry.details["same"]) == ("a publisher", "segment", ["ferry left"])


def test_a_plan_of_the_store_is_matched_too(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=None)
    hold(quay, HELD)
    plan = {"name": "Harbour", "events": {"Ferry Boarded": {}, "Ferry Left": {}}}
    quay.hub.store.freeze(TrackingPlan.model_validate(plan), "dana", quay.now)
    pia, page = looked(quay)
    adopt(pia, seen(page), "ferry left")
    assert quay.hub.store.plan_version("Harbour").events["Ferry Left"].names == {"segment": "ferry left"}


def test_two_people_adopt_what_both_saw_and_the_second_takes_nothing_away(old: Quay) -> None:
    pia, page = looked(old)
    bob = old.somebody("publisher", "bob")
    assert adopt(pia, seen(page), rest="true").status_code == adopt(bob, seen(page), rest="true").status_code == 303
    assert len(old.hub.store.decisions.of_plan("Harbour", "open")) == 1


def test_what_was_read_again_in_between_is_looked_at_again(old: Quay) -> None:
    pia, page = looked(old)
    looked(old)
    answer = adopt(pia, seen(page), "ferry left")
    assert answer.status_code == 409 and "read again in between" in answer.text
    assert old.hub.store.base("segment") == {} and 'value="ferry left" checked' in answer.text


@pytest.mark.parametrize("same", ["Anchor Lost", "Ferry Boarded", "nothing"])
def test_what_was_not_suggested_cannot_be_the_same(old: Quay, same: str) -> None:
    pia, page = looked(old)
    answer = adopt(pia, seen(page), same)
    assert answer.status_code == 409 and "cannot be taken for an event" in answer.text
    assert old.hub.store.base("segment") == {}


def test_one_event_cannot_be_two(old: Quay) -> None:
    hold(old, {"ferry_left": "Twice."})
    pia, page = looked(old)
    assert adopt(pia, seen(page), "ferry left", "ferry_left").status_code == 409
    assert adopt(pia, seen(page), "ferry left", "ferry left").status_code == 409


def test_a_tool_that_cannot_be_read_is_said(quay: Quay) -> None:
    quay.box.faults.append(Fault("status", times=99, status=403))
    _, page = looked(quay, "viewer")
    assert "The tool could not be read" in page and 'role="alert"' in page


def test_while_it_is_read_the_page_looks_again(quay: Quay) -> None:
    somebody = quay.somebody("viewer")
    somebody.post("/adopt/read", target="segment", plan="Harbour")
    page = somebody.get("/adopt", target="segment", plan="Harbour").text
    assert "data-look-again" in page and 'http-equiv="refresh"' in page and "queued" in page


def test_only_publishers_adopt_and_only_from_our_pages(old: Quay) -> None:
    editor, page = looked(old, "editor")
    assert "Adopting takes the role publisher" in page and '<button class="primary">Adopt' not in page
    assert adopt(editor, seen(page)).status_code == 403
    assert adopt(old.somebody("publisher"), seen(page), form_token="forged").status_code == 403
    assert old.nobody().post("/adopt", target="segment").status_code == 303
    assert old.hub.store.base("segment") == {}


@pytest.mark.parametrize("form", [{"target": "nowhere"}, {"plan": "nowhere"}, {"seen": "now"}, {"seen": "inf"}])
def test_a_form_of_nobodys_is_refused(old: Quay, form: dict[str, str]) -> None:
    pia, page = looked(old)
    assert adopt(pia, seen(page), **form).status_code in (400, 404, 409)


def test_addresses_of_nothing_are_refused_in_words(quay: Quay) -> None:
    viewer = quay.somebody("viewer")
    assert viewer.get("/adopt", target="nowhere", plan="Harbour").status_code == 404
    assert viewer.get("/adopt", target="segment", plan="../plan.yaml").status_code == 404


def test_without_a_plan_the_page_asks_which_or_says_what_to_do_first(quay: Quay, tmp_path: Path) -> None:
    viewer = quay.somebody("viewer")
    assert "Harbour" in viewer.get("/adopt", target="segment").text
    quay.hub.store.freeze(TrackingPlan(name="Boatyard"), "dana", quay.now)
    assert "Which plan is it to match?" in viewer.get("/adopt", target="segment").text
    (tmp_path / "empty").mkdir()
    empty = Quay.open(tmp_path / "empty", plan=None)
    assert "Import one" in empty.somebody("viewer").get("/adopt", target="segment").text


def test_markup_in_a_tools_names_is_shown_as_text(quay: Quay) -> None:
    hold(quay, {"<script>alert(1)</script>": "<b>x</b>", "Ferry Boarded": "<script>alert(2)</script>"})
    _, page = looked(quay)
    assert "<script>alert" not in page and json.dumps("&lt;script&gt;")[1:-1] in page


def test_a_targets_own_page_leads_here(quay: Quay) -> None:
    assert "/adopt?target=segment" in quay.somebody("viewer").get("/targets/segment").text
