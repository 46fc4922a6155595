"""Home: the first steps, what goes on at each target, and what waits for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.changes.changeset import Changeset, TargetChanges
from hub.changes.resolve import Edit
from hub.engine.ports import PlanVersion, Publication, Status, TargetRun
from hub.jobs.embedded import EmbeddedJobs
from tests.hub.web.test_acting import published
from tests.hub.web.visitors import EDITED, Quay

HOUR = 3600.0


def begun(quay: Quay, status: Status) -> Publication:
    """A publication of the plan whose run at the target stands so."""
    store = quay.hub.store
    changeset = Changeset("Harbour", "0" * 64, (TargetChanges("segment", "segment", ()),))
    opened = store.open_publication(changeset, PlanVersion("Harbour", 1, "0" * 64), "dana", quay.now)
    store.set_run(opened.id, TargetRun("segment", status))
    return opened


def test_an_empty_hub_leads_through_the_first_steps(tmp_path: Path) -> None:
    page = Quay.open(tmp_path, plan=None, targets=False).somebody("viewer").get("/").text
    steps = ['<a href="/import">', '<a href="/targets/new">', '<a href="/adopt">', "Preview, then publish"]
    assert sorted(page.index(one) for one in steps) == [page.index(one) for one in steps]


def test_the_steps_that_are_done_are_said_and_the_next_has_a_link(quay: Quay) -> None:
    page = quay.somebody("viewer").get("/").text
    assert '<a href="/import">Import a plan' not in page and "done</span> Import a plan" in page
    assert 'href="/publish?plan=Harbour">Preview, then publish' in page


def test_after_the_first_publish_the_steps_are_gone(quay: Quay) -> None:
    page = published(quay).get("/").text
    (done,) = quay.hub.store.publications()
    assert "The first steps" not in page and f'<a href="/publications/{done.id}">v1</a>' in page


@pytest.mark.parametrize(("status", "word"), [("running", "publishing"), ("paused", "paused"), ("waiting", "waiting")])
def test_what_goes_on_at_a_target_is_said_with_its_address(quay: Quay, status: Status, word: str) -> None:
    opened = begun(quay, status)
    if status == "paused":
        quay.hub.store.close_publication(opened.id, status, {}, quay.now)
    page = quay.somebody("viewer").get("/").text
    assert f'<a href="/publications/{opened.id}"><span class="state' in page and f"</span> {word}</span></a>" in page


def test_a_wait_for_quota_says_until_when(quay: Quay) -> None:
    opened = begun(quay, "waiting")
    jobs = EmbeddedJobs(quay.hub.database, lambda: 2_000_000_000.0)
    jobs.enqueue("resume", opened.id, {"publication": opened.id})
    assert 'for quota, until <time datetime="2033-05-18T03:33:20+00:00"' in quay.somebody("viewer").get("/").text


def test_the_oldest_drift_is_named_with_its_age_and_owner(quay: Quay) -> None:
    decisions = quay.hub.store.decisions
    edit = Edit("segment", EDITED, "old", "old", "new", "propose", "propose", "new")
    younger = Edit("segment", ("events", "Ferry Left", "description"), "a", "a", "b", "propose", "propose", "b")
    decisions.note_drift("Harbour", "segment", [edit], quay.now - 5 * HOUR)
    decisions.note_drift("Harbour", "segment", [edit, younger], quay.now - HOUR)
    page = quay.somebody("viewer").get("/").text
    assert "events › Ferry Boarded › description</code> in" in page and "for 5 h" in page
    assert "owned by quay@harbour.example" in page


def test_open_drafts_are_counted(quay: Quay) -> None:
    plan = quay.web.state.catalogue.get("Harbour").plan
    quay.hub.store.drafts.open(plan, plan, title="Words", what="opened", who="lee", at=quay.now)
    page = quay.somebody("viewer").get("/").text
    assert '<a href="/drafts">1 open draft</a>, last changed by lee' in page
