"""Lists a page at a time: nothing twice, nothing left out, whatever is added meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.web.api.programs import Program, program, published
from tests.hub.web.visitors import PLAN, Quay

MANY = "format: 1\nname: Harbour\nevents:\n" + "".join(f"  Event {number:02}: {{}}\n" for number in range(7))


def pages(one: Program, address: str, **query: Any) -> list[list[Any]]:
    """All pages of a list, by following `next`."""
    found, cursor = [], None
    while True:
        page = one.get(address, **query, **({"cursor": cursor} if cursor else {}))
        found.append(page["items"])
        cursor = page["next"]
        if cursor is None:
            return found


def test_pages_together_are_the_list(quay: Quay) -> None:
    quay.plan_file.write_text(MANY)
    found = pages(program(quay), "/events", plan="Harbour", limit=3)
    assert [len(page) for page in found] == [3, 3, 1]
    assert [event["name"] for page in found for event in page] == [f"Event {number:02}" for number in range(7)]


def test_the_link_header_leads_to_the_next_page(quay: Quay) -> None:
    quay.plan_file.write_text(MANY)
    one = program(quay)
    first = one.ask("GET", "/events", query={"plan": "Harbour", "limit": 5})
    address = first.headers["link"].partition(">")[0].removeprefix("</api/v1")
    second = one.ask("GET", address)
    assert [event["name"] for event in second.json()["items"]] == ["Event 05", "Event 06"]
    assert "link" not in second.headers


def test_what_is_added_before_the_cursor_disturbs_nobody(quay: Quay) -> None:
    quay.plan_file.write_text(MANY)
    one = program(quay)
    first = one.get("/events", plan="Harbour", limit=3)
    quay.plan_file.write_text(MANY + "  Event 00a: {}\n  Event 09: {}\n")
    second = one.get("/events", plan="Harbour", cursor=first["next"])
    assert [event["name"] for event in second["items"]] == ["Event 03", "Event 04", "Event 05", "Event 06", "Event 09"]


def test_a_row_that_went_leaves_its_place(quay: Quay) -> None:
    quay.plan_file.write_text(MANY)
    one = program(quay)
    first = one.get("/events", plan="Harbour", limit=3)
    quay.plan_file.write_text(MANY.replace("  Event 02: {}\n", ""))
    second = one.get("/events", plan="Harbour", limit=1, cursor=first["next"])
    assert [event["name"] for event in second["items"]] == ["Event 03"]


def test_newest_first_lists_go_on_where_they_were(quay: Quay) -> None:
    one = program(quay)
    for number in range(3):
        one.post("/drafts", {"plan": "Harbour", "title": str(number)})
    first = one.get("/drafts", limit=2)
    one.post("/drafts", {"plan": "Harbour", "title": "3"})
    rest = one.get("/drafts", limit=2, cursor=first["next"])
    assert [draft["title"] for draft in (*first["items"], *rest["items"])] == ["2", "1", "0"]


def test_the_audit_is_paged_in_the_database(quay: Quay) -> None:
    one = program(quay, name="ada")
    for number in range(5):
        quay.hub.store.people.note("ada", "test", str(number), quay.now)
    found = pages(one, "/audit", limit=2)
    assert [entry["id"] for page in found for entry in page] == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("address", ["/audit", "/jobs", "/proposals"])
def test_a_cursor_of_another_list_is_refused(quay: Quay, address: str) -> None:
    quay.plan_file.write_text(MANY)
    one = program(quay)
    cursor = one.get("/events", plan="Harbour", limit=1)["next"]
    answer = one.ask("GET", address, query={"cursor": cursor})
    assert (answer.status_code, answer.json()["place"]) == (422, "cursor")


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_what_is_no_cursor_is_refused(quay: Quay, cursor: str) -> None:
    answer = program(quay, "read", name="ben").ask("GET", "/events", query={"plan": "Harbour", "cursor": cursor})
    assert (answer.status_code, answer.json()["place"]) == (422, "cursor")


def test_publications_are_paged_and_narrowed(quay: Quay) -> None:
    one = program(quay, "publish", role="admin", name="ada")
    first = published(one)
    for words in ("It left.", "It left the quay."):
        quay.plan_file.write_text(PLAN.replace("The ferry left.", words))
        published(one)
    found = [shown["id"] for page in pages(one, "/publications", plan="Harbour", limit=2) for shown in page]
    assert len(found) == 3 and found[-1] == first
    assert one.get("/publications", status="failed")["items"] == one.get("/publications", target="x")["items"] == []
