"""Dictionaries on the pages: what a tool held when, what differs, taking an event over; why a value is what it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hub.web.test_acting import followed, published
from tests.hub.web.visitors import PLAN, Quay, Visitor

BY_HAND = "It sailed <b>away</b>."


@pytest.fixture
def story(quay: Quay) -> Quay:
    """Published, read, then edited in the tool by somebody and read again."""
    dana = published(quay)
    read(quay, dana)
    quay.box.edit({"do": "set-description", "key": "Ferry Left", "value": BY_HAND})
    read(quay, dana)
    return quay


def read(quay: Quay, somebody: Visitor) -> None:
    somebody.post("/read", plan="Harbour")
    quay.work()


def times(quay: Quay) -> list[str]:
    """The moments at which the tool was seen to hold something else, oldest first, as addresses spell them."""
    return [str(one.at) for one in quay.hub.store.observations.changes("segment")]


ESCAPED = "It sailed &lt;b&gt;away&lt;/b&gt;."


# A dictionary


def test_a_tool_is_shown_as_last_read_with_what_the_plan_says_instead(story: Quay) -> None:
    page = story.somebody("viewer").get("/dictionary").text
    assert ESCAPED in page and "BY_HAND" not in page and "<code>description</code> The ferry left." in page
    assert "2 of 2 events" in page and "the same</span>" in page


def test_an_earlier_moment_is_chosen_from_those_at_which_something_changed(story: Quay) -> None:
    viewer = story.somebody("viewer")
    moments = re.findall(r'<option value="([\d.]+)"', viewer.get("/dictionary").text)
    assert moments == times(story)[::-1]
    before = viewer.get("/dictionary", target="segment", at=moments[1]).text
    assert ESCAPED not in before and "The ferry left." in before


def test_any_time_may_be_typed_in_utc(story: Quay) -> None:
    viewer = story.somebody("viewer")
    assert ESCAPED in viewer.get("/dictionary", when="2999-01-01T12:00").text
    early = viewer.get("/dictionary", when="2001-01-01T12:00")
    assert early.status_code == 200 and "nothing was read from this target by then" in early.text.lower()
    assert 'value="2001-01-01T12:00"' in early.text


@pytest.mark.parametrize("when", ["soon", "2026-13-45", "1e999", "9" * 400, "<b>"])
def test_what_is_no_time_is_said_beside_the_form(story: Quay, when: str) -> None:
    answer = story.somebody("viewer").get("/dictionary", when=when)
    assert answer.status_code == 200 and "is no time" in answer.text and "<b>" not in answer.text


@pytest.mark.parametrize(
    ("search", "shown"), [("deck", "Ferry Boarded"), ("SAILED", "Ferry Left"), ("which", "Ferry Boarded")]
)
def test_words_are_found_in_names_texts_and_properties(story: Quay, search: str, shown: str) -> None:
    page = story.somebody("viewer").get("/dictionary", search=search).text
    assert "1 of 2 events" in page and f">{shown}</a>" in page


def test_what_the_plan_lacks_and_what_the_tool_lacks_is_said(story: Quay) -> None:
    story.plan_file.write_text(PLAN.replace("  Ferry Left:", "  Ferry Sunk:"), encoding="utf-8")
    page = story.somebody("viewer").get("/dictionary").text
    assert "nothing of it" in page and "1 event of the plan is not there" in page


def test_without_targets_or_readings_the_page_says_what_to_do(tmp_path: Path, quay: Quay) -> None:
    (tmp_path / "bare").mkdir()
    bare = Quay.open(tmp_path / "bare", plan=None, targets=False)
    assert "/targets/new" in bare.somebody("viewer").get("/dictionary").text
    assert "/targets/new" in bare.somebody("viewer").get("/dictionary/diff").text
    assert "read the tools first" in quay.somebody("viewer").get("/dictionary").text.lower()
    assert quay.somebody("viewer").get("/dictionary", target="../etc").status_code == 404


def test_a_large_dictionary_is_shown_in_pages_and_worked_out_once(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    events = "".join(f"  Buoy {number:03}:\n    description: Number {number}.\n" for number in range(150))
    quay.plan_file.write_text(f"format: 1\nname: Harbour\nevents:\n{events}", encoding="utf-8")
    viewer = published(quay)
    first = viewer.get("/dictionary").text
    assert "150 of 150 events, from 1 to 100" in first and "Buoy 099" in first and "Buoy 100" not in first
    monkeypatch.setattr("hub.web.dictionaries.said", None)
    assert "Buoy 149" in viewer.get("/dictionary", start="100").text


# One event, and taking it over


def test_one_event_is_shown_in_full_beside_the_plan(story: Quay) -> None:
    page = story.somebody("viewer").get("/dictionary/event", target="segment", name="Ferry Left").text
    assert f'<p class="said">{ESCAPED}</p>' in page
    assert "<del>The ferry left.</del>" in page and f"<ins>{ESCAPED}</ins>" in page
    assert "takes the role editor" in page and 'action="/dictionary/restore"' not in page


def test_an_event_of_a_moment_is_put_into_the_plan(story: Quay) -> None:
    lee = story.somebody("editor", "lee")
    sent = {"target": "segment", "name": "Ferry Left", "plan": "Harbour", "into": "plan"}
    page = followed(lee, lee.post("/dictionary/restore", **sent)).text
    assert ESCAPED in page and BY_HAND in story.plan_file.read_text(encoding="utf-8")
    lee.post("/dictionary/restore", at=times(story)[1], **sent)
    assert story.plan_file.read_text(encoding="utf-8") == PLAN
    verbs = [one.verb for one in story.hub.store.people.audit()]
    assert verbs.count("restore") == 2


def test_or_becomes_a_draft_and_leaves_the_plan_alone(story: Quay) -> None:
    lee = story.somebody("editor", "lee")
    sent = {"target": "segment", "name": "Ferry Left", "plan": "Harbour", "into": "draft"}
    answer = lee.post("/dictionary/restore", **sent)
    (draft,) = story.hub.store.drafts.of_plan("Harbour", "open")
    assert answer.headers["location"] == f"/drafts/{draft.id}" and draft.author == "lee"
    assert story.hub.store.drafts.plan(draft.body).events["Ferry Left"].description == BY_HAND
    assert story.plan_file.read_text(encoding="utf-8") == PLAN


def test_taking_over_takes_an_editor_a_form_of_ours_and_an_event_that_is_there(story: Quay) -> None:
    sent = {"target": "segment", "name": "Ferry Left", "plan": "Harbour", "into": "plan"}
    lee = story.somebody("editor")
    assert story.somebody("viewer").post("/dictionary/restore", **sent).status_code == 403
    assert lee.post("/dictionary/restore", form_token="forged", **sent).status_code == 403
    gone = lee.post("/dictionary/restore", **{**sent, "name": "Ferry Sunk"})
    assert gone.status_code == 409 and "no event" in gone.text
    assert lee.post("/dictionary/restore", **{**sent, "plan": "Airport"}).status_code == 409
    assert story.plan_file.read_text(encoding="utf-8") == PLAN


# Two dictionaries


def test_two_moments_of_a_tool_differ_field_by_field(story: Quay) -> None:
    sides = {"before": "segment", "before_at": times(story)[1], "after": "segment"}
    page = story.somebody("viewer").get("/dictionary/diff", **sides).text
    assert "1 thing differs" in page and f"<ins>{ESCAPED}</ins>" in page and "<del>The ferry left.</del>" in page


def test_a_tool_is_compared_with_what_it_can_hold_of_the_plan(story: Quay) -> None:
    viewer = story.somebody("viewer")
    assert "1 thing differs" in viewer.get("/dictionary/diff", before="segment", after="plan").text
    then = viewer.get("/dictionary/diff", before="plan", after="segment", after_at=times(story)[1]).text
    assert "No difference" in then


def test_the_plan_beside_itself_is_refused_in_the_page(story: Quay) -> None:
    answer = story.somebody("viewer").get("/dictionary/diff", before="plan", after="plan")
    assert answer.status_code == 200 and "does not differ from itself" in answer.text


# Why


def path_of(*path: str) -> str:
    return "/why?plan=Harbour" + "".join(f"&path={key}" for key in path)


def test_each_value_has_its_cause_newest_first(story: Quay) -> None:
    page = story.somebody("viewer").get(path_of("events", "Ferry Left", "description")).text
    (done,) = story.hub.store.publications()
    assert page.index(ESCAPED) < page.index("The ferry left.", page.index(ESCAPED))
    assert "changed there</span>" in page and f'<a href="/publications/{done.id}">' in page and "a publisher" in page


def test_a_field_that_no_tool_ever_had_says_so(story: Quay) -> None:
    assert "Never seen there" in story.somebody("viewer").get(path_of("events", "Ferry Left", "display_name")).text


@pytest.mark.parametrize("path", [("events",), ("elsewhere", "x"), ("events", "", ""), ("<b>", "<b>", "<b>")])
def test_a_path_to_nothing_is_no_error(story: Quay, path: tuple[str, ...]) -> None:
    answer = story.somebody("viewer").get(path_of(*path))
    assert answer.status_code in (200, 404) and "<b>" not in answer.text


def test_proposals_lead_to_the_reason(quay: Quay) -> None:
    number = quay.propose("Somebody boarded.")
    viewer = quay.somebody("viewer")
    address = re.search(r'href="(/why[^"]*)"', viewer.get(f"/proposals/{number}").text)
    assert address is not None
    assert viewer.get(address[1].replace("&amp;", "&")).status_code == 200


def test_each_field_of_an_event_leads_to_its_reason(quay: Quay) -> None:
    nested = PLAN.replace(
        "deck: {type: string, description: Which deck.}",
        "deck: {type: array, items: {type: object, properties: {row: {type: string, description: Which row.}}}}",
    )
    quay.plan_file.write_text(nested, encoding="utf-8")
    viewer = published(quay)
    page = viewer.get("/event", plan="Harbour", name="Ferry Boarded").text
    addresses = [one.replace("&amp;", "&") for one in re.findall(r'href="(/why[^"]*)"', page)]
    assert path_of("events", "Ferry%20Boarded", "owners") in addresses
    (deep,) = [one for one in addresses if one.endswith("&path=row&path=description")]
    assert "Which row." in viewer.get(deep).text


def test_a_reason_is_worked_out_once_and_anew_after_a_reading(story: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer, address = story.somebody("viewer"), path_of("events", "Ferry Left", "description")
    viewer.get(address)
    with monkeypatch.context() as broken:
        broken.setattr("hub.web.dictionaries.why", None)
        assert ESCAPED in viewer.get(address).text
    story.box.edit({"do": "set-description", "key": "Ferry Left", "value": "It sank."})
    read(story, viewer)
    assert "It sank." in viewer.get(address).text
