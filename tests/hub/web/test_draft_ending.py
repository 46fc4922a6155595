"""Two people in a draft, the way into the plan, and the edit of a description where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.web.drafting import (
    RICH,
    controls,
    event_form,
    opened,
    plan_now,
    row_of,
    sent,
    thing_form,
)
from tests.hub.web.visitors import PLAN, Quay


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    """A hub with a plan that has a little of everything, and no target."""
    found = Quay.open(tmp_path, plan=RICH, targets=False)
    yield found
    found.hub.close()


# Two people


def test_the_second_text_shows_both_and_saving_again_makes_it_the_one(quay: Quay) -> None:
    dana, draft = opened(quay)
    lee = quay.somebody("editor", "lee")
    hers, his = event_form(dana, draft), event_form(lee, draft)
    sent(dana, draft, hers, **{"own.description": "Hers.", "own.category": "Traffic"})
    answer = sent(lee, draft, his, **{"own.description": "His."})
    assert answer.status_code == 409 and all(words in answer.text for words in ("Hers.", "His.", "Nothing is lost"))
    assert plan_now(quay).events["Ferry Boarded"].description == "Hers."
    again = sent(lee, draft, controls(answer.text))
    event = plan_now(quay).events["Ferry Boarded"]
    assert again.status_code == 303 and (event.description, event.category) == ("His.", "Traffic")


def test_edits_of_other_fields_and_properties_do_not_disturb(quay: Quay) -> None:
    dana, draft = opened(quay)
    lee = quay.somebody("editor", "lee")
    hers, his = event_form(dana, draft), event_form(lee, draft)
    sent(dana, draft, hers, **{f"{row_of(hers, 'deck')}.description": "Hers."})
    assert sent(lee, draft, his, **{f"{row_of(his, 'berth')}.description": "His."}).status_code == 303
    properties = plan_now(quay).events["Ferry Boarded"].properties
    assert (properties["deck"].description, properties["berth"].description) == ("Hers.", "His.")


def test_what_was_typed_into_an_event_that_is_gone_is_shown(quay: Quay) -> None:
    dana, draft = opened(quay)
    lee = quay.somebody("editor", "lee")
    his = event_form(lee, draft)
    sent(dana, draft, event_form(dana, draft), act="remove", reason="gone")
    answer = sent(lee, draft, his, **{"own.description": "Long thought about."})
    assert (
        answer.status_code in (409, 422)
        and "Long thought about." in answer.text
        and "not there any more" in answer.text
    )


def test_what_was_typed_about_a_property_that_is_gone_is_shown(quay: Quay) -> None:
    dana, draft = opened(quay)
    lee = quay.somebody("editor", "lee")
    hers, his = event_form(dana, draft), event_form(lee, draft)
    sent(dana, draft, hers, **{f"{row_of(hers, 'deck')}.name": "level"})
    answer = sent(lee, draft, his, **{f"{row_of(his, 'deck')}.description": "Long thought about."})
    assert "Long thought about." in answer.text and "not here any more" in answer.text
    assert plan_now(quay).events["Ferry Boarded"].properties["level"].description == ""


def test_what_somebody_is_editing_is_not_removed_unseen(quay: Quay) -> None:
    dana, draft = opened(quay)
    lee = quay.somebody("editor", "lee")
    his = event_form(lee, draft)
    sent(dana, draft, event_form(dana, draft), **{"own.description": "Hers."})
    answer = sent(lee, draft, his, act="remove", reason="gone")
    assert answer.status_code == 409 and "Ferry Boarded" in plan_now(quay).events and 'value="gone"' in answer.text


# Into the plan


def test_a_merge_is_written_into_the_file_and_noted(quay: Quay) -> None:
    dana, draft = opened(quay)
    sent(dana, draft, event_form(dana, draft, "Ferry Left"), **{"own.description": "Cast off."})
    dana.post(f"{draft}/merge", revision="2")
    assert "Cast off." in quay.plan_file.read_text("utf-8") and "preview and publish" in dana.get(draft).text
    assert quay.hub.store.people.audit()[0].verb == "draft merged"
    assert "disabled" in dana.get(f"{draft}/event", name="Ferry Left").text


def test_what_both_changed_is_decided_on_a_page(quay: Quay) -> None:
    dana, draft = opened(quay)
    sent(dana, draft, event_form(dana, draft, "Ferry Left"), **{"own.description": "Draft's."})
    quay.plan_file.write_text(RICH.replace("The ferry left.", "Plan's."), encoding="utf-8")
    assert "The plan changed since" in dana.get(draft).text
    answer = dana.post(f"{draft}/merge", revision="2")
    page = dana.get(answer.headers["location"]).text
    assert "Plan&#39;s." in page and "Draft&#39;s." in page and "The ferry left." in page
    form = controls(page, f'action="{draft}/settle"')
    half = dana.ask("POST", f"{draft}/settle", data=form)
    assert half.status_code == 409
    choice = 'choice.["events", "Ferry Left", "description"]'
    assert dana.ask("POST", f"{draft}/settle", data={**form, choice: "draft"}).status_code == 303
    dana.post(f"{draft}/merge", revision="3")
    assert "Draft's." in quay.plan_file.read_text("utf-8")


def test_a_draft_that_contradicts_itself_is_not_merged(quay: Quay) -> None:
    dana, draft = opened(quay)
    form = thing_form(dana, draft, "user_properties", "rank")
    sent(dana, draft, form, **{"own.minimum": "9", "own.maximum": "1", "own.type": ["", "integer"]})
    answer = dana.post(f"{draft}/merge", revision="2")
    assert answer.status_code == 422 and "contradict itself" in answer.text
    assert "error" in dana.get(draft).text and quay.plan_file.read_text("utf-8") == RICH


def test_an_unseen_revision_is_neither_merged_nor_discarded(quay: Quay) -> None:
    dana, draft = opened(quay)
    sent(dana, draft, event_form(dana, draft), **{"own.description": "Hers."})
    assert dana.post(f"{draft}/merge", revision="1").status_code == 409
    assert dana.post(f"{draft}/discard", revision="1").status_code == 409
    dana.post(f"{draft}/discard", revision="2")
    assert quay.hub.store.drafts.one(1).state == "discarded" and "discarded" in dana.get(draft).text


def test_a_plan_that_wants_approval_says_so(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=PLAN.replace("name: Harbour\n", "name: Harbour\nconventions: {approval: true}\n"))
    dana, draft = opened(quay)
    assert (
        "another person&#39;s approval" in dana.get(draft).text or "another person's approval" in dana.get(draft).text
    )


def test_the_preview_shows_the_writes_and_has_no_publish_button(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path)
    dana, draft = opened(quay)
    assert "Never read" in dana.get(f"{draft}/preview").text
    dana.post("/read", plan="Harbour")
    quay.work()
    dana.post(f"{draft}/new", section="events", name="Ferry Sank")
    page = dana.get(f"{draft}/preview").text
    assert "Ferry Sank" in page and "put it into the plan" in page and 'action="/publish"' not in page
    assert "Nothing fits" in dana.get(f"{draft}/preview", search="zebra").text
    assert "All that would be written about Ferry Sank" in dana.get(f"{draft}/preview", name="Ferry Sank").text
    assert "What the tools cannot hold of it" in dana.get(draft).text


# From the page of an event


def test_a_description_is_edited_in_place_into_ones_own_draft(quay: Quay) -> None:
    dana = quay.somebody("editor", "dana")
    form = controls(dana.get("/event", plan="Harbour", name="Ferry Left").text, 'action="/drafts/describe"')
    for words in ("Cast off.", "Cast off again."):
        form = {**form, "description": words}
        answer = dana.ask("POST", "/drafts/describe", data=form)
    assert answer.status_code == 409 and "Cast off." in answer.text and "Cast off again." in answer.text
    page = dana.get("/event", plan="Harbour", name="Ferry Left").text
    assert 'href="/drafts/1"' in page and "Cast off" not in page
    assert plan_now(quay).events["Ferry Left"].description == "Cast off."


def test_all_of_an_event_is_edited_in_ones_own_draft(quay: Quay) -> None:
    dana = quay.somebody("editor", "dana")
    for _ in range(2):
        answer = dana.post("/drafts/edit", plan="Harbour", name="Ferry Left")
    assert answer.headers["location"] == "/drafts/1/event?name=Ferry+Left"
    quay.plan_file.write_text(RICH.replace("  Ferry Left:", "  Ferry Sank: {}\n  Ferry Left:"), encoding="utf-8")
    assert dana.post("/drafts/edit", plan="Harbour", name="Ferry Sank").headers["location"] == "/drafts/1"


def test_an_unchanged_description_opens_no_draft(quay: Quay) -> None:
    dana = quay.somebody("editor", "dana")
    form = controls(dana.get("/event", plan="Harbour", name="Ferry Left").text, 'action="/drafts/describe"')
    assert dana.ask("POST", "/drafts/describe", data=form).status_code == 303
    assert quay.hub.store.drafts.of_plan() == []


def test_a_description_that_the_plan_changed_meanwhile_shows_both(quay: Quay) -> None:
    dana = quay.somebody("editor", "dana")
    form = controls(dana.get("/event", plan="Harbour", name="Ferry Left").text, 'action="/drafts/describe"')
    quay.plan_file.write_text(RICH.replace("The ferry left.", "Plan's."), encoding="utf-8")
    answer = dana.ask("POST", "/drafts/describe", data={**form, "description": "Mine."})
    assert answer.status_code == 409 and "Plan&#39;s." in answer.text and "Mine." in answer.text
