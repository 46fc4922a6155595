"""Pages: each renders, whatever there is or is not; everything is escaped; what is not there is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.sandbox import Fault
from hub.changes.changeset import Changeset, TargetChanges
from hub.changes.resolve import Proposal
from hub.engine.ports import PlanVersion
from hub.files import load
from hub.store.outbox import Entry
from mappings.canonical import TrackingPlan
from tests.hub.web.visitors import PLAN, Quay, Visitor

ODD = ("a/b", 'it\'s "quoted"', "<script>alert(1)</script>", "x" * 200, "أحداث المتجر", "?&=#%2e%2e", "‮evil", "..")
TAG = "<script>alert(1)</script>"
LISTS = ("/", "/proposals", "/proposals?state=all", "/publications", "/targets", "/drift", "/notifications")
ADMINS = ("/people", "/audit")


def published(quay: Quay) -> Visitor:
    """A publisher who has read the tool and published the plan."""
    dana = quay.somebody("admin", "dana")
    dana.post("/read", plan="Harbour")
    quay.work()
    dana.post("/publish", plan="Harbour", fingerprint=fingerprint(dana))
    quay.work()
    return dana


def fingerprint(somebody: Visitor, plan: str = "Harbour") -> str:
    """That of the preview on the page."""
    return somebody.get("/publish", plan=plan).text.split('name="fingerprint" value="')[1].split('"')[0]


# Empty


@pytest.mark.parametrize("address", [*LISTS, *ADMINS])
def test_every_page_of_an_empty_hub_renders(tmp_path: Path, address: str) -> None:
    quay = Quay.open(tmp_path, plan=None, targets=False)
    answer = quay.somebody("admin").get(address)
    assert answer.status_code == 200 and "<h1>" in answer.text


@pytest.mark.parametrize(
    ("address", "first_step"),
    [
        ("/", "There is no plan yet"),
        ("/", "hub connect amplitude"),
        ("/", "Nothing was published yet"),
        ("/proposals", "Nothing waits for a decision"),
        ("/publications", "Open a plan and preview it"),
        ("/targets", "No target is configured"),
        ("/notifications", "Nobody was told anything yet"),
    ],
)
def test_an_empty_page_says_what_to_do_first(tmp_path: Path, address: str, first_step: str) -> None:
    quay = Quay.open(tmp_path, plan=None, targets=False)
    assert first_step in quay.somebody("viewer").get(address).text


def test_a_plan_without_targets_says_how_to_connect_one(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, targets=False)
    assert "hub connect amplitude" in quay.somebody("viewer").get("/publish", plan="Harbour").text


def test_a_target_that_was_never_read_stands_in_no_preview(quay: Quay) -> None:
    said = quay.somebody("publisher").get("/publish", plan="Harbour").text
    assert "Never read, and therefore not in this preview: segment" in said and 'id="publish"' not in said


# With a plan


def test_a_plan_in_a_file_and_one_in_the_store_are_listed_and_open(quay: Quay) -> None:
    quay.hub.store.freeze(TrackingPlan.model_validate({"name": "Airport", "events": {"Landed": {}}}), "dana", quay.now)
    viewer = quay.somebody("viewer")
    home = viewer.get("/").text
    assert "plan.yaml" in home and "store: Airport" in home
    assert "Landed" in viewer.get("/plan", name="Airport").text
    assert "Ferry Left" in viewer.get("/plan", name="Harbour").text


def test_a_long_value_is_shortened_and_there_in_full(quay: Quay) -> None:
    words = "".join(f"{n:04}" for n in range(200))
    quay.plan_file.write_text(PLAN.replace("The ferry left.", words), encoding="utf-8")
    dana = published(quay)
    quay.plan_file.write_text(PLAN.replace("The ferry left.", f"x{words}"), encoding="utf-8")
    said = dana.get("/publish", plan="Harbour").text
    assert "0032 … " in said and f"<dt>Before</dt><dd>{words}</dd>" in said


def test_the_file_wins_over_what_was_published_of_it(quay: Quay) -> None:
    viewer = published(quay)
    quay.plan_file.write_text(PLAN.replace("The ferry left.", "It left, at last."), encoding="utf-8")
    assert "It left, at last." in viewer.get("/plan", name="Harbour").text


def test_a_plan_file_that_is_broken_is_said_on_home_and_on_its_page(quay: Quay) -> None:
    quay.plan_file.write_text("format: 1\nname: Harbour\nevnts: {}\n", encoding="utf-8")
    viewer = quay.somebody("viewer")
    home, plan = viewer.get("/"), viewer.get("/plan", name="Harbour")
    assert (home.status_code, plan.status_code) == (200, 404)
    assert "evnts" in home.text and "evnts" in plan.text


def test_a_shared_property_that_is_not_there_is_said(quay: Quay) -> None:
    text = PLAN.replace("deck: {type: string, description: Which deck.}", "deck: {shared: nowhere}")
    quay.plan_file.write_text(text, encoding="utf-8")
    answer = quay.somebody("viewer").get("/plan", name="Harbour")
    assert answer.status_code == 404 and "nowhere" in answer.text


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({"search": "ABOARD"}, "Ferry Boarded", "Ferry Left"),
        ({"search": "deck"}, "Ferry Boarded", "Ferry Left"),
        ({"search": "ferry left"}, "Ferry Left", "Ferry Boarded"),
        ({"owner": "quay@harbour.example"}, "Ferry Boarded", "Ferry Left"),
        ({"tag": "core"}, "Ferry Boarded", "Ferry Left"),
        ({"start": "1"}, "Ferry Left", "Ferry Boarded"),
    ],
)
def test_search_and_filters_leave_what_fits(quay: Quay, query: dict[str, str], shown: str, hidden: str) -> None:
    table = quay.somebody("viewer").get("/plan", name="Harbour", **query).text.split("<tbody>")[1]
    assert f">{shown}</a>" in table and f">{hidden}</a>" not in table


def test_a_search_without_a_hit_offers_all(quay: Quay) -> None:
    said = quay.somebody("viewer").get("/plan", name="Harbour", search="zeppelin").text
    assert "No event fits" in said and "0 of 2 events" in said


def test_the_state_in_the_tool_is_a_filter(quay: Quay) -> None:
    dana = published(quay)
    quay.box.edit({"do": "set-description", "key": "Ferry Left", "value": "Gone."})
    dana.post("/reconcile", target="segment")
    quay.work()
    rows = dana.get("/plan", name="Harbour", mark="drifted").text.split("<tbody>")[1]
    assert ">Ferry Left</a>" in rows and ">Ferry Boarded</a>" not in rows


def test_what_could_not_be_read_is_unknown_and_never_green(quay: Quay) -> None:
    dana = published(quay)
    assert "</span> in sync</span>" in dana.get("/").text
    quay.box.faults.append(Fault("status", "GET", status=401, times=99))
    dana.post("/reconcile", target="segment")
    quay.work()
    pages = [dana.get("/targets"), dana.get("/plan", name="Harbour"), dana.get("/")]
    assert all("</span> unknown</span>" in one.text and "</span> in sync</span>" not in one.text for one in pages)


def test_targets_are_not_read_from_the_database_again_until_something_happens(
    quay: Quay, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana, readings = published(quay), []
    store = type(quay.hub.store)
    original = store.last_snapshot
    monkeypatch.setattr(store, "last_snapshot", lambda self, name: readings.append(name) or original(self, name))
    for address in ("/", "/targets", "/plan?name=Harbour", "/", "/targets", "/plan?name=Harbour"):
        dana.get(address)
    assert readings == ["segment"]
    dana.post("/reconcile", target="segment")
    quay.work()
    readings.clear()
    dana.get("/targets")
    assert readings == ["segment"]


def test_an_event_shows_its_properties_and_what_the_tool_makes_of_it(quay: Quay) -> None:
    said = published(quay).get("/event", plan="Harbour", name="Ferry Boarded").text
    assert "Which deck." in said and "in sync" in said and "JSON Schema" in said


# What is not there


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere", 404),
        ("/plan?name=Nowhere", 404),
        ("/plan", 400),
        ("/plan?name=Harbour&start=-1", 400),
        ("/plan?name=Harbour&start=x", 400),
        ("/event?plan=Harbour&name=Nowhere", 404),
        ("/publish?plan=Nowhere", 404),
        ("/proposals?state=odd", 400),
        ("/proposals/77", 404),
        ("/proposals/x", 400),
        ("/proposals/99999999999999999999999", 400),
        ("/jobs/77", 404),
        ("/jobs/99999999999999999999999", 400),
        ("/publications/nowhere", 404),
        ("/publications/%25", 404),
        ("/approvals/nowhere", 404),
        ("/audit?before=99999999999999999999999", 400),
        ("/people/invite", 405),
    ],
)
def test_what_is_not_there_is_said_on_a_page(quay: Quay, address: str, status: int) -> None:
    answer = quay.somebody("admin").get(address)
    assert (answer.status_code, "<h1>" in answer.text, "Log out" in answer.text) == (status, True, True)


def test_what_cannot_be_done_is_said_with_the_next_step(quay: Quay) -> None:
    answer = quay.somebody("publisher").post("/publications/nowhere/resume")
    assert answer.status_code == 409 and "No publication" in answer.text
    assert "<code>hub history</code> lists them." in answer.text


def test_what_broke_is_told_to_the_log_and_not_to_the_visitor(
    quay: Quay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(type(quay.hub.store.outbox), "messages", lambda *args, **more: 1 / 0)
    answer = quay.somebody("viewer").get("/notifications")
    assert answer.status_code == 500 and "ZeroDivisionError" not in answer.text
    assert "/notifications failed" in caplog.text and "ZeroDivisionError" in caplog.text


# Names are never paths

CLIMBS = (
    "../secret.yaml",
    "..%2Fsecret.yaml",
    "/etc/passwd",
    "/",
    ".",
    "..",
    "plan.yaml",
    "token",
    "file:token",
    "\x00",
)


@pytest.mark.parametrize("climb", CLIMBS)
def test_a_plan_named_like_a_path_is_not_read(quay: Quay, climb: str) -> None:
    (quay.folder.parent / "secret.yaml").write_text(PLAN, encoding="utf-8")
    viewer, publisher = quay.somebody("viewer"), quay.somebody("publisher")
    answers = [viewer.get("/plan", name=climb), viewer.get("/publish", plan=climb)]
    answers.append(viewer.get("/event", plan=climb, name="Ferry Left"))
    answers += [viewer.post("/read", plan=climb), publisher.post("/publish", plan=climb, fingerprint="f")]
    assert {one.status_code for one in answers} <= {404, 409} and quay.jobs() == []
    assert not any("aboard" in one.text for one in answers)


@pytest.mark.parametrize(
    "climb", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "%2e%2e%2f%2e%2e%2fapp.py", "/etc/passwd", ""]
)
def test_nothing_but_static_files_is_under_static(quay: Quay, climb: str) -> None:
    answer = quay.nobody().get(f"/static/{climb}")
    assert answer.status_code == 404 and "create_app" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize("place", ["publications", "approvals", "proposals", "jobs"])
@pytest.mark.parametrize("climb", ["..%2f..%2fhub.db", "%2e%2e", "....//", "%00"])
def test_ids_are_ids(quay: Quay, place: str, climb: str) -> None:
    assert quay.somebody("admin").get(f"/{place}/{climb}").status_code in (303, 307, 400, 404)


# Whatever people write


def odd_plan(words: str) -> str:
    """A plan with these words in every field that takes any."""
    return TrackingPlan.model_validate(
        {
            "name": words,
            "description": words,
            "events": {
                words: {
                    "description": words,
                    "display_name": words,
                    "category": words,
                    "owners": [words],
                    "tags": [words],
                    "properties": {"deck": {"type": "string", "description": words, "examples": [words]}},
                }
            },
        }
    ).model_dump_json(exclude_defaults=True)


@pytest.fixture(params=ODD, ids=range(len(ODD)))
def words(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


def stored(quay: Quay, words: str) -> None:
    quay.hub.store.freeze(TrackingPlan.model_validate_json(odd_plan(words)), words, quay.now)


def happened(quay: Quay, words: str) -> list[str]:
    """Everything that is remembered about a plan, with these words wherever people or tools write some; the pages."""
    store, now = quay.hub.store, quay.now
    one = Proposal(("events", words, "description"), f"{words}!", words, words, False, "propose", (("segment", "h"),))
    (proposal,), _ = store.decisions.record(words, [one], ["segment"], now)
    store.decisions.decide(proposal.id, "rejected", who=words, why=words, at=now)
    changeset = Changeset(words, "0" * 64, (TargetChanges("segment", "segment", ()),))
    opened = store.open_publication(changeset, PlanVersion(words, 1, "0" * 64), words, now)
    store.set_run(opened.id, replace(opened.targets[0], status="failed", message=words, hint=words))
    store.close_publication(opened.id, "failed", {}, now)
    store.approvals.ask("f00d", words, words, now)
    store.approvals.decide("f00d", approve=False, who=f"not {words}", why=words, at=now)
    store.people.note(words, words, words, now, why=words)
    store.outbox.put([Entry(words, words, "put", {"title": words}, now)])
    return [f"/proposals/{proposal.id}", f"/publications/{opened.id}", "/approvals/f00d"]


def test_odd_names_can_be_looked_at_and_are_escaped(quay: Quay, words: str) -> None:
    stored(quay, words)
    addresses = [*happened(quay, words), *LISTS, *ADMINS]
    viewer = quay.somebody("admin", words if words.strip(".") else "dots")
    pages = [viewer.get(one) for one in addresses]
    pages += [viewer.get("/plan", name=words, search=words, owner=words), viewer.get("/publish", plan=words)]
    pages.append(viewer.get("/event", plan=words, name=words))
    assert {one.status_code for one in pages} == {200}
    assert not any(TAG in one.text for one in pages)


@pytest.mark.parametrize("name", [TAG, 'a"b', "a/b"])
def test_a_target_of_an_odd_name_is_escaped_and_reconciled(tmp_path: Path, name: str) -> None:
    quay = Quay.open(tmp_path)
    config = tmp_path / "hub.toml"
    config.write_text(config.read_text().replace("[targets.segment]", f"[targets.{json.dumps(name)}]"))
    quay.reopen()
    publisher = quay.somebody("publisher")
    asked = publisher.post("/reconcile", target=name)
    quay.work()
    pages = [publisher.get(one) for one in (asked.headers["location"], "/", "/targets", "/plan?name=Harbour")]
    assert {one.status_code for one in pages} == {200} and not any(TAG in one.text for one in pages)


def test_the_links_to_odd_names_lead_there(quay: Quay, words: str) -> None:
    stored(quay, words)
    viewer = quay.somebody("viewer")
    page, seen = viewer.get("/plan", name=words), 0
    for part in page.text.split('<a href="')[1:]:
        address = part.split('"')[0].replace("&amp;", "&")
        if address.startswith("/event"):
            seen += viewer.get(address).status_code == 200
    assert seen == 1


def test_odd_words_in_forms_come_back_escaped(quay: Quay) -> None:
    editor = quay.somebody("editor")
    number = quay.propose(TAG, ours="Another text.")
    answers = [
        editor.post(f"/proposals/{number}", act="accept", why=TAG),
        editor.post(f"/proposals/{number}", act="edit", value=TAG, why=TAG),
        quay.nobody().post("/login", name=TAG, password=TAG),
        quay.nobody().get("/welcome", token=TAG),
        editor.get("/plan", name=TAG),
        editor.post(f"/proposals/{number}", act=TAG),
    ]
    assert [one.status_code for one in answers] == [409, 409, 401, 404, 404, 400]
    assert not any(TAG in one.text for one in answers)


def test_the_plan_round_trips_through_files_with_odd_names(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=odd_plan(TAG).replace("{", '{"format": 1, ', 1))
    assert load(quay.plan_file).plan.name == TAG
    assert quay.somebody("viewer").get("/plan", name=TAG).status_code == 200


# A large plan


def large(count: int) -> TrackingPlan:
    """Events with the words and owners of a real plan's size."""
    event = {"description": "When this happens, and why anybody wants to know. " * 4, "tags": ["core", "checkout"]}
    events = {f"Event Number {n}": {**event, "owners": [f"team-{n % 997}@harbour.example"]} for n in range(count)}
    return TrackingPlan.model_validate({"name": "Large", "events": events})


def test_the_first_page_of_a_large_plan_is_light(quay: Quay) -> None:
    quay.hub.store.freeze(large(10_000), "dana", quay.now)
    page = quay.somebody("viewer").get("/plan", name="Large")
    rest = sum(len(quay.nobody().get(f"/static/{name}").content) for name in ("hub.css", "hub.js", "hub.svg"))
    assert len(page.content) + rest < 150_000 and "of 10\u202f000 events, from 1 to 100" in page.text


def test_the_history_of_an_event_says_what_each_publish_changed(quay: Quay) -> None:
    dana = published(quay)
    assert "It was never published" not in dana.get("/event/history", plan="Harbour", name="Ferry Left").text
    page = dana.get("/event/history", plan="Harbour", name="Ferry Boarded").text
    assert "<strong>1-0-0</strong>" in page and "in version 1, by dana" in page
    assert dana.get("/event/history", plan="Harbour", name="Nowhere").status_code == 404
