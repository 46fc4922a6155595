"""The history: publications and reconciles in one order, narrowed, a page at a time."""

from __future__ import annotations

import re

import pytest

from hub.changes.changeset import Changeset, TargetChanges
from hub.changes.guard import Ticket
from hub.engine.ports import PlanVersion, Publication
from hub.jobs.embedded import EmbeddedJobs
from hub.store.histories import Past, Wanted, past_of
from tests.hub.web.test_acting import published
from tests.hub.web.visitors import Quay


def publication(
    quay: Quay, at: float, plan: str = "Harbour", target: str = "segment", status: str = "published"
) -> Publication:
    changeset = Changeset(plan, "0" * 64, (TargetChanges(target, "segment", ()),))
    opened = quay.hub.store.open_publication(changeset, PlanVersion(plan, 1, "0" * 64), "dana", at)
    return quay.hub.store.close_publication(opened.id, status, {}, at + 1)


def reconcile(quay: Quay, at: float, target: str = "segment") -> int:
    asked = {"plan": quay.hub.config.plan, "target": target}
    number = EmbeddedJobs(quay.hub.database, lambda: at).enqueue("reconcile", target, asked)
    assert number is not None
    return number


def told(quay: Quay, **query: str) -> list[str]:
    """What stands on the page, by address."""
    page = quay.somebody("viewer").get("/publications", **query).text
    return re.findall(r'<td><a href="(/(?:publications|jobs)/\w+)"', page)


def test_publications_and_reconciles_stand_in_one_order(quay: Quay) -> None:
    old, middle, new = publication(quay, 1000.0), reconcile(quay, 2000.0), publication(quay, 3000.0)
    assert told(quay) == [f"/publications/{new.id}", f"/jobs/{middle}", f"/publications/{old.id}"]


def test_what_came_of_a_reconcile_is_said(quay: Quay) -> None:
    dana = published(quay)
    quay.box.edit({"do": "set-description", "key": "Ferry Left", "value": "It sailed."})
    dana.post("/reconcile", target="segment")
    quay.work()
    page = dana.get("/publications").text
    assert "drifted, 1 opened" in page and 'href="/proposals?target=segment"' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "abcde"),
        ({"kind": "reconcile"}, "cd"),
        ({"plan": "Harbour"}, "acd"),
        ({"plan": "Airport"}, "b"),
        ({"target": "other"}, "bd"),
        ({"status": "failed"}, "b"),
        ({"status": "queued", "target": "segment"}, "c"),
        ({"plan": "Nowhere"}, ""),
    ],
)
def test_it_is_narrowed_by_what_plan_target_and_status(quay: Quay, query: dict[str, str], expected: str) -> None:
    known = {
        f"/publications/{publication(quay, 1000.0).id}": "a",
        f"/publications/{publication(quay, 2000.0, 'Airport', 'other', 'failed').id}": "b",
        f"/jobs/{reconcile(quay, 3000.0)}": "c",
        f"/jobs/{reconcile(quay, 4000.0, 'other')}": "d",
        f"/publications/{publication(quay, 500.0, 'Port', 'third').id}": "e",
    }
    assert sorted(known[one] for one in told(quay, **query)) == sorted(expected)


def test_it_is_paged_without_a_gap_even_among_what_happened_at_once(quay: Quay) -> None:
    store = quay.hub.store
    every = {publication(quay, 1000.0).id for _ in range(3)} | {str(reconcile(quay, 1000.0, f"t{n}")) for n in range(3)}
    every |= {publication(quay, 900.0).id, str(reconcile(quay, 1100.0))}
    found: list[Past] = []
    while batch := store.histories.after(past_of(found[-1].cursor) if found else None, Wanted(), 2):
        found += batch
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert len(found) == len(every) == 8 and {one.id for one in found} == every


def test_more_than_a_page_has_a_link_to_the_rest(quay: Quay) -> None:
    numbers = [reconcile(quay, 1000.0 + number, f"t{number}") for number in range(60)]
    viewer = quay.somebody("viewer")
    page = viewer.get("/publications").text
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older is not None
    rest = viewer.get(older[1].replace("&amp;", "&")).text
    assert f'href="/jobs/{numbers[59]}"' in page and f'href="/jobs/{numbers[9]}"' not in page
    assert f'href="/jobs/{numbers[9]}"' in rest and "Newest" in rest


@pytest.mark.parametrize("cursor", ["x", "1:2:3", "nan:reconcile:x", "1.0:publication", "<b>"])
def test_what_is_no_place_in_it_is_refused(quay: Quay, cursor: str) -> None:
    answer = quay.somebody("viewer").get("/publications", after=cursor)
    assert answer.status_code in (200, 404) and "<b>" not in answer.text


def test_the_tickets_that_let_it_pass_are_named(quay: Quay) -> None:
    done = publication(quay, 1000.0)
    quay.hub.store.add_ticket(Ticket("too-many-updates", done.fingerprint, "lee", "spring <b>cleaning</b>", 5000.0))
    page = quay.somebody("viewer").get("/publications").text
    assert "too-many-updates by lee: spring &lt;b&gt;cleaning&lt;/b&gt;" in page
