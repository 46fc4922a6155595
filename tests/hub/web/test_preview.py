"""The preview's page: both groupings, search and pages, guards and tickets, some of the targets, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import plugin
from connectors.testing.harness import SANDBOX_URL
from hub.changes.resolve import Edit
from hub.config import load
from hub.engine.preview import decide
from hub.store.stamps import Stamps
from hub.web import previews
from tests.hub.web.test_acting import APPROVAL, fingerprint, previewed, published
from tests.hub.web.visitors import PLAN, Quay, Visitor

TAG = "<script>alert(1)</script>"
FEW_GUARDS = "[targets.segment.guards]\nupdates = 0.0\n"
EVENTS = "".join(f"  Buoy {number:03}: {{description: Number {number}.}}\n" for number in range(30))
MANY = f"format: 1\nname: Harbour\nevents:\n{EVENTS}"


def reworded(quay: Quay, text: str = MANY) -> None:
    quay.plan_file.write_text(text.replace("Number", "This is number"), encoding="utf-8")


@pytest.fixture
def guarded(tmp_path: Path) -> Quay:
    """Thirty published events, all of them with other words by now: more than a guard lets pass."""
    quay = Quay.open(tmp_path, plan=MANY)
    published(quay)
    reworded(quay)
    return quay


def preview(somebody: Visitor, **query: str) -> str:
    return somebody.get("/publish", plan="Harbour", **query).text


# Both groupings, search, pages


@pytest.mark.parametrize("by", ["event", "tool"])
def test_what_would_be_written_stands_field_by_field_in_both_groupings(quay: Quay, by: str) -> None:
    somebody = published(quay)
    quay.plan_file.write_text(PLAN.replace("The ferry left.", "It left."), encoding="utf-8")
    said = preview(somebody, by=by)
    assert "<del>The ferry left.</del>" in said and "<ins>It left.</ins>" in said and "Ferry Boarded" not in said


def test_the_forecast_and_the_total_are_said_in_words(quay: Quay) -> None:
    said = preview(previewed(quay)[0])
    assert "<strong>segment</strong> 2 writes in 2 requests, " in said and " in all." in said


@pytest.mark.parametrize("words", ["buoy 007", "THIS IS NUMBER 7.", "rule:TRACK:Buoy 007"])
def test_a_search_finds_names_addresses_and_what_changes(guarded: Quay, words: str) -> None:
    listed = preview(guarded.somebody("viewer"), search=words).split('id="changes"')[1]
    assert "Buoy 007" in listed and "Buoy 008" not in listed and "1 event or other thing" in listed


def test_a_search_without_a_hit_leads_back(guarded: Quay) -> None:
    assert "Nothing fits" in preview(guarded.somebody("viewer"), search="zeppelin")


def test_what_has_no_room_is_on_the_next_page(guarded: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "SHOWN", 20)
    viewer = guarded.somebody("viewer")
    first, second = preview(viewer, search="buoy"), preview(viewer, search="buoy", start="20")
    assert (
        "Buoy 019" in first
        and "Buoy 020" not in first
        and "search=buoy&amp;start=20" in first.replace("start=20&amp;search=buoy", "search=buoy&amp;start=20")
    )
    assert "Buoy 020" in second and "Buoy 019" not in second and 'rel="prev"' in second


def test_a_new_thing_is_shown_field_by_field_on_a_page_of_its_own(quay: Quay) -> None:
    somebody, _ = previewed(quay)
    assert "Somebody went aboard." not in preview(somebody)
    assert "Somebody went aboard." in preview(somebody, name="Ferry Boarded")


def test_about_what_does_not_change_nothing_is_listed(quay: Quay) -> None:
    assert "Nothing would be written about it" in preview(previewed(quay)[0], name="Ferry Sunk")


@pytest.mark.parametrize("query", [{"by": "mood"}, {"start": "-1"}, {"start": "x"}])
def test_a_query_that_means_nothing_is_refused(quay: Quay, query: dict[str, str]) -> None:
    assert quay.somebody("viewer").get("/publish", plan="Harbour", **query).status_code == 400


def test_text_from_outside_is_text_on_the_page(quay: Quay) -> None:
    somebody, _ = previewed(quay)
    said = preview(somebody, search=TAG) + preview(somebody, name=TAG) + preview(somebody, target=TAG)
    assert TAG not in said


# Guards


def test_a_guard_says_how_much_of_it_is_used(guarded: Quay) -> None:
    said = preview(guarded.somebody("viewer"))
    assert "30 of at most 19" in said and "<meter" in said and "takes the role publisher" in said
    assert 'id="publish"' not in said and "/publish/allow" not in said


def allow(somebody: Visitor, seen: str, **more: str) -> Any:
    form: Any = {"plan": "Harbour", "fingerprint": seen, "guard": "too-many-updates", "why": "Spring cleaning", **more}
    return somebody.post("/publish/allow", **form)


@pytest.mark.parametrize(("life", "seconds"), [("1 hour", 3600), ("1 day", 86_400)])
def test_a_guard_is_let_pass_once_and_the_ticket_is_shown_and_noted(guarded: Quay, life: str, seconds: float) -> None:
    dana = guarded.somebody("publisher", "dana")
    seen, before = fingerprint(dana), guarded.now
    assert allow(dana, seen, life=life).status_code == 303
    (ticket,) = guarded.hub.store.tickets(seen)
    said = preview(dana)
    assert (ticket.guard, ticket.who, ticket.why) == ("too-many-updates", "dana", "Spring cleaning")
    assert before + seconds <= ticket.expires <= guarded.now + seconds
    assert 'id="publish"' in said and "Spring cleaning" in said and "by dana, until" in said
    assert next(one.verb for one in guarded.hub.store.people.audit()) == "override"


def test_what_a_ticket_lets_pass_is_published_and_stands_on_the_receipt(guarded: Quay) -> None:
    dana = guarded.somebody("publisher", "dana")
    seen = fingerprint(dana)
    allow(dana, seen)
    dana.post("/publish", plan="Harbour", fingerprint=seen)
    guarded.work()
    done = guarded.hub.store.publications()[0]
    assert done.status == "published" and "Spring cleaning" in dana.get(f"/publications/{done.id}").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"why": "  "}, "needs a reason"),
        ({"fingerprint": "f00d"}, "changed since you looked"),
        ({"guard": "too-many-cooks"}, "does not stand against this"),
    ],
)
def test_a_ticket_that_is_refused_keeps_what_was_typed(guarded: Quay, form: dict[str, str], said: str) -> None:
    dana = guarded.somebody("publisher")
    answer = allow(dana, fingerprint(dana), life="1 day", **form)
    assert answer.status_code == 409 and said in answer.text
    assert guarded.hub.store.tickets(fingerprint(dana)) == []
    kept = f'value="{form.get("why", "Spring cleaning")}"'
    assert "guard" in form or (kept in answer.text and "<option selected>1 day" in answer.text)


@pytest.mark.parametrize("life", ["for ever", ""])
def test_a_ticket_is_for_an_hour_or_a_day(guarded: Quay, life: str) -> None:
    dana = guarded.somebody("publisher")
    assert allow(dana, fingerprint(dana), life=life).status_code in (400, 303)
    assert all(one.expires <= guarded.now + 3600 for one in guarded.hub.store.tickets(fingerprint(dana)))


def test_only_a_publisher_with_a_form_of_ours_lets_a_guard_pass(guarded: Quay) -> None:
    editor, dana = guarded.somebody("editor"), guarded.somebody("publisher")
    answers = [allow(editor, fingerprint(editor)), allow(dana, fingerprint(dana), form_token="forged")]
    assert [one.status_code for one in answers] == [403, 403] and guarded.hub.store.tickets(fingerprint(dana)) == []


def test_a_ticket_runs_out(guarded: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    dana = guarded.somebody("publisher")
    allow(dana, fingerprint(dana))
    time = type(guarded.hub.engine.time)
    original = time.now
    monkeypatch.setattr(time, "now", lambda self: original(self) + 3601)
    assert 'id="publish"' not in preview(guarded.somebody("publisher"))


# Some of the targets


@pytest.fixture
def pair(tmp_path: Path) -> Quay:
    """Two targets at one sandbox, under two names."""
    quay = Quay.open(tmp_path)
    known = plugin("segment").sandbox().demo_credentials()
    lines = ['tool = "segment"', f'base_url = "{SANDBOX_URL}"', 'token = "file:token"']
    lines.append(f"tracking_plan_id = {json.dumps(known['tracking_plan_id'])}")
    config = quay.folder / "hub.toml"
    config.write_text(config.read_text() + "\n".join(["[targets.other]", *lines]) + "\n", encoding="utf-8")
    quay.hub.close()
    quay.reopen()
    return quay


def test_targets_are_chosen_with_ticks_and_have_a_fingerprint_of_their_own(pair: Quay) -> None:
    dana, every = previewed(pair)
    said = preview(dana, target="segment")
    assert "Publish to 1 tool<" in said and "Publish to 2 tools<" in preview(dana)
    assert every not in said and '<input type="hidden" name="target" value="segment">' in said


def test_what_is_published_to_one_target_leaves_the_other_alone(pair: Quay) -> None:
    dana, _ = previewed(pair)
    seen = preview(dana, target="segment").split('name="fingerprint" value="')[1].split('"')[0]
    dana.post("/publish", plan="Harbour", target="segment", fingerprint=seen)
    pair.work()
    (done,) = pair.hub.store.publications()
    (entry,) = [one for one in pair.hub.store.people.audit() if one.verb == "publish"]
    assert (done.status, [run.target for run in done.targets]) == ("published", ["segment"])
    assert entry.details["targets"] == ["segment"]


def test_only_what_was_chosen_is_read_again(pair: Quay) -> None:
    dana = pair.somebody("viewer")
    asked = dana.post("/read", plan="Harbour", target="other")
    pair.work()
    back = dana.get(asked.headers["location"]).headers["location"]
    assert back == "/publish?plan=Harbour&target=other" and pair.hub.store.last_snapshot("segment") is None


def test_a_target_that_is_not_there_is_said(quay: Quay) -> None:
    said = preview(quay.somebody("publisher"), target="../segment")
    assert "no target" in said and 'id="publish"' not in said


# What is kept


@pytest.fixture
def counted(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> tuple[Quay, list[str]]:
    """A published plan with another text by now, and how often a target was decided about since it was looked at."""
    published(quay)
    quay.plan_file.write_text(PLAN.replace("The ferry left.", "It left."), encoding="utf-8")
    preview(quay.somebody("publisher"))
    decided: list[str] = []

    def noticed(engine: Any, expanded: Any, target: Any, snapshot: Any) -> Any:
        decided.append(target.name)
        return decide(engine, expanded, target, snapshot)

    monkeypatch.setattr("hub.engine.rehearsal.decide", noticed)
    return quay, decided


def test_what_did_not_change_is_not_worked_out_again(counted: tuple[Quay, list[str]]) -> None:
    quay, decided = counted
    for query in ({}, {"by": "tool"}, {"search": "ferry"}, {"name": "Ferry Left"}):
        preview(quay.somebody("viewer"), **query)
    assert decided == []


def read_again(quay: Quay) -> None:
    quay.somebody("viewer").post("/read", plan="Harbour")
    quay.work()


def change_the_file(quay: Quay) -> None:
    quay.plan_file.write_text(PLAN.replace("The ferry left.", "It has left."), encoding="utf-8")


def decide_about_a_proposal(quay: Quay) -> None:
    quay.hub.store.decisions.decide(quay.propose("Other."), "rejected", who="lee", why="", at=quay.now)


def fight(quay: Quay) -> None:
    """A field comes back after every restore, until it is left alone."""
    edit = Edit("segment", ("events", "Ferry Left", "description"), "base", "ours", "theirs", "plan", "restore", "ours")
    for edits in ([edit], [], [edit], [], [edit]):
        quay.hub.store.decisions.note_drift("Harbour", "segment", edits, quay.now)
    assert quay.hub.store.decisions.frozen()


def move_the_base(quay: Quay) -> None:
    gone = next(iter(quay.hub.store.base("segment")))
    quay.hub.store.advance_base("segment", "p1", (), [gone], quay.now)


def leave_unverified_work(quay: Quay) -> None:
    run = quay.hub.store.publications()[0].targets[0]
    identity = quay.hub.store.publications()[0].id
    quay.hub.store.set_run(identity, type(run)(run.target, "failed"))


def change_a_setting(quay: Quay) -> None:
    config = quay.folder / "hub.toml"
    config.write_text(config.read_text() + 'removal = "delete"\n', encoding="utf-8")
    quay.hub.config = load(config, {})


CHANGES = (
    read_again,
    change_the_file,
    decide_about_a_proposal,
    fight,
    move_the_base,
    leave_unverified_work,
    change_a_setting,
)


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_a_preview_is_made_of_has_it_worked_out_again(
    counted: tuple[Quay, list[str]], change: Callable[[Quay], None]
) -> None:
    quay, decided = counted
    change(quay)
    preview(quay.somebody("viewer"))
    assert decided == ["segment"]


def test_a_ticket_and_an_approval_show_at_once(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=APPROVAL)
    dana, seen = previewed(quay, name="dana")
    assert "pressing Publish asks for it" in preview(dana)
    quay.hub.store.approvals.ask(seen, "Harbour", "dana", quay.now)
    assert "</span> open</span>" in preview(dana)
    quay.hub.store.approvals.decide(seen, approve=True, who="lee", why="", at=quay.now)
    assert "</span> approved</span>" in preview(dana)


def test_what_was_looked_at_longest_ago_is_forgotten_first(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.rehearsals.MOST", -1)
    rehearsals, plan = quay.web.state.rehearsals, quay.web.state.catalogue.get("Harbour").plan
    targets = quay.hub.config.open_targets()
    first = rehearsals.of(plan, targets)
    other = rehearsals.of(plan, [])
    assert rehearsals.of(plan, []) is other and rehearsals.of(plan, targets) is not first


def test_stamps_of_a_target_that_nobody_knows_are_stable(quay: Quay) -> None:
    stamps = Stamps(quay.hub.database)
    assert stamps.of_target("nowhere") == stamps.of_target("nowhere") and stamps.of_plan("x") == ()
