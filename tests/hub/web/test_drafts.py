"""Drafts on the pages: opening, editing an event with its properties, two people at once, and the way into the plan."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from markupsafe import escape

from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON
from tests.hub.web.visitors import PLAN, Quay, Visitor

NASTY = "<script>alert('x')</script> & \"quoted\""
RICH = """\
format: 1
name: Harbour
events:
  Ferry Boarded:
    id: boarded
    description: Somebody went aboard.
    owners: [quay@harbour.example]
    names: {segment: Boarded}
    extensions: {segment: {odd: [1, 2]}}
    properties:
      deck: {type: [string, 'null'], enum: [upper, '1', 1, ' odd '], names: {segment: Deck}}
      berth: {type: object, properties: {row: {type: integer}}}
      fare: {shared: money}
  Ferry Left:
    description: The ferry left.
shared_properties:
  money: {type: number, minimum: 0}
user_properties:
  rank: {type: string}
"""


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    """A hub with a plan that has a little of everything, and no target."""
    found = Quay.open(tmp_path, plan=RICH, targets=False)
    yield found
    found.hub.close()


def opened(quay: Quay, name: str = "dana") -> tuple[Visitor, str]:
    """An editor with a draft of her own, and its address."""
    dana = quay.somebody("editor", name)
    return dana, dana.post("/drafts", plan="Harbour", title="Clearer words").headers["location"]


def controls(page: str, form: str = 'class="edit"') -> dict[str, str | list[str]]:
    """What a browser would send from a form that nobody typed on."""
    part = page[page.index(form) :]
    part = part[: part.index("</form>")]
    found: dict[str, Any] = {}
    tags = re.finditer(
        r"<input([^>]*)>|<textarea([^>]*)>\n?(.*?)</textarea>|<select([^>]*)>(.*?)</select>", part, re.DOTALL
    )
    for tag in tags:
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag[1] or tag[2] or tag[4] or ""))
        name = html.unescape(attributes.get("name", ""))
        if attributes.get("type") in ("checkbox", "radio") and " checked" not in (tag[1] or ""):
            continue
        value = tag[3] if tag[3] is not None else attributes.get("value", "")
        if tag[5] is not None:
            options = re.findall(r"<option([^>]*)>([^<]*)", tag[5])
            value = next((v for a, v in options if "selected" in a), options[0][1])
            chosen = next((a for a, _ in options if "selected" in a), options[0][0])
            value = (re.search(r'value="([^"]*)"', chosen) or [None, value])[1]
        found.setdefault(name, []).append(html.unescape(value or "").replace("\n", "\r\n"))
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in found.items()}


def form_of(visitor: Visitor, address: str) -> dict[str, Any]:
    return controls(visitor.get(address).text)


def event_form(visitor: Visitor, draft: str, name: str = "Ferry Boarded") -> dict[str, Any]:
    return controls(visitor.get(f"{draft}/event", name=name).text)


def thing_form(visitor: Visitor, draft: str, *place: str) -> dict[str, Any]:
    return controls(visitor.get(f"{draft}/thing", at=json.dumps(place)).text)


def row_of(form: dict[str, Any], name: str) -> str:
    """How the fields of one property begin in a form."""
    return next(key for key, value in form.items() if key.endswith(".was") and value == name).removesuffix(".was")


def sent(visitor: Visitor, draft: str, form: dict[str, Any], **more: Any) -> httpx.Response:
    return visitor.ask("POST", f"{draft}/thing", data={**form, "act": "save", **more})


def plan_now(quay: Quay, number: int = 1) -> TrackingPlan:
    store = quay.hub.store.drafts
    return store.plan(store.one(number).body)


def data_now(quay: Quay) -> dict[str, JSON]:
    return plan_now(quay).data()


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
    "address", ["/drafts/9", "/drafts/9/events", "/drafts/9/preview", "/drafts/9/settle", "/drafts/9/more"]
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
