"""What people do on the pages: preview, publish, decide, approve, reconcile; and what happens when it goes wrong."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox import Fault
from hub.changes.resolve import Proposal
from hub.jobs.embedded import EmbeddedJobs
from hub.web.work import works
from mappings.canonical import TrackingPlan
from tests.hub.web.visitors import PLAN, Quay, Visitor

APPROVAL = PLAN.replace("name: Harbour\n", "name: Harbour\nconventions: {approval: true}\n")


def previewed(quay: Quay, role: Any = "publisher", name: str = "") -> tuple[Visitor, str]:
    """Somebody who has read the tool, and the fingerprint of what they see."""
    somebody = quay.somebody(role, name)
    somebody.post("/read", plan="Harbour")
    quay.work()
    return somebody, fingerprint(somebody)


def fingerprint(somebody: Visitor) -> str:
    page = somebody.get("/publish", plan="Harbour").text
    return page.split("Fingerprint <code>")[1].split("<")[0]


def published(quay: Quay) -> Visitor:
    somebody, seen = previewed(quay)
    somebody.post("/publish", plan="Harbour", fingerprint=seen)
    quay.work()
    return somebody


def followed(somebody: Visitor, answer: httpx.Response) -> httpx.Response:
    """Where an answer leads, to the end."""
    while answer.status_code == 303:
        answer = somebody.get(answer.headers["location"])
    return answer


# Publish


def test_what_was_previewed_is_published_and_the_receipt_has_an_address(quay: Quay) -> None:
    somebody, seen = previewed(quay)
    pressed = somebody.post("/publish", plan="Harbour", fingerprint=seen)
    assert "queued" in somebody.get(pressed.headers["location"]).text
    quay.work()
    receipt = followed(somebody, pressed).text
    assert "published" in receipt and seen in receipt and "rule:TRACK:Ferry Left:1" in receipt
    assert "Nothing to do" in somebody.get("/publish", plan="Harbour").text


def test_who_published_stands_in_the_record_and_the_audit(quay: Quay) -> None:
    dana, seen = previewed(quay, name="dana")
    dana.post("/publish", plan="Harbour", fingerprint=seen)
    quay.work()
    (done,) = quay.hub.store.publications()
    assert done.who == "dana"
    (entry,) = [one for one in quay.hub.store.people.audit() if one.verb == "publish"]
    assert (entry.who, entry.subject, entry.details) == ("dana", "Harbour", {"fingerprint": seen})


def test_a_plan_of_the_store_is_published_too(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=None)
    plan = {"name": "Harbour", "events": {"Ferry/Left": {"description": "It left."}}}
    quay.hub.store.freeze(TrackingPlan.model_validate(plan), "dana", quay.now)
    assert "published" in published(quay).get("/publications").text
    assert "Ferry/Left" in str(quay.box.dump())


@pytest.mark.parametrize("moved", ["plan", "tool", "made up"])
def test_what_moved_since_the_preview_is_refused_with_the_reason(quay: Quay, moved: str) -> None:
    published(quay)
    quay.plan_file.write_text(PLAN.replace("The ferry left.", "It left."), encoding="utf-8")
    somebody, seen = previewed(quay)
    before = quay.writes()
    if moved == "plan":
        quay.plan_file.write_text(PLAN.replace("The ferry left.", "It has left."), encoding="utf-8")
    if moved == "tool":
        quay.box.edit({"do": "set-description", "key": "Ferry Left", "value": "By hand."})
    pressed = somebody.post("/publish", plan="Harbour", fingerprint="f00d" if moved == "made up" else seen)
    quay.work()
    page = followed(somebody, pressed).text
    assert "failed" in page and "changed since the preview" in page and "preview again" in page
    assert quay.writes() == before and len(quay.hub.store.publications()) == 1


def test_pressing_twice_publishes_once(quay: Quay) -> None:
    somebody, seen = previewed(quay)
    pressed = [somebody.post("/publish", plan="Harbour", fingerprint=seen).headers["location"] for _ in range(2)]
    quay.work()
    late = somebody.post("/publish", plan="Harbour", fingerprint=seen)
    quay.work()
    assert pressed[0] == pressed[1] and len(quay.hub.store.publications()) == 1
    assert "changed since the preview" in followed(somebody, late).text


def test_pressing_again_while_it_runs_leads_to_the_same_run(quay: Quay) -> None:
    somebody, seen = previewed(quay)
    first = somebody.post("/publish", plan="Harbour", fingerprint=seen).headers["location"]
    again: list[str] = []

    def press(job: Any) -> None:
        if job.state == "running":
            again.append(somebody.post("/publish", plan="Harbour", fingerprint=seen).headers["location"])

    jobs = EmbeddedJobs(quay.hub.database, quay.hub.engine.time.now)
    jobs.run(works(quay.hub), threading.Event(), watch=press, once=True)
    assert again == [first] and len(quay.hub.store.publications()) == 1


def test_a_tool_that_cannot_be_read_is_said(quay: Quay) -> None:
    quay.box.faults.append(Fault("status", times=99, status=403))
    somebody = quay.somebody("viewer")
    asked = somebody.post("/read", plan="Harbour")
    quay.work()
    page = followed(somebody, asked).text
    assert "failed" in page and "segment" in page and "Back to the preview" in page


class Crash(BaseException):
    """The end of the process."""


@pytest.mark.parametrize("after", ["nothing", "write", "close"])
def test_a_publish_goes_on_after_a_crash_and_writes_nothing_twice(
    quay: Quay, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    somebody, seen = previewed(quay)
    pressed = somebody.post("/publish", plan="Harbour", fingerprint=seen)
    die_after(quay, monkeypatch, after)
    with pytest.raises(Crash):
        quay.work()
    monkeypatch.undo()
    assert [one.state for one in quay.jobs()][:1] == ["running"]
    quay.hub.close()
    quay.reopen()
    quay.work()
    assert "published" in followed(somebody, somebody.get(pressed.headers["location"])).text
    assert (len(quay.hub.store.publications()), quay.writes(), quay.jobs()[0].state) == (1, 1, "done")


def test_a_hub_that_is_stopped_goes_on_with_the_publish_when_it_is_started_again(quay: Quay) -> None:
    somebody, seen = previewed(quay)
    pressed = somebody.post("/publish", plan="Harbour", fingerprint=seen)
    quay.hub.listen = lambda progress: quay.hub.stopping.set() if progress.stage == "writing" else None
    jobs = EmbeddedJobs(quay.hub.database, quay.hub.engine.time.now)
    jobs.run(works(quay.hub), quay.hub.stopping, once=True)
    assert (quay.jobs()[0].state, quay.hub.store.publications()[0].status) == ("queued", "running")
    quay.hub.close()
    quay.reopen()
    quay.work()
    assert "published" in followed(somebody, somebody.get(pressed.headers["location"])).text
    assert (len(quay.hub.store.publications()), quay.writes()) == (1, 1)


def die_after(quay: Quay, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """The process dies once the publication was opened, after the answer of the tool, or once it was closed."""
    method = {"nothing": "open_publication", "write": "set_run", "close": "close_publication"}[what]
    store = type(quay.hub.store)
    original = getattr(store, method)

    def dying(self: Any, *given: Any, **named: Any) -> Any:
        if what != "write":
            original(self, *given, **named)
        raise Crash

    monkeypatch.setattr(store, method, dying)


def test_what_ended_in_part_can_be_gone_on_with(quay: Quay) -> None:
    somebody, seen = previewed(quay)
    quay.box.faults.append(Fault("status", on="PATCH", times=1, status=400))
    pressed = somebody.post("/publish", plan="Harbour", fingerprint=seen)
    quay.work()
    page = followed(somebody, pressed)
    assert "Go on with it" in page.text
    (broken,) = quay.hub.store.publications()
    waits = followed(somebody, somebody.post(f"/publications/{broken.id}/resume")).text
    assert "data-look-again" in waits and "Go on with it" not in waits
    quay.work()
    (mended,) = quay.hub.store.publications()
    assert mended.status == "published"
    assert somebody.post(f"/publications/{broken.id}/resume").status_code == 409


def test_a_page_looks_again_only_while_something_runs(quay: Quay) -> None:
    somebody, seen = previewed(quay)
    assert "data-look-again" not in somebody.get("/publish", plan="Harbour").text
    pressed = somebody.post("/publish", plan="Harbour", fingerprint=seen)
    waiting = somebody.get(pressed.headers["location"]).text
    quay.work()
    ended = followed(somebody, pressed).text
    assert '<noscript><meta http-equiv="refresh"' in waiting and "refresh" not in ended


# Reconcile


def test_reconcile_now_finds_what_somebody_changed_there(quay: Quay) -> None:
    somebody = published(quay)
    quay.box.edit({"do": "set-description", "key": "Ferry Left", "value": "It sailed."})
    asked = somebody.post("/reconcile", target="segment")
    assert "reconcile queued" in somebody.get("/targets").text
    quay.work()
    assert "1 opened" in followed(somebody, asked).text
    assert "It sailed." in somebody.get("/proposals").text and "drifted" in somebody.get("/").text
    assert "waits for a decision" in somebody.get("/publish", plan="Harbour").text


def test_a_target_that_is_not_there_is_not_reconciled(quay: Quay) -> None:
    assert quay.somebody("publisher").post("/reconcile", target="../segment").status_code == 404
    assert quay.jobs() == []


def test_without_a_plan_of_its_own_a_hub_says_how_to_reconcile(tmp_path: Path) -> None:
    answer = Quay.open(tmp_path, plan=None).somebody("publisher").post("/reconcile", target="segment")
    assert answer.status_code == 409 and "set <code>plan</code> in hub.toml; import one first" in answer.text


# Proposals


def test_an_accepted_proposal_is_written_into_the_file(quay: Quay) -> None:
    number = quay.propose("Somebody boarded.")
    answer = quay.somebody("editor", "lee").post(f"/proposals/{number}", act="accept", why="better words")
    stored = quay.hub.store.decisions.one(number)
    assert answer.status_code == 303
    assert "description: Somebody boarded." in quay.plan_file.read_text(encoding="utf-8")
    assert (stored.state, stored.who, stored.why) == ("accepted", "lee", "better words")


def test_another_text_is_taken_over_with_its_lines(quay: Quay) -> None:
    number = quay.propose("Somebody boarded.")
    quay.somebody("editor").post(f"/proposals/{number}", act="edit", value="One line.\r\nAnother <b>line</b>.")
    event = quay.web.state.catalogue.get("Harbour").plan.events["Ferry Boarded"]
    assert event.description == "One line.\nAnother <b>line</b>."
    assert quay.hub.store.decisions.one(number).state == "edited"


@pytest.mark.parametrize(("act", "state"), [("reject", "rejected"), ("different", "different")])
def test_what_is_not_taken_over_leaves_the_plan_alone(quay: Quay, act: str, state: str) -> None:
    number = quay.propose("Somebody boarded.")
    quay.somebody("editor").post(f"/proposals/{number}", act=act)
    assert quay.hub.store.decisions.one(number).state == state
    assert quay.plan_file.read_text(encoding="utf-8") == PLAN


@pytest.mark.parametrize("first", ["accept", "edit", "reject"])
def test_the_second_of_two_people_hears_of_the_first_and_keeps_their_text(quay: Quay, first: str) -> None:
    number = quay.propose("Somebody boarded.")
    quay.somebody("editor", "lee").post(f"/proposals/{number}", act=first, value="Lee's own text.")
    late = quay.somebody("editor", "kim").post(f"/proposals/{number}", act="edit", value="Kim's own text.")
    plan = {"accept": "Somebody boarded.", "edit": "Lee&#39;s own text.", "reject": "Somebody went aboard."}[first]
    assert late.status_code == 409 and "already" in late.text
    assert f"<dt>The plan now</dt><dd>{plan}</dd>" in late.text
    assert "not taken over</dt><dd>Kim&#39;s own text.</dd>" in late.text
    assert quay.hub.store.decisions.one(number).who == "lee"


def test_a_plan_that_moved_below_a_proposal_keeps_both_texts(quay: Quay) -> None:
    number = quay.propose("Somebody boarded.")
    quay.plan_file.write_text(PLAN.replace("Somebody went aboard.", "They went aboard."), encoding="utf-8")
    late = quay.somebody("editor").post(f"/proposals/{number}", act="edit", value="My text.")
    assert late.status_code == 409 and "They went aboard." in late.text and "My text." in late.text
    assert "They went aboard." in quay.plan_file.read_text(encoding="utf-8")
    assert quay.hub.store.decisions.one(number).state == "open"


def test_two_proposals_decided_at_once_are_both_in_the_plan(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=None)
    events = {name: {"description": "Old."} for name in ("One", "Two")}
    quay.hub.store.freeze(TrackingPlan.model_validate({"name": "Harbour", "events": events}), "dana", quay.now)
    numbers = [_proposed(quay, name) for name in events]
    editors = [quay.somebody("editor", name) for name in events]
    pairs = zip(editors, numbers, strict=True)
    threads = [threading.Thread(target=lambda e=e, n=n: e.post(f"/proposals/{n}", act="accept")) for e, n in pairs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    plan = quay.hub.store.plan_version("Harbour")
    assert [event.description for event in plan.events.values()] == ["New.", "New."]


def _proposed(quay: Quay, event: str) -> int:
    one = Proposal(("events", event, "description"), "New.", "Old.", "Old.", False, "propose", ((event, "hash"),))
    (opened,), _ = quay.hub.store.decisions.record("Harbour", [one], [event], quay.now)
    return opened.id


def test_a_viewer_sees_who_may_decide(quay: Quay) -> None:
    number = quay.propose("Somebody boarded.")
    said = quay.somebody("viewer").get(f"/proposals/{number}").text
    assert "takes the role editor" in said and 'name="act"' not in said


# Approvals


def test_a_publish_that_needs_approval_asks_and_goes_through_after_it(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=APPROVAL)
    dana, seen = previewed(quay, name="dana")
    asked = dana.post("/publish", plan="Harbour", fingerprint=seen)
    quay.work()
    assert "wants another person" in followed(dana, asked).text and quay.writes() == 0
    lee = quay.somebody("publisher", "lee")
    assert f'href="/approvals/{seen}"' in lee.get("/").text
    lee.post(f"/approvals/{seen}", answer="approve", why="looked at it")
    dana.post("/publish", plan="Harbour", fingerprint=seen)
    quay.work()
    assert quay.hub.store.publications()[0].status == "published"


def test_whoever_asked_cannot_approve(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, plan=APPROVAL)
    quay.hub.store.approvals.ask("f00d", "Harbour", "dana", quay.now)
    dana = quay.somebody("admin", "dana")
    answer = dana.post("/approvals/f00d", answer="approve")
    known = quay.hub.store.approvals.find("f00d")
    assert answer.status_code == 409 and "another person" in answer.text
    assert known is not None and known.state == "open"
    assert "takes another person" in dana.get("/approvals/f00d").text


def test_the_second_answer_to_an_approval_is_refused(quay: Quay) -> None:
    quay.hub.store.approvals.ask("f00d", "Harbour", "dana", quay.now)
    quay.somebody("publisher", "lee").post("/approvals/f00d", answer="refuse", why="not today")
    late = quay.somebody("publisher", "kim").post("/approvals/f00d", answer="approve")
    assert late.status_code == 409 and "refused already, by lee" in late.text


# Work of other kinds


def test_a_job_of_a_plan_that_is_gone_can_still_be_looked_at(quay: Quay) -> None:
    somebody, seen = previewed(quay)
    pressed = somebody.post("/publish", plan="Harbour", fingerprint=seen)
    quay.plan_file.write_text(PLAN.replace("Harbour", "Airport"), encoding="utf-8")
    quay.work()
    page = followed(somebody, pressed)
    assert page.status_code == 200 and "failed" in page.text and quay.writes() == 0


def test_work_that_no_page_asks_for_is_not_shown(quay: Quay) -> None:
    jobs = EmbeddedJobs(quay.hub.database, quay.hub.engine.time.now)
    number = jobs.enqueue("secret", "key", {"token": "hush"})
    answer = quay.somebody("admin").get(f"/jobs/{number}")
    assert answer.status_code == 404 and "hush" not in answer.text
