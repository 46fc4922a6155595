"""Forms of a draft: what is saved, what is refused beside its field, and that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from markupsafe import escape

from tests.hub.web.drafting import (
    RICH,
    controls,
    data_now,
    event_form,
    opened,
    plan_now,
    row_of,
    sent,
    thing_form,
)
from tests.hub.web.visitors import Quay


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    """A hub with a plan that has a little of everything, and no target."""
    found = Quay.open(tmp_path, plan=RICH, targets=False)
    yield found
    found.hub.close()


# Saving a form


@pytest.mark.parametrize(
    "place",
    [
        ("events", "Ferry Boarded"),
        ("events", "Ferry Boarded", "properties", "deck"),
        ("events", "Ferry Boarded", "properties", "berth"),
        ("events", "Ferry Boarded", "properties", "berth", "properties", "row"),
        ("shared_properties", "money"),
        ("user_properties", "rank"),
    ],
)
def test_a_form_that_nobody_typed_on_changes_nothing(quay: Quay, place: tuple[str, ...]) -> None:
    dana, draft = opened(quay)
    before = data_now(quay)
    answer = sent(dana, draft, thing_form(dana, draft, *place))
    assert answer.status_code == 303 and data_now(quay) == before
    assert quay.hub.store.drafts.one(1).revision == 1


def test_an_event_and_its_properties_are_saved_as_one_revision(quay: Quay) -> None:
    dana, draft = opened(quay)
    form = event_form(dana, draft)
    deck = row_of(form, "deck")
    typed = {
        "own.description": "Somebody\r\nboarded.",
        "own.tags": "core\r\n night, late ",
        "own.hidden": "no",
        f"{deck}.name": "level",
        f"{deck}.required": ["", "yes"],
        f"{deck}.description": "Which one.",
        "rownew.name": "late",
        "rownew.type": "boolean",
    }
    answer = sent(dana, draft, form, **typed)
    assert answer.status_code == 303 and quay.hub.store.drafts.one(1).revision == 2
    event = plan_now(quay).events["Ferry Boarded"]
    assert (event.description, event.tags, event.hidden) == ("Somebody\nboarded.", ("core", "night, late"), False)
    level = event.properties["level"]
    assert (level.required, level.description, level.names) == (True, "Which one.", {"segment": "Deck"})
    assert level.enum == ("upper", "1", 1, " odd ") and event.properties["late"].type == ("boolean",)
    assert event.extensions == {"segment": {"odd": [1, 2]}} and event.id == "boarded"
    assert "Saved" in dana.get(answer.headers["location"]).text


def test_every_rule_of_a_property_can_be_typed(quay: Quay) -> None:
    dana, draft = opened(quay)
    form = thing_form(dana, draft, "user_properties", "rank")
    typed = {
        "own.type": ["", "string", "integer", "null"],
        "own.enum": 'captain\r\n1\r\n"1"\r\ntrue',
        "own.minimum": "0.5",
        "own.max_length": "12",
        "own.unique_items": ["", "yes"],
        "own.additional_properties": "no",
        "own.sensitivity": "pii",
        "own.examples": "captain",
        "own.pattern": "^[a-z]+$",
        "own.status": "deprecated",
    }
    assert sent(dana, draft, form, **typed).status_code == 303
    assert data_now(quay)["user_properties"]["rank"] == {
        "type": ["string", "integer", "null"],
        "enum": ["captain", 1, "1", True],
        "pattern": "^[a-z]+$",
        "minimum": 0.5,
        "max_length": 12,
        "unique_items": True,
        "additional_properties": False,
        "status": "deprecated",
        "sensitivity": ["pii"],
        "examples": ["captain"],
    }


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(quay: Quay) -> None:
    dana, draft = opened(quay)
    form = event_form(dana, draft)
    deck = row_of(form, "deck")
    typed = {
        "own.description": "Kept words.",
        f"{deck}.name": "fare",
        f"{deck}.description": "Kept too.",
        "rownew.description": "No name.",
    }
    answer = sent(dana, draft, form, **typed)
    assert answer.status_code == 422 and quay.hub.store.drafts.one(1).revision == 1
    assert all(words in answer.text for words in ("Kept words.", "Kept too.", "No name."))
    assert answer.text.count('aria-invalid="true"') == 2
    assert "There is &#39;fare&#39; already" in answer.text and "The new property has no name" in answer.text


@pytest.mark.parametrize(
    "field, words, said",
    [
        ("minimum", "low", "no number"),
        ("minimum", "1e999", "no number"),
        ("min_length", "1.5", "integer"),
        ("min_length", "-1", "greater than or equal to 0"),
        ("shared", "gold", "no shared property"),
        ("enum", "[" * 30 + "]" * 30, "inside of each other"),
        ("enum", '"\\ud800"', "cannot be written down"),
    ],
)
def test_values_that_no_plan_can_hold_are_refused(quay: Quay, field: str, words: str, said: str) -> None:
    dana, draft = opened(quay)
    form = thing_form(dana, draft, "user_properties", "rank")
    answer = sent(dana, draft, form, **{f"own.{field}": words})
    assert answer.status_code in (409, 422) and said in answer.text and str(escape(words)) in answer.text
    assert quay.hub.store.drafts.one(1).revision == 1


def test_ticks_that_were_taken_away_stay_so_beside_a_fault(quay: Quay) -> None:
    dana, draft = opened(quay)
    form = thing_form(dana, draft, "user_properties", "rank")
    answer = sent(dana, draft, form, **{"own.type": "", "own.minimum": "low"})
    assert answer.status_code == 422 and controls(answer.text)["own.type"] == ""


def test_a_revision_that_never_was_is_refused(quay: Quay) -> None:
    dana, draft = opened(quay)
    form = event_form(dana, draft)
    assert sent(dana, draft, form, revision="7").status_code == 409
    assert sent(dana, draft, form, revision=str(2**70)).status_code == 400


def test_more_saves_and_leads_to_the_property_under_its_new_name(quay: Quay) -> None:
    dana, draft = opened(quay)
    form = event_form(dana, draft)
    row = row_of(form, "deck")
    answer = sent(dana, draft, form, **{f"{row}.name": "level", "act": "open:deck"})
    assert "level" in answer.headers["location"] and "Only these values" in dana.get(answer.headers["location"]).text


def test_items_of_a_list_are_said_in_a_form_of_their_own(quay: Quay) -> None:
    dana, draft = opened(quay)
    place = ("user_properties", "rank")
    sent(dana, draft, thing_form(dana, draft, *place), **{"own.type": ["", "array"]})
    answer = sent(dana, draft, thing_form(dana, draft, *place), act="items")
    items = controls(dana.get(answer.headers["location"]).text)
    sent(dana, draft, items, **{"own.type": ["", "object"]})
    items = controls(dana.get(answer.headers["location"]).text)
    sent(dana, draft, items, **{"rownew.name": "since", "rownew.type": "string"})
    assert data_now(quay)["user_properties"]["rank"]["items"] == {
        "type": ["object"],
        "properties": {"since": {"type": ["string"]}},
    }


# New things, and the end of things


def test_a_new_event_leads_to_its_form(quay: Quay) -> None:
    dana, draft = opened(quay)
    answer = dana.post(f"{draft}/new", section="events", name=" Ferry Sank ", description="It sank.")
    assert answer.headers["location"] == f"{draft}/event?name=Ferry+Sank"
    assert plan_now(quay).events["Ferry Sank"].description == "It sank."
    assert "<strong>new</strong>" in dana.get(draft).text


@pytest.mark.parametrize("section", ["events", "user_properties", "categories"])
def test_a_name_that_is_taken_keeps_what_was_typed(quay: Quay, section: str) -> None:
    dana, draft = opened(quay)
    for _ in range(2):
        answer = dana.post(f"{draft}/new", section=section, name="One", description="My words.")
    assert answer.status_code == 422 and "My words." in answer.text and "already" in answer.text


def test_renamed_deprecated_removed_and_taken_back(quay: Quay) -> None:
    dana, draft = opened(quay)
    before = data_now(quay)
    answer = sent(dana, draft, event_form(dana, draft), **{"own.name": "Ferry Entered", "own.status": "deprecated"})
    assert "name=Ferry+Entered" in answer.headers["location"]
    assert [(one.from_name, one.to_name) for one in plan_now(quay).moved] == [("Ferry Boarded", "Ferry Entered")]
    form = event_form(dana, draft, "Ferry Entered")
    assert "Say why" in sent(dana, draft, form, act="remove", reason=" ").text.replace("say why", "Say why")
    sent(dana, draft, form, act="remove", reason="no more ferries")
    (grave,) = plan_now(quay).removed
    assert (grave.event, grave.reason) == ("Ferry Boarded", "no more ferries")
    page = dana.get(draft).text
    assert "<strong>removed</strong>" in page and "no more ferries" in page
    dana.post(f"{draft}/take-back", name="Ferry Boarded", revision=str(quay.hub.store.drafts.one(1).revision))
    assert data_now(quay) == before


def test_the_plans_own_words(quay: Quay) -> None:
    dana, draft = opened(quay)
    dana.post(f"{draft}/words", description="All quays.", revision="1")
    assert plan_now(quay).description == "All quays."
    late = dana.post(f"{draft}/words", description="Some quays.", revision="1")
    assert late.status_code == 409 and "All quays." in late.text and "Some quays." in late.text
